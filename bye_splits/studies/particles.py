"""Clusters beside generated particles: which belongs to which, and what became of each particle.

Definitions: a cluster belongs to the nearest generated particle of its endcap, and is matched to it within
`MATCHED`; a particle is split if a second cluster within `NEAR` of it has more than `SHARE` of the energy of
all clusters there.
"""

import numpy as np
import pandas as pd

from bye_splits.angles import wrapped
from bye_splits.chain.splits import NEAR, SHARE

MATCHED = 0.05  # in (eta, phi), as the skims' `selection.deltarThreshold`
KEY = ["entry", "endcap"]
IDENTITY = ["file", *KEY, "particle"]
"""Columns that tell the particles of a sample apart; `particle` counts those of one endcap of an event."""

OF_CELLS = ("last_layer", "peak_layer", "number")  # of clusters that were found here: a file's lack them


def particle_rows(particles: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Generated particles, one row each.

    Parameters
    ----------
    particles : as of `Source.particles`
    events : columns `entry`, `event`

    Returns
    -------
    DataFrame : `entry event endcap`, `particle` (its number among those of its endcap, from 0), `pid`,
        `gen_eta gen_phi` (position on the calorimeter's face, seen from the origin), `gen_energy` and
        `gen_pt` [GeV] as in the file, and `gen_pt_face` = gen_energy / cosh(gen_eta), which differs from
        `gen_pt` for a vertex away from the origin
    """
    number = events.set_index("entry")["event"]
    eta, energy = particles["exeta"].to_numpy(float), particles["energy"].to_numpy(float)
    endcap = np.where(eta < 0, -1, 1).astype(np.int8)
    return pd.DataFrame(
        {
            "entry": particles["entry"].to_numpy(),
            "event": number.loc[particles["entry"]].to_numpy(),
            "endcap": endcap,
            "particle": particles.groupby([particles["entry"].to_numpy(), endcap]).cumcount().to_numpy(),
            "pid": particles["pid"].to_numpy(),
            "gen_eta": eta,
            "gen_phi": particles["exphi"].to_numpy(float),
            "gen_energy": energy,
            "gen_pt": particles["pt"].to_numpy(float),
            "gen_pt_face": energy / np.cosh(eta),
        }
    )


def owners(table: pd.DataFrame, particles: pd.DataFrame) -> np.ndarray:
    """Of which particle each row of a table is.

    Parameters
    ----------
    table, particles : columns `IDENTITY`, integers; each particle is there once, the table may have several
        rows of it

    Returns
    -------
    int64, shape (n_rows,): the particle's row, -1 where it is not there
    """
    if not len(particles):
        return np.full(len(table), -1)
    known, wanted = _numbered(particles, table)
    order = np.argsort(known, kind="stable")
    place = np.minimum(np.searchsorted(known[order], wanted), len(known) - 1)
    return np.where(known[order][place] == wanted, order[place], -1)


def _numbered(*tables: pd.DataFrame) -> tuple[np.ndarray, ...]:
    """One integer for each row of some tables, the same for the same `IDENTITY`."""
    columns = [[table[name].to_numpy().astype(np.int64) for name in IDENTITY] for table in tables]
    number = tuple(np.zeros(len(table), dtype=np.int64) for table in tables)
    for parts in zip(*columns, strict=True):
        ends = [end for part in parts if len(part) for end in (part.min(), part.max())] or [0]
        width = int(max(ends)) - int(min(ends)) + 1
        number = tuple(so_far * width + part - min(ends) for so_far, part in zip(number, parts, strict=True))
    return number


def belongs_to(clusters: pd.DataFrame, particles: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The nearest generated particle of each cluster.

    Parameters
    ----------
    clusters : columns `entry endcap eta phi`
    particles : as of `particle_rows`

    Returns
    -------
    row : int64, shape (n_clusters,), of the particle; -1 where its endcap has none
    distance : float64, shape (n_clusters,), in (eta, phi); NaN where there is none
    """
    row, distance = np.full(len(clusters), -1, dtype=np.int64), np.full(len(clusters), np.nan)
    left = clusters[KEY].assign(cluster=np.arange(len(clusters)))
    right = particles[KEY].assign(particle=np.arange(len(particles)))
    pairs = left.merge(right, on=KEY)
    cluster, particle = pairs["cluster"].to_numpy(), pairs["particle"].to_numpy()
    eta, phi = (clusters[name].to_numpy()[cluster] for name in ("eta", "phi"))
    gen_eta, gen_phi = (particles[name].to_numpy()[particle] for name in ("gen_eta", "gen_phi"))
    away = np.hypot(eta - gen_eta, wrapped(phi - gen_phi))
    order = np.lexsort((away, cluster))
    first = np.flatnonzero(np.diff(cluster[order], prepend=-1))
    best = order[first]
    row[cluster[best]], distance[cluster[best]] = particle[best], away[best]
    return row, distance


def outcomes(clusters: pd.DataFrame, particles: pd.DataFrame) -> pd.DataFrame:
    """What became of each generated particle.

    Parameters
    ----------
    clusters : columns `entry endcap eta phi pt energy`, and `last_layer`, `peak_layer` and `number`
        where they are known
    particles : as of `particle_rows`

    Returns
    -------
    DataFrame : a row per particle, in their order:
        `n_clusters` that belong to it, `n_near` of them within `NEAR`; `leading_dr`, `leading_deta`,
        `leading_dphi` (from the particle, rad, wrapped), `leading_pt`, `leading_energy`,
        `leading_last_layer`, `leading_peak_layer` and `leading_number` of its leading
        matched cluster (the one of highest pt; NaN without any);
        `near_pt`, `near_energy`, sums over the clusters near it; `all_pt`, `all_energy`, sums over all that
        belong to it; `second_share` of the energy near it, and `second_dr` from the first one, of the
        cluster near it with the second highest energy (NaN without one); `split` (bool)
    """
    n = len(particles)
    row, distance = belongs_to(clusters, particles)
    pt, energy, eta, phi = (clusters[name].to_numpy(float) for name in ("pt", "energy", "eta", "phi"))
    unknown = pd.Series(np.nan, clusters.index)
    known = {name: clusters.get(name, unknown).to_numpy(float) for name in OF_CELLS}
    mine = row >= 0
    near = np.flatnonzero(mine & (distance <= NEAR))

    def total(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return np.bincount(row[rows], values[rows], n).astype(np.float64)

    every = np.flatnonzero(mine)
    matched = np.flatnonzero(mine & (distance <= MATCHED))
    leading = highest(matched, row, pt, n)
    first = highest(near, row, energy, n)
    second = highest(near[first[row[near]] != near], row, energy, n)
    near_energy = total(energy, near)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = _values(energy, second) / near_energy
    apart = np.hypot(
        _values(eta, second) - _values(eta, first), wrapped(_values(phi, second) - _values(phi, first))
    )
    return pd.DataFrame(
        {
            "n_clusters": np.bincount(row[every], minlength=n),
            "n_near": np.bincount(row[near], minlength=n),
            "leading_dr": _values(distance, leading),
            "leading_deta": _values(eta, leading) - particles["gen_eta"].to_numpy(float),
            "leading_dphi": wrapped(_values(phi, leading) - particles["gen_phi"].to_numpy(float)),
            "leading_pt": _values(pt, leading),
            "leading_energy": _values(energy, leading),
            **{f"leading_{name}": _values(values, leading) for name, values in known.items()},
            "near_pt": total(pt, near),
            "near_energy": near_energy,
            "all_pt": total(pt, every),
            "all_energy": total(energy, every),
            "second_share": share,
            "second_dr": apart,
            "split": share > SHARE,
        }
    )


def highest(rows: np.ndarray, group: np.ndarray, values: np.ndarray, n: int) -> np.ndarray:
    """Of each group the row of the highest value, int64, shape (n,); -1 without any."""
    out = np.full(n, -1, dtype=np.int64)
    order = rows[np.argsort(values[rows], kind="stable")]
    out[group[order]] = order  # the last one assigned stays
    return out


def _values(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Values of rows, float64; NaN for -1."""
    return np.append(values, np.nan)[rows]  # row -1 is the last one
