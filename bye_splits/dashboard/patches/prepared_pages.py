"""Pages are built before anybody asks for them, while the server is idle.

Bokeh makes a document when a session is created (`ApplicationContext.create_session_if_needed` in
bokeh/server/contexts.py), and its page is built then: 0.4 to 1 s of waiting for a page whose address has no
arguments, and which is the same for everybody. Here such a session gets a document whose page has been built
already, if there is one that still shows what a new one would. Which pages can be prepared is declared by
themselves (`can_be_prepared`).

This patch can be removed once Bokeh has a pool of sessions.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar
from typing import Any, NamedTuple
from uuid import uuid4
from weakref import WeakKeyDictionary, ref

import param
from bokeh.application.application import SessionContext
from bokeh.document import Document
from bokeh.server import contexts
from bokeh.server.contexts import ApplicationContext, BokehSessionContext, _RequestProxy
from bokeh.server.session import ServerSession
from bokeh.server.tornado import BokehTornado
from bokeh.util.token import get_token_payload
from panel.io.application import Application
from panel.io.location import _get_location_params
from panel.io.state import set_curdoc, state
from panel.models.location import Location as LocationModel
from panel.util import edit_readonly
from tornado.httputil import HTTPServerRequest

from . import page_thread

PAUSE = 0.5  # s without a page being opened before the next one is prepared

log = logging.getLogger(__name__)
_create_session_if_needed = ApplicationContext.create_session_if_needed
_pools: WeakKeyDictionary[ApplicationContext, "Pool"] = WeakKeyDictionary()
_current: WeakKeyDictionary[Document, Callable[[], bool]] = (
    WeakKeyDictionary()
)  # of pages that can be prepared
_offered: ContextVar["Offer | None"] = ContextVar("offered", default=None)
_opening = 0  # pages of this process


class Prepared(NamedTuple):
    """A page without a session; the document has a weak reference to its context only."""

    document: Document
    session_context: BokehSessionContext


class Offer:
    """A prepared page for the session that is being created, until that takes it."""

    def __init__(self, page: Prepared) -> None:
        self.page: Prepared | None = page

    def take(self) -> Document:
        """The page's document; a new one if it has been taken."""
        page, self.page = self.page, None
        return Document() if page is None else page.document


class Pool:
    """Prepared pages of one address.

    Parameters
    ----------
    context : Bokeh's, of the address
    size : pages that are kept
    """

    def __init__(self, context: ApplicationContext, size: int) -> None:
        self._context, self._size = ref(context), size
        self._pages: deque[Prepared] = deque()
        self._filling: asyncio.Task | None = None
        self._turn = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._pages)

    async def wait_for_turn(self) -> None:
        """Wait until the pages before this one are written.

        Their HTML is written as soon as they have a session: if it was for many in one turn of the loop,
        nobody else would be answered meanwhile.
        """
        await self._turn.acquire()
        asyncio.get_running_loop().call_soon(self._turn.release)

    async def take(self) -> Prepared | None:
        """A page that shows what a new one would; None if there is none."""
        while self._pages:
            page = self._pages.popleft()
            if await asyncio.to_thread(_current[page.document]):
                return page
            await self._discard(page)
        return None

    def give_back(self, page: Prepared) -> None:
        """Keep a page that was not used after all."""
        self._pages.appendleft(page)

    def fill(self, request: HTTPServerRequest) -> None:
        """Prepare pages like that of a request, one after the other, until there are enough."""
        if len(self) < self._size and (self._filling is None or self._filling.done()):
            # Without the context of this page, which callbacks of the others would take for theirs.
            self._filling = asyncio.get_running_loop().create_task(self._fill(request), context=Context())

    async def _fill(self, request: HTTPServerRequest) -> None:
        while len(self) < self._size:
            await asyncio.sleep(PAUSE)
            if _opening:
                continue
            context = self._context()
            if context is None:
                return
            page = _unbuilt(context, request)
            await page_thread.build(context.application, page.document)
            if error := page_thread.error_of(page.document):
                log.error("a page could not be prepared", exc_info=error)
            if error or page.document not in _current:
                await self._discard(page)
                return
            self._pages.append(page)

    async def _discard(self, page: Prepared) -> None:
        context = self._context()
        if context is not None:
            await context.application.on_session_destroyed(page.session_context)
        page.document.destroy(None)


def apply() -> None:
    """Patch Bokeh and Panel; after `page_thread`."""
    contexts.Document = _document
    ApplicationContext.create_session_if_needed = create_session_if_needed
    Application.on_session_created = on_session_created


def keep(application: BokehTornado, size: int) -> None:
    """Keep prepared pages of each address of a server that has been opened once."""
    if size:
        for context in application._applications.values():
            _pools[context] = Pool(context, size)


def kept(application: BokehTornado) -> int:
    """Number of a server's prepared pages."""
    return sum(len(_pools.get(context, ())) for context in application._applications.values())


def can_be_prepared(document: Document, is_current: Callable[[], bool]) -> None:
    """Declare that a page shows the same to everybody.

    Parameters
    ----------
    document : the page's
    is_current : whether a page that was built now would show the same; called in a thread
    """
    _current[document] = is_current


async def create_session_if_needed(
    context: ApplicationContext,
    session_id: str,
    request: HTTPServerRequest | None = None,
    token: str | None = None,
) -> ServerSession:
    """As Bokeh's, which makes a document for the session: here a prepared one, if there is any for it."""
    pool = _pools.get(context)
    known = session_id in context._sessions or session_id in context._pending_sessions
    if pool is None or known or request is None or not _is_plain(request, token):
        return await _create_session_if_needed(context, session_id, request, token)
    with _page_opens():
        await pool.wait_for_turn()
        page = await pool.take()
        if page is None:
            session = await _create_session_if_needed(context, session_id, request, token)
        else:
            offer = Offer(page)
            before = _offered.set(offer)
            try:
                session = await _create_session_if_needed(context, session_id, request, token)
            finally:
                _offered.reset(before)
                if offer.page is not None:  # another request has created the session meanwhile
                    pool.give_back(offer.page)
    if session.document in _current:
        pool.fill(request)
    return session


async def on_session_created(application: Application, session_context: SessionContext) -> None:
    """As `page_thread`'s; a prepared page is told its address."""
    prepared = page_thread.is_built(session_context._document)
    await page_thread.on_session_created(application, session_context)
    if prepared:
        _move(session_context._document, session_context.request)


def _document() -> Document:
    offer = _offered.get()
    return Document() if offer is None else offer.take()


@contextmanager
def _page_opens() -> Iterator[None]:
    global _opening
    _opening += 1
    try:
        yield
    finally:
        _opening -= 1


def _is_plain(request: HTTPServerRequest, token: str | None) -> bool:
    """Whether a request is for a page, and for one without anything of its own."""
    if request.path.endswith(("/ws", "/autoload.js")) or request.arguments:
        return False
    return not (token and get_token_payload(token).get("arguments"))


def _unbuilt(context: ApplicationContext, request: HTTPServerRequest) -> Prepared:
    """A document with what Panel reads of a session; nothing in it is of whoever has sent the request."""
    document = Document()
    session_context = BokehSessionContext(
        f"prepared-{uuid4().hex}", context.server_context, document, logout_url=context._logout_url
    )
    anybody = HTTPServerRequest("GET", request.path, host=request.host)
    anybody.protocol = request.protocol
    session_context._request = _RequestProxy(anybody, arguments={}, cookies={}, headers={})
    document._session_context = ref(session_context)
    return Prepared(document, session_context)


def _move(document: Document, request: Any) -> None:
    """Write the address of a request to the location of a page that was prepared for another one."""
    location = state._locations.get(document)
    if location is None:
        return
    asked = _get_location_params(request.protocol, request.host, request.uri)
    other = {name: value for name, value in asked.items() if value != getattr(location, name)}
    with set_curdoc(document), param.discard_events(location), edit_readonly(location):
        location.param.update(**other)
    for model in (root for root in document.roots if isinstance(root, LocationModel)):
        model.update(**other)
