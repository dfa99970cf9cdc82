"""What arrives on the websockets of pages: limited, and reported to whoever measures.

Bokeh applies all events of a message in one piece of the event loop, and a message may have any number of
them: 500 clicks in one block everybody for seconds. What cannot be parsed is logged with a traceback and all
that was sent, though nothing is wrong with the server. Nothing says what a page does, or that it was closed.

This patch can be removed once Bokeh limits the events of a message, and has hooks for messages and closed
connections.
"""

import logging
from collections.abc import Callable
from typing import Any

from bokeh.document import Document
from bokeh.protocol.exceptions import ProtocolError
from bokeh.protocol.message import Message
from bokeh.server.connection import ServerConnection
from bokeh.server.protocol_handler import ProtocolHandler
from bokeh.server.session import ServerSession

MOST_EVENTS = 400  # in a message; a page sends one to a few dozen
MOST_CLICKS = 20  # among these, events of buttons and the like, each of which starts work

Events = list[dict[str, Any]]

opened: set[Callable[[Document], None]] = set()
"""Called with the document of a page that asks for it."""
changed: set[Callable[[Document, Events], None]] = set()
"""Called with a page's document and the events of a message, before they are applied."""
closed: set[Callable[[Document], None]] = set()
"""Called with the document of a page whose connection was closed."""

_handle = ProtocolHandler.handle
_notify_connection_lost = ServerSession.notify_connection_lost
_websockets = logging.getLogger("bokeh.server.views.ws")


def apply() -> None:
    """Patch Bokeh."""
    ProtocolHandler.handle = handle
    ServerSession.notify_connection_lost = notify_connection_lost
    if not any(isinstance(each, InOneLine) for each in _websockets.filters):
        _websockets.addFilter(InOneLine())


async def handle(handler: ProtocolHandler, message: Message, connection: ServerConnection) -> Message | None:
    """As Bokeh's, for messages of a reasonable size.

    Raises
    ------
    ProtocolError : there are too many events in it; Bokeh then closes the connection
    """
    if message.msgtype == "PATCH-DOC":
        events: Events = message.content.get("events", [])
        clicks = sum(event.get("kind") == "MessageSent" for event in events)
        if len(events) > MOST_EVENTS or clicks > MOST_CLICKS:
            raise ProtocolError(
                f"a message with {len(events)} events, {clicks} of them clicks or the like (at most "
                f"{MOST_EVENTS} and {MOST_CLICKS})"
            )
        for report_change in changed:
            report_change(connection.session.document, events)
    elif message.msgtype == "PULL-DOC-REQ":
        for report in opened:
            report(connection.session.document)
    return await _handle(handler, message, connection)


def notify_connection_lost(session: ServerSession) -> None:
    """As Bokeh's, and reported."""
    _notify_connection_lost(session)
    for report in closed:
        report(session.document)


def close_page(session: ServerSession, code: int, reason: str) -> None:
    """Close the connections of a page, whose browser sees code and reason."""
    for connection in list(session._subscribed_connections):
        connection._socket.close(code, reason)


class InOneLine(logging.Filter):
    """Drops the traceback of messages that cannot be parsed, and what was in them."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and str(record.msg).startswith("Unhandled exception receiving a message"):
            record.msg, record.args = f"a message that cannot be read: {record.exc_info[1]!r}", None
            record.exc_info = None
        return True
