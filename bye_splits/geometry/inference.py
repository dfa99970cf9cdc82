"""Placement of the wafers of a detector, inferred from positions of their trigger cells.

The position of a trigger cell in an unturned wafer follows from its indices. Hence the cells seen in a wafer
give, for each of 24 placements, the centre of the wafer and how well they agree on it. The wafers of a layer
share a lattice, a mirror and a direction up to 60 degrees, which determines even those with one cell seen.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from . import constants as c
from . import placements, wafers
from .lattices import SCALE, Lattice, choose, cost
from .placements import N_CELLS, PLACEMENTS, TURNS
from .wafer_table import wafer_key

CELLS_USED = 12  # per wafer: more do not improve the choice of a placement
CLEAR = 2.5  # in cost; a placement whose advantage is smaller is uncertain
ANCHOR_CELLS = 3  # from which on a wafer determines the displacement of the wafers around it
ENOUGH_ANCHORS = 12  # to distinguish displaced wafers from odd positions
NEIGHBOURS = 6
AGREE = 0.02  # cm; closer centres are the same
LATTICE_REACH = 1.5  # cm by which a wafer may be displaced
DISPLACED = 0.2  # fraction of the wafers that must be off their lattice to allow for displaced ones
COARSE_SCALE = 0.7  # cm: the mean of two neighbouring cells is 1.2 cm away from either
# Positions are coarsened if more than this fraction of enough cells is further off than OFF [cm].
OFF, COARSE_FRACTION, ENOUGH_COARSE = 0.3, 0.15, 50
OF_HYPOTHESIS = np.arange(2 * PLACEMENTS) % PLACEMENTS  # placements of `hypotheses`
CHUNK = 1500  # wafers at once: their arrays fit the processor's cache


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Distinct silicon trigger cells that were seen, by wafer; the +z endcap's, or mirrored into it.

    Attributes
    ----------
    layer, waferu, waferv : int64, shape (n_wafers,)
    wafer : int64, shape (n_cells,), ascending: row of the wafer of each cell
    cell : int64, shape (n_cells,), 0 to 47, see `placements.cell_index`
    position : complex128, shape (n_cells,), x + iy [cm]
    fine : int8, shape (n_wafers,): 1 for 12 sensor cells along a side, 0 for 8, -1 where unknown
    """

    layer: np.ndarray
    waferu: np.ndarray
    waferv: np.ndarray
    wafer: np.ndarray
    cell: np.ndarray
    position: np.ndarray
    fine: np.ndarray

    @property
    def n_cells(self) -> np.ndarray:
        """Number of cells of each wafer, int64."""
        return np.bincount(self.wafer, minlength=len(self.layer))

    @property
    def wafer_key(self) -> np.ndarray:
        """One int64 for each wafer, shape (n_wafers,)."""
        return wafer_key(self.layer, self.waferu, self.waferv)

    def only(self, wafers: np.ndarray) -> "Seen":
        """The cells of some wafers, selected by a bool array of shape (n_wafers,)."""
        row = np.cumsum(wafers) - 1
        mine = wafers[self.wafer]
        return Seen(
            layer=self.layer[wafers],
            waferu=self.waferu[wafers],
            waferv=self.waferv[wafers],
            wafer=row[self.wafer[mine]],
            cell=self.cell[mine],
            position=self.position[mine],
            fine=self.fine[wafers],
        )

    def cells(self, rows: np.ndarray) -> "Seen":
        """Some of the cells, by ascending rows; all wafers are kept."""
        return replace(self, wafer=self.wafer[rows], cell=self.cell[rows], position=self.position[rows])


class Placed(NamedTuple):
    """Positions of wafers, and orientations of their cells.

    Attributes
    ----------
    centre : complex128, shape (n_wafers,), cm
    middle : complex128, shape (n_wafers,), cm, the centre from the wafer's own cells alone
    placement : int8, shape (n_wafers,), see `placements`
    fine : int8, shape (n_wafers,): 0 or 1
    certain : bool, shape (n_wafers,): no other placement would do nearly as well
    """

    centre: np.ndarray
    middle: np.ndarray
    placement: np.ndarray
    fine: np.ndarray
    certain: np.ndarray


Anchors = tuple[Seen, np.ndarray]
"""Wafers that determine the displacement of those around them, and their centres from their own cells."""


@dataclass(frozen=True)
class Rules:
    """Properties common to the wafers of a file.

    Attributes
    ----------
    size : wafers' size, flat to flat, cm
    lattices : by layer
    mirrors : bool by layer
    displaced : whether wafers may be off their lattice
    scale : cm, see `lattices.cost`: larger where positions are means of several cells
    """

    size: float
    lattices: dict[int, Lattice]
    mirrors: dict[int, bool]
    displaced: bool = False
    scale: float = SCALE

    @property
    def coarsened(self) -> bool:
        """Whether positions are means of several cells instead of those of single ones."""
        return self.scale != SCALE


def wafer_size(seen: Seen) -> float:
    """Size of the wafers, flat to flat, cm: from distances between cells, which no placement affects.

    V11's where no two cells of a wafer are far enough apart.
    """
    first = np.r_[0, np.flatnonzero(np.diff(seen.wafer)) + 1]
    opposite = np.arange(len(seen.wafer)) - np.repeat(first, np.diff(np.r_[first, len(seen.wafer)]))
    pairs = np.flatnonzero(opposite > 0)
    pairs = pairs[:: max(len(pairs) // 20_000, 1)]
    others = np.maximum(pairs - 1 - pairs % 7, first[seen.wafer[pairs]])
    fine = np.maximum(seen.fine[seen.wafer[pairs]], 0)
    unturned = placements.means()[0]
    model = np.abs(unturned[fine, seen.cell[pairs]] - unturned[fine, seen.cell[others]])
    found = np.abs(seen.position[pairs] - seen.position[others])
    far = model > 4
    if not far.any():
        return c.WAFER_SIZE
    return float(c.WAFER_SIZE * np.median(found[far] / model[far]))


def hypotheses(seen: Seen, size: float, scale: float = SCALE) -> tuple[np.ndarray, np.ndarray]:
    """Cost within the wafer, and centre of the wafer, for every placement of every wafer.

    Returns
    -------
    inner : float32, shape (n_wafers, m): 0 where one cell was seen
    centre : complex128, shape (n_wafers, m), cm
        m: 24 placements with coarse, then the same with fine sensor cells; those that the wafer type
        excludes cost infinity
    """
    n = seen.n_cells
    start = np.cumsum(n) - n
    rank = np.arange(len(seen.wafer)) - start[seen.wafer]
    most = n[seen.wafer]
    used = np.flatnonzero(rank * CELLS_USED // most != (rank - 1) * CELLS_USED // most)  # evenly
    wafer = seen.wafer[used]
    n = np.bincount(wafer, minlength=len(n))
    column = np.arange(len(wafer)) - (np.cumsum(n) - n)[wafer]
    cell = np.zeros((len(n), CELLS_USED), dtype=np.int64)
    position = np.zeros((len(n), CELLS_USED), dtype=np.complex128)
    valid = np.zeros((len(n), CELLS_USED), dtype=bool)
    cell[wafer, column], position[wafer, column], valid[wafer, column] = (
        seen.cell[used],
        seen.position[used],
        True,
    )
    table = placements.means().transpose(2, 1, 0).reshape(N_CELLS, -1) * (size / c.WAFER_SIZE)
    table = table.astype(np.complex64)
    # In single precision relative to each wafer's first cell, which is exact to far less than `scale`.
    origin = position[:, :1].copy()
    position = np.where(valid, position - origin, 0).astype(np.complex64)
    inner = np.full((len(n), 2 * PLACEMENTS), np.inf, dtype=np.float32)
    centre = np.zeros((len(n), 2 * PLACEMENTS), dtype=np.complex128)
    for kind in (0, 1):
        columns = slice(kind * PLACEMENTS, (kind + 1) * PLACEMENTS)
        of_kind = np.ascontiguousarray(table[:, columns])
        mine = np.flatnonzero((seen.fine == kind) | (seen.fine < 0))
        for rows in (mine[k : k + CHUNK] for k in range(0, len(mine), CHUNK)):
            n_used = int(n[rows].max(initial=1))
            where = valid[rows, :n_used, None]
            apart = np.where(where, position[rows, :n_used, None] - of_kind[cell[rows, :n_used]], 0)
            middle = apart.sum(axis=1) / n[rows, None].astype(np.float32)
            off = np.where(where, apart - middle[:, None], 0)
            inner[rows, columns] = cost(off, np.float32(scale)).sum(axis=1)
            centre[rows, columns] = middle + origin[rows]
    return inner, centre


def infer(seen: Seen, is_cee: Callable[[int], bool], scale: float = SCALE) -> tuple[Rules, Placed]:
    """Infer the placement of all wafers, and their common properties.

    Parameters
    ----------
    is_cee : whether a layer is in CE-E
    scale : cm, distance of positions from those of single cells

    Notes
    -----
    Where many positions fit no placement, they are means of several cells, and the search is repeated with a
    scale that allows for it.
    """
    size = wafer_size(seen)
    tried = hypotheses(seen, size, scale)
    lattices, mirrors = choose(
        *(seen.layer, seen.waferu, seen.waferv), *tried, OF_HYPOTHESIS, seen.n_cells, is_cee, scale, {}
    )
    rules = Rules(size, lattices, mirrors, scale=scale)
    placed = _place(seen, rules, tried, None)
    if scale == SCALE and _of_several_cells(seen, placed, size):
        return infer(seen, is_cee, COARSE_SCALE)
    off = np.abs(placed.middle - _on_lattice(seen, rules))
    anchors = placed.certain & (seen.n_cells >= ANCHOR_CELLS) & (off < LATTICE_REACH)
    if scale == SCALE and anchors.sum() >= ENOUGH_ANCHORS and np.mean(off[anchors] > 2 * AGREE) > DISPLACED:
        rules = replace(rules, displaced=True)
        placed = _place(seen, rules, tried, (seen.only(anchors), placed.middle[anchors]))
    return rules, placed


def with_layers(rules: Rules, seen: Seen, is_cee: Callable[[int], bool]) -> Rules:
    """The rules, with lattice and mirror of further layers; `seen` and `is_cee` as for `infer`."""
    new = seen.only(~np.isin(seen.layer, list(rules.lattices)))
    if not len(new.layer):
        return rules
    tried = hypotheses(new, rules.size, rules.scale)
    lattices, mirrors = choose(
        *(new.layer, new.waferu, new.waferv),
        *tried,
        OF_HYPOTHESIS,
        new.n_cells,
        is_cee,
        rules.scale,
        {n: (lattice, rules.mirrors[n]) for n, lattice in rules.lattices.items()},
    )
    return replace(rules, lattices=rules.lattices | lattices, mirrors=rules.mirrors | mirrors)


def _of_several_cells(seen: Seen, placed: Placed, size: float) -> bool:
    """Whether the positions of many cells fit no placement, among wafers with enough cells."""
    enough = seen.n_cells[seen.wafer] >= ANCHOR_CELLS
    model = placements.means()[placed.placement[seen.wafer], placed.fine[seen.wafer], seen.cell]
    off = np.abs(seen.position - placed.middle[seen.wafer] - model * (size / c.WAFER_SIZE))
    return enough.sum() >= ENOUGH_COARSE and np.mean(off[enough] > OFF) > COARSE_FRACTION


def place(seen: Seen, rules: Rules, anchors: tuple[Seen, np.ndarray] | None) -> Placed:
    """Place further wafers by known rules; their layers are among those of `rules`.

    Parameters
    ----------
    anchors : wafers with known positions, and their centres; None where no wafer is displaced
    """
    return _place(
        seen, rules, hypotheses(seen, rules.size, rules.scale), anchors if rules.displaced else None
    )


def _on_lattice(seen: Seen, rules: Rules) -> np.ndarray:
    """Centres of the wafers' lattice sites, complex128."""
    out = np.empty(len(seen.layer), dtype=np.complex128)
    for layer, lattice in rules.lattices.items():
        mine = seen.layer == layer
        out[mine] = lattice.centres(seen.waferu[mine], seen.waferv[mine])
    return out


def _displacements(seen: Seen, on_lattice: np.ndarray, rules: Rules, anchors: Anchors | None) -> np.ndarray:
    """Displacements that a wafer may have, complex128, shape (n_wafers, m), cm: none, or its neighbours'."""
    out = np.zeros((len(seen.layer), 1 if anchors is None else 1 + NEIGHBOURS), dtype=np.complex128)
    if anchors is None:
        return out
    from scipy.spatial import cKDTree  # slow to import, and workers of studies need no tree

    known, centres = anchors
    sites = _on_lattice(known, rules)
    from_lattice = centres - sites
    for layer in np.unique(seen.layer):
        mine, theirs = np.flatnonzero(seen.layer == layer), np.flatnonzero(known.layer == layer)
        if not len(theirs):
            continue
        tree = cKDTree(np.stack([sites.real, sites.imag], axis=1)[theirs])
        points = np.stack([on_lattice.real, on_lattice.imag], axis=1)[mine]
        away, near = tree.query(points, k=list(range(1, 1 + min(NEIGHBOURS, len(theirs)))))
        itself = away < AGREE
        out[mine, 1 : 1 + near.shape[1]] = np.where(itself, 0, from_lattice[theirs[near]])
    return out


def _place(seen: Seen, rules: Rules, tried: tuple[np.ndarray, np.ndarray], anchors: Anchors | None) -> Placed:
    inner, centre = tried
    n = seen.n_cells
    on_lattice = _on_lattice(seen, rules)
    shifts = _displacements(seen, on_lattice, rules, anchors)
    expected = on_lattice[:, None] + shifts
    turn = np.array([rules.lattices[int(layer)].turn for layer in seen.layer], dtype=np.int64)
    mirror = np.array([rules.mirrors[int(layer)] for layer in seen.layer], dtype=np.int64)
    # Six turns, with coarse and with fine sensor cells.
    options = (turn + TURNS * mirror)[:, None] + np.array(
        [2 * k + s for s in (0, PLACEMENTS) for k in range(6)]
    )
    rows = np.arange(len(n))[:, None]
    at = centre[rows, options]
    off = np.abs(at[:, :, None] - expected[:, None])
    total = inner[rows, options] + cost(off, rules.scale).min(axis=2)
    best = total.argmin(axis=1)
    other = np.where(np.arange(12) % 6 == best[:, None] % 6, np.inf, total).min(axis=1)
    pick = np.arange(len(n)), best
    chosen, near = options[pick], expected[np.arange(len(n)), off[pick].argmin(axis=1)]
    certain = (other - total[pick] >= CLEAR) & (np.abs(at[pick] - near) < LATTICE_REACH)
    placement, fine = chosen % PLACEMENTS, chosen // PLACEMENTS
    middle = _middle(seen, placement, fine, rules, at[pick])
    away = np.abs(middle - near)
    agrees = away < (AGREE if rules.displaced else LATTICE_REACH)
    if rules.displaced:
        near, agrees = _by_cut_cells(seen, expected, placement, fine, rules.size, near, agrees)
    return Placed(
        np.where(agrees, near, middle), middle, placement.astype(np.int8), fine.astype(np.int8), certain
    )


def _by_cut_cells(
    seen: Seen,
    expected: np.ndarray,
    placement: np.ndarray,
    fine: np.ndarray,
    size: float,
    near: np.ndarray,
    agrees: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Displace a wafer with cut cells like one around it, if that explains all its cells.

    Returns
    -------
    near, agrees : the arguments, updated for the wafers whose cells are all explained by a displacement
    """
    some, rows = seen.only(~agrees), np.flatnonzero(~agrees)
    if not len(rows):
        return near, agrees
    scale, turned = size / c.WAFER_SIZE, placement[rows][some.wafer]
    model = placements.means()[0, fine[rows][some.wafer], some.cell]
    rhombus = wafers.rhombus_indices(*wafers.sensor_cells(8)[:2])[0][some.cell]
    near, agrees = near.copy(), agrees.copy()
    for column in range(expected.shape[1]):
        centre = expected[rows, column]
        off = placements.unplaced((some.position - centre[some.wafer]) / scale, turned) - model
        explained = np.zeros(len(off), dtype=bool)
        for kind in range(2):
            for r, means in enumerate(placements.cut_means()[kind]):
                mine = np.flatnonzero((fine[rows][some.wafer] == kind) & (rhombus == r))
                explained[mine] = np.abs(off[mine, None] - means).min(axis=1) < AGREE / 2
        fits = np.bincount(some.wafer[~explained], minlength=len(rows)) == 0
        taken = rows[fits & ~agrees[rows]]
        near[taken], agrees[taken] = expected[taken, column], True
    return near, agrees


def covered(seen: Seen, centre: np.ndarray, placement: np.ndarray, size: float) -> np.ndarray:
    """Whether each cell's position lies in its own outline, as the mean of any of its sensor cells does.

    Returns
    -------
    bool, shape (n_cells,)
    """
    from_centre = (seen.position - centre[seen.wafer]) * (c.WAFER_SIZE / size)
    local = placements.unplaced(from_centre, placement[seen.wafer])
    cellu, cellv, inside = wafers.cell_at(local.real, local.imag)
    return inside & (placements.index_of(cellu, cellv) == seen.cell)


def _middle(
    seen: Seen, placement: np.ndarray, fine: np.ndarray, rules: Rules, start: np.ndarray
) -> np.ndarray:
    """Centres on which most cells agree, complex128: the means of cut cells are shifted."""
    model = placements.means()[placement[seen.wafer], fine[seen.wafer], seen.cell] * (
        rules.size / c.WAFER_SIZE
    )
    apart, middle = seen.position - model, start
    for _ in range(6):
        weight = 1 / (1 + (np.abs(apart - middle[seen.wafer]) / rules.scale) ** 2)
        total = np.bincount(seen.wafer, weights=weight, minlength=len(start))
        real, imaginary = (
            np.bincount(seen.wafer, weights=weight * part, minlength=len(start))
            for part in (apart.real, apart.imag)
        )
        middle = (real + 1j * imaginary) / total
    return middle
