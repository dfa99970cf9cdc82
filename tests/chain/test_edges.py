"""Where an event is at an edge: of phi, of R/z, of there being anything, of numbers."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from chain_events import COLUMNS, at, modules, random_event, several_events

from bye_splits.chain import ChainParameters, run, run_many
from bye_splits.errors import ChainError

BOTH = [ChainParameters(), ChainParameters(chain="coarse_seeding")]
both_chains = pytest.mark.parametrize("parameters", BOTH, ids=lambda p: p.chain)
SEEDS = {"energy": "f8", "x_over_z": "f8", "y_over_z": "f8", "rz_bin": "i8", "phi_bin": "i8"}
CLUSTERS = dict.fromkeys(("pt", "energy", "x", "y", "z", "eta", "phi"), "f8") | {
    "n_cells": "i8",
    "seed": "i8",
}


@pytest.fixture(scope="module")
def event():
    return random_event(np.random.default_rng(6), 4, 200)


def empty(table):
    return table.iloc[:0]


@both_chains
@pytest.mark.parametrize(
    "of", [empty, lambda table: table.iloc[:1], lambda table: table], ids=["none", "one", "all"]
)
def test_types_are_the_same_however_much_there_is(event, parameters, of):
    result = run(of(event), parameters)
    assert result.histogram.shape == result.smoothed.shape == (42, 216)
    assert result.histogram.dtype == result.smoothed.dtype == np.float64
    assert result.seed_of_cell.dtype == np.int64
    assert result.seeds.dtypes.to_dict() == {name: np.dtype(kind) for name, kind in SEEDS.items()}
    assert result.clusters.dtypes.to_dict() == {name: np.dtype(kind) for name, kind in CLUSTERS.items()}


@both_chains
def test_no_trigger_cells(event, parameters):
    result = run(empty(event), parameters)
    assert not result.histogram.any()
    assert not result.smoothed.any()
    assert len(result.seeds) == len(result.clusters) == len(result.seed_of_cell) == 0
    assert result.outside == result.not_finite == 0


def test_no_trigger_cell_inside(event):
    result = run(at(0.6, np.array([0.1, 0.2]), 300.0))
    assert result.outside == 2
    assert not result.smoothed.any()
    assert result.seed_of_cell.tolist() == [-1, -1]


def test_one_trigger_cell():
    result = run(at(0.2, np.array([1.0]), 100.0, pt=3.0))
    assert len(result.seeds) == 1
    seed, cluster = result.seeds.iloc[0], result.clusters.iloc[0]
    assert (seed.rz_bin, seed.phi_bin) == (10, 142)
    assert seed.energy == pytest.approx(100 * 0.312, rel=3e-3)
    assert (seed.x_over_z, seed.y_over_z) == pytest.approx((0.2 * np.cos(1), 0.2 * np.sin(1)))
    assert cluster.pt == 3
    assert cluster.phi == pytest.approx(1)
    assert cluster.eta == pytest.approx(np.arcsinh(1 / 0.2))
    assert cluster.energy == pytest.approx(3 * np.cosh(np.arcsinh(5)))
    assert result.seed_of_cell.tolist() == [0]


def test_below_threshold_there_is_no_seed_and_at_it_neither():
    cell = at(0.2, np.array([1.0]), 100.0)
    highest = float(run(cell).seeds.energy[0])  # in single precision, as CMSSW compares it
    at_it = run(cell, ChainParameters(seed_threshold=highest))
    assert len(at_it.seeds) == len(at_it.clusters) == 0
    assert at_it.seed_of_cell.tolist() == [-1]
    assert len(run(cell, ChainParameters(seed_threshold=np.nextafter(highest, 0).item())).seeds) == 1


@pytest.mark.parametrize("association", ["min_distance", "max_energy"])
def test_at_the_radius_a_trigger_cell_is_not_clustered(association):
    """Two cells 1/64 apart in x/z, to the last bit."""
    cells = at(0.25, np.array([0.0, 0.0]), np.array([100.0, 0.0]))
    cells["x"], cells["y"], cells["z"] = [80.0, 85.0], [1.0, 1.0], [320.0, 320.0]
    for radius, seed in {0.015625: -1, 0.0156251: 0}.items():
        result = run(cells, ChainParameters(association=association, radius=radius))
        assert result.seed_of_cell.tolist() == [0, seed]


@pytest.mark.parametrize("association", ["min_distance", "max_energy"])
def test_of_equal_seeds_the_first_has_the_trigger_cell(association):
    """A cell just between two seeds of the same energy."""
    cells = at(0.25, np.zeros(3), np.array([100.0, 0.0, 100.0])).assign(z=320.0, x=80.0, y=[-10, 0, 10])
    result = run(cells, ChainParameters(association=association, radius=0.04))
    assert result.seeds.y_over_z.tolist() == [-0.03125, 0.03125]
    assert result.seeds.energy.nunique() == 1
    assert result.seed_of_cell.tolist() == [0, 0, 1]


def test_at_half_a_gev_a_cluster_is_not_kept():
    cell = at(0.2, np.array([1.0]), 100.0)
    assert len(run(cell.assign(pt=0.5)).clusters) == 0
    assert run(cell.assign(pt=0.5)).seed_of_cell.tolist() == [0]
    assert run(cell.assign(pt=0.5)).cluster_of_cell.tolist() == [-1]
    assert len(run(cell.assign(pt=np.nextafter(0.5, 1))).clusters) == 1


@pytest.mark.parametrize("y", [0.0, -0.0, 1e-12, -1e-12])
def test_phi_of_plus_and_minus_pi(y):
    """Pi in single precision is above pi, and goes on at the other end: in CMSSW too."""
    cell = at(0.2, np.array([0.0]), 100.0).assign(x=-70.0, y=y, z=350.0)
    result = run(cell)
    assert result.outside == 0
    rz_bin, phi_bin = np.argwhere(result.histogram)[0]
    assert (rz_bin, phi_bin) == (10, 215 if np.signbit(y) else 0)
    # The two bins beside phi = pi are neighbours: they are smoothed into each other.
    other = 0 if phi_bin == 215 else 215
    assert result.smoothed[10, other] == pytest.approx(result.smoothed[10, phi_bin] / 2)
    assert len(result.seeds) == 1
    assert result.seeds.x_over_z[0] == pytest.approx(-0.2)


def test_a_shower_across_phi_pi_is_one_cluster():
    result = run(at(0.2, np.array([np.pi - 0.01, -np.pi + 0.01]), np.array([90.0, 100.0])))
    assert len(result.seeds) == len(result.clusters) == 1
    assert result.seeds.phi_bin[0] == 0
    assert result.seed_of_cell.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("rz", "row"),
    [
        # What decides is the float32: next to 0.076 and 0.58 these are 0.07599999756 and 0.57999998331.
        (np.nextafter(np.float32(0.076), 1), 0),
        (0.076, None),
        (np.nextafter(np.float32(0.58), 1), None),
        (0.58, 41),
        (0.0, None),
        (3.0, None),
    ],
)
def test_limits_of_rz(rz, row):
    cell = at(0.2, np.array([0.0]), 100.0).assign(x=0.0, y=rz, z=1.0)
    result = run(cell)
    assert result.outside == (row is None)
    assert np.argwhere(result.histogram).tolist() == ([] if row is None else [[row, 162]])


def test_every_lower_edge_belongs_to_its_bin():
    """All edges of R/z and of phi, to the single precision in which they are computed."""
    i = np.arange(42)
    result = run(at(0.076 + 0.012 * (i + 1e-5), np.full(42, 0.1), 1.0))
    np.testing.assert_array_equal(result.histogram.sum(axis=1), 1)
    j = np.arange(216)
    result = run(at(0.2, -np.pi + 2 * np.pi / 216 * (j + 1e-5), 1.0))
    np.testing.assert_array_equal(result.histogram.sum(axis=0), 1)


@both_chains
@pytest.mark.parametrize("column", ["x", "y", "z", "mipPt", "pt", "layer"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_number_that_is_not_finite_leaves_its_row_out(event, parameters, column, value):
    rows = [3, 50, len(event) - 1]
    broken = event.astype({"layer": float})
    broken.loc[rows, column] = value
    result, expected = run(broken, parameters), run(event.drop(rows), parameters)
    assert result.not_finite == 3
    assert expected.not_finite == 0
    assert (result.seed_of_cell[rows] == -1).all()
    np.testing.assert_array_equal(np.delete(result.seed_of_cell, rows), expected.seed_of_cell)
    np.testing.assert_array_equal(result.smoothed, expected.smoothed)
    assert result.clusters.equals(expected.clusters)


def test_infinities_of_both_signs_in_one_row(event):
    broken = event.copy()
    broken.loc[2, ["x", "y"]] = [np.inf, -np.inf]
    assert run(broken).not_finite == 1


def test_very_large_numbers_are_finite(event):
    """Their sum need not be."""
    broken = event.copy()
    broken.loc[2, ["x", "z"]] = 1.2e308
    result = run(broken)
    assert result.not_finite == 0
    assert result.outside == run(event).outside + 1


def test_z_of_zero_is_left_out(event):
    broken = event.copy()
    broken.loc[5, "z"] = 0.0
    assert run(broken).not_finite == 1


@both_chains
def test_both_endcaps_are_not_one_event(event, parameters):
    two = pd.concat([event, event.iloc[:7].assign(z=-event.z[:7])], ignore_index=True)
    with pytest.raises(ChainError, match=rf"one endcap.*{len(event)} at z > 0 and 7 at z < 0"):
        run(two, parameters)
    shuffled = two.sample(frac=1, random_state=3)
    with pytest.raises(ChainError, match=rf"{len(event)} at z > 0 and 7 at z < 0"):
        run_many(shuffled, np.zeros(len(two), dtype=int), parameters)
    endcap = run_many(two, (two.z < 0).to_numpy().astype(int), parameters)
    np.testing.assert_array_equal(endcap.seed_of_cell[: len(event)], run(event, parameters).seed_of_cell)


@pytest.mark.parametrize("column", ["x", "z", "mipPt", "pt", "layer"])
def test_a_column_that_is_not_there(event, column):
    with pytest.raises(ChainError, match=f"no {column}\\."):
        run(event.drop(columns=column))


@pytest.mark.parametrize("column", ["waferu", "cellv"])
def test_coarse_seeding_needs_modules(event, column):
    table = event.drop(columns=column)
    assert len(run(table).seeds)
    with pytest.raises(ChainError, match=f"no {column}\\. .*default chain"):
        run(table, BOTH[1])


@both_chains
@pytest.mark.parametrize("column", ["waferu", "waferv", "cellu", "cellv"])
@pytest.mark.parametrize(
    ("value", "found"), [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf"), (2.5, "2.5")]
)
def test_a_coordinate_that_is_no_whole_number_is_said(event, parameters, column, value, found):
    broken = event.astype({column: float})
    broken.loc[[3, 50], column] = value
    message = rf"^{column} of the trigger cells: expected whole numbers, found {found} in row 3 and 1 more\."
    with pytest.raises(ChainError, match=message):
        run(broken, parameters)
    with pytest.raises(ChainError, match=message):
        run_many(broken, np.zeros(len(broken), dtype=int), parameters)
    # Rows that are left out anyway may hold anything, and whole numbers may be of any type.
    broken.loc[[3, 50], "x"] = np.nan
    assert run(broken, parameters).not_finite == 2
    assert run(event.astype({column: float}), parameters).clusters.equals(run(event, parameters).clusters)


def test_a_coordinate_that_is_no_number_is_said(event):
    with pytest.raises(
        ChainError, match=r"^waferu of the trigger cells: expected whole numbers, found '1a' in row 0"
    ):
        run(event.assign(waferu="1a"))


def test_integer_and_float32_columns_do(event):
    single = event.astype(dict.fromkeys(("x", "y", "z", "mipPt", "pt"), np.float32))
    double = single.astype(dict.fromkeys(("x", "y", "z", "mipPt", "pt"), np.float64))
    for parameters in BOTH:
        a, b = run(single, parameters), run(double, parameters)
        np.testing.assert_array_equal(a.smoothed, b.smoothed)
        assert a.clusters.equals(b.clusters)
    arrays = {name: event[name].to_numpy() for name in COLUMNS}
    assert run(arrays).clusters.equals(run(event).clusters)
    assert run(event.set_index(event.index + 1000)).clusters.equals(run(event).clusters)


def test_layers_without_a_radius_are_not_clustered(event):
    """A layer that the configuration has no radius for: beyond the last, and 0."""
    table = event.assign(layer=np.where(np.arange(len(event)) % 2, 53, 0))
    result = run(table)
    assert len(result.seeds)
    assert (result.seed_of_cell == -1).all()


def test_coarse_seeding_can_leave_out_what_is_behind_ce_e(event):
    """Its seeds stay; the other chain clusters all layers whatever is said of this one."""
    assert (event.layer > 28).any()
    only = replace(BOTH[1].cs, cells="CE-E")
    everything, front = run(event, BOTH[1]), run(event, BOTH[1].changed(cs=only))
    assert front.seeds.equals(everything.seeds)
    behind = (event.layer > 28).to_numpy()
    assert (everything.seed_of_cell[behind] >= 0).any()
    assert (front.seed_of_cell[behind] == -1).all()
    np.testing.assert_array_equal(front.seed_of_cell[~behind], everything.seed_of_cell[~behind])
    default = run(event, BOTH[0].changed(cs=only))
    np.testing.assert_array_equal(default.seed_of_cell, run(event).seed_of_cell)


@pytest.mark.parametrize(("mip", "chosen"), [(180.0, True), (np.nextafter(180, 0), False)])
def test_at_its_threshold_a_module_is_chosen(mip, chosen):
    result = run(modules((0, mip)), BOTH[1])
    assert result.stages.modules.threshold.tolist() == [180]
    assert result.stages.modules.chosen.tolist() == [chosen]
    assert len(result.seeds) == chosen


def test_at_the_threshold_a_lattice_point_is_no_seed():
    event = modules((0, 250.0))
    assert len(run(event, BOTH[1].changed(seed_threshold=250.0)).seeds) == 0
    assert len(run(event, BOTH[1].changed(seed_threshold=249.99)).seeds) == 1


@pytest.mark.parametrize(
    ("eta", "threshold"),
    [(1.4999, None), (1.5001, 170), (1.8999, 170), (1.9001, 180), (2.3001, 200), (3.2001, None)],
)
def test_thresholds_of_modules_by_eta(eta, threshold):
    event = modules((0, 900.0)).assign(x=1 / np.sinh(eta), y=0.0, z=1.0)
    result = run(event, BOTH[1])
    assert result.stages.modules.eta[0] == pytest.approx(eta)
    assert result.stages.modules.threshold.replace(np.nan, None).tolist() == [threshold]
    assert len(result.seeds) == (threshold is not None)


def test_a_module_on_an_edge_of_eta_is_in_the_interval_below():
    event = modules((0, 900.0))
    eta = float(run(event, BOTH[1]).stages.modules.eta[0])
    for edges, threshold in {
        (1.5, eta, 2.9, 3.2): 170,
        (1.5, 1.6, eta, 3.2): 180,
        (eta, 2.5, 2.9, 3.2): None,
    }.items():
        parameters = BOTH[1].changed(cs=replace(BOTH[1].cs, eta_edges=edges))
        found = run(event, parameters).stages.modules.threshold
        assert found.replace(np.nan, None).tolist() == [threshold]


def test_scintillator_is_no_module():
    table, _ = several_events(4, [(5, 200)])
    wide = table.assign(layer=9)
    tiles = table.assign(layer=9, waferu=-999, waferv=-999)
    assert len(run(wide, BOTH[1]).stages.modules) > 0
    result = run(tiles, BOTH[1])
    assert len(result.stages.modules) == len(result.seeds) == 0
