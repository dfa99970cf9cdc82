"""One event out of a TTree."""

import os
import struct
import zlib
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import uproot

from bye_splits.counting import counted
from bye_splits.data.baskets import Column, size_of_basket
from bye_splits.data.batches import Values, cuts
from bye_splits.data.files import boundary, place
from bye_splits.data.recent import Recent
from bye_splits.data.schema import kind_of, layout_of, listed
from bye_splits.errors import SourceError
from bye_splits.remote import RemoteFile, for_uproot

_DAMAGED = "The file is damaged, or changed while it was read; copy or make it again."
_ONE = "the values of one event"
_TREES = ("TTree", "TNtuple", "TNtupleD")


class RootReader:
    """Reads single entries of one tree, through one open file that threads may share.

    Parameters
    ----------
    path : a file that starts like a ROOT file
    directory, tree : where the tree is; None: the one tree that holds trigger cells
    keep_bytes : how much memory decompressed baskets may take

    Raises
    ------
    SourceError : cut short, damaged, no such tree, several candidates, a mandatory branch absent

    Attributes
    ----------
    tree : path of the tree in the file
    title : the tree's title
    layout, missing : Layout, and its missing branches
    numbers : int64, shape (n,), event numbers in the order of the file
    """

    def __init__(self, path: Path | RemoteFile, directory: str | None, tree: str | None, keep_bytes: int):
        self._path = path
        self._baskets = Recent(keep_bytes, size_of_basket)
        self._second = ThreadPoolExecutor(1, thread_name_prefix="bye_splits-read")
        with boundary(place(path), "a sound ROOT file", _DAMAGED):
            # This handler keeps its file open and reads by position; a memory map would kill the process
            # if the file shrinks, and the default one opens the path anew. No caches: Source bounds its own.
            file, how = for_uproot(path, uproot.MultithreadedFileSource)
            self._file = uproot.open(file, object_cache=None, array_cache=None, **how)
        try:
            with boundary(place(path), "a sound ROOT file", _DAMAGED):
                self._check_length()
                found = self._find(directory, tree)
                names = found.keys(recursive=False)
                self.tree, self.title = found.object_path.strip("/").split(";")[0], found.title
                self.layout = layout_of(names, place(path, self.tree))
                self.missing = self.layout.missing
                self._columns = [Column(found[name], self._baskets) for name in self.layout.branches]
                self.numbers = self._read_numbers(found["event"], found.num_entries)
        except BaseException:
            self._file.close()
            raise

    @property
    def kind(self) -> str:
        return self.layout.kind

    def read(self, entry: int, hurry: bool = True) -> dict[str, np.ndarray]:
        """Values of one entry, branch -> 1-D array; only the baskets that hold it are read.

        With `hurry` a second thread takes half of the branches: decompression leaves the interpreter free.
        """
        if not hurry:
            return dict(self._read_some(self._columns, entry))
        with boundary(place(self._path, self.tree, entry=entry), _ONE, _DAMAGED):
            other = self._second.submit(self._read_some, self._columns[1::2], entry)
            try:
                mine = self._read_some(self._columns[::2], entry)
            finally:
                failure = other.exception()
            if failure is not None:
                raise failure
            return dict(mine + other.result())

    def pieces(
        self, names: Collection[str], start: int, stop: int, rows: int
    ) -> Iterator[tuple[int, dict[str, Values]]]:
        """Values of ranges of entries, of about `rows` rows each: first entry, and branch -> values."""
        columns = [column for column in self._columns if column.name in names]
        for first, last in cuts(*columns[0].rows(), start, stop, rows):
            other = self._second.submit(self._read_range, columns[1::2], first, last)
            try:
                mine = self._read_range(columns[::2], first, last)
            finally:
                failure = other.exception()
            if failure is not None:
                raise failure
            yield first, dict(mine + other.result())

    def _read_range(self, columns: Sequence[Column], first: int, last: int) -> list[tuple[str, Values]]:
        values = []
        for column in columns:
            what = f"the values of the entries {first} to {last - 1}"
            with boundary(place(self._path, self.tree, column.name), what, _DAMAGED):
                values.append((column.name, column.read_many(first, last)))
        return values

    def close(self) -> None:
        self._second.shutdown(wait=False)
        self._file.close()
        self._baskets.clear()

    def _read_some(self, columns: Sequence[Column], entry: int) -> list[tuple[str, np.ndarray]]:
        values = []
        for column in columns:
            with boundary(
                place(self._path, self.tree, column.name, entry), "the values of one event", _DAMAGED
            ):
                values.append((column.name, column.read(entry)))
        return values

    def _check_length(self) -> None:
        written, there = self._file.file.fEND, self._path.stat().st_size
        if there < written:
            raise SourceError(
                place(self._path),
                expected=f"{written} bytes, as its own header says",
                found=f"{there} bytes: the file was cut short",
                action="Copy or make it again.",
            )

    def _find(self, directory: str | None, tree: str | None):
        classes = self._file.classnames(recursive=True, cycle=False)
        trees = [name for name, kind in classes.items() if kind in _TREES]
        asked = "/".join(part.strip("/") for part in (directory, tree) if part)

        def fits(name: str) -> bool:
            folder, _, own = name.rpartition("/")
            if directory is None:
                return tree is None or asked in (own, name)
            return name == asked if tree is not None else folder == asked

        matches = [name for name in trees if fits(name)]
        if len(matches) > 1:
            with_cells = [name for name in matches if self._holds_events(name)]
            matches = with_cells or matches
        if len(matches) == 1:
            return self._file[matches[0]]
        candidates = matches or trees
        others = "; its RNTuples are not read" if any("RNTuple" in kind for kind in classes.values()) else ""
        raise SourceError(
            place(self._path),
            expected=f"a tree '{asked}'" if asked and not matches else "exactly one tree of events",
            found=f"{counted(len(candidates), 'tree')} ({listed(candidates)}){others}",
            action="Name the directory and the tree.",
        )

    def _holds_events(self, name: str) -> bool:
        names = self._file[name].keys(recursive=False)
        return "event" in names and bool(kind_of(names))

    def _read_numbers(self, branch, entries: int) -> np.ndarray:
        where = place(self._path, self.tree, "event")
        with boundary(where, "one event number per entry", _DAMAGED):
            numbers = _fixed_width(branch, self._path)
            if numbers is None:
                numbers = branch.array(library="np", array_cache=None)
        if numbers.ndim != 1 or numbers.dtype.kind not in "iu" or len(numbers) != entries:
            raise SourceError(
                where,
                expected=f"one whole number for each entry, {entries} in all",
                found=f"{counted(len(numbers), 'value')} of type {numbers.dtype}",
                action="Choose the tree with one entry per event.",
            )
        return numbers.astype(np.int64)


def _fixed_width(branch, path: Path | RemoteFile) -> np.ndarray | None:
    """All values of a branch of single numbers; None where it is not plainly that, for uproot to read.

    Files that were written in small pieces have hundreds of baskets, and uproot spends 0.1 ms on each; here
    it is 0.02 ms. Layout of a basket: the TKey (nbytes i4, version i2, objlen i4, datime u4, keylen i2, ...),
    then one ZLIB block (2 characters "ZL", method, 3 + 3 bytes of compressed and real length) or the plain
    values, big-endian [ROOT, TKey and R__unzip documentation].
    """
    interpretation = branch.interpretation
    if (
        isinstance(path, RemoteFile)
        or not isinstance(interpretation, uproot.AsDtype)
        or interpretation.inner_shape
    ):
        return None
    stored, count = interpretation.from_dtype, branch.num_baskets
    edges = np.asarray(branch.entry_offsets)
    if count < 16 or branch.embedded_baskets or stored.fields or len(edges) != count + 1:
        return None
    parts = []
    with open(path, "rb") as file:
        for seek, size, entries in zip(
            branch.member("fBasketSeek")[:count].tolist(),
            branch.member("fBasketBytes")[:count].tolist(),
            np.diff(edges).tolist(),
            strict=True,
        ):
            raw = os.pread(file.fileno(), size, seek)
            if len(raw) < 27:
                return None
            nbytes, _, objlen, _, keylen = struct.unpack(">ihiIh", raw[:16])
            body = raw[keylen:]
            if nbytes != size or len(raw) != size or objlen != entries * stored.itemsize:
                return None
            if len(body) != objlen:
                if body[:2] != b"ZL" or int.from_bytes(body[3:6], "little") != len(body) - 9:
                    return None
                body = zlib.decompress(body[9:])
            if len(body) != objlen:
                return None
            parts.append(np.frombuffer(body, stored))
    return np.concatenate(parts).astype(interpretation.to_dtype)
