"""The pages of the studies."""

from collections.abc import Iterable

from . import chain, keys
from .plots import PLOTS
from .topics import PageHelp, Topic

_WORDS = {
    "Response": "How well the clusters of a sample measure the energy of the generated particles.",
    "Splits": "How often showers are split, for which particles, and how that depends on their place in the bins.",
    "Efficiency": "How many generated particles have a cluster, and how many clusters belong to a particle.",
    "Compare": "What changes from A to B, particle by particle.",
    "Pile-up": "What pile-up adds to clusters, to their numbers, and to single showers.",
    "Scan": "Many sets of parameters on the same events, and which of them no other one beats.",
    "Report": "The numbers of the older report, with uncertainties.",
    "File's clusters": "The clusters in the file beside the chain's, and with which settings the file was made.",
}
_OWN = "File's clusters"
_TOPICS = {
    "facts": Topic(
        "The samples",
        "How many particles are known so far and which share is split, for each sample and set of parameters. "
        "The samples are worked through in the background; the plots grow until they are done.",
    ),
    "numbers": Topic(
        "Numbers",
        "What the plots show in numbers, of the chosen particles, with uncertainties of one standard deviation or "
        "68 % intervals. Definitions are in docs/studies.md.",
    ),
    "chosen": Topic(
        "Chosen particles",
        "The particles of the boxes in the plots, the most telling ones first. Each is a link to the display.",
    ),
    "Particles": Topic(
        "Particles",
        "Which samples and generated particles the plots are of. A box drawn in a plot chooses among them further.",
    ),
    "Samples": Topic(
        "Samples", "Which samples the plots are of. Those without clusters have nothing to compare."
    ),
    "Events": Topic(
        "Events",
        "How many events of each file are compared. All known settings run on each of them, which takes 15 times "
        "as long as the chain.",
    ),
    "Plots": Topic("Plots", "What is drawn against what. All plots, numbers and the address follow."),
    "Scan": Topic(
        "Scan",
        "Which parameters are varied, in which range, and how many sets are tried. "
        "What is not varied is as in A.",
    ),
    **chain.TOPICS,
}
_FIELDS = {
    **chain.FIELDS,
    "Sample": "The sample: its particle and pile-up.",
    "Events of the file": "How many events of each file are compared, from the first one on.",
    "Overlay": "A second sample in the same plots, in colours of its own.",
    "Generated |η|": "Range of the pseudorapidity of the generated particles, of both endcaps.",
    "Generated pT": "Range of the transverse momentum of the generated particles [GeV].",
    "x axis": "Generated quantity against which the plots are drawn.",
    "Clusters": "Which clusters count for the response: the leading matched one, all within 0.1 of the particle, or all "
    "that belong to it.",
    "As the older pages": "Draw the numbers of the older pages beside ours; docs/studies.md says how they differ.",
    "Vary": "Add a parameter of the chain to those that are varied.",
    "Sets": "Number of sets that are tried; in a grid it follows from the ranges.",
    "Shower in pile-up: event": "Event whose shower is laid over many pile-ups; empty: the first one.",
}
_BUTTONS = {
    **chain.BUTTONS,
    "Choose all particles": "Remove the boxes of all plots.",
    "energy": "Response in energy: cluster over generated energy.",
    "pT": "Response in pT: cluster over generated pT.",
    "Sobol sequence": "Sets that fill the ranges evenly, any number of them.",
    "grid": "All combinations of the values of each parameter.",
    **{n: f"Compare the first {n} events of each file." for n in ("100", "1000", "10000")},
    "all": "Compare all events of each file.",
    "CSV": "What the plot shows, in numbers.",
    "PNG": "The plot as a picture of pixels.",
    "SVG": "The plot as a drawing.",
}


def study_help(title: str, plots: Iterable[str]) -> PageHelp:
    """What the page of a study says of itself.

    Parameters
    ----------
    title : of the study
    plots : names of its plots
    """
    topics = {name: PLOTS[name] for name in plots} | _TOPICS
    others = ("Particles", "Plots", "Scan") if title == _OWN else ("Samples", "Events")
    topics = {name: topic for name, topic in topics.items() if name not in others}
    return PageHelp(title, _WORDS[title], topics, _FIELDS, _BUTTONS, ("row", *keys.EVERYWHERE))


STUDIES = [study_help(title, [name for name in PLOTS if name.startswith(f"{slug}-")])
           for slug, title in zip(("response", "splits", "efficiency", "compare", "pileup", "scan", "report", "cl3d"),
                                  _WORDS, strict=True)]  # fmt: skip
"""Of all of them, for the documentation."""
