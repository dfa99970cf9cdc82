"""A cache of recently read values, and a thread that reads ahead."""

import contextlib
import threading
import weakref
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

from bye_splits.data.event import Event

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """A least-recently-used cache of bounded size; simultaneous requests load a value once.

    Parameters
    ----------
    limit : bytes of all cached values; a larger value is returned but not cached
    size_of : returns the bytes of a value
    """

    def __init__(self, limit: int, size_of: Callable[[Value], int]):
        self.limit = limit
        self.nbytes = 0
        self._size_of = size_of
        self._kept: OrderedDict[Key, Value] = OrderedDict()
        self._loading: dict[Key, Future[Value]] = {}
        self._lock = threading.Lock()

    def get(self, key: Key, load: Callable[[Key], Value]) -> Value:
        """The value of a key: cached, or being loaded by another thread, or from `load(key)`.

        Errors of `load` are raised in all threads that wait for this key, and nothing is cached.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            running = self._loading.get(key)
            if running is None:
                mine = self._loading[key] = Future()
        if running is not None:
            return running.result()
        try:
            value = load(key)
        except BaseException as error:
            with self._lock:
                del self._loading[key]
            mine.set_exception(error)
            raise
        with self._lock:
            del self._loading[key]
            self._keep(key, value)
        mine.set_result(value)
        return value

    def __contains__(self, key: Key) -> bool:
        with self._lock:
            return key in self._kept or key in self._loading

    def clear(self) -> None:
        """Discard all cached values."""
        with self._lock:
            self._kept.clear()
            self.nbytes = 0

    def _keep(self, key: Key, value: Value) -> None:
        size = self._size_of(value)
        if size > self.limit:
            return
        while self.nbytes + size > self.limit:  # before it is kept: `nbytes` never is above the limit
            _, oldest = self._kept.popitem(last=False)
            self.nbytes -= self._size_of(oldest)
        self._kept[key] = value
        self.nbytes += size


class ReadAhead:
    """One daemon thread that calls `load(entry)` for requested entries, the latest first.

    Errors are ignored here: they are raised again when the entry is actually read. The thread starts with the
    first request and ends with `stop`, or when the owner of `load` is garbage collected.

    Parameters
    ----------
    owner : referenced weakly
    load : method of `owner`
    """

    def __init__(self, owner: object, load: Callable[[int], object]):
        self._load = weakref.WeakMethod(load)
        self._wanted: deque[int] = deque(maxlen=8)  # of many quick steps, only the last ones matter
        self._changed = threading.Condition()
        self._stopped = False
        self._thread: threading.Thread | None = None
        weakref.finalize(owner, self.stop)

    def want(self, entries: list[int]) -> None:
        """Request entries; returns immediately."""
        with self._changed:
            if self._stopped or not entries:
                return
            self._wanted.extend(entries)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="bye_splits-ahead", daemon=True)
                self._thread.start()
            self._changed.notify()

    def stop(self) -> None:
        """End the thread after its current read."""
        with self._changed:
            self._stopped = True
            self._wanted.clear()
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wanted or self._stopped)
                if self._stopped:
                    return
                entry = self._wanted.pop()
            load = self._load()
            if load is None:
                return
            with contextlib.suppress(Exception):  # raised again when the event is read
                load(entry)
            del load


def size_of_event(event: Event) -> int:
    """Bytes of an event's tables."""
    tables = (event.trigger_cells, event.generated, event.clusters)
    return sum(int(table.memory_usage(index=False).sum()) for table in tables)
