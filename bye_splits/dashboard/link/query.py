"""Common to the addresses of all pages: parsing of queries and messages about invalid values."""

import math
from collections import Counter
from typing import Any
from urllib.parse import parse_qsl

from ...geometry import Geometry

ANY_NUMBER = 2**64  # event numbers may be unsigned 64-bit integers
MAX_LENGTH = 2000  # characters; longer queries are ignored
THEMES = {"dark": "dark", "light": "light"}
IN_LINK = "In the link, "
BOKEH = "bokeh-"
"""Arguments of this prefix are Bokeh's own: those with which a page of another program asks for a pane."""


class Unused(str):
    """A sentence on parts of a link that have no effect; it may begin with `IN_LINK`.

    Attributes
    ----------
    parts : number of these
    """

    parts = 1


def parse_query(query: str, known: set[str]) -> tuple[dict[str, str], list[str]]:
    """Names and values of a query, and a sentence for each problem.

    Parameters
    ----------
    query : with or without its "?"
    known : valid names
    """
    query = query.lstrip("?")
    if len(query) > MAX_LENGTH:
        return {}, [f"The link is {len(query)} characters long: it was ignored."]
    every = parse_qsl(query, keep_blank_values=True)
    pairs = [(name, value) for name, value in every if not name.startswith(BOKEH)]
    given = dict(pairs)
    often = Counter(name for name, _ in pairs)
    repeated = [name for name in given if often[name] > 1]
    problems: list[str] = [
        *(_unused(_cut(name), f"is given {often[name]} times: the last one is used") for name in repeated),
        *(_unused(_cut(name), "is not a known name: it was ignored") for name in sorted(set(given) - known)),
    ]
    return given, problems


def choices(given: dict, offered: dict, problems: list[str]) -> dict:
    """Values of parameters with a fixed set of choices.

    Parameters
    ----------
    given : names and values of the query
    offered : by name in the query: the parameter, and the word in the query for each of its values
    problems : a sentence is appended for each invalid word
    """
    values = {}
    for name, (parameter, words) in offered.items():
        if name in given:
            by_word = {word: value for value, word in words.items()}
            if given[name] in by_word:
                values[parameter] = by_word[given[name]]
            else:
                problems.append(invalid(name, given[name], ", ".join(by_word)))
    return values


def sample(given: dict, samples: list[tuple[str, str]], problems: list[str]) -> tuple[str, str] | None:
    """The sample given by `particle` and `pileup`; None if neither is given or there is no such sample."""
    if "particle" not in given and "pileup" not in given:
        return None
    # A missing one is taken from the first sample that agrees with the other.
    matches = [key for key in samples if given.get("pileup", key[1]) == key[1]]
    particle = given.get("particle", matches[0][0] if matches else samples[0][0])
    key = (particle, given.get("pileup", next((p for name, p in samples if name == particle), "")))
    if key in samples:
        return key
    known = "; ".join(" ".join(filter(None, sample)) for sample in samples)
    if len({"particle", "pileup"} & set(given)) < 2:
        name = "particle" if "particle" in given else "pileup"
        problems.append(invalid(name, given[name], f"that of one of the samples {known}"))
        return None
    both = invalid(f"particle={_cut(key[0])!r} with pileup", key[1], f"one of the samples {known}")
    both.parts = 2
    problems.append(both)
    return None


def layers(given: dict, geometry: Geometry, problems: list[str]) -> dict:
    """Values of `layer`, which must have trigger cells, and of the range `layers_3d`."""
    values: dict[str, Any] = {}
    last = geometry.n_layers
    if "layer" in given:
        layer = whole(given["layer"])
        if layer is not None and layer in geometry.layers:
            values["layer"] = layer
        else:
            problems.append(invalid("layer", given["layer"], f"a layer with trigger cells of the {last}"))
    if "layers" in given:
        ends = whole_numbers(given["layers"], "-")
        if len(ends) == 2 and 1 <= ends[0] <= ends[1] <= last:
            values["layers_3d"] = ends
        else:
            problems.append(invalid("layers", given["layers"], f"two layers such as 1-{last}"))
    return values


def number(text: str) -> float | None:
    """Parse a finite number; None if the text is not one."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def numbers(text: str, n: int, most: float) -> tuple[float, ...] | None:
    """Parse `n` finite comma-separated numbers of magnitude at most `most`; None if the text is invalid."""
    found = [number(word) for word in text.split(",")]
    values = tuple(value for value in found if value is not None)
    return values if len(values) == len(found) == n and max(map(abs, values)) <= most else None


def whole(text: str, most: int = 2**62) -> int | None:
    """Parse a whole number of magnitude below `most`; None if the text is not one."""
    try:
        value = int(text)
    except ValueError:
        return None
    return value if abs(value) < most else None


def whole_numbers(text: str, between: str) -> tuple[int, ...]:
    """Parse whole numbers separated by `between`; empty if any of them is invalid."""
    found = [whole(word) for word in text.split(between)]
    values = tuple(value for value in found if value is not None)
    return values if len(values) == len(found) else ()


def _cut(text: str) -> str:
    """A text out of a link, cut where it is long."""
    return text if len(text) <= 40 else text[:40] + "\u2026"


def _unused(part: str, why: str) -> Unused:
    return Unused(f"{IN_LINK}{part} {why}.")


def invalid(name: str, found: str, expected: str) -> Unused:
    """A sentence about an invalid value in a link."""
    return Unused(f"{IN_LINK}{name}={_cut(found)!r} is not {expected}: the default is shown.")
