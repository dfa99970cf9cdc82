"""The numbers of the older studies, with the older definitions and the chain's `legacy` answers.

What differs from them: the older scripts gave even layers the radius 0 ("as_is", bug 2 of the studies).
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bye_splits.chain import ChainParameters
from bye_splits.settings import Clustering
from bye_splits.studies.measures import summary
from bye_splits.studies.sample_study import StoredChunk, with_particles
from bye_splits.studies.store import Settings, make_store

REFERENCE = Path(__file__).parents[2].parent / "shared" / "reference" / "studies"
CHAINS = {"default": "default", "coarse_seeding": "cs"}
RADII = np.linspace(0.005, 0.05, 10)

pytestmark = pytest.mark.skipif(
    not REFERENCE.exists(), reason="the reference of the studies is not beside this repository"
)


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    chains = tuple(ChainParameters(chain=chain, legacy=True) for chain in CHAINS)
    lowest = tuple(replace(one, seed_threshold=5.0) for one in chains)
    settings = Settings(chains=lowest, radius=0.051)
    store = make_store([REFERENCE / "input" / "photons_PU0.root"], tmp_path_factory.mktemp("out"), settings)
    (chunk,) = store.chunks
    return StoredChunk(store, chunk)


@pytest.fixture(scope="module")
def older():
    return pd.read_parquet(REFERENCE / "old_clusters_by_radius.parquet")


def in_baseline(rows):
    """As the older scripts: particles in 1.7 < eta < 2.8, strictly."""
    return rows[(rows["gen_eta"] > 1.7) & (rows["gen_eta"] < 2.8)]


def compared(rows, older, tolerance):
    """The same clusters, whose sums agree."""
    rows = in_baseline(rows).sort_values(["event", "seed"], ignore_index=True)
    older = older.sort_values(["event", "seed_idx"], ignore_index=True)
    np.testing.assert_array_equal(rows["event"], older["event"])
    np.testing.assert_array_equal(rows["seed"], older["seed_idx"])
    for name, old in (("pt", "pt"), ("energy", "en"), ("eta", "eta"), ("phi", "phi")):
        np.testing.assert_allclose(rows[name], older[old], rtol=tolerance, err_msg=name)
    np.testing.assert_allclose(rows["pt"] / rows["gen_pt_face"], older["pt_norm"], rtol=1e-6)
    np.testing.assert_allclose(rows["energy"] / rows["gen_energy"], older["en_norm"], rtol=1e-6)
    np.testing.assert_array_equal(rows["dr"] <= 0.05, older["matches"])


@pytest.mark.parametrize("radius", RADII)
def test_clusters_with_the_radius_in_all_layers(stored, older, radius):
    threshold = ChainParameters().seed_threshold
    rows = stored.rows(ChainParameters(legacy=True, radius=radius, seed_threshold=threshold), with_particles)
    same = (older["chain"] == "default") & (older["variant"] == "all_layers")
    compared(rows, older[same & np.isclose(older["radius"], radius)], 1e-13)


@pytest.mark.parametrize("radius", RADII)
@pytest.mark.parametrize("chain", CHAINS)
def test_clusters_with_the_radius_in_odd_layers_only(stored, older, chain, radius):
    cluster = Clustering(radii=(radius, 0.0) * 25)
    parameters = ChainParameters(chain=chain, legacy=True, cluster=cluster)
    rows = stored.rows(parameters, with_particles)
    same = (older["chain"] == CHAINS[chain]) & (older["variant"] == "as_is")
    compared(rows, older[same & np.isclose(older["radius"], radius)], 1e-13)


def test_clusters_at_the_configured_radii(stored):
    older = pd.read_parquet(REFERENCE / "old_clusters_config.parquet")
    for chain, name in CHAINS.items():
        rows = stored.rows(ChainParameters(chain=chain, legacy=True), with_particles)
        mine = older[older["chain"] == name].sort_values(["event", "seed_idx"])
        rows = in_baseline(rows).sort_values(["event", "seed"])
        np.testing.assert_allclose(rows["pt"], mine["pt"], rtol=1e-13)
        np.testing.assert_allclose(rows["energy"], mine["en"], rtol=1e-12)


PAGES = {
    ("default", "all_layers"): "default/all_layers",
    ("default", "as_is"): "default/as_is",
    ("coarse_seeding", "as_is"): "cs/as_is",
}


@pytest.mark.parametrize(("chain", "variant"), PAGES)
def test_the_older_energy_and_rms_pages(stored, chain, variant):
    """Over all clusters of particles in 1.7 < eta < 2.7, fragments and noise included."""
    pages = json.loads((REFERENCE / "old_pages.json").read_text())[PAGES[chain, variant]]
    threshold = ChainParameters(chain=chain).seed_threshold
    for k, radius in enumerate(RADII):
        chosen = (
            {"radius": radius}
            if variant == "all_layers"
            else {"cluster": Clustering(radii=(radius, 0.0) * 25)}
        )
        parameters = ChainParameters(chain=chain, legacy=True, seed_threshold=threshold, **chosen)
        rows = stored.rows(parameters, with_particles)
        rows = rows[(rows["gen_eta"] > 1.7) & (rows["gen_eta"] < 2.7)]
        for norm, found, generated in (("Energy", "energy", "gen_energy"), ("PT", "pt", "gen_pt_face")):
            got = summary((rows[found] / rows[generated]).to_numpy(), legacy=True, resamples=0)
            assert got.mean == pytest.approx(pages["energy"][norm]["photons"][k + 1], rel=1e-6)
            for name, value in (
                ("RMS", got.rms),
                ("Eff_RMS", got.effective_rms),
                ("Gaussianity", got.gaussianity),
            ):
                assert value == pytest.approx(pages["rms"][norm][name]["Photon"][k], rel=1e-4), (radius, name)
        matched = rows["dr"] <= 0.05
        assert matched.mean() == pages["efficiency"]["Energy"]["global"]["photons"][k + 1]


@pytest.mark.parametrize("chain", CHAINS)
def test_the_older_reports_energy_response(stored, chain):
    """Of the cluster of the highest energy in an event, wherever it is."""
    report = json.loads((REFERENCE / "old_report.json").read_text())[f"photons/{CHAINS[chain]}"]
    rows = in_baseline(stored.rows(ChainParameters(chain=chain, legacy=True), with_particles))
    highest = rows.loc[rows.groupby("entry")["energy"].idxmax()]
    got = summary((highest["energy"] / highest["gen_energy"] - 1).to_numpy(), legacy=True, resamples=0)
    older = report["overall"]["clresen"]
    assert got.n == older["n"]
    for name, value in (
        ("mean", got.mean),
        ("median", got.median),
        ("std", got.rms * got.mean),
        ("std_eff", got.effective_rms * got.mean),
    ):
        assert value == pytest.approx(older[name], rel=1e-5), name
    counts = rows.groupby("entry").size().value_counts()
    (split,) = report["split"].values()
    assert {str(n): int(events) for n, events in counts.items()} == split
