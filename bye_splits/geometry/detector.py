"""Position and shape of every trigger cell, and the trigger cell that covers a point."""

import os
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from . import borders, placements, rings, v11, wafer_table
from . import constants as c
from .covering import Covering
from .lattices import Lattice
from .lookup import Lookup, whole
from .makers import MAKERS
from .outlines import Outlines
from .rings import Rings
from .wafer_table import Wafers

if TYPE_CHECKING:
    from .inferred import Inferred

SAME_PLACE = 0.5  # cm; largest distance between the positions of a trigger cell in file and geometry


class Geometry:
    """The trigger cells of an endcap, immutable; made by `Geometry.v11`, `from_root` or `from_positions`.

    The +z endcap is described; the -z one is the same with x -> -x [HGCalDDDConstants].

    Parameters
    ----------
    columns : arrays, shape (n,), by name: those of `trigger_cells`, `part` as index into `v11.PARTS`
    wafer : int array, shape (n,): row in `wafers` of each silicon trigger cell, -1 for the others
    cell : int array, shape (n,): `placements.cell_index` of each silicon trigger cell, any for the others
    shift : complex64, shape (n,), cm: offset of a drawn outline from its position in the wafer or ring;
        None where there are none
    lattices : by layer, where its wafers may lie; {} where all wafers are known

    Attributes
    ----------
    trigger_cells : DataFrame, one row per trigger cell of the +z endcap's trigger layers, RangeIndex =
        trigger cell number; columns `subdet layer waferu waferv cellu cellv` (int16), `x y z` (float32, cm),
        `part` (category: full, partial). See `v11.trigger_cells`.
    layer_z, tile_z : float64, shape (n_layers + 1,), cm: planes of the silicon and of the tiles,
        index = layer, NaN where there is none
    n_layers : largest layer number
    n_cee : last layer of CE-E; behind it is CE-H
    rings, outlines : Rings of the scintillator; how trigger cells are drawn, see `Outlines`
    source : file or rules that the table was made from
    version : name of the version as far as it is known, such as "V11"
    notices : sentences about oddities in the source
    complete : whether it has all trigger cells of the detector; one inferred from a sample has not

    The tables are returned as copies on write: changing one does not change the geometry.
    """

    def __init__(
        self,
        columns: Mapping[str, np.ndarray],
        layer_z: npt.ArrayLike,
        tile_z: npt.ArrayLike,
        source: str,
        notices: Iterable[str] = (),
        *,
        n_cee: int,
        wafers: Wafers,
        wafer: np.ndarray,
        cell: np.ndarray,
        rings: Rings,
        version: str,
        shift: np.ndarray | None = None,
        lattices: Mapping[int, Lattice] | None = None,
    ) -> None:
        self._column = columns
        self.layer_z, self.tile_z = (np.array(z, dtype=float) for z in (layer_z, tile_z))
        self.layer_z.flags.writeable = self.tile_z.flags.writeable = False
        self.n_layers, self.n_cee = len(self.layer_z) - 1, n_cee
        self.source, self.version, self.notices = source, version, tuple(notices)
        self.rings = rings
        self._all_wafers, self._wafer = wafers, wafer
        self._shift = shift
        self.lattices = dict(lattices or {})
        self._is_tile = wafer < 0
        self._lookup = Lookup(self.n_layers, self._column, self._is_tile, wafers, wafer, cell)
        self.outlines = Outlines(
            self._column, self._is_tile, wafers=wafers, wafer=wafer, cell=cell, rings=rings, shift=shift
        )
        self._borders: dict[int, np.ndarray] = {}

    @property
    def complete(self) -> bool:
        """Whether it has all trigger cells of the detector, see the class."""
        return True

    @classmethod
    @cache
    def v11(cls) -> "Geometry":
        """The V11 geometry from rules and constants; reads no file, and is made once per process."""
        return cls.from_rules(v11.trigger_cells(), c.layer_z(), c.tile_z(), "V11, computed")

    @classmethod
    def from_rules(
        cls,
        cells: pd.DataFrame,
        layer_z: npt.ArrayLike,
        tile_z: npt.ArrayLike,
        source: str,
        notices: Iterable[str] = (),
    ) -> "Geometry":
        """A geometry of the V11 family, in which positions follow from indices.

        Parameters
        ----------
        cells : as `v11.trigger_cells`
        """
        columns, known, wafer = wafer_table.of_rules(cells)
        return cls(
            columns,
            layer_z,
            tile_z,
            source,
            notices,
            n_cee=c.N_CEE,
            wafers=known,
            wafer=wafer,
            cell=placements.index_of(columns["cellu"], columns["cellv"]),
            rings=rings.of_v11(),
            version="V11",
        )

    @classmethod
    def from_root(
        cls, path: str | os.PathLike[str], directory: str | None = None, tree: str | None = None
    ) -> "Geometry":
        """The geometry of a CMSSW geometry-test file, of the older format or the newer one, of any version.

        Parameters
        ----------
        path : file
        directory, tree : location of the tree; None: where CMSSW's testers write it

        Raises
        ------
        GeometryError : the file cannot be read, or lacks branches of both formats; it lists them
        """
        read: Geometry = MAKERS["root"](path, directory, tree)
        return read

    @classmethod
    def from_positions(
        cls, cells: pd.DataFrame | Mapping[str, np.ndarray], source: str = "positions"
    ) -> "Inferred":
        """The geometry that follows from positions of trigger cells, whatever the version.

        Parameters
        ----------
        cells : rows of trigger cells that were seen, in either endcap, each any number of times; columns
            `layer waferu waferv cellu cellv x y z` [cm] as in an event, and where the file has them `subdet`
            and `wafertype`
        source : name of the file that they were read from

        Raises
        ------
        GeometryError : a column is absent, or no row has a trigger cell's indices and position
        """
        inferred: Inferred = MAKERS["positions"](cells, source)
        return inferred

    @property
    def trigger_cells(self) -> pd.DataFrame:
        """One row per trigger cell, see the class."""
        return self._trigger_cells.copy(deep=False)

    @cached_property
    def _trigger_cells(self) -> pd.DataFrame:
        part = pd.Categorical.from_codes(self._column["part"], v11.PARTS)
        columns = {name: self._column[name] for name in v11.COLUMNS[:9]}
        return pd.DataFrame(columns | {"part": part}, copy=False)

    def column(self, name: str) -> np.ndarray:
        """A column of `trigger_cells` other than `part`; must not be changed."""
        return self._column[name]

    def is_cee(self, layer: npt.ArrayLike) -> np.ndarray:
        """Whether layers are in CE-E rather than in CE-H."""
        return np.asarray(layer) <= self.n_cee

    @cached_property
    def layers(self) -> np.ndarray:
        """Layers that have trigger cells, ascending, int64."""
        return np.flatnonzero(np.bincount(self._column["layer"]))

    @cached_property
    def radii(self) -> np.ndarray:
        """Smallest and largest distance of each layer's trigger cells from the beam.

        Float64, shape (n_layers + 1, 2), cm, index = layer; NaN where a layer has none.
        """
        order, start = self._by_layer
        squared = (self._column["x"] ** 2 + self._column["y"] ** 2)[order]
        first = start[2 * self.layers]
        out = np.full((self.n_layers + 1, 2), np.nan)
        for k, extreme in enumerate((np.minimum, np.maximum)):
            out[self.layers, k] = extreme.reduceat(squared, first)
        return np.sqrt(out)

    @cached_property
    def _by_layer(self) -> tuple[np.ndarray, np.ndarray]:
        """Numbers by layer, silicon before scintillator, and the start of each of these groups."""
        group = self._column["layer"] * np.int16(2) + self._is_tile
        order = np.argsort(group, kind="stable")
        return order, np.searchsorted(group[order], np.arange(2 * self.n_layers + 3))

    def numbers_of_layer(self, layer: int) -> np.ndarray:
        """Numbers of a layer's trigger cells, int64; silicon comes before scintillator.

        Empty where the layer has none, or does not exist.
        """
        if not 0 <= layer <= self.n_layers:
            return np.zeros(0, dtype=np.int64)
        order, start = self._by_layer
        return order[start[2 * layer] : start[2 * layer + 2]]

    def outlines_of_layer(self, layer: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Outlines of a layer's trigger cells without gaps between wafers; cached, must not be changed.

        They are those of `corners`, but the outermost cells of a wafer extend to the middle of the gap, as in
        `covering`; and all extend 1 um further, so that rounding does not open a gap between neighbours.

        Returns
        -------
        corners : float32, shape (n, 4, 2), cm
        low, high : float32, shape (n, 2), cm: the rectangles around them
        """
        return self.outlines.of_layer(layer, self.numbers_of_layer(layer))

    def borders_of_layer(self, layer: int) -> np.ndarray:
        """Borders of a layer's wafers, and of its scintillator; cached, must not be changed.

        Where only some wafers are known, the hexagons of the others follow, between the smallest and the
        largest distance of the known ones from the beam.

        Returns
        -------
        float32, shape (n, 2, 2), cm: both ends of each line, in the +z endcap; between two wafers, the line
        is in the middle of the gap
        """
        kept = self._borders.get(layer)
        if kept is None:
            numbers = self.numbers_of_layer(layer)
            lines = [
                self.outlines.wafer_borders(numbers),
                self.outlines.tile_borders(numbers, layer, self._covering),
                self.unseen_borders(layer),
            ]
            kept = self._borders[layer] = np.concatenate(lines).astype(np.float32)
        return kept

    def unseen_borders(self, layer: int) -> np.ndarray:
        """Hexagons of a layer's lattice where no wafer is known, float64, shape (n, 2, 2), cm."""
        if self.complete or layer not in self.lattices:
            return np.zeros((0, 2, 2))
        return borders.unseen(self._all_wafers, layer, self.lattices[layer])

    def xy(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
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
        return wafer_table.table(self._all_wafers, self._wafer, self._column["part"], self._fine_wafers)

    def wafer_centres(
        self, layer: int, waferu: npt.ArrayLike, waferv: npt.ArrayLike
    ) -> tuple[np.ndarray, np.ndarray]:
        """Centres x and y of wafers of a layer in the +z endcap, float64, shape (n,), cm.

        Those of unknown wafers are taken from the lattice of the layer, or else of the nearest layer.
        """
        where = layer, whole(waferu), whole(waferv)
        return self._lookup.wafer_centres(self._all_wafers, self.lattices, *where)

    def corners(self, numbers: npt.ArrayLike) -> np.ndarray:
        """Drawn outlines of trigger cells of the +z endcap.

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
        IndexError : a number is not that of a trigger cell, such as the -1 of `find` and `covering`
        """
        numbers = np.atleast_1d(np.asarray(numbers)).astype(np.int64)
        if len(numbers) and not 0 <= numbers.min() <= numbers.max() < len(self._is_tile):
            raise IndexError(f"trigger cell numbers go from 0 to {len(self._is_tile) - 1}")
        return self.outlines.corners(numbers)

    def find(
        self,
        layer: npt.ArrayLike,
        waferu: npt.ArrayLike,
        waferv: npt.ArrayLike,
        cellu: npt.ArrayLike,
        cellv: npt.ArrayLike,
    ) -> np.ndarray:
        """Numbers of trigger cells by their indices.

        Parameters
        ----------
        layer, waferu, waferv, cellu, cellv : numbers, shape (n,) or scalar; scintillator: waferu = waferv =
            -999, cellu = ieta, cellv = iphi

        Returns
        -------
        int64, shape (n,): -1 where there is no such trigger cell, whatever the indices
        """
        return self._lookup.find(layer, waferu, waferv, cellu, cellv)

    def agrees(
        self, numbers: npt.ArrayLike, x: npt.ArrayLike, y: npt.ArrayLike, z: npt.ArrayLike
    ) -> np.ndarray:
        """Whether positions of trigger cells agree with the geometry to 0.5 cm; in either endcap.

        Parameters
        ----------
        numbers : int array, shape (n,), as `find` returns them
        x, y, z : float arrays, shape (n,), cm, positions in a file

        Returns
        -------
        bool, shape (n,): False where there is no such trigger cell
        """
        numbers, x, z = np.asarray(numbers), np.where(np.asarray(z) < 0, -np.asarray(x), x), np.abs(z)
        row = np.maximum(numbers, 0)
        off = [values - self._column[name][row] for name, values in (("x", x), ("y", y), ("z", z))]
        return (numbers >= 0) & (off[0] ** 2 + off[1] ** 2 <= SAME_PLACE**2) & (np.abs(off[2]) <= SAME_PLACE)

    def fine(self, numbers: np.ndarray) -> np.ndarray:
        """Whether trigger cells are in wafers with the finer sensor cells, 12 along a side; bool."""
        known, wafer = self._all_wafers, self._wafer[numbers]
        return (wafer >= 0) & (self._fine_wafers[wafer] if len(known.layer) else False)

    @cached_property
    def _fine_wafers(self) -> np.ndarray:
        return wafer_table.fine_wafers(self._all_wafers)

    def sure(self, numbers: np.ndarray) -> np.ndarray:
        """Whether outlines of trigger cells are certain, as enough of their wafers was seen; bool."""
        known, wafer = self._all_wafers, self._wafer[numbers]
        sure = (wafer < 0) | (known.certain[wafer] if len(known.layer) else False)
        return sure if self._shift is None else sure & (self._shift[numbers] == 0)

    def covering(self, x: npt.ArrayLike, y: npt.ArrayLike, z: npt.ArrayLike) -> np.ndarray:
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
        return self._covering.at(x, y, z)

    @cached_property
    def _covering(self) -> Covering:
        return Covering(self.layers, self.layer_z, self.tile_z, self._all_wafers, self.rings, self._lookup)
