"""Clusters: trigger cells around seeds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bye_splits.errors import variant
from bye_splits.settings import Clustering

from .cells import Cells, sums
from .compiled import compiled

_WIDER = 1 + 1e-6
"""By this factor, a distance rounded to single precision can be shorter than its x component."""


@compiled
def _first_from(values: np.ndarray, start: int, stop: int, low: float) -> int:
    """First index from `start` to `stop` whose value is not below `low`; the values ascend, NaN last."""
    while start < stop:
        middle = (start + stop) // 2
        if values[middle] < low:
            start = middle + 1
        else:
            stop = middle
    return start


@compiled
def _nearest(
    x: np.ndarray,
    y: np.ndarray,
    reach: np.ndarray,
    event: np.ndarray,
    first: np.ndarray,
    order: np.ndarray,
    seed_x: np.ndarray,
    seed_y: np.ndarray,
    legacy: bool,
) -> np.ndarray:
    seed = np.full(len(x), -1, dtype=np.int64)
    for c in range(len(x)):
        best = square = np.inf
        chosen = -1
        stop = first[event[c] + 1]
        # A seed further away in x alone is out of reach.
        window = reach[c] * _WIDER
        for index in range(_first_from(seed_x, first[event[c]], stop, x[c] - window), stop):
            if seed_x[index] > x[c] + window:
                break
            dx = seed_x[index] - x[c]
            dy = seed_y[index] - y[c]
            d2 = dx * dx + dy * dy
            if d2 > square * _WIDER:
                continue
            # Different squares can have the same root in single precision: then the first seed wins.
            away = np.float64(d2 if legacy else np.sqrt(d2))
            if away < best or (away == best and order[index] < chosen):
                best = away
                square = d2
                chosen = order[index]
        if chosen >= 0 and (np.sqrt(best) if legacy else best) < reach[c]:
            seed[c] = chosen
    return seed


@compiled
def _highest(
    x: np.ndarray,
    y: np.ndarray,
    reach: np.ndarray,
    event: np.ndarray,
    first: np.ndarray,
    order: np.ndarray,
    seed_x: np.ndarray,
    seed_y: np.ndarray,
    energy: np.ndarray,
) -> np.ndarray:
    seed = np.full(len(x), -1, dtype=np.int64)
    for c in range(len(x)):
        best = 0.0
        stop = first[event[c] + 1]
        window = reach[c] * _WIDER
        for index in range(_first_from(seed_x, first[event[c]], stop, x[c] - window), stop):
            if seed_x[index] > x[c] + window:
                break
            dx = seed_x[index] - x[c]
            dy = seed_y[index] - y[c]
            if energy[index] < best or (energy[index] == best and order[index] > seed[c]):
                continue
            if np.sqrt(dx * dx + dy * dy) < reach[c]:
                best = energy[index]
                seed[c] = order[index]
    return seed


@compiled
def _in_reach(
    x: np.ndarray,
    y: np.ndarray,
    reach: np.ndarray,
    event: np.ndarray,
    first: np.ndarray,
    order: np.ndarray,
    seed_x: np.ndarray,
    seed_y: np.ndarray,
    count: bool,
    cells: np.ndarray,
    seeds: np.ndarray,
) -> int:
    """Number of pairs of a cell and a seed within its reach, which are written down if not `count`."""
    n = 0
    for c in range(len(x)):
        window = reach[c] * _WIDER
        stop = first[event[c] + 1]
        for index in range(_first_from(seed_x, first[event[c]], stop, x[c] - window), stop):
            if seed_x[index] > x[c] + window:
                break
            dx = seed_x[index] - x[c]
            dy = seed_y[index] - y[c]
            if np.sqrt(dx * dx + dy * dy) < reach[c]:
                if not count:
                    cells[n], seeds[n] = c, order[index]
                n += 1
    return n


class Shares(NamedTuple):
    """Which share of each trigger cell goes to which seed, ordered by cell and seed.

    Attributes
    ----------
    cell, seed : int64, shape (n,), indices
    share : float64, shape (n,); the shares of a cell add up to 1
    """

    cell: np.ndarray
    seed: np.ndarray
    share: np.ndarray

    @classmethod
    def whole(cls, seed_of_cell: np.ndarray) -> "Shares":
        """Each cell belongs to one seed, or none (-1)."""
        cell = np.flatnonzero(seed_of_cell >= 0)
        return cls(cell, seed_of_cell[cell], np.ones(len(cell)))

    def of_clusters(self, seed: np.ndarray, n_seeds: int) -> "Shares":
        """The shares of some seeds, numbered anew.

        Parameters
        ----------
        seed : int64, shape (n_clusters,): the seed of each cluster

        Returns
        -------
        Shares : `seed` is the number of the cluster
        """
        cluster_of_seed = np.full(n_seeds, -1, dtype=np.int64)
        cluster_of_seed[seed] = np.arange(len(seed))
        cluster = cluster_of_seed[self.seed]
        if (cluster >= 0).all():
            return Shares(self.cell, cluster, self.share)
        kept = np.flatnonzero(cluster >= 0)
        return Shares(self.cell[kept], cluster[kept], self.share[kept])


class _Seeds(NamedTuple):
    """Input of an association: trigger cells with their reach, and seeds in the order of x/z."""

    where: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
    x: np.ndarray
    y: np.ndarray
    energy: np.ndarray
    legacy: bool


def _by_energy(seeds: _Seeds) -> Shares:
    nothing = np.zeros(0, dtype=np.int64)
    n = _in_reach(*seeds.where, seeds.x, seeds.y, True, nothing, nothing)
    cell, seed = np.empty((2, n), dtype=np.int64)
    _in_reach(*seeds.where, seeds.x, seeds.y, False, cell, seed)
    of_seed = np.empty(len(seeds.energy))
    of_seed[seeds.where[-1]] = seeds.energy
    ordered = np.lexsort((seed, cell))
    cell, seed = cell[ordered], seed[ordered]
    energy = of_seed[seed]
    total = sums(cell, energy, len(seeds.where[0]))
    share = (energy / total[cell]).astype(np.float32)  # as HGCalClusterT::addConstituent takes it
    return Shares(cell, seed, share.astype(np.float64))


@dataclass(frozen=True)
class Association:
    """The rule by which a trigger cell is assigned to one of the seeds in reach, or shared by them.

    Attributes
    ----------
    title : short description
    find : returns the seed of each trigger cell, int64, -1 for none; that of its largest share
    cmssw : its name in CMSSW's configuration (cluster_association), "" where CMSSW has none
    share : returns the shares, where trigger cells are shared
    takes_over : whether a seed can take over all trigger cells in its reach from another one, so that a
        larger radius joins clusters
    """

    title: str
    find: Callable[[_Seeds], np.ndarray]
    takes_over: bool
    cmssw: str = ""
    share: Callable[[_Seeds], Shares] | None = None


ASSOCIATIONS = {
    "min_distance": Association(
        "the nearest seed",
        lambda seeds: _nearest(*seeds.where, seeds.x, seeds.y, seeds.legacy),
        False,
        cmssw="NearestNeighbour",
    ),
    "max_energy": Association(
        "the seed of highest energy",
        lambda seeds: _highest(*seeds.where, seeds.x, seeds.y, seeds.energy),
        True,
    ),
    "energy_split": Association(
        "all of them, in proportion to their energies",
        lambda seeds: _highest(*seeds.where, seeds.x, seeds.y, seeds.energy),
        False,
        cmssw="EnergySplit",
        share=_by_energy,
    ),
}
"""By the name that parameters, files, links and options use; the first one is the default."""


def reach(cells: Cells, cluster: Clustering, radius: float | None = None) -> np.ndarray:
    """Largest distance from a seed at which each trigger cell is clustered.

    Parameters
    ----------
    radius : the same in all layers, in (x/z, y/z); None: radii[layer - 1] + slope * (mid_radius - abs(eta))

    Returns
    -------
    float64, shape (n,), in (x/z, y/z)
    """
    if radius is not None:
        return np.full(len(cells.layer), float(radius))
    radii = np.array([0.0, *cluster.radii])
    known = (cells.layer > 0) & (cells.layer < len(radii))
    by_layer = radii[np.where(known, cells.layer, 0)]
    if cluster.slope:
        by_layer = np.where(known, by_layer + cluster.slope * (cluster.mid_radius - cells.abs_eta), 0.0)
    return by_layer


def radius_of(layer: int, r_over_z: np.ndarray, cluster: Clustering, radius: float | None) -> np.ndarray:
    """Largest distance of a layer's clustered trigger cells from seeds at R/z, float64, in (x/z, y/z).

    Like `reach`, for directions instead of trigger cells.
    """
    if radius is not None:
        return np.full(len(r_over_z), float(radius))
    eta = np.arcsinh(1 / np.maximum(r_over_z, 1e-12))
    return cluster.radii[layer - 1] + cluster.slope * (cluster.mid_radius - eta)


def associate(
    cells: Cells, seeds: dict[str, np.ndarray], distance: np.ndarray, association: str
) -> tuple[np.ndarray, Shares | None]:
    """Seed of each trigger cell, and which share of it goes to which seed.

    Parameters
    ----------
    seeds : `event` (int64, ascending), `x_over_z`, `y_over_z`, `energy`
    distance : float64, shape (n,), from `reach`; a cell at exactly that distance is not clustered. Distances
        are computed in the precision of the cells' directions, as in CMSSW [HGCalHistoClusteringImpl::dR]
    association : one of `ASSOCIATIONS`; the first of equal seeds wins

    Returns
    -------
    seed_of_cell : int64, shape (n,): index into `seeds`, -1 for none; of a shared cell that of the largest
        share
    shares : where cells are shared; None where each is of one seed, see `Shares.whole`

    Raises
    ------
    ChainError : there is no such association
    """
    chosen = variant(ASSOCIATIONS, association, "association")
    first = np.searchsorted(seeds["event"], np.arange(cells.n_events + 1))
    order = np.lexsort((seeds["x_over_z"], seeds["event"]))
    where = (cells.x_over_z, cells.y_over_z, distance, cells.event, first, order)
    precision = cells.x_over_z.dtype
    x, y = (seeds[name][order].astype(precision) for name in ("x_over_z", "y_over_z"))
    found = _Seeds(where, x, y, seeds["energy"][order], cells.legacy)
    return chosen.find(found), None if chosen.share is None else chosen.share(found)


def clusters(
    cells: Cells, seed: np.ndarray, n_seeds: int, min_pt: float, shares: Shares | None = None
) -> dict[str, np.ndarray]:
    """Sums over the trigger cells of each seed.

    Parameters
    ----------
    seed, shares : from `associate`
    min_pt : GeV; a cluster is kept only above it

    Returns
    -------
    columns of the kept clusters, in the order of their seeds: `pt energy` [GeV], `x y z` [cm, means weighted
    with mipPt], `eta phi`, `n_cells` and `seed` (int64)
    """
    if shares is None:
        rows = np.flatnonzero(seed >= 0)
        mine, mip, cell_pt = seed[rows], cells.mip[rows], cells.pt[rows]
    else:
        rows, mine = shares.cell, shares.seed
        mip, cell_pt = cells.mip[rows] * shares.share, cells.pt[rows] * shares.share
    pt, total, x, y, z = (
        sums(mine, weights, n_seeds)
        for weights in (
            cell_pt,
            mip,
            mip * cells.x[rows],
            mip * cells.y[rows],
            mip * cells.z[rows],
        )
    )
    kept = np.flatnonzero(pt > min_pt)
    pt, total = pt[kept], total[kept]
    with np.errstate(divide="ignore", invalid="ignore"):  # without mipPt, the position is undefined
        x, y, z = (values[kept] / total for values in (x, y, z))
        eta = np.arcsinh(z / np.hypot(x, y))
    return {
        "pt": pt,
        "energy": pt * np.cosh(eta),
        "x": x,
        "y": y,
        "z": z,
        "eta": eta,
        "phi": np.arctan2(y, x),
        "n_cells": np.bincount(mine, minlength=n_seeds)[kept],
        "seed": kept,
    }
