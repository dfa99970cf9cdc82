"""A plot of a study with its title, its notes and its downloads."""

import io
from dataclasses import replace
from html import escape

import panel as pn
from bokeh.events import SelectionGeometry
from panel.viewable import Viewable

from ....studies.profiles import VARIABLES
from ...figures.picture import Picture
from ...page.template import text, widget_css
from ...schedule import schedule
from ...state.study import StudyState
from ..shared.base import StateView
from .drawn import Plot, box

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
        from ...figures.study_plots import StudyPlot

        plot, self._started = self.plot, False
        self.drawn = StudyPlot(
            plot.layers, log_x=plot.log_x, log_y=plot.log_y, brush=plot.brush is not None, name=plot.name
        )
        self.shown = Picture(x="", y="")
        self.head = text("")
        self.notes = text("")
        if plot.brush is not None:
            self.drawn.figure.on_event(SelectionGeometry, self._boxed)
        style = {"stylesheets": [widget_css()], "margin": 0, "height": 22, "sizing_mode": "fixed"}
        small = style | {"css_classes": ["small"]}
        self.csv = pn.widgets.FileDownload(
            label="CSV", callback=self._csv, filename=f"{plot.name}.csv", width=40, **small
        )
        buttons = [self.csv]
        for kind in ("PNG", "SVG"):
            button = pn.widgets.Button(label=kind, width=40, **small)
            code = f"byeSplits.savePlot(figure, '{kind.lower()}', '{plot.name}')"
            button.js_on_click(args={"figure": self.drawn.figure}, code=code)
            buttons.append(button)
        self.tools = pn.Row(
            *buttons, margin=0, sizing_mode="fixed", width=132, height=22, styles={"gap": "4px"}
        )
        self.figure = pn.pane.Bokeh(self.drawn.figure, sizing_mode="stretch_both", margin=0)

    def picture(self) -> None:
        """What the plot shows."""
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
        self.drawn.show(picture, state.theme)
        words = plot.words(state)
        tip = escape(f"{plot.title}: {words}")
        self.head.say(f'<div class="title" title="{tip}"><b>{escape(plot.title)}</b> {escape(words)}</div>')
        notes = " \u00b7 ".join(picture.notes)
        self.notes.say(f'<div class="plot-note" title="{escape(notes)}">{escape(notes)}</div>')

    def colours(self) -> None:
        """The theme."""
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
        return self.figure


RANGE_NAMES = {name: variable.label for name, variable in VARIABLES.items()} | {
    "response": "response",
    "second_dr": "\u0394R of the second cluster",
    "second_share": "second share",
}
