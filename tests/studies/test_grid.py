"""The numbers of a sample on a grid are those of the tables of its particles, point by point."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bye_splits.chain import ChainParameters
from bye_splits.chain.chains import CHAINS
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.studies import store as module
from bye_splits.studies.chunk import Settings
from bye_splits.studies.grid import scan_grid
from bye_splits.studies.measures import summary
from bye_splits.studies.response import responses
from bye_splits.studies.sample_study import rows_of, with_outcomes, with_particles
from bye_splits.studies.store import make_store

EVENTS = 60
RADII = np.array([0.0, 0.002, 0.03])
THRESHOLDS = np.array([5.0, 15.0, 60.0, 1e5])
VARIANTS = [
    *(ChainParameters(chain=chain) for chain in CHAINS),
    ChainParameters(kernel="flat_top", association="max_energy"),
    ChainParameters(tc_threshold=2.0),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("grid")
    toy.write_sample(folder / "electrons.root", "electrons", 0, EVENTS, 1, None, Geometry.v11())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CELLS", 5000)  # several chunks
        return make_store([folder / "electrons.root"], folder, Settings.covering(VARIANTS, []))


def expected(store, parameters):
    rows = pd.concat(rows_of(store, [parameters], with_outcomes), ignore_index=True)
    clusters = sum(len(part) for part in rows_of(store, [parameters], with_particles))
    found = rows["leading_pt"].notna()
    numbers = {
        "radius": parameters.radius,
        "threshold": parameters.seed_threshold,
        "events": EVENTS,
        "particles": len(rows),
        "low_pt": (rows["gen_pt"] < 20).sum(),
        "matched": found.sum(),
        "matched_low_pt": (found & (rows["gen_pt"] < 20)).sum(),
        "split": rows["split"].sum(),
        "clusters": clusters,
    }
    for norm in ("energy", "pt"):
        leading = summary(responses(rows, "leading", norm), resamples=0)
        numbers |= {
            f"leading_{norm}_{name}": getattr(leading, name) for name in ("mean", "rms", "effective_rms")
        }
        numbers[f"near_{norm}_mean"] = summary(responses(rows, "near", norm), resamples=0).mean
    return numbers


@pytest.mark.parametrize("parameters", VARIANTS, ids=lambda one: f"{one.chain} {one.kernel}")
def test_every_point_is_that_of_the_particles(store, parameters):
    assert len(store.chunks) > 1
    table = scan_grid(store, parameters, RADII, THRESHOLDS, low_pt=20.0, threads=1)
    assert len(table) == len(RADII) * len(THRESHOLDS)
    points = [
        replace(parameters, radius=float(radius), seed_threshold=float(threshold))
        for radius in RADII
        for threshold in THRESHOLDS
    ]
    wanted = pd.DataFrame([expected(store, point) for point in points])
    assert wanted["split"].max() > 0 or parameters is not VARIANTS[0]
    by_threshold = CHAINS[parameters.chain].by_threshold
    assert (wanted["matched"].nunique() > 1) == by_threshold
    pd.testing.assert_frame_equal(table[list(wanted)], wanted, rtol=1e-11, check_dtype=False)
    in_threads = scan_grid(store, parameters, RADII, THRESHOLDS, low_pt=20.0, threads=3)
    pd.testing.assert_frame_equal(in_threads, table, check_exact=True)


def test_points_and_the_radii_by_layer(store):
    parameters = VARIANTS[0]
    whole = scan_grid(store, parameters, RADII, THRESHOLDS)
    wanted = np.eye(4, 3, dtype=bool)
    points = scan_grid(store, parameters, RADII, THRESHOLDS, wanted)
    assert points["threshold"].tolist() == THRESHOLDS[:3].tolist()
    both = whole.merge(points[["radius", "threshold"]], on=["radius", "threshold"])
    pd.testing.assert_frame_equal(points, both, rtol=1e-13)
    by_layer = scan_grid(store, parameters, None, np.array([20.0]), low_pt=20.0)
    numbers = expected(store, replace(parameters, radius=None, seed_threshold=20.0))
    for name, number in numbers.items():
        if name != "radius":
            assert by_layer[name].item() == pytest.approx(number, rel=1e-11), name
    seeds = whole.groupby("threshold")["seeds"].unique()
    assert all(len(number) == 1 for number in seeds)
    assert seeds.map(lambda number: number[0]).is_monotonic_decreasing
