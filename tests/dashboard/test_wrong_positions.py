"""Files with wrong positions or indices: cells are drawn where the file has them, and the page says what."""

import re
from html import unescape

import numpy as np
import other_files
import other_geometries as others
import pytest

from bye_splits.dashboard.views.display.facts import FactsView


def layers_shifted(by):
    return lambda cells: {"layer": cells["layer"] + by}


def second_compartment_restarts(cells):
    last = 28 if cells["layer"].max() > 47 else 26
    return {"layer": np.where(cells["layer"] > last, cells["layer"] - last, cells["layer"])}


WRONG = {
    "mm": lambda cells: {name: 10 * cells[name] for name in "xyz"},
    "layers from 2": layers_shifted(1),
    "layers from 0": layers_shifted(-1),
    "layers restart in CE-H": second_compartment_restarts,
    "x and y swapped": lambda cells: {"x": cells["y"], "y": cells["x"]},
    "x mirrored": lambda cells: {"x": -cells["x"]},
    "u and v swapped": lambda cells: {"waferu": cells["waferv"], "waferv": cells["waferu"]},
    "cells' u and v swapped": lambda cells: {"cellu": cells["cellv"], "cellv": cells["cellu"]},
    "z without its sign": lambda cells: {"z": np.abs(cells["z"])},
    "x of other cells": lambda cells: {"x": np.random.default_rng(1).permutation(cells["x"])},
}


def not_drawn(loaded):
    """Number of trigger cells that the notices say are counted but not drawn."""
    words = [notice for notice in loaded.notices if "counted but not drawn" in notice]
    return sum(int(re.match(r"\d+", text).group()) for text in words)


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("name", ["V11", "unknown"])
def test_nothing_is_drawn_in_another_place(name, wrong, tmp_path, show_file):
    events = other_files.changed(other_files.made(others.truth(name), "PU0", 2), WRONG[wrong])
    state = show_file(other_files.write(tmp_path / "one.root", events), number=2)
    loaded = state.shown.loaded
    said = [notice for notice in loaded.notices if "not where V11 has them" in notice]
    assert len(said) == 1
    assert "looks like V11" not in said[0]
    drawn = np.flatnonzero(loaded.number >= 0)
    side = np.where(loaded.value["z"][drawn] < 0, -1, 1)
    points = np.stack([side * loaded.value["x"][drawn], loaded.value["y"][drawn]], axis=1).astype(float)
    outlines = loaded.geometry.corners(loaded.number[drawn]).astype(float)
    assert others.held(outlines, points, tolerance=2e-3 if wrong == "mm" else 1e-3).all()
    assert len(drawn) + not_drawn(loaded) == len(loaded.number)
    assert len(drawn) > len(loaded.number) / 2
    np.testing.assert_array_equal(loaded.layer[drawn], loaded.event.trigger_cells["layer"].to_numpy()[drawn])
    assert (loaded.layer[loaded.number < 0] == 0).all()
    for layer in np.unique(loaded.layer[drawn]):  # CE-E and CE-H are told apart by z, whatever the numbers
        z = np.abs(loaded.value["z"][loaded.layer == layer])
        if wrong not in ("mm", "layers restart in CE-H"):
            assert state.shown.geometry.is_cee(layer) == (z < 364).all()


def test_positions_in_mm_are_said_to_be_far_from_the_calorimeter(tmp_path, show_file):
    events = other_files.changed(other_files.made(others.truth("V11"), "PU0", 1), WRONG["mm"])
    state = show_file(other_files.write(tmp_path / "one.root", events))
    text = unescape(FactsView(state).html())
    assert "The calorimeter is at |z| from 320 to 525 cm, these trigger cells at" in text


def test_positions_that_are_not_filled_are_refused(tmp_path, show_file):
    events = other_files.made(others.truth("V11"), "PU0", 1)
    events = other_files.changed(events, lambda cells: {name: 0 * cells[name] for name in "xyz"})
    state = show_file(other_files.write(tmp_path / "one.root", events))
    assert state.shown.loaded is None
    assert state.message.level == "error"
    assert "positions that are not filled" in state.message.text
