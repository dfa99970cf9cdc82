"""State common to the pages of whole samples: two sets of parameters, and how controls change them."""

from typing import Any, ClassVar, Self

import param

from ...errors import ChainError
from .message import Reporting
from .parameter_sets import ParameterSets


class SamplePage(Reporting, ParameterSets):
    """Two sets of parameters, theme and messages of one session's page."""

    theme = param.Selector(default="dark", objects=["dark", "light"])

    compared: ClassVar[str] = "A | B"  # value of `compare` once B is chosen

    def update(self, **values: Any) -> None:
        """Change parameters in one step."""
        self.settle(**values)
        self.param.update(**values)

    @property
    def chain(self) -> Self:
        """The sets of parameters, under the name that the display's state has for them."""
        return self

    def change_chain(self, **changes: Any) -> None:
        """Change the set that the controls are for; an invalid change is reported and has no effect."""
        present = self.parameters
        try:
            wanted = self.with_changes(present, changes)
        except ChainError as error:
            self.report("error", str(error))
            return
        if wanted != present:
            self.update(**{f"set_{self.shown_name.lower()}": wanted})

    def flip(self, compare: str) -> None:
        """Turn to A, B or both."""
        self.update(compare=compare)

    def compare_with(self, changes: dict | None) -> None:
        """Set B to A with changes; None removes B."""
        if changes is None:
            self.update(set_b=None, compare="A")
        else:
            self.update(set_b=self.with_changes(self.set_a, changes), compare=self.compared)
