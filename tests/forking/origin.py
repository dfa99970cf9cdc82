"""The process from which commands are forked: it imports the program, and calls none of it.

A fork returns from `asked_for` and runs its command at the end of this file, as if Python had been started
with it: it ends as that does, with its `atexit` and its exit code.
"""

import fcntl
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import tempfile
import traceback
import types
import warnings
from contextlib import suppress
from pathlib import Path

IMPORTED = (
    "bye_splits.cli",
    "bye_splits.dashboard.server",
    "bye_splits.dashboard.in_memory",
    "bye_splits.samples",
    "bye_splits.studies",
    "panel.command",
    "awkward",
    "uproot",
)
COMMAND = (sys.executable, "-IS", str(Path(__file__).with_name("command.py")))
MOST_FILES = 20  # that a command may be given
PLACES = {"-c": lambda code: "", "-m": lambda module: str(Path.cwd()), "script": os.path.dirname}


class Origin:
    """Forks for each command that connects, passes on its signals, and tells it how its fork ended."""

    def __init__(self, listener, watched):
        self._listener, self._watched = listener, watched
        self._forks = {}  # process -> connection
        self._woken, self._wake = socket.socketpair()
        self._selector = selectors.DefaultSelector()

    def asked_for(self):
        """Returns in the forks: what the command has sent, and its standard files."""
        for end in (self._woken, self._wake):
            end.setblocking(False)
        signal.set_wakeup_fd(self._wake.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for file in (self._listener, self._watched, self._woken):
            self._selector.register(file, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _ in self._selector.select()}
            if self._watched in ready:  # what runs the tests has ended
                self._end()
            for process, connection in self._forks.items():
                if connection in ready:
                    self._pass_on(process, connection)
            if self._woken in ready:
                self._woken.recv(1000)
                self._report()
            if self._listener in ready and (asked := self._forked()):
                return asked

    def _end(self):
        for process in self._forks:
            os.kill(process, signal.SIGKILL)
        os._exit(0)

    def _pass_on(self, process, connection):
        signals = connection.recv(100)  # none of a command that was killed
        for number in signals or [signal.SIGKILL]:
            os.kill(process, number)
        if not signals:
            self._selector.unregister(connection)

    def _report(self):
        while self._forks:
            process, status = os.waitpid(-1, os.WNOHANG)
            if not process:
                return
            with self._forks.pop(process) as connection:
                if connection in self._selector.get_map():
                    self._selector.unregister(connection)
                    with suppress(BrokenPipeError):  # it has just been killed
                        connection.sendall(status.to_bytes(4, "big"))

    def _forked(self):
        connection = self._listener.accept()[0]
        size, files, _, _ = socket.recv_fds(connection, 4, MOST_FILES)
        if not size:  # a command that was killed at once
            connection.close()
            return None
        with connection.makefile("rb") as sent:
            asked = json.loads(sent.read(int.from_bytes(size, "big")))
        with warnings.catch_warnings(
            action="ignore"
        ):  # Python's, that there are threads: numpy's, which wait
            process = os.fork()
        if process:
            for file in files:
                os.close(file)
            self._forks[process] = connection
            self._selector.register(connection, selectors.EVENT_READ)
            return None
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._selector.close()
        os.close(self._watched)
        for one in (self._listener, self._woken, self._wake, connection, *self._forks.values()):
            one.close()
        return *asked, files


def become(unbuffered, kind, arguments, own, files):
    """Have what the command has: its files, environment, folder and arguments."""
    above = max(own["files"]) + 1  # the numbers that they have here and are to have may overlap
    moved = [fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, above) for file in files]
    for file in files:
        os.close(file)
    for number, file in zip(own["files"], moved, strict=True):
        if number > 2 and os.path.lexists(f"/proc/self/fd/{number}"):
            raise OSError(f"a file was to be number {number}, found another one of the fork's")
        os.dup2(file, number)
        os.close(file)
    sys.stdout.reconfigure(line_buffering=unbuffered or sys.stdout.isatty())
    os.environ.clear()
    os.environ.update(own["environment"])
    os.chdir(own["folder"])
    tempfile.tempdir = None
    sys.path[0] = PLACES[kind](arguments[0])
    sys.argv[:] = arguments if kind == "script" else [kind, *arguments[1:]]
    sys.orig_argv[:] = own["all"]


def main():
    listener = socket.socket(fileno=int(sys.argv[1]))
    watched = os.pidfd_open(int(os.environ["FORKING_WHILE"]))
    try:
        for name in IMPORTED:
            importlib.import_module(name)
    except BaseException:
        Path(sys.argv[2], "log").write_text(traceback.format_exc())
        raise
    sys.modules["bye_splits.studies.processes"].PYTHON = COMMAND  # those of forks are forks too
    gc.collect()
    gc.freeze()
    unbuffered, kind, arguments, own, files = Origin(listener, watched).asked_for()
    become(unbuffered, kind, arguments, own, files)
    module = sys.modules["__main__"] = types.ModuleType("__main__")
    if kind == "-m":
        runpy._run_module_as_main(arguments[0])
    elif kind == "-c":
        exec(arguments[0], module.__dict__)
    else:
        module.__file__ = arguments[0]
        exec(compile(Path(arguments[0]).read_bytes(), arguments[0], "exec"), module.__dict__)


if __name__ == "__main__":
    main()
