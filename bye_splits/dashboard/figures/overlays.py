"""What the chain found, over the 2D map: seeds, their radius in the layer, the file's clusters, modules."""

from dataclasses import dataclass

import numpy as np
from bokeh.models import ColumnDataSource

from ...geometry.wafers import hexagon
from .colours import THEMES


@dataclass
class Overlays:
    """Sources of the marks; the view replaces their data."""

    seeds: ColumnDataSource  # x, y [cm], radius [cm], colour, dash, name
    found: ColumnDataSource  # x, y [cm]: the clusters of the file
    modules: ColumnDataSource  # xs, ys [cm], colour, dash: chosen by coarse seeding
    themed: dict


def overlays(plot, theme: str) -> Overlays:
    """Add the marks to a layer map's figure."""
    seeds = ColumnDataSource({name: [] for name in ("x", "y", "radius", "colour", "dash", "name")})
    found = ColumnDataSource({"x": [], "y": []})
    modules = ColumnDataSource({name: [] for name in ("xs", "ys", "colour", "dash")})
    line = {"line_color": "colour", "line_dash": "dash", "line_width": 2}
    plot.patches("xs", "ys", source=modules, fill_alpha=0, name="modules", **line)
    circle = {"radius": "radius", "line_color": "colour", "line_dash": "dash", "line_width": 1.8}
    plot.circle("x", "y", source=seeds, fill_alpha=0, name="radius", **circle)
    # A dark and a light rim, so that a cross is seen on any colour.
    halo = plot.scatter("x", "y", source=seeds, marker="x", size=13, line_width=5, name="seed halo")
    plot.scatter(
        "x", "y", source=seeds, marker="x", size=12, line_width=2.5, line_color="colour", name="seeds"
    )
    words = plot.text("x", "y", text="name", source=seeds, text_color="colour", name="seed names")
    words.glyph.update(text_font_size="12px", text_font_style="bold", x_offset=9, y_offset=-7)
    diamonds = plot.scatter(
        "x", "y", source=found, marker="diamond", size=14, fill_alpha=0, line_width=1.6, name="file clusters"
    )
    made = Overlays(seeds, found, modules, {"halo": halo, "found": diamonds})
    set_overlay_theme(made, theme)
    return made


def set_overlay_theme(made: Overlays, theme: str) -> None:
    """Colour the marks in a theme of `colours.THEMES`."""
    tone = THEMES[theme]
    made.themed["halo"].glyph.line_color = tone["pane"]
    made.themed["found"].glyph.line_color = tone["text"]


def seed_columns(sets, z: float) -> dict:
    """Columns of the seeds' marks.

    Parameters
    ----------
    sets : for each set of parameters (x_over_z, y_over_z, reach, colours, names, line dash): arrays of shape
        (n,), the reach in the layer in (x/z, y/z)
    z : abs(z) of the layer, cm
    """
    columns = {name: [] for name in ("x", "y", "radius", "colour", "dash", "name")}
    for x, y, reach, colours, names, dash in sets:
        columns["x"] += (x * z).tolist()
        columns["y"] += (y * z).tolist()
        columns["radius"] += (reach * z).tolist()
        columns["colour"] += list(colours)
        columns["dash"] += [dash] * len(x)
        columns["name"] += list(names)
    return columns


def module_columns(sets, mirrored: bool) -> dict:
    """Columns of the outlines of wafers.

    Parameters
    ----------
    sets : for each set of parameters (x, y, colour, line dash): centres, shape (n,), cm, in the +z endcap
    mirrored : whether x is that of the other endcap
    """
    columns = {name: [] for name in ("xs", "ys", "colour", "dash")}
    for x, y, colour, dash in sets:
        corners = np.stack([x, y], axis=1)[:, None] + hexagon()
        columns["xs"] += list(-corners[..., 0] if mirrored else corners[..., 0])
        columns["ys"] += list(corners[..., 1])
        columns["colour"] += [colour] * len(corners)
        columns["dash"] += [dash] * len(corners)
    return columns
