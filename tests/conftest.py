"""How the tests are shared out where several processes run them; what tests of many floors need."""

import gc
import os
from pathlib import Path

import forking
import pytest

gc.disable()  # a search after every few imports is a fifth of their time; see `pytest_collection_finish`

IN_BROWSER = "tests/browser/test_browser_"
HALVES = ("tests in a browser, first half", "tests in a browser, second half")
MIDDLE = "o"  # files from this letter on are in the second half; the halves take about the same time
LONG = (  # files of 20 s and more, the longest first, so that none of them runs alone at the end
    "tests/load/test_load_of_users.py",
    "tests/docs/test_docs_servers.py",
    "tests/dashboard/test_studies_of_variants.py",
    "tests/test_bench.py",
    "tests/test_cli_prepare.py",
    "tests/docs/test_docs_programs.py",
    "tests/geometry/test_inferred_placements.py",
    "tests/dashboard/test_report_page.py",
    "tests/dashboard/test_routes.py",
    "tests/test_audit.py",
    "tests/samples/test_toys_of_other_geometries.py",
    "tests/dashboard/test_still_needed.py",
    "tests/studies/test_outcome_grid.py",
    "tests/load/test_load_of_silent_pages.py",
    "tests/samples/test_toy.py",
    "tests/samples/test_embedded.py",
    "tests/studies/test_own_clusters.py",
    "tests/studies/test_one_pass.py",
    "tests/dashboard/test_other_geometries.py",
    "tests/geometry/test_cmssw_versions.py",
    "tests/dashboard/test_studies_pages.py",
    "tests/studies/test_study_runs.py",
    "tests/dashboard/test_prepared_pages.py",
    "tests/studies/test_scheduler.py",
    "tests/docs/test_docs_tunnel.py",
    "tests/studies/test_clusters.py",
)


def group_of(nodeid: str) -> str:
    """Tests of a group run in one process: a file, and halves of those in a browser, which share one."""
    if nodeid.startswith(IN_BROWSER):
        return HALVES[nodeid.removeprefix(IN_BROWSER) >= MIDDLE]
    return nodeid.partition("::")[0]


def place_of(nodeid: str) -> int:
    """When tests run where there are several processes: the longest groups first."""
    group = group_of(nodeid)
    if group in HALVES:
        return HALVES.index(group)
    return len(HALVES) + (LONG.index(group) if group in LONG else len(LONG))


def pytest_configure(config):
    """The process that starts the others makes what they share."""
    if forking.begin():
        config.add_cleanup(forking.end)


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
    """Browser tests come last; where there are several processes, they and the long files come first."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: place_of(item.nodeid))
    else:
        items.sort(key=lambda item: item.nodeid.startswith(IN_BROWSER))


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


# Studies of whole samples, and pages for whoever comes next: for the tests of them only.
os.environ.setdefault("BYE_SPLITS_BACKGROUND", "0")
os.environ.setdefault("BYE_SPLITS_PREPARED_PAGES", "0")
