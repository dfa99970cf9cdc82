"""Tables of a whole sample, chunk by chunk, beside its outcomes: work for the background."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from bye_splits.chain import ChainParameters
from bye_splits.chain.cells import NEEDED
from bye_splits.errors import variant

from .background import Background, Run
from .chunk import LOWEST, Settings
from .one_pass import for_all_thresholds, one_pass
from .paired import differences
from .particles import MATCHED, SHARE, outcomes
from .phase_chunk import PhaseSettings, phases_of
from .piece_tables import PIECE_TABLES, PieceTable, pieces
from .sample_outcomes import CELLS, stored_chunk
from .sample_study import StoredChunk, with_particles
from .store import Store, store_of
from .survey import Chunk, Survey

RADII = tuple(np.linspace(0.005, 0.05, 10).round(6).tolist())
"""Radii of clusters in (x/z, y/z) at which a sample is looked at."""

THRESHOLDS = (*np.arange(LOWEST, 60.0, 2.5).tolist(), *np.arange(60.0, 121.0, 5.0).tolist())
"""Seed thresholds [mipT] at which a chain runs whose seeds do not follow from those of a lower one."""

PHASES = 20
"""Positions of a phi bin in which each shower is looked at."""

PROPERTIES = pd.CategoricalDtype(["any", "split", "matched"])
"""Of a particle at a threshold."""

_GENERATED = ["file", "entry", "event", "endcap", "gen_eta", "gen_phi", "gen_energy", "gen_pt"]
_OF_RADIUS = ["leading_energy", "leading_pt", "near_energy", "near_pt", "all_energy", "all_pt"]
_OF_CLUSTER = ["pt", "energy", "eta", "phi", "n_cells", "dr", "leading"]


def at_each_radius(stored: StoredChunk, parameters: ChainParameters) -> pd.DataFrame:
    """The particles at each of `RADII`.

    Returns
    -------
    DataFrame : a row per particle: which it is, and the columns of `particles.outcomes` that depend on the
        radius, for radius k with `_k` at the end, float32
    """
    grid = stored.outcome_grid(parameters, np.array(RADII), np.array([parameters.seed_threshold]))
    columns = _which(stored)
    for k in range(len(RADII)):
        table = grid.at(k, 0)
        columns |= {f"{name}_{k}": table[name].to_numpy(np.float32) for name in _OF_RADIUS}
    return pd.DataFrame(columns)


def by_threshold(stored: StoredChunk, parameters: ChainParameters) -> pd.DataFrame:
    """Ranges of seed thresholds in which each particle is split, or has a matched cluster.

    They are exact, except with a seeding whose seeds at a threshold are not those of a lower one whose energy
    is above it: its chain runs at each of `THRESHOLDS`, and is taken to stay as it is up to the next one.

    Returns
    -------
    DataFrame : a row per range: which particle, the property (`split` or `matched`), and the range
        `from_threshold` up to, without, `to_threshold` [mipT]; infinite where it does not end. And a row for
        each particle with the property `any`
    """
    if not for_all_thresholds(parameters):
        return _at_thresholds(stored, parameters)
    lowest = stored.found(parameters).parameters.seed_threshold
    energies = np.unique(stored.found(parameters).removable[1])
    thresholds = np.concatenate([[lowest], energies[energies > lowest]])
    radius = None if parameters.radius is None else np.array([parameters.radius])
    grid = stored.outcome_grid(parameters, radius, thresholds)
    order = np.lexsort((grid.first, grid.particle))
    particle = grid.particle[order]
    start, stop = thresholds[grid.first[order]], np.append(thresholds, np.inf)[grid.last[order] + 1]
    which = pd.DataFrame(_which(stored))
    tables = [which.assign(property="any", from_threshold=lowest, to_threshold=np.inf)]
    for name, of in (
        ("split", grid.columns["second_share"][:, 0] > SHARE),
        ("matched", ~np.isnan(grid.columns["leading_pt"][:, 0])),
    ):
        has = of[order]
        rows = np.flatnonzero(has)
        begins = np.ones(len(rows), dtype=bool)  # a range that does not go on from the row before
        begins[1:] = (np.diff(rows) > 1) | (np.diff(particle[rows]) != 0)
        first = rows[begins]
        last = rows[np.append(np.flatnonzero(begins)[1:] - 1, len(rows) - 1)] if len(rows) else first
        ranges = {"property": name, "from_threshold": start[first], "to_threshold": stop[last]}
        tables.append(which.iloc[particle[first]].assign(**ranges))
    return pd.concat(tables, ignore_index=True).astype({"property": PROPERTIES})


def _at_thresholds(stored: StoredChunk, parameters: ChainParameters) -> pd.DataFrame:
    """The table of `by_threshold` of a chain that runs at each threshold."""
    known = stored.found(parameters)
    cells = known.cells
    table = {"mipPt": cells.mip} | {name: getattr(cells, name) for name in NEEDED if name != "mipPt"}
    keyed = stored.particles.assign(entry=stored.endcap, endcap=stored.endcap)
    has = {name: np.zeros((len(keyed), len(THRESHOLDS)), dtype=bool) for name in ("split", "matched")}
    for k, threshold in enumerate(THRESHOLDS):
        one = replace(parameters, seed_threshold=threshold)
        found, _ = one_pass(pd.DataFrame(table), cells.event, cells.n_events, one, known.radius)
        made = found.clusters(one)
        became = outcomes(made.assign(entry=made["event"], endcap=made["event"]), keyed)
        has["split"][:, k] = became["second_share"].to_numpy() > SHARE
        has["matched"][:, k] = became["leading_pt"].notna()
    which, ends = pd.DataFrame(_which(stored)), np.append(THRESHOLDS, np.inf)
    tables = [which.assign(property="any", from_threshold=ends[0], to_threshold=np.inf)]
    for name, of in has.items():
        change = np.diff(np.pad(of, ((0, 0), (1, 1))).astype(np.int8), axis=1)
        particle, first = np.nonzero(change > 0)
        _, after = np.nonzero(change < 0)
        ranges = {"property": name, "from_threshold": ends[first], "to_threshold": ends[after]}
        tables.append(which.iloc[particle].assign(**ranges))
    return pd.concat(tables, ignore_index=True).astype({"property": PROPERTIES})


def _which(stored: StoredChunk) -> dict[str, np.ndarray]:
    """Columns that say which particles a table is of."""
    particles = stored.particles
    columns = {"file": np.full(len(particles), stored.chunk.file, dtype=np.int32)}
    columns |= {name: particles[name].to_numpy() for name in _GENERATED if name != "file"}
    return columns | {"particle": particles["particle"].to_numpy()}


def all_clusters(stored: StoredChunk, parameters: ChainParameters) -> pd.DataFrame:
    """The clusters, with or without a particle.

    Returns
    -------
    DataFrame : a row per cluster: `pt energy` [GeV], `eta phi n_cells`, and beside the particle that it
        belongs to: `dr`, `leading`, `matched` to it, and its `gen_...`; NaN without one
    """
    rows = stored.rows(parameters, with_particles)
    table = rows[[*_GENERATED, *_OF_CLUSTER]].assign(matched=rows["dr"] <= MATCHED)
    wide = table.select_dtypes("float64").columns
    return table.astype(dict.fromkeys(wide, np.float32))


def over_phases(stored: StoredChunk, parameters: ChainParameters) -> pd.DataFrame:
    """In how many positions of a phi bin each particle's shower is split.

    Returns
    -------
    DataFrame : a row per particle: which it is, and `p_split`, the share of `PHASES` positions; NaN for
        chains whose seeds do not depend on the bins
    """
    settings = PhaseSettings(chains=(parameters,), n_rz=1, n_phi=PHASES)
    found = phases_of(settings, stored.chunk).to_pandas()
    known = found["n_phases"].to_numpy() > 1
    return pd.DataFrame(_which(stored) | {"p_split": np.where(known, found["p_split"], np.nan)})


@dataclass(frozen=True)
class SampleTable:
    """A kind of table.

    Attributes
    ----------
    make : function of a chunk and the parameters
    relevant : the parameters with those that the table does not depend on at their defaults
    """

    make: Callable[[StoredChunk, ChainParameters], pd.DataFrame]
    relevant: Callable[[ChainParameters], ChainParameters] = lambda parameters: parameters


def file_clusters(stored: StoredChunk, parameters: ChainParameters) -> pd.DataFrame:
    """The file's own clusters, in the columns of `all_clusters`; `n_cells` is 0, as files do not tell it."""
    found = stored.file_clusters
    found["event"] = stored.events.set_index("entry")["event"].reindex(found["entry"]).to_numpy()
    found = found.assign(endcap=np.where(found["eta"] < 0, -1, 1).astype(np.int8), n_cells=0)
    rows = stored.labelled(with_particles(found, stored.particles), parameters)
    return rows[[*_GENERATED, *_OF_CLUSTER]].assign(matched=rows["dr"] <= MATCHED)


TABLES: dict[str, SampleTable | PieceTable] = {
    "radii": SampleTable(at_each_radius, lambda parameters: replace(parameters, radius=None)),
    "thresholds": SampleTable(by_threshold, lambda parameters: replace(parameters, seed_threshold=LOWEST)),
    "clusters": SampleTable(all_clusters),
    "phases": SampleTable(over_phases),
    "file_clusters": SampleTable(file_clusters, lambda _: ChainParameters()),
    **PIECE_TABLES,
}


def run_table(
    background: Background,
    sample: Survey,
    folder: Path,
    kind: str,
    parameters: ChainParameters,
    most: int | None = None,
) -> Run:
    """A table of a sample; the same run for all who ask for the same.

    Parameters
    ----------
    kind : one of `TABLES`
    most : of a table that is made from pieces, only the first events of each file, about so many
    background, sample, folder, parameters : as of `sample_outcomes.run_outcomes`

    Returns
    -------
    Run : its results are DataFrames

    Raises
    ------
    ByeSplitsError : no such table, or the folder cannot be written to
    """
    table = variant(TABLES, kind, "table of a sample")
    parameters = table.relevant(parameters)
    if isinstance(table, PieceTable):
        key = kind, parameters, most, tuple(file.identity for file in sample.files)
        work = partial(rows_of_piece, kind, parameters)
        return background.run(key, pieces(sample.chunks, table.events, most), work)
    store = store_of(sample, folder, Settings.covering([parameters], RADII), CELLS)
    work = partial(rows_of_chunk, store, kind, parameters)
    return background.run((store.folder, kind, parameters), store.survey.chunks, work)


def run_differences(background: Background, key: Hashable, pairs: pd.DataFrame) -> Run:
    """The differences between two sets of parameters, whose bootstrap takes a second.

    Parameters
    ----------
    key : tells the runs apart
    pairs : see `paired.side_by_side`

    Returns
    -------
    Run : of one piece of work, whose result is the table of `paired.differences`
    """
    whole = Chunk(0, 0, "differences", 0, len(pairs))
    return background.run(("differences", key), [whole], partial(_differences, pairs))


def _differences(pairs: pd.DataFrame, _: Chunk) -> pd.DataFrame:
    return differences(pairs)


def rows_of_chunk(store: Store, kind: str, parameters: ChainParameters, chunk: Chunk) -> pd.DataFrame:
    """The rows of a table that are of a chunk."""
    table = TABLES[kind]
    assert isinstance(table, SampleTable)
    return table.make(stored_chunk(store, chunk), parameters)


def rows_of_piece(kind: str, parameters: ChainParameters, piece: Chunk) -> pd.DataFrame:
    """The rows of a table that are of a piece of a file."""
    return PIECE_TABLES[kind].make(piece, parameters)
