"""Plots of shares: in bins of what was generated, against the threshold of the seeds, against the radius."""

from functools import partial

import numpy as np
import pandas as pd

from ....studies.profiles import VARIABLES
from ....studies.steps import Steps
from ...figures.picture import Line, Picture, from_zero, points
from ...state.splits import SharesState
from .drawn import DASHES, MARKERS, SIZES, colour_of, name_of, waiting_for

MOST_POINTS = 2000  # of a step function's band: a pixel holds several of more steps
RANGE = (5.0, 120.0)  # mipT, of the axis of the thresholds

AXES = {"split": "split rate", "matched": "efficiency"}
"""Title of the axis by property."""


def in_bins(state: SharesState, name: str, against: str) -> Picture:
    """Share with a property in bins of a variable."""
    tables = [
        points(
            name_of(one, state),
            table,
            "share",
            colour_of(one),
            marker=MARKERS[one.which],
            size=SIZES[one.which],
        )
        for one, table in zip(state.series, state.in_bins(name, against), strict=True)
        if len(table)
    ]
    marks = pd.concat(tables, ignore_index=True) if tables else Picture(x="", y="").marks
    return Picture(
        x=VARIABLES[against].title,
        y=AXES[name],
        marks=marks,
        y_range=share_range(marks),
        levels=(1.0,) if name == "matched" else (),
        empty=waiting_for(state),
    )


def share_range(marks: pd.DataFrame) -> tuple[float, float]:
    """Limits of an axis of shares: from 0, or up to just above 1 where all are high."""
    if not len(marks):
        return 0.0, 1.0
    low, high = float(marks["low"].min()), float(marks["high"].max())
    if low > 0.5:
        return low - 0.1 * (1 - low) - 0.005, 1 + 0.08 * (1 - low) + 0.005
    lowest, highest = from_zero(high)
    return lowest, min(1.05, highest)


def against_threshold(state: SharesState, name: str) -> Picture:
    """Share with a property against the threshold of the seeds, as a step function with its interval."""
    lines: list[Line] = []
    known: dict[str, Steps] = {}
    ends: list[pd.DataFrame] = []
    for one, found in zip(state.series, state.steps, strict=True):
        if name not in found:
            continue
        steps = known[name_of(one, state)] = found[name]
        n_shown = np.searchsorted(steps.thresholds, RANGE[1], side="right")
        some = steps.table(np.unique(np.linspace(0, n_shown - 1, MOST_POINTS).astype(int)))
        x = np.append(np.repeat(some["threshold"].to_numpy(), 2)[1:], RANGE[1])
        for column, alpha, width in (
            ("share_low", 0.35, 1.0),
            ("share_high", 0.35, 1.0),
            ("share", 1.0, 1.7),
        ):
            y = np.repeat(some[column].to_numpy(), 2)
            lines.append(Line(x, y, colour_of(one), alpha, width, DASHES[one.which]))
        ends.append(pd.DataFrame({"low": some["share_low"], "high": some["share_high"]}))
    y_range = share_range(pd.concat(ends) if ends else pd.DataFrame())
    for one in state.series:
        at = one.parameters.seed_threshold
        lines.append(Line(np.full(2, at), np.array(y_range), colour_of(one), 0.7, 1.0, "dotted"))
    empty = waiting_for(state) or ("" if known else "Waiting for the thresholds \u2026")
    return Picture(
        x="threshold of the seeds [mipT]",
        y=AXES[name],
        lines=tuple(lines),
        x_range=RANGE,
        y_range=y_range,
        notes=("dotted: the present threshold; thin: interval of 68.3 %",),
        empty=empty,
        table=partial(_all_steps, known) if known else None,
    )


def _all_steps(known: dict[str, Steps]) -> pd.DataFrame:
    tables = [steps.table().assign(series=name) for name, steps in known.items()]
    return pd.concat(tables, ignore_index=True)


def against_radius(state: SharesState) -> Picture:
    """Efficiency against the radius of the clusters."""
    tables = [
        points(
            name_of(one, state),
            table,
            "share",
            colour_of(one),
            marker=MARKERS[one.which],
            size=SIZES[one.which],
        )
        for one, table in zip(state.series, state.at_radii, strict=True)
        if len(table)
    ]
    marks = pd.concat(tables, ignore_index=True) if tables else Picture(x="", y="").marks
    empty = waiting_for(state) or ("" if tables else "Waiting for the radii \u2026")
    x = "radius of clusters in (x/z, y/z)"
    return Picture(
        x=x, y=AXES["matched"], marks=marks, y_range=share_range(marks), empty=empty, levels=(1.0,)
    )
