"""The catalogue: events without a particle, the file's clusters, A beside B, the older selections."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bye_splits.chain import ChainParameters, run
from bye_splits.data import open_source
from bye_splits.geometry import Geometry
from bye_splits.samples import from_hits, toy
from bye_splits.settings import Histogram
from bye_splits.studies.catalogue import KEY, catalogue, with_p_split
from bye_splits.studies.chunk import Settings
from bye_splits.studies.columns import catalogue_columns, known_kinds
from bye_splits.studies.expressions import kind_of, parse
from bye_splits.studies.presets import presets
from bye_splits.studies.sample_outcomes import outcomes, survey_sample
from bye_splits.studies.store import store_of

REFERENCE = Path(__file__).parents[2].parent / "shared" / "reference" / "studies"
A, B = ChainParameters(), ChainParameters(kernel="flat_top")


def made(path, folder, parameters):
    """What the chain makes of the whole of a file."""
    settings = Settings.covering([parameters], [])
    store = store_of(survey_sample(str(path)), folder, settings, 200_000)
    parts = [outcomes(store, parameters, chunk) for chunk in store.survey.chunks]
    return [pd.concat([part[which] for part in parts], ignore_index=True) for which in (0, 1)]


@pytest.fixture(scope="module")
def electrons(tmp_path_factory):
    folder = tmp_path_factory.mktemp("catalogue")
    path = folder / "electrons.root"
    toy.write_sample(path, "electrons", 0, 45, 11, None, Geometry.v11())
    return path, {name: made(path, folder, one) for name, one in (("a", A), ("b", B))}


def test_the_columns_are_those_that_are_explained(electrons):
    (a, others_a), (b, others_b) = (electrons[1][name] for name in "ab")
    table = catalogue(a, b, others_a, others_b)
    columns = catalogue_columns(True)
    inside = set(columns) - {"tag", "note"}
    assert inside <= set(table)
    assert set(table) - inside == {*KEY, "pid", "leading_cluster", "leading_cluster_b"} - {"entry", "endcap"}
    for name in inside:
        assert kind_of(table[name]) == columns[name].kind, name
    assert set(known_kinds(False)) < set(known_kinds(True))
    assert table["p_split"].isna().all()
    assert (table["kind"].isin(["electron", "positron"])).all()
    phases = a[["file", "entry", "endcap"]].assign(particle=0, p_split=0.5)
    known = with_p_split(catalogue(a), phases.iloc[1:])["p_split"]
    assert (np.isnan(known[0]), (known[1:] == 0.5).all()) == (True, True)
    assert with_p_split(table, phases.iloc[:0]) is table


def test_cells_and_clusters_are_those_of_the_event(electrons):
    path, known = electrons
    a, _ = known["a"]
    table = catalogue(a)
    some = table.iloc[[3, 40]]
    with open_source(path) as source:
        for _, row in some.iterrows():
            event = source.event_at(int(row["entry"]))
            cells = event.trigger_cells
            cells = cells[(cells["mipPt"] >= 0.5) & (np.sign(cells["z"]) == row["endcap"])]
            assert row["cells"] == len(cells)
            result = run(cells, A)
            leading = result.clusters.iloc[int(row["leading_cluster"])]
            assert leading["pt"] == pytest.approx(row["leading_pt"], rel=1e-12)
            mine = cells[result.seed_of_cell == leading["seed"]]
            assert row["last_layer"] == mine["layer"].max()
            assert row["peak_layer"] == mine.groupby("layer")["mipPt"].sum().idxmax()
            lowest = event.clusters["energy"].min() / row["gen_energy"]
            assert row["file_clusters"] == len(event.clusters)
            assert row["file_lowest_response"] == pytest.approx(lowest, rel=1e-6)


def test_b_has_missing_values_until_it_is_known(electrons):
    (a, _), (b, _) = (electrons[1][name] for name in "ab")
    whole, part, none = (catalogue(a, one) for one in (b, b.iloc[10:], pd.DataFrame()))
    for table, missing in ((part, 10), (none, len(a))):
        assert list(table) == list(whole)
        assert (table["clusters_b"] == -1).sum() == missing
        assert not table["split_b"].iloc[:missing].any()
        assert table["response_b"].iloc[:missing].isna().all()
        pd.testing.assert_frame_equal(
            table.iloc[missing:], whole.iloc[missing:], check_dtype=False, check_categorical=False
        )


def test_events_without_a_particle_have_a_row_for_each_endcap(tmp_path):
    """Hits have no generated particles: two events, one with cells in both endcaps."""
    geometry = Geometry.v11()
    rng = np.random.default_rng(5)
    tables = []
    for event, side in ((0, 1), (0, -1), (1, -1)):
        for layer in geometry.layers[:12]:
            z = geometry.layer_z[layer]
            x, y = rng.normal(0.2 * z, 3, 30), rng.normal(0.1 * z, 3, 30)
            energy = rng.exponential(0.2, 30)
            tables.append(pd.DataFrame({"event": event, "x": x, "y": y, "z": side * z, "energy": energy}))
    pd.concat(tables).to_parquet(tmp_path / "hits.parquet")
    from_hits(tmp_path / "hits.parquet", tmp_path / "hits.root", geometry)
    particles, others = made(tmp_path / "hits.root", tmp_path, A)
    assert len(particles) == 0
    table = catalogue(particles, None, others)
    assert table[["entry", "endcap"]].to_numpy().tolist() == [[0, 1], [0, -1], [1, -1]]
    assert (table["clusters"] >= 1).all()
    assert (table["cells"] > 20).all()
    assert (table["leading_pt"] > 0).all()
    assert table["gen_pt"].isna().all()
    assert (table["kind"] == "").all()
    assert not table["split"].any()
    both = catalogue(particles, particles, others, others)
    assert both["clusters_b"].tolist() == table["clusters"].tolist()


@pytest.mark.skipif(
    not REFERENCE.exists(), reason="the reference of the studies is not beside this repository"
)
def test_the_older_selections_select_the_same_events(tmp_path):
    older = json.loads((REFERENCE / "old_baseline.json").read_text())
    particles, others = made(REFERENCE / "input" / "photons_PU0.root", tmp_path, A)
    table = catalogue(particles, None, others)
    names = {
        "baseline": "all",
        "splits_only": "splits_only",
        "no_splits": "no_splits",
        "above_eta": "above_eta_2.4",
    }
    for name, old in names.items():
        text = presets(Histogram())[name].expression
        mask = parse(text, known_kinds(False)).mask(table.assign(tag="", note=""))
        assert sorted(table["event"][mask]) == sorted(set(older[f"photons/{old}"]["events"])), name
