"""Files with several trees, without any, that were never closed, and with RNTuples."""

import struct

import awkward as ak
import numpy as np
import pytest
import uproot
from event_files import TREE, columns_of, make_event, same, write_root, write_skim

from bye_splits.data import event_trees, open_source
from bye_splits.data.inspect import inspect
from bye_splits.errors import SourceError

CELLS = ("layer", "waferu", "waferv", "cellu", "cellv", "mipPt", "pt", "energy", "x", "y", "z", "eta", "phi")


def write_two(path, of_a, of_b, drop=()):
    """Two trees of raw events, A/T and B/T."""
    with uproot.recreate(path) as file:
        for directory, events in (("A", of_a), ("B", of_b)):
            arrays = {k: v for k, v in columns_of(events, "").items() if k not in drop}
            arrays["event"] = np.array([event["number"] for event in events], np.int32)
            types = {k: v.dtype if k == "event" else v.type.content for k, v in arrays.items()}
            file.mktree(f"{directory}/T", types, counter_name=lambda name: f"n{name}").extend(arrays)
    return path


@pytest.fixture
def two(tmp_path):
    return write_two(tmp_path / "two.root", [make_event(1)], [make_event(2), make_event(3)])


def test_of_two_trees_one_has_to_be_named(two):
    assert event_trees(two) == ["A/T", "B/T"]
    with pytest.raises(SourceError, match=r"2 trees \('A/T', 'B/T'\)\. Say which one: two\.root:A/T"):
        open_source(two)


@pytest.mark.parametrize("inside", ["B/T", "B"])
def test_a_path_with_a_tree(two, inside):
    with open_source(f"{two}:{inside}") as source:
        assert (source.path, source.tree) == (two, "B/T")
        assert source.event_numbers.tolist() == [2, 3]
        assert same(source.event(3).trigger_cells, make_event(3)["tc"])


def test_a_path_with_a_tree_that_is_not_there(two):
    with pytest.raises(SourceError, match=r"expected a tree 'C/T', found 2 trees \('A/T', 'B/T'\)"):
        open_source(f"{two}:C/T")


def test_parquet_has_no_trees(tmp_path):
    path = tmp_path / "e.parquet"
    ak.to_parquet(ak.Array([{"event": 1}]), path)
    with pytest.raises(SourceError, match="a parquet file, which has no trees"):
        open_source(f"{path}:A/T")
    assert event_trees(path) == []


def test_a_tree_with_trigger_cells_is_preferred_to_one_without(tmp_path):
    drop = [f"tc_{name}" for name in CELLS]
    path = write_two(tmp_path / "e.root", [make_event(1)], [make_event(2)], drop)
    assert event_trees(path) == ["A/T", "B/T"]
    with uproot.update(path) as file:
        arrays = columns_of([make_event(7)], "") | {"event": np.array([7], np.int32)}
        types = {k: v.dtype if k == "event" else v.type.content for k, v in arrays.items()}
        file.mktree("C/T", types, counter_name=lambda name: f"n{name}").extend(arrays)
    with open_source(path) as source:
        assert (source.tree, source.has_trigger_cells) == ("C/T", True)


# -- without trigger cells -----------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["", "good_"])
def test_clusters_without_trigger_cells(tmp_path, prefix):
    events = [make_event(n) for n in (4, 9)]
    drop = [f"{prefix}tc_{name}" for name in CELLS]
    path = write_root(tmp_path / "e.root", events, prefix=prefix, drop=drop)
    with open_source(path) as source:
        assert not source.has_trigger_cells
        event = source.event(9)
        assert len(event.trigger_cells) == 0
        assert list(event.trigger_cells) == list(CELLS)
        assert same(event.clusters, events[1]["cl3d"])
        assert len(event.generated) == 1
        with pytest.raises(SourceError, match="written without them"):
            next(source.batches())
    found = inspect(path)
    assert found.ok
    assert not found.has_trigger_cells


def test_clusters_without_directions_are_no_events(tmp_path):
    drop = [*(f"tc_{name}" for name in CELLS), "cl3d_eta"]
    path = write_root(tmp_path / "e.root", [make_event(1)], drop=drop)
    with pytest.raises(SourceError, match="or of clusters"):
        open_source(path)


# -- without a tree ------------------------------------------------------------------------------------------


def test_no_tree(tmp_path):
    path = tmp_path / "h.root"
    with uproot.recreate(path) as file:
        file["some/h"] = np.histogram(np.arange(5))
    with pytest.raises(SourceError, match=r"found no tree, but 'some/h \(TH1D\)'\. Choose the file"):
        open_source(path)
    with uproot.recreate(path):
        pass
    with pytest.raises(SourceError, match="found no tree: the file is empty"):
        open_source(path)


def not_closed(content: bytes, how: str) -> bytes:
    """A file as ROOT leaves it where the job is killed: header and directory of the beginning [TFile::Init].

    The layout is that of files below 2 GB.
    """
    content = bytearray(content)
    begin, end, _, _, _, name = struct.unpack(">iiiiii", content[8:32])
    assert end == len(content)
    directory = begin + name
    struct.pack_into(">i", content, directory + 10, 0)  # bytes of the list of keys
    struct.pack_into(">i", content, directory + 26, 0)  # and where it is
    if how == "header":
        struct.pack_into(">iiii", content, 12, directory + 60, 0, 0, 0)
    return bytes(content)


@pytest.mark.parametrize("how", ["keys", "header"])
def test_a_file_that_was_not_closed(tmp_path, how):
    path = write_skim(tmp_path / "e.root", [make_event(n) for n in range(5)])
    path.write_bytes(not_closed(path.read_bytes(), how))
    with pytest.raises(SourceError, match="expected a ROOT file that was closed") as error:
        open_source(path)
    assert "the job that wrote it was stopped, or is still running" in error.value.found
    assert "hadd recovered.root e.root" in error.value.action


# -- RNTuple -------------------------------------------------------------------------------------------------


def write_rntuple(path, events, records, numbers=None, chunk=3):
    """As lists, one field a branch, or as lists of records; several clusters."""
    fields = columns_of(events, "good_")
    if records:
        objects = {}
        for name, array in fields.items():
            part, _, column = name.rpartition("_")
            objects.setdefault(part, {})[column] = array
        fields = {part: ak.zip(columns) for part, columns in objects.items()}
    numbers = np.array([event["number"] for event in events], np.int32) if numbers is None else numbers
    table = ak.Array({"event": numbers, **fields})
    with uproot.recreate(path) as file:
        made = file.mkrntuple(TREE, table[:chunk])
        for start in range(chunk, len(table), chunk):
            made.extend(table[start : start + chunk])
    return path


@pytest.mark.parametrize("records", [False, True])
def test_an_rntuple_is_read(tmp_path, records):
    events = [make_event(n, n_cells=n % 7, n_generated=n % 3, n_clusters=n % 2) for n in range(10, 20)]
    path = write_rntuple(tmp_path / "e.root", events, records)
    with open_source(path) as source:
        assert (source.kind, source.tree, source.missing) == ("skim", TREE, ())
        assert source.event_numbers.tolist() == list(range(10, 20))
        for entry in (9, 0, 3, 2, 5):
            event = source.event_at(entry)
            assert same(event.trigger_cells, events[entry]["tc"])
            assert same(event.generated, events[entry]["genpart"])
            assert same(event.clusters, events[entry]["cl3d"])
        batches = list(source.batches(["x", "layer"], 1, 9, cells=8))
    assert len(batches) > 1
    assert np.concatenate([batch.entries for batch in batches]).tolist() == list(range(1, 9))
    x = np.concatenate([batch.trigger_cells["x"] for batch in batches])
    assert np.array_equal(x, np.concatenate([event["tc"]["x"] for event in events[1:9]]))
    assert inspect(path).ok


def test_a_damaged_rntuple_is_refused(tmp_path):
    sound = write_rntuple(tmp_path / "sound.root", [make_event(n, n_cells=300) for n in range(6)], False)
    content, path = sound.read_bytes(), tmp_path / "e.root"
    refused = 0
    for place in np.random.default_rng(1).integers(300, len(content), 30):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        try:
            with open_source(path) as source:
                for entry in range(len(source)):
                    source.event_at(entry)
        except SourceError:
            refused += 1
    assert refused > 0


# -- positions -----------------------------------------------------------------------------------------------


def unplaced(event, lost):
    event["tc"]["z"][:lost] = 0
    return event


def test_trigger_cells_without_a_position_are_left_out_and_counted(tmp_path):
    path = write_skim(tmp_path / "e.root", [unplaced(make_event(1, n_cells=9), 2), make_event(2)])
    with open_source(path) as source:
        event = source.event(1)
        assert len(event.trigger_cells) == 7
        assert "2 trigger cells left out: without a position (z = 0)" in event.notices
        (batch,) = source.batches(["x", "z"])
        assert (batch.without_position, len(batch.trigger_cells), len(batch.event)) == (2, 12, 12)


@pytest.mark.parametrize("lost", [5, 9])
def test_positions_that_are_not_filled(tmp_path, lost):
    path = write_skim(tmp_path / "e.root", [unplaced(make_event(1, n_cells=9), lost)])
    with open_source(path) as source:
        with pytest.raises(SourceError, match=f"z = 0 in {lost} of 9 trigger cells: positions that are not"):
            source.event(1)
        with pytest.raises(SourceError, match="not filled"):
            list(source.batches())
    assert "not filled" in inspect(path).problem


# -- event numbers -------------------------------------------------------------------------------------------

LARGE = np.array([7, 2**63, 2**64 - 1], np.uint64)


def write_numbers(path, numbers, form):
    events = [make_event(n) for n in range(len(numbers))]
    if form == "rntuple":
        return write_rntuple(path, events, False, numbers)
    if form == "tree":
        return write_skim(path, events, drop=("event",), extra={"event": numbers})
    table = ak.Array(columns_of(events, "good_") | {"event": numbers})
    if form == "lists":
        ak.to_parquet(table, path)
    else:
        names = {f"good_tc_{name}": name for name in CELLS}
        rows = {name: ak.to_numpy(ak.flatten(table[branch])) for branch, name in names.items()}
        number = np.repeat(numbers, ak.to_numpy(ak.num(table["good_tc_x"])))
        ak.to_parquet(ak.Array({"event": number, **rows}), path)
    return path


@pytest.mark.parametrize("form", ["tree", "rntuple", "lists", "flat"])
def test_event_numbers_above_63_bits(tmp_path, form):
    with open_source(write_numbers(tmp_path / "e", LARGE, form)) as source:
        assert source.event_numbers.dtype == np.uint64
        assert source.event_numbers.tolist() == LARGE.tolist()
        event = source.event(2**64 - 1)
        assert (event.number, event.entry) == (2**64 - 1, 2)
        assert source.entries(-1).tolist() == []
        with pytest.raises(SourceError, match=f"numbered from 7 to {2**64 - 1}, not this one"):
            source.event(-1)
        (batch,) = source.batches(["x"])
        assert batch.event_numbers.tolist() == LARGE.tolist()


@pytest.mark.parametrize("form", ["tree", "rntuple", "lists", "flat"])
def test_unsigned_numbers_that_fit_are_int64(tmp_path, form):
    numbers = np.array([1, 2**63 - 1], np.uint64)
    with open_source(write_numbers(tmp_path / "e", numbers, form)) as source:
        assert source.event_numbers.dtype == np.int64
        assert source.event_numbers.tolist() == [1, 2**63 - 1]
        assert source.entries(2**64 - 1).tolist() == []
