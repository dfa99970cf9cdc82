"""The colours of clusters: distinct, also for colour-blind users, on dark and light panes [Paul Tol]."""

from collections.abc import Sequence

from .mixing import mixed

CLUSTER_COLOURS = (
    *("#ee6677", "#ddaa33", "#33bbee", "#44aa77", "#aa66cc"),
    *("#ee7733", "#5588dd", "#11aa99", "#cc3377", "#99aa33"),
)
SHADES = 6  # of each colour, in increasing order of mipT
# Change of a trigger cell between two sets of parameters, in the order of the codes of `chain.comparison`.
CHANGE_COLOURS = {"stayed": "#8899aa", "moved": "#ddaa33", "lost": "#dd4411", "gained": "#2f66ff"}
# What became of a cluster of the file or of the chain, see `studies.own_clusters.KINDS`.
KIND_COLOURS = {"same": "#8899aa", "moved": "#ddaa33", "missing": "#dd4411", "extra": "#2f66ff"}
KIND_WORDS = {
    "same": "in both, the same",
    "moved": "in both, not the same",
    "missing": "in the file only",
    "extra": "in the chain only",
}
SET_COLOURS = ("#c77dff", "#2ec4a6")  # seeds of A and of B if both are shown; distinct from the above


def shaded(colours: Sequence[str], pane: str) -> list[str]:
    """Each of the colours (#rrggbb) in `SHADES` shades, the first ones closest to the pane's colour."""
    return [
        mixed(pane, colour, 0.38 + 0.62 * shade / (SHADES - 1))
        for colour in colours
        for shade in range(SHADES)
    ]
