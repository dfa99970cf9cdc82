"""Pages are built and written in threads, while the server goes on answering.

Bokeh builds the document of a new session on the event loop (`create_session_if_needed` in
bokeh/server/contexts.py): for 0.4 to 1 s nobody else is answered. It awaits the application's hook for new
sessions just before: here the hook builds the document in a thread, one page after the other, and Bokeh then
finds it built. The document is written for the browser on the event loop, too, with the session's lock held
(`ServerSession._handle_pull` in bokeh/server/session.py): 0.1 s.

This patch can be removed once Bokeh or Panel build and write documents without blocking the event loop.
"""

import asyncio
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from weakref import WeakKeyDictionary

from bokeh.application.application import SessionContext
from bokeh.document import Document
from bokeh.protocol.message import Message
from bokeh.server.connection import ServerConnection
from bokeh.server.session import ServerSession, _needs_document_lock
from panel.io.application import Application
from panel.io.state import state

from .shared_defaults import shared_in

SWITCH = 5e-4  # s until a thread lets the event loop go on, which must wait for that after each message

_builder = ThreadPoolExecutor(1, thread_name_prefix="bye_splits-page")
_writer = ThreadPoolExecutor(1, thread_name_prefix="bye_splits-writer")
_built: WeakKeyDictionary[Document, Exception | None] = WeakKeyDictionary()  # with what went wrong
_on_session_created = Application.on_session_created
_initialize_document = Application.initialize_document
_handle_pull = ServerSession._handle_pull


def apply() -> None:
    """Patch Panel and Bokeh."""
    sys.setswitchinterval(SWITCH)
    Application.on_session_created = on_session_created
    Application.initialize_document = initialize_document
    ServerSession._handle_pull = handle_pull


async def on_session_created(application: Application, session_context: SessionContext) -> None:
    """As Panel's, then the session's document is built, unless it was before."""
    await _on_session_created(application, session_context)
    if not is_built(session_context._document):
        await build(application, session_context._document)


async def build(application: Application, document: Document) -> None:
    """Build a document once the builder has time; `error_of` it tells what went wrong."""
    work = partial(copy_context().run, _build, application, document)
    await asyncio.get_running_loop().run_in_executor(_builder, work)


def is_built(document: Document) -> bool:
    """Whether a document was built, and has not been initialised yet."""
    return document in _built


def error_of(document: Document) -> Exception | None:
    """What went wrong while a document was built."""
    return _built.get(document)


def _build(application: Application, document: Document) -> None:
    try:
        with shared_in(document):
            _initialize_document(application, document)
    except Exception as error:
        _built[document] = error
    else:
        _built[document] = None


def initialize_document(application: Application, document: Document) -> None:
    """As Panel's; nothing is left to do if the hook has built the document.

    Raises
    ------
    Exception : what was raised while it was built
    """
    if document not in _built:
        _initialize_document(application, document)
        return
    state._thread_id_[document] = threading.get_ident()  # from here on the event loop changes it
    if error := _built.pop(document):
        raise error


@_needs_document_lock
async def handle_pull(session: ServerSession, message: Message, connection: ServerConnection) -> Message:
    """As `ServerSession._handle_pull`: the answer to the browser's request for the document."""

    def written() -> Message:
        reply = connection.protocol.create("PULL-DOC-REPLY", message.header["msgid"], session.document)
        _ = reply.content_json  # is kept
        return reply

    return await asyncio.get_running_loop().run_in_executor(_writer, written)
