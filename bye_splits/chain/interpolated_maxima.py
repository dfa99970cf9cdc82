"""Seeds are bins above what their neighbours let expect: CMSSW's HistoInterpolatedMaxC3d."""

import numpy as np

from bye_splits.errors import variant

from .seed_rule import Bins, RuleParameters, SeedRule, SmoothedBins, neighbours

NEIGHBOUR_WEIGHTS: dict[str, tuple[float, float]] = {
    "first_order": (0.25, 0.0),
    "second_order": (0.5, -0.25),
}
"""Weights of the four neighbours that share an edge and of the four at the corners, by name; the first is the
default [neighbour_weights_1stOrder, neighbour_weights_2ndOrder of l1tHGCalBackEndLayer2Producer_cfi]."""


class InterpolatedMaxima(SeedRule):
    """Bins that exceed the weighted sum of their neighbours by the threshold."""

    title = "those above their weighted neighbours by the threshold"
    cmssw = "HistoInterpolatedMaxC3d"
    by_energy = False

    def seeds(self, grid: SmoothedBins, parameters: RuleParameters) -> Bins:
        least = expected(grid, parameters.neighbour_weights) + parameters.seed_threshold
        # With a threshold of 0 CMSSW makes seeds of all that is empty, without a position: here it does not.
        found = (grid.smoothed.astype(np.float32) >= least) & ((grid.smoothed > 0) | (least < 0))
        return grid.bins(np.flatnonzero(found))


def expected(grid: SmoothedBins, weights: str) -> np.ndarray:
    """The weighted sum of the eight neighbours of each bin, float64, shape (n_events, n1, n2), mipT.

    Parameters
    ----------
    weights : one of `NEIGHBOUR_WEIGHTS`

    Raises
    ------
    ChainError : there are no such weights

    Notes
    -----
    Bins and sums are in single precision, as in CMSSW [HGCalHistoSeedingImpl::computeInterpolatedMaxSeeds].
    """
    beside, diagonal = variant(NEIGHBOUR_WEIGHTS, weights, "neighbour weights")
    n_events, n_1, n_2 = grid.smoothed.shape
    padded = np.zeros((n_events, n_1 + 2, n_2 + 2))
    padded[:, 1:-1, 1:-1] = grid.smoothed.astype(np.float32)
    if grid.wraps:
        padded[:, :, 0], padded[:, :, -1] = padded[:, :, -2], padded[:, :, 1]
    total = np.zeros(grid.smoothed.shape)
    for d_1, d_2 in neighbours(1):
        if weight := diagonal if d_1 and d_2 else beside:
            total += weight * padded[:, 1 + d_1 : n_1 + 1 + d_1, 1 + d_2 : n_2 + 1 + d_2]
    return total.astype(np.float32).astype(np.float64)
