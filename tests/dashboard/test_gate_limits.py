"""What one server bears: pages at once, events in a message, pages that nobody uses; and its log."""

import asyncio
import json
import re

import aiohttp
import pytest
from servers import Server

SERVE = """
from bye_splits.dashboard import server as serving
from bye_splits.dashboard.gate.records import write_log

serving.SESSION_LIFETIME, serving.SESSION_CHECK = 500, 200  # ms
write_log("json")
server = serving.serve(port=0, start=False)
server.start()
print(f"http://localhost:{server.port}")
server.io_loop.start()
"""
MOST = 3  # pages at once
IDLE = 0.0006  # h: 2 s


@pytest.fixture(scope="module")
def server(toys, tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    config = folder / "config.yaml"
    config.write_text(f"io: {{PU0: {{photons: {{file: {toys['photons', '0']}}}}}}}")
    made = Server(
        ["-c", SERVE],
        folder / "log",
        BYE_SPLITS_CONFIG=str(config),
        BYE_SPLITS_MAX_SESSIONS=str(MOST),
        BYE_SPLITS_IDLE_HOURS=str(IDLE),
    )
    yield made
    made.process.kill()
    made.process.wait()


def records(server, what):
    """What the server has said of something, line by line."""
    lines = (json.loads(line) for line in server.said().splitlines() if line.startswith("{"))
    return [line for line in lines if line["what"] == what]


class Page:
    """The connection of a page as a browser has it."""

    def __init__(self, server, session):
        self.server, self.session = server, session

    async def __aenter__(self):
        async with self.session.get(f"{self.server.url}/display") as answer:
            assert answer.status == 200
            (token,) = re.findall(r'"token":"([^"]+)"', await answer.text())
        self.socket = await self.session.ws_connect(
            f"{self.server.url.replace('http', 'ws')}/display/ws", protocols=["bokeh", token]
        )
        await self.receive("ACK")
        return self

    async def __aexit__(self, *_):
        await self.socket.close()

    async def receive(self, kind):
        """Wait for a message of a kind; None if the connection was closed before."""
        async with asyncio.timeout(60):
            async for message in self.socket:
                if message.type is aiohttp.WSMsgType.TEXT and json.loads(message.data).get("msgtype") == kind:
                    return message
        return None

    async def send(self, events, kind="PATCH-DOC"):
        for part in ({"msgid": "1", "msgtype": kind}, {}, {"events": events}):
            await self.socket.send_str(json.dumps(part))

    async def ask_for_document(self):
        await self.send([], "PULL-DOC-REQ")


def run(work):
    async def session():
        async with aiohttp.ClientSession() as session:
            return await work(session)

    return asyncio.run(session())


def click(model="p1000"):
    values = {"type": "map", "entries": [["model", {"id": model}]]}
    data = {"type": "event", "name": "button_click", "values": values}
    return {"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": data}


@pytest.mark.parametrize("events", [[click()] * 500, [{"kind": "TitleChanged", "title": "x"}] * 500])
def test_a_message_with_too_many_events_closes_its_page(server, events):
    async def work(session):
        async with Page(server, session) as page:
            await page.send(events)
            assert await page.receive("OK") is None
            return page.socket.close_code

    assert run(work) is not None
    assert server.wait_for(
        lambda: [line for line in records(server, "message") if "500 events" in line["text"]]
    )
    assert "Traceback" not in server.said()


def test_what_cannot_be_read_is_one_line(server):
    async def work(session):
        async with Page(server, session) as page:
            for part in ("{", "secret", "garbage"):
                await page.socket.send_str(part)
            assert await page.receive("OK") is None

    run(work)
    assert server.wait_for(lambda: "cannot be read" in server.said())
    assert "Traceback" not in server.said()
    assert "secret" not in server.said()


def test_more_pages_than_allowed_are_asked_to_wait(server):
    async def work(session):
        async with Page(server, session), Page(server, session), Page(server, session):
            async with session.get(f"{server.url}/display", headers={"Accept": "text/html"}) as answer:
                assert answer.status == 503
                assert answer.headers["Retry-After"] == "5"
                text = await answer.text()
                assert f"{MOST} pages are open" in text
                assert 'http-equiv="refresh"' in text
            async with session.get(f"{server.url}/healthz") as answer:
                assert answer.status == 200

    no_page_open(server)
    run(work)


def numbers(server):
    """The server's numbers for Prometheus, by name."""
    _, text = server.get("/metrics")
    return {name: float(value) for name, value in re.findall(r"^(\S+) (\S+)$", text, re.MULTILINE)}


def no_page_open(server):
    """Wait until the pages of other tests are gone."""
    server.wait_for(lambda: numbers(server)["bye_splits_sessions"] == 0)


def test_a_page_that_nobody_uses_is_closed(server):
    async def work(session):
        async with Page(server, session) as page:
            await page.ask_for_document()
            await page.receive("a message that never comes")
            return page.socket.close_code

    no_page_open(server)
    assert run(work) == 4001


def test_pages_and_closed_ones_are_a_line_each(server):
    async def work(session):
        async with Page(server, session):
            pass

    no_page_open(server)
    before = len(records(server, "closed"))
    run(work)
    server.wait_for(lambda: len(records(server, "closed")) == before + 1)
    page, gone = records(server, "page")[-1], records(server, "closed")[-1]
    assert (page["page"], page["status"], page["user"]) == ("/display", 200, "127.0.0.1")
    assert page["ms"] > 0
    assert gone["page"] == "/display"
    assert re.fullmatch("[0-9a-f]{8}", gone["session"])


def test_numbers_for_prometheus(server):
    async def work(session):
        async with Page(server, session):
            assert (await asyncio.to_thread(numbers, server))["bye_splits_sessions"] == 1

    no_page_open(server)
    before = numbers(server).get('bye_splits_pages_total{page="/display",status="200"}', 0)
    run(work)
    found = numbers(server)
    assert found['bye_splits_pages_total{page="/display",status="200"}'] == before + 1
    assert found['bye_splits_page_seconds_count{page="/display"}'] == before + 1
    assert found["process_resident_memory_bytes"] > 1e8


def test_a_refused_handshake_is_one_line(server):
    async def work(session):
        with pytest.raises(aiohttp.WSServerHandshakeError) as error:
            await session.ws_connect(
                f"{server.url.replace('http', 'ws')}/display/ws", protocols=["bokeh", "not.a.token"]
            )
        return error.value.status

    before = len(records(server, "refused"))
    assert run(work) == 403
    server.wait_for(lambda: len(records(server, "refused")) == before + 1)
    assert "Traceback" not in server.said()
