"""State of the pages of splits and efficiencies: shares in bins, against the threshold, over positions."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ...studies.chunk import LOWEST
from ...studies.phase_average import average_in_bins, by_phase, phase_average
from ...studies.phase_chunk import unpacked
from ...studies.phases import N_PHI, N_RZ
from ...studies.piece_tables import seedings_of
from ...studies.profiles import VARIABLES, shares
from ...studies.response import quantile_edges
from ...studies.sample_tables import RADII
from ...studies.steps import Steps
from ...studies.wafer_position import in_rhombus
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
            x, passed = VARIABLES[against].of(one.particles), has(one.particles, name)
            tables.append(shares(x[one.chosen], passed[one.chosen], self.edges[one.number, against]))
        return tables

    @derived("series")
    def steps(self) -> list[dict[str, Steps]]:
        """By one of `PROPERTIES`, its share against the threshold of the seeds; empty before it is known."""
        return [self._steps(one.picked_of("thresholds")) for one in self.series]

    @staticmethod
    def _steps(table: pd.DataFrame) -> dict[str, Steps]:
        if not len(table):
            return {}
        n = int((table["property"] == "any").sum())
        return {name: Steps.of(table[table["property"] == name], n, LOWEST) for name in PROPERTIES}

    @derived("series")
    def at_radii(self) -> list[pd.DataFrame]:
        """Share with a matched cluster at each radius, with it as `low` and `high`."""
        return [self._at_radii(one.picked_of("radii")) for one in self.series]

    @staticmethod
    def _at_radii(table: pd.DataFrame) -> pd.DataFrame:
        if not len(table):
            return pd.DataFrame()
        parts = []
        for k, radius in enumerate(RADII):
            matched = table[f"leading_pt_{k}"].notna().to_numpy()
            row = shares(np.zeros(len(matched)), matched, np.array([-1.0, 1.0]))
            parts.append(row.assign(low=radius, high=radius))
        return pd.concat(parts, ignore_index=True)


@dataclass(frozen=True, eq=False)
class Showers:
    """The showers of a series in many positions in the bins.

    Attributes
    ----------
    series : Series
    table : of `piece_tables.over_positions`, those within all ranges
    """

    series: Series
    table: pd.DataFrame

    @property
    def moved(self) -> bool:
        """Whether there are several positions: a chain without bins has the actual one alone."""
        return bool((self.table["n_phases"] > 1).any())

    @property
    def p_split(self) -> np.ndarray:
        """Share of the positions in which each shower is split, float64, shape (n,)."""
        return self.table["p_split"].to_numpy(np.float64)

    @cached_property
    def split(self) -> np.ndarray:
        """In which positions showers are split, bool, shape (n_ever, n_rz, n_phi): of those that ever are."""
        return unpacked(self.table[self.p_split > 0], N_RZ, N_PHI)

    @cached_property
    def average(self) -> pd.Series:
        """Split rates of all showers, the first row of `phase_average`."""
        return phase_average(self.table).iloc[0]

    @cached_property
    def by_phase(self) -> dict[str, pd.DataFrame]:
        """Split rate at each phase, by axis ("phi", "rz"), see `phase_average.by_phase`."""
        return {axis: by_phase(self.split, axis, len(self.table)) for axis in ("phi", "rz")}

    def in_bins(self, against: str, edges: np.ndarray) -> pd.DataFrame:
        """Phase-averaged split rate in bins of one of `VARIABLES`."""
        return average_in_bins(VARIABLES[against].of(self.table), self.p_split, edges)

    @cached_property
    def on_wafer(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Which showers have their maximum on a wafer, and x and y there, see `wafer_position.in_rhombus`."""
        known = self.table["wafer_x"].notna().to_numpy()
        place = in_rhombus(*(self.table[name].to_numpy(np.float64)[known] for name in ("wafer_x", "wafer_y")))
        return known, *place


class SplitsState(SharesState):
    """Shares, and the showers of each series in many positions and with other seedings."""

    older_kinds = ()

    @derived("series")
    def showers(self) -> list[Showers | None]:
        """Of each series; None before any is known."""
        tables = [one.picked_of("positions") for one in self.series]
        return [
            Showers(one, table) if len(table) else None
            for one, table in zip(self.series, tables, strict=True)
        ]

    @derived("series")
    def seedings(self) -> list[pd.DataFrame]:
        """Split rates with other kernels and windows: `kernel window n k share share_low share_high`."""
        return [self._seedings(one.picked_of("seedings")) for one in self.series]

    @staticmethod
    def _seedings(table: pd.DataFrame) -> pd.DataFrame:
        rows = []
        for kernel, window in seedings_of(table):
            passed = table[f"split_{kernel}_{window}"].to_numpy(bool)
            row = shares(np.zeros(len(passed)), passed, np.array([-1.0, 1.0])).iloc[0]
            rows.append(dict(row) | {"kernel": kernel, "window": window})
        return pd.DataFrame(rows)
