"""Read single events of a TTree or an RNTuple."""

import os
import struct
import zlib
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import uproot
from uproot.behaviors.TBranch import TBranch

from bye_splits.counting import counted
from bye_splits.data.baskets import Column, size_of_basket
from bye_splits.data.batches import Values, cuts
from bye_splits.data.files import boundary, place
from bye_splits.data.recent import Recent
from bye_splits.data.rntuple import Field, Tree, event_numbers, homes_of, is_rntuple, names_of
from bye_splits.data.schema import layout_of, whole_numbers
from bye_splits.data.trees import DAMAGED, find_tree, opened
from bye_splits.errors import SourceError
from bye_splits.remote import RemoteFile

_ONE = "the values of one event"


class RootReader:
    """Reads single entries of one tree, through one open file that threads may share.

    Parameters
    ----------
    path : a file that starts like a ROOT file
    directory, tree : location of the tree; None: the only tree with trigger cells, see `find_tree`
    keep_bytes : memory for decompressed baskets

    Raises
    ------
    SourceError : truncated, damaged, no such tree, several candidates, or a mandatory branch is absent

    Attributes
    ----------
    tree : path of the tree in the file
    title : the tree's title
    layout, missing : Layout, and its missing branches
    numbers : int64 or uint64, shape (n,), event numbers in the order of the file
    """

    def __init__(self, path: Path | RemoteFile, directory: str | None, tree: str | None, keep_bytes: int):
        self._path = path
        self._baskets: Recent[tuple[str, int], Any] = Recent(keep_bytes, size_of_basket)
        self._second = ThreadPoolExecutor(1, thread_name_prefix="bye_splits-read")
        self._file = opened(path)
        try:
            with boundary(place(path), "a sound ROOT file", DAMAGED):
                found = find_tree(self._file, path, directory, tree)
                self.tree = found.object_path.strip("/").split(";")[0]
                self.title = found.description if is_rntuple(found) else found.title
                self.layout = layout_of(names_of(found), place(path, self.tree))
                self.missing = self.layout.missing
                self._columns = self._make_columns(found)
                self.numbers = self._read_numbers(found)
        except BaseException:
            self._file.close()
            raise

    @property
    def kind(self) -> str:
        return self.layout.kind

    def read(self, entry: int, hurry: bool = True) -> dict[str, np.ndarray]:
        """Values of one entry, branch -> 1-D array; only the baskets that hold it are read.

        With `hurry` a second thread reads half of the branches: decompression releases the GIL.
        """
        if not hurry:
            return dict(self._read_some(self._columns, entry))
        with boundary(place(self._path, self.tree, entry=entry), _ONE, DAMAGED):
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

    def ranges(self, name: str, rows: int) -> list[tuple[int, int]]:
        """Ranges of entries with about `rows` values of a branch each; see `Source.chunks`."""
        column = next(column for column in self._columns if column.name == name)
        return list(cuts(*column.rows(), 0, len(self.numbers), rows))

    def _read_range(
        self, columns: Sequence[Column | Field], first: int, last: int
    ) -> list[tuple[str, Values]]:
        values = []
        for column in columns:
            what = f"the values of the entries {first} to {last - 1}"
            with boundary(place(self._path, self.tree, column.name), what, DAMAGED):
                values.append((column.name, column.read_many(first, last)))
        return values

    def close(self) -> None:
        self._second.shutdown(wait=False)
        self._file.close()
        self._baskets.clear()

    def _read_some(self, columns: Sequence[Column | Field], entry: int) -> list[tuple[str, np.ndarray]]:
        values = []
        for column in columns:
            with boundary(
                place(self._path, self.tree, column.name, entry), "the values of one event", DAMAGED
            ):
                values.append((column.name, column.read(entry)))
        return values

    def _make_columns(self, tree: Tree) -> list[Column | Field]:
        if not is_rntuple(tree):
            return [Column(tree[name], self._baskets) for name in self.layout.branches]
        homes, verified = homes_of(tree), not isinstance(self._path, RemoteFile)
        return [Field(tree, name, homes[name], self._baskets, verified) for name in self.layout.branches]

    def _read_numbers(self, tree: Tree) -> np.ndarray:
        where, entries = place(self._path, self.tree, "event"), tree.num_entries
        verified = not isinstance(self._path, RemoteFile)  # pages of others would cross the network twice
        with boundary(where, "one event number per entry", DAMAGED):
            numbers = (
                event_numbers(tree, verified) if is_rntuple(tree) else _fixed_width(tree["event"], self._path)
            )
            if numbers is None:
                numbers = tree["event"].array(library="np", array_cache=None)
        if numbers.ndim != 1 or numbers.dtype.kind not in "iu" or len(numbers) != entries:
            raise SourceError(
                where,
                expected=f"one whole number for each entry, {entries} in all",
                found=f"{counted(len(numbers), 'value')} of type {numbers.dtype}",
                action="Choose the tree with one entry per event.",
            )
        return whole_numbers(numbers)


def _fixed_width(branch: TBranch, path: Path | RemoteFile) -> np.ndarray | None:
    """All values of a branch of single numbers; None if its format is not this simple one.

    Files written in small chunks have hundreds of baskets, and uproot takes 0.1 ms for each; this function
    takes 0.02 ms. Layout of a basket: the TKey (nbytes i4, version i2, objlen i4, datime u4, keylen i2, ...),
    then one ZLIB block (2 characters "ZL", method, 3 + 3 bytes of compressed and uncompressed length) or the
    plain values, big-endian [ROOT, TKey and R__unzip documentation].
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
