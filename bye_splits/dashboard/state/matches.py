"""The events of the display's sample that a selection of its catalogue has; without one its splits."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ...studies.catalogue import catalogue
from ...studies.columns import known_kinds
from ...studies.expressions import ExpressionError, parse
from ...studies.filters import ordered
from ...studies.hand_scan import with_tags
from ..sample_runs import SampleOutcomes
from .derived import Reactive, derived
from .display import DisplayState
from .hand_scan import HandScan
from .sample import known_table
from .whole_sample import WholeSample

SIDES = {1: "+z", -1: "-z"}
TO_SHOW = (
    "entry",
    "endcap",
    "gen_pt",
    "peak_layer",
    "split",
)  # what a step needs of a row


@dataclass(frozen=True, eq=False)
class Matching:
    """Rows of a catalogue.

    Attributes
    ----------
    table : the catalogue
    order : int64, all rows in their order
    rows : int64, those that match, in that order
    complete : whether the whole sample is known
    problem : why the condition has no effect; empty if it has
    """

    table: pd.DataFrame
    order: np.ndarray
    rows: np.ndarray
    complete: bool
    problem: str = ""


class Matches(Reactive):
    """The matching rows of the displayed sample, and the one that is shown; without a selection its splits.

    Parameters
    ----------
    state : of the display, with the condition `match` and its `order`
    whole, scan : outcomes and tags of the sample, of the same graph
    """

    def __init__(self, state: DisplayState, whole: WholeSample, scan: HandScan, **values: Any) -> None:
        self.display, self.whole, self.scan = state, whole, scan
        super().__init__(state, **values)

    @property
    def selected(self) -> bool:
        """Whether there is a selection."""
        return bool(self.display.match or self.display.order)

    @derived("whole.outcomes_a", "whole.outcomes_b", "display.chain.compare")
    def shown_outcomes(self) -> SampleOutcomes | None:
        """What is known so far under the set that is shown; under A where both are."""
        b = self.whole.outcomes_b
        return b if b is not None and self.display.chain.compare == "B" else self.whole.outcomes_a

    @derived("shown_outcomes")
    def n_splits(self) -> int:
        """Number of the sample's particles that are known to be split."""
        known = self.shown_outcomes
        return int(known.particles["split"].sum()) if known is not None and len(known.particles) else 0

    @derived(
        *("whole.outcomes_a", "whole.outcomes_b", "whole.phases"),
        *("display.chain.set_b", "display.match", "display.order"),
    )
    def untagged(self) -> pd.DataFrame:
        """The catalogue as far as it is known; empty without a selection."""
        if not self.selected:
            return pd.DataFrame()
        return known_table(self.whole, self.display.chain.set_b is not None)

    @derived("untagged", "scan.tags", "display.match", "display.order", "display.descending")
    def matching(self) -> Matching | None:
        """What matches so far; None without a selection, or before anything is known."""
        display, a = self.display, self.whole.outcomes_a
        if not len(self.untagged) or a is None:
            return None
        table = with_tags(self.untagged, self.scan.tags)
        mask, order, problem = np.ones(len(table), dtype=bool), np.arange(len(table)), ""
        if display.match:
            try:
                mask = parse(display.match, known_kinds(display.chain.set_b is not None)).mask(table)
            except ExpressionError as error:
                problem = str(error)
        if display.order in table:
            order = ordered(table[display.order], display.descending)
        complete = a.progress.finished and (self.whole.outcomes_b or a).progress.finished
        return Matching(table, order, order[mask[order]], complete, problem)

    @derived("matching", "display.navigation.entry", "display.shown.endcap", "display.shown.chosen")
    def row(self) -> int:
        """Row of the displayed particle; -1 if it is not in the catalogue."""
        return -1 if self.matching is None else self._row_in(self.matching.table)

    def _row_in(self, table: pd.DataFrame) -> int:
        display = self.display
        entry = display.navigation.entry
        low, high = np.searchsorted(table["entry"].to_numpy(), (entry, entry + 1))
        rows = low + np.flatnonzero(table["endcap"].to_numpy()[low:high] == display.shown.side)
        return next((int(row) for row in rows if particle_rank(table, int(row)) == display.shown.chosen), -1)

    @derived("matching", "row")
    def position(self) -> int:
        """Place of the displayed particle among the matching ones, from 0; -1 if it is none of them."""
        if self.matching is None or self.row < 0:
            return -1
        places = np.flatnonzero(self.matching.rows == self.row)
        return int(places[0]) if len(places) else -1

    @derived("shown_outcomes")
    def has_particles(self) -> bool:
        """Whether the sample has generated particles, as far as is known."""
        known = self.shown_outcomes
        return known is None or len(known.particles) > 0 or not known.progress.finished

    @derived("shown_outcomes")
    def splits(self) -> Matching | None:
        """The particles that are known to be split under the set that is shown, as in the file."""
        known = self.shown_outcomes
        if known is None or not self.n_splits:
            return None
        table = catalogue(known.particles)[list(TO_SHOW)]
        split = np.flatnonzero(table["split"].to_numpy())
        return Matching(table, np.arange(len(table)), split, known.progress.finished)

    def _place_in(self, found: Matching, place: np.ndarray) -> float:
        """Place of the displayed particle in the order of some rows, between two where it is none of them."""
        row = self.row if found is self.matching else self._row_in(found.table)
        if row >= 0:
            return float(place[row])
        if self.selected:
            return -1.0
        return float(np.searchsorted(found.table["entry"].to_numpy(), self.display.navigation.entry)) - 0.5

    def step(self, by: int) -> bool:
        """Show the next match (by = 1) or the previous one (-1), wrapping around at either end.

        An event that does not match, perhaps as it was tagged just now, has its place in the order, too.
        Without a selection the matches are the splits under the set that is shown.
        """
        found = self.matching if self.selected else self.splits
        if found is None or not len(found.rows):
            return False
        place = np.empty(len(found.order), dtype=np.int64)
        place[found.order] = np.arange(len(found.order))
        here = self._place_in(found, place)
        if by > 0:
            after = int(np.searchsorted(place[found.rows], here, side="right"))
        else:
            after = int(np.searchsorted(place[found.rows], here, side="left")) - 1
        wrapped = not 0 <= after < len(found.rows)
        row = int(found.rows[after % len(found.rows)])
        some = found.table.iloc[row]
        values: dict[str, Any] = {
            "endcap": SIDES[int(some["endcap"])],
            "chosen": particle_rank(found.table, row),
        }
        if some["peak_layer"] >= 0:
            values["layer"] = int(some["peak_layer"])
        shown = self.display.show(entry=int(some["entry"]), **values)
        if shown and wrapped and len(found.rows) > 1:
            which = f"{'match' if self.selected else 'split'}{'' if found.complete else ' known so far'}"
            first = f"After the last {which} follows the first."
            self.display.report("info", first if by > 0 else f"Before the first {which} comes the last.")
        return shown


def particle_rank(table: pd.DataFrame, row: int) -> int:
    """Place of a row's particle among those of its endcap in decreasing order of pT, as in the display.

    Parameters
    ----------
    table : of a catalogue, ordered by entry
    """
    entry, endcap = table["entry"].to_numpy(), table["endcap"].to_numpy()
    low, high = np.searchsorted(entry, (entry[row], entry[row] + 1))
    same = low + np.flatnonzero(endcap[low:high] == endcap[row])
    if len(same) < 2:
        return 0
    pt = table["gen_pt"].to_numpy()[same]
    order = np.argsort(-np.nan_to_num(pt), kind="stable")
    return int(np.flatnonzero(same[order] == row)[0])
