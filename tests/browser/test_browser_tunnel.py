"""The display as people reach it: through a login node, under another name and port, on a slow line."""

import re
import subprocess
import time
import urllib.error
import urllib.request
from types import SimpleNamespace

import pytest
from conftest import ROOT, address_of
from forking import PYTHON
from pages import DisplayPage
from relay import Relay

from benchmarks.server import free_port

COLD, WARM = 2.7e6, 0.3e6  # bytes of a first page, and of one whose files the browser has
SECONDS = 20  # for a first page on a machine that is busy with other tests; alone it takes a third


@pytest.fixture(scope="module")
def whole_tunnel(samples, tmp_path_factory):
    """Line to the server, its address at this end of it, and at the other."""
    port, log = free_port(), tmp_path_factory.mktemp("tunnel") / "server.log"
    with Relay(port) as line, Relay(line.port, bits_per_second=1e9, delay=0) as here:
        name = f"tunnel.localhost:{here.port}"
        command = [*PYTHON, "-m", "bye_splits", "serve", "--config", str(samples.config)]
        command += ["--port", str(port), "--allow-websocket-origin", name]
        with log.open("w") as output:
            process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=ROOT)
        try:
            address_of(process, log)
            yield SimpleNamespace(line=line, url=f"http://{name}", server=f"http://localhost:{port}")
        finally:
            process.kill()
            process.wait(timeout=30)


@pytest.fixture
def tunnel(whole_tunnel):
    """The tunnel, whose line is new for each test."""
    yield whole_tunnel
    whole_tunnel.line.cut()
    whole_tunnel.line.mend()


def test_a_page_through_a_double_hop(tunnel, context):
    line, url = tunnel.line, tunnel.url
    for limit in (COLD, WARM):
        before, start = line.received, time.monotonic()
        opened = context.new_page()
        opened.goto(f"{url}/display?event=7&layer=9")
        page = DisplayPage(opened)
        page.shows(event=7, layer=9)
        assert time.monotonic() - start < SECONDS
        assert line.received - before < limit
        opened.keyboard.press("ArrowRight")
        page.shows(event=7, layer=11)
        opened.close()
    other = url.replace(
        "tunnel.localhost", "127.0.0.1"
    )  # the tunnel's end, under a name that was not allowed
    with pytest.raises(urllib.error.HTTPError, match="403") as refused:
        urllib.request.urlopen(f"{other}/display", timeout=30)
    assert "tunnel.localhost" in refused.value.read().decode()


def sessions(server):
    """Number of pages that a server keeps."""
    with urllib.request.urlopen(f"{server}/metrics", timeout=30) as answer:
        (line,) = re.findall(r"^bye_splits_sessions (\S+)$", answer.read().decode(), flags=re.M)
    return float(line)


@pytest.mark.parametrize(
    "forgotten", [False, True], ids=["a few seconds", "until the server forgets the page"]
)
def test_a_page_comes_back_after_a_cut(tunnel, context, forgotten):
    opened = context.new_page()
    opened.goto(f"{tunnel.url}/display?panes=2D&event=7&layer=9")
    page = DisplayPage(opened)
    opened.keyboard.press("ArrowRight")
    page.shows(event=7, layer=11)
    offline, facts, address = opened.locator("#offline"), page.facts, opened.url
    tunnel.line.cut()
    page.until(offline.is_visible, "that the server does not answer")
    if forgotten:
        page.until(lambda: sessions(tunnel.server) == 0, "the end of the session", 60)
    tunnel.line.mend()
    page.until(lambda: not offline.is_visible() and opened.locator(".fact").count(), "the page", 60)
    page = DisplayPage(opened)  # once it is ready
    page.shows(event=7, layer=11)
    assert (page.facts, opened.url) == (facts, address)
    opened.close()
