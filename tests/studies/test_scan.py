"""Many sets of parameters: how they are chosen, what each gives, and which are not beaten."""

import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from bye_splits.chain import ChainParameters
from bye_splits.cli import main
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.studies import scan as module
from bye_splits.studies.parameter_sets import Axis, axes_of, in_grid, spread
from bye_splits.studies.scan import OBJECTIVES, blocks, pareto_front

EVENTS = 40
BASE = ChainParameters()


@pytest.fixture(scope="module")
def skim(tmp_path_factory):
    path = tmp_path_factory.mktemp("scan") / "electrons.root"
    toy.write_sample(path, "electrons", 0, EVENTS, 1, None, Geometry.v11())
    return path


def test_sets_fill_the_ranges_and_are_the_same_again():
    texts = ["seed_threshold=5:40", "radius=0.005:0.05", "kernel=default,flat_top", "seed-window=1:3"]
    axes = axes_of(texts, BASE)
    sets = spread(axes, 100, 3, lambda values: BASE.changed(**values))
    assert sets == spread(axes, 100, 3, lambda values: BASE.changed(**values))
    assert sets[:70] == spread(axes, 70, 3, lambda values: BASE.changed(**values))
    assert sets != spread(axes, 100, 4, lambda values: BASE.changed(**values))
    thresholds = np.array([one.seed_threshold for one in sets])
    assert np.histogram(thresholds, np.linspace(5, 40, 8))[0].min() > 10
    assert {one.kernel for one in sets} == {"default", "flat_top"}
    assert {one.seed_window for one in sets} == {1, 2, 3}
    (only,) = spread(axes[:1], 1, 0, lambda values: BASE.changed(**values))
    assert 5 <= only.seed_threshold <= 40


def test_a_grid_has_all_combinations():
    axes = axes_of(["radius=by-layer,0.02", "seed_window=1:4:3", "legacy=true,false"], BASE)
    sets = in_grid(axes, lambda values: BASE.changed(**values))
    assert len(sets) == 2 * 3 * 2
    assert {one.radius for one in sets} == {None, 0.02}
    assert {one.seed_window for one in sets} == {1, 2, 4}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("radii=0.01:0.02", "expected one of chain, radius, seeding"),
        ("kernel=round", "expected one of default, flat_top, found 'round'"),
        ("radius=0.03:0.01", "expected a range LOW:HIGH"),
        ("radius=0.01:0.03:1", "expected a range LOW:HIGH"),
        ("seed_threshold=-5:40", "a number of mipT not below 0, found '-5'"),
        ("seed_window=0:3", "a whole number from 1 to 107, found '0'"),
        ("seed_window=1.5", "a whole number"),
        ("legacy=perhaps", "True or False"),
        ("seed_threshold", "a number of mipT"),
    ],
)
def test_what_a_parameter_cannot_be(skim, tmp_path, capsys, text, words):
    assert main(["study", "scan", str(skim), "--out", str(tmp_path), "--vary", text]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["scan"], "expected one or more, each once, of chain, radius"),
        (["scan", "--vary", "radius=0.01,0.02", "--vary", "radius=0.01,0.02"], "each once"),
        (["scan", "--vary", "radius=0.01:0.02", "--grid"], "expected FIRST:LAST:NUMBER"),
        (["scan", "--vary", "radius=0.01:0.02:2", "--grid", "--sets", "3"], "either --grid or --sets"),
        (["scan", "--vary", "radius=0.01:0.02", "--sets", "0"], "from 1 to"),
        (["scan", "--vary", "chain=default", "--chain", "both"], "each once"),
        (["scan", "--vary", "radius=0.01:0.02", "--radii", "0.01,0.02"], "Give the radius as one"),
        (["radius", "--sets", "3"], "expected none of its own, found --sets"),
        (["scan", "--vary", "radius=0.01:0.02", "--a", "x.yaml"], "expected --vary, --sets"),
    ],
)
def test_options_that_do_not_go_together(skim, tmp_path, capsys, options, words):
    assert main(["study", options[0], str(skim), "--out", str(tmp_path), *options[1:]]) == 2
    assert words in capsys.readouterr().err


def test_each_set_is_that_of_a_study_of_its_own(skim, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "AT_ONCE", 3)
    varied = [
        "chain=default,coarse_seeding",
        "seed_threshold=5:60",
        "radius=0.005:0.05",
        "kernel=default,flat_top",
    ]
    options = [part for text in varied for part in ("--vary", text)]
    assert main(["study", "scan", str(skim), "--out", str(tmp_path), "--sets", "13", *options]) == 0
    table = pd.read_parquet(tmp_path / "scan.parquet")
    assert table["set"].tolist() == list(range(13))
    assert table["pareto"].any()
    for row in table.iloc[[0, 5, 11]].itertuples():
        parameters = ChainParameters.from_yaml(row.parameters)
        assert parameters == ChainParameters(
            chain=row.chain,
            kernel=row.kernel,
            radius=row.radius,
            seed_threshold=row.seed_threshold,
            tc_threshold=0.5,
        )
        (tmp_path / "a.yaml").write_text(row.parameters)
        (tmp_path / "b.yaml").write_text(BASE.changed(seed_threshold=7.5).to_yaml())
        files = ["--a", str(tmp_path / "a.yaml"), "--b", str(tmp_path / "b.yaml")]
        assert main(["study", "compare", str(skim), "--out", str(tmp_path), *files]) == 0
        pairs = pd.read_parquet(tmp_path / "particles.parquet")
        assert row.split_rate == pairs["a_split"].mean()
        assert row.efficiency == pairs["a_leading_pt"].notna().mean()
        assert row.low_pt_efficiency == pairs["a_leading_pt"][pairs["gen_pt"] < 10].notna().mean()
        assert row.leading_pt_mean == pytest.approx((pairs["a_leading_pt"] / pairs["gen_pt"]).mean())
        assert row.split_rate_low <= row.split_rate <= row.split_rate_high
    metadata = pq.read_schema(tmp_path / "scan.parquet").metadata
    assert json.loads(metadata[b"objectives"]) == OBJECTIVES
    assert metadata[b"low_pt"] == b"10 GeV"


def test_a_grid_is_one_table(skim, tmp_path):
    varied = ["--vary", "seed_threshold=5:60:4", "--vary", "radius=by-layer,0.01,0.03", "--grid"]
    assert main(["study", "scan", str(skim), "--out", str(tmp_path), *varied, "--low-pt", "30"]) == 0
    table = pd.read_parquet(tmp_path / "scan.parquet")
    assert len(table) == 12
    assert table["radius"].isna().sum() == 4
    seeds = table.groupby("seed_threshold")["seeds_per_event"].first()
    assert seeds.is_monotonic_decreasing
    assert (table["low_pt"] > 0).all()
    particles = pd.read_parquet(tmp_path / "particles.parquet")
    counted = particles.groupby("set")["split"].sum()
    assert counted.index.tolist() == table["set"][table["pareto"]].tolist()[:10]
    assert counted.tolist() == table["split"][table["pareto"]].tolist()[:10]
    assert ((table["low_pt_efficiency_low"] <= table["low_pt_efficiency"]).all()).all()


def test_blocks_have_each_point_once():
    rng = np.random.default_rng(1)
    scattered = [(float(r), float(t)) for r, t in rng.uniform(0, 1, (150, 2))]
    grid = [(float(r), float(t)) for r in range(100) for t in range(3)]
    by_layer = [(None, 5.0), (None, 4.0)]
    for points in (scattered, grid, by_layer, scattered + by_layer, scattered[:1]):
        found = []
        for radii, thresholds, wanted in blocks(points):
            assert wanted.any(axis=0).all()
            row, column = np.nonzero(wanted)
            known = [None] if radii is None else radii.tolist()
            found += [(known[c], float(thresholds[r])) for r, c in zip(row, column, strict=True)]
        assert len(found) == len(points)
        assert set(found) == set(points)


def test_the_front():
    rng = np.random.default_rng(2)
    table = pd.DataFrame({"cost": rng.random(60), "gain": rng.random(60), "none": np.nan})
    table.loc[7, "gain"] = np.nan
    found = pareto_front(table, {"cost": -1, "gain": 1, "none": 1})
    for k, one in table.iterrows():
        beaten = ((table["cost"] < one["cost"]) & (table["gain"] > one["gain"])).any()
        assert found[k] == (not beaten and k != 7)
    assert not pareto_front(table, {"none": 1}).any()


def test_axes():
    assert Axis.of("radius=by layer", BASE).values == (None,)
    assert Axis.of("seed_window=2:5", BASE).at(0.999) == 5
