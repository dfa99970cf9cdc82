"""What is shown, to take away: a script and a parameter file that reproduce it."""

import dataclasses
from typing import Any

import panel as pn
from bokeh.models import ColumnDataSource

from ...chain import ChainParameters
from ...chain.parameters import GROUPS
from ..page import widget_css
from ..state import DisplayState
from .base import StateView
from .table import RESULT

# A page that came over plain http from another name than localhost has no navigator.clipboard.
_COPY = """
const text = texts.data[which][0], button = cb_obj.origin;
const done = (said) => {
  button.setv({label: said}, {sync: false});
  clearTimeout(button._timer);
  button._timer = setTimeout(() => button.setv({label: usual}, {sync: false}), 1500);
};
const old = () => {
  const area = document.createElement("textarea");
  area.value = text;
  area.style.cssText = "position: fixed; top: 0; opacity: 0";
  document.body.appendChild(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  done(copied ? "copied" : "not copied");
};
if (navigator.clipboard && window.isSecureContext) {
  navigator.clipboard.writeText(text).then(() => done("copied"), old);
} else old();
"""


def _argument(value: Any) -> str:
    """A value as Python code; settings with those of their fields that are not the default."""
    if dataclasses.is_dataclass(value):
        given = ", ".join(
            f"{field.name}={_argument(getattr(value, field.name))}"
            for field in dataclasses.fields(value)
            if getattr(value, field.name) != field.default
        )
        return f"{type(value).__name__}({given})"
    if isinstance(value, tuple):
        return f"({', '.join(_argument(item) for item in value)}{',' * (len(value) == 1)})"
    return repr(float(value)) if isinstance(value, float) else repr(value)


def _changed(parameters: ChainParameters) -> dict[str, Any]:
    """Fields that are not the default."""
    return {
        field.name: getattr(parameters, field.name)
        for field in dataclasses.fields(parameters)
        if getattr(parameters, field.name) != field.default
    }


def _sets(state: DisplayState) -> dict[str, ChainParameters]:
    """The sets that the panes show, by name; the name is empty where there is one."""
    if state.compare == "A | B" and state.set_b is not None:
        return {"A": state.set_a, "B": state.set_b}
    return {"": state.parameters}


def as_yaml(sets: dict[str, ChainParameters]) -> str:
    """Parameter files as YAML; of two sets one document each, to be kept in a file of its own."""
    if len(sets) == 1:
        return next(iter(sets.values())).to_yaml()
    return "---\n".join(
        f"# {name}: a file of its own, for bye-splits chain --parameters\n{parameters.to_yaml()}"
        for name, parameters in sets.items()
    )


def as_python(state: DisplayState) -> str:
    """A script that makes what is shown, of one set or both, of the event file and prints the clusters."""
    sample = state.catalogue.samples[state.key]
    path = sample.path if isinstance(sample.path, str) else str(sample.path.absolute())
    where = [repr(path)]
    where += [
        f"{name}={value!r}"
        for name, value in (("directory", sample.directory), ("tree", sample.tree))
        if value is not None
    ]
    event, once = state.loaded.event, state.loaded.occurrences == 1
    wanted = f"event({event.number})" if once else f"event_at({event.entry})  # event {event.number}"
    side = ">" if state.endcap == "+z" else "<"
    threshold = state.catalogue.config.selection.mip_threshold
    settings, runs = set(), []
    for name, parameters in _sets(state).items():
        changed = _changed(parameters)
        settings |= {type(value).__name__ for key, value in changed.items() if key in GROUPS}
        arguments = ", ".join(f"{key}={_argument(value)}" for key, value in changed.items())
        of = f"_{name.lower()}" if name else ""
        runs += [
            *(["", f"# {name}"] if name else []),
            f"parameters{of} = ChainParameters({arguments})",
            f"result{of} = run(cells, parameters{of})",
            f'print("{name}", result{of}.clusters, sep="\\n")' if name else "print(result.clusters)",
        ]
    imports = [
        "from bye_splits.chain import ChainParameters, run",
        "from bye_splits.data import open_source",
        *([f"from bye_splits.settings import {', '.join(sorted(settings))}"] if settings else []),
    ]
    return "\n".join(
        [
            *imports,
            "",
            f"source = open_source({', '.join(where)})",
            f"event = source.{wanted}",
            "cells = event.trigger_cells",
            f"cells = cells[(cells.z {side} 0) & (cells.mipPt >= {threshold!r})]",
            *runs,
            "",
        ]
    )


class CopyAs(StateView):
    """Two buttons that put what is shown into the clipboard."""

    watches = RESULT

    def build(self) -> None:
        self.texts = ColumnDataSource(data={"python": [""], "yaml": [""]})
        self._written: tuple = ({}, "")  # sets and their YAML, which stay from event to event
        self.buttons = [
            pn.widgets.Button(
                label=f"Copy as {name}",
                width=width,
                height=22,
                margin=0,
                sizing_mode="fixed",
                css_classes=["small"],
                stylesheets=[widget_css()],
            )
            for name, width in (("Python", 98), ("YAML", 90))
        ]
        for button, which in zip(self.buttons, ("python", "yaml"), strict=True):
            button.js_on_click(args={"texts": self.texts, "which": which, "usual": button.label}, code=_COPY)
        self.update(set(self.watches))

    def __panel__(self):
        return pn.Row(
            *self.buttons, margin=0, sizing_mode="fixed", width=194, height=22, styles={"gap": "6px"}
        )

    def update(self, changed: set[str]) -> None:
        sets = _sets(self.state)
        if self._written[0] != sets:
            self._written = (sets, as_yaml(sets))
        self.texts.data = {"python": [as_python(self.state)], "yaml": [self._written[1]]}
