"""A server that is told to end: its pages know, its processes go, nothing is left, and the exit code is 0."""

import asyncio
import re
import signal
import sys
from contextlib import contextmanager

import aiohttp
import psutil
import pytest
from servers import Server

CONFIG = "io: {{PU0: {{photons: {{file: {}}}}}}}"
WITH_A_STUDY = """
import socket, time
from bye_splits.dashboard.server import serve
from bye_splits.studies.background import Background

Background().run("a study that takes its time", [600], time.sleep)
with socket.create_server(("localhost", 0)) as free:
    port = free.getsockname()[1]
serve(port=port, announce=lambda: print(f"http://localhost:{port}"))
"""


@contextmanager
def serving(toys, folder, command, **options):
    config = folder / "config.yaml"
    config.write_text(CONFIG.format(toys["photons", "0"]))
    made = Server(command, folder / "log", BYE_SPLITS_CONFIG=str(config), **options)
    try:
        yield made
    finally:
        made.process.kill()
        made.process.wait()


def open_page_while(server, path, act):
    """Code with which the server closes a page's websocket after `act`."""

    assert server.get("/healthz")[0] == 200  # it listens

    async def work():
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{server.url}{path}") as answer:
                assert answer.status == 200
                (token,) = re.findall(r'"token":"([^"]+)"', await answer.text())
            address = f"{server.url.replace('http', 'ws')}{path}/ws"
            async with session.ws_connect(address, protocols=["bokeh", token]) as socket:
                await socket.receive()  # that the connection is open
                act()
                while True:
                    message = await socket.receive(timeout=30)
                    if message.type in (
                        aiohttp.WSMsgType.CLOSE,
                        aiohttp.WSMsgType.CLOSED,
                        aiohttp.WSMsgType.ERROR,
                    ):
                        return socket.close_code

    return asyncio.run(work())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_pages_are_told_and_the_exit_code_is_0(toys, tmp_path, number):
    with serving(toys, tmp_path, ["-m", "bye_splits", "serve", "--port", "0"]) as server:
        code = open_page_while(server, "/display", lambda: server.process.send_signal(number))
        assert code == 1001
        assert server.process.wait(timeout=30) == 0
    said = server.said()
    assert f"what=ended signal={number.name} pages=1" in said
    assert "Traceback" not in said


def test_panel_serve_tells_its_pages_too(toys, tmp_path):
    command = ["-m", "panel", "serve", "bye_splits/dashboard", "--port", "0"]
    with serving(toys, tmp_path, command) as server:
        assert open_page_while(server, "/dashboard", server.process.terminate) == 1001
        assert server.process.wait(timeout=30) == 0
    assert "Traceback" not in server.said()


def test_a_server_that_is_still_starting_leaves_nothing(tmp_path):
    """While it makes the toy sample, which takes seconds."""
    cache = tmp_path / "cache"
    command = ["-m", "bye_splits", "serve", "--port", "0"]
    server = Server(command, tmp_path / "log", BYE_SPLITS_CACHE=str(cache))
    try:
        server.wait_for(lambda: list(cache.glob("toy-*/.*")))
        assert server.stop() == 0
    finally:
        server.process.kill()
    assert list(cache.glob("toy-*/.*")) == []
    assert "Traceback" not in server.said()


def test_processes_of_studies_end_with_the_server(toys, tmp_path):
    with serving(toys, tmp_path, ["-c", WITH_A_STUDY], python=[sys.executable]) as server:
        assert server.get("/healthz")[0] == 200
        others = server.wait_for(lambda: psutil.Process(server.process.pid).children(recursive=True))
        assert server.stop() == 0
        gone, alive = psutil.wait_procs(others, timeout=30)
    assert gone
    assert not alive
