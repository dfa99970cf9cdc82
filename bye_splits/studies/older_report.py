"""The older report out of the tables of particles and clusters of our chain, quirks included; see `older`.

The older report had one endcap and one particle per event: here an endcap takes the place of an event, and of
several particles in it the first one counts.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from .older import equal_bins, event_table, joined_by_row, responses_in_bins, seeds_in_bins, seeds_table

VARIABLES = {"energy": "en", "pt": "pt", "abs_eta": "eta", "phi": "phi"}
"""The older report's names of `profiles.VARIABLES`."""

RESIDUALS = {"energy": "clresen", "pt": "clrespt", "eta": "clreseta", "phi": "clresphi"}
"""Its columns of `response.RESIDUALS`; of ratios 1 is subtracted."""

_OF_CLUSTER = ["entry", "energy", "pt", "eta", "phi"]


def older_events(particles: pd.DataFrame, clusters: pd.DataFrame) -> pd.DataFrame:
    """The older report's row of each endcap with a cluster.

    Parameters
    ----------
    particles : columns of `particles.particle_rows` and of `StoredChunk.seeding`
    clusters : `file entry endcap energy pt eta phi` of all clusters

    Returns
    -------
    DataFrame : columns of `older.event_table` (`geneta` without its sign), `nseeds`, and `ncss` regions
    """
    first = particles.assign(entry=_endcaps(particles)).drop_duplicates("entry")
    found = clusters.assign(entry=_endcaps(clusters))[_OF_CLUSTER]
    found = found[found["entry"].isin(first["entry"])]
    table = event_table(first, found)
    seeds = first.set_index("entry").loc[table.index]
    return table.assign(
        geneta=table["geneta"].abs(), nseeds=seeds["n_seeds"], ncss=seeds["n_regions"]
    ).reset_index(drop=True)


def beside_by_row(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """The rows of a second chain beside what was generated in the same rows of the first one.

    Notes
    -----
    Quirk: these are other events, and the numbers of clusters are those of the first chain.
    """
    both = joined_by_row(first, second).iloc[: len(second)]
    kept = {name: both[name if name in both else f"{name}_cs"] for name in second}
    return pd.DataFrame(kept).dropna().reset_index(drop=True)


def older_profile(events: pd.DataFrame, residual: str, against: str) -> pd.DataFrame:
    """A residual in ten equal bins of what was generated.

    Parameters
    ----------
    events : of `older_events`
    residual : one of `RESIDUALS`
    against : one of `VARIABLES`

    Returns
    -------
    DataFrame : `low high`, and the columns of `older.responses_in_bins`
    """
    generated = events[f"gen{VARIABLES[against]}"].to_numpy(np.float64)
    edges = equal_bins(generated)
    table = responses_in_bins(events[RESIDUALS[residual]].to_numpy(np.float64), generated, edges)
    return table.assign(low=edges[:-1], high=edges[1:])


def older_seeds(events: pd.DataFrame, against: str) -> pd.DataFrame:
    """Means of the seeds in ten equal bins of what was generated, of endcaps with a region and a cluster.

    Returns
    -------
    DataFrame : `low high`, means `nseeds ncss`, shares `has_seeds less_seeds`
    """
    table = with_region(events)
    edges = equal_bins(table[f"gen{VARIABLES[against]}"].to_numpy(np.float64))
    found = seeds_in_bins(table, VARIABLES[against])
    means = {name: of["mean"] for name, of in found.items()}
    return pd.DataFrame(means | {"low": edges[:-1], "high": edges[1:]})


def with_region(events: pd.DataFrame) -> pd.DataFrame:
    """Those of `older_events` that are in the denominators of the older seeding efficiency."""
    generated = {f"gen_{ours}": events[f"gen{theirs}"] for ours, theirs in _GENERATED.items()}
    return seeds_table(pd.DataFrame(generated), events["nseeds"].to_numpy(), events["ncss"].to_numpy())


_GENERATED = {"energy": "en", "eta": "eta", "phi": "phi", "pt_face": "pt"}


def _endcaps(rows: pd.DataFrame) -> np.ndarray:
    """A number for each endcap of each event, int64."""
    file, entry, endcap = (rows[name].to_numpy(np.int64) for name in ("file", "entry", "endcap"))
    return ((file << 40) + entry) * 2 + (endcap < 0)


def all_beside(tables: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """The tables of several chains of one sample, all but the first one `beside_by_row`."""
    return [*tables[:1], *(beside_by_row(tables[0], one) for one in tables[1:])]
