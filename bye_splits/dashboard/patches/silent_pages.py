"""A page that answers no ping is closed at once, and the log says why.

Tornado closes such a connection by a handshake: it writes a frame behind all that the page has not read, and
waits 5 s for an answer that cannot come. The handler learns neither of the pings nor of the reason.

Nothing else is needed against a page that sends and never reads. Bokeh awaits that each of its
acknowledgements is written before it takes the next message, with the connection's lock held: once the
buffers of the operating system are full, the server holds the rest of an answer, and takes nothing more of
that page, no pong either.

This patch can be removed once Tornado aborts connections that answer no ping, and tells their handler.
"""

from collections.abc import Callable

from bokeh.document import Document
from bokeh.server.views.ws import WSHandler
from tornado.websocket import WebSocketProtocol13

TIMED_OUT = "ping timed out"  # Tornado's reason

silent: set[Callable[[Document], None]] = set()
"""Called with the document of a page that answered no ping, before its connection is closed."""

_close = WebSocketProtocol13.close


def apply() -> None:
    """Patch Tornado."""
    WebSocketProtocol13.close = close  # type: ignore[method-assign, assignment]


def close(protocol: WebSocketProtocol13, code: int | None = None, reason: str | None = None) -> None:
    """As Tornado's, but without a handshake if the other side answers no ping."""
    if reason != TIMED_OUT or protocol.is_closing():
        _close(protocol, code, reason)
        return
    handler = protocol.handler
    if isinstance(handler, WSHandler) and handler.connection is not None and handler.connection._session:
        for report in silent:
            report(handler.connection.session.document)
    protocol._abort()
