"""Numbers in bins, step functions and tables of samples: against what they are made of."""

import numpy as np
import pandas as pd
import pytest

from bye_splits.chain import ChainParameters
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.studies.chunk import Settings
from bye_splits.studies.measures import GROUPS, effective_rms, summary
from bye_splits.studies.profiles import Counts, needed, profile, shares
from bye_splits.studies.response import in_bins, responses
from bye_splits.studies.sample_outcomes import CELLS, outcomes, survey_sample
from bye_splits.studies.sample_tables import RADII, TABLES, rows_of_chunk
from bye_splits.studies.steps import Steps
from bye_splits.studies.store import store_of

EVENTS = 60


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """A store of a sample of electrons, of which some split."""
    folder = tmp_path_factory.mktemp("profiles")
    path = folder / "electrons.root"
    toy.write_sample(path, "electrons", 0, EVENTS, 1, None, Geometry.v11())
    survey = survey_sample(str(path))
    return store_of(survey, folder, Settings.covering([ChainParameters()], RADII), CELLS)


def particles(sample, **changes):
    (chunk,) = sample.survey.chunks
    return outcomes(sample, ChainParameters(**changes), chunk).particles


def table(sample, kind):
    (chunk,) = sample.survey.chunks
    return rows_of_chunk(sample, kind, TABLES[kind].relevant(ChainParameters()), chunk)


@pytest.mark.parametrize("n", [GROUPS, 10 * GROUPS])
def test_errors_by_groups_are_those_of_the_plain_bootstrap(n):
    rng = np.random.default_rng(1)
    values = rng.normal(0.95, 0.03, n)
    values[: n // 20] *= 0.7
    found = summary(values)
    drawn = [values[rng.integers(n, size=n)] for _ in range(200)]
    plain = {
        "rms_error": [some.std(ddof=1) / some.mean() for some in drawn],
        "effective_rms_error": [effective_rms(some) / some.mean() for some in drawn],
        "median_error": [np.median(some) for some in drawn],
    }
    for name, numbers in plain.items():
        assert getattr(found, name) == pytest.approx(np.std(numbers, ddof=1), rel=0.4)


def test_a_profile_is_the_summary_of_each_bin(sample):
    some = particles(sample)
    values = responses(some, "leading", "energy")
    bins = [where for where, _ in in_bins(some) if where["variable"] == "gen_energy"]
    edges = np.array([bins[0]["low"], *(one["high"] for one in bins)])
    found = profile(some["gen_energy"].to_numpy(), values, edges)
    for (where, inside), row in zip(
        ((where, each) for where, each in in_bins(some) if where["variable"] == "gen_energy"),
        found.itertuples(),
        strict=True,
    ):
        expected = summary(responses(inside, "leading", "energy"))
        assert (row.low, row.high) == (where["low"], where["high"])
        assert row.n == expected.n
        np.testing.assert_equal(row.effective_rms, expected.effective_rms)


def test_shares_count_every_particle_once():
    x = np.array([0.0, 0.5, 1.0, 2.0, 3.0, np.nan])
    passed = np.array([True, False, True, True, True, True])
    found = shares(x, passed, np.array([0.0, 1.0, 2.0, 2.5]))
    assert found["n"].tolist() == [2, 1, 1]  # 3 and NaN are outside
    assert found["k"].tolist() == [1, 1, 1]
    assert found["share"].tolist() == [0.5, 1.0, 1.0]
    assert shares(x, passed, np.array([0.0, 2.0]))["n"].tolist() == [4]  # the last bin holds its upper edge
    assert shares(x, passed, np.array([4.0, 5.0]))["share"].isna().all()


def test_what_is_outside_a_histogram_is_counted():
    counted = Counts.of(np.array([-1.0, 0.0, 0.5, 1.0, 2.0, np.nan]), np.array([0.0, 0.5, 1.0]))
    assert counted.counts.tolist() == [1, 2]
    assert (counted.under, counted.over, counted.missing) == (1, 1, 1)


def test_more_is_needed_for_a_smaller_share():
    assert needed(0, 100, 0.1) == -1
    assert needed(10, 1000, 0.1) > needed(100, 1000, 0.1) >= 0


def test_the_step_function_is_exact_at_every_threshold(sample):
    found = table(sample, "thresholds")
    n = int((found["property"] == "any").sum())
    assert n == EVENTS
    for threshold in (5.0, 17.3, 60.0, 250.0):
        some = particles(sample, seed_threshold=threshold)
        for name, expected in (("split", some["split"]), ("matched", some["leading_pt"].notna())):
            steps = Steps.of(found[found["property"] == name], n, 5.0)
            assert steps.at(np.array([threshold])).tolist() == [int(expected.sum())]
    assert steps.table()["share"].max() <= 1


def test_a_step_begins_at_its_threshold():
    ranges = pd.DataFrame({"from_threshold": [5.0, 10.0], "to_threshold": [10.0, np.inf]})
    steps = Steps.of(ranges, 4, 5.0)
    assert steps.at(np.array([4.0, 5.0, 9.9, 10.0, 1e9])).tolist() == [0, 1, 1, 1, 1]


def test_radii_are_those_of_the_chain(sample):
    found = table(sample, "radii")
    for k in (0, len(RADII) - 1):
        some = particles(sample, radius=RADII[k])
        for name in ("leading_energy", "near_pt"):
            np.testing.assert_allclose(found[f"{name}_{k}"], some[name], rtol=1e-6)


def test_all_clusters_are_there_with_the_particles_that_they_belong_to(sample):
    found, some = table(sample, "clusters"), particles(sample)
    assert len(found) == some["n_clusters"].sum()
    leading = found[found["leading"] & found["matched"]]
    assert sorted(leading["pt"]) == pytest.approx(sorted(some["leading_pt"].dropna()), rel=1e-6)


def test_without_bins_nothing_is_in_one():
    assert profile(np.arange(3.0), np.arange(3.0), np.zeros(0)).empty
    assert shares(np.arange(3.0), np.ones(3, dtype=bool), np.zeros(0)).empty
