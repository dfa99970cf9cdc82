"""Where every trigger cell is, what shape it has, and which one covers a point."""

from functools import cached_property

import numpy as np
import pandas as pd

from . import constants as c
from . import tiles, v11, wafers

Z_TOLERANCE = 0.3  # cm; layers of CE-E are 0.94 cm apart


class Geometry:
    """The trigger cells of an endcap; made by `Geometry.v11` or `Geometry.from_root`, never changed.

    The +z endcap is described; the -z one is the same with x -> -x [HGCalDDDConstants].

    Attributes
    ----------
    trigger_cells : DataFrame, one row per trigger cell of the +z endcap's trigger layers, RangeIndex =
        trigger cell number; columns `subdet layer waferu waferv cellu cellv` (int16), `x y z` (float32, cm),
        `part` (category: full, partial). See `v11.trigger_cells`.
    layer_z, tile_z : float64, shape (51,), cm: planes of the silicon and of the tiles, index = layer, NaN
        where there is none
    source : what the table was made from
    notices : readable sentences about what was odd in it
    """

    def __init__(self, trigger_cells: pd.DataFrame, layer_z, tile_z, source: str, notices=()):
        self.trigger_cells = trigger_cells
        self.layer_z = np.asarray(layer_z, dtype=float)
        self.tile_z = np.asarray(tile_z, dtype=float)
        self.source = source
        self.notices = tuple(notices)
        self._column = {name: trigger_cells[name].to_numpy() for name in v11.COLUMNS[:9]}
        self._is_tile = self._column["subdet"] == c.SCINTILLATOR
        self._number_of = self._lookup()

    @classmethod
    def v11(cls) -> "Geometry":
        """The V11 geometry from rules and constants; reads no file."""
        return cls(v11.trigger_cells(), c.layer_z(), c.tile_z(), "V11, computed")

    @classmethod
    def from_root(cls, path, directory: str | None = None, tree: str | None = None) -> "Geometry":
        """The geometry of a CMSSW file with a TreeTriggerCells.

        Parameters
        ----------
        path : file
        directory, tree : where the tree is, L1THGCaltriggergeomtester and TreeTriggerCells by default

        Raises
        ------
        GeometryError : the file cannot be read, or is not of the V11 family
        """
        from . import cmssw

        return cmssw.read(path, directory, tree)

    @cached_property
    def layers(self) -> np.ndarray:
        """Layers that have trigger cells, ascending, int64."""
        return np.unique(self._column["layer"]).astype(np.int64)

    @cached_property
    def _first_of_layer(self) -> np.ndarray:
        return np.searchsorted(self._column["layer"], np.arange(c.N_LAYERS + 2))

    def numbers_of_layer(self, layer: int) -> np.ndarray:
        """Numbers of a layer's trigger cells, ascending, int64; silicon comes before scintillator."""
        return np.arange(self._first_of_layer[layer], self._first_of_layer[layer + 1])

    @cached_property
    def wafers(self) -> pd.DataFrame:
        """One row per wafer of the trigger layers.

        Columns `layer waferu waferv` (int16), `x y` (float64, cm, centre in the +z endcap), `n_cells` (int64),
        `part` (full or partial).
        """
        silicon = self.trigger_cells[~self._is_tile]
        table = (
            silicon.groupby(["layer", "waferu", "waferv"], sort=True)
            .agg(n_cells=("x", "size"), part=("part", "first"))
            .reset_index()
        )
        x, y = wafers.wafer_centres(table.layer, table.waferu, table.waferv)
        table.insert(3, "x", x)
        table.insert(4, "y", y)
        return table

    def corners(self, numbers) -> np.ndarray:
        """Outlines of trigger cells of the +z endcap as they are drawn.

        A silicon trigger cell is one of the 48 rhombi that tile a wafer, a scintillator one a quadrilateral
        between the edges of its tile rings.

        Parameters
        ----------
        numbers : int array, shape (n,)

        Returns
        -------
        float32, shape (n, 4, 2), cm
        """
        numbers = np.asarray(numbers, dtype=np.int64)
        layer, cellu, cellv = (self._column[k][numbers].astype(np.int64) for k in ("layer", "cellu", "cellv"))
        tile = self._is_tile[numbers]
        out = np.empty((len(numbers), 4, 2), dtype=np.float32)
        out[tile] = tiles.corners(layer[tile], cellu[tile], cellv[tile])
        silicon = ~tile
        centre = wafers.wafer_centres(
            layer[silicon], self._column["waferu"][numbers][silicon], self._column["waferv"][numbers][silicon]
        )
        out[silicon] = (
            np.stack(centre, axis=1)[:, None] + wafers.cell_corners(cellu[silicon], cellv[silicon])
        )
        return out

    def find(self, layer, waferu, waferv, cellu, cellv) -> np.ndarray:
        """Numbers of trigger cells by their indices.

        Parameters
        ----------
        layer, waferu, waferv, cellu, cellv : int arrays, shape (n,); scintillator: waferu = waferv = -999,
            cellu = ieta, cellv = iphi

        Returns
        -------
        int64, shape (n,): -1 where there is no such trigger cell
        """
        key, valid = self._key(layer, waferu, waferv, cellu, cellv)
        return np.where(valid, self._number_of[np.where(valid, key, 0)], -1).astype(np.int64)

    def covering(self, x, y, z) -> np.ndarray:
        """Number of the trigger cell that covers each point.

        Parameters
        ----------
        x, y, z : array_like, shape (n,), cm, in CMS coordinates

        Returns
        -------
        int64, shape (n,): index into `trigger_cells`, -1 where no cell covers the point or its z is further
        than 0.3 cm from every trigger layer

        Notes
        -----
        The -z endcap is the +z one with x -> -x [HGCalDDDConstants]. Where silicon and scintillator of a
        layer overlap, the plane closer in z wins.
        """
        x, y, z = (np.atleast_1d(np.asarray(a, dtype=float)) for a in np.broadcast_arrays(x, y, z))
        x, z = np.where(z < 0, -x, x), np.abs(z)
        layer, on_tile_plane = self._layer_at(z)
        out = np.full(len(x), -1, dtype=np.int64)
        known = np.flatnonzero((layer > 0) & np.isfinite(x) & np.isfinite(y))
        layer, x, y = layer[known], x[known], y[known]
        silicon, tile = self._silicon_at(layer, x, y), self._tile_at(layer, x, y)
        first, second = np.where(on_tile_plane[known], [tile, silicon], [silicon, tile])
        out[known] = np.where(first >= 0, first, second)
        return out

    def _layer_at(self, z):
        """Layer of each z >= 0 (0 where none is within the tolerance), and whether its tiles are closer."""
        planes = np.concatenate([self.layer_z[self.layers], self.tile_z[self.layers]])
        layers = np.concatenate([self.layers, self.layers])
        is_tile = np.repeat([False, True], len(self.layers))
        order = np.argsort(planes)
        order = order[np.isfinite(planes[order])]
        planes, layers, is_tile = planes[order], layers[order], is_tile[order]
        nearest = np.searchsorted((planes[1:] + planes[:-1]) / 2, np.nan_to_num(z, nan=-1.0))
        near = np.abs(planes[nearest] - z) <= Z_TOLERANCE
        return np.where(near, layers[nearest], 0), is_tile[nearest]

    def _silicon_at(self, layer, x, y):
        waferu, waferv = wafers.wafer_at(layer, x, y)
        centre_x, centre_y = wafers.wafer_centres(layer, waferu, waferv)
        cellu, cellv, inside = wafers.cell_at(x - centre_x, y - centre_y)
        return np.where(inside, self.find(layer, waferu, waferv, cellu, cellv), -1)

    def _tile_at(self, layer, x, y):
        ieta, iphi, inside = tiles.cell_at(layer, x, y)
        no_wafer = np.full(len(ieta), c.NO_WAFER)
        return np.where(inside, self.find(layer, no_wafer, no_wafer, ieta, iphi), -1)

    # A dense table, one slot per index a trigger cell could have: wafers from -16 to 15, cells from 0 to 7,
    # then ieta from 0 to 31 and iphi from 0 to 255.
    _SILICON_SLOTS = (c.N_LAYERS + 1) * 32 * 32 * 64

    @classmethod
    def _key(cls, layer, waferu, waferv, cellu, cellv):
        layer, wu, wv, cu, cv = (np.asarray(a, dtype=np.int64) for a in (layer, waferu, waferv, cellu, cellv))
        known = (layer >= 1) & (layer <= c.N_LAYERS)
        tile = (wu == c.NO_WAFER) & (wv == c.NO_WAFER)
        silicon_ok = (np.abs(2 * wu + 1) < 33) & (np.abs(2 * wv + 1) < 33)
        silicon_ok &= (cu >= 0) & (cu < 8) & (cv >= 0) & (cv < 8)
        tile_ok = (cu >= 0) & (cu < 32) & (cv >= 0) & (cv < 256)
        silicon_key = ((layer * 32 + wu + 16) * 32 + wv + 16) * 64 + cu * 8 + cv
        tile_key = cls._SILICON_SLOTS + (layer * 32 + cu) * 256 + cv
        return np.where(tile, tile_key, silicon_key), known & np.where(tile, tile_ok, silicon_ok)

    def _lookup(self) -> np.ndarray:
        table = np.full(self._SILICON_SLOTS + (c.N_LAYERS + 1) * 32 * 256, -1, dtype=np.int32)
        key, _ = self._key(*(self._column[k] for k in ("layer", "waferu", "waferv", "cellu", "cellv")))
        table[key] = np.arange(len(key))
        return table
