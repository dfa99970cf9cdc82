"""A message is one write to the websocket, and arrives as without the patch."""

import asyncio
import inspect

import numpy as np
import pytest
from bokeh.document import Document
from bokeh.models import ColumnDataSource
from bokeh.protocol import Protocol
from bokeh.protocol.message import Message
from bokeh.server.views.ws import WSHandler
from panel.io import document as panel_document
from tornado.concurrent import Future
from tornado.iostream import StreamClosedError
from tornado.locks import Lock
from tornado.websocket import WebSocketClosedError, WebSocketProtocol13

from bye_splits.dashboard.patches import one_write
from bye_splits.dashboard.set_up import set_up_panel


class Stream:
    """In the place of a connection: notes what is written."""

    def __init__(self, closed=False):
        self.writes, self.is_closed = [], closed

    def closed(self):
        return self.is_closed

    def write(self, data):
        if self.is_closed:
            raise StreamClosedError
        self.writes.append(bytes(data))
        done = Future()
        done.set_result(None)
        return done


def page_on(stream):
    """Bokeh's handler of a websocket on a stream, without a request."""
    page = WSHandler.__new__(WSHandler)
    page.write_lock = Lock()
    connection = WebSocketProtocol13.__new__(WebSocketProtocol13)
    connection.stream, connection.mask_outgoing, connection._compressor = stream, False, None
    connection._wire_bytes_out = connection._message_bytes_out = 0
    connection.client_terminated = connection.server_terminated = False
    connection.is_closing = lambda: False
    page.ws_connection = connection
    return page


def message():
    """The document of a source with two arrays, which are sent as buffers."""
    document = Document()
    document.add_root(ColumnDataSource({"x": np.arange(1e4), "y": np.arange(1e4, dtype=np.float32)}))
    return Protocol().create("PULL-DOC-REPLY", "1", document)


def sent(how, stream, made):
    async def run():
        return await how(made, page_on(stream))

    return asyncio.run(run())


def test_one_write_is_still_needed():
    assert "await conn.write_message(self.metadata_json" in inspect.getsource(one_write._send)
    source = inspect.getsource(one_write._dispatch)
    assert "WebSocketHandler.write_message(socket, msg.metadata_json)" in source, (
        "remove patches/one_write.py"
    )


def test_a_message_is_one_write_of_the_same_bytes():
    made = message()
    before, now = Stream(), Stream()
    lengths = sent(one_write._send, before, made), sent(one_write.send, now, made)
    assert len(before.writes) == 3 + 2 * len(made._buffers) > 3
    assert now.writes == [b"".join(before.writes)]
    assert lengths[0] == lengths[1]


def test_panels_messages_are_one_write_too():
    class Connection:
        _socket = None

    async def run(how, stream):
        connection = Connection()
        connection._socket = page_on(stream)
        await asyncio.gather(*how(connection, msg=made))

    made, before, now = message(), Stream(), Stream()
    asyncio.run(run(one_write._dispatch, before))
    asyncio.run(run(one_write.dispatch, now))
    assert len(before.writes) > 3
    assert now.writes == [b"".join(before.writes)]


@pytest.mark.parametrize("gone", [True, False])
def test_a_closed_page_is_reported_as_before(gone):
    async def run(how):
        page = page_on(Stream(closed=True))
        if gone:
            page.ws_connection = None
        with pytest.raises(WebSocketClosedError):
            await how(message(), page)
        with await page.write_lock.acquire():  # it is free
            pass

    asyncio.run(run(one_write._send))
    asyncio.run(run(one_write.send))


def test_a_client_sends_as_before():
    class Client:
        def __init__(self):
            self.write_lock, self.written = Lock(), []

        async def write_message(self, part, binary=False, locked=True):
            self.written.append(part)

    client, made = Client(), message()
    asyncio.run(one_write.send(made, client))
    assert client.written[:3] == [made.header_json, made.metadata_json, made.content_json]


def test_what_is_written_later_leaves_at_once():
    stream = Stream()

    async def run():
        page = page_on(stream)
        await one_write.send(message(), page)
        await page.write_message("later")

    asyncio.run(run())
    assert len(stream.writes) == 2


def test_all_messages_go_this_way():
    set_up_panel()
    assert panel_document.dispatch_tornado is one_write.dispatch
    assert Message.send is one_write.send
