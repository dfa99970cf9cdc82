"""A map is drawn as soon as what draws it is compiled; until then the server does not wait for it."""

import asyncio
from dataclasses import asdict
from urllib.parse import urlsplit

import pytest
from browser import INNER
from servers import Server

from benchmarks.proxy import CountingProxy
from benchmarks.session import QUIET, Session

CONFIG = "io: {{PU0: {{photons: {{file: {}}}}}}}"
SLOW = """
import socket, sys, threading, time
from pathlib import Path
from bye_splits.dashboard.figures import raster
from bye_splits.dashboard.server import serve

rasterise, compiled = raster.rasterise, Path(sys.argv[1])

def slowly(corners, view):
    while isinstance(threading.current_thread(), raster.WarmUp) and not compiled.exists():
        time.sleep(0.05)
    assert compiled.exists() or not len(corners), "the loop of the server would have to compile this"
    if len(corners) > 1:  # the compilation has one outline
        print("drawn")
    return rasterise(corners, view)

raster.rasterise = slowly
with socket.create_server(("localhost", 0)) as free:
    port = free.getsockname()[1]
serve(port=port, announce=lambda: print(f"http://localhost:{port}"))
"""


@pytest.fixture
def slow(toys, tmp_path):
    """A server that compiles until the file `compiled` is there."""
    config, compiled = tmp_path / "config.yaml", tmp_path / "compiled"
    config.write_text(CONFIG.format(toys["photons", "0"]))
    made = Server(["-c", SLOW, compiled], tmp_path / "log", BYE_SPLITS_CONFIG=str(config))
    try:
        yield made, compiled
    finally:
        made.process.kill()
        made.process.wait()


def test_the_server_does_not_wait_for_what_draws_maps(slow):
    server, compiled = slow
    assert server.get("/healthz")[0] == 200  # it listens

    async def work():
        async with CountingProxy(urlsplit(server.url).port) as line, Session(line, server.url) as page:
            view = {"type": "map", "entries": [[name, [value]] for name, value in asdict(INNER).items()]}
            await page.tell(page.source("x0", without="codes"), "data", view)
            await page.ask(1)
            complete = asyncio.create_task(page.complete(1))
            for _ in range(5):
                assert (await asyncio.to_thread(server.get, "/healthz"))[0] == 200
                await asyncio.wait([complete], timeout=QUIET)
            assert not complete.done(), "the answer is complete without a map"
            assert "drawn" not in server.said()
            compiled.touch()
            await complete
            assert "drawn" in server.said()
            assert page.source("codes") in (await page.set("Layer", 30)).changed

    asyncio.run(work())
    assert server.stop() == 0
    assert "Traceback" not in server.said()
