"""The stages' maps of each space and each rule: what is drawn is what the chain decided."""

import numpy as np
import pytest

from bye_splits.chain.interpolated_maxima import expected
from bye_splits.chain.secondary_maxima import two_passes
from bye_splits.chain.seed_rule import SmoothedBins
from bye_splits.chain.seed_rules import SEED_RULES
from bye_splits.dashboard.figures.seed_decision import BEATEN, BELOW, EMPTY, SECOND, SEED, VETOED, legend
from bye_splits.dashboard.views.display.stages import StageView, XyBinStages


@pytest.fixture
def view(state):
    return StageView(state)


def image(view, name):
    """The bins of a map, in the chain's order."""
    (drawn,) = view.shown.maps.images[name].data["image"]
    return drawn.T if isinstance(view.shown, XyBinStages) else np.roll(drawn, view.shown.grid.first, axis=1)


@pytest.mark.parametrize("chain", ["default", "xy"])
@pytest.mark.parametrize("seeding", SEED_RULES)
def test_the_seeds_of_the_map_are_those_of_the_chain(view, chain, seeding):
    view.state.change_chain(chain=chain, seeding=seeding, seed_threshold=4.0)
    result, shown = view.state.chain.result, view.shown
    drawn = image(view, "decision")
    seeds = np.argwhere((drawn == SEED) | ((drawn == SECOND) & (seeding == "secondary_max")))
    first, second = shown._seed_bins(result)
    assert sorted(map(tuple, seeds.tolist())) == sorted(zip(first.tolist(), second.tolist(), strict=True))
    assert len(seeds) > 0
    words = shown.maps.facts.data["verdicts"][0]
    assert drawn.max() < len(words)
    assert words[SEED].startswith("seed")
    assert all(long in shown.captions() for _, long in legend(result.parameters))


def test_histograms_in_xy_are_those_of_the_stages(view):
    view.state.change_chain(chain="xy")
    stages = view.state.chain.result.stages
    for name, values in (("histogram", stages.histogram[0]), ("smoothed", stages.smoothed[0])):
        np.testing.assert_array_equal(np.nan_to_num(image(view, name)), np.float32(values))
    assert view.shown.maps.facts.data["axes"][0][:2] == ["y/z", "x/z"]
    x, y = (view.state.chain.result.seeds[name].to_numpy() for name in ("x_over_z", "y_over_z"))
    drawn = view.shown.maps.seeds.data
    np.testing.assert_array_equal([drawn["x"], drawn["y"]], [x, y])


def test_vetoed_bins_and_seeds_of_the_second_pass_are_told_apart(view):
    view.state.change_chain(seeding="secondary_max", seed_threshold=2.0)
    result = view.state.chain.result
    passes = two_passes(SmoothedBins(result.smoothed[None]), 2.0)
    drawn, above = image(view, "decision").ravel(), result.smoothed.ravel() > 2
    assert np.flatnonzero(drawn == SECOND).tolist() == passes.secondary.tolist()
    assert (passes.vetoed[drawn == VETOED]).all()
    assert len(passes.secondary) > 0
    assert set(np.unique(drawn[above])) <= {SEED, BEATEN, VETOED, SECOND}
    assert len(view.shown.maps.decision.palette) == 5
    view.state.change_chain(seeding="max")
    assert len(view.shown.maps.decision.palette) == 3


def test_the_margin_is_in_the_tooltip(view):
    view.state.change_chain(seeding="interpolated_max", seed_threshold=4.0)
    result = view.state.chain.result
    facts = view.shown.maps.facts.data
    (titles,), (values,) = facts["titles"], facts["looks_at"]
    assert [title.strip() for title in titles] == ["neighbours", "margin"]
    around = expected(SmoothedBins(result.smoothed[None]), "first_order")[0]
    np.testing.assert_allclose(values[0], view.shown.grid.shown(around).ravel(), rtol=1e-6)
    np.testing.assert_allclose(
        values[1], view.shown.grid.shown(result.smoothed - around).ravel(), rtol=1e-4, atol=1e-4
    )
    drawn = image(view, "decision")
    assert (drawn[result.smoothed == 0] == EMPTY).all()
    assert (drawn[(result.smoothed > 0) & (result.smoothed < 1)] == BELOW).all()


def test_a_bin_in_xy_is_selected_with_its_trigger_cells(view):
    state = view.state
    state.change_chain(chain="xy")
    stages = state.chain.result.stages
    x_bin, y_bin = int(stages.x_bin[0]), int(stages.y_bin[0])
    state.selection.select_part("xy", x_bin, y_bin)
    rows = state.selection.part_rows
    cells = state.shown.loaded.event.trigger_cells.iloc[rows]
    assert len(cells) > 0
    assert cells["mipPt"].sum() == pytest.approx(stages.histogram[0][x_bin, y_bin], rel=1e-6)
    assert len(view.shown.maps.chosen.data["left"]) == 1
    state.change_chain(chain="default")
    assert state.selection.part is None
