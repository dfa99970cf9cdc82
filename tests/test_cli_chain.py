"""`bye-splits chain`: its options, what it prints, its exit codes."""

import pandas as pd
import pyarrow.parquet as pq
import pytest

from bye_splits import cli
from bye_splits.chain import ChainParameters
from bye_splits.data import open_source
from bye_splits.geometry import Geometry
from bye_splits.samples import toy


@pytest.fixture(scope="module")
def skim(tmp_path_factory):
    path = tmp_path_factory.mktemp("chain") / "photons.root"
    toy.write_sample(path, "photons", 0, 20, 5, None, Geometry.v11())
    return path


def parameters_of(out):
    return ChainParameters.from_yaml(pq.read_schema(out).metadata[b"parameters"].decode())


def test_the_clusters_of_a_file(skim, tmp_path, capsys):
    out = tmp_path / "clusters.parquet"
    assert cli.main(["chain", str(skim), "--out", str(out)]) == 0
    text, bar = capsys.readouterr()
    table = pd.read_parquet(out)
    assert f"{out}: {len(table)} clusters" in text
    assert "of 20 events (20 endcaps with trigger cells) in 1 file" in text
    assert "events/s" in text
    assert "0 below 0.5 mipT and 0 not finite, left out" in text
    assert "toy simulation, not CMS data" in text
    assert bar == ""  # no terminal, no bar
    assert parameters_of(out) == ChainParameters(tc_threshold=0.5)


@pytest.mark.parametrize(
    ("options", "parameters"),
    [
        (["--kernel", "flat_top", "--seed-window", "2"], {"kernel": "flat_top", "seed_window": 2}),
        (["--chain", "coarse_seeding", "--legacy"], {"chain": "coarse_seeding", "legacy": True}),
        (
            ["--radius", "0.02", "--association", "max_energy"],
            {"radius": 0.02, "association": "max_energy"},
        ),
        (["--radius", "by-layer", "--seed-threshold", "7"], {"seed_threshold": 7.0}),
        (["--tc-threshold", "1.5"], {"tc_threshold": 1.5}),
    ],
)
def test_single_parameters_reach_the_chain(skim, tmp_path, options, parameters):
    out = tmp_path / "c.parquet"
    assert cli.main(["chain", str(skim), "--out", str(out), *options]) == 0
    assert parameters_of(out) == ChainParameters(**{"tc_threshold": 0.5} | parameters)


def test_what_is_not_given_is_the_configurations(skim, tmp_path, capsys):
    config, file, out = tmp_path / "c.yaml", tmp_path / "p.yaml", tmp_path / "c.parquet"
    config.write_text("seed: {histoThreshold: 9}\nselection: {mipThreshold: 3}\ncluster: {PtC3dThreshold: 2}")
    run = ["chain", str(skim), "--out", str(out), "--config", str(config)]
    assert cli.main([*run, "--kernel", "flat_top"]) == 0
    made = parameters_of(out)
    assert (made.seed_threshold, made.kernel, made.cluster.min_pt) == (9.0, "flat_top", 2.0)
    assert "below 3 mipT" in capsys.readouterr().out
    file.write_text("seed_threshold: 11")
    assert cli.main([*run, "--parameters", str(file)]) == 0
    made = parameters_of(out)
    assert (made.seed_threshold, made.cluster.min_pt) == (11.0, 2.0)


def test_a_copy_of_the_parameters_gives_the_same_clusters(skim, tmp_path):
    first, second, file = tmp_path / "1.parquet", tmp_path / "2.parquet", tmp_path / "p.yaml"
    assert cli.main(["chain", str(skim), "--out", str(first), "--radius", "0.01"]) == 0
    file.write_bytes(pq.read_schema(first).metadata[b"parameters"])
    assert cli.main(["chain", str(skim), "--out", str(second), "--parameters", str(file)]) == 0
    pd.testing.assert_frame_equal(pd.read_parquet(first), pd.read_parquet(second))


def test_a_copy_of_the_parameters_does_without_the_configuration(skim, tmp_path):
    """One with other values for all that the first run had by default."""
    first, second, file, config = (tmp_path / name for name in ("1.parquet", "2.parquet", "p.yaml", "c.yaml"))
    config.write_text(
        "seed: {histoThreshold: 9}\ncluster: {PtC3dThreshold: 2, CoeffB: 0.01}\ncs: {firstLayer: 9}\n"
        f"smooth: {{BinSums: {[3] * 42}, SeedsNormByArea: true}}\n"
    )
    assert cli.main(["chain", str(skim), "--out", str(first)]) == 0
    file.write_bytes(pq.read_schema(first).metadata[b"parameters"])
    run = ["chain", str(skim), "--out", str(second), "--config", str(config)]
    assert cli.main([*run, "--parameters", str(file)]) == 0
    pd.testing.assert_frame_equal(pd.read_parquet(first), pd.read_parquet(second))
    assert parameters_of(second) == ChainParameters(tc_threshold=0.5)
    assert cli.main(run) == 0
    assert not pd.read_parquet(first).equals(pd.read_parquet(second))


def test_parameters_of_a_cmssw_configuration(skim, tmp_path, capsys):
    """What it does not have is the configuration's; what is wrong in it is one paragraph with the line."""
    config, file, out = tmp_path / "c.yaml", tmp_path / "cfi.py", tmp_path / "c.parquet"
    config.write_text("seed: {histoThreshold: 9}\nselection: {mipThreshold: 3}\ncluster: {PtC3dThreshold: 2}")
    file.write_text("histoMaxXYVariableDR_C3d_params.clone(seed_position = cms.string('BinCentre'))\n")
    run = ["chain", str(skim), "--out", str(out), "--config", str(config), "--parameters", str(file)]
    assert cli.main(run) == 0
    assert parameters_of(out) == ChainParameters(chain="xy", seed_position="bin_centre", tc_threshold=3.0)
    out.unlink()
    capsys.readouterr()
    file.write_text("import os\nos.remove('c.parquet')\n")
    assert cli.main(run) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"bye-splits: {file}, line 2: expected cms.TYPE(...), ")
    assert said.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--kernel", "round"], "kernel: expected one of default, flat_top, found 'round'"),
        (["--seed-window", "0"], "seed_window: expected a whole number from 1 to 107"),
        (["--radius", "-1"], "radius: expected a number not below 0"),
        (["--parameters", "absent.yaml"], "absent.yaml: expected a YAML file, found no such file"),
        (
            ["--parameters", "p.yaml", "--legacy", "--seed-window", "2"],
            "expected either --parameters or single ones, found --parameters and --seed-window, --legacy",
        ),
        (["--config", "absent.yaml"], "absent.yaml: expected a YAML file"),
        (["--out", "absent/c.parquet"], "absent/c.parquet: expected a file that can be written"),
    ],
)
def test_wrong_parameters_are_one_paragraph(skim, tmp_path, monkeypatch, options, complaint, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["chain", str(skim), "--out", "c.parquet", *options]) == 2
    text = capsys.readouterr().err
    assert text.startswith("bye-splits: ")
    assert complaint in text
    assert text.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "options", [[], ["x.root"], ["--out", "c"], ["x.root", "--out", "c", "--radius", "wide"]]
)
def test_wrong_use(options, capsys):
    with pytest.raises(SystemExit) as left:
        cli.main(["chain", *options])
    assert left.value.code == 2
    assert "usage: bye-splits chain" in capsys.readouterr().err


def test_some_files_or_all_that_cannot_be_read(skim, tmp_path, capsys):
    out, absent = tmp_path / "c.parquet", tmp_path / "absent.root"
    assert cli.main(["chain", str(absent), "--out", str(out)]) == 2
    assert f"{absent}: expected a ROOT or parquet file, found no such file" in capsys.readouterr().err
    assert not out.exists()
    assert cli.main(["chain", str(absent), str(skim), "--out", str(out)]) == 1
    text, complaint = capsys.readouterr()
    assert "20 events" in text
    assert complaint.startswith(f"bye-splits: {absent}: expected")
    assert complaint.count("\n") == 1
    assert len(pd.read_parquet(out))


def test_a_file_that_is_given_twice_is_counted_once_and_said(skim, tmp_path, capsys, monkeypatch):
    (tmp_path / "link.root").symlink_to(skim)
    (tmp_path / "hard.root").hardlink_to(skim)
    monkeypatch.chdir(skim.parent)
    given = [str(skim), str(skim), skim.name, str(tmp_path / "link.root"), str(tmp_path / "hard.root")]
    out = tmp_path / "c.parquet"
    assert cli.main(["chain", *given, "--out", str(out)]) == 0
    text, said = capsys.readouterr()
    assert "of 20 events (20 endcaps with trigger cells) in 1 file" in text
    assert f"warning: {skim} is given more than once: its events are counted once." in said
    assert f"warning: {tmp_path}/link.root is the same file as {skim}: its events are counted once." in said
    assert f"warning: {tmp_path}/hard.root is the same file as {skim}" in said
    assert said.count("\n") == 4
    assert pd.read_parquet(out)["file"].unique().tolist() == [str(skim)]


@pytest.mark.parametrize("through", ["itself", "link", "hard"])
@pytest.mark.parametrize("read", ["skim", "config", "parameters", "flat", "generated"])
def test_what_is_read_is_never_written_over(skim, tmp_path, capsys, read, through):
    files = {name: tmp_path / name for name in ("skim", "config", "parameters", "flat")}
    files["generated"] = tmp_path / "flat.generated.parquet"
    files["skim"].write_bytes(skim.read_bytes())
    files["config"].write_text("seed: {histoThreshold: 9}")
    files["parameters"].write_text("kernel: flat_top")
    cells = open_source(skim).event_at(0).trigger_cells.assign(event=1)
    cells.to_parquet(files["flat"])
    pd.DataFrame({"event": [1], "pid": [22]}).to_parquet(files["generated"])
    out = files[read] if through == "itself" else tmp_path / through
    if through == "link":
        out.symlink_to(files[read])
    elif through == "hard":
        out.hardlink_to(files[read])
    before = files[read].read_bytes()
    options = ["--config", str(files["config"]), "--parameters", str(files["parameters"])]
    assert cli.main(["chain", str(files["skim"]), str(files["flat"]), "--out", str(out), *options]) == 2
    assert "expected a file that can be written, found one of the input files" in capsys.readouterr().err
    assert files[read].read_bytes() == before
