"""A CMSSW geometry file: read, kept, and refused with reasons."""

import os
import threading

import awkward as ak
import numpy as np
import pandas as pd
import pytest
import tester_file
import uproot
from pace import paced_seconds
from polygons import rotated

from bye_splits.errors import GeometryError
from bye_splits.geometry import Geometry


@pytest.fixture(scope="module")
def full_file(cells, tmp_path_factory):
    rows = tester_file.rows_of(cells)
    assert len(rows) > 1_000_000
    return tester_file.write(tmp_path_factory.mktemp("geometry") / "full.root", rows)


@pytest.fixture(scope="module")
def few_cells(cells):
    """Layers of every kind: CE-E, and CE-H of either parity, with tiles and without."""
    return cells[cells.layer.isin([1, 29, 50])].reset_index(drop=True)


@pytest.fixture(scope="module")
def few_rows(few_cells):
    return tester_file.rows_of(few_cells)


@pytest.fixture
def few_file(few_rows, tmp_path):
    return tester_file.write(tmp_path / "few.root", few_rows)


def same(table, expected):
    """Equal in numbers, positions, part and dtypes (pandas compares categories one by one, for seconds)."""
    pd.testing.assert_frame_equal(table.drop(columns="part"), expected.drop(columns="part"), check_exact=True)
    assert list(table.part.cat.categories) == ["full", "partial"]
    np.testing.assert_array_equal(table.part.cat.codes, expected.part.cat.codes)


def within(seconds: float, work):
    """What `work()` gives or raises; fails if it takes longer."""
    outcome = []

    def run():
        try:
            outcome.append(work())
        except Exception as error:
            outcome.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    assert outcome, f"still at work after {seconds} s"
    return outcome[0]


def refused(path, *words, **options):
    """The text of the error with which a file is refused: one readable paragraph with these words in it."""
    error = within(20, lambda: Geometry.from_root(path, **options))
    assert isinstance(error, GeometryError), error
    text = str(error)
    for word in (
        str(path),
        "expected trigger cells of the V11 geometry",
        "found ",
        "Check `geometry`",
        *words,
    ):
        assert word in text, text
    assert "\n" not in text
    assert len(text) < 350 + 2 * len(str(path)), text
    return text


def test_round_trip(full_file, geometry, cells):
    read = Geometry.from_root(full_file)
    same(read.trigger_cells, cells)
    for name in ("layer_z", "tile_z"):
        planes = getattr(geometry, name)
        there = np.isfinite(planes) & np.isin(np.arange(51), read.layers)
        np.testing.assert_allclose(getattr(read, name)[there], planes[there], rtol=0, atol=1e-4)
        assert np.isnan(getattr(read, name)[~there]).all()
    pd.testing.assert_frame_equal(read.wafers, geometry.wafers)
    assert read.notices == ()
    assert read.source == str(full_file)
    some = np.arange(0, len(cells), 101)
    np.testing.assert_array_equal(read.corners(some), geometry.corners(some))
    np.testing.assert_array_equal(read.covering(-cells.x, cells.y, -cells.z), np.arange(len(cells)))
    kept = Geometry.from_root(full_file)
    same(kept.trigger_cells, cells)
    np.testing.assert_array_equal(kept.layer_z, read.layer_z)


def test_time_to_read(full_file, cache_folder):
    def read():
        Geometry.from_root(full_file)

    def cold():
        for kept in cache_folder.glob("*"):
            kept.unlink()
        return paced_seconds(read)

    assert any(cold() < 2 for _ in range(2))
    assert any(paced_seconds(read) < 0.2 for _ in range(5))


def test_the_second_time_the_file_is_not_opened(few_file, few_cells, cache_folder, monkeypatch):
    Geometry.from_root(few_file)
    assert len(list(cache_folder.iterdir())) == 1
    monkeypatch.setattr(uproot, "open", lambda *args, **options: pytest.fail("opened again"))
    same(Geometry.from_root(few_file).trigger_cells, few_cells)


def test_a_replaced_file_is_read_anew(few_file, few_rows, few_cells):
    assert len(Geometry.from_root(few_file).trigger_cells) == len(few_cells)
    replaced = few_rows[~((few_rows.subdet == 1) & (few_rows.layer == 1))]
    tester_file.write(few_file, replaced)
    assert Geometry.from_root(few_file).layers.tolist() == [29, 50]


def test_a_file_of_the_same_size_with_a_new_time_is_read_anew(few_file, monkeypatch):
    Geometry.from_root(few_file)
    opened, really_open = [], uproot.open
    monkeypatch.setattr(uproot, "open", lambda *args: opened.append(args) or really_open(*args))
    Geometry.from_root(few_file)
    assert len(opened) == 0
    later = few_file.stat().st_mtime_ns + 1_000_000_000
    os.utime(few_file, ns=(later, later))
    Geometry.from_root(few_file)
    assert len(opened) == 1
    few_file.chmod(
        0o640
    )  # only the time of change (ctime) is another one, as after a write with the old date
    Geometry.from_root(few_file)
    assert len(opened) == 2


def test_where_the_tree_is(few_rows, few_cells, tmp_path):
    path = tester_file.write(
        tmp_path / "other.root", few_rows, directory="hgcaltriggergeomtester", tree="Cells"
    )
    read = Geometry.from_root(str(path), directory="hgcaltriggergeomtester", tree="Cells")
    same(read.trigger_cells, few_cells)
    for wrong in ({"directory": "hgcaltriggergeomtester"}, {"tree": "Cells"}, {}):
        refused(path, "no such tree, but hgcaltriggergeomtester/Cells.", **wrong)


def test_an_rntuple_is_read(few_rows, few_cells, tmp_path):
    columns = {name: few_rows[name].to_numpy() for name in few_rows}
    with uproot.recreate(tmp_path / "g.root") as file:
        file.mkrntuple(f"{tester_file.DIRECTORY}/{tester_file.TREE}", ak.Array(columns))
    same(Geometry.from_root(tmp_path / "g.root").trigger_cells, few_cells)


def test_layers_out_of_the_trigger_are_not_taken(few_rows, few_cells, tmp_path):
    even = few_rows[(few_rows.subdet == 1) & (few_rows.layer == 1)].assign(layer=np.int32(2))
    path = tester_file.write(tmp_path / "even.root", pd.concat([few_rows, even]))
    same(Geometry.from_root(path).trigger_cells, few_cells)


@pytest.mark.parametrize("how", ["garbage", "truncated", "empty", "other columns"])
def test_a_broken_cache_is_made_anew(few_file, few_cells, cache_folder, how):
    Geometry.from_root(few_file)
    (kept,) = cache_folder.iterdir()
    good = kept.read_bytes()
    if how == "garbage":
        kept.write_bytes(b"PAR1" + bytes(1000) + b"PAR1")
    elif how == "truncated":
        kept.write_bytes(good[: len(good) // 2])
    elif how == "empty":
        kept.write_bytes(b"")
    else:
        few_cells.drop(columns="cellv").to_parquet(kept)
    bad = kept.read_bytes()
    same(Geometry.from_root(few_file).trigger_cells, few_cells)
    assert [path.name for path in cache_folder.iterdir()] == [kept.name]
    assert kept.read_bytes() != bad
    same(pd.read_parquet(kept), few_cells)


def test_without_a_cache_folder(few_file, few_cells, tmp_path, monkeypatch):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    monkeypatch.setenv("BYE_SPLITS_CACHE", str(in_the_way / "folder"))
    same(Geometry.from_root(few_file).trigger_cells, few_cells)


def test_a_full_disk_is_no_error(few_file, few_cells, cache_folder, monkeypatch):
    def full(*args, **options):
        raise OSError("No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", full)
    same(Geometry.from_root(few_file).trigger_cells, few_cells)
    assert list(cache_folder.iterdir()) == []


def test_missing_file(tmp_path):
    refused(tmp_path / "none.root", "No such file")


def test_directory(tmp_path):
    refused(tmp_path, "a directory or a special file")


def test_fifo(tmp_path):
    path = tmp_path / "fifo.root"
    os.mkfifo(path)
    refused(path, "special file")


@pytest.mark.parametrize("content", [b"", b"x", b"not ROOT at all\n" * 100, bytes(10_000)])
def test_not_root(tmp_path, content):
    path = tmp_path / "text.root"
    path.write_bytes(content)
    refused(path)


@pytest.mark.parametrize("part", [0.02, 0.5, 0.9, 0.999])
def test_truncated(few_file, part):
    whole = few_file.read_bytes()
    few_file.write_bytes(whole[: int(part * len(whole))])
    refused(few_file)


def test_damaged_inside(few_file):
    whole = bytearray(few_file.read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 20_000] = os.urandom(20_000)
    few_file.write_bytes(whole)
    refused(few_file)


@pytest.mark.parametrize("branch", ["zside", "subdet", "waferv", "triggercellieta", "z"])
def test_missing_branch(few_rows, tmp_path, branch):
    text = refused(
        tester_file.write(tmp_path / "g.root", few_rows.drop(columns=branch)), f"no branch {branch}."
    )
    assert "no branch " in text


def test_not_a_tree(few_file):
    tree = f"{tester_file.DIRECTORY}/{tester_file.TREE}"
    refused(few_file, f"no such tree, but {tree}.", directory=".", tree=tester_file.DIRECTORY)
    with uproot.recreate(few_file) as file:
        file[tree] = np.histogram([1, 2], bins=2)
    refused(few_file, "no such tree, but no tree at all.")


@pytest.mark.parametrize(
    ("where", "changes", "words"),
    [
        ("subdet == 1", {"subdet": 5}, "rows of an unknown subdetector or layer"),
        ("subdet == 2", {"layer": 23}, "rows of an unknown subdetector or layer"),
        ("subdet == 1", {"layer": 29}, "rows of an unknown subdetector or layer"),
        ("subdet == 10", {"layer": 8}, "rows of an unknown subdetector or layer"),
        ("layer == 1", {"layer": -(2**31)}, "rows of an unknown subdetector or layer"),
        ("layer == 1", {"x": np.nan}, "with a position that is not a number"),
        ("layer == 1", {"z": np.inf}, "with a position that is not a number"),
        ("subdet == 2", {"triggercellu": 8}, "rows with indices that no trigger cell can have"),
        ("subdet == 2", {"waferu": 65_536}, "rows with indices that no trigger cell can have"),
        ("subdet == 10", {"triggercelliphi": 145}, "rows with indices that no trigger cell can have"),
        ("subdet == 10", {"triggercellieta": 2**30 + 1}, "rows with indices that no trigger cell can have"),
        ("subdet == 10", {"triggercelliphi": 1}, "written more than once"),
        ("subdet == 1", {"z": 322.3}, "layer 1 at a z that is 0.20 cm off"),
        ("waferu == 3 and layer == 1", {"z": 325.073}, "trigger cells outside the outline of their indices"),
        ("zside == 1", {"zside": 0}, "no row of the +z endcap in a trigger layer"),
    ],
)
def test_rows_that_cannot_be(few_rows, tmp_path, where, changes, words):
    rows = few_rows.copy()
    hit = rows.query(where).index
    for name, value in changes.items():
        rows.loc[hit, name] = np.asarray(value, dtype=rows[name].dtype)
    refused(tester_file.write(tmp_path / "g.root", rows), words)


def test_no_rows(few_rows, tmp_path):
    with uproot.recreate(tmp_path / "g.root") as file:
        file.mktree(
            f"{tester_file.DIRECTORY}/{tester_file.TREE}", {name: few_rows[name].dtype for name in few_rows}
        )
    refused(tmp_path / "g.root", "no row of the +z endcap")


def test_only_the_other_endcap(few_rows, tmp_path):
    refused(tester_file.write(tmp_path / "g.root", few_rows[few_rows.zside == -1]), "no row of the +z endcap")


def test_duplicates(few_rows, tmp_path):
    front = few_rows[few_rows.zside == 1]
    path = tester_file.write(tmp_path / "g.root", pd.concat([few_rows, front[:10]]))
    refused(path, "10 trigger cells written more than once")


@pytest.mark.parametrize("degrees", [30, 60, 120, 180])
def test_rotated_positions(few_rows, tmp_path, degrees):
    x, y = rotated(few_rows.x, few_rows.y, degrees)
    rows = few_rows.assign(x=x.astype(np.float32), y=y.astype(np.float32))
    refused(
        tester_file.write(tmp_path / "g.root", rows), "trigger cells outside the outline of their indices"
    )


def test_mirrored_positions(few_rows, tmp_path):
    path = tester_file.write(tmp_path / "g.root", few_rows.assign(x=-few_rows.x))
    refused(path, "trigger cells outside the outline of their indices")


def test_the_endcaps_exchanged(few_rows, tmp_path):
    refused(tester_file.write(tmp_path / "g.root", few_rows.assign(zside=-few_rows.zside)), "at a z that is")


def test_metres(few_rows, tmp_path):
    rows = few_rows.assign(**{name: few_rows[name] / np.float32(100) for name in "xyz"})
    refused(tester_file.write(tmp_path / "g.root", rows), "at a z that is")


@pytest.mark.parametrize("lengths", [(1, 1), (0, 2)])
def test_lists_instead_of_numbers(few_rows, tmp_path, lengths):
    rows = {name: values.to_numpy() for name, values in few_rows[:1000].items()}
    rows["x"] = ak.Array([[1.0] * lengths[k % 2] for k in range(1000)])
    with uproot.recreate(tmp_path / "g.root") as file:
        tree = file.mktree(
            f"{tester_file.DIRECTORY}/{tester_file.TREE}",
            {name: "var * float64" if name == "x" else values.dtype for name, values in rows.items()},
        )
        tree.extend(rows)
    refused(tmp_path / "g.root", "another type than one number a row in x.")


def test_a_few_odd_rows_are_told_and_kept_told(few_rows, few_cells, tmp_path):
    """Three cells outside of their outlines, two with impossible indices: under a per cent, so it is read."""
    rows = few_rows.copy()
    silicon = rows.index[(rows.zside == 1) & (rows.subdet == 2)]
    rows.loc[silicon[:3], "x"] += np.float32(30)
    rows.loc[silicon[3:5], "triggercellv"] = np.int32(100)
    path = tester_file.write(tmp_path / "g.root", rows)
    for _ in range(2):  # from the file, then as kept
        read = Geometry.from_root(path)
        assert len(read.trigger_cells) == len(few_cells) - 2
        assert read.notices == (
            "2 rows are left out: indices that no trigger cell can have.",
            f"3 of {len(few_cells) - 2} trigger cells lie outside the drawn outline.",
        )
