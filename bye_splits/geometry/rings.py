"""Rings of scintillator trigger cells: 144 cells in phi in every version so far, at radii that differ."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from . import constants as c
from . import tiles

MOST_RINGS = 32  # values that ieta may have
PHI_STEP = tiles.PHI_STEP
WIDEST = 8.0  # cm; width of a lone ring that is in no table
SAME = 0.4  # cm; largest distance between the trigger cells of a ring and those of a table's same ring
# Edges of the tile rings from V15 on, in cm [hgcalConsData v16 to v19].
# fmt: off
EDGES_V15 = np.array([
    103.783, 106.098, 108.412, 110.83, 113.248, 115.773, 118.299, 120.937, 123.575, 126.331, 129.087,
    131.966, 134.845, 137.852, 140.859, 144.0, 147.142, 150.423, 153.705, 157.133, 160.56, 164.141,
    167.722, 171.462, 175.203, 179.11, 183.017, 187.099, 191.18, 195.444, 199.708, 204.161, 208.615,
    213.267, 217.92, 222.78, 227.64, 232.716, 237.793, 243.096, 248.399, 253.939, 259.479,
])
# fmt: on


@dataclass(frozen=True, eq=False)
class Rings:
    """Edges of the rings of scintillator trigger cells.

    Attributes
    ----------
    inner, outer : float64, shape (n_layers + 1, 32), cm, by layer and ieta; NaN where there is no such ring
    single : bool, shape (n_layers + 1, 32): has one ring of tiles, where the others have several
    """

    inner: np.ndarray
    outer: np.ndarray
    single: np.ndarray

    def corners(self, layer: np.ndarray, ieta: np.ndarray, iphi: np.ndarray) -> np.ndarray:
        """Outlines as quadrilaterals, float64, shape (n, 4, 2), cm; neighbours share their corners."""
        inner, outer = self.inner[layer, ieta], self.outer[layer, ieta]
        # The last cell in phi ends exactly where the first one starts.
        low, high = (np.asarray(iphi) - 1) * PHI_STEP, np.asarray(iphi) % c.N_PHI_TC * PHI_STEP
        r = np.stack([inner, outer, outer, inner], axis=1)
        phi = np.stack([low, low, high, high], axis=1)
        return np.stack([r * np.cos(phi), r * np.sin(phi)], axis=-1)

    def cell_at(
        self, layer: np.ndarray, x: npt.ArrayLike, y: npt.ArrayLike
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Trigger cell of the +z endcap that covers each point.

        A point is in the cell whose outline is drawn around it: the rings' edges are straight between the
        corners of a cell, up to 0.06 cm inside the circle through them.

        Returns
        -------
        ieta, iphi : int64, shape (n,)
        inside : bool, shape (n,): False where the layer has no ring there; (ieta, iphi) is then arbitrary
        """
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        phi = np.arctan2(y, x) % (2 * np.pi)
        iphi = np.minimum(np.floor(phi / PHI_STEP).astype(np.int64) + 1, c.N_PHI_TC)
        from_middle = phi - (iphi - 0.5) * PHI_STEP
        r = (np.hypot(x, y) * np.cos(from_middle) / np.cos(PHI_STEP / 2))[:, None]
        here = (self.inner[layer] <= r) & (r < self.outer[layer])
        return here.argmax(axis=1), iphi, here.any(axis=1)


def of_v11() -> Rings:
    """The rings of V11 [HGCalGeomParameters::loadCellTrapezoid]."""
    inner, outer = np.full((2, c.N_LAYERS + 1, MOST_RINGS), np.nan)
    single = np.zeros(inner.shape, dtype=bool)
    for layer in c.TILE_RING_MIN:
        ieta = np.unique(tiles.cells_of_layer(layer)[0])
        inner[layer, ieta], outer[layer, ieta] = tiles.radii(layer, ieta)
        single[layer, ieta] = np.equal(*tiles.ring_range(layer, ieta))
    return Rings(inner, outer, single)


def from_radii(layer: np.ndarray, ieta: np.ndarray, r: np.ndarray, n_layers: int) -> Rings:
    """Rings in which trigger cells were seen.

    Parameters
    ----------
    layer, ieta : int64, shape (n,), each pair once
    r : float64, shape (n,), cm, distance of its trigger cells from the beam
    n_layers : largest layer number

    Notes
    -----
    A ring of V11, or of the versions from V15 on, has the edges of that version; those of any other, such as
    V19's fine ones, are halfway to the next ring that was seen.
    """
    inner, outer = np.full((2, n_layers + 1, MOST_RINGS), np.nan)
    single = np.zeros(inner.shape, dtype=bool)
    low_edge, high_edge, alone = (
        np.stack(each)
        for each in zip(*(_from_table(ieta, r, table) for table in (c.ring_edges(), EDGES_V15)), strict=True)
    )
    for n in np.unique(layer):
        rows = np.flatnonzero(layer == n)
        rows = rows[np.argsort(r[rows])]
        table = np.isnan(low_edge[:, rows]).sum(axis=1).argmin()  # the one that has most of its rings
        low_edges, high_edges = low_edge[table, rows], high_edge[table, rows]
        between = (r[rows][1:] + r[rows][:-1]) / 2
        step = np.diff(r[rows]).min(initial=WIDEST) / 2
        low, high = np.r_[r[rows][0] - step, between], np.r_[between, r[rows][-1] + step]
        inner[n, ieta[rows]] = np.where(np.isnan(low_edges), np.maximum(low, r[rows] - step), low_edges)
        outer[n, ieta[rows]] = np.where(np.isnan(high_edges), np.minimum(high, r[rows] + step), high_edges)
        single[n, ieta[rows]] = alone[table, rows]
    return Rings(inner, outer, single)


def _from_table(
    ieta: np.ndarray, r: np.ndarray, edges: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Edges of trigger cell rings by a table of tile rings, NaN for none; whether each has one tile ring.

    Trigger cell ieta has tile rings 2 ieta - 1 and 2 ieta, or one of them at the rim of the scintillator.
    """
    first = np.clip(2 * ieta - 2, 0, len(edges) - 1)
    middle, last = np.minimum(first + 1, len(edges) - 1), np.minimum(first + 2, len(edges) - 1)
    shrink = np.cos(PHI_STEP / 4)  # of two tiles' middle in phi, half a tile away from each
    options = [(first, last), (first, middle), (middle, last)]
    model = np.stack([(_centre(edges, *option)) * shrink for option in options])
    best = np.abs(model - r).argmin(axis=0)
    fits = np.abs(model - r).min(axis=0) < SAME
    low, high = (np.choose(best, [option[end] for option in options]) for end in (0, 1))
    fits &= (low < high) & (2 * ieta - 2 < len(edges) - 1)
    return np.where(fits, edges[low], np.nan), np.where(fits, edges[high], np.nan), fits & (high == low + 1)


def _centre(edges: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Mean of the tiles' middles from one edge to another."""
    tile = (edges[1:] + edges[:-1]) / 2
    tile = np.r_[tile, tile[-1]]
    return (tile[low] + tile[np.maximum(high - 1, low)]) / 2
