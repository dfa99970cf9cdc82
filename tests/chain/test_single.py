"""Single precision, to the last bit."""

import ctypes
import hashlib

import numpy as np
import pytest
from chain_events import at, random_event

from bye_splits.chain import ChainParameters, run, single
from bye_splits.chain.cells import Cells
from bye_splits.chain.clustering import associate
from bye_splits.chain.histogram import STAGE2, Binning, azimuth, bins, directions, fill

PI = np.float32(np.pi)
BELOW = np.nextafter(PI, np.float32(0))
# Of atan2f of glibc 2.36, x86-64, with the points of `spread`.
DIGEST = "c75cd855d6def5387c4c4ade76db1e468c6fba633c5cdf2f8ce19fddac651e7f"

# Of cosf and sinf of the same library.
DIGEST_OF_CIRCLE = "97da883ba80cebcab97cb6dfceeb562095f24237f4447ac33cbbaee4e4d12c6b"


def spread():
    """200 000 points all around, the same everywhere: y and x, float32."""
    n = np.arange(200_000)
    x, y = (n * 7919) % 60_001 - 30_000, (n * 104_729) % 59_999 - 29_999
    return y.astype(np.float32) / np.float32(128), x.astype(np.float32) / np.float32(128)


def test_angles_are_those_of_the_c_library():
    y, x = spread()
    assert hashlib.sha256(single.atan2(y, x).tobytes()).hexdigest() == DIGEST
    # Those of numpy are others, and not the same on all processors.
    assert (
        single.atan2(y, x) != np.arctan2(y.astype(float), x.astype(float)).astype(np.float32)
    ).sum() > 1000


def test_angles_are_close_to_those_of_the_c_library_that_is_here():
    """Its version decides whether they are the same to the last bit."""
    atan2f = ctypes.CDLL(None).atan2f
    atan2f.restype, atan2f.argtypes = ctypes.c_float, [ctypes.c_float] * 2
    y, x = (values[::40] for values in spread())
    theirs = np.array([atan2f(*pair) for pair in zip(y.tolist(), x.tolist(), strict=True)], dtype=np.float32)
    apart = np.abs(single.atan2(y, x) - theirs)
    assert (apart <= 2 * np.spacing(np.abs(theirs))).all()


def test_sines_are_those_of_the_c_library():
    n = np.arange(200_000)
    angle = ((n * 7919) % 60_001 - 30_000).astype(np.float32) / np.float32(9000)
    cos, sin = single.circle(angle)
    assert hashlib.sha256(np.concatenate([cos, sin]).tobytes()).hexdigest() == DIGEST_OF_CIRCLE
    assert (cos != np.cos(angle.astype(float)).astype(np.float32)).sum() > 1000


@pytest.mark.parametrize("scale", [1.0, 1e-30, 1e30])
def test_angles_on_the_axes(scale):
    """With the sign of zero, and where the ratio is beyond all numbers."""
    x = np.array([1, -1, 1, -1, 0, -0.0, 0, -0.0, 0, -0.0], dtype=np.float32) * np.float32(scale)
    y = np.array([0, 0, -0.0, -0.0, 1, 1, -1, -1, 0, 0], dtype=np.float32) * np.float32(scale)
    half = np.float32(np.pi / 2)
    expected = np.array([0, PI, -0.0, -PI, half, half, -half, -half, 0, PI], dtype=np.float32)
    assert single.atan2(y, x).tobytes() == expected.tobytes()


@pytest.mark.parametrize(
    ("y", "x", "phi", "phi_bin"),
    [
        (0.0, -50.0, -BELOW, 0),  # pi in single precision is above pi
        (-0.0, -50.0, BELOW, 215),
        (1e-6, -50.0, -BELOW, 0),
        (-1e-6, -50.0, BELOW, 215),
        (2e-5, -50.0, BELOW, 215),
        (-2e-5, -50.0, -BELOW, 0),
        (0.0, 50.0, 0.0, 108),
        (-1e-6, 50.0, np.float32(-2e-8), 107),
    ],
)
def test_phi_is_reduced_as_it_is_binned(y, x, phi, phi_bin):
    found = azimuth([x], [y])
    assert found[0] == pytest.approx(phi, rel=1e-7)
    assert np.abs(found[0].astype(float)) < np.pi
    assert bins([x], [y], [350.0])[1].tolist() == [phi_bin]


def test_r_over_z_has_the_rounding_of_mean_positions():
    """Multiplied with mipPt and divided by it, in single precision; R in double precision."""
    cells = random_event(np.random.default_rng(3), 4, 2000)
    x, y, z, mip = (cells[name].to_numpy(np.float32) for name in ("x", "y", "z", "mipPt"))
    mean = [values * mip / mip for values in (x, y, z)]
    u, v = mean[0] / mean[2], mean[1] / mean[2]
    rz = np.sqrt(u.astype(float) ** 2 + v.astype(float) ** 2).astype(np.float32)
    x_over_z, y_over_z, r_over_z = directions(x, y, z, mip)
    np.testing.assert_array_equal(x_over_z, u)
    np.testing.assert_array_equal(y_over_z, v)
    np.testing.assert_array_equal(r_over_z, rz)
    assert (rz != directions(x, y, z)[2]).any()  # it does matter


def test_without_mip_a_direction_is_that_of_the_position():
    mip = np.array([0.0, -0.0, np.inf, 1e-45, 1e38], dtype=np.float32)
    x, y, z = (np.full(5, value, dtype=np.float32) for value in (60.0, 30.0, 330.0))
    for found, expected in zip(directions(x, y, z, mip), directions(x, y, z), strict=True):
        np.testing.assert_allclose(found, expected, rtol=3e-7)


def test_one_place_makes_the_bins():
    """Those of the chain, of the table's columns and of a histogram that is filled are the same."""
    cells = random_event(np.random.default_rng(4), 6, 3000)
    cells.loc[::7, "y"] = 0.0
    cells.loc[::11, "y"] = cells.loc[::11, "x"] * np.sqrt(3)
    columns = [cells[name] for name in "xyz"]
    for legacy in (False, True):
        binning = Binning(legacy=legacy)
        made = Cells.of(cells, legacy=legacy)
        rz_bin, phi_bin, inside = binning.bins(made.r_over_z, made.phi)
        for a, b in zip(
            (rz_bin[inside], phi_bin[inside], inside), _inside(*columns, binning, cells["mipPt"]), strict=True
        ):
            np.testing.assert_array_equal(a, b)
        histogram, outside = fill(*columns, cells["mipPt"].to_numpy(), binning)
        result = run(cells, ChainParameters(legacy=legacy))
        np.testing.assert_allclose(result.histogram, histogram, rtol=0 if legacy else 1e-6)
        assert result.outside == outside == (~inside).sum()


def _inside(x, y, z, binning, mip):
    rz_bin, phi_bin, inside = bins(x, y, z, binning, mip)
    return rz_bin[inside], phi_bin[inside], inside


def test_numbers_that_are_not_finite_are_outside():
    for value in (np.nan, np.inf, 1e300):
        _, _, inside = bins([value, 60.0], [60.0, value], [330.0, 330.0])
        assert not inside.any()
    assert not bins([60.0], [0.0], [0.0])[2].any()


def test_double_precision_is_rounded_first():
    """A point that double precision sees below the edge at 60 degrees, and single precision above it."""
    rng = np.random.default_rng(5)
    x = rng.uniform(20, 90, 20_000)
    y = x * np.sqrt(3) * (1 + rng.uniform(-1e-7, 1e-7, 20_000))
    narrow = [values.astype(np.float32) for values in (x, y)]
    found, expected = bins(x, y, np.full(20_000, 330.0))[1], bins(*narrow, np.full(20_000, 330.0))[1]
    np.testing.assert_array_equal(found, expected)
    double = STAGE2.bins(np.full(20_000, 0.2), np.arctan2(y, x))[1]
    assert set(found) == set(double) == {143, 144}
    assert (found != double).sum() > 1000


def test_directions_of_seeds_are_summed_up_in_single_precision():
    rng = np.random.default_rng(6)
    n = 400
    cells = at(
        0.2 + rng.uniform(-0.002, 0.002, n), 1.0 + rng.uniform(0, 0.001, n), rng.exponential(20, n) + 1
    )
    result = run(cells, ChainParameters(seed_threshold=100.0))
    assert len(result.seeds) == 1
    made = Cells.of(cells)
    (i, j) = result.seeds[["rz_bin", "phi_bin"]].iloc[0]
    rz_bin, phi_bin, _ = STAGE2.bins(made.r_over_z, made.phi)
    mine = np.flatnonzero((rz_bin == i) & (phi_bin == j))
    total, x = np.float32(0), np.float32(0)
    for row in mine:
        total = np.float32(float(total) + made.mip[row])
        x = np.float32(float(x) + float(made.x_over_z[row]) * made.mip[row])
    assert len(mine) > 100
    assert result.seeds.x_over_z[0] == x / total
    assert x / total != np.float32(np.average(made.x_over_z[mine], weights=made.mip[mine]))


def test_sums_beyond_single_precision_have_a_direction():
    cells = at(0.2, np.array([1.0, 1.0001]), np.array([2e38, 3e38]), pt=2.0)
    result = run(cells)
    assert result.seed_of_cell.tolist() == [0, 0]
    assert np.hypot(result.seeds.x_over_z[0], result.seeds.y_over_z[0]) == pytest.approx(0.2, rel=1e-6)


@pytest.mark.parametrize("swap", [False, True])
def test_of_equal_roots_the_first_seed_has_the_trigger_cell(swap):
    """The squares of two distances differ, their roots in single precision do not."""
    cell = at(0.2, np.array([0.3]), 10.0)
    made = Cells.of(cell)
    x, y = made.x_over_z[0], made.y_over_z[0]
    step = np.float32(2.0**-28)
    for k in range(200):
        near, far = (
            np.array([x + np.float32(0.01), y + np.float32(0.001) + n * step], dtype=np.float32)
            for n in (k, k + 1)
        )
        squares = [np.sum((place - np.array([x, y])) ** 2) for place in (near, far)]
        if squares[0] < squares[1] and np.sqrt(squares[0]) == np.sqrt(squares[1]):
            break
    else:
        raise AssertionError("no such pair")
    places = np.array([far, near] if swap else [near, far]).astype(float)
    seeds = {
        "event": np.zeros(2, dtype=np.int64),
        "energy": np.ones(2),
        "x_over_z": places[:, 0],
        "y_over_z": places[:, 1],
    }
    assert associate(made, seeds, np.array([0.05]), "min_distance")[0].tolist() == [0]
    older = associate(Cells.of(cell, legacy=True), seeds, np.array([0.05]), "min_distance")
    assert older[0].tolist() == [1 if swap else 0]
