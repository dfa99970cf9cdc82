"""How the cells of a wafer are placed: turned in steps of 30 degrees, and mirrored or not.

A point of an unturned wafer is a complex number q = x + iy [cm] about the wafer's centre. Placement
`turn + 12 * mirror` takes it to `exp(i pi/6 turn) q`, with the conjugate of q where it is mirrored. Every
wafer of V11 has placement 0. CMSSW numbers placements differently [HGCalCell]; event files do not contain its
numbers.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

from . import constants as c
from . import wafers

TURNS = 12
PLACEMENTS = 2 * TURNS
N_CELLS = 48
FINE_TYPES = (0, 3)  # wafer types with 12 sensor cells along a side: 120 um, and 200 um of V19


@cache
def cell_index() -> np.ndarray:
    """Number 0 to 47 of a wafer's trigger cell by (cellu, cellv), int64, shape (8, 8); -1 for no cell.

    The order is that of `wafers.sensor_cells`.
    """
    cellu, cellv, _ = wafers.sensor_cells(8)
    index = np.full((8, 8), -1)
    index[cellu, cellv] = np.arange(N_CELLS)
    index.flags.writeable = False
    return index


def index_of(cellu: npt.ArrayLike, cellv: npt.ArrayLike) -> np.ndarray:
    """`cell_index` of any whole numbers, int64, shape (n,): -1 where there is no such cell."""
    cellu, cellv = np.asarray(cellu), np.asarray(cellv)
    valid = (cellu >= 0) & (cellu < 8) & (cellv >= 0) & (cellv < 8)
    return np.where(valid, cell_index()[np.where(valid, cellu, 0), np.where(valid, cellv, 0)], -1)


def _placed(points: np.ndarray) -> np.ndarray:
    """Points in all placements: complex128, shape (24, *points.shape)."""
    turns = np.exp(1j * np.pi / 6 * np.arange(TURNS))
    turns[::3] = np.rint(turns[::3].real) + 1j * np.rint(turns[::3].imag)  # exact at multiples of 90 degrees
    both = np.stack([points, points.conj()])
    return (both[:, None] * turns.reshape(1, -1, *[1] * points.ndim)).reshape(PLACEMENTS, *points.shape)


@cache
def means() -> np.ndarray:
    """Positions of the trigger cells about a wafer's centre, in every placement.

    Returns
    -------
    complex128, shape (24, 2, 48), cm, for V11's wafer size: by placement, by 0 coarse or 1 fine sensor cells,
    and by cell; the mean of the cell's sensor cells
    """
    both = [wafers.sensor_cells(n)[2].mean(axis=1) @ (1, 1j) for n in (8, 12)]
    return _placed(np.stack(both))


@cache
def cut_means() -> tuple[tuple[np.ndarray, ...], ...]:
    """Possible means of a trigger cell that lacks some of its sensor cells, relative to the mean of all.

    Returns
    -------
    by 0 coarse or 1 fine, by rhombus (index into `wafers.RHOMBI`): complex128, shape (2^n - 1,) for n sensor
    cells, cm, for V11's wafer size, unturned
    """
    out = []
    for per_side in (8, 12):
        cellu, cellv, cells = wafers.sensor_cells(per_side)
        rhombus = wafers.rhombus_indices(cellu, cellv)[0]
        n = cells.shape[1]
        kept = np.arange(1, 2**n)[:, None] >> np.arange(n) & 1
        first = [int(np.flatnonzero(rhombus == kind)[0]) for kind in range(3)]
        about = [(cells[row] - cells[row].mean(axis=0)) @ (1, 1j) for row in first]
        out.append(tuple((kept * points).sum(axis=1) / kept.sum(axis=1) for points in about))
    return tuple(out)


@cache
def outlines(size: float, gap: float) -> np.ndarray:
    """Outlines of a wafer's 48 trigger cells about its centre, in every placement.

    Parameters
    ----------
    size : of the wafer, flat to flat, cm
    gap : cm by which the outermost cells extend beyond the wafer's sides, see `wafers.cell_corners`

    Returns
    -------
    float64, shape (24, 48, 4, 2), cm; read-only
    """
    cellu, cellv, _ = wafers.sensor_cells(8)
    scale = size / c.WAFER_SIZE
    corners = wafers.cell_corners(cellu, cellv, gap / scale) * scale
    placed = _placed(corners @ (1, 1j))
    table = np.stack([placed.real, placed.imag], axis=-1)
    table[0] = corners
    table.flags.writeable = False
    return table


def unplaced(points: np.ndarray, placement: np.ndarray) -> np.ndarray:
    """Transform points of placed wafers, about their centres, back to the unturned wafer.

    Parameters
    ----------
    points : complex128, shape (n,), cm
    placement : int array, shape (n,)

    Returns
    -------
    complex128, shape (n,), cm
    """
    turn, mirror = placement % TURNS, placement >= TURNS
    turned = points * np.where(turn == 0, 1, np.exp(-1j * np.pi / 6 * turn))
    return np.where(mirror, turned.conj(), turned)
