"""What the table of clusters has: columns of shapes, and the file's clusters beside the chain's."""

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
    """Two small buttons for the head of the pane, and the shapes to choose from for above the table.

    Attributes
    ----------
    buttons : `+` opens and closes the choice of shapes, a diamond puts the file's clusters beside the chain's
    shapes : those that are columns of the table
    """

    def build(self) -> None:
        small = style("small") | {"sizing_mode": "fixed", "height": 22, "margin": 0}
        self.choose = pn.widgets.Toggle(label="+", width=24, **small)
        self.beside = pn.widgets.Toggle(label="\u25c7", width=24, **small)
        wide = style("small") | {"margin": (4, 10)}
        wide["stylesheets"] = [*wide["stylesheets"], _WRAPPED]
        self.shapes = pn.widgets.CheckButtonGroup(label="Columns of shapes", options=list(SHAPES), **wide)
        self.buttons = pn.Row(self.choose, self.beside, margin=0, styles={"gap": "4px"})
        self.choose.param.watch(lambda event: self._offer(), "value")
        self.follow(self.shapes, self._chosen)
        self.follow(self.beside, lambda value: self.state.update(beside_file=value))

    def __panel__(self) -> Viewable:
        return self.shapes

    def _chosen(self, names: list[Any]) -> None:
        self.state.update(shapes=tuple(name for name in SHAPES if name in names))

    @draws("shapes", "beside_file", "chain.compare", "shown.loaded")
    def widgets(self) -> None:
        """The values of the state; without clusters of the file there is nothing beside which to put any."""
        state = self.state
        self.shapes.value = list(state.shapes)
        loaded = state.shown.loaded
        there = loaded.has_trigger_cells and len(loaded.event.clusters) > 0
        self.beside.param.update(value=state.beside_file, visible=there)
        self._offer()

    def _offer(self) -> None:
        """The shapes are offered where the table has columns for them."""
        state = self.state
        listed = state.shown.loaded.has_trigger_cells and state.chain.compare != "A | B"
        listed = listed and not (state.beside_file and self.beside.visible)
        self.choose.visible = listed
        self.shapes.visible = listed and self.choose.value
