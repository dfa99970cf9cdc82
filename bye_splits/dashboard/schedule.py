"""Changes of models in one message: the responses of several views to a change are sent together."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from weakref import WeakKeyDictionary

import panel as pn
from bokeh.document import Document
from panel.io.document import hold

_waiting: WeakKeyDictionary[Document, list[Callable[[], None]]] = WeakKeyDictionary()


def schedule(callback: Callable[[], None]) -> None:
    """Call a function that changes models: on a server in the session's next callback, otherwise now.

    The changes of all functions in one callback are sent in one message.
    """
    document = pn.state.curdoc
    if document is None or document.session_context is None:
        pn.state.execute(callback)
        return
    waiting = _waiting.setdefault(document, [])
    waiting.append(callback)
    if len(waiting) == 1:
        pn.state.execute(partial(_call, document), schedule=True)


def _call(document: Document) -> None:
    """Call the waiting functions in order; an error in one does not prevent the others."""
    with hold(document), ExitStack() as stack:
        for callback in reversed(_waiting.pop(document, [])):
            stack.callback(callback)
