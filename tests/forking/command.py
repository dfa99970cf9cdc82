"""A command of Python in a fork of the process with the program imported: arguments as those of `python`.

Itself it imports little: it starts that process if there is none, gives it what the command needs, passes
on signals, and ends as the fork has ended.
"""

import fcntl
import json
import os
import signal
import socket
import sys

PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
READ_AT_START = ("PYTHON", "LANG", "LC_", "LD_", "NUMBA_", "OMP_", "OPENBLAS_", "BOKEH_", "PANEL_", "DASK_")


def read_at_start(environment):
    """The variables that Python or a library may read as it starts."""
    return {name: value for name, value in environment.items() if name.startswith(READ_AT_START)}


def program(arguments):
    """Whether its output is unbuffered, the kind of program and its arguments; None with other options."""
    unbuffered = arguments[:1] == ["-u"]
    kind, *rest = arguments[unbuffered:] or ["-"]
    if kind in ("-m", "-c"):
        return unbuffered, kind, rest
    return None if kind.startswith("-") else (unbuffered, "script", [kind, *rest])


def passed():
    """The further open files that this process was given; from now on no other process is."""
    given = []
    for number in map(int, os.listdir("/proc/self/fd")):
        try:
            if number > 2 and os.get_inheritable(number):
                os.set_inheritable(number, False)
                given.append(number)
        except OSError:  # the folder's own
            continue
    return given


def connected(folder, environment):
    """A connection to the process of the folder; what connects while it imports waits for that."""
    address = os.path.join(folder, "socket")
    connection = socket.socket(socket.AF_UNIX)
    with open(os.path.join(folder, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.lexists(address):
            start(folder, address, environment)
    connection.connect(address)
    return connection


def start(folder, address, environment):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(100)
        listener.set_inheritable(True)
        if os.fork() == 0:
            os.setsid()
            ends = os.pipe()  # not a file: what Python finds out of its standard files holds for all kinds
            for standard in range(3):
                os.dup2(ends[standard > 0], standard)
            origin = os.path.join(os.path.dirname(__file__), "origin.py")
            os.execve(sys.executable, [sys.executable, origin, str(listener.fileno()), folder], environment)


def said(folder):
    """What went wrong in the process of the folder."""
    log = os.path.join(folder, "log")
    if not os.path.lexists(log):
        return "it said nothing"
    with open(log) as file:
        return f"it said: {file.read()}"


def main():
    arguments, folder = sys.argv[1:], os.environ.get("FORKING_FOLDER")
    if not folder or (asked := program(arguments)) is None:
        os.execv(sys.executable, [sys.executable, *arguments])
    with open(os.path.join(folder, "environment")) as file:
        environment = json.load(file)
    if read_at_start(environment) != read_at_start(os.environ):
        os.execv(sys.executable, [sys.executable, *arguments])
    files = passed()
    with connected(folder, environment) as connection:
        for number in PASSED_ON:
            signal.signal(number, lambda number, frame: connection.send(bytes([number])))
        own = {"environment": dict(os.environ), "folder": os.getcwd(), "all": [sys.executable, *arguments]}
        own["files"] = [0, 1, 2, *files]
        text = json.dumps([*asked, own]).encode()
        socket.send_fds(connection, [len(text).to_bytes(4, "big")], own["files"])
        connection.sendall(text)
        status = connection.recv(4)
    if not status:
        sys.exit(f"expected a fork's end, found that of the process from which it is; {said(folder)}")
    code = os.waitstatus_to_exitcode(int.from_bytes(status, "big"))
    if code < 0:
        if -code in PASSED_ON:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.exit(code)


if __name__ == "__main__":
    main()
