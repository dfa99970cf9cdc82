"""No tracebacks for pages that are closed while something is being sent to them: this is no server error.

Panel writes the frames of a message one after the other without waiting (`dispatch_tornado` in
panel/io/document.py). If the browser has disconnected, Tornado detects it at the first frame and refuses the
second, so that the first one's future is lost with its error, and asyncio logs a traceback for each message.
Panel itself logs one line when a connection is closed.

Bokeh pings its pages now and then. If that finds a page closed, it detaches the page's session, and the
websocket's end, which is noticed afterwards, raises an AssertionError as there is none.

This patch can be removed once Panel awaits the futures of all frames, even if one of them cannot be written,
and Bokeh expects a connection without session in `WSHandler.on_close`.
"""

import logging

from bokeh.server.views.ws import WSHandler
from tornado.websocket import WebSocketClosedError

_on_close = WSHandler.on_close


def _close_once(handler: WSHandler) -> None:
    """Clean up after a page, unless a ping that found it closed has done so."""
    if handler.connection is None or handler.connection._session is not None:
        _on_close(handler)


class ClosedPages(logging.Filter):
    """Drops asyncio's log records about messages to closed pages."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], WebSocketClosedError))


def apply() -> None:
    """Keep the tracebacks of closed pages out of this process's log."""
    WSHandler.on_close = _close_once
    logger = logging.getLogger("asyncio")
    if not any(isinstance(each, ClosedPages) for each in logger.filters):
        logger.addFilter(ClosedPages())
