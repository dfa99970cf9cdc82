"""State of the pages of a whole sample: which one, under which parameters, and which of its particles."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import param

from ...errors import ByeSplitsError
from ...studies.catalogue import catalogue, with_p_split
from ...studies.columns import known_kinds
from ...studies.expressions import ExpressionError, parse
from ...studies.filters import LIMITED, Limits, as_expression, within
from ...studies.hand_scan import with_tags
from ..catalogue import Catalogue
from .derived import Reactive, derived, follows
from .hand_scan import HandScan
from .sample_page import SamplePage
from .whole_sample import WholeSample


@dataclass(frozen=True, eq=False)
class Selected:
    """The rows of a catalogue that meet the limits and the condition.

    Attributes
    ----------
    rows : int64, ascending
    problem : why the condition has no effect; empty if it has
    """

    rows: np.ndarray
    problem: str = ""


def known_table(whole: WholeSample, both: bool) -> pd.DataFrame:
    """The catalogue of what is known so far, with columns of B if `both`; empty before there is anything."""
    a, b = whole.outcomes_a, whole.outcomes_b
    if a is None or not len(a.particles.columns):
        return pd.DataFrame()
    if not both:
        table = catalogue(a.particles, None, a.others)
    elif b is None:
        table = catalogue(a.particles, pd.DataFrame(), a.others)
    else:
        table = catalogue(a.particles, b.particles, a.others, b.others)
    return table if whole.phases is None else with_p_split(table, whole.phases.rows)


class SampleState(SamplePage):
    """A sample and two sets of parameters, with what became of its generated particles.

    `compare` says which set the controls change, "A" or "B".

    Parameters
    ----------
    catalogue : of the samples
    *below : of the same graph
    scanner : whose tags of the hand scan are shown, see `HandScan`
    """

    sample = param.ClassSelector(class_=tuple, doc="Sample, (particle, pile-up)")
    limits = param.ClassSelector(
        class_=tuple, default=(), doc="Limits of quantities of the particles, see `studies.filters.Limits`"
    )
    expression = param.String(doc="Condition on the catalogue's columns, see `studies.expressions`")

    compared = "A"  # the controls stay with A

    def __init__(self, catalogue: Catalogue, *below: Reactive, scanner: str = "", **values: Any) -> None:
        self.catalogue = catalogue
        self.whole = WholeSample(
            *below,
            catalogue=catalogue,
            wanted=lambda: (self.sample, self.set_a, self.set_b),
            rest=0.0,
            with_phases=lambda: True,
        )
        self.scan = HandScan(self.whole, catalogue=catalogue, key=lambda: self.sample, scanner=scanner)
        usual = {"sample": next(iter(catalogue.samples))}
        super().__init__(
            self.whole, config=catalogue.config, configured=catalogue.parameters, **usual | values
        )

    # -- the particles -------------------------------------------------------------------------------------

    def poll(self) -> None:
        """Ask for what became of the particles, and look for new tags."""
        self.whole.poll()
        self.scan.poll()

    def news(self) -> bool:
        """Whether `poll` would change anything."""
        return self.whole.news() or self.scan.news()

    @derived("whole.outcomes_a", "whole.outcomes_b", "whole.phases", "set_b")
    def untagged(self) -> pd.DataFrame:
        """The catalogue of the particles known so far, see `studies.catalogue.catalogue`; may be empty."""
        return known_table(self.whole, self.set_b is not None)

    @derived("untagged", "scan.tags")
    def table(self) -> pd.DataFrame:
        """The catalogue with one's own tags."""
        return with_tags(self.untagged, self.scan.tags) if len(self.untagged) else self.untagged

    @follows("limits", "expression")
    def condition(self) -> str:
        """Limits and condition as one condition."""
        limits = as_expression(self.limits)
        if not limits or not self.expression:
            return limits or self.expression
        return f"({self.expression}) and {limits}"

    @follows("set_b")
    def known(self) -> dict[str, str]:
        """Kinds of the columns that a condition may use, by name."""
        return known_kinds(self.set_b is not None)

    @derived("table", "limits", "expression", "set_b")
    def selected(self) -> Selected:
        """The rows of the table that meet the limits and the condition."""
        if not len(self.table):
            return Selected(np.zeros(0, dtype=np.int64))
        mask, problem = within(self.table, self.limits), ""
        if self.expression:
            try:
                mask &= parse(self.expression, self.known).mask(self.table)
            except ExpressionError as error:  # it was for another set of columns
                problem = str(error)
        return Selected(np.flatnonzero(mask), problem)

    def choose(self, *, limits: Limits | None = None, expression: str | None = None, **values: Any) -> bool:
        """Change limits and condition; an invalid condition is reported, and the present one stays.

        Returns
        -------
        bool : whether they were changed
        """
        if expression is not None:
            expression = " ".join(expression.split())
            try:
                if expression:
                    parse(expression, self.known)
            except ByeSplitsError as error:
                self.report("error", str(error))
                return False
            values["expression"] = expression
        if limits is not None:
            order = list(LIMITED)
            given = [one for one in limits if one[1:] != (None, None)]
            values["limits"] = tuple(sorted(given, key=lambda one: order.index(one[0])))
        self.update(**values)
        return True
