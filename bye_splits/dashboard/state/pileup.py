"""State of the page of pile-up: the clusters of each series, per event."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .derived import derived
from .response import ResponseState
from .study import Series


@dataclass(frozen=True, eq=False)
class Clusters:
    """The clusters of a series.

    Attributes
    ----------
    series : Series
    table : see `sample_tables.all_clusters`
    events : number of events that they are of, with or without clusters
    """

    series: Series
    table: pd.DataFrame
    events: int

    @property
    def matched(self) -> np.ndarray:
        """Whether each is matched to a particle, bool."""
        return self.table["matched"].to_numpy(bool)


class PileupState(ResponseState):
    """The clusters of the events whose particle is within the limits."""

    @derived("limited")
    def clusters(self) -> list[Clusters]:
        """Of each series that has some, in the order of `series`."""
        found = []
        for one in self.limited:
            table = one.tables.get("clusters", pd.DataFrame())
            if not len(table) or not len(one.particles):
                continue
            events = one.particles["entry"].unique()  # of both tables: one may have come further
            last = min(table["entry"].max(), events.max())
            table = table[(table["entry"] <= last) & table["entry"].isin(events)]
            found.append(Clusters(one, table, int((events <= last).sum())))
        return found
