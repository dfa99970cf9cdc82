"""The controls of the page of occupancies."""

from functools import partial
from typing import Any

import panel as pn
from panel.viewable import Viewable

from ....geometry import Geometry
from ....studies.occupancy_maps import QUANTITIES, STAGES
from ...page.template import section, text
from ..shared.base import draws
from ..shared.chain_controls import SetControls
from ..shared.controls import Controls, style
from ..shared.layer_slider import LayerSlider
from .words import labelled

CHOSEN = (
    "sample",
    "endcap",
    "quantity",
    "scale",
    "grouping",
    "stage",
    "layers",
    "section",
)  # each has a widget
OTHER = "other layers"


def regions(geometry: Geometry) -> dict[str, tuple[int, int]]:
    """Ranges of layers by name."""
    first, last = int(geometry.layers[0]), geometry.n_layers
    return {
        "all layers": (1, last),
        "CE-E": (first, geometry.n_cee),
        "CE-H": (geometry.n_cee + 1, last),
        "shower maximum, 8 \u2013 15": (8, 15),
        "before it, 1 \u2013 7": (1, 7),
        f"behind it, 16 \u2013 {last}": (16, last),
    }


class OccupancySidebar(Controls):
    """Controls of the page of occupancies."""

    def build(self) -> None:
        state = self.state
        options = style() | {"margin": (3, 0)}
        names = {
            f"{particle}, pile-up {pileup}" if pileup else particle: (particle, pileup)
            for particle, pileup in state.catalogue.samples
        }
        titles = {labelled(one.title, one.unit): name for name, one in QUANTITIES.items()}
        stages = {one.title: name for name, one in STAGES.items()}
        endcaps = {end.replace("-", "\u2212"): end for end in state.param.endcap.objects}
        self.sample = pn.widgets.Select(label="Sample", options=names, disabled=len(names) < 2, **options)
        self.endcap = pn.widgets.Select(label="Endcap", options=endcaps, **options)
        self.quantity = pn.widgets.Select(label="Quantity", options=titles, **options)
        self.scale = pn.widgets.Select(label="Colour scale", options=state.param.scale.objects, **options)
        self.grouping = pn.widgets.Select(
            label="Coloured by", options=state.param.grouping.objects, **options
        )
        self.slider = LayerSlider(state.geometry, state.layer, **options)
        self.layer = self.slider.widget
        self.stage = pn.widgets.Select(label="Stage", options=stages, **options)
        self.region = pn.widgets.Select(label="Region", options=[OTHER], **options)
        self.layers = pn.widgets.IntRangeSlider(
            label="Layers", start=1, end=state.geometry.n_layers, value=state.layers, **options
        )
        self.section = pn.widgets.Select(label="Section", options=state.param.section.objects, **options)
        self.sets = SetControls(state)
        self._hint = text("")
        self.follow(self.sample, self._sample)
        self.follow(self.layer, self._layer)
        self.follow(self.region, self._region)
        for name in CHOSEN[1:]:
            self.follow(getattr(self, name), partial(self._set, name))

    def _sample(self, key: tuple[str, str]) -> None:
        if not self.state.show(key):
            self.answer("widgets")

    def _set(self, name: str, value: Any) -> None:
        self.state.update(**{name: value})

    def _layer(self, value: int) -> None:
        self.state.update(layer=self.slider.requested_layer(value, self.state.layer))

    def _region(self, name: str) -> None:
        chosen = regions(self.state.geometry).get(name)
        if chosen is None:
            self.answer("widgets")
        else:
            self.state.update(layers=chosen)

    @draws("geometry", "layer", *CHOSEN)
    def widgets(self) -> None:
        """The selected values."""
        state = self.state
        if self.slider.change_to(state.geometry, state.layer):
            self.layers.end = state.geometry.n_layers
        self.slider.show(state.layer)
        for name in CHOSEN:
            getattr(self, name).value = getattr(state, name)
        known = regions(state.geometry)
        named = next((name for name, layers in known.items() if layers == state.layers), OTHER)
        self.region.param.update(options=[*known, *([OTHER] if named == OTHER else [])], value=named)
        of_cells = STAGES[state.stage].of is None
        for widget in (self.region, self.layers, self.section):
            widget.disabled = not of_cells
        why = "" if of_cells else " The chain's stages are sums over all layers."
        self._hint.say(f'<p class="hint-plain">Click a trigger cell or a bin to list its events.{why}</p>')

    def __panel__(self) -> Viewable:
        return pn.Column(
            section("Occupancy"),
            self.sample,
            self.endcap,
            self.quantity,
            self.scale,
            section("x\u2013y map"),
            self.layer,
            self.grouping,
            section("R/z\u2013\u03c6 map"),
            self.stage,
            self.region,
            self.layers,
            self.section,
            self._hint,
            self.sets,
            sizing_mode="stretch_width",
            margin=0,
        )
