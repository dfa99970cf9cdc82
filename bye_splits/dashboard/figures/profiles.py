"""The profile of the event: mipT, energy or pT per layer."""

from dataclasses import dataclass

from bokeh.models import (
    ColumnDataSource,
    GlyphRenderer,
    Range1d,
    SaveTool,
    Span,
    TapTool,
)
from bokeh.plotting import figure

from .colours import THEMES
from .layer_map import FIGURE_CSS, TOOLBAR_CSS, hovered, style_figure

NO_PARTS: dict[str, list] = {name: [] for name in ("layer", "bottom", "top", "colour", "alpha", "width")}


@dataclass
class Profile:
    """Sum of mipPt, energy or pt per layer as bars; the current layer is marked."""

    figure: figure
    bars: ColumnDataSource  # layer, sum, alpha, width
    parts: ColumnDataSource  # layer, bottom, top, colour, alpha, width: shares of classes of trigger cells
    current: Span
    renderer: GlyphRenderer


def profile(theme: str) -> Profile:
    """Build the figure; its quantity is set by `set_quantity`."""
    bars = ColumnDataSource({"layer": [], "sum": [], "alpha": [], "width": []})
    plot = figure(
        x_range=Range1d(0, 1),
        y_range=Range1d(0, 1),
        x_axis_label="layer",
        y_axis_label="mipT",
        tools=[TapTool(visible=False), SaveTool(filename="mipT per layer")],
        sizing_mode="stretch_both",
        min_border=6,
        toolbar_location="above",
        toolbar_inner=True,
        name="profile",
        stylesheets=[FIGURE_CSS],
    )
    plot.toolbar.logo = None
    plot.toolbar.autohide = True
    plot.toolbar.stylesheets = [TOOLBAR_CSS.replace("26px", "20px")]
    plot.xgrid.visible = False
    renderer = plot.vbar(
        "layer",
        width="width",
        top="sum",
        fill_alpha="alpha",
        line_alpha=0,
        source=bars,
        nonselection_fill_alpha="alpha",
    )
    parts = ColumnDataSource(NO_PARTS)
    stacked = {"fill_color": "colour", "fill_alpha": "alpha", "line_alpha": 0, "name": "parts"}
    plot.vbar("layer", width="width", bottom="bottom", top="top", source=parts, **stacked)
    hovered(plot, "byeSplits.hoverProfile(bars, cb_obj)", bars=bars)
    current = Span(dimension="height", line_width=1.5, line_dash="dotted")
    plot.add_layout(current)
    models = Profile(plot, bars, parts, current, renderer)
    set_profile_theme(models, theme)
    return models


def set_quantity(models: Profile, name: str, unit: str) -> None:
    """Name the quantity of the bars on the axis, in tooltips and in the name of the saved picture."""
    models.figure.yaxis.axis_label = f"{name} [{unit}]" if unit else name
    models.bars.tags = [name, unit]
    models.figure.select_one(SaveTool).filename = f"{name} per layer"


def set_profile_theme(models: Profile, theme: str, in_parts: bool = False) -> None:
    """Colour a profile in a theme of `colours.THEMES`; with parts, the bars behind them are grey."""
    style_figure(models.figure, theme)
    models.renderer.glyph.fill_color = THEMES[theme]["loose" if in_parts else "bar"]
    models.current.line_color = THEMES[theme]["accent"]
