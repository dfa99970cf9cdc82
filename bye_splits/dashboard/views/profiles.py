"""The panes below: mipT per layer and the R/z-phi map, linked to the layer and the selected cell."""

import numpy as np
import panel as pn
from bokeh.events import Tap

from ...chain.histogram import RZ_LIMITS
from ..chain_state import CHAIN
from ..figures import profiles as draw
from ..figures.layer_map import show_scale
from .base import StateView


class ProfileView(StateView):
    """mipT per layer of what the 3D view's cylinder holds; a click on a bar goes to that layer."""

    watches = (
        *("loaded", "endcap", "threshold", "cylinder", "layer", "layers_3d", "theme"),
        *("colour_by", "cluster", *CHAIN),
    )

    def build(self) -> None:
        self._profile = draw.profile(self.state.theme)
        self._profile.figure.on_event(Tap, self._tapped)
        self.update({"loaded"})
        self._pane = pn.pane.Bokeh(self._profile.figure, sizing_mode="stretch_both", min_height=80)

    def __panel__(self):
        return self._pane

    def update(self, changed: set[str]) -> None:
        state = self.state
        if changed - {"layer", "theme"}:
            layers = state.geometry.layers
            mip = state.mip_per_layer[layers]
            first, last = state.layers_3d
            inside = (layers >= first) & (layers <= last)
            self._profile.bars.data = {
                "layer": layers,
                "mip": mip,
                "alpha": np.where(inside, 0.95, 0.3),
                "width": np.where(layers < 29, 1.72, 0.86),  # every other layer of CE-E is read
            }
            self._profile.figure.y_range.end = float(max(mip.max(initial=0), 1e-3) * 1.08)
            self._profile.parts.data = self._parts()
        self._profile.current.location = state.layer
        if changed & {"theme", "loaded", "colour_by"}:
            draw.set_profile_theme(self._profile, state.theme, state.by_class)

    def _parts(self) -> dict:
        """What of each bar is in a class, stacked from below in the order of the colours."""
        state, by_class = self.state, self.state.mip_per_class
        if by_class is None:
            return draw.NO_PARTS
        top = by_class.cumsum(axis=0)
        colour, layer = np.nonzero(by_class)
        first, last = state.layers_3d
        return {
            "layer": layer,
            "bottom": (top - by_class)[colour, layer],
            "top": top[colour, layer],
            "colour": np.array(state.class_palette)[colour],
            "alpha": np.where((layer >= first) & (layer <= last), 1.0, 0.3),
            "width": np.where(layer < 29, 1.72, 0.86),
        }

    def _tapped(self, event) -> None:
        layers = self.state.geometry.layers
        if event.x is not None and 0 < event.x < 51:
            self.state.layer = int(layers[np.abs(layers - event.x).argmin()])


class RzPhiView(StateView):
    """R/z-phi map of all trigger cells above threshold, with the current layer's as dots."""

    watches = ("loaded", "endcap", "threshold", "layer", "selected", "theme", "colour_scale")

    def build(self) -> None:
        self._map = draw.rz_phi_map(self.state.theme)
        self._map.figure.on_event(Tap, self._tapped)
        self.update({"loaded", "selected", "colour_scale"})
        self._pane = pn.pane.Bokeh(self._map.figure, sizing_mode="stretch_both", min_height=80)

    def __panel__(self):
        return self._pane

    def update(self, changed: set[str]) -> None:
        state = self.state
        if changed & {"loaded", "endcap", "threshold"}:
            self._draw_bins()
        if changed & {"loaded", "endcap"}:
            self._look()
        if "colour_scale" in changed:
            show_scale(self._map.renderers, state.colour_scale)
        if changed & {"loaded", "endcap", "threshold", "layer"}:
            self._set_layer()
        if changed & {"loaded", "endcap", "selected"}:
            self._set_marks()
        if "theme" in changed:
            draw.set_rz_phi_theme(self._map, state.theme)

    def _draw_bins(self) -> None:
        histogram = self.state.rz_phi[0]
        image = np.where(histogram > 0, histogram, np.nan).astype(np.float32)
        self._map.bins.data = {"image": [image]}
        filled = histogram[histogram > 0]
        low, high = (float(filled.min()), float(filled.max())) if len(filled) else (0.5, 1.0)
        self._map.mappers["log"].update(low=low, high=max(high, low * 1.01))
        self._map.mappers["linear"].update(low=0.0, high=max(high, 1e-3))

    def _look(self) -> None:
        plot, generated = self._map.figure, self.state.generated
        if generated is None:
            plot.x_range.update(start=-np.pi, end=np.pi)
            plot.y_range.update(start=RZ_LIMITS[0], end=RZ_LIMITS[1])
            return
        rz, phi = 1 / np.sinh(abs(generated["exeta"])), generated["exphi"]
        plot.x_range.update(start=phi - 0.55, end=phi + 0.55)
        plot.y_range.update(start=max(RZ_LIMITS[0], rz - 0.11), end=min(RZ_LIMITS[1], rz + 0.11))

    def _set_layer(self) -> None:
        value = {name: self.state.loaded.value[name][self.state.in_layer] for name in "xyz"}
        rz = np.hypot(value["x"], value["y"]) / np.abs(value["z"])
        self._map.layer.data = {"x": np.arctan2(value["y"], value["x"]), "y": rz}

    def _tapped(self, event) -> None:
        self.state.select_in_bin(event.y * np.cos(event.x), event.y * np.sin(event.x))

    def _set_marks(self) -> None:
        state, generated = self.state, self.state.generated
        self._map.axis.data = (
            {"x": [generated["exphi"]], "y": [1 / np.sinh(abs(generated["exeta"]))]}
            if generated
            else {"x": [], "y": []}
        )
        if state.selected < 0:
            self._map.mark.data = {"x": [], "y": []}
            return
        cell = state.geometry.trigger_cells.iloc[state.selected]
        x = cell.x if state.endcap == "+z" else -cell.x
        self._map.mark.data = {"x": [np.arctan2(cell.y, x)], "y": [np.hypot(x, cell.y) / cell.z]}
