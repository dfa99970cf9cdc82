"""The embedded sample: made once, kept, and safe when two processes start together."""

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from forking import PYTHON

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


@pytest.fixture
def no_events(no_pileup, monkeypatch):
    """For tests of where the files are, and not of what is in them, which takes seconds to make."""

    def write(path, *, particle, events, progress, **more):
        path.write_text(particle)
        progress(events)

    monkeypatch.setattr(embedded.toy, "write_sample", write)


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
        "embedded.EVENTS, embedded.toy.PILEUPS = {0: 6}, (0,)\n"
        "print(*embedded.paths(lambda *_: None).values(), sep='\\n')"
    )
    environment = os.environ | {"BYE_SPLITS_CACHE": str(cache_folder)}
    both = [
        subprocess.Popen([*PYTHON, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
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
    no_events, monkeypatch, geometry, caplog, tmp_path
):
    monkeypatch.setattr(cache, "folder", lambda: None)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    cache.temporary_folder.cache_clear()
    files = embedded.paths(lambda *_: None, geometry)
    assert "No cache folder" in caplog.text
    assert all(path.exists() and path.is_relative_to(tmp_path) for path in files.values())
    assert embedded.paths(lambda *_: pytest.fail("nothing is to be done"), geometry) == files
    cache.temporary_folder.cache_clear()


@pytest.fixture
def temporary(monkeypatch, tmp_path):
    """The parent of the folder that stands in for the cache."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    cache.temporary_folder.cache_clear()
    yield folder
    cache.temporary_folder.cache_clear()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_with_a_full_cache_folder_it_lives_in_a_temporary_one(
    no_events, monkeypatch, geometry, caplog, cache_folder, temporary, number
):
    really_write, refused = cache.write_atomically, []

    def full(path, write):
        if path.is_relative_to(cache_folder):
            refused.append(path)
            raise OSError(number, os.strerror(number), str(path))
        really_write(path, write)

    monkeypatch.setattr(cache, "write_atomically", full)
    files = embedded.paths(lambda *_: None, geometry)
    assert all(path.exists() and path.is_relative_to(temporary) for path in files.values())
    assert "it is full" in caplog.text
    assert embedded.paths(lambda *_: pytest.fail("nothing is to be done"), geometry) == files
    assert len(refused) == 1  # and is not tried again for each page


def test_a_full_disk_is_not_tried_again_at_each_request(few, monkeypatch, geometry, temporary):
    tries = []

    def full(path, write):
        tries.append(path)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cache, "write_atomically", full)
    for _ in range(3):
        with pytest.raises(ByeSplitsError, match="No space left on device"):
            embedded.paths(lambda *_: None, geometry)
    assert len(tries) == 2  # the cache folder, and the one for temporary files


FULL = """
import os
from bye_splits import cache
from bye_splits.dashboard.sample_runs import SampleRuns
from bye_splits.samples import embedded

embedded.EVENTS, embedded.toy.PILEUPS = {0: 6}, (0,)
folder = cache.folder()
with open(folder / "filler", "wb", buffering=0) as filler:
    try:
        while filler.write(bytes(4096)):
            pass
    except OSError as error:
        print(error.strerror)
for path in (*embedded.paths(lambda *_: None).values(), SampleRuns().folder):
    print(path)
print(*(name for name in os.listdir(folder) if name != "filler"))
"""


def test_on_a_file_system_that_is_full(tmp_path, cache_folder, temporary):
    """In a mount namespace of its own, for which one must be root."""
    cache_folder.mkdir()
    inside = [
        "unshare",
        "--mount",
        "sh",
        "-ec",
        f'mount -t tmpfs -o size=128k none {cache_folder}; exec "$@"',
        "sh",
    ]
    if shutil.which("unshare") is None or subprocess.run([*inside, "true"], capture_output=True).returncode:
        pytest.skip("a file system can be mounted by root only")
    done = subprocess.run(
        [*inside, sys.executable, "-c", FULL],
        env=os.environ | {"BYE_SPLITS_CACHE": str(cache_folder), "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    said, *paths, left = done.stdout.splitlines()
    assert said == "No space left on device"
    assert len(paths) == 4
    assert all(path.startswith(str(temporary)) for path in paths)
    assert set(left.split()) <= {
        paths[0].split("/")[-2]
    }  # the folder of the sample, and no half-written file
    assert list(temporary.iterdir()) == []  # removed when the process ended


def test_a_full_disk_is_said(few, monkeypatch, geometry):
    def full(path, write):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache, "write_atomically", full)
    with pytest.raises(ByeSplitsError, match="BYE_SPLITS_CACHE"):
        embedded.paths(lambda *_: None, geometry)


def test_samples_that_were_made_beforehand_need_no_cache_and_are_not_written(
    no_events, monkeypatch, geometry, tmp_path
):
    made = embedded.make(tmp_path, lambda *_: None, geometry)
    monkeypatch.setenv(embedded.SAMPLES, str(tmp_path))
    monkeypatch.setattr(cache, "folder", lambda: pytest.fail("no cache is needed"))
    monkeypatch.setattr(cache, "write_atomically", lambda *_: pytest.fail("nothing is to be made"))
    assert embedded.paths(lambda *_: pytest.fail("nothing is to be done"), geometry) == made
    assert all(path.is_relative_to(tmp_path) for path in made.values())


def test_incomplete_samples_are_said_and_not_used(
    no_events, cache_folder, monkeypatch, geometry, tmp_path, caplog
):
    made = embedded.make(tmp_path, lambda *_: None, geometry)
    made["pions", "0"].unlink()
    monkeypatch.setenv(embedded.SAMPLES, str(tmp_path))
    files = embedded.paths(lambda *_: None, geometry)
    assert all(path.is_relative_to(cache_folder) and path.exists() for path in files.values())
    assert f"BYE_SPLITS_SAMPLES: expected the whole toy sample in {made['pions', '0'].parent}" in caplog.text
