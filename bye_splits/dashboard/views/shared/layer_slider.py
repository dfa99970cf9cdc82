"""The layer slider, which stops only at layers with trigger cells."""

from typing import Any

import numpy as np
import panel as pn
from bokeh.models import CustomJSTickFormatter

from ....geometry import Geometry

LAYER_FORMAT = 'return tick + (tick <= last ? " (CE-E)" : " (CE-H)")'


def settled_layer(wanted: int, present: int, layers: np.ndarray) -> int:
    """The layer to show: `wanted`, or if it has no trigger cells the next one in the move's direction."""
    if wanted in layers:
        return int(wanted)
    beyond = layers[layers > wanted] if wanted > present else layers[layers < wanted][::-1]
    return int(beyond[0]) if len(beyond) else present


class LayerSlider:
    """A slider labelled "Layer" that moves on to the next layer with trigger cells in the browser.

    The server does not correct it: a late correction would undo the user's next move.

    Parameters
    ----------
    geometry : geometry whose layers with trigger cells are the stops
    layer : initial layer
    options : further arguments of the widget
    """

    def __init__(self, geometry: Geometry, layer: int, **options: Any) -> None:
        self._expected: int | None = None  # layer to which the browser moves the slider
        self._layers, self._n_cee = geometry.layers, geometry.n_cee
        self.widget = pn.widgets.IntSlider(
            label="Layer",
            start=self.stops[0],
            end=self.stops[-1],
            value=layer,
            format=self._format(self._n_cee),
            tags=self.stops,
            **options,
        )
        self.widget.jscallback(value=f"byeSplits.stop(cb_obj, {layer})")

    @property
    def stops(self) -> list[int]:
        """Layers at which the slider stops."""
        return [int(layer) for layer in self._layers]

    @staticmethod
    def _format(n_cee: int) -> CustomJSTickFormatter:
        return CustomJSTickFormatter(code=LAYER_FORMAT, args={"last": n_cee})

    def change_to(self, geometry: Geometry, layer: int) -> bool:
        """Use the layers of another geometry and show `layer`; return False if the layers are the same."""
        if np.array_equal(geometry.layers, self._layers) and geometry.n_cee == self._n_cee:
            return False
        # Bokeh searches the whole document for references when the format is set.
        changed = {} if geometry.n_cee == self._n_cee else {"format": self._format(geometry.n_cee)}
        self._layers, self._n_cee = geometry.layers, geometry.n_cee
        self._expected = None
        self.widget.param.update(
            start=self.stops[0], end=self.stops[-1], value=layer, tags=self.stops, **changed
        )
        return True

    def requested_layer(self, value: int, present: int) -> int:
        """The layer requested by the user with the slider at `value`."""
        layer = settled_layer(value, present, self._layers)
        self._expected = None if layer == value else layer
        return layer

    def show(self, layer: int) -> None:
        """Move the slider to a layer."""
        if layer != self._expected:
            self.widget.value = layer
            self._expected = None
