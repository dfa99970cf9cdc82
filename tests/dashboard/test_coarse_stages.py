"""The scope of coarse seeding: its modules, its lattice, and what a change sends."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scope import Sent, unrolled

from bye_splits.chain.coarse_seeding import lattice
from bye_splits.dashboard.figures import coarse_stages
from bye_splits.dashboard.views.display.coarse_stages import ModuleStages
from bye_splits.dashboard.views.display.stages import BinStages, StageView


@pytest.fixture
def view(state):
    return StageView(state)


@pytest.fixture
def busy(page):
    """A scope of an event in pile-up, which has many seeds."""
    made = StageView(page.state)
    yield made
    made.active = False


def test_neighbours_on_the_lattice_are_neighbours_in_the_picture():
    u, v = (index.ravel() for index in np.mgrid[-2:3, -2:3])
    apart = np.hypot(*coarse_stages.lattice_place(u, v))
    steps = (np.abs(u) + np.abs(v) + np.abs(u - v)) / 2
    assert np.allclose(apart[steps == 1], 1)
    assert (steps == 1).sum() == 6
    assert (apart[steps > 1] > 1.7).all()


@pytest.mark.parametrize("side", [1, -1])
def test_the_lattice_lies_as_the_layer_does(geometry, side):
    """A module in both pictures: but for the scale they differ by less than a cell's width."""
    table = geometry.trigger_cells.iloc[geometry.numbers_of_layer(7)]
    table = table[table.part == "full"]
    for waferu, waferv in ((4, 1), (4, 2), (0, 5), (-4, 2)):
        mine = table[(table.waferu == waferu) & (table.waferv == waferv)]
        x, y = coarse_stages.lattice_place(*lattice(mine.waferu, mine.waferv, mine.cellu, mine.cellv))
        (corners,) = coarse_stages.lattice_outlines([waferu], [waferv])
        (outline,) = coarse_stages.module_outlines(geometry, 7, [waferu], [waferv], side)
        centre = outline.mean(axis=0)
        assert len(mine) == 48
        pitch = 16.64408 / 12 * np.sqrt(3)
        place = np.stack([x, y], axis=1) - corners.mean(axis=0)
        real = np.stack([mine.x * side, mine.y], axis=1) - centre
        assert np.abs(place * pitch * [side, 1] - real).max() < 0.5
        assert np.allclose((corners - corners.mean(axis=0)) * pitch, outline - centre, atol=1e-3)


@pytest.fixture
def coarse(busy):
    busy.state.change_chain(chain="coarse_seeding")
    return busy


def test_the_scope_shows_the_chain_that_runs(view):
    first = view.shown
    assert isinstance(first, BinStages)
    view.state.change_chain(chain="coarse_seeding")
    second = view.shown
    assert isinstance(second, ModuleStages)
    assert [root.visible for root in (first.root, second.root)] == [False, True]
    assert view._root.children == [first.root, second.root]
    assert "Module sums" in view._captions.object
    view.state.step(1)
    view.state.change_chain(chain="default")
    assert [root.visible for root in (first.root, second.root)] == [True, False]
    image = np.nan_to_num(unrolled(first.maps, "histogram", first.grid))
    assert np.array_equal(image, view.state.chain.result.histogram.astype(np.float32))


def test_modules_and_points_are_the_chains(coarse):
    state, maps = coarse.state, coarse.shown.maps
    made = state.chain.result.stages
    modules = maps.modules.data
    for name in ("waferu", "waferv", "threshold", "eta", "chosen"):
        assert np.array_equal(modules[name], made.modules[name], equal_nan=name in ("threshold", "eta"))
    assert modules["mipPt"] == pytest.approx(made.modules.mipPt)
    chosen = made.modules[made.modules.chosen]
    assert (modules["ratio"][modules["chosen"]] >= 1).all()
    for source in (maps.chosen, maps.outlines):
        assert len(source.data["xs"]) == len(chosen) > 1
    points = maps.points.data
    assert len(points["U"]) == len(made.lattice.drop_duplicates(["U", "V"]))
    assert np.array_equal(points["q"], points["V"])
    assert np.array_equal(points["r"], -points["U"])
    assert (points["verdict"] == coarse_stages.SEED).sum() == len(state.chain.result.seeds)
    assert len(maps.seeds.data["x"]) == len(maps.directions.data["x"]) == len(state.chain.result.seeds)
    assert sorted(maps.seeds.data["colour"]) == sorted(state.colours.seed_colours)
    assert f"{len(chosen)} modules chosen" in coarse._captions.object


def test_a_point_of_several_modules_is_drawn_once(coarse):
    state = coarse.state
    state.change_chain(cs=replace(state.chain.parameters.cs, nearby=True))
    table, points = state.chain.result.stages.lattice, coarse.shown.maps.points.data
    assert len(table) > len(points["U"])
    assert len(set(zip(points["U"].tolist(), points["V"].tolist(), strict=True))) == len(points["U"])
    assert (points["verdict"] == coarse_stages.SEED).sum() == len(state.chain.result.seeds)


@pytest.mark.parametrize("nearby", [False, True])
@pytest.mark.parametrize("legacy", [False, True])
def test_what_became_of_a_point(coarse, nearby, legacy):
    state = coarse.state
    cs = replace(state.chain.parameters.cs, nearby=nearby)
    state.change_chain(cs=cs, legacy=legacy, seed_threshold=5.0, seed_window=2)
    points, facts = coarse.shown.maps.points.data, coarse.shown.maps.facts.data
    verdict, winner, mip = (points[name] for name in ("verdict", "winner", "mipPt"))
    assert np.array_equal(winner >= 0, verdict == coarse_stages.BEATEN)
    assert np.array_equal(mip > 5, (verdict != coarse_stages.BELOW))
    beaten = np.flatnonzero(winner >= 0)
    assert len(beaten) > 20
    assert (mip[winner[beaten]] >= mip[beaten]).all()
    steps = [np.abs(points[name][winner[beaten]] - points[name][beaten]) for name in ("U", "V")]
    assert np.max(steps) <= 2
    assert facts["verdicts"][0][coarse_stages.BELOW] == "not a seed: below threshold 5 mipT"
    table = state.chain.result.stages.lattice
    outside = ~table["central"] & (table["mipPt"] > 5)
    assert nearby or legacy or not outside.any()


def test_coarse_seeds_are_in_their_modules(coarse):
    maps = coarse.shown.maps
    x, y = np.array(maps.directions.data["x"]), np.array(maps.directions.data["y"])
    middle = np.stack([maps.modules.data["x"], maps.modules.data["y"]], axis=1)[maps.modules.data["chosen"]]
    apart = np.hypot(x[:, None] - middle[:, 0], y[:, None] - middle[:, 1]).min(axis=1)
    assert (apart < 10.5).all()


def test_a_radius_sends_nothing_of_coarse_seeding(coarse):
    sent = Sent(coarse)
    coarse.state.change_chain(radius=0.021)
    assert sent.messages == []
    coarse.state.change_chain(seed_threshold=24.0)
    assert sent.names <= {"facts", "points", "seeds", "directions"}
    assert ("points", frozenset({"verdict", "winner"})) in sent.messages


def test_coarse_seeding_in_the_other_endcap_is_mirrored(shown_at):
    state = shown_at(0.7, side=-1)
    state.change_chain(chain="coarse_seeding")
    maps = StageView(state).shown.maps
    box = {name: values[0] for name, values in maps.lattice_box.data.items()}
    assert box["x0"] > box["x1"]
    x, y, z = (state.shown.loaded.value[name][state.chain.chain_rows] for name in "xyz")
    middle = np.stack([maps.modules.data["x"], maps.modules.data["y"]], axis=1)
    here = np.stack([x, y], axis=1)[np.abs(z) < 341]
    assert np.hypot(*(here[:, None] - middle).transpose(2, 0, 1)).min(axis=1).max() < 11
    view = {name: values[0] for name, values in maps.module_box.data.items()}
    at = 60 * np.cos(0.7), 60 * np.sin(0.7)
    assert view["x0"] < at[0] < view["x1"]
    assert view["y0"] < at[1] < view["y1"]


def tap(plot, x, y):
    for callback in plot._event_callbacks["tap"]:
        callback(SimpleNamespace(x=x, y=y))


def test_a_click_selects_a_module_or_a_point_and_again_none(coarse):
    state, maps = coarse.state, coarse.shown.maps
    modules, points = maps.modules.data, maps.points.data
    row = int(np.flatnonzero(modules["chosen"])[0])
    wanted = ("module", modules["waferu"][row], modules["waferv"][row])
    for name in ("module sums", "over threshold"):
        tap(maps.figures[name], modules["x"][row] + 1, modules["y"][row] - 1)
        assert state.selection.part == wanted
        assert np.allclose(maps.part.data["xs"][0], modules["xs"][row])
        assert len(maps.part_lattice.data["xs"]) == 1
        tap(maps.figures[name], modules["x"][row], modules["y"][row])
        assert state.selection.part is None
        assert maps.part.data["xs"] == []
    tap(maps.figures["lattice"], points["x"][3] + 0.1, points["y"][3])
    assert state.selection.part == ("point", points["U"][3], points["V"][3])
    assert (maps.part_point.data["x"], maps.part_point.data["y"]) == (points["x"][3], points["y"][3])
    assert len(state.selection.marked)
    tap(maps.figures["lattice"], 1e4, 0)
    assert state.selection.part[0] == "point"


def test_a_selected_cell_is_where_it_is_in_the_layer_and_on_the_lattice(coarse):
    state, maps = coarse.state, coarse.shown.maps
    value, table = state.shown.loaded.value, state.shown.loaded.event.trigger_cells
    row = state.shown.in_endcap[np.flatnonzero(state.shown.loaded.layer[state.shown.in_endcap] == 9)[0]]
    state.selection.select(int(state.shown.loaded.number[row]))
    z = state.shown.geometry.layer_z[coarse.shown.layer]
    for name in "xy":
        assert maps.cell.data[name] == pytest.approx([value[name][row] * z / abs(value["z"][row])], abs=1e-3)
    u, v = lattice(*(int(table[name].iat[row]) for name in ("waferu", "waferv", "cellu", "cellv")))
    assert (maps.cell_point.data["x"], maps.cell_point.data["y"]) == coarse_stages.lattice_place(u, v)
    state.selection.select(int(state.shown.geometry.numbers_of_layer(40)[-1]))
    assert maps.cell_point.data["x"] == []
    assert len(maps.cell.data["x"]) == 1
