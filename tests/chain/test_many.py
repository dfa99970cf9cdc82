"""Many events at once give what each of them gives by itself."""

import numpy as np
import pandas as pd
import pytest
from chain_events import COLUMNS, at, quick, several_events
from hypothesis import given
from hypothesis import strategies as st

from bye_splits.chain import ChainParameters, run, run_many
from bye_splits.chain.chains import CHAINS
from bye_splits.chain.running import CHUNK
from bye_splits.errors import ChainError

PARAMETERS = {
    "default": ChainParameters(),
    "flat_top, max_energy": ChainParameters(kernel="flat_top", association="max_energy"),
    "window 2, radius": ChainParameters(seed_window=2, radius=0.03, seed_threshold=5.0),
    "coarse_seeding": ChainParameters(chain="coarse_seeding"),
    "triangular": ChainParameters(chain="triangular"),
    "legacy": ChainParameters(legacy=True),
    "TC threshold": ChainParameters(tc_threshold=3.0),
    "TC threshold, coarse_seeding": ChainParameters(chain="coarse_seeding", tc_threshold=3.0),
    "legacy coarse_seeding": ChainParameters(chain="coarse_seeding", legacy=True),
}
every_chain = pytest.mark.parametrize("parameters", PARAMETERS.values(), ids=PARAMETERS)
# More than a chunk of events, some of them without clusters, one without trigger cells among them.
SIZES = [(2, 60), (0, 5), (1, 20), (0, 0), (4, 200), *[(1, 9)] * CHUNK, (0, 3), (3, 40)]


@pytest.fixture(scope="module")
def many():
    return several_events(8, SIZES)


def same_as_one_by_one(table, event, parameters, n_events):
    """Compare, and give the result of all at once."""
    event = np.asarray(event)
    result = run_many(table, event, parameters, n_events)
    assert list(result.seeds)[:2] == ["event", "energy"]
    assert list(result.clusters)[:2] == ["event", "pt"]
    assert result.outside.shape == result.not_finite.shape == (n_events,)
    rows_of = [np.flatnonzero(event == number) for number in range(n_events)]
    alone = [run(table.iloc[rows], parameters) for rows in rows_of]
    for name in ("seeds", "clusters"):
        tables = [getattr(one, name) for one in alone]
        expected = pd.concat(tables, ignore_index=True)
        expected.insert(0, "event", np.repeat(np.arange(n_events), [len(one) for one in tables]))
        whole = expected.select_dtypes("int64").columns
        pd.testing.assert_frame_equal(getattr(result, name)[whole], expected[whole])
        pd.testing.assert_frame_equal(getattr(result, name), expected, rtol=1e-12, atol=0)
    for number, rows in enumerate(rows_of):
        np.testing.assert_array_equal(result.seed_of_cell[rows], alone[number].seed_of_cell)
    assert result.outside.tolist() == [one.outside for one in alone]
    assert result.not_finite.tolist() == [one.not_finite for one in alone]
    assert result.seeds.event.is_monotonic_increasing
    assert result.clusters.event.is_monotonic_increasing
    return result


@every_chain
def test_one_by_one(many, parameters):
    table, event = many
    result = same_as_one_by_one(table, event, parameters, len(SIZES))
    assert result.clusters.event.nunique() > 3
    assert {1, 3} & set(result.clusters.event) == set()  # only single trigger cells, or none
    assert event.max() == len(SIZES) - 1 > CHUNK


@pytest.mark.parametrize("chain", CHAINS)
def test_trigger_cells_below_the_threshold_are_as_if_they_were_not_there(many, chain):
    table, event = many
    one, parameters = table[event == 4], ChainParameters(chain=chain, tc_threshold=4.0, seed_threshold=5.0)
    enough = (one["mipPt"] >= 4).to_numpy()
    assert 0 < enough.sum() < len(one)
    result, without = run(one, parameters), run(one[enough], parameters.changed(tc_threshold=0.0))
    for name in ("seeds", "clusters"):
        pd.testing.assert_frame_equal(getattr(result, name), getattr(without, name), check_exact=True)
    assert len(result.clusters) > 0
    np.testing.assert_array_equal(result.histogram, without.histogram)
    np.testing.assert_array_equal(result.seed_of_cell[enough], without.seed_of_cell)
    assert (result.seed_of_cell[~enough] == -1).all()
    assert (result.below_threshold, result.outside) == ((~enough).sum(), without.outside)
    assert (without.below_threshold, result.not_finite) == (0, 0)


def test_without_a_threshold_also_trigger_cells_below_zero_are_used():
    cells = at(0.3, [1.0, 1.0], [300.0, -1.0])
    assert run(cells).histogram.sum() == 299
    assert run(cells).below_threshold == 0
    assert run(cells, ChainParameters(tc_threshold=0.1)).histogram.sum() == 300


@every_chain
def test_rows_in_any_order(many, parameters):
    table, event = many
    order = np.random.default_rng(1).permutation(len(table))
    shuffled = same_as_one_by_one(table.iloc[order], event[order], parameters, len(SIZES))
    sorted_ = run_many(table, event, parameters)
    np.testing.assert_array_equal(shuffled.seed_of_cell, sorted_.seed_of_cell[order])
    pd.testing.assert_frame_equal(shuffled.clusters, sorted_.clusters, rtol=1e-9)


@every_chain
def test_events_without_trigger_cells(many, parameters):
    """Before, between and after those with some, whole chunks of them."""
    table, event = many
    spread = event * (CHUNK + 1) + 2 * CHUNK
    n_events = int(spread.max()) + 3 * CHUNK
    sparse, dense = run_many(table, spread, parameters, n_events), run_many(table, event, parameters)
    for name in ("seeds", "clusters"):
        a, b = getattr(sparse, name), getattr(dense, name)
        assert a.assign(event=(a.event - 2 * CHUNK) // (CHUNK + 1)).equals(b)
    np.testing.assert_array_equal(sparse.seed_of_cell, dense.seed_of_cell)
    assert sparse.outside.shape == (n_events,)


@every_chain
def test_rows_that_are_not_finite(many, parameters):
    table, event = many
    table = table.copy()
    rng = np.random.default_rng(2)
    rows = rng.choice(len(table), 60, replace=False)
    for column in ("x", "y", "z", "mipPt", "pt"):
        table.loc[rng.choice(rows, 20), column] = rng.choice([np.nan, np.inf, -np.inf], 20)
    order = rng.permutation(len(table))
    result = same_as_one_by_one(table.iloc[order], event[order], parameters, len(SIZES))
    bad = ~np.isfinite(table[["x", "y", "z", "mipPt", "pt"]]).all(axis=1).to_numpy()
    assert 30 < bad.sum() == result.not_finite.sum()
    assert (result.seed_of_cell[bad[order]] == -1).all()


@every_chain
@pytest.mark.parametrize("n_events", [0, 1, 2 * CHUNK, None])
def test_an_empty_table(many, parameters, n_events):
    table, event = many
    some = run_many(table, event, parameters)
    for none in ([], np.zeros(0), np.zeros(0, dtype=np.int64)):
        result = run_many(table.iloc[:0], none, parameters, n_events)
        assert len(result.seeds) == len(result.clusters) == len(result.seed_of_cell) == 0
        assert result.seeds.dtypes.equals(some.seeds.dtypes)
        assert result.clusters.dtypes.equals(some.clusters.dtypes)
        assert result.outside.tolist() == result.not_finite.tolist() == [0] * (n_events or 0)


def test_outside_is_counted_in_its_event():
    table = at(np.array([0.2, 0.7, 0.05, 0.9, 0.2]), 0.3, 100.0)
    result = run_many(table, np.array([0, 2, 2, 1, 2]), n_events=4)
    assert result.outside.tolist() == [0, 1, 2, 0]
    assert result.seed_of_cell.tolist() == [0, -1, -1, -1, 0]


def test_both_endcaps_as_two_events(many):
    table, event = many
    two = pd.concat([table, table.assign(z=-table.z)], ignore_index=True)
    result = run_many(two, np.concatenate([2 * event, 2 * event + 1]))
    plus, minus = (
        result.clusters[result.clusters.event % 2 == side].reset_index(drop=True) for side in (0, 1)
    )
    assert len(plus) > 5
    pd.testing.assert_frame_equal(
        plus.drop(columns="event"), minus.drop(columns="event").assign(z=-minus.z, eta=-minus.eta)
    )


@pytest.mark.parametrize(
    ("event", "n_events", "found"),
    [
        ([0, 1, -1], None, "found -1"),
        ([0, 1, 3], 3, "from 0 to 2 for each row, found 3"),
        ([0, 1], None, r"shape \(2,\) for 3 rows"),
        ([[0, 1, 2]], None, r"shape \(1, 3\) for 3 rows"),
        ([0.0, 1.5, 2.0], None, "type float64"),
    ],
)
def test_event_numbers_that_cannot_be(event, n_events, found):
    table = at(0.2, np.array([0.1, 0.2, 0.3]), 100.0)
    with pytest.raises(ChainError, match=found):
        run_many(table, np.array(event), n_events=n_events)


@quick(12)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 17), st.integers(0, 41), st.integers(0, 215), st.sampled_from([1, 80, 80, 200])
        ),
        max_size=30,
    ),
    st.sampled_from(["default", "flat_top"]),
    st.booleans(),
)
def test_small_events(rows, kernel, legacy):
    """Ties among them."""
    event, i, j, mip = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    table = at(0.082 + 0.012 * i, -np.pi + (j + 0.5) * 2 * np.pi / 216, mip.astype(float), 9)
    same_as_one_by_one(table, event, ChainParameters(kernel=kernel, legacy=legacy), 19)


def test_arrays_instead_of_a_table(many):
    table, event = many
    arrays = {name: table[name].to_numpy() for name in COLUMNS}
    assert run_many(arrays, event).clusters.equals(run_many(table, event).clusters)
