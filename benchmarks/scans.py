"""A scan of many radii and thresholds over a whole sample, from its file and from its store."""

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from .samples import make_repeated
from .server import MB
from .table import Line

EVENTS = 10_000
POINTS = 50  # radii, and thresholds
REPEATS = 5
PYTHON: Sequence[str] = (sys.executable,)
SAMPLED = 0.05  # s between two readings of the memory

IN_STORE = """
import json, sys, time
from pathlib import Path
import numpy as np
from bye_splits.chain import ChainParameters
from bye_splits.chain.chains import CHAINS
from bye_splits.studies.chunk import Settings
from bye_splits.studies.grid import scan_grid
from bye_splits.studies.store import make_store
file, out, points, repeats = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
chains = [ChainParameters(chain=chain) for chain in CHAINS]
store = make_store([file], out, Settings.covering(chains, []))
radii, thresholds = np.linspace(0.001, 0.05, points), np.linspace(5, 80, points)
seconds = []
for _ in range(repeats + 1):
    start = time.perf_counter()
    for parameters in chains:
        scan_grid(store, parameters, radii, thresholds)
    seconds.append(time.perf_counter() - start)
print(json.dumps(seconds[1:]))
"""


def measure(events: int = EVENTS, points: int = POINTS) -> list[Line]:
    """Measure the command that makes the store and scans it, and the scan of the store alone.

    Parameters
    ----------
    events : of the sample, without pile-up
    points : numbers of radii, and of thresholds

    Notes
    -----
    The memory is that of the process and its workers together, where what they share counts once. What is
    compiled, is compiled before.
    """
    what = f"{events} PU0 photons, {points} radii, {points} thresholds, 2 chains"
    whole = Line(f"scan of {what}: from the file, 2 workers", "s", 15)
    memory = Line("memory of that", "MB", 1000)
    stored = Line("the same from the store", "s", 1)
    with tempfile.TemporaryDirectory(prefix="bye_splits-bench-") as folder:
        few, many = (make_repeated(Path(folder) / f"{n}.root", n) for n in (min(events, 100), events))
        _scan(few, Path(folder) / "few", 2)
        seconds, size = _scan(many, Path(folder) / "many", points)
        whole.process, memory.process = [seconds], [size / MB]
        arguments = [str(many), folder, str(points), str(REPEATS)]
        done = subprocess.run(
            [*PYTHON, "-c", IN_STORE, *arguments], capture_output=True, text=True, check=True
        )
        stored.process = json.loads(done.stdout)
    return [whole, memory, stored]


def _scan(file: Path, out: Path, points: int) -> tuple[float, int]:
    """Time and largest memory of the command line, s and bytes."""
    varied = ["chain=default,coarse_seeding", f"radius=0.001:0.05:{points}", f"seed_threshold=5:80:{points}"]
    options = [part for text in varied for part in ("--vary", text)]
    command = [*PYTHON, "-m", "bye_splits", "study", "scan", str(file), "--out", str(out)]
    start, sizes = time.perf_counter(), [0]
    with subprocess.Popen(
        [*command, "--grid", *options, "--workers", "2"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as running:
        ended = threading.Event()
        watch = threading.Thread(target=_watch, args=(running.pid, ended, sizes))
        watch.start()
        _, errors = running.communicate()
        seconds = time.perf_counter() - start
        ended.set()
        watch.join()
    if running.returncode:
        raise RuntimeError(f"the scan failed: {errors.decode()}")
    return seconds, max(sizes)


def _watch(pid: int, ended: threading.Event, sizes: list[int]) -> None:
    """Append the memory of a process and its children, in bytes, until it has ended."""
    while not ended.wait(SAMPLED):
        try:
            process = psutil.Process(pid)
            family = [process, *process.children(recursive=True)]
            sizes.append(sum(one.memory_full_info().pss for one in family))
        except psutil.Error:
            continue  # one of them has just ended
