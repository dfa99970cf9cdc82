"""Pages look now and then at what threads, processes and other people have done: one task for all pages.

A periodic callback of each session, as of Bokeh or Panel, takes the session's lock and goes through all their
notices of a callback each time: 0.4 % of a core for each display page that nobody looks at. Here a page costs
as much as its question whether there is anything new; only if there is does its session get a callback.
"""

import asyncio
import time
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import panel as pn
from bokeh.document import Document

from .schedule import call_in, is_open, served

TICK = 0.25  # s between rounds through all pages


@dataclass
class Look:
    """Something that a page looks at now and then.

    Attributes
    ----------
    poll : takes what is new, in a callback of the session
    news : whether there is anything new; changes nothing, and is called without the session's lock
    period : s between two looks
    due : time.monotonic() of the next one
    waiting : whether the session's callback is still to come
    """

    poll: Callable[[], None]
    news: Callable[[], bool]
    period: float
    due: float
    waiting: bool = False

    def take(self) -> None:
        """Poll, as a callback of the session."""
        self.waiting = False
        self.poll()


_looks: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Document, list[Look]]] = WeakKeyDictionary()
_rounds: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task] = WeakKeyDictionary()


def poll_while_open(poll: Callable[[], None], period: float, news: Callable[[], bool] = lambda: True) -> None:
    """Poll now and then from when the current page has loaded until it is closed; never without a server.

    Parameters
    ----------
    poll, period, news : as of `Look`; without `news` the session polls each time
    """
    document = served()
    if document is not None:
        pn.state.onload(lambda: _add(document, Look(poll, news, period, time.monotonic() + period)))


def _add(document: Document, look: Look) -> None:
    loop = asyncio.get_running_loop()
    pages = _looks.setdefault(loop, {})
    pages.setdefault(document, []).append(look)
    if loop not in _rounds or _rounds[loop].done():
        # Without the context of this page, which callbacks of the others would take for theirs.
        _rounds[loop] = loop.create_task(_go_round(pages), context=Context())


async def _go_round(pages: dict[Document, list[Look]]) -> None:
    """Look for all pages of an event loop, as long as there is one."""
    while pages:
        await asyncio.sleep(TICK)
        for document in [document for document in pages if not is_open(document)]:
            del pages[document]
        now = time.monotonic()
        for document, looks in pages.items():
            for look in looks:
                if now >= look.due and not look.waiting:
                    look.due = now + look.period
                    if _has_news(look):
                        look.waiting = True
                        call_in(document, look.take)


def _has_news(look: Look) -> bool:
    try:
        return look.news()
    except Exception:  # `poll` meets it again, in a callback whose errors are reported
        return True
