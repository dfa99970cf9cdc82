"""An outcome grid point by point, for chains of which the points do not follow from one another."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from bye_splits.chain import ChainParameters
from bye_splits.chain.chains import CHAINS

from .grid_loops import COUNTS, VALUES
from .one_pass import Pass
from .particles import outcomes


def by_point(
    found: Pass,
    particles: pd.DataFrame,
    endcap: np.ndarray,
    parameters: ChainParameters,
    radii: np.ndarray | None,
    thresholds: np.ndarray,
    wanted: np.ndarray,
) -> dict[str, Any]:
    """What became of each particle, from the clusters of each point of a grid.

    Parameters
    ----------
    found, particles, endcap, parameters, radii, thresholds, wanted : as of `outcome_grid.outcome_grid`

    Returns
    -------
    the attributes of `OutcomeGrid` but for `thresholds`, `n_particles` and `wanted`: a row for each particle
    and threshold
    """
    n, n_thresholds = len(particles), len(thresholds)
    each = [None] if radii is None else radii.tolist()
    columns = {name: np.zeros((n_thresholds, n, len(each)), dtype=np.int64) for name in COUNTS}
    columns |= {name: np.full((n_thresholds, n, len(each)), np.nan) for name in VALUES}
    clusters = np.zeros((len(each), n_thresholds), dtype=np.int64)
    keyed = particles.assign(entry=endcap, endcap=endcap)
    seeding, table = CHAINS[parameters.chain], None
    for t, r in np.argwhere(wanted):
        if table is None or seeding.by_radius or seeding.by_threshold:  # else all points are the same
            one = replace(parameters, radius=each[r], seed_threshold=float(thresholds[t]))
            made = found.clusters(one)
            table = outcomes(made.assign(entry=made["event"], endcap=made["event"]), keyed)
        clusters[r, t] = len(made)
        for name, values in columns.items():
            values[t, :, r] = table[name].to_numpy()
    threshold = np.repeat(np.arange(n_thresholds), n)
    return {
        "particle": np.tile(np.arange(n), n_thresholds),
        "first": threshold,
        "last": threshold,
        "columns": {name: values.reshape(n_thresholds * n, -1) for name, values in columns.items()},
        "clusters": clusters,
        "seeds": np.array([found.n_seeds(float(one)).sum() for one in thresholds], dtype=np.int64),
    }
