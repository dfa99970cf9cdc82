"""What an action computes, and what follows from the selection."""

import re
from dataclasses import replace

import numpy as np
import pytest
from display_files import PHOTON, Made, both, cells, write, write_raw

from bye_splits.chain import ChainParameters
from bye_splits.dashboard.catalogue import Catalogue
from bye_splits.dashboard.state.cuts import MANY
from bye_splits.dashboard.state.display import DisplayState
from bye_splits.dashboard.views.display import page as display
from bye_splits.dashboard.views.display.facts import FactsView
from bye_splits.settings import Selection

PHOTONS = ("photons", "0")
DERIVED = {
    *("generated", "slope", "focus", "in_endcap", "above", "from_axis", "near", "in_3d", "in_layer"),
    *("colour_values", "colour_range", "seen", "sum_per_layer", "selected_row"),
    *("chain_table", "result_a", "result_b", "seed_palette", "cell_palette", "cell_classes"),
    *("shade", "file_clusters", "particles", "particle_slopes", "near_particle", "part_rows"),
    *("a_and_b", "sum_per_class", "drawn_values", "selected_cells", "framed"),
    *("shown_results", "shown_sets", "seed_colours", "other_slopes", "marked", "file_colours"),
}
FRAMED = {"framed"}
OF_RESULT = {
    *("seed_palette", "cell_palette", "near_particle", "part_rows", "selected_cells"),
    *("shown_results", "shown_sets", "seed_colours"),
}
COLOURED = {"colour_values", "drawn_values", "colour_range"}


def ask_for_all(state):
    parts = state, state.shown, state.cuts, state.chain, state.selection, state.colours
    for part in parts:
        for name in DERIVED & set(part.derived_names()):
            getattr(part, name)


def computed_by(state, action):
    """How often each derived value is computed when `action` is followed by a look at all of them."""
    ask_for_all(state)
    state.graph.computed.clear()
    action()
    ask_for_all(state)
    ask_for_all(state)
    return dict(state.graph.computed)


SELECTED = {"selected_cells", "drawn_values", "sum_per_class"}
ACTIONS = {
    "layer": (lambda state: state.update(layer=3), {"in_layer"}),
    "theme": (lambda state: state.update(theme="light"), set()),
    "panes": (lambda state: state.update(panes="2D"), set()),
    "stretch": (lambda state: state.update(stretch=2.0), set()),
    "frame": (lambda state: state.update(frame="endcap"), FRAMED),
    "colour scale": (lambda state: state.update(colour_scale="linear"), set()),
    "colour": (lambda state: state.update(colour_by="pT"), COLOURED | {"sum_per_layer", "sum_per_class"}),
    "layers in 3D": (lambda state: state.update(layers_3d=(3, 20)), {"in_3d", "seen"} | FRAMED),
    "cylinder": (
        lambda state: state.update(cylinder=7.0),
        {"near", "in_3d", "seen", "sum_per_layer", "sum_per_class"} | FRAMED,
    ),
    "threshold": (
        lambda state: state.update(threshold=1.5),
        {"above", "near", "in_3d", "in_layer", "seen", "sum_per_layer", "sum_per_class", "colour_range"}
        | FRAMED,
    ),
    "selected cell": (lambda state: state.update(selected=5), {"selected_row", "marked"}),
    "by cluster": (
        lambda state: state.update(colour_by="cluster"),
        COLOURED | {"cell_classes", "sum_per_class"},
    ),
    "radius": (lambda state: state.change_chain(radius=0.02), {"result_a", "a_and_b"} | OF_RESULT),
    "the same radius": (lambda state: state.change_chain(radius=None), set()),
    "a B": (
        lambda state: state.compare_with({"radius": 0.01}),
        COLOURED
        | {"result_b", "a_and_b", "selected_cells", "cell_change", "cell_classes", "sum_per_class"}
        | {"shown_results", "shown_sets"},
    ),
    "the other set": (
        lambda state: state.update(set_b=ChainParameters(radius=0.01), compare="B"),
        {"result_b", "a_and_b"} | OF_RESULT,
    ),
    "selected cluster": (lambda state: state.update(cluster=0), SELECTED),
    "selected bin": (lambda state: state.selection.select_part(20, 100), {"part_rows", "marked"}),
    "the same event": (lambda state: state.update(loaded=state.shown.loaded), set()),
    "the same threshold": (lambda state: state.update(threshold=0.5), set()),
    "next event": (lambda state: state.step(1), DERIVED),
}


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_computes_what_depends_on_it_once(state, name):
    action, expected = ACTIONS[name]
    assert computed_by(state, lambda: action(state)) == dict.fromkeys(expected, 1)


def test_an_endcap_change_leaves_nothing_of_the_other(catalogue, state):
    counts = computed_by(state, lambda: state.update(endcap="-z"))
    assert counts == dict.fromkeys(DERIVED - {"cell_classes", "drawn_values", "marked"}, 1)  # the scale stays
    assert len(state.cuts.in_3d) == 0


def test_nothing_is_computed_before_it_is_asked_for(state):
    state.step(1)
    assert not state.graph.computed


def test_an_event_change_is_one_change(state):
    calls = []
    state.graph.listen(calls.append)
    state.show(("pions", "200"))
    assert len(calls) == 1
    assert {"particle", "pileup", "loaded", "cylinder"} <= calls[0]


# -- which event -----------------------------------------------------------------------------------


def test_the_first_event_is_the_first_default_one(state):
    assert state.shown.loaded.event.number == 4
    assert state.message is None
    assert (
        state.cuts.layer == np.bincount(state.shown.loaded.layer, state.shown.loaded.value["mipPt"]).argmax()
    )


@pytest.mark.parametrize("particle", ["photons", "pions"])
def test_the_configured_particle_is_shown_first(config, particle):
    wanted = replace(config, selection=Selection(particle=particle))
    state = DisplayState(Catalogue(wanted))
    assert display.start(state, "") == []
    assert state.navigation.key == (particle, "0")
    samples = list(state.navigation.catalogue.samples)
    assert sorted(samples) == sorted(config.samples)
    assert [name == particle for name, _ in samples] == sorted(
        (n == particle for n, _ in samples), reverse=True
    )
    link = DisplayState(Catalogue(wanted))
    assert display.start(link, "?particle=pions&pileup=200&threshold=3") == []
    assert (link.navigation.key, link.cuts.threshold) == (("pions", "200"), 3)


def test_a_file_that_is_called_like_a_particle_stays_where_it_is(toys, tmp_path, open_files):
    paths = [tmp_path / "a.root", tmp_path / "photons.root"]
    for path in paths:
        path.symlink_to(toys[PHOTONS])
    assert list(open_files(*paths).samples) == [("a", ""), ("photons", "")]


@pytest.mark.parametrize(("configured", "shown"), [(0.0, 0.0), (2.0, 2.0), (1e4, 100.0)])
def test_the_threshold_starts_where_it_is_configured(config, configured, shown):
    state = DisplayState(Catalogue(replace(config, selection=Selection(mip_threshold=configured))))
    assert state.show(PHOTONS)
    assert state.cuts.threshold == shown
    assert state.cuts.above.tolist() == np.flatnonzero(state.shown.loaded.value["mipPt"] >= shown).tolist()
    state.cuts.threshold = 1.5
    assert state.show(("pions", "0"))
    assert state.cuts.threshold == 1.5  # the user's own value stays


def test_a_default_event_that_the_file_lacks_is_passed_over(open_files, toys):
    for defaults, number in (((999, 3), 3), ((999,), 1)):
        catalogue = open_files(toys[PHOTONS], default_events={("photons_PU0", ""): defaults})
        state = DisplayState(catalogue)
        assert state.show(("photons_PU0", ""))
        assert state.shown.loaded.event.number == number


def test_steps_go_round(state):
    seen = [state.shown.loaded.event.entry]
    for _ in range(12):
        assert state.step(1)
        seen.append(state.shown.loaded.event.entry)
    assert seen == [3, *range(4, 12), *range(4)]
    state.show(entry=0)
    assert state.message is None
    state.step(-1)
    assert state.message.text == "Before the first event comes the last."
    assert (state.navigation.entry, state.shown.loaded.event.entry) == (11, 11)
    state.step(25)
    assert state.navigation.entry == 0


def test_random_is_another_event(state):
    seen = set()
    for _ in range(40):
        before = state.navigation.entry
        assert state.random()
        assert state.navigation.entry != before
        seen.add(state.navigation.entry)
    assert len(seen) > 6


def test_random_of_a_single_event_stays(columns, show_file, tmp_path):
    state = show_file(write(tmp_path / "one.root", [Made(8, cells(columns, [5]))]))
    assert state.random()
    assert state.shown.loaded.event.number == 8


def test_a_selection_stays_through_events_but_the_cell_does_not(state):
    state.update(layer=13, threshold=1.0, layers_3d=(5, 30), colour_by="energy", selected=17)
    state.step(1)
    assert (state.cuts.layer, state.cuts.threshold, state.cuts.layers_3d, state.colours.colour_by) == (
        13,
        1.0,
        (5, 30),
        "energy",
    )
    assert state.selection.selected == -1


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ({"number": 99}, "There is no event 99: photons, pile-up 0 has 12 events, numbered 1 to 12."),
        ({"number": 4, "occurrence": 1}, "photons, pile-up 0 has event 4 once: there is no 2nd one"),
        ({"entry": 12}, "expected entry 12, found 12 entries"),
        ({"key": ("photons", "200")}, "sample 'photons' with pile-up '200'.*pions with pile-up 200"),
    ],
)
def test_an_error_keeps_the_last_good_event(state, what, words):
    before = {name: getattr(state, name) for name in state.param if name not in ("message", "name")}
    messages = []
    state.param.watch(lambda event: messages.append(event.new), "message")
    assert not state.show(**what, layer=3)
    assert {name: getattr(state, name) for name in before} == before
    (message,) = messages
    assert message.level == "error"
    assert re.search(words, message.text)


def test_the_same_error_is_told_again(state):
    messages = []
    state.param.watch(lambda event: messages.append(event.new.text), "message")
    state.show(number=99)
    state.show(number=99)
    assert len(messages) == 2


def test_events_of_the_same_number_are_kept_apart(columns, show_file, tmp_path):
    events = [Made(number, cells(columns, [10 * k])) for k, number in enumerate((7, 3, 7, 7))]
    state = show_file(write(tmp_path / "twins.root", events), number=7, occurrence=1)
    assert (state.navigation.entry, state.shown.loaded.number.tolist(), state.shown.loaded.occurrence) == (
        2,
        [20],
        1,
    )
    assert "occurs 3 times in this file; this is the 2nd" in FactsView(state).html()
    state.show(number=7)
    assert (state.navigation.entry, state.shown.loaded.number.tolist(), state.shown.loaded.occurrence) == (
        0,
        [0],
        0,
    )
    assert state.step(3)
    assert (state.shown.loaded.event.number, state.shown.loaded.occurrence) == (7, 2)


# -- endcaps and particles -------------------------------------------------------------------------


def test_the_endcap_follows_events_that_have_only_one(columns, show_file, tmp_path):
    events = [Made(k, cells(columns, [100 + k], side=side)) for k, side in enumerate((1, -1, -1, 1))]
    state = show_file(write(tmp_path / "sides.root", events))
    seen = [state.shown.endcap]
    for _ in range(4):
        state.step(1)
        seen.append(state.shown.endcap)
        assert state.shown.in_endcap.tolist() == [0]
    assert seen == ["+z", "-z", "-z", "+z", "+z"]


def test_raw_files_have_both_endcaps(columns, show_file, tmp_path):
    both_sides = both(cells(columns, [5, 6, 7]), cells(columns, [5, 9], mip=50.0, side=-1))
    soft = PHOTON | {"pt": 2.0, "exphi": -1.0}
    lost = PHOTON | {"pt": 900.0, "gen": -1}
    back = PHOTON | {"exeta": -2.5, "pt": 7.0}
    state = show_file(write_raw(tmp_path / "raw.root", [Made(1, both_sides, [soft, PHOTON, back, lost])]))
    assert state.shown.loaded.sides == ("-z", "+z")
    assert state.shown.endcap == "-z"  # it has more
    state.shown.endcap = "+z"
    assert state.shown.in_endcap.tolist() == [0, 1, 2]
    assert state.shown.generated["pt"] == 30
    assert state.shown.slope == pytest.approx((np.cos(0.7) / np.sinh(2), np.sin(0.7) / np.sinh(2)), rel=1e-6)
    state.shown.endcap = "-z"
    assert state.shown.in_endcap.tolist() == [3, 4]
    assert state.shown.loaded.number[state.shown.in_endcap].tolist() == [5, 9]
    assert state.shown.generated["pt"] == 7
    z = state.shown.geometry.layer_z[1] * state.shown.side
    assert state.shown.slope[0] * z == pytest.approx(np.cos(0.7) / np.sinh(2.5) * 1 * abs(z), rel=1e-5)


def test_an_endcap_is_kept_while_there_is_something_to_see(columns, show_file, tmp_path):
    main = cells(columns, [5], mip=100.0)
    events = [
        Made(1, main),
        Made(2, both(main, cells(columns, [5], mip=900.0, side=-1))),  # little, and no particle
        Made(3, both(main, cells(columns, [5], mip=50.0, side=-1))),  # a fair part
        Made(4, both(cells(columns, [5]), cells(columns, [5], mip=900.0, side=-1)), [PHOTON]),
    ]
    path = write(tmp_path / "parts.root", events)
    for entry, start, end in ((1, "+z", "-z"), (2, "-z", "-z"), (2, "+z", "+z"), (3, "+z", "+z")):
        state = show_file(path)
        state.shown.endcap = start
        assert state.show(entry=entry)
        assert (entry, start, state.shown.endcap) == (entry, start, end)


def test_the_axis_passes_through_the_particle_in_either_endcap(columns, show_file, tmp_path):
    """A trigger cell at the generated (eta, phi) lies on the line, with x mirrored or not."""
    for side in (1, -1):
        one = cells(columns, [4000], side=side)
        particle = PHOTON | {"exeta": float(one["eta"][0]), "exphi": float(one["phi"][0])}
        state = show_file(write(tmp_path / f"axis{side}.root", [Made(1, one, [particle])]))
        assert state.shown.endcap == {1: "+z", -1: "-z"}[side]
        assert state.shown.from_axis[0] == pytest.approx(0, abs=1e-3)


def test_a_cylinder_where_there_is_pile_up(state):
    assert state.cuts.cylinder == 0
    assert state.cuts.near is state.cuts.above
    state.show(("pions", "200"))
    assert state.cuts.cylinder == 40
    assert 0 < len(state.cuts.near) < len(state.cuts.above)
    x, y, z = (state.shown.loaded.value[name][state.cuts.above].astype(float) for name in "xyz")
    sx, sy = state.shown.slope
    inside = np.hypot(x - sx * z, y - sy * z) <= 40
    assert np.array_equal(state.cuts.near, state.cuts.above[inside])
    state.cuts.cylinder = 80.0
    state.step(1)
    assert state.cuts.cylinder == 80.0  # the user's choice stays within the sample
    state.show(PHOTONS)
    assert state.cuts.cylinder == 0


@pytest.mark.parametrize(("n", "radius"), [(MANY, 0), (MANY + 1, 40)])
def test_a_cylinder_in_files_with_many_cells(columns, show_file, tmp_path, n, radius):
    path = write(tmp_path / "many.root", [Made(1, cells(columns, np.arange(n), mip=1.0), [PHOTON])])
    assert show_file(path).cuts.cylinder == radius


def test_no_cylinder_without_a_particle(columns, show_file, tmp_path):
    state = show_file(write(tmp_path / "none.root", [Made(1, cells(columns, [5, 90000]))]))
    assert state.shown.generated is None
    assert state.shown.slope is None
    assert state.shown.from_axis is None
    state.cuts.cylinder = 10.0
    assert state.cuts.near is state.cuts.above
    state.colours.colour_by = "distance to the generated particle"
    assert np.isnan(state.colours.colour_values).all()


@pytest.mark.parametrize("column", ["exeta", "exphi"])
@pytest.mark.parametrize("endcap", ["+z", "-z"])
def test_a_particle_without_a_position_is_none(columns, show_file, tmp_path, column, endcap):
    """As in files without the branch: its values are NaN."""
    side = {"+z": 1, "-z": -1}[endcap]
    made = Made(1, cells(columns, [5], side=side), [PHOTON | {"exeta": 2.0 * side}])
    state = show_file(write_raw(tmp_path / "lost.root", [made], without=[column]))
    assert (state.shown.endcap, state.shown.generated, state.shown.slope) == (endcap, None, None)


def test_of_several_particles_the_one_of_highest_pt_is_shown(columns, show_file, tmp_path):
    particles = [PHOTON | {"pt": pt, "exphi": pt} for pt in (1.0, 3.0, 2.0)]
    state = show_file(write(tmp_path / "three.root", [Made(1, cells(columns, [5]), particles)]))
    assert state.shown.generated["exphi"] == 3


def test_an_event_without_trigger_cells(columns, show_file, tmp_path):
    state = show_file(write(tmp_path / "empty.root", [Made(1, cells(columns, []), [PHOTON])]))
    ask_for_all(state)
    assert state.seen == {"cells": 0, "total": 0, "energy": 0.0}
    assert state.colours.sum_per_layer.sum() == 0
    low, high = state.colours.colour_range
    assert 0 < low < high
    assert "0 of 0 · 0 % of energy" in FactsView(state).html()
    assert state.cuts.layer == 9
