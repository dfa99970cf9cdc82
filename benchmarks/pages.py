"""Opening pages: how long, how many bytes, and how much memory of the server each takes."""

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
SETTLED = 2.0  # s after which the server must have looked for closed sessions


def measure(file: Path) -> list[Line]:
    """Pages at an event of 20 000 trigger cells; `file` has such events."""
    document = [Page(catalogue_of([file])).document_bytes() / 1e6]
    with Server([file]) as server:
        server.first_page()
        return asyncio.run(_measure(server, document))


async def _measure(server: Server, document: list[float]) -> list[Line]:
    """Two waves of pages: the second must find room where the first was."""
    async with CountingProxy(server.port) as proxy:
        async with Session(proxy, server.url) as session:
            await session.look()
        server.rest()  # what it compiles and prepares once is no page's
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
    """Open pages and close them; the pages, and the memory [MB] before and with all open."""
    before = server.memory()
    async with AsyncExitStack() as stack:
        pages = []
        for _ in range(PAGES):
            pages.append(await stack.enter_async_context(Session(proxy, server.url)))
            await pages[-1].look()
        return pages, before, server.memory()


async def _sessions_expire() -> None:
    """Wait as long as the server keeps the sessions of closed pages."""
    await asyncio.sleep((settings.SESSION_LIFETIME + settings.SESSION_CHECK) / 1e3 + SETTLED)
