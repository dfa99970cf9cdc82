"""What the events of one chunk add to the occupancy: a function of its task alone, for any worker."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bye_splits.chain import ChainParameters
from bye_splits.chain.cells import NEEDED, Cells, passing
from bye_splits.chain.chains import CHAINS
from bye_splits.chain.histogram import Binning
from bye_splits.chain.histogram import bins as bins_of
from bye_splits.chain.running import cluster_cells
from bye_splits.chain.seeding import Binned
from bye_splits.data import open_source
from bye_splits.data.batches import Batch

from . import exact_sums, occupancy_keys
from .survey import Chunk

EVENTS = 16  # at once: their histograms fit the processor's cache
INDICES = ("layer", "waferu", "waferv", "cellu", "cellv")
COLUMNS = tuple(dict.fromkeys((*NEEDED, *INDICES, "energy", "eta", "phi")))
SUMMED = ("mipPt", "energy")  # columns whose sums are kept
FOUND = ("seeds", "clusters")
COUNTS = (
    "events",
    "trigger_cells",
    "used",
    "below_threshold",
    "not_finite",
    "without_position",
    "too_large",
    "outside",
)

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class OccupancySettings:
    """What an occupancy is made with.

    Attributes
    ----------
    parameters : ChainParameters
    """

    parameters: ChainParameters

    @property
    def binning(self) -> Binning:
        """The (R/z, phi) grid."""
        return Binning.of(self.parameters.base, self.parameters.legacy)


class OccupancyTask(NamedTuple):
    """A chunk, and what to do with it."""

    chunk: Chunk
    settings: OccupancySettings


@dataclass(frozen=True, kw_only=True)
class ChunkOccupancy:
    """The part of one chunk.

    Attributes
    ----------
    cells : columns of a table with a row per trigger cell and bin, by ascending `key` (`occupancy_keys`):
        `count`, exact sums `mipPt_high mipPt_low energy_high energy_low` (int64), `eta_min eta_max`
        (float32, abs(eta)), `x y z` (float32, cm, where it was seen first)
    bins : int64 arrays, shape (2, n_rz * n_phi), by endcap (z > 0 first) and bin: `smoothed_high
        smoothed_low` (exact sum over events, mipT), `above` (events whose smoothed bin is above the threshold
        of seeds), `seeds`, `clusters`, and exact sums of their energy [mipT] and pT [GeV]
    hits : `entry` (unsigned, from the chunk's start) and `mipPt` (float32) of each used trigger cell, in the
        order of the rows of `cells`
    seeds, clusters : `code` (int64, ascending: side * n_bins + bin), `entry` and `value` (float32, mipT and
        GeV); clusters outside the histogram have bin -1 and are left out
    counts : by name of `COUNTS`; "clusters_outside" in addition
    """

    cells: Arrays
    bins: Arrays
    hits: Arrays
    seeds: Arrays
    clusters: Arrays
    counts: dict[str, int]


def occupancy_of(task: OccupancyTask) -> ChunkOccupancy:
    """Add the events of a chunk up.

    Raises
    ------
    SourceError : the file cannot be read, or has changed
    ChainError : as `chain.run_many`
    """
    chunk, settings = task
    adding = _Adding(settings)
    with open_source(chunk.location) as source:
        for batch in source.batches(COLUMNS, chunk.start, chunk.stop):
            adding.add(batch, chunk.start)
    return adding.result(chunk.events)


def occupancy_of_nothing(settings: OccupancySettings) -> ChunkOccupancy:
    """The part of a chunk without events."""
    return _Adding(settings).result(0)


class _Adding:
    """The sums of some events, batch by batch."""

    def __init__(self, settings: OccupancySettings):
        self._settings = settings
        self._binning = settings.binning
        n = 2 * self._binning.n_bins
        names = ("smoothed", *FOUND)
        self._bins = {
            f"{name}_{part}": np.zeros(n, dtype=np.int64) for name in names for part in ("high", "low")
        }
        self._bins |= {name: np.zeros(n, dtype=np.int64) for name in ("above", *FOUND)}
        self._counts = dict.fromkeys((*COUNTS, "clusters_outside"), 0)
        self._rows: list[Arrays] = []
        self._found: dict[str, list[Arrays]] = {name: [] for name in FOUND}

    def add(self, batch: Batch, start: int) -> None:
        """Add a batch of a chunk that begins at the entry `start`."""
        table, counts = batch.trigger_cells, self._counts
        mip = table["mipPt"].to_numpy()
        sane = (np.abs(mip) < exact_sums.LARGEST) & (np.abs(table["energy"].to_numpy()) < exact_sums.LARGEST)
        enough = passing(mip, self._settings.parameters.tc_threshold)
        used = np.flatnonzero(sane & enough)
        side = 2 * batch.event[used] + (table["z"].to_numpy()[used] < 0)
        order = np.argsort(side, kind="stable")  # the chain takes event by event, one endcap after the other
        used, side = used[order], side[order]
        columns = {name: table[name].to_numpy()[used] for name in COLUMNS}
        entry = batch.entries[side // 2] - start
        counts["events"] += len(batch.entries)
        counts["trigger_cells"] += len(table) + batch.not_finite + batch.without_position
        counts["not_finite"] += batch.not_finite
        counts["without_position"] += batch.without_position
        counts["too_large"] += int((~sane).sum())
        counts["below_threshold"] += int((sane & ~enough).sum())
        parameters = self._settings.parameters
        cells = Cells.of(columns, side, 2 * len(batch.entries), parameters.legacy)
        counts["not_finite"] += cells.not_finite  # layers, or pT
        counts["used"] += len(cells.row)
        bin_of_cell = np.concatenate([np.zeros(0, dtype=np.int64), *self._run(cells, batch.entries - start)])
        counts["outside"] += int((bin_of_cell == self._binning.n_bins).sum())
        rows = {name: columns[name][cells.row] for name in (*SUMMED, "x", "y", "z")}
        key = occupancy_keys.keys(
            cells.event % 2,
            bin_of_cell,
            *(np.asarray(columns[name][cells.row], dtype=np.int64) for name in INDICES),
        )
        rows |= {"key": key, "entry": entry[cells.row], "eta": np.abs(columns["eta"][cells.row])}
        self._rows.append(rows)

    def _run(self, cells: Cells, entries: np.ndarray) -> Iterator[np.ndarray]:
        """Run the chain, and yield the bin of the cells, n_bins outside the histogram, group by group."""
        parameters, n_bins = self._settings.parameters, self._binning.n_bins
        seeding = CHAINS[parameters.chain]
        for first in range(0, cells.n_events, EVENTS):
            some = cells.of_events(first, min(first + EVENTS, cells.n_events))
            binned = Binned.of(some, parameters)
            smoothed = binned.smoothed.reshape(-1, 2 * n_bins)
            for name, part in zip(("high", "low"), exact_sums.split(smoothed), strict=True):
                self._bins[f"smoothed_{name}"] += part.sum(axis=0)
            self._bins["above"] += (smoothed > parameters.seed_threshold).sum(axis=0)
            seeds, _ = seeding.seeds(binned)
            *_, found = cluster_cells(some, seeds, parameters)
            event = seeds["event"]
            inside = seeds["rz_bin"] >= 0
            self._keep(
                "seeds",
                event,
                seeds["rz_bin"] * self._binning.n_phi + seeds["phi_bin"],
                inside,
                seeds["energy"],
                entries[first // 2 :],
            )
            event = event[found["seed"]]
            rz_bin, phi_bin, inside = bins_of(found["x"], found["y"], found["z"], self._binning)
            inside &= np.isfinite(found["x"])
            self._counts["clusters_outside"] += int((~inside).sum())
            self._keep(
                "clusters",
                event,
                rz_bin * self._binning.n_phi + phi_bin,
                inside,
                found["pt"],
                entries[first // 2 :],
            )
            yield np.where(binned.inside, binned.bin_of_cell % n_bins, n_bins)

    def _keep(
        self,
        name: str,
        event: np.ndarray,
        bins: np.ndarray,
        inside: np.ndarray,
        value: np.ndarray,
        entries: np.ndarray,
    ) -> None:
        """Keep seeds or clusters; `event` counts endcaps from the first of `entries`."""
        event, bins, value = event[inside], bins[inside], value[inside]
        self._found[name].append(
            {"code": event % 2 * self._binning.n_bins + bins, "entry": entries[event // 2], "value": value}
        )

    def result(self, n_entries: int) -> ChunkOccupancy:
        """The sums of all that was added."""
        unsigned = np.min_scalar_type(max(n_entries - 1, 0))
        names = ("key", "entry", *SUMMED, "eta", "x", "y", "z")
        rows = {name: _joined(self._rows, name) for name in names}
        order = np.argsort(rows["key"], kind="stable")
        rows = {name: values[order] for name, values in rows.items()}
        key = rows["key"].astype(np.int64)
        start = np.flatnonzero(np.diff(key, prepend=-1))
        cells = {"key": key[start], "count": np.diff(start, append=len(key))}
        for name in SUMMED:
            for part, values in zip(("high", "low"), exact_sums.split(rows[name]), strict=True):
                cells[f"{name}_{part}"] = _reduced(np.add, values, start)
        eta = rows["eta"].astype(np.float32)
        cells |= {"eta_min": _reduced(np.minimum, eta, start), "eta_max": _reduced(np.maximum, eta, start)}
        cells |= {name: rows[name][start].astype(np.float32) for name in ("x", "y", "z")}
        found = {name: self._ordered(name, unsigned) for name in FOUND}
        shape = 2, self._binning.n_bins
        return ChunkOccupancy(
            cells=carried(cells),
            bins=carried({name: values.reshape(shape) for name, values in self._bins.items()}),
            hits={"entry": rows["entry"].astype(unsigned), "mipPt": rows["mipPt"].astype(np.float32)},
            counts=self._counts,
            **found,
        )

    def _ordered(self, name: str, unsigned: np.dtype) -> Arrays:
        """Seeds or clusters by bin; their sums are added to those of the bins."""
        columns = {column: _joined(self._found[name], column) for column in ("code", "entry", "value")}
        code = columns["code"].astype(np.int64)
        np.add.at(self._bins[name], code, 1)
        for part, values in zip(("high", "low"), exact_sums.split(columns["value"]), strict=True):
            np.add.at(self._bins[f"{name}_{part}"], code, values)
        order = np.argsort(code, kind="stable")
        return {
            "code": code[order],
            "entry": columns["entry"][order].astype(unsigned),
            "value": columns["value"][order].astype(np.float32),
        }


def carried(columns: Arrays) -> Arrays:
    """Columns of which each pair `..._high` and `..._low` can be added to again."""
    made = dict(columns)
    for name in [name.removesuffix("_high") for name in columns if name.endswith("_high")]:
        made[f"{name}_high"], made[f"{name}_low"] = exact_sums.carried(
            columns[f"{name}_high"], columns[f"{name}_low"]
        )
    return made


def _joined(parts: list[Arrays], name: str) -> np.ndarray:
    return np.concatenate([part[name] for part in parts]) if parts else np.zeros(0)


def _reduced(function: np.ufunc, values: np.ndarray, start: np.ndarray) -> np.ndarray:
    """A function of each group of rows; of none at all, nothing."""
    return function.reduceat(values, start) if len(start) else values
