"""Work in the background: results, failures, lost processes, what is worked on first, and when it is left."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from worker_functions import (
    fails_once,
    kills_its_process,
    kills_its_process_while_sending,
    twice,
    waits,
)

from bye_splits.chain import ChainParameters
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.studies import background as module
from bye_splits.studies.background import Background
from bye_splits.studies.chunk import Settings
from bye_splits.studies.sample_outcomes import run_outcomes, survey_sample
from bye_splits.studies.sample_study import rows_of, with_outcomes
from bye_splits.studies.store import make_store
from bye_splits.studies.survey import Chunk

CHUNKS = [Chunk(number, 0, "a.root", 10 * number, 10 * number + 10) for number in range(6)]


@pytest.fixture(scope="module")
def background():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "NICE", 0)  # other tests do not wait for these
        yield Background()


def awaited(run, seconds=60):
    end = time.monotonic() + seconds
    while not run.progress.finished:
        assert time.monotonic() < end, f"{run.progress}, {run.failures}"
        run.request()
        time.sleep(0.01)
    return run


def test_results_come_in_the_order_of_the_chunks(background):
    run = awaited(background.run("twice", CHUNKS, twice))
    assert list(run.results.items()) == [(chunk, 2 * chunk.number) for chunk in CHUNKS]
    assert (run.progress.done, run.progress.failed, run.progress.total, run.version) == (60, 0, 60, 6)
    assert run.progress.rate > 0
    assert run.progress.left == 0
    assert background.run("twice", CHUNKS, twice) is run


def test_a_chunk_that_fails_is_named(background):
    run = awaited(background.run("fails", CHUNKS, fails_once))
    assert run.failures == {CHUNKS[2]: "the disk is gone"}
    assert list(run.results.values()) == [0, 1, 3, 4, 5]
    assert (run.progress.done, run.progress.failed) == (50, 10)


@pytest.mark.parametrize("work", [kills_its_process, kills_its_process_while_sending])
def test_a_chunk_that_ends_its_process_is_named_and_the_others_are_done(background, work):
    run = awaited(background.run(work, CHUNKS, work))
    assert list(run.failures) == [CHUNKS[1]]
    assert "ended 3 times" in run.failures[CHUNKS[1]]
    assert list(run.results.values()) == [0, 2, 3, 4, 5]


def test_what_was_asked_for_last_goes_first_and_what_nobody_asks_for_is_left(background, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.02)
    many = [Chunk(number, 0, "a.root", number, number + 1) for number in range(400)]
    first = background.run("first", many, waits)
    second = awaited(background.run("second", CHUNKS, waits))
    assert second.progress.finished
    left = first.version
    assert left < 10  # nobody has asked for it since
    third = awaited(background.run("third", CHUNKS, twice))
    assert third.progress.finished
    assert first.version <= left + 1  # the chunk that was worked on


def test_a_program_ends_at_once_and_its_processes_with_it(tmp_path):
    program = f"import worker_functions; worker_functions.begin_and_end({str(tmp_path)!r})"
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent)},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    (process,) = (int(file.name) for file in tmp_path.iterdir())
    end = time.monotonic() + 10
    while Path(f"/proc/{process}").exists():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_outcomes_are_those_of_the_study_and_come_from_the_store(background, tmp_path, monkeypatch):
    path = tmp_path / "electrons_PU0.root"
    toy.write_sample(path, "electrons", 0, 40, 1, None, Geometry.v11())
    parameters = ChainParameters(radius=0.02)
    run = awaited(run_outcomes(background, survey_sample(str(path)), tmp_path, parameters))
    found = pd.concat([part.particles for part in run.results.values()], ignore_index=True)
    store = make_store([path], tmp_path, Settings.covering([parameters], []))
    whole = pd.concat(rows_of(store, [parameters], with_outcomes), ignore_index=True)
    pd.testing.assert_frame_equal(found[whole.columns], whole)
    assert found["n_near"].max() >= 2
    # Another radius and threshold follow from the same store.
    other = parameters.changed(radius=0.01, seed_threshold=10.0)
    again = awaited(run_outcomes(background, survey_sample(str(path)), tmp_path, other))
    assert len(list(tmp_path.glob("store-*"))) == 2  # one with chunks of the command line's size
    table = pd.concat([part.particles for part in again.results.values()], ignore_index=True)
    assert np.array_equal(table["entry"], found["entry"])
    assert table["near_energy"].sum() < found["near_energy"].sum()
