"""Occupancy of whole samples: equal to a plain loop, the same with any number of workers, resumed."""

import math
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest

from bye_splits.chain import ChainParameters, run
from bye_splits.chain.histogram import STAGE2, bins
from bye_splits.cli import main
from bye_splits.data import open_source
from bye_splits.errors import SourceError
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.studies import contributions, exact_sums, occupancy_keys
from bye_splits.studies import occupancy as module
from bye_splits.studies.occupancy import Occupancy, make_occupancy
from bye_splits.studies.occupancy_chunk import OccupancySettings
from bye_splits.studies.occupancy_tables import bin_table, cell_table, layer_bin_table, matched, module_table

SETTINGS = OccupancySettings(parameters=ChainParameters(tc_threshold=0.5))
EVENTS = 24
CELL = ("layer", "waferu", "waferv", "cellu", "cellv")


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """Pions in both endcaps, with cells outside the histogram or any geometry, and with bad values."""
    folder = tmp_path_factory.mktemp("sample")
    toy.write_sample(folder / "pions.root", "pions", 0, EVENTS, 5, None, Geometry.v11())
    with open_source(folder / "pions.root") as source:
        (batch,) = source.batches(cells=10**8)
    table = batch.trigger_cells.assign(event=batch.event)
    odd = table["event"] % 3 == 0
    for name in ("x", "z", "eta"):  # the -z endcap is the +z one with x -> -x
        table.loc[odd, name] *= -1
    strange = table.iloc[:6].copy()
    strange["energy"] = [np.nan, 1.0, 1.0, 1.0, 1.0, 1.0]
    strange["z"] = [330.0, 0.0, 330.0, 330.0, 330.0, 330.0]
    strange["mipPt"] = [1.0, 1.0, 0.1, 1e12, 7.0, 9.0]
    strange["x"] = [50.0, 50.0, 50.0, 50.0, 1.0, 50.0]  # R/z below that of the histogram
    strange["y"] = 0.0
    strange.loc[strange.index[5], "waferu"] = 4000
    table = pd.concat([table, strange], ignore_index=True)
    path = folder / "pions.parquet"
    table.sort_values("event", kind="stable").to_parquet(path, index=False)
    return path


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(module, "CELLS", 1500)


@pytest.fixture(scope="module")
def made(sample, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CELLS", 1500)
        occupancy, _ = make_occupancy([sample], tmp_path_factory.mktemp("made"), SETTINGS, workers=2)
    return occupancy


@pytest.fixture(scope="module")
def events(sample):
    """The used trigger cells of each event and endcap, as the display has them."""
    with open_source(sample) as source:
        read = [source.event_at(entry).trigger_cells for entry in range(len(source))]
    used = [cells[(cells["mipPt"] >= 0.5) & (cells["mipPt"] < exact_sums.LARGEST)] for cells in read]
    return [
        (entry, side, cells[(cells["z"] < 0) == bool(side)])
        for entry, cells in enumerate(used)
        for side in (0, 1)
    ]


def test_sums_do_not_depend_on_their_order():
    rng = np.random.default_rng(1)
    values = (rng.lognormal(sigma=6, size=5000)).astype(np.float32).astype(float)
    high, low = exact_sums.split(values)
    total = exact_sums.rounded(high.sum(), low.sum())
    assert total == math.fsum(values)
    parts = exact_sums.carried(*(part[:3000].sum() for part in (high, low)))
    rest = exact_sums.carried(*(part[3000:].sum() for part in (high, low)))
    assert exact_sums.rounded(*(a + b for a, b in zip(parts, rest, strict=True))) == total
    again = exact_sums.rounded(*exact_sums.split(np.array([-0.5, -1e-9])))
    assert again.tolist() == pytest.approx([-0.5, -1e-9], rel=0, abs=1e-18)


def test_keys_there_and_back():
    indices = ([9, 40, 200, 3], [-4, -999, 3, 5], [7, -999, 3, 70], [3, 12, 0, 1], [0, 287, 0, 1])
    side, bin_ = np.array([0, 1, 1, 0]), np.array([17, STAGE2.n_bins, 3, 0])
    parts = occupancy_keys.parts(occupancy_keys.keys(side, bin_, *map(np.array, indices)))
    assert parts.side.tolist() == side.tolist()
    assert parts.bin.tolist() == bin_.tolist()
    assert parts.layer.tolist() == [9, 40, 0, 3]
    assert parts.waferu.tolist() == [-4, -999, 3, occupancy_keys.NOT_A_WAFER]
    assert parts.waferv.tolist() == [7, -999, 3, occupancy_keys.NOT_A_WAFER]
    assert parts.cellu.tolist()[:2] == [3, 12]
    assert parts.cellv.tolist()[:2] == [0, 287]


def test_equal_to_a_plain_loop(made, events):
    counted, mip, energy = defaultdict(int), defaultdict(list), defaultdict(list)
    in_layer, eta = defaultdict(int), defaultdict(list)
    modules = defaultdict(list)
    for _, side, cells in events:
        rz_bin, phi_bin, inside = bins(
            *(cells[name].to_numpy() for name in (*"xyz",)), mip=cells["mipPt"].to_numpy()
        )
        where = np.where(inside, rz_bin * STAGE2.n_phi + phi_bin, -1)
        for row, bin_ in zip(cells.to_dict("records"), where.tolist(), strict=True):
            layer, *rest = (row[name] for name in CELL)
            strange = rest[0] == 4000
            key = (1 - 2 * side, layer, *([occupancy_keys.NOT_A_WAFER] * 4 if strange else rest))
            counted[key] += 1
            mip[key].append(float(row["mipPt"]))
            energy[key].append(float(row["energy"]))
            in_layer[1 - 2 * side, layer, bin_] += 1
            eta[1 - 2 * side, layer, bin_].append(abs(row["eta"]))
            ring = rest[2] if rest[0] == -999 else -1
            modules[(*key[:4], ring)].append(float(row["mipPt"]))
    table = cell_table(made, np.zeros(len(made.cells["key"]), dtype=np.int64))
    found = {tuple(row[:6]): tuple(row[6:]) for row in table.drop(columns="number").itertuples(index=False)}
    assert {key: row[0] for key, row in found.items()} == counted
    assert {key: row[1] for key, row in found.items()} == {key: math.fsum(each) for key, each in mip.items()}
    assert {key: row[2] for key, row in found.items()} == {
        key: math.fsum(each) for key, each in energy.items()
    }
    assert {tuple(row[:5]): row.mipPt for row in module_table(made).itertuples(index=False)} == {
        key: math.fsum(each) for key, each in modules.items()
    }
    table = layer_bin_table(made)
    where = np.where(table["rz_bin"] < 0, -1, table["rz_bin"] * STAGE2.n_phi + table["phi_bin"])
    keys = list(zip(table["endcap"], table["layer"], where, strict=True))
    assert dict(zip(keys, table["n"], strict=True)) == in_layer
    assert dict(zip(keys, table["eta_min"], strict=True)) == {
        key: np.float32(min(v)) for key, v in eta.items()
    }
    assert dict(zip(keys, table["eta_max"], strict=True)) == {
        key: np.float32(max(v)) for key, v in eta.items()
    }


def test_bins_are_those_of_the_chain(made, events):
    """Means of the histograms, bins above the threshold, seeds and clusters, against `run` on each event."""
    shape = (2, STAGE2.n_rz, STAGE2.n_phi)
    total, smoothed, above = (np.zeros(shape) for _ in range(3))
    seeds, clusters = np.zeros(shape), np.zeros(shape)
    energy = np.zeros(shape)
    for _, side, cells in events:
        result = run(cells)
        total[side] += result.histogram
        smoothed[side] += result.smoothed
        above[side] += result.smoothed > result.parameters.seed_threshold
        np.add.at(seeds[side], tuple(result.seeds[name] for name in ("rz_bin", "phi_bin")), 1)
        np.add.at(
            energy[side], tuple(result.seeds[name] for name in ("rz_bin", "phi_bin")), result.seeds["energy"]
        )
        rz_bin, phi_bin, inside = bins(*(result.clusters[name] for name in "xyz"))
        np.add.at(clusters[side], (rz_bin[inside], phi_bin[inside]), 1)
    table = bin_table(made)
    assert seeds.sum() > EVENTS / 2
    np.testing.assert_array_equal(table["above"], above.ravel())
    np.testing.assert_array_equal(table["seeds"], seeds.ravel())
    np.testing.assert_array_equal(table["clusters"], clusters.ravel())
    np.testing.assert_allclose(table["mean_mipPt"], total.ravel() / EVENTS, rtol=1e-6, atol=1e-15)
    np.testing.assert_allclose(table["mean_smoothed"], smoothed.ravel() / EVENTS, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(table["seed_energy"], energy.ravel(), rtol=1e-12)


def test_everything_left_out_is_counted(made):
    counts = made.counts
    assert (counts["events"], counts["outside"], counts["not_finite"]) == (EVENTS, 1, 1)
    assert (counts["without_position"], counts["too_large"]) == (1, 1)
    left = sum(counts[name] for name in ("not_finite", "without_position", "too_large", "below_threshold"))
    assert counts["used"] + left == counts["trigger_cells"]
    assert made.cells["count"].sum() == counts["used"]
    found = matched(made, Geometry.v11())
    unknown = made.cells["count"][found.number < 0].sum()
    assert unknown == 2, "the one of no wafer, and the one that was moved"


def test_contributing_events(made, events):
    """Of a bin in some layers, a trigger cell, a smoothed bin, and a bin with seeds."""
    side, bin_ = divmod(int(made.bins["seeds"].argmax()), STAGE2.n_bins)
    rz, phi = divmod(bin_, STAGE2.n_phi)
    in_bin, smoothed, seeds, one_cell = {}, {}, {}, {}
    row = int(np.argmax(made.cells["count"]))
    cell = made.parts.side[row], *(getattr(made.parts, name)[row] for name in CELL)
    for entry, other, cells in events:
        rz_bin, phi_bin, inside = bins(
            *(cells[name].to_numpy() for name in (*"xyz",)), mip=cells["mipPt"].to_numpy()
        )
        mine = inside & (rz_bin == rz) & (phi_bin == phi) & cells["layer"].between(5, 21).to_numpy()
        if other == side and mine.any():
            in_bin[entry] = (mine.sum(), cells["mipPt"].to_numpy()[mine].astype(float).sum())
        if other == side:
            result = run(cells)
            smoothed[entry] = result.smoothed[rz, phi]
            at = (result.seeds["rz_bin"] == rz) & (result.seeds["phi_bin"] == phi)
            seeds |= {entry: float(result.seeds["energy"][at].sum())} if at.any() else {}
        same = np.logical_and.reduce(
            [cells[name] == value for name, value in zip(CELL, cell[1:], strict=True)]
        )
        if other == cell[0] and same.any():
            one_cell[entry] = same.sum()
    found = contributions.contributing(made, contributions.of_bin(side, bin_, (5, 21)))
    assert found["value"].is_monotonic_decreasing
    assert {row.entry: row.n for row in found.itertuples()} == {key: n for key, (n, _) in in_bin.items()}
    values = {row.entry: row.value for row in found.itertuples()}
    assert values == pytest.approx({key: value for key, (_, value) in in_bin.items()})
    found = contributions.contributing(made, contributions.of_smoothed(made, side, bin_))
    values = dict.fromkeys(smoothed, 0.0) | {row.entry: row.value for row in found.itertuples()}
    assert values == pytest.approx(smoothed)
    found = contributions.containing(made, "seeds", side, bin_)
    assert {row.entry: row.value for row in found.itertuples()} == pytest.approx(seeds)
    rows = [made.parts.side == cell[0]]
    rows += [getattr(made.parts, name) == value for name, value in zip(CELL, cell[1:], strict=True)]
    rows = np.flatnonzero(np.logical_and.reduce(rows))
    found = contributions.contributing(made, contributions.of_rows(made, rows))
    assert {row.entry: row.n for row in found.itertuples()} == one_cell


def contents(occupancy):
    return {path.name: path.read_bytes() for path in occupancy.folder.iterdir() if path.suffix != ".npz"} | {
        f"{table}_{name}": values.tobytes()
        for table in ("cells", "bins")
        for name, values in getattr(occupancy, table).items()
    }


def test_the_same_with_two_workers_and_in_one_chunk(made, sample, tmp_path, monkeypatch):
    assert len(made.chunks) > 3
    monkeypatch.setattr(module, "CELLS", 10**6)
    whole, _ = make_occupancy([sample], tmp_path, SETTINGS)
    assert len(whole.chunks) == 1
    assert whole.counts == made.counts
    for name in ("cells", "bins"):
        for column, values in getattr(made, name).items():
            np.testing.assert_array_equal(getattr(whole, name)[column], values, column)


def test_what_was_stopped_goes_on(made, sample, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(module, "SAVE_EVERY", -1.0)

    def stop(events):
        seen.append(events)
        if len(seen) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_occupancy([sample], tmp_path, SETTINGS, progress=stop)
    (folder,) = tmp_path.iterdir()
    half = Occupancy.load(folder)
    assert half.partial
    assert (half.done, half.events) == ([0, 1], sum(seen))
    work = module.occupancy_of
    again = []
    monkeypatch.setattr(module, "occupancy_of", lambda task: again.append(task.chunk.number) or work(task))
    whole, _ = make_occupancy([sample], tmp_path, SETTINGS)
    assert again == [chunk.number for chunk in made.chunks[2:]]
    assert contents(whole) == contents(made)
    assert not Occupancy.load(folder).partial


def test_a_chunk_that_fails_is_named(sample, tmp_path, monkeypatch):
    work = module.occupancy_of

    def one_fails(task):
        if task.chunk.number == 1:
            raise SourceError("pions.parquet", expected="events", found="noise", action="Copy it again.")
        return work(task)

    monkeypatch.setattr(module, "occupancy_of", one_fails)
    occupancy, _ = make_occupancy([sample], tmp_path, SETTINGS)
    assert occupancy.partial
    assert list(occupancy.problems) == [1]
    assert 1 not in occupancy.done


def test_command(sample, tmp_path, capsys):
    broken = tmp_path / "broken.root"
    broken.write_bytes(b"root" + bytes(200))
    assert main(["study", "occupancy", str(sample), str(broken), "--out", str(tmp_path / "out")]) == 1
    printed = capsys.readouterr()
    assert "PARTIAL" in printed.out
    assert "1 trigger cell with values that are not finite" in printed.out
    assert "1 trigger cell with indices that are not in the geometry" in printed.out
    assert "1 trigger cell elsewhere than the geometry has them" in printed.out
    assert str(broken) in printed.err
    cells = pd.read_parquet(tmp_path / "out" / "occupancy_cells.parquet")
    known = cells[cells["number"] >= 0]
    v11 = Geometry.v11()
    np.testing.assert_array_equal(v11.column("waferu")[known["number"]], known["waferu"])
    assert main(["study", "occupancy", str(sample), "--out", str(tmp_path), "--chain", "both"]) == 2
    assert "one chain, and no radii" in capsys.readouterr().err
