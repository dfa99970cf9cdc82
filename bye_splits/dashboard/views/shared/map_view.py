"""A pane with a layer map: its viewport, and the data sent when that changes."""

from dataclasses import replace
from typing import Any

import numpy as np
import panel as pn
from bokeh.events import Reset, Tap
from panel.viewable import Viewable

from ....geometry import Geometry
from ...figures import layer_map as draw
from ...figures.raster import MAX_PIXELS, Viewport, borders_in_view, cells_in_view, prepare_layers, warm_up
from ...schedule import call_when, served, together
from .base import StateView

FIRST_SIZE = (620, 470)  # pixels, until the browser reports the actual size


class MapView(StateView):
    """Builds the figure once; sends the raster if the cells in view change, otherwise only their contents.

    A subclass provides the `layer`, `geometry` and `endcap` to draw, the contents of the cells
    (`contents`), and the viewport at the start and on reset (`home_viewport`).
    """

    @property
    def geometry(self) -> Geometry:
        raise NotImplementedError

    @property
    def layer(self) -> int:
        raise NotImplementedError

    @property
    def endcap(self) -> str:
        return "+z"

    def contents(self) -> dict:
        """Columns of the wire with the contents of the cells in view, `self.numbers`."""
        raise NotImplementedError

    def home_viewport(self, width: int, height: int) -> Viewport:
        raise NotImplementedError

    def first_viewport(self, width: int, height: int) -> Viewport:
        """The viewport when the map is created."""
        return self.home_viewport(width, height)

    def tapped(self, x: float, y: float) -> None:
        """Handle a click at (x, y) [cm]."""

    def build(self) -> None:
        self._compilation = warm_up()
        prepare_layers(self.geometry)
        self._moved = 0
        self._waits = False  # for the compilation
        self._borders = np.zeros((0, 2, 2), dtype=np.float32)
        self.viewport = self.first_viewport(*FIRST_SIZE)
        # No cells until the browser's first request: only it knows the pane's size.
        self.numbers, self.corners = np.zeros(0, dtype=np.int64), np.zeros((0, 4, 2), dtype=np.float32)
        view = replace(self.viewport, width=0, height=0)
        columns = draw.cells_columns(self.geometry, self.numbers, self.corners, view, self.layer)
        columns |= self.contents() | {"moved": [0]}
        self.map = draw.layer_map(columns, self.viewport, self.state.theme)
        self.map.request.on_change("data", self._requested)
        self.map.figure.on_event(Tap, lambda event: self.tapped(event.x, event.y))
        self.map.figure.on_event(Reset, lambda event: self.home())
        self._pane = pn.pane.Bokeh(self.map.figure, sizing_mode="stretch_both", min_height=120)

    def __panel__(self) -> Viewable:
        return self._pane

    def home(self) -> None:
        """Go to the home viewport."""
        self.go(self.home_viewport(self.viewport.width, self.viewport.height))

    def whole(self) -> None:
        """Show the whole layer."""
        self.go(self.whole_viewport(self.viewport.width, self.viewport.height))

    def whole_viewport(self, width: int, height: int) -> Viewport:
        return Viewport.around(0.0, 0.0, 1.04 * self.geometry.radii[self.layer][1], width, height)

    def go(self, viewport: Viewport) -> None:
        """Show another viewport."""
        self.viewport = viewport
        self._moved += 1
        self._show()
        self.looked()

    def send(self, columns: dict) -> None:
        """Send new columns to the browser; the others are unchanged."""
        self.map.wire.data.update(columns)

    def look(self) -> None:
        """Find the cells in the viewport."""
        self.numbers, self.corners = cells_in_view(self.geometry, self.layer, self.endcap, self.viewport)

    def redraw(self) -> None:
        """Show another layer or event; the raster is sent only if the outlines in view differ."""
        if self._has_to_wait():
            return
        corners = self.corners
        self.look()
        if self.corners.shape == corners.shape and np.array_equal(self.corners, corners):
            columns = draw.layer_columns(self.geometry, self.layer)
        else:
            columns = self._cells()
        self.send(columns | self.contents())

    def _cells(self) -> dict:
        """Columns of the wire for the cells in view; the wafer borders are updated, too."""
        lines = borders_in_view(self.geometry, self.layer, self.endcap, self.viewport)
        if not np.array_equal(lines, self._borders):  # none, mostly, while the whole layer is in view
            self._borders = lines
            self.map.borders.data = draw.border_columns(lines)
        return draw.cells_columns(self.geometry, self.numbers, self.corners, self.viewport, self.layer)

    def _requested(self, attribute: str, old: Any, new: Any) -> None:
        """Send the raster of the viewport that the browser has requested."""
        row = {name: values[0] for name, values in new.items()}
        if not row["x1"] > row["x0"] or not row["y1"] > row["y0"]:
            return
        size = {name: int(np.clip(row[name], 40, MAX_PIXELS)) for name in ("width", "height")}
        self.viewport = Viewport(row["x0"], row["x1"], row["y0"], row["y1"], **size)
        if self.active:
            self._show()
        self.looked()

    def _show(self) -> None:
        """Send the raster of the viewport, and what is in it."""
        if self._has_to_wait():
            return
        self.look()
        with together():  # in one message: each costs as much as the raster's encoding
            self.send(self._cells() | self.contents() | {"moved": [self._moved]})

    def _has_to_wait(self) -> bool:
        """Whether what rasterises is still being compiled: then this view is shown later, by itself."""
        if not self._waits and served() and not self._compilation.ready():
            self._waits = True
            call_when(self._compilation.ready, self._show_at_last)
        return self._waits

    def _show_at_last(self) -> None:
        self._waits = False
        if self.active:
            self._show()

    def looked(self) -> None:
        """Called after each change of the viewport, by the user or the program."""
