"""Coarse seeding: modules with enough mipT in a few layers, and seeds on their trigger-cell lattice."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from bye_splits.errors import ChainError
from bye_splits.geometry.constants import NO_WAFER
from bye_splits.settings import CoarseSeeding
from bye_splits.settings import Seeding as Configured

from .cells import MODULES, Cells, sums
from .histogram import bins_of_directions
from .seeding import Binned, Seeding, Stages

if TYPE_CHECKING:
    from .parameters import ChainParameters

# On the lattice, neighbours of a trigger cell differ from it by (1, 0), (0, 1), (1, 1) or an opposite.
AROUND = ((0, 0), (1, 0), (0, 1), (1, 1), (-1, 0), (0, -1), (-1, -1))
_LIMIT = 1024  # far above abs(U), abs(V), abs(waferu), abs(waferv)


@dataclass(frozen=True, eq=False)
class CoarseStages(Stages):
    """Intermediate results of coarse seeding.

    Attributes
    ----------
    modules : one row per module with trigger cells in the summed layers: `event waferu waferv mipPt
        eta` (mean abs(eta) of its trigger cells) `threshold` (NaN outside the edges of eta) `chosen`
    lattice : one row per point: `event U V mipPt x_over_z y_over_z` (means weighted with mipPt), `waferu
        waferv` of the chosen module for which the point is searched, `central` whether the point lies in
        that module itself, and `seed` (index, -1 for none)
    """

    modules: pd.DataFrame
    lattice: pd.DataFrame

    @property
    def chosen_modules(self) -> pd.DataFrame:
        return self.modules.loc[self.modules["chosen"], ["waferu", "waferv"]]

    def regions(self, n_events: int) -> np.ndarray:
        """Number of chosen modules of each event, int64, shape (n_events,)."""
        return np.bincount(self.modules.loc[self.modules["chosen"], "event"], minlength=n_events)

    def why_no_seed(self, threshold: float) -> str:
        chosen = int(self.modules["chosen"].sum())
        if not chosen:
            total = self.modules["mipPt"]
            highest = f": the highest has {total.max():.3g} mipT" if len(total) else ""
            return f"No module reaches its threshold{highest}."
        return f"No seed above {threshold:g} mipT in the {chosen} chosen modules."


class ModuleSeeding(Seeding):
    """Coarse seeding: search for seeds in modules with enough mipT in a few layers."""

    title = "seeds in chosen modules"
    columns = MODULES

    def configured_threshold(self, seed: Configured, coarse: CoarseSeeding) -> float:
        return coarse.seed_threshold

    def seeds(self, binned: Binned) -> tuple[dict[str, np.ndarray], CoarseStages]:
        parameters = binned.parameters
        seeds, stages = coarse_seeds(
            binned.cells,
            parameters.cs,
            parameters.summed_layers,
            parameters.seed_threshold,
            parameters.seed_window,
            parameters.legacy,
        )
        x, y = seeds["x_over_z"], seeds["y_over_z"]
        rz_bin, phi_bin = bins_of_directions(x, y, binned.binning)
        return seeds | {"rz_bin": rz_bin, "phi_bin": phi_bin}, stages

    def clusterable(self, cells: Cells, parameters: "ChainParameters") -> np.ndarray | None:
        return cells.in_cee if parameters.cs.cells == "CE-E" else None


def lattice(
    waferu: np.ndarray | int, waferv: np.ndarray | int, cellu: npt.ArrayLike, cellv: npt.ArrayLike
) -> tuple[np.ndarray, np.ndarray]:
    """Universal coordinates of a trigger cell, continuous from one wafer to the next.

    U = cellu - 4 waferu + 8 waferv, V = cellv - 8 waferu + 4 waferv.
    """
    cellu, cellv = np.asarray(cellu), np.asarray(cellv)
    return cellu - 4 * waferu + 8 * waferv, cellv - 8 * waferu + 4 * waferv


def steps_to_edge(
    u: np.ndarray | int, v: np.ndarray | int, waferu: np.ndarray | int, waferv: np.ndarray | int
) -> np.ndarray:
    """Steps on the lattice from a point of a module to the nearest point outside it; below 1 if outside.

    Examples
    --------
    >>> steps_to_edge(*lattice(3, -2, [0, 4], [0, 4]), 3, -2).tolist()
    [1, 4]
    """
    # Indices of the cell, 0 to 7.
    u, v = np.asarray(u + 4 * waferu - 8 * waferv), np.asarray(v + 8 * waferu - 4 * waferv)
    return np.minimum.reduce([u + 1, 8 - u, v + 1, 8 - v, 5 - u + v, 4 + u - v])


def window(width: int, hexagonal: bool) -> tuple[tuple[int, int], ...]:
    """Offsets (dU, dV) of the points that a seed is compared with, excluding itself.

    Examples
    --------
    >>> window(1, hexagonal=True)
    ((-1, -1), (-1, 0), (0, -1), (0, 1), (1, 0), (1, 1))
    """
    steps = range(-width, width + 1)
    return tuple(
        (u, v) for u in steps for v in steps if (u, v) != (0, 0) and (not hexagonal or abs(u - v) <= width)
    )


def _key(*columns: np.ndarray) -> np.ndarray:
    """One int64 for each row, sorted like the columns, of which only the first may exceed +-_LIMIT."""
    key = columns[0]
    for column in columns[1:]:
        key = key * (2 * _LIMIT) + (column + _LIMIT)
    return key


def _columns(key: np.ndarray, n: int) -> list[np.ndarray]:
    found: list[np.ndarray] = []
    for _ in range(n - 1):
        key, rest = np.divmod(key, 2 * _LIMIT)
        found.insert(0, rest - _LIMIT)
    return [key, *found]


def sum_modules(cells: Cells, cs: CoarseSeeding) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Sum mipPt over the trigger cells of each module (waferu, waferv).

    Returns
    -------
    modules : columns of `CoarseStages.modules`
    module : int64, shape (n,): the module of each trigger cell
    """
    key = _key(cells.event, cells.module["waferu"], cells.module["waferv"])
    keys, module = np.unique(key, return_inverse=True)
    event, waferu, waferv = _columns(keys, 3)
    total = sums(module, cells.mip, len(keys))
    count = np.bincount(module, minlength=len(keys))
    eta = sums(module, cells.abs_eta, len(keys)) / np.maximum(count, 1)
    interval = np.searchsorted(cs.eta_edges, eta, side="left")  # 0 and the last: outside the edges
    threshold = np.array([np.nan, *cs.mip_thresholds, np.nan])[interval]
    return {
        "event": event,
        "waferu": waferu,
        "waferv": waferv,
        "mipPt": total,
        "eta": eta,
        "threshold": threshold,
        "chosen": total >= threshold,
    }, module


def _members(modules: dict[str, np.ndarray], nearby: bool, legacy: bool) -> tuple[np.ndarray, np.ndarray]:
    """Pairs (chosen module, module whose trigger cells it includes), as rows of `modules`.

    With `legacy` there is one group per event, of all chosen modules and, with `nearby`, adjacent ones.
    """
    chosen = np.flatnonzero(modules["chosen"])
    keys = _key(modules["event"], modules["waferu"], modules["waferv"])
    owners, members = [], []
    for u, v in AROUND if nearby else AROUND[:1]:
        wanted = _key(modules["event"][chosen], modules["waferu"][chosen] + u, modules["waferv"][chosen] + v)
        row = np.searchsorted(keys, wanted)
        exists = (row < len(keys)) & (keys[np.minimum(row, len(keys) - 1)] == wanted)
        owners.append(chosen[exists])
        members.append(row[exists])
    owner, member = np.concatenate(owners), np.concatenate(members)
    if legacy:
        # All are in one group, whose owner is the event's first chosen module.
        member = np.unique(member)
        first = np.searchsorted(modules["event"][chosen], modules["event"][member])
        owner = chosen[first]
    return owner, member


def coarse_seeds(
    cells: Cells,
    cs: CoarseSeeding,
    layers: Sequence[int],
    threshold: float,
    width: int = 1,
    legacy: bool = False,
) -> tuple[dict[str, np.ndarray], CoarseStages]:
    """Choose modules and find the local maxima of mipPt in each.

    Parameters
    ----------
    layers : trigger layers to sum
    threshold : mipT, of a lattice point; only points above it can be seeds
    width : half width of the window, in lattice steps
    legacy : each chosen module includes the trigger cells of all of them, and equal points are all seeds.
        Otherwise, a module includes its own trigger cells (with `cs.nearby` also those of its neighbours),
        and of equal points the one with the lower (U, V) is the seed

    Returns
    -------
    seeds : `event`, `energy` [mipT], `x_over_z`, `y_over_z`, ordered by event, the module's
        interval of eta, module and (U, V)
    stages : CoarseStages

    Raises
    ------
    ChainError
        The table has no wafer and cell coordinates.
    """
    missing = [name for name in MODULES if name not in cells.module]
    if missing:
        raise ChainError(
            "table of trigger cells",
            expected=f"the columns {', '.join(MODULES)}, which coarse seeding works with",
            found=f"no {', '.join(missing)}",
            action="Give the whole table, or use the default chain.",
        )
    summed = cells.only(np.isin(cells.layer, layers) & cells.in_cee & (cells.module["waferu"] != NO_WAFER))
    modules, module = sum_modules(summed, cs)
    owner, member = _members(modules, cs.nearby, legacy)
    # One row for each trigger cell in each group that includes it.
    order = np.argsort(module, kind="stable")
    start = np.searchsorted(module[order], np.arange(len(modules["event"]) + 1))
    count = np.diff(start)[member]
    offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    row = order[np.repeat(start[member], count) + offset]
    group = np.repeat(owner, count)
    u, v = lattice(*(summed.module[name][row] for name in MODULES))
    keys, point = np.unique(_key(group, u, v), return_inverse=True)
    total, x, y = (
        sums(point, weights, len(keys))
        for weights in (
            summed.mip[row],
            summed.mip[row] * summed.x_over_z[row],
            summed.mip[row] * summed.y_over_z[row],
        )
    )
    home = np.zeros(len(keys), dtype=np.int64)
    home[point] = module[row]
    group, u, v = _columns(keys, 3)
    central = modules["chosen"][home] if legacy else home == group
    is_seed = _maxima(keys, total, (group, u, v), threshold, width, cs.hexagonal, legacy) & central
    with np.errstate(divide="ignore", invalid="ignore"):
        x, y = x / total, y / total
    chosen = home if legacy else group
    event = modules["event"][group]
    found = np.flatnonzero(is_seed)
    interval = np.searchsorted(cs.eta_edges, modules["eta"][chosen[found]], side="left")
    found = found[np.lexsort((found, chosen[found], interval, event[found]))]
    seed = np.full(len(keys), -1, dtype=np.int64)
    seed[found] = np.arange(len(found))
    points = {
        "event": event,
        "U": u,
        "V": v,
        "mipPt": total,
        "x_over_z": x,
        "y_over_z": y,
        "waferu": modules["waferu"][chosen],
        "waferv": modules["waferv"][chosen],
        "central": central,
        "seed": seed,
    }
    seeds = {"event": event[found], "energy": total[found], "x_over_z": x[found], "y_over_z": y[found]}
    return seeds, CoarseStages(pd.DataFrame(modules), pd.DataFrame(points))


def _maxima(
    keys: np.ndarray,
    total: np.ndarray,
    where: tuple[np.ndarray, np.ndarray, np.ndarray],
    threshold: float,
    width: int,
    hexagonal: bool,
    legacy: bool,
) -> np.ndarray:
    is_seed = total > threshold
    for offset in window(width, hexagonal):
        candidate = np.flatnonzero(is_seed)
        _, neighbour = _at(offset, candidate, keys, total, where)
        mine = total[candidate]
        is_seed[candidate] = mine > neighbour if _wins_ties(offset, legacy) else mine >= neighbour
    return is_seed


def beaten_by(
    points: pd.DataFrame, threshold: float, width: int = 1, hexagonal: bool = True, legacy: bool = False
) -> np.ndarray:
    """The highest of the points that prevent each point above threshold from being a maximum.

    Parameters
    ----------
    points : `CoarseStages.lattice`
    threshold, width, legacy : as in `coarse_seeds`
    hexagonal : shape of the window, see `window`

    Returns
    -------
    int64, shape (n,): row of `points`; -1 for maxima, and for points that are not above threshold
    """
    event, waferu, waferv, u, v, total = (
        points[name].to_numpy() for name in ("event", "waferu", "waferv", "U", "V", "mipPt")
    )
    group = event if legacy else _key(event, waferu, waferv)
    keys, above = _key(group, u, v), np.flatnonzero(total > threshold)
    highest, best = np.full(len(above), -np.inf), np.full(len(above), -1, dtype=np.int64)
    for offset in window(width, hexagonal):
        row, neighbour = _at(offset, above, keys, total, (group, u, v))
        mine = total[above]
        beats = neighbour >= mine if _wins_ties(offset, legacy) else neighbour > mine
        beats &= neighbour > highest
        np.copyto(highest, neighbour, where=beats)
        np.copyto(best, row, where=beats)
    winner = np.full(len(keys), -1, dtype=np.int64)
    winner[above] = best
    return winner


def _at(
    offset: tuple[int, int],
    points: np.ndarray,
    keys: np.ndarray,
    total: np.ndarray,
    where: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Row and value of the points at an offset from some points; the value is -inf where there is none."""
    group, u, v = where
    wanted = _key(group[points], u[points] + offset[0], v[points] + offset[1])
    row = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    return row, np.where(keys[row] == wanted, total[row], -np.inf)


def _wins_ties(offset: tuple[int, int], legacy: bool) -> bool:
    """Whether a point at this offset wins if both are equal: the lower (U, V) does."""
    return not legacy and offset < (0, 0)
