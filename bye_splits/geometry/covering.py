"""Which trigger cell covers a point."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from . import constants as c
from . import placements, wafers
from .lookup import Lookup
from .rings import Rings
from .wafer_table import Wafers

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

Z_TOLERANCE = 0.3  # cm; layers of CE-E are 0.94 cm apart
FAR = 1e3  # cm; points further from the axis are not looked up


class Covering:
    """Looks points up; see `Geometry.covering`.

    Parameters
    ----------
    layers : int array, the layers that have trigger cells
    layer_z, tile_z : float64, shape (n_layers + 1,), cm, as in `Geometry`
    known : Wafers
    rings : Rings
    lookup : Lookup of trigger cell numbers
    """

    def __init__(
        self,
        layers: np.ndarray,
        layer_z: np.ndarray,
        tile_z: np.ndarray,
        known: Wafers,
        rings: Rings,
        lookup: Lookup,
    ) -> None:
        self._known, self._rings, self._lookup = known, rings, lookup
        self._has_tiles = np.isfinite(tile_z)
        planes = np.concatenate([layer_z[layers], tile_z[layers]])
        order = np.argsort(planes)
        order = order[np.isfinite(planes[order])]
        self._plane = planes[order]
        self._layer_of_plane = np.concatenate([layers, layers])[order]
        self._is_tile_plane = np.repeat([False, True], len(layers))[order]
        self._trees: dict[int, tuple[cKDTree, np.ndarray]] = {}

    def at(self, x: npt.ArrayLike, y: npt.ArrayLike, z: npt.ArrayLike) -> np.ndarray:
        """Numbers of the trigger cells, see `Geometry.covering`."""
        x, y, z = np.broadcast_arrays(*(np.atleast_1d(np.asarray(a, dtype=float)) for a in (x, y, z)))
        x = np.where(z < 0, -x, x)
        layer, on_tile_plane = self._layer_at(np.abs(z))
        out = np.full(len(x), -1, dtype=np.int64)
        valid = np.flatnonzero((layer > 0) & (np.abs(x) < FAR) & (np.abs(y) < FAR))  # not NaN, not infinite
        layer, x, y, on_tile_plane = (a[valid] for a in (layer, x, y, on_tile_plane))
        found = self.silicon_at(layer, x, y)
        candidates = np.flatnonzero(self._has_tiles[layer] & (on_tile_plane | (found < 0)))
        ieta, iphi, inside = self._rings.cell_at(layer[candidates], x[candidates], y[candidates])
        tile = np.where(inside, self._lookup.tile(layer[candidates], ieta, iphi), -1)
        found[candidates] = np.where(tile >= 0, tile, found[candidates])
        out[valid] = found
        return out

    def silicon_at(self, layer: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Numbers of silicon trigger cells at points of the +z endcap, int64, shape (n,), -1 for none.

        Parameters
        ----------
        layer : int array, shape (n,)
        x, y : float64, shape (n,), cm
        """
        out = np.full(len(x), -1, dtype=np.int64)
        known, point = self._known, x + 1j * y
        for n in np.unique(layer):
            tree, rows = self._tree(int(n))
            if not len(rows):
                continue
            mine = np.flatnonzero(layer == n)
            # All wafers have the same size: the nearest centre is that of the hexagon around the point.
            _, nearest = tree.query(np.stack([x[mine], y[mine]], axis=1))
            wafer = rows[nearest]
            from_centre = (point[mine] - known.centre[wafer]) * (c.WAFER_SIZE / known.size)
            local = placements.unplaced(from_centre, known.placement[wafer])
            cellu, cellv, inside = wafers.cell_at(local.real, local.imag, known.gap)
            number = self._lookup.silicon(wafer, placements.index_of(cellu, cellv))
            out[mine] = np.where(inside, number, -1)
        return out

    def _layer_at(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Layer of each z >= 0 (0 where none is within the tolerance), and whether its tiles are closer."""
        middles = (self._plane[1:] + self._plane[:-1]) / 2
        nearest = np.searchsorted(middles, np.nan_to_num(z, nan=-1.0))
        near = np.abs(self._plane[nearest] - z) <= Z_TOLERANCE
        return np.where(near, self._layer_of_plane[nearest], 0), self._is_tile_plane[nearest]

    def _tree(self, layer: int) -> tuple["cKDTree", np.ndarray]:
        """Search tree of the centres of a layer's wafers, and the rows of these wafers."""
        kept = self._trees.get(layer)
        if kept is None:
            from scipy.spatial import cKDTree  # slow to import, and workers of studies need no tree

            rows = np.flatnonzero(self._known.layer == layer)
            centre = self._known.centre[rows]
            kept = self._trees[layer] = cKDTree(np.stack([centre.real, centre.imag], axis=1)), rows
        return kept
