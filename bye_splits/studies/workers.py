"""One function over many chunks of work: in this process, in others, or on a scheduler's workers.

The results come in the order of the chunks, whatever the number of workers: sums over them are the same to
the last bit. A chunk that fails is reported with its error, and the others go on.
"""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from bye_splits.errors import ByeSplitsError

AHEAD = 3  # chunks per worker that are handed out, so that none waits for the next one
ATTEMPTS = 3  # of a chunk whose worker died: the last one in a process of its own

T = TypeVar("T")
R = TypeVar("R")


class WorkerLostError(Exception):
    """A worker ended in the middle of a chunk, again and again."""


def results(
    work: Callable[[T], R], chunks: Sequence[T], workers: int = 1, scheduler: str = ""
) -> Iterator[R | Exception]:
    """The result of each chunk, or the exception that it raised, in the order of the chunks.

    Parameters
    ----------
    work : a function of a module, without side effects
    chunks : what it is called with, one at a time
    workers : processes on this machine; 1 for this process alone
    scheduler : address of a dask.distributed scheduler, whose workers are used instead; "" for none

    Raises
    ------
    ByeSplitsError : a scheduler that cannot be reached, or whose package is not installed
    """
    if scheduler:
        return _on_scheduler(work, chunks, scheduler)
    if workers > 1:
        return _in_processes(work, chunks, workers)
    return (outcome(work, chunk) for chunk in chunks)


def outcome(work: Callable[[T], R], chunk: T) -> R | Exception:
    """The result of a chunk, or the exception that it raised."""
    try:
        return work(chunk)
    except Exception as error:
        return error


def _in_processes(work: Callable[[T], R], chunks: Sequence[T], workers: int) -> Iterator[R | Exception]:
    """As `results`, in processes of this machine; one that is killed is replaced."""
    done: dict[int, R | Exception] = {}
    attempts = [0] * len(chunks)
    context = multiprocessing.get_context("spawn")  # a fork would copy locks that other threads hold
    pool, running = ProcessPoolExecutor(workers, context), dict[Future, int]()
    waiting, following = list(range(len(chunks))), 0
    try:
        while following < len(chunks):
            while following in done:
                yield done.pop(following)
                following += 1
            while waiting and waiting[0] < following + AHEAD * workers:  # bounds the results that wait
                number = waiting.pop(0)
                running[pool.submit(outcome, work, chunks[number])] = number
            if not running:
                continue
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                error = future.exception()
                if isinstance(error, BrokenProcessPool):
                    continue
                done[running.pop(future)] = error if isinstance(error, Exception) else future.result()
            if not any(isinstance(future.exception(), BrokenProcessPool) for future in ended):
                continue
            lost = sorted(running.values())
            running.clear()
            pool.shutdown(wait=False, cancel_futures=True)
            for number in lost:
                attempts[number] += 1
                if attempts[number] >= ATTEMPTS:
                    done[number] = _alone(work, chunks[number], context)
            waiting = sorted([*waiting, *(number for number in lost if number not in done)])
            pool = ProcessPoolExecutor(workers, context)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _alone(work: Callable[[T], R], chunk: T, context: Any) -> R | Exception:
    """The outcome of a chunk in a process of its own, which nothing else can end."""
    with ProcessPoolExecutor(1, context) as pool:
        try:
            return pool.submit(outcome, work, chunk).result()
        except BrokenProcessPool:
            return WorkerLostError(f"its process ended {ATTEMPTS} times: perhaps it needs too much memory")


def _on_scheduler(work: Callable[[T], R], chunks: Sequence[T], address: str) -> Iterator[R | Exception]:
    """As `results`, on the workers of a dask.distributed scheduler."""
    try:
        from distributed import Client
    except ImportError:
        raise _no_scheduler(
            address, "no package distributed", "Install it: pip install 'bye_splits[cluster]'."
        ) from None
    try:
        client = Client(address, timeout="10s")
    except (OSError, ValueError) as error:
        raise _no_scheduler(address, str(error), "Start one, or correct the address.") from error
    with client:
        futures = [client.submit(outcome, work, chunk, pure=False, retries=2) for chunk in chunks]
        try:
            for future in futures:
                try:
                    yield future.result()
                except Exception as error:  # the worker was lost with it, several times
                    yield error
                future.release()
        finally:
            client.cancel(futures)


def _no_scheduler(address: str, found: str, action: str) -> ByeSplitsError:
    return ByeSplitsError(
        f"scheduler {address}",
        expected="the address of a dask.distributed scheduler",
        found=found,
        action=action,
    )
