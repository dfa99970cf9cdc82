"""Buttons above the table of clusters: its columns of shapes, and the file's clusters beside the chain's."""

from typing import Any

import panel as pn
from panel.viewable import Viewable

from ....chain.shapes import SHAPES
from ..shared.base import draws
from ..shared.controls import Controls, style

_WRAPPED = """
:host .bk-btn-group { flex-wrap: wrap; gap: 2px; }
:host .bk-btn-group .bk-btn.bk-btn-default { flex: 0 0 auto; border-radius: 6px; margin: 0; }
"""


class ClusterTools(Controls):
    """Which shapes the table has as columns, and whether it has the file's clusters beside them."""

    def build(self) -> None:
        small = style("small") | {"sizing_mode": "fixed", "height": 22, "margin": 0}
        self.choose = pn.widgets.Toggle(label="Shapes", width=54, **small)
        self.beside = pn.widgets.Toggle(label="Beside the file's", width=102, **small)
        wide = style("small") | {"margin": (4, 0)}
        wide["stylesheets"] = [*wide["stylesheets"], _WRAPPED]
        self.shapes = pn.widgets.CheckButtonGroup(label="Columns of shapes", options=list(SHAPES), **wide)
        self._buttons = pn.Row(self.choose, self.beside, margin=0, styles={"gap": "4px"})
        self.choose.param.watch(lambda event: self._offer(), "value")
        self.follow(self.shapes, self._chosen)
        self.follow(self.beside, lambda value: self.state.update(beside_file=value))

    def __panel__(self) -> Viewable:
        return pn.Column(self._buttons, self.shapes, sizing_mode="stretch_width", margin=(3, 10, 1, 10))

    def _chosen(self, names: list[Any]) -> None:
        self.state.update(shapes=tuple(name for name in SHAPES if name in names))

    @draws("shapes", "beside_file", "chain.compare", "shown.loaded")
    def widgets(self) -> None:
        """The values of the state; without clusters of the file there is nothing beside which to put any."""
        state = self.state
        self.shapes.value = list(state.shapes)
        self.beside.param.update(value=state.beside_file, visible=len(state.shown.loaded.event.clusters) > 0)
        self._offer()

    def _offer(self) -> None:
        """The shapes are offered where the table has columns for them."""
        state = self.state
        cells = state.shown.loaded.has_trigger_cells
        listed = cells and state.chain.compare != "A | B" and not (state.beside_file and self.beside.visible)
        self.beside.visible = self.beside.visible and cells
        self.choose.visible = listed
        self.shapes.visible = listed and self.choose.value
