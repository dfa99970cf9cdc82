"""Scintillator trigger cells: two by two tiles, of which the outermost rings of a layer hold only one."""

import numpy as np

from . import constants as c

PHI_STEP = 2 * np.pi / c.N_PHI_TC


def ring_range(layer, ieta):
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


def radii(layer, ieta):
    """Inner and outer radius of trigger cells, float64, shape (n,), cm."""
    first, last = ring_range(layer, ieta)
    edges = c.ring_edges()
    return edges[first - 1], edges[last]


def corners(layer, ieta, iphi) -> np.ndarray:
    """Outlines as quadrilaterals, float64, shape (n, 4, 2), cm; neighbours share their corners."""
    inner, outer = radii(layer, ieta)
    # The last cell in phi ends exactly where the first one starts.
    low, high = (np.asarray(iphi) - 1) * PHI_STEP, np.asarray(iphi) % c.N_PHI_TC * PHI_STEP
    r = np.stack([inner, outer, outer, inner], axis=1)
    phi = np.stack([low, low, high, high], axis=1)
    return np.stack([r * np.cos(phi), r * np.sin(phi)], axis=-1)


def centres(layer, ieta, iphi):
    """Mean x, y of the tiles' centres, float64, shape (n,), cm."""
    first, last = ring_range(layer, ieta)
    edges = c.ring_edges()
    tile = (edges[1:] + edges[:-1]) / 2
    r = (tile[first - 1] + tile[last - 1]) / 2 * np.cos(PHI_STEP / 4)  # two tiles in phi, half a tile away
    phi = (np.asarray(iphi) - 0.5) * PHI_STEP
    return r * np.cos(phi), r * np.sin(phi)


def cell_at(layer, x, y):
    """Trigger cell of the +z endcap that covers each point.

    The side of a tile is straight: near the middle of a cell in phi its outline lies up to 0.06 cm inside the
    circle through its corners, and that is where the rings are cut here too, so that a point is in the cell
    whose outline is drawn around it.

    Returns
    -------
    ieta, iphi : int64, shape (n,)
    inside : bool, shape (n,): False where the layer has no tile there; (ieta, iphi) is then arbitrary
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    phi = np.arctan2(y, x) % (2 * np.pi)
    iphi = np.minimum(np.floor(phi / PHI_STEP).astype(np.int64) + 1, c.N_PHI_TC)
    from_middle = phi - (iphi - 0.5) * PHI_STEP
    r = np.hypot(x, y) * np.cos(from_middle) / np.cos(PHI_STEP / 2)
    ring = np.searchsorted(c.ring_edges(), r, side="right")
    ieta = (ring + 1) // 2
    first, last = ring_range(layer, ieta)
    return ieta, iphi, (ring >= first) & (ring <= last) & (ieta >= 1)


def cells_of_layer(layer: int):
    """ieta, iphi, int64, of all trigger cells of a layer, by ieta, then iphi."""
    if layer not in c.TILE_RING_MIN:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    ieta = np.arange((c.TILE_RING_MIN[layer] + 1) // 2, (c.TILE_RING_MAX[layer] + 1) // 2 + 1)
    ieta, iphi = np.meshgrid(ieta, np.arange(1, c.N_PHI_TC + 1), indexing="ij")
    return ieta.ravel(), iphi.ravel()
