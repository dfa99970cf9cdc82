"""Navigation between files and events: reads an event when it is requested."""

from typing import Any

import numpy as np
import param

from ...counting import counted, ordinal
from ...data import Event, EventSource
from ...errors import ByeSplitsError
from ..catalogue import Catalogue, sample_name
from .derived import Reactive
from .loaded import Loaded
from .shown import ShownEvent


class Navigation(Reactive):
    """The sample of the displayed event and its position in the file.

    Parameters
    ----------
    shown : the displayed event, which is not read again when it is requested
    catalogue : catalogue of the samples
    """

    particle = param.String(doc="Sample: particle, or name of the file")
    pileup = param.String(doc="Sample: mean number of pile-up collisions, or a name")
    entry = param.Integer(-1, doc="Position of the event in the file")

    def __init__(self, shown: ShownEvent, catalogue: Catalogue, **values: Any) -> None:
        self.shown, self.catalogue = shown, catalogue
        self._source: EventSource | None = None  # of the displayed event
        super().__init__(shown, **values)

    @property
    def key(self) -> tuple[str, str]:
        """The sample: (particle, pile-up)."""
        return self.particle, self.pileup

    @property
    def n_events(self) -> int:
        """Number of events of the sample; 0 if its file can no longer be read."""
        try:
            return len(self.catalogue.source(self.key))
        except ByeSplitsError:
            return 0

    def is_current(self) -> bool:
        """Whether the sample's file is still the one that the event was read from; from any thread."""
        try:
            return self.catalogue.source(self.key) is self._source
        except ByeSplitsError:
            return False

    def entry_after(self, by: int) -> int:
        """The position `by` events further on, wrapping around at either end."""
        return (self.entry + by) % max(self.n_events, 1)

    def other_entry(self) -> int:
        """The position of a random other event of the sample; the current one if there is no other."""
        n = self.n_events
        return self.entry_after(int(np.random.default_rng().integers(1, n)) if n > 1 else 0)

    def read(
        self, key: tuple[str, str], number: int | None, entry: int | None, occurrence: int
    ) -> tuple[Loaded, list[str]]:
        """Read an event unless it is already shown; the arguments are those of `DisplayState.show`.

        Returns
        -------
        loaded : the event
        warnings : sentences to be reported

        Raises
        ------
        ByeSplitsError : the event cannot be read
        """
        source, problem = self.catalogue.source(key), ""
        loaded = self._shown_already(key, source, number, entry, occurrence)
        if loaded is None:
            if number is not None:
                event = source.event(number, occurrence)
            elif entry is not None:
                event = source.event_at(entry)
            else:
                event, problem = self.catalogue.first_event(key, source)
            loaded = self._found_in_geometry(event, key, source)
        warnings = [problem] if problem else []
        if key == self.key and self._source not in (None, source):
            warnings.append(f"{source.path} has changed since it was opened: these are its new events.")
        self._source = source
        return loaded, warnings

    def missing(self, key: tuple[str, str], number: int, occurrence: int = 0) -> str:
        """A sentence on an event number that no event of a sample has, or not so often."""
        source, name = self.catalogue.source(key), sample_name(key)
        numbers, times = source.event_numbers, len(source.entries(number))
        if times:
            often = "once" if times == 1 else f"{times} times"
            which = f"there is no {ordinal(occurrence + 1)} one" if occurrence >= 0 else "they count from 0"
            return f"{name} has event {number} {often}: {which}."
        if not len(numbers):
            return f"There is no event {number}: {name} has no events."
        ends = f"numbered {numbers.min()} to {numbers.max()}".replace("-", "\u2212")
        wanted = f"{number}".replace("-", "\u2212")
        return f"There is no event {wanted}: {name} has {counted(len(numbers), 'event')}, {ends}."

    def _found_in_geometry(self, event: Event, key: tuple[str, str], source: EventSource) -> Loaded:
        return Loaded.of(event, source, key, self.catalogue.sample_geometry(key, source))

    def _shown_already(
        self,
        key: tuple[str, str],
        source: EventSource,
        number: int | None,
        entry: int | None,
        occurrence: int,
    ) -> Loaded | None:
        """The displayed event if it is the requested one, as when the user goes back to another layer."""
        shown = self.shown.loaded
        if shown is None or shown.key != key or self._source is not source:
            return None
        if number is not None:
            same = (shown.event.number, shown.occurrence) == (number, occurrence)
        else:
            same = shown.event.entry == entry
        return shown if same else None
