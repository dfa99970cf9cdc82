"""The same events in each format and compression, and with each kind of checksum."""

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import awkward as ak
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import uproot
import xxhash
from uproot.writing import _cascadentuple as ntuple_writer

TREE = "ntuple/HGCalTriggerNtuple"
EVENTS_A_BLOCK = 10  # to a basket, a cluster of an RNTuple, a row group
_INTEGERS = ("layer", "waferu", "waferv", "cellu", "cellv")
_FLOATS = {
    "good_tc": ("mipPt", "pt", "energy", "x", "y", "z", "eta", "phi"),
    "good_genpart": ("exeta", "exphi", "pt", "energy"),
    "good_cl3d": ("pt", "energy", "eta", "phi"),
}


def make_columns(events: int, cells: int, seed: int = 1) -> dict[str, ak.Array]:
    """Columns of a skim: `events` events of about `cells` trigger cells each, of random values."""
    rng = np.random.default_rng(seed)
    columns = {"event": ak.Array(np.arange(1, events + 1, dtype=np.int32))}
    for part, names in _FLOATS.items():
        counts = rng.poisson(cells, events) if part == "good_tc" else np.full(events, 2)
        n = int(counts.sum())
        found = {name: rng.exponential(10.0, n).astype(np.float32) for name in names}
        if part == "good_tc":
            found |= {name: rng.integers(1, 20, n).astype(np.int32) for name in _INTEGERS}
        columns |= {f"{part}_{name}": ak.unflatten(values, counts) for name, values in found.items()}
    return columns


def _blocks(columns: dict[str, ak.Array]) -> Iterator[dict[str, ak.Array]]:
    for start in range(0, len(columns["event"]), EVENTS_A_BLOCK):
        yield {name: values[start : start + EVENTS_A_BLOCK] for name, values in columns.items()}


def _ttree(compression: object, path: Path, columns: dict[str, ak.Array]) -> None:
    with uproot.recreate(path, compression=compression) as file:
        tree = file.mktree(TREE, {name: values.type.content for name, values in columns.items()})
        for block in _blocks(columns):
            tree.extend(block)


def _rntuple(compression: object, path: Path, columns: dict[str, ak.Array]) -> None:
    with uproot.recreate(path, compression=compression) as file:
        first, *others = map(ak.Array, _blocks(columns))
        made = file.mkrntuple(TREE, first)
        for block in others:
            made.extend(block)


def _rntuple_with_checksums(compression: object, path: Path, columns: dict[str, ak.Array]) -> None:
    with _page_checksums():
        _rntuple(compression, path, columns)


@contextmanager
def _page_checksums() -> Iterator[None]:
    """Let uproot's writer put a checksum behind each page, as ROOT does and it does not."""
    writer, description = ntuple_writer.NTuple, ntuple_writer.NTuple_PageDescription
    add, serialize = writer.add_rblob, description.serialize

    def add_rblob(self: object, sink: object, raw: bytes, uncompressed: int) -> object:
        data = bytes(raw)
        return add(self, sink, data + struct.pack("<Q", xxhash.xxh3_64_intdigest(data)), uncompressed)

    def described(self: ntuple_writer.NTuple_PageDescription) -> bytes:
        count = ntuple_writer._rntuple_page_num_elements_format.pack(-self.num_entries)  # negative: with one
        return count + self.locator.serialize()

    writer.add_rblob, description.serialize = add_rblob, described
    try:
        yield
    finally:
        writer.add_rblob, description.serialize = add, serialize


def _parquet(compression: str, checksums: bool, path: Path, columns: dict[str, ak.Array]) -> None:
    table = pa.table({name: ak.to_arrow(values, extensionarray=False) for name, values in columns.items()})
    pq.write_table(
        table, path, row_group_size=EVENTS_A_BLOCK, compression=compression, write_page_checksum=checksums
    )


Writer = Callable[[Path, dict[str, ak.Array]], None]

FORMATS: dict[str, Writer] = {
    "TTree, not compressed": partial(_ttree, None),
    "TTree, ZLIB (as `toy` and `from-hits` write)": partial(_ttree, uproot.ZLIB(4)),
    "TTree, LZMA": partial(_ttree, uproot.LZMA(1)),
    "TTree, LZ4": partial(_ttree, uproot.LZ4(4)),
    "TTree, ZSTD": partial(_ttree, uproot.ZSTD(5)),
    "RNTuple, ZSTD, without page checksums (as uproot writes)": partial(_rntuple, uproot.ZSTD(5)),
    "RNTuple, ZSTD, with them (as ROOT writes)": partial(_rntuple_with_checksums, uproot.ZSTD(5)),
    "RNTuple, not compressed, with them": partial(_rntuple_with_checksums, None),
    "parquet, Snappy, without page checksums (pandas, pyarrow)": partial(_parquet, "snappy", False),
    "parquet, ZSTD, without page checksums": partial(_parquet, "zstd", False),
    "parquet, ZSTD, with them (all tables that bye_splits writes)": partial(_parquet, "zstd", True),
    "parquet, not compressed, with them": partial(_parquet, "none", True),
}
