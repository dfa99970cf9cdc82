"""The table of all trigger cells of one V11 endcap, computed from the rules."""

import numpy as np
import pandas as pd

from . import constants as c
from . import tiles, wafers

PARTS = ("full", "partial")
COLUMNS = ("subdet", "layer", "waferu", "waferv", "cellu", "cellv", "x", "y", "z", "part")


def trigger_cells() -> pd.DataFrame:
    """All trigger cells of the +z endcap's trigger layers.

    Returns
    -------
    DataFrame, RangeIndex = trigger cell number, by layer, silicon before scintillator, then by the four
    indices; columns
    `subdet` (1 CE-E, 2 CE-H silicon, 10 scintillator) `layer waferu waferv cellu cellv` (int16; scintillator:
    waferu = waferv = -999, cellu = ieta, cellv = iphi), `x y z` (float32, cm: mean of the sensor cells or
    tiles that lie in the active ring), `part` (category: a full wafer has all of its 48 trigger cells, a
    partial one fewer; a scintillator trigger cell with one ring of tiles instead of two counts as partial).
    """
    blocks = []
    for layer in c.TRIGGER_LAYERS:
        blocks.append(_silicon(int(layer)))
        if layer in c.TILE_RING_MIN:
            blocks.append(_scintillator(int(layer)))
    columns = {name: np.concatenate([block[name] for block in blocks]) for name in COLUMNS}
    for name in COLUMNS[:6]:
        columns[name] = columns[name].astype(np.int16)
    for name in ("x", "y", "z"):
        columns[name] = columns[name].astype(np.float32)
    columns["part"] = pd.Categorical.from_codes(columns["part"].astype(np.int8), PARTS)
    return pd.DataFrame(columns, copy=False)


def fine(layer: np.ndarray, waferu: np.ndarray, waferv: np.ndarray) -> np.ndarray:
    """Whether wafers have 12 sensor cells along a side rather than 8, bool, shape (n,)."""
    out = np.zeros(len(layer), dtype=bool)
    for n in np.unique(layer):
        mine = np.flatnonzero(layer == n)
        u, v, kind = wafers.wafers_of_layer(int(n))
        of_120_um = {(a, b) for a, b, k in zip(u.tolist(), v.tolist(), kind, strict=True) if k == 0}
        pairs = zip(waferu[mine].tolist(), waferv[mine].tolist(), strict=True)
        out[mine] = [pair in of_120_um for pair in pairs]
    return out


def _silicon(layer: int) -> dict:
    waferu, waferv, kind = wafers.wafers_of_layer(layer)
    ring = wafers.silicon_ring(layer)
    centre = np.stack(wafers.wafer_centres(layer, waferu, waferv), axis=1)
    x, y = np.empty((2, len(waferu), 48))
    exists = np.ones((len(waferu), 48), dtype=bool)
    edge = _crosses(centre, ring)
    for per_side in (8, 12):
        cellu, cellv, local = wafers.sensor_cells(per_side)
        mine = np.array([c.CELLS_PER_SIDE[k] == per_side for k in kind], dtype=bool)
        x[mine], y[mine] = (centre[mine, None] + local.mean(axis=1)).transpose(2, 0, 1)
        cut = mine & edge
        cells = centre[cut, None, None] + local
        r = np.hypot(cells[..., 0], cells[..., 1])
        valid = (r >= ring[0]) & (r <= ring[1])
        count = valid.sum(axis=2)
        exists[cut] = count > 0
        mean = (cells * valid[..., None]).sum(axis=2) / np.maximum(count, 1)[..., None]
        x[cut], y[cut] = mean.transpose(2, 0, 1)
    wafer, cell = np.nonzero(exists)
    return {
        "subdet": np.full(len(wafer), c.CEE if layer <= c.N_CEE else c.CEH_SILICON),
        "layer": np.full(len(wafer), layer),
        "waferu": waferu[wafer],
        "waferv": waferv[wafer],
        "cellu": cellu[cell],
        "cellv": cellv[cell],
        "x": x[wafer, cell],
        "y": y[wafer, cell],
        "z": np.full(len(wafer), c.layer_z()[layer]),
        "part": np.where(np.asarray(exists.all(axis=1))[wafer], 0, 1),
    }


def _crosses(centre: np.ndarray, ring: tuple[float, float]) -> np.ndarray:
    """Wafers that may extend beyond the active ring: a side is at most 0.5 cm closer than its corners."""
    corners = centre[:, None] + wafers.hexagon()
    r = np.hypot(corners[..., 0], corners[..., 1])
    return (r.min(axis=1) < ring[0] + 0.5) | (r.max(axis=1) > ring[1])


def _scintillator(layer: int) -> dict:
    ieta, iphi = tiles.cells_of_layer(layer)
    first, last = tiles.ring_range(layer, ieta)
    x, y = tiles.centres(layer, ieta, iphi)
    return {
        "subdet": np.full(len(ieta), c.SCINTILLATOR),
        "layer": np.full(len(ieta), layer),
        "waferu": np.full(len(ieta), c.NO_WAFER),
        "waferv": np.full(len(ieta), c.NO_WAFER),
        "cellu": ieta,
        "cellv": iphi,
        "x": x,
        "y": y,
        "z": np.full(len(ieta), c.tile_z()[layer]),
        "part": np.where(last > first, 0, 1),
    }
