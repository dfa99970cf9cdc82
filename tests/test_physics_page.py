"""The page of what the studies find: its commands are those of today, its figures are there and are SVG."""

import re
import shlex
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from bye_splits.cli.options import parser
from bye_splits.studies.registry import STUDIES

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "physics.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^bye-splits (.*)$", PAGE, re.MULTILINE)
FIGURES = re.findall(r"!\[[^]]+\]\(([^)]+)\)", PAGE)


@pytest.fixture
def curves(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    from physics import runs, svg_curves

    yield runs, svg_curves
    for name in [name for name in sys.modules if name == "physics" or name.startswith("physics.")]:
        del sys.modules[name]


def test_every_command_is_one_that_the_program_takes():
    studies = {shlex.split(line)[1] for line in COMMANDS if line.startswith("study ")}
    assert {"compare", "phase", "response", "scan", "seeding"} <= studies <= set(STUDIES)
    for line in COMMANDS:
        assert parser().parse_args(shlex.split(line)).out


def test_every_figure_is_there():
    assert FIGURES
    for figure in FIGURES:
        root = ET.fromstring((ROOT / "docs" / figure).read_text(encoding="utf-8"))
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert len(list(root.iter("{http://www.w3.org/2000/svg}circle"))) > 5


@pytest.mark.parametrize(
    ("share", "text"),
    [
        ((0.0, 0.0, 0.0061), "0 (< 0.61)"),
        ((0.5, 0.45, 0.55), "50.0 ± 5.0"),
        ((0.01, 0.0046, 0.0196), "1.00 (+0.96 −0.54)"),  # noqa: RUF001 - a minus sign
        ((0.123456,), "12.35"),
    ],
)
def test_shares_are_written_with_their_intervals(curves, share, text):
    assert curves[0].percent(*share) == text


def test_a_curve_is_drawn_at_its_values(curves, tmp_path):
    _, svg = curves
    x, y = np.array([1.0, 10.0, 100.0]), np.array([0.0, 2.0, 4.0])
    curve = svg.Curve("a < b", x, y, y - 1, y + 1)
    svg.write_svg(tmp_path / "a.svg", [svg.Panel("t", "x", "y", [curve], log_x=True, limits=(0, 4))])
    root = ET.fromstring((tmp_path / "a.svg").read_text(encoding="utf-8"))
    found = [
        (float(c.get("cx")), float(c.get("cy"))) for c in root.iter("{http://www.w3.org/2000/svg}circle")
    ]
    assert np.allclose(np.diff(found, n=2, axis=0), 0, atol=0.2)  # on a straight line, evenly
    assert np.diff(found, axis=0)[:, 1].max() < 0  # larger values further up
    assert "a < b" in [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
