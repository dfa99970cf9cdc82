"""The 2D pane of the geometry page: the layer's trigger cells by kind."""

from dataclasses import replace

from bokeh.models import ColumnDataSource

from ....geometry import Geometry
from ...figures import geometry as draw
from ...figures import layer_map
from ...figures.colours import KIND_COLOURS, THEMES
from ...figures.fonts import font_size
from ...figures.raster import Viewport
from ...state.geometry import KINDS
from ..shared.base import draws
from ..shared.map_view import MapView

MOST_LABELS = 600  # maximum number of cells in view for which numbers are shown
LABEL_SIZE = 30.0  # pixels, minimum side of a trigger cell for its number to fit
WAFER_HALF = 11.0  # cm


class GeometryMap(MapView):
    """The layer's trigger cells coloured by kind, with their numbers if they are large enough."""

    @property
    def geometry(self) -> Geometry:
        return self.state.geometry

    @property
    def layer(self) -> int:
        return self.state.layer

    def build(self) -> None:
        self._labels = ColumnDataSource({"x": [], "y": [], "text": []})
        self._centre = self.state.centre()
        super().build()
        layer_map.show_scale(self.map, "class")
        self.map.bar.visible = False
        self._text = self.map.figure.text(
            "x",
            "y",
            "text",
            source=self._labels,
            text_align="center",
            text_baseline="middle",
            text_font_size=font_size(10),
        )
        self.mark_drawn("cells")

    def contents(self) -> dict:
        return draw.kinds_columns(self.numbers, self.state.in_layer, self.state.kind, KINDS[self.state.kinds])

    def home_viewport(self, width: int, height: int) -> Viewport:
        centre = self.state.centre()
        if centre is None:
            return self.whole_viewport(width, height)
        return Viewport.around(centre[0], centre[1], WAFER_HALF, width, height)

    def send(self, columns: dict) -> None:
        super().send(columns)
        self._label()

    def _label(self) -> None:
        view = self.viewport
        large = 2.4 * view.width / (view.x1 - view.x0) >= LABEL_SIZE and len(self.numbers) <= MOST_LABELS
        some = slice(None) if large else slice(0)
        self._labels.data = draw.labels(self.state.geometry, self.numbers[some], self.corners[some])

    @draws("geometry", "kind", "kinds", "layer", "section", "region", "waferu", "waferv")
    def cells(self) -> None:
        """The cells in view by kind; the map follows the selected wafer."""
        viewport = self._new_viewport(self.differing)
        if viewport is not None:
            self.go(viewport)
        else:
            self.redraw()

    def _new_viewport(self, changed: set[str]) -> Viewport | None:
        """Viewport to go to, None to stay; it follows the wafer, whose centre depends on the layer."""
        before, self._centre = self._centre, self.state.centre()
        view = self.viewport
        home = self.home_viewport(view.width, view.height)
        if self.state.one_wafer is None:
            return home if "region" in changed else None
        if self._centre is None:
            return None
        if before is None or changed & {"region", "waferu", "waferv"}:
            return home
        x, y = self._centre[0] - before[0], self._centre[1] - before[1]
        if not (x or y):
            return None
        return replace(view, x0=view.x0 + x, x1=view.x1 + x, y0=view.y0 + y, y1=view.y1 + y)

    @draws("theme")
    def theme(self) -> None:
        """The colours of the page's theme."""
        layer_map.set_theme(self.map, self.state.theme)
        layer_map.set_classes(self.map, KIND_COLOURS[self.state.theme])
        self._text.glyph.text_color = THEMES[self.state.theme]["text"]

    def tapped(self, x: float, y: float) -> None:
        self.state.select_at(x, y)
