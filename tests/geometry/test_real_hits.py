"""Reconstructed hits of fully simulated events, which nobody here invented, lie in trigger cells."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

HITS = Path(__file__).parents[3] / "shared" / "real" / "hgcal_hits.parquet"
NEAR = 0.3  # cm


@pytest.mark.skipif(not HITS.exists(), reason=f"no {HITS.name} beside the repository, in shared/real")
def test_hits_in_trigger_layers_are_covered(geometry):
    hits = pd.read_parquet(HITS, columns=["event", "x", "y", "z"])
    planes = np.concatenate([geometry.layer_z[geometry.layers], geometry.tile_z[geometry.layers]])
    away = np.abs(hits.z.abs().to_numpy()[:, None] - planes[np.isfinite(planes)]).min(axis=1)
    hits = hits[away <= NEAR].reset_index(drop=True)
    number = geometry.covering(hits.x, hits.y, hits.z)
    by = [hits.event, hits.z > 0]
    covered = pd.Series(number >= 0).groupby(by).agg(["mean", "size"])
    assert len(covered) == 5
    assert set(covered.index.get_level_values("z")) == {False, True}
    assert (covered["size"] > 20_000).all()
    assert (covered["mean"] >= 0.99).all(), covered
    # They lie in the layer of their cell, silicon or tile, and within the size of a cell of its position.
    cell = geometry.trigger_cells.iloc[number[number >= 0]]
    hits = hits[number >= 0]
    assert np.abs(cell.z.to_numpy() - hits.z.abs().to_numpy()).max() < 0.21
    side = np.where(hits.z < 0, -1, 1)
    apart = np.hypot(cell.x.to_numpy() - side * hits.x, cell.y.to_numpy() - hits.y)
    silicon = (cell.subdet != 10).to_numpy()
    assert apart[silicon].max() < 4
    assert np.median(apart[silicon]) < 1.5
