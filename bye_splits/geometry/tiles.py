"""Scintillator trigger cells: two by two tiles, with one ring of tiles at the rims of some layers."""

import numpy as np
import numpy.typing as npt

from . import constants as c

PHI_STEP = 2 * np.pi / c.N_PHI_TC


def ring_range(layer: npt.ArrayLike, ieta: npt.ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """First and last tile ring (1-based) of trigger cells `ieta` in `layer`, int64, shape (n,).

    Trigger cell ieta holds rings 2 ieta - 1 and 2 ieta, as far as the layer has them; where it has neither,
    the first is larger than the last.
    """
    layer, ieta = np.asarray(layer), np.asarray(ieta)
    lowest = np.zeros(c.N_LAYERS + 1, dtype=np.int64) + 99
    highest = np.zeros(c.N_LAYERS + 1, dtype=np.int64)
    lowest[list(c.TILE_RING_MIN)] = list(c.TILE_RING_MIN.values())
    highest[list(c.TILE_RING_MAX)] = list(c.TILE_RING_MAX.values())
    return np.maximum(2 * ieta - 1, lowest[layer]), np.minimum(2 * ieta, highest[layer])


def radii(layer: npt.ArrayLike, ieta: npt.ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Inner and outer radius of trigger cells, float64, shape (n,), cm."""
    first, last = ring_range(layer, ieta)
    edges = c.ring_edges()
    return edges[first - 1], edges[last]


def centres(layer: npt.ArrayLike, ieta: npt.ArrayLike, iphi: npt.ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Mean x, y of the tiles' centres, float64, shape (n,), cm."""
    first, last = ring_range(layer, ieta)
    edges = c.ring_edges()
    tile = (edges[1:] + edges[:-1]) / 2
    r = (tile[first - 1] + tile[last - 1]) / 2 * np.cos(PHI_STEP / 4)  # two tiles in phi, half a tile away
    phi = (np.asarray(iphi) - 0.5) * PHI_STEP
    return r * np.cos(phi), r * np.sin(phi)


def cells_of_layer(layer: int) -> tuple[np.ndarray, np.ndarray]:
    """ieta, iphi, int64, of all trigger cells of a layer, by ieta, then iphi."""
    if layer not in c.TILE_RING_MIN:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    rings = np.arange((c.TILE_RING_MIN[layer] + 1) // 2, (c.TILE_RING_MAX[layer] + 1) // 2 + 1)
    ieta, iphi = np.meshgrid(rings, np.arange(1, c.N_PHI_TC + 1), indexing="ij")
    return ieta.ravel(), iphi.ravel()
