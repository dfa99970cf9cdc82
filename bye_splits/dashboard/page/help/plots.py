"""The plots of the studies, by their names: what is drawn, and what can be read off."""

from ...figures.cluster_colours import KIND_COLOURS, KIND_WORDS
from ...figures.colours import SERIES_COLOURS
from . import marks
from .marks import Mark, token
from .topics import Topic

# Of the first sample; the second one has colours of its own.
_OF_A, _OF_B = (marks.alike(SERIES_COLOURS[0, name]) for name in "AB")
A_POINT = Mark("disc", _OF_A, "circle", "A, in the colour of its sample")
B_POINT = Mark("filled square", _OF_B, "square", "B")
ERRORS = Mark(
    "error bar", _OF_A, "bar", "68 % interval: Clopper–Pearson of shares, one standard deviation of others"
)
FAINT = Mark("line", token("no_colour"), "faint", "all particles, behind those chosen by a box")
BOX = Mark(
    "box",
    token("mark"),
    "pink box",
    "the chosen range; draw one to choose particles in all plots, click to end it",
)
DENSITY = Mark("filled square", marks.COUNT, "coloured bin", "number of particles, in the colours of the bar")
DOT = Mark("dot", _OF_A, "dot", "a single particle or event")
SOLID = Mark("line", _OF_A, "line", "A; with several series each in its colour")
DASHED = Mark("dashed line", _OF_B, "dashed line", "B")
DOTTED = Mark("dotted line", _OF_A, "dotted line", "clusters that are matched to no particle")
LEVEL = Mark("thin line", token("faint"), "thin line", "a level such as 1")
POINTS = (A_POINT, B_POINT, ERRORS, FAINT, BOX)
_ACTUAL = Mark("x", _OF_A, "faint ×", "showers at their actual positions")
CURVES = (SOLID, DASHED, ERRORS)


_KINDS = zip(KIND_COLOURS.items(), KIND_WORDS.values(), strict=True)


def _difference(title: str, of: str, unit: str) -> Topic:
    words = (
        f"Difference in {of}, chain minus file, {unit}, of the clusters that both have. "
        "The line below counts those that are equal but for rounding."
    )
    return Topic(f"Difference in {title}", words, (SOLID, DASHED))


def _share(title: str, of: str, against: str) -> Topic:
    return Topic(title, f"{of}, in bins of {against}. Particles without any cluster count, too.", POINTS)


_AXIS = "the variable on the x axis"
_EFFICIENCY = "Share of the particles with a cluster within 0.05 in (η, φ)"
_SPLIT = (
    "Share of the particles that are split: a second cluster within 0.1 has more than 10 % of their energy"
)
PLOTS = {
    "response-density": Topic(
        "Particles",
        "Response of each particle, cluster over generated energy or pT, against the variable on the x axis. "
        "Single particles are dots where there are few.",
        (DENSITY, DOT, LEVEL, BOX),
    ),
    "response-histogram": Topic(
        "Distribution",
        "How the response is distributed; numbers outside the axis are in the line below. "
        "Errors are those of counts.",
        (*CURVES, FAINT, BOX),
    ),
    "response-violins": Topic(
        "Violins",
        "Distribution of the response in bins of the variable on the x axis, as outlines of equal width. "
        "It shows tails and second maxima that mean and width hide.",
        (Mark("band", _OF_A, "outline", "distribution in a bin"),
         Mark("disc", _OF_A, "point with a bar", "median, and 16 % to 84 % of the particles")),
    ),
    "response-scale": Topic(
        "Scale",
        "Mean and median of the response in bins of the variable on the x axis. "
        "They differ where the distribution has a tail.",
        (*POINTS, LEVEL),
    ),
    "response-width": Topic(
        "Width",
        "RMS and effective RMS of the response in bins; the effective RMS is half of the shortest interval with 68 % "
        "of the particles. It ignores tails, which the RMS does not.",
        POINTS,
    ),
    "response-radius": Topic(
        "Width against radius",
        "RMS and effective RMS of the response with clusters of each radius, in (x/z, y/z). "
        "The chain is not run again: memberships at all radii are known.",
        (A_POINT, B_POINT, ERRORS),
    ),
    "splits-threshold": Topic(
        "Split rate against threshold",
        "Exact share of split particles at each seed threshold [mipT]. "
        "Each step is one event: a click on its dot opens it in the display.",
        (SOLID, DASHED, DOT),
    ),
    "splits-eta": _share("Split rate against |η|", _SPLIT, "generated |η|"),
    "splits-against": _share("Split rate", _SPLIT, _AXIS),
    "splits-second": Topic(
        "Second cluster",
        "For each particle with several clusters near it, share of the energy and distance of the second one. "
        "Above 10 % within 0.1 it is a split.",
        (DENSITY, DOT, BOX),
    ),
    "splits-p": Topic(
        "Split probability",
        "Each shower is moved through its (R/z, φ) bin: the distribution of the share of positions in which it is "
        "split. At 1 it is split everywhere; between 0 and 1 its place in the bin decides.",
        CURVES,
    ),
    "splits-seedings": Topic(
        "Kernel and window",
        "Split rate with each kernel and window of the seeds, on the same showers. "
        "Differences between them are better known than the errors say, as fluctuations are common.",
        (A_POINT, B_POINT, ERRORS),
    ),
    "splits-average": Topic(
        "Phase-averaged split rate",
        "Split rate averaged over all positions of each shower in its bin, against generated |η|. "
        "It is as precise as the rate at the actual positions of many more events.",
        POINTS,
    ),
    "splits-phi": Topic(
        "Phase in the φ bin",
        "Split rate of all showers at each phase in the φ bin, from its lower edge, 0, to the next one, 1. "
        "What is not flat is aliasing of the bins.",
        (A_POINT, B_POINT, ERRORS, _ACTUAL),
    ),
    "splits-rz": Topic(
        "Phase in the R/z bin",
        "Split rate of all showers at each phase in the R/z bin, from its lower edge, 0, to the next one, 1. "
        "What is not flat is aliasing of the bins.",
        (A_POINT, B_POINT, ERRORS, _ACTUAL),
    ),
    "splits-bin": Topic(
        "In the bin",
        "Split rate of all showers at each position in the bin: φ to the right, R/z upwards. "
        "Dots are the actual positions of split showers.",
        (Mark("filled square", marks.COUNT, "coloured bin", "share that is split"), DOT),
    ),
    "splits-wafer-all": Topic(
        "On the wafer: all",
        "Where on its wafer each shower has its axis at the layer of its maximum, folded by 120°. "
        "It is what the map of splits is divided by.",
        (DENSITY,),
    ),
    "splits-wafer": Topic(
        "On the wafer: split",
        "Share that is split by where on its wafer a shower has its axis, folded by 120°. "
        "Lines are the borders of trigger cells.",
        (Mark("filled square", marks.COUNT, "coloured bin", "share that is split"), DOT),
    ),
    "efficiency-energy": _share("Efficiency against E", _EFFICIENCY, "generated energy [GeV]"),
    "efficiency-pt": _share("Efficiency against pT", _EFFICIENCY, "generated pT [GeV]"),
    "efficiency-abs_eta": _share("Efficiency against |η|", _EFFICIENCY, "generated |η|"),
    "efficiency-radius": Topic(
        "Efficiency against radius",
        f"{_EFFICIENCY}, with clusters of each radius, in (x/z, y/z). "
        "The chain is not run again: memberships at all radii are known.",
        (A_POINT, B_POINT, ERRORS),
    ),
    "efficiency-threshold": Topic(
        "Efficiency against threshold",
        f"{_EFFICIENCY}, at each seed threshold [mipT]. It falls by a step wherever a particle loses its cluster.",
        (SOLID, DASHED),
    ),
    "efficiency-purity": Topic(
        "Purity of clusters",
        "Matched clusters over all clusters of a particle, in bins of the variable on the x axis. "
        "It is not an efficiency: particles without a cluster are in neither number.",
        (A_POINT, B_POINT, ERRORS),
    ),
    "compare-responses": Topic(
        "Response",
        "Response of each particle under B against that under A. On the diagonal nothing has changed.",
        (DENSITY, DOT, LEVEL),
    ),
    "compare-change": Topic(
        "Change of the response",
        "Distribution of the difference of the responses, B − A, of the same particles. "
        "The scale is logarithmic, as most do not change.",
        (SOLID, ERRORS),
    ),
    "compare-shifts": Topic(
        "Mean change",
        "Mean difference of the responses, B − A, in bins. The errors are those of paired differences: fluctuations "
        "that A and B have in common cancel.",
        (A_POINT, ERRORS, LEVEL),
    ),
    "compare-splits": Topic(
        "Split rate",
        f"{_SPLIT}, under A and under B. The errors of both are not independent: see the change beside it.",
        (A_POINT, B_POINT, ERRORS),
    ),
    "compare-split-difference": Topic(
        "Change of the split rate",
        "Split rate of B minus that of A, in bins. The errors are those of a paired difference, from the particles "
        "that are split in one of them alone.",
        (A_POINT, ERRORS, LEVEL),
    ),
    "compare-efficiency": Topic(
        "Efficiency",
        f"{_EFFICIENCY}, under A and under B. Particles that have a cluster in both change nothing.",
        (A_POINT, B_POINT, ERRORS),
    ),
    "pileup-events": Topic(
        "Clusters per event",
        "Distribution of the number of clusters in an event, with or without a particle near. "
        "It is the load of what follows in the trigger.",
        CURVES,
    ),
    "pileup-pt": Topic("pT of clusters", "Clusters per event in bins of their pT [GeV]. Those of pile-up alone fall "
                       "more steeply than those of particles.", (SOLID, DOTTED, ERRORS)),
    "pileup-rate": Topic("Rate", "Clusters per event above each threshold of pT [GeV]. "
                         "A threshold for a wanted rate can be read off.", (SOLID, DOTTED, ERRORS)),
    "pileup-one-shower": Topic(
        "One shower",
        "Response of one shower laid over many pile-ups, beside its response without. "
        "Everything but the pile-up is the same; the field at the left chooses the event.",
        CURVES,
    ),
    "pileup-bias": Topic(
        "Bias, spread",
        "What pile-up adds to the response of a shower, and by how much that varies between pile-ups. "
        "Both are averages over the showers of a bin.",
        (A_POINT, Mark("x", _OF_A, "cross", "spread, one standard deviation"), ERRORS),
    ),
    "pileup-split": Topic(
        "Split probability",
        "Share of the pile-ups in which a shower is split. "
        "A second cluster may have its energy from the shower, or from anywhere.",
        (A_POINT, Mark("x", _OF_A, "cross", "with the shower's own energy alone"), ERRORS),
    ),
    "pileup-energy": Topic("Energy of clusters", "Clusters per event in bins of their energy [GeV]. "
                           "The axes are logarithmic.", (SOLID, DOTTED, ERRORS)),
    "pileup-abs_eta": Topic("|η| of clusters", "Clusters per event in bins of |η|. "
                            "Those of pile-up gather at high |η|.", (SOLID, DOTTED, ERRORS)),
    "pileup-response": Topic(
        "Response",
        "Distribution of the response of the particles with and without pile-up, each normalised to 1. "
        "The shift is what pile-up adds; the tail what it tears away.",
        CURVES,
    ),
    "scan-parallel": Topic(
        "Sets of parameters",
        "A line for each set of parameters, from axis to axis: varied parameters at the left, what they give at the "
        "right. Each axis spans its values.",
        (Mark("line", _OF_B, "orange line", "a set that no other one beats in all respects"),
         Mark("line", token("no_colour"), "faint line", "the other sets")),
    ),
}  # fmt: skip
_SET = (Mark("dot", _OF_B, "orange dot", "a set that no other one beats in all respects"),
        Mark("dot", token("faint"), "grey dot", "the other sets"), ERRORS, BOX)  # fmt: skip


def _scan(title: str, y: str, x: str) -> Topic:
    return Topic(
        title, f"{y} of each set of parameters against {x}. A click shows that set as B in the display.", _SET
    )


_LOW, _RMS = "the efficiency below pT of 10 GeV", "the effective RMS over the mean of pT"
PLOTS |= {
    "scan-low-pt-efficiency-split-rate": _scan("Split rate", "Split rate", _LOW),
    "scan-leading-pt-effective-rms-split-rate": _scan("Split rate", "Split rate", _RMS),
    "scan-parameter-1-split-rate": _scan("Split rate", "Split rate", "the first varied parameter"),
    "scan-parameter-2-leading-pt-effective-rms": _scan(
        "Eff. RMS / mean of pT",
        "Effective RMS over the mean of pT",
        "the second varied parameter, or the only one",
    ),
    "scan-seeds-per-event-low-pt-efficiency": _scan(
        "Efficiency, pT < 10 GeV", "Efficiency below pT of 10 GeV", "the number of seeds per event"
    ),
}
_RESIDUALS = {
    "energy": ("Energy", "cluster over generated energy", "scale"),
    "pt": ("pT", "cluster over generated pT", "scale"),
    "eta": ("η", "η of the cluster − that of the particle", "shift"),
    "phi": ("φ", "φ of the cluster − that of the particle [rad]", "shift"),
}
_OLDER = Mark("dotted line", _OF_A, "dotted", "as the older pages have it, if that is chosen")
for _name, (_title, _what, _word) in _RESIDUALS.items():
    PLOTS |= {
        f"report-{_name}-distribution": Topic(
            _title,
            f"Distribution of {_what}. Numbers outside the axis are in the line below.",
            (*CURVES, _OLDER),
        ),
        f"report-{_name}-scale": Topic(
            f"{_title}: {_word}",
            f"Mean and median of {_what}, in bins of the variable on the x axis. They differ where there is a tail.",
            (*POINTS, LEVEL),
        ),
        f"report-{_name}-resolution": Topic(
            f"{_title}: resolution",
            f"Effective RMS and RMS of {_what}, in bins. The effective RMS is half of the shortest interval with "
            "68 % of the particles.",
            POINTS,
        ),
    }
_CROSS = Mark("x", _OF_A, "cross", "given a searched region (a module above its threshold)")
PLOTS |= {
    "report-seeds": Topic(
        "Seeds and regions",
        "Share of the particles with each number of seeds and of searched regions in their endcap. "
        "Searched are, with coarse seeding, the modules above their threshold.",
        (A_POINT, B_POINT, ERRORS),
    ),
    "report-mean-seeds": Topic(
        "Mean numbers",
        "Mean numbers of seeds and of searched regions, in bins of the variable on the x axis. "
        "Errors are standard errors of the mean.",
        POINTS,
    ),
    "report-efficiency": Topic(
        "Seeding efficiency",
        "Share of the particles with a seed, of all and of those with a searched region. "
        "What the thresholds of modules lose is in the first alone.",
        (A_POINT, _CROSS, B_POINT, ERRORS, BOX),
    ),
    "report-fewer-seeds": Topic(
        "Fewer seeds than regions",
        "Share of the particles with fewer seeds than searched regions, of those with a region. "
        "In such a region there is energy, but no seed.",
        POINTS,
    ),
    "report-splits": _share("Ratio of splits", _SPLIT, _AXIS),
    "report-clusters": Topic(
        "Clusters",
        "Share of the particles with each number of clusters within 0.1 of them. Two or more are a split if the "
        "second has more than 10 % of the energy.",
        (A_POINT, B_POINT, ERRORS),
    ),
    "cl3d-same": Topic(
        "Same clusters",
        "Share of the file's clusters that the chain has with the same pT, η and φ, in bins of their pT. "
        "It is 1 in all bins where the file was made with these parameters.",
        (A_POINT, B_POINT, ERRORS, LEVEL),
    ),
    "cl3d-spectrum": Topic(
        "pT of each kind",
        "Clusters of the file and of the chain by what became of them under the first set. "
        "A pair is closer than 0.05 in (η, φ); those without a partner are missing or extra.",
        tuple(Mark("line", marks.alike(colour), kind, words) for (kind, colour), words in _KINDS),
    ),
    "cl3d-pt": _difference("pT", "pT", "relative to the file's"),
    "cl3d-eta": _difference("η", "pseudorapidity", "without unit"),
    "cl3d-phi": _difference("φ", "azimuth", "in rad"),
    "cl3d-cells": _difference("TCs", "number of trigger cells", "where the file has it (cl3d_clusters_n)"),
}
