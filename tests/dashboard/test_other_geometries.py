"""Files of other geometries on the display: the geometry used, what is said of it, how cells are drawn."""

from html import unescape

import numpy as np
import other_files
import other_geometries as others
import pytest

from bye_splits import cache
from bye_splits.dashboard.link import display as link
from bye_splits.dashboard.state.cuts import EVERYTHING
from bye_splits.dashboard.state.display import DisplayState
from bye_splits.dashboard.views.display.facts import FactsView, MapTitle
from bye_splits.dashboard.views.display.sidebar import Sidebar
from bye_splits.geometry import Geometry, Inferred

LAYERS_47 = [*range(1, 27, 2), *range(27, 48)]


@pytest.fixture(scope="module", params=["unknown", "V17"])
def truth(request):
    return others.truth(request.param)


@pytest.fixture(scope="module")
def unknown_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("unknown") / "unknown.root"
    return other_files.write(path, other_files.made(others.truth("unknown"), "PU200", 3))


@pytest.fixture(scope="module")
def v11_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("v11") / "old.root"
    return other_files.write(path, other_files.made(others.truth("V11"), "PU0", 2))


@pytest.fixture(scope="module")
def configured():
    """A geometry of a configuration's file that is not V11."""
    return other_files.configured(others.truth("unknown"))


def outlines_hold_positions(loaded):
    """Whether the outline of each cell that is drawn holds the file's own position."""
    drawn = np.flatnonzero(loaded.number >= 0)
    side = np.where(loaded.value["z"][drawn] < 0, -1, 1)
    points = np.stack([side * loaded.value["x"][drawn], loaded.value["y"][drawn]], axis=1).astype(float)
    return others.held(loaded.geometry.corners(loaded.number[drawn]).astype(float), points)


def geometry_notices(loaded):
    return [notice for notice in loaded.notices if "positions" in notice or "is used" in notice]


# -- a file whose geometry nobody configured -----------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PU0", "PU200"])
def test_every_cell_is_drawn_where_the_file_has_it(truth, kind, tmp_path, show_file):
    path = other_files.write(tmp_path / "one.root", other_files.made(truth, kind, 3))
    state = show_file(path)
    for entry in range(3):
        assert state.show(entry=entry)
        loaded = state.shown.loaded
        assert isinstance(loaded.geometry, Inferred)
        assert (loaded.number >= 0).all()
        np.testing.assert_array_equal(loaded.layer, loaded.event.trigger_cells["layer"])
        assert outlines_hold_positions(loaded).all()
        assert not [notice for notice in loaded.notices if "not drawn" in notice]


def test_the_notice_names_v11_the_version_and_the_layers(truth, tmp_path, show_file):
    path = other_files.write(tmp_path / "one.root", other_files.made(truth, "PU200", 2))
    state = show_file(path)
    (notice,) = geometry_notices(state.shown.loaded)[:1]
    assert " % of the trigger cells are not where V11 has them" in notice
    version = state.shown.geometry.version
    looks = "of an unknown version" if version == "unknown version" else "it looks like V17"
    assert f"the geometry is read from the file's own positions ({looks}, 47 layers)" in notice


def test_layers_and_their_words_follow(unknown_file, show_file):
    state = show_file(unknown_file)
    assert state.cuts.layers_3d == state.cuts.all_layers == (1, 47)
    sidebar = Sidebar(state)
    assert sidebar.layers.stops == LAYERS_47
    assert sidebar.layers_3d.end == 47
    for layer, words in ((25, "CE-E"), (27, "CE-H"), (28, "CE-H"), (47, "CE-H")):
        state.cuts.layer = layer
        assert words in MapTitle(state).html()
    state.cuts.cylinder = EVERYTHING
    assert len(state.colours.sum_per_layer) == 48
    assert (state.colours.sum_per_layer[LAYERS_47] > 0).all()


def test_uncertain_cells_are_counted(truth, tmp_path, show_file):
    """A cell of a wafer that shows too little, and one whose position is not in its outline."""
    events = other_files.made(truth, "PU0", 1)
    cells = events[0].cells
    key = sum(cells[name].astype(np.int64) * 64**k for k, name in enumerate(("layer", "waferu", "waferv")))
    _, of, counts = np.unique(key, return_inverse=True, return_counts=True)
    odd = np.flatnonzero(counts[of] >= 8)[::40]
    x = cells["x"].copy()
    x[odd] += 4
    path = other_files.write(tmp_path / "one.root", other_files.changed(events, lambda _: {"x": x}))
    state = show_file(path)
    loaded = state.shown.loaded
    unsure = int((~loaded.geometry.sure(loaded.number)).sum())
    assert unsure >= len(odd)
    (notice,) = [text for text in loaded.notices if "outline being uncertain" in text]
    assert notice.startswith(f"{unsure} trigger cell")
    assert notice.split(":")[0] in unescape(FactsView(state).html())
    assert outlines_hold_positions(loaded).all()


def test_coarsened_positions_are_reported(tmp_path, show_file):
    truth = others.truth("unknown")
    group = truth.cells.groupby(["layer", "waferu", "waferv", "cellu", truth.cells["cellv"] // 2])
    means = truth.cells.assign(**{name: group[name].transform("mean") for name in others.POSITIONS})
    coarse = others.Truth(means, truth.placement, truth.centre, truth.size)
    state = show_file(other_files.write(tmp_path / "one.root", other_files.made(coarse, "PU200", 1)))
    assert "means of several" in FactsView(state).html()
    assert outlines_hold_positions(state.shown.loaded).all()


def test_a_missing_layer_28_is_reported(tmp_path, show_file):
    truth = others.truth("V17")
    cut = truth.only(np.flatnonzero(truth.cells["layer"] != 28))
    state = show_file(other_files.write(tmp_path / "one.root", other_files.made(cut, "PU200", 1)))
    assert "Layer 28, number 2 of CE-H, has no trigger cells in this file" in FactsView(state).html()


# -- V11 files -----------------------------------------------------------------------------------------------


def test_a_v11_file_keeps_the_one_v11_object(state, v11_file, show_file):
    assert state.shown.loaded.geometry is Geometry.v11()
    assert geometry_notices(state.shown.loaded) == []
    other = show_file(v11_file)
    assert other.shown.geometry is Geometry.v11()
    assert geometry_notices(other.shown.loaded) == []
    assert other.cuts.all_layers == (1, 50)


def test_a_v11_file_with_another_geometry_configured(v11_file, open_files, configured):
    catalogue = open_files(v11_file)
    catalogue.__dict__["geometry"] = configured
    state = DisplayState(catalogue)
    assert state.cuts.layers_3d == (1, 47)
    assert state.show((v11_file.stem, ""))
    assert state.shown.geometry is Geometry.v11()
    (notice,) = geometry_notices(state.shown.loaded)
    assert "other.root (unknown version) has them: V11 is used, with which the file agrees." in notice
    assert state.cuts.layers_3d == (1, 50)
    assert (state.shown.loaded.number >= 0).all()


def test_a_file_of_the_configured_geometry_is_shown_in_it(unknown_file, open_files, configured):
    catalogue = open_files(unknown_file)
    catalogue.__dict__["geometry"] = configured
    state = DisplayState(catalogue)
    assert state.show((unknown_file.stem, ""))
    assert state.shown.geometry is configured
    assert geometry_notices(state.shown.loaded) == []
    assert outlines_hold_positions(state.shown.loaded).all()


# -- two samples of different geometries ---------------------------------------------------------------------


@pytest.fixture
def two(unknown_file, v11_file, open_files):
    state = DisplayState(open_files(v11_file, unknown_file))
    assert state.show(("old", ""))
    return state


def test_switching_there_and_back(two):
    sidebar = Sidebar(two)
    v11_stops = Geometry.v11().layers.tolist()
    for _ in range(2):
        assert two.show(("old", ""), layer=50)
        assert two.shown.geometry is Geometry.v11()
        assert (two.cuts.layer, two.cuts.layers_3d) == (50, (1, 50))
        assert sidebar.layers.stops == v11_stops
        assert sidebar.layers_3d.end == 50
        assert geometry_notices(two.shown.loaded) == []
        assert two.show(("unknown", ""))
        assert two.shown.geometry.version == "unknown version"
        assert (two.cuts.layer, two.cuts.layers_3d) == (47, (1, 47))
        assert sidebar.layers.stops == LAYERS_47
        assert (sidebar.layer.value, sidebar.layers_3d.end) == (47, 47)
        assert len(geometry_notices(two.shown.loaded)) >= 1


def test_a_narrower_range_of_layers_stays_as_far_as_it_can(two):
    two.cuts.layers_3d = (20, 49)
    assert two.show(("unknown", ""))
    assert two.cuts.layers_3d == (20, 47)
    two.cuts.layers_3d = (20, 30)
    assert two.show(("old", ""))
    assert two.cuts.layers_3d == (20, 30)


def opened(query, state):
    event, values, problems = link.read(query, state)
    assert state.show(event.pop("key", None), **event, **values)
    return problems


def test_links_there_and_back(two, unknown_file, v11_file, open_files):
    assert two.show(("unknown", ""), number=2)
    row = int(np.flatnonzero(two.shown.loaded.in_endcap(two.shown.endcap))[3])
    two.update(selected=int(two.shown.loaded.number[row]), layer=int(two.shown.loaded.layer[row]))
    indices = two.shown.geometry.trigger_cells.iloc[two.selection.selected][others.INDICES].tolist()
    other = DisplayState(open_files(v11_file, unknown_file))
    assert opened(link.write(two), other) == []
    assert (other.cuts.layer, other.cuts.layers_3d) == (two.cuts.layer, (1, 47))
    assert (
        other.shown.geometry.trigger_cells.iloc[other.selection.selected][others.INDICES].tolist() == indices
    )


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("particle=unknown&layers=1-50", "layers='1-50' is not two layers such as 1-47"),
        ("particle=unknown&layer=50", "layer='50' is not a layer with trigger cells of the 47"),
        ("particle=unknown&cell=50.1.2.3.3", "cell='50.1.2.3.3' is not"),
        ("particle=old&layer=28", "layer='28' is not a layer with trigger cells of the 50"),
        ("particle=old&cell=28.1.2.3.3", "cell='28.1.2.3.3' is not"),
    ],
)
def test_what_of_a_link_does_not_fit_is_reported(two, query, said):
    """Links that were made for a sample of the other geometry."""
    for before in ("old", "unknown"):
        assert two.show((before, ""))
        problems = opened(query, two)
        assert [said in problem for problem in problems] == [True], problems
        assert two.cuts.layer in two.shown.geometry.layers
        assert two.selection.selected == -1


def test_a_link_with_all_layers_of_v11_fits_v11(two):
    assert two.show(("unknown", ""))
    assert opened("particle=old&layers=1-50&layer=50", two) == []
    assert (two.cuts.layer, two.cuts.layers_3d) == (50, (1, 50))


# -- what is kept of a file ----------------------------------------------------------------------------------


def positions_files():
    return sorted(cache.folder().glob("positions-*.npz"))


def looked_over(catalogue, key):
    """The geometry after the background has seen the file."""
    sample = catalogue.sample_geometry(key, catalogue.source(key))
    if sample._spread is not None:
        sample._spread.join(30)
        assert not sample._spread.is_alive()
    return sample


@pytest.mark.parametrize("damage", [None, "cut", "empty"])
def test_the_geometry_of_a_file_is_kept_and_made_anew_where_it_is_damaged(
    tmp_path, open_files, damage, monkeypatch
):
    monkeypatch.setenv("BYE_SPLITS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("bye_splits.sample_geometry.PAUSE", 0.001)
    monkeypatch.setattr("bye_splits.sample_geometry.IDLE", 0.0)
    path = other_files.write(tmp_path / "one.root", other_files.made(others.truth("unknown"), "PU0", 3))
    catalogue = open_files(path)
    first = DisplayState(catalogue)
    assert first.show(("one", ""))
    sample = looked_over(catalogue, ("one", ""))
    (kept,) = positions_files()
    content = kept.read_bytes()
    if damage is not None:
        kept.write_bytes({"cut": content[: len(content) // 3], "empty": b""}[damage])
    again = open_files(path)
    second = DisplayState(again)
    assert second.show(("one", ""))
    assert (second.shown.loaded.number >= 0).all()
    assert again.sample_geometry(("one", ""), again.source(("one", ""))).notice == sample.notice
    later = looked_over(again, ("one", ""))
    assert later.geometry.wafers[["x", "y", "turn"]].equals(sample.geometry.wafers[["x", "y", "turn"]])
    assert (later._spread is None) == (damage is None), "a kept geometry is not looked for again"
    assert [path.name for path in positions_files()] == [kept.name]
    assert kept.stat().st_size > 1000


def test_a_file_that_was_replaced_is_looked_at_anew(tmp_path, show_file):
    path = tmp_path / "one.root"
    other_files.write(path, other_files.made(others.truth("unknown"), "PU0", 2))
    state = show_file(path)
    assert isinstance(state.shown.geometry, Inferred)
    other_files.write(path, other_files.made(others.truth("V11"), "PU0", 3))
    assert state.show(entry=0)
    assert state.shown.geometry is Geometry.v11()
    assert geometry_notices(state.shown.loaded) == []


def test_a_geometry_is_kept_for_the_file_that_it_was_made_from(tmp_path, open_files, monkeypatch):
    """Not for another one that has taken its place while the background was looking at events."""
    monkeypatch.setenv("BYE_SPLITS_CACHE", str(tmp_path / "cache"))
    path = other_files.write(tmp_path / "one.root", other_files.made(others.truth("unknown"), "PU0", 2))
    catalogue = open_files(path)
    assert DisplayState(catalogue).show(("one", ""))
    sample = catalogue.sample_geometry(("one", ""), catalogue.source(("one", "")))
    before = sample._cache_file()
    other_files.write(path, other_files.made(others.truth("V11"), "PU0", 3))
    sample._save(sample.geometry)
    assert sample._cache_file() != before
    assert positions_files() == [before]
