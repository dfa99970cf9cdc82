"""Docstrings as reStructuredText: sections as headings, and their entries ``name : what it is`` as lists.

Napoleon and numpydoc take what stands behind the colon for a type.
"""

import re
from itertools import pairwise

from sphinx.application import Sphinx

LISTS = ("Parameters", "Attributes", "Raises", "Warns")
RETURNS = ("Returns", "Yields")
ENTRY = re.compile(r"(?P<names>\*{0,2}\w[\w.]*(?:, \*{0,2}\w[\w.]*)*)(?: : (?P<meaning>.*))?")


def _sections(lines: list[str]) -> list[tuple[str, list[str]]]:
    """Title and lines of each section; "" is the title of what stands before the first."""
    starts = [
        k for k, (title, below) in enumerate(pairwise(lines)) if title and re.fullmatch(r"-{3,}", below)
    ]
    ends = [*starts, len(lines)]
    parts = [("", lines[: ends[0]])]
    return parts + [(lines[start], lines[start + 2 : end]) for start, end in pairwise(ends)]


def _entries(lines: list[str]) -> list[str]:
    """Entries as a list in which names are literal."""
    found: list[str] = []
    for line in lines:
        entry = None if line.startswith(" ") else ENTRY.fullmatch(line)
        if entry is None:
            found.append(f"  {line.strip()}" if line.strip() else "")
            continue
        names = ", ".join(f"``{name}``" for name in entry["names"].split(", "))
        found += [f"- {names}: {entry['meaning']}" if entry["meaning"] else f"- {names}:"]
    return found


def _rewritten(title: str, lines: list[str]) -> list[str]:
    """The lines of a section: entries as a list, what is returned also as a paragraph."""
    named = all(ENTRY.fullmatch(line) for line in lines if line and not line.startswith(" "))
    if title in LISTS or (title in RETURNS and named):
        return _entries(lines)
    return [line.strip() for line in lines] if title in RETURNS else lines


def process(app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    """Rewrite the lines of one docstring in place."""
    (_, first), *sections = _sections(list(lines))
    written = list(first)
    for title, body in sections:
        written += ["", f".. rubric:: {title}", "", *_rewritten(title, body), ""]
    lines[:] = written


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the rewriting."""
    app.connect("autodoc-process-docstring", process)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
