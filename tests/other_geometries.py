"""Trigger cells of other geometries than V11, with the truth that no event file has; and events of them."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bye_splits.geometry import Geometry, wafers
from bye_splits.geometry import constants as c

FOLDER = Path(__file__).parents[2] / "shared" / "geometry"
INDICES = ["layer", "waferu", "waferv", "cellu", "cellv"]
POSITIONS = ["x", "y", "z"]
COLUMNS = [*INDICES, *POSITIONS]
SIZE_OF_TABLES = 16.74408  # cm, of the wafers in both tables
PU0, PU200 = 570, 30_000  # trigger cells of an event in one endcap


@dataclass(frozen=True, eq=False)
class Truth:
    """The silicon trigger cells of an endcap.

    Attributes
    ----------
    cells : DataFrame, one row per trigger cell: `subdet wafertype` and `COLUMNS`
    placement : int64, shape (n,), `turn + 12 * mirror` of each cell's wafer
    centre : complex128, shape (n,), cm, of the wafer
    size : of the wafers, cm
    """

    cells: pd.DataFrame
    placement: np.ndarray
    centre: np.ndarray
    size: float = c.WAFER_SIZE

    def outlines(self, rows) -> np.ndarray:
        """The rhombi, float64, shape (n, 4, 2), cm: V11's, made larger, mirrored, turned and moved."""
        one = wafers.cell_corners(*(self.cells[name].to_numpy()[rows] for name in ("cellu", "cellv")))
        points = one @ (1, 1j) * (self.size / c.WAFER_SIZE)
        turn, mirrored = self.placement[rows, None] % 12, self.placement[rows, None] >= 12
        points = np.where(mirrored, points.conj(), points) * np.exp(1j * np.pi / 6 * turn)
        points += self.centre[rows, None]
        return np.stack([points.real, points.imag], axis=-1)

    def only(self, rows) -> "Truth":
        return Truth(
            self.cells.iloc[rows].reset_index(drop=True), self.placement[rows], self.centre[rows], self.size
        )

    def moved(self, by) -> "Truth":
        """Cells and wafers moved by complex numbers, shape (n,), cm."""
        return Truth(_at(self.cells, _xy(self.cells) + by), self.placement, self.centre + by, self.size)


def _xy(cells) -> np.ndarray:
    return cells["x"].to_numpy(dtype=float) + 1j * cells["y"].to_numpy(dtype=float)


def _at(cells, points) -> pd.DataFrame:
    return cells.assign(x=points.real.astype(np.float32), y=points.imag.astype(np.float32))


@cache
def truth(name: str) -> Truth:
    """A geometry by its name: V16, V17 (both skip without the shared tables), displaced, unknown, V11."""
    return {"unknown": unknown, "displaced": displaced, "V11": v11}.get(name, lambda: of_table(name))()


def of_table(name: str) -> Truth:
    """V16 or V17 from its table of trigger cells."""
    path = FOLDER / f"trigger_cells_{name}.parquet"
    if not path.exists():
        pytest.skip(f"no {path.name} beside the repository, in shared/geometry")
    table = pd.read_parquet(path)
    number = (
        table["placement"].to_numpy().astype(int)
    )  # CMSSW's: six turns, then six with a mirror; 7 is V11's
    placement = np.where(number < 6, 12, 0) + (-2 * (number - 7)) % 12
    turned = table["layer"].isin((28, 30, 32)).to_numpy()  # their lattice is, by -30 degrees
    placement = np.where(turned, placement // 12 * 12 + (placement % 12 - 1) % 12, placement)
    centre = table["wafer_x"].to_numpy(dtype=float) + 1j * table["wafer_y"].to_numpy(dtype=float)
    centre *= np.where(turned, np.exp(-1j * np.pi / 6), 1)
    return Truth(table[["subdet", "wafertype", *COLUMNS]], placement, centre, SIZE_OF_TABLES)


def v11() -> Truth:
    geometry = Geometry.v11()
    table = geometry.trigger_cells
    table = table[table.subdet != c.SCINTILLATOR]
    x, y = wafers.wafer_centres(table.layer, table.waferu.astype(int), table.waferv.astype(int))
    kind = np.where(geometry.fine(table.index.to_numpy()), 0, 1)
    cells = table[["subdet", *COLUMNS]].astype(dict.fromkeys(INDICES, int)).assign(wafertype=kind)
    return Truth(cells.reset_index(drop=True), np.zeros(len(cells), dtype=int), np.asarray(x + 1j * y))


def unknown() -> Truth:
    """47 layers that nobody has: V11's wafers, each turned at random, and layers mirrored at random."""
    rng = np.random.default_rng(5)
    base = truth("V11")
    base = base.only(np.flatnonzero(~base.cells["layer"].isin((27, 50))))
    layer = base.cells["layer"].to_numpy()
    _, wafer = np.unique(_wafer_key(base.cells), return_inverse=True)
    turn = 2 * rng.integers(0, 6, wafer.max() + 1)[wafer]
    mirror = rng.integers(0, 2, c.N_LAYERS + 1)[layer]
    local = _xy(base.cells) - base.centre
    local = np.where(mirror == 1, local.conj(), local) * np.exp(1j * np.pi / 6 * turn)
    cells = _at(base.cells, base.centre + local)
    cells = cells.assign(layer=np.where(layer > c.N_CEE, layer - 2, layer))
    return Truth(cells, turn + 12 * mirror, base.centre)


def displaced() -> Truth:
    """V17 with cassettes that are pushed outwards by 0.51 to 0.92 cm, as V19's are."""
    base = truth("V17")
    layer = base.cells["layer"].to_numpy()
    cassettes = np.where(layer <= 26, 6, 12)
    cassette = np.floor(np.angle(base.centre) % (2 * np.pi) / (2 * np.pi) * cassettes).astype(int)
    length = np.random.default_rng(5).uniform(0.51, 0.92, (48, 12))[layer, cassette]
    return base.moved(length * np.exp(2j * np.pi * (cassette + 0.5) / cassettes))


def _wafer_key(cells) -> np.ndarray:
    layer, waferu, waferv = (cells[name].to_numpy(dtype=int) for name in INDICES[:3])
    return (layer * 64 + waferu + 32) * 64 + waferv + 32


# -- events, as rows of a geometry's cells: int64, ascending, each once ------------------------------------


def drawn(weight, n, rng) -> np.ndarray:
    """n different rows by their weights: the ones that decay first."""
    rows = np.flatnonzero(weight)
    lifetime = rng.exponential(size=len(rows)) / weight[rows]
    return np.sort(rows[np.argpartition(lifetime, n)[:n]])


def shower(cells, rng, n=PU0) -> np.ndarray:
    """Around one direction, and a few further ones."""
    eta, phi = rng.uniform(1.7, 2.8), rng.uniform(-np.pi, np.pi)
    x, y, z = (cells[name].to_numpy() for name in POSITIONS)
    dx, dy = x - np.cos(phi) / np.sinh(eta) * z, y - np.sin(phi) / np.sinh(eta) * z
    near = np.flatnonzero((np.abs(dx) < 60) & (np.abs(dy) < 60))
    away = np.hypot(dx[near], dy[near])
    return near[drawn((np.exp(-away / 3.0) + 1e-6) * (away < 60), n, rng)]


def pileup(cells, rng, n=PU200) -> np.ndarray:
    """All over the endcap."""
    return drawn(1 / (cells["x"].to_numpy() ** 2 + cells["y"].to_numpy() ** 2), n, rng)


def events(cells, kind, n, seed) -> list[np.ndarray]:
    """Rows of n events, "PU0" or "PU200"."""
    rng = np.random.default_rng(seed)
    return [{"PU0": shower, "PU200": pileup}[kind](cells, rng) for _ in range(n)]


def as_file(truth: Truth, rows, both_endcaps=False, columns=COLUMNS) -> pd.DataFrame:
    """What an event file has of these cells, float32; every other one in the -z endcap, if wanted."""
    cells = truth.cells.iloc[rows][list(columns)].astype(dict.fromkeys(POSITIONS, np.float32))
    if both_endcaps:
        side = np.where(np.arange(len(cells)) % 2, -1, 1).astype(np.float32)
        cells = cells.assign(x=cells["x"] * side, z=cells["z"] * side)
    return cells.reset_index(drop=True)


# -- what was found of it -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """How a geometry draws cells, compared with the truth.

    Attributes
    ----------
    turned : part of the wafers with the true turn and mirror
    n_wafers : number of wafers
    centre_off : float64, shape (n_wafers,), cm, by how much the centres of the wafers are off
    off : float64, shape (n,), cm, by how much the corners of each cell are off at most
    outside : part of the cells whose own position is not in their outline
    missing : number of cells that the geometry does not have
    """

    turned: float
    n_wafers: int
    centre_off: np.ndarray
    off: np.ndarray
    outside: float
    missing: int


def compared(geometry, truth: Truth, rows) -> Found:
    """Compare the outlines of the cells in these rows of the truth with what they should be."""
    rows = np.unique(rows)
    cells = truth.cells.iloc[rows]
    number = geometry.find(*(cells[name] for name in INDICES))
    there = number >= 0
    table = geometry.wafers
    key, mine = _wafer_key(table), _wafer_key(cells)
    order = np.argsort(key)
    wafer, first = np.unique(mine, return_index=True)
    row = order[np.searchsorted(key[order], wafer)]
    placement = (table["turn"] + 12 * table["mirrored"]).to_numpy()[row]
    centre = (table["x"] + 1j * table["y"]).to_numpy()[row]
    outline = geometry.corners(number[there]).astype(float)
    return Found(
        float((placement == truth.placement[rows[first]]).mean()),
        len(wafer),
        np.abs(centre - truth.centre[rows[first]]),
        corners_off(outline, truth.outlines(rows[there])),
        float(1 - held(outline, cells[["x", "y"]].to_numpy(dtype=float)[there]).mean()),
        int((~there).sum()),
    )


def corners_off(some, others) -> np.ndarray:
    """Largest distance of a corner of one outline from the nearest one of the other, shape (n,), cm."""
    off = np.linalg.norm(some - others, axis=-1).max(axis=1)
    far = np.flatnonzero(off > 0.01)  # if not only its corners are in another order
    apart = np.linalg.norm(some[far, :, None] - others[far, None], axis=-1)
    off[far] = np.maximum(apart.min(axis=1).max(axis=1), apart.min(axis=2).max(axis=1))
    return off


def held(outlines, points, tolerance=1e-3) -> np.ndarray:
    """Whether each convex outline, (n, 4, 2), holds its own point, (n, 2), to a tolerance in cm."""
    side = np.roll(outlines, -1, axis=1) - outlines
    to_point = points[:, None] - outlines
    cross = side[..., 0] * to_point[..., 1] - side[..., 1] * to_point[..., 0]
    along = cross / np.linalg.norm(side, axis=-1)
    return (along > -tolerance).all(axis=1) | (along < tolerance).all(axis=1)
