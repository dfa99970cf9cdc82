"""What a plot of a study shows, as tables: what is drawn, what is downloaded, and what is said about it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

MARKS = ("series", "x", "x_low", "x_high", "y", "low", "high", "colour", "alpha", "marker", "size")
"""Columns of points with uncertainties."""


@dataclass(frozen=True, eq=False)
class Line:
    """A line through points.

    Attributes
    ----------
    x, y : float64, shape (n,)
    colour : "#rrggbb", or a token of `colours.THEMES`
    """

    x: np.ndarray
    y: np.ndarray
    colour: str
    alpha: float = 1.0
    width: float = 1.6
    dash: str = "solid"


@dataclass(frozen=True, eq=False)
class Area:
    """An outline, filled with the opacity `fill`; the other attributes are those of `Line`."""

    x: np.ndarray
    y: np.ndarray
    colour: str
    alpha: float = 0.8
    fill: float = 0.3


@dataclass(frozen=True, eq=False)
class Density:
    """Counts, or shares, in bins of two axes.

    Attributes
    ----------
    x_edges, y_edges : float64
    counts : shape (n_y, n_x)
    title : of the colour bar, with the unit
    shares : what is drawn in the place of the counts, shape (n_y, n_x), linearly from 0; NaN is not drawn
    passed : of the counts, those of which the shares are, for the tooltip; shape (n_y, n_x)
    """

    x_edges: np.ndarray
    y_edges: np.ndarray
    counts: np.ndarray
    title: str = "particles / bin"
    shares: np.ndarray | None = None
    passed: np.ndarray | None = None

    @property
    def drawn(self) -> np.ndarray:
        """The values that have colours; NaN where there is nothing, float32, shape (n_y, n_x)."""
        if self.shares is not None:
            return self.shares.astype(np.float32)
        return np.where(self.counts > 0, self.counts, np.nan).astype(np.float32)

    @property
    def colour_range(self) -> tuple[float, float]:
        """Values at the ends of the colour bar."""
        if self.shares is None:
            return 1.0, max(float(self.counts.max(initial=1)), 2.0)
        return 0.0, float(np.nan_to_num(self.shares).max(initial=0.0)) or 1.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Picture:
    """A plot.

    Attributes
    ----------
    x, y : titles of the axes, with units
    marks : points with uncertainties, see `MARKS`
    lines, areas, density : see there
    dots : `x y colour` of single events or particles, and further columns: `text url size`
    x_range, y_range : of the axes; None: that of the data
    ticks : names of places on the x axis, in the place of its numbers
    levels : y values of thin lines across, such as 1
    notes : what is not in the plot, such as numbers of values outside it; a sentence each
    label : what the data are, such as "CMS Simulation"
    empty : why there is nothing to draw; "" if there is something
    table : what is drawn, in numbers, for the download, or what makes it; default: the marks
    """

    x: str
    y: str
    marks: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(MARKS)))
    lines: tuple[Line, ...] = ()
    areas: tuple[Area, ...] = ()
    density: Density | None = None
    dots: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"x": [], "y": [], "colour": []}))
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    ticks: dict[float, str] = field(default_factory=dict)
    levels: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()
    label: str = ""
    empty: str = ""
    table: pd.DataFrame | Callable[[], pd.DataFrame] | None = None

    @property
    def numbers(self) -> pd.DataFrame:
        """What is drawn, in numbers."""
        if callable(self.table):
            return self.table()
        if self.table is not None:
            return self.table
        return self.marks.drop(columns=["colour", "alpha", "marker", "size"], errors="ignore")

    def ranges(self, log: bool = False) -> tuple[tuple[float, float], tuple[float, float]]:
        """Ranges of both axes: the given ones, or those of the data with a margin."""
        x, y = self.x_range, self.y_range
        if x is None:
            x = _span([self.marks["x_low"], self.marks["x_high"], *(line.x for line in self.lines)], 0.02)
        if y is None:
            values = [
                self.marks["low"],
                self.marks["high"],
                self.marks["y"],
                *(line.y for line in self.lines),
            ]
            y = _span([*values, *(area.y for area in self.areas)], 0.08, log)
        return x, y


def _span(values: list, margin: float, log: bool = False) -> tuple[float, float]:
    every = np.concatenate([np.asarray(each, dtype=np.float64) for each in values]) if values else np.zeros(0)
    every = every[np.isfinite(every) & ((every > 0) | (not log))]
    if not len(every):
        return (0.1, 1.0) if log else (0.0, 1.0)
    low, high = float(every.min()), float(every.max())
    if log:
        return low / 1.6, high * 1.8
    room = margin * (high - low) or 0.05 * abs(high) or 1.0
    return low - room, high + room


def from_zero(highest: float) -> tuple[float, float]:
    """Limits of an axis of values from 0 up: a mark at 0 is not cut by the frame."""
    return -0.05 * highest, 1.1 * highest


def points(name: str, table: pd.DataFrame, of: str, colour: str, **style: object) -> pd.DataFrame:
    """Points of a table with the bins `low high` and a value with its uncertainty.

    Parameters
    ----------
    name : of the series
    of : column of the value; the uncertainty is the column `..._error`, or the interval `..._low` to
        `..._high`
    style : values of `alpha`, `marker`, `size`
    """
    value = table[of].to_numpy(np.float64)
    if f"{of}_error" in table:
        error = np.nan_to_num(table[f"{of}_error"].to_numpy(np.float64))
        low, high = value - error, value + error
    else:
        low, high = table[f"{of}_low"].to_numpy(np.float64), table[f"{of}_high"].to_numpy(np.float64)
    x_low, x_high = table["low"].to_numpy(np.float64), table["high"].to_numpy(np.float64)
    columns = {"series": name, "x": (x_low + x_high) / 2, "x_low": x_low, "x_high": x_high}
    columns |= {"y": value, "low": low, "high": high, "colour": colour}
    columns |= {"alpha": 1.0, "marker": "circle", "size": 6.0} | style
    made = pd.DataFrame(columns)
    return made[np.isfinite(value)]


def stairs(edges: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The outline of a histogram, down to 0 at its ends; x and y, shape (2 n + 2,)."""
    return np.repeat(edges, 2), np.concatenate([[0.0], np.repeat(values, 2), [0.0]])


def nothing(why: str, like: "Picture") -> "Picture":
    """A picture with the axes of another one, and the reason why it is empty."""
    return replace(like, empty=why)
