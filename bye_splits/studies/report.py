"""Seeds, regions and splits of each generated particle and in bins, and both chains beside each other.

Every particle is in every denominator, unless a name says otherwise; `older` has what the older report made.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd

from bye_splits.chain import ChainParameters

from .measures import interval
from .particles import IDENTITY
from .response import in_bins
from .sample_study import StoredChunk, with_outcomes
from .store import Store

SHARES = {
    "seeding_efficiency": ("has_seeds", ""),
    "seeding_efficiency_given_region": ("has_seeds", "has_region"),
    "region_efficiency": ("has_region", ""),
    "fewer_seeds_than_regions": ("fewer_seeds", "has_region"),
    "split_rate": ("split", ""),
    "split_rate_given_cluster": ("split", "has_cluster"),
}
"""Shares in bins: what is counted, and among which particles; "" for all."""


MULTIPLICITIES = {"n_seeds": "seeds", "n_regions": "searched regions", "n_near": "clusters within 0.1"}
"""Columns of numbers per particle, and what they count."""


def seeding_rows(store: Store, parameters: ChainParameters) -> Iterator[pd.DataFrame]:
    """Particles with what became of them, and with the seeds and regions of their endcap, chunk by chunk.

    Yields
    ------
    DataFrame : columns of `StoredChunk.rows` and of `with_conditions`
    """
    for chunk in store.chunks:
        stored = StoredChunk(store, chunk)
        rows = stored.rows(parameters, with_outcomes)
        yield with_conditions(pd.concat([rows, stored.seeding(parameters)], axis=1))


def with_conditions(particles: pd.DataFrame) -> pd.DataFrame:
    """The particles with what `SHARES` are of.

    Parameters
    ----------
    particles : with `n_near`, and as of `StoredChunk.seeding` `n_seeds` and `n_regions`, in which seeds were
        searched for (one without coarse seeding)

    Returns
    -------
    DataFrame : with bool `has_seeds has_region fewer_seeds has_cluster`
    """
    seeds, regions = particles["n_seeds"], particles["n_regions"]
    return particles.assign(
        has_seeds=seeds > 0,
        has_region=regions > 0,
        fewer_seeds=seeds < regions,
        has_cluster=particles["n_near"] > 0,
    )


def joined_chains(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The particles of several chains beside each other, joined by file, entry, endcap and particle.

    Parameters
    ----------
    tables : as of `seeding_rows`, each of one chain

    Returns
    -------
    DataFrame : a row per particle, `particles.IDENTITY`, `event pid gen_...`, and of each chain its columns
        as `NAME_CHAIN`
    """
    first = tables[0]
    generated = [*IDENTITY, "event", "pid", *(name for name in first if name.startswith("gen_"))]
    joined = first[generated]
    for table in tables:
        chain = table["chain"].iloc[0] if len(table) else ""
        own = table.drop(columns=[*generated[len(IDENTITY) :], "chain", "radius"]).set_index(IDENTITY)
        joined = joined.merge(
            own.add_suffix(f"_{chain}").reset_index(), on=IDENTITY, how="outer", validate="1:1"
        )
    return joined


def seeding_table(
    rows: pd.DataFrame, bins: Iterable[tuple[dict, pd.DataFrame]] | None = None
) -> pd.DataFrame:
    """Multiplicities and shares, in bins of what was generated.

    Parameters
    ----------
    rows : as of `with_conditions`
    bins : columns that say which bin it is, and its rows; default: those of `response.in_bins`

    Returns
    -------
    DataFrame : a row per bin (`variable low high`) with `n` particles; `n_seeds n_regions n_near`, means per
        particle, and their errors `..._error`; for each of `SHARES` the numbers `..._k` of `..._n`, the
        share, and its Clopper-Pearson interval `..._low ..._high` at one standard deviation
    """
    out = []
    for where, some in in_bins(rows) if bins is None else bins:
        row = where | {"n": len(some)}
        for name in MULTIPLICITIES:
            row[name] = float(some[name].mean())
            row[f"{name}_error"] = float(some[name].sem()) if len(some) > 1 else np.nan
        for name, (counted, among) in SHARES.items():
            base = some[some[among]] if among else some
            row |= _share(name, int(base[counted].sum()), len(base))
        out.append(row)
    return pd.DataFrame(out)


def multiplicity_table(rows: pd.DataFrame) -> pd.DataFrame:
    """How many particles have how many seeds, regions and clusters.

    Parameters
    ----------
    rows : as of `with_conditions`

    Returns
    -------
    DataFrame : a row for each `number` from 0, and for each of `MULTIPLICITIES` the particles with that
        number, `..._k` of `..._n`, their share, and its interval as of `seeding_table`
    """
    numbers = {name: rows[name].to_numpy(np.int64) for name in MULTIPLICITIES}
    most = max(int(of.max(initial=0)) for of in numbers.values())
    counts = {name: np.bincount(of, minlength=most + 1) for name, of in numbers.items()}
    out = []
    for number in range(most + 1):
        row: dict[str, float] = {"number": number}
        for name, count in counts.items():
            row |= _share(name, int(count[number]), len(rows))
        out.append(row)
    return pd.DataFrame(out)


def _share(name: str, k: int, n: int) -> dict[str, float]:
    low, high = interval(np.array(k), np.array(n))
    row = {f"{name}_k": k, f"{name}_n": n, name: k / n if n else np.nan}
    return row | {f"{name}_low": float(low), f"{name}_high": float(high)}
