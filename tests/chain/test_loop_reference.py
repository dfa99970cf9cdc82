"""The chain against the same equations in plain loops: whole numbers bit for bit, others to 1e-6."""

from dataclasses import replace
from itertools import product

import loop_reference as loop
import numpy as np
import pytest
from chain_events import COLUMNS, at, lattice_cells, layer_z, quick, random_event
from hypothesis import example, given
from hypothesis import strategies as st

from bye_splits.chain import ChainParameters, run

EVENTS = {  # showers, single trigger cells
    "one shower": (1, 50),
    "few": (5, 300),
    "only single cells": (0, 400),
    "dense": (16, 1500),
}
SETTINGS = {
    "default": {},
    "flat_top": {"kernel": "flat_top"},
    "norm_by_area": {"norm_by_area": True},
    "flat_top, norm_by_area": {"kernel": "flat_top", "norm_by_area": True, "seed_threshold": 5.0},
    "max_energy": {"association": "max_energy"},
    "fixed radius": {"radius": 0.02},
    "max_energy, fixed radius": {"association": "max_energy", "radius": 0.06},
    "window 2, low threshold": {"seed_window": 2, "seed_threshold": 3.0},
    "everything is a candidate": {"seed_threshold": 0.0},
    "coarse_seeding": {"chain": "coarse_seeding"},
    "coarse_seeding, max_energy": {"chain": "coarse_seeding", "association": "max_energy", "radius": 0.03},
    "coarse_seeding, window 2": {"chain": "coarse_seeding", "seed_window": 2, "seed_threshold": 1.0},
}


def agrees(table, parameters):
    """Compare all that the chain returns; gives the result."""
    result = run(table, parameters)
    cells = [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]
    filled, outside = loop.histogram(cells)
    f = loop.smoothed(filled, parameters.kernel, parameters.norm_by_area)
    assert result.outside == outside
    np.testing.assert_allclose(result.histogram, filled, rtol=1e-6)
    np.testing.assert_allclose(result.smoothed, f, rtol=3e-6, atol=1e-12)
    threshold, window = parameters.seed_threshold, parameters.seed_window
    if parameters.chain == "default":
        seeds = loop.default_seeds(cells, f, threshold, window)
        names = ["energy", "x_over_z", "y_over_z", "rz_bin", "phi_bin"]
        assert result.seeds[["rz_bin", "phi_bin"]].to_numpy().tolist() == [list(seed[3:]) for seed in seeds]
    else:
        cs = parameters.cs
        seeds = loop.coarse_seeds(cells, threshold, cs.nearby, window, cs.mip_thresholds)
        names = ["energy", "x_over_z", "y_over_z"]
    assert len(result.seeds) == len(seeds)
    expected = np.array(seeds, dtype=float).reshape(-1, len(names))
    np.testing.assert_allclose(result.seeds[names], expected, rtol=1e-6, atol=1e-9)
    of_cell = loop.associate(
        cells, seeds, parameters.association, parameters.radius, parameters.cluster.slope
    )
    assert result.seed_of_cell.tolist() == of_cell
    found = loop.clusters(cells, of_cell, len(seeds))
    whole = ["n_cells", "seed"]
    assert result.clusters[whole].to_numpy().tolist() == [list(cluster[7:]) for cluster in found]
    names = ["pt", "energy", "x", "y", "z", "eta", "phi"]
    expected = np.array(found, dtype=float).reshape(-1, 9)[:, :7]
    np.testing.assert_allclose(result.clusters[names], expected, rtol=1e-6, atol=1e-9)
    return result


@pytest.fixture(scope="module")
def events():
    rng = np.random.default_rng(20)
    return {name: random_event(rng, *size) for name, size in EVENTS.items()}


@pytest.mark.parametrize(
    ("name", "setting"),
    # With 2500 seeds the loops would take their time.
    [pair for pair in product(EVENTS, SETTINGS) if pair != ("dense", "everything is a candidate")],
)
def test_random_events(events, name, setting):
    result = agrees(events[name], ChainParameters(**SETTINGS[setting]))
    if name == "dense":
        assert len(result.seeds) >= 10  # not an empty comparison
        assert (result.seed_of_cell >= 0).sum() > 1000


def test_radius_that_depends_on_eta(events):
    plain = ChainParameters()
    sloped = plain.changed(cluster=replace(plain.cluster, slope=0.02))
    result = agrees(events["few"], sloped)
    assert (result.seed_of_cell != run(events["few"], plain).seed_of_cell).any()


def test_neighbouring_modules(events):
    plain = ChainParameters(chain="coarse_seeding")
    nearby = plain.changed(cs=replace(plain.cs, nearby=True))
    for name in ("few", "dense"):
        result = agrees(events[name], nearby)
        assert 0 < len(result.seeds) <= len(run(events[name], plain).seeds)


# Small events in a few neighbouring bins, or modules: whole mipPt, so that ties are exact.
mips = st.sampled_from([1, 2, 40, 40, 80, 80, 200])
spots = st.lists(st.tuples(st.integers(-4, 4), st.integers(0, 3), mips), min_size=0, max_size=12)


def few_bins(first_row, spots):
    """Trigger cells at a few points of the bins around phi = pi, no two alike."""
    rz = np.array(
        [0.076 + 0.012 * (first_row + row + 0.31 + 0.021 * n) for n, (_, row, _) in enumerate(spots)]
    )
    phi = np.array([(j + 0.37 + 0.013 * n) * 2 * np.pi / 216 for n, (j, _, _) in enumerate(spots)])
    layers = np.array([(7, 9, 11, 30)[n % 4] for n in range(len(spots))], dtype=int)
    phi = np.pi + phi
    return at(rz, np.arctan2(np.sin(phi), np.cos(phi)), np.array([mip for *_, mip in spots]), layers)


@quick(40)
@given(st.sampled_from([0, 11, 26, 38]), spots, st.sampled_from(["default", "flat_top"]), st.integers(1, 2))
@example(0, [(0, 0, 80), (1, 0, 80)], "default", 1)
@example(11, [(0, 0, 80), (0, 1, 80), (1, 0, 80), (1, 1, 80)], "default", 1)
@example(11, [(0, 1, 80), (2, 1, 80)], "flat_top", 1)
@example(38, [(0, 3, 80), (1, 3, 80), (0, 2, 80)], "flat_top", 2)
def test_small_events(first_row, spots, kernel, window):
    association = ("min_distance", "max_energy")[len(spots) % 2]
    agrees(
        few_bins(first_row, spots),
        ChainParameters(kernel=kernel, seed_window=window, association=association),
    )


lattice_spots = st.lists(
    st.tuples(st.integers(-3, 3), st.integers(-3, 3), st.sampled_from([7, 9, 15]), mips), max_size=14
)


@quick(40)
@given(lattice_spots, st.booleans(), st.integers(1, 2))
@example([(0, 0, 7, 200), (1, 0, 7, 200), (1, 1, 9, 200)], False, 1)
@example([(0, 0, 7, 200), (-1, 0, 7, 200), (0, -1, 9, 200), (-1, -1, 9, 200)], True, 1)
def test_small_events_of_modules(spots, nearby, window):
    """Around a corner of three modules, with thresholds that some of them pass."""
    rows, x, y = lattice_cells()
    near = np.argsort(np.hypot(x - 66.6, y - 30.1))[:49].reshape(7, 7)
    cell = np.array([near[u + 3, v + 3] for u, v, *_ in spots], dtype=int)
    table = at(np.zeros(len(spots)), 0.0, np.array([mip for *_, mip in spots]))
    table["layer"] = np.array([layer for *_, layer, _ in spots], dtype=np.int64)
    table["x"], table["y"], table["z"] = x[cell], y[cell], layer_z(table["layer"].to_numpy())
    for name, column in zip(("waferu", "waferv", "cellu", "cellv"), rows[cell].T, strict=True):
        table[name] = column
    assert set(COLUMNS) <= set(table)
    plain = ChainParameters(chain="coarse_seeding", seed_window=window)
    agrees(table, plain.changed(cs=replace(plain.cs, nearby=nearby, mip_thresholds=(50.0, 60.0, 70.0))))
