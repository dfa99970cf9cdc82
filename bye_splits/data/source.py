"""Event files, opened once and read one event at a time, or many in batches."""

import operator
import os
import threading
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pandas as pd

from bye_splits.counting import counted, ordinal
from bye_splits.data.batches import CELLS, Batch, batch_of, joined, wanted_branches
from bye_splits.data.event import Event
from bye_splits.data.files import change, examine, place
from bye_splits.data.parquet import ParquetReader
from bye_splits.data.reader import Reader
from bye_splits.data.recent import ReadAhead, Recent, size_of_event
from bye_splits.data.root import RootReader
from bye_splits.data.tables import assemble, cluster_table, particle_table
from bye_splits.errors import NoSuchEventError, SourceError
from bye_splits.fingerprints import Fingerprint
from bye_splits.locations import split_location
from bye_splits.remote import RemoteFile, file_of


def open_source(
    path: str | os.PathLike[str],
    directory: str | None = None,
    tree: str | None = None,
    *,
    keep_bytes: int = 96_000_000,
) -> "Source":
    """Open a file of events.

    Parameters
    ----------
    path : PATH, or PATH:DIRECTORY/TREE if a ROOT file has several trees of events. A ROOT skim (branches
        `good_tc_*`, `good_genpart_*`, `good_cl3d_*`, `event`), a raw
        HGCalTriggerNtuple (`tc_*`, `genpart_*`, `cl3d_*`), or parquet: with the same names as list columns or
        lists of records, or flat with one row per trigger cell (columns `event`, `layer`, `waferu`, ...) and
        the generated particles in `<stem>.generated.parquet` or `generated.parquet` beside it. Or the address
        of one of these on another machine.
    directory, tree : location of the tree (TTree or RNTuple) in a ROOT file; None: the only one with trigger
        cells, or if there is none, the only one with clusters
    keep_bytes : memory for recently read data: half of it for events, half for baskets or row groups

    Returns
    -------
    Source

    Raises
    ------
    SourceError : the file cannot be opened, for any reason

    Notes
    -----
    All trigger cells of the file are kept, in both endcaps. From a raw ntuple, `generated` keeps the
    particles with gen != -1 and reachedEE == 2 (those that reach the endcap's face), if these branches exist.
    """
    inside = ""
    if directory is None and tree is None:
        path, inside = split_location(os.fspath(path))
        tree = inside or None
    file = file_of(path)
    kind, fingerprint = examine(file)
    if inside and kind != "root":
        raise SourceError(
            place(file),
            expected=f"a ROOT file with a tree '{inside}'",
            found="a parquet file, which has no trees",
            action="Give its path alone.",
        )
    if kind == "root":
        reader: Reader = RootReader(file, directory, tree, keep_bytes // 2)
    else:
        reader = ParquetReader(file, keep_bytes // 2)
    return Source(file, reader, fingerprint, keep_bytes // 2)


class Source:
    """A file of events, returned by `open_source`. Threads may share it.

    The file must not change. Once it was replaced, rewritten, cut or deleted, every read raises a
    `SourceError` that reports it, and the file must be opened again: events never come from a file that is no
    longer there. (`changed` checks without reading.) Remote files are not checked.

    Attributes
    ----------
    path : Path, or RemoteFile, which is assumed not to change
    tree : path of the tree in the file, "" for parquet
    kind : "skim", "raw" or "parquet"
    title : the tree's title, or the parquet file's metadata `title`; "" if none
    description : the title if it declares a toy simulation ("toy simulation, not CMS data"), else ""
    missing : optional branches that are absent; their columns are NaN (`pid`: 0), or the table is empty
    absent : by table, the columns of `Event.generated` and `Event.clusters` without values, as in `missing`
    event_numbers : int64, shape (n,), read-only, in the order of the file; uint64 if one of them is above
        2^63 - 1, which int64 cannot represent
    has_trigger_cells : whether it was written with trigger cells; if not, the table of each event is empty
    """

    def __init__(self, path: Path | RemoteFile, reader: Reader, fingerprint: Fingerprint, keep_bytes: int):
        self.path = path
        self.tree, self.kind, self.title = reader.tree, reader.kind, reader.title
        self.missing, self.absent = reader.missing, reader.layout.absent
        self.has_trigger_cells = bool(reader.layout.trigger_cells)
        self.event_numbers = reader.numbers
        self.event_numbers.flags.writeable = False
        self._reader = reader
        self._fingerprint = fingerprint
        self._process = os.getpid()
        self._closed = False
        self._users = 1  # reads in progress, plus one until `close`
        self._gate = threading.Lock()
        self._close_reader = weakref.finalize(self, reader.close)
        self._recent: Recent[int, Event] = Recent(keep_bytes, size_of_event)
        self._ahead = ReadAhead(self, self._read_ahead)
        try:
            self._check()  # it is still the file that was examined before it was opened
        except SourceError:
            self.close()
            raise

    def __repr__(self) -> str:
        return f"<Source {place(self.path, self.tree)}: {self.kind}, {len(self)} events>"

    def __len__(self) -> int:
        return len(self.event_numbers)

    @property
    def description(self) -> str:
        return self.title if "toy simulation" in self.title.lower() else ""

    def entries(self, number: int) -> np.ndarray:
        """Positions in the file of the events with this number.

        Returns
        -------
        int64, shape (n,): empty if there is none, more than one if the number is used twice
        """
        return np.flatnonzero(self.event_numbers == self._whole(number, "an event number"))

    def event(self, number: int, occurrence: int = 0) -> Event:
        """The event with a number; `occurrence` counts those with the same number, from 0.

        Raises
        ------
        SourceError : no such event (a NoSuchEventError), or it cannot be read
        """
        entries = self.entries(number)
        occurrence = self._whole(occurrence, "an occurrence")
        if not 0 <= occurrence < len(entries):
            numbers = self.event_numbers
            if len(entries) == 1:
                found = "that it occurs once: only occurrence 0"
            elif len(entries):
                found = f"that it occurs {len(entries)} times: occurrences 0 to {len(entries) - 1}"
            elif len(numbers):
                events = counted(len(numbers), "event")
                found = f"{events} numbered from {numbers.min()} to {numbers.max()}, not this one"
            else:
                found = "no events at all"
            raise NoSuchEventError(
                place(self.path, self.tree),
                expected=f"event {number}" + (f", occurrence {occurrence}" if occurrence else ""),
                found=found,
                action="Choose one of the file's event numbers.",
            )
        return self.event_at(int(entries[occurrence]))

    def event_at(self, entry: int) -> Event:
        """The event at a position in the file; reads this entry and, in the background, its neighbours.

        Returns
        -------
        Event: a copy, whose tables the caller may change

        Raises
        ------
        SourceError : no such entry, it cannot be read, or the file has changed since it was opened
        """
        entry = self._whole(entry, "an entry")
        if not len(self):
            raise SourceError(
                place(self.path, self.tree),
                expected="events",
                found="none: it has 0 entries",
                action="Choose a file with events, or fill this one.",
            )
        if not 0 <= entry < len(self):
            raise SourceError(
                place(self.path, self.tree),
                expected=f"entry {entry}",
                found=f"{counted(len(self), 'entry', 'entries')}, counted from 0",
                action="Choose one of them.",
            )
        self._check()
        event = self._recent.get(entry, self._load)
        beside = [near for near in (entry - 1, entry + 1) if 0 <= near < len(self)]
        self._ahead.want([near for near in beside if near not in self._recent])
        return replace(
            event,
            trigger_cells=event.trigger_cells.copy(deep=False),  # copy on write
            generated=event.generated.copy(deep=False),
            clusters=event.clusters.copy(deep=False),
        )

    def batches(
        self,
        columns: Iterable[str] | None = None,
        start: int = 0,
        stop: int | None = None,
        cells: int = CELLS,
    ) -> Iterator[Batch]:
        """The trigger cells of a range of entries, many events at once and in bounded memory.

        Parameters
        ----------
        columns : of the table of trigger cells; None: all. Only their branches are read.
        start, stop : entries from `start` up to, but not including, `stop`; None: to the end
        cells : target number of trigger cells in a batch, which has whole events, at least one

        Yields
        ------
        Batch: every entry of the range once, in order, including those without trigger cells

        Raises
        ------
        SourceError : it cannot be read, or the file has changed since it was opened
        """
        branches = wanted_branches(self._reader.layout, columns, place(self.path, self.tree))
        start = max(self._whole(start, "an entry"), 0)
        stop = min(len(self) if stop is None else self._whole(stop, "an entry"), len(self))
        self._enter()
        try:
            self._check()
            if start >= stop:
                return
            for first, values in self._reader.pieces(branches.values(), start, stop, max(cells, 1)):
                self._check()  # a file rewritten during the read may have given mixed data
                yield batch_of(first, values, branches, self.event_numbers, self.path, self.tree)
        finally:
            self._leave()

    def particles(self, start: int = 0, stop: int | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The generated particles and the file's own clusters of a range of entries.

        Parameters
        ----------
        start, stop : as of `batches`

        Returns
        -------
        generated, clusters : DataFrame, columns as `Event` has them, and `entry` (int64, ascending)

        Raises
        ------
        SourceError : it cannot be read, or the file has changed since it was opened
        """
        start = max(self._whole(start, "an entry"), 0)
        stop = min(len(self) if stop is None else self._whole(stop, "an entry"), len(self))
        layout = self._reader.layout
        self._enter()
        try:
            self._check()
            generated = self._many([*layout.generated.values(), *layout.selection.values()], start, stop)
            clusters = self._many(list(layout.clusters.values()), start, stop)
            self._check()
        finally:
            self._leave()
        tables = (
            particle_table(layout, *generated, self.path, self.tree),
            cluster_table(layout, *clusters, self.path, self.tree),
        )
        for table in tables:
            table.insert(0, "entry", table.pop("event") + start)
        return tables

    def _many(self, names: list[str], start: int, stop: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Values by branch of a range of entries, and of each the number of its entry in the range."""
        pieces = self._reader.pieces(names, start, stop, CELLS) if names and start < stop else ()
        return joined((values for _, values in pieces), names)

    def chunks(self, cells: int = CELLS) -> list[tuple[int, int]]:
        """Ranges of entries with about `cells` trigger cells each, that together are the whole file.

        They end where one of ROOT's baskets does, if they can: a basket is decompressed once then.

        Raises
        ------
        SourceError : the file was written without trigger cells
        """
        branches = wanted_branches(self._reader.layout, None, place(self.path, self.tree))
        return self._reader.ranges(next(iter(branches.values())), cells) if len(self) else []

    def changed(self) -> str:
        """How the file has changed since it was opened, as a phrase; empty if it has not."""
        return change(self.path, self._fingerprint)

    def close(self) -> None:
        """Close the file and discard its events; later reads raise an error.

        Reads in progress in other threads are completed; the last of them closes the file.
        """
        with self._gate:
            if self._closed:
                return
            self._closed = True
        self._ahead.stop()
        self._leave()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _enter(self) -> None:
        with self._gate:
            if not self._closed:
                self._users += 1
                return
        self._check()

    def _leave(self) -> None:
        with self._gate:
            self._users -= 1
            if self._users:
                return
        self._recent.clear()
        self._close_reader()

    def _load(self, entry: int, hurry: bool = True) -> Event:
        self._enter()
        try:
            arrays = self._reader.read(entry, hurry)
        finally:
            self._leave()
        self._check()  # a file rewritten during the read may have given mixed data
        cells, generated, clusters, notices = assemble(
            self._reader.layout, arrays, self.path, self.tree, entry
        )
        number = int(self.event_numbers[entry])
        same = self.entries(number)
        if len(same) > 1:
            nth = ordinal(int(np.searchsorted(same, entry)) + 1)
            notices.insert(0, f"event {number} occurs {len(same)} times in this file; this is the {nth}")
        return Event(number, cells, generated, clusters, entry=entry, notices=tuple(notices))

    def _read_ahead(self, entry: int) -> None:
        self._recent.get(entry, lambda entry: self._load(entry, hurry=False))

    def _check(self) -> None:
        found = "that it was closed" if self._closed else self.changed()
        if not found and os.getpid() != self._process:  # a fork does not copy the reading threads
            found = "that another process opened it, of which this one is a fork"
        if found:
            raise SourceError(
                place(self.path, self.tree),
                expected="the file as it was when it was opened",
                found=found,
                action="Open it again.",
            )

    def _whole(self, number: int, what: str) -> int:
        try:
            return operator.index(number)
        except TypeError:
            raise SourceError(
                place(self.path, self.tree),
                expected=f"{what}: a whole number",
                found=repr(number)[:80],
                action="Give a whole number.",
            ) from None
