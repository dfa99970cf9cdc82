"""Changes of models in one message: the responses of several views to a change are sent together."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TypeVar
from weakref import WeakKeyDictionary

import panel as pn
from bokeh.document import Document
from panel.io.document import hold
from panel.io.state import set_curdoc

PAUSE = 0.05  # s between parts of pages
T = TypeVar("T")

log = logging.getLogger(__name__)
_maker = ThreadPoolExecutor(1, thread_name_prefix="bye_splits-models")
_waiting: WeakKeyDictionary[Document, list[Callable[[], None]]] = WeakKeyDictionary()


def served() -> Document | None:
    """The document of the current session of a server; None outside of one."""
    document = pn.state.curdoc
    return None if document is None or document.session_context is None else document


def schedule(callback: Callable[[], None]) -> None:
    """Call a function that changes models: on a server in the session's next callback, otherwise now.

    The changes of all functions in one callback are sent in one message.
    """
    document = served()
    if document is None:
        pn.state.execute(callback)
        return
    waiting = _waiting.setdefault(document, [])
    waiting.append(callback)
    if len(waiting) == 1:
        pn.state.execute(partial(_call, document), schedule=True)


def in_background(make: Callable[[], T], use: Callable[[T], None]) -> None:
    """Make something in a thread, and use it in the current session's next callback after that.

    The server goes on meanwhile. There is one such thread: things are made one after the other, in the order
    of the calls; those of pages that were closed are not made. Outside of a server both happens now.

    Parameters
    ----------
    make : must not change any model of a document
    """
    document = served()
    if document is None:
        use(make())
        return

    def work() -> None:
        if is_open(document):
            made = make()
            used = threading.Event()

            def finish() -> None:
                try:
                    use(made)
                finally:
                    used.set()

            call_in(document, partial(_use, document, finish))
            while is_open(document) and not used.wait(PAUSE):
                pass
            # An answer takes several turns of the loop: not a part of this page before each.
            time.sleep(PAUSE)

    def report(done: Future[None]) -> None:
        if (error := done.exception()) is not None:
            log.error("a part of a page could not be made", exc_info=error)

    _maker.submit(work).add_done_callback(report)


def once_loaded(callback: Callable[[], None]) -> None:
    """Call a function that adds models in a callback of its own once the page is open; without a server now.

    Between such callbacks the server answers other sessions.
    """
    document = served()
    if document is None:
        callback()
        return
    pn.state.onload(lambda: call_in(document, partial(_use, document, callback)))


def call_when(ready: Callable[[], bool], callback: Callable[[], None]) -> None:
    """Call a function in a later callback of the current session, as soon as a condition is true.

    The response to the page's change is not complete before that.
    """
    document = served()
    assert document is not None

    def check() -> None:
        if ready():
            _in_page(document, callback)
        else:
            document.add_timeout_callback(check, round(1000 * PAUSE))

    document.add_timeout_callback(check, round(1000 * PAUSE))


def call_in(document: Document, callback: Callable[[], None]) -> None:
    """Call a function in the next callback of a page's session, from any thread; not if it was closed."""
    if not is_open(document):
        return
    try:
        document.add_next_tick_callback(partial(_in_page, document, callback))
    except AttributeError:  # it was closed meanwhile: nothing is left of the document's callbacks
        if is_open(document):
            raise


def _in_page(document: Document, callback: Callable[[], None]) -> None:
    # Bokeh's current document is one for all threads: that of a page which is being built meanwhile.
    with set_curdoc(document):
        callback()


def _use(document: Document, callback: Callable[[], None]) -> None:
    # Frozen: Bokeh would collect all models of the document for each part that is added.
    with hold(document), document.models.freeze():
        callback()


def is_open(document: Document) -> bool:
    """Whether the page of a document has not been closed."""
    context = document.session_context
    return context is not None and not context.destroyed


@contextmanager
def together() -> Iterator[None]:
    """Send what is changed in a Bokeh callback in one message."""
    document = served()
    if document is None:
        yield
        return
    with hold(document):
        yield


def _call(document: Document) -> None:
    """Call the waiting functions in order; an error in one does not prevent the others."""
    with hold(document), ExitStack() as stack:
        for callback in reversed(_waiting.pop(document, [])):
            stack.callback(callback)
