"""The 2D pane: one layer's trigger cells, re-rasterised for what is in view."""

import numpy as np
import panel as pn
from bokeh.events import Reset, Tap

from ..figures import layer_map as draw
from ..figures.colours import LABELS
from ..figures.raster import MAX_PIXELS, Viewport, cells_in_view, outlines
from .base import StateView

FIRST_SIZE = (620, 470)  # pixels, until the browser says what it has
HALF_WIDTH = 26.0  # cm around the generated particle at first sight


class LayerMapView(StateView):
    """Builds the figure once; sends the raster when other cells come into view, else only their contents."""

    watches = (
        *("loaded", "endcap", "layer", "threshold", "colour_by", "colour_scale"),
        *("selected", "theme", "panes"),
    )

    def build(self) -> None:
        self._moved = 0
        self._viewport = self._home(*FIRST_SIZE)
        self._look()
        columns = self._cells_columns() | self._hits_columns() | {"moved": [0]}
        self._map = draw.layer_map(columns, self._viewport, self.state.theme)
        self._map.request.on_change("data", self._asked)
        self._map.figure.on_event(Tap, self._tapped)
        self._map.figure.on_event(Reset, lambda event: self.home())
        self._set_scale()
        self._set_marks()
        self._pane = pn.pane.Bokeh(self._map.figure, sizing_mode="stretch_both", min_height=120)

    def __panel__(self):
        return self._pane

    # -- which part of the layer ---------------------------------------------------------------------------

    def _axis(self) -> tuple[float, float] | None:
        """Where the generated particle's line crosses the layer, cm."""
        generated = self.state.generated
        if generated is None:
            return None
        z = self.state.geometry.layer_z[self.state.layer] * (1 if self.state.endcap == "+z" else -1)
        r = z / np.sinh(generated["exeta"])
        return float(r * np.cos(generated["exphi"])), float(r * np.sin(generated["exphi"]))

    def _home(self, width: int, height: int) -> Viewport:
        axis = self._axis()
        if axis is None:
            return self._whole(width, height)
        return Viewport.around(*axis, HALF_WIDTH, width, height)

    def home(self) -> None:
        """Go to the shower, or to the whole layer where there is no generated particle."""
        self._go(self._home(self._viewport.width, self._viewport.height))

    def whole(self) -> None:
        """Go to the whole layer."""
        self._go(self._whole(self._viewport.width, self._viewport.height))

    def _whole(self, width: int, height: int) -> Viewport:
        return Viewport.around(0.0, 0.0, 1.04 * self.state.geometry.radii[self.state.layer][1], width, height)

    def _go(self, viewport: Viewport) -> None:
        self._viewport = viewport
        self._moved += 1
        self._look()
        self._map.wire.data.update(self._cells_columns() | self._hits_columns() | {"moved": [self._moved]})

    def _asked(self, attribute, old, new) -> None:
        """The browser looks at another part: answer with its raster."""
        row = {name: values[0] for name, values in new.items()}
        if not row["x1"] > row["x0"] or not row["y1"] > row["y0"]:
            return
        size = {name: int(np.clip(row[name], 40, MAX_PIXELS)) for name in ("width", "height")}
        self._viewport = Viewport(row["x0"], row["x1"], row["y0"], row["y1"], **size)
        if self.active:
            self._look()
            self._map.wire.data.update(self._cells_columns() | self._hits_columns())

    def _look(self) -> None:
        state = self.state
        self._numbers, self._corners = cells_in_view(state.geometry, state.layer, state.endcap, self._viewport)

    # -- what is sent --------------------------------------------------------------------------------------

    def _cells_columns(self) -> dict:
        return draw.cells_columns(
            self.state.geometry, self._numbers, self._corners, self._viewport, self.state.layer
        )

    def _hits_columns(self) -> dict:
        state, rows = self.state, self.state.in_layer
        rows = rows[state.loaded.number[rows] >= 0]
        values = {name: state.loaded.value[name][rows] for name in draw.HIT_COLUMNS}
        empty = f"no signal above {state.threshold:g} mipT"
        return draw.hits_columns(
            self._numbers, state.loaded.number[rows], state.colour_values[rows], values, empty
        )

    def update(self, changed: set[str]) -> None:
        if changed & {"loaded", "endcap", "layer"}:
            self._update_cells(changed)
        elif changed & {"threshold", "colour_by"}:
            self._map.wire.data.update(self._hits_columns())
        if changed & {"loaded", "endcap", "colour_by", "colour_scale"}:
            self._set_scale()
        if changed & {"loaded", "endcap", "layer", "selected"}:
            self._set_marks()
        if "theme" in changed:
            draw.set_theme(self._map, self.state.theme)

    def _update_cells(self, changed: set[str]) -> None:
        """New layer or event: the raster is sent only if other outlines are in view than before."""
        axis = self._axis()
        if axis is not None and not self._viewport.holds(*axis):
            span = (self._viewport.x1 - self._viewport.x0) / 2, (self._viewport.y1 - self._viewport.y0) / 2
            size = self._viewport.width, self._viewport.height
            self._go(Viewport.around(*axis, min(span), *size))
            return
        corners = self._corners
        self._look()
        if self._corners.shape == corners.shape and np.array_equal(self._corners, corners):
            columns = {"layer": [self.state.layer]}
        else:
            columns = self._cells_columns()
        self._map.wire.data.update(columns | self._hits_columns())

    def _set_scale(self) -> None:
        scale = "linear" if self.state.colour_by == "layer" else self.state.colour_scale
        low, high = self.state.colour_range
        self._map.mappers["log"].update(low=low, high=high)
        self._map.mappers["linear"].update(low=low if self.state.colour_by == "layer" else 0.0, high=high)
        self._map.image.glyph.color_mapper = self._map.mappers[scale]
        for name, bar in self._map.bars.items():
            bar.visible = name == scale
        self._map.legend.text = LABELS[self.state.colour_by]

    def _set_marks(self) -> None:
        state = self.state
        axis = self._axis()
        self._map.axis.data = {"x": [axis[0]], "y": [axis[1]]} if axis else {"x": [], "y": []}
        here = state.selected >= 0 and state.geometry.trigger_cells["layer"].iat[state.selected] == state.layer
        corners = outlines(state.geometry, [state.selected] if here else [], state.endcap)
        self._map.selected.data = {"xs": list(corners[..., 0]), "ys": list(corners[..., 1])}

    def _tapped(self, event) -> None:
        self.state.select_at(event.x, event.y)
