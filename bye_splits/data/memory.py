"""Events in memory instead of in a file."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from bye_splits.counting import counted
from bye_splits.data.batches import Batch
from bye_splits.data.event import Event
from bye_splits.data.schema import CLUSTERS, GENERATED, TRIGGER_CELLS
from bye_splits.data.tables import trigger_cell_table
from bye_splits.errors import SourceError

NAME = Path("an event in memory")
NEEDED = ("layer", "waferu", "waferv", "cellu", "cellv", "mipPt", "pt", "x", "y", "z")


def event_of(table: pd.DataFrame | Mapping[str, np.ndarray]) -> Event:
    """Make an event of a table of trigger cells.

    Parameters
    ----------
    table : columns as in `Event.trigger_cells`; `energy` [GeV], `eta` and `phi` are optional, as they
        follow from `pt` and the position

    Raises
    ------
    SourceError : a column is absent, or most rows have no position
    """
    missing = [name for name in NEEDED if name not in table]
    if missing:
        raise SourceError(
            "the table of trigger cells",
            expected=f"the columns {', '.join(NEEDED)}",
            found=f"no {', '.join(missing)}",
            action="Give the table as `Event.trigger_cells` has it.",
        )
    column = {name: np.asarray(table[name]) for name in TRIGGER_CELLS if name in table}
    with np.errstate(divide="ignore", invalid="ignore"):  # rows without a position are left out below
        eta = np.arcsinh(column["z"] / np.hypot(column["x"], column["y"]))
    column.setdefault("eta", eta)
    column.setdefault("phi", np.arctan2(column["y"], column["x"]))
    column.setdefault("energy", column["pt"] * np.cosh(column["eta"]))
    rows = np.zeros(len(eta), dtype=np.int64)
    cells, _, dropped, lost = trigger_cell_table(
        column, {name: name for name in TRIGGER_CELLS}, rows, NAME, ""
    )
    notices = [
        f"{counted(n, 'trigger cell was', 'trigger cells were')} left out: {why}."
        for n, why in ((dropped, "a value is not finite"), (lost, "without a position (z = 0)"))
        if n
    ]
    return Event(0, cells, _empty(GENERATED), _empty(CLUSTERS), notices=tuple(notices))


def _empty(columns: Mapping[str, np.dtype]) -> pd.DataFrame:
    return pd.DataFrame({name: np.zeros(0, dtype) for name, dtype in columns.items()})


class EventsInMemory:
    """Events in memory, with the interface of `Source`.

    Parameters
    ----------
    events : at least one

    Attributes
    ----------
    those of `Source`; no branch is missing, and the events never change
    """

    path, tree, kind, title, description = NAME, "", "memory", "", ""
    missing: tuple[str, ...] = ()
    has_trigger_cells = True

    def __init__(self, events: Sequence[Event]):
        self._events = tuple(events)
        self.event_numbers = np.array([event.number for event in events])
        without = () if any(len(event.generated) for event in events) else tuple(GENERATED)
        self.absent = {"generated": without, "clusters": ()}

    def __len__(self) -> int:
        return len(self._events)

    def entries(self, number: int) -> np.ndarray:
        """Positions of the events with a number, int64."""
        return np.flatnonzero(self.event_numbers == number)

    def event(self, number: int, occurrence: int = 0) -> Event:
        """The event with a number; see `Source.event`."""
        entries = self.entries(number)
        if not 0 <= occurrence < len(entries):
            raise SourceError(
                str(NAME),
                expected=f"event {number}" + (f", occurrence {occurrence}" if occurrence else ""),
                found=f"events {', '.join(map(str, self.event_numbers))}",
                action="Choose one of them.",
            )
        return self.event_at(int(entries[occurrence]))

    def event_at(self, entry: int) -> Event:
        """The event at a position."""
        if not 0 <= entry < len(self):
            raise SourceError(
                str(NAME),
                expected=f"an entry from 0 to {len(self) - 1}",
                found=str(entry),
                action="Choose one of them.",
            )
        return self._events[entry]

    def batches(
        self, columns: Iterable[str] | None = None, start: int = 0, stop: int | None = None, *_: object
    ) -> Iterator[Batch]:
        """The trigger cells of a range of events, one event per batch; see `Source.batches`."""
        names = list(TRIGGER_CELLS if columns is None else columns)
        for entry, event in list(enumerate(self._events))[start:stop]:
            table = event.trigger_cells[names]
            numbers = self.event_numbers[entry : entry + 1]
            yield Batch(np.array([entry]), numbers, table, np.zeros(len(table), dtype=np.int64))

    def changed(self) -> str:
        """Return "": events in memory never change."""
        return ""

    def close(self) -> None:
        """Do nothing, as no file is open."""
