"""The events page's address: conversion of the state to a query and back."""

from typing import Any
from urllib.parse import urlencode

from ...studies.columns import known_kinds
from ...studies.filters import LIMITED, Limits
from ..state.events import EventsState
from . import chain as chain_link
from .matches import KNOWN as MATCHES
from .matches import read_selection, write_selection
from .query import THEMES, choices, invalid, number, parse_query, sample, whole

BETWEEN = ":"  # a lowest and a highest value; each may be absent
CHOICES = {"theme": ("theme", THEMES)}
KNOWN = {*CHOICES, *MATCHES, *LIMITED, "particle", "pileup", "rows", "page"} | chain_link.SETS
MOST = 10**9  # pages


def write(state: EventsState) -> str:
    """The query (with its "?") that opens what `state` shows."""
    particle, pileup = state.sample
    pairs = {"particle": particle} | ({"pileup": pileup} if pileup else {})
    pairs |= write_selection(state.expression, state.order, state.descending)
    for name, low, high in state.limits:
        ends = ("" if end is None else chain_link.shortest(end) for end in (low, high))
        pairs[name] = BETWEEN.join(ends)
    if state.page > 1:
        pairs["rows"] = str(state.page)
    pairs["theme"] = state.theme
    return "?" + urlencode(pairs | chain_link.write_sets(state, state.compare), safe=":")


def read(query: str, state: EventsState) -> tuple[dict, list[str]]:
    """Parse a query without changing the state.

    Returns
    -------
    values : parameters of the state
    problems : a sentence for each invalid part, for which the default is kept
    """
    given, problems = parse_query(query, KNOWN)
    values: dict[str, Any] = choices(given, CHOICES, problems)
    key = sample(given, list(state.catalogue.samples), problems)
    if key is not None:
        values["sample"] = key
    values |= chain_link.read_sets(given, state, lambda *words: problems.append(invalid(*words)))
    if values.get("compare") == "A | B":  # of the display
        values["compare"] = "A"
    both = values.get("set_b", state.set_b) is not None
    expression, order, descending = read_selection(given, known_kinds(both), problems)
    values |= {"expression": expression, "order": order, "descending": descending}
    values["limits"] = _limits(given, problems)
    page = whole(given.get("rows", "1"), MOST)
    if page is None or page < 1:
        problems.append(invalid("rows", given["rows"], "the number of a page of rows"))
        page = 1
    values["page"] = page
    return values, problems


def _limits(given: dict[str, str], problems: list[str]) -> Limits:
    limits: list[tuple[str, float | None, float | None]] = []
    for name in LIMITED:
        if name not in given:
            continue
        words = given[name].split(BETWEEN)
        ends = [number(word) if word else None for word in words]
        understood = all(end is not None or not word for end, word in zip(ends, words, strict=True))
        if len(words) == 2 and understood:
            limits.append((name, ends[0], ends[1]))
        else:
            problems.append(
                invalid(name, given[name], "two numbers such as 1.7:2.8, of which one may be absent")
            )
    return tuple(limits)
