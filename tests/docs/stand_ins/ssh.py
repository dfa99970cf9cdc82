"""Stands for OpenSSH's client: takes the options that the documentation uses, and forwards the ports.

Simulated: the machines, which are addresses of this one (`MACHINES`, JSON by name; `HERE` is where the
command is given), and the way to them, which is neither encrypted nor asks who it is. Each has ports of its
own, as a real one has: port 5006 may be taken on one and free on the next. Without -N, a shell of the other
machine reads its commands from standard input.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from relay import Relay

FAILED = 255  # as ssh ends


def address_of(destination: str) -> str:
    """Address of the machine in `USER@MACHINE`."""
    machines = json.loads(os.environ["MACHINES"])
    user, _, machine = destination.rpartition("@")
    if not user or machine not in machines:
        raise SystemExit(f"ssh: {destination}: expected USER@ and one of {', '.join(machines)}")
    return machines[machine]


def main() -> int:
    """Forward until the command or the shell is ended."""
    parser = argparse.ArgumentParser("ssh", allow_abbrev=False)
    parser.add_argument("-N", action="store_true", help="forward ports only")
    parser.add_argument("-L", action="append", default=[], metavar="PORT:HOST:PORT")
    parser.add_argument("-J", metavar="USER@MACHINE", help="the way leads through this one")
    parser.add_argument("destination")
    options = parser.parse_args()
    here, there = os.environ["HERE"], address_of(options.destination)
    fast = {"bits_per_second": 1e9, "delay": 0.0}
    with ExitStack() as ways:
        for forward in options.L:
            port, host, target = forward.split(":")
            if host != "localhost":  # as seen from the other machine
                raise SystemExit(f"ssh: -L {forward}: no machine {host}")
            nearest, number = there, int(target)
            if options.J:
                nearest = address_of(options.J)
                number = ways.enter_context(Relay(number, listens=nearest, to=there, **fast)).port
            try:
                ways.enter_context(Relay(number, port=int(port), listens=here, to=nearest, **fast))
            except OSError as error:
                print(f"ssh: -L {forward}: {error}", file=sys.stderr)
                return FAILED
        if options.N:
            signal.sigwait({signal.SIGTERM, signal.SIGINT})
            return FAILED
        return subprocess.run(["sh"], env=os.environ | {"HERE": there}, check=False).returncode


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})  # for sigwait
    sys.exit(main())
