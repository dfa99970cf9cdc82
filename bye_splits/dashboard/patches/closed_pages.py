"""A page that is closed while it is being written to is no error of the server's: it leaves no traceback.

Panel writes the frames of a message one after the other without waiting (`dispatch_tornado` in
panel/io/document.py). Where the browser has gone, Tornado finds out at the first and refuses the second, so
that the first one's future is lost with its error, and asyncio reports that with a traceback, for each
message. Panel itself says in one line that a connection was closed.

It can go once Panel looks at the futures of all frames, also where one of them cannot be written.
"""

import logging

from tornado.websocket import WebSocketClosedError


class ClosedPages(logging.Filter):
    """Leaves out what asyncio says of messages to pages that are gone."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], WebSocketClosedError))


def apply() -> None:
    """Keep the tracebacks of closed pages out of this process's log."""
    logger = logging.getLogger("asyncio")
    if not any(isinstance(each, ClosedPages) for each in logger.filters):
        logger.addFilter(ClosedPages())
