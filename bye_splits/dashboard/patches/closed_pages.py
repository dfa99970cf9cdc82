"""Nothing in the log for messages to pages that were closed meanwhile: this is no server error.

Panel writes the frames of a message one after the other without waiting (`dispatch_tornado` in
panel/io/document.py). If the browser has disconnected, Tornado detects it at the first frame and refuses the
second, so that the first one's future is lost with its error, and asyncio logs a traceback for each message.
Panel and Bokeh log a warning for each frame. That the page was closed is a line of its own.

Bokeh pings its pages now and then. If that finds a page closed, it detaches the page's session. What is read
from the websocket afterwards, the page's last messages and its end, then raises an AssertionError as there is
no session.

This patch can be removed once Panel awaits the futures of all frames, even if one of them cannot be written,
Panel and Bokeh do not warn of closed pages, and Bokeh expects a connection without session in
`WSHandler.on_close` and `WSHandler._handle`.
"""

import logging
from typing import Any

from bokeh.server.views.ws import WSHandler
from tornado.websocket import WebSocketClosedError

LOGGERS = ("asyncio", "bokeh.server.views.ws", "panel.io.document")
REFUSED = "Failed sending message as connection was closed"  # of Bokeh and Panel

_on_close = WSHandler.on_close
_handle = WSHandler._handle


def _detached(handler: WSHandler) -> bool:
    """Whether a ping has found the page closed."""
    return handler.connection is not None and handler.connection._session is None


def _close_once(handler: WSHandler) -> None:
    """Clean up after a page, unless a ping that found it closed has done so."""
    if not _detached(handler):
        _on_close(handler)


async def _handle_of_open_page(handler: WSHandler, message: Any) -> Any:
    """Handle a message, unless its page was found closed: nobody waits for the answer."""
    return None if _detached(handler) else await _handle(handler, message)


class ClosedPages(logging.Filter):
    """Drops log records about messages to closed pages."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], WebSocketClosedError):
            return False
        return record.msg != REFUSED


def apply() -> None:
    """Keep messages to closed pages out of this process's log."""
    WSHandler.on_close = _close_once
    WSHandler._handle = _handle_of_open_page
    for logger in map(logging.getLogger, LOGGERS):
        if not any(isinstance(each, ClosedPages) for each in logger.filters):
            logger.addFilter(ClosedPages())
