"""Which trigger cells a partial wafer lacks, as far as the cells that were seen show it."""

from collections.abc import Mapping
from functools import cache

import numpy as np

from . import placements
from .inference import Placed, Seen
from .lattices import HALF_LATTICE, Lattice, directions
from .placements import N_CELLS, TURNS

LEAST = 6  # cells of a wafer; from fewer, nothing follows
UNLIKELY = 1e-3  # an empty band is no part of the wafer if this exceeds the chance that it stays empty
EDGE = 0.6  # cm; cells are beyond the last one seen if their centres are this much further out
AROUND, WHOLE = 16, 3  # if 3 of the 16 nearest wafers were seen whole, cells not seen do not exist
COVERED = 0.8  # fraction of a layer's sites whose wafers must have been seen to recognise its rim


def absent(have: np.ndarray, placed: Placed, among_whole: np.ndarray, at_rim: np.ndarray) -> np.ndarray:
    """Cells that a wafer does not have: if it had them, some would have been seen.

    They lie beyond a straight cut, or beyond a distance from the beam, at the rim of the layer; or the wafers
    around were seen whole. A region that no shower has reached yet is no such cut if wafers lie beyond it.

    Parameters
    ----------
    have : bool, shape (n_wafers, 48), cells that were seen
    among_whole : bool, shape (n_wafers,), see `among_whole`
    at_rim : bool, shape (n_wafers, 12), see `directions_of_rim`

    Returns
    -------
    bool, shape (n_wafers, 48)
    """
    out = np.zeros(have.shape, dtype=bool)
    n = have.sum(axis=1)
    out[among_whole] = ~have[among_whole]
    rows = np.flatnonzero((n >= LEAST) & (n < N_CELLS) & ~among_whole & at_rim.any(axis=1))
    if not len(rows):
        return out
    seen, n, open_ = have[rows], n[rows], at_rim[rows]
    turn, mirrored = placed.placement[rows].astype(int) % TURNS, placed.placement[rows] >= TURNS
    outwards = np.rint(np.angle(placed.centre[rows]) / (np.pi / 6)).astype(int)
    beyond = np.empty((len(rows), TURNS + 2, N_CELLS), dtype=bool)
    possible = np.empty((len(rows), TURNS + 2), dtype=bool)
    every = np.arange(len(rows))
    for k in range(TURNS):
        last = np.where(seen, _along()[k], -np.inf).max(axis=1)
        beyond[:, k] = _along()[k] > last[:, None] + EDGE
        possible[:, k] = open_[every, (np.where(mirrored, -k, k) + turn) % TURNS]
    local = placements.means()[placed.placement[rows], placed.fine[rows]]
    r = np.abs(placed.centre[rows][:, None] + local)
    beyond[:, -2] = r > np.where(seen, r, -np.inf).max(axis=1)[:, None]
    beyond[:, -1] = r < np.where(seen, r, np.inf).min(axis=1)[:, None]
    possible[:, -2] = open_[every, outwards % TURNS]
    possible[:, -1] = open_[every, (outwards + TURNS // 2) % TURNS]
    unlikely = _log_chance()[beyond.sum(axis=2), n[:, None]] < np.log(UNLIKELY)
    out[rows] = (beyond & (unlikely & possible)[:, :, None]).any(axis=1)
    return out


def directions_of_rim(seen: Seen, lattices: Mapping[int, Lattice], wanted: np.ndarray) -> np.ndarray:
    """Directions in which wafers have no adjacent one, in layers of which most was seen.

    Parameters
    ----------
    lattices : by layer
    wanted : bool, shape (n_wafers,), the wafers for which to compute it

    Returns
    -------
    bool, shape (n_wafers, 12): by direction from the x axis, in steps of 30 degrees; False for the others
    """
    out = np.zeros((len(seen.layer), TURNS), dtype=bool)
    for layer in np.unique(seen.layer[wanted]):
        rows, lattice = np.flatnonzero(seen.layer == layer), lattices[int(layer)]
        u, v = seen.waferu[rows], seen.waferv[rows]
        r = np.abs(lattice.centres(u, v))
        if len(rows) < COVERED * len(lattice.sites(r.min(), r.max())[0]):
            continue
        free = np.ones(
            (2 * HALF_LATTICE + 2, 2 * HALF_LATTICE + 2), dtype=bool
        )  # with a margin of one on each side
        u, v = u + HALF_LATTICE + 1, v + HALF_LATTICE + 1
        free[u, v] = False
        none = np.zeros((len(rows), TURNS), dtype=bool)
        for du, dv, direction in directions(lattice):
            none[:, direction] = free[u + du, v + dv]
        for between in range(
            1 - lattice.turn, TURNS, 2
        ):  # towards a corner: either of the two wafers beside it is absent
            none[:, between] = none[:, between - 1] | none[:, (between + 1) % TURNS]
        out[rows] = none
    return out & wanted[:, None]


def among_whole(whole: np.ndarray, layer: np.ndarray, centre: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Wafers with neighbours of which all cells were seen.

    Parameters
    ----------
    whole : bool, shape (n_wafers,), the wafers of which all cells were seen
    layer, centre : of the wafers
    wanted : bool, shape (n_wafers,), the wafers for which to compute it

    Returns
    -------
    bool, shape (n_wafers,); False for the others
    """
    from scipy.spatial import cKDTree  # slow to import, and workers of studies need no tree

    out = np.zeros(len(whole), dtype=bool)
    points = np.stack([centre.real, centre.imag], axis=1)
    for n in np.intersect1d(layer[whole], layer[wanted]):
        rows, mine = np.flatnonzero(layer == n), np.flatnonzero((layer == n) & wanted)
        _, near = cKDTree(points[rows]).query(points[mine], k=min(AROUND + 1, len(rows)))
        near = near.reshape(len(mine), -1)
        out[mine] = whole[rows][near].sum(axis=1) >= min(WHOLE, len(rows) - 1)
    return out


@cache
def _along() -> np.ndarray:
    """Positions of an unturned wafer's cells along 12 directions, float64, shape (12, 48), cm."""
    direction = np.exp(-1j * np.pi / 6 * np.arange(TURNS))
    return (direction[:, None] * placements.means()[0, 0]).real


@cache
def _log_chance() -> np.ndarray:
    """Logarithm of the chance that n of 48 cells leave m given ones empty, times the number of cuts tried.

    Returns
    -------
    float64, shape (49, 49), by m and n
    """
    from scipy.special import gammaln

    m, n = np.meshgrid(np.arange(N_CELLS + 1), np.arange(N_CELLS + 1), indexing="ij")
    possible = m + n <= N_CELLS
    rest = np.where(possible, N_CELLS - m, N_CELLS)
    n = np.where(possible, n, 0)
    log = gammaln(rest + 1) - gammaln(rest - n + 1) - gammaln(N_CELLS + 1) + gammaln(N_CELLS - n + 1)
    return np.where(possible, log, -np.inf) + np.log(TURNS + 2)
