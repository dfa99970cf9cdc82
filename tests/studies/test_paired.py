"""Two sets of parameters on the same particles."""

import numpy as np
import pandas as pd
import pytest
from pandas.errors import MergeError
from scipy.stats import binomtest

from bye_splits.studies import paired
from bye_splits.studies.measures import effective_rms
from bye_splits.studies.paired import STATES, differences, mcnemar, side_by_side, split_table

N = 300


def outcomes(rng, n=N, scale=1.0):
    """Particles of which every tenth has no cluster, and some of the others are split."""
    response = rng.normal(0.95, 0.05, n) * scale
    found = np.arange(n) % 10 != 3
    return pd.DataFrame(
        {
            "file": 0,
            "entry": np.arange(n) // 2,
            "endcap": 1,
            "particle": np.arange(n) % 2,
            "event": 7,
            "pid": 22,
            "gen_energy": 50.0,
            "gen_pt": 10.0,
            "n_near": found.astype(int) * 2,
            "leading_pt": np.where(found, response * 10, np.nan),
            "leading_energy": np.where(found, response * 50, np.nan),
            "split": found & (rng.random(n) < 0.2),
        }
    )


def test_particles_are_joined_by_what_they_are_and_never_by_row():
    a, b = outcomes(np.random.default_rng(1)), outcomes(np.random.default_rng(2))
    pairs = side_by_side(a, b.sample(frac=1, random_state=3))
    assert pairs["entry"].tolist() == a["entry"].tolist()
    np.testing.assert_array_equal(pairs["b_leading_pt"], b["leading_pt"])
    fewer = side_by_side(a, b[b["entry"] > 100])
    assert len(fewer) == (b["entry"] > 100).sum()
    assert (fewer["entry"] > 100).all()
    assert list(pairs)[:4] == ["file", "entry", "endcap", "particle"]
    with pytest.raises(MergeError):
        side_by_side(a, pd.concat([b, b.iloc[:1]]))


def test_states_and_their_table():
    a, b = outcomes(np.random.default_rng(1)), outcomes(np.random.default_rng(2))
    b.loc[[0, 1, 3], ["n_near", "split"]] = 0, False
    pairs = side_by_side(a, b)
    table = split_table(pairs)
    assert len(table) == 9
    assert table["particles"].sum() == N
    counts = table.set_index(["a_state", "b_state"])["particles"]
    assert counts["no cluster", "no cluster"] == N // 10
    assert counts["split", "no cluster"] + counts["not split", "no cluster"] == 2
    here = (a["n_near"] > 0) & (b["n_near"] > 0)
    assert counts["split", "not split"] == (here & a["split"] & ~b["split"]).sum()
    assert set(pairs["a_state"]) == set(STATES)


def test_mcnemar_is_the_binomial_test_of_what_differs():
    a = np.array([True] * 12 + [False] * 30)
    b = np.array([False] * 9 + [True] * 5 + [False] * 28)
    found = mcnemar(a, b)
    assert (found.only_a, found.only_b) == (9, 2)
    assert found.p_value == pytest.approx(binomtest(2, 11, 0.5).pvalue)
    assert mcnemar(a, a).p_value == 1.0


def test_weights_give_what_repeated_values_give(monkeypatch):
    rng = np.random.default_rng(5)
    values, event = rng.normal(1, 0.1, 50), rng.integers(20, size=50)
    (weights,) = paired._weights(20, 30, 1)
    assert (weights.sum(axis=1) == 20).all()
    widths = paired._weighted("effective_rms", values, weights, event)
    means = paired._weighted("mean", values, weights, event)
    for k, weight in enumerate(weights):
        drawn = np.repeat(values, weight[event])
        assert means[k] == pytest.approx(drawn.mean(), rel=1e-12)
        assert widths[k] == pytest.approx(effective_rms(drawn) / drawn.mean(), rel=1e-12)
    monkeypatch.setattr(paired, "_AT_ONCE", 100)  # in parts
    np.testing.assert_array_equal(np.concatenate(list(paired._weights(20, 30, 1))), weights)


def test_the_error_of_a_difference_is_that_of_pairs():
    """A and B that fluctuate together differ by less than their own errors."""
    rng = np.random.default_rng(8)
    a = outcomes(rng)
    b = a.copy()
    shift = rng.normal(0.01, 0.001, N)
    b["leading_pt"] += shift * 10
    b["leading_energy"] += shift * 50
    found = differences(side_by_side(a, b)).set_index(["quantity", "norm"])
    mean = found.loc[("mean", "energy")]
    assert mean["n"] == 0.9 * N
    assert mean["difference"] == pytest.approx(0.01, abs=5 * mean["error"])
    assert mean["error"] == pytest.approx(0.001 / np.sqrt(0.9 * N), rel=0.25)
    assert mean["low"] < mean["difference"] < mean["high"]
    rate = found.loc[("split_rate", "")]
    assert (rate["difference"], rate["error"], rate["p_value"]) == (0, 0, 1)
    assert found.loc[("efficiency", ""), "a"] == pytest.approx(0.9)
    assert found.loc[("effective_rms", "pt"), "a"] == pytest.approx(0.05 / 0.95, rel=0.2)
    again = differences(side_by_side(a, b)).set_index(["quantity", "norm"])
    pd.testing.assert_frame_equal(found, again)


def test_without_particles():
    a = outcomes(np.random.default_rng(1), 0)
    pairs = side_by_side(a, a)
    assert split_table(pairs)["particles"].tolist() == [0] * 9
    found = differences(pairs)
    assert found["n"].tolist() == [0] * 6
    assert found[["a", "error"]].isna().all(axis=None)
