"""The server under measurement, in a separate process."""

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
RESTS = 4.0  # s of idling required, longer than the delays of its background threads


class Server:
    """`python -m bye_splits serve FILES`, from the start of the process to its end.

    Parameters
    ----------
    files : event files; none for the shipped configuration with the embedded sample
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
            error.add_note(f"Output of the server:\n{text}")
        elif "Traceback" in text or "ERROR" in text:
            raise RuntimeError(f"the server reports errors, its figures are invalid:\n{text}")

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def first_page(self, seconds: float = 120) -> bytes:
        """The display page, requested until the server responds."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            if self._process.poll() is not None:
                raise RuntimeError(f"the server exited with code {self._process.returncode}:\n{self.log()}")
            try:
                with urllib.request.urlopen(f"{self.url}/display", timeout=seconds) as answer:
                    return answer.read()
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.02)
        raise RuntimeError(f"no response from the server in {seconds} s:\n{self.log()}")

    def healthy(self, seconds: float = 60) -> None:
        """Wait for the answer of `/healthz`."""
        with urllib.request.urlopen(f"{self.url}/healthz", timeout=seconds) as answer:
            answer.read()

    def rest(self, seconds: float = 60, busy: float = 0.1, quiet: float = RESTS) -> None:
        """Wait until, for `quiet` seconds, the server uses less than the fraction `busy` of a core."""
        process, end = psutil.Process(self._process.pid), time.perf_counter() + seconds
        while time.perf_counter() < end:
            before = sum(process.cpu_times()[:2])
            time.sleep(quiet)
            if sum(process.cpu_times()[:2]) - before < busy * quiet:
                return
        raise RuntimeError(f"the server is still busy after {seconds} s:\n{self.log()}")

    def wait_until_prepared(self, pages: int, seconds: float = 300) -> None:
        """Wait until the server has prepared a number of pages."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            with urllib.request.urlopen(f"{self.url}/metrics", timeout=seconds) as answer:
                metrics = answer.read().decode()
            if f"\nbye_splits_prepared_pages {float(pages)}\n" in metrics:
                return
            time.sleep(0.5)
        raise RuntimeError(f"{pages} pages were not prepared in {seconds} s:\n{self.log()}")

    def process(self) -> psutil.Process:
        """The process."""
        return psutil.Process(self._process.pid)

    def memory(self) -> float:
        """Resident memory of the process, MB."""
        return psutil.Process(self._process.pid).memory_info().rss / MB

    def log(self) -> str:
        """Output of the process so far."""
        handle = self._log.fileno()  # read by position: the process shares and uses the file offset
        return os.pread(handle, os.fstat(handle).st_size, 0).decode(errors="replace")


def free_port() -> int:
    """A currently unused port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
