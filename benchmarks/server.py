"""The server under measurement, in a process of its own."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

MB = 1e6


RESTS = 1.5  # s with next to no work: longer than its threads wait before they start


class Server:
    """`python -m bye_splits serve FILES`, from the start of the process to its end.

    Parameters
    ----------
    files : event files; none for the configuration that is shipped, with the embedded sample
    environment : variables to set for the process

    Attributes
    ----------
    port : int
    started : time.perf_counter() at the start of the process
    """

    def __init__(self, files: Sequence[Path] = (), environment: dict[str, str] | None = None):
        self.port = free_port()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (closed in __exit__)
        command = [sys.executable, "-m", "bye_splits", "serve", *map(str, files), "--port", str(self.port)]
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            command, stdout=self._log, stderr=subprocess.STDOUT, env=os.environ | (environment or {})
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        text = self.log()
        self._log.close()
        if error is not None:
            error.add_note(f"The server said:\n{text}")
        elif "Traceback" in text or "ERROR" in text:
            raise RuntimeError(f"the server reports errors, its figures mean nothing:\n{text}")

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def first_page(self, seconds: float = 120) -> bytes:
        """The display page, asked for until the server answers."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            if self._process.poll() is not None:
                raise RuntimeError(f"the server ended with {self._process.returncode}:\n{self.log()}")
            try:
                with urllib.request.urlopen(f"{self.url}/display", timeout=seconds) as answer:
                    return answer.read()
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.02)
        raise RuntimeError(f"no answer from the server in {seconds} s:\n{self.log()}")

    def rest(self, seconds: float = 60, busy: float = 0.1) -> None:
        """Wait until the server has done what it does by itself, which takes more than `busy` of a core."""
        process, end = psutil.Process(self._process.pid), time.perf_counter() + seconds
        while time.perf_counter() < end:
            before = sum(process.cpu_times()[:2])
            time.sleep(RESTS)
            if sum(process.cpu_times()[:2]) - before < busy * RESTS:
                return
        raise RuntimeError(f"the server is still at work after {seconds} s:\n{self.log()}")

    def memory(self) -> float:
        """Resident memory of the process, MB."""
        return psutil.Process(self._process.pid).memory_info().rss / MB

    def log(self) -> str:
        """What the process has printed so far."""
        handle = self._log.fileno()  # read by position: the process writes at the same file's offset
        return os.pread(handle, os.fstat(handle).st_size, 0).decode(errors="replace")


def free_port() -> int:
    """A port on which nothing listens now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
