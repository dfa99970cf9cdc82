"""A page without a server: the same models, the same messages, but no network and no waiting."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import panel as pn
from bokeh.document import Document
from bokeh.document.events import DocumentPatchedEvent
from bokeh.protocol import Protocol

from bye_splits.config import config_for_files, load_config
from bye_splits.dashboard.catalogue import Catalogue
from bye_splits.dashboard.routing import show
from bye_splits.dashboard.set_up import set_up_panel

from .session import Answer


def catalogue_of(files: Sequence[Path]) -> Catalogue:
    """The catalogue of a server that was started with these files; Panel is set up as there."""
    set_up_panel()
    return Catalogue(config_for_files(files, load_config()))


class Page:
    """The display page in a bokeh document, as a session has it.

    Parameters
    ----------
    catalogue : shared by pages
    """

    def __init__(self, catalogue: Catalogue):
        self.document = Document()
        self._events: list[DocumentPatchedEvent] = []
        self._template = show("display", catalogue)
        self._template.server_doc(self.document)
        self.document.on_change(self._events.append)

    def widget(self, label: str) -> pn.widgets.Widget:
        """The widget with a label."""

        def wanted(part) -> bool:
            return isinstance(part, pn.widgets.Widget) and label in (part.name, getattr(part, "label", None))

        (found,) = self._template.select(wanted)
        return found

    def set(self, label: str, value: Any) -> Answer:
        """Give a widget another value: all that follows, and its message to the browser."""
        return self.timed(lambda: self.widget(label).param.update(value=value))

    def click(self, label: str) -> Answer:
        """Click a button."""
        return self.timed(lambda: self.widget(label).param.trigger("clicks"))

    def timed(self, act: Callable[[], object]) -> Answer:
        """Time an action up to the finished message; `wire` stays 0, as nothing travels."""
        self._events.clear()
        start = time.perf_counter()
        act()
        payload = _size(Protocol().create("PATCH-DOC", self._events)) if self._events else 0
        ms = (time.perf_counter() - start) * 1e3
        changed = {event.model.id for event in self._events if getattr(event, "model", None) is not None}
        return Answer(ms, payload, 0, changed)

    def document_bytes(self) -> int:
        """Size of the document's message when the page is opened."""
        return _size(Protocol().create("PULL-DOC-REPLY", "", self.document))


def _size(message) -> int:
    """Bytes of a message with its buffers."""
    parts = (message.header_json, message.metadata_json, message.content_json)
    return sum(map(len, parts)) + sum(len(buffer.to_bytes()) for buffer in message.buffers)
