"""Commands on files with several trees, without trigger cells, and with large event numbers."""

import awkward as ak
import numpy as np
import pandas as pd
import pytest
import uproot

from bye_splits import cli
from bye_splits.data import open_source
from bye_splits.geometry import Geometry
from bye_splits.samples import toy


@pytest.fixture(scope="module")
def arrays(tmp_path_factory):
    """Branches of three toy photons, by name."""
    path = tmp_path_factory.mktemp("trees") / "photons.root"
    toy.write_sample(path, "photons", 0, 3, 5, None, Geometry.v11())
    with open_source(path) as source:
        tree = source.tree
    with uproot.open(path) as file:
        return {name: branch.array() for name, branch in file[tree].items() if name.startswith("good_")}


def write(path, trees):
    """Trees by their path: branches and event numbers."""
    with uproot.recreate(path) as file:
        for tree, (branches, numbers) in trees.items():
            branches = branches | {"event": numbers}
            types = {k: v.dtype if k == "event" else v.type.content for k, v in branches.items()}
            file.mktree(tree, types, counter_name=lambda name: f"n{name}").extend(branches)
    return path


def first(arrays, n):
    return {name: array[:n] for name, array in arrays.items()}


@pytest.fixture
def two(arrays, tmp_path):
    trees = {"A/T": (arrays, np.arange(3)), "B/T": (first(arrays, 2), np.array([7, 8]))}
    return write(tmp_path / "two.root", trees)


def chain(tmp_path, *arguments):
    out = tmp_path / "clusters.parquet"
    code = cli.main(["chain", *map(str, arguments), "--out", str(out)])
    return code, pd.read_parquet(out) if out.exists() else None


def test_chain_of_a_named_tree(two, tmp_path):
    code, table = chain(tmp_path, f"{two}:B/T", f"{two}:A")
    assert code == 0
    assert {file: set(part) for file, part in table.groupby("file")["event"]} == {
        f"{two}:B/T": {7, 8},
        f"{two}:A": {0, 1, 2},
    }


def test_chain_of_the_tree_that_the_configuration_names(two, tmp_path, monkeypatch):
    (tmp_path / "c.yaml").write_text("io: {PU0: {photons: {file: two.root, dir: B, tree: T}}}")
    monkeypatch.chdir(tmp_path)
    code, table = chain(tmp_path, "two.root", "--config", "c.yaml")
    assert code == 0
    assert set(table["event"]) == {7, 8}


def test_chain_has_to_be_told_which(two, tmp_path, capsys):
    assert chain(tmp_path, two) == (2, None)
    assert "Say which one: two.root:A/T as the file" in capsys.readouterr().err


def test_the_table_never_takes_the_place_of_its_input(two):
    before = two.read_bytes()
    assert cli.main(["chain", f"{two}:A/T", "--out", str(two)]) == 2
    assert two.read_bytes() == before


def test_check_looks_at_each_tree(two, capsys):
    assert cli.main(["check", str(two)]) == 0
    said = capsys.readouterr().out
    assert "skim, tree A/T, 3 events" in said
    assert "skim, tree B/T, 2 events" in said
    assert cli.main(["check", f"{two}:B/T"]) == 0
    assert "A/T" not in capsys.readouterr().out
    assert cli.main(["check", f"{two}:C/T"]) == 1
    assert "expected a tree 'C/T'" in capsys.readouterr().out


def test_without_trigger_cells(arrays, tmp_path, capsys):
    clusters = {name: array for name, array in arrays.items() if "_tc_" not in name}
    path = write(tmp_path / "cl3d.root", {"A/T": (clusters, np.arange(3))})
    assert cli.main(["check", str(path)]) == 0
    assert "written without trigger cells" in capsys.readouterr().out
    assert chain(tmp_path, path) == (2, None)
    said = capsys.readouterr().err
    assert "a file that was written without them" in said
    assert said.count("\n") == 1


def test_positions_that_are_not_filled(arrays, tmp_path, capsys):
    path = write(
        tmp_path / "z.root", {"A/T": (arrays | {"good_tc_z": arrays["good_tc_z"] * 0}, np.arange(3))}
    )
    assert cli.main(["check", str(path)]) == 1
    assert "positions that are not filled" in capsys.readouterr().out
    assert chain(tmp_path, path) == (2, None)
    assert "positions that are not filled" in capsys.readouterr().err


def test_a_few_positions_that_are_not_filled(arrays, tmp_path, capsys):
    z = arrays["good_tc_z"]
    z = ak.where(ak.local_index(z) < 2, np.float32(0), z)
    path = write(tmp_path / "z.root", {"A/T": (arrays | {"good_tc_z": z}, np.arange(3))})
    assert chain(tmp_path, path)[0] == 0
    assert "and 6 without a position (z = 0), left out" in capsys.readouterr().out


def test_event_numbers_above_63_bits(arrays, tmp_path, capsys):
    large = np.array([5, 2**63, 2**64 - 1], np.uint64)
    wide = write(tmp_path / "wide.root", {"A/T": (arrays, large)})
    small = write(tmp_path / "small.root", {"A/T": (arrays, np.arange(3))})
    below = write(tmp_path / "below.root", {"A/T": (arrays, np.array([-1, -2, -3]))})
    code, table = chain(tmp_path, small, wide)
    assert code == 0
    assert table["event"].dtype == np.uint64
    assert table["event"].unique().tolist() == [0, 1, 2, 5, 2**63, 2**64 - 1]
    code, table = chain(tmp_path, below, wide, small)
    assert code == 1
    assert "some above 2^63 - 1 in" in capsys.readouterr().err
    assert table["event"].dtype == np.int64
    assert table["event"].unique().tolist() == [-1, -2, -3, 0, 1, 2]
