"""Variants are declared once: a further one is found by its name, an unknown one is an error."""

from dataclasses import replace

import numpy as np
import pytest

from bye_splits.chain import ChainParameters, run
from bye_splits.chain.chains import CHAINS
from bye_splits.chain.clustering import ASSOCIATIONS, Association
from bye_splits.chain.histogram_seeding import HistogramSeeding, HistogramStages
from bye_splits.chain.remedies import remedies
from bye_splits.chain.smoothing import KERNELS, phi_weights
from bye_splits.chain.splits import NEAR, near_particle, split
from bye_splits.errors import ChainError

PHI = np.array([0.0, 0.001, 0.09, 0.091])  # three bins apart
CELLS = {
    "x": 60 * np.cos(PHI),
    "y": 60 * np.sin(PHI),
    "z": np.full(4, 330.0),
    "mipPt": np.array([90.0, 10.0, 70.0, 9.0]),
    "pt": np.array([1.8, 0.9, 1.4, 0.9]),
    "layer": np.full(4, 9),
}
NARROW = {"radius": 0.008, "kernel": "default"}


@pytest.fixture
def result():
    """A shower that is split."""
    made = run(CELLS, ChainParameters(**NARROW))
    assert len(made.clusters) == 2
    return made


def direction(result):
    return float(result.clusters.eta.mean()), float(result.clusters.phi.mean())


def test_a_third_association_is_used(monkeypatch, result):
    to_first = Association(
        "the first seed", lambda seeds: np.zeros(len(seeds.where[0]), dtype=np.int64), True
    )
    monkeypatch.setitem(ASSOCIATIONS, "to_first", to_first)
    made = run(CELLS, ChainParameters(association="to_first", **NARROW))
    assert made.seed_of_cell.tolist() == [0, 0, 0, 0]
    found = remedies(CELLS, result, *direction(result))
    assert found.limits["association"] == "max_energy, to_first"
    assert found.found["association"].value == "to_first"


def test_a_third_kernel_is_used(monkeypatch, result):
    monkeypatch.setitem(KERNELS, "wide", lambda k: np.ones(len(k)))
    assert phi_weights((5, 3), "wide").tolist() == [[1, 1, 1], [1, 1, 0]]
    smoothed = run(CELLS, ChainParameters(kernel="wide")).smoothed
    assert not np.array_equal(smoothed, run(CELLS).smoothed)
    near = near_particle(result, *direction(result))
    assert len(near) == 2, f"both are within {NEAR}"
    assert remedies(CELLS, result, *direction(result)).limits["kernel"] == "flat_top, wide"


def test_a_third_chain_is_used(monkeypatch):
    class Nothing(HistogramSeeding):
        def seeds(self, binned):
            seeds, stages = super().seeds(binned)
            return {name: values[:0] for name, values in seeds.items()}, stages

    monkeypatch.setitem(CHAINS, "nothing", Nothing())
    assert len(run(CELLS).seeds) == 2
    made = run(CELLS, ChainParameters(chain="nothing"))
    assert len(made.seeds) == 0
    assert made.seed_of_cell.tolist() == [-1] * 4


@pytest.mark.parametrize(
    ("name", "known"),
    [("chain", CHAINS), ("kernel", KERNELS), ("association", ASSOCIATIONS)],
)
def test_an_unknown_one_is_an_error_that_names_the_known_ones(name, known):
    with pytest.raises(ChainError) as error:
        ChainParameters(**{name: "third"})
    assert all(one in str(error.value) for one in known)


def test_an_unknown_one_is_an_error_below_the_parameters_too():
    with pytest.raises(ChainError, match="kernel: expected one of default, flat_top, found 'third'"):
        phi_weights((3,), "third")


def test_a_split_of_an_unknown_seeding_is_an_error_that_names_the_known_ones(result):
    class Strange(HistogramStages):
        pass

    strange = replace(result, stages=Strange(result.stages.smoothed))
    known = "HistogramStages, XyStages, CoarseStages, TriangularStages"
    with pytest.raises(ChainError, match=f"expected one of {known}, found Strange"):
        split(strange, *direction(result))
