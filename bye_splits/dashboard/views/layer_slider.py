"""The slider over the layers, which stands at those that have trigger cells only."""

import panel as pn
from bokeh.models import CustomJSTickFormatter

LAYER_FORMAT = 'return tick + (tick <= 28 ? " (CE-E)" : " (CE-H)")'


def settled_layer(wanted: int, present: int, layers) -> int:
    """The layer to go to: without trigger cells in `wanted`, the next one in the direction of the move."""
    if wanted in layers:
        return int(wanted)
    beyond = layers[layers > wanted] if wanted > present else layers[layers < wanted][::-1]
    return int(beyond[0]) if len(beyond) else present


class LayerSlider:
    """A slider named `Layer`; in the browser it goes on to the next layer with trigger cells by itself.

    The server does not correct it: that would come after what the user did meanwhile, and undo it.

    Parameters
    ----------
    layers : int array, those that have trigger cells
    layer : to stand at
    options : of the widget
    """

    def __init__(self, layers, layer: int, **options):
        self._layers = layers
        self._expected: int | None = None  # where the browser's slider goes by itself
        stops = [int(layer) for layer in layers]
        self.widget = pn.widgets.IntSlider(
            label="Layer",
            start=stops[0],
            end=stops[-1],
            value=layer,
            format=CustomJSTickFormatter(code=LAYER_FORMAT),
            tags=stops,
            **options,
        )
        self.widget.jscallback(value=f"byeSplits.stop(cb_obj, {layer})")

    def wish(self, value: int, present: int) -> int:
        """The layer that the user means with the slider at `value`."""
        layer = settled_layer(value, present, self._layers)
        self._expected = None if layer == value else layer
        return layer

    def show(self, layer: int) -> None:
        """Stand at a layer."""
        if layer != self._expected:
            self.widget.value = layer
            self._expected = None
