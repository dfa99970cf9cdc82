"""The trigger cells of an inferred geometry, as columns of its table."""

from collections.abc import Callable

import numpy as np

from . import constants as c
from . import inference, placements, rings, wafers
from .columns import Columns
from .evidence import Evidence
from .inference import Placed, Rules, Seen
from .missing_cells import absent
from .placements import N_CELLS
from .rings import MOST_RINGS

DENSE_RING = 0.98  # if this fraction of a ring's cells was seen, cells not seen in its layer do not exist
OUT_OF_RING = 1.0  # cm; a tile further from its position in the ring is drawn about its own position
SURELY_INSIDE = 0.6  # cm; a position closer to that of the model is inside the outline (0.86 cm around)


def model(placed: Placed, size: float) -> np.ndarray:
    """Expected positions of the cells of the wafers, complex128, shape (n_wafers, 48), cm."""
    local = placements.means()[placed.placement, placed.fine] * (size / c.WAFER_SIZE)
    return placed.centre[:, None] + local


def off_model(seen: Seen, placed: Placed, rules: Rules) -> np.ndarray:
    """Offset of each cell that was seen from its expected position, complex128, shape (n_cells,), cm."""
    return seen.position - model(placed, rules.size)[seen.wafer, seen.cell]


def silicon_cells(
    seen: Seen,
    placed: Placed,
    rules: Rules,
    whole: np.ndarray,
    at_rim: np.ndarray,
    coarsened: bool,
    all_seen: bool,
) -> dict[str, np.ndarray]:
    """Columns of the cells of wafers: those that were seen, and the rest where the placement is certain.

    Parameters
    ----------
    whole : bool, shape (n_wafers,), see `missing_cells.among_whole`
    at_rim : bool, shape (n_wafers, 12), see `missing_cells.directions_of_rim`
    coarsened : whether positions are means of several cells
    all_seen : whether the cells that were seen are all cells of the detector

    Returns
    -------
    dict of `wafer` (int32), `cell` (int8), `x`, `y` (float32, cm) and `shift` (complex64, cm), each of shape
        (n,); in the order of the wafers, then by cell
    """
    n = len(seen.layer)
    have, drawn_off = np.zeros((2, n, N_CELLS), dtype=bool)
    have[seen.wafer, seen.cell] = True
    position = model(placed, rules.size)
    off = seen.position - position[seen.wafer, seen.cell]
    position[seen.wafer, seen.cell] = seen.position
    drawn_off[seen.wafer, seen.cell] = coarsened
    far = np.flatnonzero(np.abs(off) > SURELY_INSIDE)
    drawn_off[seen.wafer[far], seen.cell[far]] |= ~inference.covered(
        seen.cells(far), placed.centre, placed.placement, rules.size
    )
    shift = np.zeros((n, N_CELLS), dtype=np.complex64)
    shift[seen.wafer, seen.cell] = off
    complete = placed.certain & (not coarsened) & (not all_seen)
    exists = have | (complete[:, None] & ~absent(have, placed, whole, at_rim))
    wafer, cell = np.nonzero(exists)
    position = position[exists]
    return {
        "x": position.real.astype(np.float32),
        "y": position.imag.astype(np.float32),
        "wafer": wafer.astype(np.int32),
        "cell": cell.astype(np.int8),
        "shift": np.where(drawn_off, shift, 0)[exists],
    }


def all_columns(
    silicon: dict[str, np.ndarray],
    tiles: dict[str, np.ndarray],
    seen: Seen,
    cee: np.ndarray,
    layer_z: np.ndarray,
) -> Columns:
    """The columns of `Geometry`, and its `wafer`, `cell` and `shift`: the silicon's, then the scintillator's.

    Rarely used ones are computed on first access: a geometry that grows is rebuilt for each event.

    Parameters
    ----------
    silicon : as `silicon_cells` returns them
    tiles : as `tile_cells` returns them
    cee : bool, by layer: those in CE-E
    layer_z : float64, cm, by layer
    """
    wafer, cell = silicon["wafer"], silicon["cell"]
    cellu, cellv, _ = wafers.sensor_cells(8)

    def of_wafers(name: str, values: Callable[[], np.ndarray]) -> Callable[[], np.ndarray]:
        return lambda: np.concatenate([values().astype(tiles[name].dtype)[wafer], tiles[name]])

    def of_cells(name: str, values: np.ndarray) -> Callable[[], np.ndarray]:
        return lambda: np.concatenate([values.astype(np.int16)[cell], tiles[name]])

    return Columns(
        {name: np.concatenate([silicon[name], tiles[name]]) for name in silicon},
        {
            "subdet": of_wafers("subdet", lambda: np.where(cee[seen.layer], c.CEE, c.CEH_SILICON)),
            "layer": of_wafers("layer", lambda: seen.layer),
            "waferu": of_wafers("waferu", lambda: seen.waferu),
            "waferv": of_wafers("waferv", lambda: seen.waferv),
            "cellu": of_cells("cellu", cellu),
            "cellv": of_cells("cellv", cellv),
            "z": of_wafers("z", lambda: layer_z[seen.layer]),
            "part": of_wafers("part", lambda: np.bincount(wafer, minlength=len(seen.layer)) < N_CELLS),
        },
    )


def planes(evidence: Evidence) -> tuple[np.ndarray, np.ndarray]:
    """Planes of the silicon and of the tiles, float64, shape (n_layers + 1,), cm, index = layer.

    Each is the median z of the cells seen in the layer, NaN where there are none.
    """
    n_layers = int(evidence.layers.max(initial=0))
    both = []
    for layer, z in (
        (evidence.silicon.layer[evidence.silicon.wafer], evidence.z),
        (evidence.tile["layer"], evidence.tile["z"]),
    ):
        found = np.full(n_layers + 1, np.nan)
        for n in np.unique(layer):
            found[n] = np.median(z[layer == n])
        both.append(found)
    return both[0], both[1]


def rings_of(tile: dict[str, np.ndarray], n_layers: int) -> rings.Rings:
    """The rings in which tiles were seen; `tile` as in `Evidence`."""
    ring, r = tile["layer"] * MOST_RINGS + tile["ieta"], np.hypot(tile["x"], tile["y"])
    r = r[np.lexsort((r, ring))]
    group, n = np.unique(ring, return_counts=True)
    first = np.cumsum(n) - n
    median = (r[first + (n - 1) // 2] + r[first + n // 2]) / 2
    return rings.from_radii(group // MOST_RINGS, group % MOST_RINGS, median, n_layers)


def tile_cells(
    tile: dict[str, np.ndarray], of_rings: rings.Rings, tile_z: np.ndarray, all_seen: bool
) -> dict[str, np.ndarray]:
    """Columns of the scintillator cells: those seen, and in layers without a dense ring, all of their rings.

    With `all_seen`, only those seen.
    """
    layer, ieta = np.nonzero(np.isfinite(of_rings.inner))
    row = np.full(of_rings.inner.shape, -1)
    row[layer, ieta] = np.arange(len(layer))
    have = np.zeros((len(layer), c.N_PHI_TC), dtype=bool)
    of, column = row[tile["layer"], tile["ieta"]], tile["iphi"] - 1
    have[of, column] = True
    seen_fraction = have.mean(axis=1)
    dense = np.zeros(len(of_rings.inner), dtype=bool)
    np.logical_or.at(dense, layer, seen_fraction >= DENSE_RING)
    exists = have | (~dense[layer][:, None] & (not all_seen))
    inner, outer = of_rings.inner[layer, ieta], of_rings.outer[layer, ieta]
    phi = (np.arange(c.N_PHI_TC) + 0.5) * rings.PHI_STEP
    radius = (inner + outer) / 2 * np.cos(rings.PHI_STEP / 4)
    model = radius[:, None] * np.exp(1j * phi)
    position = model.copy()
    position[of, column] = tile["x"] + 1j * tile["y"]
    apart = position - model
    shift = np.where(np.abs(apart) > OUT_OF_RING, apart, 0).astype(np.complex64)
    ring, iphi = np.nonzero(exists)
    position = position[exists]
    return {
        "subdet": np.full(len(ring), c.SCINTILLATOR, dtype=np.int16),
        "layer": layer[ring].astype(np.int16),
        "waferu": np.full(len(ring), c.NO_WAFER, dtype=np.int16),
        "waferv": np.full(len(ring), c.NO_WAFER, dtype=np.int16),
        "cellu": ieta[ring].astype(np.int16),
        "cellv": (iphi + 1).astype(np.int16),
        "x": position.real.astype(np.float32),
        "y": position.imag.astype(np.float32),
        "z": tile_z[layer[ring]].astype(np.float32),
        "part": of_rings.single[layer, ieta][ring].astype(np.int8),
        "wafer": np.full(len(ring), -1, dtype=np.int32),
        "cell": np.full(len(ring), -1, dtype=np.int8),
        "shift": shift[exists],
    }
