"""Passes on disk: resumed after a stop, never silently smaller."""

import hashlib
import json
import shutil

import numpy as np
import pandas as pd
import pytest

from bye_splits.chain import ChainParameters, run_many
from bye_splits.chain.chains import CHAINS
from bye_splits.data import open_source
from bye_splits.errors import ByeSplitsError, SourceError
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.studies import store as module
from bye_splits.studies.sample_study import StoredChunk, with_particles
from bye_splits.studies.store import Settings, make_store

SETTINGS = Settings(
    chains=tuple(ChainParameters(chain=chain, seed_threshold=4.0) for chain in CHAINS),
    radius=0.05,
)
EVENTS = 50


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    paths = [folder / f"{particle}.root" for particle in ("photons", "pions")]
    for path in paths:
        toy.write_sample(path, path.stem, 0, EVENTS, 5, None, Geometry.v11())
    return paths


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(module, "CELLS", 2000)


module_pass = module.pass_over


def contents(store):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in store.folder.iterdir()}


def test_what_is_stored_gives_the_chains_clusters(files, tmp_path):
    store = make_store(files[1:], tmp_path, SETTINGS)
    parts = [
        StoredChunk(store, chunk).found(ChainParameters()).clusters(ChainParameters(radius=0.03))
        for chunk in store.chunks
    ]
    with open_source(files[1]) as source:
        (batch,) = source.batches(cells=10**8)
    cells = batch.trigger_cells
    used = cells["mipPt"].to_numpy() >= 0.5
    event = 2 * batch.event[used] + (cells["z"].to_numpy()[used] < 0)
    wanted = run_many(cells[used], event, ChainParameters(radius=0.03), 2 * EVENTS).clusters
    found = pd.concat(
        [
            part.assign(event=part["event"] + 2 * chunk.start)
            for part, chunk in zip(parts, store.chunks, strict=True)
        ],
        ignore_index=True,
    )
    pd.testing.assert_frame_equal(found[wanted.columns], wanted, check_exact=True)


def test_only_what_is_missing_is_done_again(files, tmp_path, monkeypatch):
    done = []
    whole = make_store(files, tmp_path, SETTINGS, progress=done.append)
    assert sum(done) == 2 * EVENTS
    assert [chunk.number for chunk in whole.chunks] == list(range(len(whole.chunks)))
    assert not whole.partial
    assert len(whole.chunks) > 4
    assert sum(chunk.stop - chunk.start for chunk in whole.chunks) == 2 * EVENTS
    before = contents(whole)
    lost = whole.chunks[2]
    (whole.folder / f"{lost.number:06d}.json").unlink()
    assert whole.partial
    passed = []
    monkeypatch.setattr(module, "pass_over", lambda task: passed.append(task.chunk) or module_pass(task))
    again = make_store(files, tmp_path, SETTINGS)
    assert passed == [lost]
    assert contents(again) == before
    assert not again.partial


def test_other_settings_or_another_file_have_a_store_of_their_own(files, tmp_path):
    one = make_store(files, tmp_path, SETTINGS)
    other = Settings(chains=SETTINGS.chains, radius=0.04)
    two = make_store(files, tmp_path, other)
    copy = tmp_path / "copy.root"
    shutil.copy(files[0], copy)
    three = make_store([copy, files[1]], tmp_path, SETTINGS)
    assert len({one.folder, two.folder, three.folder}) == 3


def test_a_damaged_file_among_others_is_named(files, tmp_path):
    broken = tmp_path / "broken.root"
    broken.write_bytes(files[0].read_bytes()[:3000])
    store = make_store([files[0], broken, files[1]], tmp_path, SETTINGS)
    assert store.partial
    assert list(store.survey.failures) == [str(broken)]
    assert sum(chunk.stop - chunk.start for chunk in store.chunks) == 2 * EVENTS


def test_a_chunk_that_fails_is_named_and_done_by_the_next_run(files, tmp_path, monkeypatch):
    def one_fails(task):
        if task.chunk.number == 1:
            raise SourceError("sample.root", expected="events", found="noise", action="Copy it again.")
        return module_pass(task)

    monkeypatch.setattr(module, "pass_over", one_fails)
    store = make_store(files, tmp_path, SETTINGS)
    (chunk,) = store.problems
    assert (chunk.number, store.partial) == (1, True)
    assert "noise" in store.problems[chunk]
    assert chunk not in store.chunks
    monkeypatch.setattr(module, "pass_over", module_pass)
    again = make_store(files, tmp_path, SETTINGS)
    assert not again.partial
    assert chunk in again.chunks


def test_not_one_file_can_be_read(tmp_path):
    with pytest.raises(SourceError, match="no such file"):
        make_store([tmp_path / "gone.root"], tmp_path, SETTINGS)


def test_a_chain_that_was_not_kept(files, tmp_path):
    settings = Settings(chains=SETTINGS.chains[:1], radius=0.05)
    store = make_store(files[:1], tmp_path, settings)
    with pytest.raises(ByeSplitsError, match="seeds in the store: expected those of one of default"):
        StoredChunk(store, store.chunks[0]).rows(ChainParameters(chain="coarse_seeding"), with_particles)


def test_counts_are_kept_beside_the_tables(files, tmp_path):
    store = make_store(files[:1], tmp_path, SETTINGS)
    counts = json.loads((store.folder / "000000.json").read_text())
    tables = store.tables(store.chunks[0])
    assert counts == {"tables": list(tables)} | {name: table.num_rows for name, table in tables.items()}


def test_event_numbers_above_those_of_int64_are_kept(tmp_path):
    numbers = [2**63 + 5, 3]
    cells = {name: [9, 9] for name in ("layer", "waferu", "waferv", "cellu", "cellv")}
    cells |= {name: [5.0, 6.0] for name in ("mipPt", "pt", "energy", "eta", "phi", "x", "y")}
    table = pd.DataFrame(cells | {"z": [335.0, 335.0], "event": np.array(numbers, dtype=np.uint64)})
    table.to_parquet(tmp_path / "wide.parquet", index=False)
    store = make_store([tmp_path / "wide.parquet"], tmp_path, SETTINGS)
    (chunk,) = store.chunks
    assert StoredChunk(store, chunk).events["event"].tolist() == numbers
