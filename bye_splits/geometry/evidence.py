"""The trigger cells of a file as evidence of its geometry: checked, distinct, mirrored into the +z endcap."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ..errors import GeometryError
from . import constants as c
from . import placements
from .inference import Seen
from .lattices import HALF_LATTICE
from .rings import MOST_RINGS
from .wafer_table import from_wafer_key, wafer_key

NEEDED = ("layer", "waferu", "waferv", "cellu", "cellv", "x", "y", "z")
MOST_LAYERS = 127


@dataclass(frozen=True, eq=False, kw_only=True)
class Evidence:
    """Distinct trigger cells that were seen; the -z endcap's are mirrored, x -> -x.

    Attributes
    ----------
    silicon : Seen
    z : float64, shape (n_cells,), cm, of the silicon cells
    tile : columns of the scintillator cells, shape (n,): `layer ieta iphi` int64, `x y z` float64, cm
    cee : by layer that was seen, whether it is in CE-E
    left_out : number of rows that cannot be trigger cells
    complete : whether these are all trigger cells of the detector, as in a geometry file
    notices : sentences about rows that the reader has left out
    """

    silicon: Seen
    z: np.ndarray
    tile: dict[str, np.ndarray]
    cee: dict[int, bool]
    left_out: int = 0
    complete: bool = False
    notices: tuple[str, ...] = ()
    layers: np.ndarray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", np.array(sorted(self.cee), dtype=np.int64))

    def is_cee(self, layer: int) -> bool:
        """Whether a layer is in CE-E; False for one that was not seen."""
        return self.cee.get(int(layer), False)


def evidence_of(cells: pd.DataFrame | Mapping[str, np.ndarray], source: str) -> Evidence:
    """Extract the distinct trigger cells of a table.

    Parameters
    ----------
    cells : see `Geometry.from_positions`
    source : for the text of errors

    Raises
    ------
    GeometryError : a column is absent, or no row has a trigger cell's indices and position
    """
    missing = [name for name in NEEDED if name not in cells]
    if missing:
        raise _error(source, f"no {', '.join(missing)}")
    x, y, z = (np.asarray(cells[name], dtype=np.float64) for name in "xyz")
    index = {name: np.asarray(cells[name]) for name in NEEDED[:5]}
    good = np.isfinite(x) & np.isfinite(y) & np.isfinite(z) & (np.abs(z) > 1)
    for values in index.values():
        good &= np.isfinite(values) & (values == np.floor(values)) & (np.abs(values) < 2**15)
    index = {name: np.where(good, values, 0).astype(np.int64) for name, values in index.items()}
    x, z = np.where(z < 0, -x, x), np.abs(z)
    is_tile = (index["waferu"] == c.NO_WAFER) & (index["waferv"] == c.NO_WAFER)
    cell = placements.index_of(index["cellu"], index["cellv"])
    on_lattice = np.abs(index["waferu"] + 0.5) < HALF_LATTICE
    on_lattice &= np.abs(index["waferv"] + 0.5) < HALF_LATTICE
    ring = (index["cellu"] > 0) & (index["cellu"] < MOST_RINGS)
    ring &= (index["cellv"] > 0) & (index["cellv"] <= c.N_PHI_TC)
    good &= (index["layer"] > 0) & (index["layer"] <= MOST_LAYERS)
    good &= np.where(is_tile, ring, on_lattice & (cell >= 0))
    if not good.any():
        raise _error(source, f"none among {len(x)} rows")
    silicon, tile = np.flatnonzero(good & ~is_tile), np.flatnonzero(good & is_tile)
    subdet = np.asarray(cells["subdet"]) if "subdet" in cells else np.where(z < c.BETWEEN_COMPARTMENTS, 1, 2)
    kind = np.asarray(cells["wafertype"]) if "wafertype" in cells else None
    seen, first = _distinct(index, cell, x + 1j * y, kind, silicon)
    return Evidence(
        silicon=seen,
        z=z[first],
        tile=_tiles(index, x, y, z, tile),
        cee=_compartments(index["layer"], subdet, good),
        left_out=int(len(x) - good.sum()),
    )


def merged(old: Evidence, new: Evidence) -> Evidence:
    """Combine both; `old` itself where nothing is new.

    A trigger cell that is in both keeps the old position.
    """
    key, new_key = _key(old.silicon), _key(new.silicon)
    at, fresh = _where_new(key, new_key)
    tile_key, new_tile_key = (
        _tile_key(*(each.tile[name] for name in ("layer", "ieta", "iphi"))) for each in (old, new)
    )
    at_tile, fresh_tile = _where_new(tile_key, new_tile_key)
    if not fresh.any() and not fresh_tile.any():
        return old
    position = np.insert(old.silicon.position, at, new.silicon.position[fresh])
    z = np.insert(old.z, at, new.z[fresh])
    wafer, cell = np.divmod(np.insert(key, at, new_key[fresh]), placements.N_CELLS)
    first = np.r_[True, wafer[1:] != wafer[:-1]]
    wafers, of = wafer[first], np.cumsum(first) - 1
    fine = np.full(len(wafers), -1, dtype=np.int8)
    for each in (new, old):
        fine[np.searchsorted(wafers, each.silicon.wafer_key)] = each.silicon.fine
    return Evidence(
        silicon=_seen(wafers, of, cell, position, fine),
        z=z,
        tile={name: np.insert(old.tile[name], at_tile, new.tile[name][fresh_tile]) for name in old.tile},
        cee=new.cee | old.cee,
        left_out=old.left_out + new.left_out,
    )


def _where_new(key: np.ndarray, new_key: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which ascending new keys are not in `key`, and the positions at which to insert them."""
    at = np.searchsorted(key, new_key)
    fresh = np.ones(len(new_key), dtype=bool)
    inside = at < len(key)
    fresh[inside] = key[at[inside]] != new_key[inside]
    return at[fresh], fresh


def _key(seen: Seen) -> np.ndarray:
    """One int64 for each cell, ascending in their order."""
    return seen.wafer_key[seen.wafer] * placements.N_CELLS + seen.cell


def _tile_key(layer: np.ndarray, ieta: np.ndarray, iphi: np.ndarray) -> np.ndarray:
    return (layer * MOST_RINGS + ieta) * 256 + iphi


def _seen(
    wafers: np.ndarray, of: np.ndarray, cell: np.ndarray, position: np.ndarray, fine: np.ndarray
) -> Seen:
    layer, waferu, waferv = from_wafer_key(wafers)
    return Seen(layer=layer, waferu=waferu, waferv=waferv, wafer=of, cell=cell, position=position, fine=fine)


def _distinct(
    index: dict[str, np.ndarray],
    cell: np.ndarray,
    position: np.ndarray,
    kind: np.ndarray | None,
    rows: np.ndarray,
) -> tuple[Seen, np.ndarray]:
    """Each silicon cell once, and the row that it is taken from."""
    layer, waferu, waferv = (index[name][rows] for name in ("layer", "waferu", "waferv"))
    key = wafer_key(layer, waferu, waferv) * placements.N_CELLS + cell[rows]
    key, first = np.unique(key, return_index=True)
    first = rows[first]
    wafer, number = np.divmod(key, placements.N_CELLS)
    wafers, start, of = np.unique(wafer, return_index=True, return_inverse=True)
    fine = np.full(len(wafers), -1, dtype=np.int8)
    if kind is not None:
        fine = np.isin(kind[first][start], placements.FINE_TYPES).astype(np.int8)
    return _seen(wafers, of, number, position[first], fine), first


def _tiles(
    index: dict[str, np.ndarray], x: np.ndarray, y: np.ndarray, z: np.ndarray, rows: np.ndarray
) -> dict[str, np.ndarray]:
    layer, ieta, iphi = (index[name][rows] for name in ("layer", "cellu", "cellv"))
    _, first = np.unique(_tile_key(layer, ieta, iphi), return_index=True)
    columns = {"layer": layer, "ieta": ieta, "iphi": iphi, "x": x[rows], "y": y[rows], "z": z[rows]}
    return {name: values[first] for name, values in columns.items()}


def _compartments(layer: np.ndarray, subdet: np.ndarray, good: np.ndarray) -> dict[int, bool]:
    """Whether each layer is in CE-E, by the majority of its cells."""
    layer, cee = layer[good], subdet[good] == c.CEE
    n = np.bincount(layer)
    of_cee = np.bincount(layer, weights=cee)
    return {int(number): bool(of_cee[number] * 2 > n[number]) for number in np.flatnonzero(n)}


def _error(source: str, found: str) -> GeometryError:
    return GeometryError(
        source,
        expected=f"trigger cells with {', '.join(NEEDED)}",
        found=found,
        action="Give a table of trigger cells with their positions.",
    )
