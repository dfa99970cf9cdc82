"""What became of each particle on a grid of radii and thresholds is what the chain gives point by point."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bye_splits.chain import ChainParameters
from bye_splits.chain.chains import CHAINS
from bye_splits.chain.clustering import ASSOCIATIONS
from bye_splits.data import open_source
from bye_splits.errors import ChainError
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.studies.one_pass import one_pass
from bye_splits.studies.outcome_grid import outcome_grid
from bye_splits.studies.particles import outcomes

LOWEST, LARGEST = 3.0, 0.06
RADII = np.array([0.0, 0.004, 0.011, 0.03, 0.031, 0.06])
THRESHOLDS = np.array([3.0, 5.0, 20.0, 33.0, 60.0, 1e4])


@pytest.fixture(scope="module", params=[("electrons", 0, 40), ("photons", 200, 2)], ids=["PU0", "PU200"])
def sample(request, tmp_path_factory):
    """Trigger cells, their endcap, the number of endcaps, and three particles of some of them."""
    particle, pileup, events = request.param
    path = tmp_path_factory.mktemp("outcome_grid") / "sample.root"
    toy.write_sample(path, particle, pileup, events, 1, None, Geometry.v11())
    with open_source(path) as source:
        (batch,) = source.batches(cells=10**8)
        generated, _ = source.particles()
    cells = batch.trigger_cells
    used = cells["mipPt"].to_numpy() >= 0.5
    side = 2 * batch.event + (cells["z"].to_numpy() < 0)
    particles = generated.rename(columns={"exeta": "gen_eta", "exphi": "gen_phi"})
    beside = particles.assign(gen_eta=particles["gen_eta"] * 0.99, gen_phi=particles["gen_phi"] + 0.04)
    mirrored = particles.assign(gen_eta=-particles["gen_eta"]).iloc[::3]
    particles = pd.concat([particles, beside, mirrored], ignore_index=True)
    row = np.searchsorted(batch.entries, particles["entry"])
    endcap = 2 * row + (particles["gen_eta"].to_numpy() < 0)
    return cells[used], side[used], 2 * events, particles.assign(endcap=endcap)


NOT_IN_GRID = [f"leading_{name}" for name in ("deta", "dphi", "last_layer", "peak_layer", "number")]


def one_by_one(found, particles, parameters):
    clusters = found.clusters(parameters)
    keyed = clusters.assign(entry=clusters["event"], endcap=clusters["event"])
    particles = particles.assign(entry=particles["endcap"])
    return clusters, outcomes(keyed, particles)


@pytest.mark.parametrize("association", ASSOCIATIONS)
@pytest.mark.parametrize("chain", CHAINS)
def test_every_point_is_that_of_the_chain(sample, chain, association):
    *cells, particles = sample
    parameters = ChainParameters(chain=chain, association=association, seed_threshold=LOWEST)
    found, _ = one_pass(*cells, parameters, LARGEST)
    endcap = particles["endcap"].to_numpy()
    grid = outcome_grid(found, particles, endcap, parameters, RADII, THRESHOLDS)
    by_layer = outcome_grid(found, particles, endcap, parameters, None, THRESHOLDS)
    rng = np.random.default_rng(4)
    wanted = rng.random((len(THRESHOLDS), len(RADII))) < 0.3
    some = outcome_grid(found, particles, endcap, parameters, RADII, THRESHOLDS, wanted)
    fragments = 0
    for t, threshold in enumerate(THRESHOLDS):
        above = found.seeds["energy"] > (threshold if CHAINS[chain].by_threshold else 0)
        assert grid.seeds[t] == above.sum()
        for r, radius in enumerate([*RADII, None]):
            one = replace(parameters, radius=radius, seed_threshold=threshold)
            clusters, expected = one_by_one(found, particles, one)
            fragments += expected["second_share"].notna().sum()
            on, column = (by_layer, 0) if radius is None else (grid, r)
            assert on.clusters[column, t] == len(clusters)
            expected = expected.drop(columns=NOT_IN_GRID)
            pd.testing.assert_frame_equal(
                on.at(column, t)[list(expected)], expected, rtol=1e-12, atol=1e-12, check_exact=False
            )
            if radius is not None and wanted[t, r]:
                assert some.clusters[r, t] == len(clusters)
                pd.testing.assert_frame_equal(some.at(r, t), grid.at(r, t), check_exact=True)
    # In (x/z, y/z) none of these showers is split; with pile-up there are a few events only.
    assert fragments > 0 or chain == "xy" or len(endcap) < 20


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"radii": np.array([0.01, 0.07])}, "a radius of 0.07, above 0.06"),
        ({"radii": np.array([0.02, 0.01])}, "the radii of a grid ascend"),
        ({"thresholds": np.array([2.0, 20.0])}, "a seed threshold of 2 mipT"),
        ({"thresholds": np.array([20.0, 20.0])}, "the thresholds of a grid ascend"),
        ({"parameters": ChainParameters(seed_window=2)}, "the seeds of these parameters"),
    ],
)
def test_what_a_pass_does_not_hold_is_an_error(sample, changes, words):
    *cells, particles = sample
    parameters = ChainParameters(seed_threshold=LOWEST)
    found, _ = one_pass(*cells, parameters, LARGEST)
    options = {"parameters": parameters, "radii": RADII, "thresholds": THRESHOLDS} | changes
    with pytest.raises(ValueError, match=words):
        outcome_grid(found, particles, particles["endcap"].to_numpy(), **options)


def test_an_unknown_association_is_an_error(sample):
    with pytest.raises(ChainError, match="min_distance, max_energy"):
        ChainParameters(association="nearest")
