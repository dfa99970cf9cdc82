"""Which trigger cells there are, against tabulated numbers and against the sensor cells."""

import numpy as np
import pandas as pd
import pytest
from polygons import holds, rotated

from bye_splits.geometry import Geometry, v11, wafers
from bye_splits.geometry import constants as c

# Trigger layer -> wafers with a corner in the active ring, silicon trigger cells; an independent calculation.
TABLE = {
    **{1: (342, 14085), 3: (342, 14253), 5: (342, 14475), 7: (342, 14646), 9: (354, 14868), 11: (354, 15057)},
    **{13: (354, 15276), 15: (360, 15453), 17: (360, 15696), 19: (372, 15873), 21: (372, 16095)},
    **{23: (372, 16281), 25: (378, 16536), 27: (390, 16707), 29: (390, 16767), 30: (402, 17196)},
    **{31: (414, 17589), 32: (420, 17997), 33: (429, 18393), 34: (447, 19005), 35: (474, 20622)},
    **{36: (516, 22317)},
    **dict.fromkeys(range(37, 41), (333, 13935)),
    **dict.fromkeys((41, 42), (261, 10410)),
    **dict.fromkeys(range(43, 47), (192, 7285)),
    **dict.fromkeys(range(47, 51), (147, 5265)),
}
CEE_CELLS, CEH_SILICON_CELLS, TILE_CELLS = 215_301, 276_642, 29_232
# Wafers that have a trigger cell, with sensors of 120, 200, 300 um by the majority of their corners.
BY_MAJORITY = {1: (54, 108, 168), 27: (54, 102, 222), 29: (48, 102, 240), 36: (21, 75, 420)}
IETA = {
    **{37: (9, 15), 38: (9, 15), 39: (9, 16), 40: (9, 17), 41: (7, 18), 42: (7, 19)},
    **dict.fromkeys(range(43, 47), (4, 20)),
    **{47: (1, 20), 48: (1, 20), 49: (1, 20), 50: (1, 19)},
}


def majority(z, x, y, corner_r):
    """Sensor thickness by the majority of the corners alone, as the table has it."""
    z = max(abs(z), c.THICKNESS_Z_MIN)
    within_120, within_200 = (
        (corner_r <= np.polyval(limit, z)).sum(axis=1) >= 4 for limit in (c.R_120_UM, c.R_200_UM)
    )
    return np.select([within_120, within_200], [0, 1], default=2)


@pytest.fixture(scope="module")
def by_majority():
    """The table of trigger cells if thickness went by the majority of the corners."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wafers, "_thickness", majority)
        return v11.trigger_cells()


@pytest.fixture(scope="module")
def silicon(cells):
    return cells[cells.subdet != 10]


@pytest.fixture(scope="module")
def whole(cells, geometry):
    """The trigger cells of wafers that lie in the active ring with all corners, 0.5 cm from its rims."""
    limit = c.outer_radius()
    limit[list(c.R_MIXED)] = list(c.R_MIXED.values())
    table = geometry.wafers
    corners = table[["x", "y"]].to_numpy()[:, None] + wafers.hexagon()
    r = np.hypot(corners[..., 0], corners[..., 1])
    inside = (r.min(axis=1) > c.inner_radius()[table.layer] + 0.5) & (r.max(axis=1) < limit[table.layer])
    keys = ["layer", "waferu", "waferv"]
    rows = pd.MultiIndex.from_frame(cells[keys]).isin(pd.MultiIndex.from_frame(table.loc[inside, keys]))
    return cells[rows]


def test_all_cells(cells):
    assert 500_000 <= len(cells) <= 530_000
    by_section = cells.subdet.value_counts()
    assert sorted(by_section.index) == [1, 2, 10]
    assert by_section[1] == CEE_CELLS  # exact
    assert by_section[10] == TILE_CELLS  # exact
    # The table takes a simpler rule for the thickness, on which the fate of a few cells at the rims depends.
    assert abs(by_section[2] - CEH_SILICON_CELLS) <= 30


@pytest.mark.parametrize("layer", [layer for layer in TABLE if layer < 37])
def test_cells_of_unmixed_layers_are_as_tabulated(silicon, layer):
    assert (silicon.layer == layer).sum() == TABLE[layer][1]  # exact


@pytest.mark.parametrize("layer", range(37, 51))
def test_silicon_of_mixed_layers_is_as_tabulated(silicon, layer):
    # The table gives one rounded number for a group of layers, and thickness by majority.
    assert (silicon.layer == layer).sum() == pytest.approx(TABLE[layer][1], rel=2e-3)


def test_all_silicon_is_as_tabulated_under_the_rule_of_the_table(by_majority):
    counts = by_majority.subdet.value_counts()
    assert (counts[1], counts[2], counts[10]) == (CEE_CELLS, CEH_SILICON_CELLS, TILE_CELLS)


@pytest.mark.parametrize("layer", BY_MAJORITY)
def test_thickness_by_majority_is_as_tabulated(monkeypatch, geometry, layer):
    monkeypatch.setattr(wafers, "_thickness", majority)
    waferu, waferv, kind = wafers.wafers_of_layer(layer)
    has_cells = geometry.wafers.query("layer == @layer")
    has_cells = pd.MultiIndex.from_frame(has_cells[["waferu", "waferv"]])
    there = pd.MultiIndex.from_arrays([waferu, waferv]).isin(has_cells)
    assert tuple(np.bincount(kind[there], minlength=3)) == BY_MAJORITY[layer]


@pytest.mark.parametrize("layer", TABLE)
def test_wafers_are_as_tabulated(geometry, layer):
    waferu, _, kind = wafers.wafers_of_layer(layer)
    assert len(waferu) == TABLE[layer][0]  # exact
    # A wafer with nothing but a bare corner in the ring has no sensor cell there, and no row in the table.
    assert 0 <= len(waferu) - (geometry.wafers.layer == layer).sum() <= 12
    assert set(np.unique(kind)) <= {0, 1, 2}


@pytest.mark.parametrize("layer", IETA)
def test_tiles_of_a_layer(cells, layer):
    tiles = cells[(cells.layer == layer) & (cells.subdet == 10)]
    assert (tiles.cellu.min(), tiles.cellu.max()) == IETA[layer]
    assert len(tiles) == 144 * (IETA[layer][1] - IETA[layer][0] + 1)
    assert (tiles.waferu == -999).all()
    assert (tiles.waferv == -999).all()
    np.testing.assert_array_equal(np.unique(tiles.cellv), np.arange(1, 145))
    # Half-filled: the innermost up to layer 40, the outermost except in layers 38, 39 and 50.
    half = set(tiles.cellu[tiles.part == "partial"])
    expected = {IETA[layer][0]} if layer <= 40 else set()
    if layer not in (38, 39, 50):
        expected |= {IETA[layer][1]}
    assert half == expected


def test_no_tiles_before_the_mixed_layers(cells):
    assert cells.layer[cells.subdet == 10].min() == 37
    assert (cells.subdet[cells.layer <= 28] == 1).all()
    assert (cells.subdet[cells.layer.between(29, 36)] == 2).all()


def test_full_wafers_have_48_cells(geometry, silicon):
    full = silicon[silicon.part == "full"]
    wafer = full.groupby(["layer", "waferu", "waferv"])
    assert (wafer.size() == 48).all()
    pairs = full[["cellu", "cellv"]].drop_duplicates()
    assert len(pairs) == 48
    u, v = pairs.cellu, pairs.cellv
    assert (u.between(0, 7) & v.between(0, 7) & (v - u < 4) & (u - v <= 4)).all()
    right, bottom = (u >= 4) & (v >= 4), (u < 4) & (u <= v)
    assert (right.sum(), bottom.sum(), (~right & ~bottom).sum()) == (16, 16, 16)
    np.testing.assert_array_equal(np.bincount(wafers.rhombus_indices(u, v)[0], minlength=3), [16, 16, 16])
    partial = silicon[silicon.part == "partial"].groupby(["layer", "waferu", "waferv"]).size()
    assert partial.between(1, 47).all()
    assert partial.nunique() > 5


def test_wafer_table(geometry, silicon, whole):
    table = geometry.wafers
    assert list(table.columns) == [
        "layer",
        "waferu",
        "waferv",
        "x",
        "y",
        "n_cells",
        "part",
        "turn",
        "mirrored",
        "fine",
        "certain",
    ]
    assert not table.duplicated(["layer", "waferu", "waferv"]).any()
    assert table.n_cells.sum() == len(silicon)
    np.testing.assert_array_equal(table.part == "full", table.n_cells == 48)
    layers = table.layer.value_counts()
    assert [layers[k] for k in BY_MAJORITY] == [sum(n) for n in BY_MAJORITY.values()]
    assert (layers[7], (table.part[table.layer == 7] == "full").sum()) == (342, 264)
    # Centres are the mean of the cells of whole wafers, to the precision of the positions.
    mean = whole.groupby(["layer", "waferu", "waferv"])[["x", "y"]].mean()
    assert len(mean) > 8000
    centre = table.set_index(["layer", "waferu", "waferv"]).loc[mean.index, ["x", "y"]]
    np.testing.assert_allclose(centre, mean, rtol=0, atol=1e-3)


def test_wafers_alternate_about_a_corner_in_ceh(geometry):
    at_origin = geometry.wafers.query("waferu == 5 and waferv == 3").set_index("layer")
    shift = 16.74408 / np.sqrt(3)
    for layer, row in at_origin.iterrows():
        expected = 0 if layer <= 28 else shift if layer % 2 else -shift
        assert row.x == pytest.approx((-10 + 3) * 16.74408 / 2)
        assert row.y == pytest.approx(3 * 16.74408 * np.sqrt(3) / 2 + expected)
    assert len(at_origin) == 36


@pytest.mark.parametrize("per_side", [8, 12])
def test_sensor_cells_are_partitioned(per_side):
    """Every sensor cell is in one trigger cell, the one that CMSSW's HGCSiliconDetId puts it in."""
    cellu, cellv, xy = wafers.sensor_cells(per_side)
    assert xy.shape == (48, per_side**2 // 16, 2)
    radius = c.WAFER_SIZE / (3 * per_side)
    v = (xy[..., 0] / radius - 1) / 1.5 + per_side
    u = (xy[..., 1] / (radius * np.sqrt(3) / 2) + v + per_side) / 2
    np.testing.assert_allclose(u, np.rint(u), atol=1e-9)
    np.testing.assert_allclose(v, np.rint(v), atol=1e-9)
    u, v = np.rint(u).astype(int), np.rint(v).astype(int)
    every = {
        (i, j)
        for i in range(2 * per_side)
        for j in range(2 * per_side)
        if j - i < per_side and i - j <= per_side
    }
    assert len(every) == {8: 192, 12: 432}[per_side] == u.size
    assert set(zip(u.ravel().tolist(), v.ravel().tolist(), strict=True)) == every
    m = per_side // 4
    right, bottom = (u >= per_side) & (v >= per_side), (u < per_side) & (u <= v)
    trigger_u = np.select([right, bottom], [u // m, u // m], 1 + (u - (v % m + 1)) // m)
    trigger_v = np.select([right, bottom], [v // m, (v - u) // m + u // m], v // m)
    np.testing.assert_array_equal(trigger_u, np.broadcast_to(cellu[:, None], u.shape))
    np.testing.assert_array_equal(trigger_v, np.broadcast_to(cellv[:, None], v.shape))


def test_positions_are_means_of_sensor_cells(whole):
    """They lie aside of a lattice of 48 large sensor cells by tabulated steps, longer in fine sensors."""
    assert (whole.part == "full").all()
    radius, u, v = c.WAFER_SIZE / 12, whole.cellu.to_numpy(), whole.cellv.to_numpy()
    lattice = np.stack([1.5 * (v - 4) + 1, (2 * u - v - 4) * np.sqrt(3) / 2], axis=1) * radius
    centre = np.stack(wafers.wafer_centres(whole.layer, whole.waferu, whole.waferv), axis=1)
    aside = whole[["x", "y"]].to_numpy() - centre - lattice
    right, bottom = (whole.cellu >= 4) & (whole.cellv >= 4), (whole.cellu < 4) & (whole.cellu <= whole.cellv)
    region = np.select([right, bottom], [0, 1], default=2)
    coarse = np.array([(-0.173, 0.300), (0.347, 0.0), (-0.173, -0.300)])[region]
    fine = np.array([(-0.231, 0.400), (0.462, 0.0), (-0.231, -0.400)])[region]
    is_coarse, is_fine = (np.abs(aside - step).max(axis=1) < 1.5e-3 for step in (coarse, fine))
    assert (is_coarse ^ is_fine).all()
    assert min(is_fine.sum(), is_coarse.sum()) > 10_000


def test_tile_positions_are_means_of_tiles(cells):
    """Of four tiles, or of two in a half-filled cell, each 1.25 degrees wide."""
    of_cells = cells[cells.subdet == 10]
    edges, layer = c.ring_edges(), of_cells.layer.to_numpy()
    first, last = (
        np.array([rings.get(k, 0) for k in range(51)]) for rings in (c.TILE_RING_MIN, c.TILE_RING_MAX)
    )
    total, n = np.zeros((2, len(of_cells))), np.zeros(len(of_cells))
    for row in (1, 2):
        ring = 2 * (of_cells.cellu.to_numpy() - 1) + row
        there = (ring >= first[layer]) & (ring <= last[layer])
        r = (edges[ring - 1] + edges[np.minimum(ring, 39)]) / 2
        for column in (1, 2):
            phi = np.radians((2 * (of_cells.cellv.to_numpy() - 1) + column - 0.5) * 1.25)
            total += np.where(there, r * np.stack([np.cos(phi), np.sin(phi)]), 0)
            n += there
    np.testing.assert_allclose(of_cells[["x", "y"]].T, total / n, rtol=0, atol=1e-4)


@pytest.mark.parametrize("layer", [1, 15, 29, 36, 39, 45])
def test_thickness_of_wafers(layer):
    """By the corners, and where they do not decide, by the part of the area within a radius."""
    waferu, waferv, kind = wafers.wafers_of_layer(layer)
    x, y = wafers.wafer_centres(layer, waferu, waferv)
    z = max(c.layer_z()[layer], 335)
    r_120, r_200 = (
        sum(a * z**k for a, k in zip(p, (4, 3, 2, 1, 0), strict=True)) for p in (c.R_120_UM, c.R_200_UM)
    )
    corner = np.stack([x, y], axis=1)[:, None] + wafers.hexagon(c.PITCH)
    corner_r = np.hypot(corner[..., 0], corner[..., 1])
    n_120 = (corner_r <= r_120).sum(axis=1)
    n_200 = (corner_r <= r_200).sum(axis=1) - n_120
    grid = np.random.default_rng(2).uniform(-10, 10, (60_000, 2))
    grid = grid[holds(wafers.hexagon()[None], grid)[0]]
    seen = set()
    for k in range(len(kind)):
        r = np.hypot(x[k] + grid[:, 0], y[k] + grid[:, 1])
        part_120, part_200 = (r <= r_120).mean(), (r <= r_200).mean()
        if n_120[k] >= 4:
            expected = 0
        elif n_200[k] >= 4 and n_120[k] <= 1:
            expected = 1
        elif n_200[k] < 2 and n_120[k] == 0:
            expected = 2
        else:
            part = part_120 if n_120[k] else part_200
            if abs(part - 0.2) < 0.01:
                continue  # too close to the cut for this grid
            expected = (0 if part > 0.2 else 1) if n_120[k] else (1 if part > 0.2 else 2)
            seen.add(expected)
        assert kind[k] == expected, (waferu[k], waferv[k])
    assert len(seen) >= 2


@pytest.mark.parametrize("layer", [1, 13, 27, 29, 36, 40, 47, 50])
def test_wafer_lattice_is_closed_under_rotation(geometry, layer):
    table = geometry.wafers.query("layer == @layer")
    degrees = 60 if layer <= 28 else 120
    turned = np.stack(rotated(table.x, table.y, degrees), axis=1)
    apart = np.linalg.norm(turned[:, None] - table[["x", "y"]].to_numpy(), axis=2).min(axis=1)
    assert apart.max() < 1e-6
    if layer > 28:  # CE-H is centred on a wafer's corner
        turned = np.stack(rotated(table.x, table.y, 60), axis=1)
        apart = np.linalg.norm(turned[:, None] - table[["x", "y"]].to_numpy(), axis=2).min(axis=1)
        assert apart.min() > 1


def test_cells_are_closed_under_a_third_of_a_turn(geometry, cells):
    x, y = rotated(cells.x.astype(float), cells.y.astype(float), 120)
    image = geometry.covering(x, y, cells.z)
    np.testing.assert_array_equal(np.sort(image), np.arange(len(cells)))
    there = cells.iloc[image]
    np.testing.assert_allclose(there.x, x, atol=1e-3)
    np.testing.assert_allclose(there.y, y, atol=1e-3)
    np.testing.assert_array_equal(there.layer, cells.layer)


def test_table_is_as_documented(cells):
    assert isinstance(cells.index, pd.RangeIndex)
    assert (cells.index.start, cells.index.step) == (0, 1)
    integers = ["subdet", "layer", "waferu", "waferv", "cellu", "cellv"]
    assert list(cells.columns) == [*integers, "x", "y", "z", "part"]
    assert (cells.dtypes[integers] == np.int16).all()
    assert (cells.dtypes[["x", "y", "z"]] == np.float32).all()
    assert list(cells.part.cat.categories) == ["full", "partial"]
    assert not cells.isna().any(axis=None)
    assert not cells.duplicated(["layer", "waferu", "waferv", "cellu", "cellv"]).any()
    order = cells.sort_values(["layer", "subdet", "waferu", "waferv", "cellu", "cellv"]).index
    np.testing.assert_array_equal(order, np.arange(len(cells)))


def test_one_object_that_nobody_can_change(geometry):
    assert Geometry.v11() is geometry
    table, wafer_table = geometry.trigger_cells, geometry.wafers
    table.loc[0, "layer"] = 99
    table["x"] = 0.0
    wafer_table.loc[0, "n_cells"] = -1
    assert geometry.trigger_cells.layer[0] == 1
    assert geometry.trigger_cells.x.abs().max() > 200
    assert geometry.wafers.n_cells.min() > 0
    with pytest.raises(ValueError, match="read-only"):
        geometry.layer_z[1] = 0
    with pytest.raises(ValueError, match="read-only"):
        geometry.trigger_cells["x"].to_numpy()[0] = 0
