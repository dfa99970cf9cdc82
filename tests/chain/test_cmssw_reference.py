"""Agreement with CMSSW's own C++ on 21 events: every trigger cell, seed and cluster."""

import cmssw_events as cmssw
import numpy as np
import pandas as pd
import pytest
from reference_events import CELL, SEED, events

from bye_splits.chain import run, run_many
from bye_splits.chain.cells import Cells
from bye_splits.chain.histogram import STAGE2, bins

pytestmark = cmssw.needs_cmssw
every_setting = pytest.mark.parametrize("setting", cmssw.SETTINGS)


def agrees(setting, number, result):
    """Compare the seeds, clusters and clustered trigger cells of one event."""
    seeds = cmssw.expected("seeds", setting, number).sort_values("seed")
    assert len(result.seeds) == len(seeds)
    for name in SEED:  # to the last bit: what is a seed, and what is within reach of it, hangs on it
        np.testing.assert_array_equal(np.float32(result.seeds[name]), np.float32(seeds[name]))
    mine = events()[number][CELL].iloc[result.shares.cell].reset_index(drop=True)
    mine = mine.assign(seed_idx=result.shares.seed, fraction=result.shares.share)
    mine, cells = (
        table.sort_values(["seed_idx", *CELL], ignore_index=True)
        for table in (mine, cmssw.expected("clustered_trigger_cells", setting, number))
    )
    assert _rows(mine) == _rows(cells)
    np.testing.assert_allclose(mine.fraction, cells.fraction, rtol=1e-8)
    if setting != "energy_split":
        assert (cells.fraction == 1).all()
        assert len(mine) == (result.seed_of_cell >= 0).sum()
    clusters = cmssw.expected("clusters", setting, number).sort_values("seed_idx")
    assert result.clusters.seed.tolist() == clusters.seed_idx.tolist()
    assert result.clusters.n_cells.tolist() == clusters.n_cells.tolist()
    np.testing.assert_array_equal(np.float32(result.clusters["pt"]), np.float32(clusters["pt"]))
    np.testing.assert_allclose(result.clusters["energy"], clusters["en"], rtol=5e-6)
    for name in ("eta", "phi"):
        np.testing.assert_allclose(result.clusters[name], clusters[name], rtol=0, atol=5e-6)


def _rows(cells):
    return cells[["seed_idx", *CELL]].to_numpy().tolist()


def test_the_reference_is_whole():
    assert len(events()) == len(cmssw.bins()) == 21
    assert sum(map(len, cmssw.bins().values())) == 47286
    for setting in cmssw.SETTINGS:
        assert all(len(cmssw.expected("seeds", setting, number)) for number in events())


@every_setting
@pytest.mark.parametrize("wide", [False, True], ids=["float32", "float64"])
def test_every_event(setting, wide):
    """A table in double precision is decided in single precision too."""
    for number, cells in events().items():
        if wide:
            cells = cells.astype(dict.fromkeys(("x", "y", "z", "mipPt", "pt"), np.float64))
        agrees(setting, number, run(cells, cmssw.SETTINGS[setting]))


@every_setting
def test_all_events_at_once(setting):
    numbers = list(events())
    cells = pd.concat(events().values(), ignore_index=True)
    of_row = np.repeat(np.arange(len(numbers)), [len(events()[number]) for number in numbers])
    many = run_many(cells, of_row, cmssw.SETTINGS[setting])
    for n, number in enumerate(numbers):
        one = run(events()[number], cmssw.SETTINGS[setting])
        for name in ("seeds", "clusters"):
            table = getattr(many, name)
            table = table[table.event == n].drop(columns="event").reset_index(drop=True)
            pd.testing.assert_frame_equal(table, getattr(one, name))
        rows = np.flatnonzero(of_row == n)
        shares = many.shares[of_row[many.shares.cell] == n].reset_index(drop=True)
        pd.testing.assert_frame_equal(shares.assign(cell=shares.cell - rows[0]), one.shares)
        np.testing.assert_array_equal(many.seed_of_cell[of_row == n], one.seed_of_cell)


def test_every_bin_and_what_is_binned():
    """The reference has nine digits of each number, which is enough to tell one float32 from another."""
    for number, cells in events().items():
        theirs = cmssw.bins()[number]
        pd.testing.assert_frame_equal(theirs[CELL], cells[CELL])
        made = Cells.of(cells)
        np.testing.assert_array_equal(made.r_over_z, np.float32(theirs["r_over_z"]))
        np.testing.assert_array_equal(made.phi, np.float32(theirs["phi_cmssw"]))
        of_cells = STAGE2.bins(made.r_over_z, made.phi)
        of_columns = bins(cells["x"], cells["y"], cells["z"], mip=cells["mipPt"])
        for rz_bin, phi_bin, inside in (of_cells, of_columns):
            assert inside.all()
            np.testing.assert_array_equal(rz_bin, theirs["rz_bin"])
            np.testing.assert_array_equal(phi_bin, theirs["phi_bin"])


@pytest.mark.parametrize("setting", ["default", "norm_by_area_8p5"])
def test_every_bin_of_the_histograms(setting):
    for number, cells in events().items():
        result = run(cells, cmssw.SETTINGS[setting])
        theirs = cmssw.expected("smoothed", setting, number)
        for name in ("histogram", "smoothed"):
            full = np.zeros(result.smoothed.shape)
            full[theirs.rz_bin, theirs.phi_bin] = theirs[name]
            np.testing.assert_array_equal(np.float32(getattr(result, name)), np.float32(full))


def test_trigger_cells_at_the_edges_of_phi_are_among_them():
    """At multiples of 60 degrees there are trigger cells on either side of the edge, by rounding."""
    degrees = np.degrees(np.concatenate([rows["phi_cmssw"] for rows in cmssw.bins().values()]))
    bins = np.concatenate([rows["phi_bin"] for rows in cmssw.bins().values()])
    found = {}
    for edge in (-180, -120, -60, 0, 60, 120):
        beside = np.abs((degrees - edge + 180) % 360 - 180) < 1e-4
        found[edge] = set(bins[beside].tolist())
    assert found[-180] == {0}  # pi in single precision is above pi
    assert found[0] == {108}
    assert sum(len(on) == 2 for on in found.values()) >= 2
