"""State of the page of the chain report: responses, seeds and splits of both chains, or of A and B."""

import numpy as np
import pandas as pd

from ...studies.measures import Summary, summary
from ...studies.older_report import all_beside, older_events
from ...studies.paired import side_by_side
from ...studies.profiles import profile
from ...studies.report import multiplicity_table, seeding_table, with_conditions
from ...studies.response import RESIDUALS, in_given_bins, residuals
from .binned import BinnedState
from .derived import derived
from .study import CLUSTERS, Series


class ReportState(BinnedState):
    """Numbers of each series, in the order of `series`; by one of `RESIDUALS` where they are of responses."""

    @derived("limited", "quantity")
    def values(self) -> dict[str, list[np.ndarray]]:
        """What was found beside what was generated, of each particle, float64."""
        return {
            name: [
                residuals(one.particles, name, self.quantity) if len(one.particles) else np.zeros(0)
                for one in self.limited
            ]
            for name in RESIDUALS
        }

    @derived("series", "values", "edges")
    def profiles(self) -> dict[str, list[pd.DataFrame]]:
        """The values in bins, of the particles within the ranges, see `studies.profiles.profile`."""
        return {
            name: [
                profile(x[one.chosen], of[one.chosen], edges, relative=RESIDUALS[name].ratio)
                for one, x, of, edges in zip(self.series, self.positions, values, self.edges, strict=True)
            ]
            for name, values in self.values.items()
        }

    @derived("series", "values")
    def summaries(self) -> dict[str, list[Summary]]:
        """Numbers of the values of all particles within the ranges."""
        return {
            name: [
                summary(of[one.chosen], relative=RESIDUALS[name].ratio)
                for one, of in zip(self.series, values, strict=True)
            ]
            for name, values in self.values.items()
        }

    @derived("series")
    def conditions(self) -> list[pd.DataFrame]:
        """The particles within the ranges, see `studies.report.with_conditions`; may be empty."""
        return [with_conditions(one.picked) if len(one.picked) else pd.DataFrame() for one in self.series]

    @derived("conditions")
    def seeding(self) -> list[pd.DataFrame]:
        """Multiplicities and shares of all of them in one row, see `studies.report.seeding_table`."""
        return [seeding_table(some, [({}, some)]) if len(some) else some for some in self.conditions]

    @derived("conditions", "positions", "edges")
    def seeding_in_bins(self) -> list[pd.DataFrame]:
        """The same in bins."""
        every = zip(self.series, self.conditions, self.positions, self.edges, strict=True)
        return [
            seeding_table(some, in_given_bins(some, x[one.chosen], edges)) if len(some) else some
            for one, some, x, edges in every
        ]

    @derived("conditions")
    def multiplicities(self) -> list[pd.DataFrame]:
        """See `studies.report.multiplicity_table`."""
        return [multiplicity_table(some) if len(some) else some for some in self.conditions]

    @derived("series")
    def pairs(self) -> pd.DataFrame:
        """The particles of the first sample that are known under both sets, see `paired.side_by_side`."""
        sides = [one.picked for one in self.series if one.number == 0]
        if len(sides) < 2 or not all(map(len, sides)):
            return pd.DataFrame()
        return side_by_side(*sides)

    @derived("limited", "older")
    def older_events(self) -> list[pd.DataFrame]:
        """As the older report: a row per endcap with a cluster; empty without `older`.

        B's are beside what was generated in A's rows, see `older_report.beside_by_row`.
        """
        tables = [self._older_events(one) for one in self.limited]
        found: list[pd.DataFrame] = []
        for number in range(len(self.samples)):
            own = [table for one, table in zip(self.limited, tables, strict=True) if one.number == number]
            found += all_beside(own) if all(map(len, own)) else own
        return found

    def _older_events(self, one: Series) -> pd.DataFrame:
        clusters = one.tables.get(CLUSTERS, pd.DataFrame())
        if not self.older or not len(one.particles) or not len(clusters):
            return pd.DataFrame()
        return older_events(one.particles, clusters)
