"""Chunks worked on in other processes of this machine; one that is killed is replaced.

The outcomes go through files. In the pool's pipe a process that is killed in the middle of a large one would
leave the pool waiting for the rest for ever, as this process has the pipe open for writing, too. What goes
through the pipe is shorter than PIPE_BUF (4096 bytes on Linux): it is written as a whole or not at all.
"""

import multiprocessing
import os
import pickle
import shutil
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..errors import ByeSplitsError
from .handing_out import ATTEMPTS, Numbered, WorkerLostError, in_order, outcome

AHEAD = 3  # chunks per process that are handed out, so that none waits for the next one
LONGEST = 500  # characters of an error in the pool's pipe


class NotWrittenError(Exception):
    """An outcome that its process could not write into a file."""


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
                future = self._pool.submit(_write, self._file(number), self._work, self._chunks[number])
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
            result = self._outcome(future)
            if isinstance(result, BrokenProcessPool):
                broken = True
            else:
                found.append((self._running.pop(future), result))
        return found + self._replaced() if broken else found

    def close(self) -> None:
        """End the processes, whatever they are at."""
        with _requests_held():
            self._alive.close()  # the end of their pipe ends them: see `_prepare`
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._folder.cleanup()

    def _start(self, workers: int) -> None:
        try:
            self._folder = TemporaryDirectory(prefix="bye_splits-")
        except OSError as error:
            raise ByeSplitsError(
                "folder of temporary files",
                expected="one that can be written to",
                found=error.strerror or str(error),
                action="Set TMPDIR to a folder that exists and has space left.",
            ) from error
        context = multiprocessing.get_context("spawn")  # a fork would copy locks that other threads hold
        ending, self._alive = context.Pipe(duplex=False)
        self._pool = ProcessPoolExecutor(workers, context, _prepare, (ending, self._folder.name))

    def _file(self, number: int) -> Path:
        return Path(self._folder.name) / f"{number}"

    def _outcome(self, future: Future) -> Any:
        """The outcome of a chunk that has ended, once; BrokenProcessPool if a process has died."""
        error = future.exception() or future.result()
        return error or _read(self._file(self._running[future]))

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
        try:
            result = self._outcome(future)
        finally:
            self._running.clear()
            self.close()
        if isinstance(result, BrokenProcessPool):
            return WorkerLostError(f"its process ended {ATTEMPTS} times: perhaps it needs too much memory")
        return result


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


def _write(path: Path, work: Callable[[Any], Any], chunk: Any) -> NotWrittenError | None:
    """In another process: write the outcome of a chunk into a file; the error if it cannot be written."""
    found = outcome(work, chunk)
    try:
        with path.open("wb") as file:
            pickle.dump(found, file, protocol=5)
    except Exception as error:  # whatever a result raises that is pickled
        path.unlink(missing_ok=True)
        return NotWrittenError(f"its result could not be written into {path.parent}: {error}"[:LONGEST])
    return None


def _read(path: Path) -> Any:
    """What `_write` has written, or the exception that prevents it from being read; the file is removed."""
    try:
        with path.open("rb") as file:
            return pickle.load(file)  # noqa: S301 - written by a process of this pool
    except Exception as error:  # whatever a result raises that is made anew
        return error
    finally:
        path.unlink(missing_ok=True)


def _prepare(ending: Connection, folder: str) -> None:
    """In a new process: end with the one that started it, or when that closes its end of the pipe."""

    def end_with_parent() -> None:
        parent = multiprocessing.parent_process()
        connection.wait([ending] if parent is None else [ending, parent.sentinel])
        shutil.rmtree(folder, ignore_errors=True)  # a parent that was killed has not done it
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=end_with_parent, daemon=True).start()
