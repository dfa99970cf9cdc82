"""Plots of the studies: HoloViews makes a figure, whose columns are then replaced as the sample fills.

HoloViews takes some 60 ms to draw one of these overlays again, and `hv.link_selections` 0.4 s to draw two of
them for another box in a sample of 100 000 particles; columns take 3 ms.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import holoviews as hv
import holoviews.plotting.bokeh
import numpy as np
from bokeh.models import (
    Axis,
    BasicTickFormatter,
    BoxSelectTool,
    BoxZoomTool,
    ColorBar,
    ColumnDataSource,
    FixedTicker,
    HoverTool,
    Label,
    LogTicker,
    OpenURL,
    PanTool,
    ResetTool,
    SaveTool,
    TapTool,
    Ticker,
    Title,
    Toolbar,
    WheelZoomTool,
)
from bokeh.plotting import figure

from .colours import COUNT_PALETTES, THEMES
from .copies import Copies
from .fonts import font_size
from .layer_map import FIGURE_CSS, TOOLBAR_CSS, style_bar, style_figure
from .picture import Area, Line, Picture

Columns = dict[str, Any]

MOST_LEVEL = 6  # names on an axis that are not turned

hv.Store.set_current_backend("bokeh")


def _colours(colours: Any, theme: str) -> list[str]:
    tokens = THEMES[theme]
    return [tokens.get(colour, colour) for colour in colours]


def density_columns(picture: Picture, theme: str) -> Columns:
    """Counts in bins of both axes; empty bins are transparent."""
    found = picture.density
    if found is None:
        return {name: [] for name in ("image", "n", "k", "x", "y", "dw", "dh")}
    x, y = found.x_edges, found.y_edges
    passed = found.counts if found.passed is None else found.passed
    return {
        "image": [found.drawn],
        "n": [found.counts.astype(np.float32)],
        "k": [passed.astype(np.float32)],
        "x": [x[0]],
        "y": [y[0]],
        "dw": [x[-1] - x[0]],
        "dh": [y[-1] - y[0]],
    }


def areas_columns(picture: Picture, theme: str) -> Columns:
    """Filled outlines: each is a polygon without holes."""
    found = _outlines(picture.areas, theme)
    nested = {name: [[[each]] for each in found[name]] for name in ("xs", "ys")}
    return found | nested | {"fill": [area.fill for area in picture.areas]}


def lines_columns(picture: Picture, theme: str) -> Columns:
    """Lines, and below them the levels across the plot."""
    ends = np.array(picture.ranges()[0])
    across = [Line(ends, np.full(2, level), "faint", 0.6, 1.0, "dashed") for level in picture.levels]
    every = (*across, *picture.lines)
    styles = {"width": [line.width for line in every], "dash": [line.dash for line in every]}
    return _outlines(every, theme) | styles


def _outlines(every: tuple[Line | Area, ...], theme: str) -> Columns:
    return {
        "xs": [np.asarray(one.x, dtype=np.float32) for one in every],
        "ys": [np.asarray(one.y, dtype=np.float32) for one in every],
        "colour": _colours((one.colour for one in every), theme),
        "alpha": [one.alpha for one in every],
    }


def errors_columns(picture: Picture, theme: str) -> Columns:
    """The bin and the uncertainty of each point, as a cross."""
    marks = picture.marks
    x, y, alpha = (marks[name].to_numpy(np.float64) for name in ("x", "y", "alpha"))
    return {
        "x0": np.concatenate([marks["x_low"].to_numpy(np.float64), x]),
        "y0": np.concatenate([y, marks["low"].to_numpy(np.float64)]),
        "x1": np.concatenate([marks["x_high"].to_numpy(np.float64), x]),
        "y1": np.concatenate([y, marks["high"].to_numpy(np.float64)]),
        "colour": _colours(marks["colour"], theme) * 2,
        "alpha": np.concatenate([0.5 * alpha, alpha]),
    }


def marks_columns(picture: Picture, theme: str) -> Columns:
    """Points."""
    return _table(picture.marks, theme)


def dots_columns(picture: Picture, theme: str) -> Columns:
    """Single events or particles."""
    n = len(picture.dots)
    return {"url": [""] * n, "size": np.full(n, DOT)} | _table(picture.dots, theme)


def _table(table: Any, theme: str) -> Columns:
    columns = {name: table[name].to_numpy() for name in table}
    return columns | {"colour": _colours(table["colour"], theme)}


@dataclass(frozen=True)
class Layer:
    """One kind of marks in a plot.

    Attributes
    ----------
    start : makes the HoloViews element of which HoloViews makes the glyph
    columns : of the glyph's source, for a picture in a theme
    glyph : fields and values of the glyph
    """

    start: Callable[[], hv.Element]
    columns: Callable[[Picture, str], Columns]
    glyph: dict[str, Any]


DOT = 4.5  # size of a dot, pixels
_PAIR = np.array([1.0, 2.0])  # above 0, as axes may be logarithmic
_STROKE = {"line_color": "colour", "line_alpha": "alpha"}
LAYERS = {
    "density": Layer(
        lambda: hv.Image(np.ones((2, 2)), vdims="particles").opts(
            cmap=list(COUNT_PALETTES["dark"]), cnorm="log", colorbar=True, clim=(1, 2)
        ),
        density_columns,
        {},
    ),
    "shares": Layer(
        lambda: hv.Image(np.ones((2, 2)), vdims="share").opts(
            cmap=list(COUNT_PALETTES["dark"]), cnorm="linear", colorbar=True, clim=(0, 1)
        ),
        density_columns,
        {},
    ),
    "areas": Layer(
        lambda: hv.Polygons([{"x": [1.0, 2.0, 2.0], "y": [1.0, 1.0, 2.0]}]),
        areas_columns,
        _STROKE | {"fill_color": "colour", "fill_alpha": "fill"},
    ),
    "lines": Layer(
        lambda: hv.Path([np.column_stack([_PAIR, _PAIR])]),
        lines_columns,
        _STROKE | {"line_width": "width", "line_dash": "dash"},
    ),
    "errors": Layer(
        lambda: hv.Segments((_PAIR, _PAIR, _PAIR, _PAIR)),
        errors_columns,
        _STROKE | {"line_width": 1.3},
    ),
    "marks": Layer(
        lambda: hv.Points((_PAIR, _PAIR)),
        marks_columns,
        _STROKE | {"fill_color": "colour", "fill_alpha": "alpha", "marker": "marker", "size": "size"},
    ),
    "dots": Layer(
        lambda: hv.Points((_PAIR, _PAIR)),
        dots_columns,
        {"line_alpha": 0, "fill_color": "colour", "fill_alpha": 0.75, "marker": "circle", "size": "size"},
    ),
}
"""From the lowest to the highest."""


@cache
def _copies(layers: tuple[str, ...], log_x: bool, log_y: bool) -> Copies:
    """The figure of HoloViews with some layers."""
    overlay = hv.Overlay([LAYERS[each].start() for each in layers]).opts(
        hv.opts.Overlay(
            responsive=True,
            show_legend=False,
            logx=log_x,
            logy=log_y,
            default_tools=[],
            xlabel="x",
            ylabel="y",
        )
    )

    def made() -> figure:
        # As in a notebook, in a document of its own: HoloViews would set the theme of the current one, which,
        # as Bokeh has one for all threads, may be that of any session.
        renderer = hv.renderer("bokeh").instance()
        renderer.notebook_context = True
        plot = renderer.get_plot(overlay).state
        plot.toolbar = Toolbar()
        for renderer in plot.renderers:  # a point that is clicked leaves the others as they are
            renderer.update(selection_glyph=None, nonselection_glyph=None, muted_glyph=None)
        return plot

    return Copies(made)


class StudyPlot:
    """A figure that shows one picture after another.

    Parameters
    ----------
    layers : some of `LAYERS`: those that its pictures may have
    log_x, log_y : whether an axis is logarithmic
    brush : whether a box can be drawn to choose particles
    name : of the files in which the plot is saved
    links : whether a click on a dot opens its address

    Attributes
    ----------
    figure : bokeh figure
    sources : ColumnDataSource of each layer
    """

    def __init__(
        self,
        layers: tuple[str, ...],
        *,
        log_x: bool = False,
        log_y: bool = False,
        brush: bool = False,
        name: str = "plot",
        links: bool = True,
    ) -> None:
        self._layers = [each for each in LAYERS if each in layers]
        self._log_y = log_y
        self.figure: figure = _copies(tuple(self._layers), log_x, log_y).one()
        self.sources: dict[str, ColumnDataSource] = {}
        empty = Picture(x="", y="")
        for each, renderer in zip(self._layers, self.figure.renderers, strict=True):
            layer = LAYERS[each]
            renderer.data_source.data = layer.columns(empty, "dark")
            renderer.glyph.update(**layer.glyph)
            self.sources[each] = renderer.data_source
        self._ranges: tuple | None = None
        self._numbered = self.figure.xaxis[0].ticker if self.figure.xaxis else None
        self._named = FixedTicker(ticks=[])
        self._few, self._decades = FixedTicker(ticks=[]), LogTicker()
        self._theme = ""
        self._finish(brush, name, links)

    def _finish(self, brush: bool, name: str, links: bool) -> None:
        """The tools, and what is the same in all pictures."""
        plot = self.figure
        wheel = WheelZoomTool(zoom_on_axis=False)
        tools = [PanTool(), wheel, BoxZoomTool(), ResetTool(), SaveTool(filename=name)]
        if brush:
            box = BoxSelectTool(renderers=[], persistent=False)
            tools.insert(0, box)
        by_layer = dict(zip(self._layers, plot.renderers, strict=True))
        for each, tip in _IMAGE_TIPS.items():
            if each in by_layer:
                tools.append(HoverTool(renderers=[by_layer[each]], tooltips=tip, visible=False))
        if "marks" in by_layer:
            tools.append(HoverTool(renderers=[by_layer["marks"]], tooltips=_TOOLTIP, visible=False))
        if "dots" in by_layer:
            tools.append(HoverTool(renderers=[by_layer["dots"]], tooltips=_DOT, visible=False))
        if "dots" in by_layer and links:
            tap = TapTool(
                renderers=[by_layer["dots"]], callback=OpenURL(url="@url", same_tab=False), visible=False
            )
            tools.append(tap)
        plot.toolbar = Toolbar(
            tools=tools, logo=None, autohide=True, stylesheets=[TOOLBAR_CSS.replace("26px", "20px")]
        )
        plot.toolbar.active_drag = tools[0]
        plot.toolbar.active_scroll = wheel
        plot.update(
            toolbar_location="above",
            toolbar_inner=True,
            stylesheets=[FIGURE_CSS],
            min_border=6,
            min_border_right=16,
            sizing_mode="stretch_both",
            output_backend="canvas",
        )
        plot.xgrid.visible = False
        for axis in (*plot.xaxis, *plot.yaxis):
            if isinstance(axis.formatter, BasicTickFormatter):
                axis.formatter.power_limit_low = -5  # 0.005, not 5.000e-3
        self._bars = list(plot.select({"type": ColorBar}))
        self._empty = Label(
            x=14, y=12, x_units="screen", y_units="screen", text="", text_font_size=font_size(12)
        )
        plot.add_layout(self._empty)
        self._label = Title(
            text="", align="right", text_font_size=font_size(11), text_font_style="italic", standoff=2
        )
        plot.add_layout(self._label, "above")

    def show(self, picture: Picture, theme: str) -> None:
        """Show a picture in a theme of `colours.THEMES`."""
        plot = self.figure
        if theme != self._theme:
            self._theme = theme
            style_figure(plot, theme)
            plot.yaxis.axis_label_text_font_size = font_size(11)  # a plot may be lower than its title is long
            for bar in self._bars:
                bar.color_mapper.palette = list(COUNT_PALETTES[theme])
        for each, source in self.sources.items():
            source.data = LAYERS[each].columns(picture, theme)
        self._label.update(text=picture.label, text_color=THEMES[theme]["faint"])
        plot.xaxis.axis_label, plot.yaxis.axis_label = picture.x, picture.y
        if picture.ticks:
            self._named.ticks = list(picture.ticks)
            set_ticker(plot.xaxis, self._named)
            plot.xaxis.major_label_overrides = picture.ticks
            plot.xaxis.major_label_orientation = 0.5 if len(picture.ticks) > MOST_LEVEL else "horizontal"
        elif self._numbered is not None:  # the picture before may have had names
            set_ticker(plot.xaxis, self._numbered)
            plot.xaxis.major_label_overrides = {}
        self._empty.update(text=picture.empty, text_color=THEMES[theme]["faint"])
        if picture.density is not None:
            low, high = picture.density.colour_range
            plot.renderers[0].glyph.color_mapper.update(low=low, high=high)
        for bar in self._bars:
            bar.visible = picture.density is not None
            bar.title = "" if picture.density is None else picture.density.title
            style_bar(bar, theme)
            bar.update(title_text_color=THEMES[theme]["faint"], title_text_font_size=font_size(11), width=10)
        ranges = picture.ranges(self._log_y)
        if self._log_y:
            self._few.ticks = few_decades(*ranges[1])
            set_ticker(plot.yaxis, self._few if self._few.ticks else self._decades)
        if ranges != self._ranges:  # otherwise the user's zoom stays
            self._ranges = ranges
            for axis, (low, high) in zip((plot.x_range, plot.y_range), ranges, strict=True):
                axis.update(start=low, end=high, reset_start=low, reset_end=high)


def set_ticker(axes: Iterable[Axis], ticker: Ticker) -> None:
    """Set the ticker of axes that have another one: it takes Bokeh a walk through all models of the page."""
    for axis in axes:
        if axis.ticker is not ticker:
            axis.ticker = ticker


def few_decades(low: float, high: float) -> list[float]:
    """Places with a label on a logarithmic axis of less than two decades; none for more.

    Bokeh's own are those of a linear axis there, which overlap.

    Examples
    --------
    >>> few_decades(0.04, 0.6), few_decades(0.01, 10.0)
    ([0.05, 0.1, 0.2, 0.3, 0.5], [])
    """
    if high >= 100 * low:
        return []
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)))
    ticks = (float(f"{digit}e{power}") for power in powers for digit in (1, 2, 3, 5))
    return [tick for tick in ticks if low <= tick <= high]


_TIP = '<div style="font: 12px/1.45 sans-serif">{}</div>'
_TOOLTIP = _TIP.format(
    "@series<br>@x_low{0.000} to @x_high{0.000}<br><b>@y{0.0000}</b> (@low{0.0000} to @high{0.0000})"
)
_DOT = _TIP.format("@text")
_IMAGE_TIPS = {
    "density": _TIP.format("$x{0.000}, $y{0.000}<br><b>@n{0,0}</b>"),
    "shares": _TIP.format("$x{0.000}, $y{0.000}<br><b>@image{0.000}</b> (@k{0,0.0} of @n{0,0})"),
}
"""By layer: the bin's value, and the counts that it is of."""
