"""Agreement with the existing chain: with `legacy` in everything, without it but for its named quirks.

Three quirks of the histogram show, all in phi. Its limits are +-3.14159: trigger cells at phi = pi are lost
("lost"), and the edges between are moved by up to 2.7e-6 rad, past trigger cells that lie at +-60 and +-120
degrees to the precision of float32 and are on either side of the true edges ("moved edge"). Bins hold their
upper edge instead of their lower one, so that phi = 0 is in bin 107 ("upper edge"). That phi, R/z and the
directions of seeds are in double precision there shows in no other bin, and moves no seed by 1e-5. With
coarse seeding a module sees the trigger cells of all chosen modules, and a larger point across the border
takes its seed away.
"""

from itertools import chain, combinations
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from reference_events import SEED, SETTINGS, differences, events, expected, needs_reference

from bye_splits.chain import run
from bye_splits.chain.cells import Cells
from bye_splits.chain.clustering import associate, clusters, reach
from bye_splits.chain.coarse_seeding import window
from bye_splits.chain.histogram import Binning

pytestmark = needs_reference

HISTOGRAM = [name for name in SETTINGS if name != "coarse_seeding"]
QUIRKS = ("lost", "upper edge", "moved edge")
# Events whose seeds, clusters or clustered trigger cells come out otherwise without `legacy`, and why.
DIFFERENT = {300006: {"upper edge"}}
MORE_WITH_FLAT_TOP = {300014: {"upper edge"}}
# The same for the smoothed histogram, of which the reference has that of ten events.
SMOOTHED_DIFFERENT = {
    170000: {"upper edge"},
    170003: {"moved edge"},
    300000: {"lost"},
    300001: {"lost", "upper edge"},
    300002: {"upper edge"},
    300003: {"lost", "upper edge"},
    300004: {"lost", "upper edge"},
}
COARSE_DIFFERENT = {300000, 300001, 300003, 300007, 300008, 300010, 300011, 300012, 300013}


def test_the_reference_is_whole():
    assert len(events()) == 21
    assert all(len(expected("seeds", setting, n)) for setting in HISTOGRAM for n in events())
    for setting in ("default", "flat_top"):
        assert sum(len(expected("smoothed", setting, n)) > 0 for n in events()) == 10


@pytest.mark.parametrize("setting", SETTINGS)
def test_legacy_is_the_existing_chain(setting):
    parameters = SETTINGS[setting].changed(legacy=True)
    found = {
        number: differences(setting, number, run(cells, parameters)) for number, cells in events().items()
    }
    assert not {number: what for number, what in found.items() if what}


@pytest.fixture
def binning_with(monkeypatch):
    """A function that gives the older bins to the cells that some quirks are about, and to no others."""
    ours = Binning.bins

    def switch(quirks):
        def bins(self, rz, phi):
            new, old = ours(self, rz, phi), ours(Binning(legacy=True), rz, phi)
            other_rz, other_phi, other_inside = (a != b for a, b in zip(new, old, strict=True))
            assert not (other_rz & new[2]).any()
            on_edge = np.isin(phi, self.phi_edges)
            of = {
                "lost": other_inside,
                "upper edge": other_phi & ~other_inside & on_edge,
                "moved edge": other_phi & ~other_inside & ~on_edge,
            }
            assert np.allclose(np.abs(np.degrees(phi[of["lost"]])), 180, atol=2e-5)
            assert (phi[of["upper edge"]] == 0).all()
            sixties = np.abs(np.degrees(phi[of["moved edge"]])) / 60
            assert np.allclose(sixties, np.rint(sixties), atol=1e-6)
            chosen = np.any([of[name] for name in quirks], axis=0) if quirks else np.zeros(len(phi), bool)
            return tuple(np.where(chosen, b, a) for a, b in zip(new, old, strict=True))

        monkeypatch.setattr(Binning, "bins", bins)

    return switch


def subsets(names):
    return chain.from_iterable(combinations(sorted(names), n) for n in range(len(names)))


@pytest.mark.parametrize("setting", HISTOGRAM)
def test_without_legacy_only_the_named_quirks_differ(setting):
    parameters = SETTINGS[setting]
    reasons = DIFFERENT | (MORE_WITH_FLAT_TOP if setting == "flat_top" else {})
    smoothed_reasons = SMOOTHED_DIFFERENT if setting in ("default", "flat_top") else {}
    for number, cells in events().items():
        found = differences(setting, number, run(cells, parameters))
        assert bool(found - {"smoothed"}) == (number in reasons), number
        assert ("smoothed" in found) == (number in smoothed_reasons), number


@pytest.mark.parametrize("setting", HISTOGRAM)
def test_each_difference_is_of_its_quirks(setting, binning_with):
    """With them it is gone; with fewer of them it is not."""
    reasons = DIFFERENT | (MORE_WITH_FLAT_TOP if setting == "flat_top" else {})
    smoothed_reasons = SMOOTHED_DIFFERENT if setting in ("default", "flat_top") else {}

    def left(number, quirks):
        binning_with(quirks)
        return differences(setting, number, run(events()[number], SETTINGS[setting]))

    for number, quirks in reasons.items():
        assert not left(number, quirks) - {"smoothed"}, number
        assert all(left(number, fewer) - {"smoothed"} for fewer in subsets(quirks)), number
    for number, quirks in smoothed_reasons.items():
        assert "smoothed" not in left(number, quirks), number
        assert all("smoothed" in left(number, fewer) for fewer in subsets(quirks)), number


def test_coarse_seeding_differs_in_seeds_that_a_neighbouring_module_took_away():
    parameters = SETTINGS["coarse_seeding"]
    for number, cells in events().items():
        result = run(cells, parameters)
        found = differences("coarse_seeding", number, result)
        assert bool(found) == (number in COARSE_DIFFERENT), number
        lattice = result.stages.lattice
        energy = dict(zip(zip(lattice.U, lattice.V, strict=True), lattice.mipPt, strict=True))
        home = lattice[lattice.seed >= 0].set_index("seed").sort_index()
        assert len(home) == len(result.seeds)
        around = window(1, hexagonal=True)
        largest = [
            max(energy.get((u + du, v + dv), 0) for du, dv in around)
            for u, v in zip(home.U, home.V, strict=True)
        ]
        kept = home.mipPt.to_numpy() >= largest
        assert kept.all() == (not found), number
        # The seeds that are left, and the clusters around them, are those of the reference.
        seeds = {name: result.seeds[name].to_numpy()[kept] for name in SEED}
        usable = Cells.of(cells)
        of_cell, _ = associate(
            usable,
            seeds | {"event": np.zeros(kept.sum(), dtype=np.int64)},
            reach(usable, parameters.cluster),
            "min_distance",
        )
        filtered = SimpleNamespace(
            seeds=pd.DataFrame(seeds),
            clusters=pd.DataFrame(clusters(usable, of_cell, int(kept.sum()), parameters.cluster.min_pt)),
            seed_of_cell=of_cell,
        )
        assert not differences("coarse_seeding", number, filtered), number
