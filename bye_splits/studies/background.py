"""Work on the chunks of a sample in the background, in processes of low priority; whoever asks shares it.

A run goes on as long as somebody asks for it, and the one that was asked for last goes first: work for a page
that was closed, or for parameters that have changed again, ends with the chunk that is being worked on.
"""

import threading
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from .handing_out import ATTEMPTS
from .processes import Process, ProcessEndedError, lost
from .survey import Chunk

PATIENCE = 5.0  # s after the last request for a run until no further chunk of it is begun
IDLE = 60.0  # s without work after which the processes are ended: each takes some 300 MB
KEPT = 24  # runs whose results are kept
NICE = 19  # the processes yield to those that answer the pages; 0 in tests, which wait for them

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

    def take(self) -> int:
        """Number of the next chunk to work on, which waits no longer."""
        return self._waiting.pop(0)

    @property
    def waiting(self) -> bool:
        """Whether a chunk waits to be worked on."""
        return bool(self._waiting)

    def ended(self, number: int, outcome: Any, seconds: float) -> None:
        """Record the outcome of a chunk: its result, or the exception that prevented it."""
        if isinstance(outcome, ProcessEndedError):
            self._attempts[number] += 1
            if self._attempts[number] < ATTEMPTS:
                self._waiting.insert(0, number)
                return
            outcome = lost()
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
        self._threads: list[threading.Thread] = []  # one per process

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
            if run.waiting and len(self._threads) < self._processes:
                thread = threading.Thread(target=self._attend, name="bye_splits-background", daemon=True)
                self._threads.append(thread)
                thread.start()
            self._changed.notify_all()

    def _attend(self) -> None:
        """Keep a process busy, until there has been nothing to do for a while."""
        process = Process(nice=NICE)
        while (job := self._next_job()) is not None:
            run, number = job
            began = time.monotonic()
            outcome = process.outcome(run.work, run.chunks[number])
            with self._changed:
                run.ended(number, outcome, (time.monotonic() - began) / self._processes)
        process.close()

    def _next_job(self) -> tuple[Run, int] | None:
        """The next chunk of the run that was asked for last; None if there was nothing to do for a while."""
        until = time.monotonic() + IDLE
        with self._changed:
            while (left := until - time.monotonic()) > 0:
                since = time.monotonic() - PATIENCE
                wanted = [run for run in self._runs.values() if run.waiting and run.requested > since]
                if wanted:
                    run = max(wanted, key=lambda run: run.requested)
                    return run, run.take()
                self._changed.wait(left)
            self._threads.remove(threading.current_thread())
        return None
