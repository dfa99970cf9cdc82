"""Coarse seeding's stages: module sums, modules over threshold, and their lattice points."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from bokeh.layouts import row
from bokeh.models import (
    BasicTicker,
    ColorBar,
    ColorMapper,
    ColumnDataSource,
    CustomJSTicker,
    CustomJSTickFormatter,
    FixedTicker,
    HexTile,
    LinearColorMapper,
    MultiLine,
    Patches,
    Range1d,
    Scatter,
    Segment,
    Text,
)
from bokeh.palettes import interp_palette
from bokeh.plotting import figure

from ...geometry import Geometry, wafers
from .colours import THEMES
from .fonts import font_size
from .layer_map import hovered, style_bar
from .stage_axes import BOX, DECIMAL, FITTING, TICK, keep_one_scale
from .stages import (
    BAR,
    Coloured,
    add_coloured,
    add_crosses,
    mip_mappers,
    set_mip_theme,
    stage_figure,
    style_stage,
)

# Sum / threshold from 0 to 2: blue, grey at 1, orange, which colour-blind users can distinguish.
RATIO_COLOURS = interp_palette(("#1d4f9c", "#6d7f9c", "#99958f", "#d98e3b", "#ffa51f"), 64)
COLUMN = np.sqrt(3) / 2  # spacing of the lattice's columns of constant V in units of its pitch
ASIDE = 14.0  # cm from the shower's direction to the labels of eta
GRID_STEP = 4  # between lines of constant U; a module is 8 wide
MODULE_FACTS = ("waferu", "waferv", "mipPt", "threshold", "eta", "ratio", "chosen")
LATTICE_COLUMNS = ("U", "V", "mipPt", "waferu", "waferv")
POINT_FACTS = (*LATTICE_COLUMNS, "verdict", "winner")
POINT_REACH = 0.6  # in units of the lattice's pitch: distance within which the mouse hits a point
SEED, BELOW, OUTSIDE, BEATEN = range(4)  # outcome for a lattice point, see `verdicts`

# Whole multiples of `unit`.
_WHOLE_UNITS = """
const ends = [cb_data.range.start, cb_data.range.end], label = (tick) => (tick / unit).toFixed(0);
function at(step) {
  const ticks = [], first = Math.ceil(Math.min(...ends) / step);
  for (let k = first; k * step <= Math.max(...ends); k++) ticks.push(k * step);
  return ticks;
}
"""
X_TICKS = f"{DECIMAL} const unit = 1; {_WHOLE_UNITS}{FITTING}"
V_TICKS = f"const base = 2, sizes = [{COLUMN}], unit = {COLUMN}; {_WHOLE_UNITS}{FITTING}"
# Whole numbers along an axis on which one step is `unit` long and 0 is at `zero`.
_WHOLE = """
const {start, end} = cb_data.range;
const low = (Math.min(start, end) - zero) / unit, high = (Math.max(start, end) - zero) / unit;
const step = [1, 2, 4, 8, 16, 32, 64].find((size) => (high - low) / size <= most) ?? 128, ticks = [];
for (let k = Math.ceil(low / step) * step; k <= high; k += step) ticks.push(zero + k * unit);
return ticks;
"""
V_TICK = f'return String(Math.round(tick / {COLUMN})).replace("-", "\\u2212")'
# Lines of constant U descend with V: their ticks are at their intersections with the left side.
_LEFT = f"const zero = -across.start / {COLUMN} / 2;"
U_TICKS = f"const unit = 1, most = 6; {_LEFT}{_WHOLE}"
U_TICK = f'{_LEFT} return String(Math.round(tick - zero)).replace("-", "\\u2212")'


def lattice_place(u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions x, y of lattice points in units of the lattice's pitch, +z endcap: neighbours are 1 apart."""
    u, v = np.asarray(u, dtype=float), np.asarray(v, dtype=float)
    return COLUMN * v, u - v / 2


def decisions(points: pd.DataFrame, threshold: float, winner: np.ndarray) -> np.ndarray:
    """Outcome of the seed decision for each lattice point, uint8, shape (n,).

    Parameters
    ----------
    points : `CoarseStages.lattice`
    threshold : seed threshold [mipT]
    winner : int64, shape (n,), see `coarse_seeding.beaten_by`
    """
    seed, above = points["seed"].to_numpy() >= 0, points["mipPt"].to_numpy() > threshold
    return np.select([seed, ~above, winner < 0], [SEED, BELOW, OUTSIDE], BEATEN).astype(np.uint8)


def verdicts(threshold: float) -> list[str]:
    """Text of a lattice point's tooltip for each outcome; the script adds the point that beats it."""
    return [
        "seed: the highest of its window",
        f"not a seed: below threshold {threshold:g} mipT",
        "not a seed: not in the module itself",
        "not a seed",
    ]


def lattice_outlines(waferu: np.ndarray, waferv: np.ndarray) -> np.ndarray:
    """Outlines of modules on the lattice, float64, shape (n, 6, 2).

    The centre of a module's 48 points is at (U, V) = (11/3, 10/3) relative to that of its cell (0, 0).
    """
    u, v = np.asarray(waferu), np.asarray(waferv)
    x, y = lattice_place(11 / 3 - 4 * u + 8 * v, 10 / 3 - 8 * u + 4 * v)
    return np.stack([x, y], axis=-1)[:, None] + wafers.hexagon(4 * np.sqrt(3))


def module_outlines(
    geometry: Geometry, layer: int, waferu: np.ndarray, waferv: np.ndarray, side: int
) -> np.ndarray:
    """Outlines of modules in a layer, float32, shape (n, 6, 2), cm; x is mirrored where `side` is -1."""
    x, y = geometry.wafer_centres(layer, waferu, waferv)
    centre = np.stack([side * x, y], axis=-1)
    return (centre[:, None] + wafers.hexagon(geometry.wafer_size)).astype(np.float32)


def outline_columns(outlines: np.ndarray) -> dict[str, list]:
    """Columns `xs ys` of patches."""
    return {"xs": list(outlines[..., 0]), "ys": list(outlines[..., 1])}


def eta_circles(eta_edges: Sequence[float], z: float, phi: float) -> tuple[dict, dict]:
    """Circles of constant eta in a layer, and their labels slightly beside an angle `phi`.

    Returns
    -------
    circles : columns `xs ys` [cm]
    labels : columns `x y text`
    """
    angle = np.linspace(0, 2 * np.pi, 361)
    radius = abs(z) / np.sinh(np.asarray(eta_edges, dtype=float))
    circles = {
        "xs": [(r * np.cos(angle)).astype(np.float32) for r in radius],
        "ys": [(r * np.sin(angle)).astype(np.float32) for r in radius],
    }
    text = [f"\u03b7 {eta:g}" for eta in eta_edges]
    turned = phi + ASIDE / radius
    return circles, {"x": radius * np.cos(turned), "y": radius * np.sin(turned), "text": text}


@dataclass(kw_only=True)
class CoarseMaps:
    """The three maps and their sources.

    Attributes
    ----------
    root : the maps side by side
    figures : "module sums", "over threshold", "lattice"
    module_box, lattice_box : one row, `x0 x1 y0 y1`: the region in view
    wafers : `xs ys`: outlines of all modules of the layer [cm]
    modules : `xs ys x y` [cm] and the facts of each module with trigger cells in the summed layers
    chosen : `xs ys`: outlines of the chosen ones
    circles, labels : circles at the eta edges, and their labels
    points : `q r`, `x y` and the facts of each lattice point of the chosen modules, with its outcome
        (`verdict`) and the row of the point that beats it (`winner`, -1 for none)
    outlines : `xs ys`: the chosen modules on the lattice; lines: `x0 y0 x1 y1` of constant U
    seeds : `x y colour` on the lattice; directions, particle: seeds and generated particle in the layer [cm]
    part, part_lattice : the selected module, `xs ys` in the layer [cm] and on the lattice
    part_point : the selected point, `x y`
    cell, cell_point : the selected trigger cell, `x y` in the layer [cm] and on the lattice
    facts : one row for the tooltips: `verdicts`, `reach` (POINT_REACH)
    coloured : by figure, for those coloured by mipT
    """

    root: object
    figures: dict
    sources: dict
    coloured: dict
    ratio: LinearColorMapper
    bars: list
    themed: list

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["sources"][name]
        except KeyError:
            raise AttributeError(name) from None


SOURCES = {
    "module_box": BOX,
    "lattice_box": BOX,
    "wafers": ("xs", "ys"),
    "modules": ("xs", "ys", "x", "y", "reach", *MODULE_FACTS),
    "chosen": ("xs", "ys"),
    "circles": ("xs", "ys"),
    "labels": ("x", "y", "text"),
    "points": ("q", "r", "x", "y", *POINT_FACTS),
    "outlines": ("xs", "ys"),
    "lines": ("x0", "y0", "x1", "y1"),
    "seeds": ("x", "y", "colour"),
    "directions": ("x", "y", "colour"),
    "particle": ("x", "y"),
    "part": ("xs", "ys"),
    "part_lattice": ("xs", "ys"),
    "part_point": ("x", "y"),
    "cell": ("x", "y"),
    "cell_point": ("x", "y"),
    "facts": ("verdicts", "reach"),
}


def coarse_maps(theme: str) -> CoarseMaps:
    """Build the maps, empty."""
    sources = {name: ColumnDataSource({column: [] for column in names}) for name, names in SOURCES.items()}
    shared = {"x_range": Range1d(-1, 1), "y_range": Range1d(-1, 1)}
    own = {"x_range": Range1d(-1, 1), "y_range": Range1d(-1, 1)}
    sums = stage_figure("module sums", "x [cm]", "y [cm]", **shared)
    ratio = stage_figure("over threshold", "x [cm]", None, **shared)
    points = stage_figure("lattice", "V", "U", **own)
    themed, bars, coloured = [], [], {}
    for plot in (sums, ratio):
        plot.xaxis.ticker = CustomJSTicker(args={"plot": plot}, major_code=X_TICKS)
        plot.yaxis.ticker = BasicTicker(desired_num_ticks=4, mantissas=[1, 2, 5])
        for axis in (plot.xaxis, plot.yaxis):
            axis.formatter = CustomJSTickFormatter(code=TICK)
        empty = plot.add_glyph(sources["wafers"], Patches())
        themed += [(empty, "fill_color", "cell"), (empty, "line_color", "cell_edge")]
    mappers = mip_mappers()
    glyphs = {scale: Patches(fill_color=_mapped("mipPt", mapper)) for scale, mapper in mappers.items()}
    coloured["module sums"] = add_coloured(sums, sources["modules"], mappers, glyphs)
    themed += [(patches, "line_color", "pane") for patches in coloured["module sums"].renderers.values()]
    mapper = LinearColorMapper(palette=RATIO_COLOURS, low=0, high=2, nan_color="rgba(0, 0, 0, 0)")
    patches = ratio.add_glyph(sources["modules"], Patches(fill_color=_mapped("ratio", mapper)))
    themed.append((patches, "line_color", "wafer"))
    bar = ColorBar(
        color_mapper=mapper,
        ticker=FixedTicker(ticks=[0, 0.5, 1, 1.5, 2]),
        major_label_overrides={0: "0", 0.5: "0.5", 1: "1", 1.5: "1.5", 2: "\u2265 2"},
        **BAR,
    )
    ratio.add_layout(bar, "right")
    bars.append(bar)
    circles = ratio.add_glyph(sources["circles"], MultiLine(line_dash="dashed"))
    label = {"text_font_size": font_size(10), "text_align": "center", "text_baseline": "middle"}
    labels = ratio.add_glyph(sources["labels"], Text(background_fill_alpha=0.7, **label))
    themed += [(circles, "line_color", "accent"), (labels, "text_color", "text")]
    themed.append((labels, "background_fill_color", "pane"))
    for plot, width in ((sums, 1.2), (ratio, 3)):
        strong = plot.add_glyph(sources["chosen"], Patches(fill_alpha=0, line_width=width))
        themed.append((strong, "line_color", "generated"))
        themed += add_crosses(plot, "cross", sources["particle"], 15)
        themed += add_crosses(plot, "x", sources["directions"], 9, "colour")
        themed += _selection(plot, sources["part"], sources["cell"])
    coloured["lattice"], more = _lattice(points, sources)
    themed += more
    keep_one_scale(sums, sources["module_box"], [ratio])
    keep_one_scale(points, sources["lattice_box"])
    for plot in (sums, ratio):
        hovered(plot, "byeSplits.hoverModule(modules, cb_obj)", modules=sources["modules"])
    hovered(
        points,
        "byeSplits.hoverPoint(points, facts, cb_obj)",
        points=sources["points"],
        facts=sources["facts"],
    )
    figures = {plot.name: plot for plot in (sums, ratio, points)}
    root = row(list(figures.values()), sizing_mode="stretch_both", spacing=0)
    bars += [bar for kind in coloured.values() for bar in kind.bars]
    maps = CoarseMaps(
        root=root,
        figures=figures,
        sources=sources,
        coloured=coloured,
        ratio=mapper,
        bars=bars,
        themed=themed,
    )
    set_coarse_theme(maps, theme)
    return maps


def _mapped(column: str, mapper: ColorMapper) -> dict:
    return {"field": column, "transform": mapper}


def _lattice(plot: figure, sources: dict) -> tuple[Coloured, list]:
    """Draw the lattice: a hexagon for each point, lines of constant U and V, modules and seeds."""
    across = {"across": plot.x_range}
    plot.xaxis.ticker = CustomJSTicker(args={"plot": plot}, major_code=V_TICKS)
    plot.yaxis.ticker = CustomJSTicker(args=across, major_code=U_TICKS)
    plot.xaxis.formatter = CustomJSTickFormatter(code=V_TICK)
    plot.yaxis.formatter = CustomJSTickFormatter(args=across, code=U_TICK)
    plot.xgrid.visible = True
    lines = plot.add_glyph(sources["lines"], Segment())
    mappers = mip_mappers()
    shape = {"orientation": "flattop", "size": 1 / np.sqrt(3), "scale": 0.94, "line_alpha": 0}
    glyphs = {
        scale: HexTile(fill_color=_mapped("mipPt", mapper), **shape) for scale, mapper in mappers.items()
    }
    coloured = add_coloured(plot, sources["points"], mappers, glyphs)
    outlines = plot.add_glyph(sources["outlines"], Patches(fill_alpha=0, line_width=1.5))
    themed = add_crosses(plot, "x", sources["seeds"], 9, "colour")
    themed += _selection(plot, sources["part_lattice"], sources["cell_point"])
    ring = plot.add_glyph(sources["part_point"], Scatter(marker="hex", size=16, fill_alpha=0, line_width=2.5))
    themed.append((ring, "line_color", "mark"))
    return coloured, [*themed, (lines, "line_color", "line"), (outlines, "line_color", "generated")]


def _selection(plot: figure, part: ColumnDataSource, cell: ColumnDataSource) -> list:
    """Add the marks of the selected module and trigger cell."""
    outline = plot.add_glyph(part, Patches(fill_alpha=0, line_width=2.5), name="chosen")
    ring = plot.add_glyph(cell, Scatter(marker="square", size=9, fill_alpha=0, line_width=1.5))
    return [(outline, "line_color", "mark"), (ring, "line_color", "mark")]


def u_lines(u: np.ndarray, v: np.ndarray) -> dict[str, np.ndarray]:
    """Lines of constant U around some lattice points, columns `x0 y0 x1 y1`."""
    if not len(u):
        return {name: np.zeros(0) for name in ("x0", "y0", "x1", "y1")}
    reach = 10 * GRID_STEP
    first = (int(np.min(u)) - reach) // GRID_STEP * GRID_STEP
    lines = np.arange(first, int(np.max(u)) + reach, GRID_STEP)
    ends = (np.full(len(lines), end) for end in (np.min(v) - reach, np.max(v) + reach))
    (x0, y0), (x1, y1) = (lattice_place(lines, end) for end in ends)
    return {"x0": x0, "y0": y0, "x1": x1, "y1": y1}


def set_coarse_theme(maps: CoarseMaps, theme: str) -> None:
    """Colour the maps in a theme of `colours.THEMES`."""
    set_mip_theme(maps.coloured.values(), theme)
    for plot in maps.figures.values():
        style_stage(plot, theme)
    for bar in maps.bars:
        style_bar(bar, theme)
        bar.major_label_text_font_size = font_size(10)
    for renderer, name, token in maps.themed:
        setattr(renderer.glyph, name, THEMES[theme][token])
