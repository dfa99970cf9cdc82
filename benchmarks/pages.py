"""Opening pages: time, bytes and server memory for each."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from bye_splits.dashboard import server as settings

from .inprocess import Page, catalogue_of
from .proxy import CountingProxy
from .server import Server
from .session import Session
from .table import Line

PAGES = 20
SETTLED = 2.0  # s, margin after which the server must have discarded closed sessions


def measure(file: Path) -> list[Line]:
    """Measure pages with an event of 20 000 trigger cells; `file` contains such events."""
    document = [Page(catalogue_of([file])).document_bytes() / 1e6]
    with Server([file]) as server:
        server.first_page()
        return asyncio.run(_measure(server, document))


async def _measure(server: Server, document: list[float]) -> list[Line]:
    """Open two waves of pages: the second must fit into the memory that the first has freed."""
    async with CountingProxy(server.port) as proxy:
        async with Session(proxy, server.url) as session:
            await session.look()
        server.rest()  # one-time compilation and preparation do not count as memory of a page
        first, before, peak = await _wave(server, proxy)
        await _sessions_expire()
        between = server.memory()
        second, _, second_peak = await _wave(server, proxy)
        await _sessions_expire()
        pages = first + second
        return [
            Line("opening the page at 20 000 TCs", "s", 2, [], [page.opened.ms / 1e3 for page in pages]),
            Line("page at 20 000 TCs: HTML", "MB", None, [], [page.page_bytes / 1e6 for page in pages]),
            Line(
                "page at 20 000 TCs: document, uncompressed",
                "MB",
                1,
                document,
                [page.document_bytes / 1e6 for page in pages],
            ),
            Line(
                "page at 20 000 TCs: all, as travelled",
                "MB",
                1,
                [],
                [page.opened.wire / 1e6 for page in pages],
            ),
            Line(f"memory of one more open page ({PAGES} pages)", "MB", 5, [], [(peak - before) / PAGES]),
            Line(f"resident memory: {PAGES} pages open", "MB", None, [], [peak]),
            Line("resident memory: all closed", "MB", None, [], [between]),
            Line(f"resident memory: {PAGES} pages open again", "MB", round(1.05 * peak), [], [second_peak]),
            Line("resident memory: all closed again", "MB", round(1.05 * between), [], [server.memory()]),
        ]


async def _wave(server: Server, proxy: CountingProxy) -> tuple[list[Session], float, float]:
    """Open and close pages; return them, and the memory [MB] before and with all of them open."""
    before = server.memory()
    async with AsyncExitStack() as stack:
        pages = []
        for _ in range(PAGES):
            pages.append(await stack.enter_async_context(Session(proxy, server.url)))
            await pages[-1].look()
        return pages, before, server.memory()


async def _sessions_expire() -> None:
    """Wait until the server has discarded the sessions of closed pages."""
    await asyncio.sleep((settings.SESSION_LIFETIME + settings.SESSION_CHECK) / 1e3 + SETTLED)
