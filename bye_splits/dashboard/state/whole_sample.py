"""What the present parameters do to the whole sample, as far as the background has come."""

import time
from collections.abc import Callable
from typing import Any

import param

from ...chain import ChainParameters
from ...errors import ByeSplitsError
from ..catalogue import Catalogue
from ..sample_runs import SampleOutcomes, SampleRows
from .derived import Reactive

REST = 1.0  # s without a change after which the sample is worked on: a slider may still be moving

NOTHING: dict[str, Any] = {"outcomes_a": None, "outcomes_b": None, "phases": None, "problem": ""}

Key = tuple[str, str]


class WholeSample(Reactive):
    """Outcomes of the generated particles of a sample under two sets of parameters, A and B.

    `poll` is to be called now and then: what nobody asks for is not worked on.

    Parameters
    ----------
    *below : of the same graph
    catalogue : of the samples
    wanted : function that gives the sample and the sets A and B (or None)
    rest : s without a change until the work begins
    with_phases : function that says whether `phases` are wanted, too: they are worked on last, as they take
        some milliseconds per shower
    """

    outcomes_a = param.ClassSelector(class_=SampleOutcomes, doc="Under A; None before the work begins")
    outcomes_b = param.ClassSelector(class_=SampleOutcomes, doc="Under B; None without B")
    phases = param.ClassSelector(
        class_=SampleRows, doc="In how many positions in the bins each shower is split under A; None before"
    )
    problem = param.String(doc="Why there are none; empty if there are")

    def __init__(
        self,
        *below: Reactive,
        catalogue: Catalogue,
        wanted: Callable[[], tuple[Key, ChainParameters, ChainParameters | None]],
        rest: float = REST,
        with_phases: Callable[[], bool] = lambda: False,
        **values: Any,
    ) -> None:
        self.catalogue, self._wanted, self._rest = catalogue, wanted, rest
        self._with_phases = with_phases
        self._last: tuple = ()
        self._since = 0.0
        super().__init__(*below, **values)

    def poll(self) -> None:
        """Ask for the outcomes, and take what there is of them."""
        if not self.catalogue.has_studies:
            return
        wanted = self._wanted()
        if wanted != self._last:
            self._last, self._since = wanted, time.monotonic()
            self.param.update(NOTHING)
        if self._rested and (found := self._found()) != self._taken:
            self.param.update(found)

    def news(self) -> bool:
        """Whether `poll` would change anything; the outcomes are asked for."""
        if not self.catalogue.has_studies:
            return False
        return self._wanted() != self._last or (self._rested and self._found() != self._taken)

    @property
    def _rested(self) -> bool:
        return time.monotonic() - self._since >= self._rest

    @property
    def _taken(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in NOTHING}

    def _found(self) -> dict[str, Any]:
        """What there is of what is wanted."""
        key, *sets = self._last
        try:
            a, b = (None if one is None else self.catalogue.outcomes(key, one) for one in sets)
            phases = None
            if self._with_phases() and all(one is None or one.progress.finished for one in (a, b)):
                phases = self.catalogue.table(key, sets[0], "phases")
        except ByeSplitsError as error:
            return NOTHING | {"problem": str(error)}
        return {"outcomes_a": a, "outcomes_b": b, "phases": phases, "problem": ""}
