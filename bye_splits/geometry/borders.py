"""Borders of a layer's wafers and of its scintillator, as straight lines to be drawn."""

from functools import cache

import numpy as np

from . import constants as c
from . import wafers

ROUNDED = 1e-2  # cm; ends of lines that are closer than this are one


@cache
def _pattern() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The 48 trigger cells of a wafer and their sides.

    Returns
    -------
    index : int64, shape (8, 8): number 0 to 47 by (cellu, cellv), -1 where there is none
    sides : float64, shape (48, 4, 2, 2), cm about the wafer's centre: both ends of each side; those at the
        rim are in the middle of the gap between wafers
    across : int64, shape (48, 4): number of the cell on the other side, 48 beyond the rim
    """
    cellu, cellv, _ = wafers.sensor_cells(8)
    index = np.full((8, 8), -1)
    index[cellu, cellv] = np.arange(48)
    corners = wafers.cell_corners(cellu, cellv, c.SENSOR_SEPARATION / 2)
    sides = np.stack([corners, np.roll(corners, -1, axis=1)], axis=2)
    middles = sides.mean(axis=2)
    apart = np.hypot(*np.moveaxis(middles[:, :, None, None] - middles, -1, 0))
    apart[np.arange(48), :, np.arange(48)] = np.inf
    across = np.where(apart.min(axis=(2, 3)) < ROUNDED, apart.min(axis=3).argmin(axis=2), 48)
    return index, sides, across


def wafer_borders(layer: int, waferu, waferv, cellu, cellv) -> np.ndarray:
    """Borders of a layer's wafers, each once: hexagons, or what surrounds the cells of a partial wafer.

    Parameters
    ----------
    waferu, waferv, cellu, cellv : int arrays, shape (n,): the silicon trigger cells of the layer

    Returns
    -------
    float64, shape (m, 2, 2), cm: both ends of each line, in the +z endcap
    """
    index, sides, across = _pattern()
    key = np.asarray(waferu, dtype=np.int64) * 64 + waferv
    _, first, wafer = np.unique(key, return_index=True, return_inverse=True)
    present = np.zeros((len(first), 49), dtype=bool)
    present[wafer, index[cellu, cellv]] = True
    of, cell, side = np.nonzero(present[:, :48, None] & ~present[:, across])
    centres = np.stack(wafers.wafer_centres(layer, waferu[first], waferv[first]), axis=1)
    return _joined(sides[cell, side] + centres[of][:, None])


def _joined(sides: np.ndarray) -> np.ndarray:
    """Lines of sides (n, 2, 2): each side once, those that go on straight in one."""
    if not len(sides):
        return sides
    along = sides[:, 1] - sides[:, 0]
    angle = (
        np.rint(np.arctan2(along[:, 1], along[:, 0]) / (np.pi / 6)).astype(int) % 6
    )  # of a line, not a ray
    unit = np.stack([np.cos(angle * np.pi / 6), np.sin(angle * np.pi / 6)], axis=1)
    ends = np.sort(np.einsum("nik,nk->ni", sides, unit), axis=1)
    aside = sides[:, 0, 1] * unit[:, 0] - sides[:, 0, 0] * unit[:, 1]
    line = np.rint(aside / (2 * ROUNDED)).astype(int)
    order = np.lexsort((ends[:, 0], line, angle))
    angle, line, ends, aside, unit = (a[order] for a in (angle, line, ends, aside, unit))
    # A side that starts before the end of the one before it is the same side of the wafer next to it.
    new = (np.diff(angle) != 0) | (np.diff(line) != 0) | (ends[1:, 0] > ends[:-1, 1] + ROUNDED)
    first = np.flatnonzero(np.append(True, new))
    last = np.append(first[1:], len(order)) - 1
    low, high = ends[first, 0], ends[last, 1]
    normal = np.stack([-unit[first, 1], unit[first, 0]], axis=1)
    reach = np.stack([low, high], axis=1)[..., None] * unit[first][:, None]
    return reach + (aside[first, None] * normal)[:, None]


def outer_sides(corners: np.ndarray) -> np.ndarray:
    """Sides of outlines that no other outline shares.

    Parameters
    ----------
    corners : float32, shape (n, 4, 2), cm

    Returns
    -------
    float64, shape (m, 2, 2), cm
    """
    ends = np.stack([corners, np.roll(corners, -1, axis=1)], axis=2).reshape(-1, 2, 2).astype(float)
    middle = np.rint(ends.mean(axis=1) / ROUNDED).astype(np.int64)
    _, where, count = np.unique(middle @ (1 << 32, 1), return_index=True, return_counts=True)
    return ends[where[count == 1]]
