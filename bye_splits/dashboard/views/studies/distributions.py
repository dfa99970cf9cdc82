"""Distributions of a value per particle, and points in bins, of every series: common to several pages."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ....studies.profiles import Counts
from ...figures.picture import Line, Picture, points, stairs
from ...state.study import StudyState
from ..shared.words import thousands
from .drawn import DASHES, FAINT, MARKERS, SIZES, colour_of, name_of, waiting_for

BINS = 60
HOLLOW = {"A": "x", "B": "cross"}
"""Marks of a second value beside those of `drawn.MARKERS`."""


def limits(every: Sequence[np.ndarray], usual: tuple[float, float], step: float = 0.0) -> tuple[float, float]:
    """Limits of an axis of values: they hold all but the outermost 1 % of each series.

    Parameters
    ----------
    every : values of each series; NaN is left out
    usual : limits where there are no values
    step : the limits are multiples of it; 0: of nothing
    """
    known = [some[np.isfinite(some)] for some in every]
    ends = [np.quantile(some, (0.005, 0.995)) for some in known if len(some)]
    if not ends:
        return usual
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    room = 0.15 * (high - low) or max(step, 1e-6)
    low, high = float(low - room), float(high + room)
    if not step:
        return low, high
    return float(np.floor(low / step) * step), float(np.ceil(high / step) * step)


def histogram(state: StudyState, every: Sequence[np.ndarray], edges: np.ndarray, x: str) -> Picture:
    """Distribution of a value per particle, with the numbers of those outside the axis or without a value.

    Parameters
    ----------
    every : values of each of `state.series`, of all their particles
    edges : of the bins
    x : title of the axis
    """
    lines, notes, tables = [], [], []
    for one, values in zip(state.series, every, strict=True):
        if not len(values):
            continue
        counted = Counts.of(values, edges)
        colour, dash = colour_of(one), DASHES[one.which]
        parts = [(counted, 1.0)]
        if state.ranges:
            parts = [(counted, FAINT), (Counts.of(values[one.chosen], edges), 1.0)]
        for counts, alpha in parts:
            lines.append(Line(*stairs(edges, counts.counts), colour, alpha, dash=dash))
        shown = parts[-1][0]
        notes.append(
            f"{name_of(one, state)}: {thousands(shown.under)} below, {thousands(shown.over)} above, "
            f"{thousands(shown.missing)} without any cluster"
        )
        columns = {"low": edges[:-1], "high": edges[1:], "particles": shown.counts}
        tables.append(pd.DataFrame({"series": name_of(one, state)} | columns))
    marks = _poisson(state, every, edges)
    highest = max([1.0, *(float(line.y.max()) for line in lines), *marks["high"]])
    width = edges[1] - edges[0]
    unit = x.partition("[")[2].rstrip("]")
    return Picture(
        x=x,
        y=f"particles / {width:.3g}{' ' if unit else ''}{unit}",
        lines=tuple(lines),
        marks=marks,
        x_range=(edges[0], edges[-1]),
        y_range=(0.0, 1.08 * highest),
        notes=tuple(notes),
        empty=waiting_for(state),
        table=pd.concat(tables, ignore_index=True) if tables else None,
    )


def _poisson(state: StudyState, every: Sequence[np.ndarray], edges: np.ndarray) -> pd.DataFrame:
    """Uncertainties of the bins, the root of their counts."""
    tables = []
    for one, values in zip(state.series, every, strict=True):
        counts = np.histogram(values[one.chosen], edges)[0]
        some = pd.DataFrame({"low": edges[:-1], "high": edges[1:], "n": counts, "n_error": np.sqrt(counts)})
        table = points(name_of(one, state), some[counts > 0], "n", colour_of(one), size=0.0, alpha=0.8)
        tables.append(table.assign(x_low=table["x"], x_high=table["x"]))
    return pd.concat(tables, ignore_index=True)


def in_bins(
    state: StudyState, found: Sequence[pd.DataFrame], of: Sequence[str], alpha: float = 1.0
) -> pd.DataFrame:
    """Points of columns of tables in bins; those of the first column are filled, of the second one hollow.

    Parameters
    ----------
    found : a table for each of `state.series`; may be empty
    of : columns, see `picture.points`
    """
    tables = []
    for one, table in zip(state.series, found, strict=True):
        for column, markers in zip(of, (MARKERS, HOLLOW), strict=False):
            if len(table):
                style = {"marker": markers[one.which], "alpha": alpha, "size": SIZES[one.which]}
                name = f"{name_of(one, state)}, {column.replace('_', ' ')}"
                tables.append(points(name, table, column, colour_of(one), **style))
    return pd.concat(tables, ignore_index=True) if tables else Picture(x="", y="").marks
