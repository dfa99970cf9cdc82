"""Two results of the same trigger cells against each other."""

import numpy as np
import pytest
from chain_events import at

from bye_splits.chain import ChainParameters, run
from bye_splits.chain.comparison import CATEGORIES, GAINED, LOST, MOVED, NEITHER, STAYED, compare
from bye_splits.errors import ChainError

BIN = 2 * np.pi / 216


def compared(cells, a, b):
    result_a, result_b = run(cells, a), run(cells, b)
    return result_a, result_b, compare(result_a, result_b, cells["pt"].to_numpy())


def crowd(n=4000, seed=5):
    """Showers all over the endcap, and single cells between them."""
    rng = np.random.default_rng(seed)
    rz, phi = rng.uniform(0.1, 0.5, 60), rng.uniform(-np.pi, np.pi, 60)
    shower = rng.integers(0, 60, n)
    mip = rng.exponential(6, n) + 0.5
    return at(
        rz[shower] + rng.normal(0, 0.01, n),
        phi[shower] + rng.normal(0, 0.04, n),
        mip,
        layer=rng.integers(1, 51, n),
    )


def two_peaks():
    """Cells in two bins, three apart in phi."""
    return at(0.2, np.array([-1.5, -1.5, 1.5, 1.5, 1.5]) * BIN, [100.0, 100, 100, 150, 200])


def by_loops(result_a, result_b, table, pt):
    """The categories and the shared parts, one trigger cell at a time."""
    partner = {int(row.a): int(row.b) for row in table.itertuples() if row.a >= 0 and row.b >= 0}
    codes, shared = [], {}
    for a, b, gev in zip(result_a.cluster_of_cell, result_b.cluster_of_cell, pt, strict=True):
        if a >= 0 and b >= 0:
            codes.append(STAYED if partner.get(a) == b else MOVED)
        else:
            codes.append(LOST if a >= 0 else GAINED if b >= 0 else NEITHER)
        if codes[-1] == STAYED:
            shared[a] = shared.get(a, 0.0) + gev
    return codes, shared


def test_the_same_parameters_change_nothing():
    cells = crowd()
    result, _, found = compared(cells, ChainParameters(), ChainParameters())
    clustered = result.cluster_of_cell >= 0
    assert len(result.clusters) > 20
    assert found.category.dtype == np.int8
    assert set(found.category[clustered]) == {STAYED}
    assert set(found.category[~clustered]) == {NEITHER}
    table = found.table
    assert table["a"].tolist() == table["b"].tolist()
    assert table["a"].tolist() == np.argsort(-result.clusters["pt"], kind="stable").tolist()
    assert table["shared"].to_numpy() == pytest.approx(1)
    assert not table[["delta_energy", "delta_eta", "delta_phi"]].to_numpy().any()


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (ChainParameters(radius=0.01), ChainParameters(radius=0.03)),
        (ChainParameters(), ChainParameters(seed_window=4)),
        (ChainParameters(), ChainParameters(association="max_energy")),
        (ChainParameters(seed_threshold=60.0), ChainParameters(kernel="flat_top", seed_threshold=25.0)),
    ],
)
def test_categories_and_shared_parts_are_those_of_a_plain_loop(a, b):
    cells = crowd()
    result_a, result_b, found = compared(cells, a, b)
    codes, shared = by_loops(result_a, result_b, found.table, cells["pt"])
    assert found.category.tolist() == codes
    table = found.table
    assert sorted(table["a"][table["a"] >= 0]) == list(range(len(result_a.clusters)))
    assert sorted(table["b"][table["b"] >= 0]) == list(range(len(result_b.clusters)))
    for row in table.itertuples():
        if row.a >= 0:
            assert row.pt_a == result_a.clusters["pt"][row.a]
            assert row.shared == pytest.approx(shared.get(row.a, 0) / row.pt_a)
        if row.b >= 0:
            assert row.pt_b == result_b.clusters["pt"][row.b]
        if row.a >= 0 and row.b >= 0:
            assert row.shared > 0
            difference = result_b.clusters.iloc[row.b] - result_a.clusters.iloc[row.a]
            assert row.delta_energy == difference["energy"]
            assert row.delta_eta == difference["eta"]
            assert abs(row.delta_phi) < 0.2
        else:
            assert np.isnan([row.delta_energy, row.delta_eta, row.delta_phi]).all()


def test_a_larger_radius_loses_nothing():
    cells = crowd()
    _, _, found = compared(cells, ChainParameters(radius=0.01), ChainParameters(radius=0.03))
    count = dict(zip(CATEGORIES, found.totals(), strict=True))
    assert count["gained"] > 0
    assert count["stayed"] > 0
    assert count["lost"] == count["moved"] == 0
    assert sum(count.values()) == len(cells)
    assert found.totals(cells["pt"].to_numpy()).sum() == pytest.approx(cells["pt"].sum())


def test_a_merger_and_its_reverse_a_split():
    """Two peaks three bins apart are two clusters, and with a window of 3 one."""
    cells = two_peaks()
    two, one = ChainParameters(radius=0.02), ChainParameters(radius=0.02, seed_window=3)
    result_a, result_b, found = compared(cells, two, one)
    assert [len(result_a.clusters), len(result_b.clusters)] == [2, 1]
    large = int(result_a.clusters["pt"].argmax())
    assert found.table[["a", "b"]].to_numpy().tolist() == [[large, 0], [1 - large, -1]]
    assert found.table["shared"].tolist() == pytest.approx([1, 0])
    assert found.category.tolist() == [MOVED, MOVED, STAYED, STAYED, STAYED]
    _, _, back = compared(cells, one, two)
    assert back.table[["a", "b"]].to_numpy().tolist() == [[0, large], [-1, 1 - large]]
    assert back.table["shared"][0] == pytest.approx(450 / 650)
    assert np.isnan(back.table[["pt_a", "shared"]].to_numpy()[1]).all()
    assert back.category.tolist() == found.category.tolist()


def test_clusters_that_hold_the_same_are_matched():
    """Clusters are known by what they hold, not by their rows."""
    cells = two_peaks()
    result = run(cells, ChainParameters(radius=0.02))
    swapped = run(cells, ChainParameters(radius=0.02))
    swapped.__dict__["cluster_of_cell"] = 1 - result.cluster_of_cell
    found = compare(result, swapped, cells["pt"].to_numpy())
    assert found.table[["a", "b"]].to_numpy().tolist() == [[1, 0], [0, 1]]
    assert set(found.category) == {STAYED}


def test_phi_goes_the_short_way_around():
    """The mean of a cluster at phi = pi crosses it when the radius grows."""
    cells = at(0.2, np.array([-np.pi + 0.001, np.pi - 0.02]), [100.0, 80.0])
    result_a, result_b, found = compared(cells, ChainParameters(radius=0.001), ChainParameters(radius=0.02))
    assert result_a.clusters["phi"].tolist() == pytest.approx([-np.pi + 0.001])
    assert result_b.clusters["phi"].tolist() == pytest.approx([np.pi - 1.5 / 180], abs=1e-5)
    assert found.table["delta_phi"].tolist() == pytest.approx([-0.001 - 1.5 / 180], abs=1e-5)


@pytest.mark.parametrize("n", [0, 3])
def test_without_clusters(n):
    cells = at(np.full(n, 0.2), np.zeros(n), np.full(n, 1.0))
    _, _, found = compared(cells, ChainParameters(), ChainParameters())
    assert found.category.tolist() == [NEITHER] * n
    assert len(found.table) == 0
    assert found.totals().tolist() == [n, 0, 0, 0, 0]


def test_clusters_on_one_side_only():
    cells = at(0.2, np.zeros(3), [50.0, 60, 70])
    a, b = ChainParameters(), ChainParameters(seed_threshold=1e4)
    assert set(compared(cells, a, b)[2].category) == {LOST}
    assert set(compared(cells, b, a)[2].category) == {GAINED}
    assert compared(cells, a, b)[2].table[["a", "b"]].to_numpy().tolist() == [[0, -1]]
    assert compared(cells, b, a)[2].table[["a", "b"]].to_numpy().tolist() == [[-1, 0]]


def test_results_of_other_trigger_cells_are_refused():
    cells = at(0.2, np.zeros(3), [50.0, 60, 70])
    with pytest.raises(ChainError, match="same trigger cells"):
        compare(run(cells), run(cells[:2]), cells["pt"].to_numpy())
