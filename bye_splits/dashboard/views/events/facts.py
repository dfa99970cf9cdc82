"""Text of the events page: what is selected of the sample, and how far it is known."""

import numpy as np

from ...catalogue import sample_name
from ...sample_runs import SampleOutcomes
from ...state.events import EventsState
from ..shared.base import draws
from ..shared.shares import share
from ..shared.words import HtmlView, missing, thousands

MOST_FAILURES = 5  # that are listed


class EventFacts(HtmlView):
    """The sample and the selection in numbers."""

    state: EventsState

    @draws("sample", "selected", "whole.outcomes_a", "whole.outcomes_b", "whole.problem", "set_b")
    def html(self) -> str:
        state = self.state
        facts: list[tuple[str, str, str | None]] = [("sample", sample_name(state.sample), None)]
        table, rows = state.table, state.selected.rows
        if len(table):
            particles = int((table["pid"] != 0).sum())
            alone = len(table) - particles
            facts.append(("particles", thousands(particles), None))
            if alone:
                facts.append(("endcaps without a particle", thousands(alone), None))
            facts.append(("selected", f"{thousands(len(rows))} of {thousands(len(table))}", None))
            facts += self._rates(rows)
        facts += self._progress()
        return self.facts(facts, self._notices())

    def _rates(self, rows: np.ndarray) -> list[tuple[str, str, str | None]]:
        """Split rates of the selected particles."""
        table = self.state.table
        mine = rows[table["pid"].to_numpy()[rows] != 0]
        if not len(mine):
            return []
        rates: list[tuple[str, str, str | None]] = []
        for name, column in (("A", "split"), ("B", "split_b")):
            if column not in table:
                continue
            known = mine if name == "A" else mine[table["clusters_b"].to_numpy()[mine] >= 0]
            which = f" {name}" if "split_b" in table else ""
            k = int(table[column].to_numpy()[known].sum())
            words = (
                f"{share(k, len(known))} \u00b7 {thousands(k)} of {thousands(len(known))}"
                if len(known)
                else "\u2026"
            )
            rates.append((f"split{which}, of the selected", words, None))
        return rates

    def _progress(self) -> list[tuple[str, str, str | None]]:
        whole = self.state.whole
        lines: list[tuple[str, str, str | None]] = []
        for name, one in (("A", whole.outcomes_a), ("B", whole.outcomes_b)):
            if one is None or one.progress.finished:
                continue
            label = "working" + (f" on {name}" if self.state.set_b is not None else "")
            lines.append((label, _so_far(one), None))
        return lines

    def _notices(self) -> list[str]:
        state, whole = self.state, self.state.whole
        notices = []
        if not state.catalogue.has_studies:
            notices.append(
                "Samples are not studied here: their events are in memory, or BYE_SPLITS_BACKGROUND is 0."
            )
        if whole.problem:
            notices.append(whole.problem)
        if state.selected.problem:
            notices.append(f"The condition has no effect now. {state.selected.problem}")
        for name, one in (("A", whole.outcomes_a), ("B", whole.outcomes_b)):
            if one is not None:
                notices += _missing(name, one)
        return notices


def _so_far(outcomes: SampleOutcomes) -> str:
    """How far a run has come."""
    progress = outcomes.progress
    words = f"{thousands(progress.done + progress.failed)} of {thousands(progress.total)} events"
    if progress.left is None:
        return words
    return f"{words} \u00b7 {thousands(round(progress.rate))} events/s \u00b7 {_time(progress.left)} left"


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _missing(name: str, outcomes: SampleOutcomes) -> list[str]:
    """A sentence for each part of the sample without a result."""
    failures = list(outcomes.failures.items())
    lines = [f"PARTIAL ({name}): {missing(chunk, why)}" for chunk, why in failures[:MOST_FAILURES]]
    if len(failures) > MOST_FAILURES:
        lines.append(f"PARTIAL ({name}): {len(failures) - MOST_FAILURES} further parts are missing.")
    return lines


class TableTitle(HtmlView):
    """Title of the table: what is shown of it, and in which order."""

    state: EventsState

    @draws("rows", "page", "order", "descending", "expression", "limits", "set_b")
    def html(self) -> str:
        state = self.state
        n = len(state.rows)
        if not n:
            words = "no event meets the condition" if len(state.table) else ""
            return self.title("Events", words)
        name = state.preset
        which = state.presets[name].title if name else state.condition or "all"
        order = (
            f"by {state.order}{' descending' if state.descending else ''}"
            if state.order
            else "as in the file"
        )
        return self.title("Events", f"{which} \u00b7 {order} \u00b7 click a row to open it in the display")
