"""A plot of a study with its title, its notes and its downloads."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from html import escape
from typing import TYPE_CHECKING

import panel as pn
from bokeh.events import SelectionGeometry
from panel.viewable import Viewable

from ....studies.profiles import VARIABLES
from ...catalogue import sample_name
from ...figures.picture import Picture
from ...page.template import text
from ...schedule import in_background, schedule, served
from ...state.study import StudyState
from ..shared.base import StateView
from ..shared.files import (
    CAPTION,
    File,
    Files,
    Make,
    as_csv,
    as_json,
    caption,
    parameters_as_facts,
    parameters_in_words,
    save_button,
)
from ..shared.words import minus
from .drawn import Plot, box

if TYPE_CHECKING:
    from ...figures.study_plots import StudyPlot

HEAD = 26  # characters of a title and of the words after it that the narrowest pane has room for
LEAST_SIDE = 1e-9  # a box without width: a click, which removes the ranges


class StudyPane(StateView):
    """One plot of a page; a box drawn in it chooses particles for all plots."""

    state: StudyState

    def __init__(self, state: StudyState, plot: Plot) -> None:
        self.plot = plot
        super().__init__(state)

    def drawn_values(self) -> dict[str, tuple[str, ...]]:
        """The picture follows what the plot is declared to."""
        return {"picture": (*self.plot.follows, "ranges", "older"), "colours": ("theme",)}

    def build(self) -> None:
        self._started = False
        self.drawn: StudyPlot | None = None
        self.shown = Picture(x="", y="")
        self.head = text("")
        self.notes = text("")
        self._holder = pn.Column(sizing_mode="stretch_both", margin=0)
        self.tools = text(self._buttons())
        self.tools.param.update(sizing_mode="fixed", width=128, height=22)
        if served() is None:
            self._place(self._make())
        else:  # HoloViews takes 0.15 s for each: not while the page is made, and not for all sessions to wait
            pn.state.onload(lambda: in_background(self._make, self._place))

    def _buttons(self) -> str:
        """HTML of the buttons that save the plot and its numbers."""
        name, title = self.plot.name, self.plot.title
        kinds = {
            "CSV": f"the numbers of '{title}', for pandas.read_csv",
            "JSON": f"what the numbers of '{title}' are",
        }
        made = [save_button(kind, f"{name}.{kind.lower()}", f"Save {tip}") for kind, tip in kinds.items()]
        for kind in ("PNG", "SVG"):
            action = f"byeSplits.savePlot(this, '{kind.lower()}', '{name}')"
            tip = escape(f"Save '{title}' as a picture")
            made.append(f'<button class="save" title="{tip}" onclick="{action}">{kind}</button>')
        return f'<div class="saves tight">{"".join(made)}</div>'

    def _make(self) -> "StudyPlot":
        from ...figures.study_plots import StudyPlot  # imports HoloViews

        plot = self.plot
        return StudyPlot(
            plot.layers, log_x=plot.log_x, log_y=plot.log_y, brush=plot.brush is not None, name=plot.name
        )

    def _place(self, drawn: "StudyPlot") -> None:
        """Put the figure into the page, with its picture."""
        self.drawn = drawn
        if self.plot.brush is not None:
            drawn.figure.on_event(SelectionGeometry, self._boxed)
        if served() is not None:
            self._draw_picture()
        self._holder.append(pn.pane.Bokeh(drawn.figure, sizing_mode="stretch_both", margin=0))

    def picture(self) -> None:
        """What the plot shows."""
        if self.drawn is None:  # drawn once the figure is there
            return
        if self.plot.slow and self._started:
            schedule(self._draw_picture)  # after the others
        else:
            self._started = True
            self._draw_picture()

    def _draw_picture(self) -> None:
        plot, state = self.plot, self.state
        picture = replace(plot.make(state), label=state.label)
        if plot.brush is not None and state.ranges:
            areas = box(state, plot.brush(state), picture)
            picture = replace(picture, areas=(*picture.areas, *areas))
        self.shown = picture
        self._show()
        words = minus(plot.words(state))
        tip = escape(f"{plot.title}: {words}")
        fits = len(plot.title) + len(words) <= HEAD
        after = f" {escape(words)}" if fits else ""
        self.head.say(f'<div class="title whole" title="{tip}"><b>{escape(plot.title)}</b>{after}</div>')
        notes = minus(" \u00b7 ".join([words] * (not fits and words != "") + list(picture.notes)))
        self.notes.say(f'<div class="plot-note" title="{escape(notes)}">{escape(notes)}</div>')

    def colours(self) -> None:
        """The theme."""
        self._show()

    def _show(self) -> None:
        if self.drawn is not None:
            self.drawn.show(self.shown, self.state.theme)

    def _boxed(self, event: SelectionGeometry) -> None:
        """Choose the particles in a box, in the columns of this plot."""
        if not event.final or event.geometry.get("type") != "rect" or self.plot.brush is None:
            return
        x, y = self.plot.brush(self.state)
        ends = {x: sorted((event.geometry["x0"], event.geometry["x1"]))}
        if y:
            ends[y] = sorted((event.geometry["y0"], event.geometry["y1"]))
        left = tuple(one for one in self.state.ranges if one[0] not in ends)
        if all(high - low > LEAST_SIDE for low, high in ends.values()):
            left += tuple((name, float(low), float(high)) for name, (low, high) in ends.items())
        self.state.update(ranges=left)

    def csv(self) -> File:
        """What is drawn, in numbers."""
        return File(self._file_name("csv"), as_csv(self.shown.numbers))

    def facts_file(self) -> File:
        """What the numbers are, as JSON."""
        plot, state, shown = self.plot, self.state, self.shown
        facts = {
            "plot": plot.title,
            "words": plot.words(state),
            "x": shown.x,
            "y": shown.y,
            "notes": list(shown.notes),
            "data": state.label,
            "samples": [{"particle": particle, "pile-up": pileup} for particle, pileup in state.samples],
            "generated |eta|": list(state.eta),
            "generated pT [GeV]": list(state.pt),
            "chosen in the plots": {name: [low, high] for name, low, high in state.ranges},
            "parameters": parameters_as_facts(state.sets),
        }
        return File(self._file_name("json"), as_json(facts))

    def _file_name(self, kind: str) -> str:
        return f"{samples_in_names(self.state)}_{self.plot.name}.{kind}"

    def __panel__(self) -> Viewable:
        return self._holder


def samples_in_names(state: StudyState) -> str:
    """The samples, the beginning of the names of all files."""
    return "_".join(part for key in state.samples for part in key if part)


def picture_caption(state: StudyState) -> File:
    """What is written below plots: samples, limits, parameters, and what the data are."""
    samples = " and ".join(sample_name(key) for key in state.samples)
    (eta_low, eta_high), (pt_low, pt_high) = state.eta, state.pt
    limits = f"generated |\u03b7| {eta_low:g} to {eta_high:g}, pT {pt_low:g} to {pt_high:g} GeV"
    ranges = [
        f"{RANGE_NAMES.get(name, name.replace('_', ' '))} {low:.4g} to {high:.4g}"
        for name, low, high in state.ranges
    ]
    words = [parameters_in_words(name, one, state.width_of(one)) for name, one in state.sets.items()]
    lines = (samples, minus(", ".join([limits, *ranges])), *words, state.label)
    return caption(samples_in_names(state), *lines)


def study_files(state: StudyState, panes: Sequence[StudyPane]) -> Files:
    """The files of a page, by the words of its plots' buttons."""
    makers: dict[str, Make] = {CAPTION: partial(picture_caption, state)}
    for pane in panes:
        makers |= {f"{pane.plot.name}.csv": pane.csv, f"{pane.plot.name}.json": pane.facts_file}
    return Files(makers)


RANGE_NAMES = {name: variable.label for name, variable in VARIABLES.items()} | {
    "response": "response",
    "second_dr": "\u0394R of the second cluster",
    "second_share": "second share",
}
