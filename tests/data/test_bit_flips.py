"""A flipped bit is noticed wherever the file has a checksum of it; the whole table is `tools/bit-flips`."""

import ast
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import uproot

import bye_splits
from bye_splits.data import open_source
from bye_splits.errors import GeometryError, SourceError
from bye_splits.geometry import Geometry, read_geometry

ROOT = Path(__file__).parents[2]
READERS = {"ParquetFile": "VERIFIED", "read_table": "VERIFIED", "read_parquet": "VERIFIED"}
WRITERS = {"ParquetWriter": "WRITTEN", "to_parquet": "WRITTEN"}


@pytest.fixture(scope="module")
def flips():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "tools"))
        from flips import counting, formats

        yield counting, formats
        for name in [name for name in sys.modules if name == "flips" or name.startswith("flips.")]:
            del sys.modules[name]


def suffix_of(name):
    return ".parquet" if name.startswith("parquet") else ".root"


@pytest.mark.parametrize(
    "name",
    [
        "RNTuple, ZSTD, with them (as ROOT writes)",
        "RNTuple, not compressed, with them",
        "parquet, ZSTD, with them (all tables that bye_splits writes)",
        "parquet, not compressed, with them",
    ],
)
def test_no_flip_changes_events_in_silence(tmp_path, flips, name):
    counting, formats = flips
    sound, work = (tmp_path / f"{stem}{suffix_of(name)}" for stem in ("sound", "flipped"))
    formats.FORMATS[name](sound, formats.make_columns(20, 200))
    outcomes = counting.count(sound, work, 40, np.random.default_rng(1))
    assert outcomes[counting.DIFFERENT] == 0
    assert outcomes[counting.RAISED] > 30


def test_what_has_no_checksum_is_read_all_the_same(tmp_path, flips):
    """As files of pandas and uproot have none: that their flips pass is why there are manifests."""
    counting, formats = flips
    for name in ("parquet, ZSTD, without page checksums", "TTree, not compressed"):
        sound, work = (tmp_path / f"{stem}{suffix_of(name)}" for stem in ("sound", "flipped"))
        formats.FORMATS[name](sound, formats.make_columns(10, 100))
        assert counting.count(sound, work, 10, np.random.default_rng(1))[counting.DIFFERENT] > 5


def test_the_error_says_that_the_file_is_damaged(tmp_path, flips):
    counting, formats = flips
    path = tmp_path / "e.root"
    formats.FORMATS["RNTuple, not compressed, with them"](path, formats.make_columns(10, 100))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"differs from its checksum.*damaged") as error:
        counting.digest(path)
    assert str(path) in str(error.value)


def test_the_page_lists_of_an_rntuple_are_verified(tmp_path, flips):
    _, formats = flips
    path = tmp_path / "e.root"
    formats.FORMATS["RNTuple, ZSTD, without page checksums (as uproot writes)"](
        path, formats.make_columns(10, 9)
    )
    with uproot.open(path) as file:
        locator = file[formats.TREE].footer.cluster_group_records[0].page_list_link.locator
    content = bytearray(path.read_bytes())
    content[locator.offset + locator.num_bytes - 20] ^= 1
    path.write_bytes(content)
    with pytest.raises(SourceError, match="page list 0 differs from its checksum"):
        open_source(path)


def test_a_table_of_trigger_cells_is_verified(tmp_path):
    cells = Geometry.v11().trigger_cells.drop(columns="part").iloc[:2000]
    path = tmp_path / "cells.parquet"
    cells.to_parquet(path, write_page_checksum=True, compression="none", use_dictionary=False)
    column = pq.ParquetFile(path).metadata.row_group(0).column(6)
    content = bytearray(path.read_bytes())
    content[column.data_page_offset + column.total_compressed_size // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(GeometryError, match="CRC checksum"):
        read_geometry(path)


def test_every_reader_and_writer_of_parquet_takes_the_options():
    found = 0
    for file in Path(bye_splits.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            of_pyarrow = isinstance(node.func.value, ast.Name) and node.func.value.id == "pq"
            wanted = (READERS | WRITERS | ({"write_table": "WRITTEN"} if of_pyarrow else {})).get(
                node.func.attr
            )
            if wanted is None:
                continue
            spread = " ".join(ast.unparse(option.value) for option in node.keywords if option.arg is None)
            named = wanted in spread or "how" in spread  # `how` of ParquetReader.pieces
            assert named, f"{file.name}:{node.lineno}: {node.func.attr} without **{wanted}"
            found += 1
    assert found > 15
