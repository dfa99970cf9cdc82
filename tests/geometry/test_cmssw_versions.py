"""Geometry-test files of later versions than V11 or of the newer tester: read, kept, refused with reasons."""

from pathlib import Path

import awkward as ak
import numpy as np
import pandas as pd
import pytest
import tester_file
import uproot
from pace import paced_seconds
from turned_cells import N_CEE, Turned

from bye_splits.errors import GeometryError
from bye_splits.geometry import Geometry, Inferred, inferred_cells, placements, wafers
from bye_splits.sample_geometry import SampleGeometry, described

INDICES = ["layer", "waferu", "waferv", "cellu", "cellv"]
TABLES = Path(__file__).parents[3] / "shared" / "geometry"
FORMATS = ("older", "newer")


@pytest.fixture(scope="module")
def turned():
    """Layers of every kind: CE-E, and CE-H of either parity, with tiles and without."""
    return Turned(layers=[1, 25, 27, 28, 29, 34, 47])


@pytest.fixture(scope="module")
def rows(turned):
    """The rows of either format."""
    return {
        "older": tester_file.rows_of(turned.cells, n_cee=N_CEE),
        "newer": tester_file.newer_rows_of(turned.cells),
    }


def written(path, rows, form: str, **places):
    tree = tester_file.TREE if form == "older" else tester_file.NEWER_TREE
    return tester_file.write(path, rows, **{"tree": tree, **places})


def found(geometry, cells) -> np.ndarray:
    return geometry.find(*(cells[name].to_numpy() for name in INDICES))


def exactly(geometry, cells):
    """The geometry has these cells at these places, and no others; their numbers."""
    number = found(geometry, cells)
    assert len(geometry.trigger_cells) == len(cells)
    np.testing.assert_array_equal(np.sort(number), np.arange(len(cells)))
    columns = ["subdet", "x", "y", "z"]
    pd.testing.assert_frame_equal(
        geometry.trigger_cells.loc[number, columns].reset_index(drop=True),
        cells[columns].astype({"x": "f4", "y": "f4", "z": "f4"}).reset_index(drop=True),
        check_exact=True,
        check_dtype=False,
    )
    return number


def refused(path, *words, **options) -> str:
    with pytest.raises(GeometryError) as caught:
        Geometry.from_root(path, **options)
    text = str(caught.value)
    for word in (
        str(path),
        "expected trigger cells of the V11 geometry or later",
        "Check `geometry`",
        *words,
    ):
        assert word in text, text
    assert "\n" not in text
    return text


@pytest.mark.parametrize("form", FORMATS)
def test_a_detector_of_47_layers(form, turned, rows, tmp_path):
    path = written(tmp_path / "g.root", rows[form], form)
    for _ in range(2):  # from the file, then as kept
        read = Geometry.from_root(path)
        assert isinstance(read, Inferred)
        number = exactly(read, turned.cells)
        np.testing.assert_allclose(read.corners(number), turned.corners, atol=1e-4)
        x, y, z = (turned.cells[name].to_numpy() for name in "xyz")
        np.testing.assert_array_equal(read.covering(x, y, z), number)
        np.testing.assert_array_equal(read.covering(-x, y, -z), number)
        assert (read.n_layers, read.n_cee, read.source) == (47, 26, str(path))
        assert read.notices == ()
        assert read.complete
        assert read.wafers.certain.all()
        assert read.sure(number).all()
        assert all(len(read.unseen_borders(layer)) == 0 for layer in read.layers)


def test_the_newer_file_says_which_wafers_are_fine(turned, rows, tmp_path):
    read = Geometry.from_root(written(tmp_path / "g.root", rows["newer"], "newer"))
    silicon = turned.cells[turned.cells.subdet != 10]
    np.testing.assert_array_equal(read.fine(found(read, silicon)), silicon.wafertype == 0)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("version", ["V16", "V17"])
def test_all_cells_of_a_version(version, form, tmp_path):
    table = TABLES / f"trigger_cells_{version}.parquet"
    if not table.exists():
        pytest.skip(f"no {table.name} beside the repository, in shared/geometry")
    cells = pd.read_parquet(table)
    make = tester_file.newer_rows_of if form == "newer" else tester_file.rows_of
    rows = make(cells) if form == "newer" else make(cells, n_cee=N_CEE)
    path = written(tmp_path / "g.root", rows, form)
    for _ in range(2):
        read = Geometry.from_root(path)
        number = exactly(read, cells)
        assert (read.version, read.n_layers, read.notices) == (version, 47, ())
        assert read.wafers.certain.all()
        np.testing.assert_array_equal(read.covering(cells.x, cells.y, cells.z), number)


def test_time_to_read(tmp_path, cache_folder):
    path = written(tmp_path / "g.root", tester_file.newer_rows_of(Turned().cells), "newer")

    def read():
        Geometry.from_root(path)

    def cold():
        for kept in cache_folder.glob("*"):
            kept.unlink()
        return paced_seconds(read)

    assert any(cold() < 2 for _ in range(3))
    assert any(paced_seconds(read) < 0.2 for _ in range(5))


def test_the_second_time_the_file_is_not_opened(turned, rows, tmp_path, cache_folder, monkeypatch):
    path = written(tmp_path / "g.root", rows["newer"], "newer")
    first = Geometry.from_root(path)
    assert [kept.suffix for kept in cache_folder.iterdir()] == [".npz"]
    with monkeypatch.context() as patched:
        patched.setattr(uproot, "open", lambda *args, **options: pytest.fail("opened again"))
        second = Geometry.from_root(path)
    pd.testing.assert_frame_equal(
        first.trigger_cells.drop(columns="part"), second.trigger_cells.drop(columns="part")
    )
    pd.testing.assert_frame_equal(first.wafers, second.wafers)
    (kept,) = cache_folder.iterdir()
    kept.write_bytes(kept.read_bytes()[:1000])  # damaged: it is made anew
    exactly(Geometry.from_root(path), turned.cells)
    assert kept.stat().st_size > 1000


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_is_added_to_what_the_file_has(form, turned, tmp_path):
    """Neither cells of a wafer nor tiles of a ring, nor wafers."""
    cells = turned.cells.sample(frac=0.9, random_state=2, ignore_index=True)
    make = tester_file.newer_rows_of if form == "newer" else tester_file.rows_of
    rows = make(cells) if form == "newer" else make(cells, n_cee=N_CEE)
    read = Geometry.from_root(written(tmp_path / "g.root", rows, form))
    exactly(read, cells)


def test_even_layers_of_the_older_file_are_not_taken(turned, rows, tmp_path):
    older = rows["older"]
    even = older[(older.subdet == 1) & (older.layer == 1)].assign(layer=np.int32(26))
    even["z"] += np.float32(361.133 - 322.155) * np.sign(even.z)
    read = Geometry.from_root(written(tmp_path / "g.root", pd.concat([older, even]), "older"))
    exactly(read, turned.cells)


def test_ce_h_alone_is_numbered_by_its_planes(turned, rows, tmp_path):
    older = rows["older"]
    read = Geometry.from_root(written(tmp_path / "g.root", older[older.subdet != 1], "older"))
    exactly(read, turned.cells[turned.cells.subdet != 1].reset_index(drop=True))
    assert read.n_cee == 26


@pytest.mark.parametrize("form", FORMATS)
def test_planes_of_no_known_version(form, turned, rows, tmp_path):
    """The last layer of CE-E in the file, 25, tells that CE-H starts at 27."""
    away = rows[form].assign(z=rows[form].z + np.float32(5) * np.sign(rows[form].z))
    read = Geometry.from_root(written(tmp_path / "g.root", away, form))
    exactly(read, turned.cells.assign(z=turned.cells.z + np.float32(5)))
    assert read.version == "unknown version"
    assert not read.is_cee(27)


def test_layers_without_any_number_are_refused(rows, tmp_path):
    older = rows["older"]
    away = older[older.subdet != 1].assign(z=lambda table: table.z + np.float32(3) * np.sign(table.z))
    refused(written(tmp_path / "g.root", away, "older"), "no row of CE-E", "have no numbers")


def test_the_newer_file_of_v11_is_v11(cells, tmp_path):
    few = cells[cells.layer.isin([1, 29, 50])].reset_index(drop=True)
    rows = tester_file.newer_rows_of(few.assign(wafertype=1))
    even = rows[rows.layer == 1].assign(layer=np.int32(2), disconnected=np.int32(1))
    even["z"] += np.float32(0.944) * np.sign(even.z)
    path = written(tmp_path / "g.root", pd.concat([rows, even]), "newer")
    for _ in range(2):
        read = Geometry.from_root(path)
        assert not isinstance(read, Inferred)
        pd.testing.assert_frame_equal(
            read.trigger_cells.drop(columns="part"), few.drop(columns="part"), check_exact=True
        )
        n = int((few.layer == 1).sum())
        assert read.notices == (f"{n} rows are left out: {n} of modules that are not connected.",)


def test_rows_that_are_no_trigger_cells_are_counted(turned, rows, tmp_path):
    newer = rows["newer"].copy()
    front = newer.index[newer.zside == 1]
    newer.loc[front[:3], "valid"] = np.int32(0)
    newer.loc[front[2:7], "disconnected"] = np.int32(1)
    path = written(tmp_path / "g.root", newer, "newer")
    for _ in range(2):
        read = Geometry.from_root(path)
        assert len(read.trigger_cells) == len(turned.cells) - 7
        assert read.notices == ("7 rows are left out: 3 not valid, 4 of modules that are not connected.",)
    none = newer.assign(valid=np.int32(0))
    refused(
        written(tmp_path / "none.root", none, "newer"),
        f"no row of the +z endcap in a trigger layer ({len(turned.cells)} rows are left out: ",
    )


def test_a_layer_that_the_file_leaves_out_is_named(rows, tmp_path):
    newer = rows["newer"].copy()
    newer.loc[newer.layer == 28, "disconnected"] = np.int32(1)
    _, notice = Geometry.from_root(written(tmp_path / "g.root", newer, "newer")).notices
    assert notice.startswith("Layer 28, number 2 of CE-H, has no trigger cells in this file: ")


def test_where_the_newer_tree_is(turned, rows, tmp_path):
    few = rows["newer"][rows["newer"].layer == 47]
    cells = turned.cells[turned.cells.layer == 47].reset_index(drop=True)
    usual = written(tmp_path / "usual.root", few, "newer")
    other = written(tmp_path / "other.root", few, "newer", directory="hgcaltriggergeomtester")
    tree, old = tester_file.NEWER_TREE, tester_file.TREE
    default = {"directory": tester_file.DIRECTORY, "tree": old}  # of a configuration without these keys
    for path in (usual, other):
        for places in ({}, default, {"tree": old}):
            exactly(Geometry.from_root(path, **places), cells)
    exactly(Geometry.from_root(usual, tree=tree), cells)
    exactly(Geometry.from_root(other, directory="hgcaltriggergeomtester"), cells)
    exactly(Geometry.from_root(other, directory="hgcaltriggergeomtester", tree=tree), cells)
    for wrong in ({"tree": "Cells"}, {"directory": "elsewhere"}, {"directory": "elsewhere", "tree": old}):
        refused(usual, f"found no such tree, but {tester_file.DIRECTORY}/{tree}.", **wrong)
    named = written(tmp_path / "named.root", few, "newer", directory="mine", tree="Cells")
    exactly(Geometry.from_root(named, directory="mine", tree="Cells"), cells)
    refused(named, "found no such tree, but mine/Cells.")


def test_several_trees(rows, tmp_path):
    few = {form: table[(table.subdet == 1) & (table.layer == 25)] for form, table in rows.items()}
    with uproot.recreate(tmp_path / "g.root") as file:
        for directory in ("a", "b"):
            for form, tree in zip(FORMATS, (tester_file.TREE, tester_file.NEWER_TREE), strict=True):
                columns = {name: few[form][name].to_numpy() for name in few[form]}
                file.mktree(f"{directory}/{tree}", {k: v.dtype for k, v in columns.items()}).extend(columns)
    refused(tmp_path / "g.root", "several such trees, a/")
    assert Geometry.from_root(tmp_path / "g.root", directory="b").layers.tolist() == [25]


@pytest.mark.parametrize("form", FORMATS)
def test_an_rntuple_is_read(form, turned, rows, tmp_path):
    tree = {"older": tester_file.TREE, "newer": tester_file.NEWER_TREE}[form]
    columns = {name: rows[form][name].to_numpy() for name in rows[form]}
    with uproot.recreate(tmp_path / "g.root") as file:
        file.mkrntuple(f"{tester_file.DIRECTORY}/{tree}", ak.Array(columns))
    exactly(Geometry.from_root(tmp_path / "g.root"), turned.cells)


def test_branches_of_neither_format(rows, tmp_path):
    text = refused(
        written(tmp_path / "one.root", rows["newer"].drop(columns="waferU"), "newer"),
        "found of the newer format no branch waferU.",
    )
    assert "older" not in text
    few = rows["newer"][["id", "zside", "subdet", "layer", "x", "y", "z"]]
    refused(
        written(tmp_path / "few.root", few, "newer"),
        "of the older format no branch waferu, waferv, triggercellu, triggercellv, ",
        "; of the newer format no branch ieta, iphi, valid, disconnected, waferU, waferV, u, v, type.",
    )


@pytest.mark.parametrize(
    ("where", "changes", "words"),
    [
        ("subdet == 1", {"subdet": 5}, "rows of an unknown subdetector or layer"),
        ("subdet == 2 and layer == 27", {"layer": 48}, "rows of an unknown subdetector or layer"),
        ("subdet == 10", {"layer": 33}, "rows of an unknown subdetector or layer"),
        ("layer == 1", {"x": np.nan}, "with a position that is not a number"),
        ("subdet == 2", {"u": 8}, "rows with indices that no trigger cell can have"),
        ("subdet == 10", {"iphi": 145}, "rows with indices that no trigger cell can have"),
        ("subdet == 10", {"iphi": 1}, "written more than once"),
        ("waferU > 3 and layer == 1", {"z": 325.212}, "trigger cells outside the outline of their indices"),
        ("zside == 1", {"zside": 0}, "no row of the +z endcap in a trigger layer"),
    ],
)
def test_rows_that_cannot_be(rows, tmp_path, where, changes, words):
    table = rows["newer"].copy()
    hit = table.query(where).index
    for name, value in changes.items():
        table.loc[hit, name] = np.asarray(value, dtype=table[name].dtype)
    refused(written(tmp_path / "g.root", table, "newer"), words)


@pytest.mark.parametrize("form", FORMATS)
def test_positions_that_are_not_hgcal_s(form, rows, tmp_path):
    metres = rows[form].assign(**{name: rows[form][name] / np.float32(100) for name in "xyz"})
    refused(
        written(tmp_path / "m.root", metres, form),
        "layer 1 at a z that is 3.22 cm, not between 300 and 560 cm",
    )
    exchanged = rows[form].assign(zside=-rows[form].zside)
    refused(written(tmp_path / "e.root", exchanged, form), "layer 1 at a z that is -322.1")


def test_positions_of_other_indices(rows, tmp_path):
    table = rows["newer"].copy()
    table["u"] = np.where(table.subdet == 10, table.u, (table.u + 2) % 8)
    refused(written(tmp_path / "u.root", table, "newer"), "rows with indices that no trigger cell can have")
    middle = rows["newer"].sort_values(["layer", "waferU", "waferV", "zside"], ignore_index=True)
    silicon = np.flatnonzero(middle.subdet != 10)
    middle.loc[silicon, ["x", "y"]] = middle.loc[np.roll(silicon, 7), ["x", "y"]].to_numpy()
    refused(written(tmp_path / "m.root", middle, "newer"), "found ")


def test_a_few_odd_rows_are_told_and_kept_told(turned, rows, tmp_path):
    """Three cells outside of their outlines, two with impossible indices: under a per cent, so it is read."""
    table = rows["newer"].copy()
    silicon = table.index[(table.zside == 1) & (table.subdet == 2)]
    table.loc[silicon[:3], "x"] += np.float32(30)
    table.loc[silicon[3:5], "v"] = np.int32(100)
    path = written(tmp_path / "g.root", table, "newer")
    for _ in range(2):  # from the file, then as kept
        read = Geometry.from_root(path)
        assert len(read.trigger_cells) == len(turned.cells) - 2
        assert read.notices == (
            f"3 of {len(turned.cells)} trigger cells lie outside the outline of their indices.",
            "2 trigger cells have indices or a position that no trigger cell can have.",
        )
        odd = table.loc[silicon[:3], ["layer", "waferU", "waferV", "u", "v"]]
        assert not read.sure(read.find(*odd.to_numpy().T)).any()


def test_the_geometry_of_a_file_does_not_grow_with_events(turned, rows, tmp_path):
    """What it has not of an event is counted as unknown."""
    few = rows["newer"][rows["newer"].layer != 29]
    read = Geometry.from_root(written(tmp_path / "g.root", few, "newer"))
    of_sample = SampleGeometry(None, [read, Geometry.v11()])
    event = turned.cells.sample(2000, random_state=3)
    matched = of_sample.match(event)
    assert of_sample.geometry is read
    assert matched.elsewhere == 0
    assert matched.unknown == (event.layer == 29).sum() > 0
    assert read.grown(event) is read
    assert described(of_sample.geometry) == f"{tmp_path}/g.root ({read.version})"


def test_a_file_that_fits_goes_before_what_positions_tell(cells, rows, tmp_path):
    read = Geometry.from_root(written(tmp_path / "g.root", rows["newer"], "newer"))
    of_sample = SampleGeometry(None, [read, Geometry.v11()])
    of_sample.match(cells.sample(2000, random_state=3))
    assert of_sample.geometry is Geometry.v11()
    assert f"{tmp_path}/g.root" in of_sample.notice


def test_what_is_near_its_place_is_in_its_outline():
    """So that only cells further off need to be looked at one by one."""
    outlines = placements.outlines(wafers.c.WAFER_SIZE, 0.0)[0] @ (1, 1j)
    along = np.roll(outlines, -1, axis=1) - outlines
    apart = placements.means()[0][:, :, None] - outlines
    distance = np.abs((apart * along.conj()).imag) / np.abs(along)
    assert distance.min() > 1.2 * inferred_cells.SURELY_INSIDE
