"""The 3D figure: one mesh of trigger cells, the generated direction, faint layers, the current layer."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from ...geometry import Geometry
from ...geometry.constants import NO_WAFER
from ..patches.plotly_figure import figure_of
from .colours import THEMES, plotly_scale
from .framing import USUAL, VIEWS, Box
from .shower_clusters import coloured_mesh, loose_points, stepped

# Plotly's axes: its x is z, its y is x, its z is y, so that the beam runs along the floor.
RING = np.linspace(0, 2 * np.pi, 49)
CELLS, CURRENT_LAYER, LOOSE_CELLS = 0, 2, 3  # indices of these traces in the figure
# Bit fields of `packed_cells`, from the lowest: (first bit, number of bits, offset added to the value).
PACKED = {
    "cellv": (0, 8, 0),
    "cellu": (8, 5, 0),
    "waferv": (13, 5, 16),
    "waferu": (18, 5, 16),
    "tile": (23, 1, 0),  # scintillator, whose wafer bits are 0
    "layer": (24, 7, 0),
    "cee": (31, 1, 0),
}
THICKNESS = (
    1.2  # cm along z of the drawn cells, less than half of what is between layers; the sensors are thinner
)
ANGLE_STEPS = 1e4  # steps of `packed_angle` per radian or unit of eta
# An orthographic projection shows a height of 2, as does a perspective one of 45 degrees at this distance.
DISTANCE = 1 / np.tan(np.pi / 8)
# Without it, each figure would include Plotly's own: 7 kB that take longer to send than a shower's arrays.
TEMPLATE = {"layout": {"font": {"color": "#2a3f5f"}}}


def mesh_arrays(corners: np.ndarray, z: np.ndarray) -> dict[str, np.ndarray]:
    """Vertices and triangles of trigger cells as one mesh: two triangles per cell, in the order of the cells.

    Parameters
    ----------
    corners : float32, shape (n, 4, 2), cm
    z : float32, shape (n,), cm

    Returns
    -------
    x, y, z : float32, shape (4 n,), cm, in Plotly's axes (z, x, y)
    i, j, k : int32, shape (2 n,)
    """
    first = 4 * np.arange(len(corners), dtype=np.int32)
    return {
        "x": np.repeat(z.astype(np.float32), 4),
        "y": np.ascontiguousarray(corners[..., 0]).ravel(),
        "z": np.ascontiguousarray(corners[..., 1]).ravel(),
        "i": np.repeat(first, 2),
        "j": np.stack([first + 1, first + 2], axis=1).ravel(),
        "k": np.stack([first + 2, first + 3], axis=1).ravel(),
    }


def packed_cells(geometry: Geometry, numbers: np.ndarray) -> np.ndarray:
    """Indices of trigger cells for the tooltip, 32 bits each.

    Parameters
    ----------
    numbers : int32 or int64, shape (n,)

    Returns
    -------
    uint32, shape (n,): the fields of `PACKED`
    """
    column = {
        name: geometry.column(name)[numbers] for name in ("layer", "waferu", "waferv", "cellu", "cellv")
    }
    column["tile"] = column["waferu"] == NO_WAFER
    column["cee"] = geometry.is_cee(column["layer"])
    for name in ("waferu", "waferv"):
        column[name] = np.where(column["tile"], -PACKED[name][2], column[name])
    packed = np.zeros(len(numbers), dtype=np.int64)
    for name, (first, _, added) in PACKED.items():
        packed |= (column[name].astype(np.int64) + added) << first
    return packed.astype(np.uint32)


def packed_angle(values: np.ndarray) -> np.ndarray:
    """Pseudorapidity or angle in steps of 1e-4, int16; the tooltip shows three digits."""
    return np.round(np.clip(values, -3.2767, 3.2767) * ANGLE_STEPS).astype(np.int16)


Disc = tuple[float, float, float]
"""A layer: z, inner and outer radius, cm."""


def shower_figure(
    mesh: dict,
    colour: np.ndarray,
    colour_range: tuple[float, float],
    box: Box,
    *,
    discs: Sequence[Disc],
    layer: Disc,
    axis: tuple[float, float] | None,
    selected: np.ndarray,
    stretch: float,
    theme: str,
    revision: str,
    camera: tuple | str | None = None,
    projection: str = "perspective",
    switches: Mapping[str, bool] | None = None,
    palette: Sequence[str] | None = None,
    legend: str = "",
    logarithmic: bool = False,
    marks: Sequence[dict] = (),
) -> go.Figure:
    """Build the 3D figure.

    Parameters
    ----------
    mesh : result of `mesh_arrays`
    colour : float32, shape (n,): values represented by the colours, for a logarithmic scale their logarithm,
        with a `palette` indices into it; NaN for cells that are drawn as faint points
    colour_range : limits of the scale, in the units of `colour`
    box : ranges of the axes
    discs : (z, r_inner, r_outer) of the faintly drawn layers, cm
    layer : (z, r_inner, r_outer) of the current layer
    axis : (x/z, y/z) of the generated direction, or None
    selected : float32, shape (m, 4, 3), cm: outlines (x, y, z) of selected cells
    stretch : factor applied to z
    revision : the user's camera is kept while this stays the same
    camera, projection, switches : see `scene_layout`
    palette : CSS colours of classes of cells, None for a scale
    legend : title of the scale's bar, with the unit; "" for no bar
    logarithmic : whether the values are logarithms
    marks : further traces
    """
    tone = THEMES[theme]
    coloured, loose = coloured_mesh(mesh, colour.astype(np.float32))
    if palette is None:
        low, high = colour_range
        scale = {"colorscale": plotly_scale(theme), "cmin": low, "cmax": high}
        if legend:
            scale |= {"showscale": True, "colorbar": colour_bar(colour_range, legend, logarithmic, theme)}
    else:
        scale = stepped(palette)
        coloured["intensity"] = coloured["intensity"].astype(np.uint8)
    cells = {
        "type": "mesh3d",
        **coloured,
        "showscale": False,
        **scale,
        "intensitymode": "cell",
        "flatshading": True,
        "lighting": {"ambient": 1, "diffuse": 0, "specular": 0, "fresnel": 0},
        "hoverinfo": "none",
        "name": "trigger cells",
        "meta": {"thickness": THICKNESS},  # see patches/prisms.js
    }
    traces = [
        cells,
        _lines(_rings(discs), tone["disc"], 1, "layers"),
        layer_lines(layer, box, theme),
        loose_points(loose, theme),
        *marks,
    ]
    if axis is not None:
        ends = np.array(box.z)
        ends = ends + np.array([-0.02, 0.02]) * (ends[1] - ends[0])
        line = np.stack([ends, axis[0] * ends, axis[1] * ends], axis=1)
        traces.append(_lines(line, tone["generated"], 4, "generated particle"))
    if len(selected):
        traces.append(_lines(_outlined(selected, box), tone["mark"], 6, "selected"))
    return figure_of(traces, scene_layout(box, stretch, theme, revision, camera, projection, switches))


def colour_bar(limits: tuple[float, float], legend: str, logarithmic: bool, theme: str) -> dict:
    """Bar of the colour scale; a logarithmic one has the powers of ten, or if those are few also 2 and 5.

    Parameters
    ----------
    limits : of the scale, for a logarithmic one as logarithms
    legend : quantity and unit
    """
    tone = THEMES[theme]
    bar = {
        "title": {"text": legend, "side": "right", "font": {"size": 12, "color": tone["text"]}},
        "tickfont": {"size": 10, "color": tone["faint"]},
        "thickness": 11,
        "len": 0.86,
        "y": 0.46,
        "xpad": 6,
        "outlinewidth": 0,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": tone["faint"],
        "nticks": 7,
    }
    if not logarithmic:
        return bar
    low, high = limits
    powers = range(int(np.floor(low)), int(np.ceil(high)) + 1)
    ticks = [
        (power, f"10<sup>{power}</sup>".replace("-", "\u2212")) for power in powers if low <= power <= high
    ]
    if len(ticks) < 2:
        every = [step * 10.0**power for power in powers for step in (1, 2, 5)]
        ticks = [(np.log10(value), f"{value:g}") for value in every if low <= np.log10(value) <= high]
    return bar | {"tickvals": [float(at) for at, _ in ticks], "ticktext": [words for _, words in ticks]}


def _outlined(selected: np.ndarray, box: Box) -> np.ndarray:
    """Outlines of cells, shape (n, 3), separated by NaN; a single one has a pin, as others may hide it."""
    gap = np.full((len(selected), 1, 3), np.nan, dtype=np.float32)
    lines = np.concatenate([selected, selected[:, :1], gap], axis=1)[..., [2, 0, 1]].reshape(-1, 3)
    if len(selected) > 1:
        return lines
    z, x, _ = middle = selected[0].mean(axis=0)[[2, 0, 1]]
    return np.concatenate([lines, [middle, [z, x, box.y[1]]]])


def scene_layout(
    box: Box,
    stretch: float,
    theme: str,
    revision: str,
    camera: tuple | str | None = None,
    projection: str = "perspective",
    switches: Mapping[str, bool] | None = None,
) -> dict:
    """Layout of a 3D figure: equal aspect except for the stretch of z, one camera for every box.

    Parameters
    ----------
    box : ranges of the axes
    stretch : factor applied to z
    revision : the user's camera is kept while this stays the same
    camera : initial x, y, z of eye and centre, or the name of one of the `VIEWS`; None: the usual one
    projection : "perspective" or "orthographic"
    switches : positions of the switches in the pane's head, by name
    """
    if isinstance(camera, tuple):
        view, eye, centre = None, np.array(camera[:3]), np.array(camera[3:])
    else:
        view = camera or USUAL
        eye, centre = 2 * np.array(VIEWS[view]) / np.linalg.norm(VIEWS[view]), np.zeros(3)
    zoom = float(DISTANCE / np.linalg.norm(eye - centre)) if projection == "orthographic" else 1.0
    tone = THEMES[theme]
    size = np.array([(box.z[1] - box.z[0]) * stretch, box.x[1] - box.x[0], box.y[1] - box.y[0]])
    ratio = 1.52 * size / np.linalg.norm(size)  # constant bounding sphere, so that one camera fits every box
    axes = {
        name: {
            "range": list(limits),
            "nticks": max(2, round(8 * length)),  # fewer ticks on the short sides of a box
            "title": {"text": title, "font": {"size": 12, "color": tone["text"]}},
            "tickfont": {"size": 10, "color": tone["faint"]},
            "gridcolor": tone["line"],
            "zeroline": False,
            "showbackground": False,
            "showspikes": False,
            "linecolor": tone["line"],
            "gridwidth": 2,
            "ticks": "",
        }
        for name, limits, length, title in (
            ("xaxis", box.z, ratio[0], "z [cm]"),
            ("yaxis", box.x, ratio[1], "x [cm]"),
            ("zaxis", box.y, ratio[2], "y [cm]"),
        )
    }
    return {
        "template": TEMPLATE,
        "scene": {
            **axes,
            "aspectmode": "manual",
            "aspectratio": dict(zip("xyz", (zoom * ratio).tolist(), strict=True)),
            "camera": {
                "eye": dict(zip("xyz", eye.tolist(), strict=True)),
                "center": dict(zip("xyz", centre.tolist(), strict=True)),
                "projection": {"type": projection},
            },
            "uirevision": revision,
        },
        "uirevision": revision,
        "meta": {  # for the page's script
            "view": view,
            "ratios": ratio.tolist(),
            "stretch": stretch,
            "zoom": zoom,
            "switches": dict(switches or {}),
        },
        "paper_bgcolor": tone["pane"],
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "showlegend": False,
        "hovermode": "closest",
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": tone["faint"], "activecolor": tone["accent"]},
    }


def blank(theme: str) -> go.Figure:
    """A figure that shows only the background: without a scene Plotly draws axes in 2D, from -1 to 6."""
    tone = THEMES[theme]["pane"]
    none = {"visible": False, "fixedrange": True}
    layout = {"template": TEMPLATE, "xaxis": none, "yaxis": none, "paper_bgcolor": tone, "plot_bgcolor": tone}
    return figure_of([], layout | {"margin": {"l": 0, "r": 0, "t": 0, "b": 0}})


def nowhere() -> dict:
    """A trace without a point: Plotly draws axes in 2D instead of the scene if all that it has is empty."""
    return _lines(np.full((1, 3), np.nan), "black", 1, "nothing")


def layer_lines(layer: Disc, box: Box, theme: str) -> dict:
    """Trace of the current layer: its circles, and a frame in its plane."""
    return _lines(_current(layer, box), THEMES[theme]["accent"], 3, "current layer")


def current_layer(layer: tuple[float, float, float], box: Box) -> dict[str, np.ndarray]:
    """Coordinates of the trace `CURRENT_LAYER`, to show another layer in the same figure.

    Parameters
    ----------
    layer : (z, r_inner, r_outer), cm
    box : ranges of the figure's axes

    Returns
    -------
    x, y, z : float32, shape (n,), cm, in Plotly's axes, with NaN between lines
    """
    return _coordinates(_current(layer, box))


def _lines(points: np.ndarray, colour: str, width: float, name: str) -> dict:
    """Trace of lines through points (z, x, y), separated by NaN; without tooltips."""
    return {
        "type": "scatter3d",
        **_coordinates(points),
        "mode": "lines",
        "line": {"color": colour, "width": width},
        "hoverinfo": "skip",
        "connectgaps": False,
        "name": name,
    }


def _coordinates(points: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip("xyz", np.ascontiguousarray(points.astype(np.float32).T), strict=True))


def _rings(discs: Sequence[Disc]) -> np.ndarray:
    """Inner and outer circles of layers, shape (n, 3), separated by NaN."""
    if not len(discs):
        return np.full((1, 3), np.nan)
    out = []
    for z, *radii in discs:
        for r in radii:
            circle = np.stack([np.full(len(RING), z), r * np.cos(RING), r * np.sin(RING)], axis=1)
            out += [circle, np.full((1, 3), np.nan)]
    return np.concatenate(out)


def _current(layer: Disc, box: Box) -> np.ndarray:
    """Lines of the current layer: its circles, and the edge of the box at its z."""
    z = layer[0]
    # Exactly on the box, rounding would determine which pieces of the edge are clipped.
    (x0, x1), (y0, y1) = ((a + 1e-3 * (b - a), b - 1e-3 * (b - a)) for a, b in (box.x, box.y))
    edge = np.array([[z, x0, y0], [z, x1, y0], [z, x1, y1], [z, x0, y1], [z, x0, y0]])
    return np.concatenate([edge, np.full((1, 3), np.nan), _rings([layer])])
