"""What killed processes leave in folders is removed by the next one that writes there, and nothing else."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bye_splits import cache, leftovers

WRITE = """
import sys, time
from pathlib import Path
from bye_splits import cache

def write(path):
    path.write_text("half")
    print(cache.temporary_folder(), flush=True)
    time.sleep(600)

cache.write_atomically(Path(sys.argv[1]), write)
"""


@pytest.fixture
def fresh():
    """As a process that has just been started."""
    leftovers.sweep_once.cache_clear()
    yield
    leftovers.sweep_once.cache_clear()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_files_of_killed_processes_go_with_the_next_write(tmp_path, fresh, monkeypatch, number):
    temporary, out = tmp_path / "temporary", tmp_path / "out"
    temporary.mkdir()
    out.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", WRITE, out / "table.parquet"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(temporary)},
    ) as process:
        instead = Path(process.stdout.readline().strip())
        (running,) = out.iterdir()
        assert instead.is_dir()
        cache.write_atomically(out / "a.json", lambda path: path.write_text("{}"))
        assert running.exists()  # its process is still at it
        leftovers.sweep(temporary)
        assert instead.is_dir()
        process.send_signal(number)
        process.wait(timeout=30)
    assert running.exists()
    leftovers.sweep_once.cache_clear()
    cache.write_atomically(out / "b.json", lambda path: path.write_text("{}"))
    assert sorted(path.name for path in out.iterdir()) == ["a.json", "b.json"]
    leftovers.sweep(temporary)
    assert list(temporary.iterdir()) == []


def test_only_own_names_go(tmp_path, dead):
    kept = [".table-0123456789ab.parquet", "bye_splits", f".bye_splits-{'0' * 8}-x-{'0' * 12}", "notes.txt"]
    for name in kept:
        (tmp_path / name).write_text("mine")
    (tmp_path / f".x-{dead}.root").write_text("half")
    assert [path.name for path in leftovers.sweep(tmp_path)] == [f".x-{dead}.root"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)


def test_what_another_machine_writes_stays_for_a_day(tmp_path, monkeypatch):
    file, folder = (
        tmp_path / f".x-bye_splits-{'0' * 8}-1-{'0' * 12}.root",
        tmp_path / f"bye_splits-{'0' * 8}-1-{'1' * 12}",
    )
    file.write_text("half")
    folder.mkdir()
    assert leftovers.sweep(tmp_path) == []
    then = time.time() - leftovers.OLD - 60
    os.utime(file, (then, then))
    os.utime(folder, (then, then))
    assert leftovers.sweep(tmp_path) == [file]
    assert folder.exists()


@pytest.fixture
def dead():
    """The name that a process gave, which has ended."""
    code = "from bye_splits.leftovers import own_name; print(own_name())"
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_the_cache_folder_is_swept_when_it_is_first_used(tmp_path, fresh, monkeypatch, dead):
    monkeypatch.setenv("BYE_SPLITS_CACHE", str(tmp_path))
    (tmp_path / f".geometry-{dead}.npz").write_text("half")
    assert cache.folder() == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_names_of_any_length_can_be_written(tmp_path):
    path = tmp_path / ("é" * 120 + ".root")
    cache.write_atomically(path, lambda temporary: temporary.write_text("whole"))
    assert path.read_text() == "whole"
