"""Why one shower is two clusters: which they are, and what lies between their seeds."""

import heapq
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .histogram import Binning
from .running import ChainResult

NEAR = 0.1
"""Distance sqrt(deta^2 + dphi^2) from the generated particle below which a cluster counts as a part of its
shower."""

_EIGHT = np.ones((3, 3), dtype=bool)  # bins that touch at a corner are neighbours, as for the seeds


@dataclass(frozen=True, eq=False)
class Valley:
    """The bins between two seeds, along the highest way from one to the other.

    Attributes
    ----------
    rz_bin, phi_bin : int64, shape (n,), from the first seed's bin to the second's, both included
    energy : float64, shape (n,), mipT, of the smoothed histogram
    filled : float64, shape (n,), mipT, of the histogram before smoothing
    """

    rz_bin: np.ndarray
    phi_bin: np.ndarray
    energy: np.ndarray
    filled: np.ndarray

    @property
    def ratio(self) -> float:
        """Lowest bin on the way to the lower of the two peaks."""
        return float(self.energy.min() / min(self.energy[0], self.energy[-1]))

    @property
    def empty(self) -> int:
        """Number of bins strictly between the seeds that hold nothing before smoothing."""
        return int((self.filled[1:-1] == 0).sum())


@dataclass(frozen=True)
class ToEdge:
    """How far a seed's direction is from the nearest edge of the (R/z, phi) grid.

    Attributes
    ----------
    rz, phi : in R/z and in rad; NaN where the seed has no direction
    rz_part, phi_part : the same as part of the bin's width, 0 to 0.5
    """

    rz: float
    phi: float
    rz_part: float
    phi_part: float


@dataclass(frozen=True, eq=False)
class Split:
    """A shower in several clusters.

    Attributes
    ----------
    near : int64, shape (n,), n >= 2: rows of the clusters near the generated particle, by falling pt
    valley : between the seeds of the first two; None with coarse seeding, which has no histogram
    edges : of the first two; empty with coarse seeding
    """

    near: np.ndarray
    valley: Valley | None
    edges: tuple[ToEdge, ...]


def wrapped(phi: np.ndarray | float) -> np.ndarray | float:
    """An angle reduced to -pi up to, without, pi."""
    return (phi + np.pi) % (2 * np.pi) - np.pi


def near_particle(result: ChainResult, eta: float, phi: float, distance: float = NEAR) -> np.ndarray:
    """Clusters near a direction.

    Parameters
    ----------
    eta, phi : of the generated particle, on the calorimeter's face seen from the origin
    distance : sqrt(deta^2 + dphi^2) below which they are near

    Returns
    -------
    int64, shape (n,): rows of `result.clusters`, by falling pt
    """
    clusters = result._clusters  # without a table: this is done for dozens of results
    away = np.hypot(clusters["eta"] - eta, wrapped(clusters["phi"] - phi))
    rows = np.flatnonzero(away < distance)
    return rows[np.argsort(-clusters["pt"][rows], kind="stable")]


def split(result: ChainResult, eta: float, phi: float) -> Split | None:
    """What there is to see of a split; None where there are fewer than two clusters near the particle.

    Parameters
    ----------
    eta, phi : of the generated particle, on the calorimeter's face seen from the origin
    """
    near = near_particle(result, eta, phi)
    if len(near) < 2:
        return None
    if result.parameters.chain == "coarse_seeding":
        return Split(near, None, ())
    binning = Binning.of(result.parameters.base, result.parameters.legacy)
    first, second = result.clusters["seed"].to_numpy()[near[:2]]
    edges = tuple(to_edge(result, seed, binning) for seed in (first, second))
    return Split(near, valley(result, first, second), edges)


def to_edge(result: ChainResult, seed: int, binning: Binning) -> ToEdge:
    """Distance of the direction of a seed (row of `result.seeds`) to the nearest edges of the grid."""
    x, y = (float(result.seeds[name].iat[seed]) for name in ("x_over_z", "y_over_z"))
    rz = float(np.abs(binning.rz_edges - np.hypot(x, y)).min())
    phi = float(np.abs(binning.phi_edges - np.arctan2(y, x)).min())
    width = (float(np.diff(edges)[0]) for edges in (binning.rz_edges, binning.phi_edges))
    return ToEdge(rz, phi, rz / next(width), phi / next(width))


def valley(result: ChainResult, first: int, second: int) -> Valley:
    """The highest way between two seeds.

    Parameters
    ----------
    first, second : rows of `result.seeds`

    Notes
    -----
    Of all ways from bin to neighbouring bin (eight each) in the box around the two seeds and one bin more on
    every side, those are taken whose lowest bin is highest: the widest paths; nobody goes from peak to peak
    without coming down at least as far. Of these it is the shortest, and of equally short ones that with the
    larger sum. The box goes the shorter way around in phi.
    """
    n_rz, n_phi = result.smoothed.shape
    rz, phi = (result.seeds[name].to_numpy()[[first, second]] for name in ("rz_bin", "phi_bin"))
    apart = int((phi[1] - phi[0] + n_phi // 2) % n_phi - n_phi // 2)
    rows = np.arange(max(rz.min() - 1, 0), min(rz.max() + 2, n_rz))
    columns = np.arange(min(apart, 0) - 1, max(apart, 0) + 2)[:n_phi]
    box = result.smoothed[np.ix_(rows, (phi[0] + columns) % n_phi)]
    start, end = ((int(r - rows[0]), int(c - columns[0])) for r, c in zip(rz, (0, apart), strict=True))
    path = np.array(_shortest(box, box >= _bottleneck(box, start, end), start, end))
    rz_bin, phi_bin = rows[path[:, 0]], (phi[0] + columns[path[:, 1]]) % n_phi
    return Valley(rz_bin, phi_bin, result.smoothed[rz_bin, phi_bin], result.histogram[rz_bin, phi_bin])


def _bottleneck(box: np.ndarray, start: tuple[int, int], end: tuple[int, int]) -> float:
    """The highest level at which the bins at or above it connect two of them."""
    levels = np.unique(box[box <= min(box[start], box[end])])
    low, high = 0, len(levels)  # connected at low: everything is
    while high - low > 1:
        middle = (low + high) // 2
        part = ndimage.label(box >= levels[middle], _EIGHT)[0]
        low, high = (middle, high) if part[start] == part[end] else (low, middle)
    return levels[low]


def _shortest(
    box: np.ndarray, open_: np.ndarray, start: tuple[int, int], end: tuple[int, int]
) -> list[tuple[int, int]]:
    """Dijkstra's shortest way through open bins; a step costs 1 and, below all steps, what the bin lacks."""
    small = 1 / (2 * box.size * max(box.max(), 1e-300))
    best = {start: 0.0}
    before: dict[tuple[int, int], tuple[int, int]] = {}
    waiting = [(0.0, start)]
    while waiting:
        cost, here = heapq.heappop(waiting)
        if here == end:
            break
        for i in range(max(here[0] - 1, 0), min(here[0] + 2, box.shape[0])):
            for j in range(max(here[1] - 1, 0), min(here[1] + 2, box.shape[1])):
                new = cost + 1 + (box.max() - box[i, j]) * small
                if open_[i, j] and new < best.get((i, j), np.inf):
                    best[i, j], before[i, j] = new, here
                    heapq.heappush(waiting, (new, (i, j)))
    path = [end]
    while path[-1] != start:
        path.append(before[path[-1]])
    return path[::-1]
