"""The lattices on which the wafers of a layer may lie, and the choice of the one that fits a file.

In all versions so far (V11 to V19) wafer (u, v) is at `origin + u a + v b`: the centre of a wafer, or a
corner of three wafers, is at the beam, and some layers of CE-H are turned by 30 degrees. In V19 cassettes are
displaced, and their wafers with them, by up to 1 cm. [HGCalTypes, HGCalGeomParameters]
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from . import constants as c
from .placements import TURNS

SCALE = 0.02  # cm; beyond this distance, the cost of a disagreement grows logarithmically
CORNER = c.PITCH / np.sqrt(3)  # from a wafer's centre to a corner of the lattice
HALF_LATTICE = 16  # wafers have indices from -16 to 15
VOTERS = 48  # wafers of a layer that its lattice is chosen by, those with the most cells
AROUND = ((1, 0), (0, 1), (1, 1), (-1, 0), (0, -1), (-1, -1))  # steps in (u, v) to the adjacent wafers
USUAL = 0.7  # cost of a lattice that is turned, or not centred on a wafer: breaks ties


@dataclass(frozen=True)
class Lattice:
    """Positions of the wafers of a layer in the +z endcap: `origin + u * a + v * b`.

    Attributes
    ----------
    origin, a, b : x + iy [cm]
    turn : 1 where its wafers are turned by an odd number of steps of 30 degrees, else 0
    """

    origin: complex
    a: complex
    b: complex
    turn: int

    def centres(self, waferu: npt.ArrayLike, waferv: npt.ArrayLike) -> np.ndarray:
        """Centres of wafers, complex128, shape (n,), cm."""
        return self.origin + np.asarray(waferu) * self.a + np.asarray(waferv) * self.b

    def sites(self, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
        """Indices u and v, int64, of the sites whose centres are `low` to `high` [cm] from the beam."""
        u, v = _indices()
        r = _radii(self)
        kept = (r >= low) & (r <= high)
        return u[kept], v[kept]


@cache
def _indices() -> np.ndarray:
    """All pairs of indices that wafers may have, int64, shape (2, 1024)."""
    return np.indices((2 * HALF_LATTICE, 2 * HALF_LATTICE)).reshape(2, -1) - HALF_LATTICE


@cache
def _radii(lattice: Lattice) -> np.ndarray:
    """Distance from the beam of the sites at `_indices`, float64, shape (1024,), cm."""
    return np.abs(lattice.centres(*_indices()))


@cache
def directions(lattice: Lattice) -> tuple[tuple[int, int, int], ...]:
    """Steps in u and v from a wafer to each of the six adjacent ones, and the direction of each.

    The directions are counted from the x axis in steps of 30 degrees, 0 to 11.
    """
    angles = [np.angle(du * lattice.a + dv * lattice.b) for du, dv in AROUND]
    return tuple(
        (du, dv, round(angle / (np.pi / 6)) % TURNS) for (du, dv), angle in zip(AROUND, angles, strict=True)
    )


@cache
def known() -> tuple[Lattice, ...]:
    """All lattices that are tried, the most common one first: 2 ways of counting, 3 directions, 3 origins."""
    made = []
    for mirrored in (False, True):
        for turn in (0, -1, 1):
            direction = np.exp(1j * np.pi / 6 * turn)
            a, b = -c.PITCH + 0j, c.PITCH * np.exp(1j * np.pi / 3)
            if mirrored:  # x -> -x
                a, b = -np.conj(a), -np.conj(b)
            made += [
                Lattice(direction * origin, direction * a, direction * b, abs(turn))
                for origin in (0j, 1j * CORNER, -1j * CORNER)
            ]
    return tuple(made)


def cost(distance: np.ndarray, scale: float | np.floating = SCALE) -> np.ndarray:
    """Cost of a distance [cm] between two positions that should agree; grows logarithmically.

    `scale` [cm] is the distance up to which they may differ by the nature of the measurement.
    """
    squared = distance.real**2 + distance.imag**2 if np.iscomplexobj(distance) else distance**2
    return np.log1p(squared / scale**2)


def choose(
    layer: np.ndarray,
    waferu: np.ndarray,
    waferv: np.ndarray,
    inner: np.ndarray,
    centre: np.ndarray,
    placement: np.ndarray,
    n_cells: np.ndarray,
    is_cee: Callable[[int], bool],
    scale: float,
    before: Mapping[int, tuple[Lattice, bool]],
) -> tuple[dict[int, Lattice], dict[int, bool]]:
    """Choose the lattice and mirror of each layer on which its wafers agree best.

    Parameters
    ----------
    layer, waferu, waferv : int arrays, shape (n,), of the wafers
    inner : float array, shape (n, m), cost of each hypothesis within the wafer
    centre : complex array, shape (n, m), cm, the wafer's centre under each hypothesis
    placement : int array, shape (m,), of the hypotheses
    n_cells : int array, shape (n,), number of cells seen in each wafer
    is_cee : whether a layer is in CE-E
    scale : see `cost`
    before : lattice and mirror of the layers of the file that were chosen earlier

    Returns
    -------
    lattices : Lattice by layer
    mirrors : bool by layer, whether its wafers' cells are mirrored
    """
    layers = np.unique(layer)
    costs = {
        int(n): _of_layer(n, layer, waferu, waferv, inner, centre, placement, n_cells, scale) for n in layers
    }
    prior = np.array([USUAL * (bool(lattice.origin) + 2 * lattice.turn) for lattice in known()])
    costs = {n: table + prior[:, None] for n, table in costs.items()}
    half = len(prior) // 2  # one way of counting wafers in the whole file
    totals = [sum(table[part].min() for table in costs.values()) for part in (slice(half), slice(half, None))]
    part = slice(half) if totals[0] <= totals[1] + 1 else slice(half, None)
    if before:
        of_first = known().index(next(iter(before.values()))[0]) < half
        part = slice(half) if of_first else slice(half, None)
    lattices, mirrors = {}, {}
    for wanted in (True, False):
        group = {n: table[part] for n, table in costs.items() if is_cee(n) == wanted}
        if not group:
            continue
        # Where a layer alone does not decide, the choice that is frequent among the others is likely.
        best = [np.unravel_index(table.argmin(), table.shape) for table in group.values()]
        frequent = np.zeros((half, 2))
        for n, (lattice, mirrored) in before.items():
            frequent[known().index(lattice) % half, int(mirrored)] += is_cee(n) == wanted
        for table, (row, column) in zip(group.values(), best, strict=True):
            clear = min(np.partition(table.ravel(), 1)[1] - table.min(), 3) / 3
            frequent[row, column] += clear
        likely = np.log((frequent + 0.1) / (frequent.sum() + 0.1 * frequent.size))
        for n, table in group.items():
            row, column = np.unravel_index((table - likely).argmin(), table.shape)
            lattices[n], mirrors[n] = known()[part][row], bool(column)
    return lattices, mirrors


def _of_layer(
    n: int,
    layer: np.ndarray,
    waferu: np.ndarray,
    waferv: np.ndarray,
    inner: np.ndarray,
    centre: np.ndarray,
    placement: np.ndarray,
    n_cells: np.ndarray,
    scale: float,
) -> np.ndarray:
    """Cost of every lattice and mirror for a layer, float64, shape (18, 2)."""
    rows = np.flatnonzero(layer == n)
    if len(rows) > VOTERS:
        rows = rows[np.argsort(-n_cells[rows], kind="stable")[:VOTERS]]
    waferu, waferv = waferu[rows], waferv[rows]
    odd, mirrored = placement % TURNS % 2 == 1, placement >= TURNS
    allowed = {turned: np.flatnonzero(odd == turned) for turned in (False, True)}
    of_turn = {turned: (inner[rows][:, some], centre[rows][:, some]) for turned, some in allowed.items()}
    table = np.empty((len(known()), 2))
    for row, lattice in enumerate(known()):
        turned = bool(lattice.turn)
        within, at = of_turn[turned]
        total = within + cost(at - lattice.centres(waferu, waferv)[:, None], scale)
        for column in (0, 1):
            table[row, column] = total[:, mirrored[allowed[turned]] == bool(column)].min(axis=1).sum()
    return table
