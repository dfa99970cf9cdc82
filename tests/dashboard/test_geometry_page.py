"""The detector without an event: sections and regions, labels, and numbers that are the geometry's."""

import re

import numpy as np
import pytest
from browser import Wire, count_updates, look, tap
from panel.models.plotly import PlotlyPlot

from bye_splits.dashboard.figures.raster import Viewport, cells_in_view
from bye_splits.dashboard.state.geometry import FULL, KINDS, PARTIAL, TILE, GeometryState
from bye_splits.dashboard.views.geometry.facts import Geometry3DTitle, GeometryFacts, GeometryMapTitle
from bye_splits.dashboard.views.geometry.layer_map import MOST_LABELS, GeometryMap
from bye_splits.dashboard.views.geometry.layers import Geometry3D
from bye_splits.dashboard.views.geometry.sidebar import GeometrySidebar

LAYERS = [1, 9, 33, 41, 50]
WHOLE = Viewport.around(0.0, 0.0, 270.0, 400, 400)


@pytest.fixture
def state(geometry):
    return GeometryState(geometry, layer=9)


def full_wafer(geometry, layer):
    wafers = geometry.wafers
    wafer = wafers[(wafers.layer == layer) & (wafers.part == "full")].iloc[5]
    return {"waferu": int(wafer.waferu), "waferv": int(wafer.waferv)}


def test_the_layers_in_3d_go_with_the_layer(state):
    sidebar = GeometrySidebar(state)
    title = Geometry3DTitle(state)
    state.layers_3d = (8, 11)
    for layer, shown in ((9, (8, 11)), (21, (18, 21)), (19, (18, 21)), (5, (5, 8)), (1, (1, 4))):
        sidebar.layer.value = layer
        assert (state.layer, state.layers_3d) == (layer, shown)
        assert sidebar.layers_3d.value == shown
        assert "Layers {} \u2013 {}".format(*shown) in title._pane.object
    state.layers_3d = (1, 50)
    sidebar.layer.value = 33
    assert state.layers_3d == (1, 50)


@pytest.mark.parametrize("layer", LAYERS)
def test_sections_and_regions_partition_a_layer(state, geometry, layer):
    state.layer = layer
    everything = geometry.numbers_of_layer(layer)
    assert np.array_equal(state.in_layer, everything)
    for name, parts in (("section", ("silicon", "scintillator")), ("region", ("inside", "periphery"))):
        found = []
        for part in parts:
            setattr(state, name, part)
            found.append(state.in_layer)
        assert np.array_equal(np.sort(np.concatenate(found)), everything)
        setattr(state, name, {"section": "both", "region": "all"}[name])
    cells = geometry.trigger_cells.iloc[everything]
    state.section = "scintillator"
    assert np.array_equal(state.in_layer, everything[cells.subdet == 10])
    state.section, state.region = "both", "periphery"
    assert np.array_equal(state.in_layer, everything[cells.part == "partial"])


@pytest.mark.parametrize("layer", LAYERS[:4])
def test_one_full_wafer_has_48_cells(state, geometry, layer):
    wafer = full_wafer(geometry, layer)
    state.param.update(layer=layer, region="one wafer", **wafer)
    cells = geometry.trigger_cells.iloc[state.in_layer]
    assert len(set(zip(cells.cellu, cells.cellv, strict=True))) == len(cells) == 48
    assert (cells.waferu == wafer["waferu"]).all()
    assert (cells.waferv == wafer["waferv"]).all()
    assert (state.kind[state.in_layer] == FULL).all()
    state.section = "scintillator"
    assert len(state.in_layer) == 0
    state.param.update(section="both", waferu=15, waferv=-16)  # no such wafer
    assert len(state.in_layer) == 0


def test_kinds(state, geometry):
    cells = geometry.trigger_cells
    assert np.array_equal(state.kind == TILE, cells.subdet == 10)
    silicon = (cells.subdet != 10).to_numpy()
    assert np.array_equal(state.kind == PARTIAL, silicon & (cells.part == "partial").to_numpy())
    assert set(np.unique(state.kind)) == {FULL, PARTIAL, TILE}


def test_layers_in_3d(state, geometry):
    state.param.update(layers_3d=(27, 31), section="silicon")
    cells = geometry.trigger_cells
    wanted = cells.layer.between(27, 31) & (cells.subdet != 10)
    assert np.array_equal(np.sort(state.in_3d), np.flatnonzero(wanted))
    state.layers_3d = (2, 2)  # which has no trigger cells
    assert len(state.in_3d) == 0


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"layer": 13}, {"in_layer"}),
        ({"layers_3d": (1, 3)}, {"in_3d"}),
        ({"section": "silicon"}, {"in_layer", "in_3d"}),
        ({"theme": "light"}, set()),
    ],
)
def test_an_action_computes_what_depends_on_it_once(state, change, expected):
    _ = state.in_layer, state.in_3d
    state.graph.computed.clear()
    state.param.update(**change)
    for _ in range(2):
        _ = state.in_layer, state.in_3d
    assert dict(state.graph.computed) == dict.fromkeys(expected, 1)


def test_each_view_is_updated_once(state, monkeypatch):
    state.layers_3d = (9, 13)
    views = [GeometryMap(state), Geometry3D(state), GeometryFacts(state)]
    look(views[0], WHOLE)
    wire = Wire(views[0])
    calls = count_updates(monkeypatch, *views)
    sidebar = GeometrySidebar(state)
    sidebar.section.value = "silicon"
    sidebar.layer.value = 10
    assert state.layer == 11
    assert [len(changes) for changes in calls.values()] == [2, 2, 2]
    assert len(wire.sent) == 2


# -- the map --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layer", LAYERS)
def test_the_map_has_the_chosen_cells_in_their_kinds_colours(state, layer):
    view = GeometryMap(state)
    look(view, WHOLE)
    state.param.update(layer=layer, region="periphery")
    wire = {name: values[0] for name, values in view.map.wire.data.items()}
    assert np.array_equal(wire["number"], view.numbers)
    coloured = view.numbers[wire["hit"].astype(int) - 1]
    assert np.array_equal(coloured, state.in_layer)
    assert np.array_equal(wire["value"], state.kind[coloured])
    assert wire["words"] == list(KINDS[state.kinds])


def test_labels_appear_when_one_is_near(state, geometry):
    view = GeometryMap(state)
    look(view, WHOLE)
    assert len(view._labels.data["text"]) == 0
    wafer = full_wafer(geometry, 9)
    state.param.update(region="one wafer", **wafer)  # the map goes there
    shown = view._labels.data
    assert len(view.numbers) <= MOST_LABELS
    assert len(shown["text"]) == len(view.numbers) >= 48
    x, y = np.asarray(shown["x"]), np.asarray(shown["y"])
    assert np.array_equal(geometry.covering(x, y, geometry.layer_z[9]), view.numbers)
    cells = geometry.trigger_cells.iloc[view.numbers]
    assert shown["text"] == [f"{u},{v}" for u, v in zip(cells.cellu, cells.cellv, strict=True)]
    of_wafer = cells[(cells.waferu == wafer["waferu"]) & (cells.waferv == wafer["waferv"])]
    assert len(of_wafer) == 48
    view.whole()
    assert len(view._labels.data["text"]) == 0


@pytest.mark.parametrize("layer", [9, 41])
def test_a_tap_chooses_the_wafer(state, geometry, layer):
    view = GeometryMap(state)
    state.layer = layer
    wafers = geometry.wafers[geometry.wafers.layer == layer]
    for wafer in wafers.iloc[::40].itertuples():
        mine = geometry.trigger_cells.iloc[geometry.numbers_of_layer(layer)]
        cell = mine[(mine.waferu == wafer.waferu) & (mine.waferv == wafer.waferv)].index[0]
        x, y = geometry.corners(cell)[0].mean(axis=0)
        tap(view.map.figure, float(x), float(y))
        assert (state.waferu, state.waferv) == (wafer.waferu, wafer.waferv)
    before = state.waferu, state.waferv
    tap(view.map.figure, 0.0, 0.0)
    tiles = geometry.numbers_of_layer(layer)[state.kind[geometry.numbers_of_layer(layer)] == TILE]
    for tile in tiles[-1:]:
        x, y = geometry.corners(tile)[0].mean(axis=0)
        tap(view.map.figure, float(x), float(y))
    assert (state.waferu, state.waferv) == before


def test_the_view_of_a_region_that_is_no_wafer_any_more(state, geometry):
    view = GeometryMap(state)
    look(view, WHOLE)
    state.param.update(region="one wafer", **full_wafer(geometry, 9))
    assert view.viewport.x1 - view.viewport.x0 < 100
    state.region = "all"
    assert view.viewport.x1 - view.viewport.x0 > 300
    numbers, _ = cells_in_view(geometry, 9, "+z", view.viewport)
    assert np.array_equal(view.numbers, numbers)


def test_a_wafer_that_is_not_there_is_said_and_found_again(state, geometry):
    """Wafer 7, 0 is in the layers of CE-H, and beyond the silicon of the last ones."""
    wafers = geometry.wafers
    layers = wafers[(wafers.waferu == 7) & (wafers.waferv == 0)].layer
    there, gone = int(layers.max()), int(geometry.layers[-1])
    assert there < gone
    view, facts = GeometryMap(state), GeometryFacts(state)
    titles = GeometryMapTitle(state), Geometry3DTitle(state)
    look(view, WHOLE)
    whole = view.viewport
    state.param.update(layer=gone, layers_3d=(gone, gone), waferu=7, waferv=0, region="one wafer")
    words = f"there is no wafer 7, 0 in layer {gone}"
    assert all(words in title._pane.object for title in titles)
    assert facts._pane.object.count(words) == 2
    assert view.viewport == whole, "the map stays"
    state.layer = there
    assert "trigger cells of wafer 7, 0" in titles[0]._pane.object
    assert view.viewport.x1 - view.viewport.x0 < 60, "the map goes to it"
    assert words in titles[1]._pane.object
    view.go(Viewport.around(*state.centre(), 5, 400, 400))
    for layer in sorted(set(layers))[-4:]:
        state.layer = int(layer)
        view_ = view.viewport
        assert [view_.x0 + view_.x1, view_.y0 + view_.y1] == pytest.approx(2 * np.array(state.centre()))
        assert view_.x1 - view_.x0 == pytest.approx(10), "as near as before, though the wafer is elsewhere"
    state.section = "scintillator"
    assert "wafer 7, 0 is no scintillator" in titles[0]._pane.object


def test_a_page_that_opens_with_one_wafer_shows_it(geometry):
    state = GeometryState(geometry, region="one wafer", **full_wafer(geometry, 9))
    view = GeometryMap(state)
    x, y = state.centre()
    assert (view.viewport.x0 + view.viewport.x1) / 2 == pytest.approx(x)
    assert (view.viewport.y0 + view.viewport.y1) / 2 == pytest.approx(y)


def areas(corners):
    one, two = (corners[:, k + 2].astype(float) - corners[:, k] for k in (0, 1))
    return np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]) / 2


# -- 3D and facts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_3d_shows_the_chosen_layers(state, geometry, theme):
    view = Geometry3D(state)
    state.param.update(layers_3d=(41, 41), region="inside", theme=theme)
    mesh = view._pane.object.data[0]
    blocks = state.blocks_3d
    assert np.array_equal(np.asarray(mesh.y).reshape(-1, 4), blocks.corners[..., 0])
    assert np.array_equal(np.asarray(mesh.intensity)[::2], state.kind[blocks.numbers])
    assert len(blocks.numbers) < len(state.in_3d) / 4
    assert areas(blocks.corners).sum() == pytest.approx(areas(geometry.corners(state.in_3d)).sum())
    few = {"region": "one wafer", **full_wafer(geometry, 41)}
    state.param.update(**few)
    mesh = view._pane.object.data[0]
    assert np.array_equal(np.asarray(mesh.y).reshape(-1, 4), geometry.corners(state.in_3d)[..., 0])
    state.layers_3d = (2, 2)
    assert len(view._pane.object.data[0].x) == 0


def test_another_layer_of_those_in_3d_changes_only_what_tells_it_apart(state):
    state.param.update(layer=37, layers_3d=(35, 39))
    view = Geometry3D(state)
    (model,) = view.__panel__().get_root().select({"type": PlotlyPlot})
    cells, frame = model.data_sources
    before = {name: values[0] for name, values in cells.data.items()}
    where = np.nanmax(frame.data["x"][0])
    state.layer = 36
    changed = {name for name, values in cells.data.items() if values[0] is not before[name]}
    assert changed == {"intensity", "customdata"}
    assert np.nanmax(frame.data["x"][0]) < where


def test_whole_layers_in_3d_are_few_bytes(state):
    """A quarter of what the outlines of their cells alone would be."""
    state.param.update(layer=37, layers_3d=(35, 39))
    view = Geometry3D(state)
    (model,) = view.__panel__().get_root().select({"type": PlotlyPlot})
    sent = sum(values[0].nbytes for source in model.data_sources for values in source.data.values())
    assert sent < 4 * 2 * 4 * len(state.in_3d) / 2 < 1.5e6


@pytest.mark.parametrize("layers_3d", [(9, 9), (35, 39), (1, 50)])
def test_3d_frames_one_wafer(state, geometry, layers_3d):
    view = Geometry3D(state)
    whole = view._pane.object.layout.scene
    state.param.update(layers_3d=layers_3d, region="one wafer", **full_wafer(geometry, 9))
    scene, mesh = view._pane.object.layout.scene, view._pane.object.data[0]
    sides = []
    for axis, values in ((scene.xaxis, mesh.x), (scene.yaxis, mesh.y), (scene.zaxis, mesh.z)):
        low, high = axis.range
        assert low < min(values) <= max(values) < high
        assert high - low < max(1.2 * (max(values) - min(values)), 5)
        sides.append(high - low)
    ratio = scene.aspectratio
    scale = np.array([ratio.x, ratio.y, ratio.z]) / sides
    assert scale == pytest.approx(scale[0]), "true aspect"
    assert scene.uirevision != whole.uirevision, "another frame starts with the camera's own place"
    state.waferu += 1
    assert view._pane.object.layout.scene.uirevision == scene.uirevision, "from wafer to wafer it is kept"


@pytest.mark.parametrize("layer", LAYERS)
def test_facts_are_the_geometrys(state, geometry, layer):
    state.param.update(layer=layer, section="silicon")
    html = GeometryFacts(state).html().replace("\u202f", "")
    facts = dict(
        re.findall(r'class="label">(?:<i[^>]*></i>)?([^<]*)</span><span class="value">([^<]*)<', html)
    )
    wafers = geometry.wafers[geometry.wafers.layer == layer]
    cells = geometry.trigger_cells.iloc[geometry.numbers_of_layer(layer)]
    silicon = int((cells.subdet != 10).sum())
    radii = np.hypot(cells.x, cells.y)
    assert facts == {
        "layer": f"{layer} · {'CE-E' if layer <= 28 else 'CE-H'}",
        "z": f"{geometry.layer_z[layer]:.1f} cm",
        "trigger cells at": f"r {radii.min():.0f} \u2013 {radii.max():.0f} cm",
        "full wafers": str((wafers.part == "full").sum()),
        "partial wafers": str((wafers.part == "partial").sum()),
        "scintillator trigger cells": str(len(cells) - silicon),
        "trigger cells chosen in it": f"{silicon} of {len(cells)}",
        "geometry": "V11 \u00b7 50 layers",
    }


def test_controls(state):
    sidebar = GeometrySidebar(state)
    panel = sidebar.__panel__().get_root()
    shown = {getattr(part, "title", None) for part in panel.references()}
    assert {"Layer", "Section", "Region", "Wafer u", "Wafer v", "Layers in 3D"} <= shown
    assert sidebar.waferu.disabled
    sidebar.region.value = "one wafer"
    assert not sidebar.waferu.disabled
    assert state.region == "one wafer"
    sidebar.waferu.value = -4
    assert state.waferu == -4
    for wanted, settled in ((10, 11), (10, 9), (28, 29), (28, 27)):
        sidebar.layer.value = wanted
        assert state.layer == settled
        sidebar.layer.value = settled  # the browser's slider goes there by itself
        assert state.layer == settled


@pytest.mark.parametrize("name", ["waferu", "waferv"])
@pytest.mark.parametrize("value", [None, 99, -17])
def test_an_index_that_can_be_none_is_told_and_goes_back(state, name, value):
    sidebar = GeometrySidebar(state)
    state.region = "one wafer"
    field = getattr(sidebar, name)
    field.value = 5
    told = []
    state.param.watch(lambda event: told.append(event.new), "message")
    field.value = value
    assert field.value == getattr(state, name) == 5
    (message,) = told
    assert message.level == "warning"
    assert message.text.startswith(f"Wafer {name[-1]} is ")
    assert "It stays 5" in message.text
    field.value = -4
    assert getattr(state, name) == -4
    assert told == [message, None]  # gone as the input is good again


@pytest.mark.parametrize("layers_3d", [(9, 9), (35, 39), (50, 50), (2, 2)])
def test_the_tooltip_in_3d_knows_wafer_or_ring_of_every_cell(state, geometry, layers_3d):
    view = Geometry3D(state)
    state.param.update(layers_3d=layers_3d, region="inside" if layers_3d == (50, 50) else "all")
    runs = view._runs.data
    cells = geometry.trigger_cells.iloc[state.blocks_3d.numbers]
    first = np.asarray(runs["first"])
    run = np.searchsorted(first, np.arange(len(cells)), side="right") - 1
    bits = np.asarray(runs["cell"])[run]
    tile = (cells.subdet == 10).to_numpy()
    assert np.array_equal(bits >> 24 & 127, cells.layer)
    assert np.array_equal((bits >> 23) & 1, tile)
    for name, shift in (("waferu", 18), ("waferv", 13)):
        assert np.array_equal(((bits >> shift & 31).astype(int) - 16)[~tile], cells[name][~tile])
    assert np.array_equal((bits >> 8 & 31)[tile], cells.cellu[tile])
    assert np.array_equal(np.asarray(runs["full"])[run][~tile], cells.part[~tile] == "full")
    assert len(first) < max(len(cells) / 3, 1), "it is small beside the mesh"
