"""Programs of the documentation in a folder of files, and what they say.

They are forks of a process that has imported the program, see tests/forking: twenty servers cost little more
than one.
"""

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from forking import PYTHON

PATIENCE = 60.0  # s
PROGRAMS = {"bye-splits": ("-m", "bye_splits"), "panel": ("-m", "panel"), "python": ()}
"""Arguments of Python in the place of each program."""


class Started(subprocess.Popen):
    """A program that runs.

    Parameters
    ----------
    words : its command line
    log : what it says
    """

    def __init__(self, words: Sequence[str], log: Path, folder: Path, environment: dict[str, str]) -> None:
        self._log = log
        program, *arguments = words
        with log.open("wb") as output:
            super().__init__(
                [*PYTHON, *PROGRAMS[program], *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=os.environ | environment,
            )

    def said(self) -> str:
        return self._log.read_text(errors="replace")

    def ended(self, how: int = signal.SIGTERM) -> int:
        """Exit code once it has been told to end; TimeoutExpired if it does not."""
        self.send_signal(how)
        return self.wait(PATIENCE)


class Spawner:
    """Starts programs in a folder; a context that ends with none of them left."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self._folder, self._environment, self._started = folder, environment, []

    def __enter__(self) -> "Spawner":
        return self

    def __exit__(self, *error: object) -> None:
        for one in self._started:
            one.kill()
            one.wait(PATIENCE)

    def start(self, words: Sequence[str], **environment: str) -> Started:
        """Start a command line."""
        log = self._folder / f"log{len(self._started)}.txt"
        self._started.append(Started(words, log, self._folder, self._environment | environment))
        return self._started[-1]
