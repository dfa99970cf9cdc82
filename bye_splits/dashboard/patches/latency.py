"""An answer that leaves at once and in one piece: Panel, Bokeh and TCP like to wait for more to come."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import cache, partial, wraps
from weakref import WeakKeyDictionary

import panel as pn
from bokeh.core.serialization import Buffer, BytesRep, Serializer
from bokeh.document import Document
from bokeh.server.views.ws import WSHandler
from bokeh.util.serialization import make_id
from panel.io.document import hold
from panel.reactive import Syncable

SMALL = 2048  # bytes of an array that travels inside the message
DEBOUNCE = 2  # ms that Panel collects what a widget says before it acts; its own 50 are most of a change
_waiting: WeakKeyDictionary[Document, list[Callable[[], None]]] = WeakKeyDictionary()


@cache
def prompt() -> None:
    """Set up this process, once."""
    Syncable._debounce = DEBOUNCE
    WSHandler.open = _without_delay(WSHandler.open)
    Serializer._encode_bytes = _inline_if_small(Serializer._encode_bytes)


def _without_delay(opened: Callable) -> Callable:
    """Turn off Nagle's algorithm for websockets.

    A message is many small writes. With it all but the first would be held back until the other side has
    acknowledged that one, which it puts off for up to 40 ms.
    """

    @wraps(opened)
    def open_(handler: WSHandler, *arguments, **options):
        handler.set_nodelay(True)
        return opened(handler, *arguments, **options)

    return open_


def _inline_if_small(encoded: Callable) -> Callable:
    """Write small arrays into the message itself.

    As buffers each is two frames of its own, and an event has some fifty of them: most of the way to the
    browser would be spent on their frames.
    """

    @wraps(encoded)
    def encode(serializer: Serializer, data: bytes | memoryview):
        if memoryview(data).nbytes > SMALL:
            return encoded(serializer, data)
        return BytesRep(type="bytes", data=Buffer(make_id(), data).to_base64())

    return encode


def schedule(callback: Callable[[], None]) -> None:
    """Call a function that changes models: on a server as part of the session's next callback, else now.

    What several of them change travels as one message.
    """
    document = pn.state.curdoc
    if document is None or document.session_context is None:
        pn.state.execute(callback)
        return
    waiting = _waiting.setdefault(document, [])
    waiting.append(callback)
    if len(waiting) == 1:
        pn.state.execute(partial(_call, document), schedule=True)


def _call(document: Document) -> None:
    """Call what waits, in turn; an error in one keeps none of the others from it."""
    with hold(document), ExitStack() as stack:
        for callback in reversed(_waiting.pop(document, [])):
            stack.callback(callback)
