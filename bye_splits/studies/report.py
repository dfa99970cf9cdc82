"""Seeds, regions and splits of each generated particle and in bins, and both chains beside each other.

Every particle is in every denominator, unless a name says otherwise; `older` has what the older report made.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from bye_splits.chain import ChainParameters

from .measures import interval
from .response import in_bins
from .sample_study import StoredChunk, with_outcomes
from .store import Store

KEY = ["file", "entry", "endcap", "particle"]
"""Columns that tell particles apart; `particle` counts those of one endcap."""

SHARES = {
    "seeding_efficiency": ("has_seeds", ""),
    "seeding_efficiency_given_region": ("has_seeds", "has_region"),
    "region_efficiency": ("has_region", ""),
    "fewer_seeds_than_regions": ("fewer_seeds", "has_region"),
    "split_rate": ("split", ""),
    "split_rate_given_cluster": ("split", "has_cluster"),
}
"""Shares in bins: what is counted, and among which particles; "" for all."""


def seeding_rows(store: Store, parameters: ChainParameters) -> Iterator[pd.DataFrame]:
    """Particles with what became of them, and with the seeds and regions of their endcap, chunk by chunk.

    Yields
    ------
    DataFrame : columns of `StoredChunk.rows`, and `particle`, `n_seeds`, `n_regions` in which seeds were
        searched for (one without coarse seeding), and bool `has_seeds has_region fewer_seeds has_cluster`
    """
    for chunk in store.chunks:
        stored = StoredChunk(store, chunk)
        rows = stored.rows(parameters, with_outcomes)
        found = stored.found(parameters)
        row = np.searchsorted(stored.events["entry"], rows["entry"])
        side = 2 * row + (rows["endcap"].to_numpy() < 0)
        seeds, regions = found.n_seeds(parameters.seed_threshold)[side], found.regions[side]
        yield rows.assign(
            particle=rows.groupby(KEY[:3], sort=False).cumcount(),
            n_seeds=seeds,
            n_regions=regions,
            has_seeds=seeds > 0,
            has_region=regions > 0,
            fewer_seeds=seeds < regions,
            has_cluster=rows["n_near"] > 0,
        )


def joined_chains(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The particles of several chains beside each other, joined by file, entry, endcap and particle.

    Parameters
    ----------
    tables : as of `seeding_rows`, each of one chain

    Returns
    -------
    DataFrame : a row per particle, `KEY`, `event pid gen_...`, and of each chain its columns as `NAME_CHAIN`
    """
    first = tables[0]
    generated = [*KEY, "event", "pid", *(name for name in first if name.startswith("gen_"))]
    joined = first[generated]
    for table in tables:
        chain = table["chain"].iloc[0] if len(table) else ""
        own = table.drop(columns=[*generated[len(KEY) :], "chain", "radius"]).set_index(KEY)
        joined = joined.merge(own.add_suffix(f"_{chain}").reset_index(), on=KEY, how="outer", validate="1:1")
    return joined


def seeding_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Multiplicities and shares, over all particles and in bins of what was generated.

    Parameters
    ----------
    rows : as of `seeding_rows`

    Returns
    -------
    DataFrame : a row per bin (`variable low high`) with `n` particles; `n_seeds n_regions`, means per endcap,
        and their errors `..._error`; for each of `SHARES` the numbers `..._k` of `..._n`, the share, and its
        Clopper-Pearson interval `..._low ..._high` at one standard deviation
    """
    out = []
    for where, some in in_bins(rows):
        row = where | {"n": len(some)}
        for name in ("n_seeds", "n_regions"):
            row[name] = float(some[name].mean())
            row[f"{name}_error"] = float(some[name].sem()) if len(some) > 1 else np.nan
        for name, (counted, among) in SHARES.items():
            base = some[some[among]] if among else some
            k, n = int(base[counted].sum()), len(base)
            low, high = interval(np.array(k), np.array(n))
            row |= {f"{name}_k": k, f"{name}_n": n, name: k / n if n else np.nan}
            row |= {f"{name}_low": float(low), f"{name}_high": float(high)}
        out.append(row)
    return pd.DataFrame(out)
