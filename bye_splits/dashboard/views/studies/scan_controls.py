"""The controls of the page of a scan: which parameters are varied, in which ranges, in how many sets."""

from functools import partial

import panel as pn
from panel.viewable import Viewable

from ....chain.declaration import Declaration
from ....chain.parameters import DECLARED
from ....studies.sample_scan import MOST_SETS
from ...page.template import section, text
from ...state.scan import ScanState
from ..shared.base import draws
from ..shared.controls import Controls, row, style

ADD = "another parameter \u2026"
BESIDE = 8  # characters of the longest label that stands beside its field
KINDS = {"Sobol sequence": False, "grid": True}


def usual_range(declaration: Declaration) -> str:
    """The values of a parameter that are tried unless others are given."""
    if declaration.choices:
        return ",".join(declaration.choices)
    if declaration.slider is None:
        return "false,true"
    low, high, _ = declaration.slider
    return f"{low:g}:{high:g}"


class ScanControls(Controls):
    """The range of each parameter that is varied, typed; and the number of sets."""

    state: ScanState

    def build(self) -> None:
        self.ranges = {}
        for name, declaration in DECLARED.items():
            unit = f" [{declaration.unit}]" if declaration.unit and not declaration.none else ""
            label = declaration.label + unit
            classes = ("inline", "wide") if len(label) <= BESIDE else ()
            widget = pn.widgets.TextInput(
                label=label, placeholder="LOW:HIGH", visible=False, **style(*classes)
            )
            self.follow(widget, partial(self._type, name))
            self.ranges[name] = widget
        self.add = pn.widgets.Select(label="Vary", options=[ADD], **style("inline", "wide"))
        self.kind = pn.widgets.RadioButtonGroup(label="Sets", options=KINDS, **style())
        self.number = pn.widgets.IntInput(label="Sets", start=1, end=MOST_SETS, **style("inline", "wide"))
        self.follow(self.add, self._add)
        self.follow(self.kind, lambda grid: self._change(grid=grid))
        self.follow(self.number, lambda number: self._change(n_sets=number))

    def _change(self, **changes: object) -> None:
        self.state.change_scan(**changes)
        self.answer("widgets")  # after an invalid change too

    def _texts(self) -> dict[str, str]:
        return {name.strip(): text for name, _, text in (one.partition("=") for one in self.state.vary)}

    def _type(self, name: str, value: str) -> None:
        texts = self._texts()
        if value.strip():
            texts[name] = value.strip()
        else:
            texts.pop(name, None)
        self._change(vary=tuple(f"{key}={words}" for key, words in texts.items()))

    def _add(self, label: str) -> None:
        name = {declaration.label: name for name, declaration in DECLARED.items()}.get(label)
        if name is not None:
            self._type(name, usual_range(DECLARED[name]))

    @draws("vary", "n_sets", "grid")
    def widgets(self) -> None:
        """The values of the state."""
        texts = self._texts()
        for name, widget in self.ranges.items():
            widget.param.update(value=texts.get(name, ""), visible=name in texts)
        others = [declaration.label for name, declaration in DECLARED.items() if name not in texts]
        self.add.param.update(options=[ADD, *others], value=ADD)
        self.kind.value, self.number.value = self.state.grid, self.state.n_sets
        self.number.disabled = self.state.grid

    def __panel__(self) -> Viewable:
        return pn.Column(
            section("Scan"),
            *self.ranges.values(),
            self.add,
            self.kind,
            row(self.number),
            text(
                '<p class="hint-plain">LOW:HIGH, in a grid FIRST:LAST:NUMBER, '
                "or values with commas. Empty: as in A.</p>"
            ),
            sizing_mode="stretch_width",
            margin=0,
        )
