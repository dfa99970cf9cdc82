"""A page without a server: the same models and messages, but no network and no delays."""

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
    """The catalogue of a server started with these files; also sets up Panel."""
    set_up_panel()
    return Catalogue(config_for_files(files, load_config()))


class Page:
    """The display page in a bokeh document, as in a session.

    Parameters
    ----------
    catalogue : shared by all pages
    """

    def __init__(self, catalogue: Catalogue):
        self.document = Document()
        self._events: list[DocumentPatchedEvent] = []
        self._template = show("display", catalogue)
        self._template.server_doc(self.document)
        self.document.on_change(self._events.append)

    def widget(self, label: str) -> pn.widgets.Widget:
        """The widget with a label."""

        def matches(item) -> bool:
            return isinstance(item, pn.widgets.Widget) and label in (item.name, getattr(item, "label", None))

        (found,) = self._template.select(matches)
        return found

    def set(self, label: str, value: Any) -> Answer:
        """Set a widget's value; time all its effects, including the message to the browser."""
        return self.timed(lambda: self.widget(label).param.update(value=value))

    def click(self, label: str) -> Answer:
        """Click a button."""
        return self.timed(lambda: self.widget(label).param.trigger("clicks"))

    def timed(self, act: Callable[[], object]) -> Answer:
        """Time an action up to the complete message; `wire` stays 0, as nothing is transferred."""
        self._events.clear()
        start = time.perf_counter()
        act()
        payload = _size(Protocol().create("PATCH-DOC", self._events)) if self._events else 0
        ms = (time.perf_counter() - start) * 1e3
        changed = {event.model.id for event in self._events if getattr(event, "model", None) is not None}
        return Answer(ms, payload, 0, changed)

    def document_bytes(self) -> int:
        """Size of the document's message when the page is opened, bytes."""
        return _size(Protocol().create("PULL-DOC-REPLY", "", self.document))


def _size(message) -> int:
    """Size of a message with its buffers, bytes."""
    parts = (message.header_json, message.metadata_json, message.content_json)
    return sum(map(len, parts)) + sum(len(buffer.to_bytes()) for buffer in message.buffers)
