"""What the file itself says: several generated particles, clusters without trigger cells, large numbers."""

import awkward as ak
import numpy as np
import pytest
import uproot
from display_files import PHOTON, Made, both, cells, write

from bye_splits.config import Config
from bye_splits.dashboard.catalogue import Catalogue
from bye_splits.dashboard.figures.colours import THEMES
from bye_splits.dashboard.link import display as link
from bye_splits.dashboard.state.display import DisplayState
from bye_splits.dashboard.views.display.facts import FactsView, MapTitle, ShowerTitle
from bye_splits.dashboard.views.display.page import DisplayPage, NothingToShow, start
from bye_splits.settings import Sample

PARTICLES = [
    {"pid": 22, "exeta": 1.8, "exphi": -1.2, "pt": 12.0, "energy": 37.3},
    {"pid": 22, "exeta": 2.0, "exphi": 0.7, "pt": 30.0, "energy": 113.0},
    {"pid": 11, "exeta": 2.15, "exphi": 0.95, "pt": 22.0, "energy": 95.7},
    {"pid": 22, "exeta": -2.0, "exphi": 0.7, "pt": 90.0, "energy": 340.0},
]


def around(columns, particle, mip):
    """Trigger cells around a particle."""
    r = columns.z / np.sinh(particle["exeta"])
    away = np.hypot(columns.x - r * np.cos(particle["exphi"]), columns.y - r * np.sin(particle["exphi"]))
    near = np.flatnonzero((away < 9) & (columns.layer <= 25))
    return cells(columns, near, mip=mip / (1 + away[near] ** 2))


@pytest.fixture(scope="module")
def three(columns, tmp_path_factory):
    """Two events of three particles with showers in one endcap, and one in the other."""
    showers = both(*(around(columns, one, 3 * one["pt"]) for one in PARTICLES[:3]))
    path = tmp_path_factory.mktemp("three") / "three.root"
    return write(path, [Made(1, showers, PARTICLES), Made(2, showers, [PHOTON])])


def in_view(pane):
    return {name for name, table in pane.tables.items() if table.pane.visible}


def write_clusters(path, events, tree="A/HGCalTriggerNtuple", more=()):
    """A raw ntuple without trigger cells: number, clusters (pt, eta, phi) and particles of each event."""

    def table(parts, names, integers=()):
        return ak.zip(
            {
                name: ak.unflatten(
                    np.array(
                        [one[name] for part in parts for one in part], "i4" if name in integers else "f4"
                    ),
                    [len(part) for part in parts],
                )
                for name in names
            }
        )

    with uproot.recreate(path) as file:
        for where in (tree, *more):
            clusters = [
                [{"pt": pt, "eta": eta, "phi": phi, "energy": pt * np.cosh(eta)} for pt, eta, phi in part]
                for _, part, _ in events
            ]
            objects = {
                "cl3d": table(clusters, ("pt", "energy", "eta", "phi")),
                "genpart": table([part for *_, part in events], PHOTON, ("pid",)),
            }
            numbers = np.array([number for number, *_ in events], np.uint64)
            made = file.mktree(
                where,
                {"event": numbers.dtype} | {name: array.type.content for name, array in objects.items()},
                counter_name=lambda counted: f"{counted}_n",
                field_name=lambda outer, inner: inner if outer == "" else f"{outer}_{inner}",
            )
            made.extend({"event": numbers} | objects)
    return path


CLUSTERS = [(7.0, 2.03, 0.76), (22.0, 2.0, 0.7), (3.0, -2.4, 1.0), (20.0, 2.15, 0.95)]
EVENTS = [(2**64 - 1, CLUSTERS, PARTICLES[:3]), (2**63 + 5, [(5.0, -1.9, 0.1)], []), (4, [], [])]


@pytest.fixture
def without_cells(tmp_path):
    return write_clusters(tmp_path / "cl3d.root", EVENTS)


# -- several particles --------------------------------------------------------------------------------------


def test_the_particle_of_highest_pt_is_looked_at_first(three, show_file):
    state = show_file(three)
    assert [one["pt"] for one in state.shown.particles] == [30.0, 22.0, 12.0]
    assert state.shown.generated["pt"] == 30.0
    assert "generated photon, first of 3" in FactsView(state).html()
    state.turn("-z")
    assert [one["pt"] for one in state.shown.particles] == [90.0]
    assert "of 3" not in FactsView(state).html()


def test_what_is_measured_is_of_the_chosen_one(three, show_file):
    state = show_file(three)
    for chosen, (kind, place) in enumerate(
        (("photon", "first"), ("electron", "second"), ("photon", "third"))
    ):
        state.shown.chosen = chosen
        one = state.shown.particles[chosen]
        assert state.shown.generated is one
        near = state.chain.near_particle
        assert len(near) == 1
        assert state.chain.result.clusters["eta"].iat[near[0]] == pytest.approx(one["exeta"], abs=0.02)
        response = state.chain.result.clusters["energy"].iat[near[0]] / one["energy"]
        html = FactsView(state).html()
        assert f"generated {kind}, {place} of 3" in html
        assert f"{response:.2f}" in html
        slope = np.array(state.shown.slope)
        assert np.hypot(*slope) == pytest.approx(1 / np.sinh(one["exeta"]))
        assert len(state.shown.other_slopes) == 2
        assert not np.isclose(state.shown.other_slopes, slope).all(axis=1).any()
        x, y, z = (state.shown.loaded.value[name] for name in "xyz")
        from_axis = np.hypot(x - z * slope[0], y - z * slope[1])
        assert np.allclose(state.shown.from_axis, from_axis, atol=1e-3)
    state.update(cylinder=10.0, chosen=2)
    assert (state.shown.from_axis[state.cuts.near] <= 10).all()
    assert len(state.cuts.near)


def test_all_particles_are_drawn_and_listed(three, open_files):
    page = DisplayPage(open_files(three))
    state, table = page.state, page.clusters.tables["particles"]
    assert table.pane.visible
    assert table.source.data["kind"] == ["photon", "electron", "photon"]
    assert table.source.data["pt"].tolist() == [30.0, 22.0, 12.0]
    assert table.source.selected.indices == [0]
    table.source.selected.indices = [1]  # a click
    assert state.shown.chosen == 1
    z = state.shown.geometry.layer_z[state.cuts.layer]
    axis, others = page.map.map.axis.data, page.map.overlays.others.data
    assert np.allclose([axis["x"][0], axis["y"][0]], z * np.array(state.shown.slope))
    assert np.allclose(np.transpose([others["x"], others["y"]]), z * state.shown.other_slopes)
    view = page.map.viewport
    assert view.holds(axis["x"][0], axis["y"][0])
    page.shower.catch_up()
    lines = {trace["name"]: trace for trace in page.shower._pane.object._data}
    thin = lines["other generated particles"]
    slopes = np.stack([thin["y"], thin["z"]], axis=1)[::3] / thin["x"][::3, None]
    assert np.allclose(slopes, state.shown.other_slopes, atol=1e-5)
    table.source.selected.indices = []  # one of them always is
    assert state.shown.chosen == 1
    assert table.source.selected.indices == [1]
    assert state.step(1)
    assert (state.shown.chosen, table.pane.visible) == (0, False)
    assert len(page.map.overlays.others.data["x"]) == 0


def test_the_chosen_particle_is_in_the_link(three, open_files):
    page = DisplayPage(open_files(three), "?event=1&generated=2")
    assert page.problems == []
    assert page.state.shown.chosen == 1
    assert "generated=2" in link.write(page.state)
    state = DisplayState(open_files(three))
    assert start(state, "?event=1&generated=4") == [
        "In the link, generated=4 is not one of the 3 generated particles in this endcap."
    ]
    assert state.shown.chosen == 0
    state = DisplayState(open_files(three))
    (problem,) = start(state, "?event=1&generated=0")
    assert "a number from 1" in problem


# -- without trigger cells ----------------------------------------------------------------------------------


def test_clusters_and_particles_are_shown_as_directions(without_cells, open_files):
    page = DisplayPage(open_files(without_cells))
    state = page.state
    assert page.problems == []
    assert (state.shown.endcap, state.shown.loaded.sides) == ("+z", ("+z", "-z"))
    html = FactsView(state).html()
    assert "written without trigger cells" in html
    assert "2 \u2014 split \u00b7 3 in all" in html
    assert f"{22 * np.cosh(2.0) / 113:.2f}" in html
    table = page.clusters.tables["file clusters"]
    assert in_view(page.clusters) == {"particles", "file clusters"}
    assert table.source.data["pt"].tolist() == [22.0, 20.0, 7.0]
    assert np.isfinite(table.source.data["response"]).tolist() == [True, False, True]
    z, (x, y) = state.shown.geometry.layer_z[state.cuts.layer], state.shown.file_directions
    found = page.map.overlays.found.data
    assert np.allclose(found["x"], x * z)
    assert np.allclose(found["y"], y * z)
    assert np.allclose(np.hypot(x, y), 1 / np.sinh([2.0, 2.15, 2.03]))
    assert found["colour"] == table.source.data["colour"]
    assert found["name"] == ["0", "1", "2"]
    assert not page.map.map.bar.visible
    page.shower.catch_up()
    (lines,) = (trace for trace in page.shower._pane.object._data if trace["name"] == "seeds")
    assert np.allclose(np.stack([lines["y"], lines["z"]])[:, ::3] / lines["x"][::3], [x, y], atol=1e-5)
    box, _ = state.framed
    for depth in box.z:
        assert box.x[0] < (x * depth).min()
        assert (x * depth).max() < box.x[1]
    assert "3 clusters \u00b7 3 particles" in MapTitle(state).html()
    assert "3 clusters \u00b7 3 particles" in ShowerTitle(state).html()
    assert not page.sidebar.threshold.visible


def test_a_selected_cluster_of_the_file_stands_out(without_cells, open_files):
    page = DisplayPage(open_files(without_cells))
    page.clusters.tables["file clusters"].source.selected.indices = [1]
    assert page.state.selection.cluster == 1
    faint = THEMES["dark"]["wafer"]
    assert [colour == faint for colour in page.map.overlays.found.data["colour"]] == [True, False, True]
    again = DisplayPage(open_files(without_cells), "?cluster=1")
    assert (again.problems, again.state.selection.cluster) == ([], 1)
    (problem,) = DisplayPage(open_files(without_cells), "?cluster=3").problems
    assert "not a row of the table" in problem


def test_events_with_little_in_them(without_cells, open_files):
    state = DisplayPage(open_files(without_cells)).state
    assert state.step(1)
    assert (state.shown.endcap, len(state.shown.file_clusters["pt"])) == ("-z", 1)
    assert np.allclose(state.shown.focus, [np.cos(0.1) / -np.sinh(1.9), np.sin(0.1) / -np.sinh(1.9)])
    assert "clusters of the file" in FactsView(state).html()
    assert state.step(1)
    assert "no clusters and no generated particles to show" in FactsView(state).html()


def test_from_a_file_with_trigger_cells_to_one_without_and_back(three, without_cells, open_files):
    page = DisplayPage(open_files(three, without_cells))
    for _ in range(2):
        assert page.state.show(("cl3d", ""))
        assert not page.sidebar.threshold.visible
        assert in_view(page.clusters) == {"particles", "file clusters"}
        assert page.state.show(("three", ""))
        assert page.sidebar.threshold.visible
        assert page.map.map.bar.visible
        assert in_view(page.clusters) == {"particles", "clusters"}
        assert set(page.map.overlays.found.data["colour"]) <= {THEMES["dark"]["text"]}


# -- several trees ------------------------------------------------------------------------------------------


def test_each_tree_of_a_file_is_a_sample(tmp_path, open_files):
    path = write_clusters(tmp_path / "two.root", EVENTS, "A/T", ["B/T"])
    catalogue = open_files(path)
    assert list(catalogue.samples) == [("two:A", ""), ("two:B", "")]
    assert catalogue.source(("two:B", "")).tree == "B/T"
    page = DisplayPage(catalogue, "?particle=two:B")
    assert (page.problems, page.state.navigation.particle) == ([], "two:B")


def test_a_configured_file_with_two_trees_keeps_its_default_events(tmp_path):
    path = write_clusters(tmp_path / "two.root", EVENTS, "A/T", ["B/T"])
    key = ("photons", "0")
    catalogue = Catalogue(Config(samples={key: Sample(*key, path)}, default_events={key: (4,)}))
    assert list(catalogue.samples) == [("photons:A", "0"), ("photons:B", "0")]
    state = DisplayState(catalogue)
    assert state.show(("photons:B", "0"))
    assert state.shown.loaded.event.number == 4
    named = Catalogue(Config(samples={key: Sample(*key, path, "B", "T")}))
    assert list(named.samples) == [key]


# -- event numbers ------------------------------------------------------------------------------------------


def test_numbers_above_63_bits(without_cells, open_files):
    page = DisplayPage(open_files(without_cells), f"?event={2**63 + 5}")
    assert page.problems == []
    assert page.sidebar.event.value == str(2**63 + 5)
    assert f"event={2**63 + 5}" in link.write(page.state)
    page.sidebar.previous.param.trigger("clicks")
    assert page.state.shown.loaded.event.number == 2**64 - 1
    assert f">{2**64 - 1}<" in FactsView(page.state).html()
    page.sidebar.event.value = str(2**63 + 5)
    assert page.state.navigation.entry == 1


# -- positions ----------------------------------------------------------------------------------------------


def test_positions_that_are_not_filled_are_one_paragraph(columns, open_files, tmp_path):
    numbers = np.flatnonzero(columns.layer == 9)[:9]
    path = write(tmp_path / "z.root", [Made(1, cells(columns, numbers, z=0.0))])
    with pytest.raises(NothingToShow, match="z = 0 in 9 of 9 trigger cells"):
        DisplayPage(open_files(path))


def test_a_few_positions_that_are_not_filled_are_counted_on_the_page(columns, show_file, tmp_path):
    made = cells(columns, np.flatnonzero(columns.layer == 9)[:9])
    made["z"] = np.where(np.arange(9) < 4, 0, made["z"])
    state = show_file(write(tmp_path / "z.root", [Made(1, made, [PHOTON])]))
    assert "4 trigger cells left out: without a position (z = 0)" in FactsView(state).html()
    assert state.seen["total"] == 5
