"""Seeds are the local maxima of the smoothed histogram: CMSSW's HistoMaxC3d, the default."""

from collections.abc import Iterator

import numpy as np

from .seed_rule import Bins, RuleParameters, SeedRule, SmoothedBins


class LocalMaxima(SeedRule):
    """Bins above the threshold that are the maximum of their window."""

    title = "the highest of their window"
    cmssw = "HistoMaxC3d"

    def seeds(self, grid: SmoothedBins, parameters: RuleParameters) -> Bins:
        return local_maxima(grid, parameters.seed_threshold, parameters.seed_window, parameters.legacy)


def local_maxima(grid: SmoothedBins, threshold: float, window: int = 1, legacy: bool = False) -> Bins:
    """Bins above threshold that are the maximum of their window.

    Parameters
    ----------
    threshold : mipT; only bins above it can be seeds
    window : half width on the second axis, in bins; on the first one it is 1
    legacy : equal bins are all seeds

    Returns
    -------
    event and bins, int64, shape (n,), in the order of events and bins

    Notes
    -----
    Of equal neighbours one is a seed, as in CMSSW: with N = (i + 1) and E = (j + 1) a bin has to be above N,
    W, SW and NW and not below S, E, SE and NE, so that the lower j wins, then the higher i. A ring of equal
    bins has no seed.
    """
    index = np.flatnonzero(grid.flat > threshold)
    value = grid.flat[index]
    is_seed = np.ones(len(index), dtype=bool)
    for neighbour, wins_ties in _around(grid, index, window, legacy):
        is_seed &= value > neighbour if wins_ties else value >= neighbour
    return grid.bins(index[is_seed])


def beaten_by(
    grid: SmoothedBins, threshold: float, window: int = 1, legacy: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """The highest of the neighbours that prevent each bin above threshold from being a seed.

    Parameters
    ----------
    threshold, window, legacy : as in `local_maxima`

    Returns
    -------
    winner : int16, shape of `grid.smoothed`: index into `neighbours(window)`; -1 for seeds, and for bins that
        are not above threshold
    equal : bool, same shape: whether the winner is equally high, and wins by the rule for ties
    """
    index = np.flatnonzero(grid.flat > threshold)
    value = grid.flat[index]
    highest, best = np.full(len(index), -np.inf), np.full(len(index), -1, dtype=np.int16)
    for number, (neighbour, wins_ties) in enumerate(_around(grid, index, window, legacy)):
        beats = (neighbour >= value if wins_ties else neighbour > value) & (neighbour > highest)
        np.copyto(highest, neighbour, where=beats)
        np.copyto(best, number, where=beats)
    shape = grid.smoothed.shape
    winner, equal = np.full(shape, -1, dtype=np.int16), np.zeros(shape, dtype=bool)
    winner.ravel()[index] = best
    equal.ravel()[index] = highest == value
    return winner, equal


def _around(
    grid: SmoothedBins, index: np.ndarray, window: int, legacy: bool
) -> Iterator[tuple[np.ndarray, bool]]:
    """For each of the `neighbours`, its values (-inf where there is none), and whether it wins ties."""
    for (d_1, d_2), inside, place in grid.around(index, window):
        wins_ties = not legacy and (d_2 < 0 or (d_2 == 0 and d_1 > 0))
        yield np.where(inside, grid.flat[place], -np.inf), wins_ties
