"""State of the pages of the studies: samples, sets of parameters, limits, and what is known of all this."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import param

from ...chain import ChainParameters
from ...errors import ByeSplitsError
from ...studies.particles import owners
from ...studies.piece_tables import PIECE_TABLES
from ...studies.profiles import VARIABLES
from ...studies.response import NORMS, QUANTITIES, responses
from ..catalogue import Catalogue
from ..sample_runs import Progress
from .derived import derived, follows
from .sample_page import SamplePage

LEAST = 2.0  # s between redraws while the tables fill
OUTCOMES = "outcomes"  # the table that every page needs
CLUSTERS = "clusters"

TOY, USUAL = "toy simulation", "CMS Simulation"

Key = tuple[str, str]
Ranges = tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Series:
    """What one set of parameters makes of one sample.

    Attributes
    ----------
    sample : Key of the sample
    which : "A" or "B"
    number : 0 for the first sample, 1 for the second
    parameters : ChainParameters
    particles : rows of the outcomes within the limits; may be empty
    chosen : bool, those within all ranges that were drawn in the plots
    tables : the other tables of `sample_tables.TABLES` by kind, within the same limits
    progress : of the outcomes; None before the work begins
    failures : reason by chunk that could not be worked on
    owners : by kind of table: see `particles.owners`; filled when they are needed, for all choices
    """

    sample: Key
    which: str
    number: int
    parameters: ChainParameters
    particles: pd.DataFrame
    chosen: np.ndarray
    tables: dict[str, pd.DataFrame]
    progress: Progress | None
    failures: dict[str, str] = field(default_factory=dict)
    owners: dict[str, np.ndarray] = field(default_factory=dict)

    def picked_of(self, kind: str) -> pd.DataFrame:
        """The rows of one of the other tables whose particle is within all ranges."""
        if kind not in self._picked_tables:
            self._picked_tables[kind] = self._picked_rows(self.tables.get(kind, pd.DataFrame()), kind)
        return self._picked_tables[kind]

    def _picked_rows(self, table: pd.DataFrame, kind: str) -> pd.DataFrame:
        if not len(table) or self.chosen.all():
            return table
        if kind not in self.owners:
            self.owners[kind] = owners(table, self.particles)
        owner = self.owners[kind]
        return table[(owner >= 0) & self.chosen[owner]].reset_index(drop=True)

    @cached_property
    def _picked_tables(self) -> dict[str, pd.DataFrame]:
        return {}

    @cached_property
    def picked(self) -> pd.DataFrame:
        """The particles within all ranges."""
        return self.particles if self.chosen.all() else self.particles[self.chosen]


def _column(name: str, particles: pd.DataFrame) -> np.ndarray:
    return particles[name].to_numpy(np.float64)


class StudyState(SamplePage):
    """State of one session's page of a study.

    Parameters
    ----------
    catalogue : of the samples
    kinds : tables that the page needs beside the outcomes

    Attributes
    ----------
    address : pattern of the other pages' addresses
    """

    samples = param.ClassSelector(class_=tuple, doc="One or two samples, (particle, pile-up) each")
    eta = param.Range((1.5, 3.0), bounds=(1.3, 3.2), doc="Range of the generated |eta|")
    pt = param.Range(
        (0.0, 1000.0), bounds=(0.0, 1000.0), doc="Range of the generated pt [GeV]; 1000: no limit"
    )
    against = param.Selector(default="energy", objects=list(VARIABLES), doc="What is on the x axis")
    quantity = param.Selector(default="leading", objects=list(QUANTITIES))
    norm = param.Selector(default="energy", objects=list(NORMS))
    older = param.Boolean(False, doc="Whether the older pages' numbers are drawn, too")
    ranges = param.ClassSelector(class_=tuple, default=(), doc="Drawn in the plots: (column, low, high) each")
    most = param.Integer(
        None,
        bounds=(1, None),
        allow_None=True,
        doc="Of the tables that take long, only the first events of each file, about so many; None: all",
    )
    states = param.ClassSelector(class_=dict, default={}, doc="State of each run by sample, set and kind")

    def __init__(self, catalogue: Catalogue, kinds: tuple[str, ...] = (), **values: Any) -> None:
        self.catalogue, self.address = catalogue, "{}"
        self._kinds = (*self.always, *kinds)
        self._shown = 0.0  # when the states were last changed
        self._problem = ""
        usual = {"samples": (next(iter(catalogue.samples)),)}
        super().__init__(config=catalogue.config, configured=catalogue.parameters, **usual | values)

    @derived("samples")
    def label(self) -> str:
        """What the samples are: "toy simulation", or what their files say; without that "CMS Simulation"."""
        texts = []
        for key in self.samples:
            try:
                texts.append(self.catalogue.source(key).description or USUAL)
            except ByeSplitsError:  # reported when its tables are asked for
                continue
        return "; ".join(dict.fromkeys(TOY if TOY in text else text for text in texts))

    # -- the tables ----------------------------------------------------------------------------------------

    @derived("set_a", "set_b", "compare")
    def sets(self) -> dict[str, ChainParameters]:
        """The sets of parameters that are drawn, by name."""
        named = {"A": self.set_a} | ({} if self.set_b is None else {"B": self.set_b})
        return named if len(named) == 1 or self.compare == "A | B" else {self.compare: named[self.compare]}

    always: ClassVar[tuple[str, ...]] = (OUTCOMES,)
    """Tables that are needed whatever the page is about."""

    older_kinds: ClassVar[tuple[str, ...]] = (CLUSTERS,)
    """Tables that the older pages' numbers need; most are of all clusters."""

    @follows("older")
    def kinds(self) -> tuple[str, ...]:
        """The tables that are needed."""
        return tuple(dict.fromkeys((*self._kinds, *self.older_kinds))) if self.older else self._kinds

    @property
    def complete(self) -> bool:
        """Whether all tables are known, apart from what could not be worked on."""
        n = len(self.samples) * len(set(self.sets.values())) * len(self.kinds)
        return len(self.states) == n and all(one.progress.finished for one in self.states.values())

    def poll(self) -> None:
        """Ask for all tables, and take what there is of them, now and then while they fill."""
        if not self.catalogue.has_studies:
            return
        states = self._asked([kind for kind in self.kinds if kind not in PIECE_TABLES])
        later = [kind for kind in self.kinds if kind in PIECE_TABLES]
        if all(state.progress.finished for state in states.values()):
            for kind in later:  # one after the other: what is asked for last is worked on first
                states |= (found := self._asked([kind]))
                if not all(state.progress.finished for state in found.values()):
                    break
        states |= {
            name: self.states[name] for name in self._names(later) if name in self.states.keys() - states
        }
        if states == self.states:
            return
        known = states.keys() <= self.states.keys()
        complete = all(state.progress.finished for state in states.values())
        if known and not complete and time.monotonic() - self._shown < LEAST:
            return
        self._shown = time.monotonic()
        self.states = states

    def _names(self, kinds: Sequence[str]) -> list[tuple[Key, ChainParameters, str]]:
        return [
            (key, parameters, kind)
            for key in self.samples
            for parameters in self.sets.values()
            for kind in kinds
        ]

    def _asked(self, kinds: Sequence[str]) -> dict[tuple[Key, ChainParameters, str], Any]:
        """The states of some kinds of tables, as far as they can be had."""
        found = {name: self._ask(*name) for name in self._names(kinds)}
        return {name: state for name, state in found.items() if state is not None}

    def _ask(self, key: Key, parameters: ChainParameters, kind: str) -> Any:
        try:
            if kind == OUTCOMES:
                return self.catalogue.outcomes(key, parameters)
            return self.catalogue.table(key, parameters, kind, self.most if kind in PIECE_TABLES else None)
        except ByeSplitsError as error:
            if str(error) != self._problem:
                self._problem = str(error)
                self.report("error", str(error))
            return None

    @derived("states", "samples", "sets", "eta", "pt", "kinds")
    def limited(self) -> list[Series]:
        """Each sample under each set, within the limits; without the ranges drawn in the plots."""
        return [
            self._series(number, key, which, parameters)
            for number, key in enumerate(self.samples)
            for which, parameters in self.sets.items()
        ]

    def _series(self, number: int, key: Key, which: str, parameters: ChainParameters) -> Series:
        found = {kind: self.states.get((key, parameters, kind)) for kind in self.kinds}
        outcomes = found.pop(OUTCOMES, None)
        particles = pd.DataFrame() if outcomes is None else self._within(outcomes.particles)
        tables = {kind: pd.DataFrame() if of is None else self._within(of.rows) for kind, of in found.items()}
        return Series(
            sample=key,
            which=which,
            number=number,
            parameters=parameters,
            particles=particles,
            chosen=np.ones(len(particles), dtype=bool),
            tables=tables,
            progress=None if outcomes is None else outcomes.progress,
            failures={} if outcomes is None else outcomes.failures,
        )

    def _within(self, table: pd.DataFrame) -> pd.DataFrame:
        """Rows whose particle is within the limits; those without a particle are left."""
        if not len(table):
            return table
        eta, pt = np.abs(table["gen_eta"].to_numpy()), table["gen_pt"].to_numpy()
        outside = (eta < self.eta[0]) | (eta > self.eta[1]) | (pt < self.pt[0])
        if self.pt[1] < self.param.pt.bounds[1]:
            outside |= pt > self.pt[1]
        return table if not outside.any() else table[~outside].reset_index(drop=True)

    @derived("limited", "ranges", "columns")
    def series(self) -> list[Series]:
        """Each sample under each set, with those of its particles that the ranges choose."""
        if not self.ranges:
            return self.limited
        out = []
        for one in self.limited:
            chosen = np.ones(len(one.particles), dtype=bool)
            for name, low, high in self.ranges if len(one.particles) else ():
                if name not in self.columns:  # of the sets of a scan
                    continue
                values = self.columns[name](one.particles)
                chosen &= (values >= low) & (values <= high)
            out.append(replace(one, chosen=chosen))
        return out

    @derived("quantity", "norm")
    def columns(self) -> dict[str, Callable[[pd.DataFrame], np.ndarray]]:
        """What a range can be of: functions of the particles, by name."""
        return {
            **{name: variable.of for name, variable in VARIABLES.items()},
            "response": partial(responses, quantity=self.quantity, norm=self.norm),
            **{name: partial(_column, name) for name in ("second_dr", "second_share")},
        }
