"""What `bye-splits check` says of a geometry file."""

import numpy as np
import pytest
import uproot

from bye_splits import cli
from bye_splits.geometry import Geometry, versions


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("BYE_SPLITS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def newer_file(tmp_path):
    """Layer 1 of V11 in V15's plane, as the newer tester writes it; one wafer has one cell, out of place."""
    cells = Geometry.v11().trigger_cells
    cells = cells[cells.layer == 1]
    mine = (cells.waferu == 3) & (cells.waferv == 3)
    cells = cells[~mine | (mine.cumsum() == 1)]
    columns = {"subdet": 1, "layer": 1, "zside": 1, "valid": 1, "disconnected": 0, "type": 1}
    columns |= {"ieta": -999, "iphi": -999, "u": cells.cellu, "v": cells.cellv}
    columns |= {"waferU": cells.waferu, "waferV": cells.waferv}
    table = {name: np.broadcast_to(values, len(cells)).astype(np.int32) for name, values in columns.items()}
    z = np.full(len(cells), versions.families()[1].layer_z[1])
    x = cells.x + np.where(cells.waferu == 3, 5, 0) * (cells.waferv == 3)
    table |= {"x": x.to_numpy(), "y": cells.y.to_numpy(), "z": z.astype(np.float32)}
    with uproot.recreate(tmp_path / "newer.root") as file:
        tree = "L1THGCaltriggergeomtester/HGCalTriggerGeoTesterTriggerCells"
        file.mktree(tree, {name: values.dtype for name, values in table.items()}).extend(table)
    return tmp_path / "newer.root", len(cells)


def checked(tmp_path, capsys, text: str) -> tuple[int, str]:
    config = tmp_path / "c.yaml"
    config.write_text(text)
    code = cli.main(["check", "--config", str(config)])
    return code, capsys.readouterr().out


def test_the_tree_and_the_version_are_named(newer_file, tmp_path, capsys):
    path, n = newer_file
    code, text = checked(tmp_path, capsys, "geometry: {file: newer.root}")
    assert code == 0
    geometry = Geometry.from_root(path)
    (tree,) = (line for line in text.splitlines() if line.startswith("    tree "))
    assert tree == (
        "    tree L1THGCaltriggergeomtester/HGCalTriggerGeoTesterTriggerCells, "
        f"{geometry.version}, {geometry.n_layers} layers"
    )
    assert f"    {n} trigger cells in an endcap, {len(geometry.wafers)} wafers\n" in text


def test_uncertain_wafers_are_counted(newer_file, tmp_path, capsys):
    path, _ = newer_file
    uncertain = int((~Geometry.from_root(path).wafers.certain).sum())
    _, text = checked(tmp_path, capsys, "geometry: {file: newer.root}")
    said = f"    the orientation of {uncertain} wafer{'s' * (uncertain != 1)} is uncertain\n"
    assert uncertain == 1
    assert said in text


def test_a_tree_that_is_not_there(newer_file, tmp_path, capsys):
    code, text = checked(tmp_path, capsys, "geometry: {file: newer.root, tree: Absent}")
    assert code == 1
    assert "no such tree, but L1THGCaltriggergeomtester/HGCalTriggerGeoTesterTriggerCells." in text
