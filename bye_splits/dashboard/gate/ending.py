"""How a server ends when it is told to: it takes no more pages, tells those that are open, and returns.

The processes of studies in the background end with the program, see `studies/processes.py`.
"""

import signal
from collections.abc import Iterable
from contextlib import suppress
from types import FrameType

from bokeh.server.server import Server
from bokeh.server.session import ServerSession

from ..figures.raster import end_warm_up
from ..patches.incoming import close_page
from .records import record

ENDED = 1001  # code of a websocket whose server ends [RFC 6455: going away]; offline.js knows it
GRACE = 0.5  # s for pages to take note
SIGNALS = (signal.SIGTERM, signal.SIGINT)


def leave_on_sigterm() -> None:
    """Let a SIGTERM before the server runs end the program with 0, and remove unfinished files first."""

    def leave(_: int, __: FrameType | None) -> None:
        raise SystemExit(0)

    with suppress(ValueError):  # in another thread than the main one, which gets the signals
        signal.signal(signal.SIGTERM, leave)


def run(server: Server) -> None:
    """Start a server, and return once a signal has ended it; a second signal ends the program at once."""
    loop = server.io_loop.asyncio_loop

    def end(number: signal.Signals) -> None:
        for each in SIGNALS:
            loop.remove_signal_handler(each)
        server.unlisten()
        end_warm_up()
        told = tell_pages(server.get_sessions())
        record("ended", signal=number.name, pages=told)
        loop.call_later(GRACE if told else 0.0, server.io_loop.stop)

    server.start()
    with suppress(RuntimeError, ValueError):  # as above
        for number in SIGNALS:
            loop.add_signal_handler(number, end, number)
    server.io_loop.start()


def tell_pages(sessions: Iterable[ServerSession]) -> int:
    """Close the connections of all pages, which then wait for the next server; their number."""
    open_ones = [session for session in sessions if session.connection_count]
    for session in open_ones:
        close_page(session, ENDED, "the server ends")
    return len(open_ones)
