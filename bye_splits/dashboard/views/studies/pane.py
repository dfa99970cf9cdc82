"""A plot of a study with its title, its notes and its downloads."""

import io
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

import panel as pn
from bokeh.events import SelectionGeometry
from panel.viewable import Viewable

from ....studies.profiles import VARIABLES
from ...figures.picture import Picture
from ...page.template import forget_callbacks, text, widget_css
from ...schedule import in_background, schedule, served
from ...state.study import StudyState
from ..shared.base import StateView
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
        self.tools = pn.Row(margin=0, sizing_mode="fixed", width=116, height=22, styles={"gap": "4px"})
        if served() is None:
            self._place(self._make())
        else:  # HoloViews takes 0.15 s for each: not while the page is made, and not for all sessions to wait
            pn.state.onload(lambda: in_background(self._make, self._place))

    def _downloads(self, drawn: "StudyPlot") -> list[Viewable]:
        """Buttons that save the plot and its numbers."""
        style = {"stylesheets": [widget_css()], "margin": 0, "height": 22, "sizing_mode": "fixed"}
        small = style | {"css_classes": ["small"], "width": 36}
        name, made = self.plot.name, []
        for kind in ("PNG", "SVG"):
            button = pn.widgets.Button(label=kind, **small)
            code = f"byeSplits.savePlot(figure, '{kind.lower()}', '{name}')"
            button.js_on_click(args={"figure": drawn.figure}, code=code)
            made.append(button)
        return [
            pn.widgets.FileDownload(label="CSV", callback=self._csv, filename=f"{name}.csv", **small),
            *made,
        ]

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
        buttons = self._downloads(drawn)
        self.tools.extend(buttons)
        forget_callbacks(*buttons)
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

    def _csv(self) -> io.StringIO:
        """What is drawn, in numbers."""
        file = io.StringIO()
        file.write(
            f"# {self.plot.title}: {self.plot.words(self.state)}. x: {self.shown.x}; y: {self.shown.y}\n"
        )
        for note in self.shown.notes:
            file.write(f"# {note}\n")
        self.shown.numbers.to_csv(file, index=False)
        file.seek(0)
        return file

    def __panel__(self) -> Viewable:
        return self._holder


RANGE_NAMES = {name: variable.label for name, variable in VARIABLES.items()} | {
    "response": "response",
    "second_dr": "\u0394R of the second cluster",
    "second_share": "second share",
}
