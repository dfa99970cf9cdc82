"""The trigger cells of many events at once, in one table."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import awkward as ak
import numpy as np
import pandas as pd

from bye_splits.counting import counted
from bye_splits.data.files import place
from bye_splits.data.schema import TRIGGER_CELLS, Layout
from bye_splits.data.tables import trigger_cell_table
from bye_splits.errors import SourceError
from bye_splits.remote import RemoteFile

CELLS = 500_000
"""Target number of trigger cells in a batch: about 20 MB, a thousand events without pile-up."""

Values = tuple[np.ndarray, np.ndarray]
"""Concatenated values of a branch for several entries, and their number per entry, int64."""


@dataclass(frozen=True)
class Batch:
    """The trigger cells of consecutive entries of a file.

    Attributes
    ----------
    entries : int64, shape (n,), positions in the file
    event_numbers : int64 (uint64 as in `Source`), shape (n,), as written in the file
    trigger_cells : one row per trigger cell, entry after entry; columns as requested, with units as in
        `Event`. All values are finite.
    event : int64, shape (n_tc,), ascending: index into `entries` of each row
    not_finite : number of rows left out as one of the values is not finite
    without_position : number of further rows left out as they are at z = 0
    """

    entries: np.ndarray
    event_numbers: np.ndarray
    trigger_cells: pd.DataFrame = field(repr=False)
    event: np.ndarray = field(repr=False)
    not_finite: int = 0
    without_position: int = 0


def wanted_branches(layout: Layout, columns: Iterable[str] | None, where: str) -> dict[str, str]:
    """Branch of each of the columns, or of all if `columns` is None.

    Raises
    ------
    SourceError : a name is not a column of trigger cells, or the file was written without them
    """
    if not layout.trigger_cells:
        raise SourceError(
            where,
            expected="trigger cells, of which the chain makes clusters",
            found="a file that was written without them: it has its own clusters only",
            action="Write the ntuple with its trigger cells (`tc_*`), or choose a file that has them.",
        )
    names = list(TRIGGER_CELLS) if columns is None else list(dict.fromkeys(columns))
    unknown = [name for name in names if name not in TRIGGER_CELLS]
    if unknown or not names:
        raise SourceError(
            where,
            expected=f"columns out of {', '.join(TRIGGER_CELLS)}",
            found=", ".join(map(repr, unknown)) or "none",
            action="Correct the names.",
        )
    return {name: layout.trigger_cells[name] for name in names}


def batch_of(
    first: int,
    values: Mapping[str, Values],
    branches: Mapping[str, str],
    numbers: np.ndarray,
    path: Path | RemoteFile,
    tree: str,
) -> Batch:
    """Make a batch of the values that a reader returned.

    Parameters
    ----------
    first : first entry
    values : by branch
    branches : column -> branch
    numbers : int64 or uint64, event numbers of the file
    path, tree : for the text of errors

    Raises
    ------
    SourceError : columns of different lengths, values that are not numbers of the right kind, or most of the
        trigger cells without a position
    """
    counts = next(iter(values.values()))[1]
    for name, (_, other) in values.items():
        if not np.array_equal(other, counts):
            entry = int(np.flatnonzero(other != counts)[0])
            one = next(iter(values))
            raise SourceError(
                place(path, tree, entry=first + entry),
                expected="branches of one length within an event",
                found=f"{counted(counts[entry], 'value')} in '{one}', "
                f"{counted(other[entry], 'value')} in '{name}'",
                action="The file is damaged or badly written; write it again.",
            )
    entries = np.arange(first, first + len(counts))
    event = np.repeat(np.arange(len(counts)), counts)
    flat = {name: one for name, (one, _) in values.items()}
    table, event, *left_out = trigger_cell_table(flat, branches, event, path, tree)
    return Batch(entries, numbers[first : first + len(counts)], table, event, *left_out)


def joined(
    pieces: Iterable[Mapping[str, Values]], names: Iterable[str]
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Values of consecutive ranges of entries, all in one.

    Parameters
    ----------
    pieces : values by branch; all branches have the same number of values per entry
    names : the branches

    Returns
    -------
    values : 1-D array by branch
    entry : int64, number of the entry of each value, from 0
    """
    parts = list(pieces)
    values = {name: np.concatenate([part[name][0] for part in parts] or [np.zeros(0)]) for name in names}
    counts = np.concatenate([next(iter(part.values()))[1] for part in parts] or [np.zeros(0, dtype=np.int64)])
    return values, np.repeat(np.arange(len(counts)), counts)


def flattened(values: ak.Array) -> Values:
    """Values of an awkward array of type `n * var * number` or `n * number`.

    Raises
    ------
    ValueError : the entries have another type, such as lists of lists
    """
    if values.ndim > 2:
        raise ValueError(f"entries of type {values.type.content} instead of lists of numbers")
    counts = np.ones(len(values), dtype=np.int64)
    if values.ndim == 2:
        counts = np.asarray(ak.num(values), dtype=np.int64)
        values = ak.flatten(values)
    flat = np.asarray(ak.to_numpy(values, allow_missing=False))
    if flat.dtype.kind not in "iufb":
        raise ValueError(f"values of type {flat.dtype} instead of numbers")
    return flat, counts


def cuts(edges: np.ndarray, rows: np.ndarray, start: int, stop: int, most: int) -> Iterator[tuple[int, int]]:
    """Ranges of entries with about `most` rows each, which end at the end of a basket if possible.

    Parameters
    ----------
    edges : int64, shape (n + 1,), first entry of each basket, and the end
    rows : float64, shape (n + 1,), approximate number of rows before each of these

    Examples
    --------
    >>> list(cuts(np.array([0, 10, 20, 30]), np.array([0.0, 100, 200, 900]), 5, 30, 400))
    [(5, 20), (20, 25), (25, 30)]
    """
    first = start
    while first < stop:
        reach = np.interp(first, edges, rows) + most
        last = int(np.interp(reach, rows, edges)) if reach < rows[-1] else stop
        whole = edges[(edges > first) & (edges <= last)]
        last = int(whole[-1]) if len(whole) and last < stop else last
        last = min(max(last, first + 1), stop)
        yield first, last
        first = last
