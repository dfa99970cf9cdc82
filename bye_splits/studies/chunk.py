"""The pass over one chunk of a file as tables, and back: a function of its task alone, for any worker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from bye_splits.chain import ChainParameters
from bye_splits.chain.cells import NEEDED, Cells
from bye_splits.chain.chains import CHAINS
from bye_splits.chain.running import SEED_COLUMNS
from bye_splits.data import open_source

from .links import Links
from .one_pass import Pass, one_pass
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
    chains : ChainParameters, one per chain, with the lowest threshold of seeds
    radius : the largest radius, in (x/z, y/z)
    mip_threshold : transverse MIP; trigger cells below it are not used
    """

    chains: tuple[ChainParameters, ...]
    radius: float
    mip_threshold: float

    @classmethod
    def covering(
        cls, chains: Sequence[ChainParameters], radii: Sequence[float | None], mip_threshold: float
    ) -> "Settings":
        """Settings of a store from which all results with some parameters follow.

        Parameters
        ----------
        chains : parameters, each of another chain
        radii : of clusters, beside those of the chains, in (x/z, y/z)
        mip_threshold : see above
        """
        radius = max([LARGEST, *(radius for radius in radii if radius is not None)])
        for one in chains:
            by_layer = max(one.cluster.radii) + abs(one.cluster.slope) * max(
                abs(one.cluster.mid_radius - eta) for eta in ETA_LIMITS
            )
            radius = max(radius, by_layer, one.radius or 0.0)
        usual = ChainParameters()
        seeds = tuple(  # they do not depend on the rest: sets that differ only there share a store
            replace(
                one,
                seed_threshold=min(LOWEST, one.seed_threshold),
                radius=usual.radius,
                association=usual.association,
                cluster=usual.cluster,
            )
            for one in chains
        )
        return cls(
            chains=seeds,
            radius=radius,
            mip_threshold=mip_threshold,
        )


class Task(NamedTuple):
    """A chunk, and what to do with it."""

    chunk: Chunk
    settings: Settings


def pass_over(task: Task) -> Tables:
    """Run the chains on the events of a chunk.

    Returns
    -------
    tables by name: `events` (a row per entry), `particles` and `file_clusters` (with their entry), `cells`
    (with `side`: 2 * row in `events`, + 1 at z < 0), and of each chain `regions_NAME` (a row per side),
    `seeds_NAME` and `links_NAME`

    Raises
    ------
    SourceError : the file cannot be read, or has changed
    ChainError : as `chain.run_many`
    """
    chunk, settings = task
    columns = dict.fromkeys(
        [*NEEDED, *(name for one in settings.chains for name in CHAINS[one.chain].columns)]
    )
    with open_source(chunk.location) as source:
        batches = list(source.batches((*columns, *_CHECKED), chunk.start, chunk.stop))
        particles, clusters = source.particles(chunk.start, chunk.stop)
    before = np.cumsum([0, *(len(batch.entries) for batch in batches)])
    table = pd.concat([batch.trigger_cells for batch in batches], ignore_index=True)
    row = np.concatenate([batch.event + first for batch, first in zip(batches, before[:-1], strict=True)])
    used = np.flatnonzero(table["mipPt"].to_numpy() >= settings.mip_threshold)
    cells = {name: table[name].to_numpy()[used] for name in columns}
    side = 2 * row[used] + (cells["z"] < 0)
    order = np.argsort(side, kind="stable")  # the chain takes event by event, one endcap after the other
    cells, side = {name: values[order] for name, values in cells.items()}, side[order]
    entries, n = np.concatenate([batch.entries for batch in batches]), int(before[-1])
    events = {
        "entry": entries,
        "event": np.concatenate([batch.event_numbers for batch in batches]),
        "n_cells": np.bincount(row, minlength=n),
        "n_used": np.bincount(row[used], minlength=n),
    }
    tables = {
        "particles": pa.Table.from_pandas(particles, preserve_index=False),
        "file_clusters": pa.Table.from_pandas(clusters, preserve_index=False),
        "cells": pa.table({"side": side.astype(np.int32)} | {name: cells[name] for name in NEEDED}),
    }
    for parameters in settings.chains:
        found, outside = one_pass(cells, side, 2 * n, parameters, settings.radius)
        events["n_outside"] = outside[::2] + outside[1::2]  # the histogram's limits are those of all chains
        distance = found.links.distance
        tables[f"regions_{parameters.chain}"] = pa.table({"regions": found.regions})
        tables[f"seeds_{parameters.chain}"] = pa.table(found.seeds)
        tables[f"links_{parameters.chain}"] = pa.table(
            {
                "cell": np.repeat(np.arange(len(side), dtype=np.int32), np.diff(found.links.first)),
                "seed": found.links.seed,
                "distance": distance if parameters.legacy else distance.astype(np.float32),
            }
        )
    return tables | {"events": pa.table(events)}


def restored(tables: Mapping[str, pa.Table], parameters: ChainParameters, radius: float) -> Pass:
    """The pass of one chain, out of the tables of `pass_over`.

    Parameters
    ----------
    parameters, radius : of the task, those of the chain
    """
    column = {name: tables["cells"].column(name).to_numpy() for name in tables["cells"].column_names}
    n_events = 2 * tables["events"].num_rows
    side = column.pop("side")
    seeds, links = tables[f"seeds_{parameters.chain}"], tables[f"links_{parameters.chain}"]
    first = np.searchsorted(links.column("cell").to_numpy(), np.arange(len(side) + 1))
    return Pass(
        parameters=parameters,
        radius=radius,
        cells=Cells.of(column, side, n_events, parameters.legacy),
        seeds={name: seeds.column(name).to_numpy() for name in ("event", *SEED_COLUMNS)},
        links=Links(
            first,
            links.column("seed").to_numpy(),
            links.column("distance").to_numpy().astype(np.float64),
        ),
        regions=tables[f"regions_{parameters.chain}"].column("regions").to_numpy(),
    )
