"""A message leaves in one write, not each of its frames in one of its own.

Bokeh sends a message as three frames and two for each array, and waits for each (`Message.send` in
bokeh/protocol/message.py); Panel does not wait, but writes each of them at once, too (`dispatch_tornado` in
panel/io/document.py). A layer change was twelve calls of the operating system: a tenth of its time.

This patch can be removed once Bokeh and Panel write a message as one.
"""

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from bokeh.protocol.message import Message
from bokeh.server.views.ws import WSHandler
from panel.io import document as panel_document
from tornado.concurrent import Future, chain_future
from tornado.iostream import StreamBufferFullError, StreamClosedError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

_send = Message.send
_dispatch = panel_document.dispatch_tornado


def apply() -> None:
    """Patch Bokeh and Panel."""
    Message.send = send
    panel_document.dispatch_tornado = dispatch


@contextmanager
def in_one_write(page: WebSocketHandler) -> Iterator[None]:
    """Have the frames that are written to a page meanwhile leave together in the end.

    They must not be waited for before.
    """
    stream = getattr(page.ws_connection, "stream", None)
    if stream is None or stream.closed():  # as the one who writes will find
        yield
        return
    frames: list[bytes] = []
    written: Future[None] = Future()

    def keep(frame: bytes) -> Future[None]:
        frames.append(frame)
        return written

    stream.write = keep
    try:
        yield
    finally:
        del stream.write
        if frames:
            try:
                chain_future(stream.write(b"".join(frames)), written)
            except (StreamClosedError, StreamBufferFullError) as error:
                written.set_exception(error)


async def send(message: Message[Any], page: WebSocketHandler | None) -> int:
    """As `Message.send`; a client sends as before."""
    if not isinstance(page, WSHandler):
        return await _send(message, page)
    parts: list[str | bytes] = [message.header_json, message.metadata_json, message.content_json]
    for buffer in message._buffers:
        parts += [json.dumps(buffer.ref), buffer.to_bytes()]
    with await page.write_lock.acquire():
        with in_one_write(page):
            written = [
                WebSocketHandler.write_message(page, part, binary=isinstance(part, bytes)) for part in parts
            ]
        await asyncio.gather(*written)
    return sum(map(len, parts))


def dispatch(connection: Any, *arguments: Any, **options: Any) -> Sequence[Future]:
    """As `dispatch_tornado`, with one future for the message."""
    with in_one_write(connection._socket):
        written = _dispatch(connection, *arguments, **options)
    return [asyncio.ensure_future(_all(written))] if written else []


async def _all(written: Sequence[Future]) -> None:
    with suppress(WebSocketClosedError):  # the end of a page is reported by itself
        await asyncio.gather(*written)
