"""Views: what an action changes in the models, and how often."""

import re

import numpy as np
import pytest
from browser import assert_map_shows_the_state, click, count_updates, tap

from bye_splits.dashboard.figures.colours import THEMES
from bye_splits.dashboard.views.display.facts import CardView, FactsView, MapTitle, ShowerTitle
from bye_splits.dashboard.views.display.layer_map import LayerMapView
from bye_splits.dashboard.views.display.page import DisplayPage
from bye_splits.dashboard.views.display.profiles import ProfileView
from bye_splits.dashboard.views.display.shower import ShowerView

# -- how often ------------------------------------------------------------------------------------------

ACTIONS = {
    "next event": lambda page: page.sidebar.next.param.trigger("clicks"),
    "typed event": lambda page: page.sidebar.event.param.update(value="2"),
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
    "theme": lambda page: page.state.update(theme="light"),
    "click": lambda page: click(page.shower, 4),
}
EVENT = {
    "LayerMapView": {"cells", "scale", "outlined", "directions"},
    "ShowerView": {"tooltips", "coloured", "shower"},
    "ProfileView": {"bars"},
    "StageView": {"maps", "captions"},
    **{words: {"html"} for words in ("BadgeView", "CardView", "FactsView", "MapTitle", "ShowerTitle")},
}
LAYER = {
    "LayerMapView": {"cells", "outlined", "directions"},
    "ShowerView": {"shower"},
    "ProfileView": {"layer"},
    "MapTitle": {"html"},
}
IN_3D = {
    "ShowerView": {"tooltips", "coloured", "shower"},
    **{words: {"html"} for words in ("FactsView", "ShowerTitle")},
}
DRAWN = {  # which parts of which views an action draws, each once
    "next event": EVENT,
    "typed event": EVENT,
    "sample": EVENT,
    "pile-up": EVENT,
    "layer": LAYER,
    "player": LAYER,
    "layers in 3D": IN_3D | {"ProfileView": {"bars", "classes"}},
    "threshold": IN_3D | {"LayerMapView": {"cells"}, "ProfileView": {"bars"}, "MapTitle": {"html"}},
    "colour": {
        "LayerMapView": {"cells", "scale"},
        "ShowerView": {"coloured", "shower"},
        "ProfileView": {"bars"},
        "FactsView": {"html"},
    },
    "scale": {"LayerMapView": {"scale"}, "ShowerView": {"shower"}},
    "cylinder": IN_3D | {"ProfileView": {"bars"}},
    "stretch": {"ShowerView": {"shower"}},
    "frame": {"ShowerView": {"shower"}, "ShowerTitle": {"html"}},
    "theme": {
        "LayerMapView": {"theme", "scale", "directions"},
        "ShowerView": {"shower"},
        "ProfileView": {"classes", "theme"},
        "StageView": {"captions"},
    },
    "click": LAYER | {"CardView": {"html"}},
}


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_updates_each_view_once_and_computes_each_value_once(page, monkeypatch, name):
    state = page.state
    views = [page.map, page.shower, page.profile, page.stages, page.sidebar.chain, *page.words]
    calls = count_updates(monkeypatch, *views)
    state.graph.computed.clear()
    ACTIONS[name](page)
    drawn = {type(view).__name__: parts for view, parts in calls.items() if parts}
    assert drawn == {view: [parts] for view, parts in DRAWN[name].items()}
    assert set(state.graph.computed.values()) <= {1}
    assert len(page.wire.sent) == ("cells" in DRAWN[name].get("LayerMapView", ()))
    assert_map_shows_the_state(page.map)


def test_a_theme_computes_nothing(page):
    page.state.graph.computed.clear()
    page.state.theme = "light"
    assert not page.state.graph.computed


def test_an_error_changes_no_picture(page, monkeypatch):
    views = [page.map, page.shower, page.profile, page.stages, page.sidebar.chain]
    calls = count_updates(monkeypatch, *views)
    assert not page.state.show(number=999)
    assert not any(calls.values())


@pytest.mark.parametrize("view", [LayerMapView, ShowerView, ProfileView, FactsView])
def test_a_hidden_view_computes_nothing_and_catches_up_once(state, monkeypatch, view):
    made = view(state)
    calls = count_updates(monkeypatch, made)
    made.active = False
    state.graph.computed.clear()
    state.step(1)
    state.update(threshold=1.5, layer=13)
    state.update(layers_3d=(2, 40), cylinder=30.0)
    state.selection.select(5)
    assert calls[made] == []
    assert not state.graph.computed
    made.active = True
    (caught_up,) = calls[made]
    assert caught_up == EVENT[view.__name__] | ({"classes", "layer"} if view is ProfileView else set())
    assert set(state.graph.computed.values()) == {1}
    made.active = False
    made.active = True
    assert len(calls[made]) == 1


def test_the_choice_of_panes_hides_views(page):
    for panes, shown in (("2D", (True, False)), ("3D", (False, True)), ("both", (True, True))):
        page.state.panes = panes
        assert (page.map.active, page.shower.active) == shown
    assert not DisplayPage(page.state.navigation.catalogue, "?panes=2D").shower.active
    assert not DisplayPage(page.state.navigation.catalogue, "?panes=3D").map.active


def test_a_hidden_map_answers_when_it_is_shown_again(page):
    page.state.panes = "3D"
    page.state.step(1)
    page.state.cuts.layer = 33
    page.state.panes = "both"
    assert_map_shows_the_state(page.map)


# -- the panes below --------------------------------------------------------------------------------------


def test_the_profile(page):
    state, profile = page.state, page.profile._profile
    state.update(layers_3d=(5, 30), layer=13)
    bars = profile.bars.data
    assert np.array_equal(bars["layer"], state.shown.geometry.layers)
    assert np.array_equal(bars["sum"], state.colours.sum_per_layer[state.shown.geometry.layers])
    inside = (bars["layer"] >= 5) & (bars["layer"] <= 30)
    assert bars["alpha"][inside].min() > bars["alpha"][~inside].max()
    assert profile.current.location == 13
    assert profile.figure.y_range.end > bars["sum"].max()


@pytest.mark.parametrize(
    ("name", "column", "axis"), [("energy", "energy", "energy [GeV]"), ("pT", "pt", "pT [GeV]")]
)
def test_the_profile_is_of_what_is_coloured(page, name, column, axis):
    state, profile = page.state, page.profile._profile
    state.update(colour_by=name)
    near, value = state.cuts.near, state.shown.loaded.value[column]
    assert profile.bars.data["sum"].sum() == pytest.approx(value[near].sum(dtype=np.float64))
    assert profile.figure.yaxis[0].axis_label == axis
    state.update(colour_by="cluster")
    assert profile.figure.yaxis[0].axis_label == "mipT"


@pytest.mark.parametrize(("x", "layer"), [(9.1, 9), (2.4, 3), (1.2, 1), (28.2, 29), (49.6, 50)])
def test_a_tap_on_a_bar_goes_to_the_layer(page, x, layer):
    page.state.cuts.layer = 33
    tap(page.profile._profile.figure, x, 1.0)
    assert page.state.cuts.layer == layer
    tap(page.profile._profile.figure, -4.0, 1.0)
    assert page.state.cuts.layer == layer


@pytest.mark.parametrize("scale", ["log", "linear"])
def test_scales_of_a_link(catalogue, scale):
    page = DisplayPage(catalogue, f"?scale={scale}&theme=light")
    assert page.map.map.bar.color_mapper is page.map.map.mappers[scale]
    assert page.stages.shown.maps.coloured["histogram"].renderers[scale].visible
    pane = THEMES["light"]["pane"]
    stages = page.stages.shown.maps.figures.values()
    for plot in (page.map.map.figure, page.profile._profile.figure, *stages):
        assert plot.background_fill_color == pane
    assert page.shower._pane.object.layout.paper_bgcolor == pane


# -- the card -----------------------------------------------------------------------------------------------


def test_the_card_of_a_cell(page):
    state, card = page.state, CardView(page.state)
    assert "Click a trigger cell" in card._pane.object
    click(page.shower, 3)
    row, cell = (
        state.selection.selected_row,
        state.shown.geometry.trigger_cells.iloc[state.selection.selected],
    )
    text = card._pane.object
    assert f">{cell.layer} (CE-" in text
    assert f">{cell.cellu}, {cell.cellv}<" in text
    assert f"{state.shown.loaded.value['mipPt'][row]:.3g}<" in text
    assert f"{state.shown.loaded.value['energy'][row]:.3g} GeV" in text
    assert f"{state.shown.from_axis[row]:.1f} cm" in text
    free = np.setdiff1d(state.shown.geometry.numbers_of_layer(45), state.shown.loaded.number)[-1]
    state.selection.select(int(free))
    assert "scintillator" in card._pane.object
    assert "none in this event" in card._pane.object


def test_words_that_can_be_spared_are_in_the_tooltip(page):
    page.state.cuts.cylinder = 40.0
    for view, spared in (
        (MapTitle(page.state), "CE-E \u00b7 "),
        (ShowerTitle(page.state), " of the particle"),
        (FactsView(page.state), " of the particle"),
    ):
        html = view.html()
        assert f"<s>{spared}</s>" in html
        seen = re.sub(r"<s>.*?</s>", "", re.sub(r' (title|data-more)="[^"]*"', "", html))
        assert spared not in seen
        assert any(spared in tip for tip in re.findall(r' (?:title|data-more)="([^"]*)"', html))
