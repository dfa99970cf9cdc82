"""Tables of hits: what they look like, and what is said where one stands in the place of a file of events."""

import re
from collections.abc import Iterable

COLUMNS = ("event", "x", "y", "z", "energy")
"""Columns of a table of hits: positions in cm, energy in GeV."""

FOUND = "a table of hits"
ACTION = "Group its hits into trigger cells first: bye-splits from-hits TABLE --out FILE.root"

_OF_CELLS = {"waferu", "waferv", "cellu", "cellv"}


def is_table(names: Iterable[str]) -> bool:
    """Whether columns of these names are those of hits, and not of trigger cells."""
    return set(COLUMNS) <= set(names) and not _OF_CELLS & set(names)


def header(line: str) -> list[str]:
    """Names in the first line of a text table, whatever separates them; a # in front is none of them.

    Examples
    --------
    >>> header('# event; x; "y";z;energy')
    ['event', 'x', 'y', 'z', 'energy']
    """
    line = line.strip("\ufeff\r\n").removeprefix("#")
    return [name.strip().strip("\"'") for name in re.split(separator(line), line.strip(" "))]


def separator(line: str) -> str:
    """Regular expression of what separates the names in a table's first line: a comma, where there is one."""
    return next((sign for sign in (",", ";", "\t") if sign in line), r"\s+")
