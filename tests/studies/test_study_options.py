"""What all studies have in common on the command line: parameters, tables, faults and main numbers."""

import json
import os
import signal

import pandas as pd
import pyarrow.parquet as pq
import pytest

from bye_splits.chain import ChainParameters
from bye_splits.cli import main
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.studies import occupancy, phase_chunk, phase_study, store
from bye_splits.studies.registry import STUDIES

EVENTS = 20
MORE = {
    "scan": ["--vary", "seed_window=1,2", "--grid"],
    "phase": ["--phases", "3"],
    "response": ["--radii", "0.02"],
    "radius": ["--radii", "0.02,0.03"],
}


@pytest.fixture(scope="module")
def skim(tmp_path_factory):
    path = tmp_path_factory.mktemp("skim") / "electrons.root"
    toy.write_sample(path, "electrons", 0, EVENTS, 1, None, Geometry.v11())
    return path


def study(name, skim, out, *options):
    return main(["study", name, str(skim), "--out", str(out), *MORE.get(name, []), *options])


@pytest.mark.parametrize("name", STUDIES)
def test_tables_parameters_and_main_numbers(skim, tmp_path, capsys, name):
    assert study(name, skim, tmp_path, "--seed-threshold", "33.25", "--kernel", "flat_top") == 0
    assert {path.stem for path in tmp_path.glob("*.parquet")} == set(STUDIES[name].tables)
    for table in STUDIES[name].tables:
        metadata = pq.read_schema(tmp_path / f"{table}.parquet").metadata
        texts = b"\n".join(metadata.values()).decode()
        if name != "scan":  # which has the sets in its rows
            assert "seed_threshold: 33.25" in texts
        assert "kernel: flat_top" in texts
    lines = capsys.readouterr().out.splitlines()
    indented = [line for line in lines if line.startswith("    ")]
    assert len(indented) >= 4  # a table, and what it is of
    (folder,) = tmp_path.glob("*-*/")
    assert study(name, skim, tmp_path, "--seed-threshold", "33.25", "--kernel", "flat_top") == 0
    assert list(tmp_path.glob("*-*/")) == [folder]  # the same results are not made twice
    if name != "occupancy":
        assert f", {EVENTS} of them by an earlier run" in capsys.readouterr().out


def test_parameters_of_a_file(skim, tmp_path, capsys):
    wanted = ChainParameters(chain="coarse_seeding", seed_window=2, radius=0.03)
    (tmp_path / "P.yaml").write_text(wanted.to_yaml())
    of_file = ["--parameters", str(tmp_path / "P.yaml")]
    single = ["--chain", "coarse_seeding", "--seed-window", "2", "--radius", "0.03"]
    for out, options in (("a", of_file), ("b", single)):
        assert main(["study", "radius", str(skim), "--out", str(tmp_path / out), *options]) == 0
    tables = [pd.read_parquet(tmp_path / out / "clusters_by_radius.parquet") for out in "ab"]
    pd.testing.assert_frame_equal(*tables)
    assert set(tables[0]["chain"]) == {"coarse_seeding"}
    assert set(tables[0]["radius"]) == {0.03}
    capsys.readouterr()
    assert study("radius", skim, tmp_path / "c", *of_file, "--seed-window", "2") == 2
    assert (
        "either --parameters or single ones, found --parameters and --seed-window" in capsys.readouterr().err
    )
    assert study("radius", skim, tmp_path / "c", *of_file, "--radii", "0.01,0.02") == 2
    assert "either --radii or the radius of the parameters" in capsys.readouterr().err


def test_b_of_a_comparison_is_a_with_the_other_chain(skim, tmp_path, capsys):
    assert study("compare", skim, tmp_path, "--chain", "coarse_seeding", "--radius", "0.03") == 0
    metadata = pq.read_schema(tmp_path / "splits.parquet").metadata
    a, b = (ChainParameters.from_yaml(metadata[f"parameters.{name}".encode()].decode()) for name in "ab")
    assert (a.chain, a.radius) == ("coarse_seeding", 0.03)
    assert b == ChainParameters(radius=0.03, tc_threshold=0.5)
    printed = capsys.readouterr().out
    splits = pd.read_parquet(tmp_path / "splits.parquet").set_index(["a_state", "b_state"])["particles"]
    row = next(line.split() for line in printed.splitlines() if "A: not split" in line)
    assert row[-3:] == [str(splits["not split", state]) for state in ("split", "not split", "no cluster")]
    assert f"{splits['split', 'not split']} split under A alone" in printed
    assert "McNemar's exact p = " in printed
    assert "effective RMS of pt" in printed


def test_a_scan_prints_the_sets_that_are_not_beaten(skim, tmp_path, capsys):
    assert study("scan", skim, tmp_path) == 0
    table = pd.read_parquet(tmp_path / "scan.parquet")
    printed = capsys.readouterr().out
    assert f"{table['pareto'].sum()} of 2 sets" in printed
    head = next(line.split() for line in printed.splitlines() if "efficiency at low pt" in line)
    assert head[:2] == ["set", "seed_window"]


@pytest.mark.parametrize("name", STUDIES)
def test_every_chunk_fails(skim, tmp_path, capsys, monkeypatch, name):
    for module, function in ((store, "pass_over"), (phase_study, "phases_of"), (occupancy, "occupancy_of")):
        monkeypatch.setattr(module, function, fails)
    assert study(name, skim, tmp_path) == 1
    printed = capsys.readouterr()
    assert f"PARTIAL: {EVENTS} events of the files that can be read are missing" in printed.out
    assert f"entries 0 to {EVENTS - 1}: no luck" in printed.err
    assert "Traceback" not in printed.err
    if name != "occupancy":
        assert list(tmp_path.glob("*.parquet")) == []


def test_files_without_generated_particles(tmp_path, capsys):
    cells = {name: [9, 9] for name in ("layer", "waferu", "waferv", "cellu", "cellv")}
    cells |= {name: [50.0, 60.0] for name in ("mipPt", "pt", "energy", "eta", "phi", "x", "y")}
    path = tmp_path / "cells.parquet"
    pd.DataFrame(cells | {"z": [335.0, 335.0], "event": [1, 2]}).to_parquet(path, index=False)
    for name in STUDIES:
        more = MORE.get(name, [])
        assert main(["study", name, str(path), "--out", str(tmp_path / name), *more]) == 0, name
        printed = capsys.readouterr().out
        assert "of 2 events in 1 file" in printed
        assert "nan" not in printed


def fails(*arguments):
    raise RuntimeError("no luck")


@pytest.mark.parametrize(
    ("name", "table"), [(name, table) for name in STUDIES for table in STUDIES[name].tables]
)
def test_no_study_overwrites_what_it_reads(tmp_path, capsys, name, table):
    path = tmp_path / f"{table}.parquet"
    path.write_bytes(b"events")
    assert study(name, path, tmp_path) == 2
    assert path.read_bytes() == b"events"
    assert list(tmp_path.iterdir()) == [path]
    assert "one of the input files" in capsys.readouterr().err


def test_stopped_in_the_second_pass(skim, tmp_path, capsys, monkeypatch):
    """A Ctrl-C while the showers are moved: what is done is kept, and the same command does the rest."""
    monkeypatch.setattr(store, "CELLS", 600)
    monkeypatch.setattr(phase_study, "phases_of", interrupted)
    assert study("phase", skim, tmp_path) == 1
    printed = capsys.readouterr()
    some = pd.read_parquet(tmp_path / "particles.parquet")
    assert 0 < len(some) < EVENTS
    assert json.loads(pq.read_schema(tmp_path / "particles.parquet").metadata[b"partial"])
    assert f"PARTIAL: {EVENTS - len(some)} events" in printed.out
    (line,) = printed.err.splitlines()
    assert f"stopped: {len(some)} of {EVENTS} events are in the tables" in line
    monkeypatch.setattr(phase_study, "phases_of", phase_chunk.phases_of)
    assert study("phase", skim, tmp_path) == 0
    assert len(pd.read_parquet(tmp_path / "particles.parquet")) == EVENTS


def interrupted(settings, chunk):
    os.kill(os.getpid(), signal.SIGINT)
    return phase_chunk.phases_of(settings, chunk)
