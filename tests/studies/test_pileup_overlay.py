"""The same showers in many pile-ups: energies add up by trigger cell, and clusters are the chain's."""

import numpy as np
import pandas as pd
import pytest

from bye_splits.chain import ChainParameters, run
from bye_splits.chain.splits import NEAR
from bye_splits.data import open_source
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.studies.chunk import read_chunk
from bye_splits.studies.particles import particle_rows
from bye_splits.studies.pileup_numbers import InPileup, over_showers
from bye_splits.studies.pileup_overlay import (
    ALONE,
    APART,
    TURN,
    OverlaySettings,
    one_shower,
    overlaid,
    overlays,
    pileups,
)
from bye_splits.studies.survey import Chunk, survey

SHOWERS, PILEUPS = 6, 2


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Electrons, and photons with pile-up."""
    folder = tmp_path_factory.mktemp("overlays")
    paths = folder / "electrons_PU0.root", folder / "photons_PU200.root"
    toy.write_sample(paths[0], "electrons", 0, SHOWERS, 1, None, Geometry.v11())
    toy.write_sample(paths[1], "photons", 200, PILEUPS, 1, None, Geometry.v11())
    return paths


def settings_of(files, **changes):
    return OverlaySettings(
        pileup=tuple(survey([files[1]], 200_000).chunks),
        parameters=ChainParameters(tc_threshold=0.5, **changes),
    )


@pytest.fixture(scope="module")
def table(files):
    return overlays(settings_of(files), Chunk(0, 0, str(files[0]), 0, SHOWERS))


def columns(**values):
    n = len(values["x"])
    usual = {"z": np.full(n, 330.0), "layer": np.full(n, 5), "mipPt": np.ones(n), "pt": np.full(n, 0.5)}
    return usual | {name: np.array(each, dtype=float) for name, each in values.items()}


def test_energies_add_up_in_the_same_cell():
    shower = columns(x=[50.0, 60.0], y=[0.0, 0.0], mipPt=[2.0, 3.0], pt=[1.0, 1.5])
    pileup = columns(x=[10.0, 50.01], y=[5.0, 0.0], mipPt=[7.0, 0.6], pt=[3.0, 0.2])
    cells, own = overlaid(shower, pileup)
    assert cells["x"].tolist() == [10.0, 50.01, 60.0]
    assert cells["mipPt"].tolist() == pytest.approx([7.0, 2.6, 3.0])
    assert cells["pt"].tolist() == pytest.approx([3.0, 1.2, 1.5])
    assert own.tolist() == pytest.approx([0.0, 1.0, 1.5])
    empty = {name: values[:0] for name, values in pileup.items()}
    assert overlaid(shower, empty)[1].tolist() == [1.0, 1.5]
    assert overlaid(empty, pileup)[1].tolist() == [0.0, 0.0]


def test_turned_trigger_cells_lie_on_trigger_cells(files):
    geometry = Geometry.v11()
    for one in pileups(settings_of(files).pileup, True, 1):
        assert (geometry.covering(*(one.cells[name] for name in "xyz")) >= 0).all()
        number = geometry.covering(*(one.cells[name] for name in "xyz"))
        at = geometry.trigger_cells.loc[number]
        away = np.hypot(at["x"] - one.cells["x"], at["y"] - one.cells["y"])
        assert away.max() < 0.01


def test_each_shower_is_alone_and_in_two_turns_of_each_pileup(table):
    assert len(table) == SHOWERS * (1 + 2 * PILEUPS)
    assert (table["pileup"] == ALONE).sum() == SHOWERS
    counts = table[table["pileup"] != ALONE].groupby(["entry", "pileup"])["turn"].nunique()
    assert (counts == 2).all()


@pytest.mark.parametrize("chain", ["default", "coarse_seeding"])
def test_clusters_are_those_of_the_whole_event(files, chain):
    """Only the trigger cells around the shower are looked at; what is found near it is the same."""
    settings = settings_of(files, chain=chain)
    names = ["x", "y", "z", "mipPt", "pt", "layer", "waferu", "waferv", "cellu", "cellv"]
    read = read_chunk(Chunk(0, 0, str(files[0]), 0, 1), names, 0.0)
    particle = particle_rows(read.particles, pd.DataFrame(read.events))
    found = one_shower(read.cells, particle, settings)
    assert found["pileup"].iloc[0] == ALONE
    eta, phi = particle["gen_eta"].iat[0], particle["gen_phi"].iat[0]
    every = {(one.number, one.turn): one for one in pileups(settings.pileup, chain == "default", 1)}
    assert len(found) > 1
    for row in found.itertuples():
        if row.pileup == ALONE:
            cells = read.cells
        else:
            one = every[row.pileup, row.turn]
            assert (np.abs(np.angle(np.exp(1j * (one.phi - phi)))) >= APART).all()
            cells, own = overlaid(read.cells, one.cells)
            assert cells["pt"].sum() == pytest.approx(
                read.cells["pt"].sum() + one.cells["pt"].sum(), rel=1e-6
            )
            assert own.sum() == pytest.approx(read.cells["pt"].sum(), rel=1e-6)
        clusters = run(cells, settings.parameters).clusters
        turn = np.angle(np.exp(1j * (clusters["phi"] - phi)))
        near = clusters[np.hypot(clusters["eta"] - eta, turn) <= NEAR]
        assert row.near_pt == pytest.approx(near["pt"].sum(), rel=1e-6)
        assert row.near_energy == pytest.approx(near["energy"].sum(), rel=1e-6)


def test_alone_is_what_the_chain_finds(files, table):
    with open_source(files[0]) as source:
        for row in table[table["pileup"] == ALONE].itertuples():
            clusters = run(source.event_at(row.entry).trigger_cells, ChainParameters()).clusters
            if np.isfinite(row.leading_pt):
                assert row.leading_pt == pytest.approx(clusters["pt"].max(), rel=1e-5)
                assert row.own_share == pytest.approx(1, rel=1e-5)
            assert row.split == row.own_split


def test_pileup_adds_energy(table):
    found = InPileup.of(table, "near_energy", "gen_energy")
    assert len(found.showers) == SHOWERS
    assert (found.showers["n"] == 2 * PILEUPS).all()
    known = found.pairs["added"].notna()
    assert (found.pairs["added"][known] > -0.05).all()
    assert found.pairs["pileup_share"].between(-1e-6, 1).all() or found.pairs["pileup_share"].isna().any()
    first = found.pairs[found.pairs["shower"] == 0]["response"].to_numpy()
    assert found.showers["mean"].iat[0] == pytest.approx(np.nanmean(first))
    assert found.showers["spread"].iat[0] == pytest.approx(np.nanstd(first, ddof=1))
    x = found.showers["gen_energy"].to_numpy()
    binned = found.in_bins("added", x, np.array([x.min(), x.max()]))
    assert binned["value"].iat[0] == pytest.approx(found.mean("added")[0])


def test_the_error_is_of_showers_and_of_pileups():
    """Values that depend on the pile-up alone are known to the number of pile-ups, not of pairs."""
    rng = np.random.default_rng(0)
    shower, pileup = (each.ravel() for each in np.indices((50, 16)))
    mean, error = over_showers(rng.normal(size=16)[pileup], shower, pileup)
    assert abs(mean) < 3 * error
    assert error == pytest.approx(0.25, rel=0.4)
    assert np.isnan(over_showers(np.zeros(0), shower[:0], pileup[:0])).all()


def test_turns_are_multiples_of_120_degrees():
    assert np.degrees(TURN) == pytest.approx(120)
