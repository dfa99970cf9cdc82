"""Why a bin or a lattice point is no seed: the neighbour that beats it, by the rule that finds the seeds."""

from dataclasses import replace

import numpy as np
import pytest
from chain_events import random_event, toy_event

from bye_splits.chain import ChainParameters, coarse_seeding, local_maxima, run
from bye_splits.chain.seed_rule import SmoothedBins, neighbours
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.samples.events import CellColumns

legacies = pytest.mark.parametrize("legacy", [False, True])
windows = pytest.mark.parametrize("window", [1, 2, 3])


@pytest.fixture(scope="module")
def events():
    """Electrons, and one in pile-up, of the toy sample; an event of many showers."""
    geometry = Geometry.v11()
    columns = CellColumns(geometry)
    electrons = toy.block("electrons", 0, 11, 0, geometry, columns)
    pileup = toy.block("electrons", 200, 11, 0, geometry, columns)
    quiet = [toy_event(electrons, n)[0] for n in (0, 12, 40)]
    return [*quiet, toy_event(pileup, 0)[0], random_event(np.random.default_rng(8), 6, 300)]


# -- bins -------------------------------------------------------------------------------------------------


def slow_winner(f, i, j, window, legacy):
    """((d_rz, d_phi), value) of the highest neighbour that a bin has to be above and is not."""
    best = None
    for d_rz in (1, 0, -1):
        for d_phi in range(-window, window + 1):
            if (d_rz, d_phi) == (0, 0) or not 0 <= i + d_rz < len(f):
                continue
            other = f[i + d_rz][(j + d_phi) % len(f[0])]
            first = not legacy and (d_phi < 0 or (d_phi == 0 and d_rz == 1))
            if (other > f[i][j] or (first and other == f[i][j])) and (best is None or other > best[1]):
                best = (d_rz, d_phi), other
    return best


@legacies
@windows
def test_bins_with_ties_against_a_slow_loop(window, legacy):
    rng = np.random.default_rng(window)
    smoothed = rng.choice([0.0, 10.0, 30.0, 40.0, 50.0], (3, 9, 24), p=[0.3, 0.2, 0.2, 0.2, 0.1])
    winner, equal = local_maxima.beaten_by(SmoothedBins(smoothed), 20.0, window, legacy)
    places = neighbours(window)
    found = 0
    for (n, i, j), value in np.ndenumerate(smoothed):
        expected = slow_winner(smoothed[n].tolist(), i, j, window, legacy) if value > 20 else None
        number = winner[n, i, j]
        assert (number < 0) == (expected is None)
        if expected is not None:
            assert (places[number], equal[n, i, j]) == (expected[0], expected[1] == value)
            found += equal[n, i, j]
    assert found == 0 if legacy else found > 50


@legacies
@windows
@pytest.mark.parametrize("kernel", ["default", "flat_top"])
def test_a_bin_is_a_seed_or_beaten(events, kernel, window, legacy):
    parameters = ChainParameters(kernel=kernel, seed_window=window, legacy=legacy, seed_threshold=4.0)
    for cells in events:
        result = run(cells, parameters)
        smoothed = result.smoothed
        (winner,), (equal,) = local_maxima.beaten_by(SmoothedBins(smoothed[None]), 4.0, window, legacy)
        is_seed = np.zeros(smoothed.shape, dtype=bool)
        is_seed[result.seeds.rz_bin, result.seeds.phi_bin] = True
        assert is_seed.any()
        assert np.array_equal(winner >= 0, (smoothed > 4) & ~is_seed)
        rz_bin, phi_bin = np.nonzero(winner >= 0)
        d_rz, d_phi = np.array(neighbours(window))[winner[rz_bin, phi_bin]].T
        other = smoothed[rz_bin + d_rz, (phi_bin + d_phi) % smoothed.shape[1]]
        mine, tie = smoothed[rz_bin, phi_bin], equal[rz_bin, phi_bin]
        assert (other[~tie] > mine[~tie]).all()
        assert (other[tie] == mine[tie]).all()
        assert not (legacy and tie.any())
        assert not equal[winner < 0].any()


def test_nothing_is_beaten_where_there_is_nothing():
    winner, equal = local_maxima.beaten_by(SmoothedBins(np.zeros((1, 42, 216))), 20.0)
    assert (winner == -1).all()
    assert not equal.any()


# -- lattice points -----------------------------------------------------------------------------------------


def parameters_of(window, legacy, nearby=False, hexagonal=True):
    made = ChainParameters(chain="coarse_seeding", seed_window=window, legacy=legacy, seed_threshold=4.0)
    return made.changed(cs=replace(made.cs, nearby=nearby, hexagonal=hexagonal))


def winners(table, parameters):
    return coarse_seeding.beaten_by(
        table,
        parameters.seed_threshold,
        parameters.seed_window,
        parameters.cs.hexagonal,
        parameters.legacy,
    )


@legacies
@windows
@pytest.mark.parametrize("nearby", [False, True])
@pytest.mark.parametrize("coarse", [False, True], ids=["mipPt as it is", "in steps of 8"])
def test_points_against_a_slow_loop(events, window, legacy, nearby, coarse):
    """With mipPt in steps many points are equal."""
    parameters = parameters_of(window, legacy, nearby, hexagonal=window != 2)
    ties = 0
    for cells in events:
        if coarse:
            cells = cells.assign(mipPt=8 * np.ceil(cells.mipPt / 8))
        table = run(cells, parameters).stages.lattice
        rows = table[["U", "V", "mipPt", "waferu", "waferv"]].to_numpy().tolist()
        at = {(u, v, None if legacy else (a, b)): row for row, (u, v, _, a, b) in enumerate(rows)}
        offsets = coarse_seeding.window(window, parameters.cs.hexagonal)
        for row, winner in enumerate(winners(table, parameters).tolist()):
            u, v, mine, a, b = rows[row]
            best = -1
            for du, dv in offsets if mine > 4 else ():
                k = at.get((u + du, v + dv, None if legacy else (a, b)), -1)
                other = rows[k][2] if k >= 0 else -1.0
                first = not legacy and (du, dv) < (0, 0)
                if (other > mine or (first and other == mine)) and (best < 0 or other > rows[best][2]):
                    best = k
            assert winner == best
            ties += winner >= 0 and rows[winner][2] == mine
    assert (ties > 10) == (coarse and not legacy)


@legacies
@windows
@pytest.mark.parametrize("nearby", [False, True])
def test_a_point_of_a_module_is_a_seed_or_beaten(events, window, legacy, nearby):
    parameters = parameters_of(window, legacy, nearby)
    n_seeds = 0
    for cells in events:
        result = run(cells, parameters)
        table = result.stages.lattice
        winner = winners(table, parameters)
        above, central = (table.mipPt > 4).to_numpy(), table.central.to_numpy()
        assert np.array_equal(table.seed >= 0, above & central & (winner < 0))
        assert not (winner >= 0)[~above].any()
        n_seeds += len(result.seeds)
    assert n_seeds > 3


def test_without_points_nothing_is_beaten(events):
    parameters = parameters_of(1, False)
    table = run(events[0].iloc[:1], parameters).stages.lattice
    assert len(table) == 0
    assert len(winners(table, parameters)) == 0
