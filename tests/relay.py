"""A line with a bandwidth and a delay between a browser and a server, as an SSH tunnel is one."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PIECE = 16_384  # bytes handed on at once


class Relay:
    """Hands on what comes to a port of its own to another, and the answers back; a context.

    Parameters
    ----------
    target : port of the server, or of the next relay
    bits_per_second : of each direction, shared by all connections
    delay : s that a byte is on its way, in each direction
    port : where it listens; 0 selects a free one
    listens, to : addresses of this machine: where it listens, and of the target

    Attributes
    ----------
    port : where it listens
    received : bytes that came back from the server
    """

    def __init__(
        self,
        target: int,
        bits_per_second: float = 20e6,
        delay: float = 0.03,
        port: int = 0,
        listens: str = "127.0.0.1",
        to: str = "127.0.0.1",
    ) -> None:
        self.port, self._target, self._bytes_per_second, self._delay = (
            port,
            target,
            bits_per_second / 8,
            delay,
        )
        self._listens, self._to = listens, to
        self._free = {"up": 0.0, "down": 0.0}  # when a direction of the line is free again
        self._carries = asyncio.Event()
        self._carries.set()
        self.received = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "Relay":
        self._thread.start()
        self.mend()
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *error) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def cut(self) -> None:
        """Close all connections, and take no more."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)

    def mend(self) -> None:
        """Listen again, at the same port."""
        listening = asyncio.start_server(self._connected, self._listens, self.port)
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result(10)

    def hold(self) -> None:
        """Carry nothing any more, in neither direction, and close nothing."""
        self._loop.call_soon_threadsafe(self._carries.clear)

    def go_on(self) -> None:
        """Carry what was held, and all that follows."""
        self._loop.call_soon_threadsafe(self._carries.set)

    async def _end(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)  # the loop closes what was aborted

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.CancelledError), aborting(writer):
            back, forth = await asyncio.open_connection(self._to, self._target)
            with aborting(forth):
                await asyncio.gather(self._carry(reader, forth, "up"), self._carry(back, writer, "down"))

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, way: str) -> None:
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(256)

        async def arrive() -> None:
            piece = b"-"
            while piece:
                due, piece = await under_way.get()
                await asyncio.sleep(due - self._loop.time())
                await self._carries.wait()
                sink.write(piece)
                await sink.drain()

        async def send() -> None:
            piece = b"-"
            while piece:
                piece = await source.read(PIECE)
                self.received += len(piece) if way == "down" else 0
                now = self._loop.time()
                self._free[way] = max(self._free[way], now) + len(piece) / self._bytes_per_second
                await asyncio.sleep(self._free[way] - now)
                await under_way.put((self._free[way] + self._delay, piece))

        await asyncio.gather(send(), arrive())
        sink.close()  # after all that was under way


@contextmanager
def aborting(writer: asyncio.StreamWriter) -> Iterator[None]:
    """A connection that is closed in the end, whatever is left to write."""
    try:
        yield
    finally:
        writer.transport.abort()
