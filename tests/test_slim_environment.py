"""What the image of a container leaves out of its environment, and that no page needs it."""

import os
import re
import subprocess
import sys
import sysconfig
import urllib.request
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest
import serving

from bye_splits.dashboard.routing import PAGES
from bye_splits.samples import write_toy

TOOL = Path(__file__).parents[1] / "tools/slim-environment"
PACKAGES = Path(sysconfig.get_path("purelib"))

# Serves without some modules, and writes down each file that python opens.
WATCHED = """
import sys
sys.modules |= dict.fromkeys(sys.argv.pop(1).split())  # as if they did not exist
opened = open(sys.argv.pop(1), "a", buffering=1)
def heard(event, arguments):
    if event == "open" and isinstance(arguments[0], str):
        print(arguments[0], file=opened)
sys.addaudithook(heard)
from bye_splits.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def tool():
    loader = SourceFileLoader("slim_environment", str(TOOL))
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode  # it would lie beside the tool
    try:
        module = module_from_spec(spec_from_loader(loader.name, loader))
        loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module


@pytest.fixture(scope="module")
def used(tmp_path_factory, tool) -> set[Path]:
    """Files of packages that a server has opened by the time it has shown each page and sent its scripts.

    Compiled modules that are left out are not there for it: some packages go without.
    """
    folder = tmp_path_factory.mktemp("slim")
    write_toy(folder, "photons", 0, 3, seed=1)
    list_ = folder / "opened.txt"
    gone = [one.relative_to(PACKAGES) for _, one in tool.dropped(PACKAGES) if one.match("*.cpython-*.so")]
    without = " ".join(".".join([*one.parts[:-1], one.name.split(".")[0]]) for one in gone)
    assert "pyarrow._flight" in without
    command = [
        sys.executable,
        "-c",
        WATCHED,
        without,
        list_,
        "serve",
        folder / "photons_PU0.root",
        "--port",
        "0",
    ]
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True) as process:
        try:
            url = process.stdout.readline().split(" at ")[1].split()[0]
            addresses = set()
            for slug in PAGES:
                page = serving.opened(f"{url}/{slug}", process)
                assert "token" in page, slug
                addresses |= set(re.findall(r"static/[\w/.@+-]+\.(?:js|css|mjs|svg|woff2)", page))
            assert len(addresses) > 5
            for address in sorted(addresses):
                with urllib.request.urlopen(f"{url}/{address}", timeout=60) as answer:
                    assert answer.status == 200, address
            maps = Path(f"/proc/{process.pid}/maps").read_text().split()
        finally:
            process.kill()
    names = {*list_.read_text().splitlines(), *maps}
    return {Path(os.path.normpath(name)) for name in names if name.startswith(str(PACKAGES))}


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="this system does not say what is loaded")
def test_no_page_uses_what_is_left_out(tool, used):
    assert {"panel.min.js", "tabulator.min.js", "libarrow_python.so.2600"} <= {one.name for one in used}
    gone = {path for _, path in tool.dropped(PACKAGES)}
    assert len(gone) > 100
    wanted = {one for one in used if not gone.isdisjoint([one, *one.parents])}
    assert not wanted


def test_it_leaves_the_environment_of_a_developer_alone():
    before = sum(1 for _ in PACKAGES.rglob("*"))
    done = subprocess.run([sys.executable, TOOL, sys.prefix], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "installed there to be edited: nothing is removed" in done.stderr
    assert sum(1 for _ in PACKAGES.rglob("*")) == before


def test_each_pattern_finds_something(tool):
    """A pattern that finds nothing is one of an older version of its package."""
    for what, patterns in tool.DROPPED.items():
        for pattern in patterns:
            assert next(iter(PACKAGES.glob(pattern)), None), f"{what}: {pattern}"


def test_it_removes_what_is_listed_and_makes_times_whole(tool, tmp_path):
    packages = tmp_path / "lib/python3.12/site-packages"
    kept, test, needed = (
        packages / name
        for name in ("some/module.py", "some/tests/test_it.py", "numpy/_core/tests/_natype.py")
    )
    for path in (kept, test, needed):
        path.parent.mkdir(parents=True)
        path.write_text("")
        os.utime(path, ns=(10**18 + 5, 10**18 + 5))
    done = subprocess.run([sys.executable, TOOL, tmp_path], capture_output=True, text=True, check=True)
    assert "tests of packages" in done.stdout
    assert kept.exists()
    assert needed.exists()
    assert not test.parent.exists()
    assert kept.stat().st_mtime_ns == 10**18


def test_something_else_than_an_environment_is_an_error(tmp_path):
    done = subprocess.run([sys.executable, TOOL, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "expected a virtual environment" in done.stderr
