"""Chunks worked on in other processes of this machine; one that is killed is replaced.

Each process has a pipe of its own: where one is killed in the middle of a result, only its own pipe ends, and
the chunk is begun anew in another process.
"""

import contextlib
import multiprocessing
import os
import pickle
import queue
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import connection, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from .handing_out import ATTEMPTS, Numbered, WorkerLostError, in_order, outcome

AHEAD = 3  # chunks per process that are handed out, so that none waits for the next one

Work = Callable[[Any], Any]


class ProcessEndedError(Exception):
    """A process ended in the middle of a chunk."""


class NotHandedOverError(Exception):
    """A result that cannot be sent from one process to another."""


class Process:
    """A process for one chunk at a time; it ends with the program, however that ends.

    It is started by the first chunk, and again by the next one where it was killed.

    Parameters
    ----------
    nice : priority that is given up, from 0 (none) to 19
    """

    def __init__(self, nice: int = 0) -> None:
        self._nice = nice
        self._lock = threading.Lock()  # of starting and ending
        self._running: tuple[BaseProcess, Connection] | None = None
        self._closed = False

    def outcome(self, work: Work, chunk: Any) -> Any:
        """What `work` returns for a chunk, or the exception that it raises or that keeps it from coming."""
        try:
            pipe = self._started()
        except OSError as error:
            return error
        try:
            pipe.send((work, chunk))
            answer = pipe.recv_bytes()
        except (OSError, EOFError):
            self._forget()
            return ProcessEndedError()
        try:
            return pickle.loads(answer)  # noqa: S301 - sent by a process of this program
        except Exception as error:  # whatever a result raises that is made anew
            return error

    def end(self) -> None:
        """End the process, whatever it is at; `outcome` returns then, in whichever thread it waits."""
        with self._lock:
            self._closed = True
            if self._running is not None:
                self._running[0].terminate()

    def close(self) -> None:
        """End the process and wait for its end."""
        self.end()
        self._forget()

    def _started(self) -> Connection:
        with self._lock:
            if self._closed:
                raise OSError("the process was ended")
            if self._running is None:
                context = multiprocessing.get_context("spawn")  # a fork would copy locks of other threads
                ours, theirs = context.Pipe()
                process = context.Process(target=_serve, args=(theirs,), daemon=True)
                resource_tracker.ensure_running()  # `start` would do it, and let interrupts through again
                with _held(signal.SIGINT):  # inherited: a Ctrl-C is for the program, which ends its processes
                    process.start()
                theirs.close()  # so that each end notices when the other one is closed
                self._running = process, ours
                if self._nice and process.pid is not None:
                    with contextlib.suppress(OSError):  # it has ended already
                        os.setpriority(os.PRIO_PROCESS, process.pid, self._nice)
            return self._running[1]

    def _forget(self) -> None:
        with self._lock:
            if self._running is not None:
                process, pipe = self._running
                process.terminate()
                pipe.close()
                process.join()
                self._running = None


def in_processes(
    work: Work, chunks: Sequence[Any], workers: int, stop: Callable[[], bool]
) -> Generator[Any, None, None]:
    """As `workers.results`, in processes; they end at once when the iterator is closed."""
    pool = _Pool(work, chunks, workers)
    try:
        yield from in_order(pool, len(chunks), stop)
    finally:
        pool.close()


class _Pool:
    """Processes, each attended to by a thread; see `handing_out.Hands`."""

    def __init__(self, work: Work, chunks: Sequence[Any], workers: int):
        self._work, self._chunks, self._workers = work, chunks, workers
        self._attempts = [0] * len(chunks)
        self._out = 0  # chunks that a process works on or will work on next
        self._last_attempts: list[int] = []  # begun when nothing else is: there may be too little memory
        self._handed: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._ended: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        self._processes = [Process() for _ in range(workers)]
        self._threads = [
            threading.Thread(target=self._attend, args=(process,), daemon=True) for process in self._processes
        ]
        for thread in self._threads:
            thread.start()

    def ahead(self) -> int:
        return AHEAD * self._workers

    def begin(self, number: int) -> None:
        self._out += 1
        self._handed.put(number)

    def ended(self, timeout: float) -> Numbered:
        if self._last_attempts and not self._out:
            self.begin(self._last_attempts.pop())
        try:
            number, found = self._ended.get(timeout=timeout)
        except queue.Empty:
            return []
        self._out -= 1
        if not isinstance(found, ProcessEndedError):
            return [(number, found)]
        self._attempts[number] += 1
        left = ATTEMPTS - self._attempts[number]
        if not left:
            return [(number, lost())]
        if left == 1:
            self._last_attempts.append(number)
        else:
            self.begin(number)
        return []

    def close(self) -> None:
        """End the processes, whatever they are at."""
        with _held(signal.SIGINT, signal.SIGTERM):  # a KeyboardInterrupt would leave some of them
            for process in self._processes:
                process.end()
            for _ in self._threads:
                self._handed.put(None)
            for thread in self._threads:
                thread.join()

    def _attend(self, process: Process) -> None:
        """Keep a process busy, until the pool is closed."""
        while (number := self._handed.get()) is not None:
            self._ended.put((number, process.outcome(self._work, self._chunks[number])))
        process.close()


def lost() -> WorkerLostError:
    """What becomes of a chunk whose process ended at each attempt."""
    return WorkerLostError(f"its process ended {ATTEMPTS} times: perhaps it needs too much memory")


@contextmanager
def _held(*signals: signal.Signals) -> Iterator[None]:
    """Hold back signals in this thread, and in the processes that it starts."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(pipe: Connection) -> None:
    """In a new process: work on chunks until the other end is closed; end with the one that started it."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(OSError, EOFError):
        while True:
            work, chunk = pipe.recv()
            pipe.send_bytes(_pickled(outcome(work, chunk)))


def _pickled(found: Any) -> bytes:
    try:
        return pickle.dumps(found, protocol=5)
    except Exception as error:  # whatever a result raises that is pickled
        return pickle.dumps(NotHandedOverError(f"its result cannot be sent to another process: {error}"))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
