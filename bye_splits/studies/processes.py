"""Chunks worked on in other processes of this machine; one that is killed is replaced."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection
from multiprocessing.connection import Connection
from operator import attrgetter
from typing import Any

from .handing_out import ATTEMPTS, Numbered, WorkerLostError, in_order, outcome

AHEAD = 3  # chunks per process that are handed out, so that none waits for the next one

# The end of a pool's pipe into which results are written: a pool has no public way to end once a process was
# killed in the middle of one.
_results_of = attrgetter("_result_queue._writer")


def in_processes(
    work: Callable[[Any], Any], chunks: Sequence[Any], workers: int, stop: Callable[[], bool]
) -> Generator[Any, None, None]:
    """As `workers.results`, in processes; they end at once when the iterator is closed."""
    pool = _Pool(work, chunks, workers)
    try:
        yield from in_order(pool, len(chunks), stop)
    finally:
        pool.close()


class _Pool:
    """Processes; see `handing_out.Hands`."""

    def __init__(self, work: Callable[[Any], Any], chunks: Sequence[Any], workers: int):
        self._work, self._chunks, self._workers = work, chunks, workers
        self._attempts = [0] * len(chunks)
        self._running: dict[Future, int] = {}
        self._start(workers)

    def ahead(self) -> int:
        return AHEAD * self._workers

    def begin(self, number: int) -> None:
        with _interrupts_held():  # processes are started here, too
            try:
                future = self._pool.submit(outcome, self._work, self._chunks[number])
            except BrokenProcessPool as error:  # a process died while it had nothing to do
                future = Future()
                future.set_exception(error)
        self._running[future] = number

    def ended(self, timeout: float) -> Numbered:
        found: Numbered = []
        broken = False
        with _requests_held():  # an exception in between would leave locks of the futures taken
            done = wait(self._running, timeout, return_when=FIRST_COMPLETED)[0]
        for future in done:
            error = future.exception()
            if isinstance(error, BrokenProcessPool):
                broken = True
                continue
            found.append((self._running.pop(future), future.result() if error is None else error))
        return found + self._replaced() if broken else found

    def close(self) -> None:
        """End the processes, whatever they are at."""
        with _requests_held():
            self._alive.close()  # the end of their pipe ends them: see `_prepare`
            # One that ends while it sends a result leaves the pool's thread waiting for the rest for ever, as
            # this process has the pipe open for writing, too.
            _results_of(self._pool).close()
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _start(self, workers: int) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would copy locks that other threads hold
        ending, self._alive = context.Pipe(duplex=False)
        self._pool = ProcessPoolExecutor(workers, context, _prepare, (ending,))

    def _replaced(self) -> Numbered:
        """Begin anew what was lost; the last attempt at a chunk is in a process of its own."""
        lost = sorted(self._running.values())
        self._running.clear()
        self.close()
        found: Numbered = []
        for number in lost:
            self._attempts[number] += 1
            if self._attempts[number] >= ATTEMPTS:
                found.append((number, self._alone(number)))
        self._start(self._workers)
        for number in lost:
            if self._attempts[number] < ATTEMPTS:
                self.begin(number)
        return found

    def _alone(self, number: int) -> Any:
        self._start(1)
        self.begin(number)
        (future,) = self._running
        self._running.clear()
        try:
            return future.result()
        except BrokenProcessPool:
            return WorkerLostError(f"its process ended {ATTEMPTS} times: perhaps it needs too much memory")
        finally:
            self.close()


@contextmanager
def _requests_held() -> Iterator[None]:
    """Hold back requests to stop, which may raise KeyboardInterrupt; no process may start meanwhile."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Start processes and threads that never get a Ctrl-C: it is for this process, which ends them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _prepare(ending: Connection) -> None:
    """In a new process: end with the one that started it, or when that closes its end of the pipe."""

    def end_with_parent() -> None:
        parent = multiprocessing.parent_process()
        connection.wait([ending] if parent is None else [ending, parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=end_with_parent, daemon=True).start()
