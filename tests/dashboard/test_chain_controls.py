"""The chain's controls, and what they change in the panes."""

import numpy as np
import pytest

from bye_splits.dashboard.figures import overlays
from bye_splits.dashboard.figures.cluster_colours import CHANGE_COLOURS, SET_COLOURS, SHADES
from bye_splits.dashboard.figures.colours import THEMES
from bye_splits.dashboard.figures.overlays import DASHES, MANY, NAME_DISTANCE, away_from_others
from bye_splits.dashboard.state.display import DisplayState
from bye_splits.dashboard.views.display.chain_controls import ChainControls
from bye_splits.dashboard.views.display.layer_map import LayerMapView
from bye_splits.dashboard.views.display.profiles import ProfileView
from bye_splits.dashboard.views.display.shower import ShowerView

LABELS = {
    *("Chain", "Radius", "Association", "Kernel", "Seed window", "Seed threshold [mipT]", "Kernel width"),
    *("TC threshold [mipT]", "As the older implementation", "Compare", "B"),
    *("More", "Seeding", "Neighbour weights", "Seed position", "Density in bins"),
}
CHANGES = {
    "chain": ("coarse_seeding", {"chain": "coarse_seeding"}),
    "radius": (0.02, {"radius": 0.02}),
    "seeding": ("interpolated_max", {"seeding": "interpolated_max"}),
    "neighbour_weights": ("second_order", {"neighbour_weights": "second_order"}),
    "seed_position": ("bin_centre", {"seed_position": "bin_centre"}),
    "norm_by_area": (True, {"norm_by_area": True}),
    "association": ("max_energy", {"association": "max_energy"}),
    "kernel": ("flat_top", {"kernel": "flat_top"}),
    "seed_window": (3, {"seed_window": 3}),
    "seed_threshold": (45.5, {"seed_threshold": 45.5}),
    "tc_threshold": (1.5, {"tc_threshold": 1.5}),
    "legacy": (True, {"legacy": True}),
}


@pytest.fixture
def controls(state):
    return ChainControls(state)


@pytest.fixture
def busy(catalogue):
    made = DisplayState(catalogue)
    assert made.show(("pions", "200"), colour_by="cluster")
    return made


def test_labels(controls):
    widgets = [*vars(controls).values(), *controls.of.values()]
    assert {widget.label for widget in widgets if hasattr(widget, "label")} == LABELS


@pytest.mark.parametrize("name", CHANGES)
def test_a_widget_changes_the_parameters_and_follows_them(controls, name):
    state, widget = controls.state, controls.of[name]
    before, (value, changes) = widget.value, CHANGES[name]
    widget.value = value
    usual = state.chain.configured()
    assert state.chain.parameters == usual.changed(**changes)
    state.chain.set_a = usual
    assert widget.value == before
    assert state.chain.parameters == usual  # its own echo changes nothing


def test_neighbour_weights_are_shown_for_the_seeding_that_has_them(controls):
    controls.variants.value = True
    assert controls.of["seeding"].visible
    assert not controls.of["neighbour_weights"].visible
    controls.of["seeding"].value = "interpolated_max"
    assert controls.of["neighbour_weights"].visible
    controls.state.change_chain(chain="coarse_seeding")
    assert controls.of["seeding"].disabled


def test_variants_are_shown_when_asked_for_and_when_they_are_not_the_configured_ones(controls):
    variants = ("seeding", "seed_position", "norm_by_area")
    assert not any(controls.of[name].visible for name in variants)
    controls.state.change_chain(seed_position="bin_centre")
    assert [controls.of[name].visible for name in variants] == [False, True, False]
    controls.variants.value = True
    assert all(controls.of[name].visible for name in variants)
    controls.variants.value = False
    controls.state.change_chain(seed_position="weighted")
    assert not any(controls.of[name].visible for name in variants)


def test_the_radius_by_layer_is_the_sliders_first_step(controls):
    controls.of["radius"].value = 0.013
    controls.of["radius"].value = controls.of["radius"].start
    assert controls.state.chain.parameters.radius is None


def test_a_radius_between_the_steps_stays_as_it_is(controls):
    controls.state.change_chain(radius=0.01234)
    assert controls.of["radius"].value == 0.01234
    assert controls.state.chain.parameters.radius == 0.01234


@pytest.mark.parametrize(
    ("name", "changes"), [("radius", {"radius": 0.2}), ("seed_threshold", {"seed_threshold": 900.0})]
)
def test_a_value_beyond_the_slider_widens_it(controls, name, changes):
    controls.state.change_chain(**changes)
    slider = controls.of[name]
    (value,) = changes.values()
    assert slider.value == value == slider.end
    assert controls.state.chain.parameters == controls.state.chain.configured().changed(**changes)


def test_the_kernel_width(controls):
    controls.width.value = 4
    assert controls.state.chain.kernel_width == 4
    assert controls.state.chain.parameters.smooth.bin_sums[0] == 17


def test_the_kernel_does_nothing_to_coarse_seeding(controls):
    controls.of["chain"].value = "coarse_seeding"
    assert controls.of["kernel"].disabled
    assert controls.width.disabled


def test_what_the_hexagons_of_triangles_do_without_is_disabled(controls):
    names = ("radius", "association", "seed_threshold", "seed_window", "kernel", "seeding")
    assert not any(controls.of[name].disabled for name in names)
    controls.of["chain"].value = "triangular"
    assert all(controls.of[name].disabled for name in names)
    assert not controls.of["tc_threshold"].disabled


def test_b_is_chosen_shown_and_left(controls):
    state = controls.state
    assert controls.other.value == "none"
    assert controls.compare.disabled
    controls.other.value = "radius 0.010"
    usual = state.chain.configured()
    assert (state.chain.set_b, state.chain.compare) == (usual.changed(radius=0.01), "A | B")
    assert not controls.compare.disabled
    controls.compare.value = "B"
    assert controls.of["radius"].value == 0.01  # the controls are those of the shown set
    controls.of["radius"].value = 0.031
    assert state.chain.set_b == usual.changed(radius=0.031)
    assert controls.other.value == "other parameters"
    controls.other.value = "none"
    assert (state.chain.set_b, state.chain.compare) == (None, "A")
    assert controls.of["radius"].value == 0


def test_every_offered_b_can_be_chosen(controls):
    for label in controls.other.options[1:]:
        controls.other.value = label
        assert controls.state.chain.set_b is not None
        assert controls.state.message is None
        controls.other.value = "none"


def test_every_offered_b_is_known_again(controls, own_thresholds):
    """Also another chain, which brings its own threshold."""
    state = controls.state
    for label in controls.other.options[1:]:
        controls.other.value = label
        assert controls.other.value == label or state.chain.set_b == state.chain.set_a
    controls.other.value = "coarse_seeding chain"
    assert state.chain.set_b.seed_threshold == 35.0
    assert controls.other.value == "coarse_seeding chain"
    controls.compare.value = "B"
    assert controls.of["seed_threshold"].value == 35.0
    controls.of["seed_threshold"].value = 20.0  # the default chain's is the user's own choice here
    assert controls.other.value == "other parameters"


def test_a_threshold_of_ones_own_goes_with_the_other_chain(controls, own_thresholds):
    controls.of["seed_threshold"].value = 12.5
    controls.other.value = "coarse_seeding chain"
    assert controls.state.chain.set_b.seed_threshold == 12.5
    assert controls.other.value == "coarse_seeding chain"


# -- what follows in the panes ----------------------------------------------------------------------


def test_seeds_and_their_radius_in_the_layer(busy):
    view = LayerMapView(busy)
    for radius, layer in ((None, 9), (0.02, 9), (None, 35), (0.01, 50)):
        busy.change_chain(radius=radius)
        busy.cuts.layer = layer
        drawn, seeds = view.overlays.seeds.data, busy.chain.result.seeds
        z = busy.shown.geometry.layer_z[layer]
        assert drawn["x"] == pytest.approx(seeds["x_over_z"] * z)
        assert drawn["y"] == pytest.approx(seeds["y_over_z"] * z)
        reach = radius or busy.chain.parameters.cluster.radii[layer - 1]
        assert drawn["radius"] == pytest.approx([reach * z] * len(seeds))
        assert drawn["colour"] == busy.colours.seed_colours


def test_a_seed_without_trigger_cells_is_small_and_without_a_circle(busy):
    """Those that the stronger seeds beside them have taken."""
    view = LayerMapView(busy)
    busy.change_chain(association="max_energy", radius=0.1, seed_threshold=30.0)
    result, drawn = busy.chain.result, view.overlays.seeds.data
    with_cells = np.isin(np.arange(len(result.seeds)), result.clusters["seed"])
    assert 0 < with_cells.sum() < len(with_cells)
    assert np.array_equal(np.array(drawn["radius"]) > 0, with_cells)
    assert np.any(drawn["weight"])
    assert not np.any(np.array(drawn["weight"])[~with_cells])


def test_both_sets_are_drawn_in_their_colours(busy):
    view = LayerMapView(busy)
    busy.compare_with({"radius": 0.01})
    drawn, n = view.overlays.seeds.data, len(busy.chain.result_a.seeds)
    assert drawn["colour"] == [SET_COLOURS[0]] * n + [SET_COLOURS[1]] * n
    assert drawn["dash"] == ["solid"] * n + [DASHES["dashed"]] * n
    assert drawn["radius"][n] == pytest.approx(0.01 * busy.shown.geometry.layer_z[busy.cuts.layer])
    assert list(view.map.mappers["class"].palette[SHADES - 1 :: SHADES]) == list(CHANGE_COLOURS.values())


def test_names_of_seeds_are_away_from_other_seeds(busy):
    view = LayerMapView(busy)
    x, y, right, down = (np.array(view.overlays.seeds.data[name]) for name in ("x", "y", "right", "down"))
    away = np.stack([right, -down], axis=1)
    assert np.hypot(*away.T) == pytest.approx(NAME_DISTANCE)
    assert len(x) > 2
    for row in range(len(x)):
        others = np.stack([np.delete(x, row) - x[row], np.delete(y, row) - y[row]], axis=1)
        nearest = others[np.hypot(*others.T).argmin()]
        assert away[row] @ nearest == pytest.approx(-NAME_DISTANCE * np.hypot(*nearest))
    busy.compare_with({"radius": 0.01})
    dropped = np.array(view.overlays.seeds.data["down"])
    assert dropped[len(x) :] - dropped[: len(x)] == pytest.approx(15), "B's names are below A's"


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([], []),
        ([(3.0, 4.0)], [(0.5**0.5, 0.5**0.5)]),
        ([(1.0, 0.0), (3.0, 0.0)], [(-1, 0), (1, 0)]),
        ([(1.0, 0.0), (1.0, 0.0)], [(0.5**0.5, 0.5**0.5)] * 2),
        ([(0.0, 0.0), (0.0, 1.0), (9.0, 1.0)], [(0, -1), (0, 1), (1, 0)]),
    ],
)
def test_away_from_others(points, expected):
    x, y = np.array(points, dtype=float).reshape(-1, 2).T
    np.testing.assert_allclose(away_from_others(x, y), np.array(expected).reshape(-1, 2))


def test_of_many_seeds_those_near_the_particle_and_the_selected_one_stand_out(busy):
    view = LayerMapView(busy)
    busy.change_chain(seed_threshold=2.0)
    seeds, clusters = busy.chain.result.seeds, busy.chain.result.clusters
    assert len(seeds) > MANY

    def loud():
        return np.flatnonzero(view.overlays.seeds.data["weight"])

    near = clusters["seed"].to_numpy()[busy.chain.near_particle]
    assert set(near) <= set(loud())
    assert 0 < len(loud()) < len(seeds) / 2
    names = np.array(view.overlays.seeds.data["name"])
    assert (names[near] == busy.chain.near_particle.astype(str)).all()
    quiet = next(row for row, seed in enumerate(clusters["seed"]) if seed not in loud())
    assert names[clusters["seed"][quiet]] == ""
    before = set(loud())
    busy.selection.cluster = quiet
    assert set(loud()) == before | {clusters["seed"][quiet]}
    busy.change_chain(seed_threshold=200.0)
    assert len(busy.chain.result.seeds) <= MANY
    assert view.overlays.seeds.data["weight"] == [1] * len(busy.chain.result.seeds)


def test_what_stands_out_is_near_in_eta_and_phi():
    def direction(eta, phi):
        return np.cos(phi) / np.sinh(eta), np.sin(phi) / np.sinh(eta)

    far = np.linspace(1.6, 2.9, MANY), np.linspace(-1, 1, MANY)
    eta, phi = np.append(far[0], [2.0, 2.05, 2.0, 2.11]), np.append(far[1], [-3.1, 3.1, -3.1 + 0.11, 3.1])
    assert overlays.weights(*direction(eta, phi), direction(2.0, 3.14)).tolist() == [0] * MANY + [1, 1, 0, 0]
    assert overlays.weights(*direction(eta, phi), None).sum() == 0
    assert overlays.weights(*direction(*far), None).tolist() == [1] * MANY
    assert overlays.weights(np.zeros(MANY + 1), np.zeros(MANY + 1), direction(2.0, 0.0)).sum() == 0


def test_the_files_clusters_lie_at_their_direction(busy):
    view = LayerMapView(busy)
    clusters = busy.shown.loaded.event.clusters
    mine = clusters[(clusters.eta > 0) == (busy.shown.endcap == "+z")]
    mine = mine.sort_values("pt", ascending=False, kind="stable")
    z = busy.shown.geometry.layer_z[busy.cuts.layer]
    r = z / np.sinh(np.abs(mine.eta))
    assert len(mine) > 3
    assert view.overlays.found.data["x"] == pytest.approx(r * np.cos(mine.phi))
    assert view.overlays.found.data["y"] == pytest.approx(r * np.sin(mine.phi))


def test_chosen_modules_are_outlined_in_cee_only(busy):
    view = LayerMapView(busy)
    assert view.overlays.modules.data["xs"] == []
    busy.change_chain(chain="coarse_seeding")
    busy.cuts.layer = 9
    chosen = busy.chain.result.stages.modules.query("chosen")
    xs, ys = (np.array(view.overlays.modules.data[name]) for name in ("xs", "ys"))
    assert len(xs) == len(chosen) > 0
    # The trigger cells of a chosen module lie inside its outline.
    first = chosen.iloc[0]
    cells = busy.shown.loaded.event.trigger_cells
    cells = cells[(cells.layer == 9) & (cells.waferu == first.waferu) & (cells.waferv == first.waferv)]
    cells = cells[(cells.z > 0) == (busy.shown.endcap == "+z")]
    middle = np.array([cells.x.mean(), cells.y.mean()])
    apart = np.hypot(xs.mean(axis=1) - middle[0], ys.mean(axis=1) - middle[1])
    assert apart.min() < 8
    busy.cuts.layer = 35
    assert view.overlays.modules.data["xs"] == []


def test_both_sets_are_marked_in_their_colours(busy):
    busy.update(layer=9, cylinder=0.0)
    busy.change_chain(chain="coarse_seeding")
    busy.compare_with({"seed_threshold": 60.0})
    two_d, view = LayerMapView(busy), ShowerView(busy)
    made = [result for _, result, _ in busy.colours.shown_sets]
    colours = [colour for colour, result in zip(SET_COLOURS, made, strict=True) for _ in result.seeds.index]
    assert list(two_d.overlays.seeds.data["colour"]) == colours
    lines, modules = (
        next(trace for trace in view._pane.object.data if trace.name == name) for name in ("seeds", "modules")
    )
    seen = [busy.colours.seeds_in_3d(result) for result in made]
    points = {SET_COLOURS[0]: 3, SET_COLOURS[1]: 12}  # B's lines are dashed
    expected = [
        c for c, of_set in zip(SET_COLOURS, seen, strict=True) for c in [c] * points[c] * of_set.sum()
    ]
    assert list(lines.line.color) == expected
    chosen = [int(result.stages.modules["chosen"].sum()) for result in made]
    outlined = two_d.overlays.modules.data["colour"]
    assert [outlined.count(colour) for colour in SET_COLOURS] == chosen
    assert set(DASHES.values()) == set(two_d.overlays.modules.data["dash"])
    assert set(modules.line.color[1:]) == set(SET_COLOURS)
    busy.chain.compare = "A"
    assert set(two_d.overlays.modules.data["colour"]) == {THEMES["dark"]["module"]}


def test_a_sliders_step_is_a_round_number(state):
    controls = ChainControls(state)
    controls.of["radius"].value = 0.018000000000000002
    assert state.chain.parameters.radius == 0.018
    assert controls.of["radius"].value == 0.018000000000000002  # not corrected: it is what the browser has


def test_the_map_shows_classes_and_sends_them_with_the_radius(busy):
    view = LayerMapView(busy)
    assert view.map.bar.color_mapper is view.map.mappers["class"]
    assert not view.map.bar.visible
    busy.colours.colour_by = "mipT"
    assert view.map.bar.visible
    assert view.map.bar.color_mapper is view.map.mappers["log"]


def test_the_mesh_is_what_is_in_clusters_and_the_rest_are_points(busy):
    view = ShowerView(busy)
    for radius in (None, 0.02, 1e-6):
        busy.change_chain(radius=radius)
        mesh, loose = view._pane.object.data[0], view._pane.object.data[3]
        rows = view._rows()
        inside = busy.colours.cell_palette[rows] >= 0
        triangles = 2 * inside.sum() if inside.any() else 1  # one without extent, else Plotly makes its own
        assert len(mesh.i) == triangles
        assert len(loose.x) == (~inside).sum()
        assert np.array_equal(view._table.data["coloured"], inside)


def test_the_profile_is_stacked_up_to_what_is_in_clusters(busy):
    view = ProfileView(busy)
    parts = view._profile.parts.data
    top = np.zeros(51)
    np.maximum.at(top, parts["layer"], parts["top"])
    rows = busy.cuts.near[busy.colours.cell_palette[busy.cuts.near] >= 0]
    expected = np.bincount(
        busy.shown.loaded.layer[rows], weights=busy.shown.loaded.value["mipPt"][rows], minlength=51
    )
    assert top == pytest.approx(expected)
    assert (parts["top"] > parts["bottom"]).all()
    busy.colours.colour_by = "mipT"
    assert len(view._profile.parts.data["layer"]) == 0
