"""Clusters in the 3D picture: cells in their cluster's colour, the others as faint points, seeds as lines."""

import numpy as np

from ..framing import Box
from .colours import THEMES

MANY = 12  # seeds: more are thinner lines
LOOSE = "trigger cells in no cluster"


def classed_mesh(mesh: dict, classes: np.ndarray, palette) -> tuple[dict, dict]:
    """Parts of the traces that colour trigger cells by class.

    Parameters
    ----------
    mesh : of `shower.mesh_arrays`, all n cells
    classes : int, shape (n,): index into `palette`, -1 for none
    palette : CSS colours

    Returns
    -------
    cells : of the mesh: all vertices, the triangles of the cells with a class, and their colours
    loose : of a trace of points: the middles of the cells without a class
    """
    rows = np.flatnonzero(classes >= 0)
    triangles = {name: mesh[name].reshape(-1, 2)[rows].ravel() for name in "ijk"}
    intensity = np.repeat(classes[rows].astype(np.uint8), 2)
    if not len(rows):  # without any triangle Plotly would make its own
        triangles = {name: np.zeros(1, dtype=np.int32) for name in "ijk"}
        intensity = np.zeros(1, dtype=np.uint8)
    n = len(palette)
    steps = [[edge / n, colour] for i, colour in enumerate(palette) for edge in (i, i + 1)]
    cells = {
        **{name: mesh[name] for name in "xyz"},
        **triangles,
        "intensity": intensity,
        "colorscale": steps,
        "cmin": -0.5,
        "cmax": n - 0.5,
    }
    rest = np.flatnonzero(classes < 0)
    middle = {name: mesh[name].reshape(-1, 4)[rest].mean(axis=1) for name in "xyz"}
    return cells, middle


def loose_points(middle: dict | None, theme: str) -> dict:
    """Trace of the cells in no cluster, which is empty where the colours are a scale."""
    middle = middle or {name: np.zeros(0, dtype=np.float32) for name in "xyz"}
    return {
        "type": "scatter3d",
        **middle,
        "mode": "markers",
        "marker": {"size": 2.2, "symbol": "square", "color": THEMES[theme]["loose"], "opacity": 0.35},
        "hoverinfo": "none",
        "name": LOOSE,
    }


def seed_lines(x_over_z, y_over_z, colours, box: Box, side: int) -> dict:
    """Trace of the seeds' directions through the box.

    Parameters
    ----------
    x_over_z, y_over_z : shape (n,), over abs(z)
    colours : CSS colours
    """
    near, far = sorted(np.abs(box.z))
    ends = np.array([near, far, np.nan])
    z = np.tile(ends * side, len(colours))
    points = {
        "x": z,
        "y": np.outer(x_over_z, ends).ravel(),
        "z": np.outer(y_over_z, ends).ravel(),
    }
    return {
        "type": "scatter3d",
        **{name: values.astype(np.float32) for name, values in points.items()},
        "mode": "lines",
        "line": {
            "color": [colour for colour in colours for _ in ends],
            "width": 5 if len(colours) < MANY else 2.5,
        },
        "hoverinfo": "skip",
        "connectgaps": False,
        "name": "seeds",
    }


def file_clusters(x_over_z, y_over_z, box: Box, side: int, theme: str) -> dict:
    """Trace that marks the clusters of the file where they leave the box at the back."""
    far = np.abs(box.z).max()
    return {
        "type": "scatter3d",
        "x": np.full(len(x_over_z), far * side, dtype=np.float32),
        "y": np.asarray(x_over_z * far, dtype=np.float32),
        "z": np.asarray(y_over_z * far, dtype=np.float32),
        "mode": "markers",
        "marker": {"size": 6, "symbol": "diamond-open", "color": THEMES[theme]["text"]},
        "hoverinfo": "skip",
        "name": "clusters of the file",
    }
