"""What the log says of pages that were closed while they were being written to."""

import asyncio
import logging
from types import SimpleNamespace

import pytest
from bokeh.server.connection import ServerConnection
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


def test_a_page_that_a_ping_found_closed_is_closed_once(monkeypatch):
    monkeypatch.setattr(WSHandler, "on_close", WSHandler.on_close)  # as it was, afterwards
    apply()
    told = []
    session = SimpleNamespace(
        subscribe=lambda connection: None,
        unsubscribe=lambda connection: None,
        notify_connection_lost=lambda: told.append("lost"),
    )
    connection = ServerConnection(None, None, None, session)
    application = SimpleNamespace(client_lost=lambda connection: connection.detach_session())
    handler = SimpleNamespace(
        connection=connection, application=application, close_code=1001, close_reason=""
    )
    WSHandler.on_close(handler)
    assert told == ["lost"]
    WSHandler.on_close(handler)  # Bokeh's own raises an AssertionError here
    assert told == ["lost"]
