"""No tracebacks for pages that are closed while something is being sent to them: this is no server error.

Panel writes the frames of a message one after the other without waiting (`dispatch_tornado` in
panel/io/document.py). If the browser has disconnected, Tornado detects it at the first frame and refuses the
second, so that the first one's future is lost with its error, and asyncio logs a traceback for each message.
Panel itself logs one line when a connection is closed.

Bokeh pings its pages now and then. If that finds a page closed, it detaches the page's session. What is read
from the websocket afterwards, the page's last messages and its end, then raises an AssertionError as there is
no session.

This patch can be removed once Panel awaits the futures of all frames, even if one of them cannot be written,
and Bokeh expects a connection without session in `WSHandler.on_close` and `WSHandler._handle`.
"""

import logging
from typing import Any

from bokeh.server.views.ws import WSHandler
from tornado.websocket import WebSocketClosedError

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
    """Drops asyncio's log records about messages to closed pages."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], WebSocketClosedError))


def apply() -> None:
    """Keep the tracebacks of closed pages out of this process's log."""
    WSHandler.on_close = _close_once
    WSHandler._handle = _handle_of_open_page
    logger = logging.getLogger("asyncio")
    if not any(isinstance(each, ClosedPages) for each in logger.filters):
        logger.addFilter(ClosedPages())
