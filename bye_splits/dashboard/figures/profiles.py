"""The event at a glance: mipT per layer, and the R/z-phi map on the grid of stage 2."""

from dataclasses import dataclass

import numpy as np
from bokeh.models import (
    ColorBar,
    ColumnDataSource,
    CustomJSTickFormatter,
    LinearColorMapper,
    LogColorMapper,
    Range1d,
    Span,
    TapTool,
)
from bokeh.palettes import Magma256
from bokeh.plotting import figure

from ...chain.histogram import N_PHI, N_RZ, RZ_LIMITS
from .colours import THEMES
from .layer_map import FIGURE_CSS, TOOLBAR_CSS, hovered, images, shown_of, style_bar, style_figure

PHI_TICK = 'return tick.toFixed(1).replace("-", "\u2212")'


NO_PARTS = {name: [] for name in ("layer", "bottom", "top", "colour", "alpha", "width")}


@dataclass
class Profile:
    """Sum of mipPt per layer as bars; the current layer is marked."""

    figure: figure
    bars: ColumnDataSource  # layer, mip, alpha, width
    parts: ColumnDataSource  # layer, bottom, top, colour, alpha, width: in classes of trigger cells
    current: Span
    renderer: object


def profile(theme: str) -> Profile:
    """Build the figure of mipT per layer."""
    bars = ColumnDataSource({"layer": [], "mip": [], "alpha": [], "width": []})
    plot = figure(
        x_range=Range1d(0, 51),
        y_range=Range1d(0, 1),
        x_axis_label="layer",
        y_axis_label="mipT",
        tools=[TapTool()],
        sizing_mode="stretch_both",
        min_border=6,
        toolbar_location=None,
        name="profile",
        stylesheets=[FIGURE_CSS],
    )
    plot.xgrid.visible = False
    renderer = plot.vbar(
        "layer",
        width="width",
        top="mip",
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
    made = Profile(plot, bars, parts, current, renderer)
    set_profile_theme(made, theme)
    return made


def set_profile_theme(made: Profile, theme: str, by_class: bool = False) -> None:
    """Colour a profile in a theme of `colours.THEMES`; what is in no class is grey."""
    style_figure(made.figure, theme)
    made.renderer.glyph.fill_color = THEMES[theme]["loose" if by_class else "bar"]
    made.current.line_color = THEMES[theme]["accent"]


@dataclass
class RzPhiMap:
    """The R/z-phi map; rows are R/z bins, columns phi bins."""

    figure: figure
    bins: ColumnDataSource  # image, one row
    layer: ColumnDataSource  # R/z, phi of the current layer's cells
    mark: ColumnDataSource  # R/z, phi of the selected cell
    axis: ColumnDataSource  # R/z, phi of the generated particle
    mappers: dict
    renderers: dict  # by colour scale
    themed: list
    bars: list  # of colours, one for each scale

    @property
    def renderer(self):
        """The image that is shown."""
        return shown_of(self.renderers)


def rz_phi_map(theme: str) -> RzPhiMap:
    """Build the figure of the R/z-phi map."""
    bins = ColumnDataSource({"image": [np.full((N_RZ, N_PHI), np.nan, dtype=np.float32)]})
    plot = figure(
        x_range=Range1d(-np.pi, np.pi),
        y_range=Range1d(*RZ_LIMITS),
        x_axis_label="\u03c6 [rad]",
        y_axis_label="R/z",
        tools="pan,box_zoom,wheel_zoom,reset,save",
        active_scroll="wheel_zoom",
        sizing_mode="stretch_both",
        min_border=6,
        name="R/z-phi map",
        toolbar_location="above",
        toolbar_inner=True,
        stylesheets=[FIGURE_CSS],
    )
    plot.toolbar.logo = None
    plot.toolbar.autohide = True
    plot.toolbar.stylesheets = [TOOLBAR_CSS]
    plot.grid.visible = False
    limits = {"palette": Magma256[24:], "low": 0.5, "high": 100.0, "nan_color": "rgba(0, 0, 0, 0)"}
    mappers = {"log": LogColorMapper(**limits), "linear": LinearColorMapper(**limits)}
    renderers = images(
        plot,
        mappers,
        image="image",
        x=-np.pi,
        y=RZ_LIMITS[0],
        dw=2 * np.pi,
        dh=RZ_LIMITS[1] - RZ_LIMITS[0],
        source=bins,
    )
    bars = [_bar(plot, mappers[scale], renderer) for scale, renderer in renderers.items()]
    hovered(
        plot,
        "byeSplits.hoverBins(bins, rz, phi, cb_obj)",
        bins=bins,
        rz=list(RZ_LIMITS),
        phi=[-np.pi, np.pi],
    )
    for axis, code in ((plot.xaxis, PHI_TICK), (plot.yaxis, "return tick.toFixed(2)")):
        axis.formatter = CustomJSTickFormatter(code=code)
    mark = ColumnDataSource({"x": [], "y": []})
    axis = ColumnDataSource({"x": [], "y": []})
    layer = ColumnDataSource({"x": [], "y": []})
    dots = plot.scatter("x", "y", source=layer, size=2, line_alpha=0, fill_alpha=0.8, name="layer")
    ring = plot.scatter("x", "y", source=mark, marker="square", size=13, fill_alpha=0, line_width=2)
    halo = plot.scatter("x", "y", source=axis, marker="cross", size=15, line_width=5)
    cross = plot.scatter("x", "y", source=axis, marker="cross", size=13, line_width=2)
    made = RzPhiMap(plot, bins, layer, mark, axis, mappers, renderers, [ring, cross, dots, halo], bars)
    set_rz_phi_theme(made, theme)
    return made


def _bar(plot, mapper, image) -> ColorBar:
    """A bar of colours that is seen while its image is."""
    bar = ColorBar(color_mapper=mapper, width=8, padding=4, label_standoff=4, visible=image.visible)
    image.on_change("visible", lambda attribute, old, new: bar.update(visible=new))
    plot.add_layout(bar, "right")
    return bar


def set_rz_phi_theme(made: RzPhiMap, theme: str) -> None:
    """Colour an R/z-phi map in a theme of `colours.THEMES`."""
    style_figure(made.figure, theme)
    for bar in made.bars:
        style_bar(bar, theme)
    made.themed[0].glyph.line_color = THEMES[theme]["mark"]
    made.themed[1].glyph.line_color = THEMES[theme]["generated"]
    made.themed[2].glyph.fill_color = THEMES[theme]["accent"]
    made.themed[3].glyph.line_color = THEMES[theme]["pane"]
