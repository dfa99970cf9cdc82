"""Pages look for news in one task: only those for which there is some get a callback of their session."""

import asyncio
import time

import panel as pn
import pytest
from bokeh.application.handlers import FunctionHandler
from bokeh.document import Document
from bokeh.io.doc import patch_curdoc
from bokeh.server.contexts import ApplicationContext
from panel.io.application import Application
from panel.io.state import set_curdoc
from tornado.ioloop import IOLoop

from bye_splits.dashboard import polling
from bye_splits.dashboard.polling import Look, poll_while_open


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(polling, "TICK", 0.005)


async def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.005)


async def sessions(*names):
    context = ApplicationContext(
        Application(FunctionHandler(lambda document: None)), io_loop=IOLoop.current(), url="/"
    )
    return context, [await context.create_session_if_needed(name) for name in names]


class Page:
    """Something to look at, and what was done with it."""

    def __init__(self, session, period=0.0):
        self.document, self.fresh, self.asked, self.polled = session.document, False, 0, []
        self.fails = False
        self.other = Document()
        with set_curdoc(self.document):
            polling._add(self.document, Look(self.poll, self.news, period, 0.0))

    def news(self):
        self.asked += 1
        if self.fails:
            raise OSError("gone")
        return self.fresh

    def poll(self):
        self.fresh = False
        with patch_curdoc(self.other):  # as a page that is being built in another thread does
            self.polled.append(pn.state.curdoc)


def test_only_a_page_with_news_polls_and_in_its_own_session():
    async def run():
        _, opened = await sessions("a", "b", "c")
        pages = [Page(one) for one in opened]
        await until(lambda: all(page.asked > 3 for page in pages))
        assert not any(page.polled for page in pages)
        pages[1].fresh = True
        await until(lambda: pages[1].polled)
        pages[2].fresh = True
        await until(lambda: pages[2].polled)
        assert [page.polled for page in pages] == [[], [opened[1].document], [opened[2].document]]

    asyncio.run(run())


def test_a_poll_is_not_asked_for_again_before_it_has_come():
    async def run():
        _, (session,) = await sessions("a")
        with await session._lock.acquire():
            page = Page(session)
            page.fresh = True
            await until(lambda: page.asked)
            asked = page.asked
            for _ in range(10):
                await asyncio.sleep(0.005)
            assert page.asked == asked
            assert page.polled == []
        await until(lambda: page.polled)

    asyncio.run(run())


def test_each_look_has_its_period():
    async def run():
        _, opened = await sessions("a", "b")
        often, seldom = Page(opened[0]), Page(opened[1], period=3600.0)
        await until(lambda: often.asked > 5)
        assert seldom.asked == 1

    asyncio.run(run())


def test_what_cannot_be_asked_is_polled_where_errors_are_reported():
    async def run():
        _, (session,) = await sessions("a")
        page = Page(session)
        page.fails = True
        await until(lambda: page.polled)

    asyncio.run(run())


def test_a_closed_page_is_forgotten_and_the_task_ends_with_the_last():
    async def run():
        context, opened = await sessions("a", "b")
        pages = [Page(one) for one in opened]
        loop = asyncio.get_running_loop()
        await context._discard_session(opened[0], lambda session: True)
        await until(lambda: list(polling._looks[loop]) == [pages[1].document])
        before = pages[1].asked
        await until(lambda: pages[1].asked > before)
        await context._discard_session(opened[1], lambda session: True)
        await until(lambda: polling._rounds[loop].done())
        assert not polling._looks[loop]
        _, (later,) = await sessions("later")
        page = Page(later)
        await until(lambda: page.asked)

    asyncio.run(run())


def test_without_a_server_nothing_is_looked_at():
    poll_while_open(lambda: pytest.fail("polled"), 0.0)
