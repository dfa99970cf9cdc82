"""What is known of the endcaps of events beside their generated particles, and of those without any."""

import numpy as np
import pandas as pd

from .particles import KEY, OF_CELLS
from .sample_study import StoredChunk


def of_endcap(particles: pd.DataFrame, stored: StoredChunk) -> pd.DataFrame:
    """Facts of the endcap that each particle is in.

    Parameters
    ----------
    particles : columns `entry endcap`
    stored : the chunk that they are of

    Returns
    -------
    DataFrame : a row per particle; `n_cells`, trigger cells that the chain takes; of the file's own clusters
        `n_file_clusters` and `file_lowest_energy` [GeV], that of the one with the lowest; NaN without any,
        and NaN if one of them has none
    """
    row = np.searchsorted(stored.events["entry"], particles["entry"])
    cells = stored.n_cells[row, (particles["endcap"].to_numpy() < 0).astype(np.int64)]
    clusters = stored.file_clusters
    if not len(clusters):
        none = np.full(len(particles), np.nan)
        return pd.DataFrame(
            {"n_cells": cells, "n_file_clusters": np.zeros(len(particles), int), "file_lowest_energy": none}
        )
    endcap = np.where(clusters["eta"].to_numpy(float) < 0, -1, 1).astype(np.int8)
    energies = clusters.assign(endcap=endcap).groupby(KEY)["energy"]
    found = pd.DataFrame({"n": energies.size(), "lowest": energies.min()})
    found = found.reindex(pd.MultiIndex.from_frame(particles[KEY]))
    return pd.DataFrame(
        {
            "n_cells": cells,
            "n_file_clusters": found["n"].fillna(0).to_numpy(np.int64),
            "file_lowest_energy": found["lowest"].to_numpy(float),
        }
    )


def without_particle(clusters: pd.DataFrame, stored: StoredChunk) -> pd.DataFrame:
    """The events without a generated particle, a row for each endcap with trigger cells.

    Parameters
    ----------
    clusters : columns `entry endcap pt`, and `particles.OF_CELLS`
    stored : the chunk that they are of

    Returns
    -------
    DataFrame : `entry event endcap`; `n_cells`, as of `of_endcap`; `n_clusters`; `leading_pt` [GeV]
        and the others as `leading_...` of the cluster of highest pt, NaN without any. An event
        without trigger cells has a row for z > 0.
    """
    events, cells = stored.events, stored.n_cells
    alone = ~events["entry"].isin(stored.particles["entry"]).to_numpy()
    shown = (cells > 0) & alone[:, None]
    shown[:, 0] |= alone & (cells.sum(axis=1) == 0)
    row, negative = np.nonzero(shown)
    table = pd.DataFrame(
        {
            "entry": events["entry"].to_numpy()[row],
            "event": events["event"].to_numpy()[row],
            "endcap": (1 - 2 * negative).astype(np.int8),
            "n_cells": cells[row, negative],
        }
    )
    leading = clusters.sort_values("pt", kind="stable").groupby(KEY)[["pt", *OF_CELLS]]
    found = leading.last().assign(n=leading.size())
    found = found.reindex(pd.MultiIndex.from_frame(table[KEY]))
    return table.assign(
        n_clusters=found["n"].fillna(0).to_numpy(np.int64),
        leading_pt=found["pt"].to_numpy(float),
        **{f"leading_{name}": found[name].to_numpy(float) for name in OF_CELLS},
    )
