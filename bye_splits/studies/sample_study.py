"""What the studies have in common: the tables that a store's passes give, written chunk by chunk."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bye_splits import __version__, cache
from bye_splits.chain import ChainParameters
from bye_splits.chain.cells import Cells
from bye_splits.errors import ByeSplitsError
from bye_splits.page_checksums import WRITTEN

from .chunk import Tables, restored, stored_cells
from .one_pass import Pass
from .outcome_grid import OutcomeGrid, outcome_grid
from .particles import MATCHED, NEAR, belongs_to, highest, outcomes, particle_rows
from .store import Store
from .survey import Chunk

Rows = Iterator[pd.DataFrame]
Make = Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]


class StoredChunk:
    """The events of a chunk of a store.

    Parameters
    ----------
    tables : of the chunk, as `chunk.pass_over` gives them; None reads those in the store

    Attributes
    ----------
    chunk : Chunk
    events : DataFrame, `entry`, `event` and numbers of trigger cells
    particles : see `particles.particle_rows`
    """

    def __init__(self, store: Store, chunk: Chunk, tables: Tables | None = None):
        self._store, self.chunk = store, chunk
        self._tables = store.tables(chunk) if tables is None else tables
        self._cells: dict[bool, Cells] = {}
        self._passes: dict[int, Pass] = {}
        self.events = self._tables["events"].to_pandas()
        self.particles = particle_rows(self._tables["particles"].to_pandas(), self.events)

    @property
    def file_clusters(self) -> pd.DataFrame:
        """The file's own clusters: `entry`, and columns as `Event.clusters` has them."""
        return self._tables["file_clusters"].to_pandas()

    @property
    def n_cells(self) -> np.ndarray:
        """Trigger cells that the chain takes, int64, shape (n_events, 2): at z > 0 and at z < 0."""
        side = self._tables["cells"].column("side").to_numpy()
        return np.bincount(side, minlength=2 * len(self.events)).reshape(-1, 2)

    def found(self, parameters: ChainParameters) -> Pass:
        """The pass that has the seeds of some parameters.

        Raises
        ------
        ChainError : there is none in the store
        """
        settings, legacy = self._store.settings, parameters.legacy
        number = settings.number(parameters)
        if legacy not in self._cells:
            self._cells[legacy] = stored_cells(self._tables, legacy)
        if number not in self._passes:
            self._passes[number] = restored(self._tables, self._cells[legacy], settings, number)
        return self._passes[number]

    @property
    def endcap(self) -> np.ndarray:
        """Event of the passes in which each particle is, int64, shape (n_particles,)."""
        row = np.searchsorted(self.events["entry"], self.particles["entry"])
        return 2 * row + (self.particles["endcap"].to_numpy() < 0)

    def seeding(self, parameters: ChainParameters) -> pd.DataFrame:
        """Seeds in the endcap of each particle, `n_seeds`, and regions searched for them, `n_regions`."""
        found, side = self.found(parameters), self.endcap
        return pd.DataFrame(
            {
                "n_seeds": found.n_seeds(parameters.seed_threshold)[side],
                "n_regions": found.regions[side],
            }
        )

    def outcome_grid(
        self,
        parameters: ChainParameters,
        radii: np.ndarray | None,
        thresholds: np.ndarray,
        wanted: np.ndarray | None = None,
    ) -> OutcomeGrid:
        """What became of the particles on a grid, see `outcome_grid.outcome_grid`."""
        found = self.found(parameters)
        return outcome_grid(found, self.particles, self.endcap, parameters, radii, thresholds, wanted)

    def rows(
        self, parameters: ChainParameters, make: Make, threshold: np.ndarray | None = None
    ) -> pd.DataFrame:
        """Rows under some parameters, with columns that say which.

        Parameters
        ----------
        make : function of the clusters (with `entry event endcap`) and the particles
        threshold : see `Pass.clusters`
        """
        return self.labelled(make(self.clusters(parameters, threshold), self.particles), parameters)

    def clusters(self, parameters: ChainParameters, threshold: np.ndarray | None = None) -> pd.DataFrame:
        """The clusters under some parameters, see `Pass.clusters`.

        With their `entry event endcap`, and `number` among those of the endcap, as the chain counts them.
        """
        clusters = self.found(parameters).clusters(parameters, threshold)
        side = clusters.pop("event").to_numpy()
        clusters["number"] = np.arange(len(side)) - np.searchsorted(side, side)
        row, negative = np.divmod(side, 2)
        clusters.insert(0, "endcap", (1 - 2 * negative).astype(np.int8))
        for name in ("event", "entry"):
            clusters.insert(0, name, self.events[name].to_numpy()[row])
        return clusters

    def labelled(self, rows: pd.DataFrame, parameters: ChainParameters) -> pd.DataFrame:
        """Rows with columns that say of which file and under which parameters they are."""
        rows.insert(0, "file", np.full(len(rows), self.chunk.file, dtype=np.int32))
        rows.insert(0, "radius", np.nan if parameters.radius is None else parameters.radius)
        rows.insert(0, "chain", parameters.chain)
        return rows


def rows_of(store: Store, variants: Sequence[ChainParameters], make: Make) -> Rows:
    """Rows of each chunk under each of some parameters, whose seeds are among those of the store."""
    for chunk in store.chunks:
        stored = StoredChunk(store, chunk)
        for parameters in variants:
            yield stored.rows(parameters, make)


def with_particles(clusters: pd.DataFrame, particles: pd.DataFrame) -> pd.DataFrame:
    """Clusters beside the particle that each belongs to.

    Returns
    -------
    DataFrame : the clusters with `dr` from the particle; `leading`, whether it is the particle's leading
        matched cluster, as in `outcomes`; `n_near`, how many clusters are within `NEAR` of the particle: its
        fragments; `share` of the energy of these, NaN for one further away; the number `particle` among those
        of the entry, and the particle's `gen_...`. Without a particle NaN, and 0 for `n_near`
    """
    row, distance = belongs_to(clusters, particles)
    beside = particles[["particle", *(name for name in particles if name.startswith("gen_"))]]
    beside = pd.concat([beside, beside.iloc[:0].reindex([len(beside)])])  # row -1: without a particle
    energy, n = clusters["energy"].to_numpy(float), len(particles)
    matched = np.flatnonzero((row >= 0) & (distance <= MATCHED))
    first = highest(matched, row, clusters["pt"].to_numpy(float), n)
    leading = np.zeros(len(clusters), dtype=bool)
    leading[first[first >= 0]] = True
    near = np.flatnonzero((row >= 0) & (distance <= NEAR))
    share = np.full(len(clusters), np.nan)
    share[near] = energy[near] / np.bincount(row[near], energy[near], n)[row[near]]
    n_near = np.append(np.bincount(row[near], minlength=n), 0)[row]
    columns = {name: beside[name].to_numpy(float)[row] for name in beside}
    return clusters.assign(dr=distance, leading=leading, n_near=n_near, share=share, **columns)


def with_outcomes(clusters: pd.DataFrame, particles: pd.DataFrame) -> pd.DataFrame:
    """Particles with what became of each, see `outcomes`."""
    return pd.concat([particles, outcomes(clusters, particles)], axis=1)


def write_table(
    path: Path, parts: Rows, store: Store, title: str, sets: Mapping[str, ChainParameters], **more: str
) -> int:
    """Write a parquet table, part by part; it appears when it is complete.

    Parameters
    ----------
    sets : the parameters of the table's rows, by the name that the metadata of the schema have for them; a
        column says what differs from them
    more : further entries of the metadata

    Returns
    -------
    number of rows
    """
    rows = 0
    of_sets = {f"parameters.{name}": one.to_yaml() for name, one in sets.items()}
    metadata = _metadata(store, title) | of_sets | more

    def write(temporary: Path) -> None:
        nonlocal rows
        writer = None
        try:
            for part in parts:
                table = pa.Table.from_pandas(part, preserve_index=False)
                if writer is None:
                    schema = table.schema.with_metadata(metadata)
                    writer = pq.ParquetWriter(temporary, schema, compression="zstd", **WRITTEN)
                writer.write_table(_of_schema(table, writer.schema))
                rows += len(part)
        finally:
            if writer is not None:
                writer.close()

    cache.write_atomically(path, write)
    return rows


def _of_schema(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """A part of a table in the types of its first part."""
    try:
        return table.cast(schema.remove_metadata())
    except pa.ArrowInvalid as error:  # event numbers above 2^63 - 1 are uint64
        raise ByeSplitsError(
            "event numbers of the files",
            expected="numbers that one column can hold",
            found=f"{error}",
            action="Study the files with event numbers above 2^63 - 1 by themselves.",
        ) from error


def _metadata(store: Store, title: str) -> dict[str, str]:
    files = [
        {"path": file.location, "identity": file.identity, "events": file.events}
        | ({"description": file.description} if file.description else {})
        for file in store.survey.files
    ]
    files += [{"path": path, "problem": str(error)} for path, error in store.survey.failures.items()]
    return {
        "title": title,
        "bye_splits_version": __version__,
        "partial": json.dumps(store.partial),
        "problems": json.dumps({str(chunk): text for chunk, text in store.problems.items()}),
        "files": json.dumps(files),
        "mip_threshold": json.dumps(store.settings.mip_threshold),
        # Of the passes, whose seeds are those of lower thresholds, too.
        **{f"store.{number}": one.to_yaml() for number, one in enumerate(store.settings.chains)},
    }


def at_radii(chains: Sequence[ChainParameters], radii: Sequence[float | None]) -> list[ChainParameters]:
    """The parameters of each chain at each radius."""
    return [replace(parameters, radius=radius) for parameters in chains for radius in radii]
