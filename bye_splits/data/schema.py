"""Names of the branches of an event file, and conversion of their values to an `Event`'s tables.

The name of a branch determines its content: `good_tc_cellu` is cellu, whatever short key a configuration maps
it to.
"""

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from bye_splits.counting import counted
from bye_splits.data import hits
from bye_splits.data.files import place
from bye_splits.errors import SourceError
from bye_splits.remote import RemoteFile

_I, _F = np.dtype(np.int32), np.dtype(np.float32)
TRIGGER_CELLS = {
    **dict.fromkeys(("layer", "waferu", "waferv", "cellu", "cellv"), _I),
    **dict.fromkeys(("mipPt", "pt", "energy", "x", "y", "z", "eta", "phi"), _F),
}
GENERATED = {"pid": _I, **dict.fromkeys(("exeta", "exphi", "pt", "energy"), _F)}
GENERATED_EXTRA = {"eta": _F, "phi": _F}  # kept if the file has them
CLUSTERS = dict.fromkeys(("pt", "energy", "eta", "phi"), _F)

_PREFIXES = {  # kind -> prefixes of trigger cells, generated particles, 3D clusters
    "skim": ("good_tc_", "good_genpart_", "good_cl3d_"),
    "raw": ("tc_", "genpart_", "cl3d_"),
}
# Names of the generated particles of flat parquet files as the existing chain writes them, with directions at
# the calorimeter's face.
GENERATED_ALIASES = {
    "gen_eta": "exeta",
    "gen_phi": "exphi",
    "gen_en": "energy",
    "gen_pt": "pt",
    "gen_pid": "pid",
}
_EVENT = "event of each row"


@dataclass(frozen=True)
class Layout:
    """The branch of each column.

    Attributes
    ----------
    kind : "skim", "raw" or "flat" (one row per trigger cell)
    trigger_cells, generated, clusters : column -> branch; no trigger cells if the file was written without
    selection : column -> branch, for the columns that select generated particles; raw ntuples only
    missing : optional branches that are absent
    """

    kind: str
    trigger_cells: Mapping[str, str]
    generated: Mapping[str, str] = field(default_factory=dict)
    clusters: Mapping[str, str] = field(default_factory=dict)
    selection: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @property
    def branches(self) -> list[str]:
        """All branches of an event, in a fixed order."""
        tables = (self.trigger_cells, self.generated, self.clusters, self.selection)
        return [name for table in tables for name in table.values()]

    @property
    def absent(self) -> dict[str, tuple[str, ...]]:
        """Columns without a branch, by table: "generated", "clusters"; flat files never have clusters."""
        clusters = () if self.kind == "flat" else CLUSTERS
        return {
            "generated": tuple(column for column in GENERATED if column not in self.generated),
            "clusters": tuple(column for column in clusters if column not in self.clusters),
        }


def kind_of(names: Collection[str]) -> str:
    """Kind of a tree by its branches: "skim", "raw", "flat", or "" if none fits.

    A tree without trigger cells is a tree of events too if it has the directions of clusters.
    """
    names = set(names)
    for kind, (cell, _, _) in _PREFIXES.items():
        if any(cell + column in names for column in TRIGGER_CELLS):
            return kind
    if {"event", "layer"} <= names:
        return "flat"
    for kind, (_, _, cluster) in _PREFIXES.items():
        if {f"{cluster}eta", f"{cluster}phi"} <= names:
            return kind
    return ""


def holds_cells(names: Collection[str]) -> bool:
    """Whether there are branches of trigger cells among those of a tree of events."""
    kind = kind_of(names)
    cell, _, _ = _PREFIXES.get(kind, ("", "", ""))
    return kind != "" and any(cell + column in names for column in TRIGGER_CELLS)


def layout_of(names: Collection[str], where: str) -> Layout:
    """Find the columns of an event among the branches of a tree.

    Parameters
    ----------
    names : the branches
    where : path and tree, for the text of the error

    Raises
    ------
    SourceError : there are branches of neither trigger cells nor clusters, or a mandatory branch is absent;
        it names the branch and those with a similar name
    """
    if hits.is_table(names):
        raise hits.in_place_of_events(where)
    kind = kind_of(names)
    if not kind:
        raise SourceError(
            where,
            expected="branches of trigger cells ('good_tc_layer' and so on, or 'tc_layer' in a raw ntuple), "
            "or of clusters ('cl3d_eta')",
            found=f"none among its {counted(len(names), 'branch', 'branches')}: {listed(names)}",
            action="Choose another tree or file: an HGCalTriggerNtuple, or a skim of one.",
        )
    cell, generated, cluster = _PREFIXES.get(kind, ("", "", ""))
    cells = {column: cell + column for column in TRIGGER_CELLS} if holds_cells(names) else {}
    for name in ("event", *cells.values()):
        if name not in names:
            raise missing_branch(name, names, where)
    if kind == "flat":
        return Layout(kind, cells)

    def present(prefix: str, columns: Iterable[str]) -> dict[str, str]:
        return {column: prefix + column for column in columns if prefix + column in names}

    optional = [generated + column for column in GENERATED] + [cluster + column for column in CLUSTERS]
    optional += [generated + column for column in ("gen", "reachedEE")] if kind == "raw" else []
    return Layout(
        kind,
        cells,
        generated=present(generated, [*GENERATED, *GENERATED_EXTRA]),
        clusters=present(cluster, CLUSTERS),
        selection=present(generated, ("gen", "reachedEE")) if kind == "raw" else {},
        missing=tuple(name for name in optional if name not in names),
    )


def whole_numbers(values: np.ndarray) -> np.ndarray:
    """Event numbers as int64, or as uint64 if one of them is above 2^63 - 1; a copy.

    Parameters
    ----------
    values : of any integer type
    """
    wide = values.dtype == np.uint64 and values.max(initial=0) > np.iinfo(np.int64).max
    return values.astype(np.uint64 if wide else np.int64)


def missing_branch(name: str, names: Collection[str], where: str) -> SourceError:
    """The error for a mandatory branch that is absent, with similar names."""
    similar = difflib.get_close_matches(name, list(names), n=4, cutoff=0.6)
    found = f"none of that name; near it: {', '.join(similar)}" if similar else f"only {listed(names)}"
    return SourceError(
        f"{where}, branch '{name}'",
        expected=f"a branch '{name}'",
        found=found,
        action="Write the file with this branch, or choose another tree.",
    )


def listed(names: Collection[str], most: int = 12) -> str:
    """Names as text, at most `most` of them."""
    names = list(names)
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(repr, names[:most])) + rest if names else "nothing"


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

    wanted = GENERATED | {c: t for c, t in GENERATED_EXTRA.items() if c in layout.generated}
    selection = dict.fromkeys(layout.selection, _I)
    generated, dropped = _columns(arrays, {**layout.generated, **layout.selection}, wanted | selection, where)
    notices += _not_finite(dropped, "generated particle")
    kept = np.ones(len(generated["pid"]), bool)
    if "gen" in selection:
        kept &= generated["gen"] != -1
    if "reachedEE" in selection:
        kept &= generated["reachedEE"] == 2
    generated = {column: generated[column][kept] for column in wanted}

    clusters, dropped = _columns(arrays, layout.clusters, CLUSTERS, where)
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
        {**arrays, _EVENT: event}, {**branches, _EVENT: _EVENT}, kinds | {_EVENT: _I}, where
    )
    table, lost = _with_position(table, where)
    event = table.pop(_EVENT).astype(np.int64)
    return pd.DataFrame(table, copy=False), event, dropped, lost


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
        if columns[column] == _F:
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
            table[column] = np.full(int(finite.sum()), 0 if dtype == _I else np.nan, dtype)
            continue
        values = read[column] if every else read[column][finite]
        table[column] = values if dtype == _F else _integers(values, where, branches[column])
    return table, int(rows - finite.sum())


def _floats(values: np.ndarray, where: _Where, name: str) -> np.ndarray:
    _require_numbers(values, where, name)
    with np.errstate(over="ignore"):  # a float64 too large for float32 becomes infinite, and is counted
        return values.astype(_F, copy=False)


def _integers(values: np.ndarray, where: _Where, name: str) -> np.ndarray:
    _require_numbers(values, where, name)
    with np.errstate(invalid="ignore"):
        whole = values.astype(_I, copy=False)
    if values.dtype != _I and not np.array_equal(whole, values):
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
