"""Two sets of chain parameters, A and B, and which of them is shown."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import param

from ...chain import ChainParameters
from ...chain.smoothing import widened, width_of
from ...config import Config
from .derived import Reactive, follows

COMPARE = ("A", "A | B", "B")


class ParameterSets(Reactive):
    """Two sets of parameters of the chain.

    `set_a` and `set_b` are never changed in place, so that values derived from them are computed once.

    Parameters
    ----------
    *below : of the same graph
    config : provides the configured kernel
    configured : returns the configured parameters, with changes; default: those of `config`
    """

    set_a = param.ClassSelector(
        class_=ChainParameters, default=ChainParameters(), doc="The first set of parameters"
    )
    set_b = param.ClassSelector(class_=ChainParameters, doc="The second set of parameters, or None")
    compare = param.Selector(default="A", objects=list(COMPARE), doc="The set or sets that the panes show")

    def __init__(
        self,
        *below: Reactive,
        config: Config,
        configured: Callable[..., ChainParameters] | None = None,
        **values: Any,
    ) -> None:
        self.config = config
        self._configured = configured or partial(ChainParameters.from_config, config)
        super().__init__(*below, **{"set_a": self._configured()} | values)

    @follows("set_a", "set_b", "compare")
    def parameters(self) -> ChainParameters:
        """The set that the panes show and the controls change."""
        return self.shown_in(self.compare)

    @follows("set_b", "compare")
    def shown_name(self) -> str:
        """The name of `parameters`: "A" or "B"."""
        return self.name_in(self.compare)

    def name_in(self, compare: str) -> str:
        """Name of the set that the panes show for a value of `compare`."""
        return "B" if compare == "B" and self.set_b is not None else "A"

    def shown_in(self, compare: str) -> ChainParameters:
        """The set that the panes show for a value of `compare`."""
        return self.set_b if self.name_in(compare) == "B" else self.set_a

    def configured(self, chain: str | None = None) -> ChainParameters:
        """The configured parameters of the given chain, by default of the configured one."""
        return self._configured() if chain is None else self._configured(chain=chain)

    def with_changes(self, present: ChainParameters, changes: dict) -> ChainParameters:
        """A copy of a set with changes; a new chain gets its configured threshold unless the user chose one.

        Raises
        ------
        ChainError : the changes are invalid
        """
        if "chain" in changes and present.seed_threshold == self.configured(present.chain).seed_threshold:
            changes = {"seed_threshold": self.configured(changes["chain"]).seed_threshold} | changes
        return present.changed(**changes)

    @property
    def kernel_width(self) -> int:
        """Number of phi bins summed in addition to the configured ones, in every row."""
        return self.width_of(self.parameters)

    def width_of(self, parameters: ChainParameters) -> int:
        return width_of(parameters.smooth.bin_sums, self.config.smooth.bin_sums)

    def widened(self, parameters: ChainParameters, bins: int) -> dict:
        """The change that sums `bins` phi bins more than configured."""
        sums = widened(self.config.smooth.bin_sums, bins)
        return {"smooth": replace(parameters.smooth, bin_sums=sums)}
