"""Views: what an action changes in the models, and how often."""

import numpy as np
import pytest
from browser import Wire, click, count_updates, look, tap
from display_files import Made, both, cells, write

from bye_splits.chain.histogram import PHI_EDGES, RZ_EDGES
from bye_splits.dashboard import link
from bye_splits.dashboard.figures.colours import THEMES
from bye_splits.dashboard.figures.raster import Viewport, encode, rasterise
from bye_splits.dashboard.figures.shower import packed_cells
from bye_splits.dashboard.views.display import DisplayPage
from bye_splits.dashboard.views.facts import BadgeView, CardView, FactsView, MapTitle, RzPhiTitle, ShowerTitle
from bye_splits.dashboard.views.layer_map import LayerMapView
from bye_splits.dashboard.views.profiles import ProfileView, RzPhiView
from bye_splits.dashboard.views.shower import ShowerView

INNER = Viewport.around(50.0, 20.0, 15.0, 300, 200)  # silicon of all layers
WORDS = (BadgeView, CardView, FactsView, MapTitle, RzPhiTitle, ShowerTitle)


@pytest.fixture(scope="module")
def one_page(catalogue):
    page = DisplayPage(catalogue, "?particle=pions&pileup=200&layer=9")
    page.words = [kind(page.state) for kind in WORDS]
    page.wire = Wire(page.map)
    return page


@pytest.fixture
def page(one_page):
    """A page as a browser has it after opening the address above and asking for what is in view."""
    state = one_page.state
    chosen = set(link.WATCHED) - {"particle", "pileup", "entry"}
    before = {name: state.param[name].default for name in chosen} | {"layer": 9, "cylinder": 40.0}
    assert state.show(("pions", "200"), number=1, **before)
    look(one_page.map, INNER)
    one_page.wire.sent.clear()
    return one_page


def columns_of(view):
    return {name: values[0] for name, values in view.map.wire.data.items()}


def assert_map_shows_the_state(view):
    """Cells, raster and contents of the wire are those of the layer, event and limits."""
    state, wire = view.state, columns_of(view)
    numbers = state.loaded.number[state.in_layer]
    seen = np.isin(numbers, view.numbers)
    hit = view.numbers[wire["hit"].astype(int) - 1]
    assert sorted(hit) == sorted(numbers[seen])
    expected = dict(zip(numbers.tolist(), state.colour_values[state.in_layer].tolist(), strict=True))
    assert dict(zip(hit.tolist(), wire["value"].tolist(), strict=True)) == {
        n: expected[n] for n in hit.tolist()
    }
    table = state.geometry.trigger_cells.iloc[view.numbers]
    assert (table["layer"] == state.layer).all()
    assert wire["layer"] == state.layer
    for name in ("waferu", "waferv", "cellu", "cellv"):
        assert np.array_equal(wire[name], table[name])
    codes, fresh = encode(rasterise(view.corners, view.viewport))
    assert np.array_equal(wire["codes"], codes)
    assert np.array_equal(wire["fresh"], fresh)


# -- how often ------------------------------------------------------------------------------------------

ACTIONS = {
    "next event": lambda page: page.sidebar.next.param.trigger("clicks"),
    "typed event": lambda page: page.sidebar.event.param.update(value=2),
    "sample": lambda page: page.sidebar.particle.param.update(value="photons"),
    "pile-up": lambda page: page.sidebar.pileup.param.update(value="0"),
    "layer": lambda page: page.sidebar.layer.param.update(value=13),
    "player": lambda page: page.sidebar.player.param.update(value=13),
    "layers in 3D": lambda page: page.sidebar.layers_3d.param.update(value=(3, 30)),
    "threshold": lambda page: page.sidebar.threshold.param.update(value=2.0),
    "colour": lambda page: page.sidebar.colour_by.param.update(value="energy"),
    "scale": lambda page: page.sidebar.colour_scale.param.update(value="linear"),
    "cylinder": lambda page: page.sidebar.cylinder.param.update(value=60),
    "stretch": lambda page: page.sidebar.stretch.param.update(value=2.0),
    "frame": lambda page: page.sidebar.whole.param.trigger("clicks"),
    "theme": lambda page: page.state.param.update(theme="light"),
    "click": lambda page: click(page.shower, 4),
}
WATCHED = {
    "next event": {"loaded", "entry"},
    "typed event": {"loaded", "entry"},
    "sample": {"loaded", "entry", "particle", "pileup", "cylinder"},
    "pile-up": {"loaded", "entry", "pileup", "cylinder"},
    "layer": {"layer"},
    "player": {"layer"},
    "layers in 3D": {"layers_3d"},
    "threshold": {"threshold"},
    "colour": {"colour_by"},
    "scale": {"colour_scale"},
    "cylinder": {"cylinder"},
    "stretch": {"stretch"},
    "frame": {"frame"},
    "theme": {"theme"},
    "click": {"selected", "layer"},
}


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_updates_each_view_once_and_computes_each_value_once(page, monkeypatch, name):
    state = page.state
    views = [page.map, page.shower, page.profile, page.rz_phi, page.sidebar.downloads, *page.words]
    calls = count_updates(monkeypatch, *views)
    state.computed.clear()
    ACTIONS[name](page)
    for view, changes in calls.items():
        expected = WATCHED[name] & set(view.watches)
        assert [change & expected for change in changes] == ([expected] if expected else []), view
    assert set(state.computed.values()) <= {1}
    draws = {"loaded", "layer", "threshold", "colour_by"} & WATCHED[name]
    assert len(page.wire.sent) == (1 if draws else 0)
    assert_map_shows_the_state(page.map)


def test_a_theme_computes_nothing(page):
    page.state.computed.clear()
    page.state.theme = "light"
    assert not page.state.computed


def test_an_error_changes_no_picture(page, monkeypatch):
    views = [page.map, page.shower, page.profile, page.rz_phi, page.sidebar.downloads]
    calls = count_updates(monkeypatch, *views)
    assert not page.state.show(number=999)
    assert not any(calls.values())


@pytest.mark.parametrize("view", [LayerMapView, ShowerView, ProfileView, RzPhiView, FactsView])
def test_a_hidden_view_computes_nothing_and_catches_up_once(state, monkeypatch, view):
    made = view(state)
    calls = count_updates(monkeypatch, made)
    made.active = False
    state.computed.clear()
    state.step(1)
    state.param.update(threshold=1.5, layer=13)
    state.param.update(layers_3d=(2, 40), cylinder=30.0)
    state.select(5)
    assert calls[made] == []
    assert not state.computed
    made.active = True
    (caught_up,) = calls[made]
    changed = {"loaded", "threshold", "layer", "layers_3d", "cylinder", "selected"}
    assert caught_up & changed == changed & set(view.watches)
    assert set(state.computed.values()) == {1}
    made.active = False
    made.active = True
    assert len(calls[made]) == 1


def test_the_choice_of_panes_hides_views(page):
    for panes, shown in (("2D", (True, False)), ("3D", (False, True)), ("both", (True, True))):
        page.state.panes = panes
        assert (page.map.active, page.shower.active) == shown
    assert not DisplayPage(page.state.catalogue, "?panes=2D").shower.active
    assert not DisplayPage(page.state.catalogue, "?panes=3D").map.active


def test_a_hidden_map_answers_when_it_is_shown_again(page):
    page.state.panes = "3D"
    page.state.step(1)
    page.state.layer = 33
    page.state.panes = "both"
    assert_map_shows_the_state(page.map)


# -- the map ----------------------------------------------------------------------------------------------


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
    page.state.layer = 11
    (sent,) = page.wire.sent
    assert not {"codes", "fresh", "waferu", "cellu", "width", "x0"} & sent
    assert {"layer", "hit", "value", "mipPt", "pt", "eta", "phi"} <= sent
    for name, values in before.items():
        assert page.map.map.wire.data[name][0] is values
    assert_map_shows_the_state(page.map)


def test_a_layer_with_other_outlines_sends_its_raster(page):
    page.state.layer = 30
    (sent,) = page.wire.sent
    assert {"codes", "fresh", "waferu", "layer", "hit"} <= sent
    assert_map_shows_the_state(page.map)


@pytest.mark.parametrize("change", [{"threshold": 3.0}, {"colour_by": "pT"}, {"colour_scale": "linear"}])
def test_limits_and_colours_send_no_raster(page, change):
    page.state.param.update(**change)
    assert not any({"codes", "waferu"} & columns for columns in page.wire.sent)
    assert_map_shows_the_state(page.map)


@pytest.mark.parametrize("endcap", ["+z", "-z"])
def test_a_zoom_is_answered_with_the_raster_of_that_view(page, endcap):
    page.state.endcap = endcap
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


def test_sizes_of_a_request_are_limited(page):
    look(page.map, Viewport(0, 1, 0, 1, 100_000, 3))
    assert (page.map.viewport.width, page.map.viewport.height) == (1400, 40)
    before = page.map.viewport
    for nonsense in (Viewport(1, 0, 0, 1, 50, 50), Viewport(0, 1, np.nan, 1, 50, 50)):
        look(page.map, nonsense)
        assert page.map.viewport == before


def test_a_zoom_computes_nothing_of_the_event(page):
    page.state.computed.clear()
    look(page.map, Viewport(-80.0, -20.0, 10.0, 40.0, 300, 150))
    assert not page.state.computed


def test_the_map_goes_after_the_shower(page):
    """Where the next event's particle is out of view, the browser is sent there at the same scale."""
    state, view = page.state, page.map
    moved = columns_of(view)["moved"]
    scale = (INNER.y1 - INNER.y0) / INNER.height
    for entry in range(2):
        state.show(entry=entry)
        x, y = (slope * state.geometry.layer_z[state.layer] for slope in state.slope)
        assert view.viewport.holds(x, y)
        assert (view.viewport.y1 - view.viewport.y0) / view.viewport.height == pytest.approx(scale)
        assert_map_shows_the_state(view)
    assert columns_of(view)["moved"] > moved


def test_the_map_stays_on_the_shower_through_the_layers_unless_the_user_looks_elsewhere(page):
    state, view = page.state, page.map
    for layer in (1, 29, 50):  # INNER is not where the shower is
        state.layer = layer
        assert view.viewport == INNER
    view.to_shower()
    for layer in (9, 1, 50):
        state.layer = layer
        assert view.viewport.holds(*(slope * state.geometry.layer_z[layer] for slope in state.slope))


def test_buttons_of_the_map(page):
    page.map.whole()
    view, outer = page.map.viewport, page.state.geometry.radii[9][1]
    assert min(view.x1, view.y1, -view.x0, -view.y0) > outer
    page.map.home()
    x, y = (slope * page.state.geometry.layer_z[9] for slope in page.state.slope)
    view = page.map.viewport
    assert ((view.x0 + view.x1) / 2, (view.y0 + view.y1) / 2) == pytest.approx((x, y))
    assert_map_shows_the_state(page.map)


@pytest.mark.parametrize(("layer", "endcap"), [(9, "+z"), (9, "-z"), (45, "+z"), (45, "-z")])
def test_a_tap_selects_the_cell_below_it(page, layer, endcap):
    state, geometry = page.state, page.state.geometry
    state.param.update(layer=layer, endcap=endcap)
    side = 1 if endcap == "+z" else -1
    for number in geometry.numbers_of_layer(layer)[::1500]:
        x, y = geometry.corners(number)[0].mean(axis=0)
        tap(page.map.map.figure, side * float(x), float(y))
        assert state.selected == number
        (xs,), (ys,) = (page.map.map.selected.data[name] for name in ("xs", "ys"))
        assert np.array_equal(np.stack([side * xs, ys], axis=1), geometry.corners(number)[0])
    tap(page.map.map.figure, 0.0, 0.0)
    assert state.selected == -1
    assert page.map.map.selected.data == {"xs": [], "ys": []}


def test_the_outline_of_the_selected_cell_is_in_its_layer_only(page):
    page.state.select(int(page.state.geometry.numbers_of_layer(13)[5]))
    assert page.state.layer == 13
    assert len(page.map.map.selected.data["xs"]) == 1
    page.state.layer = 15
    assert len(page.map.map.selected.data["xs"]) == 0


def test_the_scale_is_the_events(page):
    state, made = page.state, page.map.map
    for scale in ("log", "linear"):
        state.colour_scale = scale
        mapper = made.image.glyph.color_mapper
        assert mapper is made.bar.color_mapper is made.mappers[scale]
        before = (mapper.low, mapper.high)
        assert before == (state.colour_range if scale == "log" else (0, state.colour_range[1]))
        state.layer = 21
        assert (mapper.low, mapper.high) == before
        state.layer = 9
    state.colour_by = "layer"
    assert (made.bar.color_mapper.low, made.bar.color_mapper.high) == (1, 50)
    assert made.legend.text == "layer"


def test_the_largest_of_cells_that_stand_twice_is_painted_last(columns, open_files, tmp_path):
    made = both(cells(columns, [7, 7, 7], mip=[3.0, 9.0, 5.0]), cells(columns, [300]))
    page = DisplayPage(open_files(write(tmp_path / "twice.root", [Made(1, made)])))
    page.map.whole()
    wire = columns_of(page.map)
    assert wire["mipPt"].tolist() == [1, 3, 5, 9]
    assert page.map.numbers[wire["hit"] - 1].tolist() == [300, 7, 7, 7]


# -- the shower -------------------------------------------------------------------------------------------


def test_the_mesh_shows_the_rows_in_3d(page):
    state, figure = page.state, page.shower._pane.object
    mesh, rows = figure.data[0], state.in_3d
    corners = state.geometry.corners(state.loaded.number[rows])
    assert np.array_equal(np.asarray(mesh.y).reshape(-1, 4), corners[..., 0])
    assert np.array_equal(np.asarray(mesh.x)[::4], state.loaded.value["z"][rows])
    value = state.loaded.value["mipPt"][rows]
    assert np.allclose(np.asarray(mesh.intensity)[::2], np.log10(np.maximum(value, state.colour_range[0])))
    assert (mesh.cmin, mesh.cmax) == pytest.approx(tuple(np.log10(state.colour_range)))
    hover = page.shower._table.data
    table = state.geometry.trigger_cells.iloc[state.loaded.number[rows]]
    for name, values in unpacked(hover["cell"]).items():
        assert np.array_equal(values, table[name])
    for name in ("mipPt", "pt"):
        assert np.array_equal(hover[name], state.loaded.value[name][rows])
    for name in ("eta", "phi"):
        assert np.abs(hover[name] / 1e4 - state.loaded.value[name][rows]).max() <= 0.51e-4


def unpacked(cells):
    """The tooltip's columns from their 32 bits, as the browser reads them."""
    fields = {"cellv": (0, 8), "cellu": (8, 5), "waferv": (13, 5), "waferu": (18, 5), "layer": (24, 6)}
    columns = {name: (cells >> low & (1 << bits) - 1).astype(int) for name, (low, bits) in fields.items()}
    tile = (cells >> 23 & 1).astype(bool)
    for name in ("waferu", "waferv"):
        columns[name] = np.where(tile, -999, columns[name] - 16)
    return columns


def test_every_cell_of_the_detector_survives_its_packing(page):
    geometry = page.state.geometry
    numbers = np.arange(len(geometry.trigger_cells))
    columns = unpacked(packed_cells(geometry, numbers))
    assert np.array_equal(geometry.find(**columns), numbers)


@pytest.mark.parametrize("change", [{"layer": 13}, {"theme": "light"}, {"colour_by": "pT"}, {"stretch": 2.0}])
def test_what_leaves_the_cells_alone_leaves_the_mesh_alone(page, change):
    before = {name: page.shower._mesh[name] for name in "xyzijk"}
    page.state.param.update(**change)
    assert all(page.shower._mesh[name] is array for name, array in before.items())


def test_a_click_selects_the_cell_and_moves_the_layer(page):
    state = page.state
    for cell in (0, 17, len(state.in_3d) - 1):
        click(page.shower, cell)
        row = state.in_3d[cell]
        assert state.selected == state.loaded.number[row]
        assert state.layer == state.loaded.layer[row]
        assert state.selected_row == row
        selected = page.shower._pane.object.data[-1]
        assert selected.name == "selected"
        corners = state.geometry.corners(state.selected)[0]
        assert np.array_equal(np.stack([selected.y, selected.z], axis=1)[:4], corners)


def test_clicks_beside_the_cells_select_nothing(page):
    click(page.shower, 3)
    before = page.state.selected
    for beside in (len(page.state.in_3d), -1, 10**9):
        click(page.shower, beside)
        assert page.state.selected == before


def test_a_cell_can_be_clicked_again(page):
    click(page.shower, 3)
    before = page.state.selected
    page.state.select(-1)
    click(page.shower, 3)
    assert page.state.selected == before >= 0


def test_frames(page):
    pane = page.shower._pane
    shower = pane.object.layout.scene.xaxis.range
    page.state.frame = "endcap"
    assert pane.object.layout.scene.xaxis.range == (315, 520)
    page.state.frame = "shower"
    assert pane.object.layout.scene.xaxis.range == shower


# -- the panes below --------------------------------------------------------------------------------------


def test_the_profile(page):
    state, profile = page.state, page.profile._profile
    state.param.update(layers_3d=(5, 30), layer=13)
    bars = profile.bars.data
    assert np.array_equal(bars["layer"], state.geometry.layers)
    assert np.array_equal(bars["mip"], state.mip_per_layer[state.geometry.layers])
    inside = (bars["layer"] >= 5) & (bars["layer"] <= 30)
    assert bars["alpha"][inside].min() > bars["alpha"][~inside].max()
    assert profile.current.location == 13
    assert profile.figure.y_range.end > bars["mip"].max()


@pytest.mark.parametrize(("x", "layer"), [(9.1, 9), (2.4, 3), (1.2, 1), (28.2, 29), (49.6, 50)])
def test_a_tap_on_a_bar_goes_to_the_layer(page, x, layer):
    page.state.layer = 33
    tap(page.profile._profile.figure, x, 1.0)
    assert page.state.layer == layer
    tap(page.profile._profile.figure, -4.0, 1.0)
    assert page.state.layer == layer


def test_the_rz_phi_map(page):
    state, made = page.state, page.rz_phi._map
    image = made.bins.data["image"][0]
    histogram, _ = state.rz_phi
    assert np.array_equal(np.nan_to_num(image), histogram.astype(np.float32))
    assert np.isnan(image[histogram == 0]).all()
    click(page.shower, 3)
    row = state.selected_row
    x, y, z = (float(state.loaded.value[name][row]) for name in "xyz")
    assert made.mark.data["x"] == pytest.approx([np.arctan2(y, x)], abs=1e-5)
    assert made.mark.data["y"] == pytest.approx([np.hypot(x, y) / z], rel=1e-5)
    plot, generated = made.figure, state.generated
    assert plot.x_range.start < generated["exphi"] < plot.x_range.end
    assert plot.y_range.start < 1 / np.sinh(generated["exeta"]) < plot.y_range.end
    assert made.axis.data["x"] == [generated["exphi"]]


def test_the_rz_phi_mark_in_the_other_endcap(columns, open_files, tmp_path):
    """x of the geometry's table is mirrored there."""
    one = cells(columns, [4321], side=-1)
    page = DisplayPage(open_files(write(tmp_path / "back.root", [Made(1, one)])))
    page.state.select(4321)
    mark = page.rz_phi._map.mark.data
    assert mark["x"] == pytest.approx(one["phi"], abs=1e-5)
    assert mark["y"] == pytest.approx(1 / np.sinh(-one["eta"]), rel=1e-4)


def test_a_tap_on_a_bin_selects_its_largest_cell(page):
    state, plot = page.state, page.rz_phi._map.figure
    value = state.loaded.value
    rz = np.hypot(value["x"], value["y"]) / np.abs(value["z"])
    phi = np.arctan2(value["y"], value["x"])
    row = state.in_endcap[value["mipPt"][state.in_endcap].argmax()]
    k, j = (np.searchsorted(edges, v[row]) - 1 for edges, v in ((RZ_EDGES, rz), (PHI_EDGES, phi)))
    inside = (rz >= RZ_EDGES[k]) & (rz < RZ_EDGES[k + 1]) & (phi >= PHI_EDGES[j]) & (phi < PHI_EDGES[j + 1])
    inside &= value["mipPt"] >= state.threshold
    middle = (PHI_EDGES[j : j + 2].mean(), RZ_EDGES[k : k + 2].mean())
    for layer in np.unique(state.loaded.layer[inside])[:3]:
        state.param.update(layer=int(layer), selected=-1)
        tap(plot, *middle)
        here = np.flatnonzero(inside & (state.loaded.layer == layer))
        assert state.selected_row == here[value["mipPt"][here].argmax()]
        assert state.layer == layer
    free = np.setdiff1d(state.geometry.layers, state.loaded.layer[inside])
    if len(free):
        state.layer = int(free[0])
        tap(plot, *middle)
        assert state.selected_row == row
    tap(plot, middle[0], 0.9)
    assert state.selected == -1


def test_dots_in_the_rz_phi_map_are_the_layers_cells(page):
    state, dots = page.state, page.rz_phi._map.layer
    for layer in (9, 33):
        state.layer = layer
        value = {name: state.loaded.value[name][state.in_layer] for name in "xyz"}
        assert np.allclose(dots.data["x"], np.arctan2(value["y"], value["x"]))
        assert np.allclose(dots.data["y"], np.hypot(value["x"], value["y"]) / value["z"])


def test_what_does_not_fit_the_rz_phi_map_is_counted(columns, open_files, tmp_path):
    near = cells(columns, [7, 8], x=[10.0, 20.0], y=[0.0, 0.0])  # R/z of 0.03 and 0.06
    page = DisplayPage(open_files(write(tmp_path / "near.root", [Made(1, both(near, cells(columns, [7])))])))
    assert "2 outside R/z 0.076" in RzPhiTitle(page.state)._pane.object
    page.state.threshold = 1.5
    assert "1 outside R/z 0.076" in RzPhiTitle(page.state)._pane.object


@pytest.mark.parametrize("scale", ["log", "linear"])
def test_scales_of_a_link(catalogue, scale):
    page = DisplayPage(catalogue, f"?scale={scale}&theme=light")
    assert page.map.map.image.glyph.color_mapper is page.map.map.mappers[scale]
    assert page.rz_phi._map.renderer.glyph.color_mapper is page.rz_phi._map.mappers[scale]
    pane = THEMES["light"]["pane"]
    for plot in (page.map.map.figure, page.profile._profile.figure, page.rz_phi._map.figure):
        assert plot.background_fill_color == pane
    assert page.shower._pane.object.layout.paper_bgcolor == pane


# -- the card -----------------------------------------------------------------------------------------------


def test_the_card_of_a_cell(page):
    state, card = page.state, CardView(page.state)
    assert "Click a trigger cell" in card._pane.object
    click(page.shower, 3)
    row, cell = state.selected_row, state.geometry.trigger_cells.iloc[state.selected]
    text = card._pane.object
    assert f">{cell.layer} (CE-" in text
    assert f">{cell.cellu}, {cell.cellv}<" in text
    assert f"{state.loaded.value['mipPt'][row]:.3g}<" in text
    assert f"{state.loaded.value['energy'][row]:.3g} GeV" in text
    assert f"{state.from_axis[row]:.1f} cm" in text
    free = np.setdiff1d(state.geometry.numbers_of_layer(45), state.loaded.number)[-1]
    state.select(int(free))
    assert "scintillator" in card._pane.object
    assert "none in this event" in card._pane.object
