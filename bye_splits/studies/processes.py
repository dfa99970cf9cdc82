"""Chunks worked on in other processes of this machine; one that is killed is replaced.

Each process has a pipe of its own: where one is killed in the middle of a result, only its own pipe ends, and
the chunk is begun anew in another process. They are not made by `multiprocessing`, whose processes run the
program's main file anew: of a script that calls `pn.serve` without a guard that would be a second server.
"""

import contextlib
import multiprocessing
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from .handing_out import ATTEMPTS, Numbered, WorkerLostError, in_order, outcome

START = "import sys; sys.path[:] = {path!r}; from bye_splits.studies.processes import serve; serve({number})"
PYTHON: Sequence[str] = (sys.executable,)  # what starts a process
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
        self._running: tuple[subprocess.Popen, Connection] | None = None
        self._closed = False

    def outcome(self, work: Work, chunk: Any) -> Any:
        """What `work` returns for a chunk, or the exception that it raises or that keeps it from coming."""
        try:
            sent = pickle.dumps((work, chunk), protocol=5)
            pipe = self._started()
        except Exception as error:  # whatever a chunk raises that is pickled
            return error
        try:
            pipe.send_bytes(sent)
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
                self._running[0].kill()

    def close(self) -> None:
        """End the process and wait for its end."""
        self.end()
        self._forget()

    def _started(self) -> Connection:
        with self._lock:
            if self._closed:
                raise OSError("the process was ended")
            if self._running is None:
                ours, theirs = multiprocessing.Pipe()
                code = START.format(path=sys.path, number=theirs.fileno())
                try:
                    process = subprocess.Popen(  # noqa: S603 - this interpreter
                        [*PYTHON, "-c", code],
                        stdin=subprocess.DEVNULL,
                        pass_fds=[theirs.fileno()],
                        process_group=0,  # a Ctrl-C is for the program, which ends its processes
                    )
                finally:
                    theirs.close()  # so that each end notices when the other one is closed
                self._running = process, ours
                if self._nice:
                    with contextlib.suppress(OSError):  # it has ended already
                        os.setpriority(os.PRIO_PROCESS, process.pid, self._nice)
            return self._running[1]

    def _forget(self) -> None:
        with self._lock:
            if self._running is not None:
                process, pipe = self._running
                process.kill()
                pipe.close()
                process.wait()
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
    """Hold back signals in this thread."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def serve(number: int) -> None:
    """In a new process: work on chunks until the other end is closed, and end then whatever it is at.

    Parameters
    ----------
    number : of the file descriptor of the pipe
    """
    pipe = Connection(number)
    received: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def receive() -> None:
        with contextlib.suppress(OSError, EOFError):
            while True:
                received.put(pipe.recv_bytes())
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=receive, daemon=True).start()
    with contextlib.suppress(OSError):
        while True:
            pipe.send_bytes(_pickled(outcome(_worked_on, received.get())))


def _worked_on(sent: bytes) -> Any:
    work, chunk = pickle.loads(sent)  # noqa: S301 - sent by the program that has started this process
    return work(chunk)


def _pickled(found: Any) -> bytes:
    try:
        return pickle.dumps(found, protocol=5)
    except Exception as error:  # whatever a result raises that is pickled
        return pickle.dumps(NotHandedOverError(f"its result cannot be sent to another process: {error}"))
