"""Pages are built and written in threads; fails once Bokeh does so itself."""

import asyncio
import threading
import time
from types import SimpleNamespace

import panel as pn
import pytest
from bokeh.application.handlers import Handler
from bokeh.document import Document
from bokeh.models import Title
from bokeh.protocol import Protocol
from bokeh.server.contexts import ApplicationContext
from panel.io.application import Application
from tornado.ioloop import IOLoop

from bye_splits.dashboard.patches import page_thread


class Slow(Handler):
    """Builds a page in half a second, and notes in which thread."""

    def __init__(self, mistake=None):
        super().__init__()
        self.mistake, self.threads = mistake, []

    def modify_document(self, doc):
        self.threads.append(threading.current_thread().name)
        time.sleep(0.5)
        if self.mistake:
            raise self.mistake
        doc.add_root(Title())


class Noting:
    """Bokeh's protocol, with the names of the threads in which messages are made."""

    def __init__(self):
        self.threads = []

    def create(self, *arguments):
        self.threads.append(threading.current_thread().name)
        return Protocol().create(*arguments)


def ticks(handler, pull=page_thread.handle_pull) -> tuple[int, Document, str]:
    """While a session is created: how often a waiting task goes on; its document, its writer."""

    async def run():
        n = 0

        async def tick():
            nonlocal n
            while True:
                await asyncio.sleep(0.01)
                n += 1

        context = ApplicationContext(Application(handler), io_loop=IOLoop.current(), url="/")
        ticking = asyncio.ensure_future(tick())
        try:
            session = await context.create_session_if_needed("some")
        finally:
            ticking.cancel()
        assert pn.state._thread_id_[session.document] == threading.get_ident()
        protocol, asked = Noting(), SimpleNamespace(header={"msgid": "77"})
        reply = await pull(session, asked, SimpleNamespace(protocol=protocol))
        assert reply.header["reqid"] == "77"
        assert reply.content["doc"] == session.document.to_json().content
        (writer,) = protocol.threads
        return n, session.document, writer

    return asyncio.run(run())


def test_still_needed_and_built_once(monkeypatch):
    with monkeypatch.context() as own:
        own.setattr(Application, "on_session_created", page_thread._on_session_created)
        own.setattr(Application, "initialize_document", page_thread._initialize_document)
        n, _, writer = ticks(Slow(), page_thread._handle_pull)
        assert n <= 2, "Bokeh builds a page without blocking: remove patches/page_thread.py"
        assert writer == "MainThread", "Bokeh writes it so, too: remove handle_pull"
    handler = Slow()
    n, document, writer = ticks(handler)
    assert n > 10
    assert writer.startswith("bye_splits-writer")
    assert [type(root) for root in document.roots] == [Title]
    assert [name.startswith("bye_splits-page") for name in handler.threads] == [True], "it is built once"
    handler = Slow(ValueError("a mistake"))
    with pytest.raises(ValueError, match="a mistake"):
        ticks(handler)
    assert len(handler.threads) == 1
