"""The controls of the geometry page."""

from functools import partial
from typing import Any

import panel as pn
from panel.viewable import Viewable

from ...catalogue import sample_name
from ...page.template import section, text
from ...state.message import Message
from ..shared.base import draws
from ..shared.controls import Controls, row, style
from ..shared.layer_slider import LayerSlider

CHOSEN = ("sample", "kinds", "section", "region", "waferu", "waferv", "layers_3d")  # each has a widget


class GeometrySidebar(Controls):
    """Controls of the geometry page."""

    def build(self) -> None:
        state = self.state
        options = style() | {"margin": (3, 0)}
        samples = [] if state.catalogue is None else list(state.catalogue.samples)
        names = {sample_name(key): key for key in samples}
        self.sample = pn.widgets.Select(label="Sample", options=names, disabled=len(names) < 2, **options)
        self.kinds = pn.widgets.Select(label="Colours", options=state.param.kinds.objects, **options)
        self.layers = LayerSlider(state.geometry, state.layer, **options)
        self.layer = self.layers.widget
        self.section = pn.widgets.Select(label="Section", options=state.param.section.objects, **options)
        self.region = pn.widgets.Select(label="Region", options=state.param.region.objects, **options)
        # Without limits: the field would silently accept a number beyond them.
        self.waferu = pn.widgets.IntInput(label="Wafer u", **options)
        self.waferv = pn.widgets.IntInput(label="Wafer v", **options)
        self.layers_3d = pn.widgets.IntRangeSlider(
            label="Layers in 3D", start=1, end=state.geometry.n_layers, **options
        )
        self.follow(self.layer, self._layer)
        self.follow(self.sample, self._sample)
        for name in ("section", "region", "layers_3d", "kinds"):
            self.follow(getattr(self, name), partial(self._set, name))
        for name in ("waferu", "waferv"):
            self.follow(getattr(self, name), partial(self._index, name))

    def _sample(self, key: tuple[str, str]) -> None:
        if not self.state.show(key):
            self.answer("widgets")

    def _set(self, name: str, value: Any) -> None:
        self.state.update(**{name: value})

    def _layer(self, value: int) -> None:
        self.state.go_to(self.layers.requested_layer(value, self.state.layer))

    def _index(self, name: str, value: int | None) -> None:
        """Set a wafer index; an invalid one is reported and the field is reset."""
        state, (low, high) = self.state, self.state.param[name].bounds
        if value is not None and state.in_bounds(value):
            state.update(**{name: value})
            return
        found = "is empty" if value is None else f"is {value}"
        words = f"{getattr(self, name).label} {found}: a whole number from {low} to {high} was expected."
        words = f"{words} It stays {getattr(state, name)}.".replace("-", "\u2212")
        state.message = Message("warning", words)
        self.answer("widgets")

    @draws("geometry", "layer", *CHOSEN)
    def widgets(self) -> None:
        """The selected values."""
        state = self.state
        if self.layers.change_to(state.geometry, state.layer):
            self.layers_3d.end = state.geometry.n_layers
        self.layers.show(state.layer)
        for name in CHOSEN:
            getattr(self, name).value = getattr(state, name)
        self.waferu.disabled = self.waferv.disabled = state.one_wafer is None

    def __panel__(self) -> Viewable:
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
