"""The address of the page of occupancies: conversion of the state to a query and back."""

from urllib.parse import urlencode

from ...studies.occupancy_keys import SECTIONS
from ...studies.occupancy_maps import QUANTITIES, STAGES
from ..state.occupancy import GROUPINGS, OccupancyState
from . import chain as chain_link
from .query import THEMES, choices, invalid, layers, numbers, parse_query, sample, whole, whole_numbers

CHOICES = {
    "endcap": ("endcap", {"+z": "plus", "-z": "minus"}),
    "quantity": ("quantity", {name: name for name in QUANTITIES}),
    "scale": ("scale", {"log": "log", "linear": "linear"}),
    "map": ("grouping", dict(zip(GROUPINGS, ("cells", "modules"), strict=True))),
    "stage": ("stage", {name: name for name in STAGES}),
    "section": ("section", {name: name for name in SECTIONS}),
    "theme": ("theme", THEMES),
}
CELL = ("layer", "waferu", "waferv", "cellu", "cellv")
KNOWN = {*CHOICES, "particle", "pileup", "layer", "layers", "cell", "bin", "look", "page"}
KNOWN |= chain_link.SETS
FARTHEST = 1000.0  # cm, limit of the map's view in a link


def write(state: OccupancyState) -> str:
    """The query (with its "?") that opens what `state` shows."""
    particle, pileup = state.sample
    pairs = {"particle": particle} | ({"pileup": pileup} if pileup else {})
    pairs |= {name: words[state.value(parameter)] for name, (parameter, words) in CHOICES.items()}
    pairs |= {"layer": str(state.layer), "layers": "{}-{}".format(*state.layers)}
    if state.cell >= 0:
        pairs["cell"] = ".".join(str(state.geometry.column(name)[state.cell]) for name in CELL)
    if state.bin >= 0:
        pairs["bin"] = str(state.bin)
    if state.look is not None:
        pairs["look"] = ",".join(f"{length:g}" for length in state.look)
    return "?" + urlencode(pairs | chain_link.write_sets(state, state.compare), safe=",")


def read(query: str, state: OccupancyState) -> tuple[dict, list[str]]:
    """Parse a query without changing the state.

    Returns
    -------
    values : parameters of the state; a `sample` is for `OccupancyState.show`
    problems : a sentence for each invalid part, for which the default is kept
    """
    given, problems = parse_query(query, KNOWN)
    values = choices(given, CHOICES, problems)
    values |= chain_link.read_sets(given, state, lambda *words: problems.append(invalid(*words)))
    if values.get("compare") == "A | B":  # of the display
        values["compare"] = "A"
    key = sample(given, list(state.catalogue.samples), problems)
    if key is not None:
        values["sample"] = key
    geometry = state.geometry if key in (None, state.sample) else state.catalogue.geometry_of(key)
    found = layers(given, geometry, problems)
    values |= {"layers" if name == "layers_3d" else name: value for name, value in found.items()}
    if "cell" in given:
        indices = whole_numbers(given["cell"], ".")
        cell = int(geometry.find(*([index] for index in indices))[0]) if len(indices) == len(CELL) else -1
        if cell >= 0:
            values["cell"] = cell
        else:
            problems.append(
                invalid("cell", given["cell"], "layer.waferu.waferv.cellu.cellv of a trigger cell")
            )
    if "bin" in given:
        n = state.catalogue.parameters().base.n_rz * state.catalogue.parameters().base.n_phi
        chosen = whole(given["bin"])
        if chosen is not None and 0 <= chosen < n:
            values["bin"] = chosen
        else:
            problems.append(invalid("bin", given["bin"], f"a number from 0 to {n - 1}"))
    if "look" in given:
        look = numbers(given["look"], 3, FARTHEST)
        if look is not None and look[2] > 0:
            values["look"] = look
        else:
            problems.append(invalid("look", given["look"], "x, y and half side of the map in cm"))
    return values, problems
