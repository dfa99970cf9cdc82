"""One pass of the chain gives the clusters of every radius and every threshold, to the last bit."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bye_splits.chain import ChainParameters, run_many
from bye_splits.chain.chains import CHAINS
from bye_splits.chain.clustering import ASSOCIATIONS
from bye_splits.data import open_source
from bye_splits.errors import ChainError
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.settings import Clustering
from bye_splits.studies.links import seed_of_cells
from bye_splits.studies.one_pass import one_pass

LOWEST, LARGEST = 3.0, 0.06


@pytest.fixture(scope="module", params=[("electrons", 0, 40), ("photons", 200, 2)], ids=["PU0", "PU200"])
def sample(request, tmp_path_factory):
    """Trigger cells, their event, and the number of events: an endcap each."""
    particle, pileup, events = request.param
    path = tmp_path_factory.mktemp("one_pass") / "sample.root"
    toy.write_sample(path, particle, pileup, events, 5, None, Geometry.v11())
    with open_source(path) as source:
        (batch,) = source.batches(cells=10**8)
    cells = batch.trigger_cells
    used = cells["mipPt"].to_numpy() >= 0.5
    side = 2 * batch.event + (cells["z"].to_numpy() < 0)
    return cells[used], side[used], 2 * events


@pytest.mark.parametrize(
    "others",
    [{}, {"legacy": True}, {"tc_threshold": 1.5}],
    ids=["as CMSSW", "legacy", "TC threshold"],
)
@pytest.mark.parametrize("chain", CHAINS)
def test_any_radius_and_threshold_are_those_of_the_chain(sample, chain, others, subtests):
    parameters = ChainParameters(chain=chain, seed_threshold=LOWEST, **others)
    found, outside = one_pass(*sample, parameters, LARGEST)
    np.testing.assert_array_equal(outside, run_many(*sample[:2], parameters, sample[2]).outside)
    rng = np.random.default_rng(7)
    for association in ASSOCIATIONS:
        for radius in (None, 0.0, *rng.uniform(0.001, LARGEST, 3)):
            threshold = float(rng.uniform(LOWEST, 60))
            wanted = replace(
                parameters,
                radius=None if radius is None else float(radius),
                seed_threshold=threshold,
                association=association,
            )
            chain_alone = run_many(*sample[:2], wanted, sample[2])
            clusters = found.clusters(wanted)
            with subtests.test(association=association, radius=radius, threshold=threshold):
                pd.testing.assert_frame_equal(
                    clusters[chain_alone.clusters.columns], chain_alone.clusters, check_exact=True
                )
                seeds = chain_alone.seeds
                first = np.searchsorted(seeds["event"], clusters["event"])
                mine = seeds.iloc[first + clusters["seed"]].reset_index(drop=True)
                for name in ("energy", "x_over_z", "rz_bin"):
                    np.testing.assert_array_equal(clusters[f"seed_{name}"], mine[name])


def test_a_threshold_of_each_event(sample):
    parameters = ChainParameters(seed_threshold=LOWEST)
    found, _ = one_pass(*sample, parameters, LARGEST)
    thresholds = np.random.default_rng(3).choice([5.0, 20.0, 50.0], sample[2])
    mixed = found.clusters(parameters, thresholds)
    parts = [found.clusters(replace(parameters, seed_threshold=one)) for one in (5.0, 20.0, 50.0)]
    wanted = pd.concat(
        [part[thresholds[part["event"]] == one] for one, part in zip((5.0, 20.0, 50.0), parts, strict=True)]
    )
    wanted = wanted.sort_values(["event", "seed"], ignore_index=True)
    assert len({len(part) for part in parts}) > 1
    pd.testing.assert_frame_equal(mixed, wanted, check_exact=True)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seed_window": 2}, "the seeds of these parameters are others"),
        ({"seed_threshold": 2.0}, "a seed threshold of 2 mipT, below 3 of the pass"),
        ({"radius": 0.07}, "a radius of 0.07, above 0.06 of the pass"),
    ],
)
def test_what_a_pass_does_not_hold_is_an_error(sample, changes, words):
    parameters = ChainParameters(seed_threshold=LOWEST)
    found, _ = one_pass(*sample, parameters, LARGEST)
    with pytest.raises(ValueError, match=words):
        found.clusters(replace(parameters, **changes))


def test_the_clusters_cut_may_differ(sample):
    parameters = ChainParameters(seed_threshold=LOWEST)
    found, _ = one_pass(*sample, parameters, LARGEST)
    cut = replace(parameters, cluster=Clustering(min_pt=5.0))
    clusters = found.clusters(cut)
    assert 0 < len(clusters) < len(found.clusters(parameters))
    assert (clusters["pt"] > 5).all()


def test_an_unknown_association_is_an_error(sample):
    found, _ = one_pass(*sample, ChainParameters(seed_threshold=LOWEST), LARGEST)
    limits = np.zeros(len(found.cells.row))
    with pytest.raises(ChainError, match="min_distance, max_energy"):
        seed_of_cells(found.links, found.seeds["energy"], limits, limits, "nearest")


def test_no_trigger_cells():
    none = {name: np.zeros(0) for name in ("x", "y", "z", "mipPt", "pt", "layer")}
    parameters = ChainParameters()
    found, outside = one_pass(pd.DataFrame(none), np.zeros(0, dtype=np.int64), 3, parameters, LARGEST)
    assert not len(found.clusters(parameters))
    assert outside.tolist() == [0, 0, 0]
