"""The study of a sample's splits with each shower in many positions in the bins."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bye_splits.chain import ChainParameters
from bye_splits.config import Config
from bye_splits.errors import ByeSplitsError

from .phase_average import phase_average, split_by_phase
from .phase_chunk import MAP, PhaseSettings, phases_of, unpacked
from .phases import uses_bins
from .plans import Option, Plan, Workers, Written
from .sample_study import write_table
from .store import Store

MOST_PHASES = 1000
USUAL = "20"


def numbers_of_phases(text: str) -> tuple[int, int]:
    """Numbers of positions in R/z and phi of `N` (in phi alone) or `NxM`.

    Raises
    ------
    ByeSplitsError : the text is neither

    Examples
    --------
    >>> numbers_of_phases("20"), numbers_of_phases("4x5")
    ((1, 20), (4, 5))
    """
    parts = text.lower().split("x")
    if len(parts) > 2 or not all(part.isascii() and part.isdigit() for part in parts):
        numbers = (0, 0)
    else:
        numbers = (1, int(text)) if len(parts) == 1 else (int(parts[0]), int(parts[1]))
    if not (min(numbers) >= 1 and max(numbers) <= MOST_PHASES):
        raise ByeSplitsError(
            "--phases",
            expected="a number of positions in phi, or in R/z and phi, as in 20x20, "
            f"each from 1 to {MOST_PHASES}",
            found=repr(text),
            action="Correct it.",
        )
    return numbers


def phase(_: Config, chains: Sequence[ChainParameters], given: Mapping[str, Any]) -> Plan:
    """Move each shower to many positions in the bins.

    Parameters
    ----------
    chains : their parameters
    given : the options that were given, by name
    """
    phases = numbers_of_phases(given.get("phases", USUAL))
    return Plan(
        chains,
        lambda store, out, workers: _phase_tables(store, chains, out, phases, workers),
        shown=chains,
        works=True,
    )


PHASE_OPTIONS = (
    Option(
        name="phases",
        metavar="N",
        help="positions in a phi bin to which each shower is moved, or in R/z and phi, as in 20x20 "
        f"(default: {USUAL})",
    ),
)


def _phase_tables(
    store: Store,
    chains: Sequence[ChainParameters],
    out: Path,
    phases: tuple[int, int],
    workers: Workers,
) -> Written:
    """Write `particles`, `split_rates` and `split_by_phase`.

    Yields
    ------
    path, rows : of each table, which is that of `phase_chunk.phases_of` without the map, or of
        `phase_average` by chain and eta; nothing where every chunk has failed or was left
    """
    n_rz, n_phi = phases
    settings = PhaseSettings(chains=tuple(chains), n_rz=n_rz, n_phi=n_phi)
    name = f"phases-{_key(settings)}"
    work = partial(phases_of, settings)
    store.work(name, work, workers.number, workers.scheduler, workers.progress, workers.stop)
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
        what = f"{title}, each shower in {n_rz} x {n_phi} phases"
        yield path, write_table(path, iter([table]), store, what, {one.chain: one for one in chains})


def _key(settings: PhaseSettings) -> str:
    """What tells the positions' tables in a store from those of other parameters."""
    facts = [str((settings.n_rz, settings.n_phi)), *(one.to_yaml() for one in settings.chains)]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]
