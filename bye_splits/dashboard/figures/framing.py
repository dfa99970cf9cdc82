"""The part of the detector framed by the 3D view, and from where one looks at it."""

from dataclasses import dataclass

import numpy as np

LEAST = 20.0  # cm, minimum length of a side of a frame
ROOM = 40.0  # cm, margin on each side of a line
STRAY = 1.8  # maximum factor by which a side is extended to hold every cell; else outer cells are excluded
USUAL = "usual"
VIEWS = {
    USUAL: (-1.03, -1.525, 0.83),
    "front": (1.0, 0.0, 0.0),
    "side": (0.0, -1.0, 0.0),
    "top": (0.0, -0.001, 1.0),
}
"""Directions, in Plotly's axes, from which one looks; the browser finds a distance that fills the pane.

From the front x increases to the right, as in the 2D map; from the side and from the top z does.
"""
VIEW_NAMES = {USUAL: "3D", "front": "Front", "side": "Side", "top": "Top"}
"""Their names on the page and below pictures."""


@dataclass(frozen=True)
class Box:
    """Ranges of the axes in cm: (low, high) of z, x and y."""

    z: tuple[float, float]
    x: tuple[float, float]
    y: tuple[float, float]

    def holds(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Whether points are inside, bool, shape (n,); x, y, z [cm]: shape (n,)."""
        sides = ((self.z, z), (self.x, x), (self.y, y))
        return np.logical_and.reduce([(low <= values) & (values <= high) for (low, high), values in sides])


def shower_box(
    x: np.ndarray, y: np.ndarray, z: np.ndarray, weight: np.ndarray, side: int = 1
) -> tuple[Box, int]:
    """Ranges that hold the shower: every cell if it stays large in them, else the central 98 % of the weight.

    Parameters
    ----------
    x, y, z, weight : float arrays, shape (n,), cm; n may be 0
    side : sign of z, for the default box of an empty event

    Returns
    -------
    box : Box, with a margin
    outside : int, number of cells outside it
    """
    if not len(x) or not weight.sum() > 0:
        depth = (320.0, 515.0) if side > 0 else (-515.0, -320.0)
        return Box(depth, (-100.0, 100.0), (-100.0, 100.0)), 0
    box = Box(_span(z, weight), _span(x, weight), _span(y, weight))
    return box, int((~box.holds(x, y, z)).sum())


def _span(values: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    order = np.argsort(values)
    total = np.cumsum(weight[order], dtype=np.float64)
    low, high = values[order[np.searchsorted(total, [0.01 * total[-1], 0.99 * total[-1]])]]
    first, last = values[order[[0, -1]]]
    if last - first <= STRAY * max(high - low, LEAST):
        low, high = first, last
    missing = max(0.0, LEAST - (high - low)) / 2
    margin = 0.06 * max(high - low, LEAST)
    return float(low - missing - margin), float(high + missing + margin)


def directions_box(directions: np.ndarray, side: int) -> Box:
    """Ranges that hold the sections of lines through the origin within an endcap.

    Parameters
    ----------
    directions : float64, shape (n, 2): x/abs(z) and y/abs(z); n may be 0
    side : 1 or -1
    """
    z = np.abs(endcap_box(side).z)
    ends = (directions[None] * z[:, None, None]).reshape(-1, 2)
    around = np.array([(x, y) for x in (-ROOM, ROOM) for y in (-ROOM, ROOM)])
    points = (ends[:, None] + around).reshape(-1, 2)
    depth = np.repeat(side * z, 4 * len(directions))
    return shower_box(points[:, 0], points[:, 1], depth, np.ones(len(points)), side)[0]


def endcap_box(side: int) -> Box:
    """Ranges that hold a whole endcap; `side` is 1 or -1."""
    z = (315.0, 520.0)
    return Box(z if side > 0 else (-z[1], -z[0]), (-270.0, 270.0), (-270.0, 270.0))
