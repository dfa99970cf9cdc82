"""Seeds are all bins above the threshold: CMSSW's HistoThresholdC3d."""

import numpy as np

from .seed_rule import Bins, RuleParameters, SeedRule, SmoothedBins


class AboveThreshold(SeedRule):
    """All bins above the threshold."""

    title = "all above the threshold"
    cmssw = "HistoThresholdC3d"

    def seeds(self, grid: SmoothedBins, parameters: RuleParameters) -> Bins:
        return grid.bins(np.flatnonzero(grid.flat > parameters.seed_threshold))
