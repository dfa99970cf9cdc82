"""The same results in the same order, in this process or in others; what fails does not take others along."""

import threading

import pytest
from worker_functions import NUMBERS, always_killed, killed_once, large, odd_ones_fail, squared

from bye_splits.studies.workers import ATTEMPTS, WorkerLostError, results


@pytest.mark.parametrize("workers", [1, 2])
def test_in_the_order_of_the_chunks_and_a_failure_is_a_result(workers):
    found = list(results(odd_ones_fail, NUMBERS, workers))
    assert found[::2] == NUMBERS[::2]
    assert [str(error) for error in found[1::2]] == [f"{number} is odd" for number in NUMBERS[1::2]]


def test_a_killed_worker_is_replaced(tmp_path):
    assert list(results(killed_once, [(number, tmp_path) for number in NUMBERS], 2)) == NUMBERS


def test_a_chunk_that_always_ends_its_worker():
    found = list(results(always_killed, NUMBERS[:6], 2))
    assert found[:3] + found[4:] == [0, 1, 2, 4, 5]
    assert isinstance(found[3], WorkerLostError)
    assert f"ended {ATTEMPTS} times" in str(found[3])


def test_no_chunks():
    assert list(results(squared, [], 2)) == []


def test_results_come_while_others_are_worked_on():
    found = results(squared, NUMBERS, 2)
    assert next(found) == 0
    found.close()


def test_processes_that_end_while_they_send_a_result_are_not_waited_for():
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
