"""Read single events of a parquet file with one row of lists per event, or one row per trigger cell."""

import threading
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bye_splits.data.batches import Values, cuts
from bye_splits.data.files import boundary, examine, place
from bye_splits.data.schema import (
    GENERATED,
    GENERATED_ALIASES,
    GENERATED_EXTRA,
    layout_of,
    listed,
    missing_branch,
    whole_numbers,
)
from bye_splits.errors import SourceError
from bye_splits.page_checksums import VERIFIED
from bye_splits.remote import RemoteFile, readable

_DAMAGED = "The file is damaged, or changed while it was read; copy or make it again."
_BESIDE = "generated: "  # prefix of columns from the file of generated particles beside it


class ParquetReader:
    """Reads the rows of single events, decoding only the row groups that contain them.

    Parameters
    ----------
    path : a file that starts like a parquet file
    keep_bytes : memory for the decoded row groups of the last event

    Raises
    ------
    SourceError : damaged, or a mandatory column is absent

    Attributes
    ----------
    numbers : int64 or uint64, shape (n,), event numbers in the order of the file. In a flat file an event is
        a run of rows with one number, so that a number that recurs after another one is a separate event.
    """

    kind = "parquet"
    tree = ""

    def __init__(self, path: Path | RemoteFile, keep_bytes: int):
        self._path = path
        self._keep_bytes = keep_bytes
        self._lock = threading.Lock()  # a ParquetFile is not thread-safe
        self._decoded: tuple[tuple[int, ...], pa.Table] | None = None  # the last row groups used
        with boundary(place(path), "a sound parquet file", _DAMAGED):
            self._file = pq.ParquetFile(readable(path), memory_map=False, **VERIFIED)
        try:
            with boundary(place(path), "a sound parquet file", _DAMAGED):
                self._open()
        except BaseException:
            self._file.close()
            raise

    def _open(self) -> None:
        schema, metadata = self._file.schema_arrow, self._file.metadata
        self.title = (schema.metadata or {}).get(b"title", b"").decode("utf-8", "replace")
        self._homes = _homes(schema)
        self.layout = layout_of(list(self._homes), place(self._path))
        self._flat = self.layout.kind == "flat"
        rows = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
        self._group_starts = np.concatenate([[0], np.cumsum(rows, dtype=np.int64)])
        where = place(self._path, branch="event")
        if not pa.types.is_integer(schema.field("event").type):
            raise SourceError(
                where,
                expected="whole numbers",
                found=f"values of type {schema.field('event').type}",
                action="Write the file again.",
            )
        self.numbers, self._starts = self._read_numbers()
        self._generated, self.missing = None, self.layout.missing
        if self._flat:
            self._generated, columns, absent = _sibling(self._path)
            self.layout = replace(self.layout, generated={c: _BESIDE + c for c in columns})
            self.missing = absent
        self._columns = sorted(
            {self._homes[name][0] for name in self.layout.branches if not name.startswith(_BESIDE)}
        )

    def read(self, entry: int, hurry: bool = True) -> dict[str, np.ndarray]:
        """Values of one event, column of the file -> 1-D array; `hurry` lets pyarrow use several threads."""
        first, last = int(self._starts[entry]), int(self._starts[entry + 1])
        with boundary(place(self._path, entry=entry), "the rows of one event", _DAMAGED):
            table = self._rows(first, last, hurry)
            if not self._flat:
                return {name: self._nested(table, name) for name in self.layout.branches}
            values = {name: _numbers(table.column(name)) for name in self.layout.trigger_cells.values()}
        if self._generated is not None:
            mine = self._generated["event"] == self.numbers[entry]
            values |= {name: self._generated[column][mine] for column, name in self.layout.generated.items()}
        return values

    def pieces(
        self, names: Collection[str], start: int, stop: int, rows: int
    ) -> Iterator[tuple[int, dict[str, Values]]]:
        """Values of ranges of entries, of about `rows` rows each: first entry, and column -> values."""
        if names and all(name.startswith(_BESIDE) for name in names):
            yield start, self._pieces_beside(names, start, stop)
            return
        what = f"the rows of the entries {start} to {stop - 1}"
        # A separate file, as other threads read the shared one, and without whole row groups in memory.
        how = {"memory_map": False, "pre_buffer": False, "buffer_size": 1 << 16, **VERIFIED}
        with boundary(place(self._path), what, _DAMAGED), pq.ParquetFile(readable(self._path), **how) as file:
            yield from self._pieces(file, names, start, stop, rows)

    def _pieces(
        self, file: pq.ParquetFile, names: Collection[str], start: int, stop: int, rows: int
    ) -> Iterator[tuple[int, dict[str, Values]]]:
        begin, end = int(self._starts[start]), int(self._starts[stop])
        inside = (self._group_starts[1:] > begin) & (self._group_starts[:-1] < end)
        groups = np.flatnonzero(inside).tolist()
        if not groups:
            return
        homes = sorted({self._homes[name][0] for name in names})
        size = rows if self._flat else self._events_of(rows, groups, homes[0])
        row, waiting = int(self._group_starts[groups[0]]), []
        for batch in file.iter_batches(batch_size=size, row_groups=groups, columns=homes):
            low, high = max(begin, row), min(end, row + batch.num_rows)
            chunk, row = batch.slice(max(low - row, 0), max(high - low, 0)), row + batch.num_rows
            if not chunk.num_rows:
                continue
            if not self._flat:
                table = pa.Table.from_batches([chunk])
                yield low, {name: self._nested_many(table, name) for name in names}
                continue
            waiting.append(chunk)
            last = int(np.searchsorted(self._starts, high, side="right")) - 1
            if last > start:  # the events that end here; an incomplete one waits for its other rows
                table, count = pa.Table.from_batches(waiting), int(self._starts[last] - self._starts[start])
                counts = np.diff(self._starts[start : last + 1])
                yield start, {name: (_numbers(table.column(name).slice(0, count)), counts) for name in names}
                waiting, start = table.slice(count).to_batches(), last

    def _pieces_beside(self, names: Collection[str], start: int, stop: int) -> dict[str, Values]:
        """Generated particles of the entries, out of the file beside a flat one."""
        generated = self._generated or {"event": np.zeros(0, dtype=np.int64)}
        order = np.argsort(generated["event"], kind="stable")
        ends = [
            np.searchsorted(generated["event"][order], self.numbers[start:stop], side=side)
            for side in ("left", "right")
        ]
        counts = ends[1] - ends[0]
        rows = order[np.repeat(ends[0] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())]
        return {name: (generated[name.removeprefix(_BESIDE)][rows], counts) for name in names}

    def ranges(self, name: str, rows: int) -> list[tuple[int, int]]:
        """Ranges of entries with about `rows` values of a column each; see `Source.chunks`."""
        if self._flat:
            return list(cuts(np.arange(len(self._starts)), self._starts, 0, len(self.numbers), rows))
        values, metadata = [0], self._file.metadata
        for group in map(metadata.row_group, range(metadata.num_row_groups)):
            columns = [group.column(i) for i in range(group.num_columns)]
            home = self._homes[name][0]
            values.append(next(c.num_values for c in columns if c.path_in_schema.split(".")[0] == home))
        return list(cuts(self._group_starts, np.cumsum(values, dtype=float), 0, len(self.numbers), rows))

    def _events_of(self, rows: int, groups: list[int], home: str) -> int:
        """Number of events with about `rows` trigger cells, in the row group of the largest events."""
        metadata = self._file.metadata
        most = 1.0
        for group in map(metadata.row_group, groups):
            values = [group.column(i) for i in range(group.num_columns)]
            values = [one.num_values for one in values if one.path_in_schema.split(".")[0] == home]
            most = max(most, values[0] / max(group.num_rows, 1))
        return max(int(rows / most), 1)

    def _nested_many(self, table: pa.Table, name: str) -> Values:
        column = table.column(self._homes[name][0])
        if not _is_list(column.type):
            return self._nested(table, name), np.ones(len(column), dtype=np.int64)
        counts = pc.fill_null(pc.list_value_length(column), 0)
        return self._nested(table, name), counts.to_numpy().astype(np.int64)

    def close(self) -> None:
        with self._lock:
            self._decoded = None
            self._file.close()

    def _read_numbers(self) -> tuple[np.ndarray, np.ndarray]:
        """Event numbers, and the first row of each event, followed by the number of rows."""
        numbers, starts, row, last = [], [], 0, None
        for batch in self._file.iter_batches(batch_size=1 << 18, columns=["event"]):
            values = _numbers(batch.column(0))
            if not len(values):
                continue
            new = np.concatenate([[last is None or values[0] != last], values[1:] != values[:-1]])
            first = np.flatnonzero(new) if self._flat else np.arange(len(values))
            numbers.append(values[first])
            starts.append(first + row)
            row, last = row + len(values), values[-1]
        numbers_read = np.concatenate(numbers) if numbers else np.zeros(0, np.int64)
        return whole_numbers(numbers_read), np.concatenate([*starts, [row]]).astype(np.int64)

    def _rows(self, first: int, last: int, hurry: bool) -> pa.Table:
        begin = int(np.searchsorted(self._group_starts, first, side="right")) - 1
        end = int(np.searchsorted(self._group_starts, last, side="left"))
        groups = tuple(range(begin, max(end, begin + 1)))
        with self._lock:
            if self._decoded is None or self._decoded[0] != groups:
                self._decoded = None  # never keep two at a time
                table = self._file.read_row_groups(list(groups), columns=self._columns, use_threads=hurry)
                if table.nbytes <= self._keep_bytes:
                    self._decoded = groups, table
            else:
                table = self._decoded[1]
        return table.slice(first - int(self._group_starts[begin]), last - first)

    def _nested(self, table: pa.Table, name: str) -> np.ndarray:
        home, field = self._homes[name]
        values = table.column(home).combine_chunks()
        if isinstance(values, pa.ChunkedArray):
            values = values.chunk(0)
        if _is_list(values.type):
            values = values.flatten()
        if field:
            values = pc.struct_field(values, field)
        return _numbers(values)


def _homes(schema: pa.Schema) -> dict[str, tuple[str, str]]:
    """Name of each branch -> column of the file, and field in its records or ''.

    `good_tc_layer` is a column of lists of that name, or the field `layer` of the records in `good_tc`.
    """
    homes: dict[str, tuple[str, str]] = {}
    for column in schema:
        inner = column.type.value_type if _is_list(column.type) else column.type
        if pa.types.is_struct(inner):
            homes |= {f"{column.name}_{field.name}": (column.name, field.name) for field in inner}
        else:
            homes[column.name] = (column.name, "")
    return homes


def _is_list(type_: pa.DataType) -> bool:
    return pa.types.is_list(type_) or pa.types.is_large_list(type_) or pa.types.is_fixed_size_list(type_)


def _numbers(values: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """Values as a numpy array; a missing float becomes NaN, a missing integer raises an error."""
    if values.null_count and not pa.types.is_floating(values.type):
        raise ValueError(f"{values.null_count} missing values in a column of type {values.type}")
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    array = np.asarray(values.to_numpy(zero_copy_only=False))
    if array.ndim != 1 or array.dtype.kind not in "iufb":
        raise ValueError(f"values of type {values.type} instead of numbers")
    return array


def beside(path: Path | RemoteFile) -> tuple[Path | RemoteFile, Path | RemoteFile]:
    """Possible paths of the generated particles of a flat file."""
    return path.with_name(f"{path.stem}.generated.parquet"), path.with_name("generated.parquet")


def files_of(path: Path | RemoteFile) -> list[Path | RemoteFile]:
    """A file of events, and of a flat one those with its generated particles."""
    return [path, *(one for one in beside(path) if path.name.endswith(".parquet") and one.exists())]


def _sibling(path: Path | RemoteFile) -> tuple[dict[str, np.ndarray] | None, list[str], tuple[str, ...]]:
    """Generated particles of a flat file, from the file beside it.

    Returns
    -------
    arrays : column -> values of all events, with `event`; None if there is no such file
    columns : those of `Event.generated` that it has
    missing : names of the absent file or columns
    """
    sibling = next((file for file in beside(path) if file.exists()), None)
    if sibling is None or sibling == path:
        return None, [], (beside(path)[1].name,)
    kind, _ = examine(sibling)
    with boundary(place(sibling), "generated particles, one per row", _DAMAGED):
        if kind != "parquet":
            raise ValueError(f"a {kind} file")
        schema = pq.read_schema(readable(sibling))
        if "event" not in schema.names:
            raise missing_branch("event", schema.names, place(sibling))
        homes = {GENERATED_ALIASES.get(name, name): name for name in schema.names}
        columns = [name for name in (*GENERATED, *GENERATED_EXTRA) if name in homes]
        if not columns:
            raise ValueError(f"columns {listed(schema.names)}")
        table = pq.read_table(
            readable(sibling), columns=["event", *(homes[name] for name in columns)], **VERIFIED
        )
        arrays = {name: _numbers(table.column(homes[name])) for name in ("event", *columns)}
    return arrays, columns, tuple(f"{sibling.name}: {name}" for name in GENERATED if name not in homes)
