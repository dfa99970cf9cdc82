"""The floors below the dashboard know nothing of how things are shown, and every module has its floor."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHOWING = {"panel", "bokeh", "holoviews", "plotly", "param", "datashader"}
FLOORS = [
    "errors",
    "cache",
    "sections",
    "settings",
    "config",
    "data",
    "geometry",
    "chain",
    "samples",
    "studies",
]


@pytest.mark.parametrize("module", [f"bye_splits.{floor}" for floor in FLOORS] + ["bye_splits.cli"])
def test_it_imports_without_anything_that_shows(module):
    """In a process of its own, as this one may have imported everything already."""
    code = f"import sys, {module}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = set(done.stdout.split())
    assert "bye_splits" in loaded
    assert not loaded & SHOWING


def test_every_module_has_a_floor():
    """The rules would say nothing of a module that they do not name."""
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    floors, showing, *_ = rules
    named = {part.strip(" ()") for layer in floors["layers"] for part in layer.split("|")}
    present = {
        path.stem if path.suffix else path.name
        for path in (ROOT / "bye_splits").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    } - {"__init__"}
    assert present <= named
    assert floors["exhaustive"]
    assert set(showing["forbidden_modules"]) == SHOWING
    below = {name.removeprefix("bye_splits.") for name in showing["source_modules"]}
    assert present - {"cli", "__main__", "dashboard"} <= below
