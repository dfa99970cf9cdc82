"""The pane below: mipT per layer, linked to the layer."""

import numpy as np
import panel as pn
from bokeh.events import Tap

from ...figures import profiles as draw
from ...figures.colours import THEMES
from ...state.chain import CHAIN
from ..shared.base import StateView


class ProfileView(StateView):
    """mipT per layer of what the 3D view's cylinder holds; a click on a bar goes to that layer."""

    watches = (
        *("loaded", "endcap", "threshold", "cylinder", "layer", "layers_3d", "theme"),
        *("colour_by", "cluster", *CHAIN),
    )

    def build(self) -> None:
        self._profile = draw.profile(self.state.theme)
        self._look = (self.state.theme, False)
        self._profile.figure.on_event(Tap, self._tapped)
        self.update({"loaded"})
        self._pane = pn.pane.Bokeh(self._profile.figure, sizing_mode="stretch_both", min_height=80)

    def __panel__(self):
        return self._pane

    def update(self, changed: set[str]) -> None:
        state = self.state
        if changed - {"layer"}:
            layers = state.geometry.layers
            mip = state.mip_per_layer[layers]
            first, last = state.layers_3d
            inside = (layers >= first) & (layers <= last)
            self._profile.bars.data = {
                "layer": layers,
                "mip": mip,
                "alpha": np.where(inside, 0.95, 0.3),
                "width": _widths(layers, layers),
            }
            self._profile.figure.x_range.end = state.geometry.n_layers + 1
            self._profile.figure.y_range.end = float(max(mip.max(initial=0), 1e-3) * 1.08)
            self._profile.parts.data = self._parts()
        self._profile.current.location = state.layer
        if self._look != (look := (state.theme, state.mip_per_class is not None)):
            self._look = look
            draw.set_profile_theme(self._profile, *look)

    def _parts(self) -> dict:
        """What of each bar is in a class or the selected cluster, stacked from below by colour."""
        state, by_class = self.state, self.state.mip_per_class
        if by_class is None:
            return draw.NO_PARTS
        palette = state.class_palette if state.by_class else (THEMES[state.theme]["bar"],)
        top = by_class.cumsum(axis=0)
        colour, layer = np.nonzero(by_class)
        first, last = state.layers_3d
        return {
            "layer": layer,
            "bottom": (top - by_class)[colour, layer],
            "top": top[colour, layer],
            "colour": np.array(palette)[colour],
            "alpha": np.where((layer >= first) & (layer <= last), 1.0, 0.3),
            "width": _widths(layer, state.geometry.layers),
        }

    def _tapped(self, event) -> None:
        layers = self.state.geometry.layers
        if event.x is not None and 0 < event.x < self.state.geometry.n_layers + 1:
            self.state.layer = int(layers[np.abs(layers - event.x).argmin()])


def _widths(layer: np.ndarray, layers: np.ndarray) -> np.ndarray:
    """Width of the bars of some layers: of every other layer, as in CE-E, they are twice as wide."""
    beside = np.isin(layer - 1, layers) | np.isin(layer + 1, layers)
    return np.where(beside, 0.86, 1.72)
