"""Colours that are seen together are told apart, in both themes; the strongest cell stands out most."""

from itertools import combinations

import numpy as np
import pytest

from bye_splits.dashboard.figures.cluster_colours import CHANGE_COLOURS, CLUSTER_COLOURS, SET_COLOURS
from bye_splits.dashboard.figures.coarse_stages import coarse_maps, set_coarse_theme
from bye_splits.dashboard.figures.colours import (
    BIN_PALETTES,
    CELL_PALETTES,
    COUNT_PALETTES,
    THEMES,
    plotly_scale,
)
from bye_splits.dashboard.figures.stages import set_stages_theme, stage_maps
from bye_splits.dashboard.state.colours import APART, _most_distinct_colour


def rgb(colour):
    return np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)], dtype=float)


@pytest.mark.parametrize("theme", THEMES)
def test_marks_are_distinct(theme):
    tone = THEMES[theme]
    seen = CHANGE_COLOURS | {"cluster 0": CLUSTER_COLOURS[0], "A": SET_COLOURS[0], "B": SET_COLOURS[1]}
    seen |= {token: tone[token] for token in ("mark", "accent", "module", "generated", "pane")}
    for (one, first), (other, second) in combinations(seen.items(), 2):
        assert np.linalg.norm(rgb(first) - rgb(second)) > 80, f"{one} and {other}"


@pytest.mark.parametrize("palettes", [CELL_PALETTES, BIN_PALETTES, COUNT_PALETTES])
@pytest.mark.parametrize("theme", THEMES)
def test_the_highest_value_stands_out_most(theme, palettes):
    pane = rgb(THEMES[theme]["pane"])
    contrast = [np.linalg.norm(rgb(colour) - pane) for colour in palettes[theme]]
    assert contrast[-1] > 1.4 * contrast[0]
    assert contrast[0] > 20
    assert plotly_scale(theme)[-1][1] == CELL_PALETTES[theme][-1]


@pytest.mark.parametrize(
    ("made", "themed"), [(stage_maps, set_stages_theme), (coarse_maps, set_coarse_theme)]
)
def test_maps_of_the_stages_and_their_bars_follow_the_theme(made, themed):
    maps = made("dark")
    for theme in ("dark", "light"):
        themed(maps, theme)
        for coloured in maps.coloured.values():
            for bar in coloured.bars:
                assert list(bar.color_mapper.palette) == list(BIN_PALETTES[theme])


def test_a_colour_is_not_used_twice_nearby():
    rng = np.random.default_rng(2)
    position = rng.uniform(-0.5, 0.5, (100, 2))
    chosen = np.full(100, -1)
    for seed in range(100):
        chosen[seed] = _most_distinct_colour(position[seed], position, chosen)
    apart = np.hypot(*(position[:, None] - position).transpose(2, 0, 1))
    alike = (chosen[:, None] == chosen) & ~np.eye(100, dtype=bool)
    assert apart[alike].min() > APART
