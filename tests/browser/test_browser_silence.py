"""A line that falls silent without an end, a suspended tab: the page comes back to the same view."""

import re
import urllib.request
from types import SimpleNamespace

import pytest
from conftest import PROGRAM, serving_of
from pages import DisplayPage
from relay import Relay

from benchmarks.server import free_port

SILENT = 4.0  # s within which the server closes a page that does not answer
QUICK = "Object.assign(byeSplitsTraffic.limits, { doubt: 1000, answer: 1000 })"


@pytest.fixture(scope="module")
def whole_line(samples, tmp_path_factory):
    """A line to a server that soon closes silent pages, its address at this end, and at the other."""
    folder = tmp_path_factory.mktemp("silent")
    port = free_port()
    with Relay(port, bits_per_second=1e9, delay=0) as relay:
        name = f"localhost:{relay.port}"
        program = ["-c", PROGRAM, "serve", "--config", samples.config, "--port", port]
        program += ["--allow-websocket-origin", name]
        own = {"BYE_SPLITS_SILENT_SECONDS": str(SILENT)}
        with serving_of(samples.config, folder, *program, **own) as server:
            log = folder / "server.log"
            yield SimpleNamespace(relay=relay, url=f"http://{name}", server=server, log=log)


@pytest.fixture
def line(whole_line):
    """The line, new for each test, and what the server says from now on."""
    before = len(whole_line.log.read_text())
    yield SimpleNamespace(**vars(whole_line), said=lambda: whole_line.log.read_text()[before:])
    whole_line.relay.go_on()
    whole_line.relay.cut()
    whole_line.relay.mend()


@pytest.fixture
def page(line, context):
    opened = context.new_page()
    opened.goto(f"{line.url}/display?panes=2D&event=7&layer=9")
    page = DisplayPage(opened)
    opened.keyboard.press("ArrowRight")
    page.shows(event=7, layer=11)
    opened.evaluate("() => new Promise((done) => byeSplitsTraffic.whenDone(done))")  # no answer is waited for
    yield page
    opened.close()


def sessions(server):
    with urllib.request.urlopen(f"{server}/metrics", timeout=30) as answer:
        (number,) = re.findall(r"^bye_splits_sessions (\S+)$", answer.read().decode(), flags=re.M)
    return float(number)


def comes_back(page, facts, address):
    """The page opens again, with all that it showed."""
    opened = page.page
    opened.wait_for_function("() => !window.before", timeout=60_000)  # it has opened again
    offline = opened.locator("#offline")
    page.until(lambda: not offline.is_visible() and opened.locator(".fact").count(), "the page", 60)
    page = DisplayPage(opened)  # once it is ready
    page.shows(event=7, layer=11)
    assert (page.facts, opened.url) == (facts, address)


@pytest.mark.parametrize("acts", [False, True], ids=["nobody acts", "somebody acts"])
def test_a_page_comes_back_after_a_silence(line, page, acts):
    opened, facts, address = page.page, page.facts, page.page.url
    opened.evaluate(QUICK)
    opened.evaluate("window.before = true")
    line.relay.hold()
    if acts:
        opened.keyboard.press("ArrowRight")  # is lost: no answer can tell that it was shown
        page.until(opened.locator("#offline").is_visible, "that the server does not answer")
    page.until(lambda: 'why="no answer to a ping"' in line.said(), "the end of the connection")
    assert opened.locator("#offline").is_visible() == acts
    line.relay.go_on()
    comes_back(page, facts, address)


def test_a_suspended_tab_comes_back(line, page, context):
    """No script of the page runs until the server has forgotten it; the debugger halts them."""
    opened, facts, address = page.page, page.facts, page.page.url
    opened.evaluate("() => { window.before = true; setInterval(() => {}, 50); }")
    control, halted = context.new_cdp_session(opened), []
    control.on("Debugger.paused", lambda event: halted.append(event))
    control.send("Debugger.enable")
    control.send("Debugger.pause")
    page.until(lambda: halted, "that the scripts halt")
    line.relay.cut()
    page.until(lambda: sessions(line.server) == 0, "the end of the session", 60)
    line.relay.mend()
    control.send("Debugger.disable")  # they go on
    comes_back(page, facts, address)
