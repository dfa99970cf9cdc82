"""Studies as they run: on several workers, killed, stopped, gone on with; the tables stay the same."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import psutil
import pyarrow.parquet as pq
import pytest
from forking import PYTHON

from bye_splits.cli import main
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.studies import store as module

EVENTS = 60
CELLS = 1200  # of a chunk: there are some ten

PROGRAM = f"""
import os, sys
from pathlib import Path
from bye_splits.cli import main
from bye_splits.studies import store
if __name__ == "__main__":
    Path(sys.argv[0]).with_name("number").write_text(str(os.getpid()))
    store.CELLS = {CELLS}
    sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def skim(tmp_path_factory):
    path = tmp_path_factory.mktemp("skim") / "electrons.root"
    toy.write_sample(path, "electrons", 0, EVENTS, 3, None, Geometry.v11())
    return path


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(module, "CELLS", CELLS)


@pytest.fixture(scope="module")
def wanted(skim, tmp_path_factory):
    """Checksums of the tables and of the store of an undisturbed run in one process."""
    out = tmp_path_factory.mktemp("wanted")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CELLS", CELLS)
        assert main(arguments(skim, out)) == 0
    return checksums(out)


def arguments(skim, out, *more):
    return ["study", "radius", str(skim), "--out", str(out), "--chain", "both", "--radii", "0.01,0.03", *more]


def checksums(out):
    files = [path for path in out.rglob("*") if path.is_file()]
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def started(tmp_path, *words):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [*PYTHON, str(program), *words],
        stdout=pipe,
        stderr=pipe,
        text=True,
        start_new_session=True,
    )


def chunks_done(out):
    return len(list(out.glob("store-*/*.json")))


def until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def complaints(error):
    """Lines that are not of the progress, which a slow machine needs."""
    return [line for line in error.splitlines() if " so far, " not in line]


def partial(out):
    return json.loads(pq.read_schema(out / "particles.parquet").metadata[b"partial"])


def kill_a_worker(out):
    until(lambda: chunks_done(out))
    psutil.Process().children()[-1].kill()


def test_two_workers_one_of_them_killed_change_nothing(skim, wanted, tmp_path, capfd, monkeypatch):
    monkeypatch.setattr("bye_splits.studies.processes.PYTHON", PYTHON)
    out = tmp_path / "out"
    with ThreadPoolExecutor() as beside:
        killed = beside.submit(kill_a_worker, out)
        assert main(arguments(skim, out, "--workers", "2")) == 0
        killed.result()
    assert complaints(capfd.readouterr().err) == []
    assert chunks_done(out) > 6  # which are handed out at first
    assert checksums(out) == wanted


@pytest.mark.parametrize(("workers", "times"), [("1", 1), ("2", 2)])
def test_stopped_and_gone_on_with(skim, wanted, tmp_path, capsys, workers, times):
    out = tmp_path / "out"
    process = started(tmp_path, *arguments(skim, out, "--workers", workers))
    until(lambda: chunks_done(out) > 1)
    children = psutil.Process(int((tmp_path / "number").read_text())).children(recursive=True)
    assert len(children) == {"1": 0, "2": 2}[workers]
    for _ in range(times):
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does, to all of them
    printed, error = process.communicate(timeout=60)
    assert process.returncode == 1
    (line,) = complaints(error)
    assert "the same command does the rest" in line
    _, stray = psutil.wait_procs(children, timeout=30)
    assert not stray
    if times == 1 or "stopped: " in line:  # else the second one came while the tables were written
        assert "stopped: " in line
        assert partial(out)
        assert "PARTIAL" in printed
    before = chunks_done(out)
    events = sum(json.loads(path.read_text())["events"] for path in out.glob("store-*/*.json"))
    assert 0 < events < EVENTS
    capsys.readouterr()
    assert main(arguments(skim, out)) == 0
    assert f"of {EVENTS} events in 1 file, {events} of them by an earlier run" in capsys.readouterr().out
    assert chunks_done(out) > before
    assert checksums(out) == wanted


def test_one_damaged_file_among_ten(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(module, "CELLS", 10**6)
    files = [tmp_path / f"{number}.root" for number in range(10)]
    toy.write_sample(files[0], "photons", 0, 2, 3, None, Geometry.v11())
    for path in files[1:]:
        shutil.copy(files[0], path)
    files[6].write_bytes(files[0].read_bytes()[:3000])
    out = tmp_path / "out"
    assert main(["study", "catalogue", *map(str, files), "--out", str(out)]) == 1
    printed = capsys.readouterr()
    assert f"of {9 * 2} events in 9 files" in printed.out
    assert "PARTIAL" in printed.out
    assert [path for path in files if str(path) in printed.err] == [files[6]]
    assert partial(out)
    found = pq.read_table(out / "particles.parquet", columns=["file"]).column("file").to_numpy()
    assert np.bincount(found).tolist() == [2] * 9


@pytest.mark.parametrize("name", ["slurm", "htcondor"])
def test_the_script_of_a_job(skim, tmp_path, capsys, name):
    options = ["--cluster", name, "--queue", "short", "--memory", "3GB", "--dry-run"]
    assert main(arguments(skim, tmp_path / "out", *options)) == 0
    script = capsys.readouterr().out
    assert "distributed.cli.dask_worker tcp://" in script
    assert "short" in script
    assert {"slurm": "--mem=3G", "htcondor": "DaskWorkerMemory = 3000000000"}[name] in script
    assert not (tmp_path / "out").exists()


def test_a_dry_run_of_no_batch_system(skim, tmp_path, capsys):
    assert main(arguments(skim, tmp_path / "out", "--dry-run")) == 2
    assert "expected --cluster beside it" in capsys.readouterr().err
