"""Many events at once: the same trigger cells as one by one, whole events, bounded sizes."""

import itertools

import awkward as ak
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uproot
from event_files import make_event, write_flat, write_lists, write_records, write_root, write_skim
from uproot.behaviors.TBranch import TBranch

from bye_splits.data import open_source
from bye_splits.data.batches import cuts
from bye_splits.errors import SourceError

COUNTS = [5, 0, 40, 1, 7, 0, 0, 12, 90, 3, 3, 8]
WRITERS = {
    "skim": write_skim,
    "raw": write_root,
    "lists": write_lists,
    "lists in groups": lambda path, events: write_lists(path, events, rows=5),
    "records": write_records,
    "flat": write_flat,
    "flat in groups": lambda path, events: write_flat(path, events, rows=17),
}


@pytest.fixture(scope="module")
def events():
    return [make_event(100 + 3 * i, n_cells=n) for i, n in enumerate(COUNTS)]


@pytest.fixture(scope="module", params=list(WRITERS))
def file(request, tmp_path_factory, events):
    suffix = "root" if request.param in ("skim", "raw") else "parquet"
    return WRITERS[request.param](tmp_path_factory.mktemp("batches") / f"events.{suffix}", events)


@pytest.mark.parametrize("cells", [1, 13, 60, 10**6])
@pytest.mark.parametrize(("start", "stop"), [(0, None), (2, 9), (3, 4), (11, 99), (5, 5), (7, 2)])
def test_batches_hold_what_the_events_hold(file, cells, start, stop):
    with open_source(file) as source:
        found = list(source.batches(None, start, stop, cells))
        wanted = range(start, min(len(source) if stop is None else stop, len(source)))
        entries = np.concatenate([np.zeros(0, int), *(batch.entries for batch in found)])
        assert entries.tolist() == list(wanted)
        for batch in found:
            assert batch.entries.dtype == batch.event_numbers.dtype == batch.event.dtype == np.int64
            assert batch.not_finite == 0
            assert (np.diff(batch.event) >= 0).all()
            assert len(batch.event) == len(batch.trigger_cells)
            for i, entry in enumerate(batch.entries):
                event = source.event_at(int(entry))
                assert batch.event_numbers[i] == event.number
                mine = batch.trigger_cells[batch.event == i].reset_index(drop=True)
                assert mine.equals(event.trigger_cells)


def test_a_batch_has_about_as_many_rows_as_asked_for(tmp_path):
    events = [make_event(i, n_cells=50) for i in range(60)]
    for file in (
        write_skim(tmp_path / "skim.root", events),
        write_lists(tmp_path / "lists.parquet", events),
        write_flat(tmp_path / "flat.parquet", events),
    ):
        with open_source(file) as source:
            sizes = [len(batch.event) for batch in source.batches(cells=500)]
            assert max(sizes) <= 600
            assert len(sizes) <= 16
            assert [len(batch.event) for batch in source.batches(cells=1)] == [50] * 60


def test_only_the_branches_of_the_columns_are_read(tmp_path, monkeypatch):
    read, real = set(), TBranch.array

    def array(self, *args, **how):
        read.add(self.name)
        return real(self, *args, **how)

    monkeypatch.setattr(TBranch, "array", array)
    with open_source(write_skim(tmp_path / "skim.root", [make_event(1), make_event(2)])) as source:
        read.clear()
        (batch,) = source.batches(("mipPt", "layer", "x"))
        assert batch.trigger_cells.columns.tolist() == ["mipPt", "layer", "x"]
        assert read == {"good_tc_mipPt", "good_tc_layer", "good_tc_x"}
        with pytest.raises(SourceError, match=r"expected columns out of layer, .* found 'mipPT'"):
            next(source.batches(("mipPT",)))


def test_rows_that_are_not_finite_are_left_out_and_counted(tmp_path):
    events = [make_event(i, n_cells=6) for i in range(3)]
    events[0]["tc"]["mipPt"][:2] = np.nan, np.inf
    events[2]["tc"]["pt"][5] = np.nan
    for file in (
        write_skim(tmp_path / "skim.root", events),
        write_flat(tmp_path / "flat.parquet", events),
    ):
        with open_source(file) as source:
            (batch,) = source.batches()
            assert batch.not_finite == 3
            assert np.bincount(batch.event).tolist() == [4, 6, 5]
            (batch,) = source.batches(("layer", "pt"))
            assert batch.not_finite == 1


def test_an_event_number_that_comes_back_in_a_flat_file_is_an_event_of_its_own(tmp_path):
    events = [make_event(n, n_cells=4, seed=i) for i, n in enumerate((7, 8, 7))]
    with open_source(write_flat(tmp_path / "flat.parquet", events, rows=3)) as source:
        (batch,) = source.batches()
        assert batch.event_numbers.tolist() == [7, 8, 7]
        assert batch.event.tolist() == [0] * 4 + [1] * 4 + [2] * 4


def test_no_events(tmp_path):
    table = pa.table({"event": pa.array([], pa.int64())})
    names = (
        "layer",
        "waferu",
        "waferv",
        "cellu",
        "cellv",
        "mipPt",
        "pt",
        "energy",
        "x",
        "y",
        "z",
        "eta",
        "phi",
    )
    for name in names:
        table = table.append_column(name, pa.array([], pa.float32()))
    pq.write_table(table, tmp_path / "none.parquet")
    with open_source(tmp_path / "none.parquet") as source:
        assert list(source.batches()) == []


def test_branches_of_different_lengths_are_said_with_their_entry(tmp_path):
    columns = {f"tc_{name}": ak.Array([[1.0], [1.0, 2.0]]) for name in make_event(1)["tc"]}
    columns["tc_phi"] = ak.Array([[1.0, 2.0], [1.0]])
    with uproot.recreate(tmp_path / "odd.root") as file:
        tree = file.mktree("tree", {"event": "int32"} | dict.fromkeys(columns, "var * float64"))
        tree.extend({"event": np.array([1, 2], np.int32), **columns})
    complaint = r"entry 0: .* found 1 value in 'tc_layer', 2 values in 'tc_phi'"
    with open_source(tmp_path / "odd.root") as source, pytest.raises(SourceError, match=complaint):
        list(source.batches())


def test_damage_is_told_where_it_is_met_and_what_comes_before_is_read(tmp_path):
    events = [make_event(n, n_cells=100) for n in range(9)]
    file = write_skim(tmp_path / "skim.root", events, chunk=3)
    with uproot.open(file) as opened:
        branch = opened["FloatingpointX/HGCalTriggerNtuple"]["good_tc_x"]
        seek, size = int(branch.member("fBasketSeek")[2]), int(branch.member("fBasketBytes")[2])
    content = bytearray(file.read_bytes())
    content[seek + 60 : seek + size] = bytes(size - 60)
    file.write_bytes(content)
    with open_source(file) as source:
        done = []
        with pytest.raises(SourceError, match="'good_tc_x'"):  # noqa: PT012
            for batch in source.batches(cells=1):
                done += batch.entries.tolist()
        assert done == list(range(6))


def test_a_file_that_changes_meanwhile_is_refused(tmp_path, events):
    file = write_skim(tmp_path / "skim.root", events)
    with open_source(file) as source:
        batches = source.batches(cells=1)
        next(batches)
        file.write_bytes(file.read_bytes() + b"x")
        with pytest.raises(SourceError, match="the file as it was when it was opened"):
            list(batches)


def test_a_source_that_was_closed(tmp_path, events):
    source = open_source(write_flat(tmp_path / "flat.parquet", events))
    begun = source.batches(cells=1)
    next(begun)
    source.close()
    with pytest.raises(SourceError, match="that it was closed"):
        next(begun)
    with pytest.raises(SourceError, match="that it was closed"):
        next(source.batches())


@pytest.mark.parametrize("most", [1, 7, 1000])
def test_cuts_cover_every_entry_once(most):
    rng = np.random.default_rng(1)
    edges = np.unique(rng.integers(1, 200, 12))
    edges = np.concatenate([[0], edges])
    rows = np.concatenate([[0.0], np.cumsum(rng.exponential(30, len(edges) - 1))])
    for start, stop in ((0, edges[-1]), (3, edges[-1] - 1), (5, 6)):
        found = list(cuts(edges, rows, start, stop, most))
        assert found[0][0] == start
        assert found[-1][1] == stop
        assert all(a[1] == b[0] for a, b in itertools.pairwise(found))
        assert all(first < last for first, last in found)
