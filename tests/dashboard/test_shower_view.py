"""The 3D pane: its cells, its camera, its switches, and what is selected in it."""

import itertools

import numpy as np
import pytest
from browser import click

from bye_splits.dashboard.figures.framing import USUAL, VIEWS
from bye_splits.dashboard.figures.shower import packed_cells
from bye_splits.dashboard.views.display.page import DisplayPage


def test_the_mesh_shows_the_rows_in_3d(page):
    state, figure = page.state, page.shower._pane.object
    mesh, rows = figure.data[0], state.cuts.in_3d
    corners = state.shown.geometry.corners(state.shown.loaded.number[rows])
    assert np.array_equal(np.asarray(mesh.y).reshape(-1, 4), corners[..., 0])
    assert np.array_equal(np.asarray(mesh.x)[::4], state.shown.loaded.value["z"][rows])
    value = state.shown.loaded.value["mipPt"][rows]
    assert np.allclose(
        np.asarray(mesh.intensity)[::2], np.log10(np.maximum(value, state.colours.colour_range[0]))
    )
    assert (mesh.cmin, mesh.cmax) == pytest.approx(tuple(np.log10(state.colours.colour_range)))
    hover = page.shower._table.data
    table = state.shown.geometry.trigger_cells.iloc[state.shown.loaded.number[rows]]
    for name, values in unpacked(hover["cell"]).items():
        assert np.array_equal(values, table[name])
    for name in ("mipPt", "pt"):
        assert np.array_equal(hover[name], state.shown.loaded.value[name][rows])
    for name in ("eta", "phi"):
        assert np.abs(hover[name] / 1e4 - state.shown.loaded.value[name][rows]).max() <= 0.51e-4


def unpacked(cells):
    """The tooltip's columns from their 32 bits, as the browser reads them."""
    fields = {"cellv": (0, 8), "cellu": (8, 5), "waferv": (13, 5), "waferu": (18, 5), "layer": (24, 6)}
    columns = {name: (cells >> low & (1 << bits) - 1).astype(int) for name, (low, bits) in fields.items()}
    tile = (cells >> 23 & 1).astype(bool)
    for name in ("waferu", "waferv"):
        columns[name] = np.where(tile, -999, columns[name] - 16)
    return columns


def test_every_cell_of_the_detector_survives_its_packing(page):
    geometry = page.state.shown.geometry
    numbers = np.arange(len(geometry.trigger_cells))
    columns = unpacked(packed_cells(geometry, numbers))
    assert np.array_equal(geometry.find(**columns), numbers)


@pytest.mark.parametrize("change", [{"layer": 13}, {"theme": "light"}, {"colour_by": "pT"}, {"stretch": 2.0}])
def test_what_leaves_the_cells_alone_leaves_the_mesh_alone(page, change):
    before = {name: page.shower._mesh[name] for name in "xyzijk"}
    page.state.update(**change)
    assert all(page.shower._mesh[name] is array for name, array in before.items())


TIMES = itertools.count()


def scene(page):
    return page.shower._pane.object.layout.scene


def turn(page, camera):
    """Turn the shower, as the browser tells of it; or choose one of the views."""
    wish(page, "camera", camera if isinstance(camera, str) else list(camera))


def wish(page, name, value):
    page.shower._wish.data = {"name": [name], "value": [value], "time": [next(TIMES)]}


def eye_of(view):
    return 2 * VIEWS[view][0] / np.linalg.norm(VIEWS[view])


def test_a_turned_camera_is_in_the_state_and_no_figure_is_made_for_it(page):
    before, wanted = page.shower._pane.object, (0.5, -2.25, 1.0, 0.0, 0.25, -0.5)
    turn(page, np.add(wanted, 0.0004))
    assert page.state.camera == wanted
    assert page.shower._pane.object is before
    turn(page, "side")
    assert page.state.camera == "side"
    turn(page, USUAL)
    assert page.state.camera is None
    assert page.shower._pane.object is before


def test_the_switches_of_the_pane(page):
    revision = scene(page).uirevision
    turn(page, (0.5, -2.25, 1.0, 0.0, 0.25, -0.5))
    wish(page, "orthographic", True)
    assert page.state.projection == "orthographic"
    assert scene(page).camera.projection.type == "orthographic"
    assert scene(page).camera.eye.x == 0.5, "the camera stays where it is"
    assert scene(page).uirevision != revision
    revision = scene(page).uirevision
    traces = {trace.name: trace for trace in page.shower._pane.object.data}
    assert len(traces["seeds"].x) > 0
    for name, drawn in (("seed_lines", "seeds"), ("diamonds", "clusters of the file")):
        wish(page, name, False)
        assert page.state.value(name) is False
        assert page.shower._pane.object.layout.meta["switches"][name] is False
        traces = {trace.name: trace for trace in page.shower._pane.object.data}
        assert len(traces[drawn].x) == 0
    assert scene(page).uirevision == revision


def test_a_new_figure_leaves_the_user_his_camera(page):
    revision = scene(page).uirevision
    turn(page, (0.5, -2.25, 1.0, 0.0, 0.25, -0.5))
    page.state.update(threshold=3.0, stretch=2.0, frame="endcap")
    assert scene(page).uirevision == revision
    assert scene(page).camera.eye.x == eye_of(USUAL), "the browser has the user's"


def test_a_link_that_is_followed_moves_the_camera(page):
    turn(page, (0.5, -2.25, 1.0, 0.0, 0.25, -0.5))
    for camera in ((1.5, 0.25, 1.0, 0.0, 0.0, 0.0), "front", None):
        revision = scene(page).uirevision
        page.state.camera = camera
        assert scene(page).uirevision != revision
        assert scene(page).camera.eye.x == (
            camera[0] if isinstance(camera, tuple) else eye_of(camera or USUAL)
        )


def test_a_page_that_a_link_opens_begins_with_its_camera(catalogue):
    page = DisplayPage(catalogue, "?camera=1.5,0.25,1,0,0,-0.5")
    assert scene(page).camera.eye.to_plotly_json() == {"x": 1.5, "y": 0.25, "z": 1.0}
    assert scene(page).camera.center.to_plotly_json() == {"x": 0.0, "y": 0.0, "z": -0.5}


@pytest.mark.parametrize("button", ["shower", "whole"])
def test_the_buttons_of_the_frame_give_the_usual_camera_back(page, button):
    turn(page, (0.5, -2.25, 1.0, 0.0, 0.25, -0.5))
    revision = scene(page).uirevision
    getattr(page.sidebar, button).param.trigger("clicks")
    assert page.state.camera is None
    assert scene(page).uirevision != revision


def test_a_click_selects_the_cell_and_moves_the_layer(page):
    state = page.state
    for cell in (0, 17, len(state.cuts.in_3d) - 1):
        click(page.shower, cell)
        row = state.cuts.in_3d[cell]
        assert state.selection.selected == state.shown.loaded.number[row]
        assert state.cuts.layer == state.shown.loaded.layer[row]
        assert state.selection.selected_row == row
        selected = page.shower._pane.object.data[-1]
        assert selected.name == "selected"
        corners = state.shown.geometry.corners(state.selection.selected)[0]
        assert np.array_equal(np.stack([selected.y, selected.z], axis=1)[:4], corners)


def test_clicks_beside_the_cells_select_nothing(page):
    click(page.shower, 3)
    before = page.state.selection.selected
    for beside in (len(page.state.cuts.in_3d), -1, 10**9):
        click(page.shower, beside)
        assert page.state.selection.selected == before


def test_a_cell_can_be_clicked_again(page):
    click(page.shower, 3)
    before = page.state.selection.selected
    page.state.selection.select(-1)
    click(page.shower, 3)
    assert page.state.selection.selected == before >= 0


def test_frames(page):
    pane = page.shower._pane
    shower = pane.object.layout.scene.xaxis.range
    page.state.frame = "endcap"
    assert pane.object.layout.scene.xaxis.range == (315, 520)
    page.state.frame = "shower"
    assert pane.object.layout.scene.xaxis.range == shower
