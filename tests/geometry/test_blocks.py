"""Trigger cells joined to parallelograms: the same outline, the same area, the same borders."""

import numpy as np
import pytest

from bye_splits.geometry.blocks import blocks_of
from bye_splits.geometry.constants import SCINTILLATOR

LAYERS = [1, 9, 37, 50]


def areas(corners):
    one, two = (corners[:, k + 2].astype(float) - corners[:, k] for k in (0, 1))
    return np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]) / 2


def lengths(blocks):
    sides = np.roll(blocks.corners, -1, axis=1).astype(float) - blocks.corners
    return np.hypot(*np.moveaxis(sides, -1, 0)) * blocks.borders


@pytest.fixture(params=LAYERS)
def layer(request, geometry):
    numbers = geometry.numbers_of_layer(request.param)
    return numbers, *(geometry.outlines.blocks(numbers, joined=joined) for joined in (False, True))


def test_single_cells_are_the_cells(layer, geometry):
    numbers, cells, _ = layer
    assert np.array_equal(cells.numbers, numbers)
    assert np.array_equal(cells.corners, geometry.corners(numbers))


def test_parallelograms_of_a_wafer_have_its_area_and_border(layer, geometry):
    numbers, cells, joined = layer
    key = {}
    for name, blocks in (("cells", cells), ("joined", joined)):
        column = [geometry.column(k)[blocks.numbers].astype(np.int64) for k in ("waferu", "waferv", "subdet")]
        wafer = (column[0] * 4096 + column[1]) * 32 + column[2]
        rows, index = np.unique(wafer, return_inverse=True)
        border = np.bincount(index, lengths(blocks).sum(axis=1))
        key[name] = rows, np.bincount(index, areas(blocks.corners)), border
    for of_cells, of_joined in zip(key["cells"], key["joined"], strict=True):
        np.testing.assert_allclose(of_joined, of_cells, rtol=1e-5)
    assert len(joined.numbers) < len(numbers)
    assert (np.diff(joined.numbers) >= 0).all(), "the parts of a wafer follow each other"


def test_each_cell_is_in_one_parallelogram(layer, geometry):
    """The centre of each cell of the silicon is on the inner side of all sides of exactly one of them."""
    numbers, _, joined = layer
    column = {name: geometry.column(name) for name in ("subdet", "waferu", "waferv")}
    silicon = numbers[column["subdet"][numbers] != SCINTILLATOR]
    for cell in silicon[:: max(1, len(silicon) // 200)]:
        mine = np.all([column[k][joined.numbers] == column[k][cell] for k in column], axis=0)
        corners = joined.corners[mine].astype(float)
        to = geometry.corners(np.array([cell]))[0].mean(axis=0) - corners
        along = np.roll(corners, -1, axis=1) - corners
        turn = along[..., 0] * to[..., 1] - along[..., 1] * to[..., 0]
        assert (np.abs(np.sign(turn).sum(axis=1)) == 4).sum() == 1


def test_a_full_wafer_is_three_parallelograms():
    cells, borders = blocks_of(np.ones(48, dtype=bool).tobytes(), True)
    assert cells.shape == (3, 4)
    assert borders.sum() == 6, "the sides of the hexagon"
    assert blocks_of(np.ones(48, dtype=bool).tobytes(), False)[1].sum() == 24


def test_tiles_have_borders_at_the_rims_of_the_scintillator(geometry):
    numbers = geometry.numbers_of_layer(50)
    tiles = numbers[geometry.column("subdet")[numbers] == SCINTILLATOR]
    borders = geometry.outlines.blocks(tiles, joined=True).borders
    ieta = geometry.column("cellu")[tiles]
    assert not borders[:, [0, 2]].any(), "rings are closed"
    assert np.array_equal(borders[:, 1], ieta == ieta.max())
    assert np.array_equal(borders[:, 3], ieta == ieta.min())
    without = geometry.outlines.blocks(np.delete(tiles, 5), joined=True).borders
    assert without.sum() == borders.sum() - borders[5].sum() + 4 - borders[5].sum()
