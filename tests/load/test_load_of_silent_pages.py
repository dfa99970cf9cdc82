"""Pages that do not read, or do not answer: they are closed in time, and nobody else notices."""

import asyncio
import re
import time
from contextlib import asynccontextmanager, suppress

import pytest

from benchmarks.proxy import CountingProxy
from benchmarks.server import Server
from benchmarks.session import Session
from bye_splits.geometry import Geometry
from bye_splits.samples import toy

SILENT = 4.0  # s within which a silent page is closed
CHANGES = 400  # of the layer, each of which is answered with some 100 kB
MEMORY = 15  # MB that it may cost the server; its answers are more
SLACK = 6.0  # s for anything, on a machine that is busy with other tests


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    photons = tmp_path_factory.mktemp("photons") / "photons.root"
    toy.write_sample(photons, "photons", 200, 2, 7, None, Geometry.v11())
    with Server([photons], environment={"BYE_SPLITS_SILENT_SECONDS": str(SILENT)}) as made:
        made.first_page()
        made.rest(180)  # what it compiles in the background takes memory, too
        yield made


@asynccontextmanager
async def silent_page(server):
    """A page that reads nothing any more after its document."""
    async with CountingProxy(server.port) as proxy:
        page = await Session(proxy, server.url).__aenter__()
        page.stop_reading()
        try:
            yield page
        finally:
            with suppress(ConnectionError):
                await page.__aexit__(None, None, None)


def closed(server):
    """Lines of the log about pages that were closed."""
    return re.findall(r"^.*what=closed.*$", server.log(), flags=re.MULTILINE)


async def until_closed(server, before, meanwhile):
    """Seconds until another page is closed, whatever else is done."""
    start = time.perf_counter()
    while len(closed(server)) == before:
        assert time.perf_counter() - start < SILENT + SLACK, server.log()
        await meanwhile()
    return time.perf_counter() - start


def test_a_page_that_sends_and_never_reads_is_closed(server):
    async def work():
        async with CountingProxy(server.port) as line, Session(line, server.url) as other:
            worst, most, number = 0.0, 0.0, 0

            async def act():
                nonlocal worst, most, number
                start, number = time.perf_counter(), number + 1
                await other.say("Layer", 9 + 2 * (number % 8))
                await other.ask(number)
                await other.complete(number)
                worst = max(worst, time.perf_counter() - start)
                most = max(most, server.memory())

            before = len(closed(server))
            async with silent_page(server) as page:
                await act()
                memory, most = server.memory(), 0.0

                async def ask():
                    for number in range(CHANGES):
                        await page.say("Layer", 1 + 2 * (number % 14))

                asking = asyncio.create_task(ask())
                taken = await until_closed(server, before, act)
                asking.cancel()
                with suppress(ConnectionError, asyncio.CancelledError):
                    await asking
            await act()
            return taken, worst, most - memory

    quiet = len(server.log())
    taken, worst, memory = asyncio.run(work())
    assert taken < SILENT + SLACK
    assert worst < SLACK
    assert memory < MEMORY
    (line,) = [line for line in closed(server) if "why=" in line]
    assert 'why="no answer to a ping"' in line
    said = [line for line in server.log()[quiet:].splitlines() if " level=info " not in line]
    assert said == []


def test_a_page_that_answers_stays(server):
    async def work():
        async with CountingProxy(server.port) as line, Session(line, server.url) as page:
            for _ in range(2):  # as clocks: the quiet page is open for longer than each of these
                before = len(closed(server))
                async with silent_page(server):
                    await until_closed(server, before, lambda: asyncio.sleep(0.1))
            assert (await page.set("Layer", 11)).changed

    asyncio.run(work())
