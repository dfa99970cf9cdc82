"""The geometry page: the detector without an event."""

from dataclasses import replace

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource, LinearColorMapper

from ....counting import counted
from ....geometry import Inferred
from ...catalogue import Catalogue
from ...figures import geometry as draw
from ...figures import layer_map
from ...figures.colours import KIND_COLOURS, THEMES
from ...figures.framing import Box, endcap_box
from ...figures.raster import Viewport
from ...link import geometry as geometry_link
from ...page.address import GeometryAddress, opened_query
from ...page.template import page, section, text, theme_button
from ...patches.plotly_pane import Scene
from ...state.display import Message
from ...state.geometry import FULL, KINDS, PARTIAL, TILE, UNCERTAIN, GeometryState
from ..shared.base import StateView
from ..shared.controls import Controls, row, style
from ..shared.layer_slider import LayerSlider
from ..shared.map_view import MapView
from ..shared.words import HtmlView, thousands

MOST_LABELS = 600  # cells in view up to which their numbers are written
LABEL_SIZE = 30.0  # pixels of a trigger cell's side from which its number fits
WAFER_HALF = 11.0  # cm
FLAT = 4.0  # cm that a frame is deep at least, around a wafer of one layer


class DetectorMap(MapView):
    """The layer's trigger cells coloured by kind; with their numbers where they are large enough."""

    watches = ("geometry", "kinds", "layer", "section", "region", "waferu", "waferv", "theme")

    def build(self) -> None:
        self._labels = ColumnDataSource({"x": [], "y": [], "text": []})
        self._centre = self.state.centre()
        super().build()
        self._mapper = LinearColorMapper(palette=list(KIND_COLOURS["dark"]), low=-0.5, high=UNCERTAIN + 0.5)
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
        return draw.kinds_columns(self.numbers, self.state.in_layer, self.state.kind, KINDS[self.state.kinds])

    def home_viewport(self, width: int, height: int) -> Viewport:
        centre = self.state.centre()
        if centre is None:
            return self.whole_viewport(width, height)
        return Viewport.around(*centre, WAFER_HALF, width, height)

    def send(self, columns: dict) -> None:
        super().send(columns)
        self._label()

    def _label(self) -> None:
        view = self.viewport
        large = 2.4 * view.width / (view.x1 - view.x0) >= LABEL_SIZE and len(self.numbers) <= MOST_LABELS
        some = slice(None) if large else slice(0)
        self._labels.data = draw.labels(self.state.geometry, self.numbers[some], self.corners[some])

    def update(self, changed: set[str]) -> None:
        viewport = self._elsewhere(changed)
        if viewport is not None:
            self.go(viewport)
        elif changed - {"theme"}:
            self.redraw()
        if "theme" in changed:
            self._set_theme()

    def _elsewhere(self, changed: set[str]) -> Viewport | None:
        """Part of the layer to go to: the wafer, which lies elsewhere in another layer, or away from it."""
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

    def _set_theme(self) -> None:
        layer_map.set_theme(self.map, self.state.theme)
        self._mapper.palette = list(KIND_COLOURS[self.state.theme])
        self._text.glyph.text_color = THEMES[self.state.theme]["text"]

    def tapped(self, x: float, y: float) -> None:
        self.state.select_at(x, y)


class Detector3D(StateView):
    """The chosen layers as one mesh."""

    watches = ("geometry", "kinds", "layers_3d", "section", "region", "waferu", "waferv", "theme")

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
        self._runs = ColumnDataSource(draw.runs_columns(self.state.geometry, self.state.in_3d))
        self._pane.jscallback(
            args={"table": self._runs},
            **{"event:plotly_event": "byeSplits.hoverDetector(table, cb_obj.data)"},
        )

    def __panel__(self):
        return self._pane

    def update(self, changed: set[str]) -> None:
        if changed - {"theme"}:
            self._runs.data = draw.runs_columns(self.state.geometry, self.state.in_3d)
        self._pane.object = self._figure()

    def _figure(self):
        state = self.state
        numbers = state.in_3d
        corners = state.geometry.corners(numbers)
        z = state.geometry.column("z")[numbers]
        box, revision = endcap_box(1), "detector"
        if len(numbers) and state.one_wafer is not None:
            box, revision = Box(*(_span(values) for values in (z, corners[..., 0], corners[..., 1]))), "wafer"
        elif len(numbers):
            reach = 1.05 * float(np.abs(corners).max())
            box = Box((float(z.min()) - 5, float(z.max()) + 5), (-reach, reach), (-reach, reach))
        return draw.detector_figure(corners, z, state.kind[numbers], box, state.theme, revision)


def _span(values: np.ndarray) -> tuple[float, float]:
    """From the lowest to the highest, with some air."""
    low, high = float(values.min()), float(values.max())
    air = max(0.04 * (high - low), FLAT - (high - low), 0) / 2
    return low - air, high + air


def layers_named(layers: tuple[int, int]) -> str:
    """A range of layers in words."""
    first, last = layers
    return f"layer {first}" if first == last else f"layers {first} \u2013 {last}"


def shown_cells(state: GeometryState, numbers, where: str) -> str:
    """How many trigger cells are shown, or why there are none."""
    wafer = state.one_wafer
    name = "" if wafer is None else "wafer {}, {}".format(*wafer).replace("-", "\u2212")
    if len(numbers):
        return f"{thousands(len(numbers))} trigger cells" + (f" of {name}" if name else "")
    if state.section == "scintillator":
        return f"{name} is no scintillator" if name else f"no scintillator in {where}"
    return f"there is no {name} in {where}" if name else f"no trigger cells in {where}"


def _sample_name(key: tuple[str, str]) -> str:
    """A sample in words: particle, or name of the file, and pile-up."""
    particle, pileup = key
    return f"{particle}, pile-up {pileup}" if pileup else particle


class DetectorMapTitle(HtmlView):
    """Title of the 2D pane."""

    watches = ("geometry", "layer", "section", "region", "waferu", "waferv")

    def html(self) -> str:
        state = self.state
        where = f"layer {state.layer}"
        return self.title(where.capitalize(), f"+z endcap \u00b7 {shown_cells(state, state.in_layer, where)}")


class Detector3DTitle(HtmlView):
    """Title of the 3D pane."""

    watches = ("geometry", "layers_3d", "section", "region", "waferu", "waferv")

    def html(self) -> str:
        state = self.state
        where = layers_named(state.layers_3d)
        return self.title(where.capitalize(), shown_cells(state, state.in_3d, where))


class DetectorFacts(HtmlView):
    """The layer in numbers."""

    watches = ("geometry", "kinds", "layer", "section", "region", "waferu", "waferv", "layers_3d", "theme")

    def html(self) -> str:
        state, geometry = self.state, self.state.geometry
        numbers = geometry.numbers_of_layer(state.layer)
        wafers = geometry.wafers
        wafers = wafers[wafers.layer == state.layer]
        first, second = _of_kinds(wafers, state.kinds)
        uncertain = int((~wafers.certain).sum())
        tiles = int((state.kind[numbers] == TILE).sum())
        colours = KIND_COLOURS[state.theme]
        inner, outer = geometry.radii[state.layer]
        chosen = f"{thousands(len(state.in_layer))} of {thousands(len(numbers))}"
        facts = [
            ("layer", f"{state.layer} \u00b7 {'CE-E' if geometry.is_cee(state.layer) else 'CE-H'}", None),
            ("z", f"{geometry.layer_z[state.layer]:.1f} cm", None),
            ("trigger cells at", f"r {inner:.0f} \u2013 {outer:.0f} cm", None),
            (f"{first[0]} wafers", thousands(first[1]), colours[FULL]),
            (f"{second[0]} wafers", thousands(second[1]), colours[PARTIAL]),
            *([("uncertain wafers", thousands(uncertain), colours[UNCERTAIN])] if uncertain else []),
            ("scintillator trigger cells", thousands(tiles), colours[TILE]),
            ("trigger cells chosen in it", chosen, None),
            ("geometry", f"{geometry.version} \u00b7 {geometry.n_layers} layers", None),
        ]
        why = (state.notice,) if state.notice else ()
        return self.facts(facts, (*why, *self._fit(), *geometry.notices, *self._missing()))

    def _fit(self) -> list[str]:
        """How well positions and indices go together, where the geometry is made of them."""
        if not isinstance(self.state.geometry, Inferred):
            return []
        fit = self.state.geometry.fit
        cells = counted(fit.n_cells, "trigger cell", written=thousands)
        words = (
            f"Of {cells} seen in {counted(fit.n_wafers, 'wafer', written=thousands)}, half are within"
            f" {1e4 * fit.median:.2g} \u00b5m of where their wafer has them, 99 % within {fit.most:.2g} cm"
        )
        cut = f"; {thousands(fit.outside)} are not in their outline" if fit.outside else ""
        return [f"{words}{cut}. {counted(fit.n_uncertain, 'wafer is', 'wafers are')} uncertain."]

    def _missing(self) -> list[str]:
        """A sentence for each pane that cannot show the one wafer."""
        state = self.state
        if state.one_wafer is None:
            return []
        panes = (
            ("The map stays where it was", state.in_layer, f"layer {state.layer}"),
            ("3D is empty", state.in_3d, layers_named(state.layers_3d)),
        )
        return [
            f"{what}: {shown_cells(state, numbers, where)}."
            for what, numbers, where in panes
            if not len(numbers)
        ]


def _of_kinds(wafers, kinds: str) -> tuple[tuple[str, int], tuple[str, int]]:
    """What certain wafers are called by the colours, and how many there are of either."""
    certain = wafers[wafers.certain]
    if kinds == "sensor cells":
        fine = int(certain.fine.sum())
        return ("coarse", len(certain) - fine), ("fine", fine)
    full = int((certain.part == "full").sum())
    return ("full", full), ("partial", len(certain) - full)


class DetectorSidebar(Controls):
    """Controls of the geometry page."""

    watches = ("geometry", "sample", "kinds", "layer", "section", "region", "waferu", "waferv", "layers_3d")

    def build(self) -> None:
        state = self.state
        look = style() | {"margin": (3, 0)}
        samples = [] if state.catalogue is None else list(state.catalogue.samples)
        names = {_sample_name(key): key for key in samples}
        self.sample = pn.widgets.Select(label="Sample", options=names, disabled=len(names) < 2, **look)
        self.kinds = pn.widgets.Select(label="Colours", options=state.param.kinds.objects, **look)
        self.layers = LayerSlider(state.geometry, state.layer, **look)
        self.layer = self.layers.widget
        self.section = pn.widgets.Select(label="Section", options=state.param.section.objects, **look)
        self.region = pn.widgets.Select(label="Region", options=state.param.region.objects, **look)
        # Without limits: the field would take a number beyond them, and say nothing.
        self.waferu = pn.widgets.IntInput(label="Wafer u", **look)
        self.waferv = pn.widgets.IntInput(label="Wafer v", **look)
        self.layers_3d = pn.widgets.IntRangeSlider(
            label="Layers in 3D", start=1, end=state.geometry.n_layers, **look
        )
        self.update(set(self.watches))
        self.follow(self.layer, self._layer)
        self.follow(self.sample, self._sample)
        for name in ("section", "region", "layers_3d", "kinds"):
            self.follow(getattr(self, name), lambda value, name=name: state.param.update(**{name: value}))
        for name in ("waferu", "waferv"):
            self.follow(getattr(self, name), lambda value, name=name: self._index(name, value))

    def _sample(self, key: tuple[str, str]) -> None:
        if not self.state.show(key):
            self.answer({"sample"})

    def _layer(self, value: int) -> None:
        self.state.layer = self.layers.requested_layer(value, self.state.layer)

    def _index(self, name: str, value: int | None) -> None:
        """Take a wafer's index; one that no wafer has is reported, and the field goes back."""
        state, (low, high) = self.state, self.state.param[name].bounds
        if value is not None and state.in_bounds(value):
            state.param.update(**{name: value})
            return
        found = "is empty" if value is None else f"is {value}"
        words = f"{getattr(self, name).label} {found}: a whole number from {low} to {high} was expected."
        words = f"{words} It stays {getattr(state, name)}.".replace("-", "\u2212")
        state.message = Message("warning", words)
        self.answer({name})

    def set_widgets(self, changed: set[str]) -> None:
        state = self.state
        if self.layers.change_to(state.geometry, state.layer):
            self.layers_3d.end = state.geometry.n_layers
        self.layers.show(state.layer)
        for name in set(self.watches) - {"layer", "geometry"}:
            getattr(self, name).value = getattr(state, name)
        self.waferu.disabled = self.waferv.disabled = state.one_wafer is None

    def __panel__(self):
        hint = '<p class="hint-plain">Click a wafer to choose it. Zoom in to read the cells\' numbers.</p>'
        return pn.Column(
            section("Detector"),
            self.sample,
            self.layer,
            self.section,
            self.region,
            row(self.waferu, self.waferv),
            self.kinds,
            section("3D view"),
            self.layers_3d,
            text(hint),
            sizing_mode="stretch_width",
            margin=0,
        )


def geometry(catalogue: Catalogue, links) -> pn.Template:
    """The geometry page for the present session."""
    state = GeometryState(catalogue.geometry, catalogue)
    values, problems = geometry_link.read(opened_query(), state)
    watcher = state.param.watch(lambda change: problems.append(change.new.text), "message")
    if not state.show(**{"sample": next(iter(catalogue.samples))} | values):
        state.show(**{name: value for name, value in values.items() if name != "sample"})
    state.param.unwatch(watcher)
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
            "map_title": DetectorMapTitle(state),
            "map": DetectorMap(state),
            "detector_title": Detector3DTitle(state),
            "detector": Detector3D(state),
        },
    )
