"""How a series is drawn: its colour, its marks and its name; and what each page declares."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...figures.cluster_colours import CLUSTER_COLOURS
from ...figures.picture import Area, Picture
from ...state.study import Series, StudyState
from ..shared.controls import sample_name

COLOURS = {
    (0, "A"): CLUSTER_COLOURS[2],
    (0, "B"): CLUSTER_COLOURS[5],
    (1, "A"): CLUSTER_COLOURS[3],
    (1, "B"): CLUSTER_COLOURS[8],
}
"""By number of the sample and name of the set."""

MARKERS = {"A": "circle", "B": "square"}
DASHES = {"A": "solid", "B": "dashed"}
FAINT = 0.28  # opacity of the whole sample behind the chosen particles


def colour_of(one: Series) -> str:
    """Its colour in all plots."""
    return COLOURS[one.number, one.which]


def name_of(one: Series, state: StudyState) -> str:
    """What tells a series from the others."""
    names = []
    if len(state.samples) > 1:
        names.append(sample_name(one.sample))
    if len(state.sets) > 1 or one.which != "A":
        names.append(one.which)
    return ", ".join(names) or sample_name(one.sample)


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A plot of a page.

    Attributes
    ----------
    name : of its files, and of its place in the template
    title : what is drawn
    layers : see `figures.study_plots.LAYERS`
    make : function of the state
    follows : values of the state that it depends on
    brush : columns (of the x and the y axis, or "") of which a box chooses ranges, or a function of the state
        that gives them; None: no box can be drawn
    words : said after the title, as a function of the state
    log_x, log_y : whether an axis is logarithmic
    slow : whether it is drawn after the others
    """

    name: str
    title: str
    layers: tuple[str, ...]
    make: Callable[[Any], Picture]
    follows: tuple[str, ...]
    brush: Callable[[Any], tuple[str, str]] | None = None
    words: Callable[[Any], str] = lambda state: ""
    log_x: bool = False
    log_y: bool = False
    slow: bool = False


@dataclass(frozen=True, kw_only=True)
class Study:
    """A page of the studies.

    Attributes
    ----------
    title : of its tab
    plots : in the order of the panes
    kinds : tables that it needs beside the outcomes
    numbers : rows of its table of numbers: (label, colour, one text per column)
    columns : titles of the columns of that table
    state : class of its state
    """

    title: str
    plots: tuple[Plot, ...]
    kinds: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    numbers: Callable[[Any], list[tuple[str, str, list[str]]]] = lambda state: []
    follows: tuple[str, ...] = ("series",)
    state: type[StudyState] = StudyState


def box(state: StudyState, names: tuple[str, str], picture: Picture) -> tuple[Area, ...]:
    """The ranges in a plot whose axes are columns of these names."""
    known = {name: (low, high) for name, low, high in state.ranges}
    if not any(name in known for name in names):
        return ()
    (x0, x1), (y0, y1) = known.get(names[0], _far), known.get(names[1], _far)
    xs, ys = picture.ranges()
    x0, x1 = np.clip([x0, x1], *xs)
    y0, y1 = np.clip([y0, y1], *ys)
    outline = np.array([x0, x1, x1, x0, x0]), np.array([y0, y0, y1, y1, y0])
    return (Area(*outline, "mark", 0.9, 0.08),)


_far = (-np.inf, np.inf)
