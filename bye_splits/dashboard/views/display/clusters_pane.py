"""The clusters pane: tables of clusters and generated particles, and the split card."""

from typing import Any

import panel as pn
import param
from panel.viewable import Viewable, Viewer

from ...state.display import DisplayState
from .beside_file import BesideFileTable
from .cluster_tools import ClusterTools
from .clusters import ClusterTable
from .comparison import ComparisonTable
from .file_tables import FileClusterTable, ParticleTable
from .split_card import HALF, SplitCard
from .table import ClusterRows

TABLES: dict[str, type[ClusterRows]] = {
    "particles": ParticleTable,
    "clusters": ClusterTable,
    "comparison": ComparisonTable,
    "beside the file's": BesideFileTable,
    "file clusters": FileClusterTable,
}
"""By name, from top to bottom."""


class ClustersPane(Viewer):
    """Shows the clusters of the displayed set, or in "A | B" the comparison, with the split card beside it.

    For a file without trigger cells it shows the file's own clusters. Several generated particles are listed
    above. A table is made when it is first in view, and not updated while it is hidden.

    Parameters
    ----------
    state : DisplayState
    active : whether the pane is in view
    """

    state = param.ClassSelector(class_=param.Parameterized)
    active = param.Boolean(True)

    def __init__(self, state: DisplayState, **params: Any) -> None:
        super().__init__(state=state, **params)
        # Registered before the views, so that it is called before them:
        state.graph.listen(
            self._choose,
            state.graph.parameters_of(
                state, "shown.particles", "chain.both_shown", "beside_file", "shown.file_clusters"
            ),
        )
        self.tables: dict[str, ClusterRows] = {}  # those that have been in view
        self.card = SplitCard(state, active=self.active)
        self.tools = ClusterTools(state)
        self._column = pn.Column(
            self.tools, self.card.valley, sizing_mode="stretch_both", margin=0, styles=HALF
        )
        self._pane = pn.Row(
            self._column, self.card, sizing_mode="stretch_both", margin=0, styles={"min-height": "0"}
        )
        self._choose()
        self.param.watch(self._choose, "active")

    def __panel__(self) -> Viewable:
        return self._pane

    def _wanted(self) -> set[str]:
        """Names of the tables to show."""
        state = self.state
        if not state.shown.loaded.has_trigger_cells:
            wanted = "file clusters"
        else:
            wanted = "comparison" if state.chain.compare == "A | B" else "clusters"
            if state.beside_file and len(state.shown.loaded.event.clusters):
                wanted = "beside the file's"
        return {wanted, "particles"} if len(state.shown.particles) > 1 else {wanted}

    def _choose(self, *events: Any) -> None:
        wanted = self._wanted()
        missing = wanted - self.tables.keys() if self.active else set()
        for name in missing:
            self.tables[name] = TABLES[name](self.state)
        for name, view in self.tables.items():
            view.active = self.active and name in wanted
            if view.active and not view.pane.visible:
                view.answer("rows")  # bokeh's table draws too few columns if it was hidden before
            for part in view.panes:
                part.visible = name in wanted
        if missing:
            panes = [part for name in TABLES if name in self.tables for part in self.tables[name].panes]
            self._column.objects = [self.tools, *panes, self.card.valley]
        self.card.active = self.active
