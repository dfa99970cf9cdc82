"""The map of the (R/z, phi) bins, and the bars of the layers."""

from typing import Any

import numpy as np
import panel as pn
from bokeh.events import Reset, Tap
from panel.viewable import Viewable

from ....chain.histogram import Binning
from ....studies.occupancy_maps import QUANTITIES, STAGES
from ...figures import occupancy as draw
from ...figures.bin_grid import Grid
from ..shared.base import StateView, draws
from .words import labelled


class BinView(StateView):
    """What a stage of the chain has in each bin; a click on a bin lists its events."""

    def build(self) -> None:
        parameters = self.state.catalogue.parameters()
        self.grid = Grid(Binning.of(parameters.base, parameters.legacy))
        self.map = draw.bin_map(self.grid.binning, self.state.theme)
        self.map.figure.on_event(Tap, self._tapped)
        self.map.figure.on_event(Reset, lambda event: self._whole())
        self._pane = pn.pane.Bokeh(self.map.figure, sizing_mode="stretch_both", min_height=120)

    def __panel__(self) -> Viewable:
        return self._pane

    @draws("bins", "stage", "quantity", "scale")
    def values(self) -> None:
        """The values of the bins, and the colour scale."""
        state, bins, stage = self.state, self.state.bins, STAGES[self.state.stage]
        quantity = QUANTITIES[state.quantity]
        title, unit, is_limit = quantity.title, quantity.unit, quantity.is_limit
        if stage.of is not None:
            title, unit, is_limit = f"{stage.title}, {stage.value}", stage.unit, False
        if bins is None:
            bins = np.full((self.grid.binning.n_rz, self.grid.binning.n_phi), np.nan)
        self.map.values.data["image"] = [bins.astype(np.float32)]
        self.map.facts.data.update(label=[title], unit=[unit])
        for name, mapper in self.map.coloured.mappers.items():
            low, high = draw.colour_limits(bins, name, is_limit)
            mapper.update(low=low, high=high)
        present = bool(np.isfinite(bins).any())
        self.map.coloured.show(state.scale)
        for bar in self.map.coloured.bars:
            bar.visible &= present
        self.map.legend.text = labelled(title, unit) if present else ""

    @draws("bin")
    def chosen(self) -> None:
        """The chosen bin."""
        some = [self.state.bin] if self.state.bin >= 0 else []
        rz, phi = np.divmod(np.array(some, dtype=np.int64), self.grid.binning.n_phi)
        self.map.chosen.data = self.grid.boxes(rz, phi)

    @draws("theme")
    def theme(self) -> None:
        """The colours of the page's theme."""
        draw.set_bins_theme(self.map, self.state.theme)

    def _tapped(self, event: Any) -> None:
        at = None if event.x is None else self.grid.bin_at(event.x, event.y)
        if at is not None:
            self.state.choose_bin(*at)

    def _whole(self) -> None:
        rz, phi = self.grid.binning.rz_edges, self.grid.binning.phi_edges
        self.map.figure.x_range.update(start=float(phi[0]), end=float(phi[-1]))
        self.map.figure.y_range.update(start=float(rz[0]), end=float(rz[-1]))


class LayerBarsView(StateView):
    """The quantity of each layer; a click on a bar shows that layer."""

    def build(self) -> None:
        self.models = draw.layer_bars(self.state.theme)
        self.models.figure.on_event(Tap, self._tapped)
        self._pane = pn.pane.Bokeh(self.models.figure, sizing_mode="stretch_both", min_height=80)

    def __panel__(self) -> Viewable:
        return self._pane

    @draws("per_layer", "layers", "geometry", "quantity")
    def bars(self) -> None:
        """The bars, faint outside the layers of the map of bins."""
        state, layers = self.state, self.state.geometry.layers
        values = state.per_layer
        if values is None or len(values) <= layers[-1]:
            values = np.full(layers[-1] + 1, np.nan)
        shown = QUANTITIES[state.quantity]
        columns = draw.bar_columns(layers, values, state.layers)
        self.models.bars.name = labelled(shown.title, shown.unit)
        self.models.bars.data = columns
        plot = self.models.figure
        plot.x_range.end = state.geometry.n_layers + 1
        low, high = draw.colour_limits(values, "linear", shown.is_limit)
        plot.y_range.update(
            start=low - 0.1 * (high - low) if shown.is_limit else 0.0, end=high + 0.05 * (high - low)
        )
        what = shown.unit or ("|\u03b7|" if shown.is_limit else "trigger cells")
        plot.yaxis.axis_label = f"{what} / event" if shown.per == "event" else what

    @draws("layer")
    def layer(self) -> None:
        """The line at the layer of the x-y map."""
        self.models.current.location = self.state.layer

    @draws("theme")
    def theme(self) -> None:
        """The colours of the page's theme."""
        draw.set_bars_theme(self.models, self.state.theme)

    def _tapped(self, event: Any) -> None:
        layers = self.state.geometry.layers
        if event.x is not None and 0 < event.x < self.state.geometry.n_layers + 1:
            self.state.update(layer=int(layers[np.abs(layers - event.x).argmin()]))
