"""The controls of the chain, which several pages have; a parameter's meaning is that of its declaration."""

from ....chain.parameters import DECLARED
from .topics import Topic


def meaning(name: str) -> str:
    """What a parameter of the chain means, as the pages write it."""
    words = DECLARED[name].meaning.replace("phi", "φ")
    return words[0].upper() + words[1:] + "."


PARAMETERS = {declaration.label: meaning(name) for name, declaration in DECLARED.items()}
FIELDS = {
    **PARAMETERS,
    "Kernel width": "φ bins added to the sum of every row of the kernel, half on each side (in CMSSW binSumsHisto); "
    "0 is as configured.",
    "B": "The second set of parameters: a change relative to A, or A with what you changed while B was shown.",
}
BUTTONS = {
    "More": "Show CMSSW's less usual choices of the seeding: which bins are seeds, where a seed is in its bin, densities in bins. "
    "Those that are not as configured are always shown.",
    "A": "Show the clusters of A; the chain's controls change A.",
    "B": "Show the clusters of B; the chain's controls change B.",
    "A | B": "Show A and B in all panes, B dashed, and what becomes of each cluster; the controls change A.",
}
TOPICS = {
    "Chain": Topic(
        "Chain",
        "Parameters of the stage-2 reconstruction, which is run anew at every change, also while a slider is dragged. "
        "Clusters, seeds and numbers on the page are always those of the parameters here.",
    ),
    "Compare": Topic(
        "Compare",
        "Choose a second set of parameters, B, beside the one of the chain's controls, A. "
        "Then show either or both; the controls above say which of them they change.",
    ),
}
