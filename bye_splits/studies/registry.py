"""The studies of whole samples, by the name that the command line uses."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bye_splits.chain import ChainParameters
from bye_splits.config import Config
from bye_splits.errors import ByeSplitsError, ChainError

from .histograms import histogram_table
from .main_numbers import Numbers, of_compare, of_phase, of_scan, of_seeding, of_threshold
from .occupancy_study import Job, Outcome, occupancy_study
from .occupancy_tables import TABLES
from .one_pass import for_all_thresholds
from .phase_study import PHASE_OPTIONS, phase
from .plans import COMPARE_OPTIONS, SCAN_OPTIONS, Option, Plan, Workers, compare, scan
from .report import joined_chains, multiplicity_table, seeding_rows, seeding_table
from .response import efficiency_table, response_table
from .sample_study import StoredChunk, at_radii, rows_of, with_outcomes, with_particles, write_table
from .store import Store

Radii = Sequence[float | None]
RADII = tuple(np.linspace(0.005, 0.05, 10).round(12).tolist())
"""In (x/z, y/z), if none are asked for."""


@dataclass(frozen=True)
class Study:
    """One kind of study.

    Attributes
    ----------
    title : what it answers, in a few words
    run : function of the store, the parameters of each chain, the radii and the folder of the tables; it
        yields each table that it has written and its number of rows. None: see `plan`
    plan : function of the configuration, the parameters of each chain and the given options by name, for a
        study with sets of parameters of its own
    tables : names of the tables that it writes
    numbers : function of the folder of the tables that gives main numbers beside those of `headline`
    options : of the study alone
    at_radii : whether its results are those of the given radii, and not of the configured ones
    """

    title: str
    tables: tuple[str, ...]
    run: Callable[[Store, Sequence[ChainParameters], Radii, Path], Iterator[tuple[Path, int]]] | None = None
    plan: Callable[[Config, Sequence[ChainParameters], Mapping[str, Any]], Plan] | None = None
    numbers: Callable[[Path], list[Numbers]] | None = None
    options: tuple[Option, ...] = ()
    at_radii: bool = False

    def planned(
        self,
        config: Config,
        chains: Sequence[ChainParameters],
        radii: Sequence[float] | None,
        given: Mapping[str, Any],
    ) -> Plan:
        """What the study is going to do.

        Parameters
        ----------
        config, chains, given : see `plan`
        radii : in (x/z, y/z); None for `RADII`

        Raises
        ------
        ByeSplitsError : options that the study does not have, or with values that it cannot take
        """
        known = [option.name for option in self.options]
        if foreign := [name for name in given if name not in known]:
            raise ByeSplitsError(
                "options of the study",
                expected=", ".join(map(_dashed, known)) or "none of its own",
                found=", ".join(map(_dashed, foreign)),
                action="Leave them out, or choose the study that has them.",
            )
        if self.plan is not None:
            if radii is not None:
                raise ByeSplitsError(
                    "--radii",
                    expected="no radii beside sets of parameters",
                    found=", ".join(f"{radius:g}" for radius in radii),
                    action="Give the radius as one of the parameters.",
                )
            return self.plan(config, chains, given)
        assert self.run is not None
        run, at = self.run, self._radii(chains, radii)
        sets = at_radii(chains, at)

        def written(store: Store, out: Path, _: Workers) -> Iterator[tuple[Path, int]]:
            if store.chunks:  # otherwise every one has failed
                yield from run(store, chains, at, out)

        if self.at_radii:
            return Plan(sets, written, shown=sets)
        return Plan([*sets, *chains], written, shown=chains)

    def _radii(self, chains: Sequence[ChainParameters], radii: Sequence[float] | None) -> Radii:
        """The given radii, else that of the parameters, else the usual ones."""
        own = tuple(dict.fromkeys(one.radius for one in chains if one.radius is not None))
        if not own or not self.at_radii:
            return RADII if radii is None else radii
        if radii is not None:
            raise ByeSplitsError(
                "radii of the clusters",
                expected="either --radii or the radius of the parameters",
                found=f"--radii, and a radius of {', '.join(f'{radius:g}' for radius in own)}",
                action="Leave one or the other out.",
            )
        return own


def _dashed(name: str) -> str:
    return f"--{name.replace('_', '-')}"


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
    path = out / f"{clusters}.parquet"
    rows = rows_of(store, variants, with_particles)
    yield path, write_table(path, rows, store, clusters, _by_chain(variants))
    yield _particles(store, variants, out)


def _particles(store: Store, variants: Sequence[ChainParameters], out: Path) -> tuple[Path, int]:
    """Write what became of each particle."""
    path = out / "particles.parquet"
    rows = rows_of(store, variants, with_outcomes)
    return path, write_table(path, rows, store, "particles", _by_chain(variants))


def _by_chain(variants: Sequence[ChainParameters]) -> dict[str, ChainParameters]:
    """Parameters of each chain; of several, the first."""
    return {one.chain: one for one in reversed(variants)}


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
            tables[name].append(_with_variant(make(particles), parameters))
    for name, parts in tables.items():
        path = out / f"{name}.parquet"
        table = pd.concat(parts, ignore_index=True)
        yield path, write_table(path, iter([table]), store, name, _by_chain(chains))
    yield _particles(store, at_radii(chains, radii), out)


def _with_variant(table: pd.DataFrame, parameters: ChainParameters) -> pd.DataFrame:
    """A table with the chain and radius as its first columns."""
    table.insert(0, "radius", np.nan if parameters.radius is None else parameters.radius)
    table.insert(0, "chain", parameters.chain)
    return table


def _seeding(
    store: Store, chains: Sequence[ChainParameters], _: Radii, out: Path
) -> Iterator[tuple[Path, int]]:
    tables = [pd.concat(list(seeding_rows(store, one)), ignore_index=True) for one in chains]
    path = out / "particles_by_chain.parquet"
    yield (
        path,
        write_table(
            path, iter([joined_chains(tables)]), store, "particles, chains side by side", _by_chain(chains)
        ),
    )
    for name, make in (("seeding", seeding_table), ("multiplicities", multiplicity_table)):
        parts = [_with_variant(make(table), one) for table, one in zip(tables, chains, strict=True)]
        whole = pd.concat(parts, ignore_index=True)
        path = out / f"{name}.parquet"
        yield path, write_table(path, iter([whole]), store, name, _by_chain(chains))
    yield _particles(store, chains, out)


def _threshold(
    store: Store, chains: Sequence[ChainParameters], _: Radii, out: Path
) -> Iterator[tuple[Path, int]]:
    for one in chains:
        if not for_all_thresholds(one):
            raise ChainError(
                f"study of thresholds, seeding {one.seeding}",
                expected="a seeding whose seeds above a threshold are those of a lower one",
                found="one that finds others",
                action="Try each threshold: `bye-splits study scan --vary seed_threshold=5:60:12 --grid`.",
            )
    path = out / "particles.parquet"
    rows = (part for one in chains for part in _steps(store, one))
    yield path, write_table(path, rows, store, "particles by threshold of the seeds", _by_chain(chains))


def _steps(store: Store, parameters: ChainParameters) -> Iterator[pd.DataFrame]:
    """Particles between all thresholds at which the seeds of their endcap change; exact."""
    for chunk in store.chunks:
        stored = StoredChunk(store, chunk)
        found = stored.found(parameters)
        event, energy = found.removable
        n, start = found.cells.n_events, np.searchsorted(event, np.arange(found.cells.n_events + 1))
        energy, seeds = energy[np.lexsort((energy, event))], np.diff(start)
        side = stored.endcap
        low = np.full(n, found.parameters.seed_threshold)
        for step in range(int(seeds.max(initial=0)) + 1):
            high = np.full(n, np.inf)
            more = np.flatnonzero(seeds > step)
            high[more] = energy[start[more] + step]
            rows = stored.rows(parameters, with_outcomes, low)
            rows = rows.assign(threshold_from=low[side], threshold_to=high[side])
            yield rows[rows["threshold_from"] < rows["threshold_to"]]
            low = high  # infinite after the last seed of an event


@dataclass(frozen=True)
class FilesStudy:
    """A study that goes over the files itself, as it needs other things than the passes of a store.

    Attributes
    ----------
    title : what it answers, in a few words
    tables : names of the tables that it writes
    run : function of the files, the folder of the tables, the parameters of one chain and a `Job`
    options : of the study alone
    """

    title: str
    tables: tuple[str, ...]
    run: Callable[[Sequence[str], Path, ChainParameters, Job], Outcome]
    options: tuple[Option, ...] = ()


STUDIES: dict[str, Study | FilesStudy] = {
    "catalogue": Study(
        "what became of each generated particle, and all clusters", ("clusters", "particles"), _catalogue
    ),
    "compare": Study(
        "two sets of parameters on the same events",
        ("particles", "splits", "differences"),
        plan=compare,
        numbers=of_compare,
        options=COMPARE_OPTIONS,
    ),
    "occupancy": FilesStudy(
        "what is in each trigger cell, module and (R/z, phi) bin", TABLES, occupancy_study
    ),
    "phase": Study(
        "splits with each shower in many positions in the bins, where they lie in bins and on wafers",
        ("particles", "split_rates", "split_by_phase"),
        plan=phase,
        numbers=of_phase,
        options=PHASE_OPTIONS,
    ),
    "radius": Study(
        "clusters and responses against the radius of clusters",
        ("clusters_by_radius", "particles"),
        _radius,
        at_radii=True,
    ),
    "response": Study(
        "responses, efficiencies and split rates in bins, with their errors",
        ("responses", "efficiencies", "histograms", "particles"),
        _response,
        at_radii=True,
    ),
    "scan": Study(
        "many sets of parameters, and which are not beaten",
        ("scan", "particles"),
        plan=scan,
        numbers=of_scan,
        options=SCAN_OPTIONS,
    ),
    "seeding": Study(
        "seeds and searched regions, chains side by side",
        ("particles_by_chain", "seeding", "multiplicities", "particles"),
        _seeding,
        numbers=of_seeding,
    ),
    "threshold": Study(
        "splits against the threshold of the seeds, at every step",
        ("particles",),
        _threshold,
        numbers=of_threshold,
    ),
}
