"""Servers of the documentation, started as it says: the page they show, what their options do, and their end.

Another port stands for each that is written, and is added where none is. The processes are forked from one
that has imported the program, see doc_spawner.py; `make serve` is a process of its own.
"""

import base64
import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs

import pytest
import serving
from doc_pages import PAGES, ROOT, blocks
from doc_runs import PASSWORD, PORTS, of_runner, ported, smaller

from benchmarks.server import free_port

pytest_plugins = ["doc_files"]
SERVERS = [words for words in of_runner("server") if words[0] != "make"]
SCRIPTS = [
    block
    for page in PAGES
    for block in blocks(page)
    if block.language == "python" and re.search(r"\bserve\(", block.text) and not block.not_run
]


@contextmanager
def running(spawner, words):
    """A server on another port: its process and port; it must end well when it is told to."""
    port = free_port()
    ports = dict.fromkeys(("5006", "5010"), port) | {"6007": 6007}
    words = [ported(word, ports) for word in smaller(words)]
    if "--port" not in words:
        words += ["--port", str(port)]
    process = spawner.start(words)
    serving.opened(f"http://localhost:{port}/healthz", process)
    yield process, port
    of_script = (-signal.SIGTERM,) if words[0] == "python" else ()  # which leaves signals to Python
    assert process.ended(signal.SIGTERM) in (0, *of_script), process.said()
    assert "Traceback" not in process.said()


def asked(port, path, **headers):
    """Status, headers and text of an answer; no other address is asked for."""
    known = {"Host": f"localhost:{port}"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=known | headers)
    opener = urllib.request.build_opener(Stay)
    try:
        with opener.open(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None


def users(process, port, page, words):
    assert asked(port, page)[0] == 401
    known = "Basic " + base64.b64encode(f"ada:{PASSWORD}".encode()).decode()
    statuses = [asked(port, page, Authorization=known)[0] for _ in range(2)]  # first it becomes known
    assert statuses[-1] == 200
    end = time.monotonic() + 20
    while "user=ada" not in process.said():
        assert time.monotonic() < end, process.said()
        time.sleep(0.05)


def oidc(process, port, page, words):
    status, headers, _ = asked(port, page)
    assert (status // 100, headers["Location"].partition("?")[0]) == (3, "/login")
    status, headers, _ = asked(port, headers["Location"])
    assert status // 100 == 3
    address, _, query = headers["Location"].partition("?")
    assert address == "https://auth.cern.ch/auth/realms/cern/protocol/openid-connect/auth"
    given = parse_qs(query)
    assert given["client_id"] == ["bye-splits"]
    assert given["redirect_uri"] == ["https://bye-splits.app.cern.ch/login"]


def plain(process, port, page, words):
    """The page is there; and so is what an option says."""
    status, headers, text = asked(port, page, **{"X-Forwarded-User": "bob"})
    assert status == 200
    assert "bye_splits" in text
    assert (
        serving.websocket_status(f"http://localhost:{port}{page}/ws", text, f"http://localhost:{port}") == 101
    )
    assert asked(port, page, Host="evil.example")[0] == 403
    assert ("user=bob" in process.said()) == ("--user-header" in words)
    for option, value in itertools.pairwise(words):
        if option == "--frame-ancestors":
            assert value in headers["Content-Security-Policy"]
        if option == "--allow-websocket-origin":
            assert asked(port, page, Host=value.removeprefix("http://"))[0] == 200
        if (option, value) == ("--log-format", "json"):
            lines = re.findall(r"^{.*}$", process.said(), re.MULTILINE)
            assert "page" in {json.loads(line)["what"] for line in lines}
        if (option, value) == ("--address", "0.0.0.0"):
            machine = socket.gethostname()
            assert f" at http://{machine}:{port} " in process.said()
            assert asked(port, page, Host=f"{machine}:{port}")[0] == 200
        if option == "--max-sessions":  # of which there is one, see `SMALLER`
            assert asked(port, page)[0] == 503


@pytest.mark.parametrize("words", SERVERS, ids=" ".join)
def test_a_server_of_the_documentation(words, spawner):
    page = "/dashboard" if words[0] == "panel" else "/display"
    special = {"--users": users, "--oidc": oidc}
    with running(spawner, words) as (process, port):
        status, _, text = asked(port, "/readyz")
        assert status == 200, text
        next((do for option, do in special.items() if option in words), plain)(process, port, page, words)


@pytest.mark.parametrize("block", SCRIPTS, ids=str)
def test_a_script_of_the_documentation(block, spawner):
    """With an event, of which the block speaks, and up to what is served."""
    event = 'from bye_splits.data import open_source\nevent = open_source("skim.root").event(1)\n'
    port = free_port()
    text = ported(block.text, {"5006": port})
    process = spawner.start(["python", "-c", event + text])
    page = serving.opened(f"http://localhost:{port}/display", process)
    assert (
        serving.websocket_status(f"http://localhost:{port}/display/ws", page, f"http://localhost:{port}")
        == 101
    )
    assert process.ended(signal.SIGTERM) in (0, -signal.SIGTERM), process.said()
    assert "Traceback" not in process.said()


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl")
def test_what_curl_asks(spawner):
    with running(spawner, ["bye-splits", "serve"]) as (_, port):
        for words in of_runner("curl"):
            command = [PORTS.sub(str(port), word) for word in words]
            done = subprocess.run(
                [*command, "--silent", "--fail"], capture_output=True, text=True, check=True
            )
            assert json.loads(done.stdout)


@pytest.mark.skipif(not shutil.which("make"), reason="no make")
def test_make_serve(files, tmp_path):
    """With the environment of the tests in the place of the one that `make` sets up."""
    (command,) = [words for words in of_runner("server") if words[0] == "make"]
    stamp, port = tmp_path / "made", free_port()
    stamp.touch()
    own = [f"BIN={Path(sys.executable).parent}", f"RUNTIME={stamp}", f"ARGS=--port {port}"]
    log = tmp_path / "log.txt"
    environment = os.environ | {
        "BYE_SPLITS_CONFIG": str(files / "my_config.yaml"),
        "BYE_SPLITS_BACKGROUND": "0",
    }
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, *own], cwd=ROOT, env=environment, stdout=output, stderr=output, process_group=0
        )
    try:
        assert "bye_splits" in serving.opened(f"http://localhost:{port}/display", process)
        assert f"http://localhost:{port}" in log.read_text()
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=30)
    assert "what=ended signal=SIGINT" in log.read_text()
