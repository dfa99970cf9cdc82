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
OPENINGS = 6
WAVES = 3


def measure(file: Path) -> list[Line]:
    """Pages at an event of 20 000 trigger cells; `file` has such events."""
    with Server([file]) as server:
        server.first_page()
        return asyncio.run(_measure(server, file))


async def _measure(server: Server, file: Path) -> list[Line]:
    opened = Line("opening the page at 20 000 TCs", "s", 2)
    html = Line("page at 20 000 TCs: HTML", "MB")
    document = Line("page at 20 000 TCs: document, uncompressed", "MB", 1)
    wire = Line("page at 20 000 TCs: all, as travelled", "MB", 1)
    each = Line(f"memory of one more open page ({PAGES} pages)", "MB", 5)
    peak = Line(f"resident memory with {PAGES} pages open, wave by wave", "MB")
    after = Line("resident memory after they were closed", "MB")
    document.process = [Page(catalogue_of([file])).document_bytes() / 1e6]
    async with CountingProxy(server.port) as proxy:
        for _ in range(OPENINGS):
            async with Session(proxy, server.url) as session:
                opened.server.append(session.opened.ms / 1e3)
                html.server.append(session.page_bytes / 1e6)
                document.server.append(session.document_bytes / 1e6)
                wire.server.append(session.opened.wire / 1e6)
        for _ in range(WAVES):
            await _sessions_expire()
            async with AsyncExitStack() as stack:
                memory = [server.memory()]
                for _ in range(PAGES):
                    session = await stack.enter_async_context(Session(proxy, server.url))
                    await session.look()
                    memory.append(server.memory())
                each.server.append((memory[-1] - memory[0]) / PAGES)
                peak.server.append(memory[-1])
        await _sessions_expire()
        after.server = [server.memory()]
    return [opened, html, document, wire, each, peak, after]


async def _sessions_expire() -> None:
    """Wait as long as the server keeps the sessions of closed pages."""
    await asyncio.sleep((settings.SESSION_LIFETIME + settings.SESSION_CHECK) / 1e3 + 2)
