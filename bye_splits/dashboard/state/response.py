"""State of the page of the response: its numbers, each computed once for all plots."""

from functools import partial

import numpy as np
import pandas as pd

from ...studies.measures import Summary, summary
from ...studies.profiles import VARIABLES, profile
from ...studies.response import NORMS, responses
from ...studies.sample_tables import RADII
from .binned import BinnedState
from .derived import derived
from .study import CLUSTERS, Series

STEP = 0.05  # the limits of the axis of the response are multiples of it


class ResponseState(BinnedState):
    """The response of each series, and its numbers in bins of the variable on the x axis.

    Lists are in the order of `series`; their tables are empty before the first particles are known.
    """

    @derived("limited", "quantity", "norm")
    def values(self) -> list[np.ndarray]:
        """Response of each particle, float64."""
        of = partial(responses, quantity=self.quantity, norm=self.norm)
        return [of(one.particles) if len(one.particles) else np.zeros(0) for one in self.limited]

    @derived("values", "edges")
    def profiles(self) -> list[pd.DataFrame]:
        """Numbers of the response in bins, see `studies.profiles.profile`."""
        return [
            profile(x, values, edges)
            for x, values, edges in zip(self.positions, self.values, self.edges, strict=True)
        ]

    @derived("series", "values", "edges")
    def chosen_profiles(self) -> list[pd.DataFrame]:
        """The same of the particles within the ranges; those of all without ranges."""
        if not self.ranges:
            return self.profiles
        every = zip(self.series, self.positions, self.values, self.edges, strict=True)
        return [profile(x[one.chosen], values[one.chosen], edges) for one, x, values, edges in every]

    @derived("series", "values")
    def summaries(self) -> list[Summary]:
        """Numbers of the response of all particles within the ranges."""
        every = zip(self.series, self.values, self.ascending, strict=True)
        return [summary(values[rows[one.chosen[rows]]], ascending=True) for one, values, rows in every]

    @derived("values")
    def ascending(self) -> list[np.ndarray]:
        """Rows of `values` in ascending order, NaN last, so that no choice of them has to be sorted again."""
        return [np.argsort(values) for values in self.values]

    @derived("values")
    def limits(self) -> tuple[float, float]:
        """Limits of an axis of the response: they hold all but the outermost 1 % of the values."""
        values = [some[np.isfinite(some)] for some in self.values]
        ends = [np.quantile(some, (0.005, 0.995)) for some in values if len(some)]
        if not ends:
            return 0.0, 1.5
        low, high = min(low for low, _ in ends), max(high for _, high in ends)
        room = 0.15 * (high - low)
        return float(np.floor((low - room) / STEP) * STEP), float(np.ceil((high + room) / STEP) * STEP)

    @derived("limited", "norm", "older", "edges")
    def older_profiles(self) -> list[pd.DataFrame]:
        """As the older pages: numbers of all clusters, each over the particle that it belongs to."""
        tables = []
        for one, edges in zip(self.limited, self.edges, strict=True):
            clusters = self.older_clusters(one)
            if not len(clusters):
                tables.append(pd.DataFrame())
                continue
            x = VARIABLES[self.against].of(clusters)
            tables.append(profile(x, self.older_values(clusters), edges, legacy=True))
        return tables

    def older_clusters(self, one: Series) -> pd.DataFrame:
        """The clusters of a series that belong to a particle; empty without `older`."""
        table = one.tables.get(CLUSTERS, pd.DataFrame())
        return table[table["gen_eta"].notna()] if self.older and len(table) else pd.DataFrame()

    def older_values(self, clusters: pd.DataFrame) -> np.ndarray:
        """Response of each cluster, float64."""
        generated = clusters[NORMS[self.norm]].to_numpy(np.float64)
        return clusters[self.norm].to_numpy(np.float64) / generated

    @derived("series", "values_at_radii")
    def at_radii(self) -> list[pd.DataFrame]:
        """Numbers of the response at each radius, with it as `low` and `high`."""
        every = zip(self.series, self.values_at_radii, strict=True)
        return [self._at_radii(one, values, rows) for one, (values, rows) in every]

    @derived("limited", "quantity", "norm")
    def values_at_radii(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """The response at each radius, ascending with NaN last, and the rows of these values.

        float64 and int64, shape (n_radii, n); n is 0 before they are known.
        """
        return [self._values_at_radii(one) for one in self.limited]

    def _values_at_radii(self, one: Series) -> tuple[np.ndarray, np.ndarray]:
        table = one.tables.get("radii", pd.DataFrame())
        if not len(table):
            return np.zeros((len(RADII), 0)), np.zeros((len(RADII), 0), dtype=np.int64)
        generated = table[NORMS[self.norm]].to_numpy(np.float64)
        found = np.stack([table[f"{self.quantity}_{self.norm}_{k}"].to_numpy() for k in range(len(RADII))])
        values = np.where(found > 0, found, np.nan) / generated
        rows = np.argsort(values, axis=1)
        return np.take_along_axis(values, rows, axis=1), rows

    @staticmethod
    def _at_radii(one: Series, values: np.ndarray, rows: np.ndarray) -> pd.DataFrame:
        if not values.shape[1]:
            return pd.DataFrame()
        if values.shape[1] == len(one.chosen):  # else particles of more chunks are known than their radii
            chosen = [some[one.chosen[row]] for some, row in zip(values, rows, strict=True)]
        else:
            chosen = list(values)
        return pd.DataFrame(
            [
                {"low": radius, "high": radius} | vars(summary(some, ascending=True))
                for radius, some in zip(RADII, chosen, strict=True)
            ]
        )
