"""The studies of whole samples, by the name that the command line uses."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from bye_splits.chain import ChainParameters

from .histograms import histogram_table
from .report import joined_chains, seeding_rows, seeding_table
from .response import efficiency_table, response_table
from .sample_study import StoredChunk, at_radii, rows_of, with_outcomes, with_particles, write_table
from .store import Store

Radii = Sequence[float | None]


@dataclass(frozen=True)
class Study:
    """One kind of study.

    Attributes
    ----------
    title : what it answers, in a few words
    run : function of the store, the parameters of each chain, the radii and the folder of the tables; it
        yields each table that it has written and its number of rows
    at_radii : whether its results are those of the given radii, and not of the configured ones
    """

    title: str
    run: Callable[[Store, Sequence[ChainParameters], Radii, Path], Iterator[tuple[Path, int]]]
    at_radii: bool = False


def _catalogue(
    store: Store, chains: Sequence[ChainParameters], _: Radii, out: Path
) -> Iterator[tuple[Path, int]]:
    return _particles_and_clusters(store, chains, out, "clusters")


def _radius(
    store: Store, chains: Sequence[ChainParameters], radii: Radii, out: Path
) -> Iterator[tuple[Path, int]]:
    return _particles_and_clusters(store, at_radii(chains, radii), out, "clusters_by_radius")


def _particles_and_clusters(
    store: Store, variants: Sequence[ChainParameters], out: Path, clusters: str
) -> Iterator[tuple[Path, int]]:
    for name, make in ((clusters, with_particles), ("particles", with_outcomes)):
        path = out / f"{name}.parquet"
        yield path, write_table(path, rows_of(store, variants, make), store, name)


def _response(
    store: Store, chains: Sequence[ChainParameters], radii: Radii, out: Path
) -> Iterator[tuple[Path, int]]:
    makers = {
        "responses": response_table,
        "efficiencies": efficiency_table,
        "histograms": histogram_table,
    }
    tables: dict[str, list[pd.DataFrame]] = {name: [] for name in makers}
    for parameters in at_radii(chains, radii):
        particles = pd.concat(list(rows_of(store, [parameters], with_outcomes)), ignore_index=True)
        for name, make in makers.items():
            tables[name].append(_with_variant(make(particles), particles))
    for name, parts in tables.items():
        path = out / f"{name}.parquet"
        yield path, write_table(path, iter([pd.concat(parts, ignore_index=True)]), store, name)


def _with_variant(table: pd.DataFrame, particles: pd.DataFrame) -> pd.DataFrame:
    """A table of some particles with their chain and radius as its first columns."""
    which = particles[["chain", "radius"]].iloc[:1]
    return pd.concat([which.loc[[0] * len(table)].reset_index(drop=True), table], axis=1)


def _seeding(
    store: Store, chains: Sequence[ChainParameters], _: Radii, out: Path
) -> Iterator[tuple[Path, int]]:
    tables = [pd.concat(list(seeding_rows(store, one)), ignore_index=True) for one in chains]
    path = out / "particles_by_chain.parquet"
    yield path, write_table(path, iter([joined_chains(tables)]), store, "particles, chains side by side")
    parts = [_with_variant(seeding_table(table), table) for table in tables]
    path = out / "seeding.parquet"
    yield path, write_table(path, iter([pd.concat(parts, ignore_index=True)]), store, "seeding")


def _threshold(
    store: Store, chains: Sequence[ChainParameters], _: Radii, out: Path
) -> Iterator[tuple[Path, int]]:
    path = out / "particles.parquet"
    rows = (part for one in chains for part in _steps(store, one))
    yield path, write_table(path, rows, store, "particles by threshold of the seeds")


def _steps(store: Store, parameters: ChainParameters) -> Iterator[pd.DataFrame]:
    """Particles between all thresholds at which the seeds of their endcap change; exact."""
    for chunk in store.chunks:
        stored = StoredChunk(store, chunk)
        found = stored.found(parameters.chain)
        event, energy = found.seeds["event"], found.seeds["energy"]
        n, start = found.cells.n_events, np.searchsorted(event, np.arange(found.cells.n_events + 1))
        energy, seeds = energy[np.lexsort((energy, event))], np.diff(start)
        row = np.searchsorted(stored.events["entry"], stored.particles["entry"])
        side = 2 * row + (stored.particles["endcap"].to_numpy() < 0)
        low = np.full(n, found.parameters.seed_threshold)
        for step in range(int(seeds.max(initial=0)) + 1):
            high = np.full(n, np.inf)
            more = np.flatnonzero(seeds > step)
            high[more] = energy[start[more] + step]
            rows = stored.rows(parameters, with_outcomes, low)
            rows = rows.assign(threshold_from=low[side], threshold_to=high[side])
            yield rows[rows["threshold_from"] < rows["threshold_to"]]
            low = high  # infinite after the last seed of an event


STUDIES = {
    "catalogue": Study("what became of each generated particle, and all clusters", _catalogue),
    "radius": Study("clusters and responses against the radius of clusters", _radius, True),
    "response": Study("responses, efficiencies and split rates in bins, with their errors", _response, True),
    "seeding": Study("seeds and searched regions, chains side by side", _seeding),
    "threshold": Study("splits against the threshold of the seeds, at every step", _threshold),
}
