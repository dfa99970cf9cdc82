"""Occupancy: a value for each trigger cell of a layer, for each (R/z, phi) bin, and for each layer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from bokeh.models import (
    BasicTicker,
    ColumnDataSource,
    CustomJSTickFormatter,
    FixedTicker,
    GlyphRenderer,
    Image,
    LinearColorMapper,
    LogColorMapper,
    Quad,
    Range1d,
    SaveTool,
    Span,
    TapTool,
    Title,
)
from bokeh.plotting import figure

from ...chain.histogram import Binning
from .colours import COUNT_PALETTES, THEMES
from .fonts import font_size
from .layer_map import FIGURE_CSS, TOOLBAR_CSS, hovered, style_bar, style_figure
from .stage_axes import TICK
from .stages import Coloured, add_coloured, stage_figure, style_stage

FALL = 1e-4  # lower limit of the logarithmic colours relative to the highest value
ALIKE = 3.0  # limits of the logarithmic colours of equal values relative to them
CLEAR = "rgba(0, 0, 0, 0)"
PHI_TICKS = [k * np.pi / 2 for k in range(-2, 3)]
PHI_LABELS = {-2: "\u2212\u03c0", -1: "\u2212\u03c0/2", 0: "0", 1: "\u03c0/2", 2: "\u03c0"}
_PHI_TICK = "return words[String(Math.round(tick / (Math.PI / 2)))] ?? tick.toFixed(2)"


def colour_limits(values: np.ndarray, scale: str, is_limit: bool = False) -> tuple[float, float]:
    """Lowest and highest value of a colour scale.

    Parameters
    ----------
    values : float array; NaN is left out
    scale : "log" or "linear"
    is_limit : whether the values are limits, as of eta, whose colours begin at the lowest one

    Examples
    --------
    >>> colour_limits(np.array([2.0, np.nan, 8.0]), "linear"), colour_limits(np.array([2.0, 8.0]), "log")
    ((0.0, 8.0), (2.0, 8.0))
    """
    values = values[np.isfinite(values)]
    if scale == "log" or is_limit:
        values = values[values > 0]
    if not len(values):
        return (0.5, 1.0) if scale == "log" else (0.0, 1.0)
    low, high = float(values.min()), float(values.max())
    if scale == "log":
        if low == high:  # in small samples all cells are hit once: a scale around that, not of its rounding
            return low / ALIKE, high * ALIKE
        low = max(low, FALL * high)
    elif not is_limit:
        low = min(0.0, low)
    return low, max(high, low * 1.01, low + 1e-12)


def cells_columns(
    numbers: np.ndarray,
    hit_numbers: np.ndarray,
    values: np.ndarray,
    facts: Sequence[tuple[str, str, np.ndarray]],
) -> dict:
    """Columns of a map's wire with a value of every cell that has one.

    Parameters
    ----------
    numbers, hit_numbers : int64: cells in view; cells with a value
    values : float64, of `hit_numbers`
    facts : label, unit and values (of `hit_numbers`) of each line of the tooltip
    """
    _, rows, mine = np.intersect1d(numbers, hit_numbers, assume_unique=True, return_indices=True)
    columns = {
        "hit": [(rows + 1).astype(np.uint16)],
        "value": [values[mine].astype(np.float32)],
        "labels": [[label for label, _, _ in facts]],
        "units": [[unit for _, unit, _ in facts]],
        "number": [numbers.astype(np.int32)],
        "empty": ["nothing in any event so far"],
    }
    return columns | {f"fact{k}": [each[mine].astype(np.float32)] for k, (_, _, each) in enumerate(facts)}


@dataclass(kw_only=True)
class BinMap:
    """The map of the (R/z, phi) bins; rows are R/z bins, columns phi bins."""

    figure: figure
    values: ColumnDataSource  # one row: image, x, y, dw, dh
    facts: ColumnDataSource  # one row: edges `rz eta phi`, `label`, `unit`
    coloured: Coloured
    legend: Title  # of the colour bar
    chosen: ColumnDataSource  # left, right, bottom, top
    frames: list


def bin_map(binning: Binning, theme: str) -> BinMap:
    """Build the map of the bins, empty."""
    rz, phi = binning.rz_edges, binning.phi_edges
    ranges = {
        "x_range": Range1d(float(phi[0]), float(phi[-1])),
        "y_range": Range1d(float(rz[0]), float(rz[-1])),
    }
    plot = stage_figure("bins", "\u03c6 [rad]", "R/z", right=8, **ranges)
    plot.xaxis.ticker = FixedTicker(ticks=PHI_TICKS)
    plot.xaxis.formatter = CustomJSTickFormatter(
        code=_PHI_TICK, args={"words": {str(k): word for k, word in PHI_LABELS.items()}}
    )
    plot.yaxis.ticker = BasicTicker(desired_num_ticks=6, mantissas=[1, 2, 5])
    plot.yaxis.formatter = CustomJSTickFormatter(code=TICK)
    image = np.full((binning.n_rz, binning.n_phi), np.nan, dtype=np.float32)
    area = {"x": phi[0], "y": rz[0], "dw": phi[-1] - phi[0], "dh": rz[-1] - rz[0]}
    values = ColumnDataSource({"image": [image]} | {name: [float(one)] for name, one in area.items()})
    facts = ColumnDataSource(
        {"rz": [rz], "eta": [np.arcsinh(1 / rz)], "phi": [phi], "label": [""], "unit": [""]}
    )
    limits = {"palette": COUNT_PALETTES[theme], "low": 0.5, "high": 1.0, "nan_color": CLEAR}
    mappers = {"log": LogColorMapper(**limits), "linear": LinearColorMapper(**limits)}
    columns = {name: name for name in ("image", *area)}
    glyphs = {scale: Image(color_mapper=mapper, **columns) for scale, mapper in mappers.items()}
    coloured = add_coloured(plot, values, mappers, glyphs)
    for bar in coloured.bars:
        bar.update(width=12, padding=6, label_standoff=6)
    legend = Title(align="center", text_font_style="normal", text_font_size=font_size(12))
    plot.add_layout(legend, "right")
    hovered(plot, "byeSplits.hoverOccupancy(values, facts, cb_obj)", values=values, facts=facts)
    chosen = ColumnDataSource({name: [] for name in ("left", "right", "bottom", "top")})
    frames = [plot.add_glyph(chosen, Quad(fill_alpha=0, line_width=width)) for width in (4, 2)]
    made = BinMap(
        figure=plot,
        values=values,
        facts=facts,
        coloured=coloured,
        legend=legend,
        chosen=chosen,
        frames=frames,
    )
    set_bins_theme(made, theme)
    return made


def set_bins_theme(target: BinMap, theme: str) -> None:
    """Colour the map of the bins in a theme of `colours.THEMES`."""
    for mapper in target.coloured.mappers.values():
        mapper.palette = list(COUNT_PALETTES[theme])
    style_stage(target.figure, theme)
    target.figure.axis.axis_label_text_font_size = font_size(12)
    target.figure.axis.major_label_text_font_size = font_size(11)
    for bar in target.coloured.bars:
        style_bar(bar, theme)
    target.legend.text_color = THEMES[theme]["text"]
    for frame, token in zip(target.frames, ("pane", "mark"), strict=True):
        frame.glyph.line_color = THEMES[theme][token]


@dataclass(kw_only=True)
class LayerBars:
    """A quantity of each layer as bars."""

    figure: figure
    bars: ColumnDataSource  # layer, top, alpha, width; its name is the unit
    current: Span  # at the layer of the x-y map
    renderer: GlyphRenderer


def layer_bars(theme: str) -> LayerBars:
    """Build the bars of the layers, empty."""
    bars = ColumnDataSource({"layer": [], "top": [], "alpha": [], "width": []})
    plot = figure(
        x_range=Range1d(0, 1),
        y_range=Range1d(0, 1),
        x_axis_label="layer",
        tools=[TapTool(visible=False), SaveTool(filename="occupancy per layer")],
        sizing_mode="stretch_both",
        min_border=6,
        toolbar_location="above",
        toolbar_inner=True,
        name="layers",
        stylesheets=[FIGURE_CSS],
    )
    plot.toolbar.logo = None
    plot.toolbar.autohide = True
    plot.toolbar.stylesheets = [TOOLBAR_CSS.replace("26px", "20px")]
    plot.xgrid.visible = False
    plot.yaxis.ticker = BasicTicker(desired_num_ticks=4)
    renderer = plot.vbar(
        "layer",
        width="width",
        top="top",
        bottom=0,
        fill_alpha="alpha",
        line_alpha=0,
        source=bars,
        nonselection_fill_alpha="alpha",
    )
    hovered(plot, "byeSplits.hoverLayer(bars, cb_obj)", bars=bars)
    current = Span(dimension="height", line_width=1.5, line_dash="dotted")
    plot.add_layout(current)
    made = LayerBars(figure=plot, bars=bars, current=current, renderer=renderer)
    set_bars_theme(made, theme)
    return made


def set_bars_theme(target: LayerBars, theme: str) -> None:
    """Colour the bars of the layers in a theme of `colours.THEMES`."""
    style_figure(target.figure, theme)
    target.renderer.glyph.fill_color = THEMES[theme]["bar"]
    target.current.line_color = THEMES[theme]["accent"]


def bar_columns(layers: np.ndarray, values: np.ndarray, chosen: tuple[int, int]) -> dict:
    """Columns of the bars.

    Parameters
    ----------
    layers : int64, those that have trigger cells
    values : float64, index = layer; NaN without a bar
    chosen : first and last layer of the map of bins; others are faint
    """
    beside = np.isin(layers - 1, layers) | np.isin(layers + 1, layers)
    return {
        "layer": layers,
        "top": np.nan_to_num(values[layers]),
        "alpha": np.where((layers >= chosen[0]) & (layers <= chosen[1]), 0.95, 0.3),
        "width": np.where(beside, 0.86, 1.72),  # in CE-E every other layer has trigger cells
    }
