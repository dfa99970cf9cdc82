"""Start-up: loading the geometry, starting the server; and reading an event."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bye_splits.data import open_source
from bye_splits.samples import embedded

from .proxy import CountingProxy
from .server import MB, Server
from .session import Session
from .table import Line

STARTS = 3
GEOMETRY = """
import json, sys, time, psutil, numpy, pandas, pyarrow, pyarrow.parquet, uproot
from bye_splits.geometry import Geometry
path = sys.argv[1]
memory = psutil.Process().memory_info
before = memory().rss
times = []
for _ in range(1 if path else 2):
    start = time.perf_counter()
    geometry = Geometry.from_root(path) if path else Geometry.v11()
    len(geometry.trigger_cells), geometry.radii, geometry.find(1, 0, 3, 0, 0)
    times.append(time.perf_counter() - start)
print(json.dumps([times[0], times[-1], memory().rss - before]))
"""


def measure_geometry(file: Path) -> list[Line]:
    """Measure the computed geometry, and that of the CMSSW file `file`, without and with its cached table."""
    computed = Line("geometry: computed", "s", 2)
    again = Line("geometry: computed, asked for again", "s", 0.2)
    memory = Line("geometry: memory", "MB", 150)
    cold = Line("geometry: from a CMSSW file, cold", "s", 2)
    kept = Line("geometry: from a CMSSW file, cached", "s", 0.2)
    memory_cold = Line("geometry: from a CMSSW file, cold, memory", "MB", 150)
    memory_kept = Line("geometry: from a CMSSW file, cached, memory", "MB", 150)
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(STARTS):
            first, second, size = _geometry("", folder)
            computed.process.append(first)
            again.process.append(second)
            memory.process.append(size)
        for number in range(STARTS):
            own = Path(folder) / str(number)
            own.mkdir()
            first, _, size = _geometry(str(file), str(own))
            cold.process.append(first)
            memory_cold.process.append(size)
            first, _, size = _geometry(str(file), str(own))
            kept.process.append(first)
            memory_kept.process.append(size)
    return [computed, again, memory, cold, memory_cold, kept, memory_kept]


def _geometry(path: str, cache: str) -> tuple[float, float, float]:
    """First and second load in a new process [s], memory [MB]."""
    done = subprocess.run(
        [sys.executable, "-c", GEOMETRY, path],
        env=os.environ | {"BYE_SPLITS_CACHE": cache},
        capture_output=True,
        text=True,
        check=True,
    )
    first, second, size = json.loads(done.stdout)
    return first, second, size / MB


def measure_server() -> list[Line]:
    """Measure from the start of the process; the embedded sample is created before."""
    embedded.paths()
    page = Line("server start to the first page", "s", 5)
    raster = Line("server start to the first raster of the browser's size", "s")
    memory = Line("resident memory after the first page", "MB", 600)
    for _ in range(STARTS):
        with Server() as server:
            server.first_page()
            page.server.append(time.perf_counter() - server.started)
            asyncio.run(_first_raster(server))
            raster.server.append(time.perf_counter() - server.started)
            memory.server.append(server.memory())
    return [page, raster, memory]


async def _first_raster(server: Server) -> None:
    async with CountingProxy(server.port) as proxy, Session(proxy, server.url) as session:
        await session.look()


def measure_reading(files: dict[str, Path]) -> list[Line]:
    """Measure opening a file and reading one event from a source that has read no other."""
    lines = []
    for name, words in (("photons_PU0", "PU0"), ("busy20", "20 000 TCs"), ("busy60", "60 000 TCs")):
        opening, cold = Line(f"open a file, {words}", "ms"), Line(f"read an event, {words}", "ms")
        for _ in range(5):
            start = time.perf_counter()
            with open_source(files[name]) as source:
                opened = time.perf_counter()
                source.event_at(6)
                cold.process.append((time.perf_counter() - opened) * 1e3)
                opening.process.append((opened - start) * 1e3)
        lines += [opening, cold]
    return lines
