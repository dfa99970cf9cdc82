"""The same results in the same order, in this process or in others; what fails does not take others along."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from worker_functions import (
    NUMBERS,
    always_killed,
    killed_once,
    killed_once_in_a_large_result,
    large,
    not_handed_over,
    odd_ones_fail,
    squared,
)

from bye_splits.studies.workers import ATTEMPTS, WorkerLostError, results


@pytest.mark.parametrize("workers", [1, 2])
def test_in_the_order_of_the_chunks_and_a_failure_is_a_result(workers):
    found = list(results(odd_ones_fail, NUMBERS, workers))
    assert found[::2] == NUMBERS[::2]
    assert [str(error) for error in found[1::2]] == [f"{number} is odd" for number in NUMBERS[1::2]]


def test_a_killed_worker_is_replaced(tmp_path):
    assert list(results(killed_once, [(number, tmp_path) for number in NUMBERS], 2)) == NUMBERS


def test_a_worker_that_is_killed_in_the_middle_of_a_large_result_is_replaced(tmp_path):
    found = list(results(killed_once_in_a_large_result, [(number, tmp_path) for number in NUMBERS], 2))
    assert (tmp_path / "killed").exists()
    assert [first for first, *_ in found] == NUMBERS
    assert found[5][1] == found[5][3] == large(5)


def test_a_result_that_cannot_be_handed_over_is_named_and_the_others_come():
    found = list(results(not_handed_over, NUMBERS, 2))
    problems = {number: str(found[number]) for number in NUMBERS if found[number] != number}
    assert list(problems) == [3, 5]
    assert "cannot pickle" in problems[3]
    assert "invalid literal" in problems[5]


def test_a_chunk_that_always_ends_its_worker():
    found = list(results(always_killed, NUMBERS[:6], 2))
    assert found[:3] + found[4:] == [0, 1, 2, 4, 5]
    assert isinstance(found[3], WorkerLostError)
    assert f"ended {ATTEMPTS} times" in str(found[3])


def test_a_process_that_cannot_be_started(monkeypatch):
    def refused(*_, **__):
        raise BlockingIOError("no further process is allowed")

    monkeypatch.setattr("subprocess.Popen", refused)
    found = list(results(squared, NUMBERS, 2))
    assert [str(error) for error in found] == ["no further process is allowed"] * len(NUMBERS)


def test_the_processes_end_with_a_program_that_is_killed(tmp_path):
    code = f"import worker_functions; worker_functions.work_for_long({str(tmp_path)!r})"
    path = {"PYTHONPATH": str(Path(__file__).parent)}
    with subprocess.Popen([sys.executable, "-c", code], env=os.environ | path) as program:
        end = time.monotonic() + 60
        while len(marks := list(tmp_path.iterdir())) < 2:
            assert time.monotonic() < end
            time.sleep(0.01)
        at_work = [psutil.Process(int(mark.name)) for mark in marks]
        program.kill()
    assert not psutil.wait_procs(at_work, timeout=30)[1]


def test_a_program_whose_file_starts_a_server_is_not_run_again(tmp_path):
    """As README's scripts do, without a guard for `__main__`."""
    program = tmp_path / "program.py"
    program.write_text(
        "import math, sys\n"
        "from bye_splits.studies.workers import results\n"
        "print(__name__, list(results(math.sqrt, [1.0, 4.0], 2)))\n"
    )
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, str(program)]
    ended = subprocess.run(command, env=os.environ | path, capture_output=True, text=True, timeout=60)
    assert (ended.stdout, ended.stderr) == ("__main__ [1.0, 2.0]\n", "")


def test_no_chunks():
    assert list(results(squared, [], 2)) == []


def test_results_come_while_others_are_worked_on():
    found = results(squared, NUMBERS, 2)
    assert next(found) == 0
    found.close()


def test_processes_that_end_in_the_middle_of_a_large_result_are_not_waited_for():
    for _ in range(3):
        found = results(large, NUMBERS, 2)
        next(found)
        ending = threading.Thread(target=found.close, daemon=True)
        ending.start()
        ending.join(30)
        assert not ending.is_alive()


@pytest.mark.parametrize("workers", [1, 2])
def test_asked_to_stop(workers):
    taken = []
    found = results(squared, NUMBERS, workers, stop=lambda: len(taken) == 3)
    while (result := next(found, None)) is not None:
        taken.append(result)
    assert taken == [0, 1, 4]
