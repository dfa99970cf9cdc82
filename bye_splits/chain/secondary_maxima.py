"""Seeds are local maxima, and those that only their neighbours hide: CMSSW's HistoSecondaryMaxC3d."""

from dataclasses import dataclass

import numpy as np

from .seed_rule import Bins, RuleParameters, SeedRule, SmoothedBins


class SecondaryMaxima(SeedRule):
    """Local maxima, and in a second pass those of the bins that do not touch one, which are left out."""

    title = "also those of a second pass"
    cmssw = "HistoSecondaryMaxC3d"
    reach = 3  # of what the bins beside those beside it veto

    def seeds(self, grid: SmoothedBins, parameters: RuleParameters) -> Bins:
        passes = two_passes(grid, parameters.seed_threshold, parameters.seed_window)
        index = np.concatenate([passes.primary, passes.secondary])
        event, *bins = grid.bins(index)
        order = np.argsort(event, kind="stable")  # of each event the first pass first
        return event[order], bins[0][order], bins[1][order]


@dataclass(frozen=True, eq=False)
class Passes:
    """Result of both passes.

    Attributes
    ----------
    primary, secondary : int64, places of the seeds in `SmoothedBins.flat`, ascending
    vetoed : bool, shape of `SmoothedBins.flat`: bins beside a seed of the first pass
    """

    primary: np.ndarray
    secondary: np.ndarray
    vetoed: np.ndarray


def two_passes(grid: SmoothedBins, threshold: float, window: int = 1) -> Passes:
    """Seeds of the first pass, what they veto, and seeds of the second pass.

    Parameters
    ----------
    threshold : mipT; only bins above it can be seeds
    window : half width on the second axis, in bins; on the first one it is 1, as for what is vetoed

    Notes
    -----
    In the second pass vetoed bins are no seeds, and are not compared with
    [HGCalHistoSeedingImpl::computeSecondaryMaxSeeds]. Of equal neighbours the lower j wins, then the lower i:
    not the higher one, as in `local_maxima`. CMSSW's second axis is a circle here in (x/z, y/z) too; no
    trigger cell is at the edge of that.
    """
    grid = SmoothedBins(grid.smoothed)
    index = np.flatnonzero(grid.flat > threshold)
    vetoed = np.zeros(len(grid.flat), dtype=bool)
    primary = index[_highest(grid, index, window, vetoed)]
    for _, inside, place in grid.around(primary, window):
        vetoed[place[inside]] = True
    rest = index[~vetoed[index]]
    rest = rest[~np.isin(rest, primary)]
    return Passes(primary, rest[_highest(grid, rest, window, vetoed)], vetoed)


def _highest(grid: SmoothedBins, index: np.ndarray, window: int, vetoed: np.ndarray) -> np.ndarray:
    """Which bins are above all their neighbours that are not vetoed, bool, shape (n,)."""
    value = grid.flat[index]
    highest = np.ones(len(index), dtype=bool)
    for (d_1, d_2), inside, place in grid.around(index, window):
        neighbour = np.where(inside & ~vetoed[place], grid.flat[place], -np.inf)
        highest &= value > neighbour if d_2 < 0 or (d_2 == 0 and d_1 < 0) else value >= neighbour
    return highest
