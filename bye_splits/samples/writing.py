"""Write event files in the skim schema, and geometry files in the format of CMSSW's tester, with uproot."""

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import awkward as ak
import numpy as np
import uproot

from bye_splits.geometry import Geometry
from bye_splits.geometry.constants import CEE, SCINTILLATOR

DIRECTORY = "FloatingpointMixedbcstcrealsig4DummyHistomaxxydr015GenmatchGenclustersntuple"
TREE = "HGCalTriggerNtuple"
GEOMETRY_DIRECTORY, GEOMETRY_TREE = "L1THGCaltriggergeomtester", "TreeTriggerCells"

_INTEGER: dict[str, type[np.generic]] = dict.fromkeys(
    ("layer", "cellu", "cellv", "waferu", "waferv", "pid", "clusters_n"), np.int32
)
_INTEGER |= dict.fromkeys(("multicluster_id", "id"), np.uint32)
TRIGGER_CELL = (
    *("layer", "waferu", "waferv", "cellu", "cellv"),
    *("mipPt", "pt", "energy", "x", "y", "z", "eta", "phi", "multicluster_id"),
)
GENERATED = ("pid", "exeta", "exphi", "pt", "energy")
CLUSTER = ("id", "pt", "energy", "eta", "phi", "clusters_n")
_OBJECTS = {"good_genpart": GENERATED, "good_tc": TRIGGER_CELL, "good_cl3d": CLUSTER}


@dataclass(frozen=True)
class Table:
    """Objects of one kind in several events: `counts` per event, and their concatenated rows.

    Attributes
    ----------
    counts : int64, shape (n_events,)
    columns : name -> array, shape (counts.sum(),)
    """

    counts: np.ndarray
    columns: dict[str, np.ndarray]

    def part(self, start: int, stop: int) -> "Table":
        """Events `start` up to, but not including, `stop`."""
        first, count = int(self.counts[:start].sum()), int(self.counts[start:stop].sum())
        rows = slice(first, first + count)
        return Table(self.counts[start:stop], {name: a[rows] for name, a in self.columns.items()})


@dataclass(frozen=True)
class Events:
    """A block of events, as in a skim.

    Attributes
    ----------
    numbers : int64 or uint64, shape (n_events,), event numbers
    generated : Table, columns `GENERATED`: pid; position on the calorimeter's face; pt, energy [GeV]
    trigger_cells : Table, columns `TRIGGER_CELL`; units as in `data.Event`
    clusters : Table, columns `CLUSTER`: pt, energy [GeV]; clusters_n, number of trigger cells
    distance : float32, shape (clusters.counts.sum(),), of each cluster from the generated particle
        in (eta, phi); NaN without a particle
    """

    numbers: np.ndarray
    generated: Table
    trigger_cells: Table
    clusters: Table
    distance: np.ndarray

    def part(self, start: int, stop: int) -> "Events":
        """Events `start` up to, but not including, `stop`."""
        distance = Table(self.clusters.counts, {"": self.distance}).part(start, stop).columns[""]
        generated, trigger_cells, clusters = (
            table.part(start, stop) for table in (self.generated, self.trigger_cells, self.clusters)
        )
        return Events(self.numbers[start:stop], generated, trigger_cells, clusters, distance)

    @classmethod
    def joined(cls, blocks: list["Events"]) -> "Events":
        """Several blocks as one."""

        def tables(name: str) -> Table:
            parts = [getattr(block, name) for block in blocks]
            return Table(
                np.concatenate([part.counts for part in parts]),
                {key: np.concatenate([part.columns[key] for part in parts]) for key in parts[0].columns},
            )

        return cls(
            np.concatenate([block.numbers for block in blocks]),
            tables("generated"),
            tables("trigger_cells"),
            tables("clusters"),
            np.concatenate([block.distance for block in blocks]),
        )


def empty_table(n_events: int, names: Iterable[str]) -> Table:
    """A table without rows."""
    return Table(np.zeros(n_events, dtype=np.int64), {name: np.zeros(0) for name in names})


def integer_for(numbers: np.ndarray) -> np.dtype:
    """The first of int32, int64 and uint64 that can represent all of these event numbers."""
    least, most = (int(numbers.min()), int(numbers.max())) if len(numbers) else (0, 0)
    types = (np.iinfo(kind) for kind in (np.int32, np.int64, np.uint64))
    return next(one.dtype for one in types if one.min <= least and most <= one.max)


@functools.cache
def _branch_type(datashape: str) -> ak.types.Type:
    """Parsed once: uproot parses a text twice for each file, a quarter of the time of a short one."""
    return ak.types.from_datashape(datashape, highlevel=False)


def write(
    path: Path,
    blocks: Iterable[Events],
    *,
    title: str,
    events_per_basket: int,
    number_type: np.dtype = np.dtype(np.int32),  # noqa: B008 - never changed
) -> int:
    """Write blocks of events into a new file, in constant memory.

    Parameters
    ----------
    path : file to create
    blocks : of any number and size; they are combined into baskets
    title : of the tree; describes the events
    events_per_basket : number of events that reading a single one decompresses
    number_type : of the event numbers, see `integer_for`

    Returns
    -------
    number of events written

    Notes
    -----
    Names and types are those of the skims (`good_tc_layer`, ...), with counted arrays instead of vectors;
    uproot reads both in the same way. Every object has its counter, `good_tc_n` and so on.
    """
    types = {
        "event": np.dtype(number_type),
        "deltaR": _branch_type("var * float32"),
        "matches": _branch_type("var * int32"),
    }
    for prefix, names in _OBJECTS.items():
        record = ", ".join(f"{name}: {np.dtype(_INTEGER.get(name, np.float32)).name}" for name in names)
        types[prefix] = _branch_type(f"var * {{{record}}}")
    written, waiting, n_waiting = 0, [], 0
    with uproot.recreate(path, compression=uproot.ZLIB(4)) as file:
        tree = file.mktree(
            f"{DIRECTORY}/{TREE}",
            types,
            title=title,
            counter_name=lambda counted: f"{counted}_n",
            field_name=lambda outer, inner: inner if outer == "" else f"{outer}_{inner}",
        )
        for block in blocks:
            written += len(block.numbers)
            start = 0
            while start < len(block.numbers):
                part = block.part(start, start + events_per_basket - n_waiting)
                waiting.append(part)
                start += len(part.numbers)
                n_waiting += len(part.numbers)
                if n_waiting == events_per_basket:
                    tree.extend(_branches(Events.joined(waiting), number_type))
                    waiting, n_waiting = [], 0
        if n_waiting:
            tree.extend(_branches(Events.joined(waiting), number_type))
    return written


def _branches(events: Events, number_type: np.dtype) -> dict:
    out = {"event": events.numbers.astype(number_type)}
    out["deltaR"] = ak.unflatten(events.distance.astype(np.float32), events.clusters.counts)
    out["matches"] = ak.unflatten((events.distance <= 0.05).astype(np.int32), events.clusters.counts)
    tables = (events.generated, events.trigger_cells, events.clusters)
    for (prefix, names), table in zip(_OBJECTS.items(), tables, strict=True):
        columns = {name: table.columns[name].astype(_INTEGER.get(name, np.float32)) for name in names}
        out[prefix] = ak.unflatten(ak.zip(columns), table.counts)
    return out


def write_geometry(path: Path, geometry: Geometry) -> None:
    """Write a geometry as CMSSW's geometry tester does: one row per trigger cell of either endcap.

    Parameters
    ----------
    path : file to create
    geometry : Geometry

    Notes
    -----
    `layer` restarts at 1 in CE-H. Silicon rows: triggercellieta = triggercelliphi = 0, waferpart 0 for a full
    wafer, 1 for a partial one (CMSSW has a code per shape), waferorient 0 whatever the orientation, which
    follows from the positions. Scintillator rows: waferu = waferv = triggercellu = triggercellv = 0,
    waferpart = waferorient = -1. The -z endcap is the +z one with x -> -x.
    `id` is the row's number: CMSSW's packed detector ids are not reproduced.
    """
    cells = geometry.trigger_cells
    subdet = cells.subdet.to_numpy()
    tile = subdet == SCINTILLATOR
    layer = cells.layer.to_numpy().astype(np.int32)
    partial = (cells.part == "partial").to_numpy()
    x, y, z = (cells[name].to_numpy(dtype=np.float32) for name in ("x", "y", "z"))
    eta = np.arcsinh(z / np.hypot(x, y))
    one_side = {
        "subdet": subdet,
        "layer": np.where(subdet == CEE, layer, layer - geometry.n_cee),
        "waferu": np.where(tile, 0, cells.waferu),
        "waferv": np.where(tile, 0, cells.waferv),
        "waferpart": np.where(tile, -1, partial),
        "waferorient": np.where(tile, -1, 0),
        "triggercellu": np.where(tile, 0, cells.cellu),
        "triggercellv": np.where(tile, 0, cells.cellv),
        "triggercellieta": np.where(tile, cells.cellu, 0),
        "triggercelliphi": np.where(tile, cells.cellv, 0),
    }
    with uproot.recreate(path, compression=uproot.ZLIB(4)) as file:
        types: dict[str, type[np.generic]] = dict.fromkeys(("id", "zside", *one_side), np.int32)
        types |= dict.fromkeys(("x", "y", "z", "eta", "phi"), np.float32)
        title = f"trigger cells, written by bye_splits; source: {geometry.source}"
        tree = file.mktree(f"{GEOMETRY_DIRECTORY}/{GEOMETRY_TREE}", types, title=title)
        integer = functools.partial(np.asarray, dtype=np.int32)
        for number, side in enumerate((1, -1)):
            rows = {name: integer(values) for name, values in one_side.items()}
            rows["id"] = integer(np.arange(len(cells)) + number * len(cells))
            rows["zside"] = np.full(len(cells), side, dtype=np.int32)
            phi = np.arctan2(y, side * x)
            tree.extend(rows | {"x": side * x, "y": y, "z": side * z, "eta": side * eta, "phi": phi})
