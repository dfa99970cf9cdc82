"""The pass over one chunk of a file as tables, and back: a function of its task alone, for any worker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from bye_splits.chain import ChainParameters
from bye_splits.chain.cells import NEEDED, Cells, passing
from bye_splits.chain.chains import CHAINS
from bye_splits.chain.running import SEED_COLUMNS
from bye_splits.data import open_source
from bye_splits.errors import ChainError

from .links import Links
from .one_pass import Pass, for_all_thresholds, one_pass, seeding_of
from .survey import Chunk

_CHECKED = ("energy", "eta", "phi")  # a trigger cell is left out if one of these is not finite, as in `Event`

Tables = dict[str, pa.Table]

LOWEST = 5.0  # mipT: seeds are kept from this threshold on, unless a chain's own is lower
LARGEST = (
    0.05  # in (x/z, y/z): trigger cells up to this distance of a seed are kept, unless more are asked for
)
ETA_LIMITS = (1.0, 3.5)  # the calorimeter's, and some more: the radius by layer may depend on eta


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the passes of a store are made with.

    Attributes
    ----------
    chains : ChainParameters, one for each pass, with the lowest threshold of its seeds; they differ in what
        the seeds depend on
    radius : the largest radius, in (x/z, y/z)
    """

    chains: tuple[ChainParameters, ...]
    radius: float

    @property
    def mip_threshold(self) -> float:
        """Transverse MIP below which no chain uses a trigger cell."""
        return min(one.tc_threshold for one in self.chains)

    @classmethod
    def covering(cls, chains: Sequence[ChainParameters], radii: Sequence[float | None]) -> "Settings":
        """Settings of a store from which all results with some parameters follow.

        Parameters
        ----------
        chains : parameters
        radii : of clusters, beside those of the chains, in (x/z, y/z)
        """
        radius = max([LARGEST, *(radius for radius in radii if radius is not None)])
        for one in chains:
            by_layer = max(one.cluster.radii) + abs(one.cluster.slope) * max(
                abs(one.cluster.mid_radius - eta) for eta in ETA_LIMITS
            )
            radius = max(radius, by_layer, one.radius or 0.0)
        lowest: dict[ChainParameters, float] = {}
        for one in chains:  # sets that differ in nothing that the seeds depend on share a pass
            seeding = seeding_of(one)
            low = LOWEST if for_all_thresholds(one) else one.seed_threshold
            lowest[seeding] = min(lowest.get(seeding, low), one.seed_threshold)
        return cls(
            chains=tuple(replace(one, seed_threshold=threshold) for one, threshold in lowest.items()),
            radius=radius,
        )

    def number(self, parameters: ChainParameters) -> int:
        """Position in `chains` of the pass that has the seeds of some parameters.

        Raises
        ------
        ChainError : there is none
        """
        seeding = seeding_of(parameters)
        for number, one in enumerate(self.chains):
            if seeding_of(one) == seeding:
                return number
        raise ChainError(
            "seeds in the store",
            expected=f"those of one of {', '.join(one.chain for one in self.chains)}, with its parameters",
            found=f"{parameters.chain} with {parameters.describe() or 'the default ones'}",
            action="Make a store of these parameters.",
        )


class Task(NamedTuple):
    """A chunk, and what to do with it."""

    chunk: Chunk
    settings: Settings


class ChunkOfFile(NamedTuple):
    """What is read of a chunk.

    Attributes
    ----------
    events : columns of a table with a row per entry: `entry`, `event`, `n_cells` in the file and `n_used`
    particles, file_clusters : as of `Source.particles`
    cells : columns of the trigger cells that are used, event by event, one endcap after the other
    side : int64, shape (n_cells,), ascending: 2 * row in `events`, + 1 at z < 0
    """

    events: dict[str, np.ndarray]
    particles: pd.DataFrame
    file_clusters: pd.DataFrame
    cells: dict[str, np.ndarray]
    side: np.ndarray


def read_chunk(chunk: Chunk, columns: Sequence[str], mip_threshold: float) -> ChunkOfFile:
    """Read the events of a chunk.

    Parameters
    ----------
    columns : of the trigger cells, at least `z` and `mipPt`
    mip_threshold : mipT; trigger cells below it are not used

    Raises
    ------
    SourceError : the file cannot be read, or has changed
    """
    columns = list(dict.fromkeys(columns))
    with open_source(chunk.location) as source:
        batches = list(source.batches((*columns, *_CHECKED), chunk.start, chunk.stop))
        particles, clusters = source.particles(chunk.start, chunk.stop)
    before = np.cumsum([0, *(len(batch.entries) for batch in batches)])
    table = pd.concat([batch.trigger_cells for batch in batches], ignore_index=True)
    row = np.concatenate([batch.event + first for batch, first in zip(batches, before[:-1], strict=True)])
    used = np.flatnonzero(passing(table["mipPt"].to_numpy(), mip_threshold))
    cells = {name: table[name].to_numpy()[used] for name in columns}
    side = 2 * row[used] + (cells["z"] < 0)
    order = np.argsort(side, kind="stable")  # the chain takes event by event, one endcap after the other
    n = int(before[-1])
    events = {
        "entry": np.concatenate([batch.entries for batch in batches]),
        "event": np.concatenate([batch.event_numbers for batch in batches]),
        "n_cells": np.bincount(row, minlength=n),
        "n_used": np.bincount(row[used], minlength=n),
    }
    cells = {name: values[order] for name, values in cells.items()}
    return ChunkOfFile(events, particles, clusters, cells, side[order])


def pass_over(task: Task) -> Tables:
    """Run the chains on the events of a chunk.

    Returns
    -------
    tables by name: `events` (a row per entry), `particles` and `file_clusters` (with their entry), `cells`
    (with `side`: 2 * row in `events`, + 1 at z < 0), and of each pass `regions_NUMBER` (a row per side),
    `seeds_NUMBER` and `links_NUMBER`, by the position of its parameters in the settings

    Raises
    ------
    SourceError : the file cannot be read, or has changed
    ChainError : as `chain.run_many`
    """
    chunk, settings = task
    names = [name for one in settings.chains for name in CHAINS[one.chain].columns]
    read = read_chunk(chunk, [*NEEDED, *names], settings.mip_threshold)
    cells, side, events, n = read.cells, read.side, read.events, len(read.events["entry"])
    tables = {
        "particles": pa.Table.from_pandas(read.particles, preserve_index=False),
        "file_clusters": pa.Table.from_pandas(read.file_clusters, preserve_index=False),
        "cells": pa.table({"side": side.astype(np.int32)} | {name: cells[name] for name in NEEDED}),
    }
    for number, parameters in enumerate(settings.chains):
        found, outside = one_pass(cells, side, 2 * n, parameters, settings.radius)
        events["n_outside"] = outside[::2] + outside[1::2]  # the histogram's limits are those of all chains
        distance = found.links.distance
        tables[f"regions_{number}"] = pa.table({"regions": found.regions})
        tables[f"seeds_{number}"] = pa.table(found.seeds)
        tables[f"links_{number}"] = pa.table(
            {
                "cell": np.repeat(np.arange(len(side), dtype=np.int32), np.diff(found.links.first)),
                "seed": found.links.seed,
                "distance": distance if parameters.legacy else distance.astype(np.float32),
            }
        )
    return tables | {"events": pa.table(events)}


def stored_cells(tables: Mapping[str, pa.Table], legacy: bool) -> Cells:
    """The trigger cells of `pass_over`, which are in order and were checked when they were written."""
    column = {name: tables["cells"].column(name).to_numpy() for name in tables["cells"].column_names}
    n = tables["cells"].num_rows
    values = {name: column[name].astype(np.float64, copy=False) for name in ("x", "y", "z", "mipPt", "pt")}
    return Cells(
        row=np.arange(n),
        n_rows=n,
        event=column["side"].astype(np.int64),
        n_events=2 * tables["events"].num_rows,
        x=values["x"],
        y=values["y"],
        z=values["z"],
        mip=values["mipPt"],
        pt=values["pt"],
        layer=column["layer"].astype(np.int64),
        module={},
        legacy=legacy,
    )


def restored(tables: Mapping[str, pa.Table], cells: Cells, settings: Settings, number: int) -> Pass:
    """One of the passes of `pass_over`, out of its tables.

    Parameters
    ----------
    cells : of `stored_cells`
    settings, number : of the task, and position of the pass in its `chains`
    """
    seeds, links = tables[f"seeds_{number}"], tables[f"links_{number}"]
    per_cell = np.bincount(links.column("cell").to_numpy(), minlength=len(cells.row))
    return Pass(
        parameters=settings.chains[number],
        radius=settings.radius,
        cells=cells,
        seeds={name: seeds.column(name).to_numpy() for name in ("event", *SEED_COLUMNS)},
        links=Links(
            np.concatenate([[0], np.cumsum(per_cell)]),
            links.column("seed").to_numpy(),
            links.column("distance").to_numpy().astype(np.float64),
        ),
        regions=tables[f"regions_{number}"].column("regions").to_numpy(),
    )
