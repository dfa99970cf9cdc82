"""From indices and from points to trigger cell numbers."""

import numpy as np
import pytest
from polygons import distance, holds

from bye_splits.geometry import constants as c

KEYS = ["layer", "waferu", "waferv", "cellu", "cellv"]
PITCH = 16.74408


@pytest.fixture(scope="module")
def keys(cells):
    return [cells[name].to_numpy() for name in KEYS]


def test_find_every_cell(geometry, cells, keys):
    numbers = geometry.find(*keys)
    assert numbers.dtype == np.int64
    np.testing.assert_array_equal(numbers, np.arange(len(cells)))


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.float32, np.float64])
def test_find_takes_any_kind_of_number(geometry, keys, dtype):
    some = [k[::997].astype(dtype) for k in keys]
    np.testing.assert_array_equal(geometry.find(*some), np.arange(len(keys[0]))[::997])


def test_covering_every_position(geometry, cells):
    x, y, z = (cells[name].to_numpy() for name in "xyz")
    numbers = geometry.covering(x, y, z)
    assert numbers.dtype == np.int64
    np.testing.assert_array_equal(numbers, np.arange(len(cells)))
    np.testing.assert_array_equal(geometry.covering(-x, y, -z), np.arange(len(cells)))


def test_find_and_covering_are_inverse(geometry, cells, keys):
    covering = geometry.covering(cells.x, cells.y, cells.z)
    np.testing.assert_array_equal(geometry.find(*(k[covering] for k in keys)), covering)


def test_the_other_endcap_is_mirrored_in_x(geometry, cells):
    """Away from x = 0 the unmirrored point is in another cell, so that the test can tell."""
    some = cells[(cells.layer == 30) & (cells.x.abs() > 5) & (cells.part == "full")]
    there = geometry.covering(some.x, some.y, -some.z)
    assert (there != some.index).all()
    assert (there >= 0).all()
    np.testing.assert_array_equal(np.sign(cells.x[there].to_numpy()), -np.sign(some.x))


@pytest.mark.parametrize(
    "garbage",
    [
        -1,
        -16,
        8,
        16,
        17,
        51,
        255,
        256,
        1000,
        -999,
        32767,
        2**31,
        -(2**31),
        2**62,
        2**63 - 1,
        -(2**63),
        2**64 - 1,
    ],
)
@pytest.mark.parametrize("at", range(5))
@pytest.mark.parametrize("kind", ["silicon", "tile"])
def test_find_says_minus_one_to_garbage(geometry, cells, garbage, at, kind):
    row = cells[(cells.subdet == 10) == (kind == "tile")].iloc[1000]
    good = [int(row[k]) for k in KEYS]
    assert geometry.find(*good).tolist() == [row.name]
    bad = list(good)
    bad[at] = garbage
    is_there = (cells[KEYS] == bad).all(axis=1) if abs(garbage) < 2**15 else np.zeros(len(cells), bool)
    expected = np.flatnonzero(is_there).tolist() or [-1]
    assert geometry.find(*bad).tolist() == expected
    # The same among good ones, as an array
    several = [np.array([g, b, g]) for g, b in zip(good, bad, strict=True)]
    assert geometry.find(*several).tolist() == [row.name, *expected, row.name]


@pytest.mark.parametrize("garbage", [np.nan, np.inf, -np.inf, 1.5, -0.5, 1e300])
@pytest.mark.parametrize("at", range(5))
def test_find_says_minus_one_to_what_is_no_index(geometry, keys, garbage, at):
    columns = [k[:3].astype(float) for k in keys]
    columns[at][1] = garbage
    assert geometry.find(*columns).tolist() == [0, -1, 2]


def test_find_random_garbage(geometry, keys, cells):
    """A number comes back only for indices that stand in the table at that number."""
    rng = np.random.default_rng(3)
    shape = (5, 200_000)
    wild = rng.integers(-(2**63), 2**63 - 1, shape)
    tame = rng.integers([[-2], [-17], [-17], [-2], [-2]], [[53], [18], [18], [10], [10]], shape)
    assert (geometry.find(*wild) == -1).all()
    found = geometry.find(*tame)
    assert 0.05 < (found >= 0).mean() < 0.95
    hit = found >= 0
    for name, column in zip(KEYS, tame, strict=True):
        np.testing.assert_array_equal(cells[name].to_numpy()[found[hit]], column[hit])
    pairs = np.unique(tame[:, hit], axis=1).shape[1]
    assert len(np.unique(found[hit])) == pairs


def test_find_knows_no_even_layer_of_the_ce_e(geometry):
    assert geometry.find(np.arange(52), 5, 3, 0, 0).tolist().count(-1) == 52 - 36
    assert (geometry.find(np.arange(2, 29, 2), 5, 3, 0, 0) == -1).all()


def test_scalars_and_nothing(geometry, cells):
    row = cells.iloc[4321]
    assert geometry.covering(float(row.x), float(row.y), float(row.z)).tolist() == [4321]
    assert geometry.covering([row.x, 0.0], row.y, row.z).tolist()[0] == 4321
    for empty in ([], np.zeros(0), np.zeros(0, dtype=np.float32)):
        for result in (geometry.covering(empty, empty, empty), geometry.find(*[empty] * 5)):
            assert (result.dtype, result.shape) == (np.int64, (0,))


@pytest.mark.parametrize(
    ("x", "y", "z"),
    [
        (0.0, 0.0, 322.103),  # the beam pipe
        (20.0, 0.0, 322.103),
        (0.0, 160.0, 322.103),  # beyond the first layer
        (0.0, 270.0, 513.149),  # beyond the last one
        (0.0, 260.0, 512.949),
        (1e4, 0.0, 322.103),
        (0.0, -1e30, 322.103),
        (1e308, 1e308, 322.103),
        (-1e308, 1e308, 513.149),
        (50.0, 50.0, 323.047),  # an even layer of CE-E
        (50.0, 50.0, 323.6),  # between layers
        (50.0, 50.0, 364.0),  # between CE-E and CE-H
        (50.0, 50.0, 0.0),
        (50.0, 50.0, -0.0),
        (50.0, 50.0, 300.0),
        (50.0, 50.0, 600.0),
        (50.0, 50.0, 1e300),
        (np.nan, 50.0, 322.103),
        (50.0, np.nan, 322.103),
        (50.0, 50.0, np.nan),
        (np.inf, 50.0, 322.103),
        (50.0, -np.inf, 322.103),
        (50.0, 50.0, np.inf),
        (50.0, 50.0, -np.inf),
    ],
)
def test_nothing_covers_a_point_outside(geometry, x, y, z):
    assert geometry.covering(x, y, z).tolist() == [-1]
    assert geometry.covering([50.0, x, 50.0], [50.0, y, 50.0], [322.103, z, -322.103])[[0, 2]].min() >= 0


def test_tolerance_in_z(geometry, cells):
    row = cells.iloc[100]
    off = np.array([-0.31, -0.29, 0.0, 0.29, 0.31])
    assert (geometry.covering(row.x, row.y, row.z + off) == 100).tolist() == [False, True, True, True, False]
    assert geometry.covering(row.x, row.y, row.z + off)[[0, 4]].tolist() == [-1, -1]


def test_the_closer_plane_wins_where_silicon_and_tiles_overlap(geometry, cells):
    """Ring 18 of layer 37 starts at 152.07 cm, and the silicon reaches 153.7 cm."""
    r, phi = 152.8, np.radians(np.arange(0, 360, 0.5))
    on_tiles = geometry.covering(r * np.cos(phi), r * np.sin(phi), geometry.tile_z[37])
    on_silicon = geometry.covering(r * np.cos(phi), r * np.sin(phi), geometry.layer_z[37])
    assert (cells.subdet[on_tiles] == 10).all()
    assert (on_silicon >= 0).all()
    assert (cells.subdet[on_silicon] == 2).mean() > 0.5
    np.testing.assert_array_equal(cells.layer[on_tiles], 37)


@pytest.mark.parametrize("layer", [13, 35])
def test_the_gap_between_wafers_goes_to_the_nearest_cell(geometry, cells, layer):
    table = geometry.wafers
    full = table[(table.layer == layer) & (table.part == "full")]
    wafer = full.iloc[np.hypot(full.x - 70, full.y).argmin()]
    centre = np.array([wafer.x, wafer.y])
    rng = np.random.default_rng(5)
    angle = np.repeat(np.pi / 3 * np.arange(6), 300)
    out, along = rng.uniform(8.3221, 8.4219, 1800), rng.uniform(-4.7, 4.7, 1800)
    points = centre + np.stack(
        [out * np.cos(angle) - along * np.sin(angle), out * np.sin(angle) + along * np.cos(angle)], axis=1
    )
    near = np.hypot(table.x - wafer.x, table.y - wafer.y) < 1.1 * PITCH
    near = table[near & (table.layer == layer)]
    assert len(near) == 7
    assert (near.part == "full").all()
    wanted = set(zip(near.waferu, near.waferv, strict=True))
    mine = [pair in wanted for pair in zip(cells.waferu, cells.waferv, strict=True)]
    numbers = np.flatnonzero(np.array(mine) & (cells.layer == layer))
    outlines = geometry.corners(numbers)
    assert len(numbers) == 7 * 48
    assert not holds(outlines, points).any()  # all of them are in the gap
    to_cell = distance(outlines, points)
    covering = geometry.covering(*points.T, geometry.layer_z[layer])
    assert np.isin(covering, numbers).all()
    chosen = to_cell[np.searchsorted(numbers, covering), np.arange(len(points))]
    # The slanted side between two cells is continued into the gap: one may be nearer by a fraction of it.
    assert np.max(chosen - to_cell.min(axis=0)) < 0.01
    assert np.mean(chosen - to_cell.min(axis=0) > 2e-5) < 0.01
    assert len(np.unique(covering)) > 40


def test_numbers_of_layer(geometry, cells):
    layer = cells.layer.to_numpy()
    for asked in range(1, 51):
        numbers = geometry.numbers_of_layer(asked)
        assert numbers.dtype == np.int64
        np.testing.assert_array_equal(numbers, np.flatnonzero(layer == asked))
        assert (np.diff((cells.subdet[numbers] == 10).astype(int)) >= 0).all()  # silicon first
    for no_layer in (-1, 0, 2, 28, 51, 1000):
        numbers = geometry.numbers_of_layer(no_layer)
        assert (numbers.dtype, numbers.shape) == (np.int64, (0,))


def test_constants_cover_every_layer_with_tiles(cells):
    assert set(cells.layer[cells.subdet == 10]) == set(c.TILE_RING_MIN) == set(c.TILE_RING_MAX)
