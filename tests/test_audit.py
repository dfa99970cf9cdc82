"""`tools/audit` to its end, against a database of vulnerabilities on this machine that speaks OSV's API."""

import json
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOT_HERE = re.compile(r"No matching distribution|Could not find a version|Connection|Temporary failure")


class Database(BaseHTTPRequestHandler):
    def do_POST(self):
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = query["package"]["name"]
        self.server.asked[name] = query["version"]
        found = self.server.vulnerable.get(name)
        answer = {"vulns": [found]} if found else {}
        self.send_response(500 if name in self.server.broken else 200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_):
        pass


def vulnerability(name):
    fixed = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.1"}]}
    affected = [{"package": {"name": name, "ecosystem": "PyPI"}, "ranges": [fixed]}]
    return {"id": f"MADE-UP-{name}", "summary": "Made up.", "affected": affected}


@pytest.fixture
def database():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Database)
    server.asked, server.vulnerable, server.broken = {}, {}, set()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture(scope="module")
def venv(tmp_path_factory):
    return tmp_path_factory.mktemp("audit") / "venv"


@pytest.fixture
def audit(database, monkeypatch, tmp_path, venv):
    monkeypatch.setenv("PYTHON", sys.executable)
    monkeypatch.setenv("AUDIT_VENV", str(venv))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # answers are kept there

    def run():
        url = f"http://127.0.0.1:{database.server_port}/v1/query"
        command = [ROOT / "tools" / "audit", "--vulnerability-service", "osv", "--osv-url", url]
        made = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if "requirements.txt:" not in made.stdout and NOT_HERE.search(made.stderr):
            pytest.skip(f"pip-audit cannot be installed here: {made.stderr.splitlines()[-1]}")
        return made.returncode, made.stdout + made.stderr

    return run


def pins():
    """Version of each pinned package."""
    lines = [(ROOT / name).read_text() for name in ("requirements.txt", "requirements-dev.txt")]
    return dict(re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==([^\s;\\]+)", "\n".join(lines), re.MULTILINE))


def test_every_pinned_package_is_asked_for_and_none_is_vulnerable(audit, database):
    code, said = audit()
    assert (code, said.count("No known vulnerabilities found")) == (0, 2), said
    known = {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in pins().items()}
    assert len(known) > 60
    assert database.asked == known


def test_a_vulnerable_package_is_named_and_the_other_list_is_asked_for_all_the_same(audit, database):
    database.vulnerable = {"tornado": vulnerability("tornado")}
    database.broken = {"mypy"}  # of the second list
    code, said = audit()
    assert code == 1
    version = re.escape(database.asked["tornado"])
    assert re.search(rf"^tornado\s+{version}\s+MADE-UP-tornado\s+99\.1", said, re.MULTILINE), said
    assert "mypy" in database.asked
    assert "No known vulnerabilities found" not in said
    assert "500 Server Error" in said
