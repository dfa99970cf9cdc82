"""The chain's controls: parameters of the displayed set, and the set compared with it."""

from functools import partial
from typing import Any, ClassVar

import panel as pn
from bokeh.models import CustomJSTickFormatter
from panel.viewable import Viewable, Viewer

from ....chain.chains import CHAINS
from ....chain.declaration import Declaration
from ....chain.parameters import DECLARED
from ....chain.remedies import WIDEST
from ...page.template import heading, section, widget_css
from ...state.parameter_sets import COMPARE
from .base import draws
from .controls import Controls, row, stand, style

NONE = 0.0  # first step of a slider whose parameter can be None
WIDTH_FORMAT = (
    'return tick > 0 ? "+" + tick + " bins" : tick < 0 ? "\u2212" + (-tick) + " bins" : "as configured"'
)
# The step's digits, and more for a value between two steps, but not the rounding errors of sliders.
EXACT = (
    "const exact = Number(tick.toFixed(9)), usual = exact.toFixed(DIGITS); "
    "return Number(usual) === exact ? usual : String(exact)"
)
PAIRS = {"seeding": "seed_position", "association": "kernel"}  # side by side
WIDER = {"styles": {"flex": "1.4 1 0"}}
SHARES = {"seeding": WIDER, "association": WIDER}


def widget(name: str, declaration: Declaration) -> pn.widgets.Widget | None:
    """The widget of a parameter, from its declaration; None if it has neither choices nor a slider."""
    if declaration.choices:
        classes = ("inline",) if name == "chain" else ()
        options = list(declaration.choices)
        return pn.widgets.Select(
            label=declaration.label, options=options, **style(*classes), **SHARES.get(name, {})
        )
    if declaration.kind is bool:
        return pn.widgets.Checkbox(label=declaration.label, **style())
    if declaration.slider is None:
        return None
    start, end, step = declaration.slider
    unit = f" [{declaration.unit}]" if declaration.unit and not declaration.none else ""
    limits = {"label": declaration.label + unit, "start": start, "end": end, "step": step}
    if declaration.kind is int:
        return pn.widgets.IntSlider(**limits, **style())
    digits = len(f"{step:g}".partition(".")[2])
    code = EXACT.replace("DIGITS", f"{digits}")
    if declaration.none:
        code = f"if (tick <= 0) return {declaration.none!r}; {code}"
    return pn.widgets.FloatSlider(**limits, format=CustomJSTickFormatter(code=code), **style())


def on_slider(value: Any, declaration: Declaration) -> Any:
    """The widget's value for a parameter's value."""
    return NONE if value is None and declaration.none else value


class ChainControls(Controls):
    """Widgets synchronised with the displayed set, also while a slider is dragged."""

    sets: ClassVar[tuple[str, ...]] = COMPARE  # choices of what is shown, or changed by the widgets

    def build(self) -> None:
        widgets = {name: widget(name, declared) for name, declared in DECLARED.items() if declared.word}
        self.of = {name: each for name, each in widgets.items() if each is not None}
        self.heading = section("Chain")
        self.width = pn.widgets.IntSlider(
            label="Kernel width", start=-4, end=WIDEST, step=2,
            format=CustomJSTickFormatter(code=WIDTH_FORMAT), **style("stepped"),
        )  # fmt: skip
        self.variants = pn.widgets.Toggle(
            label="More", width=40, height=22, margin=0, sizing_mode="fixed", align="center",
            css_classes=["small"], stylesheets=[widget_css()],
        )  # fmt: skip
        self.compare = pn.widgets.RadioButtonGroup(label="Compare", options=list(self.sets), **style())
        self.other = pn.widgets.Select(label="B", **style("inline"))
        self._follow()

    def __panel__(self) -> Viewable:
        return pn.Column(
            pn.Row(self.heading, *self.beside_heading(), sizing_mode="stretch_width", styles={"gap": "4px"}),
            *self._rows(),
            section("Compare"),
            self.other,
            self.compare,
            *self.below(),
            sizing_mode="stretch_width",
            margin=0,
        )

    def beside_heading(self) -> list[Viewable | Viewer]:
        """What a page has beside the heading."""
        return []

    def below(self) -> list[Viewable | Viewer]:
        """What a page has below these widgets."""
        return []

    def _rows(self) -> list:
        """The widgets in the order in which the parameters are declared, some side by side."""
        rows = []
        for name, widget in self.of.items():
            if name == "chain":
                rows.append(row(widget, self.variants))
            elif name in PAIRS:
                rows.append(row(widget, self.of[PAIRS[name]]))
            elif name not in PAIRS.values():
                rows.append(widget)
            if name == "seed_window":
                rows.append(self.width)
        return rows

    # -- from the widgets to the state --------------------------------------------------------------------

    def _follow(self) -> None:
        change = self.state.change_chain
        self.follow(
            self.width, lambda value: change(**self.state.chain.widened(self.state.chain.parameters, value))
        )
        for name, widget in self.of.items():
            self.follow(widget, partial(self._change, name))
        self.follow(self.variants, lambda _: self._show_variants())
        self.follow(self.other, self._choose)
        self.follow(self.compare, self.state.flip)

    def _change(self, name: str, value: Any) -> None:
        none = DECLARED[name].none and value == NONE
        self.state.change_chain(**{name: None if none else value})

    def _others(self) -> dict[str, dict | None]:
        """Options for B by label: its changes relative to A, None for no B."""
        state = self.state
        radii = {f"radius {radius:.3f}": {"radius": radius} for radius in state.chain.config.display.radii}
        return {
            "none": None,
            "as A": {},
            "radius by layer": {"radius": None},
            **radii,
            **{f"{name} chain": {"chain": name} for name in CHAINS},
            **{f"{name} kernel": {"kernel": name} for name in DECLARED["kernel"].choices},
            **{name: {"association": name} for name in DECLARED["association"].choices},
            "the older implementation": {"legacy": True},
        }

    def _choose(self, label: str) -> None:
        if label in (others := self._others()):
            self.state.compare_with(others[label])

    # -- from the state to the widgets --------------------------------------------------------------------

    @draws("chain.parameters", "chain.set_a", "chain.set_b", "chain.compare")
    def widgets(self) -> None:
        """The values of the displayed set."""
        state, shown = self.state, self.state.chain.parameters
        self.compare.value = state.chain.compare
        edited = (
            "" if state.chain.set_b is None else f" <b>of {'B' if state.chain.compare == 'B' else 'A'}</b>"
        )
        self.heading.say(heading("Chain", edited))
        # A value between two steps is kept: the slider shows the nearest step.
        for name, widget in self.of.items():
            declaration = DECLARED[name]
            value = on_slider(getattr(shown, name), declaration)
            if declaration.slider is None:
                widget.value = value
            else:
                stand(widget, value)
            widget.disabled = bool(declaration.only) and not getattr(CHAINS[shown.chain], declaration.only)
        self._show_variants()
        stand(self.width, state.chain.kernel_width)
        self.width.disabled = self.of["kernel"].disabled
        self.compare.disabled = state.chain.set_b is None
        others = {label: label for label in self._others()}
        present = self._label()
        self.other.param.update(options=list(others | {present: present}), value=present)

    def _show_variants(self) -> None:
        """Show the variants that were asked for, and those that are not as configured."""
        shown = self.state.chain.parameters
        usual = self.state.chain.configured(shown.chain)
        for name, widget in self.of.items():
            declaration = DECLARED[name]
            if declaration.when:
                other, needed = declaration.when
                widget.visible = getattr(shown, other) == needed
            elif declaration.variant:
                changed = getattr(shown, name) != getattr(usual, name)
                widget.visible = self.variants.value or changed

    def _label(self) -> str:
        """Label of the current B."""
        state = self.state
        if state.chain.set_b is None:
            return "none"
        for label, change in self._others().items():
            if (
                change is not None
                and state.chain.with_changes(state.chain.set_a, change) == state.chain.set_b
                and (change == {} or state.chain.set_b != state.chain.set_a)
            ):
                return label
        return "other parameters"


class SetControls(ChainControls):
    """The chain's controls on a page that shows either A or B."""

    sets = ("A", "B")
