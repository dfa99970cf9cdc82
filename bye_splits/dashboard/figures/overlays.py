"""Overlays of the 2D map: seeds, their radius in the layer, the file's clusters, modules, particles."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from bokeh.models import Circle, ColumnDataSource, LinearInterpolator, Patches, Scatter, Text
from bokeh.plotting import figure

from ...angles import wrapped
from ...chain.splits import NEAR
from ...geometry.wafers import hexagon
from .colours import THEMES
from .fonts import font_size
from .markers import TURNED, open_markers

FOUND_COLUMNS = ("x", "y", "weight", "colour", "name")
SEED_COLUMNS = ("x", "y", "radius", "colour", "dash", "name", "right", "down", "weight")
DASHES = {"solid": "solid", "dashed": "12 8"}  # px; of equal circles, both colours are seen
NAME_DISTANCE = 34  # px, of a seed's name from the seed
NAME_DROP = {"solid": 0, "dashed": 15}  # px; if A and B have the same seed, one name is above the other
MANY = 24  # marks; if there are more, most are drawn small so that they do not hide the map
# Of the names of marks, which are legible on any cell.
NAMES = {"text_font_size": font_size(12), "text_font_style": "bold", "background_fill_alpha": 0.75}
NAMES |= {"padding": 1, "border_radius": 3, "border_line_color": None}
NAMES |= {"text": "name", "text_color": "colour"}  # columns


@dataclass
class Overlays:
    """Sources of the marks; the view replaces their data."""

    seeds: ColumnDataSource  # x, y, radius [cm], colour, dash, name, its place (right, down) [px], weight
    found: ColumnDataSource  # x, y [cm], weight, colour, name: the clusters of the file
    others: ColumnDataSource  # x, y [cm]: generated particles other than the selected one
    modules: ColumnDataSource  # xs, ys [cm], colour, dash: chosen by coarse seeding
    hexagons: ColumnDataSource  # xs, ys [cm], colour, dash: of the triangular clustering
    themed: dict


def overlays(plot: figure, theme: str) -> Overlays:
    """Add the marks to a layer map's figure; marks of weight 0 are thin and small, see `weights`."""
    seeds = ColumnDataSource({name: [] for name in SEED_COLUMNS})
    found = ColumnDataSource({name: [] for name in FOUND_COLUMNS})
    others = ColumnDataSource({"x": [], "y": []})
    modules, hexagons = (
        ColumnDataSource({name: [] for name in ("xs", "ys", "colour", "dash")}) for _ in range(2)
    )
    line = {"line_color": "colour", "line_dash": "dash", "line_width": 2}
    plot.add_glyph(modules, Patches(fill_alpha=0, **line), name="modules")
    plot.add_glyph(hexagons, Patches(fill_alpha=0, **line | {"line_width": 1.8}), name="hexagons")
    circle: dict[str, Any] = {"radius": "radius", "line_color": "colour", "line_dash": "dash"}
    circle |= {"line_width": weighed(1, 1.8), "line_alpha": weighed(0.55, 1)}
    plot.add_glyph(seeds, Circle(fill_alpha=0, **circle), name="radius")
    # A halo, so that a cross is visible on any colour.
    arms = {"marker": TURNED, "defs": open_markers()}
    rim = arms | {"size": weighed(8, 17), "line_width": weighed(3, 5), "line_alpha": weighed(0.6, 1)}
    halo = plot.add_glyph(seeds, Scatter(**rim), name="seed halo")
    cross = arms | {"size": weighed(8, 17), "line_width": weighed(1.4, 2.5), "line_alpha": weighed(0.8, 1)}
    plot.add_glyph(seeds, Scatter(line_color="colour", **cross), name="seeds")
    beside = {"x_offset": "right", "y_offset": "down", "text_align": "center", "text_baseline": "middle"}
    names = [plot.add_glyph(seeds, Text(**NAMES, **beside), name="seed names")]
    shape: dict[str, Any] = {
        "size": weighed(8, 14),
        "line_width": weighed(0.8, 1.6),
        "line_alpha": weighed(0.35, 1),
    }
    shape |= {"line_color": "colour", "fill_alpha": 0, "marker": "diamond"}
    plot.add_glyph(found, Scatter(**shape), name="file clusters")
    names.append(plot.add_glyph(found, Text(x_offset=9, y_offset=-7, **NAMES), name="file cluster names"))
    thin = plot.add_glyph(others, Scatter(marker="cross", size=12, line_width=1.4), name="others")
    marks = Overlays(seeds, found, others, modules, hexagons, {"halo": halo, "others": thin, "names": names})
    set_overlay_theme(marks, theme)
    return marks


def weighed(light: float, full: float) -> dict:
    """A property that depends on the column `weight`: `light` for 0, `full` for 1."""
    return {"field": "weight", "transform": LinearInterpolator(x=[0, 1], y=[light, full])}


def weights(x: np.ndarray, y: np.ndarray, focus: tuple[float, float] | None) -> np.ndarray:
    """Weights of marks: all are emphasised if there are few, else only those near the point of interest.

    Parameters
    ----------
    x, y : float64, shape (n,): x/z and y/z of the marks
    focus : x/z and y/z of the point of interest, or None

    Returns
    -------
    int64, shape (n,): 1 for emphasised marks, 0 for the others
    """
    if len(x) <= MANY:
        return np.ones(len(x), dtype=np.int64)
    if focus is None:
        return np.zeros(len(x), dtype=np.int64)
    with np.errstate(divide="ignore"):  # along the beam
        eta, eta_focus = np.arcsinh(1 / np.hypot(x, y)), np.arcsinh(1 / np.hypot(*focus))
    turned = wrapped(np.arctan2(y, x) - np.arctan2(focus[1], focus[0]))
    return (np.hypot(eta - eta_focus, turned) < NEAR).astype(np.int64)


def set_overlay_theme(marks: Overlays, theme: str) -> None:
    """Colour the marks in a theme of `colours.THEMES`."""
    tone = THEMES[theme]
    marks.themed["halo"].glyph.line_color = tone["pane"]
    marks.themed["others"].glyph.line_color = tone["generated"]
    for words in marks.themed["names"]:
        words.glyph.background_fill_color = tone["pane"]


def seed_columns(sets: Iterable[tuple], z: float) -> dict:
    """Columns of the seeds' marks.

    Parameters
    ----------
    sets : for each set of parameters (x_over_z, y_over_z, reach, colours, names, line dash, weights): arrays
        of shape (n,); the reach is the radius in the layer in (x/z, y/z)
    z : abs(z) of the layer, cm
    """
    columns: dict[str, list] = {name: [] for name in SEED_COLUMNS}
    for x, y, reach, colours, names, dash, weight in sets:
        columns["x"] += (x * z).tolist()
        columns["y"] += (y * z).tolist()
        columns["radius"] += (reach * z).tolist()
        columns["colour"] += list(colours)
        columns["dash"] += [DASHES[dash]] * len(x)
        columns["name"] += list(names)
        right, up = NAME_DISTANCE * away_from_others(x, y).T
        columns["right"] += right.tolist()
        columns["down"] += (NAME_DROP[dash] - up).tolist()
        columns["weight"] += np.asarray(weight).tolist()
    return columns


def away_from_others(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Unit vectors from the nearest other point to each point: where its name hides neither.

    Parameters
    ----------
    x, y : float64, shape (n,)

    Returns
    -------
    float64, shape (n, 2): up and to the right if there is no other point elsewhere
    """
    out = np.full((len(x), 2), np.sqrt(0.5))
    if len(x) > 1:
        at = np.stack([x, y], axis=1)
        distance = np.hypot(*(at[:, None] - at).T)
        np.fill_diagonal(distance, np.inf)
        from_nearest = at - at[distance.argmin(axis=1)]
        length = np.hypot(*from_nearest.T)
        out[length > 0] = from_nearest[length > 0] / length[length > 0, None]
    return out


def hexagon_columns(sets: Iterable[tuple[np.ndarray, list, str]]) -> dict:
    """Columns of outlines: for each set the corners, shape (n, 6, 2), cm, the colours, and the line dash."""
    columns: dict[str, list] = {name: [] for name in ("xs", "ys", "colour", "dash")}
    for corners, colours, dash in sets:
        columns["xs"] += list(corners[..., 0])
        columns["ys"] += list(corners[..., 1])
        columns["colour"] += colours
        columns["dash"] += [DASHES[dash]] * len(corners)
    return columns


def module_columns(sets: Iterable[tuple], mirrored: bool) -> dict:
    """Columns of the outlines of wafers.

    Parameters
    ----------
    sets : for each set of parameters (x, y, colour, line dash): centres, shape (n,), cm, in the +z endcap
    mirrored : whether x is mirrored, for the -z endcap
    """
    columns: dict[str, list] = {name: [] for name in ("xs", "ys", "colour", "dash")}
    for x, y, colour, dash in sets:
        corners = np.stack([x, y], axis=1)[:, None] + hexagon()
        columns["xs"] += list(-corners[..., 0] if mirrored else corners[..., 0])
        columns["ys"] += list(corners[..., 1])
        columns["colour"] += [colour] * len(corners)
        columns["dash"] += [DASHES[dash]] * len(corners)
    return columns
