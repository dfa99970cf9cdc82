"""Two sets of chain parameters, A and B, and their results for the displayed event."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ...chain import ChainParameters, ChainResult, run
from ...chain.cells import MODULES
from ...chain.comparison import STAYED, Comparison, compare
from ...chain.splits import near_particle
from ...config import Config
from .derived import derived, follows
from .parameter_sets import ParameterSets
from .shown import ShownEvent

NONE = -1


class Chain(ParameterSets):
    """Two sets of parameters and the result of each for the event.

    Parameters
    ----------
    shown : the displayed event
    config : provides the threshold of the chain's input trigger cells and the configured kernel
    configured : returns the configured parameters, with changes; default: those of `config`
    """

    def __init__(
        self,
        shown: ShownEvent,
        config: Config,
        configured: Callable[..., ChainParameters] | None = None,
        **values: Any,
    ) -> None:
        self.shown = shown
        super().__init__(shown, config=config, configured=configured, **values)

    # -- results -----------------------------------------------------------------------------------------

    @follows("shown.in_endcap")
    def chain_rows(self) -> np.ndarray:
        """Rows of the chain's input, int64: all trigger cells of the endcap; each set has its threshold."""
        return self.shown.in_endcap

    @derived("shown.loaded", "chain_rows")
    def chain_table(self) -> dict[str, np.ndarray]:
        """The chain's input trigger cells by column, as `chain.run` takes them."""
        table = self.shown.loaded.event.trigger_cells
        names = ("x", "y", "z", "mipPt", "pt", "layer", *MODULES)
        rows = self.chain_rows
        if len(rows) and rows[-1] - rows[0] + 1 == len(rows):
            rows = slice(rows[0], rows[-1] + 1)  # a view: no second copy of the event's columns
        return {name: table[name].to_numpy()[rows] for name in names}

    @derived("chain_table", "set_a")
    def result_a(self) -> ChainResult:
        """Result of the first set."""
        return run(self.chain_table, self.set_a)

    @derived("chain_table", "set_b")
    def result_b(self) -> ChainResult | None:
        """Result of the second set, None without one."""
        return None if self.set_b is None else run(self.chain_table, self.set_b)

    @follows("result_a", "result_b", "shown_name")
    def result(self) -> ChainResult:
        """Result of the displayed set."""
        return self.result_a if self.shown_name == "A" else self.result_b

    @follows("compare", "set_b")
    def both_shown(self) -> bool:
        """Whether the panes show A and B together."""
        return self.compare == "A | B" and self.set_b is not None

    @follows("both_shown", "result_b")
    def beside(self) -> ChainResult | None:
        """Result of B where it is shown beside A, otherwise None."""
        return self.result_b if self.both_shown else None

    @derived("compare", "result", "beside")
    def shown_results(self) -> dict[str, ChainResult]:
        """Results of the displayed sets by name."""
        if self.beside is not None:
            return {"A": self.result, "B": self.beside}
        return {self.shown_name: self.result}

    @follows("both_shown", "a_and_b")
    def comparison(self) -> Comparison | None:
        """How B differs from A, None where the panes show only one set."""
        return self.a_and_b if self.both_shown else None

    @derived("result_a", "result_b")
    def a_and_b(self) -> Comparison | None:
        """How B differs from A, None without B."""
        if self.result_b is None:
            return None
        return compare(self.result_a, self.result_b, self.chain_table["pt"])

    @derived("a_and_b", "shown.loaded")
    def cell_change(self) -> np.ndarray:
        """Change of each trigger cell from A to B, int64: index into CHANGE_COLOURS, -1 for neither."""
        of_cell = np.full(len(self.shown.loaded.layer), NONE)
        of_cell[self.chain_rows] = self.a_and_b.category.astype(np.int64) - STAYED
        return of_cell

    @derived("result", "shown.generated")
    def near_particle(self) -> np.ndarray:
        """Rows of `result.clusters` near the generated particle, largest pt first, int64."""
        return self.near_particle_of(self.result)

    def near_particle_of(self, result: ChainResult) -> np.ndarray:
        """Rows of a result's clusters near the generated particle, largest pt first, int64."""
        generated = self.shown.generated
        if generated is None:
            return np.zeros(0, dtype=np.int64)
        return near_particle(result, generated["exeta"], generated["exphi"])
