"""The wafers of an endcap, as arrays and as a table."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from . import constants as c
from . import placements, v11, wafers


@dataclass(frozen=True, eq=False, kw_only=True)
class Wafers:
    """The wafers of an endcap, one row each.

    Attributes
    ----------
    layer, waferu, waferv : int64, shape (n,)
    centre : complex128, shape (n,), x + iy [cm] in the +z endcap
    placement : int8, shape (n,), orientation of the cells, see `placements`
    fine : int8, shape (n,): 1 for 12 sensor cells along a side, 0 for 8, -1 where unknown
    certain : bool, shape (n,), False where too few cells were seen to determine the placement
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


def wafer_key(layer: np.ndarray | int, waferu: np.ndarray, waferv: np.ndarray) -> np.ndarray:
    """One int64 for each wafer, in the order of layers and indices.

    Keys are unique for indices from -32 to 31, which includes the sites adjacent to any wafer.
    """
    return (layer * 64 + waferu + 32) * 64 + waferv + 32


def from_wafer_key(key: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Layer, waferu and waferv of keys: inverse of `wafer_key`."""
    return key // 4096, key // 64 % 64 - 32, key % 64 - 32


def of_v11_family(layer: np.ndarray, waferu: np.ndarray, waferv: np.ndarray) -> tuple[Wafers, np.ndarray]:
    """The wafers of trigger cells whose positions follow from their indices, as in V11.

    Parameters
    ----------
    layer, waferu, waferv : int64, shape (n_cells,), of silicon trigger cells

    Returns
    -------
    wafers : Wafers
    row : int64, shape (n_cells,), row in `wafers` of each cell
    """
    key, row = np.unique(wafer_key(layer, waferu, waferv), return_inverse=True)
    layer, waferu, waferv = from_wafer_key(key)
    x, y = wafers.wafer_centres(layer, waferu, waferv)
    n = len(key)
    known = Wafers(
        layer=layer,
        waferu=waferu,
        waferv=waferv,
        centre=x + 1j * y,
        placement=np.zeros(n, dtype=np.int8),
        fine=np.full(n, -1, dtype=np.int8),
        certain=np.ones(n, dtype=bool),
    )
    return known, row


def of_rules(cells: pd.DataFrame) -> tuple[dict[str, np.ndarray], Wafers, np.ndarray]:
    """The arguments of `Geometry`, from a table of trigger cells of the V11 family.

    Parameters
    ----------
    cells : as `v11.trigger_cells`

    Returns
    -------
    columns : arrays by name
    wafers : Wafers
    row : int32, shape (n_cells,), row in `wafers` of each cell, -1 for scintillator
    """
    columns = {name: cells[name].to_numpy() for name in v11.COLUMNS[:9]}
    columns["part"] = cells["part"].cat.codes.to_numpy()
    silicon = np.flatnonzero(columns["subdet"] != c.SCINTILLATOR)
    known, row = of_v11_family(
        *(columns[name][silicon].astype(np.int64) for name in ("layer", "waferu", "waferv"))
    )
    wafer = np.full(len(cells), -1, dtype=np.int32)
    wafer[silicon] = row
    return columns, known, wafer


def fine_wafers(known: Wafers) -> np.ndarray:
    """Which have 12 sensor cells along a side, bool, shape (n,); by V11's rules if unknown for any."""
    if (known.fine >= 0).all():
        return known.fine == 1
    return v11.fine(known.layer, known.waferu, known.waferv)


def table(known: Wafers, wafer: np.ndarray, part: np.ndarray, fine: np.ndarray) -> pd.DataFrame:
    """The table of `Geometry.wafers`.

    Parameters
    ----------
    wafer : int array, shape (n_cells,), row in `known` of each trigger cell, -1 for none
    part : int8, shape (n_cells,), index into `v11.PARTS`; the same for all cells of a wafer
    fine : bool, shape (n_wafers,)
    """
    silicon = np.flatnonzero(wafer >= 0)
    n_cells = np.bincount(wafer[silicon], minlength=len(known.layer))
    part_of_wafer = np.zeros(len(known.layer), dtype=np.int8)
    part_of_wafer[wafer[silicon]] = part[silicon]
    columns = {name: getattr(known, name).astype(np.int16) for name in ("layer", "waferu", "waferv")}
    columns |= {"x": known.centre.real, "y": known.centre.imag, "n_cells": n_cells}
    columns["part"] = pd.Categorical.from_codes(part_of_wafer, v11.PARTS)
    columns |= {"turn": known.placement % placements.TURNS, "mirrored": known.placement >= placements.TURNS}
    columns |= {"fine": fine, "certain": known.certain}
    rows = pd.DataFrame(columns)[n_cells > 0]
    return rows.sort_values(["layer", "waferu", "waferv"], ignore_index=True)
