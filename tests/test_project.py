"""What is shipped: versions, pinned requirements, the start script of the container, the wheel."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import bye_splits

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def pinned(name: str) -> dict[str, Requirement]:
    lines = [line for line in (ROOT / name).read_text().splitlines() if line and line[0] not in "#-"]
    return {canonicalize_name(r.name): r for r in map(Requirement, lines)}


def test_one_version_everywhere():
    assert bye_splits.__version__ == PROJECT["version"] == metadata.version("bye_splits")


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_all_requirements_are_pinned_and_take_no_other_registry(name):
    requirements = pinned(name)
    assert requirements
    for requirement in requirements.values():
        assert re.fullmatch(r"==[^=*,]+", str(requirement.specifier)), requirement
        assert requirement.url is None
    options = [line for line in (ROOT / name).read_text().splitlines() if line.startswith("-")]
    assert options == ([] if name == "requirements.txt" else ["-r requirements.txt"])


def test_nothing_that_is_needed_is_left_unpinned():
    """Or else a plain `pip install -r` takes whatever is newest on that day."""
    pins = pinned("requirements.txt")
    for name, requirement in pins.items():
        distribution = metadata.distribution(name)
        assert requirement.specifier.contains(distribution.version), "make lint installs what is pinned"
        for needed in map(Requirement, distribution.requires or ()):
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                assert canonicalize_name(needed.name) in pins, f"{name} needs {needed}"


def test_pins_are_within_the_ranges():
    runtime = pinned("requirements.txt")
    everything = runtime | pinned("requirements-dev.txt")
    for wanted, pins in (
        (PROJECT["dependencies"], runtime),
        (PROJECT["optional-dependencies"]["dev"], everything),
    ):
        for requirement in map(Requirement, wanted):
            (exact,) = pins[canonicalize_name(requirement.name)].specifier
            assert requirement.specifier.contains(exact.version), requirement


def test_known_vulnerable_versions_are_out_of_range():
    floors = {"bokeh": "3.8.1", "panel": "1.8.9", "tornado": "6.5.2", "pyarrow": "14.0.0", "pyyaml": "5.3"}
    ranges = {canonicalize_name(r.name): r.specifier for r in map(Requirement, PROJECT["dependencies"])}
    for name, vulnerable in floors.items():
        assert not ranges[name].contains(vulnerable)


@pytest.mark.parametrize(
    "name",
    [
        "app.sh",
        ".s2i/bin/assemble",
        ".ci/run",
        "tools/make-venv",
        "tools/find-browser",
        "tools/lint-js",
        "tools/pin",
    ],
)
def test_scripts_can_be_run(name):
    """Without the run bit or with DOS line ends, a container stops with 'not found'."""
    path = ROOT / name
    assert path.stat().st_mode & 0o111 == 0o111
    content = path.read_bytes()
    assert content.startswith(b"#!/bin/bash\n")
    assert b"\r" not in content
    subprocess.run(["bash", "-n", path], check=True)


def test_no_second_way_of_starting_competes_with_the_script():
    """S2I takes app.sh only where nothing else is found first."""
    for name in ("setup.py", "setup.cfg", "Pipfile", "app.py", "wsgi.py", "gunicorn.conf.py", "manage.py"):
        assert not (ROOT / name).exists()
    assert "APP_" not in (ROOT / ".s2i/environment").read_text()


def test_the_start_script_asks_for_the_origin():
    environment = {name: value for name, value in os.environ.items() if name != "BYE_SPLITS_ORIGIN"}
    done = subprocess.run([ROOT / "app.sh"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "BYE_SPLITS_ORIGIN is not set" in done.stderr


def test_the_wheel_has_the_configuration_and_needs_no_source_tree(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path / "installed")
    assert {"bye_splits/config.yaml", "bye_splits/dashboard/main.py", "bye_splits/py.typed"} <= names
    assert not {name for name in names if name.startswith("tests/")}
    code = "from bye_splits.config import load_config; print(load_config().path)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(tmp_path / "installed")},
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    assert Path(done.stdout.strip()) == tmp_path / "installed/bye_splits/config.yaml"


def test_no_package_is_pinned_below_a_version_with_a_known_vulnerability():
    page = (ROOT / "docs" / "howto" / "security.md").read_text()
    least = dict(re.findall(r"^\| `([\w-]+)` \| (\d[\d.]*) \|", page, flags=re.M))
    assert len(least) >= 7
    pins = pinned("requirements.txt") | pinned("requirements-dev.txt")
    versions = {name: next(iter(pins[canonicalize_name(name)].specifier)).version for name in least}
    assert {name for name in least if Version(versions[name]) < Version(least[name])} == set()
