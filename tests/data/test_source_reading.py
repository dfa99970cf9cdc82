"""What is read when, by whom, and how much of it is kept."""

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import awkward as ak
import numpy as np
import pytest
import uproot
from event_files import TREE, make_event, same, wait_until, write_flat, write_lists, write_root, write_skim
from uproot.behaviors.TBranch import TBranch

from bye_splits.data import open_source
from bye_splits.data.recent import RecentEvents, size_of
from bye_splits.data.root import RootReader, _fixed_width, column
from bye_splits.errors import SourceError


@pytest.fixture(scope="module")
def events():
    return [make_event(n, n_cells=50 + n) for n in range(30)]


@pytest.fixture(scope="module")
def skim(tmp_path_factory, events):
    return write_skim(tmp_path_factory.mktemp("files") / "skim.root", events)


@pytest.fixture
def reads(monkeypatch):
    """Every read of a branch: (thread, branch, entry_start, entry_stop)."""
    seen = []
    real = TBranch.array

    def array(self, *args, entry_start=None, entry_stop=None, **how):
        seen.append((threading.current_thread().name, self.name, entry_start, entry_stop))
        return real(self, *args, entry_start=entry_start, entry_stop=entry_stop, **how)

    monkeypatch.setattr(TBranch, "array", array)
    return seen


def entries_by(reads, ahead):
    return {start for thread, _, start, _ in reads if thread.startswith("bye_splits-ahead") == ahead}


def settled(source):
    """Wait until the thread that reads ahead has nothing to do."""
    wait_until(lambda: not source._ahead._wanted and not source._recent._loading)


def test_opening_reads_the_event_numbers_only(skim, reads):
    with open_source(skim) as source:
        assert len(source.event_numbers) == 30
        source.entries(3)
    assert [read[1:] for read in reads] == [("event", None, None)]


def test_an_event_reads_its_own_entry_and_no_other(skim, reads):
    with open_source(skim) as source:
        source._ahead.stop()
        reads.clear()
        source.event_at(17)
        assert {read[2:] for read in reads} == {(17, 18)}
        assert sorted(read[1] for read in reads) == sorted(source._reader.layout.branches)
        chunks = source._reader._file.file.source
        before = chunks.num_requested_chunks
        source.event_at(4)
        assert chunks.num_requested_chunks - before == len(source._reader.layout.branches)  # a basket each


def test_a_raw_event_reads_no_branch_that_it_does_not_need(tmp_path, reads):
    event = make_event(1)
    event["tc"]["simenergy"] = event["tc"]["x"]
    event["genpart"]["gen"] = event["genpart"]["reachedEE"] = np.full(1, 2, np.int32)
    with open_source(write_root(tmp_path / "e.root", [event])) as source:
        source.event_at(0)
    assert {"genpart_gen", "genpart_reachedEE"} < {read[1] for read in reads}
    assert "tc_simenergy" not in {read[1] for read in reads}


def test_neighbours_are_read_ahead_by_one_other_thread(skim, events, reads):
    with open_source(skim) as source:
        source.event_at(10)
        wait_until(lambda: 9 in source._recent._events and 11 in source._recent._events)
        assert entries_by(reads, ahead=False) - {None} == {10}
        assert entries_by(reads, ahead=True) == {9, 11}
        reads.clear()
        assert same(source.event_at(11).trigger_cells, events[11]["tc"])
        wait_until(lambda: 12 in source._recent._events)
        assert entries_by(reads, ahead=False) == set()
        assert entries_by(reads, ahead=True) == {12}
        ahead = [t for t in threading.enumerate() if t.name == "bye_splits-ahead"]
        assert len(ahead) == 1
        assert ahead[0].daemon
    wait_until(lambda: not ahead[0].is_alive())


def test_the_ends_of_the_file_have_one_neighbour(skim, reads):
    with open_source(skim) as source:
        source.event_at(0)
        wait_until(lambda: 1 in source._recent._events)
        source.event_at(29)
        wait_until(lambda: 28 in source._recent._events)
        settled(source)
    assert entries_by(reads, ahead=True) == {1, 28}


def test_a_failure_ahead_is_silent_until_the_event_is_asked_for(skim, events, monkeypatch):
    real, failed = RootReader.read, threading.Event()

    def read(self, entry, hurry=True):
        if entry == 6:
            failed.set()
            raise SourceError("here", expected="a", found="b", action="c")
        return real(self, entry, hurry)

    monkeypatch.setattr(RootReader, "read", read)
    with open_source(skim) as source:
        assert same(source.event_at(5).trigger_cells, events[5]["tc"])
        assert failed.wait(20)
        assert same(source.event_at(7).trigger_cells, events[7]["tc"])
        settled(source)
        with pytest.raises(SourceError, match="here"):
            source.event_at(6)
        assert same(source.event_at(8).trigger_cells, events[8]["tc"])
        wait_until(lambda: 9 in source._recent._events)  # the thread lives on


def test_hasty_steps_do_not_queue_up(skim, monkeypatch):
    with open_source(skim) as source:
        source._ahead._thread = threading.current_thread()  # so that none starts: only the queue is looked at
        for entry in range(30):
            source.event_at(entry)
        assert len(source._ahead._wanted) <= 8


def test_what_is_kept_is_bounded(skim):
    with open_source(skim) as source:
        source._ahead.stop()
        one = size_of(source.event_at(0))
    with open_source(skim, keep_bytes=6 * one) as source:
        for entry in [*range(30), *range(29, -1, -1)]:
            source.event_at(entry)
            assert source._recent.nbytes <= 6 * one
        settled(source)
        assert 0 < source._recent.nbytes <= 6 * one
        kept = source._recent._events
        assert source._recent.nbytes == sum(size_of(event) for event in kept.values())
        assert len(kept) <= 6


def test_an_event_larger_than_the_bound_is_handed_out_and_not_kept(skim, events):
    with open_source(skim, keep_bytes=10) as source:
        assert same(source.event_at(2).trigger_cells, events[2]["tc"])
        settled(source)
        assert source._recent.nbytes == 0
        assert not source._recent._events


def test_the_least_recently_used_event_goes_first():
    import pandas as pd

    from bye_splits.data import Event

    cells = pd.DataFrame({"x": np.zeros(10, np.float32)})
    made = []

    def load(entry):
        made.append(entry)
        return Event(entry, cells, cells[:0], cells[:0], entry)

    recent = RecentEvents(limit=3 * 40)
    for entry in (0, 1, 2, 0, 3, 0, 1):
        recent.get(entry, load)
    assert made == [0, 1, 2, 3, 1]


def test_an_event_asked_for_twice_at_once_is_read_once(skim, monkeypatch):
    real, count, both = RootReader.read, [], threading.Event()

    def read(self, entry, hurry=True):
        count.append(entry)
        assert both.wait(20)
        return real(self, entry, hurry)

    monkeypatch.setattr(RootReader, "read", read)
    with open_source(skim) as source, ThreadPoolExecutor(4) as pool:
        source._ahead.stop()
        asked = [pool.submit(source.event_at, 3) for _ in range(4)]
        wait_until(lambda: count == [3])
        both.set()
        assert {len(future.result().trigger_cells) for future in asked} == {53}
    assert count == [3]


@pytest.mark.parametrize("write", [write_skim, write_lists, write_flat])
def test_many_threads_share_one_source(tmp_path, events, write):
    rng = np.random.default_rng(0)
    with (
        open_source(write(tmp_path / "e", events), keep_bytes=30_000) as source,
        ThreadPoolExecutor(8) as pool,
    ):
        asked = rng.integers(0, 30, 400).tolist()
        for entry, event in zip(asked, pool.map(source.event_at, asked), strict=True):
            assert event.number == entry
            assert same(event.trigger_cells, events[entry]["tc"])
        assert sum(thread.name == "bye_splits-ahead" for thread in threading.enumerate()) <= 1


def test_closing_while_others_read_gives_events_or_errors(skim, events):
    source = open_source(skim, keep_bytes=0)
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(source.event_at, n % 30) for n in range(200)]
        wait_until(lambda: sum(future.done() for future in asked) > 5)
        source.close()
        for n, future in enumerate(asked):
            error = future.exception(timeout=20)
            if error is None:
                assert same(future.result().trigger_cells, events[n % 30]["tc"])
            else:
                assert isinstance(error, SourceError)
    assert isinstance(asked[-1].exception(), SourceError)


def test_callers_cannot_change_each_others_events(skim, events):
    with open_source(skim) as source:
        first = source.event_at(3)
        first.trigger_cells["energy"] = np.float32(0)
        first.trigger_cells["mine"] = 1
        first.generated.loc[0, "pt"] = -1
        second = source.event_at(3)
        assert same(second.trigger_cells, events[3]["tc"])
        assert "mine" not in second.trigger_cells
        assert same(second.generated, events[3]["genpart"])
        with pytest.raises(ValueError, match="read-only"):
            source.event_numbers[0] = 5


def test_a_source_left_alone_is_closed_with_its_threads(skim):
    def threads():
        return [t for t in threading.enumerate() if t.name.startswith("bye_splits")]

    before = len(threads())
    source = open_source(skim)
    source.event_at(3)
    file = source._reader._file.file.source
    settled(source)
    gone = weakref.ref(source)
    del source
    wait_until(lambda: gc.collect() >= 0 and gone() is None and len(threads()) <= before)
    assert file.closed


def test_the_event_list_of_many_baskets_is_what_uproot_reads(tmp_path):
    """Every layout of a basket that the short way meets, and those that it leaves to uproot."""
    rng = np.random.default_rng(0)
    for compression in (uproot.ZLIB(1), uproot.ZLIB(9), None, uproot.LZ4(1), uproot.ZSTD(1), uproot.LZMA(1)):
        for dtype in (np.int32, np.int64, np.uint32, np.uint64):
            sizes = rng.integers(1, 400, 40)
            path = tmp_path / "e.root"
            with uproot.recreate(path, compression=compression) as file:
                tree = file.mktree("t", {"event": np.dtype(dtype)})
                for size in sizes:
                    tree.extend({"event": rng.integers(0, 2**31 - 1, size).astype(dtype)})
            with uproot.open(path, handler=uproot.MultithreadedFileSource) as file:
                branch = file["t/event"]
                mine, whole = _fixed_width(branch, path), branch.array(library="np")
            if compression in (None, uproot.ZLIB(1), uproot.ZLIB(9)):
                assert mine is not None
            if mine is not None:
                assert mine.dtype == whole.dtype
                assert np.array_equal(mine, whole)


def test_the_event_list_of_many_baskets(tmp_path, reads):
    events = [make_event(1000 - n, n_cells=1) for n in range(100)]
    with open_source(write_skim(tmp_path / "e.root", events, chunk=2)) as source:
        assert source.event_numbers.tolist() == list(range(1000, 900, -1))
        assert reads == []
        assert same(source.event(950).trigger_cells, events[50]["tc"])


def test_opening_and_reading_do_not_grow_with_the_file(tmp_path):
    """Bytes asked of the disk: an event costs the same in a file of 10 and of 1000 events."""
    cost = []
    for n in (10, 1000):
        path = write_skim(tmp_path / f"{n}.root", [make_event(k, n_cells=100) for k in range(n)], chunk=10)
        with open_source(path) as source:
            source._ahead.stop()
            chunks = source._reader._file.file.source
            before = chunks.num_requested_bytes
            source.event_at(n // 2)
            cost.append(chunks.num_requested_bytes - before)
    assert cost[1] < 1.1 * cost[0]


def in_entry(values):
    """One entry as uproot hands it out for a std::vector branch: awkward, and numpy."""
    boxed = np.empty(1, object)
    boxed[0] = np.asarray(values)
    return [ak.from_regular(ak.Array([values])) if len(values) else ak.Array([values]), boxed]


@pytest.mark.parametrize("dtype", [np.int32, np.uint32, np.float32, np.float64, np.bool_])
@pytest.mark.parametrize("size", [0, 1, 5])
def test_vectors_as_awkward_arrays(dtype, size):
    values = np.arange(size).astype(dtype)
    counted = ak.unflatten(values, [size])
    boxed = np.empty(1, object)
    boxed[0] = values
    vector = np.empty(1, object)
    vector[0] = uproot.containers.STLVector(values.tolist())
    assert str(counted.type) == f"1 * var * {'bool' if dtype == np.bool_ else values.dtype}"
    for array in (counted, ak.to_packed(counted), ak.from_iter([values.tolist()]), boxed):
        assert column(array).shape == (size,)
        assert np.array_equal(column(array), values)
    assert column(counted).dtype == values.dtype
    if size:
        assert np.array_equal(column(vector), values)


def test_plain_numbers_and_what_is_not_a_list_of_numbers():
    assert column(np.array([5])).tolist() == [5]
    assert column(ak.Array([5.5])).tolist() == [5.5]
    for wrong in (
        ak.Array([[[1], [2, 3]]]),
        ak.Array([["a"]]),
        ak.Array([[1, None]]),
        ak.Array([]),
        ak.Array([[1], [2]]),
    ):
        with pytest.raises((ValueError, TypeError)):
            column(wrong)


def test_a_branch_of_lists_of_lists_is_refused_by_name(tmp_path):
    path = write_skim(tmp_path / "e.root", [make_event(1)])
    with open_source(path) as source:
        name = source._reader._branches[0][0]
        nested = type("Nested", (), {"array": lambda self, **_: ak.Array([[[1], [2, 3]]])})()
        source._reader._branches[0] = (name, nested, "ak")
        with pytest.raises(SourceError, match=f"{TREE}', branch '{name}', entry 0"):
            source.event_at(0)
