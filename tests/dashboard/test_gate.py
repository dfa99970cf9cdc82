"""Who gets into a server: probes of its gate, for each way to serve."""

import asyncio
import json
import re
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
import serving
from bokeh.util.token import generate_jwt_token, get_session_id, get_token_payload
from servers import Server

ROOT = Path(__file__).parents[2]
HOST = "display.example:8443"
EVIL = "evil.example"
SERVE = """
from bye_splits.dashboard import serve

server = serve(port=0, websocket_origin=["display.example:8443"], start=False)
server.start()
print(f"http://localhost:{server.port}")
server.io_loop.start()
"""
COMMANDS = {
    "serve": ["-c", SERVE],
    "panel serve": [
        *("-m", "panel", "serve", ROOT / "bye_splits" / "dashboard", "--port", "0"),
        *("--allow-websocket-origin", HOST),
    ],
}


@pytest.fixture(scope="module")
def servers(geometry, toys, tmp_path_factory):
    """Both ways to serve, for pages of HOST; they start at once."""
    folder = tmp_path_factory.mktemp("servers")
    config = folder / "config.yaml"
    config.write_text(f"io: {{PU0: {{photons: {{file: {toys['photons', '0']}}}}}}}")
    made = {
        name: Server(command, folder / name, BYE_SPLITS_CONFIG=str(config))
        for name, command in COMMANDS.items()
    }
    yield made
    for server in made.values():
        server.process.kill()
        server.process.wait()


WAYS = {"serve": "/display", "panel serve": "/dashboard"}


@pytest.fixture(params=WAYS)
def way(request):
    return request.param


@pytest.fixture
def ask(servers, way):
    """Function that asks for an address below a page as a browser at HOST does: status, headers, text."""

    def asked(address="", method="GET", **headers):
        url = urlsplit(servers[way].url)
        connection = HTTPConnection(url.hostname, url.port, timeout=60)
        try:
            connection.putrequest(method, address or WAYS[way], skip_host=True)
            for name, value in ({"Host": HOST} | headers).items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders()
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    servers[way].get("/healthz")  # waits until it answers
    return asked


@pytest.fixture
def page(ask, way, pages):
    """Text of a page, asked for once."""
    if way not in pages:
        status, _, pages[way] = ask()
        assert status == 200
    return pages[way]


@pytest.fixture(scope="module")
def pages():
    return {}


@pytest.fixture
def handshake(servers, way, page):
    """Function that opens a websocket: origin, further headers -> status of the answer."""
    return lambda origin, **more: serving.websocket_status(
        f"{servers[way].url}{WAYS[way]}/ws",
        page,
        origin,
        {"Host": HOST} | {key.replace("_", "-"): more[key] for key in more},
    )


def test_a_page_of_the_named_host_gets_in(handshake):
    assert handshake(f"https://{HOST}") == 101
    assert handshake(f"https://{HOST}", Sec_Fetch_Site="same-origin") == 101


def test_a_page_of_another_host_does_not(handshake):
    assert handshake(f"http://{EVIL}") == 403
    assert handshake("null") == 403
    assert handshake(f"https://{HOST}@{EVIL}") == 403
    assert handshake(f"https://{EVIL}@{HOST}") == 403
    assert handshake(f"https://{HOST}.{EVIL}") == 403


@pytest.mark.parametrize("more", [{}, {"Sec_Fetch_Site": "same-origin"}], ids=["", "same-origin"])
def test_nor_does_one_whose_host_was_made_to_lead_here(handshake, ask, more):
    """DNS rebinding: the browser takes the server for a part of evil.example, and says so in Host too."""
    assert handshake(f"http://{EVIL}", Host=EVIL, **more) == 403
    status, _, text = ask(Host=EVIL, **more)
    assert status == 403
    assert HOST in text
    assert "token" not in text


def test_a_page_under_an_unknown_name_says_what_to_do(ask):
    status, _, text = ask(Host="localhost:5010", Accept="text/html")
    assert status == 403
    assert "--allow-websocket-origin localhost:5010" in text
    assert "<script" not in ask(Host="<script>", Accept="text/html")[2]


def test_a_script_with_a_token_is_for_known_pages_only(ask, way):
    script = f"{WAYS[way]}/autoload.js?bokeh-autoload-element=here"
    status, headers, text = ask(script, Origin=f"https://{HOST}", Cookie="a=b")
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, f"https://{HOST}")
    assert "Origin" in ", ".join(headers.get_all("Vary"))
    assert '"token"' in text
    for foreign in (
        {"Origin": f"http://{EVIL}"},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors"},
        {"Sec_Fetch_Site": "same-site", "Sec_Fetch_Mode": "cors"},
    ):
        status, headers, text = ask(script, **foreign)
        assert status == 403
        assert "Access-Control-Allow-Origin" not in headers
        assert "token" not in text
    _, headers, _ = ask(script)
    assert "Access-Control-Allow-Origin" not in headers


def test_options_reflects_known_origins_only(ask, way):
    script = f"{WAYS[way]}/autoload.js"
    status, headers, _ = ask(script, "OPTIONS", Origin=f"https://{HOST}")
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, f"https://{HOST}")
    status, headers, _ = ask(script, "OPTIONS", Origin=f"http://{EVIL}")
    assert (status, headers["Access-Control-Allow-Origin"]) == (403, None)
    assert ask(script, "OPTIONS")[0] == 405


def test_a_link_from_another_site_opens_a_page(ask):
    assert ask(Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate")[0] == 200


def test_nobody_chooses_a_session(ask, way, page):
    (token,) = re.findall(r'"token":"([^"]+)"', page)
    for address in (
        "bokeh-session-id=chosen",
        f"bokeh-session-id={get_session_id(token)}",
        f"bokeh-token={token}",
    ):
        assert ask(f"{WAYS[way]}?{address}")[0] == 403
    assert ask(**{"Bokeh-Session-Id": "chosen"})[0] == 403


def test_a_token_of_ones_own_opens_nothing(servers, way, ask):
    for token in (
        generate_jwt_token("chosen", expiration=300),
        generate_jwt_token("chosen", secret_key=b"guessed" * 5, signed=True, expiration=300),
    ):
        forged = f'"token":"{token}"'
        address = f"{servers[way].url}{WAYS[way]}/ws"
        assert serving.websocket_status(address, forged, f"https://{HOST}", {"Host": HOST}) == 403


def test_a_token_of_the_server_opens_its_page(servers, way, page):
    (token,) = re.findall(r'"token":"([^"]+)"', page)
    assert first_message(servers[way].url, WAYS[way], token) == "ACK"


def first_message(url, path, token):
    """The type of the first message of a websocket, as Bokeh names it; None if the server closes it."""

    async def read():
        headers = {"Host": HOST, "Origin": f"https://{HOST}"}
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{url}{path}/ws", headers=headers, protocols=["bokeh", token]) as websocket,
        ):
            message = await websocket.receive(timeout=30)
            return json.loads(message.data)["msgtype"] if message.type is aiohttp.WSMsgType.TEXT else None

    return asyncio.run(read())


def test_the_token_has_neither_cookies_nor_secrets(ask):
    secrets = {
        "Authorization": "Bearer hidden",
        "X-Forwarded-User": "hidden",
        "Cookie": "session=hidden; other=hidden",
        "X-Forwarded-Access-Token": "hidden",
    }
    (token,) = re.findall(r'"token":"([^"]+)"', ask(User_Agent="seen", **secrets)[2])
    payload = get_token_payload(token)
    assert "hidden" not in json.dumps(payload)
    assert payload["headers"]["User-Agent"] == "seen"
    assert payload["cookies"] == {}


def test_every_answer_has_headers_of_security(ask, way):
    for address, status in ((WAYS[way], 200), ("/nothing", 404), ("/static/js/bokeh.min.js", 200)):
        found, headers, _ = ask(address)
        assert found == status
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "SAMEORIGIN"
        policy = headers["Content-Security-Policy"]
        assert "frame-ancestors 'self'" in policy
        assert f"ws://{HOST}" in policy
        assert headers["Server"] is None


def test_an_unknown_address_is_named_with_those_there_are(ask, way):
    status, _, text = ask("/nothing<b>")
    assert status == 404
    assert text.startswith("There is no /nothing<b> on this server. Its pages are /")
    assert WAYS[way] in text
    html = ask("/nothing<b>", Accept="text/html")[2]
    assert "There is no /nothing&lt;b&gt; on this server." in html


def test_odd_addresses_are_refused(ask):
    assert ask("/static/%00")[0] == 400
    assert ask("/static/js/%0a")[0] == 400
    assert ask("/components/os/path/_css/x")[0] == 404
    for path in (
        "/static/../../../etc/passwd",
        "/static/%2e%2e/%2e%2e/etc/passwd",
        "/static/..%2f..%2fetc/passwd",
    ):
        status, _, text = ask(path)
        assert status in (403, 404)
        assert "root:" not in text


def test_machines_ask_under_any_name_and_build_no_page(ask, way):
    for address in ("/healthz", "/readyz", "/liveness", f"/liveness?endpoint={WAYS[way]}"):
        status, _, text = ask(address, Host="10.0.0.1:8080")
        assert status == 200
        assert "token" not in text
    assert json.loads(ask("/readyz")[2])["checks"]["geometry"] == "ok"
