"""The tunnels of the documentation, as it says: the server, `ssh`, and the page at one's own end.

Simulated are the other machines, see stand_ins/ssh.py; the server, the ports and the requests are real. Free
ports stand for those that are written, the same one everywhere.
"""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress

import pytest
import serving
from doc_pages import PAGES, blocks
from doc_runs import PORTS, commands, ported, runner_of
from stand_ins.paths import on_path

from benchmarks.server import free_port

pytest_plugins = ["doc_files"]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 is an address on Linux only")
HOST, OWN, LOGIN = (
    "127.0.0.1",
    "127.0.0.2",
    "127.0.0.3",
)  # the server listens on localhost, so HOST is 127.0.0.1
TUNNELS = [
    block
    for page in PAGES
    for block in blocks(page)
    if block.language == "bash" and "ssh" in map(runner_of, commands(block))
]


@pytest.fixture
def ports():
    """Another port for each that is written."""
    return {port: free_port() for port in ("5006", "5010", "6007", "40123")}


class Typed:
    """A command at work, as `serving.opened` asks for it."""

    def __init__(self, process, log):
        self.poll, self.communicate, self._process = process.poll, log.read_text, process

    @property
    def returncode(self):
        return self._process.returncode


@contextmanager
def typed(lines, folder):
    """The first line on one's own machine; the others into the shell that it opens."""
    environment = os.environ | on_path(folder, "ssh")
    environment |= {"MACHINES": json.dumps({"HOST": HOST, "LOGIN": LOGIN}), "HERE": OWN}
    log = folder / "ssh.txt"
    with log.open("w") as output:
        process = subprocess.Popen(
            ["bash", "-c", lines[0]],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            env=environment,
            text=True,
            process_group=0,
        )
    try:
        for line in lines[1:]:
            process.stdin.write(f"{line}\n")
        process.stdin.flush()
        yield Typed(process, log)
    finally:
        with suppress(ProcessLookupError):  # it may have refused
            os.killpg(process.pid, signal.SIGTERM)
        process.stdin.close()
        process.wait(timeout=30)


@pytest.mark.parametrize("block", TUNNELS, ids=str)
def test_a_page_comes_through(block, spawner, ports, tmp_path):
    given = commands(block)
    tunnels = [" ".join(ported(word, ports) for word in words) for words in given if words[0] == "ssh"]
    (server,) = [words for words in given if words[0] != "ssh"] or [["bye-splits", "serve"]]
    # where no line of the block says otherwise, the server is at the port to which the last tunnel leads
    server = [ported(word, ports) for word in server]
    (target,) = re.findall(r":localhost:(\d+)", tunnels[-1])
    server += [] if "--port" in server else ["--port", target]
    process = spawner.start(server)
    serving.opened(f"http://{HOST}:{target}/healthz", process)
    (port,) = re.findall(r"-L (\d+):", tunnels[0])
    with typed(tunnels, tmp_path) as ssh:
        url, origin = f"http://{OWN}:{port}", f"http://localhost:{port}"  # that the browser shows
        page = serving.opened(f"{url}/display", ssh, host=f"localhost:{port}")
        known = {"Host": f"localhost:{port}"}
        assert serving.websocket_status(f"{url}/display/ws", page, origin, known) == 101
        assert serving.websocket_status(f"{url}/display/ws", page, "http://evil.example", known) == 403
    assert process.ended() == 0, process.said()


def test_the_pages_name_the_address_that_the_tunnel_gives():
    """`http://localhost:PORT` with the port of a tunnel's near end."""
    for page in {block.page for block in TUNNELS}:
        near = {
            port
            for block in TUNNELS
            if block.page == page
            for words in commands(block)
            for port in re.findall(r"(\d+):localhost", " ".join(words))
        }
        (text,) = [one.read_text("utf-8") for one in PAGES if str(one).endswith(page)]
        assert set(re.findall(r"<http://localhost:(\d+)>", text)) <= near
        assert near <= set(PORTS.findall(text))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("ssh -N -L 1:localhost:2 USER@OTHER", "USER@OTHER: expected USER@ and one of HOST, LOGIN"),
        ("ssh -N -L 1:elsewhere:2 USER@HOST", "no machine elsewhere"),
        ("ssh -N --forward 1 USER@HOST", "unrecognized arguments|required"),
    ],
)
def test_the_stand_in_refuses_what_ssh_would(line, why, tmp_path):
    with typed([line], tmp_path) as ssh, pytest.raises(AssertionError, match=why):
        serving.opened(f"http://{OWN}:1/", ssh)
