"""The geometry page's address: conversion of the state to a query and back."""

from urllib.parse import urlencode

from ..state.geometry import GeometryState
from .query import THEMES, choices, invalid, layers, parse_query, sample, whole_numbers

CHOICES = {
    "section": ("section", {name: name for name in ("both", "silicon", "scintillator")}),
    "region": (
        "region",
        {"all": "all", "inside": "inside", "periphery": "periphery", "one wafer": "wafer"},
    ),
    "colours": ("kinds", {"full or partial": "part", "sensor cells": "sensors"}),
    "theme": ("theme", THEMES),
}
KNOWN = {*CHOICES, "particle", "pileup", "layer", "layers", "wafer", "page"}


def write(state: GeometryState) -> str:
    """The query (with its "?") that opens what `state` shows."""
    particle, pileup = state.sample or ("", "")
    pairs = {"particle": particle, "pileup": pileup} if pileup else {"particle": particle} if particle else {}
    pairs |= {
        "layer": state.layer,
        "layers": "{}-{}".format(*state.layers_3d),
        "wafer": f"{state.waferu}.{state.waferv}",
    }
    pairs |= {name: words[getattr(state, parameter)] for name, (parameter, words) in CHOICES.items()}
    return "?" + urlencode(pairs)


def read(query: str, state: GeometryState) -> tuple[dict, list[str]]:
    """Parse a query without changing the state.

    Returns
    -------
    values : parameters of the state; a `sample` is for `GeometryState.show`
    problems : a sentence for each invalid part, for which the default is kept
    """
    given, problems = parse_query(query, KNOWN)
    values, geometry = choices(given, CHOICES, problems), state.geometry
    if state.catalogue is not None:
        key = sample(given, list(state.catalogue.samples), problems)
        if key not in (None, state.sample):
            values["sample"], geometry = key, state.catalogue.geometry_of(key)
    values |= layers(given, geometry, problems)
    if "layer" in values:
        values.setdefault("layers_3d", state.layers_with(values["layer"]))
    if "wafer" in given:
        indices = whole_numbers(given["wafer"], ".")
        if len(indices) == 2 and all(map(state.in_bounds, indices)):
            values |= {"waferu": indices[0], "waferv": indices[1]}
        else:
            low, high = state.param.waferu.bounds
            expected = f"waferu.waferv, each from {low} to {high}"
            problems.append(invalid("wafer", given["wafer"], expected))
    return values, problems
