"""The table of clusters: the same as one event after another, and an account of all that was left out."""

import json
import os
from functools import cache

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from bye_splits import __version__
from bye_splits.chain import ChainParameters, run
from bye_splits.data import Source, open_source
from bye_splits.errors import ByeSplitsError, SourceError
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.studies.clusters import COLUMNS, Account, find_clusters

EVENTS = 60


@pytest.fixture(scope="module")
def skim(tmp_path_factory):
    path = tmp_path_factory.mktemp("studies") / "electrons_PU0.root"
    toy.write_sample(path, "electrons", 0, EVENTS, 5, None, Geometry.v11())
    return path


@pytest.fixture(scope="module")
def both(tmp_path_factory, skim):
    """A flat table, of each event the next one's trigger cells in the other endcap; every fifth is dim."""
    parts = []
    with open_source(skim) as source:
        for entry in range(EVENTS):
            cells = source.event_at(entry).trigger_cells
            mirrored = source.event_at((entry + 1) % EVENTS).trigger_cells
            mirrored = mirrored.assign(x=-mirrored.x, z=-mirrored.z, eta=-mirrored.eta)
            mixed = pd.concat([cells, mirrored]).sample(frac=1, random_state=entry)
            if entry % 5 == 0:
                mixed["mipPt"] *= np.float32(0.01)
            parts.append(mixed.assign(event=1000 + entry))
    path = tmp_path_factory.mktemp("studies") / "both.parquet"
    pd.concat(parts).to_parquet(path, index=False)
    return path


@cache
def one_by_one(file, parameters):
    """The table, made of single events with `run`."""
    parts = []
    with open_source(file) as source:
        for entry in range(len(source)):
            event = source.event_at(entry)
            cells = event.trigger_cells
            for endcap in (1, -1):
                made = run(cells[np.sign(cells.z) == endcap], parameters)
                seeds = made.seeds.iloc[made.clusters.seed].add_prefix("seed_").reset_index(drop=True)
                where = {"file": str(file), "entry": entry, "event": event.number, "endcap": endcap}
                parts.append(pd.concat([made.clusters, seeds, made.shapes], axis=1).assign(**where))
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]


@pytest.mark.parametrize(
    "parameters",
    [
        ChainParameters(),
        ChainParameters(chain="coarse_seeding", tc_threshold=0.5),
        ChainParameters(kernel="flat_top", radius=0.02, association="max_energy", seed_threshold=8.0),
        ChainParameters(legacy=True, seed_threshold=5.0),
    ],
    ids=lambda parameters: str(parameters.describe()),
)
@pytest.mark.parametrize("name", ["skim", "both"])
@pytest.mark.parametrize("cells", [700, None])
def test_the_table_is_that_of_one_event_after_another(
    request, name, parameters, cells, tmp_path, monkeypatch
):
    if cells:
        whole = Source.batches
        monkeypatch.setattr(Source, "batches", lambda self, columns: whole(self, columns, cells=cells))
    file = request.getfixturevalue(name)
    account = find_clusters([file], tmp_path / "c.parquet", parameters)
    table = pd.read_parquet(tmp_path / "c.parquet")
    expected = one_by_one(file, parameters)
    assert len(expected) > 30
    pd.testing.assert_frame_equal(table, expected, check_dtype=False, rtol=1e-12)
    assert account.clusters == len(table)
    assert account.events == EVENTS
    assert account.without_clusters == EVENTS - expected.entry.nunique()


def test_a_cell_that_the_display_leaves_out_is_left_out(both, tmp_path):
    """One value that the chain does without is no number: the display has no such trigger cell."""
    table, file = pd.read_parquet(both), tmp_path / "odd.parquet"
    rows = table.groupby("event").mipPt.idxmax().to_numpy()[:3]
    for row, name in zip(rows, ("eta", "phi", "energy"), strict=True):
        table.loc[row, name] = np.float32(np.nan)
    table.to_parquet(file, index=False)
    account = find_clusters([file], tmp_path / "c.parquet")
    expected = one_by_one(file, ChainParameters())
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "c.parquet"), expected, check_dtype=False, rtol=1e-12
    )
    assert account.not_finite == 3


def test_everything_is_accounted_for(both, skim, tmp_path):
    done = []
    account = find_clusters(
        [both, skim], tmp_path / "c.parquet", ChainParameters(tc_threshold=2.0), progress=done.append
    )
    with open_source(both) as one, open_source(skim) as other:
        cells = pd.concat(
            source.event_at(entry).trigger_cells for source in (one, other) for entry in range(EVENTS)
        )
    assert account.trigger_cells == len(cells)
    assert account.below_threshold == (cells.mipPt < 2.0).sum()
    assert account.not_finite == 0
    rz = np.hypot(cells.x, cells.y) / cells.z.abs()
    assert account.outside == ((cells.mipPt >= 2.0) & ((rz < 0.076) | (rz >= 0.58))).sum()
    assert (account.files, account.events, account.failures) == (2, 2 * EVENTS, {})
    assert account.endcaps <= 3 * EVENTS
    assert sum(done) == pytest.approx(2.0)
    assert account.descriptions == {str(skim): toy.TITLE}


def test_units_and_metadata_are_in_the_file(skim, tmp_path):
    out = tmp_path / "c.parquet"
    parameters = ChainParameters(kernel="flat_top", seed_threshold=7.5, tc_threshold=0.75)
    account = find_clusters([skim], out, parameters)
    schema = pq.read_schema(out)
    assert schema.names == list(COLUMNS)
    assert schema.field("pt").metadata[b"unit"] == b"GeV"
    assert schema.field("x").metadata[b"unit"] == b"cm"
    assert schema.field("seed_energy").metadata[b"unit"] == b"mipT"
    assert schema.field("meanz").metadata[b"unit"] == b"cm"
    assert b"abs(z)" in schema.field("seed_x_over_z").metadata[b"description"]
    metadata = {key.decode(): value.decode() for key, value in schema.metadata.items()}
    assert metadata["bye_splits_version"] == __version__
    assert ChainParameters.from_yaml(metadata["parameters"]) == parameters
    assert metadata["parameters.kernel"] == "flat_top"
    assert metadata["parameters.radius"] == "by layer"
    assert metadata["mip_threshold"] == "0.75"
    (file,) = json.loads(metadata["files"])
    assert file == {"path": str(skim), "events": EVENTS, "description": toy.TITLE}
    counts = json.loads(metadata["counts"])
    assert counts == account.counts()
    assert counts["clusters"] == pq.read_metadata(out).num_rows


def test_no_clusters_are_a_table_without_rows(skim, tmp_path):
    account = find_clusters([skim], tmp_path / "c.parquet", ChainParameters(tc_threshold=1e9))
    assert (account.clusters, account.endcaps, account.without_clusters) == (0, 0, EVENTS)
    assert account.below_threshold == account.trigger_cells > 0
    assert pq.read_table(tmp_path / "c.parquet").schema.names == list(COLUMNS)


def test_rows_are_written_group_by_group(skim, tmp_path, monkeypatch):
    monkeypatch.setattr("bye_splits.studies.clusters.ROW_GROUP", 20)
    find_clusters([skim, skim, skim], tmp_path / "c.parquet")
    assert pq.read_metadata(tmp_path / "c.parquet").num_row_groups > 2


def test_a_file_that_cannot_be_read_does_not_stop_the_others(skim, tmp_path):
    bad = tmp_path / "bad.root"
    bad.write_bytes(skim.read_bytes()[:5000])
    out = tmp_path / "c.parquet"
    done = []
    account = find_clusters([bad, skim, tmp_path / "absent.root"], out, progress=done.append)
    assert sum(done) == pytest.approx(3.0)
    assert (account.files, account.events) == (1, EVENTS)
    assert list(account.failures) == [str(bad), str(tmp_path / "absent.root")]
    assert set(pd.read_parquet(out).file) == {str(skim)}
    problems = [one.get("problem", "") for one in json.loads(pq.read_schema(out).metadata[b"files"])]
    assert "cut short" in problems[0]
    assert problems[1] == ""
    assert "no such file" in problems[2]


def test_what_was_read_before_the_damage_stays(skim, tmp_path, monkeypatch):
    whole = Source.batches

    def damaged(self, columns):
        yield next(whole(self, columns, stop=10))
        raise SourceError("x", expected="a", found="b", action="c")

    monkeypatch.setattr(Source, "batches", damaged)
    account = find_clusters([skim], tmp_path / "c.parquet")
    assert account.events == account.events_of[str(skim)] == 10
    assert list(account.failures) == [str(skim)]
    assert pd.read_parquet(tmp_path / "c.parquet").entry.max() < 10


def test_nothing_that_can_be_read_leaves_what_was_there(tmp_path):
    out = tmp_path / "c.parquet"
    out.write_text("before")
    with pytest.raises(SourceError, match="no such file"):
        find_clusters([tmp_path / "absent.root"], out)
    assert out.read_text() == "before"
    assert list(tmp_path.iterdir()) == [out]


def test_an_interruption_leaves_nothing_half_written(skim, tmp_path):
    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        find_clusters([skim], tmp_path / "c.parquet", progress=interrupt)
    assert list(tmp_path.iterdir()) == []


def test_the_table_may_be_read_by_whom_other_new_files_may(skim, tmp_path):
    (tmp_path / "other").touch()
    find_clusters([skim], tmp_path / "c.parquet")
    assert (tmp_path / "c.parquet").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_outputs_that_cannot_be(skim, tmp_path):
    for out, found in (
        (tmp_path, "a folder"),
        (tmp_path / "absent" / "c.parquet", "no such folder"),
        (skim, "one of the input files"),
    ):
        with pytest.raises(ByeSplitsError, match=f"expected a file that can be written, found {found}"):
            find_clusters([skim], out)
    assert len(open_source(skim)) == EVENTS


def test_a_link_stays_and_its_file_is_written_but_no_fifo(skim, tmp_path):
    link, real, fifo = (tmp_path / name for name in ("link.parquet", "real.parquet", "fifo.parquet"))
    link.symlink_to(real)
    find_clusters([skim], link)
    assert link.is_symlink()
    assert len(pd.read_parquet(real))
    os.mkfifo(fifo)
    with pytest.raises(ByeSplitsError, match=r"fifo.parquet.*no regular file"):
        find_clusters([skim], fifo)
    assert fifo.is_fifo()


def test_counts_are_whole_numbers_by_name():
    assert Account(files=2, seconds=1.0).counts() == {
        "files": 2,
        "events": 0,
        "endcaps": 0,
        "trigger_cells": 0,
        "below_threshold": 0,
        "not_finite": 0,
        "without_position": 0,
        "outside": 0,
        "clusters": 0,
        "without_clusters": 0,
    }
