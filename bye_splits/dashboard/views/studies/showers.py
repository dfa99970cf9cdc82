"""Plots of the page of pile-up in which the same shower is laid over many events with pile-up."""

from dataclasses import replace

import numpy as np
import pandas as pd

from ....studies.pileup_numbers import mean_spread
from ....studies.profiles import VARIABLES, Counts
from ....studies.profiles import shares as shares_in_bins
from ....studies.response import QUANTITIES, quantile_edges
from ...figures.colours import SERIES_COLOURS
from ...figures.picture import Line, Picture, points, stairs
from ...state.pileup import PileupState
from ..shared.shares import share
from ..shared.words import thousands
from . import shares
from .drawn import MARKERS, SIZES, waiting_for
from .response import TITLES, pm

CROSSES = {"A": "x", "B": "cross"}
BINS = 40
SHOWERS_PER_BIN = 5  # quantile bins hold as many at least


def colour(which: str) -> str:
    """Of showers in pile-up: as the sample with pile-up."""
    return SERIES_COLOURS[1, which]


def _waiting(state: PileupState, known: dict) -> str:
    if state.not_laid:
        return "No showers in pile-up: see below."
    if known:
        return ""
    if (why := waiting_for(state)) or state.chosen_shower is not None:
        return why or "Waiting for the showers in pile-up \u2026"
    return (
        f"No shower of event {state.shower} is within the limits."
        if state.shower >= 0
        else "No shower is found."
    )


def quantity_of(state: PileupState) -> str:
    """Of the response of showers in pile-up: clusters far from the particle are not looked at."""
    return "near" if state.quantity == "all" else state.quantity


def words_of_one(state: PileupState) -> str:
    """Which shower it is."""
    chosen = state.chosen_shower
    if state.not_laid or chosen is None:
        return "one shower in many pile-ups"
    return (
        f"event {chosen['event']}, pT {chosen['gen_pt']:.1f} GeV, \u03b7 {chosen['gen_eta']:.2f} \u00b7 "
        f"{QUANTITIES[quantity_of(state)]}"
    )


def one_shower(state: PileupState) -> Picture:
    """Response of one shower in many pile-ups, and without."""
    frame = Picture(
        x=f"{TITLES[state.norm]} of this shower", y="pile-ups / bin", empty=_waiting(state, state.one_shower)
    )
    if state.not_laid:
        return replace(frame, notes=(state.not_laid,))
    parts = {which: one.pairs["response"].to_numpy(np.float64) for which, one in state.one_shower.items()}
    every = np.concatenate([np.zeros(0), *(values[np.isfinite(values)] for values in parts.values())])
    if not len(every):
        return frame if frame.empty else replace(frame, empty="It is not found in any pile-up.")
    without = [one.showers["alone"].to_numpy(np.float64) for one in state.one_shower.values()]
    ends = np.concatenate([every, *(at[np.isfinite(at)] for at in without)])
    room = 0.06 * float(np.ptp(ends)) or 0.05
    bins = int(np.clip(2 * np.sqrt(len(every)), 12, BINS))
    edges = np.linspace(ends.min() - room, ends.max() + room, bins + 1)
    lines, marks, notes = [], [], []
    for which, values in parts.items():
        counted = Counts.of(values, edges)
        lines.append(Line(*stairs(edges, counted.counts), colour(which)))
        rows = pd.DataFrame({"low": edges[:-1], "high": edges[1:], "n": counted.counts})
        rows["n_error"] = np.sqrt(rows["n"])
        point = points(f"{which}, in pile-up", rows[rows["n"] > 0], "n", colour(which), size=0.0, alpha=0.8)
        marks.append(point.assign(x_low=point["x"], x_high=point["x"]))
        notes.append(f"{which}: not found in {counted.missing} of {thousands(len(values))} pile-ups")
    top = 1.15 * max(float(each["high"].max()) for each in marks)
    for which, at in zip(parts, without, strict=True):
        lines.append(
            Line(np.repeat(at, 2), np.array([0.0, top]), SERIES_COLOURS[0, which], 1.0, 1.8, "dashed")
        )
    return replace(
        frame,
        lines=tuple(lines),
        marks=pd.concat(marks, ignore_index=True),
        x_range=(float(edges[0]), float(edges[-1])),
        y_range=(0.0, top),
        notes=("dashes: without pile-up", *notes, "two turns of each pile-up event"),
    )


def _edges(x: np.ndarray) -> np.ndarray:
    return quantile_edges(x, max(1, min(8, len(x) // SHOWERS_PER_BIN)))


def bias_and_spread(state: PileupState) -> Picture:
    """What pile-up adds to the response of a shower, and by how much that varies, in bins."""
    tables = []
    for which, one in state.many.items():
        x = VARIABLES[state.against].of(one.showers)
        edges = _edges(x)
        for found, marker, name in (
            (one.in_bins("added", x, edges), MARKERS[which], "mean that pile-up adds"),
            (one.spread_in_bins(x, edges), CROSSES[which], "spread of one shower"),
        ):
            style = {"marker": marker, "size": SIZES[which]}
            tables.append(points(f"{which}, {name}", found, "value", colour(which), **style))
    marks = pd.concat(tables, ignore_index=True) if tables else Picture(x="", y="").marks
    return Picture(
        x=VARIABLES[state.against].title,
        y=f"{TITLES[state.norm]}: bias, \u03c3",
        marks=marks,
        levels=(0.0,),
        notes=(
            state.not_laid or _showers(state),
            "what cells below the front end's threshold would add is missing",
            "error of the mean: of showers, and of pile-ups, which all showers share",
        ),
        empty=_waiting(state, state.many),
    )


def split_probability(state: PileupState) -> Picture:
    """Share of the pile-ups in which a shower is split, as defined and by its own energy, in bins."""
    tables = []
    for which, one in state.many.items():
        x = VARIABLES[state.against].of(one.showers)
        edges = _edges(x)
        for column, marker, name in (
            ("split", MARKERS[which], "a second cluster of any origin"),
            ("own_split", CROSSES[which], "of the shower's own energy"),
        ):
            found, style = one.in_bins(column, x, edges), {"marker": marker, "size": SIZES[which]}
            tables.append(points(f"{which}, {name}", found, "value", colour(which), **style))
        plain = shares_in_bins(x, one.showers["split_alone"].to_numpy(bool), edges)
        style = {"alpha": 0.6, "size": SIZES[which] - 1.5}
        tables.append(points(f"{which}, without pile-up", plain, "share", SERIES_COLOURS[0, which], **style))
    marks = pd.concat(tables, ignore_index=True) if tables else Picture(x="", y="").marks
    marks = marks.assign(low=marks["low"].clip(lower=0))
    return Picture(
        x=VARIABLES[state.against].title,
        y="split probability",
        marks=marks,
        y_range=shares.share_range(marks),
        notes=(state.not_laid or _showers(state),),
        empty=_waiting(state, state.many),
    )


def _showers(state: PileupState) -> str:
    progress = state.progress_of_showers
    n = max((len(one.showers) for one in state.many.values()), default=0)
    if progress is None or progress.finished:
        return f"{thousands(n)} showers"
    return f"{thousands(n)} showers so far ({progress.done} of {progress.total} events)"


ROWS = (
    "showers \u00d7 pile-ups",
    "pile-up adds to the response",
    "spread of one shower",
    "pile-up in the leading cluster",
    "split, of any origin",
    "split, of its own energy",
    "shower shown: response \u2192 in pile-up",
    "it is split, any origin",
    "it is split, own energy",
)
"""Titles of the numbers of `cells`."""


def cells(state: PileupState, which: str) -> list[str]:
    """Numbers of showers in pile-up under a set, in the order of `ROWS`."""
    if state.not_laid:
        return ["\u2013"] * len(ROWS)
    many, one = state.many.get(which), state.one_shower.get(which)
    if many is None:
        out = ["\u2026"] * 6
    else:
        n = int(many.showers["n"].median()) if len(many.showers) else 0
        out = [
            f"{thousands(len(many.showers))} \u00d7 {n}",
            pm(*many.mean("added")),
            pm(*mean_spread(many.showers["spread"].to_numpy(np.float64))),
            *(_percent(*many.mean(column)) for column in ("pileup_share", "split", "own_split")),
        ]
    if one is None or one.showers["n"].isna().all():  # not in any pile-up yet
        return [*out, *["\u2026"] * 3]
    (row,) = one.showers.itertuples()
    splits = (share(round(each * row.n), row.n) if row.n else "\u2013" for each in (row.p_split, row.p_own))
    return [*out, f"{row.alone:.3f} \u2192 {pm(row.mean, row.mean_error)}", *splits]


def _percent(mean: float, error: float) -> str:
    return f"{pm(100 * mean, 100 * error)} %" if np.isfinite(mean) else "\u2013"
