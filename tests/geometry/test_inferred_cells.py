"""Positions that are not of single trigger cells, missing layers, tiles, and positions that are wrong."""

import numpy as np
import other_geometries as others
import pandas as pd
import pytest

from bye_splits.geometry import Geometry
from bye_splits.geometry.rings import EDGES_V15, PHI_STEP

COARSE = "means of several"
N_PHI = 144


def found(geometry, cells):
    return geometry.find(*(cells[name] for name in others.INDICES))


def outlines_and_positions(geometry, cells):
    """Outlines as drawn, the cells' positions in the +z endcap, and the numbers."""
    number = found(geometry, cells)
    assert (number >= 0).all()
    x = np.where(cells["z"] < 0, -cells["x"], cells["x"])
    points = np.stack([x, cells["y"]], axis=1).astype(float)
    return geometry.corners(number).astype(float), points, number


# -- coarsened ----------------------------------------------------------------------------------------------


def coarsened(cells):
    """Each cell at the mean of its position and that of a cell beside it in its wafer."""
    group = cells.groupby(["layer", "waferu", "waferv", "cellu", cells["cellv"] // 2])
    return cells.assign(**{name: group[name].transform("mean") for name in "xyz"})


@pytest.mark.parametrize("name", ["V11", "V17", "unknown"])
@pytest.mark.parametrize(("kind", "n"), [("PU0", 5), ("PU200", 1)])
def test_means_of_pairs_are_recognised_and_drawn_about_themselves(name, kind, n):
    truth = others.truth(name)
    rows = np.unique(np.concatenate(others.events(truth.cells, kind, n, seed=8)))
    everything = others.as_file(truth, np.arange(len(truth.cells)))
    cells = coarsened(everything).iloc[rows].reset_index(drop=True)
    made = Geometry.from_positions(cells)
    assert made.coarsened
    assert [COARSE in notice for notice in made.notices] == [True]
    outlines, points, number = outlines_and_positions(made, cells)
    assert others.held(outlines, points).all()
    middle = outlines.mean(axis=1)
    assert np.hypot(*(middle - points).T).max() < 1.5  # a cut cell's position is not its rhombus' middle
    single = cells.merge(truth.cells, on=others.INDICES, suffixes=("", "_true"))
    single = np.hypot(single["x"] - single["x_true"], single["y"] - single["y_true"]).to_numpy() < 1e-3
    assert 0 < single.mean() < 0.3, "those without a second one in their wafer"
    assert not made.sure(number)[~single].any()
    assert len(made.trigger_cells) == len(cells), "no cell is concluded from positions of pairs"


def test_positions_of_single_cells_are_not_taken_for_means():
    truth = others.truth("displaced")
    for kind in ("PU0", "PU200"):
        rows = others.events(truth.cells, kind, 1, seed=8)[0]
        made = Geometry.from_positions(others.as_file(truth, rows))
        assert not made.coarsened
        assert made.fit.median < 0.01


# -- missing layers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["V16", "V17"])
@pytest.mark.parametrize(("kind", "n"), [("PU0", 30), ("PU200", 1)])
def test_a_missing_layer_28_is_reported(name, kind, n):
    truth = others.truth(name)
    rows = np.concatenate(others.events(truth.cells, kind, n, seed=9))
    cells = others.as_file(truth, rows)
    assert Geometry.from_positions(cells).notices == ()
    made = Geometry.from_positions(cells[cells["layer"] != 28])
    (notice,) = made.notices
    assert notice.startswith("Layer 28, number 2 of CE-H, has no trigger cells in this file")
    assert "V11's list of disconnected layers" in notice
    assert 28 not in made.layers
    assert made.n_layers == 47
    (other,) = Geometry.from_positions(cells[cells["layer"] != 31]).notices
    assert other == "Layer 31, number 5 of CE-H, has no trigger cells in this file."


def test_a_few_cells_do_not_show_that_a_layer_is_missing():
    truth = others.truth("V17")
    cells = others.as_file(truth, others.events(truth.cells, "PU0", 1, seed=9)[0][::20])
    assert Geometry.from_positions(cells[cells["layer"] != 28]).notices == ()


# -- scintillator -------------------------------------------------------------------------------------------


def tiles(layer, ieta, inner, outer, z, r=None):
    """All trigger cells of rings between these radii, by ieta; the mean of 2 x 2 tiles, or at radii r."""
    ieta, iphi = (k.ravel() for k in np.meshgrid(ieta, np.arange(1, N_PHI + 1), indexing="ij"))
    radius = ((inner + outer) / 2 * np.cos(PHI_STEP / 4) if r is None else r).repeat(N_PHI)
    phi = (iphi - 0.5) * PHI_STEP
    cells = {"layer": layer, "waferu": -999, "waferv": -999, "cellu": ieta, "cellv": iphi}
    position = {"x": radius * np.cos(phi), "y": radius * np.sin(phi), "z": np.full(len(phi), z)}
    position = {key: values.astype(np.float32) for key, values in position.items()}
    return {k: np.broadcast_to(v, len(phi)) for k, v in cells.items()} | position


def rings_of(kind):
    """Layer, ieta, inner and outer radii [cm], plane [cm] of a layer's rings."""
    if kind == "V15 on":
        ieta = np.arange(4, 20)
        return 40, ieta, EDGES_V15[2 * ieta - 2], EDGES_V15[2 * ieta], 447.28
    edges = np.geomspace(153.706, 217.918, 9)  # 24 fine rings, three by three
    return 34, np.arange(10, 18), edges[:-1], edges[1:], 411.916


@pytest.mark.parametrize("kind", ["V15 on", "fine"])
@pytest.mark.parametrize("part", [1.0, 0.1])
def test_tiles_of_other_rings(kind, part):
    layer, ieta, inner, outer, z = rings_of(kind)
    cells = pd.DataFrame(tiles(layer, ieta, inner, outer, z))
    seen = cells.sample(frac=part, random_state=2)
    made = Geometry.from_positions(seen)
    whole = made.trigger_cells
    assert len(whole) == N_PHI * len(ieta), "144 in phi, all around"
    assert np.array_equal(np.bincount(whole["cellv"])[1:], np.full(N_PHI, len(ieta)))
    outlines, points, number = outlines_and_positions(made, cells)
    assert others.held(outlines, points).all()
    assert made.sure(number).all()
    np.testing.assert_array_equal(made.covering(cells["x"], cells["y"], cells["z"]), number)
    by = outlines.reshape(len(ieta), N_PHI, 4, 2)
    r = np.linalg.norm(by, axis=-1)
    np.testing.assert_allclose(r[:-1, :, 1], r[1:, :, 0], atol=1e-4, err_msg="neighbours in r")
    np.testing.assert_array_equal(by[:, :, 2], np.roll(by, -1, axis=1)[:, :, 1], err_msg="neighbours in phi")
    np.testing.assert_array_equal(by[:, :, 3], np.roll(by, -1, axis=1)[:, :, 0])
    off = 1e-3 if kind == "V15 on" else 0.5  # of rings that no table has the edges are between the cells
    np.testing.assert_allclose(r[:, 0, 0], inner, atol=off)
    np.testing.assert_allclose(r[:, 0, 1], outer, atol=off)


def test_silicon_and_tiles_of_a_layer(geometry):
    cells = geometry.trigger_cells
    some = cells[cells["layer"] == 41].sample(frac=0.5, random_state=3)
    made = Geometry.from_positions(some)
    outlines, points, _ = outlines_and_positions(made, some)
    assert others.held(outlines, points).all()
    np.testing.assert_allclose(outlines, geometry.corners(some.index.to_numpy()), atol=1e-3)
    assert made.tile_z[41] == pytest.approx(geometry.tile_z[41], abs=1e-3)


# -- positions that are wrong -------------------------------------------------------------------------------


def swapped(cells):
    return cells.assign(x=cells["y"], y=cells["x"])


def in_mm(cells):
    return cells.assign(**{name: 10 * cells[name] for name in "xyz"})


@pytest.mark.parametrize("wrong", [in_mm, swapped, lambda cells: cells.assign(layer=cells["layer"] + 1)])
@pytest.mark.parametrize("name", ["V11", "unknown"])
def test_wrong_positions_are_not_drawn_elsewhere(name, wrong):
    """Whatever is wrong with them: a cell that is drawn is drawn about the file's own position."""
    truth = others.truth(name)
    cells = wrong(others.as_file(truth, np.concatenate(others.events(truth.cells, "PU0", 3, seed=10))))
    made = Geometry.from_positions(cells)
    outlines, points, number = outlines_and_positions(made, cells)
    drawn = made.agrees(number, cells["x"], cells["y"], cells["z"])
    assert drawn.mean() > 0.99
    assert others.held(outlines, points)[drawn].all()
