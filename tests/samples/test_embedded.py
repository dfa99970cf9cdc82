"""The embedded sample: made once, kept, and safe when two processes start together."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from bye_splits import cache
from bye_splits.data import open_source
from bye_splits.errors import ByeSplitsError
from bye_splits.samples import embedded

KEYS = {(particle, pileup) for particle in ("photons", "electrons", "pions") for pileup in ("0", "200")}


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(embedded, "EVENTS", {0: 6, 200: 1})


@pytest.fixture
def no_pileup(few, monkeypatch):
    monkeypatch.setattr(embedded.toy, "PILEUPS", (0,))


def test_it_is_made_once_and_kept(few, cache_folder, geometry):
    seen = []
    files = embedded.paths(lambda done, total: seen.append((done, total)), geometry)
    assert set(files) == KEYS
    total = 3 * (6 + 60)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert {t for _, t in seen} == {total}
    assert seen[-1][0] == total
    for (_, pileup), path in files.items():
        assert path.is_relative_to(cache_folder)
        source = open_source(path)
        assert len(source.event_numbers) == {"0": 6, "200": 1}[pileup]
        assert "toy simulation, not CMS data" in source.description
    before = {path: path.stat().st_mtime_ns for path in files.values()}
    assert embedded.paths(lambda *_: pytest.fail("nothing is to be done"), geometry) == files
    assert {path: path.stat().st_mtime_ns for path in files.values()} == before
    files["pions", "0"].unlink()
    embedded.paths(lambda *_: None, geometry)
    assert files["pions", "0"].exists()
    assert files["photons", "0"].stat().st_mtime_ns == before[files["photons", "0"]]


def test_without_a_callback_there_is_a_bar_on_stderr(no_pileup, geometry, capsys):
    embedded.paths(geometry=geometry)
    written = capsys.readouterr()
    assert written.out == ""
    assert "Making the toy sample: 100%" in written.err
    embedded.paths(geometry=geometry)
    assert capsys.readouterr().err == ""


def test_two_processes_that_start_together_end_with_the_same_whole_files(cache_folder):
    code = (
        "from bye_splits.samples import embedded\n"
        "embedded.EVENTS = {0: 6, 200: 1}\n"
        "print(*embedded.paths(lambda *_: None).values(), sep='\\n')"
    )
    environment = os.environ | {"BYE_SPLITS_CACHE": str(cache_folder)}
    both = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=120)[0].split() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert outputs[0] == outputs[1]
    for path in outputs[0]:
        source = open_source(path)
        source.event(source.event_numbers[-1])
    paths = [Path(path) for path in outputs[0]]
    assert set(paths[0].parent.iterdir()) == set(paths)


def test_without_a_cache_folder_it_lives_in_a_temporary_one(
    no_pileup, monkeypatch, geometry, caplog, tmp_path
):
    monkeypatch.setattr(cache, "folder", lambda: None)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    embedded._temporary.cache_clear()
    files = embedded.paths(lambda *_: None, geometry)
    assert "No cache folder" in caplog.text
    assert all(path.exists() and path.is_relative_to(tmp_path) for path in files.values())
    assert embedded.paths(lambda *_: pytest.fail("nothing is to be done"), geometry) == files
    embedded._temporary.cache_clear()


def test_a_full_disk_is_said(few, monkeypatch, geometry):
    def full(path, write):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache, "write_atomically", full)
    with pytest.raises(ByeSplitsError, match="BYE_SPLITS_CACHE"):
        embedded.paths(lambda *_: None, geometry)


def test_samples_that_were_made_beforehand_need_no_cache_and_are_not_written(
    no_pileup, monkeypatch, geometry, tmp_path
):
    made = embedded.make(tmp_path, lambda *_: None, geometry)
    monkeypatch.setenv(embedded.SAMPLES, str(tmp_path))
    monkeypatch.setattr(cache, "folder", lambda: pytest.fail("no cache is needed"))
    monkeypatch.setattr(cache, "write_atomically", lambda *_: pytest.fail("nothing is to be made"))
    assert embedded.paths(lambda *_: pytest.fail("nothing is to be done"), geometry) == made
    assert all(path.is_relative_to(tmp_path) for path in made.values())


def test_incomplete_samples_are_said_and_not_used(
    no_pileup, cache_folder, monkeypatch, geometry, tmp_path, caplog
):
    made = embedded.make(tmp_path, lambda *_: None, geometry)
    made["pions", "0"].unlink()
    monkeypatch.setenv(embedded.SAMPLES, str(tmp_path))
    files = embedded.paths(lambda *_: None, geometry)
    assert all(path.is_relative_to(cache_folder) and path.exists() for path in files.values())
    assert f"BYE_SPLITS_SAMPLES: expected a complete toy sample in {made['pions', '0'].parent}" in caplog.text
