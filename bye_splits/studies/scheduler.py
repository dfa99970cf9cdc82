"""Chunks worked on by the workers of a dask.distributed scheduler, as plain futures.

Every task carries the versions of this process, and a worker with others refuses it: workers may come at any
time, and results of other versions would be mixed in unseen.
"""

import asyncio
import logging
import platform
import queue
import time
import warnings
from collections.abc import Callable, Generator, Sequence
from importlib.metadata import version
from typing import Any

from bye_splits.errors import ByeSplitsError

from .handing_out import Numbered, WorkerLostError, in_order, outcome

PATIENCE = 10  # s until a scheduler that does not answer is given up
AHEAD = 2  # chunks per thread of the workers that are handed out
RECOUNTED = 5.0  # s between looks at how many threads there are
PACKAGES = ("bye_splits", "dask", "distributed", "numpy", "numba", "pandas", "pyarrow", "uproot")


class NoWorkersWarning(UserWarning):
    """A scheduler without workers: the study waits for them."""


class VersionsError(Exception):
    """A worker whose versions are others than those of the study's process."""


def versions() -> dict[str, str]:
    """Versions on which results or the exchange of tasks depend, of this process."""
    return {"python": _minor(platform.python_version())} | {name: version(name) for name in PACKAGES}


def _minor(text: str) -> str:
    return ".".join(text.split(".")[:2])


def on_scheduler(
    work: Callable[[Any], Any], chunks: Sequence[Any], address: str, stop: Callable[[], bool]
) -> Generator[Any, None, None]:
    """As `workers.results`, on the workers of a scheduler.

    Raises
    ------
    ByeSplitsError : the scheduler does not answer within 10 s, or is lost later; a worker lacks this package
        or has other versions
    """
    client = _connected(address)
    try:
        hands = _Workers(client, address, work, chunks)
        try:
            yield from in_order(hands, len(chunks), stop)
        finally:
            hands.cancel()
    finally:
        client.close(timeout=2)


def _connected(address: str) -> Any:
    try:
        from distributed import Client
        from distributed.versions import VersionMismatchWarning
    except ImportError:
        raise _error(
            address, "no package distributed", "Install it: pip install 'bye_splits[cluster]'."
        ) from None
    # What is to be said is said by errors, in one paragraph.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", VersionMismatchWarning)  # reported below, by its name and number
        try:
            asyncio.run(asyncio.wait_for(_answer(address), PATIENCE))
            client = Client(address, timeout=f"{PATIENCE}s", set_as_default=False)
        except Exception as error:  # whatever another service behind that port answers
            raise _error(
                address,
                f"no answer ({' '.join(str(error).split()) or type(error).__name__})",
                "Start one, or correct the address.",
            ) from error
    try:
        found: Any = client.get_versions()
        theirs = found["scheduler"]
        packages = {name: theirs["packages"][name] for name in ("dask", "distributed")}
        _check_versions(address, {"python": _minor(theirs["host"]["python"])} | packages)
        if not client.nthreads():
            text = f"scheduler {address} has no workers yet: the study goes on when the first one comes"
            warnings.warn(text, NoWorkersWarning, stacklevel=2)
    except BaseException:
        client.close(timeout=2)
        raise
    return client


async def _answer(address: str) -> None:
    """Shake hands with a scheduler; the client's own timeout does not cover a port where nobody answers."""
    from distributed.comm import connect

    comm = await connect(address, timeout=PATIENCE)
    comm.abort()


def _check_versions(address: str, theirs: dict[str, str]) -> None:
    mine = versions()
    other = {name: text for name, text in theirs.items() if text != mine[name]}
    if other:
        raise _error(
            address,
            ", ".join(f"{name} {text} in place of {mine[name]}" for name, text in other.items()),
            "Start the scheduler and the study in the same environment.",
            "the versions of this process",
        )


def _with_versions(work: Callable[[Any], Any], chunk: Any, wanted: dict[str, str]) -> Any:
    """On a worker: the outcome of a chunk, if the versions are those of the study's process."""
    mine = versions()
    if other := {name: text for name, text in mine.items() if text != wanted[name]}:
        text = ", ".join(f"{name} {text} in place of {wanted[name]}" for name, text in other.items())
        raise VersionsError(text)
    return outcome(work, chunk)


class _Workers:
    """Workers of a scheduler; see `handing_out.Hands`."""

    def __init__(self, client: Any, address: str, work: Callable[[Any], Any], chunks: Sequence[Any]):
        self._client, self._address, self._work, self._chunks = client, address, work, chunks
        self._versions = versions()
        self._running: dict[str, tuple[int, Any]] = {}
        self._ended: queue.Queue[str] = queue.Queue()
        self._threads, self._counted = 1, -RECOUNTED
        # A chunk may only have waited where another one ended the worker: each is tried once more, by itself.
        self._suspects: list[int] = []
        self._retried: int | None = None

    def ahead(self) -> int:
        if time.monotonic() - self._counted > RECOUNTED:
            self._check_alive()
            self._threads = max(1, sum(self._client.nthreads().values()))
            self._counted = time.monotonic()
        return AHEAD * self._threads

    def begin(self, number: int) -> None:
        future = self._client.submit(
            _with_versions, self._work, self._chunks[number], self._versions, pure=False
        )
        self._running[future.key] = number, future
        future.add_done_callback(lambda ended: self._ended.put(ended.key))

    def ended(self, timeout: float) -> Numbered:
        self._check_alive()
        try:
            keys = [self._ended.get(timeout=timeout)]
        except queue.Empty:
            return []
        while not self._ended.empty():
            keys.append(self._ended.get())
        found = []
        for key in keys:
            number, future = self._running.pop(key)
            if number == self._retried:
                self._retried = None
            elif _was_killed(future):
                self._suspects.append(number)
                continue
            found.append((number, self._outcome(future)))
        if self._suspects and self._retried is None:
            self._retried = self._suspects.pop(0)
            self.begin(self._retried)
        return found

    def cancel(self) -> None:
        """Give up what is still worked on."""
        futures = [future for _, future in self._running.values()]
        if futures and self._client.status == "running":
            self._client.cancel(futures, force=True)
        self._running.clear()

    def _outcome(self, future: Any) -> Any:
        if future.status == "cancelled":
            raise self._lost()
        if _was_killed(future):
            times = 2 * self._client.run_on_scheduler(_deaths)
            return WorkerLostError(f"its worker ended {times} times: perhaps it needs too much memory")
        error = future.exception()
        if isinstance(error, (ImportError, AttributeError)):  # of this package: `outcome` returns all others
            raise _error(
                self._address,
                f"a worker that has no such bye_splits ({error})",
                "Start the workers in the environment of the study.",
                "workers that can import this package",
            )
        if isinstance(error, VersionsError):
            raise _error(
                self._address,
                f"a worker with {error}",
                "Start the workers in the environment of the study.",
                "workers with the versions of this process",
            )
        return future.result() if error is None else error

    def _check_alive(self) -> None:
        if self._client.status != "running":
            raise self._lost()

    def _lost(self) -> ByeSplitsError:
        return _error(
            self._address,
            "that it ended, or cannot be reached any more, in the middle of the study",
            "What is complete is kept: start the scheduler again, and the same command does the rest.",
            "a scheduler that goes on until the study ends",
        )


def _was_killed(future: Any) -> bool:
    from distributed import KilledWorker

    return future.status == "error" and isinstance(future.exception(), KilledWorker)


def _deaths(dask_scheduler: Any) -> int:
    return int(dask_scheduler.allowed_failures) + 1


def _error(
    address: str, found: str, action: str, expected: str = "the address of a dask.distributed scheduler"
) -> ByeSplitsError:
    return ByeSplitsError(f"scheduler {address}", expected=expected, found=found, action=action)
