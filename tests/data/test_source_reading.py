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
from bye_splits.data.baskets import size_of_basket
from bye_splits.data.recent import Recent, size_of_event
from bye_splits.data.root import RootReader, _fixed_width
from bye_splits.errors import SourceError


@pytest.fixture(scope="module")
def events():
    return [make_event(n, n_cells=50 + n) for n in range(30)]


@pytest.fixture(scope="module")
def skim(tmp_path_factory, events):
    return write_skim(tmp_path_factory.mktemp("files") / "skim.root", events)


@pytest.fixture
def reads(monkeypatch):
    """Every basket that was read and decompressed: (thread, branch, basket)."""
    seen = []
    real = TBranch.basket

    def basket(self, number):
        seen.append((threading.current_thread().name, self.name, number))
        return real(self, number)

    monkeypatch.setattr(TBranch, "basket", basket)
    return seen


@pytest.fixture
def reading_ahead():
    """Threads that read ahead for the sources of this test; other tests may have left sources open."""
    before = set(threading.enumerate())
    return lambda: [
        thread for thread in set(threading.enumerate()) - before if thread.name == "bye_splits-ahead"
    ]


@pytest.fixture
def entries(monkeypatch):
    """Every event that was read: (whether by the thread that reads ahead, entry)."""
    seen = []
    real = RootReader.read

    def read(self, entry, hurry=True):
        seen.append((threading.current_thread().name == "bye_splits-ahead", entry))
        return real(self, entry, hurry)

    monkeypatch.setattr(RootReader, "read", read)
    return seen


def settled(source):
    """Wait until the thread that reads ahead has nothing to do."""
    wait_until(lambda: not source._ahead._wanted and not source._recent._loading)


def test_opening_reads_the_event_numbers_only(skim, reads, monkeypatch):
    whole, real = [], TBranch.array

    def array(self, *args, **how):
        whole.append(self.name)
        return real(self, *args, **how)

    monkeypatch.setattr(TBranch, "array", array)
    with open_source(skim) as source:
        assert len(source.event_numbers) == 30
        source.entries(3)
    assert whole == ["event"]
    assert reads == []


def test_an_event_reads_the_baskets_that_hold_it_and_no_other(skim, reads):
    with open_source(skim) as source:
        source._ahead.stop()
        requested = source._reader._file.file.source
        branches = sorted(source._reader.layout.branches)
        for entry, basket in [(17, 5), (4, 1), (29, 9)]:  # 3 events a basket
            reads.clear()
            before = requested.num_requested_chunks
            source.event_at(entry)
            assert sorted(read[1] for read in reads) == branches
            assert {read[2] for read in reads} == {basket}
            assert requested.num_requested_chunks - before == len(branches)


def test_a_basket_is_decompressed_once_for_its_events(skim, events, reads):
    with open_source(skim) as source:
        source._ahead.stop()
        source.event_at(6)
        reads.clear()
        assert same(source.event_at(8).trigger_cells, events[8]["tc"])
        assert same(source.event_at(7).clusters, events[7]["cl3d"])
        assert reads == []


def test_kept_baskets_are_bounded(skim, events):
    with open_source(skim, keep_bytes=50_000) as source:
        for entry in range(30):
            assert same(source.event_at(entry).trigger_cells, events[entry]["tc"])
            assert source._reader._baskets.nbytes <= 25_000
        settled(source)
        kept = source._reader._baskets
        assert kept.nbytes == sum(size_of_basket(basket) for basket in kept._kept.values()) > 0


def test_a_raw_event_reads_no_branch_that_it_does_not_need(tmp_path, reads):
    event = make_event(1)
    event["tc"]["simenergy"] = event["tc"]["x"]
    event["genpart"]["gen"] = event["genpart"]["reachedEE"] = np.full(1, 2, np.int32)
    with open_source(write_root(tmp_path / "e.root", [event])) as source:
        source.event_at(0)
    assert {"genpart_gen", "genpart_reachedEE"} < {read[1] for read in reads}
    assert "tc_simenergy" not in {read[1] for read in reads}


def test_neighbours_are_read_ahead_by_one_other_thread(skim, events, entries, reading_ahead):
    with open_source(skim) as source:
        source.event_at(10)
        wait_until(lambda: 9 in source._recent._kept and 11 in source._recent._kept)
        assert sorted(entries) == [(False, 10), (True, 9), (True, 11)]
        entries.clear()
        assert same(source.event_at(11).trigger_cells, events[11]["tc"])
        wait_until(lambda: 12 in source._recent._kept)
        assert entries == [(True, 12)]
        ahead = reading_ahead()
        assert len(ahead) == 1
        assert ahead[0].daemon
    wait_until(lambda: not ahead[0].is_alive())


def test_the_ends_of_the_file_have_one_neighbour(skim, entries):
    with open_source(skim) as source:
        source.event_at(0)
        wait_until(lambda: 1 in source._recent._kept)
        source.event_at(29)
        wait_until(lambda: 28 in source._recent._kept)
        settled(source)
    assert sorted(entries) == [(False, 0), (False, 29), (True, 1), (True, 28)]


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
        wait_until(lambda: 9 in source._recent._kept)  # the thread lives on


def test_hasty_steps_do_not_queue_up(skim, monkeypatch):
    with open_source(skim) as source:
        source._ahead._thread = threading.current_thread()  # so that none starts: only the queue is looked at
        for entry in range(30):
            source.event_at(entry)
        assert len(source._ahead._wanted) <= 8


def test_what_is_kept_is_bounded(skim):
    with open_source(skim) as source:
        source._ahead.stop()
        one = size_of_event(source.event_at(0))
    with open_source(skim, keep_bytes=12 * one) as source:
        for entry in [*range(30), *range(29, -1, -1)]:
            source.event_at(entry)
            assert source._recent.nbytes <= 6 * one
        settled(source)
        assert 0 < source._recent.nbytes <= 6 * one
        kept = source._recent._kept
        assert source._recent.nbytes == sum(size_of_event(event) for event in kept.values())
        assert len(kept) <= 6


def test_an_event_larger_than_the_bound_is_handed_out_and_not_kept(skim, events):
    with open_source(skim, keep_bytes=10) as source:
        assert same(source.event_at(2).trigger_cells, events[2]["tc"])
        settled(source)
        assert source._recent.nbytes == 0
        assert not source._recent._kept


def test_the_least_recently_used_event_goes_first():
    import pandas as pd

    from bye_splits.data import Event

    cells = pd.DataFrame({"x": np.zeros(10, np.float32)})
    made = []

    def load(entry):
        made.append(entry)
        return Event(entry, cells, cells[:0], cells[:0], entry)

    recent = Recent(3 * 40, size_of_event)
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
def test_many_threads_share_one_source(tmp_path, events, write, reading_ahead):
    rng = np.random.default_rng(0)
    with (
        open_source(write(tmp_path / "e", events), keep_bytes=30_000) as source,
        ThreadPoolExecutor(8) as pool,
    ):
        asked = rng.integers(0, 30, 400).tolist()
        for entry, event in zip(asked, pool.map(source.event_at, asked), strict=True):
            assert event.number == entry
            assert same(event.trigger_cells, events[entry]["tc"])
        assert len(reading_ahead()) <= 1


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


def test_the_event_list_of_many_baskets(tmp_path):
    events = [make_event(1000 - n, n_cells=1) for n in range(100)]
    with open_source(write_skim(tmp_path / "e.root", events, chunk=2)) as source:
        assert source.event_numbers.tolist() == list(range(1000, 900, -1))
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


def test_the_way_through_awkward_gives_the_same(skim, events):
    """It is taken for what is not plainly stored; here for everything."""
    with open_source(skim) as source:
        for column in source._reader._columns:
            column._dtype = None
        event = source.event_at(17)
    assert same(event.trigger_cells, events[17]["tc"])
    assert same(event.generated, events[17]["genpart"])


def test_baskets_without_offsets_go_through_uproot(skim, events, monkeypatch):
    monkeypatch.setattr("uproot.models.TBasket.Model_TBasket.byte_offsets", None)
    asked = []

    def array(self, *args, entry_start, entry_stop, **how):
        asked.append((self.name, entry_start, entry_stop))
        return ak.Array([events[entry_start]["tc"]["x"]])

    with open_source(skim) as source:
        source._ahead.stop()
        monkeypatch.setattr(TBranch, "array", array)
        column = next(column for column in source._reader._columns if column.name == "good_tc_x")
        assert np.array_equal(column.read(7), events[7]["tc"]["x"])
    assert asked == [("good_tc_x", 7, 8)]


def test_a_branch_of_lists_of_lists_is_refused_by_name(skim, monkeypatch):
    with open_source(skim) as source:
        source._ahead.stop()
        column = source._reader._columns[0]
        column._dtype = None
        monkeypatch.setattr(TBranch, "array", lambda self, **_: ak.Array([[[1], [2, 3]]]))
        with pytest.raises(SourceError, match=f"{TREE}', branch '{column.name}', entry 0"):
            source.event_at(0)
