"""The server's word that an answer is complete: only it knows what is still to be done after a change.

Bokeh's own word, the OK after a change, comes before Panel has begun to act on it
(`Syncable._server_change` in panel/reactive.py puts that off), and nothing follows the last message of an
answer. So a page cannot tell an answer of several messages that is complete from one that is not, nor a
server that is at work from one that has nothing to say. The document's callbacks, by their kind and delay,
say what is still to be done.

It can go once Bokeh's OK follows all that a change leads to, or Panel says when a session is idle.
"""

from functools import partial
from weakref import WeakSet

from bokeh.document import Document
from bokeh.models import ColumnDataSource, CustomJS
from bokeh.server.callbacks import NextTickCallback, SessionCallback, TimeoutCallback
from panel.io.document import hold
from panel.io.state import set_curdoc

AGAIN = 5  # ms until the next look, while something is left to do
_asking: "WeakSet[SessionCallback]" = WeakSet()  # our own looks: two questions must not wait for each other
SOON = 50  # ms up to which a callback belongs to the answer; what is put off for longer may never be called


def add_completion(document: Document) -> None:
    """Let a document answer traffic.js, which asks a moment after a change.

    A change leads to callbacks of the session, and those to others. When none waits any more, all that they
    had to say has been sent, and this follows it.
    """
    mark = ColumnDataSource({"asked": [0]}, name="complete")
    mark.js_on_change("data", CustomJS(code="byeSplitsTraffic.complete(cb_obj)"))
    mark.on_change("data", partial(_asked, mark))
    document.add_root(mark)


def _asked(mark: ColumnDataSource, attribute: str, old: dict, new: dict) -> None:
    if "asked" in new:
        _answer(mark, new["asked"])


def _answer(mark: ColumnDataSource, asked: list[int]) -> None:
    document = mark.document
    if any(map(_soon, document.session_callbacks)):
        _asking.add(document.add_timeout_callback(partial(_answer, mark, asked), AGAIN))
        return
    # Panel writes what it held back past Bokeh's own messages: only in its line does this come last.
    with set_curdoc(document), hold(document):
        mark.data = {"done": asked}


def _soon(callback: SessionCallback) -> bool:
    if callback in _asking:
        return False
    if isinstance(callback, TimeoutCallback):
        return callback.timeout <= SOON
    return isinstance(callback, NextTickCallback)
