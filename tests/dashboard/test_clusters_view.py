"""The tables of clusters, of A against B, and the pane that holds them."""

import re

import numpy as np
import pytest
from browser import count_updates
from display_files import PHOTON, Made, cells, write
from split_events import SPLIT, WHOLE, catalogue_of, electrons_file, shown

from bye_splits.chain.comparison import CATEGORIES
from bye_splits.chain.shapes import SHAPES
from bye_splits.dashboard.link import display as link
from bye_splits.dashboard.state.derived import follows
from bye_splits.dashboard.state.display import DisplayState
from bye_splits.dashboard.views.display.beside_file import BesideFileTable
from bye_splits.dashboard.views.display.cluster_tools import ClusterTools
from bye_splits.dashboard.views.display.clusters import ClusterTable, why_none
from bye_splits.dashboard.views.display.clusters_pane import ClustersPane
from bye_splits.dashboard.views.display.comparison import ComparisonTable
from bye_splits.dashboard.views.display.facts import FactsView
from bye_splits.dashboard.views.display.page import start


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory, geometry):
    return catalogue_of(electrons_file(tmp_path_factory.mktemp("electrons"), geometry))


@pytest.fixture
def state(catalogue):
    return shown(catalogue)


def pick(view, *rows):
    """A click in the browser: the rows of the table that it selects."""
    view.source.selected.indices = list(rows)


def test_the_table_is_the_result(state):
    view, result = ClusterTable(state), state.chain.result
    data = view.source.data
    assert len(result.clusters) == 2
    assert data["row"].tolist() == np.argsort(-result.clusters["pt"]).tolist()
    for name in ("pt", "energy", "eta", "phi", "n_cells"):
        assert data[name].tolist() == result.clusters[name][data["row"]].tolist()
    seeds = result.clusters["seed"].to_numpy()[data["row"]]
    assert data["seed"].tolist() == result.seeds["energy"][seeds].tolist()
    assert data["colour"] == [state.colours.seed_colours[seed] for seed in seeds]
    assert data["response"] == pytest.approx(data["energy"] / state.shown.generated["energy"])
    assert set(data) == {column.field for column in view.columns()} | {"colour"}
    assert "shapes" not in vars(result)  # nobody has asked for them


def test_the_tooltip_of_a_row_is_made_when_it_is_asked_for(state):
    view, result = ClusterTable(state), state.chain.result
    assert view.described in view.table.tags
    view.described.data = {"cluster": [1], "text": [""]}
    title, *lines = view.described.data["text"][0].splitlines()
    assert title == "cluster 1"
    said = {name: value for line in lines for name, value in re.findall(r"(\w+) +([\u2212\d.]+)", line)}
    assert sorted(said) == sorted(SHAPES)
    for name, text in said.items():
        shape = SHAPES[name]
        assert text.replace("\u2212", "-") == f"{result.shapes[name][1]:.{shape.decimals}f}"
        assert not shape.unit or f"{text} {shape.unit}" in "\n".join(lines)
    view.described.data = {"cluster": [7], "text": [""]}  # of a table that is not shown any more
    assert view.described.data["text"] == [""]


def test_chosen_shapes_are_columns(state):
    view, tools = ClusterTable(state), ClusterTools(state)
    usual = [column.field for column in view.table.columns]
    assert not tools.shapes.visible
    tools.choose.value = True
    assert tools.shapes.visible
    tools.shapes.value = ["hoe", "seetot"]  # as they were clicked
    assert state.shapes == ("seetot", "hoe")
    assert [column.field for column in view.table.columns] == [*usual, "seetot", "hoe"]
    assert view.table.autosize_mode == "none"  # as wide as they need: the table is scrolled
    assert "shapes=seetot,hoe" in link.write(state)
    for name in ("seetot", "hoe"):
        data = view.source.data
        assert data[name].tolist() == state.chain.result.shapes[name][data["row"]].tolist()
    state.update(shapes=())
    assert tools.shapes.value == []
    assert [column.field for column in view.table.columns] == usual
    assert view.table.autosize_mode == "force_fit"


def test_unknown_shapes_of_a_link_are_said(state):
    _, values, problems = link.read("?shapes=hoe,size", state)
    assert "shapes" not in values
    assert problems == [
        f"In the link, shapes='hoe,size' is not some of {', '.join(SHAPES)}: the default is shown."
    ]


def test_the_clusters_of_the_file_are_beside_the_chains(state):
    view, tools = BesideFileTable(state), ClusterTools(state)
    n = len(state.chain.result.clusters)
    assert view.source.data["kind"] == ["same"] * n  # a toy file is made with the default chain
    assert sorted(view.source.data["chain"]) == list(range(n))
    assert view.source.data["n_cells_file"].tolist() == view.source.data["n_cells_chain"].tolist()
    assert {column.field for column in view.columns()} <= set(view.source.data)
    tools.beside.value = True
    assert state.beside_file
    assert not tools.choose.visible
    state.change_chain(seed_threshold=1e6)
    data = view.source.data
    assert data["kind"] == ["missing"] * n
    assert data["colour"] == [""] * n
    assert np.isnan(data["delta_pt"]).all()
    assert f"<td>{n}</td><td>0</td>" in view.legend.object  # missing, extra


def test_a_row_beside_the_files_selects_its_cluster(state):
    view = BesideFileTable(state)
    pick(view, 1)
    assert state.selection.cluster == view.source.data["chain"][1]
    assert view.source.selected.indices == [1]
    state.change_chain(seed_threshold=1e6)
    pick(view, 0)  # the chain has none there
    assert state.selection.cluster == -1
    assert view.source.selected.indices == []


def test_the_pane_shows_one_of_the_tables_of_clusters(state):
    pane = ClustersPane(state)

    def visible():
        return [name for name, view in pane.tables.items() if view.active and view.pane.visible]

    assert visible() == ["clusters"]
    state.update(beside_file=True)
    assert visible() == ["beside the file's"]
    state.update(beside_file=False)
    assert visible() == ["clusters"]
    assert pane.tools.beside.visible


def test_only_clusters_near_the_particle_have_a_response(state, monkeypatch):
    monkeypatch.setattr(type(state.chain), "near_particle", follows()(lambda self: np.array([1])))
    data = ClusterTable(state).source.data
    assert np.isnan(data["response"]).tolist() == [row != 1 for row in data["row"]]


def test_the_response_is_the_headers(state):
    largest = np.nanmax(ClusterTable(state).source.data["response"])
    assert ("leading E response", f"{largest:.2f}") in FactsView(state)._clusters()


def test_a_click_on_a_row_selects_its_cluster_once(state, monkeypatch):
    view = ClusterTable(state)
    calls = count_updates(monkeypatch, view)
    for row in (1, 0):
        calls[view].clear()
        pick(view, row)
        assert state.selection.cluster == view.source.data["row"][row]
        assert calls[view] == [{"mark"}]
        assert view.source.selected.indices == [row]
    pick(view)
    assert state.selection.cluster == -1


def test_a_link_opens_the_tab_of_what_was_selected_last(state, catalogue):
    view = ClusterTable(state)

    def opened():
        again = DisplayState(catalogue)
        assert start(again, link.write(state)) == []
        return again.selection

    state.selection.select(int(state.shown.loaded.number[state.shown.in_endcap[0]]))
    assert opened().tab == "cell"
    pick(view, 0)
    assert (opened().tab, opened().selected) == ("clusters", state.selection.selected)
    state.selection.select(state.selection.selected)
    assert (opened().tab, opened().cluster) == ("cell", state.selection.cluster)
    state.selection.select(-1)
    assert opened().tab == "clusters"


def test_of_several_rows_the_last_is_selected(state):
    view = ClusterTable(state)
    pick(view, 0, 1)
    assert state.selection.cluster == view.source.data["row"][1]
    assert view.source.selected.indices == [1]
    pick(view, 7)  # of a table that is not shown any more
    assert state.selection.cluster == -1
    assert view.source.selected.indices == []


def test_a_selected_cluster_is_selected_in_the_table_without_sending_it_again(state):
    view = ClusterTable(state)
    sent = view.source.data
    for cluster in (1, 0):
        state.selection.cluster = cluster
        assert [view.source.data["row"][row] for row in view.source.selected.indices] == [cluster]
    assert view.source.data is sent
    state.selection.cluster = -1
    assert view.source.selected.indices == []


def test_another_event_or_parameter_brings_its_clusters_and_no_selection(state):
    view = ClusterTable(state)
    state.selection.cluster = 1
    state.change_chain(seed_window=2)
    assert len(view.source.data["row"]) == len(state.chain.result.clusters) == 1
    assert view.source.selected.indices == []
    pick(view, 0)
    assert state.show(number=WHOLE)
    assert view.source.data["pt"].tolist() == state.chain.result.clusters["pt"].tolist()
    assert view.source.selected.indices == []
    assert state.selection.cluster == -1


# -- why there is nothing --------------------------------------------------------------------------------


def test_no_seed(state):
    view = ClusterTable(state)
    state.change_chain(seed_threshold=5000.0)
    highest = state.chain.result.smoothed.max()
    assert why_none(state) == f"No seed above 5000 mipT: the highest smoothed bin has {highest:.3g} mipT."
    assert why_none(state) in view._hint.object
    assert (view._hint.visible, view.table.visible) == (True, False)
    state.change_chain(seed_threshold=20.0)
    assert (view._hint.visible, view.table.visible) == (False, True)


def test_no_cluster_around_the_seeds(state):
    state.change_chain(radius=0.0)
    assert why_none(state) == "No cluster above 0.5 GeV around 2 seeds."


def test_no_module_and_no_seed_in_it(state):
    state.change_chain(chain="coarse_seeding", seed_threshold=1e5)
    assert why_none(state) == "No seed above 100000 mipT in the 1 chosen modules."
    low = next(
        n
        for n in range(1, SPLIT)
        if state.show(number=n) and not state.chain.result.stages.modules["chosen"].any()
    )
    highest = state.chain.result.stages.modules["mipPt"].max()
    assert state.shown.loaded.event.number == low
    assert why_none(state) == f"No module reaches its threshold: the highest has {highest:.3g} mipT."


def test_no_trigger_cell(tmp_path, columns, show_file):
    state = show_file(write(tmp_path / "faint.root", [Made(1, cells(columns, [5, 6], mip=0.2), [PHOTON])]))
    assert why_none(state) == "No trigger cell of at least 0.5 mipT in the +z endcap."
    assert ClusterTable(state)._hint.visible


# -- A against B -----------------------------------------------------------------------------------------


def test_the_comparison_is_the_chains(state):
    state.compare_with({"seed_window": 2})
    view = ComparisonTable(state)
    table = state.chain.comparison.table
    for name in ("a", "b", "pt_a", "pt_b", "delta_energy", "delta_eta", "delta_phi"):
        np.testing.assert_array_equal(view.source.data[name], table[name])
    np.testing.assert_array_equal(view.source.data["shared"], 100 * table["shared"])
    energy = state.shown.loaded.value["energy"][state.chain.chain_rows]
    names, cells, energies = (
        re.findall("<t[hd]>(.*?)</t[hd]>", re.sub("<i.*?</i>", "", row))
        for row in view.legend.object.split("</tr>")[:3]
    )
    assert names == ["all cells", *CATEGORIES[1:]]
    for name, n, gev in zip(names[1:], cells[1:], energies[1:], strict=True):
        mine = state.chain.comparison.category == CATEGORIES.index(name)
        assert (n, gev) == (str(mine.sum()), f"{energy[mine].sum():.1f}")
    assert (cells[0], energies[0]) == ("TCs", "GeV")
    before = view.legend.object
    state.cuts.threshold = 5.0
    assert view.legend.object == before  # all cells, not those that are shown


def test_a_row_of_the_comparison_selects_its_clusters(state):
    state.compare_with({"seed_window": 2})
    view = ComparisonTable(state)
    assert view.source.data["b"].tolist() == [0, -1]
    pick(view, 1)
    assert state.selection.selected_clusters == [(state.chain.result_a, view.source.data["a"][1])]
    state.selection.cluster = 0
    assert view.source.selected.indices == [0]
    assert state.selection.selected_clusters == [
        (state.chain.result_a, view.source.data["a"][0]),
        (state.chain.result_b, 0),
    ]


def test_a_cluster_of_b_alone_can_be_selected(state):
    state.change_chain(seed_window=2)
    state.compare_with({"seed_window": 1})
    view = ComparisonTable(state)
    assert view.source.data["a"].tolist() == [0, -1]
    pick(view, 1)
    assert view.source.selected.indices == [1]
    assert state.selection.selected_clusters == [(state.chain.result_b, view.source.data["b"][1])]


def test_the_totals_have_colours_where_the_panes_have_them(state):
    state.compare_with({"radius": 0.012})
    view = ComparisonTable(state)
    assert view.legend.object.count("swatch") == 4
    state.colours.colour_by = "mipT"
    assert all(name in view.legend.object for name in CATEGORIES[1:])
    assert "swatch" not in view.legend.object


def test_without_b_the_comparison_says_so(state):
    state.chain.compare = "A | B"
    view = ComparisonTable(state)
    assert "no set B" in view._hint.object
    assert view.legend.object == ""


# -- the pane --------------------------------------------------------------------------------------------


def test_the_pane_makes_and_updates_only_the_table_in_view(state, monkeypatch):
    pane = ClustersPane(state)
    assert set(pane.tables) == {"clusters"}
    clusters = pane.tables["clusters"]
    calls = count_updates(monkeypatch, clusters)
    state.change_chain(radius=0.02)
    assert len(calls[clusters]) == 1
    state.compare_with({"seed_window": 2})
    comparison = pane.tables["comparison"]
    assert (clusters.pane.visible, comparison.pane.visible) == (False, True)
    assert comparison.legend.visible
    _, *below = pane._column.objects
    assert below == [*clusters.panes, *comparison.panes, pane.card.valley]
    assert len(calls[clusters]) == 1
    assert comparison.source.data["a"].tolist() == state.chain.comparison.table["a"].tolist()
    calls |= count_updates(monkeypatch, comparison)
    state.chain.compare = "B"
    assert not calls[comparison]
    assert (clusters.pane.visible, comparison.pane.visible) == (True, False)
    assert len(clusters.source.data["row"]) == 1


def test_a_hidden_pane_computes_nothing(state):
    pane = ClustersPane(state, active=False)
    state.graph.computed.clear()
    state.change_chain(radius=0.02)
    assert not state.graph.computed
    pane.active = True
    assert state.graph.computed["result_a"] == 1
