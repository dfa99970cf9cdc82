"""The scope of the triangular clustering: hexagons with what is decided on them, seeds, and the selection."""

from types import SimpleNamespace

import numpy as np
import pytest

from bye_splits.chain import ChainParameters
from bye_splits.chain.splits import Split
from bye_splits.chain.triangular_lattice import LIMIT, Lattice
from bye_splits.chain.triangular_splits import HexagonValley, Won
from bye_splits.dashboard.figures import triangular_stages as draw
from bye_splits.dashboard.figures.valley import valley_svg
from bye_splits.dashboard.views.display.layer_map import LayerMapView
from bye_splits.dashboard.views.display.split_explanations import EXPLAINED
from bye_splits.dashboard.views.display.stages import StageView
from bye_splits.dashboard.views.display.triangular_stages import HexagonStages
from bye_splits.settings import Triangles

SIDE = 0.016


@pytest.fixture
def view(state):
    state.change_chain(chain="triangular")
    return StageView(state)


@pytest.fixture
def busy(page):
    """A scope of an event in pile-up."""
    page.state.change_chain(chain="triangular")
    made = StageView(page.state)
    yield made
    made.active = False


def index_of(lattice, points):
    """Row and column of the tiles."""
    a = -points["r"]
    return a + lattice.middle[0], points["q"] - a + lattice.middle[1]


@pytest.mark.parametrize("kind", ["view", "busy"])
def test_the_hexagons_are_those_of_the_chain(kind, request):
    view = request.getfixturevalue(kind)
    stages, points = view.state.chain.result.stages, view.shown.maps.points.data
    assert isinstance(view.shown, HexagonStages)
    row, column = index_of(stages.lattice, points)
    assert len(row) == (stages.pt[0] > 0).sum() > 10
    np.testing.assert_array_equal(points["pt"], np.float32(stages.pt[0][row, column]))
    np.testing.assert_array_equal(points["mip"], np.float32(stages.mip[0][row, column]))
    x, y = stages.lattice.place(row, column)
    np.testing.assert_allclose([points["x"], points["y"]], [x, y], atol=1e-6)
    # A tile of Bokeh is at these positions.
    size = view.shown.maps.tiles[0].glyph.size
    np.testing.assert_allclose(size * np.sqrt(3) * (points["q"] + points["r"] / 2), x, atol=1e-9)
    np.testing.assert_allclose(-1.5 * size * points["r"], y, atol=1e-9)
    verdict, found_in = np.array(points["verdict"]), stages.found_in[0][row, column]
    np.testing.assert_array_equal(verdict == draw.FIRST, found_in == 1)
    np.testing.assert_array_equal(verdict == draw.SECOND, found_in == 2)
    assert {draw.FIRST, draw.SECOND, draw.EMPTIED, draw.BEATEN} <= set(verdict)
    assert verdict.max() < len(draw.VERDICTS) == len(draw.verdict_colours("dark"))


def test_what_is_decided_follows_from_what_the_tooltip_says(busy):
    points = {name: np.array(values) for name, values in busy.shown.maps.points.data.items()}
    verdict, left = points["verdict"], points["left"]
    first, second = verdict == draw.FIRST, verdict == draw.SECOND
    assert (points["pt"][first] > points["beside"][first]).all()
    assert (left[second] > points["beside_left"][second]).all()
    assert (left[second] == points["pt"][second]).all()
    assert (points["beside"][second] >= points["pt"][second]).all()
    np.testing.assert_array_equal(np.isnan(left), first | (verdict == draw.EMPTIED))
    beaten = verdict == draw.BEATEN
    assert (points["beside_left"][beaten] > left[beaten]).all()
    equal = verdict == draw.EQUAL
    np.testing.assert_array_equal(points["beside_left"][equal], left[equal])


def test_seeds_have_their_hexagons(view):
    state, maps = view.state, view.shown.maps
    result = state.chain.result
    seeds, windows, table = maps.seeds.data, maps.windows.data, state.chain.chain_table
    np.testing.assert_array_equal(seeds["x"], result.seeds.x_over_z)
    assert windows["colour"] == seeds["colour"]
    for row, (xs, ys) in enumerate(zip(windows["xs"], windows["ys"], strict=True)):
        away = np.hypot(xs - seeds["x"][row], ys - seeds["y"][row])
        np.testing.assert_allclose(away, SIDE)
        assert (xs[0], ys[0]) == (xs[-1], ys[-1])
        # All trigger cells of the seed are within.
        own = result.seed_of_cell == row
        x, y = (table[name][own] / np.abs(table["z"][own]) for name in "xy")
        assert len(x) > 0
        assert (np.hypot(x - seeds["x"][row], y - seeds["y"][row]) < SIDE).all()
    state.compare_with({"triangular": Triangles(0.02)})
    assert set(maps.windows.data["dash"]) == {"solid", "dashed"}
    assert len(maps.windows.data["xs"]) == sum(len(each.seeds) for _, each, _ in state.colours.shown_sets)


def test_a_hexagon_is_selected_with_its_trigger_cells(view):
    state, maps = view.state, view.shown.maps
    result = state.chain.result
    stages = result.stages
    steps = stages.row[0] - stages.lattice.middle[0], stages.column[0] - stages.lattice.middle[1]
    x, y = result.seeds.loc[0, ["x_over_z", "y_over_z"]]
    view.shown._tapped(SimpleNamespace(x=x, y=y + 1e-4))
    assert state.selection.part == ("hexagon", *steps)
    np.testing.assert_array_equal(state.selection.part_rows, state.chain.chain_rows[result.seed_of_cell == 0])
    assert len(maps.chosen.data["xs"]) == 1
    view.shown._tapped(SimpleNamespace(x=0.0, y=0.0))  # no hexagon with pt
    assert state.selection.part == ("hexagon", *steps)
    state.selection.select_part("hexagon", 900, 3)
    assert len(state.selection.part_rows) == 0
    state.change_chain(chain="default")
    assert state.selection.part is None


def test_captions_count_the_seeds_of_both_passes(view):
    passes = view.state.chain.result.stages.found_in[0]
    assert f"{(passes == 1).sum()} first pass" in view.shown.captions()
    assert f"{(passes == 2).sum()} second pass" in view.shown.captions()


def test_the_view_is_around_the_shower_with_one_scale(view):
    box = {name: values[0] for name, values in view.shown.maps.box.data.items()}
    assert box["x1"] - box["x0"] == pytest.approx(box["y1"] - box["y0"])
    seeds = view.state.chain.result.seeds
    assert seeds.x_over_z.between(box["x0"], box["x1"]).any()
    assert seeds.y_over_z.between(box["y0"], box["y1"]).any()


def test_lines_are_sides_of_triangles():
    lattice = Lattice(SIDE)
    lines = draw.triangle_lines(lattice)
    (x0, y0, x1, y1), points = lines.values(), lattice.place(*np.indices(lattice.shape))
    angle = np.degrees(np.arctan2(y1 - y0, x1 - x0)) % 180
    np.testing.assert_allclose(np.unique(angle.round(3)), [0, 60, 120])
    length = np.hypot(x1 - x0, y1 - y0)
    for line in (0, len(x0) // 2, len(x0) - 1):
        away = ((x1 - x0)[line] * (points[1] - y0[line]) - (y1 - y0)[line] * (points[0] - x0[line])) / length[
            line
        ]
        assert (np.abs(away) < 1e-6).sum() > 10
    assert max(x1.max(), y1.max()) >= LIMIT


def test_the_layer_map_has_hexagons_in_place_of_circles(state):
    state.change_chain(chain="triangular")
    drawn = LayerMapView(state).overlays
    result, z = state.chain.result, state.shown.geometry.layer_z[state.cuts.layer]
    assert set(drawn.seeds.data["radius"]) == {0.0}
    assert len(drawn.hexagons.data["xs"]) == len(result.clusters)
    seed = result.clusters["seed"][0]
    away = np.hypot(
        drawn.hexagons.data["xs"][0] - z * result.seeds.x_over_z[seed],
        drawn.hexagons.data["ys"][0] - z * result.seeds.y_over_z[seed],
    )
    np.testing.assert_allclose(away, SIDE * z)
    state.change_chain(chain="default")
    drawn = LayerMapView(state).overlays
    assert max(drawn.seeds.data["radius"]) > 0
    assert len(drawn.hexagons.data["xs"]) == 0


def test_what_is_said_of_two_seeds():
    row, column = np.array([3, 3, 4]), np.array([5, 6, 6])
    pt, emptied = np.array([9.0, 4.0, 1.0]), np.array([False, True, False])
    valley = HexagonValley(row, column, 40 * pt, pt, emptied)
    said = EXPLAINED[HexagonValley](
        Split(np.arange(2), valley, (Won(1, 0.875), Won(2, 0.3))), ChainParameters()
    )
    assert said.words == "<b>no valley</b> between them"
    assert "emptied" in said.further
    assert list(said.rows) == [("1st", "88 %"), ("2nd", "30 %")]
    drawn = valley_svg(valley, ("#123456", "#654321"))
    assert "hexagon: 160.0 mipT, 4.00 GeV, beside a maximum of the first pass" in drawn
    energy = np.array([300.0, 0.0, 60.0])
    apart = HexagonValley(row, column, energy, energy / 40, np.zeros(3, dtype=bool))
    said = EXPLAINED[HexagonValley](Split(np.arange(2), apart, (Won(1, 0.5), Won(1, 0.5))), ChainParameters())
    assert said.words == "valley <b>0.00</b> of the lower peak, <b>1</b> empty hexagon"
    assert said.further == ""
