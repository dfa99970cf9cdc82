"""Every layout gives the same Event, and nothing is dropped in silence."""

from pathlib import Path

import awkward as ak
import numpy as np
import pandas as pd
import pytest
import uproot
from event_files import (
    FLOATS,
    INTEGERS,
    TOY,
    TREE,
    make_event,
    same,
    write_flat,
    write_generated,
    write_lists,
    write_records,
    write_root,
    write_skim,
)

from bye_splits.data import Event, open_source
from bye_splits.errors import SourceError

COLUMNS = [*INTEGERS, *FLOATS]
REFERENCE = Path(__file__).parents[2].parent / "shared" / "reference" / "chain"


@pytest.fixture(scope="module")
def events():
    sizes = [5, 0, 700, 1, 12, 3, 8]
    return [make_event(40 + k, n_cells=n, n_generated=1 + k % 2, n_clusters=k) for k, n in enumerate(sizes)]


def assert_typed(event):
    assert isinstance(event, Event)
    assert list(event.trigger_cells.columns) == COLUMNS
    assert all(event.trigger_cells[c].dtype == np.int32 for c in INTEGERS)
    assert all(event.trigger_cells[c].dtype == np.float32 for c in FLOATS)
    assert list(event.generated.columns[:5]) == ["pid", "exeta", "exphi", "pt", "energy"]
    assert event.generated["pid"].dtype == np.int32
    assert event.generated.dtypes.iloc[1:].eq(np.float32).all()
    assert list(event.clusters.columns) == ["pt", "energy", "eta", "phi"]
    assert event.clusters.dtypes.eq(np.float32).all()
    for table in (event.trigger_cells, event.generated, event.clusters):
        assert table.index.equals(pd.RangeIndex(len(table)))


@pytest.mark.parametrize(
    ("write", "kind"),
    [
        (write_skim, "skim"),
        (write_root, "raw"),
        (write_lists, "parquet"),
        (write_records, "parquet"),
        (lambda path, events: write_lists(path, events, rows=2), "parquet"),
    ],
    ids=["skim", "raw", "lists", "records", "lists in small row groups"],
)
def test_every_event_comes_back(tmp_path, events, write, kind):
    with open_source(write(tmp_path / "e", events)) as source:
        assert source.kind == kind
        assert source.event_numbers.dtype == np.int64
        assert source.event_numbers.tolist() == [e["number"] for e in events]
        assert len(source) == len(events)
        for entry in (6, 2, 0, 1, 5, 3, 4):  # in no order
            event, truth = source.event(events[entry]["number"]), events[entry]
            assert_typed(event)
            assert (event.number, event.entry, event.notices) == (truth["number"], entry, ())
            assert same(event.trigger_cells, truth["tc"])
            assert same(event.generated, truth["genpart"])
            assert same(event.clusters, truth["cl3d"])


@pytest.mark.parametrize("rows", [None, 4, 1000])
@pytest.mark.parametrize("beside", ["generated.parquet", "cells.generated.parquet", None])
def test_flat_parquet(tmp_path, events, rows, beside):
    path = write_flat(tmp_path / "cells.parquet", events, rows)
    if beside:
        write_generated(tmp_path / beside, events)
    filled = [event for event in events if len(event["tc"]["x"])]  # an event without rows is not in the file
    with open_source(path) as source:
        assert source.kind == "parquet"
        assert source.tree == ""
        assert source.title == source.description == TOY
        assert source.missing == ((f"{beside}: pid",) if beside else ("generated.parquet",))
        assert source.event_numbers.tolist() == [event["number"] for event in filled]
        for truth in reversed(filled):
            event = source.event(truth["number"])
            assert_typed(event)
            assert same(event.trigger_cells, truth["tc"])
            assert len(event.clusters) == 0
            if beside:
                assert same(event.generated, truth["genpart"], ["exeta", "exphi", "pt", "energy"])
                assert event.generated["pid"].eq(0).all()
            else:
                assert len(event.generated) == 0


def test_reference_events():
    if not REFERENCE.is_dir():
        pytest.skip("the reference events are not beside this repository")
    truth = pd.read_parquet(REFERENCE / "trigger_cells.parquet")
    particles = pd.read_parquet(REFERENCE / "generated.parquet").set_index("event")
    with open_source(REFERENCE / "trigger_cells.parquet") as source:
        assert sorted(source.event_numbers) == sorted(truth["event"].unique())
        for number in source.event_numbers:
            event = source.event(number)
            mine = truth[truth["event"] == number]
            assert all(np.array_equal(event.trigger_cells[c], mine[c]) for c in COLUMNS)
            assert (
                event.generated["energy"].tolist() == np.atleast_1d(particles.loc[number, "gen_en"]).tolist()
            )


def test_a_number_that_comes_back_is_kept_apart(tmp_path):
    events = [make_event(n, seed=k) for k, n in enumerate([99, 7, 99, 8])]
    for path in (write_skim(tmp_path / "a.root", events), write_flat(tmp_path / "b.parquet", events)):
        with open_source(path) as source:
            assert source.entries(99).tolist() == [0, 2]
            assert source.entries(99).dtype == np.int64
            assert source.entries(1234).tolist() == []
            first, second = source.event(99), source.event(99, occurrence=1)
            assert same(first.trigger_cells, events[0]["tc"])
            assert same(second.trigger_cells, events[2]["tc"])
            assert first.notices == ("event 99 occurs 2 times in this file; this is the 1st",)
            assert second.notices == ("event 99 occurs 2 times in this file; this is the 2nd",)
            assert source.event(7).notices == ()
            for occurrence in (2, -1):
                with pytest.raises(SourceError, match="occurs 2 times"):
                    source.event(99, occurrence)


def test_rows_that_are_not_finite_are_counted_and_left_out(tmp_path):
    event = make_event(1, n_cells=12, n_generated=3, n_clusters=3)
    for row, (column, value) in enumerate(
        [("mipPt", np.nan), ("pt", np.inf), ("energy", -np.inf), ("x", np.nan), ("y", np.nan), ("z", np.inf)]
    ):
        event["tc"][column][row] = value
    event["tc"]["energy"][8] = -0.25
    event["genpart"]["exeta"][1] = np.nan
    event["cl3d"]["pt"][0] = np.inf
    with open_source(write_skim(tmp_path / "e.root", [event])) as source:
        read = source.event(1)
    assert_typed(read)
    assert same(read.trigger_cells, {name: values[6:] for name, values in event["tc"].items()})
    assert len(read.generated) == 2
    assert len(read.clusters) == 2
    assert read.notices == (
        "6 trigger cells left out: a value is not finite (NaN or infinite)",
        "1 trigger cell with a negative energy",
        "1 generated particle left out: a value is not finite (NaN or infinite)",
        "1 cluster left out: a value is not finite (NaN or infinite)",
    )


def test_float64_too_large_for_float32_is_not_finite(tmp_path):
    event = make_event(1)
    event["tc"]["energy"] = event["tc"]["energy"].astype(np.float64)
    event["tc"]["energy"][2] = 1e300
    with open_source(write_skim(tmp_path / "e.root", [event])) as source:
        read = source.event(1)
    assert len(read.trigger_cells) == 4
    assert read.notices[0].startswith("1 trigger cell left out")


def test_both_endcaps_are_kept(tmp_path):
    event = make_event(1, n_cells=10)
    with open_source(write_root(tmp_path / "e.root", [event])) as source:
        z = source.event(1).trigger_cells["z"]
    assert (z > 0).sum() == (z < 0).sum() == 5


def test_raw_particles_are_those_that_reach_the_endcap(tmp_path):
    event = make_event(1, n_generated=5)
    event["genpart"]["gen"] = np.array([0, -1, 1, 2, -1], np.int32)
    event["genpart"]["reachedEE"] = np.array([2, 2, 1, 2, 0], np.int32)
    with open_source(write_root(tmp_path / "e.root", [event])) as source:
        assert source.missing == ()
        read = source.event(1)
    assert "gen" not in read.generated
    assert same(
        read.generated, {c: v[[0, 3]] for c, v in event["genpart"].items()}, ["pid", "exeta", "pt", "eta"]
    )
    assert_typed(read)


def test_columns_follow_the_branches_own_names(tmp_path):
    """Configurations exist that call `good_tc_cellv` cu; only the branch's name counts."""
    event = make_event(1)
    event["tc"]["cellu"][:], event["tc"]["cellv"][:] = 3, 11
    with open_source(write_skim(tmp_path / "e.root", [event])) as source:
        cells = source.event(1).trigger_cells
    assert set(cells["cellu"]) == {3}
    assert set(cells["cellv"]) == {11}


def test_what_is_optional_may_be_absent(tmp_path):
    event = make_event(1)
    gone = {f"good_cl3d_{c}" for c in event["cl3d"]} | {
        "good_genpart_pid",
        "good_genpart_eta",
        "good_genpart_exphi",
    }
    with open_source(write_skim(tmp_path / "e.root", [event], drop=gone)) as source:
        assert set(source.missing) == gone - {"good_genpart_eta"}
        read = source.event(1)
    assert_typed(read)
    assert "eta" not in read.generated
    assert read.generated["pid"].tolist() == [0]
    assert read.generated["exphi"].isna().all()
    assert same(read.generated, event["genpart"], ["exeta", "pt"])
    assert len(read.clusters) == 0
    assert read.notices == ()


def test_the_number_of_cells_of_a_cluster_is_read_if_it_is_there(tmp_path):
    event = make_event(1)
    count = len(event["cl3d"]["pt"])
    event["cl3d"]["clusters_n"] = np.arange(count, dtype=np.int32)
    with open_source(write_skim(tmp_path / "e.root", [event])) as source:
        assert source.event(1).clusters["clusters_n"].tolist() == list(range(count))
        assert source.particles(0, 1)[1]["clusters_n"].tolist() == list(range(count))


def test_one_particle_per_event_as_plain_numbers(tmp_path):
    events = [make_event(n) for n in (1, 2)]
    gone = [f"good_genpart_{c}" for c in events[0]["genpart"]]
    extra = {
        "good_genpart_pid": np.array([11, 22], np.int32),
        **{f"good_genpart_{c}": np.array([1.5, 2.5], np.float32) for c in ("exeta", "exphi", "pt", "energy")},
    }
    with open_source(write_skim(tmp_path / "e.root", events, drop=gone, extra=extra)) as source:
        read = source.event(2)
    assert read.generated.to_dict("list") == {
        "pid": [22],
        "exeta": [2.5],
        "exphi": [2.5],
        "pt": [2.5],
        "energy": [2.5],
    }


def test_title_and_description(tmp_path):
    events = [make_event(1)]
    with open_source(write_skim(tmp_path / "toy.root", events)) as source:
        assert source.title == source.description == TOY
        assert source.tree == TREE
        assert source.path == tmp_path / "toy.root"
    with open_source(write_skim(tmp_path / "e.root", events, title="HGCalTriggerNtuple")) as source:
        assert source.title == "HGCalTriggerNtuple"
        assert source.description == ""


def add_tree(path, name, arrays):
    with uproot.update(path) as file:
        file.mktree(name, {key: values.dtype for key, values in arrays.items()}).extend(arrays)


def test_the_tree_is_found(tmp_path):
    path = write_skim(tmp_path / "name:with#odd signs.root", [make_event(1)])
    add_tree(path, "other/Numbers", {"x": np.arange(3)})
    add_tree(path, "Top", {"event": np.arange(3)})
    folder, _, name = TREE.rpartition("/")
    for directory, tree in [
        (None, None),
        (folder, None),
        (None, name),
        (folder, name),
        (f"/{folder}/", name),
        (None, TREE),
    ]:
        with open_source(path, directory, tree) as source:
            assert source.tree == TREE
    for directory, tree in [("nowhere", name), (folder, "Numbers"), ("nowhere", None), ("", name)]:
        with pytest.raises(SourceError, match=f"'{TREE}', 'other/Numbers', 'Top'"):
            open_source(path, directory, tree)
    with pytest.raises(SourceError, match="branches of trigger cells"):
        open_source(path, "other", "Numbers")


def test_two_candidates_are_not_guessed_between(tmp_path):
    path = write_skim(tmp_path / "e.root", [make_event(1)])
    other = write_skim(tmp_path / "f.root", [make_event(2)], tree="second/HGCalTriggerNtuple")
    with uproot.open(other) as file:
        branches = file["second/HGCalTriggerNtuple"].arrays(library="ak")
        with uproot.update(path) as both:
            types = {name: branches[name].type.content for name in branches.fields if not name.endswith("_n")}
            tree = both.mktree("second/HGCalTriggerNtuple", types)
            tree.extend({name: branches[name] for name in types})
    with pytest.raises(SourceError, match="2 trees") as error:
        open_source(path)
    assert TREE in str(error.value)
    assert "second/HGCalTriggerNtuple" in str(error.value)
    with open_source(path, "second") as source:
        assert source.event_numbers.tolist() == [2]
    with open_source(path, *TREE.split("/")) as source:
        assert source.event_numbers.tolist() == [1]


def test_an_empty_tree_opens(tmp_path):
    path = write_skim(tmp_path / "e.root", [make_event(1)], chunk=1)
    with uproot.open(path) as file, uproot.recreate(tmp_path / "empty.root") as empty:
        arrays = file[TREE].arrays(library="ak")
        empty.mktree(TREE, {n: arrays[n].type.content for n in arrays.fields if not n.endswith("_n")})
    with open_source(tmp_path / "empty.root") as source:
        assert source.event_numbers.shape == (0,)
        assert source.event_numbers.dtype == np.int64
        assert source.entries(1).shape == (0,)
        with pytest.raises(SourceError, match="no events at all"):
            source.event(1)
        with pytest.raises(SourceError, match="0 entries"):
            source.event_at(0)


@pytest.mark.parametrize("entry", [-1, 7, 10**12])
def test_no_such_entry(tmp_path, events, entry):
    with (
        open_source(write_skim(tmp_path / "e.root", events)) as source,
        pytest.raises(SourceError, match="7 entries"),
    ):
        source.event_at(entry)


@pytest.mark.parametrize("number", [1.5, "41", None, "__import__('os')"])
def test_a_number_is_a_whole_number(tmp_path, events, number):
    with open_source(write_skim(tmp_path / "e.root", events)) as source:
        with pytest.raises(SourceError, match="whole number"):
            source.event(number)
        with pytest.raises(SourceError, match="whole number"):
            source.event_at(number)
        assert source.event(np.int64(41)).number == 41
        with pytest.raises(SourceError, match="7 events numbered from 40 to 46"):
            source.event(2**70)


def test_missing_branches_are_named_with_those_near(tmp_path, events):
    path = write_skim(
        tmp_path / "e.root", events, drop={"good_tc_mipPt"}, extra={"good_tc_mipPT": np.zeros(7)}
    )
    with pytest.raises(SourceError, match=r"branch 'good_tc_mipPt'.*near it: good_tc_mipPT") as error:
        open_source(path)
    assert str(path) in str(error.value)
    assert TREE in str(error.value)
    with pytest.raises(SourceError, match="branch 'event'"):
        open_source(write_skim(tmp_path / "f.root", events, drop={"event"}), tree="HGCalTriggerNtuple")


def test_columns_of_different_lengths(tmp_path):
    event = make_event(1)
    path = tmp_path / "e.root"
    with uproot.recreate(path) as file:
        types = {f"good_tc_{c}": f"var * {values.dtype}" for c, values in event["tc"].items()}
        tree = file.mktree("t", {"event": "int32", **types})
        columns = {f"good_tc_{c}": [values] for c, values in event["tc"].items()}
        columns["good_tc_phi"] = [event["tc"]["phi"][:3]]
        tree.extend({"event": np.array([1], np.int32), **{n: ak.Array(v) for n, v in columns.items()}})
    with open_source(path) as source, pytest.raises(SourceError, match="3 values in 'good_tc_phi'"):
        source.event(1)


def test_integer_columns_must_be_whole(tmp_path):
    event = make_event(1)
    event["tc"]["layer"] = event["tc"]["layer"].astype(np.float64)
    with open_source(write_skim(tmp_path / "e.root", [event])) as source:
        assert source.event(1).trigger_cells["layer"].dtype == np.int32
    event["tc"]["layer"][1] = 2.5
    with (
        open_source(write_skim(tmp_path / "f.root", [event])) as source,
        pytest.raises(SourceError, match="whole"),
    ):
        source.event(1)


def test_event_numbers_must_be_numbers(tmp_path):
    path = write_skim(tmp_path / "e.root", [make_event(1)], drop={"event"}, extra={"event": np.array([1.5])})
    with pytest.raises(SourceError, match="float64"):
        open_source(path)
