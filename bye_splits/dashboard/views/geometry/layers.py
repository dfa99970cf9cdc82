"""The 3D pane of the geometry page: the chosen layers as one mesh."""

import numpy as np
import plotly.graph_objects as go
from bokeh.models import ColumnDataSource
from panel.viewable import Viewable

from ...figures import geometry as draw
from ...figures.framing import Box, endcap_box
from ...page.template import asset
from ...patches.plotly_pane import Scene
from ..shared.base import StateView, draws

FLAT = 4.0  # cm, minimum side of a frame, as for a wafer in a single layer


class Geometry3D(StateView):
    """The chosen layers as one mesh."""

    def build(self) -> None:
        self._pane = Scene(
            sizing_mode="stretch_both",
            margin=0,  # with one, Plotly draws it a second time, in another size
            min_height=120,
            link_figure=False,
            stylesheets=[asset("scene.css")],
            config={
                "displaylogo": False,
                "scrollZoom": True,
                "toImageButtonOptions": {"format": "png", "filename": "detector", "scale": 2},
            },
        )
        self._runs = ColumnDataSource({})
        self._pane.jscallback(
            args={"table": self._runs},
            **{"event:plotly_event": "byeSplits.hoverDetector(table, cb_obj.data)"},
        )
        # Of several in one call, Panel 1.9.4 links only the last.
        self._pane.jscallback(relayout_data="byeSplits.scene(cb_obj); byeSplits.turned(cb_obj)")

    def __panel__(self) -> Viewable:
        return self._pane

    @draws("geometry", "blocks_3d")
    def tooltips(self) -> None:
        """Data of the tooltip for each run of cells."""
        self._runs.data = draw.runs_columns(self.state.geometry, self.state.blocks_3d.numbers)

    @draws("geometry", "blocks_3d", "kind", "layer", "layers_3d", "one_wafer", "theme")
    def detector(self) -> None:
        """The figure."""
        self._pane.object = self._figure()

    def _figure(self) -> go.Figure:
        state, geometry = self.state, self.state.geometry
        blocks = state.blocks_3d
        numbers, corners = blocks.numbers, blocks.corners
        z = geometry.column("z")[numbers]
        box, revision = endcap_box(1), "detector"
        if len(numbers) and state.one_wafer is not None:
            box, revision = Box(*(_span(values) for values in (z, corners[..., 0], corners[..., 1]))), "wafer"
        elif len(numbers):
            reach = 1.05 * float(np.abs(corners).max())
            box = Box((float(z.min()) - 5, float(z.max()) + 5), (-reach, reach), (-reach, reach))
        first, last = state.layers_3d
        layer = None
        if len(numbers) and first <= state.layer <= last:
            layer = (float(geometry.layer_z[state.layer]), *geometry.radii[state.layer].tolist())
        return draw.detector_figure(
            *(corners, z, state.kind[numbers], box, state.theme, revision),
            borders=blocks.borders,
            layer=layer,
            in_layer=geometry.column("layer")[numbers] == state.layer,
            each_cell=state.each_cell,
        )


def _span(values: np.ndarray) -> tuple[float, float]:
    """Lowest and highest value, with a margin."""
    low, high = float(values.min()), float(values.max())
    margin = max(0.04 * (high - low), FLAT - (high - low), 0) / 2
    return low - margin, high + margin
