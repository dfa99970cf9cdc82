"""The (R/z, phi) grid on a map: bins are found where they are drawn, and no shower is cut."""

import numpy as np
import pytest

from bye_splits.chain.histogram import STAGE2, Binning
from bye_splits.dashboard.figures.bin_grid import Grid
from bye_splits.dashboard.figures.xy_grid import XyGrid
from bye_splits.settings import XyHistogram

GRIDS = {
    "from -pi": Grid(STAGE2),
    "from 0": Grid(STAGE2, 108),
    "legacy": Grid(Binning(legacy=True)),
}


@pytest.mark.parametrize("name", GRIDS)
def test_each_bin_is_found_where_it_is_drawn(name):
    grid = GRIDS[name]
    rz_bin, phi_bin = (index.ravel() for index in np.indices((42, 216)))
    box = grid.boxes(rz_bin, phi_bin)
    x, y = (box["left"] + box["right"]) / 2, (box["bottom"] + box["top"]) / 2
    assert all(
        grid.bin_at(*middle) == wanted
        for *middle, wanted in zip(x, y, zip(rz_bin, phi_bin, strict=True), strict=True)
    )
    found, column, inside = grid.binning.bins(y, (x + np.pi) % (2 * np.pi) - np.pi)
    assert inside.all()
    assert np.array_equal(found, rz_bin)
    assert np.array_equal(column, phi_bin)
    area = {key: value[0] for key, value in grid.area.items()}
    assert box["left"].min() == pytest.approx(area["x"])
    assert box["right"].max() == pytest.approx(area["x"] + area["dw"])
    assert (box["bottom"].min(), box["top"].max()) == pytest.approx((0.076, 0.58))
    values = rz_bin.reshape(42, 216) * 1000 + phi_bin.reshape(42, 216)
    column = np.floor((x - area["x"]) / grid.step).astype(int)
    assert np.array_equal(grid.shown(values)[rz_bin, column], values.ravel())


@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
def test_edges_are_those_of_the_bins_that_are_shown(grid):
    (rz,), (low,), (high,) = (grid.edges[name] for name in ("rows", "low", "high"))
    phi_bin = grid.shown(np.arange(216)[None])[0]
    assert np.array_equal(low, grid.binning.phi_edges[phi_bin])
    assert np.array_equal(high, grid.binning.phi_edges[phi_bin + 1])
    assert np.array_equal(grid.phi(low + grid.step / 2), np.sort(grid.phi(low + grid.step / 2)))
    assert np.array_equal(rz, grid.binning.rz_edges)


@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
def test_beyond_the_grid_is_no_bin(grid):
    area = {key: value[0] for key, value in grid.area.items()}
    for x, y in (
        (area["x"] - 0.01, 0.3),
        (area["x"] + area["dw"] + 0.01, 0.3),
        (area["x"] + 1, 0.05),
        (area["x"] + 1, 0.6),
    ):
        assert grid.bin_at(x, y) is None


def test_windows_end_with_the_grid():
    box = GRIDS["from -pi"].boxes([0, 41, 20], [5, 5, 5], 1, 2)
    edges = STAGE2.rz_edges
    assert box["bottom"] == pytest.approx(edges[[0, 40, 19]])
    assert box["top"] == pytest.approx(edges[[2, 42, 22]])
    assert box["right"] - box["left"] == pytest.approx(5 * 2 * np.pi / 216)


@pytest.mark.parametrize(("phi", "first"), [(None, 0), (0.3, 0), (-2.5, 0), (3.1, 108), (-3.1, 108)])
def test_a_shower_is_not_cut(phi, first):
    grid = Grid.around(STAGE2, phi)
    assert grid.first == first
    if phi is not None:
        assert grid.left + 0.4 < grid.phi(phi) < grid.left + 2 * np.pi - 0.4
        assert np.cos(grid.phi(phi)) == pytest.approx(np.cos(phi))


def test_bins_in_x_and_y_are_where_the_chain_has_them():
    settings = XyHistogram(n_x=6, n_y=4, limit=0.6)
    grid = XyGrid(settings)
    values = np.arange(24.0).reshape(6, 4)
    assert grid.shown(values)[3, 5] == values[5, 3]  # rows are y bins
    assert grid.bin_at(-0.59, 0.59) == (0, 3)
    assert grid.bin_at(0.0, -0.31) == (3, 0)
    assert grid.bin_at(0.61, 0.0) is None
    boxes = grid.boxes(np.array([0, 2]), np.array([0, 3]), 1, 1)
    assert boxes["left"] == pytest.approx([-0.6, -0.4])
    assert boxes["right"] == pytest.approx([-0.2, 0.2])
    assert boxes["bottom"] == pytest.approx([-0.6, 0.0])
    assert boxes["top"] == pytest.approx([0.0, 0.6])
    assert [len(grid.edges[name][0]) for name in ("rows", "low", "high")] == [5, 6, 6]
    assert grid.area == {"x": [-0.6], "y": [-0.6], "dw": [1.2], "dh": [1.2]}
