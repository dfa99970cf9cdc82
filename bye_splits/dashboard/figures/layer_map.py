"""The 2D map of one layer: data for the browser, and the bokeh figure that shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from bokeh.models import (
    BoxZoomTool,
    ColorBar,
    ColumnDataSource,
    CustomJS,
    ImageRGBA,
    LinearColorMapper,
    LogColorMapper,
    PanTool,
    Patches,
    Range1d,
    ResetTool,
    SaveTool,
    Scatter,
    Segment,
    Title,
    WheelZoomTool,
)
from bokeh.plotting import figure

from ...geometry import Geometry
from .cluster_colours import CLUSTER_COLOURS
from .colours import CELL_PALETTES, PALETTE, THEMES
from .fonts import font_size
from .markers import CROSS, open_markers
from .raster import Viewport, encoded

CELL_COLUMNS = ("waferu", "waferv", "cellu", "cellv")
HIT_COLUMNS = ("mipPt", "pt", "eta", "phi")
SECTIONS = ("CE-H", "CE-E")
# Kinds of pixels of the faint detector, numbered from 1; each name is the theme token of its colour.
KINDS = ("cell", "cell_edge", "signal_edge", "no_colour")
# A frame shows the keyboard focus; a clicked figure gets none.
FIGURE_CSS = """
.bk-Canvas { --outline-style: solid; --outline-width: 2px; --highlight-color: var(--accent); }
.bk-Canvas:hover { --outline-style: none; }
"""
# In the corner of the frame: beside it, the tools would displace the title of the colour bar, and Bokeh would
# move the last one into a menu. The toolbar is as wide as the frame, which must get mouse events below it.
TOOLBAR_CSS = """
:host(.bk-inner) { background: none; opacity: 1; pointer-events: none; }
* { --button-width: 26px; --button-height: 26px; pointer-events: auto; background-color: var(--pane); }
.bk-divider { display: none; }
"""


def cells_columns(
    geometry: Geometry, numbers: np.ndarray, corners: np.ndarray, view: Viewport, layer: int
) -> dict:
    """Columns of the wire for the cells in view: the compressed raster and the cells' indices.

    Parameters
    ----------
    numbers, corners : cells in view, from `raster.cells_in_view`
    """
    codes, fresh = encoded(corners, view)
    columns: dict[str, Any] = {"codes": codes, "fresh": fresh}
    columns |= {name: getattr(view, name) for name in ("x0", "x1", "y0", "y1", "width", "height")}
    columns["cell_edges"] = view.has_cell_edges
    columns |= {name: geometry.column(name)[numbers] for name in CELL_COLUMNS}
    return {name: [value] for name, value in columns.items()} | layer_columns(geometry, layer)


def layer_columns(geometry: Geometry, layer: int) -> dict:
    """Columns of the wire that identify the layer, for the tooltip."""
    return {"layer": [layer], "section": [SECTIONS[int(geometry.is_cee(layer))]]}


def hits_columns(
    numbers: np.ndarray, hit_numbers: np.ndarray, colour: np.ndarray, values: dict, empty: str
) -> dict:
    """Columns of the wire with the contents of the cells.

    Parameters
    ----------
    numbers : int64, shape (n,): cells in view
    hit_numbers : int64, shape (m,): cells with a signal, in view or not
    colour : float32, shape (m,): values represented by the colours; NaN: drawn faintly
    values : by name, float32, shape (m,): `mipPt pt eta phi` for the tooltip
    empty : text of the tooltip for a cell without a signal
    """
    rows = np.full(max(numbers.max(initial=-1), hit_numbers.max(initial=-1)) + 1, -1)
    rows[np.asarray(numbers, dtype=np.int64)] = np.arange(len(numbers))
    cell = rows[np.asarray(hit_numbers, dtype=np.int64)]
    in_view = cell >= 0
    order = np.flatnonzero(in_view)[
        np.argsort(values["mipPt"][in_view], kind="stable")
    ]  # the largest is on top
    columns = {"hit": (cell[order] + 1).astype(np.uint16), "value": colour[order].astype(np.float32)}
    columns |= {name: values[name][order] for name in HIT_COLUMNS}
    return {name: [value] for name, value in columns.items()} | {"empty": [empty]}


def border_columns(lines: np.ndarray) -> dict:
    """Columns of the borders' source, from the lines of `raster.borders_in_view`."""
    x, y = lines[..., 0], lines[..., 1]
    return {"from_x": x[:, 0], "from_y": y[:, 0], "to_x": x[:, 1], "to_y": y[:, 1]}


@dataclass(kw_only=True)
class LayerMap:
    """The models of one map; the view changes their properties and data."""

    figure: figure
    wire: ColumnDataSource  # one row: all data sent to the browser
    request: ColumnDataSource  # one row: the viewport requested by the browser
    borders: ColumnDataSource  # from_x, from_y, to_x, to_y [cm]: of wafers
    selected: ColumnDataSource
    axis: ColumnDataSource
    kinds: LinearColorMapper
    mappers: dict
    bar: ColorBar  # its mapper is that of the cells, also where it is hidden
    legend: Title  # of the colour bar
    themed: list


def layer_map(wire_columns: dict, view: Viewport, theme: str) -> LayerMap:
    """Build the figure of a layer map.

    Parameters
    ----------
    wire_columns : columns from `cells_columns` and `hits_columns`, and `moved`, which is incremented whenever
        the server sets another viewport
    """
    wire = ColumnDataSource(wire_columns)
    request = ColumnDataSource({name: [] for name in ("x0", "x1", "y0", "y1", "width", "height")})
    painted = ColumnDataSource(
        {
            "image": [np.zeros((1, 1), dtype=np.uint32)],
            **{"x": [view.x0], "y": [view.y0], "dw": [view.x1 - view.x0], "dh": [view.y1 - view.y0]},
        }
    )
    plot = figure(
        x_range=Range1d(view.x0, view.x1),
        y_range=Range1d(view.y0, view.y1),
        x_axis_label="x [cm]",
        y_axis_label="y [cm]",
        tools=[],
        sizing_mode="stretch_both",
        min_border=8,
        name="layer map",
        toolbar_location="above",
        toolbar_inner=True,
        stylesheets=[FIGURE_CSS],
        output_backend="canvas",
    )
    wheel = WheelZoomTool(zoom_on_axis=False)
    plot.add_tools(PanTool(), wheel, BoxZoomTool(match_aspect=True), ResetTool(), SaveTool(filename="layer"))
    plot.toolbar.active_scroll = wheel
    plot.toolbar.logo = None
    plot.toolbar.autohide = True
    plot.toolbar.stylesheets = [TOOLBAR_CSS]
    plot.grid.visible = False

    limits = {"palette": PALETTE, "low": 0.5, "high": 100.0, "nan_color": "rgba(0, 0, 0, 0)"}
    mappers = {"log": LogColorMapper(**limits), "linear": LinearColorMapper(**limits)}
    mappers["class"] = LinearColorMapper(palette=CLUSTER_COLOURS, nan_color="rgba(0, 0, 0, 0)")
    kinds = LinearColorMapper(palette=["#000000"] * len(KINDS), low=0.5, high=len(KINDS) + 0.5)
    plot.add_glyph(painted, ImageRGBA(), name="trigger cells")
    borders = ColumnDataSource(border_columns(np.zeros((0, 2, 2), dtype=np.float32)))
    ends = {"x0": "from_x", "y0": "from_y", "x1": "to_x", "y1": "to_y"}
    border = plot.add_glyph(borders, Segment(line_width=1.3, **ends), name="wafer borders")
    bar = ColorBar(color_mapper=mappers["log"], width=12, padding=6, label_standoff=6)
    legend = Title(align="center", text_font_style="normal", text_font_size=font_size(12))
    for item in (bar, legend):
        plot.add_layout(item, "right")

    selected = ColumnDataSource({"xs": [], "ys": []})
    outline = plot.add_glyph(selected, Patches(fill_alpha=0, line_width=2.5), name="selected")
    axis = ColumnDataSource({"x": [], "y": []})
    # Around the marks of the seeds, which are often in the same place, and above them.
    arms = {"marker": CROSS, "defs": open_markers(), "size": 60}
    halo = plot.add_glyph(axis, Scatter(line_width=5, **arms), level="overlay")
    cross = plot.add_glyph(axis, Scatter(line_width=2, **arms), level="overlay", name="generated")

    models = {
        "wire": wire,
        "painted": painted,
        "figure": plot,
        "request": request,
        "bar": bar,
        "kinds": kinds,
    }
    arguments = f"({{{', '.join(models)}}})"
    paint_code = f"byeSplits.paint{arguments};"
    look_code = "byeSplits.look(figure, wire, request);"
    paint = CustomJS(args=models, code=paint_code)
    look = CustomJS(args=models, code=look_code)
    start = CustomJS(args=models, code=paint_code + look_code)
    repaint = CustomJS(args=models, code=f"byeSplits.repaint{arguments};")
    wire.js_on_change("data", paint)
    bar.js_on_change("color_mapper", repaint)
    for mapper in (*mappers.values(), kinds):
        for name in ("palette", "low", "high"):
            mapper.js_on_change(name, repaint)
    for name in ("inner_width", "inner_height"):
        plot.js_on_change(name, start)
    for axis_range in (plot.x_range, plot.y_range):
        axis_range.js_on_change("start", look)
        axis_range.js_on_change("end", look)
    hovered(plot, "byeSplits.hoverMap(wire, cb_obj)", wire=wire)
    themed = [outline, cross, halo, border]
    result = LayerMap(
        figure=plot,
        wire=wire,
        request=request,
        borders=borders,
        selected=selected,
        axis=axis,
        kinds=kinds,
        mappers=mappers,
        bar=bar,
        legend=legend,
        themed=themed,
    )
    set_theme(result, theme)
    return result


def hovered(plot: figure, code: str, **models: Any) -> None:
    """Run code that sets the tooltip when the mouse moves over a figure; hide it when the mouse leaves."""
    plot.js_on_event("mousemove", CustomJS(args=models, code=code))
    plot.js_on_event("mouseleave", CustomJS(code='byeSplits.tooltip("")'))


def show_scale(target: LayerMap, scale: str) -> None:
    """Colour the cells by one of the map's colour scales: `log`, `linear` or `class`."""
    target.bar.color_mapper = target.mappers[scale]


def set_classes(target: LayerMap, palette: Sequence[str]) -> None:
    """Set the colours of the classes 0, 1, ... of trigger cells."""
    target.mappers["class"].update(palette=list(palette), low=-0.5, high=len(palette) - 0.5)


def set_theme(target: LayerMap, theme: str) -> None:
    """Colour a map's frame and detector in a theme of `colours.THEMES`."""
    colour = THEMES[theme]
    target.kinds.palette = [colour[name] for name in KINDS]
    style_figure(target.figure, theme)
    style_bar(target.bar, theme)
    target.legend.text_color = colour["text"]
    for scale in ("log", "linear"):
        target.mappers[scale].palette = list(CELL_PALETTES[theme])
    target.themed[0].glyph.line_color = colour["mark"]
    target.themed[1].glyph.line_color = colour["generated"]
    target.themed[2].glyph.line_color = colour["pane"]  # visible also on bright cells
    target.themed[3].glyph.line_color = colour["wafer"]


def style_bar(bar: ColorBar, theme: str) -> None:
    """Set the colours and font of a colour bar."""
    colour = THEMES[theme]
    bar.update(
        background_fill_color=None,
        bar_line_color=None,
        major_label_text_color=colour["faint"],
        major_label_text_font_size=font_size(11),
        major_tick_line_color=colour["faint"],
    )


def style_figure(plot: figure, theme: str) -> None:
    """Set the colours, fonts and lines of a bokeh figure's frame and axes."""
    colour = THEMES[theme]
    plot.update(
        background_fill_color=colour["pane"],
        border_fill_color=colour["pane"],
        outline_line_color=colour["line"],
    )
    for axis in plot.axis:
        axis.update(
            axis_line_color=colour["line"],
            major_tick_line_color=colour["line"],
            minor_tick_line_color=None,
            axis_label_text_color=colour["text"],
            axis_label_text_font_style="normal",
            axis_label_text_font_size=font_size(12),
            major_label_text_color=colour["faint"],
            major_label_text_font_size=font_size(11),
        )
    for grid in plot.grid:
        grid.grid_line_color = colour["line"]
