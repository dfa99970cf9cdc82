"""What lies between two seeds of the triangular clustering."""

from dataclasses import dataclass

import numpy as np

from .triangular_seeding import TriangularStages, around
from .widest_path import widest_path

_SIX = np.array([[0, 1, 1], [1, 1, 1], [1, 1, 0]], dtype=bool)  # hexagons with a side in common


@dataclass(frozen=True, eq=False)
class HexagonValley:
    """The hexagons between two seeds, along the highest path from one to the other.

    Attributes
    ----------
    row, column : int64, shape (n,), from the first seed's hexagon to the second's, both included
    energy : float64, shape (n,), mipT, of all trigger cells in the hexagon
    pt : float64, shape (n,), GeV, by which maxima are found
    emptied : bool, shape (n,), whether a maximum of the first pass is beside the hexagon
    """

    row: np.ndarray
    column: np.ndarray
    energy: np.ndarray
    pt: np.ndarray
    emptied: np.ndarray

    @property
    def ratio(self) -> float:
        """Ratio of the lowest hexagon on the path to the lower of the two peaks, of their mipT."""
        return float(self.energy.min() / min(self.energy[0], self.energy[-1]))

    @property
    def empty(self) -> int:
        """Number of hexagons strictly between the seeds that are empty."""
        return int((self.energy[1:-1] == 0).sum())


@dataclass(frozen=True)
class Won:
    """How clearly a seed of the triangular clustering is a maximum.

    Attributes
    ----------
    found_in : pass, 1 or 2
    next : ratio of the largest pt of its neighbours to its own; in the second pass only of those that were
        not emptied, as the others can have more
    """

    found_in: int
    next: float


def hexagon_valley(stages: TriangularStages, first: int, second: int) -> HexagonValley:
    """The highest path between two seeds, over neighbouring hexagons, as of `splits.valley`.

    Parameters
    ----------
    first, second : rows of `ChainResult.seeds`
    """
    mip = stages.mip[0]
    ends = np.array([[stages.row[seed], stages.column[seed]] for seed in (first, second)])
    low, high = np.maximum(ends.min(axis=0) - 1, 0), np.minimum(ends.max(axis=0) + 2, mip.shape)
    box = mip[low[0] : high[0], low[1] : high[1]]
    start, end = (tuple(one) for one in (ends - low).tolist())
    row, column = (widest_path(box, start, end, _SIX) + low).T
    path = row, column
    return HexagonValley(row, column, mip[path], stages.pt[0][path], stages.emptied[0][path])


def won(stages: TriangularStages, seed: int) -> Won:
    """How clearly a seed (row of `ChainResult.seeds`) of one event is a maximum."""
    here = stages.row[seed], stages.column[seed]
    found_in = int(stages.found_in[0][here])
    left = stages.pt if found_in == 1 else np.where(stages.emptied | (stages.found_in == 1), 0.0, stages.pt)
    beside = around(left)[:, 0, *here]
    return Won(found_in, float(beside.max() / stages.pt[0][here]))
