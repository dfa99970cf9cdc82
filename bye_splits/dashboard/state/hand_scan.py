"""The hand scan of a sample: one's own tags, those of others, and new ones."""

from collections.abc import Callable, Mapping
from typing import Any

import param

from ...errors import ByeSplitsError
from ...studies.hand_scan import Key, Tag
from ..catalogue import Catalogue
from ..sample_tags import SampleTags, known_words
from .derived import Reactive
from .message import Message


class HandScan(Reactive):
    """Tags of the sample that a page shows.

    `poll` is to be called now and then: other pages and other scanners tag, too.

    Parameters
    ----------
    *below : of the same graph
    catalogue : of the samples
    key : function that gives the sample
    scanner : whose tags are one's own; default: see `studies.hand_scan.scanner_name`
    """

    tags = param.Dict(default={}, doc="One's own tags by entry and endcap; never changed in place")
    of_all = param.Dict(default={}, doc="The same of all scanners, by their names")
    message = param.ClassSelector(class_=Message, doc="The latest message to the user")
    display: Reactive | None = None  # set by a view that follows it as well

    def __init__(
        self,
        *below: Reactive,
        catalogue: Catalogue,
        key: Callable[[], tuple[str, str]],
        scanner: str = "",
        **values: Any,
    ) -> None:
        self.catalogue, self._key, self._scanner = catalogue, key, scanner
        self._seen: tuple = ()
        super().__init__(*below, **values)

    @property
    def enabled(self) -> bool:
        """Whether there can be tags: the events are in a file."""
        return not self.catalogue.in_memory

    @property
    def words(self) -> tuple[str, ...]:
        """Tags of the keys 1, 2, ..."""
        return known_words(self.catalogue.config.hand_scan)

    @property
    def sample(self) -> SampleTags:
        """The files of the tags.

        Raises
        ------
        ByeSplitsError : the sample's file cannot be read
        """
        return self.catalogue.tags(self._key(), self._scanner)

    def scan_as(self, scanner: str) -> None:
        """Take the tags of a scanner for one's own; "" for the default."""
        if scanner != self._scanner:
            self._scanner, self._seen = scanner, ()
            self.poll()

    def poll(self) -> None:
        """Read the tags again if there are new ones; what cannot be read is reported once."""
        if not self.enabled:
            return
        try:
            sample = self.sample
            seen = (self._key(), sample.version)
            if seen == self._seen:
                return
            self._seen = seen
            of_all: dict[str, dict[Key, Tag]] = sample.of_all()
        except ByeSplitsError as error:
            if str(error) != getattr(self.message, "text", ""):
                self.message = Message("error", str(error))
            return
        self.param.update(tags=of_all.get(sample.own.scanner, {}), of_all=of_all)

    def news(self) -> bool:
        """Whether `poll` would change anything."""
        return self.enabled and (self._key(), self.sample.version) != self._seen

    def tag_of(self, entry: int, endcap: int) -> Tag | None:
        """One's own tag of an endcap of an event."""
        tags: Mapping[Key, Tag] = self.tags
        return tags.get((entry, endcap))

    def say(self, entry: int, endcap: int, event: int, **what: str) -> None:
        """Tag an endcap of an event, or note something about it, see `TagFile.say`."""
        try:
            self.sample.own.say(entry, endcap, event, **what)
        except ByeSplitsError as error:
            self.message = Message("error", str(error))
        self.poll()

    def undo(self) -> None:
        """Take one's last tag or note in this sample back."""
        try:
            undone = self.sample.own.undo()
        except ByeSplitsError as error:
            self.message = Message("error", str(error))
            return
        self.poll()
        words = "There is nothing to undo."
        if undone is not None:
            words = f"Undone: {undone.tag or 'note'} of event {undone.event}."
        self.message = Message("info", words)
