"""How far a study has come: a bar in a terminal, else a line now and then; and a request to stop it."""

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from tqdm import tqdm

EVERY = 30.0  # s between the lines
_LINE = "{n_fmt} of {total_fmt} events, {rate_fmt}, {elapsed} so far, {remaining} left"


class Progress:
    """Number of events done, on stderr."""

    def __init__(self) -> None:
        self._bar = tqdm(unit=" events", file=sys.stderr, disable=None)
        self._total = self._done = self._before = 0
        self._began = self._written = time.monotonic()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.close()

    def started(self, total: int, done: int) -> None:
        """The number of all events, and of those that were done before: they do not count for the rate."""
        self._total, self._done, self._before = total, done, done
        self._began = self._written = time.monotonic()
        if not self._bar.disable:
            self._bar.reset(total)
            self._bar.initial = self._bar.n = self._bar.last_print_n = done
            self._bar.refresh()

    def advance(self, events: int) -> None:
        """Some more are done."""
        self._done += events
        now = time.monotonic()
        if not self._bar.disable:
            self._bar.update(events)
        elif now - self._written >= EVERY:
            self._written = now
            line = tqdm.format_meter(
                self._done,
                self._total,
                now - self._began,
                unit=" events",
                bar_format=_LINE,
                initial=self._before,
            )
            print(f"bye-splits: {line}", file=sys.stderr, flush=True)


@contextmanager
def stop_requests() -> Iterator[Callable[[], bool]]:
    """A function that tells whether to stop: after a first Ctrl-C, or a SIGTERM as batch systems send it.

    A second one raises KeyboardInterrupt at once.
    """
    requested = threading.Event()

    def request(_: int, __: FrameType | None) -> None:
        if requested.is_set():
            raise KeyboardInterrupt
        requested.set()

    if threading.current_thread() is not threading.main_thread():  # the only one that gets signals
        yield requested.is_set
        return
    before = {number: signal.signal(number, request) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield requested.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
