"""State of the page that compares a file's own clusters with the chain's."""

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pandas as pd
import param

from ...chain import ChainParameters
from ...studies.own_clusters import KINDS, SETTINGS, Agreement
from .derived import derived
from .study import Key, Series, StudyState

PAIRS, BY_SETTING = "own_pairs", "own_settings"
EVENTS = {"100": 100, "1000": 1000, "10000": 10_000, "all": None}
"""How many events of each file are looked at, by the word in addresses."""


class OwnClustersState(StudyState):
    """The clusters that are in the files beside those that the chain finds in the same trigger cells."""

    always: ClassVar[tuple[str, ...]] = ()
    older_kinds: ClassVar[tuple[str, ...]] = ()

    most = param.Integer(100, bounds=(1, None), allow_None=True, doc="Events of each file; None: all")

    def _series(self, number: int, key: Key, which: str, parameters: ChainParameters) -> Series:
        one = super()._series(number, key, which, parameters)
        state = self.states.get((key, parameters, PAIRS))
        return one if state is None else replace(one, progress=state.progress, failures=state.failures)

    def _within(self, table: pd.DataFrame) -> pd.DataFrame:
        """All rows: the limits are those of generated particles."""
        return table

    @derived("series")
    def agreements(self) -> list[Agreement | None]:
        """How each of `series` agrees with its file; None before anything is known."""
        tables = [one.tables.get(PAIRS, pd.DataFrame()) for one in self.series]
        return [
            Agreement(one.parameters, table) if len(table) else None
            for one, table in zip(self.series, tables, strict=True)
        ]

    @derived("series")
    def by_setting(self) -> dict[str, dict[str, int]]:
        """Of the first sample, number of clusters by kind under each of `SETTINGS`; empty at first."""
        table = self.series[0].tables.get(BY_SETTING, pd.DataFrame())
        if not len(table):
            return {}
        counts = table.groupby(["setting", "kind"], observed=False)["n"].sum()
        return {name: {kind: int(counts[name, kind]) for kind in KINDS} for name in SETTINGS}

    @derived("agreements")
    def worst_events(self) -> pd.DataFrame:
        """Events of the first series, most clusters that are not the same first: `event` and KINDS."""
        found = self.agreements[0]
        if found is None:
            return pd.DataFrame(columns=["event", *KINDS])
        pairs = found.pairs
        counts = pd.crosstab([pairs["file"], pairs["entry"], pairs["event"]], pairs["kind"], dropna=False)
        counts = counts.reindex(columns=list(KINDS), fill_value=0)
        differ = counts.drop(columns="same").sum(axis=1).to_numpy()
        order = np.argsort(-differ, kind="stable")[: int((differ > 0).sum())]
        return counts.iloc[order].reset_index()[["event", *KINDS]]
