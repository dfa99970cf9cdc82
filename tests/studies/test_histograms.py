"""Histograms on declared axes, in which nothing is lost; seeds, regions and both chains by particle."""

import numpy as np
import pandas as pd
import pytest

from bye_splits.cli import main
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.studies.histograms import QUANTITIES, histogram, histogram_table

EVENTS = 40


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A function that runs a study of both chains and gives its folder."""
    folder = tmp_path_factory.mktemp("study")
    toy.write_sample(folder / "electrons.root", "electrons", 0, EVENTS, 1, None, Geometry.v11())

    def run(name):
        options = ["--chain", "both", "--radii", "0.02", "--out", str(folder)]
        assert main(["study", name, str(folder / "electrons.root"), *options]) == 0
        return folder

    return run


def test_every_particle_is_in_every_histogram(study):
    table = pd.read_parquet(study("response") / "histograms.parquet")
    totals = table.groupby(["chain", "radius", "quantity"])["count"].sum()
    assert len(totals) == 2 * len(QUANTITIES)
    assert (totals == EVENTS).all()
    assert (table["count_low"] <= table["count"]).all()
    assert (table["count"] <= table["count_high"]).all()


def test_outside_and_missing_are_rows_of_their_own():
    values = [-0.2, -0.05, 0.0, 0.05, 0.2, np.nan, np.nan]
    none = dict.fromkeys(
        (f"{which}_{norm}" for which in ("leading", "near", "all") for norm in ("energy", "pt")), 0.0
    )
    none |= {
        "gen_energy": 1.0,
        "gen_pt": 1.0,
        "leading_dphi": 0.0,
        "second_share": 0.0,
        "second_dr": 0.0,
        "n_near": 1,
    }
    particles = pd.DataFrame({"leading_deta": values}).assign(**none)
    table = histogram_table(particles)
    rows = table[table["quantity"] == "leading_deta"].set_index(["low", "high"])["count"]
    edges = histogram(particles, "leading_deta").axes[0].edges
    assert rows.iloc[0] == 1  # below
    assert rows.iloc[-2] == 2  # above: the axis does not hold its upper edge
    assert rows.iloc[-1] == 2  # without a value
    assert rows.iloc[1] == 1  # its lower edge
    assert table["low"].iloc[0] == -np.inf
    assert (edges[0], edges[-1], len(edges)) == (-0.05, 0.05, 101)


def test_seeding(study):
    folder = study("seeding")
    table = pd.read_parquet(folder / "seeding.parquet")
    overall = table[table["variable"] == ""].set_index("chain")
    assert (overall["n"] == EVENTS).all()
    assert overall["n_regions"]["default"] == 1
    assert overall["region_efficiency"]["default"] == 1
    coarse = overall.loc["coarse_seeding"]
    assert coarse["seeding_efficiency_k"] == coarse["seeding_efficiency_given_region_k"]
    assert coarse["seeding_efficiency_given_region_n"] == coarse["region_efficiency_k"] < EVENTS
    assert coarse["seeding_efficiency"] <= coarse["seeding_efficiency_given_region"]
    both = pd.read_parquet(folder / "particles_by_chain.parquet")
    assert len(both) == EVENTS
    assert both["n_seeds_coarse_seeding"].mean() == coarse["n_seeds"]
    assert both["split_default"].mean() == overall["split_rate"]["default"]
