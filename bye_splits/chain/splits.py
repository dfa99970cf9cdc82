"""Why one shower is split into two clusters: the clusters, and the valley between their seeds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from bye_splits.angles import wrapped
from bye_splits.errors import variant

from .coarse_seeding import AROUND, CoarseStages, steps_to_edge
from .histogram import Binning
from .histogram_seeding import HistogramStages
from .running import ChainResult
from .seeding import Stages
from .triangular_seeding import TriangularStages
from .triangular_splits import HexagonValley, Won, hexagon_valley, won
from .widest_path import widest_path
from .xy_seeding import XyStages

NEAR = 0.1
"""Distance sqrt(deta^2 + dphi^2) from the generated particle below which a cluster counts as part of its
shower."""

SHARE = 0.1
"""Fraction of the energy of the clusters near the particle above which a second one makes it a split."""

_EIGHT = np.ones((3, 3), dtype=bool)  # bins that touch at a corner are neighbours, as for the seeds
_SIX = np.array([[1, 1, 0], [1, 1, 1], [0, 1, 1]], dtype=bool)  # points of the lattice, along (U, V)


@dataclass(frozen=True, eq=False)
class _BinValley:
    """The bins between two seeds, along the highest path from one to the other.

    Attributes
    ----------
    energy : float64, shape (n,), mipT, of the smoothed histogram
    filled : float64, shape (n,), mipT, of the histogram before smoothing
    """

    energy: np.ndarray
    filled: np.ndarray

    @property
    def ratio(self) -> float:
        """Ratio of the lowest bin on the path to the lower of the two peaks."""
        return float(self.energy.min() / min(self.energy[0], self.energy[-1]))

    @property
    def empty(self) -> int:
        """Number of bins strictly between the seeds that are empty before smoothing."""
        return int((self.filled[1:-1] == 0).sum())


@dataclass(frozen=True, eq=False)
class Valley(_BinValley):
    """The (R/z, phi) bins between two seeds, see `_BinValley`.

    Attributes
    ----------
    rz_bin, phi_bin : int64, shape (n,), from the first seed's bin to the second's, both included
    """

    rz_bin: np.ndarray
    phi_bin: np.ndarray


@dataclass(frozen=True, eq=False)
class XyValley(_BinValley):
    """The (x/z, y/z) bins between two seeds, see `_BinValley`.

    Attributes
    ----------
    x_bin, y_bin : int64, shape (n,), from the first seed's bin to the second's, both included
    """

    x_bin: np.ndarray
    y_bin: np.ndarray


@dataclass(frozen=True, eq=False)
class LatticeValley:
    """The points of coarse seeding's lattice between two seeds, along the highest path between them.

    Attributes
    ----------
    u, v : int64, shape (n,), from the first seed's point to the second's, both included
    energy : float64, shape (n,), mipT, summed over the layers; 0 without signal, and for points not searched
    looked_at : bool, shape (n,), False for points of modules that are not chosen (nor, with `cs.nearby`,
        adjacent to one)
    """

    u: np.ndarray
    v: np.ndarray
    energy: np.ndarray
    looked_at: np.ndarray

    @property
    def ratio(self) -> float:
        """Ratio of the lowest point on the path to the lower of the two peaks."""
        return float(self.energy.min() / min(self.energy[0], self.energy[-1]))

    @property
    def empty(self) -> int:
        """Number of points strictly between the seeds that were searched and are empty."""
        return int((self.looked_at & (self.energy == 0)).sum())

    @property
    def not_looked_at(self) -> int:
        """Number of points between the seeds that are in no module that was searched."""
        return int((~self.looked_at).sum())


@dataclass(frozen=True)
class ToEdge:
    """Distance of a seed's direction from the nearest edge of the (R/z, phi) grid.

    Attributes
    ----------
    rz, phi : in R/z and in rad; NaN where the seed has no direction
    rz_part, phi_part : the same as a fraction of the bin's width, 0 to 0.5
    """

    rz: float
    phi: float
    rz_part: float
    phi_part: float


@dataclass(frozen=True)
class ToXyEdge:
    """Distance of a seed's direction from the nearest edge of the (x/z, y/z) grid.

    Attributes
    ----------
    x, y : in x/z and y/z
    x_part, y_part : the same as a fraction of the bin's width, 0 to 0.5
    """

    x: float
    y: float
    x_part: float
    y_part: float


@dataclass(frozen=True)
class ToModuleEdge:
    """Position of a seed of coarse seeding in its module, and how clearly the module was chosen.

    Attributes
    ----------
    waferu, waferv : the module
    steps : on the lattice to the nearest trigger cell of another module: 1 at the edge, 4 in the middle
    over_threshold : ratio of the module's sum of mipPt to its threshold
    """

    waferu: int
    waferv: int
    steps: int
    over_threshold: float


V = TypeVar("V", bound=Valley | XyValley | LatticeValley | HexagonValley)
E = TypeVar("E", bound=ToEdge | ToXyEdge | ToModuleEdge | Won)
Between = (
    tuple[Valley, tuple[ToEdge, ...]]
    | tuple[XyValley, tuple[ToXyEdge, ...]]
    | tuple[LatticeValley, tuple[ToModuleEdge, ...]]
    | tuple[HexagonValley, tuple[Won, ...]]
)


@dataclass(frozen=True, eq=False)
class Split(Generic[V, E]):
    """A shower split into several clusters.

    Attributes
    ----------
    near : int64, shape (n,), n >= 2: rows of the clusters near the generated particle, by descending pt
    valley : between the seeds of the first two
    edges : distances of the first two seeds to edges: of bins, or with coarse seeding of modules; of the
        triangular clustering how clearly they are maxima
    """

    near: np.ndarray
    valley: V
    edges: tuple[E, ...]


def near_particle(result: ChainResult, eta: float, phi: float, distance: float = NEAR) -> np.ndarray:
    """Clusters near a direction.

    Parameters
    ----------
    eta, phi : of the generated particle, on the calorimeter's face seen from the origin
    distance : sqrt(deta^2 + dphi^2) below which they are near

    Returns
    -------
    int64, shape (n,): rows of `result.clusters`, by descending pt
    """
    clusters = result._clusters  # arrays instead of a table, for speed with dozens of results
    away = np.hypot(clusters["eta"] - eta, wrapped(clusters["phi"] - phi))
    rows = np.flatnonzero(away < distance)
    return rows[np.argsort(-clusters["pt"][rows], kind="stable")]


def is_split(energy: np.ndarray) -> bool:
    """Whether the clusters near a particle are a split: the second one has more than `SHARE` of their energy.

    Parameters
    ----------
    energy : float array, shape (n,), GeV, of the clusters near the particle

    Examples
    --------
    >>> is_split(np.array([5.0, 90.0])), is_split(np.array([20.0, 90.0])), is_split(np.array([90.0]))
    (False, True, False)
    """
    return len(energy) > 1 and bool(np.sort(energy)[-2] > SHARE * energy.sum())


def split(result: ChainResult, eta: float, phi: float) -> Split | None:
    """Describe the two largest clusters near the particle; None if there are fewer than two.

    Parameters
    ----------
    eta, phi : of the generated particle, on the calorimeter's face seen from the origin
    """
    near = near_particle(result, eta, phi)
    if len(near) < 2:
        return None
    first, second = result.clusters["seed"].to_numpy()[near[:2]]
    between = variant(BETWEEN, type(result.stages), "what lies between the seeds of a split")
    return Split(near, *between(result, (first, second)))


def to_edge(result: ChainResult, seed: int, binning: Binning) -> ToEdge:
    """Distance of the direction of a seed (row of `result.seeds`) to the nearest edges of the grid."""
    x, y = (float(result.seeds[name].iat[seed]) for name in ("x_over_z", "y_over_z"))
    rz = float(np.abs(binning.rz_edges - np.hypot(x, y)).min())
    phi = float(np.abs(binning.phi_edges - np.arctan2(y, x)).min())
    width = (float(np.diff(edges)[0]) for edges in (binning.rz_edges, binning.phi_edges))
    return ToEdge(rz, phi, rz / next(width), phi / next(width))


def to_module_edge(stages: CoarseStages, seed: int) -> ToModuleEdge:
    """Position of a seed (row of `result.seeds`) in its module."""
    column = {name: values.to_numpy() for name, values in stages.lattice.items()}
    (point,) = np.flatnonzero(column["seed"] == seed)
    u, v, waferu, waferv = (int(column[name][point]) for name in ("U", "V", "waferu", "waferv"))
    modules = {name: values.to_numpy() for name, values in stages.modules.items()}
    (mine,) = np.flatnonzero((modules["waferu"] == waferu) & (modules["waferv"] == waferv))
    return ToModuleEdge(
        waferu,
        waferv,
        int(steps_to_edge(u, v, waferu, waferv)),
        float(modules["mipPt"][mine] / modules["threshold"][mine]),
    )


def lattice_valley(result: ChainResult, first: int, second: int) -> LatticeValley:
    """The highest path between two seeds of coarse seeding, over neighbouring points of the lattice.

    Parameters
    ----------
    first, second : rows of `result.seeds`

    Notes
    -----
    The path is found as in `valley`, with six neighbours per point. Points of modules that are not searched
    have no sums and count as empty.
    """
    stages = _coarse(result)
    column = {name: stages.lattice[name].to_numpy() for name in ("U", "V", "mipPt", "seed")}
    ends = np.array([np.flatnonzero(column["seed"] == seed)[0] for seed in (first, second)])
    u0, u1 = column["U"][ends].min() - 1, column["U"][ends].max() + 2
    v0, v1 = column["V"][ends].min() - 1, column["V"][ends].max() + 2
    inside = (column["U"] >= u0) & (column["U"] < u1) & (column["V"] >= v0) & (column["V"] < v1)
    index = column["U"][inside] - u0, column["V"][inside] - v0
    box, looked_at = np.zeros((u1 - u0, v1 - v0)), np.zeros((u1 - u0, v1 - v0), dtype=bool)
    box[index], looked_at[index] = column["mipPt"][inside], True  # a point has the same sum in all modules
    u, v = np.indices((*box.shape, 1))[:2]
    chosen = stages.modules["chosen"].to_numpy()
    seen = stages.modules[["waferu", "waferv"]].to_numpy()[chosen]
    seen = np.concatenate([seen + step for step in (AROUND if result.parameters.cs.nearby else AROUND[:1])])
    looked_at |= (steps_to_edge(u + u0, v + v0, *seen.T) >= 1).any(axis=-1)
    start, end = ((int(column["U"][point] - u0), int(column["V"][point] - v0)) for point in ends)
    u, v = widest_path(box, start, end, _SIX).T
    return LatticeValley(u0 + u, v0 + v, box[u, v], looked_at[u, v])


def _coarse(result: ChainResult) -> CoarseStages:
    assert isinstance(result.stages, CoarseStages)
    return result.stages


def valley(result: ChainResult, first: int, second: int) -> Valley:
    """The highest path between two seeds.

    Parameters
    ----------
    first, second : rows of `result.seeds`

    Notes
    -----
    Paths go from bin to neighbouring bin (eight each) in the box around the two seeds with a margin of one
    bin on every side. The result is the path whose lowest bin is highest (the widest path): every path
    from peak to peak descends at least as far. Among these it is the shortest, and among equally short ones
    that with the larger sum. The box extends along the shorter arc in phi.
    """
    n_rz, n_phi = result.smoothed.shape
    rz, phi = (result.seeds[name].to_numpy()[[first, second]] for name in ("rz_bin", "phi_bin"))
    apart = int((phi[1] - phi[0] + n_phi // 2) % n_phi - n_phi // 2)
    rows = np.arange(max(rz.min() - 1, 0), min(rz.max() + 2, n_rz))
    columns = np.arange(min(apart, 0) - 1, max(apart, 0) + 2)[:n_phi]
    box = result.smoothed[np.ix_(rows, (phi[0] + columns) % n_phi)]
    start, end = ((int(r - rows[0]), int(c - columns[0])) for r, c in zip(rz, (0, apart), strict=True))
    path = widest_path(box, start, end, _EIGHT)
    rz_bin, phi_bin = rows[path[:, 0]], (phi[0] + columns[path[:, 1]]) % n_phi
    return Valley(result.smoothed[rz_bin, phi_bin], result.histogram[rz_bin, phi_bin], rz_bin, phi_bin)


def xy_valley(stages: XyStages, first: int, second: int) -> XyValley:
    """The highest path between two seeds in (x/z, y/z), as of `valley`.

    Parameters
    ----------
    first, second : rows of `ChainResult.seeds`
    """
    smoothed, filled = stages.smoothed[0], stages.histogram[0]
    ends = np.array([[stages.x_bin[seed], stages.y_bin[seed]] for seed in (first, second)])
    low, high = np.maximum(ends.min(axis=0) - 1, 0), np.minimum(ends.max(axis=0) + 2, smoothed.shape)
    box = smoothed[low[0] : high[0], low[1] : high[1]]
    start, end = (tuple(one) for one in (ends - low).tolist())
    x_bin, y_bin = (widest_path(box, start, end, _EIGHT) + low).T
    return XyValley(smoothed[x_bin, y_bin], filled[x_bin, y_bin], x_bin, y_bin)


def _bins_between(result: ChainResult, seeds: tuple[int, int]) -> tuple[Valley, tuple[ToEdge, ...]]:
    binning = Binning.of(result.parameters.base, result.parameters.legacy)
    return valley(result, *seeds), tuple(to_edge(result, seed, binning) for seed in seeds)


def _points_between(
    result: ChainResult, seeds: tuple[int, int]
) -> tuple[LatticeValley, tuple[ToModuleEdge, ...]]:
    edges = tuple(to_module_edge(_coarse(result), seed) for seed in seeds)
    return lattice_valley(result, *seeds), edges


def _xy_bins_between(result: ChainResult, seeds: tuple[int, int]) -> tuple[XyValley, tuple[ToXyEdge, ...]]:
    stages = result.stages
    assert isinstance(stages, XyStages)
    edges = []
    for seed in seeds:
        away, part = [], []
        for name, n in (("x_over_z", stages.settings.n_x), ("y_over_z", stages.settings.n_y)):
            width = 2 * stages.settings.limit / n
            place = float(result.seeds[name].iat[seed] + stages.settings.limit) / width
            part.append(abs(place - round(place)))
            away.append(part[-1] * width)
        edges.append(ToXyEdge(*away, *part))
    return xy_valley(stages, *seeds), tuple(edges)


def _hexagons_between(result: ChainResult, seeds: tuple[int, int]) -> tuple[HexagonValley, tuple[Won, ...]]:
    stages = result.stages
    assert isinstance(stages, TriangularStages)
    return hexagon_valley(stages, *seeds), tuple(won(stages, seed) for seed in seeds)


BETWEEN: dict[type[Stages], Callable[[ChainResult, tuple[int, int]], Between]] = {
    HistogramStages: _bins_between,
    XyStages: _xy_bins_between,
    CoarseStages: _points_between,
    TriangularStages: _hexagons_between,
}
"""By type of stages: function that returns the valley between two seeds, and the position of each."""
