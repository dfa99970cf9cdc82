"""Borders of wafers: hexagons, each side once, and around the cells of a partial wafer."""

import numpy as np
import pytest

from bye_splits.geometry import constants as c
from bye_splits.geometry import wafers
from bye_splits.geometry.borders import outer_sides, wafer_borders
from bye_splits.geometry.placements import index_of

CELLS = wafers.sensor_cells(8)[:2]
SIDE = c.PITCH / np.sqrt(3)  # of the hexagon that reaches to the middle of the gap


def borders(*places, layer=9, cells=CELLS):
    """Borders of wafers at places (u, v), all of them with the same cells."""
    x, y = wafers.wafer_centres(layer, *np.array(places).T)
    of = np.repeat(np.arange(len(places)), len(cells[0]))
    cell = np.tile(index_of(*cells), len(places))
    turned = np.zeros(len(places), dtype=int)
    return wafer_borders(of, cell, x + 1j * y, turned, c.WAFER_SIZE, c.SENSOR_SEPARATION / 2)


def lengths(lines):
    return np.sort(np.hypot(*(lines[:, 1] - lines[:, 0]).T))


def test_a_full_wafer_has_six_sides():
    for layer, place in ((9, (0, 0)), (9, (-3, 4)), (31, (5, 2)), (32, (5, 2))):
        lines = borders(place, layer=layer)
        np.testing.assert_allclose(lengths(lines), [SIDE] * 6)
        corners = wafers.hexagon(c.PITCH) + np.array(wafers.wafer_centres(layer, *place))
        apart = np.hypot(*np.moveaxis(lines.reshape(-1, 1, 2) - corners, -1, 0))
        assert (np.sort(apart.argmin(axis=1)) == np.repeat(range(6), 2)).all(), "each corner is of two sides"
        assert apart.min(axis=1).max() < 1e-9


@pytest.mark.parametrize(
    ("places", "n"), [([(0, 0), (0, 1)], 11), ([(0, 0), (0, 1), (1, 1)], 15), ([(0, 0), (4, 0)], 12)]
)
def test_a_side_that_two_wafers_share_is_one_line(places, n):
    np.testing.assert_allclose(lengths(borders(*places)), [SIDE] * n)


@pytest.mark.parametrize("number", [0, 13, 22, 47])
def test_a_missing_cell_is_gone_around(number):
    cells = [np.delete(k, number) for k in CELLS]
    lines = borders((0, 0), cells=cells)
    (u,), (v,) = (k[[number]] for k in CELLS)
    hole = wafers.cell_corners([u], [v], c.SENSOR_SEPARATION / 2)[0]
    total = 6 * SIDE
    for start, end in zip(hole, np.roll(hole, -1, axis=0), strict=True):
        middle, along = (start + end) / 2, lines[:, 1] - lines[:, 0]
        part = np.einsum("nk,nk->n", middle - lines[:, 0], along) / (along**2).sum(axis=1)
        aside = np.hypot(*(middle - lines[:, 0] - part[:, None] * along).T)
        drawn = ((aside < 1e-6) & (part > 0) & (part < 1)).any()
        assert drawn == holds(1.001 * middle), "the hole's sides are drawn, those at the rim are not"
        total += np.hypot(*(end - start)) * (1 if drawn else -1)
    assert lengths(lines).sum() == pytest.approx(total)


def holds(point) -> bool:
    """Whether the hexagon that reaches to the middle of the gap holds a point."""
    angle = np.arange(3) * np.pi / 3
    return bool((np.abs(point @ [np.cos(angle), np.sin(angle)]) <= c.PITCH / 2).all())


def test_no_cell_no_border():
    none = np.zeros(0, dtype=np.int16)
    assert wafer_borders(none, none, none + 0j, none, c.WAFER_SIZE, 0.05).shape == (0, 2, 2)
    assert outer_sides(np.zeros((0, 4, 2), dtype=np.float32)).shape == (0, 2, 2)


def test_outer_sides_of_a_block():
    squares = np.array(
        [[[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1]] for x in (-1, 0, 1) for y in (-1, 0)]
    )
    lines = outer_sides(squares.astype(np.float32))
    assert len(lines) == 10
    middles = lines.mean(axis=1)
    assert ((np.abs(middles[:, 0] - 0.5) == 1.5) | (np.abs(middles[:, 1]) == 1)).all()


def test_borders_of_a_layer_with_tiles(geometry):
    lines = geometry.borders_of_layer(41)
    assert geometry.borders_of_layer(41) is lines
    radius = np.hypot(*lines.mean(axis=1).T)
    tiles = geometry.trigger_cells.query("layer == 41 and subdet == 10")
    outermost = np.hypot(tiles.x, tiles.y).max()
    assert (radius > outermost).sum() == tiles.cellv.nunique(), "the arc outside, one line for each tile"
    silicon = geometry.trigger_cells.query("layer == 41 and subdet != 10")
    reach = np.hypot(silicon.x, silicon.y).max() + 3
    assert not ((radius > reach) & (radius < outermost)).any(), "nothing between tiles"


def test_a_layer_without_cells_has_none(geometry):
    assert geometry.borders_of_layer(10).shape == (0, 2, 2)
