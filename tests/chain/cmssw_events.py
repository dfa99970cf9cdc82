"""What CMSSW's own seeding and clustering give for the events of `reference_events`."""

from functools import cache

import pandas as pd
import pytest
from reference_events import FOLDER as EVENTS

from bye_splits.chain import ChainParameters

FOLDER = EVENTS.parent / "cmssw"
needs_cmssw = pytest.mark.skipif(
    not (FOLDER.exists() and EVENTS.exists()),
    reason="no shared/reference/cmssw and shared/reference/chain beside the repository",
)

SETTINGS = {
    "default": ChainParameters(),
    "threshold_5": ChainParameters(seed_threshold=5.0),
    "radius_0p015": ChainParameters(radius=0.015),
    "norm_by_area_8p5": ChainParameters(norm_by_area=True, seed_threshold=8.5),
    "norm_by_area_10": ChainParameters(norm_by_area=True, seed_threshold=10.0),
    "interpolated_max": ChainParameters(seeding="interpolated_max"),
    "interpolated_max_2nd": ChainParameters(seeding="interpolated_max", neighbour_weights="second_order"),
    "secondary_max": ChainParameters(seeding="secondary_max"),
    "threshold_seeds": ChainParameters(seeding="threshold"),
    "bin_centre": ChainParameters(seed_position="bin_centre"),
    "energy_split": ChainParameters(association="energy_split"),
    "xy": ChainParameters(chain="xy"),
    "xy_radius_0p015": ChainParameters(chain="xy", radius=0.015),
}


@cache
def table(name):
    return pd.read_parquet(FOLDER / f"{name}.parquet")


@cache
def _groups(name):
    return dict(tuple(table(name).groupby(["setting", "event"])))


def expected(name, setting, number):
    """Rows of a table for one event; none where it has none."""
    return _groups(name).get((setting, number), table(name).iloc[:0])


@cache
def bins():
    """What CMSSW bins of each trigger cell, by event number; rows as those of `reference_events.events`."""
    return {int(n): rows.reset_index(drop=True) for n, rows in table("trigger_cells").groupby("event")}
