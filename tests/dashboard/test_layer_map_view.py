"""The 2D map as a view: what is sent for a layer, a zoom, a tap; and where it looks."""

import numpy as np
import pytest
from browser import INNER, assert_map_shows_the_state, columns_of, look, tap
from display_files import Made, both, cells, write

from bye_splits.dashboard.figures.raster import Viewport, borders_in_view
from bye_splits.dashboard.link import display as link
from bye_splits.dashboard.page.address import Address
from bye_splits.dashboard.state.display import DisplayState
from bye_splits.dashboard.views.display.layer_map import LayerMapView
from bye_splits.dashboard.views.display.page import DisplayPage
from bye_splits.dashboard.views.shared.map_view import FIRST_SIZE


def test_no_raster_is_made_before_the_browser_says_how_large(catalogue):
    page = DisplayPage(catalogue)
    assert columns_of(page.map)["width"] == 0
    assert len(columns_of(page.map)["codes"]) == 0
    assert len(columns_of(page.map)["hit"]) == 0
    view = page.map.viewport
    assert (page.map.map.figure.x_range.start, page.map.map.figure.x_range.end) == (view.x0, view.x1)
    look(page.map, INNER)
    assert_map_shows_the_state(page.map)


def test_a_layer_with_the_same_outlines_sends_no_raster(page):
    before = {name: page.map.map.wire.data[name][0] for name in ("codes", "fresh", "waferu")}
    page.state.cuts.layer = 11
    (sent,) = page.wire.sent
    assert not {"codes", "fresh", "waferu", "cellu", "width", "x0"} & sent
    assert {"layer", "hit", "value", "mipPt", "pt", "eta", "phi"} <= sent
    for name, values in before.items():
        assert page.map.map.wire.data[name][0] is values
    assert_map_shows_the_state(page.map)


def test_borders_go_with_the_raster(page):
    def shown():
        columns = page.map.map.borders.data
        return np.stack([columns[name] for name in ("from_x", "from_y", "to_x", "to_y")], axis=1).reshape(
            -1, 2, 2
        )

    def expected():
        state, view = page.state, page.map.viewport
        return borders_in_view(state.shown.geometry, state.cuts.layer, state.shown.endcap, view)

    assert len(shown()) > 10
    assert np.array_equal(shown(), expected())
    before = page.map.map.borders.data["from_x"]
    page.state.cuts.layer = 11
    assert page.map.map.borders.data["from_x"] is before, "the same wafers are sent once"
    for change in ({"layer": 30}, {"endcap": "-z"}):
        page.state.update(**change)
        assert np.array_equal(shown(), expected())
    look(page.map, Viewport(-20.0, 20.0, 60.0, 90.0, 400, 300))
    assert np.array_equal(shown(), expected())
    assert (np.abs(shown()[..., 0]) < 40).all()


def test_a_layer_with_other_outlines_sends_its_raster(page):
    page.state.cuts.layer = 30
    (sent,) = page.wire.sent
    assert {"codes", "fresh", "waferu", "layer", "hit"} <= sent
    assert_map_shows_the_state(page.map)


@pytest.mark.parametrize("change", [{"threshold": 3.0}, {"colour_by": "pT"}, {"colour_scale": "linear"}])
def test_limits_and_colours_send_no_raster(page, change):
    page.state.update(**change)
    assert not any({"codes", "waferu"} & columns for columns in page.wire.sent)
    assert_map_shows_the_state(page.map)


@pytest.mark.parametrize("endcap", ["+z", "-z"])
def test_a_zoom_is_answered_with_the_raster_of_that_view(page, endcap):
    page.state.shown.endcap = endcap
    for view in (
        Viewport(-80.0, -20.0, 10.0, 40.0, 300, 150),
        Viewport(40.0, 41.0, 50.0, 50.5, 200, 100),
        Viewport(-300.0, 300.0, -250.0, 250.0, 600, 500),
        Viewport(400.0, 500.0, 400.0, 500.0, 100, 100),
    ):
        look(page.map, view)
        wire = columns_of(page.map)
        assert page.map.viewport == view
        assert [wire[name] for name in ("x0", "x1", "y0", "y1", "width", "height")] == [
            *(view.x0, view.x1, view.y0, view.y1, view.width, view.height)
        ]
        assert_map_shows_the_state(page.map)
    assert len(page.map.numbers) == 0


def test_where_the_map_looks_is_in_the_state(page):
    state, view = page.state, page.map
    view.to_shower()
    assert state.look is None
    look(view, Viewport(-80.0, -20.0, 10.0, 40.0, 300, 150))
    assert state.look == (-50.0, 25.0, 15.0)
    other = LayerMapView(state)  # as a link opens it, in a pane of another size
    assert other.viewport == Viewport.around(-50.0, 25.0, 15.0, *FIRST_SIZE)
    moved = columns_of(view)["moved"]
    state.look = (10.0, -60.0, 8.0)  # as a link that is followed
    assert view.viewport == Viewport.around(10.0, -60.0, 8.0, 300, 150)
    assert columns_of(view)["moved"] > moved
    state.look = None
    assert view.viewport == view.home_viewport(300, 150)
    assert_map_shows_the_state(view)
    view.whole()
    assert state.look[:2] == (0, 0)


def test_without_a_particle_the_map_starts_at_the_brightest_cell(page, monkeypatch):
    state = page.state
    monkeypatch.setattr(type(state.shown.loaded), "particles", lambda self, endcap: [])
    state.show(entry=1)
    rows = state.shown.in_endcap
    row = rows[state.shown.loaded.value["mipPt"][rows].argmax()]
    x, y = (state.shown.loaded.value[name][row] / state.shown.loaded.value["z"][row] for name in "xy")
    z = state.shown.geometry.layer_z[state.cuts.layer]
    assert page.map.home_viewport(300, 150).look == pytest.approx((x * z, y * z, 26.0))


def test_sizes_of_a_request_are_limited(page):
    look(page.map, Viewport(0, 1, 0, 1, 100_000, 3))
    assert (page.map.viewport.width, page.map.viewport.height) == (1400, 40)
    before = page.map.viewport
    for nonsense in (Viewport(1, 0, 0, 1, 50, 50), Viewport(0, 1, np.nan, 1, 50, 50)):
        look(page.map, nonsense)
        assert page.map.viewport == before


def test_a_zoom_computes_nothing_of_the_event(page):
    page.state.graph.computed.clear()
    look(page.map, Viewport(-80.0, -20.0, 10.0, 40.0, 300, 150))
    assert not page.state.graph.computed


def test_the_map_goes_after_the_shower(page):
    """Where the next event's particle is out of view, the browser is sent there at the same scale."""
    state, view = page.state, page.map
    moved = columns_of(view)["moved"]
    scale = (INNER.y1 - INNER.y0) / INNER.height
    for entry in (1, 0):
        state.show(entry=entry)
        x, y = (slope * state.shown.geometry.layer_z[state.cuts.layer] for slope in state.shown.slope)
        assert view.viewport.holds(x, y)
        assert (view.viewport.y1 - view.viewport.y0) / view.viewport.height == pytest.approx(scale)
        assert_map_shows_the_state(view)
    assert columns_of(view)["moved"] > moved


def test_the_map_stays_on_the_shower_through_the_layers_unless_the_user_looks_elsewhere(page):
    state, view = page.state, page.map
    for layer in (1, 29, 50):  # INNER is not where the shower is
        state.cuts.layer = layer
        assert view.viewport == INNER
    view.to_shower()
    for layer in (9, 1, 50):
        state.cuts.layer = layer
        assert view.viewport.holds(
            *(slope * state.shown.geometry.layer_z[layer] for slope in state.shown.slope)
        )


def test_buttons_of_the_map(page):
    page.map.whole()
    view, outer = page.map.viewport, page.state.shown.geometry.radii[9][1]
    assert min(view.x1, view.y1, -view.x0, -view.y0) > outer
    page.map.home()
    x, y = (slope * page.state.shown.geometry.layer_z[9] for slope in page.state.shown.slope)
    view = page.map.viewport
    assert ((view.x0 + view.x1) / 2, (view.y0 + view.y1) / 2) == pytest.approx((x, y))
    assert_map_shows_the_state(page.map)


@pytest.mark.parametrize(("layer", "endcap"), [(9, "+z"), (9, "-z"), (45, "+z"), (45, "-z")])
def test_a_tap_selects_the_cell_below_it(page, layer, endcap):
    state, geometry = page.state, page.state.shown.geometry
    state.update(layer=layer, endcap=endcap)
    side = 1 if endcap == "+z" else -1
    for number in geometry.numbers_of_layer(layer)[::1500]:
        x, y = geometry.corners(number)[0].mean(axis=0)
        tap(page.map.map.figure, side * float(x), float(y))
        assert state.selection.selected == number
        (xs,), (ys,) = (page.map.map.selected.data[name] for name in ("xs", "ys"))
        assert np.array_equal(np.stack([side * xs, ys], axis=1), geometry.corners(number)[0])
    tap(page.map.map.figure, 0.0, 0.0)
    assert state.selection.selected == -1
    assert page.map.map.selected.data == {"xs": [], "ys": []}


def test_the_outline_of_the_selected_cell_is_in_its_layer_only(page):
    page.state.selection.select(int(page.state.shown.geometry.numbers_of_layer(13)[5]))
    assert page.state.cuts.layer == 13
    assert len(page.map.map.selected.data["xs"]) == 1
    page.state.cuts.layer = 15
    assert len(page.map.map.selected.data["xs"]) == 0


def test_the_scale_is_the_events(page):
    state, made = page.state, page.map.map
    for scale in ("log", "linear"):
        state.colours.colour_scale = scale
        mapper = made.bar.color_mapper
        assert mapper is made.bar.color_mapper is made.mappers[scale]
        before = (mapper.low, mapper.high)
        assert before == (
            state.colours.colour_range if scale == "log" else (0, state.colours.colour_range[1])
        )
        state.cuts.layer = 21
        assert (mapper.low, mapper.high) == before
        state.cuts.layer = 9
    state.colours.colour_by = "layer"
    assert (made.bar.color_mapper.low, made.bar.color_mapper.high) == (1, 50)
    assert made.legend.text == "layer"


def test_the_largest_of_cells_that_stand_twice_is_painted_last(columns, open_files, tmp_path):
    made = both(cells(columns, [7, 7, 7], mip=[3.0, 9.0, 5.0]), cells(columns, [300]))
    page = DisplayPage(open_files(write(tmp_path / "twice.root", [Made(1, made)])))
    page.map.whole()
    wire = columns_of(page.map)
    assert wire["mipPt"].tolist() == [1, 3, 5, 9]
    assert page.map.numbers[wire["hit"] - 1].tolist() == [300, 7, 7, 7]


@pytest.mark.parametrize("particles", [True, False])
def test_the_address_gives_the_same_view_whatever_was_done_before(page, catalogue, monkeypatch, particles):
    """Also in an event without a generated particle the map follows the shower."""
    if not particles:
        monkeypatch.setattr(type(page.state.shown.loaded), "particles", lambda self, endcap: [])
    state, view = page.state, page.map
    steps = [{"layer": 21}, {"layer": 50}, {"endcap": "-z"}, {"layer": 9}, {"endcap": "+z"}]
    for entry in (1, 0, 1):  # not the event that the next test shows
        state.show(entry=entry)
        z = state.shown.geometry.layer_z[state.cuts.layer] * state.shown.side
        assert view.viewport.holds(*(slope * z for slope in state.shown.focus))
        if entry:
            view.home()
        for step in steps:
            state.update(**step)
            other = DisplayState(catalogue)
            wanted, values, problems = link.read(link.write(state), other)
            assert not problems
            other.show(wanted.pop("key"), **wanted, **values)
            size = view.viewport.width, view.viewport.height
            opened = LayerMapView(other).first_viewport(*size)
            assert opened.look == pytest.approx(view.viewport.look, abs=0.6)


def test_a_link_that_is_followed_gives_the_view_of_one_that_is_opened(page):
    """The initial view, too, which a link does not name: the map does not stay near the shower."""
    state, view = page.state, page.map
    state.cuts.layer = 13
    view.home()
    there, home = link.write(state), view.viewport.look
    state.cuts.layer = 9
    view.home()
    assert view.viewport.look[:2] != pytest.approx(home[:2], abs=0.6)
    assert state.look is None
    assert "look" not in there
    Address(state, []).show(there)
    assert view.viewport.look == pytest.approx(home)
    assert link.write(state) == there
