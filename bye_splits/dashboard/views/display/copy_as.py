"""Export of the display as a script or a file of parameters that reproduces it."""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any

import panel as pn
import param
from bokeh.models import ColumnDataSource, CustomJS
from panel.viewable import Viewable, Viewer

from ....chain import ChainParameters
from ....chain.cmssw import to_cmssw
from ....chain.parameters import GROUPS
from ...page.template import widget_css
from ...schedule import schedule
from ...state.display import DisplayState

_CLICKED = "written._button = cb_obj.origin; written._usual = usual;"
# navigator.clipboard is undefined on pages served over plain HTTP from a host other than localhost.
_COPY = """
const text = written.data.text[0], button = written._button, usual = written._usual;
const done = (label) => {
  button.setv({label}, {sync: false});
  clearTimeout(button._timer);
  button._timer = setTimeout(() => button.setv({label: usual}, {sync: false}), 1500);
};
const copyByCommand = () => {
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
  navigator.clipboard.writeText(text).then(() => done("copied"), copyByCommand);
} else copyByCommand();
"""


def _argument(value: Any) -> str:
    """A value as Python code; settings with only the fields that differ from the default."""
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
    """Fields that differ from the default."""
    return {
        field.name: getattr(parameters, field.name)
        for field in dataclasses.fields(parameters)
        if getattr(parameters, field.name) != field.default
    }


def _sets(state: DisplayState) -> dict[str, ChainParameters]:
    """The displayed sets by name; a single one has the name ""."""
    chain = state.chain
    return {"A": chain.set_a, "B": chain.set_b} if chain.both_shown else {"": chain.parameters}


def _files(state: DisplayState, write: Callable[[ChainParameters], str]) -> str:
    """A file for `--parameters`; of two sets two, divided by a line that is no part of either."""
    sets = _sets(state)
    if len(sets) == 1:
        return write(next(iter(sets.values())))
    return "---\n".join(
        f"# {name}: a file of its own, for bye-splits chain --parameters\n{write(parameters)}"
        for name, parameters in sets.items()
    )


def as_yaml(state: DisplayState) -> str:
    """Parameter files as YAML; two sets are two documents, to be saved in separate files."""
    return _files(state, ChainParameters.to_yaml)


def as_cmssw(state: DisplayState) -> str:
    """Fragments of CMSSW configurations; two sets are to be saved in separate files, as a line says."""
    return _files(state, to_cmssw)


def as_python(state: DisplayState) -> str:
    """A script that prints the clusters of the displayed set or sets, computed from the event file."""
    sample = state.navigation.catalogue.samples[state.navigation.key]
    path = sample.path if isinstance(sample.path, str) else str(sample.path.absolute())
    where = [repr(path)]
    where += [
        f"{name}={value!r}"
        for name, value in (("directory", sample.directory), ("tree", sample.tree))
        if value is not None
    ]
    event, once = state.shown.loaded.event, state.shown.loaded.occurrences == 1
    wanted = f"event({event.number})" if once else f"event_at({event.entry})  # event {event.number}"
    side = ">" if state.shown.endcap == "+z" else "<"
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
    if state.navigation.catalogue.in_memory:
        reading = ["# event: what was given to `bye_splits.show`; of a table, `cells` is the table itself"]
    else:
        reading = [f"source = open_source({', '.join(where)})", f"event = source.{wanted}"]
    imports = [
        "from bye_splits.chain import ChainParameters, run",
        *([] if state.navigation.catalogue.in_memory else ["from bye_splits.data import open_source"]),
        *([f"from bye_splits.settings import {', '.join(sorted(settings))}"] if settings else []),
    ]
    return "\n".join(
        [
            *imports,
            "",
            *reading,
            "cells = event.trigger_cells",
            f"cells = cells[cells.z {side} 0]",
            *runs,
            "",
        ]
    )


class CopyAs(Viewer):
    """Buttons that copy a script or a file of parameters to the clipboard; a row has those but CMSSW's.

    The server generates the text only after the click: a browser lets a page write to the clipboard for some
    seconds afterwards.
    """

    state = param.ClassSelector(class_=DisplayState)

    def __init__(self, state: DisplayState) -> None:
        super().__init__(state=state)
        self.written = ColumnDataSource(data={"text": [], "count": []})
        self.written.js_on_change("data", CustomJS(args={"written": self.written}, code=_COPY))
        self._count = 0
        self.buttons = {}
        for name, width, write in (
            ("Python", 98, as_python),
            ("YAML", 90, as_yaml),
            ("CMSSW", 98, as_cmssw),
        ):
            button = pn.widgets.Button(
                label=f"Copy as {name}",
                width=width,
                height=22,
                margin=0,
                sizing_mode="fixed",
                align="end",
                css_classes=["small"],
                stylesheets=[widget_css()],
            )
            button.js_on_click(args={"written": self.written, "usual": button.label}, code=_CLICKED)
            button.on_click(lambda event, write=write: schedule(partial(self._copy, write)))
            self.buttons[name] = button

    def __panel__(self) -> Viewable:
        return pn.Row(
            *(button for name, button in self.buttons.items() if name != "CMSSW"),
            margin=0,
            sizing_mode="fixed",
            width=194,
            height=22,
            styles={"gap": "6px"},
        )

    def _copy(self, write: Callable[[DisplayState], str]) -> None:
        self._count += 1  # so that the same text is copied again
        self.written.data = {"text": [write(self.state)], "count": [self._count]}
