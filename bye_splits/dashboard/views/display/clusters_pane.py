"""The clusters pane: tables of clusters and generated particles, and the split card."""

from typing import Any

import panel as pn
import param
from panel.viewable import Viewable, Viewer

from ...state.display import DisplayState
from .clusters import ClusterTable
from .comparison import ComparisonTable
from .file_tables import FileClusterTable, ParticleTable
from .split_card import HALF, SplitCard


class ClustersPane(Viewer):
    """Shows the clusters of the displayed set, or in "A | B" the comparison, with the split card beside it.

    For a file without trigger cells it shows the file's own clusters. Several generated particles are listed
    above. Hidden tables are not updated.

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
            self._choose, state.graph.parameters_of(state, "shown.particles", "chain.both_shown")
        )
        wanted = self._wanted() if self.active else set()
        self.particles = ParticleTable(state, active="particles" in wanted)
        self.table = ClusterTable(state, active="table" in wanted)
        self.comparison = ComparisonTable(state, active="comparison" in wanted)
        self.file_table = FileClusterTable(state, active="file_table" in wanted)
        self.card = SplitCard(state, active=self.active)
        self._parts = {
            "particles": [self.particles.pane],
            "table": [self.table.pane],
            "comparison": [self.comparison.pane, self.comparison.legend],
            "file_table": [self.file_table.pane],
        }
        tables = pn.Column(
            *(part for parts in self._parts.values() for part in parts),
            self.card.valley,
            sizing_mode="stretch_both",
            margin=0,
            styles=HALF,
        )
        self._pane = pn.Row(
            tables, self.card, sizing_mode="stretch_both", margin=0, styles={"min-height": "0"}
        )
        self._choose()
        self.param.watch(self._choose, "active")

    def __panel__(self) -> Viewable:
        return self._pane

    def _wanted(self) -> set[str]:
        """Names of the tables to show."""
        state = self.state
        if not state.shown.loaded.has_trigger_cells:
            wanted = "file_table"
        else:
            wanted = "comparison" if state.chain.compare == "A | B" else "table"
        return {wanted, "particles"} if len(state.shown.particles) > 1 else {wanted}

    def _choose(self, *events: Any) -> None:
        wanted = self._wanted()
        for name, parts in self._parts.items():
            view = getattr(self, name)
            view.active = self.active and name in wanted
            if name in wanted and not parts[0].visible:
                view.answer("rows")  # bokeh's table draws too few columns if it was hidden before
            for part in parts:
                part.visible = name in wanted
        self.card.active = self.active
