"""The study of a sample's splits with each shower in many positions in the bins."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from bye_splits.chain import ChainParameters

from .phase_average import phase_average, split_by_phase
from .phase_chunk import MAP, PhaseSettings, phases_of, unpacked
from .phases import uses_bins
from .sample_study import write_table
from .store import Store


def phase_tables(
    store: Store,
    chains: Sequence[ChainParameters],
    _: Sequence[float | None],
    out: Path,
    *,
    phases: tuple[int, int],
    workers: int = 1,
    scheduler: str = "",
    progress: Callable[[int], object] = id,
) -> Iterator[tuple[Path, int]]:
    """Write `particles`, `split_rates` and `split_by_phase`.

    Parameters
    ----------
    store, chains, out : as of `Study.run`; the radii are those of the chains
    phases : numbers of positions along R/z and phi
    workers, scheduler, progress : as of `Store.work`

    Yields
    ------
    path, rows : of each table, which is that of `phase_chunk.phases_of` without the map, or of
        `phase_average` by chain and eta; nothing where every chunk has failed
    """
    n_rz, n_phi = phases
    settings = PhaseSettings(
        chains=tuple(chains), mip_threshold=store.settings.mip_threshold, n_rz=n_rz, n_phi=n_phi
    )
    name = f"phases-{_key(settings)}"
    store.work(name, partial(phases_of, settings), workers, scheduler, progress)
    tables = [store.table(chunk, name).to_pandas() for chunk in store.chunks]
    if not tables:
        return
    particles = pd.concat([table for table in tables if len(table)] or tables[:1], ignore_index=True)
    rates, places = [], []
    for parameters in chains:
        own = particles[particles["chain"] == parameters.chain].reset_index(drop=True)
        rates.append(phase_average(own).assign(chain=parameters.chain))
        if uses_bins(parameters):
            split = unpacked(own, n_rz, n_phi)
            places.append(split_by_phase(own, split).assign(chain=parameters.chain))
    empty = split_by_phase(particles[:0], np.zeros((0, n_rz, n_phi), dtype=bool)).assign(chain="")
    for title, parts in (
        ("particles", [particles.drop(columns=MAP)]),
        ("split_rates", rates),
        ("split_by_phase", places or [empty]),
    ):
        path = out / f"{title}.parquet"
        table = pd.concat(parts, ignore_index=True)
        table.insert(0, "chain", table.pop("chain"))
        yield (
            path,
            write_table(path, iter([table]), store, f"{title}, each shower in {n_rz} x {n_phi} phases"),
        )


def _key(settings: PhaseSettings) -> str:
    """What tells the positions' tables in a store from those of other parameters."""
    facts = [str((settings.n_rz, settings.n_phi)), *(one.to_yaml() for one in settings.chains)]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]
