"""What the card "Why two?" says of the valley between two seeds, by the type of the valley."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ....chain import ChainParameters
from ....chain.splits import LatticeValley, Split, ToEdge, ToModuleEdge, ToXyEdge, Valley, XyValley
from ....chain.triangular_splits import HexagonValley, Won
from ....counting import ordinal

MINUS = "\u2212"
TO_BINS, TO_MODULES, TO_NEXT = (
    "to bin edge",
    "to its edge",
    "next / own pT",
)  # names of the table's numbers, which the help explains


@dataclass(frozen=True)
class Explanation:
    """Description of the valley between two seeds.

    Attributes
    ----------
    words : the valley in a few words, as HTML
    further : sentences on the seeds' modules, as HTML
    titles, rows : column titles and cells of a table with one row per seed, as HTML
    name : of the table's numbers in the page's help
    """

    words: str
    further: str
    titles: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    name: str


def _in_histogram(found: Split[Valley, ToEdge], parameters: ChainParameters) -> Explanation:
    """Explanation for two seeds of the histogram; the table lists their distances to bin edges."""
    rows = [_to_bins((edge.rz, edge.rz_part), (edge.phi, edge.phi_part)) for edge in found.edges]
    words = _of_bins(found.valley, " \u03c6")
    return Explanation(words, "", (TO_BINS, "R/z", "\u03c6"), rows, TO_BINS)


def _in_xy(found: Split[XyValley, ToXyEdge], parameters: ChainParameters) -> Explanation:
    """Explanation for two seeds of the histogram in (x/z, y/z)."""
    rows = [_to_bins((edge.x, edge.x_part), (edge.y, edge.y_part)) for edge in found.edges]
    return Explanation(_of_bins(found.valley, ""), "", (TO_BINS, "x/z", "y/z"), rows, TO_BINS)


def _of_bins(valley: Valley | XyValley, which: str) -> str:
    """A valley of bins in a few words."""
    bins = "bin" if valley.empty == 1 else "bins"
    return f"valley <b>{valley.ratio:.2f}</b> of the lower peak, <b>{valley.empty}</b> empty{which} {bins}"


def _to_bins(*distances: tuple[float, float]) -> tuple[str, ...]:
    """Distances to edges of bins, and the part of the bin's width that each is."""
    return tuple(f"{away:.4f} <small>{100 * part:.0f} %</small>" for away, part in distances)


def _on_lattice(found: Split[LatticeValley, ToModuleEdge], parameters: ChainParameters) -> Explanation:
    """Explanation for two seeds of coarse seeding; the table lists their modules."""
    valley = found.valley
    words = f"lattice valley <b>{valley.ratio:.2f}</b> of the lower peak"
    if len(valley.energy) == 2:
        words = "the seeds are neighbours on the lattice"
    if valley.empty:
        words += f", <b>{valley.empty}</b> empty point{'s' if valley.empty > 1 else ''}"
    further = "The seeds are in two modules, of which each sees its own trigger cells only."
    if len({(edge.waferu, edge.waferv) for edge in found.edges}) == 1:
        further = "Both seeds are in one module."
    elif parameters.cs.nearby or parameters.legacy:
        further = "The seeds are in two modules."
    if valley.not_looked_at:
        further += f" <b>{valley.not_looked_at}</b> of the points between are in modules that are not chosen."
    rows = [
        (
            f"{edge.waferu}, {edge.waferv}".replace("-", MINUS),
            f"{edge.over_threshold:.2f}",
            f"{edge.steps} step{'s' if edge.steps > 1 else ''}",
        )
        for edge in found.edges
    ]
    return Explanation(words, further, ("", "module u, v", "sum / thr.", TO_MODULES), rows, TO_MODULES)


def _in_hexagons(found: Split[HexagonValley, Won], parameters: ChainParameters) -> Explanation:
    """Explanation for two seeds of the triangular clustering; the table says how clearly they are maxima."""
    valley = found.valley
    words = f"valley <b>{valley.ratio:.2f}</b> of the lower peak"
    if valley.ratio >= 1:
        words = "<b>no valley</b> between them"
    if valley.empty:
        words += f", <b>{valley.empty}</b> empty hexagon{'s' if valley.empty > 1 else ''}"
    further = ""
    if any(won.found_in > 1 for won in found.edges):
        further = "The second pass finds maxima beside those hexagons that the first one has emptied."
    rows = [(ordinal(won.found_in), f"{100 * won.next:.0f} %") for won in found.edges]
    return Explanation(words, further, ("", "pass", TO_NEXT), rows, TO_NEXT)


EXPLAINED: dict[type, Callable[[Any, ChainParameters], Explanation]] = {
    Valley: _in_histogram,
    XyValley: _in_xy,
    LatticeValley: _on_lattice,
    HexagonValley: _in_hexagons,
}
"""Function that explains a valley between two seeds, by the type of the valley."""
