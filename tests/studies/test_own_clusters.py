"""A file's own clusters name the setting with which they were made."""

import numpy as np
import pandas as pd
import pytest

from bye_splits.cli import main
from bye_splits.data import open_source
from bye_splits.geometry import Geometry
from bye_splits.samples import events, toy
from bye_splits.studies.own_clusters import KINDS, SETTINGS, Agreement, agreements, pair, paired

TOLD_APART = (
    "default",
    "by area, threshold 8.5",
    "xy, radius 0.015",
    "secondary maxima",
    "middles of bins",
    "shared by energy",
)


@pytest.fixture
def write(tmp_path, monkeypatch):
    """A function that writes a file of pile-up whose clusters are made with some parameters."""

    def written(parameters, n=1):
        monkeypatch.setattr(events, "CHAIN", parameters)
        path = tmp_path / "sample.root"
        toy.write_sample(path, "photons", 200, n, 1, None, Geometry.v11())
        return path

    return written


@pytest.mark.parametrize("name", TOLD_APART)
def test_the_setting_of_a_file_is_named(write, name):
    with open_source(write(SETTINGS[name])) as source:
        found = agreements(source)
    (first, best), (_, next_best) = list(found.items())[:2]
    assert first == name
    assert best.share == 1
    assert next_best.share < 0.8
    assert best.counts == {"same": len(best.pairs), "moved": 0, "missing": 0, "extra": 0}
    assert len(best.pairs) > 20
    for of in ("pt", "eta", "phi"):
        assert np.abs(best.difference(of)).max() < 1e-5


@pytest.mark.parametrize("particle", ["photons", "electrons", "pions"])
@pytest.mark.parametrize("pileup", ["0", "200"])
def test_of_the_toy_samples_all_clusters_are_those_of_the_default(particle, pileup):
    from bye_splits.samples import embedded

    with open_source(embedded.paths()[particle, pileup]) as source:
        found = agreements(source, events=10)
    assert next(iter(found)) == "default"
    assert found["default"].share == 1


def cluster(side, pt, eta, phi):
    return {"entry": 100 + side // 2, "event": side, "pt": pt, "eta": eta, "phi": phi, "n_cells": 5}


def table(*rows):
    return pd.DataFrame(rows, columns=list(cluster(0, 0, 0, 0)))


def test_what_becomes_of_clusters():
    """Two endcaps; phi beyond pi; a cluster of each kind."""
    own = table(cluster(0, 10, 2.0, 3.1415), cluster(0, 20, 2.5, 0.0), cluster(3, 5, -1.7, 1.0))
    chain = table(
        cluster(0, 10, 2.0, 3.1415 - 2 * np.pi), cluster(0, 20, 2.52, 0.01), cluster(0, 3, 1.6, 2.0)
    )
    pairs = paired(own, chain, 100)
    assert pairs["kind"].tolist() == ["same", "moved", "extra", "missing"]
    assert pairs["entry"].tolist() == [100, 100, 100, 101]
    assert pairs["endcap"].tolist() == [1, 1, 1, -1]
    made = Agreement(SETTINGS["default"], pairs)
    assert made.counts == dict.fromkeys(KINDS, 1)
    assert made.share == 0.25
    np.testing.assert_allclose(made.difference("eta"), [0, 0.02], atol=1e-12)
    np.testing.assert_allclose(made.difference("phi"), [0, 0.01], atol=1e-12)
    assert pairs["n_cells_chain"].tolist()[:3] == [5, 5, 5]
    assert np.isnan(pairs["n_cells_chain"][3])
    assert pairs["n_cells_file"].isna().all()


def test_pairs_know_their_rows_and_the_cells_that_the_file_counts():
    own = table(cluster(0, 10, 2.0, 0.0), cluster(0, 20, 2.5, 0.0)).assign(clusters_n=[7, 9])
    pairs = pair(own, table(cluster(0, 3, 1.6, 2.0), cluster(0, 20, 2.5, 0.0)))
    assert pairs[["file", "chain"]].to_numpy().tolist() == [[1, 1], [0, -1], [-1, 0]]
    assert pairs["kind"].tolist() == ["same", "missing", "extra"]
    assert pairs["n_cells_file"].tolist()[:2] == [9, 7]
    assert Agreement(SETTINGS["default"], pairs).difference("n_cells").tolist() == [-4]


def test_without_clusters_there_is_no_share():
    none = table()
    assert np.isnan(Agreement(SETTINGS["default"], paired(none, none, 100)).share)


def test_the_command_says_with_what_a_file_was_made(write, capsys, tmp_path):
    path, out = write(SETTINGS["xy"], 2), tmp_path / "pairs.csv"
    assert main(["compare", str(path), "--events", "1", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "clusters in 1 event\n" in said
    assert "xy, 100 % the same: the file's clusters were made with it" in said
    pairs = pd.read_csv(out)
    assert (pairs["kind"] == "same").all()
    assert main(["compare", str(path), "--events", "1", "--out", str(out.with_suffix(".parquet"))]) == 0
    capsys.readouterr()
    pd.testing.assert_frame_equal(pd.read_parquet(out.with_suffix(".parquet")), pairs, check_dtype=False)
    assert f"{len(pairs)} clusters in 1 event" in said


def test_pairs_are_not_written_over_the_file(write, capsys):
    path = write(SETTINGS["default"])
    before = path.read_bytes()
    assert main(["compare", str(path), "--out", str(path)]) == 2
    assert str(path) in capsys.readouterr().err
    assert path.read_bytes() == before


def test_parameters_of_ones_own_are_compared_too(write, capsys, tmp_path):
    parameters = SETTINGS["default"].changed(radius=0.0123, seed_threshold=31.0)
    path = write(parameters)
    assert main(["compare", str(path)]) == 0
    assert "No known setting gives all of them" in capsys.readouterr().out
    file = tmp_path / "mine.yaml"
    file.write_text(parameters.to_yaml())
    assert main(["compare", str(path), "--parameters", str(file)]) == 0
    assert "as given, 100 % the same" in capsys.readouterr().out


def test_a_file_without_clusters_is_an_error(write, capsys, monkeypatch):
    path = write(SETTINGS["default"].changed(seed_threshold=1e6))
    assert main(["compare", str(path)]) == 2
    said = capsys.readouterr().err
    assert "expected clusters (cl3d_*) to compare with, found none in 1 event" in said
