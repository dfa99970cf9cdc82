"""One server and one Chromium for all tests here; their pages must run without complaints."""

import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from types import SimpleNamespace
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import pytest
import yaml
from forking import PYTHON
from pages import DetectorPage, DisplayPage
from playwright.sync_api import Error, sync_playwright
from reuse import OpenPages

from bye_splits.dashboard.page.script import script as page_script
from bye_splits.data import open_source
from bye_splits.geometry import Geometry
from bye_splits.samples import from_hits, write_toy

SIZE = {"width": 1280, "height": 720}
FLAGS = [
    "--no-sandbox",
    # one process for all pages, which has compiled their scripts: a page opens in 4.6 s in place of 6.5
    "--process-per-site",
    # only WebGL needs a graphics card's software stand-in, which is slow: with it to compose the page
    # too, these tests take half as long again, for the same pixels
    *("--disable-gpu-rasterization", "--disable-accelerated-2d-canvas", "--disable-gpu-compositing"),
    # WebGL without a graphics card
    *("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--no-first-run", "--disable-quic"),
]
ROOT = Path(__file__).parents[2]


# the program, but the tests wait for its background, which would not get far with low priority
PROGRAM = (
    "from bye_splits.studies import background; background.NICE = 0; from bye_splits.cli import main; main()"
)

HERE = Path(__file__).parent
BROWSER, FAILED = pytest.StashKey(), pytest.StashKey()


def is_here(item) -> bool:
    return HERE in item.path.parents


def pytest_collection_modifyitems(items):
    for item in filter(is_here, items):
        item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    """After the last of these tests: while Playwright runs, no other event loop can in this thread."""
    result = yield
    if nextitem is None or not is_here(nextitem):
        opened = item.config.stash.get(BROWSER, None)
        item.config.stash[BROWSER] = None
        if opened:
            stack, _, open_pages = opened
            for pages in open_pages.values():
                pages.close()
            stack.close()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """After a failure: a screenshot of every open page, named in the report."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    found = [getattr(item, "funcargs", {}).get(name) for name in ("opened", "kept")]
    if call.when == "call" and report.failed and any(found):
        folder = Path(mkdtemp(prefix="failed_"))
        for number, page in enumerate(page for pages in found if pages for page in pages.pages):
            path = folder / f"page{number}.png"
            try:
                page.screenshot(path=path)
                report.sections.append(("screenshot", f"{path}\n{page.url}"))
            except Error as error:
                report.sections.append(("screenshot", f"none of page {number}: {error}"))
    return report


@pytest.fixture(scope="session")
def geometry():
    return Geometry.v11()


def two_showers(geometry) -> pd.DataFrame:
    """Hits of two events, each with a large shower in one endcap and a small one in the other."""
    rng = np.random.default_rng(5)
    tables = []
    for event, side, x_over_z, y_over_z in ((0, 1, 0.25, 0.12), (1, -1, 0.2, 0.2)):
        for layer in geometry.layers:
            z = geometry.layer_z[layer]
            for zside, n in ((side, 60), (-side, 6)):
                x, y = rng.normal(x_over_z * z, 4, n), rng.normal(y_over_z * z, 4, n)
                energy = rng.exponential(0.2, n)
                tables.append(
                    pd.DataFrame({"event": event, "x": x, "y": y, "z": zside * z, "energy": energy})
                )
    return pd.concat(tables)


@pytest.fixture(scope="session")
def samples(tmp_path_factory, geometry):
    """Event files: photons without and with pile-up, and showers in both endcaps without truth.

    The shower of event 12 of the electrons is split.
    """
    folder = tmp_path_factory.mktemp("samples")
    (quiet, _), (busy, _), (split, _) = (
        write_toy(folder / f"PU{pileup}", particle, pileup, events, seed=seed, geometry=geometry)
        for particle, pileup, events, seed in (
            ("photons", 0, 30, 3),
            ("photons", 200, 2, 3),
            ("electrons", 0, 12, 1),
        )
    )
    two_showers(geometry).to_parquet(folder / "hits.parquet")
    both_sides = folder / "hits.root"
    from_hits(folder / "hits.parquet", both_sides, geometry)
    config = folder / "config.yaml"
    config.write_text(
        yaml.safe_dump(
            {
                "io": {
                    "PU0": {
                        "photons": {"file": str(quiet)},
                        "pions": {"file": str(both_sides)},
                        "electrons": {"file": str(split)},
                    },
                    "PU200": {"photons": {"file": str(busy)}},
                },
                "defaultEvents": {"PU0": {"photons": [4, 7]}},
            }
        )
    )
    with ExitStack() as stack:
        sources = {
            name: stack.enter_context(open_source(path))
            for name, path in (
                ("quiet", quiet),
                ("busy", busy),
                ("both sides", both_sides),
                ("split", split),
            )
        }
        yield SimpleNamespace(config=config, **{name.replace(" ", "_"): s for name, s in sources.items()})


@pytest.fixture(scope="session")
def served():
    """Function that runs a server while it is in use: configuration, folder of its log -> address.

    What it printed must be free of errors in the end.
    """
    return serving_of


@contextmanager
def serving_of(config: Path, folder: Path, *program: str | Path, **environment: str):
    """Another `program`, arguments of python, has to say where it serves."""
    own = ["-c", PROGRAM, "serve", "--config", config, "--port", "0"]
    command = [*PYTHON, "-u", *map(str, program or own)]
    log = folder / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, cwd=ROOT, env=os.environ | environment
        )
    try:
        yield address_of(process, log)
    finally:
        process.terminate()
        process.wait(timeout=30)
    assert "Traceback" not in log.read_text(), log.read_text()


@pytest.fixture(scope="session")
def server(samples, served):
    """Address of a running `bye_splits serve`."""
    with served(samples.config, samples.config.parent) as address:
        yield address


@pytest.fixture
def studying(samples, served, tmp_path):
    """Address of a server that has a process for whole samples, and a cache of its own."""
    own = {"BYE_SPLITS_BACKGROUND": "1", "BYE_SPLITS_CACHE": str(tmp_path)}
    with served(samples.config, tmp_path, **own) as address:
        yield address


def address_of(process, log: Path, seconds: float = 90) -> str:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        printed = log.read_text()
        if process.poll() is not None:
            break
        if " at http" in printed:
            url = printed.split(" at ", 1)[1].split()[0]
            try:
                with urllib.request.urlopen(f"{url}/liveness", timeout=seconds):
                    return url
            except (urllib.error.URLError, ConnectionError):
                pass
        time.sleep(0.05)
    process.kill()
    raise AssertionError(f"no server after {seconds} s; it printed: {log.read_text()}")


@pytest.fixture(scope="module")
def script(pytestconfig):
    """An empty page, without a server, that has the page's script."""
    page = browser_session(pytestconfig).new_page()
    address = "http://page.invalid/"  # a page without an address may keep nothing in `sessionStorage`
    page.route(address, lambda route: route.fulfill(body="", content_type="text/html"))
    page.goto(address)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_script_tag(content=page_script())
    yield page
    page.close()
    assert not errors


@pytest.fixture
def context(server, pytestconfig):
    return browser_session(pytestconfig)


def browser_session(pytestconfig):
    """A browser's session: its cache is shared by all pages, as a user's is."""
    if not pytestconfig.stash.get(BROWSER, None):
        stack = ExitStack()
        pytestconfig.stash[BROWSER] = stack, stack.enter_context(chromium_session()), {}
    return pytestconfig.stash[BROWSER][1]


@contextmanager
def chromium_session():
    names = ("chromium", "chromium-browser", "google-chrome")
    executable = next(filter(None, map(shutil.which, names)), None)
    # with a folder of its own the browser keeps the compiled scripts, as a user's does: a third of the time
    with sync_playwright() as playwright, TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        made, problem = None, ""
        try:
            made = playwright.chromium.launch_persistent_context(
                folder, executable_path=executable, args=FLAGS, viewport=SIZE, accept_downloads=True
            )
        except Error as error:
            problem = str(error).splitlines()[0]
        if made is None and os.environ.get("BYE_SPLITS_WITHOUT_BROWSER"):
            pytest.skip("no Chromium, and BYE_SPLITS_WITHOUT_BROWSER is set")
        if made is None:
            pytest.fail(
                f"These tests need a Chromium: {', '.join(names)} on the path, or Playwright's own. "
                "`make test` installs one; BYE_SPLITS_WITHOUT_BROWSER=1 leaves these tests out. "
                f"Playwright said: {problem}",
                pytrace=False,
            )
        made.add_init_script(path=Path(__file__).with_name("probe.js"))
        made.set_default_timeout(60_000)
        yield made
        made.close()


@pytest.fixture
def opened(request, context, server, samples):
    """Opens pages, or takes those that tests before it have left open, unless these are not `fresh_pages`."""
    with opening(request, server, samples) as made:
        yield made


@pytest.fixture(scope="module")
def kept(request, server, samples):
    """As `opened`; its pages are those of all tests of a file, each of which leaves them as they were."""
    with opening(request, server, samples) as made:
        yield made


@contextmanager
def opening(request, server, samples):
    context, open_pages = browser_session(request.config), request.config.stash[BROWSER][2]
    if server not in open_pages:
        open_pages[server] = OpenPages(context, server, samples.config)
    pages, fresh = open_pages[server], request.node.get_closest_marker("fresh_pages")
    made = SimpleNamespace(pages=[], server=server)

    def new(kind, address, size=None):
        size = dict(zip(("width", "height"), size, strict=True)) if size else SIZE
        page = None if fresh else pages.take(*urlsplit(address)[2:4], size)
        made.pages.append(page or pages.new(address, size))
        return kind(made.pages[-1])

    made.new = new
    yield made
    try:
        pages.check()
    finally:
        for page in made.pages:
            pages.give_back(page, keep=not fresh and not request.node.stash.get(FAILED, False))


@pytest.fixture
def display(opened):
    """Opens the display page: `display("?event=3")`."""
    return lambda query="", size=None: opened.new(DisplayPage, f"/display{query}", size)


@pytest.fixture
def flat(opened):
    """Opens the display with its 2D map alone: what WebGL takes without a graphics card is left out."""

    def open_page(query="", size=None):
        return opened.new(DisplayPage, f"/display?panes=2D&{query.removeprefix('?')}", size)

    return open_page


@pytest.fixture
def detector(opened):
    """Opens the geometry page."""
    return lambda query="", size=None: opened.new(DetectorPage, f"/geometry{query}", size)
