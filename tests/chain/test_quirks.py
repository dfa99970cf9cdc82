"""Known faults of the older chain: right here, and with `legacy`, where it has them, as they were."""

import numpy as np
import pandas as pd
import pytest
from chain_events import at, lattice_cells, modules, several_events

from bye_splits.chain import ChainParameters, run, run_many

LEGACY = ChainParameters(legacy=True)
FLAT_TOP = ChainParameters(kernel="flat_top")
COARSE = ChainParameters(chain="coarse_seeding")
WIDTH = 2 * np.pi / 216


def in_bins(*places, mip=100.0, pt=None):
    """Trigger cells a little off the middles of the bins (i, j)."""
    i, j = np.array(places).T
    return at(0.076 + 0.012 * (i + 0.52), -np.pi + WIDTH * (j + 0.52), np.full(len(i), mip), pt=pt)


def bins_of(result):
    return result.seeds[["rz_bin", "phi_bin"]].to_numpy().tolist()


@pytest.mark.parametrize(
    ("places", "seed"),
    [
        ([(20, 100), (20, 101)], [20, 100]),  # the lower phi
        ([(20, 100), (21, 100)], [21, 100]),  # the higher R/z
        ([(20, 100), (20, 101), (21, 100), (21, 101)], [21, 100]),
        ([(20, 100), (21, 101)], [20, 100]),
        ([(20, 215), (20, 0)], [20, 215]),  # 215 is west of 0
    ],
)
def test_equal_bins_are_one_seed(places, seed):
    """In CMSSW too; the older chain makes a seed of each."""
    smoothed = run(in_bins(*places)).smoothed
    equal = sorted([i, j] for i, j in np.argwhere(smoothed == smoothed.max()))
    result = run(in_bins(*places))
    assert bins_of(result) == [seed]
    assert len(result.clusters) == 1
    older = run(in_bins(*places), LEGACY)
    assert len(older.seeds) == len(equal) >= 2
    assert sorted(bins_of(older)) == equal


def test_a_ring_that_is_equal_all_around_has_no_seed():
    ring = in_bins(*[(20, j) for j in range(216)])
    assert len(run(ring).seeds) == 0
    assert len(run(ring, LEGACY).seeds) == 216


def test_a_seed_in_an_empty_bin_has_a_direction():
    """With flat_top two equal deposits two bins apart have their maximum between them."""
    cells = in_bins((20, 100), (20, 102), mip=200.0)
    result = run(cells, FLAT_TOP)
    assert bins_of(result) == [[20, 101]]
    assert result.histogram[20, 101] == 0
    seed = result.seeds.iloc[0]
    assert seed.x_over_z == pytest.approx((cells.x / cells.z).mean())
    assert seed.y_over_z == pytest.approx((cells.y / cells.z).mean())
    assert len(result.clusters) == 1
    assert result.clusters.n_cells[0] == 2
    # The older chain does it for an event's first seed too, as the mean of its two neighbours.
    first = run(cells, FLAT_TOP.changed(legacy=True)).seeds
    np.testing.assert_allclose(first, result.seeds)


def test_a_later_seed_in_an_empty_bin_has_a_direction():
    cells = in_bins((5, 30), (20, 100), (20, 102), (5, 29), (5, 31), mip=300.0)
    cells.loc[3:, "mipPt"] = 50.0
    result = run(cells, FLAT_TOP)
    assert bins_of(result) == [[5, 30], [20, 101]]
    assert np.isfinite(result.seeds).all(axis=None)
    assert result.seed_of_cell.tolist() == [0, 1, 1, 0, 0]
    older = run(cells, FLAT_TOP.changed(legacy=True))
    assert bins_of(older) == bins_of(result)
    assert np.isnan(older.seeds.x_over_z[1])
    assert older.seed_of_cell.tolist() == [0, -1, -1, 0, 0]
    assert len(older.clusters) == 1


def test_a_lone_bin_is_one_seed_with_flat_top():
    """Its plateau is three bins wide: one seed, in the first of them, and in the direction of the deposit."""
    cells = in_bins((5, 30), mip=300.0)
    result = run(cells, FLAT_TOP)
    assert bins_of(result) == [[5, 29]]
    assert result.seeds.x_over_z[0] == pytest.approx((cells.x / cells.z)[0])
    assert result.seed_of_cell.tolist() == [0]
    assert bins_of(run(cells, FLAT_TOP.changed(legacy=True))) == [[5, 29], [5, 30], [5, 31]]


@pytest.mark.parametrize("middle", [0, 215])
def test_a_seed_in_an_empty_bin_beside_phi_pi(middle):
    cells = in_bins((20, (middle - 1) % 216), (20, (middle + 1) % 216), mip=200.0)
    result = run(cells, FLAT_TOP)
    assert bins_of(result) == [[20, middle]]
    assert result.seed_of_cell.tolist() == [0, 0]
    older = run(cells, FLAT_TOP.changed(legacy=True))  # found no bin 216, and ended
    assert np.isnan(older.seeds.x_over_z[0]) == (middle == 215)


def test_a_value_on_the_lowest_edge_of_rz_is_inside_and_on_the_highest_is_counted():
    cell = at(0.2, np.array([0.0]), 100.0).assign(x=0.0, z=1.0)
    lowest, highest = (cell.assign(y=float(np.nextafter(np.float32(edge), 1))) for edge in (0.076, 0.58))
    assert run(lowest).outside == 0
    assert run(lowest).histogram[0].sum() == 100
    assert run(highest).outside == 1
    # Bins that hold their upper edge: lost without a word there, and counted here even so.
    lowest, highest = cell.assign(y=0.076), cell.assign(y=0.58)
    assert run(lowest, LEGACY).histogram.sum() == 0
    assert run(lowest, LEGACY).outside == 1
    assert run(highest, LEGACY).histogram[41].sum() == 100


def test_phi_of_zero_is_the_lower_edge_of_its_bin():
    cell = at(0.2, np.array([0.0]), 100.0)
    assert bins_of(run(cell)) == [[10, 108]]
    assert bins_of(run(cell, LEGACY)) == [[10, 107]]


@pytest.mark.parametrize("phi", [3.141591, -3.141591, np.pi])
def test_phi_goes_all_around(phi):
    """The older limits are +-3.14159: what is beyond was lost, and its shower with it."""
    cells = at(0.2, np.array([phi, 1.0]), np.array([100.0, 80.0]))
    result = run(cells)
    assert result.outside == 0
    assert result.histogram.sum() == 180
    assert len(result.seeds) == 2
    older = run(cells, LEGACY)
    assert older.outside == 1
    assert older.histogram.sum() == 80
    assert len(older.seeds) == 1


def test_an_event_without_clusters_does_not_move_the_others():
    """The older programs number the events that have clusters, and so pair those after with the wrong one."""
    table, event = several_events(2, [(3, 40), (0, 6), (3, 40)])
    for parameters in (ChainParameters(), COARSE):
        result = run_many(table, event, parameters)
        assert set(result.clusters.event) == {0, 2}
        for number in (0, 1, 2):
            mine = (
                result.clusters[result.clusters.event == number].drop(columns="event").reset_index(drop=True)
            )
            pd.testing.assert_frame_equal(mine, run(table[event == number], parameters).clusters)
    # Two events whose clusters are the same are two events, each with its own.
    twice = pd.concat([table[event == 0]] * 2, ignore_index=True)
    result = run_many(twice, np.repeat([0, 1], (event == 0).sum()))
    first, second = (result.clusters[result.clusters.event == n].drop(columns="event") for n in (0, 1))
    assert first.reset_index(drop=True).equals(second.reset_index(drop=True))


def border():
    """Numbers of two neighbouring points in two modules, as `modules` counts them."""
    rows, x, y = lattice_cells()
    near = np.argsort(np.hypot(x - 66.6, y - 30.1))[:60]
    for a in range(60):
        for b in range(a):
            one, other = near[a], near[b]
            close = np.hypot(x[one] - x[other], y[one] - y[other]) < 2.5
            if close and (rows[one, :2] != rows[other, :2]).any():
                return b, a
    raise AssertionError


def test_a_module_sees_its_own_trigger_cells_only():
    """The older chain gave those of all chosen modules to each: a larger neighbour across the border won."""
    a, b = border()
    table = modules((a, 300), (b, 250))
    result = run(table, COARSE)
    assert sorted(result.seeds.energy) == [250, 300]
    assert result.stages.lattice.central.all()
    assert len(result.stages.lattice) == 2  # no copies
    older = run(table, COARSE.changed(legacy=True))
    assert older.seeds.energy.tolist() == [300]
    # A neighbour that is not chosen takes nothing away in either.
    weak = modules((a, 160), (b, 250))
    for legacy in (False, True):
        assert run(weak, COARSE.changed(legacy=legacy)).seeds.energy.tolist() == [250]


def test_equal_lattice_points_are_one_seed():
    table = modules((0, 300), (0, 300))
    table["cellu"], table["cellv"] = [4, 3], [3, 3]
    result = run(table, COARSE)
    assert len(result.seeds) == 1
    lattice = result.stages.lattice
    assert lattice[lattice.seed >= 0].U.tolist() == [lattice.U.min()]
    assert len(run(table, COARSE.changed(legacy=True)).seeds) == 2


@pytest.mark.parametrize("legacy", [False, True])
def test_a_radius_holds_in_every_layer(legacy):
    """The older studies of radii gave it to odd layers only, and even ones none: half of CE-H was lost."""
    layers = np.arange(1, 51)
    cells = at(0.2, np.full(50, 1.0), 20.0, layers)
    result = run(cells, ChainParameters(radius=0.01, legacy=legacy))
    assert (result.seed_of_cell == 0).all()
    assert result.clusters.n_cells.tolist() == [50]
    by_layer = run(cells, ChainParameters(legacy=legacy))
    assert (by_layer.seed_of_cell == 0).all()


def test_unclustered_trigger_cells_have_no_seed():
    """The older table gave them the number after the last seed."""
    result = run(in_bins((20, 100), (3, 10), mip=100.0).assign(mipPt=[100.0, 1.0]))
    assert len(result.seeds) == 1
    assert result.seed_of_cell.tolist() == [0, -1]
    assert result.cluster_of_cell.tolist() == [0, -1]
