"""Which seeds a trigger cell can belong to, at any threshold of the seeds and any radius of the clusters.

Seeds do not depend on the radius, and those above a threshold are those of a lower one whose energy is above
it. Of the seeds around a trigger cell, in the order of their distance, only those with more energy than every
nearer one can get it: with "min_distance" the first one above the threshold does, with "max_energy" the last
one within the radius.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from bye_splits.chain.cells import Cells
from bye_splits.chain.compiled import compiled
from bye_splits.errors import variant


class Links(NamedTuple):
    """Pairs of a trigger cell and a seed that can get it.

    Attributes
    ----------
    first : int64, shape (n_cells + 1,): where the pairs of each trigger cell start
    seed : int32, shape (n,): index of the seed; those of a cell are ordered by distance, and by energy
    distance : float64, shape (n,), in (x/z, y/z), as the chain computes it in its precision
    """

    first: np.ndarray
    seed: np.ndarray
    distance: np.ndarray


def find_links(cells: Cells, seeds: dict[str, np.ndarray], usable: np.ndarray | None, radius: float) -> Links:
    """The pairs of trigger cells and seeds, up to a distance.

    Parameters
    ----------
    seeds : `event` (int64, ascending), `x_over_z`, `y_over_z`, `energy` [mipT], as the chain found them
    usable : bool, shape (n_cells,), which trigger cells can be clustered; None for all
    radius : largest distance, in (x/z, y/z)
    """
    precision = cells.x_over_z.dtype
    x, y = (seeds[name].astype(precision) for name in ("x_over_z", "y_over_z"))
    first = np.searchsorted(seeds["event"], np.arange(cells.n_events + 1))
    able = np.ones(len(cells.row), dtype=bool) if usable is None else usable
    where = (cells.x_over_z, cells.y_over_z, cells.event, able, first, x, y, seeds["energy"])
    count = np.zeros(len(cells.row), dtype=np.int64)
    none = np.zeros(0, dtype=np.int32), np.zeros(0)
    _links(*where, radius, count, *none, False)
    start = np.concatenate([[0], np.cumsum(count)])
    seed, distance = np.empty(start[-1], dtype=np.int32), np.empty(start[-1])
    _links(*where, radius, start[:-1].copy(), seed, distance, True)
    return Links(start, seed, distance)


def own_links(seed_of_cell: np.ndarray) -> Links:
    """The pairs of an association that depends on no radius: their distance is below 0, within any reach.

    Parameters
    ----------
    seed_of_cell : int64, shape (n_cells,), -1 for none, see `chain.seeding.Seeding.seed_of_cell`
    """
    paired = seed_of_cell >= 0
    start = np.concatenate([[0], np.cumsum(paired)])
    return Links(start, seed_of_cell[paired].astype(np.int32), np.full(int(start[-1]), -1.0))


@compiled
def _links(
    x: np.ndarray,
    y: np.ndarray,
    event: np.ndarray,
    usable: np.ndarray,
    first: np.ndarray,
    seed_x: np.ndarray,
    seed_y: np.ndarray,
    energy: np.ndarray,
    radius: float,
    place: np.ndarray,
    seed: np.ndarray,
    distance: np.ndarray,
    write: bool,
) -> None:
    """Count the links of each cell into `place`, or write them from `place` on."""
    most = 0
    for e in range(len(first) - 1):
        most = max(most, first[e + 1] - first[e])
    near = np.empty(most, dtype=np.int64)
    away = np.empty(most)
    for c in range(len(x)):
        if not usable[c]:
            continue
        n = 0
        for s in range(first[event[c]], first[event[c] + 1]):
            dx = seed_x[s] - x[c]
            dy = seed_y[s] - y[c]
            d = np.float64(np.sqrt(dx * dx + dy * dy))
            if not d < radius:
                continue
            k = n  # sorted in: by distance, then as the seeds are
            while k > 0 and away[k - 1] > d:
                away[k] = away[k - 1]
                near[k] = near[k - 1]
                k -= 1
            away[k] = d
            near[k] = s
            n += 1
        highest, last = -np.inf, -1
        for k in range(n):
            s = near[k]
            if energy[s] > highest or (energy[s] == highest and s < last):  # of equal ones the first gets it
                highest, last = energy[s], s
                if write:
                    seed[place[c]] = s
                    distance[place[c]] = away[k]
                place[c] += 1


@compiled
def _nearest(
    first: np.ndarray,
    seed: np.ndarray,
    distance: np.ndarray,
    energy: np.ndarray,
    threshold: np.ndarray,
    reach: np.ndarray,
) -> np.ndarray:
    out = np.full(len(reach), -1, dtype=np.int64)
    for c in range(len(reach)):
        for k in range(first[c], first[c + 1]):
            if energy[seed[k]] > threshold[c]:
                if distance[k] < reach[c]:
                    out[c] = seed[k]
                break
    return out


@compiled
def _highest(
    first: np.ndarray,
    seed: np.ndarray,
    distance: np.ndarray,
    energy: np.ndarray,
    threshold: np.ndarray,
    reach: np.ndarray,
) -> np.ndarray:
    out = np.full(len(reach), -1, dtype=np.int64)
    for c in range(len(reach)):
        for k in range(first[c + 1] - 1, first[c] - 1, -1):
            if distance[k] < reach[c]:
                if energy[seed[k]] > threshold[c]:
                    out[c] = seed[k]
                break
    return out


CHOICES: dict[str, Callable[..., np.ndarray]] = {"min_distance": _nearest, "max_energy": _highest}
"""By the name of the association in the chain; those by which trigger cells are shared are not among them."""


def seed_of_cells(
    links: Links, energy: np.ndarray, threshold: np.ndarray, reach: np.ndarray, association: str
) -> np.ndarray:
    """Seed of each trigger cell, as `chain.clustering.associate` finds it among the seeds above a threshold.

    Parameters
    ----------
    energy : float64, shape (n_seeds,), mipT
    threshold : float64, shape (n_cells,), mipT, for the seeds of each cell's event; not below that with which
        the seeds were found
    reach : float64, shape (n_cells,), see `chain.clustering.reach`; not above the radius of `find_links`
    association : one of `chain.clustering.ASSOCIATIONS`

    Returns
    -------
    int64, shape (n_cells,): index of the seed, -1 for none

    Raises
    ------
    ChainError : an association that is not among `CHOICES`
    """
    return variant(CHOICES, association, "association")(*links, energy, threshold, reach)
