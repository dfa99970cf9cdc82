"""Changes of models as one message: what several views do in answer to a change travels together."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from weakref import WeakKeyDictionary

import panel as pn
from bokeh.document import Document
from panel.io.document import hold

_waiting: WeakKeyDictionary[Document, list[Callable[[], None]]] = WeakKeyDictionary()


def schedule(callback: Callable[[], None]) -> None:
    """Call a function that changes models: on a server as part of the session's next callback, else now.

    What several of them change travels as one message.
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
    """Call what waits, in turn; an error in one keeps none of the others from it."""
    with hold(document), ExitStack() as stack:
        for callback in reversed(_waiting.pop(document, [])):
            stack.callback(callback)
