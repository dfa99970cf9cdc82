"""The older pages' numbers beside ours: what they are, and for which events they differ."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from ....studies import older_pages
from ....studies.profiles import VARIABLES, Counts, profile
from ....studies.profiles import shares as shares_in_bins
from ...figures.picture import Line, Picture, points, stairs
from ...state.compare import CompareState
from ...state.pileup import PileupState
from ...state.splits import SharesState
from ...state.study import CLUSTERS, Series, StudyState
from ..shared.words import thousands
from . import shares
from .drawn import colour_of, name_of

NOTE = "#b07cd8"  # of what is neither A's nor B's


@dataclass(frozen=True, kw_only=True)
class Older:
    """The older definition of what a page shows.

    Attributes
    ----------
    words : what it is
    why : function of the state and a series: for each of its particles why the older page counts it
        differently, str; "" where it does not
    """

    words: str
    why: Callable[[Any, Series], np.ndarray]


def _of_particles(differing: Callable[[pd.DataFrame], np.ndarray]) -> Callable[[Any, Series], np.ndarray]:
    return lambda state, one: differing(one.particles)


RESPONSE = Older(words="every cluster over the particle's energy", why=_of_particles(older_pages.weights))
EFFICIENCY = Older(words="matched clusters / clusters", why=_of_particles(older_pages.weights))
SPLITS = Older(
    words="events with exactly two clusters, anywhere / events with clusters",
    why=_of_particles(older_pages.splits),
)


def _partners(state: CompareState, one: Series) -> np.ndarray:
    out = np.full(len(one.particles), "", dtype=object)
    if len(state.pairs) == len(one.particles):
        out[:] = older_pages.partners(state.pairs, *state.values)
    return out


COMPARE = Older(words="the n-th event of A that has a cluster beside the n-th one of B", why=_partners)


def _file_counts(state: PileupState, one: Series) -> np.ndarray:
    clusters = one.tables.get("file_clusters", pd.DataFrame())
    if not len(clusters):
        return np.full(len(one.particles), "", dtype=object)
    return older_pages.file_counts(one.particles, clusters)


PILEUP = Older(words="the file's own clusters, whatever the parameters", why=_file_counts)


def _report(state: StudyState, one: Series) -> np.ndarray:
    clusters = one.tables.get(CLUSTERS, pd.DataFrame())
    if not len(clusters):
        return np.full(len(one.particles), "", dtype=object)
    return older_pages.rows_of_report(one.particles, clusters)


REPORT = Older(words="one row an endcap: its cluster of the highest energy", why=_report)

NO_SCAN = "The older pages have no scan of these parameters: their optimisation moved trigger cells instead."


def splits_in_bins(state: SharesState, picture: Picture, against: str) -> Picture:
    """A picture of split rates with the older ones in the same bins."""
    if not state.older:
        return picture
    tables = []
    for one in state.limited:
        edges = state.edges.get((one.number, against))
        if edges is None or not len(one.particles):
            continue
        split, counted = older_pages.exactly_two(one.particles)
        x = VARIABLES[against].of(one.particles)
        found = shares_in_bins(x[counted], split[counted], edges)
        name = f"{name_of(one, state)}, older: exactly two clusters"
        old = points(name, found, "share", colour_of(one), marker="diamond", alpha=0.55, size=8.0)
        tables.append(old.assign(x=old["x"] + 0.12 * (old["x_high"] - old["x_low"])))  # beside ours
    if not tables:
        return picture
    marks = pd.concat([*tables, picture.marks], ignore_index=True)
    note = f"diamonds: {SPLITS.words}"
    return replace(picture, marks=marks, y_range=shares.share_range(marks), notes=(*picture.notes, note))


def change_by_row(state: CompareState, picture: Picture) -> Picture:
    """The distribution of differences with those of the older pairs."""
    if not state.older or not len(state.pairs) or picture.empty:
        return picture
    joined = older_pages.rows_of_pairs(state.pairs, *state.values)
    edges = np.linspace(*picture.ranges()[0], 62)
    difference = (joined["b"] - joined["a"]).to_numpy()
    counted = Counts.of(difference, edges)
    line = Line(edges.repeat(2), np.maximum(stairs(edges, counted.counts)[1], 0.05), NOTE, dash="dashed")
    right = int((joined["pair"] == joined["other"]).sum())
    note = (
        f"dashed: by row number, {thousands(right)} of {thousands(len(joined))} beside their own event; "
        f"{thousands(counted.under + counted.over)} outside"
    )
    return replace(picture, lines=(*picture.lines, line), notes=(note, *picture.notes))


def shifts_by_row(state: CompareState, picture: Picture) -> Picture:
    """The mean differences with those of the older pairs, in the bins of A's particles."""
    if not state.older or not len(state.pairs) or picture.empty:
        return picture
    joined = older_pages.rows_of_pairs(state.pairs, *state.values)
    x, edges = state.bins
    found = profile(x[joined["pair"]], (joined["b"] - joined["a"]).to_numpy(), edges)
    marks = points("by row number", found, "mean", NOTE, marker="diamond", alpha=0.7)
    every = pd.concat([marks, picture.marks], ignore_index=True)
    return replace(picture, marks=every, notes=(*picture.notes, f"diamonds: {COMPARE.words}"))


def file_spectrum(
    state: PileupState, edges: np.ndarray, values_of: Callable[[pd.DataFrame], pd.Series]
) -> tuple[list[Line], list[str]]:
    """Spectra of the files' own clusters, and what is outside of each."""
    lines, notes = [], []
    for one in state.file_clusters:
        counted = Counts.of(values_of(one.table).to_numpy(np.float64), edges)
        y = counted.counts / one.events
        lines.append(Line(*stairs(edges, y), colour_of(one.series), 0.75, 1.2, "dashed"))
        name = name_of(one.series, state)
        notes.append(
            f"dashed, {name}: the file's {thousands(len(one.table))} clusters, "
            f"{thousands(counted.under + counted.over)} outside"
        )
    return lines, notes
