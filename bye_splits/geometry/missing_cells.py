"""Which trigger cells a partial wafer lacks, as far as those that were seen can show it."""

from functools import cache

import numpy as np
from scipy.spatial import cKDTree
from scipy.special import gammaln

from . import placements
from .inference import Placed
from .placements import N_CELLS

DIRECTIONS = 12
LEAST = 6  # cells of a wafer: fewer show nothing
UNLIKELY = 1e-3  # a band without cells that chance would leave empty more rarely is not part of the wafer
EDGE = 0.6  # cm; cells whose centres are this much further out than the last one seen are beyond it
AROUND, WHOLE = 16, 3  # where so many of the wafers around were seen whole, what was not seen is not there


def absent(have: np.ndarray, placed: Placed, among_whole: np.ndarray) -> np.ndarray:
    """Cells that a wafer does not have, as it would have shown some of them.

    They lie beyond a straight cut, or beyond a distance from the beam; or the wafers around were seen whole.

    Parameters
    ----------
    have : bool, shape (n_wafers, 48), cells that were seen
    among_whole : bool, shape (n_wafers,), see `among_whole`

    Returns
    -------
    bool, shape (n_wafers, 48)
    """
    out = np.zeros(have.shape, dtype=bool)
    n = have.sum(axis=1)
    out[among_whole] = ~have[among_whole]
    rows = np.flatnonzero((n >= LEAST) & (n < N_CELLS) & ~among_whole)
    if not len(rows):
        return out
    seen, n = have[rows], n[rows]
    beyond = np.empty((len(rows), DIRECTIONS + 2, N_CELLS), dtype=bool)
    straight = _along()  # shape (12, 48)
    for k in range(DIRECTIONS):
        last = np.where(seen, straight[k], -np.inf).max(axis=1)
        beyond[:, k] = straight[k] > last[:, None] + EDGE
    local = placements.means()[placed.placement[rows], placed.fine[rows]]
    r = np.abs(placed.centre[rows][:, None] + local)
    beyond[:, -2] = r > np.where(seen, r, -np.inf).max(axis=1)[:, None]
    beyond[:, -1] = r < np.where(seen, r, np.inf).min(axis=1)[:, None]
    unlikely = _log_chance()[beyond.sum(axis=2), n[:, None]] < np.log(UNLIKELY)
    out[rows] = (beyond & unlikely[:, :, None]).any(axis=1)
    return out


def among_whole(whole: np.ndarray, layer: np.ndarray, centre: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Wafers around which others were seen whole.

    Parameters
    ----------
    whole : bool, shape (n_wafers,), those of which all cells were seen
    layer, centre : of the wafers
    asked : bool, shape (n_wafers,), those that one wants to know of

    Returns
    -------
    bool, shape (n_wafers,); False for the others
    """
    out = np.zeros(len(whole), dtype=bool)
    for n in np.intersect1d(layer[whole], layer[asked]):
        rows, mine = np.flatnonzero(layer == n), np.flatnonzero((layer == n) & asked)
        points = np.stack([centre.real, centre.imag], axis=1)
        _, near = cKDTree(points[rows]).query(points[mine], k=min(AROUND + 1, len(rows)))
        near = near.reshape(len(mine), -1)
        out[mine] = whole[rows][near].sum(axis=1) >= min(WHOLE, len(rows) - 1)
    return out


@cache
def _along() -> np.ndarray:
    """Places of an unturned wafer's cells along 12 directions, float64, shape (12, 48), cm."""
    direction = np.exp(-1j * np.pi / 6 * np.arange(DIRECTIONS))
    return (direction[:, None] * placements.means()[0, 0]).real


@cache
def _log_chance() -> np.ndarray:
    """Logarithm of the chance that n of 48 cells leave m given ones empty, times the directions tried.

    Returns
    -------
    float64, shape (49, 49), by m and n
    """
    m, n = np.meshgrid(np.arange(N_CELLS + 1), np.arange(N_CELLS + 1), indexing="ij")
    possible = m + n <= N_CELLS
    rest = np.where(possible, N_CELLS - m, N_CELLS)
    n = np.where(possible, n, 0)
    log = gammaln(rest + 1) - gammaln(rest - n + 1) - gammaln(N_CELLS + 1) + gammaln(N_CELLS - n + 1)
    return np.where(possible, log, -np.inf) + np.log(DIRECTIONS + 2)
