"""The pane of clusters: their table, or that of A against B, and why a shower is split."""

import panel as pn
import param
from panel.viewable import Viewer

from .clusters import ClusterTable
from .comparison import ComparisonTable
from .split_card import SplitCard
from .table import RESULT


class ClustersPane(Viewer):
    """Shows the table of the shown set, or in "A | B" that of the comparison; the split card below.

    What is not seen is not kept up to date.

    Parameters
    ----------
    state : DisplayState
    active : whether the pane is in view
    """

    state = param.ClassSelector(class_=param.Parameterized)
    active = param.Boolean(True)

    def __init__(self, state, **params):
        super().__init__(state=state, **params)
        both = state.compare == "A | B"
        state.param.watch(self._choose, list(RESULT))  # before the views, whatever changes with it
        self.table = ClusterTable(state, active=self.active and not both)
        self.comparison = ComparisonTable(state, active=self.active and both)
        self.card = SplitCard(state, active=self.active)
        self._one, self._both = [self.table.pane], [self.comparison.pane, self.comparison.legend]
        self._pane = pn.Column(
            *self._one,
            *self._both,
            self.card,
            sizing_mode="stretch_both",
            margin=0,
            styles={"overflow-y": "auto", "scrollbar-width": "thin"},
        )
        self._choose()
        self.param.watch(self._choose, "active")

    def __panel__(self):
        return self._pane

    def _choose(self, *events) -> None:
        both = self.state.compare == "A | B"
        self.table.active = self.active and not both
        self.comparison.active = self.active and both
        self.card.active = self.active
        for part in self._one:
            part.visible = not both
        for part in self._both:
            part.visible = both
