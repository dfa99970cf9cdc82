"""The scope: what is drawn of each stage of either chain, and what a change sends."""

import numpy as np
import pytest
from bokeh.core.validation import check_integrity
from browser import count_updates, tap
from display_files import Made, both, cells, write
from scope import Sent, unrolled

from bye_splits.chain.local_maxima import beaten_by, local_maxima
from bye_splits.chain.seed_rule import SmoothedBins, neighbours
from bye_splits.dashboard.figures import coarse_stages, seed_decision, stages
from bye_splits.dashboard.figures.colours import THEMES
from bye_splits.dashboard.views.display.stages import StageView


@pytest.fixture
def view(state):
    return StageView(state)


@pytest.fixture
def busy(page):
    """A scope of an event in pile-up, which has many seeds."""
    made = StageView(page.state)
    yield made
    made.active = False


# -- figures -------------------------------------------------------------------------------------------


def test_decisions_against_a_slow_loop():
    rng = np.random.default_rng(5)
    smoothed = np.where(rng.random((1, 42, 216)) < 0.4, rng.exponential(15, (1, 42, 216)), 0)
    _, rz_bin, phi_bin = local_maxima(SmoothedBins(smoothed), 20.0)
    (winner,), (equal,) = beaten_by(SmoothedBins(smoothed), 20.0)
    made = seed_decision.decisions(smoothed[0], 20.0, winner, equal)
    seeds = set(zip(rz_bin.tolist(), phi_bin.tolist(), strict=True))
    for i in range(42):
        for j in range(216):
            value = smoothed[0, i, j]
            kinds = {
                seed_decision.SEED: (i, j) in seeds,
                seed_decision.BEATEN: value > 20,
                seed_decision.BELOW: value > 0,
            }
            expected = next((kind for kind, so in kinds.items() if so), seed_decision.EMPTY)
            assert min(made[i, j], seed_decision.BEATEN) == expected
    assert made.dtype == np.uint8
    assert set(np.unique(made[made < seed_decision.BEATEN])) == {
        seed_decision.EMPTY,
        seed_decision.BELOW,
        seed_decision.SEED,
    }


@pytest.mark.parametrize(("window", "dtype"), [(1, np.uint8), (3, np.uint8), (107, np.uint16)])
def test_what_became_of_a_bin_in_words(window, dtype):
    """Whatever the window: a number for each neighbour that can be higher or as high, and a sentence."""
    places = neighbours(window)
    smoothed = np.full((2, len(places)), 30.0)
    winner = np.tile(np.arange(len(places), dtype=np.int16), (2, 1))
    equal = np.array([[False], [True]]) | np.zeros(smoothed.shape, dtype=bool)
    made = seed_decision.decisions(smoothed, 20.0, winner, equal)
    words = seed_decision.verdicts(20.0, window)
    assert made.dtype == dtype
    assert np.array_equal(np.unique(made), np.arange(seed_decision.BEATEN, len(words)))
    said = {offset: (words[a], words[b]) for offset, a, b in zip(places, *made, strict=True)}
    assert len(set(words)) == len(words)
    assert said[1, -1] == ("not a seed: NW neighbour is higher", "not a seed: NW neighbour is as high")
    assert said[-1, 0][0] == "not a seed: S neighbour is higher"
    assert said[0, 1][1] == "not a seed: E neighbour is as high"
    if window > 1:
        assert said[0, -2][0] == "not a seed: the W bin 2 away in \u03c6 is higher"
        assert said[-1, 3][1] == "not a seed: the SE bin 3 away in \u03c6 is as high"


def test_the_other_bins_in_words():
    smoothed, none = np.array([[0.0, 12.5, 12.6]]), np.full((1, 3), -1, dtype=np.int16)
    words = seed_decision.verdicts(12.5, 1)
    assert [words[kind] for kind in seed_decision.decisions(smoothed, 12.5, none, none >= 0)[0]] == [
        "not a seed: empty",
        "not a seed: below threshold 12.5 mipT",
        "seed: the highest of its window",
    ]


def test_colours_begin_above_nothing():
    assert stages.colour_limits(np.zeros((2, 2))) == (0.5, 1.0)
    assert stages.colour_limits(np.array([0.0, 2.0, 40.0])) == (2.0, 40.0)
    assert stages.colour_limits(np.array([1e-6, 40.0])) == (0.04, 40.0)
    low, high = stages.colour_limits(np.array([3.0, 3.0]))
    assert low < high


@pytest.mark.parametrize("theme", THEMES)
def test_figures_are_sound(theme):
    for made in (stages.stage_maps(theme), coarse_stages.coarse_maps(theme)):
        check_integrity(made.root.references())
        for plot in made.figures.values():
            assert plot.background_fill_color == THEMES[theme]["pane"]
    assert len(set(stages.DECISION_COLOURS[theme])) == 3


# -- the default chain ------------------------------------------------------------------------------------


def test_the_maps_show_the_stages(busy):
    state, maps, grid = busy.state, busy.shown.maps, busy.shown.grid
    result = state.chain.result
    for name in ("histogram", "smoothed"):
        image, values = unrolled(maps, name, grid), getattr(result, name)
        assert image.dtype == np.float32
        assert np.array_equal(np.nan_to_num(image), values.astype(np.float32))
        assert np.isnan(image[values == 0]).all()
        assert maps.coloured[name].mappers["linear"].high == values.max()
    decision = unrolled(maps, "decision", grid)
    seeds = result.seeds
    is_seed = decision == seed_decision.SEED
    assert np.array_equal(np.argwhere(is_seed), np.unique(seeds[["rz_bin", "phi_bin"]], axis=0))
    assert ((decision >= seed_decision.SEED) == (result.smoothed > 20)).all()
    assert (decision > seed_decision.SEED).any()
    assert len(maps.facts.data["verdicts"][0]) > decision.max()
    for theme, (below, beaten, seed) in stages.DECISION_COLOURS.items():
        state.theme = theme
        assert maps.decision.palette == [below, seed, beaten]
    assert maps.seeds.data["x"] == pytest.approx(grid.phi(np.arctan2(seeds.y_over_z, seeds.x_over_z)))
    assert maps.seeds.data["y"] == pytest.approx(np.hypot(seeds.x_over_z, seeds.y_over_z))
    assert maps.seeds.data["colour"] == maps.windows.data["colour"] == state.colours.seed_colours
    inside = (maps.windows.data["left"] < maps.seeds.data["x"]) & (
        maps.seeds.data["x"] < maps.windows.data["right"]
    )
    assert inside.all()
    phi = grid.phi(state.shown.generated["exphi"])
    assert maps.particle.data["x"] == pytest.approx([phi])
    assert maps.particle.data["y"] == pytest.approx([1 / np.sinh(state.shown.generated["exeta"])])
    plots = list(maps.figures.values())
    assert all(plot.x_range is plots[0].x_range and plot.y_range is plots[0].y_range for plot in plots)
    assert plots[0].x_range.start < phi < plots[0].x_range.end


def test_dots_are_the_layers_cells(busy):
    state, maps = busy.state, busy.shown.maps
    for layer in (9, 33):
        state.cuts.layer = layer
        x, y, z = (state.shown.loaded.value[name][state.cuts.in_layer] for name in "xyz")
        assert maps.layer.data["x"] == pytest.approx(busy.shown.grid.phi(np.arctan2(y, x)))
        assert maps.layer.data["y"] == pytest.approx(np.hypot(x, y) / z)


def test_a_click_selects_a_bin_and_the_next_one_unselects_it(view):
    state, maps = view.state, view.shown.maps
    seed = state.chain.result.seeds.iloc[0]
    wanted = int(seed.rz_bin), int(seed.phi_bin)
    box = view.shown.grid.boxes(*([index] for index in wanted))
    middle = (box["left"] + box["right"])[0] / 2, (box["bottom"] + box["top"])[0] / 2
    for plot in maps.figures.values():
        tap(plot, *middle)
        assert state.selection.part == wanted
        assert {name: values.tolist() for name, values in maps.chosen.data.items()} == {
            name: values.tolist() for name, values in box.items()
        }
        tap(plot, *middle)
        assert state.selection.part is None
        assert len(maps.chosen.data["left"]) == 0
    tap(plot, middle[0], 0.9)
    assert state.selection.part is None


CHANGES = {
    "radius": ({"radius": 0.021}, set()),
    "association": ({"association": "max_energy"}, set()),
    "window": ({"seed_window": 2}, {"windows", "facts", "decision"}),
    "threshold": ({"seed_threshold": 19.5}, {"facts"}),
    "kernel": ({"kernel": "flat_top"}, {"smoothed", "decision", "LogColorMapper", "LinearColorMapper"}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_sends_what_it_changes(view, name):
    change, expected = CHANGES[name]
    sent = Sent(view)
    view.state.change_chain(**change)
    assert expected <= sent.names
    more = {"decision"} if name == "threshold" else {"seeds", "windows"} if name == "kernel" else set()
    assert sent.names - more == expected
    assert all(columns == {"image"} for source, columns in sent.messages if source in STAGE_SOURCES)


STAGE_SOURCES = ("histogram", "smoothed", "decision")


def test_marks_send_no_image(view):
    state, sent = view.state, Sent(view)
    state.selection.select_part(10, 20)
    state.selection.select(4321)
    state.cuts.layer = 21
    state.colours.colour_scale = "linear"
    assert sent.names == {"chosen", "cell", "layer", "GlyphRenderer", "ColorBar"}


def test_the_part_in_view_stays_with_the_event(view):
    state, plot = view.state, view.shown.maps.figures["histogram"]
    plot.x_range.update(start=0.0, end=0.5)
    state.change_chain(seed_threshold=25.0)
    state.change_chain(chain="coarse_seeding")
    state.change_chain(chain="default")
    assert (plot.x_range.start, plot.x_range.end) == (0.0, 0.5)
    state.step(1)
    assert (plot.x_range.start + plot.x_range.end) / 2 == pytest.approx(
        view.shown.grid.phi(state.shown.generated["exphi"])
    )
    assert plot.x_range.reset_start == plot.x_range.start


@pytest.mark.parametrize("scale", ["log", "linear"])
def test_scales(state, scale):
    state.colours.colour_scale = scale
    for coloured in StageView(state).shown.maps.coloured.values():
        assert {name: drawn.visible for name, drawn in coloured.renderers.items()} == {
            "log": scale == "log",
            "linear": scale == "linear",
        }
        assert [bar.visible for bar in coloured.bars] == [scale == "log", scale == "linear"]


@pytest.mark.parametrize("chain", ["default", "coarse_seeding"])
def test_themes(view, chain):
    view.state.change_chain(chain=chain)
    view.state.theme = "light"
    for plot in view.shown.maps.figures.values():
        assert plot.background_fill_color == THEMES["light"]["pane"]
    view.state.graph.computed.clear()
    view.state.theme = "dark"
    assert not view.state.graph.computed


def test_a_theme_reaches_the_hidden_chain(view):
    view.state.change_chain(chain="coarse_seeding")
    view.state.theme = "light"
    view.state.change_chain(chain="default")
    for plot in view.shown.maps.figures.values():
        assert plot.background_fill_color == THEMES["light"]["pane"]


@pytest.mark.parametrize("chain", ["default", "coarse_seeding"])
def test_a_hidden_scope_computes_nothing(view, monkeypatch, chain):
    view.state.change_chain(chain=chain)
    calls = count_updates(monkeypatch, view)
    view.active = False
    view.state.graph.computed.clear()
    view.state.step(1)
    view.state.change_chain(seed_threshold=12.0)
    assert calls[view] == []
    assert not view.state.graph.computed
    view.active = True
    assert calls[view] == [{"maps", "captions"}]
    assert set(view.state.graph.computed.values()) == {1}


@pytest.mark.parametrize("phi", [3.12, -3.12])
def test_a_shower_at_the_seam_is_drawn_whole(shown_at, phi):
    view = StageView(shown_at(phi))
    state, maps, grid = view.state, view.shown.maps, view.shown.grid
    assert grid.first == 108
    image = np.nan_to_num(unrolled(maps, "histogram", grid))
    assert np.array_equal(image, state.chain.result.histogram.astype("f4"))
    plot = maps.figures["histogram"]
    assert len(maps.seeds.data["x"])
    for source in (maps.seeds, maps.particle):
        assert all(plot.x_range.start < x < plot.x_range.end for x in source.data["x"])
    tap(plot, maps.seeds.data["x"][0], maps.seeds.data["y"][0])
    seed = state.chain.result.seeds.iloc[0]
    assert state.selection.part == (seed.rz_bin, seed.phi_bin)


def test_marks_of_the_other_endcap(shown_at):
    """x of the geometry's table is mirrored there."""
    view = StageView(shown_at(0.7, side=-1))
    state, maps = view.state, view.shown.maps
    assert maps.particle.data["x"] == pytest.approx([0.7])
    row = state.chain.chain_rows[0]
    state.selection.select(int(state.shown.loaded.number[row]))
    x, y, z = (float(state.shown.loaded.value[name][row]) for name in "xyz")
    assert maps.cell.data["x"] == pytest.approx([np.arctan2(y, x)], abs=1e-5)
    assert maps.cell.data["y"] == pytest.approx([np.hypot(x, y) / -z], rel=1e-4)
    assert abs(maps.seeds.data["x"][0] - 0.7) < 0.1


def test_what_does_not_fit_is_counted(columns, show_file, tmp_path):
    near = cells(columns, [7, 8], x=[10.0, 20.0], y=[0.0, 0.0])  # R/z of 0.03 and 0.06
    view = StageView(show_file(write(tmp_path / "near.root", [Made(1, both(near, cells(columns, [7])))])))
    assert "2 outside R/z 0.076 \u2013 0.58" in view._captions.object


def test_the_captions_say_the_threshold(view):
    assert "below 20 mipT" in view._captions.object
    view.state.change_chain(seed_threshold=12.5)
    assert "below 12.5 mipT" in view._captions.object


def test_an_event_without_a_particle_or_cells(columns, show_file, tmp_path):
    view = StageView(show_file(write(tmp_path / "none.root", [Made(1, cells(columns, []))])))
    for chain in ("coarse_seeding", "default"):
        view.state.change_chain(chain=chain)
        for source in (view.shown.maps.seeds, view.shown.maps.particle):
            assert len(source.data["x"]) == 0
