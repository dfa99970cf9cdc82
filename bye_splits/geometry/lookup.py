"""Numbers of trigger cells, and rows of wafers, by their indices."""

import numpy as np

from . import constants as c
from . import placements
from .lattices import HALF_LATTICE
from .placements import N_CELLS
from .rings import MOST_RINGS
from .wafer_table import Wafers

MOST_PHI = 256  # values that iphi may have in the table


class Lookup:
    """Tables from indices to numbers; whatever is asked for, what does not exist has number -1.

    Parameters
    ----------
    n_layers : largest layer number
    known : Wafers
    wafer, cell : int arrays, shape (n,), of each silicon trigger cell, row of its wafer, and 0 to 47
    silicon : int array, shape (n,), their numbers
    tile : int array, shape (m,), numbers of the scintillator's trigger cells
    layer, ieta, iphi : int arrays, shape (m,), of these
    """

    def __init__(self, n_layers: int, known: Wafers, wafer, cell, silicon, tile, layer, ieta, iphi):
        self._wafer_row = np.full((n_layers + 1, 2 * HALF_LATTICE, 2 * HALF_LATTICE), -1, dtype=np.int32)
        rows = np.arange(len(known.layer))
        self._wafer_row[known.layer, known.waferu + HALF_LATTICE, known.waferv + HALF_LATTICE] = rows
        self._silicon = np.full((len(rows), N_CELLS), -1, dtype=np.int32)
        self._silicon.ravel()[wafer * np.int64(N_CELLS) + cell] = silicon
        self._tile = np.full((n_layers + 1, MOST_RINGS, MOST_PHI), -1, dtype=np.int32)
        self._tile[layer, ieta, iphi] = tile

    def wafer(self, layer, waferu, waferv) -> np.ndarray:
        """Rows of wafers, int64, shape (n,)."""
        return _taken(self._wafer_row, (layer, waferu + HALF_LATTICE, waferv + HALF_LATTICE))

    def silicon(self, wafer, cell) -> np.ndarray:
        """Numbers of silicon trigger cells by wafer row and cell, int64, shape (n,); -1 for either -1."""
        if not len(self._silicon):
            return np.full(len(wafer), -1, dtype=np.int64)
        return np.where((wafer < 0) | (cell < 0), -1, self._silicon[wafer, cell]).astype(np.int64)

    def tile(self, layer, ieta, iphi) -> np.ndarray:
        """Numbers of scintillator trigger cells, int64, shape (n,)."""
        return _taken(self._tile, (layer, ieta, iphi))

    def find(self, layer, waferu, waferv, cellu, cellv) -> np.ndarray:
        """Numbers of trigger cells, see `Geometry.find`."""
        layer, waferu, waferv, cellu, cellv = np.broadcast_arrays(
            *(whole(a) for a in (layer, waferu, waferv, cellu, cellv))
        )
        tile = (waferu == c.NO_WAFER) & (waferv == c.NO_WAFER)
        silicon = self.silicon(self.wafer(layer, waferu, waferv), placements.index_of(cellu, cellv))
        return np.where(tile, self.tile(layer, cellu, cellv), silicon)


def whole(values) -> np.ndarray:
    """int64, shape (n,), of any numbers: what is not whole, or beyond 2^31, becomes an index of no cell."""
    values = np.atleast_1d(np.asarray(values))
    if values.dtype.kind != "i":
        values = values.astype(float)
        is_whole = (values == np.rint(values)) & (np.abs(values) < 2**31)
        values = np.where(is_whole, values, -(2**31))
    return values.astype(np.int64)


def _taken(table: np.ndarray, indices) -> np.ndarray:
    """`table[indices]` as int64, -1 where an index is outside the table."""
    valid = np.logical_and.reduce([(i >= 0) & (i < n) for i, n in zip(indices, table.shape, strict=True)])
    flat = np.ravel_multi_index(indices, table.shape, mode="wrap")
    return np.where(valid, table.ravel()[flat], -1).astype(np.int64)
