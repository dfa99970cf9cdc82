"""Occupancy of whole samples: what is in each trigger cell, layer, module and (R/z, phi) bin.

All sums are exact (`exact_sums`): they do not depend on chunks, workers or the order of files. What the
trigger cells are is not decided here: they are known by their indices, and a geometry is asked when they are
shown.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from bye_splits import __version__, cache
from bye_splits.chain import ChainParameters

from . import exact_sums, occupancy_keys
from .occupancy_chunk import (
    Arrays,
    ChunkOccupancy,
    OccupancySettings,
    OccupancyTask,
    carried,
    occupancy_of,
    occupancy_of_nothing,
)
from .occupancy_keys import CellsInBins
from .store import not_writable, write_arrow
from .survey import Chunk, Survey, survey
from .workers import never, results

FORMAT = 1  # of the files; others are not read
CELLS = 2_000_000  # trigger cells that a chunk aims at: some 0.6 GB for a worker
SAVE_EVERY = 5.0  # s between files of what has been added up so far
INDEX = ("cells", "hits", "seeds", "clusters")  # tables of a chunk in which contributing events are looked up


@dataclass(frozen=True, eq=False, kw_only=True)
class Occupancy:
    """What the events of a sample add up to, or some of its chunks.

    Attributes
    ----------
    settings : OccupancySettings
    cells, bins, counts : as those of `ChunkOccupancy`, of all chunks in `done`
    chunks : of the sample
    done : numbers of the chunks that are in it
    problems : text of the error by number of the chunk, for those that failed
    failures : text of the error by file, for those that cannot be read
    folder : of its files
    """

    settings: OccupancySettings
    cells: Arrays
    bins: Arrays
    counts: dict[str, int]
    chunks: list[Chunk]
    done: list[int]
    folder: Path
    problems: dict[int, str] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    @property
    def partial(self) -> bool:
        """Whether events are missing."""
        return bool(self.failures) or len(self.done) < len(self.chunks)

    @property
    def events(self) -> int:
        """Number of events in it."""
        return self.counts["events"]

    @property
    def all_events(self) -> int:
        """Number of events of all files that can be read."""
        return sum(chunk.events for chunk in self.chunks)

    @cached_property
    def parts(self) -> CellsInBins:
        """What the rows of `cells` are."""
        return occupancy_keys.parts(self.cells["key"])

    def sums(self, name: str, table: str = "cells") -> np.ndarray:
        """A column of exact sums of `cells` or `bins`, float64."""
        columns: Arrays = getattr(self, table)
        return exact_sums.rounded(columns[f"{name}_high"], columns[f"{name}_low"])

    def added(
        self, group: np.ndarray, n_groups: int, name: str, rows: np.ndarray | None = None
    ) -> np.ndarray:
        """Sum of a column of `cells` in each group of rows, shape (n_groups,): int64 for `count` or float64.

        Parameters
        ----------
        group : int64, one per row of `cells`, or of `rows`; those of a negative one are left out
        name : "count", "mipPt" [mipT] or "energy" [GeV]
        rows : int64, of `cells`; None for all
        """
        some = np.flatnonzero(group >= 0)
        of_row, row = group[some], some if rows is None else rows[some]

        def one(column: str) -> np.ndarray:
            total = np.zeros(n_groups, dtype=np.int64)
            np.add.at(total, of_row, self.cells[column][row])
            return total

        return one(name) if name == "count" else exact_sums.rounded(one(f"{name}_high"), one(f"{name}_low"))

    def save(self) -> None:
        """Write all of it but the events' index."""
        facts = {
            "counts": self.counts,
            "chunks": [list(vars(chunk).values()) for chunk in self.chunks],
            "done": self.done,
            "problems": self.problems,
            "failures": self.failures,
            "parameters": self.settings.parameters.to_yaml(),
        }
        arrays = {f"cells_{name}": values for name, values in self.cells.items()}
        arrays |= {f"bins_{name}": values for name, values in self.bins.items()}
        arrays["facts"] = np.array(json.dumps(facts))

        def write(path: Path) -> None:
            with open(path, "wb") as file:
                np.savez(file, allow_pickle=False, **arrays)

        cache.write_atomically(file_of(self.folder), write)

    @classmethod
    def load(cls, folder: Path) -> "Occupancy":
        """What `save` wrote.

        Raises
        ------
        Exception : of many kinds, where the file is missing or damaged
        """
        with open(file_of(folder), "rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = dict(file)
        facts = json.loads(str(arrays.pop("facts")))
        tables: dict[str, Arrays] = {"cells": {}, "bins": {}}
        for name, values in arrays.items():
            table, _, column = name.partition("_")
            tables[table][column] = values
        settings = OccupancySettings(parameters=ChainParameters.from_yaml(facts["parameters"]))
        return cls(
            settings=settings,
            counts=facts["counts"],
            chunks=[Chunk(*values) for values in facts["chunks"]],
            done=facts["done"],
            problems={int(number): text for number, text in facts["problems"].items()},
            failures=facts["failures"],
            folder=folder,
            **tables,
        )


def file_of(folder: Path) -> Path:
    """The file of the sums of an occupancy."""
    return folder / "occupancy.npz"


def index_file(folder: Path, number: int, name: str) -> Path:
    """A file of the index of a chunk's events; `name` is one of `INDEX`."""
    return folder / f"{number:06d}.{name}.arrow"


def make_occupancy(
    files: Sequence[str | os.PathLike[str]],
    out: Path,
    settings: OccupancySettings,
    workers: int = 1,
    scheduler: str = "",
    progress: Callable[[int], object] = id,
    started: Callable[[int, int], object] = max,
    stop: Callable[[], bool] = never,
) -> tuple[Occupancy, Survey]:
    """Add up all events of some files; only what is not in the folder yet is worked on.

    Parameters
    ----------
    files : event files, as for `open_source`
    out : folder that exists; the results are in a folder in it, see `folder_of`
    settings : OccupancySettings
    workers, scheduler : see `workers.results`
    progress : called with the number of events of each chunk that is done now, or has failed
    started : called with the number of all events, and of those that an earlier run has done, once the files
        have been examined
    stop : see `workers.results`

    Returns
    -------
    occupancy : `partial` where a chunk has failed, a file cannot be read or it was stopped
    survey : of the files

    Raises
    ------
    SourceError : not one of the files can be read
    ByeSplitsError : the folder cannot be written to, or the scheduler not be reached
    """
    found = survey(files, CELLS)
    failures = {name: str(error) for name, error in found.failures.items()}
    adding = Adding(found.chunks, settings, folder_of(found, out, settings), failures)
    missing = [chunk for chunk in found.chunks if chunk.number not in adding.done]
    events = sum(file.events for file in found.files)
    started(events, events - sum(chunk.events for chunk in missing))
    try:
        adding.folder.mkdir(exist_ok=True)
        tasks = [OccupancyTask(chunk, settings) for chunk in missing]
        adding.save()
        with closing(results(occupancy_of, tasks, workers, scheduler, stop)) as outcomes:
            for result, chunk in zip(outcomes, missing, strict=False):  # fewer results if it is stopped
                adding.add(chunk, result)
                progress(chunk.events)
        adding.save()
    except OSError as error:
        raise not_writable(adding.folder, error) from error
    return adding.present, found


def folder_of(found: Survey, out: Path, settings: OccupancySettings) -> Path:
    """Folder of an occupancy, named after what it was made with: files as they are, parameters, version."""
    facts = [
        FORMAT,
        __version__,
        CELLS,
        settings.parameters.to_yaml(),
        [file.identity for file in found.files],
    ]
    return out / f"occupancy-{hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]}"


class Adding:
    """The sums of the chunks that are done, beginning with those that the folder has.

    Parameters
    ----------
    chunks, settings, folder, failures : as of `Occupancy`
    """

    def __init__(
        self,
        chunks: Sequence[Chunk],
        settings: OccupancySettings,
        folder: Path,
        failures: dict[str, str] | None = None,
    ):
        self._chunks, self._settings, self.folder = list(chunks), settings, folder
        self._failures = failures or {}
        self._saved = time.monotonic()
        try:
            before = Occupancy.load(folder)
        except Exception:  # missing, or damaged in one of many ways: made again
            nothing = occupancy_of_nothing(settings)
            self.cells, self.bins, self.counts = nothing.cells, nothing.bins, nothing.counts
            self.done: list[int] = []
        else:
            self.cells, self.bins, self.counts, self.done = (
                before.cells,
                before.bins,
                before.counts,
                before.done,
            )
        self.problems: dict[int, str] = {}

    @property
    def present(self) -> Occupancy:
        """What there is so far."""
        return Occupancy(
            settings=self._settings,
            cells=self.cells,
            bins=self.bins,
            counts=self.counts,
            chunks=self._chunks,
            done=sorted(self.done),
            folder=self.folder,
            problems=self.problems,
            failures=self._failures,
        )

    def save(self) -> None:
        """Write what there is so far."""
        self.present.save()
        self._saved = time.monotonic()

    def add(self, chunk: Chunk, result: ChunkOccupancy | Exception) -> None:
        """Add the part of a chunk, and write its index; now and then all is saved."""
        if isinstance(result, Exception):
            self.problems[chunk.number] = f"{result}" or type(result).__name__
            return
        self.cells = merged(self.cells, result.cells)
        self.bins = carried({name: self.bins.get(name, 0) + values for name, values in result.bins.items()})
        self.counts = {name: self.counts.get(name, 0) + number for name, number in result.counts.items()}
        self._write_index(chunk, result)
        self.done = [*self.done, chunk.number]
        if time.monotonic() > self._saved + SAVE_EVERY:
            self.save()

    def _write_index(self, chunk: Chunk, result: ChunkOccupancy) -> None:
        count = result.cells["count"]
        start = (np.cumsum(count) - count).astype(np.uint32)
        tables = {
            "cells": {"key": result.cells["key"], "start": start},
            **{name: getattr(result, name) for name in INDEX[1:]},
        }
        for name, columns in tables.items():
            cache.write_atomically(
                index_file(self.folder, chunk.number, name), partial(write_arrow, pa.table(columns))
            )


def merged(cells: Arrays, more: Arrays) -> Arrays:
    """Two tables of cells in one, by ascending key."""
    if not cells:
        return more
    row = np.searchsorted(cells["key"], more["key"])
    new = np.append(cells["key"], -1)[row] != more["key"]
    known = np.flatnonzero(~new)
    row = row[known]
    total = {name: values.copy() for name, values in cells.items()}
    for name, values in more.items():
        if name in ("key", "x", "y", "z"):
            continue
        function = {"eta_min": np.minimum, "eta_max": np.maximum}.get(name, np.add)
        total[name][row] = function(total[name][row], values[known])
    if new.any():
        total = {name: np.concatenate([values, more[name][new]]) for name, values in total.items()}
        order = np.argsort(total["key"], kind="stable")
        total = {name: values[order] for name, values in total.items()}
    return carried(total)
