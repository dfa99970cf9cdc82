"""How trigger cells are drawn: their outlines, and the borders of their wafers."""

from collections.abc import Collection, Mapping

import numpy as np

from . import borders, placements
from .blocks import Blocks, joined_cells, tile_borders
from .covering import Covering
from .rings import Rings
from .wafer_table import Wafers

OVERLAP = 1e-4  # cm by which neighbours overlap where they are rasterised: rounding must not open a gap


class Outlines:
    """Outlines of the trigger cells of a geometry; those of a layer are cached and must not be changed.

    Parameters
    ----------
    columns : arrays, shape (n,), by name: at least `layer cellu cellv`
    is_tile : bool, shape (n,): which trigger cells are scintillator
    wafers, wafer, cell, rings, shift : as in `Geometry`
    """

    def __init__(
        self,
        columns: Mapping[str, np.ndarray],
        is_tile: np.ndarray,
        *,
        wafers: Wafers,
        wafer: np.ndarray,
        cell: np.ndarray,
        rings: Rings,
        shift: np.ndarray | None,
    ):
        self._columns, self._is_tile = columns, is_tile
        self._wafers, self._wafer, self._cell = wafers, wafer, cell
        self._rings, self._shift = rings, shift
        self._layers: dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
        self._blocks: dict[int, Blocks] = {}

    def corners(self, numbers: np.ndarray, beyond: float = 0.0) -> np.ndarray:
        """Outlines of trigger cells, float32, shape (n, 4, 2), cm; see `wafers.cell_corners`."""
        known, tile = self._wafers, self._is_tile[numbers]
        out = np.empty((len(numbers), 4, 2), dtype=np.float32)
        tiles = numbers[tile]
        out[tile] = self._rings.corners(*(self._columns[k][tiles] for k in ("layer", "cellu", "cellv")))
        wafer, cell = self._wafer[numbers[~tile]], self._cell[numbers[~tile]]
        centre = np.stack([known.centre.real, known.centre.imag], axis=1)[wafer]
        out[~tile] = centre[:, None] + placements.outlines(known.size, beyond)[known.placement[wafer], cell]
        if self._shift is not None:
            shift = self._shift[numbers]
            out += np.stack([shift.real, shift.imag], axis=1)[:, None]
        return out

    def of_layer(self, layer: int, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Outlines of a layer's trigger cells, all of its `numbers`, see `Geometry.outlines_of_layer`."""
        kept = self._layers.get(layer)
        if kept is None:
            corners = self.corners(numbers, self._wafers.gap / 2 + OVERLAP)
            tile = self._is_tile[numbers]
            corners[tile] = _enlarged(corners[tile], OVERLAP)
            kept = self._layers[layer] = corners, *_around(corners)
        return kept

    def blocks(self, numbers: np.ndarray, joined: bool) -> Blocks:
        """Trigger cells with their borders.

        Parameters
        ----------
        numbers : int64, shape (n,), ascending in each layer
        joined : whether cells of a wafer are joined to parallelograms, which together have their outline; a
            full wafer is three of them
        """
        tile = self._is_tile[numbers]
        # Cells that are not where their wafer has them share no side with the others.
        shifted = np.zeros(len(numbers), dtype=bool) if self._shift is None else self._shift[numbers] != 0
        placed, tiles, alone = (np.flatnonzero(part) for part in (~tile & ~shifted, tile, ~tile & shifted))
        of_wafers, at_rim = joined_cells(self._wafer[numbers[placed]], self._cell[numbers[placed]], joined)
        layer, ieta, iphi = (self._columns[name][numbers[tiles]] for name in ("layer", "cellu", "cellv"))
        single = np.concatenate([tiles, alone])
        rows = np.concatenate([placed[of_wafers], np.repeat(single[:, None], 4, axis=1)])
        rim = np.concatenate([at_rim, tile_borders(ieta, iphi, layer), np.ones((len(alone), 4), dtype=bool)])
        order = np.argsort(rows[:, 0], kind="stable")
        rows, rim = rows[order], rim[order]
        return Blocks(numbers[rows[:, 0]], self.corners(numbers)[rows, np.arange(4)], rim)

    def blocks_of_layer(self, layer: int, numbers: np.ndarray) -> Blocks:
        """Joined blocks of a layer's trigger cells, all of its `numbers`; cached, must not be changed."""
        kept = self._blocks.get(layer)
        if kept is None:
            kept = self._blocks[layer] = self.blocks(numbers, joined=True)
        return kept

    def keep(self, before: "Outlines", changed: Collection[int]) -> None:
        """Take over the outlines of the layers that have not changed."""
        self._layers |= {n: kept for n, kept in before._layers.items() if n not in changed}

    def wafer_borders(self, numbers: np.ndarray) -> np.ndarray:
        """Borders of the wafers of trigger cells of a layer, float64, shape (m, 2, 2), cm."""
        numbers = numbers[~self._is_tile[numbers]]
        if self._shift is not None:
            numbers = numbers[self._shift[numbers] == 0]
        known, cell = self._wafers, self._cell[numbers]
        rows, wafer = np.unique(self._wafer[numbers], return_inverse=True)
        return borders.wafer_borders(
            wafer, cell, known.centre[rows], known.placement[rows], known.size, known.gap / 2
        )

    def tile_borders(self, numbers: np.ndarray, layer: int, covering: Covering) -> np.ndarray:
        """Borders of the scintillator of a layer, float64, shape (m, 2, 2), cm; silicon lies above it."""
        around = borders.outer_sides(self.corners(numbers[self._is_tile[numbers]]))
        x, y = around.mean(axis=1).T
        return around[covering.silicon_at(np.full(len(x), layer), x, y) < 0]


def _enlarged(corners: np.ndarray, by: float) -> np.ndarray:
    """Outlines (n, 4, 2) whose corners are farther from their centre by a length."""
    outwards = corners - corners.mean(axis=1, keepdims=True)
    return corners + by * outwards / np.hypot(outwards[..., :1], outwards[..., 1:])


def _around(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest x and y of outlines (n, 4, 2), each of shape (n, 2)."""
    first, second, third, fourth = (corners[:, k] for k in range(4))  # numpy is slow over such a short axis
    return (
        np.minimum(np.minimum(first, second), np.minimum(third, fourth)),
        np.maximum(np.maximum(first, second), np.maximum(third, fourth)),
    )
