"""Sphinx directive `declared`: tables of what the program declares, written anew in each build.

``{declared} NAME`` in a page stands for the table `TABLES[NAME]`, ``{declared} NAME WHICH`` for the one of a
command, a page or a section.
"""

import argparse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields
from typing import Any, get_type_hints

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from link_arguments import arguments_of
from sphinx.application import Sphinx

from bye_splits import settings
from bye_splits.chain.parameters import DECLARED, ChainParameters
from bye_splits.chain.shapes import SHAPES
from bye_splits.cli.options import parser
from bye_splits.dashboard.gate.metrics import REGISTRY
from bye_splits.dashboard.gate.policy import Policy, policy_option, variable
from bye_splits.data import schema
from bye_splits.errors import variant
from bye_splits.studies.clusters import COLUMNS as CLUSTERS
from bye_splits.studies.columns import COLUMNS as CATALOGUE
from bye_splits.studies.registry import STUDIES

SECTIONS = {
    "geometry": settings.GeometrySettings,
    "selection": settings.Selection,
    "3Ddisplay": settings.Display,
    "handScan": settings.HandScan,
    "base": settings.Histogram,
    "smooth": settings.Smoothing,
    "seed": settings.Seeding,
    "cluster": settings.Clustering,
    "cs": settings.CoarseSeeding,
}
"""Sections of the configuration with keys of their own; users choose those of `io` and `defaultEvents`."""

KINDS = {
    bool: "truth value",
    int: "whole number",
    float: "number",
    str: "text",
    str | None: "text",
    tuple[int, ...]: "whole numbers",
    tuple[float, ...]: "numbers",
    tuple[str, ...]: "texts",
}
MANY = 8  # values of a list from which on their number stands for them


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(text.replace('|', chr(92) + '|') for text in line)} |" for line in lines)


def code(value: object) -> str:
    """Text as it is typed; "" for nothing."""
    return f"`{value}`" if str(value) else ""


def _value(value: Any) -> str:
    if value is None or value in ((), ""):
        return ""
    if isinstance(value, bool):
        return code(str(value).lower())
    if isinstance(value, tuple):
        return f"{len(value)} numbers" if len(value) > MANY else code(f"[{', '.join(map(str, value))}]")
    return code(f"{value:.7g}" if isinstance(value, float) else value)


def section(name: str) -> str:
    """Keys of a section of the configuration."""
    kind = variant(SECTIONS, name, "section of the configuration")
    hints, rows = get_type_hints(kind), []
    for field in fields(kind):
        if "key" not in field.metadata:
            continue
        facts = field.metadata
        allowed = [*map(code, facts["choices"])]
        if facts["at_least"] is not None:
            allowed.append(f"at least {facts['at_least']:g}")
        if facts["above"] is not None:
            allowed.append(f"above {facts['above']:g}")
        rows.append(
            (
                code(f"{name}.{facts['key']}"),
                KINDS[hints[field.name]],
                _value(field.default),
                ", ".join(allowed),
            )
        )
    return table(("key", "type", "default", "allowed"), rows)


def parameters() -> str:
    """Parameters of the chain."""
    rows = []
    for field in fields(ChainParameters):
        if field.name not in DECLARED:
            continue
        one = DECLARED[field.name]
        option = f"--{field.name.replace('_', '-')}" if one.option else ""
        default = one.none if field.default is None else field.default
        meaning = one.help + (f" [{one.unit}]" if one.unit else "")
        rows.append((code(field.name), _value(default), meaning, one.cmssw and code(one.cmssw), code(option)))
    return table(("parameter", "default", "meaning", "in CMSSW", "option"), rows)


def _commands() -> dict[str, argparse.ArgumentParser]:
    (commands,) = (one for one in parser()._actions if isinstance(one, argparse._SubParsersAction))
    for command in commands.choices.values():
        if command.add_later is not None:  # what it adds before it reads arguments
            command.add_later(command)
            command.add_later = None
    return dict(commands.choices)


def command(name: str) -> str:
    """What a command does, and its arguments."""
    one = variant(_commands(), name, "command")
    rows = []
    for action in one._actions:
        if isinstance(action, argparse._HelpAction):
            continue
        value = action.metavar or ("|".join(action.choices) if action.choices else "")
        if action.nargs == 0:
            value = ""
        words = [" ".join(filter(None, (option, value))) for option in action.option_strings] or [value]
        formatted = (action.help or "") % {"default": action.default}
        rows.append(
            (
                ", ".join(map(code, words)),
                formatted + (" (required)" if action.required and action.nargs != "*" else ""),
            )
        )
    return f"{' '.join((one.description or '').split())}\n\n{table(('argument', 'meaning'), rows)}"


def studies() -> str:
    """The studies and their tables."""
    rows = [
        (code(name), one.title, ", ".join(code(f"{each}.parquet") for each in one.tables))
        for name, one in STUDIES.items()
    ]
    return table(("study", "what it answers", "tables"), rows)


def policy() -> str:
    """What a server allows."""
    rows = [
        (
            code(variable(one.name)),
            code(f"{policy_option(one.name)} {one.metadata['metavar']}"),
            one.metadata["help"],
        )
        for one in fields(Policy)
        if one.default is not MISSING
    ]
    return table(("variable", "option of `serve`", "meaning"), rows)


def metrics() -> str:
    """Metrics of a server; those of the libraries last."""
    found = {}
    for collector in list(REGISTRY._collector_to_names):
        labels = getattr(collector, "_labelnames", ())
        for family in collector.describe() if labels else collector.collect():
            suffix = "_total" if family.type == "counter" else ""
            found[family.name + suffix] = (family.type, ", ".join(map(code, labels)), family.documentation)
    order = sorted(found, key=lambda name: (not name.startswith("bye_splits_"), name))
    return table(("metric", "type", "labels", "meaning"), ((code(name), *found[name]) for name in order))


def clusters() -> str:
    """Columns of the table that `chain` writes."""
    rows = ((code(name), f"{kind}", unit, meaning) for name, (kind, unit, meaning) in CLUSTERS.items())
    return table(("column", "type", "unit", "meaning"), rows)


def shapes() -> str:
    """Shapes of clusters."""
    return table(
        ("shape", "unit", "meaning"), ((code(name), one.unit, one.meaning) for name, one in SHAPES.items())
    )


def catalogue() -> str:
    """Columns of the page Events."""
    rows = (
        (code(name) + (f", {code(name + '_b')}" if one.of_set else ""), one.title, one.unit, one.explanation)
        for name, one in CATALOGUE.items()
    )
    return table(("column", "head", "unit", "meaning"), rows)


def branches(which: str) -> str:
    """Columns that are read from event files."""
    kinds = {
        "cells": schema.TRIGGER_CELLS,
        "generated": schema.GENERATED,
        "clusters": schema.CLUSTERS | schema.CLUSTERS_EXTRA,
    }
    columns = variant(kinds, which, "table of an event")
    units = {"mipPt": "mipT", "pt": "GeV", "energy": "GeV", "x": "cm", "y": "cm", "z": "cm"}
    units |= {"phi": "rad", "exphi": "rad"}
    rows = ((code(name), f"{kind}", units.get(name, "")) for name, kind in columns.items())
    return table(("column", "type", "unit"), rows)


def link(page: str) -> str:
    """Arguments of the address of a page."""
    rows = ((code(name), words) for name, words in arguments_of(page).items())
    return table(("argument", "value"), rows)


TABLES: Mapping[str, Callable[..., str]] = {
    "branches": branches,
    "catalogue": catalogue,
    "clusters": clusters,
    "command": command,
    "link": link,
    "metrics": metrics,
    "parameters": parameters,
    "policy": policy,
    "section": section,
    "shapes": shapes,
    "studies": studies,
}


class Declared(Directive):
    """Stands for one of `TABLES`."""

    required_arguments = 1
    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The nodes of the table."""
        name, *which = self.arguments
        text = variant(TABLES, name, "table")(*which)
        container = nodes.container()
        self.state.nested_parse(StringList(text.splitlines(), name), self.content_offset, container)
        return [container]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("declared", Declared)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
