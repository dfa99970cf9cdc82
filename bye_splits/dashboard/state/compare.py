"""State of the page that compares A with B on the same particles."""

import numpy as np
import pandas as pd
import param

from ...errors import ByeSplitsError
from ...studies.paired import McNemar, mcnemar, side_by_side, split_table
from ...studies.profiles import VARIABLES
from ...studies.response import NORMS, quantile_edges, responses
from .derived import derived
from .study import StudyState


class CompareState(StudyState):
    """The particles of the first sample under A and B, side by side."""

    older_kinds = ()

    differences = param.ClassSelector(
        class_=pd.DataFrame,
        doc="Of `paired.differences`; None until both sets are known for the whole sample",
    )

    @derived("limited")
    def pairs(self) -> pd.DataFrame:
        """The particles that are known under A and B, see `paired.side_by_side`; empty without B."""
        sides = {one.which: one.particles for one in self.limited if one.number == 0}
        if len(sides) < 2 or not all(map(len, sides.values())):
            return pd.DataFrame()
        return side_by_side(sides["A"], sides["B"])

    @derived("pairs")
    def cells(self) -> pd.DataFrame:
        """Numbers of particles by their state under A and under B, see `paired.split_table`."""
        return split_table(self.pairs) if len(self.pairs) else pd.DataFrame()

    @derived("pairs")
    def test(self) -> McNemar | None:
        """McNemar's test of the split rates, of particles with a cluster near them under both."""
        if not len(self.pairs):
            return None
        near = (self.pairs["a_n_near"] > 0) & (self.pairs["b_n_near"] > 0)
        some = self.pairs[near]
        return mcnemar(*(some[f"{which}_split"].to_numpy(bool) for which in "ab"))

    @derived("pairs", "quantity", "norm")
    def values(self) -> list[np.ndarray]:
        """Response of each particle under A and under B, float64."""
        if not len(self.pairs):
            return [np.zeros(0), np.zeros(0)]
        name, generated = f"{self.quantity}_{self.norm}", NORMS[self.norm]
        return [
            responses(
                pd.DataFrame({name: self.pairs[f"{which}_{name}"], generated: self.pairs[generated]}),
                self.quantity,
                self.norm,
            )
            for which in "ab"
        ]

    @derived("pairs", "against")
    def bins(self) -> list[np.ndarray]:
        """The variable on the x axis for each particle, and the edges of its bins."""
        if not len(self.pairs):
            return [np.zeros(0), np.zeros(0)]
        x = VARIABLES[self.against].of(self.pairs)
        return [x, quantile_edges(x)]

    @property
    def complete(self) -> bool:
        """Whether the differences are known, too."""
        return super().complete and (self.differences is not None or not len(self.pairs))

    def poll(self) -> None:
        """Ask for the tables, and for the differences once both sets are known for the whole sample."""
        super().poll()
        finished = all(one.progress is not None and one.progress.finished for one in self.limited)
        found = None
        if len(self.pairs) and finished:
            key = (self.samples[0], self.set_a, self.set_b, self.eta, self.pt, len(self.pairs))
            try:
                found = self.catalogue.differences(key, self.pairs)
            except ByeSplitsError as error:
                self.report("error", str(error))
        if found is not self.differences:
            self.differences = found
