"""Notification that the server's response to a change is complete.

Bokeh acknowledges a change with OK before Panel has started to process it (`Syncable._server_change` in
panel/reactive.py defers that), and nothing marks the last message of a response. A page can therefore not
distinguish a complete response of several messages from an incomplete one, nor a busy server from an idle
one. The kinds and delays of the document's callbacks show whether work is outstanding.

This patch can be removed once Bokeh's OK follows all effects of a change, or Panel reports when a session is
idle.
"""

from collections.abc import Callable
from functools import partial
from weakref import WeakSet

from bokeh.document import Document
from bokeh.models import ColumnDataSource, CustomJS
from bokeh.server.callbacks import NextTickCallback, SessionCallback, TimeoutCallback
from panel.io.document import hold
from panel.io.state import set_curdoc

POLL_PERIOD = 5  # ms between checks while work is outstanding
MAX_DELAY = 50  # ms; a callback with a longer timeout is no part of the response: it may never be called
MARK = "complete"  # name of the model by which a page asks
completed: set[Callable[[Document], None]] = set()
"""Called with a page's document when the response to its changes is complete."""
# The checks themselves are excluded: two requests must not wait for each other.
_checks: "WeakSet[SessionCallback]" = WeakSet()


def add_completion(document: Document) -> None:
    """Let a document respond to traffic.js, which sends a request shortly after a change.

    A change leads to callbacks of the session, which may add others. Once none is pending, all their
    messages have been sent, and the notification follows them.
    """
    mark = ColumnDataSource({"asked": [0]}, name=MARK)
    mark.js_on_change("data", CustomJS(code="byeSplitsTraffic.complete(cb_obj)"))
    mark.on_change("data", partial(_requested, mark))
    document.add_root(mark)


def _requested(mark: ColumnDataSource, attribute: str, old: dict, new: dict) -> None:
    if "asked" in new:
        _notify_when_idle(mark, new["asked"])


def _notify_when_idle(mark: ColumnDataSource, asked: list[int]) -> None:
    document = mark.document
    if any(map(_is_outstanding, document.session_callbacks)):
        check = partial(_notify_when_idle, mark, asked)
        _checks.add(document.add_timeout_callback(check, POLL_PERIOD))
        return
    # Panel sends held messages separately from Bokeh's: only if this one is held, too, is it the last.
    with set_curdoc(document), hold(document):
        mark.data = {"done": asked}
    for report in completed:
        report(document)


def _is_outstanding(callback: SessionCallback) -> bool:
    """Whether a callback is part of the response to a change."""
    if callback in _checks:
        return False
    if isinstance(callback, TimeoutCallback):
        return callback.timeout <= MAX_DELAY
    return isinstance(callback, NextTickCallback)
