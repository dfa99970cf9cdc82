"""A page whose server is killed and started again: it says so, and comes back to the same view by itself."""

import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

from conftest import ROOT, address_of
from forking import PYTHON
from pages import DisplayPage


def wait_for_port(port, seconds=30):
    """Until nobody listens there: a killed command's fork ends a moment after it."""
    stop, in_use = time.monotonic() + seconds, True
    while in_use:
        assert time.monotonic() < stop, f"{port} is in use"
        time.sleep(0.01)
        with socket.socket() as one:
            in_use = one.connect_ex(("localhost", port)) == 0


@contextmanager
def serving(config, port, log, end=signal.SIGKILL):
    """A server, which gets the signal at the end."""
    command = [*PYTHON, "-m", "bye_splits", "serve", "--config", str(config), "--port", str(port)]
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=ROOT)
    try:
        url = address_of(process, log)
        yield url
        process.send_signal(end)
        process.wait(timeout=30)
        wait_for_port(urlsplit(url).port)
    finally:
        process.kill()
        process.wait(timeout=30)


def test_a_page_comes_back_with_its_server(samples, context, tmp_path):
    """Which is killed, and the next time is told to end."""
    opened = context.new_page()
    faults = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    offline = opened.locator("#offline")
    with serving(samples.config, 0, tmp_path / "first.log") as url:
        opened.goto(f"{url}/display?panes=2D&event=7&layer=9")
        page = DisplayPage(opened)
        page.shows(event=7, layer=9)
        opened.keyboard.press("ArrowRight")
        opened.keyboard.press("ArrowDown")
        page.shows(event=8, layer=11)
        assert not offline.is_visible()
        address, facts = opened.url, page.facts
    port = urlsplit(url).port
    for end, said in ((signal.SIGTERM, "does not answer"), (signal.SIGKILL, "has ended")):
        page.until(offline.is_visible, "that the server does not answer")
        assert said in offline.inner_text()
        opened.keyboard.press("ArrowRight")
        assert opened.url == address
        assert not opened.get_by_role("button", name="Next", exact=True).evaluate(
            "button => { const { left, top } = button.getBoundingClientRect();"
            " return document.elementFromPoint(left + 2, top + 2)?.closest('aside') ?? null; }"
        ), "controls can still be clicked"
        with serving(samples.config, port, tmp_path / f"{said}.log", end):
            page.until(lambda: not offline.is_visible() and opened.locator(".fact").count(), "the page", 60)
            page = DisplayPage(opened)  # once it is ready
            page.shows(event=8, layer=11)
            assert page.facts == facts
            assert opened.url == address
    assert not faults
    opened.close()
