"""Programs of the documentation as processes that share what takes long: the imports.

Run by itself, this is a process that has imported the program and forks once for each line that comes on its
standard input, so that twenty servers cost little more than one. What runs in the fork is what the installed
command runs: its `main`, with these arguments.
"""

import contextlib
import json
import os
import runpy
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

PATIENCE = 60.0  # s


class Started:
    """A program that runs.

    Parameters
    ----------
    spawner : the process that has started it
    log : what it says
    """

    def __init__(self, spawner: "Spawner", pid: int, log: Path) -> None:
        self._spawner, self.pid, self._log = spawner, pid, log
        self.returncode: int | None = None

    def said(self) -> str:
        return self._log.read_text(errors="replace")

    def poll(self) -> int | None:
        """Exit code; None while it runs."""
        if self.returncode is None:
            self.returncode = self._spawner.ask({"poll": self.pid})
        return self.returncode

    def communicate(self) -> tuple[str, None]:
        """What it said, in the place of `Popen.communicate`."""
        return self.said(), None

    def ended(self, how: int = signal.SIGTERM) -> int:
        """Exit code once it has been told to end; AssertionError if it does not."""
        if self.poll() is None:
            os.kill(self.pid, how)
        end = time.monotonic() + PATIENCE
        while self.poll() is None:
            if time.monotonic() > end:
                os.kill(self.pid, signal.SIGKILL)
                raise AssertionError(f"it does not end; it said: {self.said()}")
            time.sleep(0.02)
        return self.returncode


class Spawner:
    """Starts programs in a folder; a context that ends with none of them left."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self._folder, self._environment, self._started = folder, environment, []

    def __enter__(self) -> "Spawner":
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=self._folder,
            env=os.environ | self._environment,
        )
        return self

    def __exit__(self, *error) -> None:
        for one in self._started:
            if one.poll() is None:
                os.kill(one.pid, signal.SIGKILL)
        self._process.communicate()

    def ask(self, line: Mapping[str, object]) -> int | None:
        self._process.stdin.write(json.dumps(line) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def start(self, words: Sequence[str], **environment: str) -> Started:
        """Start a command line, or with ("python", "-c", TEXT) a piece of Python."""
        log = self._folder / f"log{len(self._started)}.txt"
        pid = self.ask({"words": list(words), "log": str(log), "environment": environment})
        self._started.append(Started(self, pid, log))
        return self._started[-1]


def _run(words: list[str]) -> int | None:
    name, *arguments = words
    sys.argv = words
    if name == "bye-splits":
        from bye_splits import cli

        return cli.main(arguments)
    if name == "panel":
        from panel.command import main

        return main()
    if arguments[0] == "-c":
        exec(compile(arguments[1], "<documentation>", "exec"), {"__name__": "__main__"})
    else:
        sys.argv = arguments
        runpy.run_path(arguments[0], run_name="__main__")
    return 0


def _forked(words: list[str], log: str, environment: dict[str, str]) -> int:
    if pid := os.fork():
        return pid
    code: object = 1
    try:
        os.environ.update(environment)
        output = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        for descriptor in (1, 2):
            os.dup2(output, descriptor)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.stdout = os.fdopen(1, "w", buffering=1)  # the old one answers the tests
        code = _run(words)
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
        os._exit(code if isinstance(code, int) else int(code is not None))
    raise AssertionError("not reached")


def main() -> None:
    """Fork once for each line."""
    import panel.command  # noqa: F401 (here they are imported for all)

    import bye_splits.cli
    import bye_splits.dashboard
    import bye_splits.dashboard.routing  # noqa: F401

    for line in sys.stdin:
        asked = json.loads(line)
        if "poll" in asked:
            pid, status = os.waitpid(asked["poll"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if pid else None
        else:
            answer = _forked(**asked)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
