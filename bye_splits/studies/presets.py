"""Selections of a catalogue that have a name."""

from dataclasses import dataclass

from bye_splits.settings import Histogram

ABOVE_ETA = 2.4  # of `above_eta_X`, the older selection's usual value


@dataclass(frozen=True)
class Preset:
    """A selection.

    Attributes
    ----------
    title : in a few words
    expression : see `expressions.parse`; empty for all
    order : column, which is descending
    explanation : what it selects, in a sentence or two
    of_b : whether it compares B with A
    """

    title: str
    expression: str
    order: str = "second_share"
    explanation: str = ""
    of_b: bool = False


def presets(base: Histogram) -> dict[str, Preset]:
    """The selections by their name in an address.

    Parameters
    ----------
    base : limits of the older baseline
    """
    window = f"{base.eta_min:g} < abs(gen_eta) < {base.eta_max:g} and file_clusters > 0"
    strict = f"{base.eta_min_strict:g} < abs(gen_eta) < {base.eta_max_strict:g}"
    badly, well = 1 + base.resolution_splits, 1 + base.resolution_no_splits
    older = (
        "A selection of the older tool, which rests on the clusters in the file, not on those of the chain. "
    )
    return {
        "worst": Preset(
            "Worst splits",
            "split",
            explanation="Split showers, those with the largest share of energy in the second cluster first.",
        ),
        "cured": Preset(
            "Cured by B",
            "split and not split_b and clusters_b > 0",
            explanation="Split in A, and one cluster in B.",
            of_b=True,
        ),
        "broken": Preset(
            "Broken by B",
            "split_b and not split",
            "second_share_b",
            explanation="Split in B, but not in A.",
            of_b=True,
        ),
        "lost": Preset(
            "Lost: no cluster",
            "clusters == 0",
            "gen_pt",
            explanation="No cluster within 0.1 of the particle; the highest pT first.",
        ),
        "baseline": Preset(
            "Older baseline: all",
            window,
            "gen_pt",
            older + "`all`: the generated \u03b7 window, and the file has a cluster.",
        ),
        "splits_only": Preset(
            "Older: a badly measured file cluster",
            f"{window} and file_lowest_response < {badly:g}",
            "file_clusters",
            older + f"`splits_only`: at least one of them has less than {badly:g} of the generated energy: a"
            " badly measured or a soft cluster, not necessarily a split.",
        ),
        "no_splits": Preset(
            "Older: all file clusters well measured",
            f"{strict} and file_lowest_response > {well:g}",
            "gen_pt",
            older + f"`no_splits`: all of them have more than {well:g} of the generated energy.",
        ),
        "above_eta": Preset(
            f"Older: above |\u03b7| {ABOVE_ETA:g}",
            f"{window} and abs(gen_eta) > {ABOVE_ETA:g}",
            "gen_eta",
            older + f"`above_eta_{ABOVE_ETA:g}`; change the number in the condition for another one.",
        ),
    }
