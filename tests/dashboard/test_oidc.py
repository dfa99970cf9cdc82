"""Pages for users who log in at an OpenID Connect provider."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import serving
from identity_provider import CLIENT, SECRET, Provider
from servers import Server

from bye_splits.cli import main
from bye_splits.dashboard.gate.oidc import Oidc
from bye_splits.errors import ConfigError

COOKIE_SECRET = "0123456789" * 4
SERVE = """
import yaml
from benchmarks.server import free_port
from bye_splits.dashboard import serve
from bye_splits.dashboard.gate.policy import Policy
from bye_splits.dashboard.gate.records import write_log
from pathlib import Path
import os

port, file = free_port(), Path(os.environ["BYE_SPLITS_OIDC"])
file.write_text(file.read_text() + f"redirect: http://localhost:{port}/login\\n")
write_log("text")
server = serve(port=port, start=False)
server.start()
print(f"http://localhost:{server.port}")
server.io_loop.start()
"""
PAGES = ["/", "/display", "/display?event=1", "/panes", "/geometry", "/nothing", "/favicon.ico"]


@pytest.fixture(scope="module")
def provider():
    with Provider() as made:
        yield made


@pytest.fixture(autouse=True)
def as_it_was(provider):
    before = dict(provider.claims)
    yield
    provider.claims, provider.refuses, provider.broken = before, "", None
    provider.in_token = provider.at_userinfo = True


@pytest.fixture(scope="module")
def server(provider, geometry, toys, tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    config = folder / "config.yaml"
    config.write_text(f"io: {{PU0: {{photons: {{file: {toys['photons', '0']}}}}}}}")
    (folder / "oidc.yaml").write_text(
        "".join(f"{name}: {provider.url}/{name}\n" for name in ("authorize", "token", "userinfo"))
        + f"client: {CLIENT}\nsecretFile: secret\n"
    )
    (folder / "secret").write_text(f"{SECRET}\n")
    made = Server(
        ["-c", SERVE],
        folder / "log",
        BYE_SPLITS_CONFIG=str(config),
        BYE_SPLITS_OIDC=str(folder / "oidc.yaml"),
        BYE_SPLITS_COOKIE_SECRET=COOKIE_SECRET,
    )
    made.get("/healthz")
    yield made
    made.process.kill()
    made.process.wait()


@pytest.fixture
def browser():
    with requests.Session() as session:
        session.headers["Accept"] = "text/html"
        yield session


def websocket(server, page, cookies=""):
    more = {"Cookie": cookies} if cookies else None
    return serving.websocket_status(f"{server.url}/display/ws", page, server.url, more)


def cookies_of(browser):
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies)


@pytest.mark.parametrize("address", PAGES)
def test_without_a_login_there_is_the_provider(server, provider, address):
    answer = requests.get(f"{server.url}{address}", timeout=60, allow_redirects=False)
    assert (answer.status_code, "token" in answer.text) == (302, False)
    to = urlsplit(answer.headers["Location"])
    assert (to.netloc, to.path, parse_qs(to.query)) == ("", "/login", {"next": [address]})
    asked = requests.get(f"{server.url}{answer.headers['Location']}", timeout=60, allow_redirects=False)
    assert asked.headers["Location"].startswith(f"{provider.url}/authorize?")


@pytest.mark.parametrize("address", ["/display/autoload.js", "/display/ws"])
def test_what_is_no_page_is_refused_without_a_login(server, address):
    answer = requests.get(f"{server.url}{address}", timeout=60, allow_redirects=False)
    assert answer.status_code in (401, 403)
    assert "token" not in answer.text or address.endswith("/ws")


def test_nothing_is_sent_to_a_page_without_a_login(server):
    assert requests.post(f"{server.url}/display", timeout=60).status_code == 401


@pytest.mark.parametrize("address", ["/healthz", "/readyz", "/metrics", "/static/js/bokeh.min.js"])
def test_machines_and_the_libraries_files_need_no_login(server, address):
    assert requests.get(f"{server.url}{address}", timeout=60).status_code == 200


def test_a_user_gets_in(server, provider, browser):
    answer = browser.get(f"{server.url}/display?event=1&layer=9", timeout=60)
    assert answer.status_code == 200
    assert answer.url == f"{server.url}/display?event=1&layer=9"
    assert websocket(server, answer.text, cookies_of(browser)) == 101
    assert websocket(server, answer.text) == 401
    assert websocket(server, answer.text, "user=ada@example.org") == 401
    assert browser.get(f"{server.url}/geometry", timeout=60, allow_redirects=False).status_code == 200
    server.wait_for(lambda: re.search(r"what=page page=/display .*user=ada@example.org", server.said()))
    assert "what=login user=ada@example.org" in server.said()


def test_no_secret_is_in_the_browser_or_the_log(server, provider, browser):
    page = browser.get(f"{server.url}/display", timeout=60)
    login = page.history[-1]
    assert {cookie.name for cookie in browser.cookies} == {"user"}
    given = login.raw.headers.getlist("Set-Cookie")
    assert any("user=" in one and "HttpOnly" in one and "SameSite=Lax" in one for one in given)
    assert len(provider.issued) >= 4
    for kept in (page.text, cookies_of(browser), server.said()):
        assert [one for one in [*provider.issued, SECRET, COOKIE_SECRET] if one in kept] == []


@pytest.mark.parametrize("where", ["in_token", "at_userinfo"])
def test_who_it_is_comes_with_the_token_or_from_userinfo(server, provider, browser, where):
    provider.claims = {"sub": "5678", "email": f"{where}@example.org"}
    provider.in_token, provider.at_userinfo = where == "in_token", where == "at_userinfo"
    assert browser.get(f"{server.url}/display", timeout=60).status_code == 200
    assert f"what=login user={where}@example.org" in server.said()


def refused(browser, server, address, status, *words):
    """One page of ours with these words, and no login after it."""
    answer = browser.get(address, timeout=60)
    assert answer.status_code == status
    for word in words:
        assert word in answer.text
    assert "<b>" not in answer.text
    assert "http" not in answer.text  # nothing of other hosts
    again = browser.get(f"{server.url}/display", timeout=60, allow_redirects=False)
    assert (again.status_code, again.headers["Location"]) == (302, "/login?next=%2Fdisplay")
    assert "Traceback" not in server.said()


def test_a_refused_login_is_one_page(server, provider, browser):
    provider.refuses = "access_denied"
    refused(browser, server, f"{server.url}/display", 403, "the provider has refused: access_denied")
    provider.refuses = "<script>"
    refused(browser, server, f"{server.url}/display", 403, "for an unknown reason")


@pytest.mark.parametrize("state", ["wrong", ""], ids=["wrong", "empty"])
@pytest.mark.parametrize("asked", [True, False], ids=["after a question", "out of the blue"])
def test_another_state_is_one_page(server, provider, browser, state, asked):
    """Somebody else's code must not log a browser in, which an empty state would in Panel."""
    if asked:
        browser.get(f"{server.url}/login", timeout=60, allow_redirects=False)
    code = provider.issue()
    provider.codes[code] = f"{server.url}/login"
    address = f"{server.url}/login?code={code}&state={state}"
    refused(browser, server, address, 403, "an answer to no question of this browser")
    assert code in provider.codes
    assert code not in server.said()


@pytest.mark.parametrize("hidden", ["?code={code}&state=", "?next=%3Fcode={code}&state=", "?code={code}"])
def test_a_code_in_another_place_does_not_log_in_either(server, provider, browser, hidden):
    code = provider.issue()
    provider.codes[code] = f"{server.url}/login"
    answer = browser.get(f"{server.url}/login{hidden.format(code=code)}", timeout=60, allow_redirects=False)
    assert answer.status_code >= 400
    assert "user" not in browser.cookies
    assert code in provider.codes
    assert code not in server.said()


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "/\\evil.example"])
def test_a_login_does_not_lead_to_another_host(server, browser, target):
    answer = browser.get(f"{server.url}/login", params={"next": target}, timeout=60, allow_redirects=False)
    assert answer.status_code == 400
    assert "the address is none of a login" in answer.text


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ((400, '{{"error": "invalid_client"}}'), "invalid_client"),
        ((200, '{{"id_token": "{id_token}"}}'), "cannot be used"),
        ((200, "<html>{access_token}"), "JSONDecodeError"),
        ((500, "{access_token}"), "cannot be used"),
        ((200, ""), "cannot be used"),
    ],
    ids=["refused", "no token", "no JSON", "fault", "nothing"],
)
def test_a_provider_s_answer_that_cannot_be_used_is_one_page(server, provider, browser, broken, words):
    provider.broken = broken
    refused(browser, server, f"{server.url}/display", 502, "The login has failed", words)
    assert [one for one in provider.issued if one in server.said()] == []


def test_a_user_without_the_claim_does_not_get_in(server, provider, browser):
    provider.claims = {"sub": "1234"}
    refused(browser, server, f"{server.url}/display", 502, "The login has failed")


def test_a_logout_forgets(server, browser):
    assert browser.get(f"{server.url}/display", timeout=60).status_code == 200
    assert "does not know you any more" in browser.get(f"{server.url}/logout", timeout=60).text
    assert browser.get(f"{server.url}/display", timeout=60, allow_redirects=False).status_code == 302


GOOD = {
    "authorize": "https://login.example/authorize",
    "token": "https://login.example/token",
    "client": "bye-splits",
    "redirect": "https://display.example/login",
    "secretFile": "secret",
    "cookieSecretFile": "cookie",
}


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Function that writes a file of the provider with changes, None: without the key; its path."""
    (tmp_path / "secret").write_text("one\n")
    (tmp_path / "cookie").write_text(COOKIE_SECRET)
    (tmp_path / "short").write_text("short")
    (tmp_path / "empty").write_text("\n")
    for name in ("BYE_SPLITS_OIDC_SECRET", "BYE_SPLITS_COOKIE_SECRET"):
        monkeypatch.delenv(name, raising=False)

    def write(**changes):
        keys = {name: value for name, value in (GOOD | changes).items() if value is not None}
        file = tmp_path / "oidc.yaml"
        file.write_text("".join(f"{name}: {value}\n" for name, value in keys.items()))
        return str(file)

    return write


def test_secrets_come_from_files_or_the_environment_and_are_not_shown(written, monkeypatch):
    made = Oidc.read(written())
    assert (made.secret, made.cookie_secret, made.user) == ("one", COOKIE_SECRET, "email")
    assert COOKIE_SECRET not in repr(made)
    monkeypatch.setenv("BYE_SPLITS_OIDC_SECRET", "two")
    monkeypatch.setenv("BYE_SPLITS_COOKIE_SECRET", COOKIE_SECRET[::-1])
    made = Oidc.read(written(secretFile=None, cookieSecretFile=None))
    assert (made.secret, made.cookie_secret) == ("two", COOKIE_SECRET[::-1])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"authorize": None}, "authorize: expected an https address"),
        ({"token": "http://login.example/token"}, "token: expected an https address"),
        ({"userinfo": "login.example"}, "userinfo: expected an https address"),
        ({"client": None}, "client: expected the name under which"),
        (
            {"redirect": "https://display.example/display"},
            "redirect: expected an address that ends in /login",
        ),
        ({"redirect": "https://[display/login"}, "redirect: expected an https address"),
        ({"secretFile": None}, "in the variable BYE_SPLITS_OIDC_SECRET, found neither"),
        ({"cookieSecretFile": None}, "in the variable BYE_SPLITS_COOKIE_SECRET, found neither"),
        ({"cookieSecretFile": "short"}, "at least 32 characters, found 5"),
        ({"secretFile": "none"}, "No such file"),
        ({"secretFile": "empty"}, "an empty file empty"),
        ({"secret": "abc"}, "Did you mean secretFile?"),
    ],
)
def test_what_is_missing_is_said_before_the_server_starts(written, capsys, changes, words):
    file = written(**changes)
    assert main(["serve", "--oidc", file]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert said.startswith("bye-splits: --oidc: ") or "--oidc: " in said
    assert words in said
    assert "abc" not in said


def test_there_is_one_way_to_log_in(written, tmp_path, monkeypatch, capsys):
    from bye_splits.dashboard.gate.users import line_of

    (tmp_path / "users.txt").write_text(line_of("ada", "password"))
    assert main(["serve", "--oidc", written(), "--users", str(tmp_path / "users.txt")]) == 2
    assert "one way to log in" in " ".join(capsys.readouterr().err.split())


def test_nobody_gets_in_with_an_unreadable_file_under_panel_serve(monkeypatch, tmp_path):
    from bokeh.server.tornado import BokehTornado
    from tornado.httputil import HTTPHeaders, HTTPServerRequest

    from bye_splits.dashboard.gate.gate import from_environment
    from bye_splits.dashboard.gate.login import Login

    monkeypatch.setenv("BYE_SPLITS_OIDC", str(tmp_path / "none"))
    gate = from_environment(BokehTornado({}, extra_websocket_origins=["localhost:5006"]))
    request = HTTPServerRequest("GET", "/display", headers=HTTPHeaders({"Host": "localhost:5006"}))
    assert gate.answer(request)[0] is Login


def test_an_address_that_cannot_be_split_is_an_error(written):
    with pytest.raises(ConfigError, match="https address"):
        Oidc.read(written(token="https://[::1/token"))
