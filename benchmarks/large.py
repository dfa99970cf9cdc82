"""A file of 100 000 events compared with one of 1 000: opening it and showing its events."""

import asyncio
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from .proxy import CountingProxy
from .samples import LARGE, make_large
from .server import MB, Server
from .session import Session
from .table import Line

READS = 12
STARTS = 5
OPEN = """
import json, sys, time, psutil, numpy, pandas, pyarrow, uproot, awkward
from bye_splits.data import open_source
memory = psutil.Process().memory_info
before = memory().rss
start = time.perf_counter()
source = open_source(sys.argv[1])
opened = time.perf_counter() - start
reads, n = [], int(sys.argv[2])
for number in numpy.random.default_rng(5).permutation(source.event_numbers)[:n]:
    start = time.perf_counter()
    source.event(int(number))
    reads.append(time.perf_counter() - start)
print(json.dumps([opened, reads, memory().rss - before]))
"""


def measure() -> list[Line]:
    """Measure two lines for each kind of work: a file of 1 000 events, and one of 100 000 events.

    The target of the second is twice the median time of the first, or 100 MB more.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = make_large(Path(folder))
        columns = [_measured(files[name], LARGE[name]) for name in LARGE]
    lines = []
    for small, large in zip(*columns, strict=True):
        reference = sorted(small.process or small.server)
        middle = reference[len(reference) // 2]
        large.target = round(middle + 100) if large.unit == "MB" else round(2 * middle, 1)
        lines += [small, large]
    return lines


def _measured(file: Path, events: int) -> list[Line]:
    words = f"{events:,}".replace(",", " ") + " events"
    opening = Line(f"open a file of {words} and read any one", "ms")
    memory = Line(f"memory of that and {READS - 1} more, file of {words}", "MB")
    for _ in range(STARTS):
        command = [sys.executable, "-c", OPEN, str(file), str(READS)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        opened, reads, size = json.loads(done.stdout)
        opening.process.append((opened + reads[0]) * 1e3)
        memory.process.append(size / MB)
    page = Line(f"opening the page, file of {words}", "ms")
    shown = Line(f"show any event of {words}", "ms")
    resident = Line(f"resident memory of the server, file of {words}", "MB")
    with Server([file]) as server:
        server.first_page()
        asyncio.run(_show(server, events, page, shown))
        resident.server = [server.memory()]
    return [opening, memory, page, shown, resident]


async def _show(server: Server, events: int, page: Line, shown: Line) -> None:
    async with CountingProxy(server.port) as proxy, Session(proxy, server.url) as session:
        page.server = [session.opened.ms]
        await session.look()
        for step in range(READS):
            answer = await session.set("Event", str(2 + step * (events // READS)))
            shown.server.append(answer.ms)
