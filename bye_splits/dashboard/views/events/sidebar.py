"""The controls of the events page."""

from functools import partial
from html import escape
from typing import Any

import panel as pn
from panel.viewable import Viewable

from ....studies.filters import LIMITED
from ...catalogue import sample_name
from ...link.query import number
from ...page.template import section, text
from ...patches.number_field import NumberField
from ...state.events import EventsState
from ..shared.base import draws
from ..shared.chain_controls import SetControls
from ..shared.controls import Controls, style
from . import downloads
from .scan import ScanFacts

ALL, OTHER = "all", "own condition"


class EventsSidebar(Controls):
    """Sample, selection, sets of parameters, downloads."""

    state: EventsState

    def build(self) -> None:
        state = self.state
        names = {sample_name(key): key for key in state.catalogue.samples}
        self.sample = pn.widgets.Select(label="Sample", options=names, disabled=len(names) < 2, **style())
        self.preset = pn.widgets.Select(label="Selection", **style())
        self.expression = pn.widgets.TextAreaInput(
            label="Condition",
            placeholder="clusters > 1 and abs(gen_eta) > 2.4",
            rows=2,
            max_length=500,
            auto_grow=False,
            resizable=False,
            **style("condition"),
        )
        self.help = text("")
        self.limits = {
            name: tuple(NumberField(placeholder=end, **style("limit")) for end in ("min", "max"))
            for name in LIMITED
        }
        self.sets = SetControls(state)
        self.scan = ScanFacts(state)
        self.follow(self.sample, lambda key: state.choose(sample=key, page=1))
        self.follow(self.preset, self._preset)
        self.follow(self.expression, self._expression)
        for name, fields in self.limits.items():
            for field in fields:
                self.follow(field, partial(self._limit, name))

    def __panel__(self) -> Viewable:
        limits = [
            pn.Row(
                text(f"<label>{escape(quantity.head)}</label>", align="center"),
                *self.limits[name],
                sizing_mode="stretch_width",
                margin=0,
                styles={"gap": "6px", "align-items": "center"},
            )
            for name, quantity in LIMITED.items()
        ]
        return pn.Column(
            section("Sample"),
            self.sample,
            section("Selection"),
            self.preset,
            self.help,
            self.expression,
            *limits,
            section("Download"),
            downloads.buttons(),
            self.sets,
            *([section("Hand scan"), self.scan, downloads.tags_button()] if self.state.scan.enabled else []),
            sizing_mode="stretch_width",
            margin=0,
        )

    def _preset(self, name: str) -> None:
        if name in self.state.presets:
            self.state.select_preset(name)
        elif name == ALL:
            self.state.choose(limits=(), expression="")

    def _expression(self, words: str) -> None:
        if not self.state.choose(expression=words):
            self.expression.css_classes = ["condition", "wrong"]
            return
        self.answer("selection")

    def _limit(self, name: str, _: Any) -> None:
        ends = []
        for field, word in zip(self.limits[name], ("lowest", "highest"), strict=True):
            value = number(field.value) if field.value.strip() else None
            if value is None and field.value.strip():
                label = LIMITED[name].label
                self.state.report(
                    "warning", f"The {word} {label} is no number: {field.value.strip()[:20]!r}."
                )
                self.answer("selection")
                return
            ends.append(value)
        others = [one for one in self.state.limits if one[0] != name]
        self.state.choose(limits=(*others, (name, ends[0], ends[1])))

    @draws("sample", "expression", "limits", "set_b")
    def selection(self) -> None:
        """Sample, condition and limits."""
        state = self.state
        self.sample.value = state.sample
        titles = {one.title: name for name, one in state.presets.items()}
        name = state.preset or (ALL if not state.condition else OTHER)
        options = {"All": ALL} | titles | ({"\u2013": OTHER} if name == OTHER else {})
        self.preset.param.update(options=options, value=name)
        explanation = state.presets[name].explanation if name in state.presets else ""
        self.help.say(f'<p class="hint-plain">{escape(explanation)}</p>' if explanation else "")
        self.expression.param.update(value=state.expression, css_classes=["condition"])
        known = {name: ends for name, *ends in state.limits}
        for name, fields in self.limits.items():
            for field, end in zip(fields, known.get(name, (None, None)), strict=True):
                field.value = "" if end is None else f"{end:g}"
