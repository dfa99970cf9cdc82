"""Numbers of trigger cells, and rows of wafers, by their indices."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from . import constants as c
from . import placements, wafers
from .lattices import HALF_LATTICE, Lattice
from .placements import N_CELLS
from .rings import MOST_RINGS
from .wafer_table import Wafers

MOST_PHI = 256  # values that iphi may have in the table


class Lookup:
    """Tables from indices to numbers; indices of no trigger cell, whatever they are, give -1.

    Parameters
    ----------
    n_layers : largest layer number
    columns : arrays, shape (n,), by name: at least `layer cellu cellv`
    is_tile : bool, shape (n,): which trigger cells are scintillator
    known : Wafers
    wafer, cell : int arrays, shape (n,): wafer row of each silicon trigger cell, and its number 0 to 47
    """

    def __init__(
        self,
        n_layers: int,
        columns: Mapping[str, np.ndarray],
        is_tile: np.ndarray,
        known: Wafers,
        wafer: np.ndarray,
        cell: np.ndarray,
    ) -> None:
        silicon, tile = _rows(~is_tile), _rows(is_tile)
        self._wafer_row = np.full((n_layers + 1, 2 * HALF_LATTICE, 2 * HALF_LATTICE), -1, dtype=np.int32)
        rows = np.arange(len(known.layer))
        self._wafer_row[known.layer, known.waferu + HALF_LATTICE, known.waferv + HALF_LATTICE] = rows
        self._silicon = np.full((len(rows), N_CELLS), -1, dtype=np.int32)
        number = np.arange(len(is_tile), dtype=np.int32)
        self._silicon.ravel()[wafer[silicon] * np.int64(N_CELLS) + cell[silicon]] = number[silicon]
        self._tile = np.full((n_layers + 1, MOST_RINGS, MOST_PHI), -1, dtype=np.int32)
        self._tile[tuple(columns[name][tile] for name in ("layer", "cellu", "cellv"))] = number[tile]

    def wafer(self, layer: np.ndarray, waferu: np.ndarray, waferv: np.ndarray) -> np.ndarray:
        """Rows of wafers, int64, shape (n,)."""
        return _take(self._wafer_row, (layer, waferu + HALF_LATTICE, waferv + HALF_LATTICE))

    def wafer_centres(
        self,
        known: Wafers,
        lattices: Mapping[int, Lattice],
        layer: int,
        waferu: np.ndarray,
        waferv: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Centres of wafers of a layer, see `Geometry.wafer_centres`."""
        row = self.wafer(np.full(len(waferu), layer), waferu, waferv)
        nearest = min(lattices, key=lambda other: abs(other - layer), default=None)
        if nearest is None:
            x, y = wafers.wafer_centres(layer, waferu, waferv)
            centre = x + 1j * y
        else:
            centre = lattices[nearest].centres(waferu, waferv)
        if (row >= 0).any():
            centre = np.where(row >= 0, known.centre[row], centre)
        return centre.real, centre.imag

    def silicon(self, wafer: np.ndarray, cell: np.ndarray) -> np.ndarray:
        """Numbers of silicon cells by wafer row and cell, int64, shape (n,); -1 where either is -1."""
        if not len(self._silicon):
            return np.full(len(wafer), -1, dtype=np.int64)
        return np.where((wafer < 0) | (cell < 0), -1, self._silicon[wafer, cell]).astype(np.int64)

    def tile(self, layer: np.ndarray, ieta: np.ndarray, iphi: np.ndarray) -> np.ndarray:
        """Numbers of scintillator trigger cells, int64, shape (n,)."""
        return _take(self._tile, (layer, ieta, iphi))

    def find(
        self,
        layer: npt.ArrayLike,
        waferu: npt.ArrayLike,
        waferv: npt.ArrayLike,
        cellu: npt.ArrayLike,
        cellv: npt.ArrayLike,
    ) -> np.ndarray:
        """Numbers of trigger cells, see `Geometry.find`."""
        layer, waferu, waferv, cellu, cellv = np.broadcast_arrays(
            *(whole(a) for a in (layer, waferu, waferv, cellu, cellv))
        )
        tile = (waferu == c.NO_WAFER) & (waferv == c.NO_WAFER)
        silicon = self.silicon(self.wafer(layer, waferu, waferv), placements.index_of(cellu, cellv))
        return np.where(tile, self.tile(layer, cellu, cellv), silicon)


def _rows(which: np.ndarray) -> slice | np.ndarray:
    """Indices of the rows that are True: a slice, which avoids a copy, where they are contiguous."""
    rows = np.flatnonzero(which)
    if len(rows) and rows[-1] - rows[0] == len(rows) - 1:
        return slice(rows[0], rows[-1] + 1)
    return rows


def whole(values: npt.ArrayLike) -> np.ndarray:
    """Any numbers as int64, shape (n,); one that is not whole, or beyond 2^31, becomes an invalid index."""
    values = np.atleast_1d(np.asarray(values))
    if values.dtype.kind != "i":
        values = values.astype(float)
        is_whole = (values == np.rint(values)) & (np.abs(values) < 2**31)
        values = np.where(is_whole, values, -(2**31))
    return values.astype(np.int64)


def _take(table: np.ndarray, indices: tuple[np.ndarray, ...]) -> np.ndarray:
    """`table[indices]` as int64, -1 where an index is outside the table."""
    valid = np.logical_and.reduce([(i >= 0) & (i < n) for i, n in zip(indices, table.shape, strict=True)])
    flat = np.ravel_multi_index(indices, table.shape, mode="wrap")
    return np.where(valid, table.ravel()[flat], -1).astype(np.int64)
