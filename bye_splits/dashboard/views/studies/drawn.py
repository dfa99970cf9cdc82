"""How a series is drawn: its colour, its marks and its name; and what each page declares."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ...catalogue import sample_name
from ...figures.colours import SERIES_COLOURS
from ...figures.picture import Area, Picture
from ...state.study import Series, StudyState

MARKERS = {"A": "circle", "B": "square"}
SIZES = {"A": 7.5, "B": 5.0}  # points of A are seen below those of B
DASHES = {"A": "solid", "B": "dashed"}
PLOT_CONTROLS = ("against", "quantity", "norm")
FAINT = 0.28  # opacity of the whole sample behind the chosen particles


def colour_of(one: Series) -> str:
    """Its colour in all plots."""
    return SERIES_COLOURS[one.number, one.which]


def style_of(one: Series) -> dict[str, object]:
    """How its points are drawn, apart from the colour."""
    return {"marker": MARKERS[one.which], "size": SIZES[one.which]}


def name_of(one: Series, state: StudyState) -> str:
    """What tells a series from the others."""
    names = []
    if len(state.samples) > 1:
        names.append(sample_name(one.sample))
    if len(state.sets) > 1 or one.which != "A":
        chains = {parameters.chain for parameters in state.sets.values()}
        chain = f" ({one.parameters.chain.replace('_', ' ')})" if len(chains) > 1 else ""
        names.append(f"{one.which}{chain}")
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


def furthest_first(particles: pd.DataFrame, values: np.ndarray) -> np.ndarray:
    """Order of the table of events: those furthest from the median of the response first."""
    known = values[np.isfinite(values)]
    middle = float(np.median(known)) if len(known) else 0.0
    return -np.nan_to_num(np.abs(values - middle), nan=np.inf)


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
    html : function of the state that gives other HTML in the place of the table
    state : class of its state
    order : function of the particles and their responses that gives the values by which the table of events
        is ordered, and `order_words` what comes first
    events : whether the page has a table of events
    facts : class of the line about the samples; None: `texts.StudyFacts`
    of_particles : whether it is about generated particles, so that limits can be set for them
    older : the older definition of what it shows, see `older.Older`; None: there is none
    no_older : why there is none
    needs_b : whether it is only about two sets
    with_b : whether the page opens with a B: A with the other chain, where the address has none
    controls : of the sidebar's for the plots: those that have an effect here
    sidebar : makes further controls of the page
    overlay : whether another pile-up of the same particle is overlaid at first
    """

    title: str
    plots: tuple[Plot, ...]
    kinds: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    html: Callable[[Any], str] | None = None
    numbers: Callable[[Any], list[tuple[str, str, list[str]]]] = lambda state: []
    follows: tuple[str, ...] = ("series",)
    state: type[StudyState] = StudyState
    order: Callable[[pd.DataFrame, np.ndarray], np.ndarray] = furthest_first
    order_words: str = "without response or furthest from the median first"
    controls: tuple[str, ...] = PLOT_CONTROLS
    sidebar: Callable[[Any], Any] | None = None
    overlay: bool = False
    events: bool = True
    facts: Any = None
    of_particles: bool = True
    older: Any = None
    no_older: str = ""
    needs_b: bool = False
    with_b: bool = False


def waiting_for(
    state: StudyState, known: bool | None = None, nothing: str = "No generated particle is within the limits."
) -> str:
    """Why there is nothing to draw; "" if there is something.

    Parameters
    ----------
    known : whether there is something; default: whether there are particles
    nothing : said if there is nothing in the end
    """
    if known or (known is None and any(len(one.particles) for one in state.limited)):
        return ""
    if not state.catalogue.has_studies:
        return "Samples are not studied here: there are no background processes."
    done = [one.progress for one in state.limited if one.progress is not None]
    if done and all(progress.finished for progress in done):
        return nothing
    return "Waiting for the first events \u2026"


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
