"""The control of the page of pile-up: which shower is laid over many pile-ups."""

import panel as pn
from panel.viewable import Viewable

from ...state.pileup import PileupState
from ..shared.base import draws
from ..shared.controls import Controls, style


class PileupControls(Controls):
    """The event whose shower is shown in many pile-ups; empty for the first one that is found."""

    state: PileupState

    def build(self) -> None:
        self.shower = pn.widgets.IntInput(
            label="Shower in pile-up: event", value=None, start=0, placeholder="the first one", **style()
        )
        self.follow(self.shower, lambda event: self.state.update(shower=-1 if event is None else event))

    @draws("shower")
    def widgets(self) -> None:
        """The value of the state."""
        self.shower.value = None if self.state.shower < 0 else self.state.shower

    def __panel__(self) -> Viewable:
        return self.shower
