"""The x-y map of a layer: a quantity of each trigger cell or module."""

import numpy as np

from ....geometry import Geometry
from ....studies.occupancy_maps import QUANTITIES
from ...figures import layer_map
from ...figures import occupancy as draw
from ...figures.colours import COUNT_PALETTES
from ...figures.raster import Viewport, outlines
from ...state.occupancy import GROUPINGS
from ..shared.base import draws
from ..shared.map_view import MapView
from .words import labelled

SAME_LOOK = 0.02  # fraction of the shorter side within which a view counts as the whole layer


class OccupancyLayerMap(MapView):
    """A layer's trigger cells coloured by their occupancy; a click lists the events."""

    def build(self) -> None:
        super().build()
        self.mark_drawn("cells")

    @property
    def geometry(self) -> Geometry:
        return self.state.geometry

    @property
    def layer(self) -> int:
        return self.state.layer

    @property
    def endcap(self) -> str:
        return self.state.endcap

    def home_viewport(self, width: int, height: int) -> Viewport:
        return self.whole_viewport(width, height)

    def first_viewport(self, width: int, height: int) -> Viewport:
        if self.state.look is None:
            return self.home_viewport(width, height)
        x, y, half = self.state.look
        return Viewport.around(x, y, half, width, height)

    def looked(self) -> None:
        now, home = self.viewport.look, self.home_viewport(self.viewport.width, self.viewport.height).look
        away = max(abs(a - b) for a, b in zip(now, home, strict=True)) > SAME_LOOK * home[2]
        self.contribute(look=tuple(round(number, 2) for number in now) if away else None)

    def contents(self) -> dict:
        state = self.state
        shown = state.in_layer
        where = "" if state.grouping == GROUPINGS[0] else " (module)"
        width = max(len(QUANTITIES[name].title) for name in shown.facts)
        facts = [
            (QUANTITIES[name].title.ljust(width), QUANTITIES[name].unit + where, values)
            for name, values in shown.facts.items()
        ]
        return draw.cells_columns(self.numbers, shown.numbers, shown.values, facts)

    @draws("look", "geometry", "endcap", "layer", "in_layer")
    def cells(self) -> None:
        """The cells in view and their values."""
        if "look" in self.differing:
            self.go(self.first_viewport(self.viewport.width, self.viewport.height))
        elif self.differing == {"in_layer"}:
            self.send(self.contents())
        else:
            self.redraw()

    @draws("in_layer", "quantity", "scale", "grouping", "theme")
    def colours(self) -> None:
        """The colour scale and its bar."""
        state, shown = self.state, QUANTITIES[self.state.quantity]
        for name in ("log", "linear"):
            low, high = draw.colour_limits(state.in_layer.values, name, shown.is_limit)
            self.map.mappers[name].update(low=low, high=high)
        layer_map.show_scale(self.map, state.scale)
        self.map.bar.visible = len(state.in_layer.numbers) > 0
        self.map.legend.text = labelled(shown.title, shown.unit) if self.map.bar.visible else ""

    @draws("cell", "grouping", "geometry", "layer", "endcap", "maps")
    def chosen(self) -> None:
        """Outlines of the trigger cells whose events are listed."""
        numbers = self.state.chosen_cells
        here = numbers[self.state.geometry.column("layer")[numbers] == self.state.layer]
        corners = outlines(self.state.geometry, here, self.state.endcap)
        self.map.selected.data = {"xs": list(corners[..., 0]), "ys": list(corners[..., 1])}

    @draws("theme")
    def theme(self) -> None:
        """The colours of the page's theme."""
        layer_map.set_theme(self.map, self.state.theme)
        for name in ("log", "linear"):
            self.map.mappers[name].palette = list(COUNT_PALETTES[self.state.theme])

    def tapped(self, x: float, y: float) -> None:
        if np.isfinite(x) and np.isfinite(y):
            self.state.choose_at(x, y)
