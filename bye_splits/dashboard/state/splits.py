"""State of the pages of splits and efficiencies: shares in bins and against the threshold."""

import numpy as np
import pandas as pd

from ...studies.chunk import LOWEST
from ...studies.profiles import VARIABLES, shares
from ...studies.response import quantile_edges
from ...studies.sample_tables import RADII
from ...studies.steps import Steps
from .derived import derived
from .study import Series, StudyState

PROPERTIES = ("split", "matched")


def has(particles: pd.DataFrame, name: str) -> np.ndarray:
    """Which particles have one of `PROPERTIES`, bool, shape (n,)."""
    return (particles["split"] if name == "split" else particles["leading_pt"].notna()).to_numpy(bool)


class SharesState(StudyState):
    """Shares of the particles of each series, in the order of `series`."""

    @derived("limited")
    def edges(self) -> dict[tuple[int, str], np.ndarray]:
        """Edges of the bins of each variable for each sample: the same ones for all sets."""
        found: dict[tuple[int, str], np.ndarray] = {}
        for one in self.limited:
            for name, variable in VARIABLES.items():
                if len(one.particles) and (one.number, name) not in found:
                    found[one.number, name] = quantile_edges(variable.of(one.particles))
        return found

    def in_bins(self, name: str, against: str) -> list[pd.DataFrame]:
        """Shares with one of `PROPERTIES` in bins of one of `VARIABLES`, see `profiles.shares`."""
        tables = []
        for one in self.series:
            if not len(one.particles):
                tables.append(pd.DataFrame())
                continue
            some = one.picked
            edges = self.edges[one.number, against]
            tables.append(shares(VARIABLES[against].of(some), has(some, name), edges))
        return tables

    @derived("limited")
    def steps(self) -> list[dict[str, Steps]]:
        """By one of `PROPERTIES`, its share against the threshold of the seeds; empty before it is known."""
        return [self._steps(one) for one in self.limited]

    @staticmethod
    def _steps(one: Series) -> dict[str, Steps]:
        table = one.tables.get("thresholds", pd.DataFrame())
        if not len(table):
            return {}
        n = int((table["property"] == "any").sum())
        return {name: Steps.of(table[table["property"] == name], n, LOWEST) for name in PROPERTIES}

    @derived("limited")
    def at_radii(self) -> list[pd.DataFrame]:
        """Share with a matched cluster at each radius, with it as `low` and `high`."""
        return [self._at_radii(one) for one in self.limited]

    @staticmethod
    def _at_radii(one: Series) -> pd.DataFrame:
        table = one.tables.get("radii", pd.DataFrame())
        if not len(table):
            return pd.DataFrame()
        parts = []
        for k, radius in enumerate(RADII):
            matched = table[f"leading_pt_{k}"].notna().to_numpy()
            row = shares(np.zeros(len(matched)), matched, np.array([-1.0, 1.0]))
            parts.append(row.assign(low=radius, high=radius))
        return pd.concat(parts, ignore_index=True)
