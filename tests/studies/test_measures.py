"""Numbers of samples of responses."""

import numpy as np
import pytest
from scipy.stats import binomtest

from bye_splits.studies.measures import LEVEL, effective_rms, interval, summary


def narrowest(values, inside):
    ordered = sorted(values)
    return min(ordered[k + inside - 1] - ordered[k] for k in range(len(ordered) - inside + 1)) / 2


@pytest.mark.parametrize("n", [4, 5, 25, 50, 100, 101, 997])
def test_effective_rms_is_that_of_the_narrowest_interval(n):
    values = np.random.default_rng(n).normal(size=n)
    assert effective_rms(values) == narrowest(values, -(-68 * n // 100))
    assert effective_rms(values, legacy=True) == narrowest(values, int(0.68 * n) + 2)


def test_too_few_entries():
    assert np.isnan(effective_rms(np.arange(3.0)))
    nothing = summary(np.array([np.nan, np.nan]))
    assert nothing.n == 0
    assert np.isnan([nothing.mean, nothing.effective_rms]).all()
    one = summary(np.array([0.9]))
    assert (one.n, one.mean, one.median) == (1, 0.9, 0.9)
    assert np.isnan([one.rms, one.effective_rms, one.rms_error]).all()


def test_a_gaussian():
    values = np.random.default_rng(1).normal(0.95, 0.05, 20_000)
    found = summary(np.append(values, np.nan))
    assert found.n == 20_000
    assert found.mean == pytest.approx(0.95, abs=4 * found.mean_error)
    assert found.rms == pytest.approx(0.05 / 0.95, abs=4 * found.rms_error)
    assert found.rms_error == pytest.approx(found.rms / np.sqrt(2 * found.n), rel=0.3)
    assert found.effective_rms == pytest.approx(0.9945 * 0.05 / 0.95, abs=4 * found.effective_rms_error)
    assert found.gaussianity < 0.03
    assert found.q84 - found.q16 == pytest.approx(0.1, rel=0.03)


def test_a_tail_is_seen():
    rng = np.random.default_rng(1)
    values = np.append(rng.normal(0.95, 0.02, 900), rng.uniform(0, 0.95, 100))
    assert summary(values).gaussianity > 0.5


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (10, 10), (1, 1000), (0, 1), (500, 1000)])
def test_intervals_are_those_of_scipy(k, n):
    low, high = interval(np.array([k]), np.array([n]))
    wanted = binomtest(k, n).proportion_ci(confidence_level=LEVEL, method="exact")
    np.testing.assert_allclose([low[0], high[0]], [wanted.low, wanted.high], atol=1e-9)


def test_of_nothing_everything_is_possible():
    assert [float(end) for end in interval(np.array(0), np.array(0))] == [0, 1]


def test_the_errors_of_a_long_sample_are_those_of_independent_ones():
    """A group of the bootstrap is wider here than the errors are large."""
    rng = np.random.default_rng(2)
    samples = [summary(rng.normal(1, 0.1, 100_000), resamples=0) for _ in range(60)]
    found = summary(rng.normal(1, 0.1, 100_000), resamples=400)
    for name in ("rms", "effective_rms", "median", "q16"):
        spread = np.std([getattr(one, name) for one in samples], ddof=1)
        assert getattr(found, f"{name}_error") == pytest.approx(spread, rel=0.18), name


def test_widths_of_differences_are_not_over_their_mean():
    values = np.random.default_rng(3).normal(1e-4, 2e-3, 1000)
    found = summary(values, relative=False)
    assert found.rms == values.std(ddof=1)
    assert found.effective_rms == effective_rms(values)
    assert found.rms_error == pytest.approx(found.rms / np.sqrt(2000), rel=0.3)
