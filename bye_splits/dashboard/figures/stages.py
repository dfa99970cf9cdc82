"""The default chain's stages on the (R/z, phi) grid: histogram, smoothed histogram, seed decision."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from bokeh.layouts import row
from bokeh.models import (
    ColorBar,
    ColumnDataSource,
    GlyphRenderer,
    Image,
    LinearColorMapper,
    LogColorMapper,
    PanTool,
    Quad,
    Range1d,
    ResetTool,
    SaveTool,
    Scatter,
    WheelZoomTool,
)
from bokeh.plotting import figure

from .colours import BIN_PALETTES, THEMES
from .fonts import font_size
from .layer_map import FIGURE_CSS, TOOLBAR_CSS, hovered, style_bar, style_figure
from .seed_decision import BEATEN, BELOW
from .stage_axes import RZ_PHI, StageAxes

STAGES = ("histogram", "smoothed", "decision")
DIRECTION = ("x_over_z", "y_over_z")
REACH = 3  # maximum number of bins on each side of one that its tooltip shows
# Below threshold, above it but lower than a neighbour, seed: distinguishable by lightness alone.
DECISION_COLOURS = {
    "dark": ("#313b49", "#4a86b8", "#ffd24d"),
    "light": ("#d3dae3", "#6ba5d0", "#a63a00"),
}
# Beside a seed of the first of two passes, and seeds of the second.
VETOED_COLOURS = {"dark": ("#7d5b8f", "#ff9a62"), "light": ("#b79ac6", "#b8660a")}
FACTS = ("verdicts", "titles", "looks_at", "reach", "rows", "low", "high", "axes", "wraps")  # of the tooltips
HALF_VIEW = (0.28, 0.07)  # phi [rad] and R/z on each side of the shower in the initial view
FALL = 1e-3  # lower limit of the logarithmic colours relative to the highest value
BAR = {"width": 7, "padding": 2, "margin": 0, "label_standoff": 3}
LEFT, NEXT, RIGHT, END = 46, 6, 34, 14  # pixels beside a frame: axis, no axis, colour bar, half a number


def filled(values: np.ndarray) -> np.ndarray:
    """An image of the values above 0: float32, NaN elsewhere."""
    return np.where(values > 0, values, np.nan).astype(np.float32)


def colour_limits(values: np.ndarray) -> tuple[float, float]:
    """Lowest (> 0) and highest value of a logarithmic colour scale."""
    values = values[values > 0]
    if not len(values):
        return 0.5, 1.0
    high = float(values.max())
    low = max(float(values.min()), FALL * high)
    return low, max(high, low * 1.01)


def replace(source: ColumnDataSource, columns: dict) -> bool:
    """Set the columns of a source; unchanged ones are not sent again.

    Returns
    -------
    bool : whether anything was sent
    """
    before = source.data
    if before.keys() != columns.keys():
        source.data = columns
        return True
    changed = {name: values for name, values in columns.items() if not same(before[name], values)}
    if any(len(before[name]) != len(columns[name]) for name in changed):
        source.data = columns
    elif changed:
        before.update(changed)
    return bool(changed)


def same(a: Any, b: Any) -> bool:
    """Whether two columns of numbers or words are equal; NaN is equal to NaN."""
    if a is b or len(a) != len(b):
        return a is b
    a, b = np.asarray(a), np.asarray(b)
    return np.array_equal(a, b, equal_nan=a.dtype.kind == b.dtype.kind == "f")


@dataclass
class Coloured:
    """Images or patches coloured by mipT, one for each colour scale, with their colour bars."""

    mappers: dict
    renderers: dict
    bars: list

    def set_limits(self, low: float, high: float) -> None:
        """Set the lowest (> 0) and highest value [mipT]; the linear scale begins at 0."""
        self.mappers["log"].update(low=low, high=high)
        self.mappers["linear"].update(low=0.0, high=high)

    def show(self, scale: str) -> None:
        """Show the renderer and bar of a colour scale."""
        for (name, renderer), bar in zip(self.renderers.items(), self.bars, strict=True):
            renderer.visible = bar.visible = name == scale


def set_mip_theme(coloured: Iterable[Coloured], theme: str) -> None:
    """Set the palettes of a theme."""
    for each in coloured:
        for mapper in each.mappers.values():
            mapper.palette = list(BIN_PALETTES[theme])


def mip_mappers() -> dict:
    """Colour mappers of mipT by colour scale."""
    limits = {"palette": BIN_PALETTES["dark"], "low": 0.5, "high": 100.0, "nan_color": "rgba(0, 0, 0, 0)"}
    return {"log": LogColorMapper(**limits), "linear": LinearColorMapper(**limits)}


def add_coloured(plot: figure, source: ColumnDataSource, mappers: dict, glyphs: dict) -> Coloured:
    """Add a renderer and a colour bar for each mapper; the logarithmic ones are visible.

    Parameters
    ----------
    glyphs : one for each mapper; added directly, without the four copies that `figure.patches` makes
    """
    drawn = {scale: plot.add_glyph(source, glyph, visible=scale == "log") for scale, glyph in glyphs.items()}
    bars = []
    for scale, renderer in drawn.items():
        bar = ColorBar(color_mapper=mappers[scale], visible=renderer.visible, **BAR)
        plot.add_layout(bar, "right")
        bars.append(bar)
    return Coloured(mappers, drawn, bars)


def stage_figure(name: str, x_label: str, y_label: str | None, right: int = RIGHT, **options: Any) -> figure:
    """An empty map of one stage, with minimal borders.

    Parameters
    ----------
    y_label : None: the axis is shared with the map to the left, and has no labels
    right : pixels for a colour bar
    """
    left = LEFT if y_label else NEXT
    plot = figure(
        x_axis_label=x_label,
        y_axis_label=y_label or "",
        tools=[],
        sizing_mode="stretch_both",
        min_border_left=left,
        min_border_right=right,
        min_border_top=3,
        min_border_bottom=30,
        name=name,
        toolbar_location="above",
        toolbar_inner=True,
        stylesheets=[FIGURE_CSS],
        styles={"flex": f"1 1 {left + right}px", "min-width": "0"},
        **options,
    )
    wheel = WheelZoomTool(zoom_on_axis=False, visible=False)
    plot.add_tools(PanTool(visible=False), wheel, ResetTool(), SaveTool(filename=name))
    plot.toolbar.active_scroll = wheel
    plot.toolbar.logo = None
    plot.toolbar.autohide = True
    plot.toolbar.stylesheets = [TOOLBAR_CSS.replace("26px", "20px")]
    plot.grid.visible = False
    plot.yaxis.major_label_text_font_size = font_size(11) if y_label else "0px"
    return plot


def style_stage(plot: figure, theme: str) -> None:
    """Colour a map of one stage in a theme of `colours.THEMES`."""
    style_figure(plot, theme)
    for axis in plot.axis:
        axis.update(
            axis_label_text_font_size=font_size(11),
            axis_label_standoff=1,
            major_label_text_font_size=font_size(10),
            major_label_standoff=2,
            major_tick_in=0,
            major_tick_out=3,
        )
    if not plot.yaxis.axis_label:
        plot.yaxis.update(major_label_text_font_size="0px", major_tick_line_color=None)


@dataclass(kw_only=True)
class StageMaps:
    """The three maps and their marks; rows are R/z bins, columns phi bins.

    Attributes
    ----------
    root : the maps side by side, with shared ranges
    figures, images : by stage; an image is a source of one row, `image x y dw dh`
    facts : one row for the tooltips: `verdicts`, `titles looks_at`, `reach` [bins] and those of `Grid.edges`
    coloured : of the histogram and the smoothed histogram
    decision : colour mapper of the decisions
    seeds : `x y colour`; windows : `left right bottom top colour dash`; chosen : `left right bottom top`
    particle, layer, cell : `x y`: generated particle, the layer's trigger cells, the selected one
    """

    root: object
    figures: dict
    images: dict
    facts: ColumnDataSource
    coloured: dict
    decision: LinearColorMapper
    seeds: ColumnDataSource
    windows: ColumnDataSource
    chosen: ColumnDataSource
    particle: ColumnDataSource
    layer: ColumnDataSource
    cell: ColumnDataSource
    themed: list  # renderer, property of its glyph, token of the theme


def stage_maps(theme: str, axes: StageAxes = RZ_PHI) -> StageMaps:
    """Build the maps, empty."""
    ranges = {"x_range": Range1d(*axes.x_limits), "y_range": Range1d(*axes.y_limits)}
    figures = {
        name: stage_figure(name, axes.x_label, y_label, right, **ranges)
        for name, y_label, right in zip(STAGES, (axes.y_label, None, None), (RIGHT, RIGHT, END), strict=True)
    }
    for plot in figures.values():
        axes.put_ticks(plot)
    sources = {name: ColumnDataSource({"image": [], "x": [], "y": [], "dw": [], "dh": []}) for name in STAGES}
    facts = ColumnDataSource({name: [] for name in FACTS})
    area = {name: name for name in ("image", "x", "y", "dw", "dh")}
    coloured = {}
    for name in STAGES[:2]:
        mappers = mip_mappers()
        glyphs = {scale: Image(color_mapper=mapper, **area) for scale, mapper in mappers.items()}
        coloured[name] = add_coloured(figures[name], sources[name], mappers, glyphs)
    decision = LinearColorMapper(
        palette=["#000000"] * 3, low=BELOW, high=BEATEN, low_color="rgba(0, 0, 0, 0)"
    )
    figures["decision"].add_glyph(sources["decision"], Image(color_mapper=decision, **area))
    for name, plot in figures.items():
        code = f"byeSplits.hoverStage({'decision' if name == 'decision' else 'null'}, values, facts, cb_obj)"
        values = sources["smoothed" if name == "decision" else name]
        hovered(plot, code, values=values, decision=sources["decision"], facts=facts)
    box, point = ("left", "right", "bottom", "top"), ("x", "y")
    columns = {"seeds": (*point, "colour"), "windows": (*box, "colour", "dash"), "chosen": box}
    columns |= dict.fromkeys(("particle", "layer", "cell"), point)
    marks = {name: ColumnDataSource({column: [] for column in names}) for name, names in columns.items()}
    themed = [item for plot in figures.values() for item in _mark(plot, marks)]
    root = row(list(figures.values()), sizing_mode="stretch_both", spacing=0)
    maps = StageMaps(
        root=root,
        figures=figures,
        images=sources,
        facts=facts,
        coloured=coloured,
        decision=decision,
        **marks,
        themed=themed,
    )
    set_stages_theme(maps, theme)
    return maps


def _mark(plot: figure, marks: dict) -> list:
    """Add the marks to a map, and return the themed properties."""
    themed = []
    if plot.name == "histogram":
        dots = plot.add_glyph(marks["layer"], Scatter(size=3, line_alpha=0, fill_alpha=0.9))
        themed.append((dots, "fill_color", "accent"))
    themed += add_frames(plot, marks["windows"], 1.5, "colour", "dash")
    themed += add_crosses(plot, "cross", marks["particle"], 15)
    themed += add_crosses(plot, "x", marks["seeds"], 9, "colour")
    ring = plot.add_glyph(marks["cell"], Scatter(marker="square", size=9, fill_alpha=0, line_width=1.5))
    themed.append((ring, "line_color", "mark"))
    return themed + add_frames(plot, marks["chosen"], 2)


def add_crosses(
    plot: figure, marker: str, source: ColumnDataSource, size: int, colour: str | None = None
) -> list:
    """Add crosses that are visible on any bin, and return their themed properties.

    Parameters
    ----------
    colour : column of `source`; None: the theme's
    """
    halo = plot.add_glyph(source, Scatter(marker=marker, size=size + 1, line_width=4.5))
    cross = plot.add_glyph(
        source, Scatter(marker=marker, size=size, line_width=2), name="seeds" if colour else None
    )
    return _with_halo(halo, cross, colour)


def add_frames(
    plot: figure, source: ColumnDataSource, width: float, colour: str | None = None, dash: str = "solid"
) -> list:
    """Add outlines that are visible on any bin, and return their themed properties.

    Parameters
    ----------
    colour : column of `source`; None: the theme's
    dash : line style, or the column that contains it
    """
    halo = plot.add_glyph(source, Quad(fill_alpha=0, line_width=width + 1.5, line_alpha=0.6))
    frame = plot.add_glyph(
        source,
        Quad(fill_alpha=0, line_width=width, line_dash=dash),
        name=None if colour else "chosen",
    )
    return _with_halo(halo, frame, colour)


def _with_halo(halo: GlyphRenderer, mark: GlyphRenderer, colour: str | None) -> list:
    themed = [(halo, "line_color", "pane")]
    if colour is None:
        return [*themed, (mark, "line_color", "generated")]
    mark.glyph.line_color = colour
    return themed


def set_stages_theme(maps: StageMaps, theme: str) -> None:
    """Colour the maps in a theme of `colours.THEMES`."""
    for plot in maps.figures.values():
        style_stage(plot, theme)
    for coloured in maps.coloured.values():
        for bar in coloured.bars:
            style_bar(bar, theme)
            bar.major_label_text_font_size = font_size(10)
    set_mip_theme(maps.coloured.values(), theme)
    set_decision_colours(maps, theme)
    for renderer, name, token in maps.themed:
        setattr(renderer.glyph, name, THEMES[theme][token])


def set_decision_colours(maps: StageMaps, theme: str) -> None:
    """Colour the decisions up to BEATEN, or up to the second of two passes, as `maps.decision.high` says."""
    below, beaten, seed = DECISION_COLOURS[theme]
    passes = VETOED_COLOURS[theme] if maps.decision.high > BEATEN else ()
    maps.decision.palette = [below, seed, beaten, *passes]  # higher values get the last colour
