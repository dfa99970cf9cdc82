"""Where every trigger cell is, what shape it has, and which one covers a point."""

from functools import cache, cached_property

import numpy as np
import pandas as pd

from . import borders, tiles, v11, wafers
from . import constants as c

Z_TOLERANCE = 0.3  # cm; layers of CE-E are 0.94 cm apart
FAR = 1e3  # cm; no point further from the axis is looked up


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

    Both tables are given out as copies on write: to change one changes nothing here.
    """

    def __init__(self, trigger_cells: pd.DataFrame, layer_z, tile_z, source: str, notices=()):
        self._trigger_cells = trigger_cells
        self.layer_z, self.tile_z = (np.array(z, dtype=float) for z in (layer_z, tile_z))
        self.layer_z.flags.writeable = self.tile_z.flags.writeable = False
        self.source = source
        self.notices = tuple(notices)
        self._column = {name: trigger_cells[name].to_numpy() for name in v11.COLUMNS[:9]}
        self._is_tile = self._column["subdet"] == c.SCINTILLATOR
        self._number_of = self._lookup()

    @classmethod
    @cache
    def v11(cls) -> "Geometry":
        """The V11 geometry from rules and constants; reads no file, and is made once in a process."""
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

    @property
    def trigger_cells(self) -> pd.DataFrame:
        """One row per trigger cell, see the class."""
        return self._trigger_cells.copy(deep=False)

    @cached_property
    def layers(self) -> np.ndarray:
        """Layers that have trigger cells, ascending, int64."""
        return np.unique(self._column["layer"]).astype(np.int64)

    @cached_property
    def radii(self) -> np.ndarray:
        """Smallest and largest distance of a layer's trigger cells from the beam, float64, shape (51, 2), cm.

        Index = layer; NaN where it has none.
        """
        r = np.hypot(self._column["x"], self._column["y"], dtype=float)
        first = self._first_of_layer[self.layers]
        out = np.full((c.N_LAYERS + 1, 2), np.nan)
        out[self.layers] = np.stack([np.minimum.reduceat(r, first), np.maximum.reduceat(r, first)], axis=1)
        return out

    @cached_property
    def _first_of_layer(self) -> np.ndarray:
        return np.searchsorted(self._column["layer"], np.arange(c.N_LAYERS + 2))

    def numbers_of_layer(self, layer: int) -> np.ndarray:
        """Numbers of a layer's trigger cells, ascending, int64; silicon comes before scintillator.

        Empty where the layer has none, or is no layer.
        """
        if not 0 <= layer <= c.N_LAYERS:
            return np.zeros(0, dtype=np.int64)
        return np.arange(self._first_of_layer[layer], self._first_of_layer[layer + 1])

    def outlines_of_layer(self, layer: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Outlines of a layer's trigger cells that leave no gap between wafers; kept, and not to be changed.

        They are those of `corners`, but the outermost cells of a wafer reach to the middle of the gap, as
        those of `covering` do (and 1 um further, so that rounding does not open it again).

        Returns
        -------
        corners : float32, shape (n, 4, 2), cm
        low, high : float32, shape (n, 2), cm: the rectangles around them
        """
        kept = self._outlines.get(layer)
        if kept is None:
            corners = self._corners(self.numbers_of_layer(layer), c.SENSOR_SEPARATION / 2 + 1e-4)
            kept = self._outlines[layer] = corners, corners.min(axis=1), corners.max(axis=1)
        return kept

    def borders_of_layer(self, layer: int) -> np.ndarray:
        """Borders of a layer's wafers, and of its scintillator; kept, and not to be changed.

        Returns
        -------
        float32, shape (n, 2, 2), cm: both ends of each line, in the +z endcap; where two wafers meet, the
        line is in the middle of the gap
        """
        kept = self._borders.get(layer)
        if kept is None:
            numbers = self.numbers_of_layer(layer)
            tile = self._is_tile[numbers]
            lines = borders.wafer_borders(
                layer, *(self._column[k][numbers[~tile]] for k in ("waferu", "waferv", "cellu", "cellv"))
            )
            around = borders.outer_sides(self.corners(numbers[tile]))
            x, y = around.mean(axis=1).T
            seen = self._silicon_at(np.full(len(x), layer), x, y) < 0  # silicon lies above the tiles
            kept = self._borders[layer] = np.concatenate([lines, around[seen]]).astype(np.float32)
        return kept

    @cached_property
    def _outlines(self) -> dict[int, tuple]:
        return {}

    @cached_property
    def _borders(self) -> dict[int, np.ndarray]:
        return {}

    def xy(self, numbers) -> tuple[np.ndarray, np.ndarray]:
        """x and y of trigger cells of the +z endcap, float32, shape (n,), cm."""
        return self._column["x"][numbers], self._column["y"][numbers]

    @property
    def wafers(self) -> pd.DataFrame:
        """One row per wafer that has a trigger cell.

        Columns `layer waferu waferv` (int16), `x y` (float64, cm, centre in the +z endcap), `n_cells`
        (int64), `part` (category: full or partial).
        """
        return self._wafers.copy(deep=False)

    @cached_property
    def _wafers(self) -> pd.DataFrame:
        silicon = self._trigger_cells[~self._is_tile]
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

        Raises
        ------
        IndexError : a number that is not one of a trigger cell, such as the -1 of `find` and `covering`
        """
        numbers = np.atleast_1d(np.asarray(numbers)).astype(np.int64)
        if len(numbers) and not 0 <= numbers.min() <= numbers.max() < len(self._is_tile):
            raise IndexError(f"trigger cell numbers go from 0 to {len(self._is_tile) - 1}")
        return self._corners(numbers)

    def _corners(self, numbers: np.ndarray, beyond: float = 0.0) -> np.ndarray:
        """See `corners` and `wafers.cell_corners`."""
        layer, cellu, cellv = (self._column[k][numbers].astype(np.int64) for k in ("layer", "cellu", "cellv"))
        tile = self._is_tile[numbers]
        out = np.empty((len(numbers), 4, 2), dtype=np.float32)
        out[tile] = tiles.corners(layer[tile], cellu[tile], cellv[tile])
        silicon = ~tile
        centre = wafers.wafer_centres(
            layer[silicon], self._column["waferu"][numbers][silicon], self._column["waferv"][numbers][silicon]
        )
        outlines = wafers.cell_corners(cellu[silicon], cellv[silicon], beyond)
        out[silicon] = np.stack(centre, axis=1)[:, None] + outlines
        return out

    def find(self, layer, waferu, waferv, cellu, cellv) -> np.ndarray:
        """Numbers of trigger cells by their indices.

        Parameters
        ----------
        layer, waferu, waferv, cellu, cellv : numbers, shape (n,) or scalar; scintillator: waferu = waferv =
            -999, cellu = ieta, cellv = iphi

        Returns
        -------
        int64, shape (n,): -1 where there is no such trigger cell, whatever the numbers
        """
        layer, waferu, waferv, cellu, cellv = np.broadcast_arrays(
            *(_whole(a) for a in (layer, waferu, waferv, cellu, cellv))
        )
        tile = (waferu == c.NO_WAFER) & (waferv == c.NO_WAFER)
        silicon = self._silicon(layer, waferu, waferv, cellu, cellv)
        return np.where(tile, self._tile(layer, cellu, cellv), silicon)

    def covering(self, x, y, z) -> np.ndarray:
        """Number of the trigger cell that covers each point.

        Parameters
        ----------
        x, y, z : array_like, shape (n,) or scalar, cm, in CMS coordinates

        Returns
        -------
        int64, shape (n,): index into `trigger_cells`, -1 where no cell covers the point or its z is further
        than 0.3 cm from every trigger layer

        Notes
        -----
        The -z endcap is the +z one with x -> -x [HGCalDDDConstants]. Where silicon and scintillator of a
        layer overlap, the plane closer in z wins.
        """
        x, y, z = np.broadcast_arrays(*(np.atleast_1d(np.asarray(a, dtype=float)) for a in (x, y, z)))
        x, z = np.where(z < 0, -x, x), np.abs(z)
        layer, on_tile_plane = self._layer_at(z)
        out = np.full(len(x), -1, dtype=np.int64)
        known = np.flatnonzero((layer > 0) & (np.abs(x) < FAR) & (np.abs(y) < FAR))  # not NaN, not infinite
        layer, x, y, on_tile_plane = (a[known] for a in (layer, x, y, on_tile_plane))
        found = self._silicon_at(layer, x, y)
        ask = np.flatnonzero((layer >= c.FIRST_MIXED) & (on_tile_plane | (found < 0)))
        tile = self._tile_at(layer[ask], x[ask], y[ask])
        found[ask] = np.where(tile >= 0, tile, found[ask])
        out[known] = found
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
        return np.where(inside, self._silicon(layer, waferu, waferv, cellu, cellv), -1)

    def _tile_at(self, layer, x, y):
        ieta, iphi, inside = tiles.cell_at(layer, x, y)
        return np.where(inside, self._tile(layer, ieta, iphi), -1)

    # The numbers by index, -1 where there is no cell: wafers from -16 to 15 and cells from 0 to 7 in the one
    # table, ieta from 0 to 31 and iphi from 0 to 255 in the other.
    _TABLES = ((c.N_LAYERS + 1, 32, 32, 8, 8), (c.N_LAYERS + 1, 32, 256))

    def _silicon(self, layer, waferu, waferv, cellu, cellv):
        return _taken(self._number_of[0], (layer, waferu + 16, waferv + 16, cellu, cellv))

    def _tile(self, layer, ieta, iphi):
        return _taken(self._number_of[1], (layer, ieta, iphi))

    def _lookup(self) -> tuple[np.ndarray, np.ndarray]:
        silicon, tile = (np.full(shape, -1, dtype=np.int32) for shape in self._TABLES)
        layer, waferu, waferv, cellu, cellv = (self._column[k] for k in v11.COLUMNS[1:6])
        numbers = np.arange(len(layer))
        at = ~self._is_tile
        silicon[layer[at], waferu[at] + 16, waferv[at] + 16, cellu[at], cellv[at]] = numbers[at]
        at = self._is_tile
        tile[layer[at], cellu[at], cellv[at]] = numbers[at]
        return silicon, tile


def _taken(table: np.ndarray, indices) -> np.ndarray:
    """`table[indices]` as int64, -1 where an index is outside the table."""
    valid = np.logical_and.reduce([(i >= 0) & (i < n) for i, n in zip(indices, table.shape, strict=True)])
    flat = np.ravel_multi_index(indices, table.shape, mode="wrap")
    return np.where(valid, table.ravel()[flat], -1).astype(np.int64)


def _whole(values) -> np.ndarray:
    """int64, shape (n,), of any numbers: what is not whole, or beyond 2^31, becomes an index of no cell."""
    values = np.atleast_1d(np.asarray(values))
    if values.dtype.kind != "i":
        values = values.astype(float)
        whole = (values == np.rint(values)) & (np.abs(values) < 2**31)
        values = np.where(whole, values, -(2**31))
    return values.astype(np.int64)
