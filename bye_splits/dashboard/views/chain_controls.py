"""The chain's controls: parameters of the shown set, and what it is compared with."""

import panel as pn
from bokeh.models import CustomJSTickFormatter

from ...chain.parameters import ASSOCIATIONS, CHAINS, KERNELS
from ...chain.remedies import WIDEST
from ..chain_state import CHAIN, COMPARE
from ..page import section
from .controls import Controls, row, stand, style
from .copy_as import CopyAs

BY_LAYER = 0.0  # the radius slider's first step
RADIUS_FORMAT = 'return tick > 0 ? tick.toFixed(3) : "by layer"'
WIDTH_FORMAT = (
    'return tick > 0 ? "+" + tick + " bins" : tick < 0 ? "\u2212" + (-tick) + " bins" : "as configured"'
)
THRESHOLD_FORMAT = "return tick.toFixed(1)"


class ChainControls(Controls):
    """Widgets and the shown set follow each other, also while a slider is dragged."""

    watches = CHAIN

    def build(self) -> None:
        state = self.state
        self.chain = pn.widgets.Select(label="Chain", options=list(CHAINS), **style("inline"))
        self.radius = pn.widgets.FloatSlider(
            label="Radius", start=BY_LAYER, end=0.1, step=0.001,
            format=CustomJSTickFormatter(code=RADIUS_FORMAT), **style(),
        )  # fmt: skip
        self.association = pn.widgets.Select(
            label="Association", options=list(ASSOCIATIONS), styles={"flex": "1.4 1 0"}, **style()
        )
        self.kernel = pn.widgets.Select(label="Kernel", options=list(KERNELS), **style())
        self.width = pn.widgets.IntSlider(
            label="Kernel width", start=-4, end=WIDEST, step=2,
            format=CustomJSTickFormatter(code=WIDTH_FORMAT), **style(),
        )  # fmt: skip
        self.window = pn.widgets.IntSlider(label="Seed window", start=1, end=10, **style())
        self.threshold = pn.widgets.FloatSlider(
            label="Seed threshold [mipT]", start=0, end=200, step=0.5,
            format=CustomJSTickFormatter(code=THRESHOLD_FORMAT), **style(),
        )  # fmt: skip
        self.legacy = pn.widgets.Checkbox(label="As the older implementation", **style())
        self.compare = pn.widgets.RadioButtonGroup(label="Compare", options=list(COMPARE), **style())
        self.other = pn.widgets.Select(label="B", **style("inline"))
        self.copy_as = CopyAs(state)
        self._follow()
        self.update(set(self.watches))

    def __panel__(self):
        return pn.Column(
            section("Chain"),
            self.chain,
            self.radius,
            row(self.association, self.kernel),
            self.threshold,
            self.window,
            self.width,
            self.legacy,
            section("Compare"),
            self.other,
            self.compare,
            self.copy_as,
            sizing_mode="stretch_width",
            margin=0,
        )

    # -- from the widgets to the state --------------------------------------------------------------------

    def _follow(self) -> None:
        change = self.state.change_chain
        self.follow(self.radius, lambda value: change(radius=None if value == BY_LAYER else value))
        self.follow(self.width, lambda value: change(**self.state.widened(self.state.parameters, value)))
        for widget, name in (
            (self.chain, "chain"),
            (self.association, "association"),
            (self.kernel, "kernel"),
            (self.window, "seed_window"),
            (self.threshold, "seed_threshold"),
            (self.legacy, "legacy"),
        ):
            self.follow(widget, lambda value, name=name: change(**{name: value}))
        self.follow(self.other, self._choose)
        self.follow(self.compare, self.state.flip)

    def _others(self) -> dict[str, dict | None]:
        """What B can be made, by its label: the change against A, None for no B."""
        state = self.state
        radii = {
            f"radius {radius:.3f}": {"radius": radius} for radius in state.catalogue.config.display.radii
        }
        return {
            "none": None,
            "as A": {},
            "radius by layer": {"radius": None},
            **radii,
            **{f"{name} chain": {"chain": name} for name in CHAINS},
            **{f"{name} kernel": {"kernel": name} for name in KERNELS},
            **{name: {"association": name} for name in ASSOCIATIONS},
            "the older implementation": {"legacy": True},
        }

    def _choose(self, label: str) -> None:
        if label in (others := self._others()):
            self.state.compare_with(others[label])

    # -- from the state to the widgets --------------------------------------------------------------------

    def set_widgets(self, changed: set[str]) -> None:
        state, shown = self.state, self.state.parameters
        for widget, value in (
            (self.chain, shown.chain),
            (self.kernel, shown.kernel),
            (self.association, shown.association),
            (self.legacy, shown.legacy),
            (self.compare, state.compare),
        ):
            widget.value = value
        # A value between the steps stays as it is: the slider stands at the nearest one.
        for widget, value in (
            (self.radius, BY_LAYER if shown.radius is None else shown.radius),
            (self.window, shown.seed_window),
            (self.threshold, shown.seed_threshold),
            (self.width, state.kernel_width),
        ):
            stand(widget, value)
        coarse = shown.chain == "coarse_seeding"
        self.kernel.disabled = self.width.disabled = coarse
        self.compare.disabled = state.set_b is None
        others = {label: label for label in self._others()}
        present = self._label()
        self.other.param.update(options=list(others | {present: present}), value=present)

    def _label(self) -> str:
        """What B is now, in words."""
        state = self.state
        if state.set_b is None:
            return "none"
        for label, change in self._others().items():
            if (
                change is not None
                and state.other_than(state.set_a, change) == state.set_b
                and (change == {} or state.set_b != state.set_a)
            ):
                return label
        return "other parameters"
