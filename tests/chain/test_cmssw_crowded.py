"""Bins that are equal but for the last digit: the figures are those of CMSSW's C++, compiled.

In double precision, or in another order of the sums, other bins are seeds.
"""

import numpy as np
import pandas as pd
import pytest
from chain_events import at

from bye_splits.chain import ChainParameters, run, run_many
from bye_splits.chain.histogram import PHI_EDGES, RZ_EDGES

RZ, PHI = ((edges[1:] + edges[:-1]) / 2 for edges in (RZ_EDGES, PHI_EDGES))


def in_bins(rz_bin, phi_bin, mip):
    """Trigger cells in the middle of bins."""
    return at(RZ[rz_bin], PHI[phi_bin], mip)


def crowd(n):
    """Trigger cells of whole mipPt, several in each bin of a part of the endcap."""
    k = np.arange(n)
    return in_bins(10 + (k * 7919) % 13, 90 + (k * 104_729) % 31, 1 + (k * 31) % 5)


def bins_of(seeds):
    return seeds[["rz_bin", "phi_bin"]].to_numpy().tolist()


@pytest.mark.parametrize(
    ("cells", "seeds"),
    [
        (([10, 11, 10], [101, 102, 103], [100.1, 100.1, 33.3]), {(10, 101): 41.621341705322266}),
        (([10, 11, 10], [103, 101, 100], [33.3, 64.7, 64.7]), {(11, 101): 26.522106170654297}),
        (
            ([11, 10, 11, 10], [101, 100, 100, 102], [64.7, 64.7, 44.1, 100.1]),
            {(10, 100): 39.90596008300781, (10, 102): 43.02873229980469},
        ),
        (([11, 11, 10, 10], [101, 103, 101, 101], [33.3, 64.7, 64.7, 64.7]), {(10, 101): 48.073509216308594}),
    ],
)
def test_bins_that_single_precision_tells_apart(cells, seeds):
    result = run(in_bins(*cells))
    assert bins_of(result.seeds) == list(map(list, seeds))
    assert result.seeds.energy.tolist() == list(seeds.values())


SEEDS_OF_CROWD = {
    "max": [(11, 116), (11, 118), (14, 96), (18, 103), (19, 108), (21, 113)],
    "secondary_max": [
        (11, 116),
        (11, 118),
        (14, 96),
        (18, 103),
        (19, 108),
        (21, 113),
        (13, 94),
        (15, 98),
        (16, 96),
        (16, 101),
        (16, 103),
        (18, 105),
        (20, 111),
        (21, 115),
    ],
}


@pytest.mark.parametrize("seeding", SEEDS_OF_CROWD)
def test_a_crowd_of_equal_trigger_cells(seeding):
    parameters = ChainParameters(seeding=seeding, seed_threshold=5.0)
    cells = crowd(300)
    expected = list(map(list, SEEDS_OF_CROWD[seeding]))
    assert bins_of(run(cells, parameters).seeds) == expected
    twice = pd.concat([cells, cells], ignore_index=True)
    many = run_many(twice, np.repeat([0, 1], len(cells)), parameters)
    assert bins_of(many.seeds) == 2 * expected


def test_empty_bins_that_expect_less_than_nothing():
    """Neighbours at the corners have negative weights of the second order."""
    parameters = ChainParameters(
        seeding="interpolated_max",
        neighbour_weights="second_order",
        seed_position="bin_centre",
        seed_threshold=1.0,
    )
    result = run(in_bins([30], [100], [8000.0]), parameters)
    assert bins_of(result.seeds) == [[28, 98], [28, 102], [30, 100], [32, 98], [32, 102]]
    assert np.float32(result.seeds.energy).tolist() == [0, 0, np.float32(3430.759033), 0, 0]
    assert result.seed_of_cell.tolist() == [2]


@pytest.mark.parametrize(
    ("phi_bin", "x", "y"),
    [
        (11, -0.1908026486635208, -0.06632007658481598),
        (63, 0.05511368066072464, -0.19433601200580597),
        (145, 0.09327322244644165, 0.1791761964559555),
        (152, 0.05511368066072464, 0.19433601200580597),
    ],
)
def test_middles_of_bins_whose_sines_are_not_the_nearest_numbers(phi_bin, x, y):
    seeds = run(in_bins([10], [phi_bin], [300.0]), ChainParameters(seed_position="bin_centre")).seeds
    assert seeds[["x_over_z", "y_over_z"]].to_numpy().tolist() == [[x, y]]


def test_spreads_where_phi_is_half_a_turn():
    """Phi is between -pi and pi in double precision, and rounded then; so is the reduced difference."""
    phi = np.pi + np.array([0, 2e-7, -3e-7, 4e-7])
    cells = at(0.2, phi, [100.0, 90.0, 80.0, 70.0], layer=np.array([9, 9, 11, 11]))
    cells = cells.astype(dict.fromkeys(("x", "y", "z", "mipPt", "pt"), np.float32))
    shapes = run(cells).shapes
    assert shapes[["spptot", "sppmax"]].to_numpy().tolist() == [[2.553482829625864e-07, 4.76837158203125e-07]]
