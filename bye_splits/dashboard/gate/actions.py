"""What pages do: each action is a line in the log and an observation for the metrics."""

import hashlib
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs
from weakref import WeakKeyDictionary

from bokeh.document import Document
from panel.models.location import Location

from ..patches import completion, incoming, silent_pages
from . import metrics
from .records import record

LAYOUT = frozenset(
    {"inner_width", "inner_height", "outer_width", "outer_height", "relayout_data", "viewport"}
)
"""Attributes that a page reports by itself when something is drawn; no action of anybody."""


@dataclass
class Visit:
    """An open page: since when, its last action, the one that is being answered, and why it was closed."""

    opened: float = field(default_factory=time.monotonic)
    actions: int = 0
    acted: float = field(default_factory=time.monotonic)
    begun: float = 0.0
    control: str = ""
    why: str = ""


visits: WeakKeyDictionary[Document, Visit] = WeakKeyDictionary()


def watch() -> None:
    """Report the actions of all pages of this process; repeated calls have no effect."""
    incoming.opened.add(_opened)
    incoming.changed.add(_changed)
    completion.completed.add(_completed)
    incoming.closed.add(_closed)
    silent_pages.silent.add(_silent)


def _opened(document: Document) -> None:
    visits.setdefault(document, Visit())


def _changed(document: Document, events: incoming.Events) -> None:
    control = next(filter(None, (_control(document, event) for event in events)), "")
    if not control:
        return
    visit = visits.setdefault(document, Visit())
    visit.acted = time.monotonic()
    if not visit.control:  # else one that is being answered already: a key that is held
        visit.begun, visit.control = visit.acted, control


def _control(document: Document, event: dict[str, Any]) -> str:
    """The widget that an event is of, by its label, else by its type; "" if nobody acted."""
    if event.get("kind") == "ModelChanged":
        attribute, model = event.get("attr", ""), event.get("model", {})
        if attribute in LAYOUT:
            return ""
    elif event.get("kind") == "MessageSent":
        attribute = _event_name(event)
        model = _event_values(event).get("model", {})
    else:
        return ""
    found = document.get_model_by_id(model.get("id", "")) if isinstance(model, dict) else None
    if found is None or found.name == completion.MARK or isinstance(found, Location):
        return ""
    named = (getattr(found, name, None) for name in ("label", "title", "name"))
    label = next((name for name in named if isinstance(name, str) and name), type(found).__name__)
    return f"{label}: {attribute}"


def _event_name(event: dict[str, Any]) -> str:
    data = event.get("msg_data", {})
    return str(data.get("name", "")) if isinstance(data, dict) else ""


def _event_values(event: dict[str, Any]) -> dict[str, Any]:
    data = event.get("msg_data", {})
    values = data.get("values", {}) if isinstance(data, dict) else {}
    entries = values.get("entries", []) if isinstance(values, dict) else []
    return dict(entry for entry in entries if len(entry) == 2)


def _completed(document: Document) -> None:
    visit = visits.get(document)
    if visit is None or not visit.control:
        return
    seconds = time.monotonic() - visit.begun
    control, visit.control = visit.control, ""
    visit.actions += 1
    page = page_of(document)
    metrics.ACTION_SECONDS.labels(page).observe(seconds)
    record("action", **facts(document), control=control, ms=round(1000 * seconds))


def _silent(document: Document) -> None:
    visits.setdefault(document, Visit()).why = "no answer to a ping"


def _closed(document: Document) -> None:
    visit = visits.setdefault(document, Visit())
    seconds = round(time.monotonic() - visit.opened)
    why = {"why": visit.why} if visit.why else {}
    record("closed", **facts(document), actions=visit.actions, s=seconds, **why)


def facts(document: Document) -> dict[str, str]:
    """What the log says of a page: a name of its session (its id is a key to it), path and event."""
    context = document.session_context
    session = "" if context is None else session_name(context.id)
    event = parse_qs(_search(document).lstrip("?")).get("event", [""])[0]
    return {"session": session, "page": page_of(document), **({"event": event} if event else {})}


def session_name(session_id: str) -> str:
    """Short name of a session in the log."""
    return hashlib.sha256(session_id.encode()).hexdigest()[:8]


def page_of(document: Document) -> str:
    """Path of a page."""
    context = document.session_context
    request = None if context is None else context.request
    return "" if request is None else request.path.removesuffix("/ws").removesuffix("/autoload.js")


def _search(document: Document) -> str:
    """Query of the address that a page shows."""
    return next((root.search for root in document.roots if isinstance(root, Location)), "")
