"""Trigger cells that clusters share: selection, facts, tables and the comparison of two sets."""

import numpy as np
import pandas as pd
import pytest

from bye_splits.chain.comparison import compare
from bye_splits.dashboard.views.display.downloads import all_clusters, all_shares
from bye_splits.dashboard.views.display.facts import CardView


@pytest.fixture
def shared(state):
    """A display whose clusters share trigger cells."""
    state.change_chain(association="energy_split", seeding="threshold")
    assert state.chain.result.shared
    assert len(state.chain.result.clusters) > 1
    return state


def test_a_selected_cluster_has_all_cells_of_which_it_has_a_share(shared):
    result = shared.chain.result
    shared.selection.cluster = 1
    mine = result.cluster_shares.query("cluster == 1")
    assert shared.selection.cells_of_cluster.sum() == len(mine) == result.clusters.n_cells[1]
    assert (mine.share < 1).any()


def test_a_cell_names_the_clusters_that_share_it(shared):
    result = shared.chain.result
    most = result.cluster_shares.groupby("cell").size().idxmax()
    row = int(shared.chain.chain_rows[most])
    (found,) = shared.selection.shares_of(row).values()
    assert len(found) > 1
    assert sum(share for _, share in found) == pytest.approx(1, abs=1e-6)
    assert [share for _, share in found] == sorted((share for _, share in found), reverse=True)
    assert found[0][0] == result.cluster_of_cell[most]
    shared.selection.select(int(shared.shown.loaded.number[row]))
    words = CardView(shared).html()
    assert f"{found[0][0]} {100 * found[0][1]:.3g} %" in words
    shared.change_chain(association="min_distance")
    assert "GeV" in CardView(shared).html().partition("cluster")[2]


def test_shares_add_up_to_the_clusters_in_the_files(shared):
    shares, clusters = all_shares(shared), all_clusters(shared)
    cells = shared.shown.loaded.event.trigger_cells
    names = ["waferu", "waferv", "cellu", "cellv", "layer"]
    with_pt = shares.merge(cells[[*names, "pt"]].assign(pt=cells["pt"].astype(float)), on=names)
    summed = (with_pt["pt"] * with_pt["share"]).groupby(with_pt["cluster"]).sum()
    assert len(shares) == clusters["n_cells"].sum()
    np.testing.assert_allclose(summed.to_numpy(), clusters["pt"].to_numpy(), rtol=1e-6)


def test_clusters_are_compared_by_what_they_have_in_common(shared):
    a = shared.chain.result
    pt = shared.chain.chain_table["pt"]
    same = compare(a, a, pt).table
    assert same["shared"].to_numpy() == pytest.approx(1, rel=1e-6)
    assert (same["a"] == same["b"]).all()
    shared.change_chain(association="min_distance")
    whole = shared.chain.result
    mixed = compare(a, whole, pt).table
    assert isinstance(mixed, pd.DataFrame)
    assert mixed["shared"].dropna().between(0, 1 + 1e-9).all()
