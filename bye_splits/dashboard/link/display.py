"""The display page's address: conversion of the whole state to a query and back."""

from typing import Any
from urllib.parse import urlencode

from ...chain.shapes import SHAPES
from ...geometry import Geometry
from ...studies.columns import known_kinds
from ..figures.framing import USUAL, VIEWS
from ..state.colour_modes import COLOURS
from ..state.cuts import EVERYTHING
from ..state.display import DisplayState
from . import chain as chain_link
from . import matches
from .query import (
    ANY_NUMBER,
    THEMES,
    choices,
    invalid,
    layers,
    number,
    numbers,
    parse_query,
    sample,
    whole,
    whole_numbers,
)

CHOICES: dict[str, tuple[str, dict]] = {
    "endcap": ("endcap", {"+z": "plus", "-z": "minus"}),
    "colour": ("colour_by", {name: mode.word for name, mode in COLOURS.items()}),
    "scale": ("colour_scale", {"log": "log", "linear": "linear"}),
    "frame": ("frame", {"shower": "shower", "endcap": "endcap"}),
    "panes": ("panes", {name: name for name in ("both", "2D", "3D", "stages")}),
    "tab": ("tab", {"clusters": "clusters", "cell": "cell"}),
    "theme": ("theme", THEMES),
    "projection": ("projection", {name: name for name in ("perspective", "orthographic")}),
    "seedlines": ("seed_lines", {True: "on", False: "off"}),
    "diamonds": ("diamonds", {True: "on", False: "off"}),
    "beside": ("beside_file", {False: "nothing", True: "file"}),
}
NUMBERS = {"threshold": "threshold", "around": "cylinder", "stretch": "stretch"}
KNOWN = (
    {
        *CHOICES,
        *NUMBERS,
        "particle",
        "pileup",
        "event",
        "occurrence",
        "generated",
        "layer",
        "layers",
        "cell",
        "look",
        "camera",
        "shapes",
        "page",
    }
    | chain_link.KNOWN
    | matches.KNOWN
)
NEAREST, FARTHEST = 0.1, 1000.0  # cm, limits of the map's view in a link
OUTERMOST = 20.0  # largest camera coordinate, some ten times that of the default camera
CELL = ("layer", "waferu", "waferv", "cellu", "cellv")


def write(state: DisplayState) -> str:
    """The query (with its "?") that opens what `state` shows."""
    navigation, shown, cuts, selected = state.navigation, state.shown, state.cuts, state.selection.selected
    pairs = {"particle": navigation.particle}
    if navigation.pileup:
        pairs["pileup"] = navigation.pileup
    if shown.loaded is not None:
        pairs["event"] = shown.loaded.event.number
        if shown.loaded.occurrence:
            pairs["occurrence"] = shown.loaded.occurrence
        if shown.chosen:
            pairs["generated"] = shown.chosen + 1
    for name, (parameter, words) in CHOICES.items():
        pairs[name] = words[state.value(parameter)]
    pairs["layer"] = cuts.layer
    pairs["layers"] = "{}-{}".format(*cuts.layers_3d)
    for name, parameter in NUMBERS.items():
        pairs[name] = chain_link.shortest(state.value(parameter))
    if cuts.cylinder == EVERYTHING:
        pairs["around"] = "all"
    if selected >= 0:
        cell = shown.geometry.trigger_cells.iloc[selected]
        pairs["cell"] = ".".join(str(cell[name]) for name in CELL)
    if state.look is not None:
        pairs["look"] = ",".join(f"{length:g}" for length in state.look)
    if state.camera is not None:
        named = isinstance(state.camera, str)
        pairs["camera"] = state.camera if named else ",".join(f"{number:g}" for number in state.camera)
    if state.shapes:
        pairs["shapes"] = ",".join(state.shapes)
    pairs |= matches.write_selection(state.match, state.order, state.descending)
    return "?" + urlencode(pairs | chain_link.write(state.chain, state.selection), safe=",")


def read(query: str, state: DisplayState) -> tuple[dict, dict, list[str]]:
    """Parse a query without changing the state.

    Parameters
    ----------
    query : with or without its "?"

    Returns
    -------
    event : arguments for `DisplayState.show`: those of `key`, `number`, `occurrence` that are in the query
    values : parameters of the state
    problems : a sentence for each invalid part, for which the default is kept
    """
    given, problems = parse_query(query, KNOWN)
    event, values = _event(given, state, problems), choices(given, CHOICES, problems)
    geometry = _geometry(event, state)
    for name, parameter in NUMBERS.items():
        if name in given:
            word = "0" if given[name] == "all" and name == "around" else given[name]
            low, high = state.parameter(parameter).bounds
            value = number(word)
            if value is not None and low <= value <= high:
                # The end of the slider means no cut.
                values[parameter] = EVERYTHING if name == "around" and value == high else value
            else:
                problems.append(invalid(name, given[name], f"a number from {low:g} to {high:g}"))
    values |= layers(given, geometry, problems)
    shapes = given["shapes"].split(",") if "shapes" in given else []
    if set(shapes) <= set(SHAPES):
        values["shapes"] = tuple(name for name in SHAPES if name in shapes)
    else:
        problems.append(invalid("shapes", given["shapes"], f"some of {', '.join(SHAPES)}"))
    values["look"] = values["camera"] = None
    if "look" in given:
        look = numbers(given["look"], 3, FARTHEST)
        if look and look[2] >= NEAREST:
            values["look"] = look
        else:
            limits = f"x, y and half the shorter side in cm, the last one from {NEAREST:g} to {FARTHEST:g}"
            problems.append(invalid("look", given["look"], limits))
    if "camera" in given:
        camera = numbers(given["camera"], 6, OUTERMOST)
        if given["camera"] in VIEWS:
            values["camera"] = None if given["camera"] == USUAL else given["camera"]
        elif camera and camera[:3] != camera[3:]:
            values["camera"] = camera
        else:
            numbers_of = f"x, y, z of an eye, and of what it looks at, from -{OUTERMOST:g} to {OUTERMOST:g}"
            limits = f"{', '.join(VIEWS)}, or {numbers_of}"
            problems.append(invalid("camera", given["camera"], limits))
    if "cell" in given:
        selected = _cell(given["cell"], geometry)
        if selected >= 0:
            values["selected"] = selected
            values.setdefault("tab", "cell")
        else:
            problems.append(
                invalid("cell", given["cell"], "layer.waferu.waferv.cellu.cellv of a trigger cell")
            )
    if "generated" in given:
        rank = whole(given["generated"])
        if rank is not None and rank >= 1:
            values["chosen"] = rank - 1
        else:
            problems.append(invalid("generated", given["generated"], "a number from 1"))
    values |= chain_link.read(given, state.chain, lambda *words: problems.append(invalid(*words)))
    both = values.get("set_b", state.chain.set_b) is not None
    selection = matches.read_selection(given, known_kinds(both), problems)
    values |= dict(zip(("match", "order", "descending"), selection, strict=True))
    return event, values, problems


def _event(given: dict, state: DisplayState, problems: list[str]) -> dict:
    event: dict[str, Any] = {}
    key = sample(given, list(state.navigation.catalogue.samples), problems)
    if key is not None:
        event["key"] = key
    for name, argument in (("event", "number"), ("occurrence", "occurrence")):
        if name in given:
            value = whole(given[name], ANY_NUMBER)
            if value is None:
                problems.append(invalid(name, given[name], "a whole number"))
            else:
                event[argument] = value
    return event


def _geometry(event: dict, state: DisplayState) -> Geometry:
    """The geometry of the event requested by a link."""
    navigation = state.navigation
    current = navigation.key if state.shown.loaded is not None else next(iter(navigation.catalogue.samples))
    key = event.get("key", current)
    return navigation.catalogue.geometry_of(key, event.get("number"), event.get("occurrence", 0))


def _cell(text: str, geometry: Geometry) -> int:
    parts = whole_numbers(text, ".")
    if len(parts) != len(CELL):
        return -1
    return int(geometry.find(*([part] for part in parts))[0])
