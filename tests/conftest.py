"""How the tests are shared out where several processes run them; what tests of many floors need."""

from pathlib import Path

import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """All browser tests are for one process, as they share a server and a browser; it begins with them."""
    from xdist.scheduler import LoadScopeScheduling

    class BrowserInOne(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "browser" if nodeid.startswith("tests/browser/") else nodeid

    return BrowserInOne(config, log)


@pytest.fixture
def write_config(tmp_path):
    """A function that writes a configuration file and gives its path."""

    def write(text: str) -> Path:
        path = tmp_path / "config.yaml"
        path.write_text(text)
        return path

    return write
