"""A sample with each shower in many positions in the bins."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from bye_splits.cli import main
from bye_splits.data import open_source
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.studies import phase_chunk, phase_study
from bye_splits.studies.phase_average import phase_average, split_by_phase
from bye_splits.studies.phases import phase_map

REFERENCE = Path(__file__).parents[2].parent / "shared" / "reference" / "studies" / "input"
EVENTS = 24


@pytest.fixture(scope="module")
def skim(tmp_path_factory):
    """Electrons, of which some split."""
    path = tmp_path_factory.mktemp("skim") / "electrons_PU0.root"
    toy.write_sample(path, "electrons", 0, EVENTS, 1, None, Geometry.v11())
    return path


def study(skim, out, *options):
    return main(["study", "phase", str(skim), "--out", str(out), *options])


def test_tables(skim, tmp_path, capsys):
    assert study(skim, tmp_path, "--chain", "both", "--phases", "2x6") == 0
    assert f"of {EVENTS} events in 1 file" in capsys.readouterr().out
    both = pd.read_parquet(tmp_path / "particles.parquet")
    assert list(both)[:5] == ["chain", "file", "entry", "event", "endcap"]
    assert both.groupby("chain")["n_phases"].unique().to_dict() == {"default": [12], "coarse_seeding": [1]}
    particles = both[both["chain"] == "default"].reset_index(drop=True)
    assert len(particles) == EVENTS
    assert both["phase_rz"].between(0, 1, "left").all()
    assert both["phase_phi"].between(0, 1, "left").all()
    # Each particle as alone.
    chosen = particles.loc[particles["p_split"].nlargest(2).index.union([0])]
    assert (chosen["p_split"] > 0).sum() >= 2
    with open_source(skim) as source:
        for one in chosen.itertuples():
            cells = source.event_at(one.entry).trigger_cells
            cells = cells[(cells["mipPt"] >= 0.5) & ((cells["z"] < 0) == (one.endcap < 0))]
            found = phase_map(cells, one.gen_eta, one.gen_phi, n_rz=2, n_phi=6, parameters=phase_parameters())
            assert one.p_split == found.fraction
            assert one.split == found.split[found.positions.here]
            assert (one.phase_rz, one.phase_phi) == pytest.approx(found.positions.phases)
    rates = pd.read_parquet(tmp_path / "split_rates.parquet").set_index(["chain", "abs_eta_low"])
    everything = rates.loc[("default", np.nan)]
    assert everything["rate"] == pytest.approx(particles["p_split"].mean())
    assert everything["n_split"] == particles["split"].sum()
    places = pd.read_parquet(tmp_path / "split_by_phase.parquet")
    assert (places["chain"] == "default").all()
    assert places["n"].sum() == 12 * EVENTS
    assert places["n_split"].sum() == pytest.approx(12 * particles["p_split"].sum())
    assert sorted(places["rz_low"].unique()) == [0, 0.5]
    metadata = pq.read_schema(tmp_path / "particles.parquet").metadata
    assert metadata[b"title"] == b"particles, each shower in 2 x 6 phases"
    # On the wafers: within the hexagon, in V11's frame.
    on = particles[["wafer_x", "wafer_y"]].to_numpy()
    assert np.isfinite(on).all()
    assert (np.hypot(*on.T) < 9.7).all()
    assert particles["layer_max"].between(5, 21).all()
    assert particles["max_in_cee"].all()


def phase_parameters():
    from bye_splits.chain import ChainParameters

    return ChainParameters()


def test_only_what_is_missing_is_done_again(skim, tmp_path, monkeypatch, capsys):
    options = ["--phases", "3"]
    monkeypatch.setattr(phase_study, "phases_of", fails)
    assert study(skim, tmp_path, *options) == 1
    printed = capsys.readouterr()
    assert f"PARTIAL: {EVENTS} events of the files that can be read are missing" in printed.out
    assert f"{skim}, entries 0 to {EVENTS - 1}: no luck" in printed.err
    assert not (tmp_path / "particles.parquet").exists()
    monkeypatch.setattr(phase_study, "phases_of", phase_chunk.phases_of)
    assert study(skim, tmp_path, *options) == 0
    written = (tmp_path / "particles.parquet").read_bytes()
    monkeypatch.setattr(phase_study, "phases_of", fails)
    assert study(skim, tmp_path, *options) == 0
    assert (tmp_path / "particles.parquet").read_bytes() == written
    assert json.loads(pq.read_schema(tmp_path / "particles.parquet").metadata[b"partial"]) is False
    assert study(skim, tmp_path, "--phases", "4") == 1


def fails(settings, chunk):
    raise RuntimeError("no luck")


@pytest.mark.parametrize("phases", ["0", "20x", "2x3x4", "x", "-3", "1e2", "20x1001"])
def test_numbers_of_positions_that_are_none(skim, tmp_path, capsys, phases):
    assert study(skim, tmp_path, f"--phases={phases}") == 2
    assert "expected a number of positions in phi" in capsys.readouterr().err


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference sample is not beside this repository")
def test_the_rate_of_known_photons(tmp_path):
    """0.98 % +- 0.33 % from 20 phases, 1.02 % +- 0.59 % from one, of 295 photons of the older baseline."""
    photons = REFERENCE / "photons_PU0.root"
    assert study(photons, tmp_path, "--legacy") == 0
    particles = pd.read_parquet(tmp_path / "particles.parquet")
    inside = particles["gen_eta"].between(1.7, 2.8, "neither")
    rates = phase_average(particles[inside])
    assert rates["n"].iat[0] == pytest.approx(295, abs=3)  # two of them have no cluster in the file
    assert rates["rate"].iat[0] == pytest.approx(0.0098, abs=0.0004)
    assert rates["rate_error"].iat[0] == pytest.approx(0.0033, abs=0.0002)
    assert rates["one_phase_rate"].iat[0] == pytest.approx(0.0102, abs=0.0003)
    assert rates["ever_split"].iat[0] == 12
    assert rates["gain"].iat[0] == pytest.approx(3.1, abs=0.2)
    assert rates["rate"].iloc[1:].tolist() == pytest.approx([0, 0, 0.012, 0.031], abs=0.001)


def test_rates():
    particles = pd.DataFrame(
        {
            "gen_eta": [1.8, -1.9, 2.9, 2.1],
            "split": [True, False, False, False],
            "p_split": [0.5, 0.1, 0.0, 0.0],
        }
    )
    rates = phase_average(particles)
    assert rates["n"].tolist() == [4, 2, 1, 1]
    assert rates["abs_eta_low"].tolist()[1:] == [1.7, 2.0, 2.8]
    assert rates["rate"].tolist() == pytest.approx([0.15, 0.3, 0, 0])
    assert rates["rate_error"].iat[1] == pytest.approx(0.2)
    assert rates["one_phase_rate"].tolist() == [0.25, 0.5, 0, 0]
    assert (rates["one_phase_low"] <= rates["one_phase_rate"]).all()
    assert rates["ever_split"].tolist() == [2, 2, 0, 0]
    assert rates["gain"].iat[1] == pytest.approx(0.3 * 0.7 / 2 / 0.04)
    nothing = phase_average(particles[:0])
    assert nothing["n"].tolist() == [0]
    assert nothing["rate"].isna().all()


def test_places_along_phi_alone():
    particles = pd.DataFrame({"gen_eta": [1.8, 1.9, -2.9], "phase_rz": [0.02, 0.04, 0.99]})
    split = np.array([[[True, False]], [[True, True]], [[False, False]]])
    places = split_by_phase(particles, split)
    assert places["n"].tolist() == [2, 2, 1, 1]
    assert places["n_split"].tolist() == [2, 1, 0, 0]
    assert places["rz_low"].tolist() == [0, 0, 0.95, 0.95]
    assert places["phi_low"].tolist() == [0, 0.5, 0, 0.5]
    assert places["abs_eta_high"].tolist() == [2.0, 2.0, np.inf, np.inf]
