"""What a server of Panel does as it comes: once it does not, patches/admission.py or incoming.py can go."""

import asyncio
import json
import re
import urllib.request

import aiohttp
import pytest
from bokeh.util.token import get_token_payload
from servers import Server

SERVE = """
import panel as pn

server = pn.serve({"page": lambda: pn.pane.HTML("here")}, port=0, show=False, start=False, verbose=False)
server.start()
print(f"http://localhost:{server.port}")
server.io_loop.start()
"""
MANY = [{"kind": "TitleChanged", "title": "x"}] * 500


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    made = Server(["-c", SERVE], tmp_path_factory.mktemp("plain") / "log")
    yield made
    made.process.kill()
    made.process.wait()


def answer(server, address, **headers):
    server.wait_for(lambda: server.get("/page")[0] == 200)
    with urllib.request.urlopen(urllib.request.Request(f"{server.url}{address}", headers=headers)) as got:
        return got.status, got.read().decode()


def test_admission_is_still_needed(plain):
    assert answer(plain, "/page", Host="evil.example")[0] == 200, "it refuses unknown names"
    assert answer(plain, "/page?bokeh-session-id=chosen")[0] == 200, "it refuses chosen sessions"
    (token,) = re.findall(r'"token":"([^"]+)"', answer(plain, "/page", Cookie="secret=1")[1])
    assert get_token_payload(token)["cookies"] == {"secret": "1"}, "it keeps cookies out of tokens"


def test_incoming_is_still_needed(plain):
    async def send():
        (token,) = re.findall(r'"token":"([^"]+)"', answer(plain, "/page")[1])
        address = f"{plain.url.replace('http', 'ws')}/page/ws"
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(address, protocols=["bokeh", token], origin=plain.url) as websocket,
        ):
            for _ in range(3):  # ACK
                await websocket.receive(timeout=30)
            for part in ({"msgid": "1", "msgtype": "PATCH-DOC"}, {}, {"events": MANY}):
                await websocket.send_str(json.dumps(part))
            async for message in websocket:
                if message.type is aiohttp.WSMsgType.TEXT and json.loads(message.data).get("msgtype") == "OK":
                    return "OK"
        return "closed"

    assert asyncio.run(asyncio.wait_for(send(), 60)) == "OK", "it limits the events of a message"


def test_compressed_files_and_needed_scripts_are_still_needed(plain):
    _, page = answer(plain, "/page")
    assert "mathjax" in page, "a page without formulae loads no MathJax"
    (panel,) = re.findall(r'src="([^"]*panel\.min\.js[^"]*)"', page)
    request = urllib.request.Request(f"{plain.url}/{panel}", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as got:
        assert got.headers["Content-Encoding"] is None, "files come compressed"
