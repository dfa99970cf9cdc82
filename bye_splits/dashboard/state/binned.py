"""State of the pages that draw numbers in bins of what was generated."""

import numpy as np

from ...studies.profiles import VARIABLES
from ...studies.response import quantile_edges
from .derived import derived
from .study import StudyState


class BinnedState(StudyState):
    """The bins of the variable on the x axis; lists are in the order of `series`."""

    @derived("limited", "against")
    def positions(self) -> list[np.ndarray]:
        """The variable on the x axis for each particle, float64."""
        variable = VARIABLES[self.against]
        return [variable.of(one.particles) if len(one.particles) else np.zeros(0) for one in self.limited]

    @derived("limited", "positions")
    def edges(self) -> list[np.ndarray]:
        """Edges of the bins of the x axis: the same ones for all sets of a sample."""
        of_sample: dict[int, np.ndarray] = {}
        for one, x in zip(self.limited, self.positions, strict=True):
            if len(x) and one.number not in of_sample:
                of_sample[one.number] = quantile_edges(x)
        return [of_sample.get(one.number, np.zeros(0)) for one in self.limited]
