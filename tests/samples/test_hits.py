"""Hits grouped into trigger cells: every hit is accounted for, and its energy arrives where it belongs."""

import csv
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import uproot

from bye_splits.data import open_source
from bye_splits.errors import ByeSplitsError, SourceError
from bye_splits.geometry.constants import layer_z
from bye_splits.samples import from_hits

REAL = Path(__file__).parents[2].parent / "shared" / "real" / "hgcal_hits.parquet"


@pytest.fixture
def hits(geometry, rng):
    """Hits at the positions of trigger cells of both endcaps, three events, and their cells' numbers."""
    cells = rng.choice(len(geometry.trigger_cells), 3000, replace=False)
    cells = np.concatenate([cells, cells[:500]])  # some cells hit twice
    at = geometry.trigger_cells.iloc[cells]
    side = np.where(np.arange(len(cells)) % 500 < 300, 1, -1)
    table = pd.DataFrame(
        {
            "event": rng.choice([12, 3, 700], len(cells)),
            "x": at.x.to_numpy() * side,
            "y": at.y.to_numpy(),
            "z": at.z.to_numpy() * side,
            "energy": rng.exponential(0.2, len(cells)),
            "time": -1.0,
        }
    )
    # the mean of a cell's tiles is inside it; that of a cut wafer's cells may not be
    covered = geometry.covering(table.x, table.y, table.z) == cells
    return table[covered].reset_index(drop=True), cells[covered], side[covered]


def lost_on_purpose():
    """Hits of every kind that finds no cell, with the number of each."""
    rows = [
        (3, 0.0, 0.0, layer_z()[7], 1.0),  # the beam hole
        (3, 0.0, 0.0, -layer_z()[7], 1.0),
        (3, 0.0, 0.0, -layer_z()[29], 1.0),
        (3, 60.0, 0.0, layer_z()[8], 1.0),  # an even layer of CE-E
        (3, 60.0, 0.0, -layer_z()[28], 1.0),
        (3, 60.0, 0.0, 364.0, 1.0),  # between layers
        (3, 60.0, 0.0, 10.0, 1.0),
        (3, 60.0, 0.0, 700.0, 1.0),
        (3, 60.0, 0.0, -700.0, 1.0),
        (3, np.nan, 0.0, 322.1, 1.0),
        (3, 60.0, 0.0, np.inf, 1.0),
        (3, 60.0, 0.0, 322.1, np.nan),
        (3, 60.0, 0.0, 322.1, -0.5),
    ]
    return pd.DataFrame(rows, columns=["event", "x", "y", "z", "energy"])


def test_every_hit_is_accounted_for(hits, geometry, tmp_path):
    table, _, side = hits
    pd.concat([table, lost_on_purpose()]).to_parquet(tmp_path / "hits.parquet")
    account = from_hits(tmp_path / "hits.parquet", tmp_path / "out.root", geometry)
    assert account.read == len(table) + 13
    assert account.placed == ((side > 0).sum(), (side < 0).sum())
    assert account.outside_cells == (1, 2)
    assert account.no_trigger_layer == 2
    assert account.outside_z == 4
    assert account.not_finite == 3
    assert account.negative == 1
    rest = (account.no_trigger_layer, account.outside_z, account.not_finite, account.negative)
    assert sum(account.in_trigger_layers) + sum(rest) == account.read
    text = str(account)
    assert f"{account.read} hits read, 3 events and {account.trigger_cells} trigger cells" in text
    assert f"+z endcap: {account.in_trigger_layers[0]} hits in trigger layers" in text
    assert "left out: 2 in the even layers of CE-E" in text


def test_energies_arrive_in_their_cells_in_both_endcaps(hits, geometry, columns, tmp_path):
    table, cells, side = hits
    table.to_parquet(tmp_path / "hits.parquet")
    account = from_hits(tmp_path / "hits.parquet", tmp_path / "out.root", geometry)
    source = open_source(tmp_path / "out.root")
    assert "reconstructed hits" in source.title
    assert source.description == ""
    np.testing.assert_array_equal(source.event_numbers, [3, 12, 700])
    expected = table.assign(cell=cells, side=side).groupby(["event", "side", "cell"]).energy.sum()
    assert account.trigger_cells == len(expected)
    for number in source.event_numbers:
        event = source.event(number)
        assert len(event.generated) == len(event.clusters) == 0
        found = event.trigger_cells
        numbers = geometry.find(found.layer, found.waferu, found.waferv, found.cellu, found.cellv)
        sides = np.sign(found.z).astype(int)
        got = pd.Series(
            found.energy.to_numpy(), pd.MultiIndex.from_arrays([sides, numbers], names=["side", "cell"])
        ).sort_index()
        pd.testing.assert_series_equal(
            got.astype(float), expected.loc[number], check_names=False, check_index_type=False, rtol=1e-5
        )
        np.testing.assert_array_equal(found.x, sides * columns.x[numbers])
        np.testing.assert_allclose(np.tan(found.phi), found.y / found.x, rtol=1e-3, atol=1e-6)
        np.testing.assert_allclose(np.sinh(found.eta), found.z / np.hypot(found.x, found.y), rtol=1e-5)
        np.testing.assert_allclose(found.pt * np.cosh(found.eta), found.energy, rtol=1e-4)
        mips = found.mipPt * columns.gev_per_mip[numbers]
        np.testing.assert_allclose(mips, found.pt, rtol=1e-5)


def test_a_csv_gives_the_same_as_parquet(hits, geometry, tmp_path):
    table, *_ = hits
    table.to_parquet(tmp_path / "hits.parquet")
    table.to_csv(tmp_path / "hits.csv.gz", index=False)
    first = from_hits(tmp_path / "hits.parquet", tmp_path / "1.root", geometry)
    second = from_hits(tmp_path / "hits.csv.gz", tmp_path / "2.root", geometry)
    assert first.placed == second.placed
    one, two = (open_source(tmp_path / f"{i}.root").event(12).trigger_cells for i in (1, 2))
    pd.testing.assert_frame_equal(one, two)


def test_events_that_keep_no_hit_stay_as_empty_events(hits, geometry, tmp_path):
    table, *_ = hits
    lost = lost_on_purpose().assign(event=99)
    pd.concat([table, lost]).to_parquet(tmp_path / "hits.parquet")
    assert from_hits(tmp_path / "hits.parquet", tmp_path / "out.root", geometry).events == 4
    source = open_source(tmp_path / "out.root")
    assert len(source.event(99).trigger_cells) == 0


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (lambda t: t.drop(columns="energy"), "no column energy"),
        (lambda t: t.assign(x="far"), "column x that is not numeric"),
        (lambda t: t.assign(event=0.5), "integers"),
        (lambda t: t.assign(event=np.nan), "without an event number"),
        (lambda t: t.assign(event=np.inf), "integers"),
        (lambda t: t.assign(event=2.0**60), "above 2\\^53"),
        (lambda t: t.assign(event=t.event.where(t.event > 3).astype("Int64")), "without an event number"),
        (lambda t: t.set_index("time").drop(columns="event"), "no column event"),
        (lambda t: t.assign(z=10 * t.z), "Check the units"),
        (lambda t: t.iloc[:0], "found no rows"),
    ],
)
def test_tables_that_cannot_be_used_are_said(hits, geometry, tmp_path, spoil, text):
    table, *_ = hits
    spoil(table).to_parquet(tmp_path / "hits.parquet")
    with pytest.raises(SourceError, match=text):
        from_hits(tmp_path / "hits.parquet", tmp_path / "out.root", geometry)
    assert not (tmp_path / "out.root").exists()


@pytest.mark.parametrize(
    "indexed",
    [
        lambda t: t.set_index("event"),
        lambda t: t.assign(hit=range(len(t))).set_index(["event", "hit"]),
        lambda t: t.set_index(["event", "x", "y"]),
        lambda t: t.set_index(pd.Index(range(1000, 1000 + len(t)), name="row")),
    ],
)
def test_columns_may_be_the_index_of_a_pandas_table(hits, geometry, tmp_path, indexed):
    table, *_ = hits
    table.to_parquet(tmp_path / "plain.parquet")
    indexed(table).to_parquet(tmp_path / "indexed.parquet")
    first = from_hits(tmp_path / "plain.parquet", tmp_path / "1.root", geometry)
    second = from_hits(tmp_path / "indexed.parquet", tmp_path / "2.root", geometry)
    assert replace(first, out=None) == replace(second, out=None)
    one, two = (open_source(tmp_path / f"{i}.root").event(12).trigger_cells for i in (1, 2))
    pd.testing.assert_frame_equal(one, two)


def test_an_index_that_counts_the_rows_may_be_the_event(hits, geometry, tmp_path):
    table, *_ = hits
    table = table.drop(columns="event").set_index(pd.RangeIndex(5, 5 + 2 * len(table), 2, name="event"))
    table.to_parquet(tmp_path / "hits.parquet")
    assert from_hits(tmp_path / "hits.parquet", tmp_path / "out.root", geometry).events == len(table)
    np.testing.assert_array_equal(open_source(tmp_path / "out.root").event_numbers, table.index)


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("hits.CSV", {}),
        ("hits.txt", {"sep": "\t"}),
        ("hits", {"sep": ";"}),
        ("hits.dat", {"sep": " "}),
        ("hits.parquet", {}),  # by what is in it
        ("packed.bin", {"compression": "xz"}),
        ("hits.zip", {"compression": "zip"}),
        ("mark.csv", {"encoding": "utf-8-sig"}),
        ("index.csv", {"index": True}),
        ("quoted.csv", {"quoting": csv.QUOTE_NONNUMERIC}),
    ],
)
def test_the_format_is_found_by_what_is_in_the_table(hits, geometry, tmp_path, name, how):
    table, *_ = hits
    table.to_parquet(tmp_path / "reference")
    table.to_csv(tmp_path / name, **({"index": False} | how))
    first = from_hits(tmp_path / "reference", tmp_path / "1.root", geometry)
    second = from_hits(tmp_path / name, tmp_path / "2.root", geometry)
    assert replace(first, out=None) == replace(second, out=None)


def test_a_header_may_be_a_comment_as_numpy_writes_it(hits, geometry, tmp_path):
    table, *_ = hits
    columns = ["x", "event", "y", "z", "energy"]
    np.savetxt(tmp_path / "hits.txt", table[columns].to_numpy(), header=" ".join(columns))
    assert sum(from_hits(tmp_path / "hits.txt", tmp_path / "out.root", geometry).placed) == len(table)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"event,x,y,z,energy\n", "no rows"),
        (b"event,x,y,z,energy", "no rows"),
        (b"", "an empty file"),
        (b"\n\n", "an empty file"),
        (b"1,40,30,322.1,1\n", "no column event, x, y, z, energy; there are 1, 40, 30, 322.1, 1"),
        (b"event,x,y,z,energy\n1,2,3,4,much\n", "column energy that is not numeric"),
        (b"root\x00\x00", "a ROOT file"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
        (b"\xff\xfe\x00\x01\x02", "something else, with the first bytes"),
        (b"\x1f\x8b\x08\x00 not really", "expected a parquet or CSV table"),
        (b"PAR1 not really", "expected a parquet or CSV table"),
    ],
)
def test_what_is_wrong_with_a_small_table_is_said(geometry, tmp_path, content, found):
    (tmp_path / "hits.CSV").write_bytes(content)
    with pytest.raises(SourceError, match=re.escape(found)) as caught:
        from_hits(tmp_path / "hits.CSV", tmp_path / "out.root", geometry)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out.root").exists()


@pytest.mark.parametrize(
    ("numbers", "kind"),
    [
        ([-(2**31), 3, 2**31 - 1], "int32"),
        ([3, 2**31, 2**40], "int64"),
        ([-5, 2**53 + 1, 2**63 - 1], "int64"),
        ([0, 2**63, 2**64 - 1], "uint64"),
    ],
)
@pytest.mark.parametrize("name", ["hits.parquet", "hits.csv"])
def test_event_numbers_of_any_size_are_written_as_they_are(geometry, tmp_path, numbers, kind, name):
    cell = geometry.trigger_cells.iloc[[5, 6, 7]]
    table = cell[["x", "y", "z"]].assign(event=np.array(numbers, dtype=np.result_type(kind)), energy=1.0)
    table.to_parquet(tmp_path / name) if name.endswith("parquet") else table.to_csv(tmp_path / name)
    assert from_hits(tmp_path / name, tmp_path / "out.root", geometry).events == 3
    with uproot.open(tmp_path / "out.root") as file:
        (tree,) = (file[key] for key, kind in file.classnames().items() if kind == "TTree")
        written = tree["event"].array(library="np")
    assert written.dtype == kind
    assert written.tolist() == sorted(numbers)


def test_the_table_itself_is_never_written_over(hits, geometry, tmp_path, monkeypatch):
    table, *_ = hits
    path = tmp_path / "hits.parquet"
    table.to_parquet(path)
    before = path.read_bytes()
    (tmp_path / "link").symlink_to(path)
    (tmp_path / "hard").hardlink_to(path)
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path / "folder")
    for read, out in (
        (path, path),
        (path, tmp_path / "link"),
        (tmp_path / "link", path),
        (path, tmp_path / "hard"),
        ("../hits.parquet", path),
        (path, "../folder/../link"),
    ):
        with pytest.raises(ByeSplitsError, match="found one of the input files"):
            from_hits(read, out, geometry)
    with pytest.raises(ByeSplitsError, match="found a folder"):
        from_hits(path, tmp_path, geometry)
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["absent.parquet", "absent.csv", "text.parquet", "empty.csv", "."])
def test_files_that_are_no_tables_are_said(geometry, tmp_path, name):
    (tmp_path / "text.parquet").write_text("not parquet")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(SourceError, match="a parquet or CSV table of hits"):
        from_hits(tmp_path / name, tmp_path / "out.root", geometry)


def test_an_output_that_cannot_be_written_is_said(hits, geometry, tmp_path):
    table, *_ = hits
    table.to_parquet(tmp_path / "hits.parquet")
    with pytest.raises(ByeSplitsError, match="a file that can be written"):
        from_hits(tmp_path / "hits.parquet", tmp_path / "nowhere" / "out.root", geometry)


@pytest.mark.skipif(not REAL.exists(), reason="the reconstructed hits are not beside this repository")
def test_reconstructed_hits_find_their_cells_in_both_endcaps(geometry, tmp_path):
    account = from_hits(REAL, tmp_path / "real.root", geometry)
    assert account.read == 238_939
    for placed, found in zip(account.placed, account.in_trigger_layers, strict=True):
        assert found > 50_000
        assert placed >= 0.99 * found
    assert account.not_finite == account.negative == account.outside_z == 0
    source = open_source(tmp_path / "real.root")
    assert [int(np.sign(source.event(n).trigger_cells.z.iloc[0])) for n in range(5)] == [1, -1, 1, -1, 1]
