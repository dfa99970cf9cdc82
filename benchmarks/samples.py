"""The event files to measure: showers without pile-up, events of 20 000 and 60 000 trigger cells."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from bye_splits.geometry import Geometry
from bye_splits.samples import deposits, simulation, toy, transport, writing
from bye_splits.samples import events as event_tables
from bye_splits.samples import pileup as soft
from bye_splits.samples.absorber import absorber_of

from .geometries import turned

SEED = 11
PU0_EVENTS = 1000
BUSY = {"busy20": (1, 20_000), "busy60": (3, 60_000)}
"""By file name: number of overlaid PU200 crossings, and of trigger cells kept of each event."""

BUSY_EVENTS = 16
DIFFERENT = 10  # events of `make_cells`
LARGE = {"repeated1k": 1_000, "repeated100k": 100_000}


def make(folder: Path, pu0_events: int = PU0_EVENTS, busy_events: int = BUSY_EVENTS) -> dict[str, Path]:
    """Write photons_PU0, busy20, busy60 and geometry, one of CMSSW's geometry files, into a folder.

    Returns
    -------
    files by name
    """
    photons, geometry = toy.write_toy(folder, "photons", 0, pu0_events, SEED)
    return {"photons_PU0": photons, "geometry": geometry} | make_busy(folder, busy_events)


def make_other(folder: Path, pu0_events: int = PU0_EVENTS, busy_events: int = BUSY_EVENTS) -> dict[str, Path]:
    """Write turned_PU0 and turned_busy20: the same for a detector of 47 layers, see `geometries`.

    Returns
    -------
    files by name
    """
    geometry, path = turned(), folder / "turned_PU0.root"
    toy.write_sample(path, "photons", 0, pu0_events, SEED, None, geometry)
    busy = {"turned_busy20": BUSY["busy20"]}
    return {"turned_PU0": path} | make_busy(folder, busy_events, geometry, busy)


def make_busy(
    folder: Path,
    events: int,
    geometry: Geometry | None = None,
    busy: Mapping[str, tuple[int, int]] = BUSY,
) -> dict[str, Path]:
    """Write busy20 and busy60: one photon per event in pile-up 200 and pile-up 600, at least three events.

    Parameters
    ----------
    geometry : V11 by default
    busy : as `BUSY`

    Notes
    -----
    Pile-up 600 is the sum of three simulated bunch crossings, cell by cell, before the trigger's threshold.
    Of each event exactly the 20 000 or 60 000 trigger cells with the most mipPt are kept, as with a slightly
    higher threshold in the front end.
    """
    found = _busy_events(events, geometry or Geometry.v11(), busy)
    paths = {name: folder / f"{name}.root" for name in found}
    for name, parts in found.items():
        writing.write(paths[name], parts, title=toy.TITLE, events_per_basket=2)
    return paths


def _busy_events(
    events: int, geometry: Geometry, busy: Mapping[str, tuple[int, int]]
) -> dict[str, list[writing.Events]]:
    """The events of `make_busy`, one block each."""
    columns = event_tables.CellColumns(geometry)
    rng = np.random.default_rng(SEED)
    hard = toy.gun("photons", events, absorber_of(geometry), rng)
    crossings = [_mips(soft.particles(1, soft.COLLISIONS, rng), geometry, rng) for _ in range(events)]
    signals = [_mips(hard.some(hard.event == number), geometry, rng) for number in range(events)]
    found = {}
    for name, (n_crossings, n_cells) in busy.items():
        parts = found[name] = []
        for number, signal in enumerate(signals):
            crossing = [crossings[(number + i) % events] for i in range(n_crossings)]
            cell, mips = (np.concatenate(one) for one in zip(signal, *crossing, strict=True))
            event, cell, mips = deposits.add_up(np.zeros_like(cell), cell, mips)
            table = event_tables.measured(1, event, cell, mips, columns)
            parts.append(_with_clusters(number, _largest(table, n_cells), hard))
    return found


def make_large(folder: Path) -> dict[str, Path]:
    """Write 1 000 and 100 000 events without pile-up: the same 1 000 repeated, with new numbers."""
    thousand = _photons(1000)
    paths = {}
    for name, events in LARGE.items():
        paths[name] = folder / f"{name}.root"
        writing.write(paths[name], _repeated(thousand, events), title=toy.TITLE, events_per_basket=250)
    return paths


def make_cells(path: Path, cells: int) -> int:
    """Write events of 20 000 trigger cells until there are `cells` of them; return how many there are.

    A few different events are repeated, with new numbers.
    """
    _, per_event = BUSY["busy20"]
    events = max(1, -(-cells // per_event))
    some = _busy_events(min(events, DIFFERENT), Geometry.v11(), {"busy20": BUSY["busy20"]})["busy20"]
    block = writing.Events.joined(some)
    writing.write(
        path,
        (
            part.part(0, events - first) if first + len(part.numbers) > events else part
            for first, part in zip(range(0, events, len(some)), _repeated(block, events), strict=True)
        ),
        title=toy.TITLE,
        events_per_basket=2,
    )
    return events * per_event


def make_repeated(path: Path, events: int) -> Path:
    """Write events without pile-up, up to 1 000 different ones, and return the path."""
    some = _photons(min(events, 1000))
    writing.write(path, _repeated(some, events), title=toy.TITLE, events_per_basket=250)
    return path


def _photons(events: int) -> writing.Events:
    return writing.Events.joined(list(toy.blocks("photons", 0, events, SEED)))


def _repeated(block: writing.Events, events: int) -> Iterator[writing.Events]:
    size = len(block.numbers)
    for first in range(0, events, size):
        numbers = toy.FIRST_EVENT + first + np.arange(size)
        yield writing.Events(numbers, block.generated, block.trigger_cells, block.clusters, block.distance)


def _mips(particles, geometry, rng) -> tuple[np.ndarray, np.ndarray]:
    """Trigger cells and their MIPs, for all particles together."""
    _, cell, mips, _ = simulation.trigger_cell_mips(particles, geometry, rng)
    return cell, mips


def _largest(table: writing.Table, n_cells: int) -> writing.Table:
    """The rows with the most mipPt in a table of one event."""
    found = int(table.counts[0])
    if found < n_cells:
        raise ValueError(
            f"the event has {found} trigger cells, {n_cells} are required: overlay more collisions"
        )
    rows = np.sort(np.argsort(table.columns["mipPt"])[found - n_cells :])
    return writing.Table(np.array([n_cells]), {name: a[rows] for name, a in table.columns.items()})


def _with_clusters(number: int, table: writing.Table, hard) -> writing.Events:
    one = hard.some(hard.event == number)
    face = transport.at_face(one)
    exeta, exphi = np.arcsinh(face.z / np.hypot(face.x, face.y)), np.arctan2(face.y, face.x)
    numbers = [toy.FIRST_EVENT + number]
    return event_tables.with_clusters(numbers, table, one.pid, exeta, exphi, one.pt, one.energy)
