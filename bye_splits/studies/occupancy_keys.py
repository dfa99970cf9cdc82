"""One whole number for a trigger cell in a bin: endcap, bin, layer and indices.

A trigger cell is nearly always in the same (R/z, phi) bin, but for the rounding of the chain, in which mipPt
has a part. With the bin in the number, the sums of cells, layers, modules and bins all follow from one table;
in its order, a bin's layers are side by side.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bye_splits.geometry.constants import NO_WAFER

_CELL, _LAYER, _BIN = 23, 7, 20  # binary places
_UNKNOWN = (1 << _CELL) - 1  # cell whose indices are none that a trigger cell can have
_TILE = 1 << 22
_WAFER, _TILE_INDEX, _CELL_INDEX = (
    7,
    11,
    4,
)  # binary places of waferu and waferv, of ieta and iphi, of cellu and cellv
SECTIONS = {"both": None, "silicon": (0, _TILE), "scintillator": (_TILE, _UNKNOWN)}
"""Smallest cell of a section and the one behind its largest; None for all, even without valid indices."""
MOST_LAYERS = 1 << _LAYER


class CellsInBins(NamedTuple):
    """What keys stand for; arrays of shape (n,).

    Attributes
    ----------
    side : int64, 0 for z > 0, 1 for z < 0
    bin : int64, rz_bin * n_phi + phi_bin; n_rz * n_phi outside the histogram
    layer, waferu, waferv, cellu, cellv : int64; layer 0, or waferu -1000, where there are no valid ones
    """

    side: np.ndarray
    bin: np.ndarray
    layer: np.ndarray
    waferu: np.ndarray
    waferv: np.ndarray
    cellu: np.ndarray
    cellv: np.ndarray


NOT_A_WAFER = NO_WAFER - 1  # waferu and waferv of a cell without valid indices


def keys(
    side: np.ndarray,
    bins: np.ndarray,
    layer: np.ndarray,
    waferu: np.ndarray,
    waferv: np.ndarray,
    cellu: np.ndarray,
    cellv: np.ndarray,
) -> np.ndarray:
    """Keys of trigger cells, int64, shape (n,); arguments as the attributes of `CellsInBins`."""
    layer = np.where((layer >= 0) & (layer < 1 << _LAYER), layer, 0)
    tile = (waferu == NO_WAFER) & (waferv == NO_WAFER)
    half = 1 << (_WAFER - 1)
    silicon = (waferu >= -half) & (waferu < half) & (waferv >= -half) & (waferv < half)
    silicon &= (cellu >= 0) & (cellu < 1 << _CELL_INDEX) & (cellv >= 0) & (cellv < 1 << _CELL_INDEX)
    tile &= (cellu >= 0) & (cellu < 1 << _TILE_INDEX) & (cellv >= 0) & (cellv < 1 << _TILE_INDEX)
    of_wafer = ((waferu + half) << _WAFER | (waferv + half)) << 2 * _CELL_INDEX
    of_wafer |= cellu << _CELL_INDEX | cellv
    of_tile = _TILE | cellu << _TILE_INDEX | cellv
    cell = np.select([silicon, tile], [of_wafer, of_tile], _UNKNOWN)
    return start_of(side, bins, layer) | cell


def start_of(side: npt.ArrayLike, bins: npt.ArrayLike, layer: npt.ArrayLike) -> np.ndarray:
    """The smallest key in a layer of a bin of an endcap."""
    side, bins, layer = (np.asarray(part, dtype=np.int64) for part in (side, bins, layer))
    return ((((side << _BIN) + bins) << _LAYER) + layer) << _CELL  # layers may go on into the next bin


def ranges(
    side: int,
    bin_number: int,
    layers: tuple[int, int],
    section: str,
) -> tuple[np.ndarray, np.ndarray]:
    """Ranges low <= key < high of the trigger cells in a bin of an endcap, int64, shape (n,) each.

    Parameters
    ----------
    layers : first and last one
    section : one of `SECTIONS`
    """
    ends = SECTIONS[section]
    if ends is None:
        return start_of(side, [bin_number], layers[0]), start_of(side, [bin_number], layers[1] + 1)
    start = start_of(side, bin_number, np.arange(layers[0], layers[1] + 1))
    return start + ends[0], start + ends[1]


def parts(key: np.ndarray) -> CellsInBins:
    """What keys stand for."""

    def bits(first: int, number: int) -> np.ndarray:
        return key >> first & ((1 << number) - 1)

    cell = bits(0, _CELL)
    unknown, tile = cell == _UNKNOWN, cell >= _TILE
    half = 1 << (_WAFER - 1)

    def either(of_wafer: np.ndarray, of_tile: np.ndarray | int) -> np.ndarray:
        return np.where(unknown, NOT_A_WAFER, np.where(tile, of_tile, of_wafer))

    return CellsInBins(
        side=key >> (_CELL + _LAYER + _BIN),
        bin=bits(_CELL + _LAYER, _BIN),
        layer=bits(_CELL, _LAYER),
        waferu=either(bits(2 * _CELL_INDEX + _WAFER, _WAFER) - half, NO_WAFER),
        waferv=either(bits(2 * _CELL_INDEX, _WAFER) - half, NO_WAFER),
        cellu=either(bits(_CELL_INDEX, _CELL_INDEX), bits(_TILE_INDEX, _TILE_INDEX)),
        cellv=either(bits(0, _CELL_INDEX), bits(0, _TILE_INDEX)),
    )
