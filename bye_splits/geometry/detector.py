"""Where every trigger cell is, what shape it has, and which one covers a point."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from . import borders, placements, rings, v11, wafers
from . import constants as c
from .lattices import Lattice
from .placements import N_CELLS
from .rings import MOST_RINGS, Rings

if TYPE_CHECKING:
    from .inferred import Inferred

Z_TOLERANCE = 0.3  # cm; layers of CE-E are 0.94 cm apart
FAR = 1e3  # cm; no point further from the axis is looked up
SAME_PLACE = 0.5  # cm; a trigger cell that is further from where the geometry has it is another one
HALF_LATTICE = 16  # wafers have indices from -16 to 15


@dataclass(frozen=True, eq=False)
class Wafers:
    """The wafers of an endcap, one row each.

    Attributes
    ----------
    layer, waferu, waferv : int64, shape (n,)
    centre : complex128, shape (n,), x + iy [cm] in the +z endcap
    placement : int8, shape (n,), how its cells lie, see `placements`
    fine : int8, shape (n,): 1 for 12 sensor cells along a side, 0 for 8, -1 where it is not known
    certain : bool, shape (n,), False where too few of its cells were seen to be sure of the placement
    size : flat to flat, cm
    gap : cm between neighbouring wafers
    """

    layer: np.ndarray
    waferu: np.ndarray
    waferv: np.ndarray
    centre: np.ndarray
    placement: np.ndarray
    fine: np.ndarray
    certain: np.ndarray
    size: float = c.WAFER_SIZE
    gap: float = c.SENSOR_SEPARATION


class Geometry:
    """The trigger cells of an endcap, never changed; made by `Geometry.v11`, `from_root` or `from_positions`.

    The +z endcap is described; the -z one is the same with x -> -x [HGCalDDDConstants].

    Parameters
    ----------
    columns : arrays, shape (n,), by name: those of `trigger_cells`, of any order
    wafer : int array, shape (n,): row in `wafers` of each silicon trigger cell, -1 for the others
    shift : complex64, shape (n,), cm: how far an outline is drawn from its place in the wafer or ring;
        None where all are drawn there
    lattices : by layer, where its wafers may stand; {} where all wafers are known

    Attributes
    ----------
    trigger_cells : DataFrame, one row per trigger cell of the +z endcap's trigger layers, RangeIndex =
        trigger cell number; columns `subdet layer waferu waferv cellu cellv` (int16), `x y z` (float32, cm),
        `part` (category: full, partial). See `v11.trigger_cells`.
    layer_z, tile_z : float64, shape (n_layers + 1,), cm: planes of the silicon and of the tiles,
        index = layer, NaN where there is none
    n_layers : largest layer number
    n_cee : last layer of CE-E; behind it is CE-H
    rings : Rings of the scintillator
    source : what the table was made from
    version : what is known of the version, such as "V11"
    notices : readable sentences about what was odd in it
    complete : whether it has all trigger cells that there are; one out of a sample's positions has not

    The tables are given out as copies on write: to change one changes nothing here.
    """

    complete = True

    def __init__(
        self,
        columns: Mapping[str, np.ndarray],
        layer_z,
        tile_z,
        source: str,
        notices=(),
        *,
        n_cee: int,
        wafers: Wafers,
        wafer: np.ndarray,
        rings: Rings,
        version: str,
        shift: np.ndarray | None = None,
        lattices: Mapping[int, Lattice] | None = None,
    ):
        self._column = {name: columns[name] for name in v11.COLUMNS[:9]}
        self._part = columns["part"]
        self.layer_z, self.tile_z = (np.array(z, dtype=float) for z in (layer_z, tile_z))
        self.layer_z.flags.writeable = self.tile_z.flags.writeable = False
        self.n_layers, self.n_cee = len(self.layer_z) - 1, n_cee
        self.source, self.version, self.notices = source, version, tuple(notices)
        self.rings = rings
        self._all_wafers, self._wafer = wafers, wafer
        self._cell = placements.index_of(self._column["cellu"], self._column["cellv"])
        self._shift = shift
        self.lattices = dict(lattices or {})
        self._is_tile = self._column["subdet"] == c.SCINTILLATOR
        self._row_of_wafer, self._silicon_number, self._tile_number = self._lookup()
        self._outlines: dict[int, tuple] = {}
        self._borders: dict[int, np.ndarray] = {}
        self._trees: dict[int, tuple[cKDTree, np.ndarray]] = {}

    @classmethod
    @cache
    def v11(cls) -> "Geometry":
        """The V11 geometry from rules and constants; reads no file, and is made once in a process."""
        return cls.from_rules(v11.trigger_cells(), c.layer_z(), c.tile_z(), "V11, computed")

    @classmethod
    def from_rules(cls, cells: pd.DataFrame, layer_z, tile_z, source: str, notices=()) -> "Geometry":
        """A geometry of the V11 family, in which indices say where everything is.

        Parameters
        ----------
        cells : as `v11.trigger_cells`
        """
        columns = {name: cells[name].to_numpy() for name in v11.COLUMNS[:9]}
        columns["part"] = cells["part"].cat.codes.to_numpy()
        silicon = np.flatnonzero(columns["subdet"] != c.SCINTILLATOR)
        names = ("layer", "waferu", "waferv")
        layer, waferu, waferv = (columns[name][silicon].astype(np.int64) for name in names)
        _, first, inverse = np.unique(
            _wafer_key(layer, waferu, waferv), return_index=True, return_inverse=True
        )
        layer, waferu, waferv = (k[first] for k in (layer, waferu, waferv))
        x, y = wafers.wafer_centres(layer, waferu, waferv)
        n = len(first)
        wafer = np.full(len(cells), -1, dtype=np.int32)
        wafer[silicon] = inverse
        return cls(
            columns,
            layer_z,
            tile_z,
            source,
            notices,
            n_cee=c.N_CEE,
            wafers=Wafers(
                layer,
                waferu,
                waferv,
                x + 1j * y,
                np.zeros(n, dtype=np.int8),
                np.full(n, -1, dtype=np.int8),
                np.ones(n, dtype=bool),
            ),
            wafer=wafer,
            rings=rings.of_v11(),
            version="V11",
        )

    @classmethod
    def from_root(cls, path, directory: str | None = None, tree: str | None = None) -> "Geometry":
        """The geometry of a CMSSW geometry-test file, of the older format or the newer one, of any version.

        Parameters
        ----------
        path : file
        directory, tree : where the tree is; None: where CMSSW's testers write it

        Raises
        ------
        GeometryError : the file cannot be read, or lacks what one of the formats needs; it says what
        """
        from . import cmssw

        return cmssw.read(path, directory, tree)

    @classmethod
    def from_positions(cls, cells: pd.DataFrame | Mapping, source: str = "positions") -> "Inferred":
        """The geometry that follows from positions of trigger cells, whatever the version.

        Parameters
        ----------
        cells : one row per trigger cell that was seen, of either endcap, each any number of times; columns
            `layer waferu waferv cellu cellv x y z` [cm] as in an event, and where the file has them `subdet`
            and `wafertype`
        source : what they were read from

        Raises
        ------
        GeometryError : a column is absent, or no row has a trigger cell's indices and position
        """
        from . import inferred

        return inferred.from_positions(cells, source)

    @property
    def trigger_cells(self) -> pd.DataFrame:
        """One row per trigger cell, see the class."""
        return self._trigger_cells.copy(deep=False)

    @cached_property
    def _trigger_cells(self) -> pd.DataFrame:
        part = pd.Categorical.from_codes(self._part, v11.PARTS)
        return pd.DataFrame({**self._column, "part": part}, copy=False)

    def column(self, name: str) -> np.ndarray:
        """A column of `trigger_cells` other than `part`; not to be changed."""
        return self._column[name]

    def is_cee(self, layer):
        """Whether layers are of CE-E, the others being of CE-H."""
        return np.asarray(layer) <= self.n_cee

    @cached_property
    def layers(self) -> np.ndarray:
        """Layers that have trigger cells, ascending, int64."""
        return np.unique(self._column["layer"]).astype(np.int64)

    @cached_property
    def radii(self) -> np.ndarray:
        """Smallest and largest distance of each layer's trigger cells from the beam.

        Float64, shape (n_layers + 1, 2), cm, index = layer; NaN where a layer has none.
        """
        order, start = self._by_layer
        r = np.hypot(self._column["x"], self._column["y"], dtype=float)[order]
        first = start[2 * self.layers]
        out = np.full((self.n_layers + 1, 2), np.nan)
        out[self.layers] = np.stack([np.minimum.reduceat(r, first), np.maximum.reduceat(r, first)], axis=1)
        return out

    @cached_property
    def _by_layer(self) -> tuple[np.ndarray, np.ndarray]:
        """Numbers by layer, silicon before scintillator, and where each of these groups starts."""
        group = self._column["layer"] * np.int16(2) + self._is_tile
        order = np.argsort(group, kind="stable")
        return order, np.searchsorted(group[order], np.arange(2 * self.n_layers + 3))

    def numbers_of_layer(self, layer: int) -> np.ndarray:
        """Numbers of a layer's trigger cells, int64; silicon comes before scintillator.

        Empty where the layer has none, or is no layer.
        """
        if not 0 <= layer <= self.n_layers:
            return np.zeros(0, dtype=np.int64)
        order, start = self._by_layer
        return order[start[2 * layer] : start[2 * layer + 2]]

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
            corners = self._corners(self.numbers_of_layer(layer), self._all_wafers.gap / 2 + 1e-4)
            kept = self._outlines[layer] = corners, corners.min(axis=1), corners.max(axis=1)
        return kept

    def borders_of_layer(self, layer: int) -> np.ndarray:
        """Borders of a layer's wafers, and of its scintillator; kept, and not to be changed.

        Where only some wafers are known, the others' hexagons follow, between the smallest and the largest
        distance from the beam at which there are known ones.

        Returns
        -------
        float32, shape (n, 2, 2), cm: both ends of each line, in the +z endcap; where two wafers meet, the
        line is in the middle of the gap
        """
        kept = self._borders.get(layer)
        if kept is None:
            numbers = self.numbers_of_layer(layer)
            tile = self._is_tile[numbers]
            lines = self._wafer_borders(numbers[~tile])
            around = borders.outer_sides(self.corners(numbers[tile]))
            x, y = around.mean(axis=1).T
            seen = self._silicon_at(np.full(len(x), layer), x, y) < 0  # silicon lies above the tiles
            lines = [lines, around[seen], self.unseen_borders(layer)]
            kept = self._borders[layer] = np.concatenate(lines).astype(np.float32)
        return kept

    def _wafer_borders(self, numbers: np.ndarray) -> np.ndarray:
        if self._shift is not None:
            numbers = numbers[self._shift[numbers] == 0]
        known, cell = self._all_wafers, self._cell[numbers]
        rows, wafer = np.unique(self._wafer[numbers], return_inverse=True)
        return borders.wafer_borders(
            wafer, cell, known.centre[rows], known.placement[rows], known.size, known.gap / 2
        )

    def unseen_borders(self, layer: int) -> np.ndarray:
        """Hexagons of a layer's lattice where no wafer is known, float64, shape (n, 2, 2), cm."""
        known, lattice = self._all_wafers, self.lattices.get(layer)
        mine = known.layer == layer
        if self.complete or lattice is None or not mine.any():
            return np.zeros((0, 2, 2))
        r = np.abs(known.centre[mine])
        u, v = lattice.sites(r.min() - known.gap, r.max() + known.gap)
        unseen = self._row_of_wafer[layer, u + HALF_LATTICE, v + HALF_LATTICE] < 0
        return borders.hexagons(lattice.centres(u[unseen], v[unseen]), lattice.turn, known.size + known.gap)

    def xy(self, numbers) -> tuple[np.ndarray, np.ndarray]:
        """x and y of trigger cells of the +z endcap, float32, shape (n,), cm."""
        return self._column["x"][numbers], self._column["y"][numbers]

    @property
    def wafer_size(self) -> float:
        """Size of the wafers, flat to flat, cm."""
        return self._all_wafers.size

    @property
    def wafers(self) -> pd.DataFrame:
        """One row per wafer that has a trigger cell.

        Columns `layer waferu waferv` (int16), `x y` (float64, cm, centre in the +z endcap), `n_cells`
        (int64), `part` (category: full or partial), `turn` (int, steps of 30 degrees by which its cells are
        turned from V11's), `mirrored`, `fine` (12 sensor cells along a side) and `certain` (bool).
        """
        return self._wafers.copy(deep=False)

    @cached_property
    def _wafers(self) -> pd.DataFrame:
        known = self._all_wafers
        n_cells = np.bincount(self._wafer[self._wafer >= 0], minlength=len(known.layer))
        part = np.zeros(len(known.layer), dtype=np.int8)
        silicon = np.flatnonzero(self._wafer >= 0)
        part[self._wafer[silicon]] = self._part[silicon]
        table = pd.DataFrame(
            {name: getattr(known, name).astype(np.int16) for name in ("layer", "waferu", "waferv")}
            | {"x": known.centre.real, "y": known.centre.imag, "n_cells": n_cells}
            | {"part": pd.Categorical.from_codes(part, v11.PARTS)}
            | {"turn": known.placement % placements.TURNS, "mirrored": known.placement >= placements.TURNS}
            | {"fine": self._fine_wafers, "certain": known.certain}
        )
        return table[n_cells > 0].sort_values(["layer", "waferu", "waferv"], ignore_index=True)

    def wafer_centres(self, layer: int, waferu, waferv) -> tuple[np.ndarray, np.ndarray]:
        """Centres x and y of wafers of a layer in the +z endcap, float64, shape (n,), cm.

        Those of wafers that are not known are taken from the layer's lattice, or that of the nearest layer.
        """
        waferu, waferv = _whole(waferu), _whole(waferv)
        row = self._wafer_row(np.full(len(waferu), layer), waferu, waferv)
        nearest = min(self.lattices, key=lambda other: abs(other - layer), default=None)
        if nearest is None:
            x, y = wafers.wafer_centres(layer, waferu, waferv)
            centre = x + 1j * y
        else:
            centre = self.lattices[nearest].centres(waferu, waferv)
        if (row >= 0).any():
            centre = np.where(row >= 0, self._all_wafers.centre[row], centre)
        return centre.real, centre.imag

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
        known, tile = self._all_wafers, self._is_tile[numbers]
        out = np.empty((len(numbers), 4, 2), dtype=np.float32)
        tiles = numbers[tile]
        out[tile] = self.rings.corners(*(self._column[k][tiles] for k in ("layer", "cellu", "cellv")))
        wafer, cell = self._wafer[numbers[~tile]], self._cell[numbers[~tile]]
        centre = np.stack([known.centre.real, known.centre.imag], axis=1)[wafer]
        out[~tile] = centre[:, None] + placements.outlines(known.size, beyond)[known.placement[wafer], cell]
        if self._shift is not None:
            shift = self._shift[numbers]
            out += np.stack([shift.real, shift.imag], axis=1)[:, None]
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
        silicon = self._silicon(self._wafer_row(layer, waferu, waferv), placements.index_of(cellu, cellv))
        return np.where(tile, _taken(self._tile_number, (layer, cellu, cellv)), silicon)

    def agrees(self, numbers, x, y, z) -> np.ndarray:
        """Whether trigger cells are where the geometry has them, to 0.5 cm; in either endcap.

        Parameters
        ----------
        numbers : int array, shape (n,), as `find` gives them
        x, y, z : float arrays, shape (n,), cm, positions that a file has

        Returns
        -------
        bool, shape (n,): False where there is no such trigger cell
        """
        numbers, x, z = np.asarray(numbers), np.where(np.asarray(z) < 0, -np.asarray(x), x), np.abs(z)
        here = np.maximum(numbers, 0)
        off = [values - self._column[name][here] for name, values in (("x", x), ("y", y), ("z", z))]
        return (numbers >= 0) & (off[0] ** 2 + off[1] ** 2 <= SAME_PLACE**2) & (np.abs(off[2]) <= SAME_PLACE)

    def fine(self, numbers) -> np.ndarray:
        """Whether trigger cells are of wafers with the finer sensor cells, 12 along a side; bool."""
        known, wafer = self._all_wafers, self._wafer[numbers]
        return (wafer >= 0) & (self._fine_wafers[wafer] if len(known.layer) else False)

    @cached_property
    def _fine_wafers(self) -> np.ndarray:
        known = self._all_wafers
        if (known.fine >= 0).all():
            return known.fine == 1
        return v11.fine(known.layer, known.waferu, known.waferv)

    def sure(self, numbers) -> np.ndarray:
        """Whether the outlines of trigger cells are sure: those of wafers of which enough was seen, bool."""
        known, wafer = self._all_wafers, self._wafer[numbers]
        sure = (wafer < 0) | (known.certain[wafer] if len(known.layer) else False)
        return sure if self._shift is None else sure & (self._shift[numbers] == 0)

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
        ask = np.flatnonzero(np.isfinite(self.tile_z)[layer] & (on_tile_plane | (found < 0)))
        ieta, iphi, inside = self.rings.cell_at(layer[ask], x[ask], y[ask])
        tile = np.where(inside, _taken(self._tile_number, (layer[ask], ieta, iphi)), -1)
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
        out = np.full(len(x), -1, dtype=np.int64)
        known, point = self._all_wafers, x + 1j * y
        for n in np.unique(layer):
            tree, rows = self._tree(int(n))
            if not len(rows):
                continue
            mine = np.flatnonzero(layer == n)
            _, nearest = tree.query(np.stack([x[mine], y[mine]], axis=1))
            wafer = rows[
                nearest
            ]  # wafers are alike: the nearest centre is that of the hexagon around a point
            from_centre = (point[mine] - known.centre[wafer]) * (c.WAFER_SIZE / known.size)
            local = placements.unplaced(from_centre, known.placement[wafer])
            cellu, cellv, inside = wafers.cell_at(local.real, local.imag, known.gap)
            out[mine] = np.where(inside, self._silicon(wafer, placements.index_of(cellu, cellv)), -1)
        return out

    def _tree(self, layer: int) -> tuple[cKDTree, np.ndarray]:
        """The centres of a layer's wafers, to find the nearest one, and the wafers' rows."""
        kept = self._trees.get(layer)
        if kept is None:
            rows = np.flatnonzero(self._all_wafers.layer == layer)
            centre = self._all_wafers.centre[rows]
            kept = self._trees[layer] = cKDTree(np.stack([centre.real, centre.imag], axis=1)), rows
        return kept

    def _wafer_row(self, layer, waferu, waferv):
        return _taken(self._row_of_wafer, (layer, waferu + HALF_LATTICE, waferv + HALF_LATTICE))

    def _silicon(self, wafer, cell):
        """Numbers of cells of wafers, -1 for those of row or cell -1, and for a cell that a wafer has not."""
        if not len(self._silicon_number):
            return np.full(len(wafer), -1, dtype=np.int64)
        return np.where((wafer < 0) | (cell < 0), -1, self._silicon_number[wafer, cell]).astype(np.int64)

    def _lookup(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Row of a wafer by layer, u and v; numbers by wafer and cell; numbers by layer, ieta and iphi."""
        known, lattice = self._all_wafers, (self.n_layers + 1, 2 * HALF_LATTICE, 2 * HALF_LATTICE)
        wafer = np.full(lattice, -1, dtype=np.int32)
        wafer[known.layer, known.waferu + HALF_LATTICE, known.waferv + HALF_LATTICE] = np.arange(
            len(known.layer)
        )
        silicon = np.full((len(known.layer), N_CELLS), -1, dtype=np.int32)
        mine = np.flatnonzero(~self._is_tile)
        silicon[self._wafer[mine], self._cell[mine]] = mine
        tile = np.full((self.n_layers + 1, MOST_RINGS, 256), -1, dtype=np.int32)
        mine = np.flatnonzero(self._is_tile)
        tile[tuple(self._column[name][mine] for name in ("layer", "cellu", "cellv"))] = mine
        return wafer, silicon, tile


def _wafer_key(layer, waferu, waferv) -> np.ndarray:
    """One int64 for each wafer, in the order of layers and indices."""
    return (layer * 2 * HALF_LATTICE + waferu + HALF_LATTICE) * 2 * HALF_LATTICE + waferv + HALF_LATTICE


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
