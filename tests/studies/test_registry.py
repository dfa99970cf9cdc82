"""The tables of each study."""

import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from bye_splits.chain import ChainParameters
from bye_splits.cli import main
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.studies.registry import STUDIES

EVENTS = 60


@pytest.fixture(scope="module")
def skim(tmp_path_factory):
    """Electrons, of which some split."""
    path = tmp_path_factory.mktemp("skim") / "electrons_PU0.root"
    toy.write_sample(path, "electrons", 0, EVENTS, 1, None, Geometry.v11())
    return path


def test_radius(skim, tmp_path, capsys):
    out = tmp_path / "out"
    options = ["--out", str(out), "--chain", "both", "--radii", "0.01:0.03:3"]
    assert main(["study", "radius", str(skim), *options]) == 0
    printed = capsys.readouterr().out
    assert f"of {EVENTS} events in 1 file" in printed
    assert "toy simulation, not CMS data" in printed
    clusters = pd.read_parquet(out / "clusters_by_radius.parquet")
    particles = pd.read_parquet(out / "particles.parquet")
    assert list(clusters)[:6] == ["chain", "radius", "file", "entry", "event", "endcap"]
    assert sorted(clusters["radius"].unique()) == [0.01, 0.02, 0.03]
    assert len(particles) == 2 * 3 * EVENTS
    # The radius adds trigger cells to the clusters of the same seeds.
    mean = particles[particles.chain == "default"].groupby("radius")["near_energy"].mean()
    assert mean.is_monotonic_increasing
    leading = clusters[clusters.leading & (clusters.dr <= 0.05)]
    key = ["chain", "radius", "entry", "endcap"]
    both = leading.merge(particles, on=key, suffixes=("", "_particle"))
    np.testing.assert_array_equal(both["pt"], both["leading_pt"])
    metadata = pq.read_schema(out / "particles.parquet").metadata
    assert json.loads(metadata[b"partial"]) is False
    assert json.loads(metadata[b"files"])[0]["events"] == EVENTS
    parameters = ChainParameters.from_yaml(metadata[b"parameters.default"].decode())
    assert parameters == ChainParameters(radius=0.01, tc_threshold=0.5)


def test_response(skim, tmp_path):
    options = ["--out", str(tmp_path), "--chain", "both", "--radii", "0.01,0.04"]
    assert main(["study", "response", str(skim), *options]) == 0
    responses = pd.read_parquet(tmp_path / "responses.parquet")
    efficiencies = pd.read_parquet(tmp_path / "efficiencies.parquet")
    overall = efficiencies[efficiencies["variable"] == ""].set_index(["chain", "radius"])
    assert (overall["n"] == EVENTS).all()
    assert (overall["efficiency_low"] <= overall["efficiency"]).all()
    assert (overall["efficiency"] <= overall["efficiency_high"]).all()
    of_bins = efficiencies[efficiencies["variable"] == "gen_eta"]
    assert (of_bins.groupby(["chain", "radius"])["n"].sum() == EVENTS).all()
    assert (of_bins["low"] < of_bins["high"]).all()
    key = ["chain", "radius", "quantity", "norm"]
    mean = responses[responses["variable"] == ""].set_index(key)["mean"]
    assert mean["default", 0.01, "near", "energy"] < mean["default", 0.04, "near", "energy"] < 1
    assert mean["default", 0.04, "leading", "energy"] <= mean["default", 0.04, "near", "energy"]
    assert (responses["mean_error"].dropna() > 0).all()


def test_threshold_steps_are_exact(skim, tmp_path):
    """Between the steps, what became of each particle is that of the chain at any threshold in between."""
    steps_of, single = tmp_path / "steps", tmp_path / "single"
    assert main(["study", "threshold", str(skim), "--out", str(steps_of)]) == 0
    steps = pd.read_parquet(steps_of / "particles.parquet")
    assert (steps["threshold_from"] < steps["threshold_to"]).all()
    config = tmp_path / "config.yaml"
    for threshold in (7.0, 20.0, 33.0):
        config.write_text(f"seed: {{histoThreshold: {threshold}}}")
        options = ["--out", str(single), "--config", str(config)]
        assert main(["study", "catalogue", str(skim), *options]) == 0
        wanted = pd.read_parquet(single / "particles.parquet")
        inside = (steps["threshold_from"] <= threshold) & (threshold < steps["threshold_to"])
        found = steps[inside].sort_values("entry", ignore_index=True)[list(wanted)]
        pd.testing.assert_frame_equal(found, wanted)
    assert steps.groupby("entry")["split"].any().sum() > wanted["split"].sum()


def test_partial_and_unknown(skim, tmp_path, capsys):
    broken = tmp_path / "broken.root"
    broken.write_bytes(skim.read_bytes()[:3000])
    assert main(["study", "catalogue", str(skim), str(broken), "--out", str(tmp_path)]) == 1
    printed = capsys.readouterr()
    assert "PARTIAL" in printed.out
    assert str(broken) in printed.err
    metadata = pq.read_schema(tmp_path / "particles.parquet").metadata
    assert json.loads(metadata[b"partial"]) is True
    with pytest.raises(SystemExit):
        main(["study", "radii", str(skim), "--out", str(tmp_path)])
    error = capsys.readouterr().err
    assert all(name in error for name in STUDIES)


@pytest.mark.parametrize("radii", ["0.01:0.03", "x", "2", "-0.1", ""])
def test_radii_that_are_none(skim, tmp_path, capsys, radii):
    with pytest.raises(SystemExit):
        main(["study", "radius", str(skim), "--out", str(tmp_path), f"--radii={radii}"])
    assert "expected radii from 0 to 1" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made(skim, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["study", "catalogue", str(skim), "--out", str(tmp_path / "file" / "out")]) == 2
    assert "expected a folder for the tables" in capsys.readouterr().err
