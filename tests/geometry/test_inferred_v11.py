"""V11 out of its own positions: the geometry that its rules give comes back."""

import numpy as np
import pandas as pd
import pytest

from bye_splits.errors import GeometryError
from bye_splits.geometry import Geometry

INDICES = ["layer", "waferu", "waferv", "cellu", "cellv"]


@pytest.fixture(scope="module")
def back(cells):
    return Geometry.from_positions(cells)


@pytest.fixture(scope="module")
def number(back, cells):
    """Numbers of V11's trigger cells in the geometry that came back."""
    return back.find(*(cells[name] for name in INDICES))


def test_cells_parts_and_positions_are_the_same(back, cells, number):
    assert len(back.trigger_cells) == len(cells)
    assert np.array_equal(np.sort(number), np.arange(len(cells)))
    found = back.trigger_cells.iloc[number]
    for name in ("subdet", *INDICES):
        np.testing.assert_array_equal(found[name], cells[name], err_msg=name)
    np.testing.assert_array_equal(found["part"].cat.codes, cells["part"].cat.codes)
    for name in "xyz":
        np.testing.assert_allclose(found[name], cells[name], atol=1e-4, err_msg=name)


def test_version_layers_and_planes_are_the_same(back, geometry):
    assert (back.version, back.notices) == ("V11", ())
    assert (back.n_layers, back.n_cee) == (50, 28)
    np.testing.assert_array_equal(back.layers, geometry.layers)
    np.testing.assert_allclose(back.layer_z[geometry.layers], geometry.layer_z[geometry.layers], atol=1e-3)
    np.testing.assert_array_equal(np.isnan(back.tile_z), np.isnan(geometry.tile_z))
    np.testing.assert_allclose(back.radii, geometry.radii, atol=1e-4)


def test_outlines_are_the_same(back, geometry, cells, number):
    every = np.arange(len(cells))
    off = np.abs(back.corners(number) - geometry.corners(every)).max(axis=(1, 2))
    assert off.max() < 1e-4
    assert back.sure(number).all()
    assert back.fit.outside == back.fit.n_uncertain == 0
    assert back.fit.median < 1e-3


def test_wafers_are_the_same(back, geometry):
    one, other = back.wafers, geometry.wafers
    pd.testing.assert_frame_equal(
        one[["layer", "waferu", "waferv", "n_cells", "part"]],
        other[["layer", "waferu", "waferv", "n_cells", "part"]],
    )
    assert np.hypot(one.x - other.x, one.y - other.y).max() < 0.01
    assert (one.turn == 0).all()
    assert not one.mirrored.any()


def test_points_are_in_the_same_cells(back, geometry, number):
    rng = np.random.default_rng(3)
    layer = rng.choice(geometry.layers, 20_000)
    r, phi = rng.uniform(20, 270, len(layer)), rng.uniform(-np.pi, np.pi, len(layer))
    x, y, z = r * np.cos(phi), r * np.sin(phi), geometry.layer_z[layer] * rng.choice([-1, 1], len(layer))
    expected = geometry.covering(x, y, z)
    assert (expected >= 0).mean() > 0.3
    found = back.covering(x, y, z)
    known = expected >= 0
    assert np.mean(found[known] == number[expected[known]]) > 0.9999  # but on a border
    assert (found[~known] < 0).mean() > 0.9999


def test_what_is_no_cell_is_not_found(back):
    nothing = [(0, 0, 0, 0, 0), (9, 3, 0, 7, 0), (26, 3, 0, 1, 1), (50, -999, -999, 0, 1), (51, 3, 0, 1, 1)]
    assert (back.find(*np.transpose(nothing)) == -1).all()
    assert (back.find(np.nan, 3, 0, 1, 1) == -1).all()
    with pytest.raises(IndexError):
        back.corners([-1])


def test_tiles_of_one_shower_are_v11s_rings(geometry, cells):
    """A few tiles give whole rings, as V11 has them."""
    few = cells[(cells.subdet == 10) & (cells.cellv % 12 == 1)]
    made = Geometry.from_positions(few)
    found = made.find(*(few[name] for name in INDICES))
    off = np.abs(made.corners(found) - geometry.corners(few.index.to_numpy()))
    assert off.max() < 1e-4
    rings = cells[cells.subdet == 10].groupby(["layer", "cellu"], observed=True).ngroups
    assert len(made.trigger_cells) == 144 * rings


# -- what cannot be read -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*INDICES, "x", "y", "z"])
def test_an_absent_column_is_named(cells, name):
    with pytest.raises(GeometryError, match=f"no {name}"):
        Geometry.from_positions(cells.iloc[:50].drop(columns=name))


def test_a_table_without_a_trigger_cell_is_refused(cells):
    with pytest.raises(GeometryError, match="none among 50 rows"):
        Geometry.from_positions(cells.iloc[:50].assign(x=np.nan))
    with pytest.raises(GeometryError, match="none among 0 rows"):
        Geometry.from_positions(cells.iloc[:0])


def test_rows_that_cannot_be_trigger_cells_are_counted(cells):
    some = cells.iloc[:2000].astype(dict.fromkeys(INDICES, float)).reset_index(drop=True)
    for row, (name, value) in enumerate(
        [("x", np.nan), ("z", np.inf), ("layer", 0), ("cellu", 9), ("waferu", 40), ("cellv", 1.5)]
    ):
        some.loc[row, name] = value
    made = Geometry.from_positions(some)
    assert "6 trigger cells have indices or a position that no trigger cell can have." in made.notices
    found = made.find(*(some[name] for name in INDICES))
    assert (found[6:] >= 0).all()
    assert (found[2:6] < 0).all()
