"""What the log says of pages that were closed while they were being written to."""

import asyncio
import logging
from types import SimpleNamespace

import pytest
from bokeh.document import Document
from bokeh.protocol import Protocol
from bokeh.server.connection import ServerConnection
from bokeh.server.protocol_handler import ProtocolHandler
from bokeh.server.views.ws import WSHandler
from tornado.websocket import WebSocketClosedError

from bye_splits.dashboard.patches.closed_pages import apply


@pytest.mark.parametrize(("error", "said"), [(WebSocketClosedError, 0), (ValueError, 1)])
def test_only_other_errors_than_a_closed_page_are_in_the_log(caplog, error, said):
    filters = list(logging.getLogger("asyncio").filters)
    apply()
    apply()
    assert len(logging.getLogger("asyncio").filters) <= len(filters) + 1

    async def written():
        raise error

    async def nobody_asks():
        task = asyncio.ensure_future(written())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        del task

    asyncio.run(nobody_asks())
    assert len([record for record in caplog.records if record.name == "asyncio"]) == said


@pytest.fixture
def page(monkeypatch):
    """A page's websocket, and what its session did."""
    for name in ("on_close", "_handle"):
        monkeypatch.setattr(WSHandler, name, getattr(WSHandler, name))  # as it was, afterwards
    apply()
    done = []

    async def pull(message, connection):
        done.append("asked")

    session = SimpleNamespace(
        document=Document(),
        subscribe=lambda connection: None,
        unsubscribe=lambda connection: None,
        notify_connection_lost=lambda: done.append("lost"),
        _handle_pull=pull,
    )
    connection = ServerConnection(Protocol(), None, None, session)
    application = SimpleNamespace(client_lost=lambda connection: connection.detach_session())
    return SimpleNamespace(
        connection=connection,
        application=application,
        handler=ProtocolHandler(),
        close_code=1001,
        close_reason="",
        done=done,
    )


def test_a_page_that_a_ping_found_closed_is_closed_once(page):
    WSHandler.on_close(page)
    assert page.done == ["lost"]
    WSHandler.on_close(page)  # Bokeh's own raises an AssertionError here
    assert page.done == ["lost"]


def test_messages_of_a_page_that_a_ping_found_closed_are_dropped(page, caplog):
    message = Protocol().create("PULL-DOC-REQ")
    asyncio.run(WSHandler._handle(page, message))
    assert page.done == ["asked"]
    page.connection.detach_session()
    assert asyncio.run(WSHandler._handle(page, message)) is None  # Bokeh's own logs an AssertionError here
    assert page.done == ["asked"]
    assert not caplog.records
