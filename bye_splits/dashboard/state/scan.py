"""State of the page of a scan: what many sets of parameters give, and which are chosen."""

from typing import Any

import numpy as np
import pandas as pd
import param

from ...chain import ChainParameters
from ...chain.parameters import DECLARED
from ...errors import ByeSplitsError
from ...studies.parameter_sets import Axis
from ...studies.sample_scan import MOST_SETS, SETS, USUAL, Choice
from ...studies.scan import OBJECTIVES, pareto_front
from ..sample_runs import SampleRows
from .derived import derived
from .study import StudyState

STEPS = 8  # of a range that becomes one of a grid


class ScanState(StudyState):
    """The sets of a scan of the first sample around A, and those within the ranges drawn in the plots."""

    vary = param.ClassSelector(class_=tuple, default=USUAL, doc="What is varied, see `sample_scan.Choice`")
    n_sets = param.Integer(SETS, bounds=(1, MOST_SETS), doc="Number of sets, unless they are a grid")
    grid = param.Boolean(False, doc="Whether all combinations are tried")
    scan = param.ClassSelector(class_=SampleRows, doc="Of `Catalogue.scan`; None before the work begins")

    @derived("vary", "n_sets", "grid")
    def choice(self) -> Choice:
        """Which sets are tried."""
        return Choice(self.vary, self.n_sets, self.grid)

    @derived("choice", "set_a")
    def axes(self) -> list[Axis]:
        """The parameters that are varied."""
        return self.choice.axes(self.set_a)

    @derived("choice", "set_a")
    def wanted(self) -> int:
        """Number of sets of the whole scan."""
        return len(self.choice.parameters(self.choice.settled(self.set_a)))

    @derived("scan")
    def sets_table(self) -> pd.DataFrame:
        """See `scan.scan_table`; empty before any set is known."""
        if self.scan is None or not len(self.scan.rows):
            return pd.DataFrame()
        table = self.scan.rows
        return table.assign(pareto=pareto_front(table, OBJECTIVES))

    def values_of(self, name: str) -> np.ndarray:
        """A column of `sets_table` as float64; of names, their places among the parameter's choices."""
        column = self.sets_table[name]
        if name in DECLARED and DECLARED[name].choices:
            return np.array([list(DECLARED[name].choices).index(value) for value in column], dtype=np.float64)
        return column.to_numpy(np.float64)

    @derived("sets_table", "ranges")
    def chosen_sets(self) -> np.ndarray:
        """Which sets are within all ranges, bool."""
        chosen = np.ones(len(self.sets_table), dtype=bool)
        for name, low, high in self.ranges if len(chosen) else ():
            if name in self.sets_table:
                values = self.values_of(name)
                chosen &= (values >= low) & (values <= high)
        return chosen

    @derived("sets_table")
    def restored(self) -> list[ChainParameters]:
        """The parameters of each set."""
        texts = self.sets_table["parameters"] if len(self.sets_table) else ()
        return [ChainParameters.from_yaml(text) for text in texts]

    @property
    def complete(self) -> bool:
        """Whether all sets are known, too."""
        return super().complete and self.scan is not None and self.scan.progress.finished

    def change_scan(self, **changes: Any) -> bool:
        """Change what is scanned; an invalid change is reported and has no effect.

        Parameters
        ----------
        changes : values of `vary`, `n_sets`, `grid`
        """
        wanted = {name: getattr(self, name) for name in ("vary", "n_sets", "grid")} | changes
        try:
            if wanted["grid"]:  # a range says how many steps it has
                axes = {text: Axis.of(text, self.set_a) for text in wanted["vary"]}
                wanted["vary"] = tuple(
                    text if axis.values or axis.number else f"{text}:{STEPS}" for text, axis in axes.items()
                )
            Choice(*wanted.values()).parameters(self.set_a)
        except ByeSplitsError as error:
            self.report("error", str(error))
            return False
        self.update(**wanted, ranges=())
        return True

    def poll(self) -> None:
        """Ask for the tables, and for the scan."""
        super().poll()
        if not self.catalogue.has_studies:
            return
        try:
            found = self.catalogue.scan(self.samples[0], self.set_a, self.choice)
        except ByeSplitsError as error:
            if str(error) != self._problem:
                self._problem = str(error)
                self.report("error", str(error))
            return
        if found is not self.scan:
            self.scan = found
