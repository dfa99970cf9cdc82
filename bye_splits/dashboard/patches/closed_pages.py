"""A page that is closed while it is being written to is no error of the server's."""

import logging

from tornado.websocket import WebSocketClosedError


class ClosedPages(logging.Filter):
    """Leaves out what asyncio says of messages to pages that are gone; Panel says so itself, in one line."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], WebSocketClosedError))


def expect_closed_pages() -> None:
    """Keep the tracebacks of closed pages out of the log."""
    logger = logging.getLogger("asyncio")
    if not any(isinstance(each, ClosedPages) for each in logger.filters):
        logger.addFilter(ClosedPages())
