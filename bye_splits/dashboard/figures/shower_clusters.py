"""Clusters in the 3D figure: cells without a colour as faint points, seeds and modules as lines."""

from collections.abc import Iterable, Sequence

import numpy as np

from ...geometry.wafers import hexagon
from .colours import THEMES
from .framing import Box

MANY = 12  # seeds from which on their lines are thinner
CROWD = 5000  # cells without a colour from which on their points are fainter, as they would hide the others
WHOLE = np.array([0, 1, np.nan])  # ends of a line as fractions of the depth of a box
DASHES = np.array([0, 1, np.nan, 2, 3, np.nan, 4, 5, np.nan, 6, 7, np.nan]) / 7
LOOSE = "trigger cells without a colour"


def coloured_mesh(mesh: dict, colour: np.ndarray) -> tuple[dict, dict | None]:
    """Arrays of the traces of trigger cells with a colour and without.

    Parameters
    ----------
    mesh : result of `shower.mesh_arrays` for all n cells
    colour : shape (n,), NaN for none

    Returns
    -------
    cells : arrays of the mesh: all vertices, the triangles of cells with a colour, and their `intensity`
    loose : arrays of a trace of points: centres of the cells without a colour; None if there are none
    """
    known = np.isfinite(colour)
    if known.all():
        return mesh | {"intensity": np.repeat(colour, 2)}, None
    rows, rest = np.flatnonzero(known), np.flatnonzero(~known)
    triangles = {name: mesh[name].reshape(-1, 2)[rows].ravel() for name in "ijk"}
    intensity = np.repeat(colour[rows], 2)
    if not len(rows):  # without triangles Plotly would compute its own
        triangles = {name: np.zeros(1, dtype=np.int32) for name in "ijk"}
        intensity = np.zeros(1, dtype=colour.dtype)
    loose = {name: mesh[name].reshape(-1, 4)[rest].mean(axis=1) for name in "xyz"}
    return {name: mesh[name] for name in "xyz"} | triangles | {"intensity": intensity}, loose


def stepped(palette: Sequence[str]) -> dict:
    """Stepped colour scale of the mesh for classes 0, 1, ... in the CSS colours of a palette."""
    n = len(palette)
    steps = [[edge / n, colour] for i, colour in enumerate(palette) for edge in (i, i + 1)]
    return {"colorscale": steps, "cmin": -0.5, "cmax": n - 0.5}


def loose_points(middle: dict | None, theme: str) -> dict:
    """Trace of the cells without a colour, empty if all have one."""
    middle = middle or {name: np.zeros(0, dtype=np.float32) for name in "xyz"}
    crowd = len(middle["x"]) > CROWD
    return {
        "type": "scatter3d",
        **middle,
        "mode": "markers",
        "marker": {
            "size": 1.5 if crowd else 2.2,
            "symbol": "square",
            "color": THEMES[theme]["loose"],
            "opacity": 0.12 if crowd else 0.35,
        },
        "hoverinfo": "none",
        "name": LOOSE,
    }


def seed_lines(
    x_over_z: np.ndarray,
    y_over_z: np.ndarray,
    colours: Sequence[str],
    dashed: Sequence[bool],
    box: Box,
    side: int,
) -> dict:
    """Trace of the seeds' directions through the box.

    Plotly's dash style applies to a whole trace, so dashed lines are split into segments here.

    Parameters
    ----------
    x_over_z, y_over_z : shape (n,), x/abs(z) and y/abs(z)
    colours : CSS colours
    dashed : bool, shape (n,)
    """
    near, far = sorted(np.abs(box.z))
    along = [near + (far - near) * (DASHES if each else WHOLE) for each in dashed]
    count = np.array([len(ends) for ends in along], dtype=np.int64)
    depth = np.concatenate([np.zeros(0), *along])
    points = {
        "x": side * depth,
        "y": np.repeat(x_over_z, count) * depth,
        "z": np.repeat(y_over_z, count) * depth,
    }
    return {
        "type": "scatter3d",
        **{name: values.astype(np.float32) for name, values in points.items()},
        "mode": "lines",
        "line": {
            "color": [colour for colour, n in zip(colours, count, strict=True) for _ in range(n)],
            "width": 5 if len(colours) < MANY else 1.8,
        },
        "hoverinfo": "skip",
        "connectgaps": False,
        "name": "seeds",
    }


def particle_lines(x_over_z: np.ndarray, y_over_z: np.ndarray, box: Box, side: int, theme: str) -> dict:
    """Trace of the directions of generated particles other than the selected one, with thinner lines."""
    n = len(x_over_z)
    lines = seed_lines(x_over_z, y_over_z, [THEMES[theme]["generated"]] * n, [False] * n, box, side)
    return lines | {"line": lines["line"] | {"width": 1.5}, "name": "other generated particles"}


def file_clusters(
    x_over_z: np.ndarray, y_over_z: np.ndarray, colours: Sequence[str], box: Box, side: int
) -> dict:
    """Trace that marks the clusters of the file, in CSS colours, at the far end of the box."""
    far = np.abs(box.z).max()
    return {
        "type": "scatter3d",
        "x": np.full(len(x_over_z), far * side, dtype=np.float32),
        "y": np.asarray(x_over_z * far, dtype=np.float32),
        "z": np.asarray(y_over_z * far, dtype=np.float32),
        "mode": "markers",
        "marker": {"size": 6 if len(colours) < MANY else 3, "symbol": "diamond-open", "color": colours},
        "hoverinfo": "skip",
        "name": "clusters of the file",
    }


def module_lines(sets: Iterable[tuple], z: tuple[float, float], box: Box, side: int) -> dict:
    """Trace of prisms around modules, from the first to the last summed layer.

    Parameters
    ----------
    sets : for each set of parameters (x, y, colour): centres, shape (n,), cm, in the +z endcap; those
        outside the box are omitted
    z : abs(z) of the two layers, cm
    """
    lines, colours = [np.full((1, 3), np.nan)], ["#000000"]
    for x, y, colour in sets:
        centre = np.stack([side * np.asarray(x), np.asarray(y)], axis=1)
        inside = (centre >= (box.x[0], box.y[0])) & (centre <= (box.x[1], box.y[1]))
        corners = centre[inside.all(axis=1), None] + hexagon()
        for each in corners:
            rim = np.concatenate([each, each[:1], np.full((1, 2), np.nan)])
            ends = [np.column_stack([np.full(len(rim), side * along), rim]) for along in z]
            edges = [[[side * z[0], *at], [side * z[1], *at], [np.nan] * 3] for at in each]
            lines += [*ends, np.reshape(edges, (-1, 3))]
        colours += [colour] * (34 * len(corners))
    points = np.concatenate(lines).astype(np.float32)
    return {
        "type": "scatter3d",
        **dict(zip("xyz", np.ascontiguousarray(points.T), strict=True)),
        "mode": "lines",
        "line": {"color": colours, "width": 2},
        "hoverinfo": "skip",
        "connectgaps": False,
        "name": "modules",
    }
