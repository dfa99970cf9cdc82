"""How the tests are shared out where several processes run them; what tests of many floors need."""

import gc
import os
from pathlib import Path

import pytest

gc.disable()  # a search after every few imports is a fifth of their time; see `pytest_collection_finish`

DISPLAY, GEOMETRY = "tests of the display in a browser", "tests of the geometry page in a browser"
OF_GEOMETRY = tuple(f"tests/browser/test_browser_{name}.py" for name in ("geometry", "navigation", "traffic"))


def group_of(nodeid: str) -> str:
    """Tests of a group run in one process; those of a page share a server and a browser."""
    if not nodeid.startswith("tests/browser/"):
        return nodeid.rsplit("::", 1)[0]
    return GEOMETRY if nodeid.startswith(OF_GEOMETRY) else DISPLAY


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Of several processes two begin with the browser tests, which take longest."""
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    config.option.loadscopereorder = False  # the order is that of the collection
    return ByGroup(config, log)


def pytest_collection_modifyitems(items):
    """Browser tests come last, but first where there are several processes."""
    order = (DISPLAY, GEOMETRY, "") if "PYTEST_XDIST_WORKER" in os.environ else ("", DISPLAY, GEOMETRY)
    place = {group: number for number, group in enumerate(order)}
    items.sort(key=lambda item: place.get(group_of(item.nodeid), place[""]))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish():
    """From here on garbage is looked for, but never in what the imports made, which stays."""
    gc.freeze()
    gc.enable()


@pytest.fixture
def write_config(tmp_path):
    """A function that writes a configuration file and gives its path."""

    def write(text: str) -> Path:
        path = tmp_path / "config.yaml"
        path.write_text(text)
        return path

    return write


os.environ.setdefault("BYE_SPLITS_BACKGROUND", "0")  # studies of whole samples, for the tests of them only
