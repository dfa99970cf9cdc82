"""The controls of the page that compares a file's own clusters: how many events are looked at."""

import panel as pn
from panel.viewable import Viewable

from ...page.template import section
from ...state.own_clusters import EVENTS, OwnClustersState
from ..shared.base import draws
from ..shared.controls import Controls, style


class OwnClustersControls(Controls):
    """How many events of each file are compared."""

    state: OwnClustersState

    def build(self) -> None:
        self.most = pn.widgets.RadioButtonGroup(label="Events of the file", options=EVENTS, **style())
        self.follow(self.most, lambda most: self.state.update(most=most))

    @draws("most")
    def widgets(self) -> None:
        """The values of the state."""
        if self.state.most in EVENTS.values():
            self.most.value = self.state.most

    def __panel__(self) -> Viewable:
        return pn.Column(section("Events"), self.most, sizing_mode="stretch_width", margin=0)
