"""Two sets of parameters on the same events, from the command line."""

import pandas as pd
import pyarrow.parquet as pq
import pytest

from bye_splits.chain import ChainParameters
from bye_splits.cli import main
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.studies import store

EVENTS = 60


@pytest.fixture(scope="module")
def skim(tmp_path_factory):
    path = tmp_path_factory.mktemp("compare") / "electrons.root"
    toy.write_sample(path, "electrons", 0, EVENTS, 1, None, Geometry.v11())
    return path


def test_the_two_chains_are_compared(skim, tmp_path):
    both, single = tmp_path / "both", tmp_path / "single"
    assert main(["study", "compare", str(skim), "--out", str(both)]) == 0
    pairs = pd.read_parquet(both / "particles.parquet")
    assert len(pairs) == EVENTS
    assert set(pairs["a_chain"]) == {"default"}
    assert main(["study", "catalogue", str(skim), "--out", str(single), "--chain", "both"]) == 0
    particles = pd.read_parquet(single / "particles.parquet")
    for which, chain in (("a", "default"), ("b", "coarse_seeding")):
        alone = particles[particles["chain"] == chain].sort_values("entry", ignore_index=True)
        joined = pairs.sort_values("entry", ignore_index=True)
        for name in ("split", "leading_pt", "n_near", "second_dr"):
            pd.testing.assert_series_equal(
                joined[f"{which}_{name}"], alone[name], check_names=False, check_exact=True
            )
    splits = pd.read_parquet(both / "splits.parquet")
    assert splits["particles"].sum() == EVENTS
    assert splits.query("a_state != 'no cluster' and b_state == 'no cluster'")["particles"].sum() > 0
    differences = pd.read_parquet(both / "differences.parquet").set_index(["quantity", "norm"])
    assert differences.loc[("efficiency", ""), "b"] == pairs["b_leading_pt"].notna().mean()
    assert differences.loc[("efficiency", ""), "p_value"] < 1
    metadata = pq.read_schema(both / "differences.parquet").metadata
    assert ChainParameters.from_yaml(metadata[b"parameters.b"].decode()).chain == "coarse_seeding"


def test_a_and_b_may_differ_in_anything(skim, tmp_path):
    a = ChainParameters(kernel="flat_top", seed_window=2, seed_threshold=8.0)
    b = ChainParameters(association="max_energy", radius=0.06)
    for name, parameters in (("a", a), ("b", b)):
        (tmp_path / f"{name}.yaml").write_text(parameters.to_yaml())
    files = ["--a", str(tmp_path / "a.yaml"), "--b", str(tmp_path / "b.yaml")]
    assert main(["study", "compare", str(skim), "--out", str(tmp_path), *files]) == 0
    pairs = pd.read_parquet(tmp_path / "particles.parquet")
    assert (pairs["b_radius"] == 0.06).all()
    assert pairs["a_radius"].isna().all()
    assert (pairs["a_near_energy"] != pairs["b_near_energy"]).any()


def test_the_same_twice_is_an_error(skim, tmp_path, capsys):
    path = tmp_path / "a.yaml"
    path.write_text(ChainParameters().to_yaml())
    options = ["--a", str(path), "--b", str(path)]
    assert main(["study", "compare", str(skim), "--out", str(tmp_path), *options]) == 2
    assert "expected two sets that differ" in capsys.readouterr().err


@pytest.mark.parametrize(
    "study", [["compare"], ["scan", "--vary", "radius=0.01:0.02"]], ids=lambda one: one[0]
)
def test_nothing_is_written_where_every_chunk_has_failed(skim, tmp_path, capsys, monkeypatch, study):
    def fails(_):
        raise OSError("gone")

    monkeypatch.setattr(store, "pass_over", fails)
    assert main(["study", study[0], str(skim), "--out", str(tmp_path), *study[1:]]) == 1
    assert "PARTIAL" in capsys.readouterr().out
    assert not list(tmp_path.glob("*.parquet"))
