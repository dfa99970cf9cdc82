"""Trigger cells joined to parallelograms with the same outline, where they are too many to be drawn."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from . import constants as c
from .borders import ROUNDED, across
from .placements import N_CELLS, outlines

Block = tuple[tuple[int, ...], tuple[bool, ...]]
"""Cells 0 to 47 whose corners 0, 1, 2, 3 are the block's, and which of its sides are at the wafer's border.

Side k is between the corners k and k + 1.
"""


@dataclass(frozen=True, eq=False)
class Blocks:
    """Trigger cells, or parallelograms of several of a wafer; see `Outlines.blocks`.

    Attributes
    ----------
    numbers : int64, shape (n,), the trigger cell, or one of them, in the order of the layers
    corners : float32, shape (n, 4, 2), cm, as from `Geometry.corners`
    borders : bool, shape (n, 4): whether side k, from corner k to k + 1, is at the border of the wafer or of
        the scintillator
    """

    numbers: np.ndarray
    corners: np.ndarray
    borders: np.ndarray


@cache
def _next() -> np.ndarray:
    """Cell across each side of a wafer's cells if it is turned alike, int64, shape (48, 4); 48 for none."""
    corners = outlines(c.WAFER_SIZE, 0.0)[0]
    shape = corners - corners[:, :1]
    alike = np.abs(shape[:, None] - shape).max(axis=(2, 3)) < ROUNDED
    beyond = across()
    there = beyond < N_CELLS
    alike = there & alike[np.arange(N_CELLS)[:, None], np.where(there, beyond, 0)]
    return np.where(alike, beyond, N_CELLS)


@cache
def blocks_of(present: bytes, joined: bool) -> tuple[np.ndarray, np.ndarray]:
    """Blocks of a wafer.

    Parameters
    ----------
    present : of 48 bool: the wafer's cells
    joined : False for each cell as a block

    Returns
    -------
    cells : int64, shape (n, 4): cell of each corner of the blocks
    borders : bool, shape (n, 4): which sides are at the wafer's border; those of a block that is joined are
        so in their whole length, or nowhere
    """
    there = np.append(np.frombuffer(present, dtype=bool), False)
    border = ~there[across()]
    blocks: list[Block] = []
    for cell in np.flatnonzero(there):
        one, two, three, four = border[cell].tolist()
        blocks.append(((int(cell),) * 4, (one, two, three, four)))
    if joined:
        blocks = _joined(_joined(blocks, 1), 2)
    cells, borders = zip(*blocks, strict=True)
    return np.array(cells, dtype=np.int64), np.array(borders, dtype=bool)


def _joined(blocks: list[Block], side: int) -> list[Block]:
    """Join blocks across a side, 1 or 2, wherever the result has straight sides of one kind."""
    beyond = _next()
    first, second, opposite = side, (side + 1) % 4, (side + 2) % 4  # of the corners and of the sides
    third = (side + 3) % 4
    at = {(cells[third], cells[opposite]): (cells, borders) for cells, borders in blocks}
    following: dict[tuple, Block | None] = {}
    for cells, borders in blocks:
        # The block that shares this side in its whole length, if the sides next to it are of the same kind.
        other = at.get((int(beyond[cells[first], side]), int(beyond[cells[second], side])))
        alike = other is not None and all(borders[k] == other[1][k] for k in (second, third))
        following[cells] = other if alike else None
    inner = {other[0] for other in following.values() if other}
    out = []
    for block in blocks:
        if block[0] in inner:
            continue
        last = block
        while (other := following[last[0]]) is not None:
            last = other
        corner_cells, sides = list(block[0]), list(block[1])
        for corner in (first, second):
            corner_cells[corner] = last[0][corner]
        sides[side] = last[1][side]
        out.append((tuple(corner_cells), tuple(sides)))
    return out


def joined_cells(wafer: np.ndarray, cell: np.ndarray, joined: bool) -> tuple[np.ndarray, np.ndarray]:
    """Blocks of the cells of wafers.

    Parameters
    ----------
    wafer, cell : int arrays, shape (n,): the wafer of each trigger cell, and its number 0 to 47
    joined : False for each cell as a block

    Returns
    -------
    rows : int64, shape (m, 4): which of the cells has corner 0, 1, 2, 3 of each block
    borders : bool, shape (m, 4): which sides are at the wafer's border
    """
    rows, borders = [np.zeros((0, 4), dtype=np.int64)], [np.zeros((0, 4), dtype=bool)]
    wafers, index = np.unique(wafer, return_inverse=True)
    row = np.full((len(wafers), N_CELLS), -1)
    row[index, cell] = np.arange(len(cell))
    alike: dict[bytes, list[int]] = {}
    for number, present in enumerate(row >= 0):
        alike.setdefault(present.tobytes(), []).append(number)
    for present, members in alike.items():
        cells, border = blocks_of(present, joined)
        rows.append(row[members][:, cells].reshape(-1, 4))
        borders.append(np.tile(border, (len(members), 1)))
    return np.concatenate(rows), np.concatenate(borders)


def tile_borders(ieta: np.ndarray, iphi: np.ndarray, layer: np.ndarray) -> np.ndarray:
    """Which sides of tiles are at the border of their layer's scintillator, bool, shape (n, 4).

    Parameters
    ----------
    ieta, iphi, layer : int arrays, shape (n,)
    """
    n = c.N_PHI_TC

    def key(ieta: np.ndarray, iphi: np.ndarray) -> np.ndarray:
        return (layer.astype(np.int64) * 64 + ieta) * n + (iphi - 1) % n

    ieta, iphi = ieta.astype(np.int64), iphi.astype(np.int64)
    present = key(ieta, iphi)
    around = (key(ieta, iphi - 1), key(ieta + 1, iphi), key(ieta, iphi + 1), key(ieta - 1, iphi))
    return np.stack([~np.isin(one, present) for one in around], axis=1)
