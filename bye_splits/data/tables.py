"""Conversion of the values of an event file's branches to tables: those of an `Event`, or of many at once."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from bye_splits.counting import counted
from bye_splits.data.files import place
from bye_splits.data.schema import (
    CLUSTERS,
    CLUSTERS_EXTRA,
    FLOAT,
    GENERATED,
    GENERATED_EXTRA,
    INTEGER,
    TRIGGER_CELLS,
    Layout,
)
from bye_splits.errors import SourceError
from bye_splits.remote import RemoteFile

_EVENT = "event of each row"


def assemble(
    layout: Layout, arrays: Mapping[str, np.ndarray], path: Path | RemoteFile, tree: str, entry: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, list[str]]:
    """Make the three tables of one event.

    Parameters
    ----------
    arrays : branch -> values of this event, 1-D, one per trigger cell, particle or cluster
    path, tree, entry : for the text of errors

    Returns
    -------
    trigger_cells, generated, clusters : DataFrame, as `Event` describes them
    notices : list of str, about dropped rows and oddities

    Raises
    ------
    SourceError : columns of different lengths, values that are not numbers of the right kind, or most of the
        trigger cells without a position
    """
    where = _Where(path, tree, entry)
    cells, dropped = _columns(arrays, layout.trigger_cells, TRIGGER_CELLS, where)
    notices = _not_finite(dropped, "trigger cell")
    cells, lost = _with_position(cells, where)
    if lost:
        notices.append(f"{counted(lost, 'trigger cell')} left out: without a position (z = 0)")
    negative = int(np.count_nonzero(cells["energy"] < 0))
    if negative:
        notices.append(f"{counted(negative, 'trigger cell')} with a negative energy")

    wanted = _kinds(GENERATED, GENERATED_EXTRA, layout.generated)
    selection = dict.fromkeys(layout.selection, INTEGER)
    generated, dropped = _columns(arrays, {**layout.generated, **layout.selection}, wanted | selection, where)
    notices += _not_finite(dropped, "generated particle")
    kept = _selected(generated)
    generated = {column: generated[column][kept] for column in wanted}

    clusters, dropped = _columns(
        arrays, layout.clusters, _kinds(CLUSTERS, CLUSTERS_EXTRA, layout.clusters), where
    )
    notices += _not_finite(dropped, "cluster")
    return *(pd.DataFrame(table, copy=False) for table in (cells, generated, clusters)), notices


def trigger_cell_table(
    arrays: Mapping[str, np.ndarray],
    branches: Mapping[str, str],
    event: np.ndarray,
    path: Path | RemoteFile,
    tree: str,
) -> tuple[pd.DataFrame, np.ndarray, int, int]:
    """Make one table of the trigger cells of many events.

    Parameters
    ----------
    arrays : branch -> values, 1-D, one per trigger cell
    branches : column -> branch
    event : int64, same shape, event of each trigger cell
    path, tree : for the text of errors

    Returns
    -------
    trigger_cells : DataFrame, columns as `Event` describes them
    event : int64, event of each row
    dropped : int, number of rows left out as a value is not finite
    lost : int, number of further rows left out as they have no position

    Raises
    ------
    SourceError : as `assemble`
    """
    kinds = {column: TRIGGER_CELLS[column] for column in branches}
    where = _Where(path, tree, None)
    table, dropped = _columns(
        {**arrays, _EVENT: event}, {**branches, _EVENT: _EVENT}, kinds | {_EVENT: INTEGER}, where
    )
    table, lost = _with_position(table, where)
    event = table.pop(_EVENT).astype(np.int64)
    return pd.DataFrame(table, copy=False), event, dropped, lost


def particle_table(
    layout: Layout,
    arrays: Mapping[str, np.ndarray],
    event: np.ndarray,
    path: Path | RemoteFile,
    tree: str,
) -> pd.DataFrame:
    """Make one table of the generated particles of many events.

    Parameters
    ----------
    arrays : branch -> values, 1-D, one per generated particle
    event : int64, same shape, of each particle
    path, tree : for the text of errors

    Returns
    -------
    DataFrame : columns as `Event.generated`, and `event` (int64); one row per particle that is kept there
    """
    columns = _kinds(GENERATED, GENERATED_EXTRA, layout.generated)
    selection = dict.fromkeys(layout.selection, INTEGER)
    table, _ = _columns(
        {**arrays, _EVENT: event},
        {**layout.generated, **layout.selection, _EVENT: _EVENT},
        columns | selection | {_EVENT: INTEGER},
        _Where(path, tree, None),
    )
    kept = _selected(table)
    number = table[_EVENT][kept].astype(np.int64)
    return pd.DataFrame({name: table[name][kept] for name in columns} | {"event": number}, copy=False)


def cluster_table(
    layout: Layout, arrays: Mapping[str, np.ndarray], event: np.ndarray, path: Path | RemoteFile, tree: str
) -> pd.DataFrame:
    """Make one table of the file's own clusters of many events; as `particle_table`."""
    table, _ = _columns(
        {**arrays, _EVENT: event},
        {**layout.clusters, _EVENT: _EVENT},
        _kinds(CLUSTERS, CLUSTERS_EXTRA, layout.clusters) | {_EVENT: INTEGER},
        _Where(path, tree, None),
    )
    number = table.pop(_EVENT).astype(np.int64)
    return pd.DataFrame(table | {"event": number}, copy=False)


def _kinds(
    always: Mapping[str, np.dtype], extra: Mapping[str, np.dtype], branches: Mapping[str, str]
) -> dict[str, np.dtype]:
    """Type of each column of a table: those that it always has, and others for which there are branches."""
    return {**always, **{name: kind for name, kind in extra.items() if name in branches}}


def _selected(generated: Mapping[str, np.ndarray]) -> np.ndarray:
    """Which generated particles are shown, bool: of raw ntuples those that reached the calorimeter."""
    kept = np.ones(len(generated["pid"]), bool)
    if "gen" in generated:
        kept &= generated["gen"] != -1
    if "reachedEE" in generated:
        kept &= generated["reachedEE"] == 2
    return kept


def _with_position(cells: dict[str, np.ndarray], where: "_Where") -> tuple[dict[str, np.ndarray], int]:
    """Drop the rows of trigger cells at z = 0, outside the detector, and count them.

    Raises
    ------
    SourceError : these are more than half of the rows: the file was written without positions
    """
    placed = cells["z"] != 0 if "z" in cells else np.ones(1, bool)
    if placed.all():
        return cells, 0
    lost = int(np.count_nonzero(~placed))
    if 2 * lost > len(placed):
        raise SourceError(
            place(where.path, where.tree, entry=where.entry),
            expected="the position x, y, z [cm] of each trigger cell",
            found=f"z = 0 in {lost} of {counted(len(placed), 'trigger cell')}: positions that are not filled",
            action="Write the file again, with the positions of the trigger cells.",
        )
    return {name: values[placed] for name, values in cells.items()}, lost


class _Where(NamedTuple):
    path: Path | RemoteFile
    tree: str
    entry: int | None


def _not_finite(dropped: int, one: str) -> list[str]:
    return [f"{counted(dropped, one)} left out: a value is not finite (NaN or infinite)"] if dropped else []


def _columns(
    arrays: Mapping[str, np.ndarray],
    branches: Mapping[str, str],
    columns: Mapping[str, np.dtype],
    where: _Where,
) -> tuple[dict[str, np.ndarray], int]:
    """Columns of one table without the rows that are not finite, and the number of these.

    A column without a branch is NaN, or 0 if it is an integer.
    """
    lengths = {name: len(arrays[name]) for name in branches.values()}
    if len(set(lengths.values())) > 1:
        raise SourceError(
            place(where.path, where.tree, entry=where.entry),
            expected="branches of one length within an event",
            found=", ".join(f"{counted(length, 'value')} in '{name}'" for name, length in lengths.items()),
            action="The file is damaged or badly written; write it again.",
        )
    rows = next(iter(lengths.values()), 0)
    finite = np.ones(rows, bool)
    read = {}
    for column, name in branches.items():
        values = arrays[name]
        if columns[column] == FLOAT:
            read[column] = _floats(values, where, name)
            finite &= np.isfinite(read[column])
        else:
            if values.dtype.kind == "f":  # NaN cannot become an integer
                finite &= np.isfinite(values)
            read[column] = values
    every = bool(finite.all())
    table = {}
    for column, dtype in columns.items():
        if column not in read:
            table[column] = np.full(int(finite.sum()), 0 if dtype == INTEGER else np.nan, dtype)
            continue
        values = read[column] if every else read[column][finite]
        table[column] = values if dtype == FLOAT else _integers(values, where, branches[column])
    return table, int(rows - finite.sum())


def _floats(values: np.ndarray, where: _Where, name: str) -> np.ndarray:
    _require_numbers(values, where, name)
    with np.errstate(over="ignore"):  # a float64 too large for float32 becomes infinite, and is counted
        return values.astype(FLOAT, copy=False)


def _integers(values: np.ndarray, where: _Where, name: str) -> np.ndarray:
    _require_numbers(values, where, name)
    with np.errstate(invalid="ignore"):
        whole = values.astype(INTEGER, copy=False)
    if values.dtype != INTEGER and not np.array_equal(whole, values):
        raise SourceError(
            place(where.path, where.tree, name, where.entry),
            expected="whole numbers of 32 bits",
            found=f"other values of type {values.dtype}",
            action="Write the file again.",
        )
    return whole


def _require_numbers(values: np.ndarray, where: _Where, name: str) -> None:
    if values.dtype.kind not in "iufb":
        raise SourceError(
            place(where.path, where.tree, name, where.entry),
            expected="numbers",
            found=f"values of type {values.dtype}",
            action="Write the file again.",
        )
