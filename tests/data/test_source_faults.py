"""Whatever is wrong with a file, the answer is one readable SourceError, soon, and the process lives on."""

import gzip
import os
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uproot
from event_files import TREE, make_event, same, write_flat, write_generated, write_skim

from bye_splits.data import open_source
from bye_splits.data.inspect import inspect
from bye_splits.errors import SourceError

WRITERS = {"skim.root": write_skim, "cells.parquet": write_flat}


@pytest.fixture(scope="module")
def events():
    return [make_event(n, n_cells=300) for n in range(20)]


@pytest.fixture(scope="module")
def sound(tmp_path_factory, events):
    """Bytes of a sound file, by name."""
    folder = tmp_path_factory.mktemp("sound")
    return {name: write(folder / name, events).read_bytes() for name, write in WRITERS.items()}


def refusal(path, **how):
    """The error of opening a file, which must come within seconds."""
    with ThreadPoolExecutor(1) as pool:
        error = pool.submit(open_source, path, **how).exception(timeout=20)
    assert type(error) is SourceError
    assert str(path) in str(error)
    assert "\n" not in str(error)
    inspection = inspect(path, **how)
    assert not inspection.ok
    assert inspection.problem == str(error)
    assert inspection.n_events == 0
    return str(error)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "an empty file"),
        (b"roo", "something else"),
        (b"\0" * 4096, "zeros"),
        (b"event,layer,mipPt\n1,2,3\n" * 100, "something else.*b'event,la'"),
        (gzip.compress(b"root" + b"\0" * 4096), "gzip"),
        (b"PK\3\4" + b"\0" * 100, "zip"),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 100, "HDF5"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "HTML"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git-lfs"),
        (b"root" + b"\0" * 4096, "found"),
        (b"root", "found"),
        (b"PAR1", "found"),
        (b"PAR1" + b"\xff" * 4096 + b"PAR1", "found"),
    ],
    ids=[
        "empty",
        "3 bytes",
        "zeros",
        "text",
        "gz",
        "zip",
        "hdf5",
        "html",
        "lfs",
        "root zeros",
        "root",
        "PAR1",
        "PAR1x",
    ],
)
def test_not_an_event_file(tmp_path, content, found):
    path = tmp_path / "file.root"
    path.write_bytes(content)
    assert re.search(found, refusal(path))


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("fraction", [0.0001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1.0])
def test_cut_short(tmp_path, sound, name, fraction):
    whole = sound[name]
    path = tmp_path / name
    path.write_bytes(whole[: min(int(len(whole) * fraction) + 1, len(whole) - 1)])
    refusal(path)


def test_the_last_byte_missing_is_said_in_bytes(tmp_path, sound):
    whole = sound["skim.root"]
    path = tmp_path / "skim.root"
    path.write_bytes(whole[:-1])
    assert f"expected {len(whole)} bytes, as its own header says, found {len(whole) - 1} bytes" in refusal(
        path
    )


def test_not_a_file(tmp_path):
    assert "a directory" in refusal(tmp_path)
    assert "no such file" in refusal(tmp_path / "nothing.root")
    assert "no such file" in refusal(tmp_path / "nothing" / "nothing.root")
    os.mkfifo(tmp_path / "fifo.root")
    assert "a FIFO" in refusal(tmp_path / "fifo.root")
    (tmp_path / "a.root").symlink_to(tmp_path / "b.root")
    (tmp_path / "b.root").symlink_to(tmp_path / "a.root")
    assert "symbolic links" in refusal(tmp_path / "a.root")
    assert "null" in refusal(f"{tmp_path}/a\0b.root")
    assert "too long" in refusal(tmp_path / ("x" * 300))
    assert "a device" in refusal("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        assert "a socket" in refusal(tmp_path / "s")
    with pytest.raises(SourceError, match="a directory"):
        open_source("")


def test_a_fifo_that_comes_between_looking_and_opening(tmp_path, sound, monkeypatch):
    """The check looks twice: by name, and at what was opened."""
    path = tmp_path / "e.root"
    path.write_bytes(sound["skim.root"])
    real = os.open

    def swap(name, *how):
        path.unlink()
        os.mkfifo(path)
        return real(name, *how)

    monkeypatch.setattr("bye_splits.data.files.os.open", swap)
    with ThreadPoolExecutor(1) as pool:
        error = pool.submit(open_source, path).exception(timeout=20)
    assert "a FIFO" in str(error)


@pytest.fixture
def nobody():
    """Not root, to whom no file is closed."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_no_permission(tmp_path, sound, request):
    path = tmp_path / "e.root"
    path.write_bytes(sound["skim.root"])
    path.chmod(0)
    request.getfixturevalue("nobody")
    assert "no permission" in refusal(path)


def test_no_permission_as_the_system_says_it(tmp_path, sound, monkeypatch):
    path = tmp_path / "e.root"
    path.write_bytes(sound["skim.root"])

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("bye_splits.data.files.os.open", refuse)
    assert "no permission" in refusal(path)


def test_wrong_tree(tmp_path, sound):
    path = tmp_path / "e.root"
    path.write_bytes(sound["skim.root"])
    assert f"expected a tree 'dir/none', found 1 tree ('{TREE}')" in refusal(
        path, directory="dir", tree="none"
    )


def test_damage_inside_names_branch_and_entry(tmp_path, sound, events):
    """ZLIB tells: the damaged event is refused, the others are read."""
    path = tmp_path / "e.root"
    path.write_bytes(sound["skim.root"])
    with uproot.open(path) as file:
        branch = file[TREE]["good_tc_x"]
        seek, size = int(branch.member("fBasketSeek")[2]), int(branch.member("fBasketBytes")[2])
    content = bytearray(sound["skim.root"])
    content[seek + size // 2] ^= 0xFF
    path.write_bytes(content)
    with open_source(path) as source:
        assert same(source.event_at(5).trigger_cells, events[5]["tc"])
        for _ in range(2):  # nothing of a failure is kept
            with pytest.raises(SourceError, match=f"{TREE}', branch 'good_tc_x', entry 6") as error:
                source.event_at(6)
        assert "copy or make it again" in str(error.value)
        assert same(source.event_at(9).trigger_cells, events[9]["tc"])
    assert inspect(path).ok  # which looks at the first and last event


def test_damage_in_the_last_event_is_found_by_inspect(tmp_path, sound):
    path = tmp_path / "e.root"
    path.write_bytes(sound["skim.root"])
    with uproot.open(path) as file:
        seek = int(file[TREE]["good_tc_x"].member("fBasketSeek")[6])
    content = bytearray(sound["skim.root"])
    content[seek + 200] ^= 0xFF
    path.write_bytes(content)
    inspection = inspect(path)
    assert not inspection.ok
    assert "good_tc_x" in inspection.problem
    assert (inspection.kind, inspection.tree, inspection.n_events) == ("skim", TREE, 20)


def test_flipped_bits_are_refused_or_harmless(tmp_path):
    """Single flipped bits anywhere in a ZLIB file: a SourceError, or the event as it was written."""
    events = [make_event(n, n_cells=300) for n in range(4)]
    sound = write_skim(tmp_path / "sound.root", events).read_bytes()
    path = tmp_path / "e.root"
    refused = 0
    for bit in np.random.default_rng(0).integers(0, 8 * len(sound), 80):
        content = bytearray(sound)
        content[bit // 8] ^= 1 << (bit % 8)
        path.write_bytes(content)
        try:
            with open_source(path) as source:
                for entry in range(min(len(source), 4)):
                    assert same(source.event_at(entry).trigger_cells, events[entry]["tc"]), bit
        except SourceError:
            refused += 1
    assert refused > 20


def test_inspect_of_a_sound_file(tmp_path, sound):
    for name, kind in [("skim.root", "skim"), ("cells.parquet", "parquet")]:
        path = tmp_path / name
        path.write_bytes(sound[name])
        inspection = inspect(path)
        assert inspection.ok
        assert inspection.problem == ""
        assert (inspection.path, inspection.kind, inspection.n_events) == (path, kind, 20)
    assert inspect(tmp_path / "skim.root").tree == TREE
    assert inspect(tmp_path / "skim.root").description == "toy simulation, not CMS data"


def test_inspect_of_no_events_is_ok(tmp_path):
    path = tmp_path / "e.parquet"
    write_flat(path, [make_event(1)])
    pq.write_table(pq.read_table(path).slice(0, 0), path)
    assert inspect(path).ok
    assert inspect(path).n_events == 0


def test_damaged_generated_particles_beside_a_flat_file(tmp_path, events):
    path = write_flat(tmp_path / "cells.parquet", events)
    beside = write_generated(tmp_path / "generated.parquet", events)
    beside.write_bytes(beside.read_bytes()[:-10])
    with pytest.raises(SourceError, match=r"generated\.parquet"):
        open_source(path)
    pq.write_table(pa.table({"nothing": [1]}), beside)
    with pytest.raises(SourceError, match="branch 'event'"):
        open_source(path)
    beside.write_bytes(b"root" + bytes(100))
    with pytest.raises(SourceError, match="a root file"):
        open_source(path)


@pytest.mark.parametrize("column", ["layer", "x", "event"])
def test_parquet_columns_of_the_wrong_type(tmp_path, events, column):
    path = write_flat(tmp_path / "cells.parquet", events)
    table = pq.read_table(path)
    words = pa.array(["word"] * table.num_rows)
    pq.write_table(table.set_column(table.schema.get_field_index(column), column, words), path)
    with pytest.raises(SourceError, match=column if column == "event" else "string"):
        open_source(path).event_at(0)


CHANGES = {
    "replaced": (lambda path, other: os.replace(other, path), "another file in its place"),
    "replaced by the same": (lambda path, _: _replace_by_copy(path), "another file in its place"),
    "rewritten": (lambda path, other: path.write_bytes(other.read_bytes()), "rewritten|cut"),
    "rewritten with the same size": (lambda path, _: path.write_bytes(path.read_bytes()), "rewritten"),
    "rewritten with its size and date": (lambda path, _: _rewrite_with_its_date(path), "with its old date"),
    "grown": (lambda path, _: path.write_bytes(path.read_bytes() + b"more"), "rewritten"),
    "cut": (lambda path, _: os.truncate(path, path.stat().st_size // 2), "cut from"),
    "emptied": (lambda path, _: os.truncate(path, 0), "cut from"),
    "deleted": (lambda path, _: path.unlink(), "deleted or moved"),
    "moved": (lambda path, _: path.rename(path.with_name("gone")), "deleted or moved"),
}


def _rewrite_with_its_date(path):
    """Flip a bit of the file in place; only the time of change (ctime) shows it, at the clock's next tick."""
    before, content = path.stat(), bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    for _ in range(100_000):
        with open(path, "r+b") as file:
            file.write(content)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        if path.stat().st_ctime_ns != before.st_ctime_ns:
            break
    after = path.stat()
    assert (after.st_ino, after.st_size, after.st_mtime_ns) == (
        before.st_ino,
        before.st_size,
        before.st_mtime_ns,
    )
    assert after.st_ctime_ns != before.st_ctime_ns


def _replace_by_copy(path):
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    copy.replace(path)


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("how", CHANGES)
def test_a_file_that_changes_while_open_is_refused(tmp_path, sound, events, name, how):
    change, found = CHANGES[how]
    path = tmp_path / name
    path.write_bytes(sound[name])
    os.utime(path, (1, 1))  # so that any writing shows, whatever the clock's grain
    other = WRITERS[name](tmp_path / f"other-{name}", [make_event(n, seed=n + 1000) for n in range(20)])
    with open_source(path) as source:
        assert same(source.event_at(3).trigger_cells, events[3]["tc"])
        assert source.changed() == ""
        change(path, other)
        assert source.changed()
        for entry in (3, 4, 19):  # kept, being read ahead, and never read
            with pytest.raises(SourceError, match=f"found .*({found}).*Open it again"):
                source.event_at(entry)
    if how in ("replaced", "rewritten"):
        with open_source(path) as source:
            assert same(source.event_at(3).trigger_cells, make_event(3, seed=1003)["tc"])


def test_a_file_rewritten_during_a_read_gives_no_mixture(tmp_path, sound, monkeypatch):
    path = tmp_path / "skim.root"
    path.write_bytes(sound["skim.root"])
    with open_source(path) as source:
        read = source._reader.read

        def rewrite(*how):
            values = read(*how)
            path.write_bytes(path.read_bytes() + b"x")
            return values

        monkeypatch.setattr(source._reader, "read", rewrite)
        with pytest.raises(SourceError, match="rewritten"):
            source.event_at(3)


@pytest.mark.parametrize("fraction", [0, 0.3, 0.9])
def test_a_file_cut_between_the_checks_is_refused_by_the_read(tmp_path, sound, fraction):
    path = tmp_path / "skim.root"
    path.write_bytes(sound["skim.root"])
    with open_source(path) as source:
        os.truncate(path, int(fraction * len(sound["skim.root"])))
        for hurry in (True, False):
            with pytest.raises(SourceError, match="entry 19"):
                source._reader.read(19, hurry)


def test_closed(tmp_path, sound):
    for name in WRITERS:
        (tmp_path / name).write_bytes(sound[name])
        source = open_source(tmp_path / name)
        source.event_at(0)
        source.close()
        source.close()
        with pytest.raises(SourceError, match="closed"):
            source.event_at(0)


def test_a_fork_does_not_wait_for_threads_it_does_not_have(tmp_path, sound, monkeypatch):
    (tmp_path / "skim.root").write_bytes(sound["skim.root"])
    with open_source(tmp_path / "skim.root") as source:
        monkeypatch.setattr("bye_splits.data.source.os.getpid", lambda: -1)
        with pytest.raises(SourceError, match="fork"):
            source.event_at(0)


def test_no_files_stay_open_after_a_refusal(tmp_path, sound):
    handles = Path("/proc/self/fd")
    if not handles.is_dir():
        pytest.skip("no /proc here")

    def descriptors():
        return len(list(handles.iterdir()))

    path = tmp_path / "skim.root"
    path.write_bytes(sound["skim.root"][:-1])
    refusal(path)
    before = descriptors()
    for _ in range(20):
        refusal(path)
    assert descriptors() <= before + 1
