"""Events that were read lately, and the thread that reads the next ones before they are asked for."""

import contextlib
import threading
import weakref
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future

from bye_splits.data.event import Event


class RecentEvents:
    """The events used last, in a bounded number of bytes; each is read once even if many ask at once.

    Parameters
    ----------
    limit : bytes that the tables of all kept events may take; a larger event is handed out, not kept
    """

    def __init__(self, limit: int):
        self.limit = limit
        self.nbytes = 0
        self._events: OrderedDict[int, Event] = OrderedDict()
        self._loading: dict[int, Future] = {}
        self._lock = threading.Lock()

    def get(self, entry: int, load: Callable[[int], Event]) -> Event:
        """The event of an entry: kept, or being read by another thread, or from `load(entry)`.

        What `load` raises goes to all who wait for this entry, and nothing is kept.
        """
        with self._lock:
            if entry in self._events:
                self._events.move_to_end(entry)
                return self._events[entry]
            running = self._loading.get(entry)
            if running is None:
                mine = self._loading[entry] = Future()
        if running is not None:
            return running.result()
        try:
            event = load(entry)
        except BaseException as error:
            with self._lock:
                del self._loading[entry]
            mine.set_exception(error)
            raise
        with self._lock:
            del self._loading[entry]
            self._keep(entry, event)
        mine.set_result(event)
        return event

    def __contains__(self, entry: int) -> bool:
        with self._lock:
            return entry in self._events or entry in self._loading

    def clear(self) -> None:
        """Forget all kept events."""
        with self._lock:
            self._events.clear()
            self.nbytes = 0

    def _keep(self, entry: int, event: Event) -> None:
        if size_of(event) > self.limit:
            return
        self._events[entry] = event
        self.nbytes += size_of(event)
        while self.nbytes > self.limit:
            _, oldest = self._events.popitem(last=False)
            self.nbytes -= size_of(oldest)


class ReadAhead:
    """One daemon thread that calls `load(entry)` for the entries it is told of, the latest first.

    Errors are left alone here: who asks for the entry reads it again and meets them. The thread starts with
    the first request and ends with `stop`, or when the owner of `load` is garbage.

    Parameters
    ----------
    load : bound method; its owner is not kept alive
    """

    def __init__(self, load: Callable[[int], object]):
        self._load = weakref.WeakMethod(load)
        self._wanted: deque[int] = deque(maxlen=8)  # of a hasty user only the last steps matter
        self._news = threading.Condition()
        self._stopped = False
        self._thread: threading.Thread | None = None
        weakref.finalize(load.__self__, self.stop)

    def want(self, entries: list[int]) -> None:
        """Ask for entries; returns at once."""
        with self._news:
            if self._stopped or not entries:
                return
            self._wanted.extend(entries)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="bye_splits-ahead", daemon=True)
                self._thread.start()
            self._news.notify()

    def stop(self) -> None:
        """End the thread once its present read is over."""
        with self._news:
            self._stopped = True
            self._wanted.clear()
            self._news.notify()

    def _run(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._wanted or self._stopped)
                if self._stopped:
                    return
                entry = self._wanted.pop()
            load = self._load()
            if load is None:
                return
            with contextlib.suppress(Exception):  # whoever asks for this event gets the error
                load(entry)
            del load


def size_of(event: Event) -> int:
    """Bytes of an event's tables."""
    tables = (event.trigger_cells, event.generated, event.clusters)
    return sum(int(table.memory_usage(index=False).sum()) for table in tables)
