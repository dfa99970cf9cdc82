"""No tracebacks for pages that are closed while a message is being sent: this is no server error.

Panel writes the frames of a message one after the other without waiting (`dispatch_tornado` in
panel/io/document.py). If the browser has disconnected, Tornado detects it at the first frame and refuses the
second, so that the first one's future is lost with its error, and asyncio logs a traceback for each message.
Panel itself logs one line when a connection is closed.

This patch can be removed once Panel awaits the futures of all frames, even if one of them cannot be written.
"""

import logging

from tornado.websocket import WebSocketClosedError


class ClosedPages(logging.Filter):
    """Drops asyncio's log records about messages to closed pages."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], WebSocketClosedError))


def apply() -> None:
    """Keep the tracebacks of closed pages out of this process's log."""
    logger = logging.getLogger("asyncio")
    if not any(isinstance(each, ClosedPages) for each in logger.filters):
        logger.addFilter(ClosedPages())
