"""The profile pane: mipT, energy or pT per layer."""

from typing import Any

import numpy as np
import panel as pn
from bokeh.events import Tap
from panel.viewable import Viewable

from ...figures import profiles as draw
from ...figures.colours import THEMES
from ...state.colour_modes import SUMMED
from ..shared.base import StateView, draws


class ProfileView(StateView):
    """Sum of mipT, energy or pT per layer within the cylinder of the 3D view, as the colours.

    A click on a bar selects its layer.
    """

    def build(self) -> None:
        self._profile = draw.profile(self.state.theme)
        self._profile.figure.on_event(Tap, self._tapped)
        self._pane = pn.pane.Bokeh(self._profile.figure, sizing_mode="stretch_both", min_height=80)

    def __panel__(self) -> Viewable:
        return self._pane

    @draws("colours.sum_per_layer", "colours.summed", "cuts.layers_3d", "shown.geometry")
    def bars(self) -> None:
        """The sums per layer, faint outside the layers in 3D."""
        geometry = self.state.shown.geometry
        total = self.state.colours.sum_per_layer[geometry.layers]
        first, last = self.state.cuts.layers_3d
        inside = (geometry.layers >= first) & (geometry.layers <= last)
        draw.set_quantity(self._profile, *SUMMED[self.state.colours.summed])
        self._profile.bars.data = {
            "layer": geometry.layers,
            "sum": total,
            "alpha": np.where(inside, 0.95, 0.3),
            "width": _widths(geometry.layers, geometry.layers),
        }
        self._profile.figure.x_range.end = geometry.n_layers + 1
        self._profile.figure.y_range.end = float(max(total.max(initial=0), 1e-3) * 1.08)

    @draws("colours.sum_per_class", "colours.class_palette", "colours.by_class", "cuts.layers_3d", "theme")
    def classes(self) -> None:
        """Share of each bar in a class or the selected cluster."""
        self._profile.parts.data = self._parts()

    @draws("cuts.layer")
    def layer(self) -> None:
        """The line at the 2D map's layer."""
        self._profile.current.location = self.state.cuts.layer

    @draws("theme", "colours.has_classes")
    def theme(self) -> None:
        """The colours of the page's theme; bars behind those of the classes are faint."""
        draw.set_profile_theme(self._profile, self.state.theme, self.state.colours.has_classes)

    def _parts(self) -> dict:
        """Columns of the share of each bar in a class or the selected cluster, stacked from below."""
        state, by_class = self.state, self.state.colours.sum_per_class
        if by_class is None:
            return draw.NO_PARTS
        palette = state.colours.class_palette if state.colours.by_class else (THEMES[state.theme]["bar"],)
        top = by_class.cumsum(axis=0)
        colour, layer = np.nonzero(by_class)
        first, last = state.cuts.layers_3d
        return {
            "layer": layer,
            "bottom": (top - by_class)[colour, layer],
            "top": top[colour, layer],
            "colour": np.array(palette)[colour],
            "alpha": np.where((layer >= first) & (layer <= last), 1.0, 0.3),
            "width": _widths(layer, state.shown.geometry.layers),
        }

    def _tapped(self, event: Any) -> None:
        geometry = self.state.shown.geometry
        layers = geometry.layers
        if event.x is not None and 0 < event.x < geometry.n_layers + 1:
            self.state.cuts.layer = int(layers[np.abs(layers - event.x).argmin()])


def _widths(layer: np.ndarray, layers: np.ndarray) -> np.ndarray:
    """Width of the bars of some layers; twice as wide without neighbouring layers, as in CE-E."""
    beside = np.isin(layer - 1, layers) | np.isin(layer + 1, layers)
    return np.where(beside, 0.86, 1.72)
