"""The older report, efficiency page and selections: their numbers by their definitions, on our chain."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bye_splits.chain import ChainParameters
from bye_splits.data import open_source
from bye_splits.settings import Clustering
from bye_splits.studies import older
from bye_splits.studies.older_report import RESIDUALS, older_events, older_seeds
from bye_splits.studies.sample_study import StoredChunk, with_particles
from bye_splits.studies.store import Settings, make_store

REFERENCE = Path(__file__).parents[2].parent / "shared" / "reference" / "studies"
CHAINS = {"default": "default", "cs": "coarse_seeding"}
VARIABLES = ("en", "eta", "phi", "pt")

pytestmark = pytest.mark.skipif(
    not REFERENCE.exists(), reason="the reference of the studies is not beside this repository"
)


@pytest.fixture(scope="module")
def sample():
    return REFERENCE / "input" / "photons_PU0.root"


@pytest.fixture(scope="module")
def stored(sample, tmp_path_factory):
    chains = tuple(ChainParameters(chain=chain, legacy=True) for chain in CHAINS.values())
    lowest = tuple(replace(one, seed_threshold=5.0) for one in chains)
    store = make_store(
        [sample],
        tmp_path_factory.mktemp("out"),
        Settings(chains=lowest, radius=0.051),
    )
    (chunk,) = store.chunks
    return StoredChunk(store, chunk)


@pytest.fixture(scope="module")
def cells(sample):
    """Sums over the trigger cells of each entry."""
    with open_source(sample) as source:
        (batch,) = source.batches(("energy", "pt", "eta", "phi", "mipPt"), cells=10**8)
    sums = older.cell_sums(batch.trigger_cells, batch.event, len(batch.entries))
    return sums.set_index(batch.entries)


@pytest.fixture(scope="module")
def in_baseline(sample):
    with open_source(sample) as source:
        return older.baseline(*source.particles(), "all")


def in_order_of(table, kind, mode):
    """The rows in the order of the older ones, on which `joined_by_row` depends; it was a random one."""
    wanted = pd.read_parquet(REFERENCE / f"old_report_{kind}_photons_{mode}.parquet")["genen"].to_numpy()
    place = np.searchsorted(wanted, table["genen"], sorter=np.argsort(wanted))
    rank = np.empty(len(table), dtype=np.int64)
    rank[np.argsort(wanted)[place]] = np.arange(len(table))
    return table.iloc[rank]


@pytest.fixture(scope="module")
def tables(stored, cells, in_baseline):
    """Of the default chain, of coarse seeding, and of both joined by row."""
    found = {}
    for name, chain in CHAINS.items():
        rows = stored.rows(ChainParameters(chain=chain, legacy=True), with_particles)
        generated = stored.particles[stored.particles["entry"].isin(in_baseline)]
        found[name] = in_order_of(older.event_table(generated, rows, cells), "clusters", name)
    return found | {"both": older.joined_by_row(found["default"], found["cs"])}


@pytest.fixture(scope="module")
def seeds(stored, tables):
    """Numbers of seeds and regions, in the same order."""
    found = {}
    for name, chain in CHAINS.items():
        one = stored.found(ChainParameters(chain=chain, legacy=True))
        threshold = ChainParameters(chain=chain).seed_threshold
        generated = stored.particles[stored.particles["entry"].isin(tables[name].index)]
        row = np.searchsorted(stored.events["entry"], generated["entry"])
        n_seeds = one.n_seeds(threshold)[2 * row]
        table = older.seeds_table(generated.reset_index(drop=True), n_seeds, one.regions[2 * row])
        found[name] = in_order_of(table, "seeds", name)
    return found | {"both": older.joined_by_row(found["default"], found["cs"])}


@pytest.fixture(scope="module")
def report():
    return json.loads((REFERENCE / "old_report.json").read_text())


@pytest.mark.parametrize("mode", [*CHAINS, "both"])
def test_rows_of_events(tables, mode):
    wanted = pd.read_parquet(REFERENCE / f"old_report_clusters_photons_{mode}.parquet")
    wanted = wanted[[name for name in wanted if not name.startswith("genres")]]
    found = tables[mode].reset_index(drop=True)
    assert sorted(found) == sorted(wanted)
    for name in wanted:
        np.testing.assert_allclose(found[name], wanted[name], rtol=2e-5, atol=1e-6, err_msg=name)


def series_of(mode):
    return ("clres_def", "clres_cs", "tcallres") if mode == "both" else ("clres", "tcallres")


def column(series, name):
    first, _, suffix = series.partition("_")
    return f"{first}{name}_{suffix}" if suffix else f"{first}{name}"


@pytest.mark.parametrize("mode", [*CHAINS, "both"])
def test_responses_in_bins(tables, report, mode):
    """Quantities of the energy response of each series, per bin of what was generated."""
    compared = 0
    for variable in VARIABLES:
        wanted = report[f"photons/{mode}"]["values_2d"][variable]
        generated = tables[mode][f"gen{variable}"].to_numpy(float)
        for series in series_of(mode):
            name = column(series, "en")
            values = tables[mode][name].to_numpy(float)
            found = older.responses_in_bins(values, generated, older.equal_bins(generated))
            for quantity in found:
                of = [np.nan if x is None else x for x in wanted[f"{name}/{quantity}"]]
                np.testing.assert_allclose(
                    found[quantity], of, rtol=0, atol=2e-6, err_msg=f"{variable} {name} {quantity}"
                )
                compared += len(of)
    assert compared == 4 * len(series_of(mode)) * 7 * 10


@pytest.mark.parametrize("mode", [*CHAINS, "both"])
def test_counts_of_responses(tables, report, mode):
    for variable, edges in older.RESPONSE_BINS.items():
        for series in series_of(mode):
            name = column(series, variable)
            wanted = np.array(report[f"photons/{mode}"]["values_1d"][name]["size"])
            found = older.counts(tables[mode][name].to_numpy(float), edges)
            # Sums over trigger cells were of float32: one entry may be beyond an edge.
            assert np.abs(found - wanted).sum() <= (2 if series == "tcallres" else 0), name


@pytest.mark.parametrize("mode", [*CHAINS, "both"])
def test_seeds_in_bins(seeds, report, mode):
    for variable in VARIABLES:
        wanted = report[f"photons/{mode}"]["seeds"][variable]
        for suffix in ("_def", "_cs") if mode == "both" else ("",):
            for name, found in older.seeds_in_bins(seeds[mode], variable, suffix).items():
                for quantity in found:
                    of = [np.nan if x is None else x for x in wanted[f"{name}{suffix}/{quantity}"]]
                    np.testing.assert_allclose(
                        found[quantity], of, rtol=1e-12, atol=1e-12, err_msg=f"{variable} {name} {quantity}"
                    )


def test_means_of_seeds(seeds):
    means = {name: seeds[name][["nseeds", "ncss"]].mean().round(4).tolist() for name in CHAINS}
    assert means == {"default": [1.0102, 1.0], "cs": [1.0072, 1.0903]}
    assert round((seeds["cs"]["nseeds"] < seeds["cs"]["ncss"]).mean(), 4) == 0.0903


def test_exactly_two_clusters(tables, report):
    assert older.split_ratio(tables["default"]["nclusters"]) == 3 / 295
    assert older.split_ratio(tables["cs"]["nclusters"]) == 2 / 277
    for mode in CHAINS:
        (wanted,) = report[f"photons/{mode}"]["split"].values()
        assert {f"{n}": k for n, k in tables[mode]["nclusters"].value_counts().items()} == wanted
    both = report["photons/both"]["split"]["_cs"]
    assert {f"{n}": k for n, k in tables["both"]["nclusters_cs"].value_counts().items()} == both


@pytest.mark.parametrize("selection", ["all", "splits_only", "no_splits", "above_eta_2.4"])
def test_baseline(sample, selection):
    wanted = json.loads((REFERENCE / "old_baseline.json").read_text())[f"photons/{selection}"]
    with open_source(sample) as source:
        entries = older.baseline(*source.particles(), selection)
        assert source.event_numbers[entries].tolist() == wanted["events"]


def test_a_selection_that_there_is_not(sample):
    with open_source(sample) as source, pytest.raises(ValueError, match="splits"):
        older.baseline(*source.particles(), "splits")


def test_the_efficiency_page_at_tight_matching(stored):
    """A bin without a match reads 1, and bins overlap after an empty one."""
    pages = json.loads((REFERENCE / "old_efficiency_tight.json").read_text())
    rows_of = {}
    unmatched = 0
    for key, wanted in pages.items():
        _, mode, variant, radius, norm, distance = key.split("/")
        which = mode, variant, radius
        if which not in rows_of:
            size = float(radius)
            chosen = (
                {"radius": size}
                if variant == "all_layers"
                else {"cluster": Clustering(radii=(size, 0.0) * 25)}
            )
            rows = stored.rows(ChainParameters(chain=CHAINS[mode], legacy=True, **chosen), with_particles)
            rows_of[which] = rows[(rows["gen_eta"] > 1.7) & (rows["gen_eta"] < 2.7)]
        rows = rows_of[which]
        matched = rows["dr"].to_numpy() <= float(distance[2:])
        column = {"Energy": "gen_energy", "PT": "gen_pt_face"}[norm]
        x, y, overall, table = older.efficiency_page(rows[column].to_numpy(float), matched)
        assert (len(rows), matched.sum()) == (wanted["clusters"], wanted["matched"]), key
        np.testing.assert_allclose(x, wanted["x"], rtol=1e-6, err_msg=key)
        np.testing.assert_allclose(y, wanted["y"], rtol=1e-12, err_msg=key)
        assert overall == pytest.approx(wanted["global_eff"], rel=1e-12), key
        assert table == pytest.approx(wanted["table"], rel=1e-12), key
        unmatched += matched.mean() < 0.5 and 1.0 in y
    assert unmatched


def test_the_pages_numbers_of_the_older_report(stored, in_baseline, report):
    """Out of the tables of the pages; `legacy` is that of the chain."""
    for mode, chain in CHAINS.items():
        parameters = ChainParameters(chain=chain, legacy=True)
        particles = pd.concat(
            [stored.labelled(stored.particles.copy(), parameters), stored.seeding(parameters)], axis=1
        )
        particles = particles[particles["entry"].isin(in_baseline)]
        events = older_events(particles, stored.rows(parameters, with_particles))
        for ours, theirs in RESIDUALS.items():
            wanted = report[f"photons/{mode}"]["overall"][theirs]
            assert len(events) == wanted["n"], ours
            assert events[theirs].mean() == pytest.approx(wanted["mean"], abs=1e-6)
            assert events[theirs].std() == pytest.approx(wanted["std"], rel=1e-4)
        seeds = report[f"photons/{mode}"]["seeds"]["en"]
        found = older_seeds(events, "energy")
        for name in ("nseeds", "has_seeds", "less_seeds"):
            np.testing.assert_allclose(found[name], seeds[f"{name}/mean"], rtol=1e-6, err_msg=name)
