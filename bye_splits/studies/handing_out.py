"""Chunks handed out to those who work on them, a bounded number at a time, and their results in order."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar

POLL = 0.2  # s between looks at whether to stop, while no result comes
ATTEMPTS = 3  # of a chunk whose worker died

T = TypeVar("T")
R = TypeVar("R")

Numbered = list[tuple[int, Any]]


class WorkerLostError(Exception):
    """A worker ended in the middle of a chunk, again and again."""


class Hands(Protocol):
    """Those who work on chunks."""

    def ahead(self) -> int:
        """How many chunks are handed out or wait as results at any time, at most."""
        ...

    def begin(self, number: int) -> None:
        """Hand out a chunk."""
        ...

    def ended(self, timeout: float) -> Numbered:
        """The chunks that have ended, with their outcomes; none if none does within the timeout [s]."""
        ...


def outcome(work: Callable[[T], R], chunk: T) -> R | Exception:
    """The result of a chunk, or the exception that prevented it."""
    try:
        return work(chunk)
    except Exception as error:
        return error


def in_order(hands: Hands, n: int, stop: Callable[[], bool]) -> Iterator[Any]:
    """The outcome of each of `n` chunks, in their order.

    Parameters
    ----------
    hands : who work on them
    stop : asked now and then; no further outcome comes once it is true
    """
    done: dict[int, Any] = {}
    waiting, following = deque(range(n)), 0
    while following < n and not stop():
        if following in done:
            yield done.pop(following)
            following += 1
            continue
        ahead = hands.ahead()  # bounds what is handed out, and the results that wait for an earlier one
        while waiting and waiting[0] < following + ahead:
            hands.begin(waiting.popleft())
        done.update(hands.ended(POLL))
