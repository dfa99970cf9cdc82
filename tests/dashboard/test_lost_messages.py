"""Messages that Panel keeps back until a page's next change, and that they are not kept back any more."""

import asyncio
import gc
import json
import weakref
from functools import partial
from urllib.parse import urlsplit

import pytest
from bokeh.document import Document
from panel.io import document as panel_document
from servers import Server
from tornado.locks import Lock

from benchmarks.proxy import CountingProxy
from benchmarks.session import Session
from bye_splits.dashboard.patches import lost_messages

SERVE = """
from bye_splits.dashboard import serve

server = serve(port=0, start=False)
server.start()
print(f"http://localhost:{server.port}")
server.io_loop.start()
"""
CLIENTS, ACTIONS = 4, 50  # a page has one question at a time


class Websocket:
    """In the place of a page's: it is sent what it is sent, and has written that when `written` is done."""

    def __init__(self):
        self.write_lock = Lock()
        self.sent, self.written = [], asyncio.get_running_loop().create_future()

    def send(self, message):
        self.sent.append(message)
        return [self.written]


class Connection:
    """In the place of Bokeh's: its messages are the events that they are made of."""

    def __init__(self):
        self._socket, self.protocol = Websocket(), self

    def create(self, kind, events):
        return events[0]


class Page:
    """A document and its websocket; what is said is queued, as Panel does while the websocket is in use."""

    def __init__(self):
        self.document, self._connection = Document(), Connection()
        self.websocket = self._connection._socket

    def say(self, message):
        panel_document.schedule_write_events(self.document, [self._connection], [message])

    @property
    def tasks(self):
        return panel_document._write_tasks.get(self.document, [])


async def until(what):
    """Let the loop's other tasks go on until `what()`."""
    async with asyncio.timeout(10):
        while not what():
            await asyncio.sleep(0)


async def queued_when_the_task_before_has_just_written(page):
    page.say("first")
    await until(lambda: page.websocket.sent)
    page.websocket.written.set_result(None)  # the first message's task goes on next, and is done
    page.say("second")  # its task starts after that one
    await until(lambda: not page.tasks)


async def queued_while_bokeh_writes(page):
    page.say("first")
    await until(lambda: page.websocket.sent)
    with await page.websocket.write_lock.acquire():
        page.say("second")  # its task starts, and will try again
        await until(lambda: len(page.tasks) == 2)
        await asyncio.sleep(0)
        page.websocket.written.set_result(None)
        await until(lambda: len(page.tasks) == 1)
    await until(lambda: not page.tasks)


@pytest.fixture
def panel(monkeypatch):
    """Panel as it comes, until it is patched."""
    monkeypatch.setattr(panel_document, "_dispatch_msgs", lost_messages._dispatch)
    monkeypatch.setitem(
        panel_document.extra_socket_handlers, Websocket, lambda connection, msg: connection._socket.send(msg)
    )


QUEUED = pytest.mark.parametrize(
    "queue", [queued_when_the_task_before_has_just_written, queued_while_bokeh_writes]
)


@QUEUED
def test_still_needed(panel, queue):

    async def run():
        page = Page()
        await queue(page)
        before = list(page.websocket.sent)
        page.say("third")
        await until(lambda: not page.tasks)
        return before, page.websocket.sent

    before, after = asyncio.run(run())
    assert before == ["first"], "Panel writes all that is queued: remove patches/lost_messages.py"
    assert after == ["first", "second", "third"]


@QUEUED
def test_no_message_waits_for_the_next_change(panel, queue):
    lost_messages.apply()
    lost_messages.apply()

    async def run():
        page = Page()
        await queue(page)
        return page.websocket.sent, page.document in panel_document._WRITE_BLOCK

    assert asyncio.run(run()) == (["first", "second"], False)


@QUEUED
def test_nothing_is_kept_of_a_page(panel, queue):
    lost_messages.apply()

    async def run():
        page = Page()
        await queue(page)
        return weakref.ref(page.document)

    document = asyncio.run(run())
    gc.collect()
    assert document() is None


def test_nothing_is_kept_of_a_page_that_is_closed_while_a_message_waits(panel, monkeypatch):
    lost_messages.apply()
    monkeypatch.setattr(type(panel_document.state), "schedule_task", lambda *task, **options: None)

    async def run():
        page = Page()
        with await page.websocket.write_lock.acquire():
            page.say("first")
            await asyncio.sleep(0)
            (task,) = page.tasks
            page.document.destroy = partial(panel_document._destroy_document, page.document)
            page.document.destroy(None)
            await until(task.done)
        await lost_messages._dispatch_waiting(page.document)
        assert not page.tasks
        assert page.document not in panel_document._WRITE_BLOCK
        return page.websocket.sent, weakref.ref(page.document)

    sent, document = asyncio.run(run())
    gc.collect()
    assert sent == []
    assert document() is None


@pytest.fixture
def server(geometry, toys, tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text(json.dumps({"io": {"PU0": {"photons": {"file": str(toys["photons", "0"])}}}}))
    made = Server(["-c", SERVE], tmp_path / "log", BYE_SPLITS_CONFIG=str(config))
    yield made
    made.process.kill()
    made.process.wait()


def test_under_load_every_answer_comes(server):
    """Without the patch, one or two of a hundred do not come before the next action."""
    assert server.get("/display")[0] == 200

    async def user(proxy, number):
        async with Session(proxy, server.url) as session:
            for action in range(1, ACTIONS + 1):
                await session.say("Layer", 1 + 2 * ((action + number) % 14))
                await session.ask(action)
                await session.complete(action)
        return ACTIONS

    async def run():
        async with CountingProxy(urlsplit(server.url).port) as proxy:
            return await asyncio.gather(*(user(proxy, number) for number in range(CLIENTS)))

    assert asyncio.run(run()) == [ACTIONS] * CLIENTS
