"""Controls: their labels, what they set, that an echo does nothing, and that they go back after an error."""

import panel as pn
import pytest
from bokeh.models import Model
from browser import count_updates
from display_files import PHOTON, Made, both, cells, write
from link_names import link_names

from bye_splits.dashboard.state.display import DisplayState
from bye_splits.dashboard.views.display.sidebar import Sidebar
from bye_splits.dashboard.views.shared.layer_slider import LayerSlider, settled_layer

LABELS = [
    *("Particle", "Pile-up", "Event", "Default events", "Previous", "Next", "Random"),
    *("Layer", "Layers in 3D", "Display threshold [mipT]", "Colour by", "Colour scale"),
]


@pytest.fixture
def sidebar(state):
    return Sidebar(state)


def labels(model: Model):
    shown = [getattr(part, "title", None) or getattr(part, "label", None) for part in model.references()]
    return [label for label in shown if isinstance(label, str)]


def test_labels(sidebar):
    shown = labels(sidebar.__panel__().get_root())
    for label in LABELS:
        assert shown.count(label) == 1, label
    assert {"Frame shower", "Frame endcap"} <= set(shown)


def test_widgets_show_the_state(sidebar, catalogue):
    state = sidebar.state
    state.show(("pions", "200"), number=2)
    state.update(
        layer=31, layers_3d=(4, 44), threshold=2.5, colour_by="energy", colour_scale="linear", stretch=2.0
    )
    assert (sidebar.particle.value, sidebar.pileup.value) == ("pions", "200")
    assert sidebar.pileup.options == ["0", "200"]
    assert (sidebar.event.value, sidebar.cylinder.value) == ("2", 40)
    assert (sidebar.layer.value, sidebar.player.value, sidebar.layers_3d.value) == (31, 31, (4, 44))
    assert (sidebar.threshold.value, sidebar.stretch.value) == (2.5, 2.0)
    assert (sidebar.colour_by.value, sidebar.colour_scale.value) == ("energy", "linear")
    state.cuts.cylinder = 0.0
    assert sidebar.cylinder.value == 200  # everything


def test_the_default_events_are_never_blank(sidebar):
    """A dash for an event that is none of them, in the model that the page shows, too."""
    state, defaults = sidebar.state, sidebar.defaults
    model = defaults.get_root()
    for _ in range(2):  # the second time in a row of changes
        state.show(("pions", "200"), number=2)
        label = dict(model.options)[model.value]
        assert label == ("2" if 2 in defaults.options.values() else "\u2013")
        defaults.value = ""  # the dash: nothing happens
        assert state.shown.loaded.event.number == 2
        state.show(("photons", "0"))
        assert model.value in dict(model.options)


def test_a_link_beyond_the_sliders_is_kept(state):
    """Sliders end before the limits of what a link may say."""
    state.update(threshold=60.0, cylinder=3.0)
    sidebar = Sidebar(state)
    assert sidebar.__panel__().get_root() is not None
    sidebar.layer.value = 13
    assert (state.cuts.threshold, state.cuts.cylinder) == (60.0, 3.0)


def test_default_events(sidebar):
    state = sidebar.state
    assert list(sidebar.defaults.options.values()) == ["", 4, 2]
    assert sidebar.defaults.value == 4
    sidebar.defaults.value = 2
    assert state.shown.loaded.event.number == 2
    sidebar.next.param.trigger("clicks")
    assert sidebar.defaults.value == ""
    sidebar.defaults.value = 4
    assert (state.shown.loaded.event.number, sidebar.event.value) == (4, "4")
    assert not sidebar.defaults.disabled
    sidebar.particle.value = "pions"
    assert sidebar.defaults.disabled
    assert list(sidebar.defaults.options.values()) == [""]


def test_samples(sidebar):
    state = sidebar.state
    assert sidebar.particle.options == ["photons", "pions"]
    assert sidebar.pileup.disabled  # there is but one
    sidebar.particle.value = "pions"
    assert (state.navigation.key, sidebar.pileup.disabled, state.cuts.cylinder) == (("pions", "0"), False, 0)
    sidebar.pileup.value = "200"
    assert (state.navigation.key, state.cuts.cylinder) == (("pions", "200"), 40)
    sidebar.particle.value = "photons"  # which has no pile-up of 200
    assert (state.navigation.key, sidebar.pileup.value) == (("photons", "0"), "0")


def test_previous_next_and_random(sidebar):
    state = sidebar.state
    sidebar.next.param.trigger("clicks")
    assert state.shown.loaded.event.number == 5
    sidebar.previous.param.trigger("clicks")
    sidebar.previous.param.trigger("clicks")
    assert (state.shown.loaded.event.number, sidebar.event.value) == (3, "3")
    sidebar.random.param.trigger("clicks")
    assert state.shown.loaded.event.number != 3


def test_a_wrong_event_number_goes_back(sidebar):
    state, messages = sidebar.state, []
    state.param.watch(lambda event: messages.append(event.new), "message")
    loaded = state.shown.loaded
    sidebar.event.value = "999"
    assert state.shown.loaded is loaded
    assert sidebar.event.value == "4"
    (message,) = messages
    assert message.level == "error"
    assert message.text == "There is no event 999: photons, pile-up 0 has 12 events, numbered 1 to 12."
    assert "photons_PU0.root" in message.in_full
    assert "expected event 999, found 12 events numbered from 1 to 12" in message.in_full
    sidebar.event.value = " 6 "
    assert state.shown.loaded.event.number == 6


def test_a_sample_that_cannot_be_read_goes_back(open_files, toys, tmp_path):
    gone = tmp_path / "gone.root"
    catalogue = open_files(toys["photons", "0"], gone)
    state = DisplayState(catalogue)
    state.show(("photons_PU0", ""))
    sidebar, loaded = Sidebar(state), state.shown.loaded
    sidebar.particle.value = "gone"
    assert state.shown.loaded is loaded
    assert (sidebar.particle.value, state.navigation.key) == ("photons_PU0", ("photons_PU0", ""))
    assert str(gone) in state.message.text


@pytest.mark.parametrize(
    ("present", "wanted", "settled"),
    [
        (9, 10, 11),
        (11, 10, 9),
        (1, 2, 3),
        (3, 2, 1),
        (29, 28, 27),
        (27, 28, 29),
        (9, 20, 21),
        (33, 20, 19),
        (9, 30, 30),
        (30, 31, 31),
        (50, 1, 1),
    ],
)
def test_a_layer_without_trigger_cells_is_passed_in_the_direction_of_the_move(
    sidebar, present, wanted, settled
):
    state = sidebar.state
    state.cuts.layer = present
    sidebar.layer.value = wanted
    assert (state.cuts.layer, sidebar.player.value) == (settled, settled)
    assert sidebar.layer.value == wanted  # the browser's slider goes there by itself
    sidebar.layer.value = settled
    assert (state.cuts.layer, sidebar.layer.value) == (settled, settled)
    assert settled_layer(wanted, present, state.shown.geometry.layers) == settled


def test_the_slider_shows_where_others_went(geometry):
    slider = LayerSlider(geometry, 9)
    assert slider.widget.tags == geometry.layers.tolist()
    assert slider.requested_layer(10, 9) == 11
    slider.show(11)
    slider.show(33)
    assert slider.widget.value == 33
    slider.show(11)
    assert slider.widget.value == 11


def test_a_threshold_beyond_the_slider_makes_it_longer(sidebar):
    assert sidebar.threshold.end == 10
    sidebar.state.cuts.threshold = 55.5
    assert (sidebar.threshold.end, sidebar.threshold.value) == (55.5, 55.5)
    sidebar.threshold.value = 20.0
    assert sidebar.state.cuts.threshold == 20.0


def test_what_the_browser_has_is_not_corrected_in_its_last_digits(sidebar):
    """A correction may arrive after the user's next move, and undo it."""
    for slider, name in ((sidebar.threshold, "threshold"), (sidebar.stretch, "stretch")):
        slider.value = 1.5000000000000002
        assert sidebar.state.value(name) == 1.5
        assert slider.value == 1.5000000000000002


def test_an_emptied_event_field_keeps_the_event(sidebar):
    before = sidebar.state.shown.loaded
    sidebar.event.value = " "
    assert sidebar.state.shown.loaded is before
    assert sidebar.event.value == str(before.event.number)


@pytest.mark.parametrize("words", ["four", "4.5", str(2**64), "1e3"])
def test_what_is_no_event_number_is_said(sidebar, words):
    before = sidebar.state.shown.loaded
    sidebar.event.value = words
    assert sidebar.state.shown.loaded is before
    assert sidebar.event.value == str(before.event.number)
    assert sidebar.state.message.text == f"{words!r} is not an event number: a whole number is needed."


def test_the_layers_end(geometry):
    assert settled_layer(51, 50, geometry.layers) == 50
    assert settled_layer(0, 1, geometry.layers) == 1


def test_the_player_has_the_layers_with_trigger_cells(sidebar, geometry):
    assert list(sidebar.player.options) == geometry.layers.tolist()
    sidebar.player.value = 27
    assert (sidebar.state.cuts.layer, sidebar.layer.value) == (27, 27)


@pytest.mark.parametrize(
    ("widget", "value", "name", "expected"),
    [
        ("threshold", 1.7, "threshold", 1.7),
        ("layers_3d", (3, 9), "layers_3d", (3, 9)),
        ("colour_by", "layer", "colour_by", "layer"),
        ("colour_scale", "linear", "colour_scale", "linear"),
        ("cylinder", 35, "cylinder", 35),
        ("cylinder", 200, "cylinder", 0),
        ("stretch", 2.5, "stretch", 2.5),
        ("endcap", "-z", "endcap", "-z"),
        ("shower", None, "frame", "shower"),
        ("whole", None, "frame", "endcap"),
    ],
)
def test_a_widget_sets_its_parameter_and_nothing_else(sidebar, widget, value, name, expected):
    state = sidebar.state
    state.update(cylinder=20.0, frame="endcap" if expected == "shower" else "shower")
    before, changes = {key: state.value(key) for key in link_names(state)}, []
    state.graph.listen(lambda names: changes.append(sorted(names)))
    control = getattr(sidebar, widget)
    if value is None:
        control.param.trigger("clicks")
    else:
        control.value = value
    assert changes == [[name]]
    assert {key: state.value(key) for key in link_names(state)} == before | {name: expected}


def test_an_echo_does_nothing(sidebar, monkeypatch):
    """A widget that follows the state does not set the state again."""
    state, changes = sidebar.state, []
    state.graph.listen(changes.append)
    state.show(("pions", "200"), number=1, threshold=1.0, layer=13)
    state.step(1)
    assert len(changes) == 2
    state.graph.computed.clear()
    calls = count_updates(monkeypatch, sidebar)
    sidebar.threshold.value = 3.0
    assert len(changes) == 3
    assert calls[sidebar] == [{"other_widgets"}]
    assert not state.graph.computed  # nothing that a control needs


def test_the_endcap_is_offered_where_there_is_a_choice(columns, show_file, tmp_path):
    one, other = cells(columns, [5, 6]), cells(columns, [5], side=-1)
    events = [Made(1, one), Made(2, both(one, other)), Made(3, other), Made(4, cells(columns, []))]
    sidebar = Sidebar(show_file(write(tmp_path / "sides.root", events)))
    offered = []
    for _ in events:
        offered.append(sidebar.endcap.visible)
        sidebar.next.param.trigger("clicks")
    assert offered == [False, True, False, False]
    sidebar.state.show(entry=0, endcap="-z")  # an address that asks for the empty one
    assert sidebar.endcap.visible


def test_around_the_particle_needs_one(columns, show_file, tmp_path):
    one = cells(columns, [5, 6])
    sidebar = Sidebar(show_file(write(tmp_path / "some.root", [Made(1, one), Made(2, one, [PHOTON])])))
    assert sidebar.cylinder.disabled
    sidebar.state.step(1)
    assert not sidebar.cylinder.disabled


def test_only_what_the_event_has_is_offered(columns, show_file, tmp_path, sidebar):
    distance = "distance to the generated particle"
    assert distance in sidebar.colour_by.options
    assert sidebar.pileup.visible
    path = write(tmp_path / "bare.root", [Made(1, cells(columns, [5]))])
    bare = Sidebar(show_file(path))
    assert distance not in bare.colour_by.options
    assert not bare.pileup.visible  # the file is of no pile-up in particular
    bare.state.colours.colour_by = distance  # out of a link
    assert (bare.colour_by.value, distance in bare.colour_by.options) == (distance, True)


def test_all_controls_have_labels(sidebar):
    for widget in sidebar.__panel__().select(pn.widgets.Widget):
        assert widget.label or isinstance(widget, pn.widgets.DiscretePlayer), widget
