"""State of the page of pile-up: the clusters of each series, per event, and showers in many pile-ups."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import param

from ...errors import ByeSplitsError
from ...studies.background import Progress
from ...studies.pileup_numbers import InPileup
from ...studies.response import NORMS
from ..sample_runs import SampleRows
from .derived import derived
from .response import ResponseState
from .study import Series

NONE = "0"  # pile-up of the samples whose showers are laid over others
MOST_NUMBER = 2**63 - 1


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
    """The clusters of the events whose particle is within the limits, and showers in many pile-ups."""

    older_kinds = ("file_clusters",)
    _laid_of: tuple = ()  # samples and sets of `overlays`

    shower = param.Integer(
        default=-1, bounds=(-1, MOST_NUMBER), doc="Event of the shower in many pile-ups; -1: the first found"
    )
    overlays = param.ClassSelector(
        class_=dict, default={}, doc='By "one" or "many" and name of the set: SampleRows, see `overlays`'
    )

    @derived("limited")
    def clusters(self) -> list[Clusters]:
        """Of each series that has some, in the order of `series`."""
        return self.clusters_of("clusters")

    @derived("limited", "older")
    def file_clusters(self) -> list[Clusters]:
        """The file's own clusters, those of the first set alone; none without `older`."""
        found = self.clusters_of("file_clusters") if self.older else []
        first = next(iter(self.sets))
        return [one for one in found if one.series.which == first]

    def clusters_of(self, kind: str) -> list[Clusters]:
        """Of a table of clusters."""
        found = []
        for one in self.limited:
            table = one.tables.get(kind, pd.DataFrame())
            if not len(table) or not len(one.particles):
                continue
            events = one.particles["entry"].unique()  # of both tables: one may have come further
            last = min(table["entry"].max(), events.max())
            table = table[(table["entry"] <= last) & table["entry"].isin(events)]
            found.append(Clusters(one, table, int((events <= last).sum())))
        return found

    # -- the same showers with many pile-ups ----------------------------------------------------------------

    @derived("samples")
    def not_laid(self) -> str:
        """Why no showers are laid over pile-up; "" if they are."""
        first, *others = self.samples
        if first[1] != NONE:
            return "Choose a sample with pile-up 0 first: its showers are laid over pile-up."
        if not others or others[0][1] in ("", NONE):
            return "Choose a sample with pile-up as overlay: showers are laid over its events."
        return ""

    @derived("limited", "shower")
    def chosen_shower(self) -> pd.Series | None:
        """The particle whose shower is shown in many pile-ups."""
        particles = self.limited[0].particles
        if not len(particles):
            return None
        if self.shower >= 0:
            some = particles[particles["event"] == self.shower]
        else:
            some = particles[particles["leading_pt"].notna()]
        return some.iloc[0] if len(some) else None

    @property
    def complete(self) -> bool:
        """Whether the showers in pile-up are known, too."""
        if self.not_laid or self.chosen_shower is None:
            return super().complete
        known = len(self.overlays) == 2 * len(self.sets)
        return super().complete and known and all(one.progress.finished for one in self.overlays.values())

    def poll(self) -> None:
        """Ask for the tables, and then for the showers in pile-up: the chosen one first."""
        super().poll()
        found: dict[tuple[str, str], SampleRows] = {}
        one = self.chosen_shower
        if self.catalogue.has_studies and not self.not_laid and one is not None and super().complete:
            try:
                found = self._laid(int(one["entry"]))
            except ByeSplitsError as error:
                if str(error) != self._problem:
                    self._problem = str(error)
                    self.report("error", str(error))
        if found != self.overlays:
            self.overlays = found

    def _laid(self, entry: int) -> dict[tuple[str, str], SampleRows]:
        found: dict[tuple[str, str], SampleRows] = {}
        of = self.samples, tuple(self.sets.items())
        kept = self.overlays if of == self._laid_of else {}
        self._laid_of = of
        for how, number in (("one", entry), ("many", None)):
            for which, parameters in self.sets.items():
                rows = self.catalogue.overlays(self.samples[0], self.samples[1][1], parameters, number)
                found[how, which] = rows
                if not rows.progress.finished:  # what is asked for last is worked on first
                    return found | {name: kept[name] for name in kept.keys() - found if name[0] == "many"}
        return found

    @property
    def laid_response(self) -> tuple[str, str]:
        """Columns of the response of showers in pile-up; those of "all" clusters are the ones near."""
        quantity = "near" if self.quantity == "all" else self.quantity
        return f"{quantity}_{self.norm}", NORMS[self.norm]

    @derived("overlays", "shower", "limited", "quantity", "norm")
    def one_shower(self) -> dict[str, InPileup]:
        """By set: the chosen shower in all pile-ups."""
        chosen, found = self.chosen_shower, {}
        for (how, which), rows in self.overlays.items():
            if how == "one" and len(rows.rows) and chosen is not None:
                table = rows.rows
                mine = (table["entry"] == chosen["entry"]) & (table["endcap"] == chosen["endcap"])
                if mine.any():
                    found[which] = InPileup.of(table[mine], *self.laid_response)
        return found

    @derived("overlays", "eta", "pt", "quantity", "norm")
    def many(self) -> dict[str, InPileup]:
        """By set: the showers within the limits in all pile-ups."""
        tables = {
            which: self._within(rows.rows)
            for (how, which), rows in self.overlays.items()
            if how == "many" and len(rows.rows)
        }
        return {
            which: InPileup.of(table, *self.laid_response) for which, table in tables.items() if len(table)
        }

    @property
    def progress_of_showers(self) -> Progress | None:
        """How far the showers in pile-up are known, the furthest set; None before."""
        many = [rows.progress for (how, _), rows in self.overlays.items() if how == "many"]
        return max(many, key=lambda one: one.done) if many else None
