"""Pages for users with a password."""

import base64
import os
import re
import stat
import urllib.error
import urllib.request
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
import serving
from servers import Server

from bye_splits.cli import main
from bye_splits.dashboard.gate.users import Users, line_of
from bye_splits.errors import ConfigError

SERVE = """
from bye_splits.dashboard import serve
from bye_splits.dashboard.gate.records import write_log

write_log("text")
server = serve(port=0, start=False)
server.start()
print(f"http://localhost:{server.port}")
server.io_loop.start()
"""
PASSWORD = "a café with: a colon"


def basic(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.fixture(scope="module")
def users(tmp_path_factory):
    file = tmp_path_factory.mktemp("users") / "users.txt"
    file.write_text(line_of("ada", PASSWORD) + line_of("bob", "other"))
    return file


@pytest.fixture(scope="module")
def server(users, geometry, toys, tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    config = folder / "config.yaml"
    config.write_text(f"io: {{PU0: {{photons: {{file: {toys['photons', '0']}}}}}}}")
    made = Server(["-c", SERVE], folder / "log", BYE_SPLITS_CONFIG=str(config), BYE_SPLITS_USERS=str(users))
    made.get("/healthz")
    yield made
    made.process.kill()
    made.process.wait()


def ask(server, address="/display", **headers):
    """Status, headers and text of one answer; no other address is asked for."""
    url = urlsplit(server.url)
    connection = HTTPConnection(url.hostname, url.port, timeout=60)
    try:
        connection.request("GET", address, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize(
    "address", ["/", "/display", "/geometry", "/display/autoload.js", "/nothing", "/favicon.ico"]
)
def test_without_a_password_there_is_nothing(server, address):
    status, headers, text = ask(server, address)
    assert status == 401
    assert headers["WWW-Authenticate"].startswith('Basic realm="bye_splits"')
    assert "token" not in text


@pytest.mark.parametrize(
    "given",
    [
        basic("ada", "wrong"),
        basic("nobody", PASSWORD),
        basic("ada", ""),
        basic("", ""),
        "Basic !!",
        "Bearer abc",
        basic("ada", "x" * 5000),
    ],
    ids=["password", "name", "none", "nothing", "no base64", "scheme", "long"],
)
def test_what_is_wrong_does_not_get_in(server, given):
    status, _, text = ask(server, Authorization=given)
    assert (status, "token" in text) == (401, False)


def test_a_user_gets_in_and_is_in_the_log(server):
    status, headers, _ = ask(server, "/display?event=1", Authorization=basic("ada", PASSWORD))
    if status == 307:  # the first time; then it is known
        assert headers["Location"] == "/display?event=1"
    status, _, page = ask(server, "/display?event=1", Authorization=basic("ada", PASSWORD))
    assert status == 200
    assert serving.websocket_status(f"{server.url}/display/ws", page, server.url) == 101
    server.wait_for(lambda: re.search(r"what=page page=/display .*user=ada", server.said()))
    assert PASSWORD not in server.said()
    assert basic("ada", PASSWORD) not in server.said()


def test_a_known_user_with_another_password_does_not_get_in(server):
    ask(server, Authorization=basic("bob", "other"))
    assert ask(server, Authorization=basic("bob", "other"))[0] == 200
    assert ask(server, Authorization=basic("bob", "Other"))[0] == 401


def test_a_websocket_needs_the_token_of_a_page(server):
    made_up = '"token":"abc"'
    assert serving.websocket_status(f"{server.url}/display/ws", made_up, server.url) == 403


def test_a_browser_that_follows_gets_the_page(server):
    request = urllib.request.Request(
        f"{server.url}/geometry", headers={"Authorization": basic("ada", PASSWORD)}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == 200
    except urllib.error.HTTPError as error:  # urllib follows a 307 with the same header
        raise AssertionError(error.status) from error


@pytest.mark.parametrize("address", ["/healthz", "/readyz", "/metrics", "/static/js/bokeh.min.js"])
def test_machines_and_the_libraries_files_need_no_password(server, address):
    assert ask(server, address)[0] == 200


def test_the_command_adds_and_changes(tmp_path, monkeypatch, capsys):
    file = tmp_path / "users.txt"
    for password, said in (("first", "ada: added"), ("second", "ada: changed")):
        read, write = os.pipe()
        os.write(write, f"{password}\n".encode())
        os.close(write)
        with os.fdopen(read) as stdin:
            monkeypatch.setattr("sys.stdin", stdin)
            assert main(["user", "ada", "--users", str(file)]) == 0
        assert said in capsys.readouterr().out
    made = Users.read(str(file))
    assert (made.verify(basic("ada", "first")), made.verify(basic("ada", "second"))) == (False, True)
    assert made.known(basic("ada", "second")) == "ada"
    assert made.known(basic("ada", "first")) is None
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "second" not in file.read_text()


@pytest.mark.parametrize("name", ["", "a:b", " ada", "a\nb"])
def test_no_name(name):
    with pytest.raises(ConfigError, match="the name"):
        line_of(name, "password")


@pytest.mark.parametrize("password", ["", "x" * 1000])
def test_no_password(password):
    with pytest.raises(ConfigError, match="1 to 997 characters"):
        line_of("ada", password)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no user"),
        ("ada", "line 1: no colon"),
        ("ada:secret\n", "line 1: no hash of Argon2"),
        (None, "No such"),
    ],
)
def test_a_file_of_users_that_cannot_be_read_stops_the_server(tmp_path, capsys, text, words):
    file = tmp_path / "users.txt"
    if text is not None:
        file.write_text(text)
    assert main(["serve", "--users", str(file)]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "--users" in said
    assert words in said


def test_nobody_gets_in_with_an_unreadable_file_under_panel_serve(monkeypatch, tmp_path):
    from bokeh.server.tornado import BokehTornado
    from tornado.httputil import HTTPHeaders, HTTPServerRequest

    from bye_splits.dashboard.gate.gate import from_environment
    from bye_splits.dashboard.gate.login import Login

    monkeypatch.setenv("BYE_SPLITS_USERS", str(tmp_path / "none"))
    gate = from_environment(BokehTornado({}, extra_websocket_origins=["localhost:5006"]))
    headers = HTTPHeaders({"Host": "localhost:5006", "Authorization": basic("ada", PASSWORD)})
    handler, arguments = gate.answer(HTTPServerRequest("GET", "/display", headers=headers))
    assert handler is Login
    assert not arguments["users"].verify(arguments["given"])
