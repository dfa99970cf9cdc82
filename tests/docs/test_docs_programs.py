"""Commands of the documentation that need more than a call: a terminal, a scheduler, an installation."""

import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from doc_pages import ROOT
from doc_runs import of_runner, ported, smaller
from forking import PYTHON

from benchmarks.server import free_port
from bye_splits import cli
from bye_splits.dashboard.gate.users import Users

pytest_plugins = ["doc_files"]
PROGRAMS = Path(sys.executable).parent
OFFLINE = ["--dry-run", "--no-index", "--no-build-isolation", "--quiet"]
"""What is added to `pip install`: all requirements are here, nothing is fetched and nothing changed."""


def answered(terminal, question, seconds=60):
    """What a program has written to its terminal, up to a question."""
    text, end = "", time.monotonic() + seconds
    while question not in text:
        assert time.monotonic() < end, text
        if select.select([terminal], [], [], 0.1)[0]:
            text += os.read(terminal, 1000).decode()
    return text


def test_a_user_by_a_password_that_is_typed(tmp_path):
    (words,) = of_runner("password")
    terminal, of_program = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bye_splits", *words[1:]],
        stdin=of_program,
        stdout=of_program,
        stderr=of_program,
        start_new_session=True,  # so that it has no other terminal to ask at
        cwd=tmp_path,
    )
    os.close(of_program)
    try:
        answered(terminal, "Password of ada: ")
        os.write(terminal, b"secret\n")
        answered(terminal, "Again: ")
        os.write(terminal, b"secret\n")
        said = answered(terminal, "added in users.txt")
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()
        os.close(terminal)
    assert "secret" not in said
    known = "Basic YWRhOnNlY3JldA=="  # ada:secret
    assert Users.read(str(tmp_path / "users.txt")).verify(known)


def test_the_report(files, monkeypatch):
    """Of samples without pile-up, one of which has a single shower."""
    monkeypatch.chdir(files)
    monkeypatch.setattr("bye_splits.studies.processes.PYTHON", PYTHON)
    (words,) = of_runner("report")
    assert cli.main(smaller(words[1:])) == 0
    html = (files / "report.html").read_text("utf-8")
    assert html.count("<h2") > 5
    assert "photons" in html


def test_a_scheduler_of_ones_own(files, monkeypatch, tmp_path):
    pytest.importorskip("distributed", reason="studies on a scheduler need the extra `cluster`")
    monkeypatch.chdir(files)
    port = free_port()
    started = []
    lines = [[ported(word.replace("//host:", "//127.0.0.1:"), {"8786": port}) for word in words]
             for words in of_runner("dask")]  # fmt: skip
    try:
        for words in lines:
            if words[0] == "dask":
                log = (tmp_path / f"{words[1]}.txt").open("w")
                with log:
                    command = [PROGRAMS / words[0], *words[1:]]
                    started.append(subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log))
            else:
                end = time.monotonic() + 60
                while "Registered to" not in (tmp_path / "worker.txt").read_text():
                    assert time.monotonic() < end, (tmp_path / "worker.txt").read_text()
                    time.sleep(0.1)
                assert cli.main(words[1:]) == 0
        assert len(started) == 2
        assert [one.poll() for one in started] == [None, None]
    finally:
        for one in reversed(started):
            one.send_signal(signal.SIGINT)
            one.wait(timeout=60)


@pytest.mark.parametrize("words", of_runner("pip"), ids=" ".join)
def test_what_is_installed_is_what_is_needed(words):
    """`pip` finds everything here, offline."""
    pytest.importorskip("pip")
    done = subprocess.run(
        [sys.executable, "-m", *words, *OFFLINE], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not shutil.which("make"), reason="no make")
@pytest.mark.parametrize(
    "words", [words for words in of_runner("elsewhere") if words[0] == "make"], ids=" ".join
)
def test_make_says_what_it_would_do(words):
    done = subprocess.run([*words, "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout
