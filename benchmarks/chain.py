"""The stage-2 chain alone, from arrays to arrays, without files or pages."""

import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from bye_splits.chain import ChainParameters, run, run_many
from bye_splits.data import open_source

from .table import Line

EVENTS = 30
BATCH = 1000
SEEDS = 100
RADII = (0.010, 0.015, 0.020, 0.025)
DEFAULT, COARSE, XY = (ChainParameters(chain=name) for name in ("default", "coarse_seeding", "xy"))
REPEATS = 20

COLD = """
import json, sys, time
from bye_splits.chain import run
from bye_splits.data import open_source
cells = open_source(sys.argv[1]).event_at(0).trigger_cells
start = time.perf_counter()
run(cells)
first = time.perf_counter() - start
start = time.perf_counter()
run(cells)
print(json.dumps([first, time.perf_counter() - start]))
"""


def measure(files: dict[str, Path]) -> list[Line]:
    """Measure the chain on showers without pile-up and on events of 60 000 trigger cells.

    Parameters
    ----------
    files : contains photons_PU0 and busy60, from `samples.make`

    Notes
    -----
    Functions are compiled before timing starts; the line "cold" is the time of a first call that includes
    compilation with an empty cache.
    """
    with open_source(files["photons_PU0"]) as source:
        showers = [source.event_at(entry).trigger_cells for entry in range(EVENTS)]
        (batch,) = source.batches(stop=BATCH, cells=10**9)
    with open_source(files["busy60"]) as source:
        busy = [source.event_at(entry).trigger_cells for entry in range(min(len(source), 5))]
    energies = [run(cells).seeds.energy.to_numpy() for cells in busy]
    fewer = DEFAULT.changed(seed_threshold=round(float(np.mean([np.sort(e)[-SEEDS] for e in energies]))))
    seeds = round(np.mean([len(energy) for energy in energies]))
    n = len(batch.entries)
    few = pd.concat(showers, ignore_index=True)
    of_event = np.repeat(np.arange(EVENTS), [len(cells) for cells in showers])

    def all_radii() -> None:
        for radius, parameters in itertools.product(RADII, (DEFAULT, COARSE)):
            run_many(few, of_event, parameters.changed(radius=radius), EVENTS)

    rate = Line(f"default chain, {n} PU0 events in one batch", "events/s", 3000, at_least=True)
    rate.process = [
        n / (ms * 1e-3)
        for ms in _timed(lambda: run_many(batch.trigger_cells, batch.event, DEFAULT, n), REPEATS // 2 + 1)
    ]
    return [
        Line("default chain, PU0 event", "ms", 1.5, _each(showers, DEFAULT)),
        Line(
            f"default chain, 60 000 TCs, some {SEEDS} seeds above {fewer.seed_threshold:g} mipT",
            "ms",
            25,
            _each(busy, fewer),
        ),
        Line(
            f"default chain, 60 000 TCs, {seeds} seeds above {DEFAULT.seed_threshold:g} mipT",
            "ms",
            25,
            _each(busy, DEFAULT),
        ),
        Line("coarse seeding, PU0 event", "ms", 4, _each(showers, COARSE)),
        Line("coarse seeding, 60 000 TCs", "ms", None, _each(busy, COARSE)),
        Line("seeding in (x/z, y/z), PU0 event", "ms", 3, _each(showers, XY)),
        Line("shapes of clusters, PU0 event", "ms", 0.3, [_shapes(cells) for cells in showers]),
        Line(
            f"{EVENTS} PU0 events, {len(RADII)} radii, 2 chains",
            "s",
            0.3,
            [ms * 1e-3 for ms in _timed(all_radii, REPEATS)],
        ),
        rate,
        Line("default chain, PU0 event, cold: compiled first", "ms", None, [_cold(files["photons_PU0"])]),
    ]


def _each(events: list[pd.DataFrame], parameters: ChainParameters) -> list[float]:
    """Median time for each event, ms."""
    return [float(np.median(_timed(lambda cells=cells: run(cells, parameters), REPEATS))) for cells in events]


def _shapes(cells: pd.DataFrame) -> float:
    """Median time for the shapes of the clusters that have been found, ms."""
    times = []
    for _ in range(REPEATS + 1):  # the first one compiles
        result = run(cells)
        start = time.perf_counter()
        _ = result.shapes
        times.append((time.perf_counter() - start) * 1e3)
    return float(np.median(times[1:]))


def _timed(act: Callable[[], object], repeats: int) -> list[float]:
    """Times in ms, without the first call."""
    act()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        act()
        times.append((time.perf_counter() - start) * 1e3)
    return times


def _cold(file: Path) -> float:
    """Time of the first call in a process without compiled functions, ms."""
    with tempfile.TemporaryDirectory(prefix="bye_splits-bench-") as folder:
        done = subprocess.run(
            [sys.executable, "-c", COLD, str(file)],
            env=os.environ | {"NUMBA_CACHE_DIR": folder},
            capture_output=True,
            text=True,
            check=True,
        )
    return json.loads(done.stdout)[0] * 1e3
