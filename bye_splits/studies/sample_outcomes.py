"""What became of the generated particles of a sample, chunk by chunk: work for the background."""

import contextlib
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from bye_splits.chain import ChainParameters

from .background import Background, Run
from .chunk import Settings, Task, pass_over
from .endcaps import of_endcap, without_particle
from .sample_study import StoredChunk, with_outcomes
from .store import Store, store_of
from .survey import Chunk, Survey, survey

CELLS = 200_000  # trigger cells of a chunk: results come, and work can be left, every second or so
MOST_BYTES = 2_000_000_000  # of a store; larger samples are not stored, but worked on anew each time


def survey_sample(file: str) -> Survey:
    """A file, cut into chunks for the background; as `survey.survey`."""
    return survey([file], CELLS)


def run_outcomes(background: Background, sample: Survey, folder: Path, parameters: ChainParameters) -> Run:
    """The outcomes of all particles of a sample; the same run for all who ask for the same.

    Parameters
    ----------
    sample : its files, see `survey_sample`
    folder : that exists, for the store
    parameters : of the chain

    Returns
    -------
    Run : its results are those of `outcomes`

    Raises
    ------
    ByeSplitsError : the folder cannot be written to
    """
    settings = Settings.covering([parameters], [])
    store = store_of(sample, folder, settings, CELLS)
    work = partial(outcomes, store, parameters)
    return background.run((store.folder, parameters), store.survey.chunks, work)


class ChunkOutcomes(NamedTuple):
    """What the chain makes of a chunk.

    Attributes
    ----------
    particles : see `particles.particle_rows` and `outcomes`, `endcaps.of_endcap` and `StoredChunk.seeding`
    others : see `endcaps.without_particle`
    """

    particles: pd.DataFrame
    others: pd.DataFrame


def outcomes(store: Store, parameters: ChainParameters, chunk: Chunk) -> ChunkOutcomes:
    """Particles of a chunk with what became of them, and the events without generated particle.

    The chunk is as of `stored_chunk`.
    """
    stored = stored_chunk(store, chunk)
    clusters = stored.clusters(parameters)
    particles = with_outcomes(clusters, stored.particles)
    of_sides = of_endcap(stored.particles, stored), stored.seeding(parameters)
    particles = pd.concat([particles, *of_sides], axis=1)
    others = without_particle(clusters, stored)
    return ChunkOutcomes(stored.labelled(particles, parameters), stored.labelled(others, parameters))


def stored_chunk(store: Store, chunk: Chunk) -> StoredChunk:
    """The events of a chunk; where they are missing in the store, the chain is run.

    The result is stored unless the whole store would be too large.
    """
    return StoredChunk(store, chunk, _tables(store, chunk))


def _tables(store: Store, chunk: Chunk) -> dict:
    if store.has(chunk):
        return store.tables(chunk)
    tables = pass_over(Task(chunk, store.settings))
    size = sum(table.nbytes for table in tables.values())
    if size * len(store.survey.chunks) <= MOST_BYTES:
        with contextlib.suppress(OSError):  # a full disk only means that the chain is run again next time
            store.write(chunk, tables)
    return tables
