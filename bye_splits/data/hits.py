"""Tables of hits: their columns, and the error for such a table in place of a file of events."""

import contextlib
import gzip
import re
import zlib
from collections.abc import Iterable
from pathlib import Path

from bye_splits.errors import SourceError
from bye_splits.remote import RemoteFile

COLUMNS = ("event", "x", "y", "z", "energy")
"""Columns of a table of hits: positions in cm, energy in GeV."""

_LINE = 4096  # bytes; only so much of the first line is read
_OF_CELLS = {"waferu", "waferv", "cellu", "cellv"}


def is_table(names: Iterable[str]) -> bool:
    """Whether these are names of columns of hits, and not of trigger cells."""
    return set(COLUMNS) <= set(names) and not _OF_CELLS & set(names)


def header(line: str) -> list[str]:
    """Names in the first line of a text table, with any separator; a leading # is ignored.

    Examples
    --------
    >>> header('# event; x; "y";z;energy')
    ['event', 'x', 'y', 'z', 'energy']
    """
    line = line.strip("\ufeff\r\n").removeprefix("#")
    return [name.strip().strip("\"'") for name in re.split(separator(line), line.strip(" "))]


def separator(line: str) -> str:
    """Regular expression of the separator in a table's first line: a comma, if there is one."""
    return next((sign for sign in (",", ";", "\t") if sign in line), r"\s+")


def is_text_table(path: Path | RemoteFile) -> bool:
    """Whether a file begins with the names of a table of hits, as text or compressed with gzip."""
    with (
        contextlib.suppress(OSError, EOFError, ValueError, zlib.error),
        path.opened() if isinstance(path, RemoteFile) else open(path, "rb") as file,
    ):
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        text = gzip.GzipFile(fileobj=file) if packed else file
        return is_table(header(text.readline(_LINE).decode("utf-8")))
    return False


def in_place_of_events(where: str) -> SourceError:
    """The error for a table of hits where events were expected; `where` is its path."""
    return SourceError(
        where,
        expected="a file of events",
        found="a table of hits",
        action="Group the hits into trigger cells first: bye-splits from-hits TABLE --out FILE.root",
    )
