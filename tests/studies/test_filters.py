"""Limits and order of a catalogue."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bye_splits.errors import ChainError
from bye_splits.studies.expressions import kinds_of, parse
from bye_splits.studies.filters import LIMITED, as_expression, ordered, within

N = 50


def catalogue(seed):
    rng = np.random.default_rng(seed)
    columns = {one.column: rng.normal(0, 2, N) for one in LIMITED.values()}
    columns["clusters"] = rng.integers(0, 4, N)
    columns["second_share"][::3] = np.nan
    return pd.DataFrame(columns)


END = st.none() | st.integers(-4, 4).map(lambda n: n / 2)


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.sampled_from(list(LIMITED)), st.tuples(END, END)), st.integers(0, 3))
def test_limits_are_those_of_the_condition_that_they_are_written_as(ends, seed):
    table = catalogue(seed)
    limits = tuple((name, *both) for name, both in ends.items() if both != (None, None))
    mask = within(table, limits)
    text = as_expression(limits)
    wanted = parse(text, kinds_of(table)).mask(table) if text else np.ones(N, dtype=bool)
    np.testing.assert_array_equal(mask, wanted)
    for name, low, high in limits:
        values = table[LIMITED[name].column]
        values = (values.abs() if LIMITED[name].absolute else values)[mask]
        assert values.notna().all()
        assert low is None or (values >= low).all()
        assert high is None or (values <= high).all()


def test_an_unknown_quantity_is_an_error():
    with pytest.raises(ChainError, match="one of eta, abs_eta"):
        within(catalogue(0), (("theta", 0.0, 1.0),))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from([0.0, 1.5, -2.0, np.nan]), max_size=12), st.booleans())
def test_the_order_is_stable_with_missing_numbers_last(values, descending):
    column = pd.Series(values, dtype=float)
    order = ordered(column, descending)
    assert sorted(order) == list(range(len(values)))
    known = [row for row in range(len(values)) if not np.isnan(values[row])]
    wanted = sorted(known, key=lambda row: -values[row] if descending else values[row])
    wanted += [row for row in range(len(values)) if np.isnan(values[row])]
    assert order.tolist() == wanted


@pytest.mark.parametrize("kind", ["category", object])
def test_words_are_ordered_with_empty_ones_last(kind):
    column = pd.Series(["noise", "", "brem", "noise", ""]).astype(kind)
    assert ordered(column).tolist() == [2, 0, 3, 1, 4]
    assert ordered(column, descending=True).tolist() == [0, 3, 2, 1, 4]


def test_conditions_large_numbers_and_nullable_columns():
    assert ordered(pd.Series([True, False, True]), descending=True).tolist() == [0, 2, 1]
    large = pd.Series(np.array([2**63 + 2, 2**63 + 1, 5], dtype=np.uint64))
    assert ordered(large).tolist() == [2, 1, 0]
    assert ordered(large, descending=True).tolist() == [0, 1, 2]
    assert ordered(pd.Series(pd.array([None, 0.5, 0.1], dtype="Float64"))).tolist() == [2, 1, 0]
