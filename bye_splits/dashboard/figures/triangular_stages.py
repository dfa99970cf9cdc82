"""The triangular clustering's stages: sums of pt over hexagons, those left for the second pass, maxima."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from bokeh.layouts import row
from bokeh.models import (
    ColumnDataSource,
    GlyphRenderer,
    HexTile,
    LinearColorMapper,
    MultiLine,
    Patches,
    Range1d,
    Scatter,
    Segment,
)

from ...chain.triangular_lattice import HEIGHT, Lattice
from ...chain.triangular_seeding import TriangularStages, around
from .colours import THEMES
from .fonts import font_size
from .layer_map import hovered, style_bar
from .stage_axes import BOX, X_Y, keep_one_scale
from .stages import (
    DECISION_COLOURS,
    END,
    RIGHT,
    VETOED_COLOURS,
    add_coloured,
    add_crosses,
    mip_mappers,
    set_mip_theme,
    stage_figure,
    style_stage,
)

COLOURED = {"first pass": "pt", "second pass": "left"}
"""The column by which the hexagons of a map are coloured; the third map shows what is decided."""

MAPS = (*COLOURED, "maxima")

FIRST, SECOND, EMPTIED, BEATEN, EQUAL = range(5)  # what can be decided on a hexagon
VERDICTS = [
    "seed of the first pass: more pT than each of its neighbours",
    "seed of the second pass: more pT than each of its neighbours left",
    "not a seed: beside one of the first pass, which empties it",
    "not a seed: a neighbour has more pT",
    "not a seed: a neighbour has the same pT",
]
"""Text of a hexagon's tooltip by what is decided."""

FACTS = ("pt", "left", "mip", "beside", "beside_left", "verdict")
LINE = ("xs", "ys", "colour", "dash")


def hexagons(lattice: Lattice, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Outlines of hexagons of six triangles around points, float64, shape (n, 6, 2), in (x/z, y/z)."""
    angle = np.arange(6) * np.pi / 3
    corners = lattice.side * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    return np.stack([x, y], axis=-1)[:, None] + corners


def outlines(sets: list[tuple[np.ndarray, list, str]]) -> dict[str, list]:
    """Columns `xs ys colour dash` of the closed outlines of each set: corners, colours and line style."""
    columns: dict[str, list] = {name: [] for name in LINE}
    for corners, colours, dash in sets:
        closed = np.concatenate([corners, corners[:, :1]], axis=1)
        columns["xs"] += list(closed[..., 0])
        columns["ys"] += list(closed[..., 1])
        columns["colour"] += colours
        columns["dash"] += [dash] * len(closed)
    return columns


def tiles(stages: TriangularStages) -> dict[str, Any]:
    """Columns of the points with pt: `q r` of Bokeh's hexagonal tiles, `x y`, and `FACTS`.

    `beside` is the largest pt [GeV] of the neighbours, `left` and `beside_left` are what is left of pt and of
    that of the neighbours after the first pass; NaN for emptied hexagons.
    """
    pt = stages.pt[0]
    emptied = stages.emptied[0] | (stages.found_in[0] == 1)
    left = np.where(emptied, 0.0, pt)
    beside, beside_left = (around(values[None]).max(axis=0)[0] for values in (pt, left))
    at = np.nonzero(pt > 0)
    facts = {"pt": pt, "left": left, "mip": stages.mip[0], "beside": beside, "beside_left": beside_left}
    columns: dict[str, Any] = {name: values[at].astype(np.float32) for name, values in facts.items()}
    gone = emptied[at]
    for name in ("left", "beside_left"):
        columns[name][gone] = np.nan
    found_in = stages.found_in[0][at]
    decided = [found_in == 1, found_in == 2, gone, beside_left[at] > left[at]]
    columns["verdict"] = np.select(decided, [FIRST, SECOND, EMPTIED, BEATEN], EQUAL).astype(np.uint8)
    a, b = (index - middle for index, middle in zip(at, stages.lattice.middle, strict=True))
    x, y = stages.lattice.place(*at)
    axial = {"q": (a + b).astype(np.int32), "r": (-a).astype(np.int32)}
    return {**axial, "x": x.astype(np.float32), "y": y.astype(np.float32), **columns}


def triangle_lines(lattice: Lattice) -> dict[str, np.ndarray]:
    """Lines between the triangles, in their three directions: columns `x0 y0 x1 y1`."""
    half = (lattice.middle[0] - 1) * HEIGHT * lattice.side
    n = np.arange(-2 * lattice.middle[1], 2 * lattice.middle[1] + 1) * lattice.side
    rows = np.arange(1 - lattice.middle[0], lattice.middle[0]) * HEIGHT * lattice.side
    ends = [np.stack([np.full(len(rows), -half), rows, np.full(len(rows), half), rows])]
    for slope in (-1, 1):  # these are parallel to one side each, and cut off at the first and last row
        shift = slope * half / np.tan(np.pi / 3)
        steep = np.stack([n - shift, np.full(len(n), -half), n + shift, np.full(len(n), half)])
        ends.append(steep[:, np.abs(n) < half + abs(shift)])
    return dict(zip(("x0", "y0", "x1", "y1"), np.concatenate(ends, axis=1).astype(np.float32), strict=True))


@dataclass(kw_only=True)
class TriangularMaps:
    """The three maps and their sources.

    Attributes
    ----------
    root : the maps side by side, with shared ranges and one scale along both axes
    figures : by `MAPS`
    points : columns of `tiles`
    lines : `x0 y0 x1 y1` between the triangles
    windows : `xs ys colour dash`: the hexagons of the seeds
    seeds : `x y colour`; particle, layer, cell : `x y`: generated particle, the layer's trigger cells, the
        selected one
    chosen : `xs ys`: the selected hexagon
    box : one row, `x0 x1 y0 y1`: the region in view
    facts : one row for the tooltips: `verdicts`, `reach`
    coloured : by map
    verdicts : colour mapper of what is decided
    """

    root: object
    figures: dict
    points: ColumnDataSource
    lines: ColumnDataSource
    windows: ColumnDataSource
    seeds: ColumnDataSource
    particle: ColumnDataSource
    layer: ColumnDataSource
    cell: ColumnDataSource
    chosen: ColumnDataSource
    box: ColumnDataSource
    facts: ColumnDataSource
    coloured: dict
    verdicts: LinearColorMapper
    tiles: list
    themed: list

    @property
    def sources(self) -> dict[str, ColumnDataSource]:
        """All sources by name."""
        return {name: getattr(self, name) for name in SOURCES}


SOURCES = {
    "points": ("q", "r", "x", "y", *FACTS),
    "lines": ("x0", "y0", "x1", "y1"),
    "windows": LINE,
    "seeds": ("x", "y", "colour"),
    "particle": ("x", "y"),
    "layer": ("x", "y"),
    "cell": ("x", "y"),
    "chosen": ("xs", "ys"),
    "box": BOX,
    "facts": ("verdicts", "reach"),
}


def triangular_maps(theme: str) -> TriangularMaps:
    """Build the maps, empty."""
    sources = {name: ColumnDataSource({column: [] for column in names}) for name, names in SOURCES.items()}
    ranges = {"x_range": Range1d(*X_Y.x_limits), "y_range": Range1d(*X_Y.y_limits)}
    figures: dict[str, Any] = {}
    coloured = {}
    drawn: list[GlyphRenderer] = []
    themed: list[tuple] = []
    verdicts = LinearColorMapper(palette=["#000000"] * len(VERDICTS), low=-0.5, high=len(VERDICTS) - 0.5)
    for name in MAPS:
        label, room = None if figures else X_Y.y_label, RIGHT if name in COLOURED else END
        plot = stage_figure(name, X_Y.x_label, label, room, **ranges)
        X_Y.put_ticks(plot)
        shape = {"orientation": "pointytop", "scale": 0.94, "line_alpha": 0}
        if name in COLOURED:
            mappers = mip_mappers()
            glyphs = {
                scale: HexTile(fill_color={"field": COLOURED[name], "transform": mapper}, **shape)
                for scale, mapper in mappers.items()
            }
            coloured[name] = add_coloured(plot, sources["points"], mappers, glyphs)
            drawn += coloured[name].renderers.values()
        else:
            glyph = HexTile(fill_color={"field": "verdict", "transform": verdicts}, **shape)
            drawn.append(plot.add_glyph(sources["points"], glyph))
        themed += _mark(plot, sources)
        hovered(
            plot,
            "byeSplits.hoverHexagon(points, facts, cb_obj)",
            points=sources["points"],
            facts=sources["facts"],
        )
        figures[name] = plot
    first, *others = figures.values()
    keep_one_scale(first, sources["box"], others)
    root = row(list(figures.values()), sizing_mode="stretch_both", spacing=0)
    maps = TriangularMaps(
        root=root,
        figures=figures,
        **sources,
        coloured=coloured,
        verdicts=verdicts,
        tiles=drawn,
        themed=themed,
    )
    set_triangular_theme(maps, theme)
    return maps


def _mark(plot: Any, sources: dict) -> list:
    """Add the marks to a map, and return the themed properties."""
    lines = plot.add_glyph(sources["lines"], Segment(line_alpha=0.55, line_width=0.7))
    themed = [(lines, "line_color", "wafer")]
    if plot.name == "first pass":
        dots = plot.add_glyph(sources["layer"], Scatter(size=3, line_alpha=0, fill_alpha=0.9))
        themed.append((dots, "fill_color", "accent"))
    halo = plot.add_glyph(sources["windows"], MultiLine(line_width=3, line_alpha=0.6))
    themed.append((halo, "line_color", "pane"))
    plot.add_glyph(sources["windows"], MultiLine(line_width=1.5, line_color="colour", line_dash="dash"))
    themed += add_crosses(plot, "cross", sources["particle"], 15)
    themed += add_crosses(plot, "x", sources["seeds"], 9, "colour")
    ring = plot.add_glyph(sources["cell"], Scatter(marker="square", size=9, fill_alpha=0, line_width=1.5))
    chosen = plot.add_glyph(sources["chosen"], Patches(fill_alpha=0, line_width=2.5), name="chosen")
    return [*themed, (ring, "line_color", "mark"), (chosen, "line_color", "mark")]


def set_side(maps: TriangularMaps, lattice: Lattice) -> None:
    """Set the size of the tiles: neighbouring ones are one side of a triangle apart."""
    for renderer in maps.tiles:
        renderer.glyph.size = lattice.side / np.sqrt(3)


def set_triangular_theme(maps: TriangularMaps, theme: str) -> None:
    """Colour the maps in a theme of `colours.THEMES`."""
    set_mip_theme(maps.coloured.values(), theme)
    for plot in maps.figures.values():
        style_stage(plot, theme)
    for coloured in maps.coloured.values():
        for bar in coloured.bars:
            style_bar(bar, theme)
            bar.major_label_text_font_size = font_size(10)
    maps.verdicts.palette = list(verdict_colours(theme))
    for renderer, name, token in maps.themed:
        setattr(renderer.glyph, name, THEMES[theme][token])


def verdict_colours(theme: str) -> tuple[str, ...]:
    """Colours of what is decided, in the order of `VERDICTS`, as of the decisions on bins."""
    _, beaten, seed = DECISION_COLOURS[theme]
    emptied, second = VETOED_COLOURS[theme]
    return seed, second, emptied, beaten, beaten
