"""The drawn outlines: they tile their wafers and rings, and belong to the cells that cover their insides."""

import numpy as np
import pytest
from polygons import area, holds, inner_points

from bye_splits.geometry import constants as c
from bye_splits.geometry import rings, tiles, wafers

CELL_AREA = 4.998  # cm2, of every silicon trigger cell


@pytest.fixture(scope="module")
def rng():
    return np.random.default_rng(11)


@pytest.fixture(scope="module")
def hexagon():
    half, side = c.WAFER_SIZE / 2, c.WAFER_SIZE / np.sqrt(3)
    return np.array(
        [(half, side / 2), (0, side), (-half, side / 2), (-half, -side / 2), (0, -side), (half, -side / 2)]
    )


@pytest.fixture(scope="module")
def indices():
    return wafers.sensor_cells(8)[:2]


@pytest.fixture(scope="module")
def all_outlines(geometry, cells):
    return geometry.corners(np.arange(len(cells)))


def test_rhombi_have_the_area_of_their_hexagon(indices, hexagon):
    rhombi = wafers.cell_corners(*indices)
    assert rhombi.shape == (48, 4, 2)
    np.testing.assert_allclose(area(rhombi).sum(), area(hexagon[None])[0], rtol=1e-9)
    np.testing.assert_allclose(area(rhombi), CELL_AREA, atol=5e-4)
    side = np.linalg.norm(rhombi - np.roll(rhombi, 1, axis=1), axis=2)
    np.testing.assert_allclose(side, c.WAFER_SIZE / 8 / np.cos(np.pi / 6), rtol=1e-12)


def test_rhombi_tile_their_hexagon(indices, hexagon, rng):
    """A point of the hexagon is in one rhombus, the one that `cell_at` says; one outside is in none."""
    points = rng.uniform(-11, 11, (40_000, 2))
    inside = holds(hexagon[None], points)[0]
    by_outline = holds(wafers.cell_corners(*indices), points)
    np.testing.assert_array_equal(by_outline.sum(axis=0), inside)
    assert inside.sum() > 15_000
    cellu, cellv, covered = wafers.cell_at(*points[inside].T)
    assert covered.all()
    held_by = by_outline[:, inside].argmax(axis=0)
    np.testing.assert_array_equal((cellu, cellv), (indices[0][held_by], indices[1][held_by]))


@pytest.mark.parametrize("layer", [7, 29, 36, 47])
def test_full_wafers_are_tiled_without_gap_or_overlap(geometry, cells, layer, hexagon, rng):
    table = geometry.wafers
    wafer = table[(table.layer == layer) & (table.part == "full")].iloc[10]
    mine = (cells.layer == layer) & (cells.waferu == wafer.waferu) & (cells.waferv == wafer.waferv)
    numbers = np.flatnonzero(mine)
    outlines = geometry.corners(numbers)
    np.testing.assert_allclose(area(outlines).sum(), area(hexagon[None])[0], rtol=1e-5)
    points = inner_points(hexagon[None, [0, 1, 3, 4]], rng, 4000)[0]
    points = np.concatenate([points, inner_points(hexagon[None, [0, 2, 3, 5]], rng, 4000)[0]])
    points += wafer[["x", "y"]].to_numpy(dtype=float)
    by_outline = holds(outlines, points)
    # Single-precision corners: a point within a micrometre of a common side may be in both outlines or none.
    once = by_outline.sum(axis=0) == 1
    assert once.mean() > 0.999
    covering = geometry.covering(*points.T, geometry.layer_z[layer])
    assert np.isin(covering, numbers).all()
    np.testing.assert_array_equal(covering[once], numbers[by_outline[:, once].argmax(axis=0)])


def test_silicon_is_never_drawn_as_a_tile(cells, all_outlines):
    silicon = (cells.subdet != 10).to_numpy()
    outlines = all_outlines[silicon].astype(float)
    np.testing.assert_allclose(area(outlines), CELL_AREA, atol=2e-3)
    side = np.linalg.norm(outlines - np.roll(outlines, 1, axis=1), axis=2)
    np.testing.assert_allclose(side, 2.402, atol=1e-3)
    # Two of the four sides stand upright, or the rhombus lies on its side: three shapes and no other.
    some = outlines[::13]
    local = np.round(some - some.mean(axis=1, keepdims=True), 2) + 0.0
    shapes = np.unique(local.reshape(-1, 8), axis=0)
    shapes = shapes[np.abs(np.diff(shapes, axis=0, prepend=9)).max(axis=1) > 0.011]
    assert len(shapes) == 3


def test_wafers_of_v11_are_unturned_and_on_their_lattice_to_the_last_bit(cells, all_outlines):
    silicon = (cells.subdet != 10).to_numpy()
    of = cells[silicon]
    centre = np.stack(wafers.wafer_centres(of.layer, of.waferu, of.waferv), axis=1)
    expected = centre[:, None] + wafers.cell_corners(of.cellu.to_numpy(), of.cellv.to_numpy())
    np.testing.assert_array_equal(all_outlines[silicon], expected.astype(np.float32))


def test_tiles_are_drawn_between_their_rings(cells, all_outlines):
    tile = cells[cells.subdet == 10]
    r = np.linalg.norm(all_outlines[tile.index].astype(float), axis=2)
    edges = c.ring_edges()
    first = np.maximum(2 * tile.cellu.to_numpy() - 1, tile.layer.map(c.TILE_RING_MIN).to_numpy())
    last = np.minimum(2 * tile.cellu.to_numpy(), tile.layer.map(c.TILE_RING_MAX).to_numpy())
    np.testing.assert_allclose(r.min(axis=1), edges[first - 1], rtol=1e-6)
    np.testing.assert_allclose(r.max(axis=1), edges[last], rtol=1e-6)
    np.testing.assert_array_equal(last == first, tile.part == "partial")


def test_neighbouring_tiles_share_corners_exactly(geometry, cells):
    tile = cells[cells.subdet == 10]
    for layer, of_layer in tile.groupby("layer"):
        corners = geometry.corners(of_layer.index).reshape(-1, 144, 4, 2)  # by ieta, then iphi
        assert (of_layer.cellu.to_numpy().reshape(-1, 144) == of_layer.cellu.unique()[:, None]).all(), layer
        np.testing.assert_array_equal(corners[:-1, :, 1], corners[1:, :, 0])
        np.testing.assert_array_equal(corners[:-1, :, 2], corners[1:, :, 3])
        after = np.roll(corners, -1, axis=1)  # the last cell in phi and the first are neighbours, too
        np.testing.assert_array_equal(corners[:, :, 3], after[:, :, 0])
        np.testing.assert_array_equal(corners[:, :, 2], after[:, :, 1])


@pytest.mark.parametrize("layer", range(37, 51))
def test_tiles_have_the_area_of_their_annulus(layer):
    ieta, iphi = tiles.cells_of_layer(layer)
    edges = c.ring_edges()
    inner, outer = edges[c.TILE_RING_MIN[layer] - 1], edges[c.TILE_RING_MAX[layer]]
    polygon = 144 / 2 * np.sin(2 * np.pi / 144) * (outer**2 - inner**2)  # between two 144-gons
    np.testing.assert_allclose(area(rings.of_v11().corners(layer, ieta, iphi)).sum(), polygon, rtol=1e-12)


def test_a_point_of_an_outline_is_covered_by_its_cell(geometry, cells, all_outlines, rng):
    """For every trigger cell, in both endcaps."""
    points = inner_points(all_outlines, rng)[:, 0]
    z = cells.z.to_numpy(dtype=float)
    np.testing.assert_array_equal(geometry.covering(*points.T, z), np.arange(len(cells)))
    np.testing.assert_array_equal(geometry.covering(-points[:, 0], points[:, 1], -z), np.arange(len(cells)))


def test_what_corners_gives_and_refuses(geometry, cells):
    assert geometry.corners([0, 5, 2]).dtype == np.float32
    assert geometry.corners([0, 5, 2]).shape == (3, 4, 2)
    assert geometry.corners([]).shape == (0, 4, 2)
    assert geometry.corners(7).shape == (1, 4, 2)
    np.testing.assert_array_equal(geometry.corners([3, 1])[::-1], geometry.corners([1, 3]))
    for wrong in (-1, len(cells)):
        with pytest.raises(IndexError, match="trigger cell numbers"):
            geometry.corners([0, wrong])
