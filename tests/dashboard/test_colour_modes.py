"""Colour modes are declared once: a further one is offered, linked and drawn without any other change."""

import subprocess
import sys

import numpy as np
import pytest

from bye_splits.dashboard.link import display as link
from bye_splits.dashboard.state.colour_modes import COLOURS

FURTHER = """
import sys
import numpy as np
from bye_splits.dashboard.state import colour_modes
before = list(colour_modes.COLOURS)
colour_modes.COLOURS["|eta|"] = colour_modes.ColourMode(
    word="eta", legend="|\\u03b7|", values=lambda state: np.abs(state.shown.loaded.value["eta"])
)
from pathlib import Path
from bye_splits.dashboard.link import display as link
from bye_splits.dashboard.catalogue import Catalogue
from bye_splits.dashboard.views.display.page import DisplayPage
from bye_splits.settings import Config, Sample
key = ("photons", "0")
page = DisplayPage(Catalogue(Config(samples={key: Sample(*key, Path(sys.argv[1]))})), "?colour=eta&layer=9")
state = page.state
assert not page.problems, page.problems
assert state.colours.colour_by == "|eta|" in page.sidebar.colour_by.options
assert page.map.map.legend.text == "|\\u03b7|"
assert 1 < state.colours.colour_range[0] < state.colours.colour_range[1] < 3.2, state.colours.colour_range
assert link.read("?colour=distance", state)[1]["colour_by"] == before[-1]
state.colours.colour_by = before[-1]
assert state.colours.colour_range == (0.5, 40.0)
"""


def test_a_further_mode(catalogue):
    path = next(sample.path for key, sample in catalogue.samples.items() if key == ("photons", "0"))
    done = subprocess.run(
        [sys.executable, "-c", FURTHER, str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", COLOURS)
def test_each_is_in_the_bar_and_in_the_link(page, name):
    page.state.colours.colour_by = name
    mode = COLOURS[name]
    assert page.map.map.legend.text == ("" if mode.classes else mode.legend)
    assert f"&colour={mode.word}&" in link.write(page.state)
    assert link.read(f"?colour={mode.word}", page.state)[1]["colour_by"] == name


def test_a_selected_cluster_follows_the_parameters(page):
    """Its cells are drawn anew where only the parameters change, in whatever colours."""
    state = page.state
    state.update(colour_by="mipT", cluster=0)
    state.cuts.layer = int(np.bincount(state.shown.loaded.layer[state.selection.selected_cells]).argmax())
    page.map.whole()

    def drawn():
        wire = page.map.map.wire.data
        return {
            int(place): float(value) for place, value in zip(wire["hit"][0], wire["value"][0], strict=True)
        }

    before = drawn()
    assert any(value == value for value in before.values())
    state.chain.set_a = state.chain.set_a.changed(radius=0.002)
    coloured = sum(value == value for value in drawn().values())
    mine = state.selection.selected_cells[state.cuts.in_layer]
    assert coloured == mine.sum() < sum(value == value for value in before.values())
