"""The 3D figure of an event: building it, sending it, and drawing it in a real browser."""

import asyncio
import shutil
import time
from pathlib import Path

from playwright.sync_api import Page as BrowserPage
from playwright.sync_api import sync_playwright

from bye_splits.dashboard.state.display import DisplayState
from bye_splits.dashboard.views.display.shower import ShowerView

from .inprocess import catalogue_of
from .proxy import CountingProxy
from .server import Server
from .session import Session
from .table import Line

FLAGS = (
    *("--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"),
)
CYLINDER = "Around the particle [cm]"
SMALL, EVERYTHING = 5, 200  # cm, positions of its slider
CELLS = 20_000
PATIENCE = 120  # s
REPEATS = 3

FIND = """() => {
  const search = (root) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.classList.contains('js-plotly-plot')) return element;
      const found = element.shadowRoot && search(element.shadowRoot);
      if (found) return found;
    }
    return null;
  };
  window.shower = search(document);
  return window.shower?._fullData?.[0]?.i?.length ?? -1;
}"""
PLACE = "(({x, y, width, height}) => [x, y, width, height])(window.shower.getBoundingClientRect())"
SLIDE = """([label, value]) => {
  window.plotted = null;
  window.began = performance.now();
  window.shower.once('plotly_afterplot', () => { window.plotted = performance.now() - window.began; });
  for (const document of Bokeh.documents)
    for (const model of document.all_models) if (model.title === label) model.value = value;
}"""


def measure(file: Path, browser: bool = True) -> list[Line]:
    """Measure build, payload and drawing of the figure for the file's events of 20 000 trigger cells."""
    build = Line("3D figure of 20 000 TCs: build", "ms", 30, _built(file))
    payload = Line("3D figure of 20 000 TCs: uncompressed", "MB", 2)
    wire = Line("3D figure of 20 000 TCs: compressed", "MB")
    plotted = Line("3D figure of 20 000 TCs: Plotly has plotted it", "s", 10)
    painted = Line("3D figure of 20 000 TCs: its pixels stand still", "s", 10)
    opened = Line("page at 20 000 TCs: opened, 3D pixels stand still", "s")
    with Server([file]) as server:
        server.first_page()
        answers = asyncio.run(_sent(server))
        payload.server = [answer.payload / 1e6 for answer in answers]
        wire.server = [answer.wire / 1e6 for answer in answers]
        if browser:
            opened.server, plotted.server, painted.server = _painted(server)
    return [build, payload, wire, *([plotted, painted, opened] if browser else [])]


def _built(file: Path) -> list[float]:
    """Time [ms] from the event's arrays to the pane's new figure, for several events."""
    state = DisplayState(catalogue_of([file]))
    state.show((file.stem, ""))
    view = ShowerView(state)
    times = []
    for entry in range(1, 8):
        view.active = False
        state.show(entry=entry)
        start = time.perf_counter()
        view.active = True
        times.append((time.perf_counter() - start) * 1e3)
    return times


async def _sent(server: Server) -> list:
    """Answers to widening the cylinder from 5 cm to no cut."""
    answers = []
    async with CountingProxy(server.port) as proxy, Session(proxy, server.url) as session:
        for _ in range(REPEATS):
            await session.set(CYLINDER, SMALL)
            answers.append(await session.set(CYLINDER, EVERYTHING))
    return answers


def _painted(server: Server) -> tuple[list[float], list[float], list[float]]:
    """Times [s]: page opened; figure plotted, as reported by Plotly; pixels of the figure stable."""
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("google-chrome")
        chromium = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        page = chromium.new_page(viewport={"width": 1600, "height": 1000})
        start = time.perf_counter()
        page.goto(f"{server.url}/display?around=all", wait_until="commit")
        opened = [_still(page, at_least=CELLS)[0] - start]
        plotted, painted = [], []
        for _ in range(REPEATS):
            page.evaluate(SLIDE, [CYLINDER, SMALL])
            _, few = _still(page, below=CELLS)
            start = time.perf_counter()
            page.evaluate(SLIDE, [CYLINDER, EVERYTHING])
            painted.append(_still(page, at_least=CELLS, unlike=few)[0] - start)
            plotted.append(page.evaluate("window.plotted") / 1e3)
        chromium.close()
    return opened, plotted, painted


def _still(
    page: BrowserPage, at_least: int = 0, below: int = 10**9, unlike: bytes = b""
) -> tuple[float, bytes]:
    """Wait until the figure has the given number of trigger cells and two consecutive screenshots are equal.

    Parameters
    ----------
    at_least, below : limits of the number of trigger cells in the figure's data
    unlike : screenshot of the previous figure

    Returns
    -------
    time.perf_counter() after the first of the two was taken, and the screenshot
    """
    end = time.perf_counter() + PATIENCE
    before, taken = unlike, 0.0
    while time.perf_counter() < end:
        if not at_least <= page.evaluate(FIND) / 2 < below:
            time.sleep(0.02)
            continue
        x, y, width, height = page.evaluate(PLACE)
        screenshot = page.screenshot(clip={"x": x, "y": y, "width": width, "height": height})
        if screenshot == before != unlike:
            return taken, screenshot
        before, taken = screenshot, time.perf_counter()
    raise RuntimeError(f"the 3D figure was not drawn in {PATIENCE} s")
