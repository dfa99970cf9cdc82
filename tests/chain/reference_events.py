"""What the existing chain gives for 21 events, beside the repository, and the comparison with it."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bye_splits.chain import ChainParameters

FOLDER = Path(__file__).parents[3] / "shared" / "reference" / "chain"
needs_reference = pytest.mark.skipif(
    not FOLDER.exists(), reason=f"no {FOLDER.name} beside the repository, in shared/reference"
)

SETTINGS = {
    "default": ChainParameters(),
    "radius_0p010": ChainParameters(radius=0.010),
    "radius_0p025": ChainParameters(radius=0.025),
    "max_energy": ChainParameters(association="max_energy"),
    "window_2": ChainParameters(seed_window=2),
    "flat_top": ChainParameters(kernel="flat_top"),
    "coarse_seeding": ChainParameters(chain="coarse_seeding"),
}
CELL = ["waferu", "waferv", "cellu", "cellv", "layer"]
SEED = ["energy", "x_over_z", "y_over_z"]
CLUSTER = {"en": "energy", "pt": "pt", "x": "x", "y": "y", "z": "z", "eta": "eta", "phi": "phi"}
CLOSE = {"rtol": 1e-5, "atol": 1e-6}


@cache
def table(name):
    return pd.read_parquet(FOLDER / f"{name}.parquet")


@cache
def events():
    """Trigger cells by event number."""
    return {int(n): rows.reset_index(drop=True) for n, rows in table("trigger_cells").groupby("event")}


@cache
def _groups(name):
    return dict(tuple(table(name).groupby(["setting", "event"])))


def expected(name, setting, number):
    """Rows of a table of the reference; none where it has none."""
    return _groups(name).get((setting, number), table(name).iloc[:0])


def differences(setting, number, result):
    """What of a result is not as in the reference: "seeds", "clusters", "trigger cells", "smoothed".

    `result` has seeds, clusters, seed_of_cell and, where it is to be compared, smoothed.
    """
    found = set()
    seeds = expected("seeds", setting, number).sort_values("seed")
    if not _close(seeds[SEED], result.seeds[SEED]):
        found.add("seeds")
    clusters = expected("clusters", setting, number).sort_values("seed_idx")
    if clusters.seed_idx.tolist() != result.clusters.seed.tolist() or not _close(
        clusters[list(CLUSTER)], result.clusters[list(CLUSTER.values())]
    ):
        found.add("clusters")
    cells = expected("clustered_trigger_cells", setting, number)
    mine = events()[number].assign(seed_idx=result.seed_of_cell)
    if _rows(cells) != _rows(mine[mine.seed_idx >= 0]):
        found.add("trigger cells")
    bins = expected("smoothed", setting, number)
    if len(bins):
        full = np.zeros(result.smoothed.shape)
        full[bins.rz_bin, bins.phi_bin] = bins.smoothed
        if not np.allclose(full, result.smoothed, rtol=1e-5, atol=1e-9):
            found.add("smoothed")
    return found


def _close(a, b):
    return len(a) == len(b) and np.allclose(a.to_numpy(), b.to_numpy(), **CLOSE)


def _rows(cells):
    return set(map(tuple, cells[["seed_idx", *CELL]].to_numpy().tolist()))
