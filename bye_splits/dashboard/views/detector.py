"""The geometry page: the detector without an event."""

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource, CustomJSTickFormatter, LinearColorMapper

from .. import geometry_link
from ..catalogue import Catalogue
from ..figures import detector as draw
from ..figures import layer_map
from ..figures.colours import KIND_COLOURS, THEMES
from ..figures.raster import Viewport
from ..framing import Box
from ..geometry_state import FULL, KINDS, PARTIAL, TILE, GeometryState
from ..page import page, section, text, theme_button, widget_css
from .address import GeometryAddress
from .base import StateView
from .facts import HtmlView, thousands
from .map_view import MapView
from .shower import Scene
from .sidebar import LAYER_FORMAT, settled_layer

MOST_LABELS = 600  # cells in view up to which their numbers are written
LABEL_SIZE = 30.0  # pixels of a trigger cell's side from which its number fits
WAFER_HALF = 11.0  # cm


class DetectorMap(MapView):
    """The layer's trigger cells coloured by kind; with their numbers where they are large enough."""

    watches = ("layer", "section", "region", "waferu", "waferv", "theme")

    def build(self) -> None:
        self._labels = ColumnDataSource({"x": [], "y": [], "text": []})
        super().build()
        self._mapper = LinearColorMapper(palette=list(KIND_COLOURS["dark"]), low=-0.5, high=len(KINDS) - 0.5)
        self._mapper.nan_color = "rgba(0, 0, 0, 0)"
        self.map.image.glyph.color_mapper = self._mapper
        self.map.bar.visible = False
        self._text = self.map.figure.text(
            "x",
            "y",
            "text",
            source=self._labels,
            text_align="center",
            text_baseline="middle",
            text_font_size="10px",
        )
        self._set_theme()
        self._label()

    def contents(self) -> dict:
        return draw.kinds_columns(self.numbers, self.state.in_layer, self.state.kind, KINDS)

    def home_viewport(self, width: int, height: int) -> Viewport:
        return self.whole_viewport(width, height)

    def send(self, columns: dict) -> None:
        super().send(columns)
        self._label()

    def _label(self) -> None:
        view = self.viewport
        large = 2.4 * view.width / (view.x1 - view.x0) >= LABEL_SIZE and len(self.numbers) <= MOST_LABELS
        some = slice(None) if large else slice(0)
        self._labels.data = draw.labels(self.state.geometry, self.numbers[some], self.corners[some])

    def update(self, changed: set[str]) -> None:
        state = self.state
        if changed & {"region", "waferu", "waferv"} and state.region == "one wafer":
            self._to_wafer()
        elif "region" in changed:
            self.home()
        elif changed - {"theme"}:
            self.redraw()
        if "theme" in changed:
            self._set_theme()

    def _to_wafer(self) -> None:
        wafers = self.state.geometry.wafers
        mine = (wafers.layer == self.state.layer) & (wafers.waferu == self.state.waferu)
        wafer = wafers[mine & (wafers.waferv == self.state.waferv)]
        if wafer.empty:
            self.redraw()
            return
        size = self.viewport.width, self.viewport.height
        self.go(Viewport.around(wafer.x.iat[0], wafer.y.iat[0], WAFER_HALF, *size))

    def _set_theme(self) -> None:
        layer_map.set_theme(self.map, self.state.theme)
        self._mapper.palette = list(KIND_COLOURS[self.state.theme])
        self._text.glyph.text_color = THEMES[self.state.theme]["text"]

    def tapped(self, x: float, y: float) -> None:
        self.state.select_at(x, y)


class Detector3D(StateView):
    """The chosen layers as one mesh."""

    watches = ("layers_3d", "section", "region", "waferu", "waferv", "theme")

    def build(self) -> None:
        self._pane = Scene(
            self._figure(),
            sizing_mode="stretch_both",
            min_height=120,
            link_figure=False,
            config={
                "displaylogo": False,
                "scrollZoom": True,
                "toImageButtonOptions": {"format": "png", "filename": "detector", "scale": 2},
            },
        )

    def __panel__(self):
        return self._pane

    def update(self, changed: set[str]) -> None:
        self._pane.object = self._figure()

    def _figure(self):
        state = self.state
        numbers = state.in_3d
        corners = state.geometry.corners(numbers)
        z = state.geometry.trigger_cells["z"].to_numpy()[numbers]
        if len(numbers):
            reach = 1.05 * float(np.abs(corners).max())
            box = Box((float(z.min()) - 5, float(z.max()) + 5), (-reach, reach), (-reach, reach))
        else:
            box = Box((315.0, 520.0), (-270.0, 270.0), (-270.0, 270.0))
        return draw.detector_figure(corners, z, state.kind[numbers], box, state.theme)


class DetectorFacts(HtmlView):
    """The layer in numbers."""

    watches = ("layer", "section", "region", "waferu", "waferv", "theme")

    def html(self) -> str:
        state, geometry = self.state, self.state.geometry
        numbers = geometry.numbers_of_layer(state.layer)
        wafers = geometry.wafers
        wafers = wafers[wafers.layer == state.layer]
        full = int((wafers.part == "full").sum())
        tiles = int((state.kind[numbers] == TILE).sum())
        colours = KIND_COLOURS[state.theme]
        inner, outer = geometry.radii[state.layer]
        facts = [
            ("layer", f"{state.layer} \u00b7 {'CE-E' if state.layer <= 28 else 'CE-H'}", None),
            ("z", f"{geometry.layer_z[state.layer]:.1f} cm", None),
            ("trigger cells at", f"r {inner:.0f} \u2013 {outer:.0f} cm", None),
            ("full wafers", thousands(full), colours[FULL]),
            ("partial wafers", thousands(len(wafers) - full), colours[PARTIAL]),
            ("scintillator trigger cells", thousands(tiles), colours[TILE]),
            ("trigger cells chosen", f"{thousands(len(state.in_layer))} of {thousands(len(numbers))}", None),
        ]
        return self.facts(facts, geometry.notices)


class DetectorSidebar(StateView):
    """Controls of the geometry page."""

    watches = ("layer", "waferu", "waferv", "region")

    def build(self) -> None:
        state, layers = self.state, self.state.geometry.layers
        style = {"stylesheets": [widget_css()], "sizing_mode": "stretch_width", "margin": (3, 0)}
        self.layer = pn.widgets.IntSlider(
            label="Layer",
            start=int(layers[0]),
            end=int(layers[-1]),
            value=state.layer,
            format=CustomJSTickFormatter(code=LAYER_FORMAT),
            **style,
        )
        self.section = pn.widgets.Select.from_param(
            state.param.section, label="Section", description=None, **style
        )
        self.region = pn.widgets.Select.from_param(
            state.param.region, label="Region", description=None, **style
        )
        self.waferu = pn.widgets.IntInput.from_param(
            state.param.waferu, label="Wafer u", description=None, **style
        )
        self.waferv = pn.widgets.IntInput.from_param(
            state.param.waferv, label="Wafer v", description=None, **style
        )
        self.layers_3d = pn.widgets.IntRangeSlider.from_param(
            state.param.layers_3d, label="Layers in 3D", **style
        )
        self.layer.param.watch(self._layer, "value")
        self.update(set())

    def _layer(self, event) -> None:
        self.state.layer = settled_layer(event.new, self.state.layer, self.state.geometry.layers)
        self.layer.value = self.state.layer

    def update(self, changed: set[str]) -> None:
        self.layer.value = self.state.layer
        self.waferu.disabled = self.waferv.disabled = self.state.region != "one wafer"

    def __panel__(self):
        hint = '<p class="hint-plain">Click a wafer to choose it. Zoom in to read the cells\' numbers.</p>'
        return pn.Column(
            section("Detector"),
            self.layer,
            self.section,
            self.region,
            pn.Row(self.waferu, self.waferv, sizing_mode="stretch_width", margin=0, styles={"gap": "8px"}),
            section("3D view"),
            self.layers_3d,
            text(hint),
            sizing_mode="stretch_width",
            margin=0,
        )


def geometry(catalogue: Catalogue, links) -> pn.Template:
    """The geometry page for the present session."""
    location, state = pn.state.location, GeometryState(catalogue.geometry)
    values, problems = geometry_link.read((location.search if location else "") or "", state)
    state.param.update(**values)
    GeometryAddress(state, problems)
    return page(
        "geometry.html",
        title="bye_splits \u00b7 geometry",
        theme=state.theme,
        links=links,
        roots={
            "head": pn.Row(theme_button(state), margin=0),
            "sidebar": DetectorSidebar(state),
            "facts": DetectorFacts(state),
            "map": DetectorMap(state),
            "detector": Detector3D(state),
        },
    )
