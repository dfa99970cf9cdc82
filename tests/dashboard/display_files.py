"""Small event files for the display: trigger cells of the geometry in whatever events a test needs."""

from dataclasses import dataclass, field

import awkward as ak
import numpy as np
import uproot

from bye_splits.samples import writing
from bye_splits.samples.writing import Events, Table

PHOTON = {"pid": 22, "exeta": 2.0, "exphi": 0.7, "pt": 30.0, "energy": 113.0}


@dataclass
class Made:
    """One event: columns of its trigger cells, and its generated particles."""

    number: int
    cells: dict[str, np.ndarray]
    generated: list[dict] = field(default_factory=list)


def cells(columns, numbers, mip=None, side=1, **changed):
    """Columns of the trigger cells `numbers` in the endcap of sign `side`; mipPt 1, 2, 3, ... by default.

    `columns` is a CellColumns, `changed` are values in the place of the geometry's.
    """
    numbers = np.asarray(numbers, dtype=int)
    made = columns.described(numbers, np.full(len(numbers), side))
    mip = np.arange(1.0, len(numbers) + 1) if mip is None else np.broadcast_to(mip, len(numbers))
    made |= {"mipPt": mip, "pt": 0.03 * mip, "energy": 0.03 * mip * np.cosh(made["eta"])}
    made["multicluster_id"] = np.zeros(len(numbers))
    return made | {name: np.broadcast_to(value, len(numbers)) for name, value in changed.items()}


def both(*parts):
    """Several sets of trigger cells as one."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def write(path, events, title="made for a test"):
    """Write events as a skim."""

    def table(parts, names):
        counts = np.array([len(next(iter(part.values()))) for part in parts])
        return Table(counts, {name: np.concatenate([part[name] for part in parts]) for name in names})

    particles = [
        {name: np.array([one[name] for one in event.generated], dtype=float) for name in writing.GENERATED}
        for event in events
    ]
    block = Events(
        np.array([event.number for event in events]),
        table(particles, writing.GENERATED),
        table([event.cells for event in events], writing.TRIGGER_CELL),
        writing.empty_table(len(events), writing.CLUSTER),
        np.zeros(0, dtype=np.float32),
    )
    writing.write(path, [block], title=title, events_per_basket=10)
    return path


def without(path, *branches):
    """Write a file again without some branches."""
    with uproot.open(path) as file:
        (tree,) = (file[name] for name, kind in file.classnames(cycle=False).items() if kind == "TTree")
        arrays = tree.arrays([branch.name for branch in tree.branches if branch.name not in branches])
    with uproot.recreate(path) as file:
        made = file.mktree("tree", {name: arrays[name].type.content for name in arrays.fields})
        made.extend({name: arrays[name] for name in arrays.fields})
    return path


def write_raw(path, events, without=()):
    """Write events as a raw ntuple of the trigger primitive generator, without some columns of particles."""
    integers = ("layer", "waferu", "waferv", "cellu", "cellv")
    floats = ("mipPt", "pt", "energy", "x", "y", "z", "eta", "phi")
    tc = {name: [event.cells[name].astype(np.int32) for event in events] for name in integers}
    tc |= {name: [event.cells[name].astype(np.float32) for event in events] for name in floats}
    types = {"pid": np.int32, "gen": np.int32, "reachedEE": np.int32}
    genpart = {
        name: [
            np.array([one.get(name, {"gen": 1, "reachedEE": 2}.get(name)) for one in event.generated], kind)
            for event in events
        ]
        for name, kind in (types | dict.fromkeys(("exeta", "exphi", "pt", "energy"), np.float32)).items()
        if name not in without
    }
    objects = {"tc": ak.zip(tc), "genpart": ak.zip(genpart)}
    with uproot.recreate(path) as file:
        tree = file.mktree(
            "FloatingpointX/HGCalTriggerNtuple",
            {"event": np.int32} | {name: array.type.content for name, array in objects.items()},
            counter_name=lambda counted: f"{counted}_n",
            field_name=lambda outer, inner: inner if outer == "" else f"{outer}_{inner}",
        )
        tree.extend({"event": np.array([event.number for event in events], np.int32)} | objects)
    return path
