"""The addresses of the pages of the studies: conversion of the state to a query and back."""

from collections.abc import Iterable
from itertools import repeat
from typing import Any
from urllib.parse import urlencode

from ...chain import ChainParameters
from ...chain.parameters import DECLARED
from ...errors import ByeSplitsError
from ...studies.profiles import VARIABLES
from ...studies.response import NORMS, QUANTITIES
from ...studies.sample_scan import MOST_SETS, Choice
from ...studies.scan import OBJECTIVES
from ..state.own_clusters import EVENTS, OwnClustersState
from ..state.scan import ScanState
from ..state.study import Key, StudyState
from . import chain as chain_link
from .query import THEMES, Unused, choices, invalid, number, parse_query, sample

BETWEEN = ":"  # a lowest and a highest value
OVERLAID = ("particle2", "pileup2")
LIMITS = ("eta", "pt")
CHOICES: dict[str, tuple[str, dict[Any, str]]] = {
    "against": ("against", {name: name for name in VARIABLES}),
    "of": ("quantity", {name: name for name in QUANTITIES}),
    "norm": ("norm", {name: name for name in NORMS}),
    "older": ("older", {False: "0", True: "1"}),
    "theme": ("theme", THEMES),
}
RANGES = (
    *VARIABLES,
    *("response", "second_dr", "second_share"),
    *DECLARED,
    *OBJECTIVES,
)
"""Columns of which ranges can be drawn: of particles, and of sets of a scan."""

KNOWN = {*CHOICES, *LIMITS, *OVERLAID, "particle", "pileup", "page", "shower"} | {
    f"in_{name}" for name in RANGES
}
KNOWN |= chain_link.SETS
SCAN = ("vary", "sets", "grid")
FIRST_EVENTS: dict[str, tuple[str, dict[Any, str]]] = {
    "events": ("most", {n: word for word, n in EVENTS.items()})
}
VARIED = ";"  # between the parameters that are varied


def write(state: StudyState) -> str:
    """The query (with its "?") that opens what `state` shows."""
    pairs: dict[str, Any] = {}
    for names, key in zip((("particle", "pileup"), OVERLAID), state.samples, strict=False):
        pairs |= {name: word for name, word in zip(names, key, strict=True) if word}
    for name in LIMITS:
        value = getattr(state, name)
        if value != state.param[name].default:
            pairs[name] = BETWEEN.join(map(chain_link.shortest, value))
    if getattr(state, "shower", -1) >= 0:
        pairs["shower"] = state.shower
    for name, low, high in state.ranges:
        pairs[f"in_{name}"] = f"{low:.6g}{BETWEEN}{high:.6g}"
    pairs |= {name: words[getattr(state, parameter)] for name, (parameter, words) in CHOICES.items()}
    if isinstance(state, ScanState):
        pairs |= _scan_words(state)
    if isinstance(state, OwnClustersState):
        pairs |= {name: words[getattr(state, of)] for name, (of, words) in FIRST_EVENTS.items()}
    return "?" + urlencode(pairs | chain_link.write_sets(state, state.compare), safe=":")


def read(query: str, state: StudyState) -> tuple[dict, list[str]]:
    """Parse a query without changing the state.

    Returns
    -------
    values : parameters of the state
    problems : a sentence for each invalid part, for which the default is kept
    """
    scans, own = isinstance(state, ScanState), isinstance(state, OwnClustersState)
    more = SCAN if scans else FIRST_EVENTS if own else ()
    given, problems = parse_query(query, KNOWN.union(more))
    values: dict[str, Any] = choices(given, CHOICES | (FIRST_EVENTS if own else {}), problems)
    offered = list(state.catalogue.samples)
    first = sample(given, offered, problems)
    overlaid = {
        name: given[other]
        for name, other in zip(("particle", "pileup"), OVERLAID, strict=True)
        if other in given
    }
    second = sample(overlaid, offered, problems)
    if first is not None or second is not None:
        first = first or state.samples[0]
        values["samples"] = (first,) if second in (None, first) else (first, second)
    for name in LIMITS:
        bounds = state.param[name].bounds
        if name in given:
            ends = _ends(given[name])
            if ends and bounds[0] <= ends[0] < ends[1] <= bounds[1]:
                values[name] = ends
            else:
                low, high = bounds
                problems.append(
                    invalid(name, given[name], f"two numbers from {low:g} to {high:g}, such as 1.7:2.8")
                )
    if "shower" in given and hasattr(state, "shower"):
        if given["shower"].isdecimal() and int(given["shower"]) <= state.param["shower"].bounds[1]:
            values["shower"] = int(given["shower"])
        else:
            problems.append(invalid("shower", given["shower"], "the number of an event"))
    values["ranges"] = ()
    for name in RANGES:
        if (word := given.get(f"in_{name}")) is not None:
            if ends := _ends(word):
                values["ranges"] += ((name, *ends),)
            else:
                problems.append(invalid(f"in_{name}", word, "two numbers such as 0.8:0.9"))
    values |= chain_link.read_sets(given, state, lambda *words: problems.append(invalid(*words)))
    if isinstance(state, ScanState):
        values |= _scan(given, values.get("set_a", state.set_a), problems)
    return values, problems


def _scan_words(state: ScanState) -> dict[str, str]:
    usual, pairs = Choice(), {}
    if state.vary != usual.vary:
        pairs["vary"] = VARIED.join(state.vary)
    if state.n_sets != usual.sets:
        pairs["sets"] = str(state.n_sets)
    return pairs | ({"grid": "1"} if state.grid else {})


def _scan(given: dict[str, str], base: ChainParameters, problems: list[str]) -> dict[str, Any]:
    """What a scan varies, as a query says; the usual where that is invalid."""
    usual = Choice()
    word = given.get("sets", str(usual.sets))
    if not (word.isdecimal() and len(word) < 6 and 1 <= int(word) <= MOST_SETS):
        problems.append(invalid("sets", word, f"a number from 1 to {MOST_SETS}"))
        word = str(usual.sets)
    vary = tuple(given["vary"].split(VARIED)) if "vary" in given else usual.vary
    choice = Choice(vary, int(word), given.get("grid") == "1")
    try:
        choice.parameters(base)
    except ByeSplitsError as error:
        problems.append(Unused(str(error)))
        choice = usual
    return {"vary": choice.vary, "n_sets": choice.sets, "grid": choice.grid}


def _ends(text: str) -> tuple[float, float] | None:
    low, between, high = text.partition(BETWEEN)
    ends = number(low), number(high)
    if not between or ends[0] is None or ends[1] is None or ends[0] > ends[1]:
        return None
    return ends[0], ends[1]


def of_each_event(
    state: StudyState,
    key: Key,
    events: Iterable[int],
    particles: Iterable[int] | None = None,
    which: str = "A",
    seed_thresholds: Iterable[float] | None = None,
) -> list[str]:
    """The addresses that open events of a sample in the display, under the same sets.

    Parameters
    ----------
    events : their numbers
    particles : of each event, in its endcap; the first ones by default
    which : "A" or "B": the set that is shown
    seed_thresholds : mipT, for each event, instead of that of the set
    """
    sample = {"particle": key[0]} | ({"pileup": key[1]} if key[1] else {})
    shown = which if state.set_b is not None else "A"
    sets = {"theme": state.theme} | chain_link.write_sets(state, shown)
    word = next(word for word, name in chain_link.BY_WORD.items() if name == "seed_threshold")
    word = word if shown == "A" else f"{word}B"
    addresses = []
    for event, particle, threshold in zip(
        events,
        repeat(0) if particles is None else particles,
        repeat(None) if seed_thresholds is None else seed_thresholds,
        strict=False,  # what is not given is repeated for ever
    ):
        pairs = sample | {"event": event} | ({"generated": particle + 1} if particle else {}) | sets
        if threshold is not None:
            pairs[word] = chain_link.shortest(threshold)
        addresses.append(_address(state, "display", pairs))
    return addresses


def of_events(state: StudyState, condition: str) -> str:
    """The address that opens the events page with the particles of the first sample that meet a condition."""
    key = state.samples[0]
    pairs: dict[str, str] = {"particle": key[0]} | ({"pileup": key[1]} if key[1] else {})
    pairs |= {"match": condition, "theme": state.theme}
    for name, limit in (("abs_eta", state.eta), ("pt", state.pt)):
        if limit != state.param["eta" if name == "abs_eta" else name].default:
            pairs[name] = BETWEEN.join(map(chain_link.shortest, limit))
    return _address(state, "events", pairs | chain_link.write_sets(state, "A"))


def of_set(state: StudyState, parameters: ChainParameters) -> str:
    """The address that opens the first sample in the display with a set of parameters as B, beside A."""
    key = state.samples[0]
    pairs: dict[str, str] = {"particle": key[0]} | ({"pileup": key[1]} if key[1] else {})
    pairs |= chain_link.words_of_set(state, state.set_a, "") | chain_link.words_of_set(state, parameters, "B")
    return _address(state, "display", pairs | {"compare": "AB", "theme": state.theme})


def _address(state: StudyState, slug: str, pairs: dict[str, Any]) -> str:
    """Another page's address with a query; all pages may share one address, and differ in the query."""
    page = state.address.format(slug)
    return f"{page}{'&' if '?' in page else '?'}{urlencode(pairs, safe=BETWEEN)}"
