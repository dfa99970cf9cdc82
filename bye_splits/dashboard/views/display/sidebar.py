"""The controls on the left: event, selection and drawing options."""

from functools import partial
from typing import Any

import panel as pn
from bokeh.models import CustomJSTickFormatter
from panel.viewable import Viewable, Viewer

from ...link.query import ANY_NUMBER, whole
from ...page.template import section
from ...patches.number_field import NumberField
from ...schedule import schedule
from ...state.colour_modes import COLOURS
from ...state.cuts import EVERYTHING
from ...state.display import DisplayState
from ..shared.base import draws
from ..shared.controls import TYPED, Controls, row, stand, style
from ..shared.layer_slider import LayerSlider
from . import downloads
from .chain_controls import ChainControls

ASIDE = {"gap": "4px"}  # between a heading or label and its controls
_NO_DEFAULT = ""  # not None, for which Panel leaves the box blank
CYLINDER_FORMAT = 'return tick >= 200 ? "all" : tick'


class Sidebar(Controls):
    """Widgets synchronised with the state.

    Parameters
    ----------
    state : DisplayState
    beside_event : for the heading of the event
    *event_parts : further views for its section
    """

    def __init__(
        self, state: DisplayState, *event_parts: Viewer, beside_event: Viewable | None = None
    ) -> None:
        self._event_parts, self._beside_event = event_parts, beside_event
        super().__init__(state)

    def build(self) -> None:
        state = self.state
        self.particle = pn.widgets.Select(
            label="Particle", options=state.navigation.catalogue.particles, **style()
        )
        self.pileup = pn.widgets.Select(label="Pile-up", **style())
        self.event = NumberField(label="Event", **style("ends-typing"))
        # Set by the keyboard: by how many events to go on; 0 once that is done.
        self.steps = pn.widgets.IntInput(label="Step", value=0, visible=False)
        self.steps.jscallback(value="if (!cb_obj.value) byeSplits.stepped();")
        self.defaults = pn.widgets.Select(label="Default events", **style())
        self.previous = pn.widgets.Button(label="Previous", **style())
        self.next = pn.widgets.Button(label="Next", **style())
        self.random = pn.widgets.Button(label="Random", **style())
        self.endcap = pn.widgets.Select(label="Endcap", options=["+z", "-z"], **style("inline"))
        self.layers = LayerSlider(state.shown.geometry, state.cuts.layer, **style())
        self.layer = self.layers.widget
        self.player = pn.widgets.DiscretePlayer(
            options=self.layers.stops,
            interval=600,
            loop_policy="loop",
            show_loop_controls=False,
            visible_buttons=["previous", "pause", "play", "next"],
            scale_buttons=0.8,
            **style() | {"sizing_mode": "fixed", "width": 132, "height": 24, "margin": 0, "align": "end"},
        )
        self.layers_3d = pn.widgets.IntRangeSlider(
            label="Layers in 3D", start=1, end=state.shown.geometry.n_layers, **style()
        )
        self.threshold = pn.widgets.FloatSlider(
            label="Display threshold [mipT]", start=0, end=10, step=0.1, format=TYPED, **style()
        )
        self.colour_by = pn.widgets.Select(label="Colour by", options=list(COLOURS), **style())
        self.colour_scale = pn.widgets.Select(label="Colour scale", options=["log", "linear"], **style())
        self.cylinder = pn.widgets.IntSlider(
            label="Around the particle [cm]",
            start=5,
            end=200,
            step=5,
            format=CustomJSTickFormatter(code=CYLINDER_FORMAT),
            **style(),
        )
        self.stretch = pn.widgets.FloatSlider(
            label="Stretch of z", start=0.25, end=5, step=0.25, format=TYPED, **style()
        )
        small = style("small", "tight") | {"sizing_mode": "fixed", "height": 22, "margin": 0, "align": "end"}
        self.shower = pn.widgets.Button(label="Frame shower", width=76, **small)
        self.whole = pn.widgets.Button(label="Frame endcap", width=78, **small)
        self.chain = ChainControls(state)
        # Hidden for files without trigger cells:
        self._colours = row(self.colour_by, self.colour_scale)
        self._of_cells = pn.Column(self.chain, sizing_mode="stretch_width", margin=0)
        self._files = downloads.buttons()
        self._follow()

    def __panel__(self) -> Viewable:
        return pn.Column(
            pn.Row(section("Event"), self._beside_event, sizing_mode="stretch_width", styles=ASIDE),
            row(self.particle, self.pileup),
            row(self.event, self.defaults),
            row(self.previous, self.random, self.next),
            self.steps,
            *self._event_parts,
            self.endcap,
            pn.Row(section("Selection"), self.player, sizing_mode="stretch_width", styles=ASIDE),
            self.layer,
            self.threshold,
            self._colours,
            self._of_cells,
            pn.Row(section("3D view"), self.shower, self.whole, sizing_mode="stretch_width", styles=ASIDE),
            self.layers_3d,
            self.cylinder,
            self.stretch,
            self._files,
            sizing_mode="stretch_width",
            margin=0,
        )

    # -- from the widgets to the state -----------------------------------------------------------------------

    def _follow(self) -> None:
        state = self.state
        self.follow(self.particle, lambda value: self._sample(particle=value))
        self.follow(self.pileup, lambda value: self._sample(pileup=value))
        self.follow(self.event, self._event)
        self.follow(self.defaults, self._default)
        self.follow(self.layer, self._layer)
        self.follow(self.cylinder, lambda value: state.update(cylinder=EVERYTHING if value >= 200 else value))
        self.follow(self.endcap, state.turn)
        for widget, name in (
            (self.player, "layer"),
            (self.layers_3d, "layers_3d"),
            (self.threshold, "threshold"),
            (self.colour_by, "colour_by"),
            (self.colour_scale, "colour_scale"),
            (self.stretch, "stretch"),
        ):
            self.follow(widget, partial(self._set, name))
        self.follow(self.steps, self._step)
        self.previous.on_click(lambda event: state.step(-1))
        self.next.on_click(lambda event: state.step(1))
        self.random.on_click(lambda event: state.random())
        self.shower.on_click(lambda event: state.update(frame="shower", camera=None))
        self.whole.on_click(lambda event: state.update(frame="endcap", camera=None))

    def _sample(self, particle: str | None = None, pileup: str | None = None) -> None:
        state = self.state
        particle = particle or state.navigation.particle
        pileups = state.navigation.catalogue.pileups(particle)
        pileup = pileup if pileup is not None else state.navigation.pileup
        self._shown(state.show((particle, pileup if pileup in pileups else pileups[0])))

    def _event(self, words: str) -> None:
        """Show an event; an empty field is reset."""
        number = whole(words, ANY_NUMBER)
        if number is None and words.strip():
            self.state.report(
                "error", f"{words.strip()[:40]!r} is not an event number: a whole number is needed."
            )
        self._shown(number is not None and self.state.show(number=number))

    def _step(self, by: int) -> None:
        """Go on by some events; the browser is told in the same message as the event's data."""
        if by:
            self.state.step(by)
            schedule(lambda: self.steps.param.update(value=0))

    def _set(self, name: str, value: Any) -> None:
        self.state.update(**{name: value})

    def _default(self, number: int | str) -> None:
        """Show a default event; the dash has no effect."""
        if not isinstance(number, str):
            self._shown(self.state.show(number=number))

    def _shown(self, done: bool) -> None:
        """Reset the widgets after an error to the event that is still shown."""
        if not done:
            self.answer("event_widgets")

    def _layer(self, value: int) -> None:
        self.state.cuts.layer = self.layers.requested_layer(value, self.state.cuts.layer)

    # -- from the state to the widgets -----------------------------------------------------------------------

    @draws("navigation.particle", "navigation.pileup", "shown.loaded")
    def event_widgets(self) -> None:
        """Sample and event; controls that need trigger cells are hidden without them."""
        navigation, loaded = self.state.navigation, self.state.shown.loaded
        pileups = navigation.catalogue.pileups(navigation.particle)
        self.particle.value = navigation.particle
        self.pileup.param.update(
            options=pileups, value=navigation.pileup, disabled=len(pileups) < 2, visible=pileups != [""]
        )
        self.event.value = str(loaded.event.number)
        defaults = navigation.catalogue.default_events(navigation.key)
        chosen = loaded.event.number if loaded.event.number in defaults else _NO_DEFAULT
        options = {"\u2013": _NO_DEFAULT} | {str(number): number for number in defaults}
        self.defaults.param.update(options=options, value=chosen, disabled=not defaults)
        for part in (self.threshold, self._colours, self._of_cells, self.layers_3d, self._files):
            part.visible = loaded.has_trigger_cells

    @draws("shown.loaded", "shown.endcap", "shown.generated")
    def endcap_widgets(self) -> None:
        """The endcap, if there is a choice."""
        shown = self.state.shown
        self.endcap.visible = bool(set(shown.loaded.sides) - {shown.endcap})
        self.cylinder.disabled = shown.generated is None
        self.endcap.value = shown.endcap

    @draws("shown.geometry", "cuts.layer", "cuts.layers_3d")
    def layer_widgets(self) -> None:
        """The layers of the geometry."""
        geometry, cuts = self.state.shown.geometry, self.state.cuts
        if self.layers.change_to(geometry, cuts.layer):
            self.player.options = self.layers.stops
            self.layers_3d.end = geometry.n_layers
        self.layers.show(cuts.layer)
        self.player.value = cuts.layer
        self.layers_3d.value = cuts.layers_3d

    @draws("shown.generated", "colours.colour_by")
    def colour_modes(self) -> None:
        """The colours that the event has values for, and the present ones."""
        present = self.state.colours.colour_by
        useful = [name for name, mode in COLOURS.items() if name == present or not mode.undefined(self.state)]
        self.colour_by.param.update(options=useful, value=present)

    @draws("cuts.threshold", "cuts.cylinder", "colours.colour_scale", "stretch")
    def other_widgets(self) -> None:
        """Limits, the scale of colours and the stretch of the 3D view."""
        cuts, colours = self.state.cuts, self.state.colours
        stand(self.threshold, cuts.threshold)
        self.colour_scale.value = colours.colour_scale
        self.cylinder.value = 200 if cuts.cylinder == EVERYTHING else round(cuts.cylinder)
        stand(self.stretch, self.state.stretch)
