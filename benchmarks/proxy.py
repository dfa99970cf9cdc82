"""A TCP proxy that counts the bytes transferred: compressed, including the frames' headers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Self

CHUNK = 1 << 18


class CountingProxy:
    """Listens on a free local port and forwards all data to another port, and back.

    Parameters
    ----------
    port : port of the server

    Attributes
    ----------
    port : port of the proxy
    sent, received : bytes that clients have sent and received so far
    """

    def __init__(self, port: int, host: str = "127.0.0.1"):
        self.sent = self.received = 0
        self.port = 0
        self._target = host, port
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=CHUNK)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        await self._server.wait_closed()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(self._connected(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):  # no server there: the client's connection is closed, too
            async with _closing(writer):
                far_reader, far_writer = await asyncio.open_connection(*self._target, limit=CHUNK)
                async with _closing(far_writer):
                    await asyncio.gather(
                        self._forward(reader, far_writer, "sent"),
                        self._forward(far_reader, writer, "received"),
                    )

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: str) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(CHUNK):
                setattr(self, count, getattr(self, count) + len(data))
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def _closing(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    try:
        yield
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
