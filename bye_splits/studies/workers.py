"""One function over many chunks of work: in this process, in others, or on a scheduler's workers.

The results come in the order of the chunks, whatever the number of workers: sums over them are the same to
the last bit. A chunk that fails is reported with its error, and the others go on.
"""

from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

from .handing_out import ATTEMPTS, WorkerLostError, outcome
from .processes import in_processes

__all__ = ["ATTEMPTS", "WorkerLostError", "outcome", "results"]

T = TypeVar("T")
R = TypeVar("R")


def never() -> bool:
    """False: nobody asks to stop."""
    return False


def results(
    work: Callable[[T], R],
    chunks: Sequence[T],
    workers: int = 1,
    scheduler: str = "",
    stop: Callable[[], bool] = never,
) -> Generator[R | Exception, None, None]:
    """The result of each chunk, or the exception that it raised, in the order of the chunks.

    Parameters
    ----------
    work : a function of a module, without side effects
    chunks : what it is called with, one at a time
    workers : processes on this machine; 1 for this process alone
    scheduler : address of a dask.distributed scheduler, whose workers are used instead; "" for none
    stop : asked between results; the iterator ends once it is true, and what others work on is given up

    Raises
    ------
    ByeSplitsError : a scheduler that cannot be reached, is lost or has other versions, or whose package is
        not installed
    """
    if scheduler:
        from .scheduler import on_scheduler

        return on_scheduler(work, chunks, scheduler, stop)
    if workers > 1:
        return in_processes(work, chunks, workers, stop)
    return _here(work, chunks, stop)


def _here(
    work: Callable[[T], R], chunks: Sequence[T], stop: Callable[[], bool]
) -> Generator[R | Exception, None, None]:
    for chunk in chunks:
        if stop():
            return
        yield outcome(work, chunk)
