"""Borders of a layer's wafers and of its scintillator, as straight lines."""

from functools import cache

import numpy as np

from . import constants as c
from . import wafers
from .lattices import Lattice
from .placements import N_CELLS, outlines
from .wafer_table import Wafers, wafer_key

ROUNDED = 1e-2  # cm; ends of lines closer than this are the same point


@cache
def across() -> np.ndarray:
    """Neighbour across each side of a wafer's 48 trigger cells, int64, shape (48, 4); 48 at the rim."""
    sides = _sides(outlines(c.WAFER_SIZE, 0.0)[0])
    middles = sides.mean(axis=2)
    apart = np.hypot(*np.moveaxis(middles[:, :, None, None] - middles, -1, 0))
    apart[np.arange(N_CELLS), :, np.arange(N_CELLS)] = np.inf
    return np.where(apart.min(axis=(2, 3)) < ROUNDED, apart.min(axis=3).argmin(axis=2), N_CELLS)


def _sides(corners: np.ndarray) -> np.ndarray:
    """Both ends of each side of outlines (..., 4, 2): shape (..., 4, 2, 2)."""
    return np.stack([corners, np.roll(corners, -1, axis=-2)], axis=-2)


def wafer_borders(
    wafer: np.ndarray, cell: np.ndarray, centre: np.ndarray, placement: np.ndarray, size: float, gap: float
) -> np.ndarray:
    """Borders of a layer's wafers, each once: hexagons, or outlines of the cells of partial wafers.

    Parameters
    ----------
    wafer, cell : int arrays, shape (n,): row of the wafer of each trigger cell, and its number 0 to 47
    centre : complex128, shape (n_wafers,), cm
    placement : int array, shape (n_wafers,)
    size, gap : cm, as for `placements.outlines`; with half of the gap between wafers, neighbours share
        their sides

    Returns
    -------
    float64, shape (m, 2, 2), cm: both ends of each line, in the +z endcap
    """
    present = np.zeros((len(centre), N_CELLS + 1), dtype=bool)
    present[wafer, cell] = True
    of, cell, side = np.nonzero(present[:, :N_CELLS, None] & ~present[:, across()])
    sides = _sides(outlines(size, gap))[np.asarray(placement)[of], cell, side]
    return _joined(sides + np.stack([centre.real, centre.imag], axis=1)[of][:, None])


def hexagons(centre: np.ndarray, turn: int, pitch: float) -> np.ndarray:
    """Sides of whole wafers, each once, float64, shape (m, 2, 2), cm.

    Parameters
    ----------
    centre : complex128, shape (n,), cm
    turn : 1 where the wafers are turned by 30 degrees
    """
    corners = wafers.hexagon(pitch) @ (1, 1j) * np.exp(1j * np.pi / 6 * turn)
    around = np.asarray(centre)[:, None] + corners
    sides = _sides(np.stack([around.real, around.imag], axis=-1))
    return _joined(sides.reshape(-1, 2, 2))


def unseen(known: Wafers, layer: int, lattice: Lattice) -> np.ndarray:
    """Sides of the hexagons of a layer's lattice where no wafer is known, float64, shape (m, 2, 2), cm.

    They lie between the smallest and the largest distance from the beam of the known wafers' centres.
    """
    mine = known.layer == layer
    if not mine.any():
        return np.zeros((0, 2, 2))
    r = np.abs(known.centre[mine])
    u, v = lattice.sites(r.min() - known.gap, r.max() + known.gap)
    seen = np.isin(wafer_key(layer, u, v), wafer_key(layer, known.waferu[mine], known.waferv[mine]))
    return hexagons(lattice.centres(u[~seen], v[~seen]), lattice.turn, known.size + known.gap)


def _joined(sides: np.ndarray) -> np.ndarray:
    """Lines of sides (n, 2, 2): each side once, collinear adjacent ones joined."""
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
    # A side that starts before the end of the preceding one is the same side of the adjacent wafer.
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
