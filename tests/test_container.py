"""The start script of the container, run as it is, without a home folder and with only its environment."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import serving

from bye_splits.samples import write_toy

ROOT = Path(__file__).parents[1]
HOST = "display.example"


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("container")
    write_toy(folder, "photons", 0, 3, seed=1)
    config = folder / "config.yaml"
    config.write_text("io: {PU0: {photons: {file: photons_PU0.root}}}")
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    (folder / "tmp").mkdir()
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": "/nonexistent",
        "TMPDIR": str(folder / "tmp"),
        "PORT": str(port),
        "BYE_SPLITS_ORIGIN": f"{HOST},other.example:8443",
        "BYE_SPLITS_CONFIG": str(config),
        "BYE_SPLITS_SERVE_OPTIONS": "--log-format json",
    }


@pytest.fixture(scope="module")
def container(environment, tmp_path_factory):
    """Process of the running script, its address, and the file that it logs to."""
    log = tmp_path_factory.mktemp("log") / "log.txt"
    with (
        log.open("w") as out,
        subprocess.Popen([ROOT / "app.sh"], env=environment, cwd="/", stdout=out, stderr=out) as process,
    ):
        yield process, f"http://localhost:{environment['PORT']}", log
        process.kill()


def test_it_is_alive(container):
    process, url, _ = container
    assert json.loads(serving.opened(f"{url}/liveness", process)) == {"/liveness": True}


def test_the_root_leads_to_the_page_and_nothing_comes_from_elsewhere(container):
    process, url, _ = container
    page = serving.opened(url, process, host=HOST)
    assert page.count('"token":') == 1
    needed = re.findall(r'<(?:script|link)[^>]*(?:src|href)="([^"]*)"', page)
    assert needed
    assert [address for address in needed if "//" in address] == []


def test_only_pages_of_the_named_hosts_talk_to_it(container):
    process, url, _ = container
    page = serving.opened(f"{url}/display", process, host=HOST)

    def status(origin: str, host: str = HOST) -> int:
        return serving.websocket_status(f"{url}/display/ws", page, origin, {"Host": host})

    assert status(f"https://{HOST}") == 101
    assert status("https://other.example:8443", "other.example:8443") == 101
    assert status(f"https://{HOST}.evil.example") == 403
    assert status("http://localhost:8080") == 403
    assert status("http://evil.example", "evil.example") == 403


def test_it_ends_at_once_when_it_is_told_to(container):
    process, url, log = container
    serving.opened(f"{url}/liveness", process)
    start = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=5) == 0
    assert time.monotonic() - start < 5
    text = log.read_text()
    assert "Traceback" not in text
    (ended,) = [
        line for line in map(json.loads, re.findall(r"^{.*}$", text, re.M)) if line["what"] == "ended"
    ]
    assert ended["signal"] == "SIGTERM"
