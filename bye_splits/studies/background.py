"""Work on the chunks of a sample in the background, in processes of low priority; whoever asks shares it.

A run goes on as long as somebody asks for it, and the one that was asked for last goes first: work for a page
that was closed, or for parameters that have changed again, ends with the chunk that is being worked on.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from typing import Any

from .survey import Chunk
from .workers import ATTEMPTS, WorkerLostError

PATIENCE = 5.0  # s after the last request for a run until no further chunk of it is begun
IDLE = 60.0  # s without work after which the processes are ended: each takes some 300 MB
KEPT = 12  # runs whose results are kept
NICE = 15  # the processes yield to those that answer the pages

Work = Callable[[Chunk], Any]


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a run has come.

    Attributes
    ----------
    done, failed, total : numbers of events
    rate : events per second of working time; 0 before the first chunk is done
    """

    done: int
    failed: int
    total: int
    rate: float

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do; `failed` events are missing then."""
        return self.done + self.failed >= self.total

    @property
    def left(self) -> float | None:
        """Expected time until the run ends [s], None before the first chunk is done."""
        return (self.total - self.done - self.failed) / self.rate if self.rate else None


class Run:
    """Work on some chunks; see `Background.run`.

    Attributes
    ----------
    chunks : of the sample
    version : number of chunks that have ended so far, in whatever way
    failures : reason by chunk, of those that could not be worked on
    """

    def __init__(self, background: "Background", chunks: Sequence[Chunk], work: Work):
        self.chunks, self.work = tuple(chunks), work
        self.failures: dict[Chunk, str] = {}
        self.version = 0
        self.requested = time.monotonic()
        self._background = background
        self._results: dict[int, Any] = {}
        self._attempts = [0] * len(self.chunks)
        self._waiting = list(range(len(self.chunks)))
        self._seconds = 0.0

    def request(self) -> None:
        """Ask for the rest of the run; a page does it every second or so as long as it shows the run."""
        self._background.request(self)

    @property
    def results(self) -> dict[Chunk, Any]:
        """Results so far by chunk, in the order of the chunks."""
        known = self._results.copy()
        return {self.chunks[number]: known[number] for number in sorted(known)}

    @property
    def progress(self) -> Progress:
        done = sum(self.chunks[number].events for number in self._results.copy())
        failed = sum(chunk.events for chunk in self.failures.copy())
        return Progress(
            done=done,
            failed=failed,
            total=sum(chunk.events for chunk in self.chunks),
            rate=done / self._seconds if self._seconds else 0.0,
        )

    def following(self) -> int | None:
        """Number of the next chunk to work on, which is taken from those that wait; None if none does."""
        return self._waiting.pop(0) if self._waiting else None

    @property
    def waiting(self) -> bool:
        """Whether a chunk waits to be worked on."""
        return bool(self._waiting)

    def ended(self, number: int, outcome: Any, seconds: float) -> None:
        """Record the outcome of a chunk: its result, or the exception that prevented it."""
        if isinstance(outcome, BrokenProcessPool):
            self._attempts[number] += 1
            if self._attempts[number] < ATTEMPTS:
                self._waiting.insert(0, number)
                return
            outcome = WorkerLostError(f"its process ended {ATTEMPTS} times: perhaps it needs too much memory")
        if isinstance(outcome, Exception):
            self.failures[self.chunks[number]] = f"{outcome}" or type(outcome).__name__
        else:
            self._results[number] = outcome
        self._seconds += seconds
        self.version += 1


class Background:
    """Processes that work on runs; they start with the first request, and end when there is nothing to do.

    Parameters
    ----------
    processes : how many
    """

    def __init__(self, processes: int = 1):
        self._processes = processes
        self._changed = threading.Condition()
        self._runs: dict[Hashable, Run] = {}
        self._running: dict[Future, tuple[Run, int, float]] = {}
        self._thread: threading.Thread | None = None
        self._pool: ProcessPoolExecutor | None = None
        self._closing: Event | None = None

    def run(self, key: Hashable, chunks: Sequence[Chunk], work: Work) -> Run:
        """The run of a key; it is made, and its work begins, where there is none yet.

        Parameters
        ----------
        key : tells the runs apart: whatever the results depend on
        chunks : of the sample
        work : a function of a module, or a partial of one: chunk -> result
        """
        with self._changed:
            found = self._runs.pop(key, None) or Run(self, chunks, work)
            self._runs[key] = found  # the latest is the last one
            while len(self._runs) > KEPT:
                del self._runs[next(iter(self._runs))]
            self.request(found)
            return found

    def request(self, run: Run) -> None:
        """Ask for the rest of a run."""
        run.requested = time.monotonic()
        with self._changed:
            if run.waiting and self._thread is None:
                self._thread = threading.Thread(
                    target=self._dispatch, name="bye_splits-background", daemon=True
                )
                self._thread.start()
            self._changed.notify_all()

    def close(self) -> None:
        """End the processes at once; what they were working on is begun anew by the next request."""
        with self._changed:
            if self._closing is not None:
                self._closing.set()

    def _dispatch(self) -> None:
        """Hand chunks out and take the results, until there has been nothing to do for a while."""
        busy = time.monotonic()
        with self._changed:
            while True:
                self._take_results()
                while len(self._running) < self._processes and (run := self._next_run()) is not None:
                    self._hand_out(run)
                if self._running:
                    busy = time.monotonic()
                elif time.monotonic() - busy > IDLE:
                    break
                self._changed.wait(1.0)
            pool, self._pool, self._thread = self._pool, None, None
        if pool is not None:
            pool.shutdown()

    def _next_run(self) -> Run | None:
        """The run with chunks to work on that was asked for last."""
        since = time.monotonic() - PATIENCE
        wanted = [run for run in self._runs.values() if run.waiting and run.requested > since]
        return max(wanted, key=lambda run: run.requested, default=None)

    def _hand_out(self, run: Run) -> None:
        number = run.following()
        if number is None:
            return
        if self._pool is None:
            context = multiprocessing.get_context("spawn")  # a fork would copy locks that other threads hold
            self._closing = context.Event()
            self._pool = ProcessPoolExecutor(self._processes, context, _prepare_process, (self._closing,))
        try:
            future = self._pool.submit(run.work, run.chunks[number])
        except BrokenProcessPool as error:  # a process died while it had nothing to do
            self._pool = None
            run.ended(number, error, 0.0)
            return
        self._running[future] = run, number, time.monotonic()
        future.add_done_callback(self._notify)

    def _notify(self, _: Future) -> None:
        with self._changed:
            self._changed.notify_all()

    def _take_results(self) -> None:
        for future in [future for future in self._running if future.done()]:
            run, number, began = self._running.pop(future)
            error = future.exception()
            if isinstance(error, BrokenProcessPool):
                self._pool = None
            outcome = future.result() if error is None else error
            run.ended(number, outcome, (time.monotonic() - began) / self._processes)


def _prepare_process(closing: Event) -> None:
    """Give way to other processes, and end when the pages' process ends."""
    with contextlib.suppress(OSError):
        os.nice(NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the pages' process, and that one this

    def end_with_parent() -> None:
        parent = multiprocessing.parent_process()
        while not closing.wait(1.0) and (parent is None or parent.is_alive()):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=end_with_parent, daemon=True).start()
