"""A TCP proxy that counts what travels through it, as it travels: compressed, with the frames' headers."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

CHUNK = 1 << 18


class CountingProxy:
    """Listens on a free port of this machine and passes everything on to another port, and back.

    Parameters
    ----------
    port : where the server listens

    Attributes
    ----------
    port : where the proxy listens
    sent, received : bytes that clients have sent and received so far
    """

    def __init__(self, port: int, host: str = "127.0.0.1"):
        self.sent = self.received = 0
        self.port = 0
        self._target = host, port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, limit=CHUNK)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for writer in list(self._writers):
            writer.close()
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target, limit=CHUNK)
        except OSError:
            writer.close()
            return
        self._writers |= {writer, far_writer}
        with suppress(asyncio.CancelledError):  # the end of the program
            await asyncio.gather(
                self._pass_on(reader, far_writer, "sent"), self._pass_on(far_reader, writer, "received")
            )
        self._writers -= {writer, far_writer}

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: str) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(CHUNK):
                setattr(self, count, getattr(self, count) + len(data))
                writer.write(data)
                await writer.drain()
        writer.close()
