"""The page of occupancies of a sample of many trigger cells: making it, and moving in its map."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

import datashader
import numpy as np
import pandas as pd
import psutil

from bye_splits.data import open_source

from .proxy import CountingProxy
from .samples import make_cells
from .server import MB, Server
from .session import MAP_SIZE, Session
from .table import Line

CELLS = 2_000_000
LAYER = 9
MOVES = 60
PER_SECOND = 10  # moves of a hand that pans
OTHERS = 40  # answers of the display's page that are timed beside
WATCHED = 0.1  # s between two readings of the memory
PATIENCE = 3600.0  # s
DONE = "seen at least once"


def views(moves: int = MOVES) -> Iterator[tuple[float, float, float]]:
    """Centre and half side of the map [cm]: panning around the layer at different scales, all different."""
    rng = np.random.default_rng(3)
    half = 120.0
    x = y = 0.0
    for step in range(moves):
        if step % 6 == 5:  # zoom
            half = float(rng.choice([15.0, 30.0, 60.0, 120.0])) * rng.uniform(0.9, 1.1)
        x = float(np.clip(x + rng.normal(0, 0.3 * half), -120, 120))
        y = float(np.clip(y + rng.normal(0, 0.3 * half), -120, 120))
        yield x, y, half


def measure(cells: int = CELLS, moves: int = MOVES) -> list[Line]:
    """Measure a sample of this many trigger cells, in events of 20 000.

    Notes
    -----
    The file repeats a few events: the number of trigger cells counts here, not which ones they are. "plain
    datashader" counts the points of the sample, which it has in memory, on a canvas of the map's size for the
    same views; a page would still have to colour, encode and send that.
    """
    with TemporaryDirectory(prefix="bye_splits-bench-") as folder:
        path, cache = Path(folder) / "many.root", Path(folder) / "cache"
        cache.mkdir()
        made = make_cells(path, cells)
        environment = {"BYE_SPLITS_BACKGROUND": "1", "BYE_SPLITS_CACHE": str(cache)}
        with Server([path], environment) as server:
            server.first_page()
            lines = asyncio.run(_through(server, cache, made, moves))
        return lines + _plain(path, moves)


async def _through(server: Server, cache: Path, cells: int, moves: int) -> list[Line]:
    of = f"occupancy of {cells:.3g} trigger cells"
    build = Line(f"{of}: made in the background, from the file", "s")
    memory = Line(f"{of}: memory of server and background while it is made", "MB")
    disk = Line(f"{of}: files", "MB")
    alone = Line("display, layer change: nothing else", "ms", 60)
    beside_build = Line("display, layer change: while an occupancy is made", "ms", 60)
    beside_pan = Line("display, layer change: while somebody pans in an occupancy", "ms", 60)
    process = server.process()
    async with CountingProxy(server.port) as proxy, Session(proxy, server.url) as other:
        await other.look()
        server.rest()
        alone.server = [answer async for answer in _layers(other)]
        with _Memory(process) as used:
            start = time.perf_counter()
            async with Session(proxy, server.url, f"/occupancy?layer={LAYER}") as page:
                await page.look()
                ready = asyncio.create_task(page.until(lambda: page.says(DONE), PATIENCE))
                while not ready.done():
                    beside_build.server += [answer async for answer in _layers(other, 4)]
                    await asyncio.wait([ready], timeout=0.5)
                await ready
                build.server = [time.perf_counter() - start]
                memory.server = [used.most / MB]
                disk.server = [sum(file.stat().st_size for file in cache.rglob("occupancy-*/*")) / MB]
                server.rest()
                moved, cpu, wire = await _moves(page, process, moves)
                panning = asyncio.create_task(_pan(page))
                beside_pan.server = [answer async for answer in _layers(other)]
                panning.cancel()
                await asyncio.wait([panning])
    return [
        build,
        memory,
        disk,
        Line(f"{of}: pan or zoom", "ms", 50, [], moved),
        Line(f"{of}: pan or zoom, 95 % of them", "ms", 100, [], [float(np.quantile(moved, 0.95))]),
        Line(f"{of}: pan or zoom, CPU of the server each", "ms", 20, [], [cpu]),
        Line(f"{of}: pan or zoom, as travelled", "kB", None, [], wire),
        alone,
        beside_build,
        beside_pan,
    ]


async def _moves(
    page: Session, process: psutil.Process, moves: int
) -> tuple[list[float], float, list[float]]:
    """Time [ms] of each move to its last byte, mean CPU time [ms], bytes [kB] each."""
    for x, y, half in views(3):
        await page.look_at(x, y, half * 1.05)
    before = _cpu(process)
    answers = [await page.look_at(*view) for view in views(moves)]
    cpu = (_cpu(process) - before) / moves
    return [answer.ms for answer in answers], 1e3 * cpu, [answer.wire / 1e3 for answer in answers]


async def _pan(page: Session) -> None:
    while True:
        for x, y, half in views():
            start = time.perf_counter()
            await page.look_at(x + 0.5, y, half)
            await asyncio.sleep(max(0.0, 1 / PER_SECOND - (time.perf_counter() - start)))


async def _layers(page: Session, n: int = OTHERS) -> AsyncIterator[float]:
    """Times [ms] of changes of the display's layer."""
    now = page.attribute("Layer", "value")
    for _ in range(n):
        now = 11 if now == 13 else 13
        yield (await page.set("Layer", now)).ms
        await asyncio.sleep(0.05)


def _cpu(process: psutil.Process) -> float:
    return sum(process.cpu_times()[:2])


class _Memory:
    """The largest memory of a process and its children, in bytes, while it is entered."""

    def __init__(self, process: psutil.Process):
        self.most = 0
        self._process, self._ended = process, Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "_Memory":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(WATCHED):
            try:
                family = [self._process, *self._process.children(recursive=True)]
                self.most = max(self.most, sum(one.memory_full_info().pss for one in family))
            except psutil.Error:
                continue  # one of them has just ended


def _plain(path: Path, moves: int) -> list[Line]:
    """Plain datashader on the same points, of all layers and of one."""
    parts = []
    with open_source(path) as source:
        for batch in source.batches(("layer", "x", "y", "z"), 0, len(source)):
            table = batch.trigger_cells
            parts.append(table.loc[table["z"] > 0, ["layer", "x", "y"]].astype(np.float32))
    points = pd.concat(parts, ignore_index=True)
    lines = []
    for words, some in (("all layers", points), ("one layer", points[points["layer"] == LAYER])):
        line = Line(f"plain datashader, {len(some):.3g} of these points ({words}): pan or zoom", "ms")
        for number, (x, y, half) in enumerate((*views(2), *views(moves))):
            dx, dy = (half * side / min(MAP_SIZE) for side in MAP_SIZE)
            start = time.perf_counter()
            canvas = datashader.Canvas(*MAP_SIZE, (x - dx, x + dx), (y - dy, y + dy))
            canvas.points(some, "x", "y", agg=datashader.count())
            if number > 1:  # the first ones compile
                line.process.append((time.perf_counter() - start) * 1e3)
        lines.append(line)
    return lines
