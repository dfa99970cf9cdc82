"""Toy samples on the cells of other detectors than V11."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import uproot

from bye_splits.cli import main
from bye_splits.data import open_source
from bye_splits.errors import ByeSplitsError
from bye_splits.geometry import Geometry, read_geometry
from bye_splits.samples import toy, write_toy, writing
from bye_splits.samples.absorber import absorber_of

V17 = Path(__file__).parents[2].parent / "shared" / "geometry" / "trigger_cells_V17.parquet"
CEE_LAYERS = list(range(1, 27, 2))


@pytest.fixture(scope="module", params=["turned", "V17"])
def geometry_47(request, other_geometry):
    """A geometry of 47 layers, with scintillator or without."""
    if request.param == "turned":
        return other_geometry
    if not V17.exists():
        pytest.skip("the table of V17's trigger cells is not beside this repository")
    return read_geometry(V17)


NEEDED = ("layer", "waferu", "waferv", "cellu", "cellv", "x", "y", "z")


def strange(geometry, z_of, subdet):
    """A geometry of a few of V11's layers, with other numbers, at z that no version has."""
    cells = geometry.trigger_cells
    cells = cells[cells.layer.isin([1, 5, 13, 29, 36]) & (cells.subdet != 10)]
    number = cells.layer.map({1: 1, 5: 2, 13: 3, 29: 4, 36: 5})
    return Geometry.from_positions(
        cells.assign(layer=number, z=number.map(z_of), subdet=number.map(subdet)), "a strange detector"
    )


def response(blocks):
    """Sum of pt of the trigger cells over the generated pt, per event."""
    shares = []
    for block in blocks:
        cells = block.trigger_cells
        event = np.repeat(np.arange(len(cells.counts)), cells.counts)
        total = np.bincount(event, cells.columns["pt"], len(cells.counts))
        shares.append(total / block.generated.columns["pt"])
    return np.concatenate(shares)


def test_of_v11s_own_planes_the_rule_makes_v11s_absorbers(geometry):
    made = absorber_of(geometry)
    family_free = Geometry.from_positions(geometry.trigger_cells.assign(z=lambda t: t.z + 1), "1 cm behind")
    assert family_free.version != "V11"
    ruled = absorber_of(family_free)
    np.testing.assert_array_equal(ruled.layers, made.layers)
    for name in (
        "x0",
        "interaction",
        "x0_edges",
        "interaction_edges",
        "mev_per_mip",
        "mips_per_gev",
        "gev_of_mip",
    ):
        np.testing.assert_allclose(getattr(ruled, name), getattr(made, name), rtol=1e-4, atol=1e-9)


def test_the_absorbers_of_47_layers_are_as_deep_as_those_of_v11(geometry, geometry_47):
    v11, made = absorber_of(geometry), absorber_of(geometry_47)
    np.testing.assert_array_equal(made.layers, [*CEE_LAYERS, *range(27, 48)])
    assert made.n_cee == 13
    np.testing.assert_allclose(made.z, geometry_47.layer_z[made.layers])
    for name in ("x0", "interaction"):
        depth, edges = getattr(made, name), getattr(made, f"{name}_edges")
        known = getattr(v11, f"{name}_edges")
        assert (np.diff(depth) > 0).all()
        assert (edges[:-1] <= depth).all()
        assert (depth <= edges[1:]).all()
        assert edges[13] == known[14]
        assert edges[-1] == known[-1]
    assert made.gev_of_mip[-1] == pytest.approx(v11.gev_of_mip[-1])
    assert (made.mev_per_mip > 0).all()


@pytest.mark.parametrize(
    ("z_of", "subdet"),
    [
        ({1: 300, 2: 310, 3: 320, 4: 380, 5: 500}, {1: 1, 2: 1, 3: 1, 4: 2, 5: 2}),
        ({1: 330, 2: 335, 3: 340, 4: 345, 5: 350}, dict.fromkeys(range(1, 6), 1)),
        ({1: 330, 2: 380, 3: 400, 4: 420, 5: 480}, {1: 1, 2: 2, 3: 2, 4: 2, 5: 2}),
    ],
    ids=["both compartments", "no CE-H", "one layer of CE-E"],
)
def test_any_detector_has_absorbers_and_its_showers_close(geometry, z_of, subdet):
    made = strange(geometry, z_of, subdet)
    assert made.version == "unknown version"
    absorber = absorber_of(made)
    assert len(absorber.layers) == 5
    assert np.isfinite(absorber.mips_per_gev).all()
    share = response(toy.blocks("photons", 0, 50, 5, made))
    assert np.median(share) == pytest.approx(0.95, abs=0.06)


@pytest.mark.parametrize("particle", toy.PARTICLES)
def test_energies_close_as_in_v11(geometry, geometry_47, particle):
    v11, made = (response(toy.blocks(particle, 0, 100, 5, one)) for one in (geometry, geometry_47))
    assert np.median(made) == pytest.approx(np.median(v11), abs=0.04 if particle == "pions" else 0.01)
    if particle != "pions":
        assert 0.9 < made.mean() < 1
        assert made.std() < 0.06


@pytest.mark.parametrize("pt", [5, 50])
def test_photons_against_v11s_benchmark(geometry_47, shoot, rng, pt):
    """Same response at eta 2.1 as V11 in `test_showers`, to its tolerance."""
    from bye_splits.samples import events, simulation

    n, benchmark = 60, {5: 0.95, 50: 0.979}[pt]
    event, cell, mips, _ = simulation.trigger_cell_mips(shoot(22, pt, 2.1, n, rng), geometry_47, rng)
    table = events.measured(n, event, cell, mips, events.CellColumns(geometry_47))
    event, tc = np.repeat(np.arange(n), table.counts), table.columns
    share = np.bincount(event, tc["pt"] * (tc["layer"] <= 26), n) / pt
    assert -0.06 < share.mean() - benchmark < 0.01
    assert share.std() < {5: 0.08, 50: 0.032}[pt]


def test_what_is_written_is_in_the_geometry_at_its_position(geometry_47, tmp_path):
    path, _ = write_toy(tmp_path, "pions", 0, 60, 7, geometry=geometry_47)
    source = open_source(path)
    assert f"geometry: {geometry_47.version}, 47 layers" in source.description
    layers = set()
    for number in source.event_numbers:
        cells = source.event(number).trigger_cells
        tc = geometry_47.find(*(cells[name] for name in ("layer", "waferu", "waferv", "cellu", "cellv")))
        assert geometry_47.agrees(tc, cells.x, cells.y, cells.z).all()
        np.testing.assert_array_equal(cells.x, geometry_47.column("x")[tc])
        np.testing.assert_array_equal(cells.z, geometry_47.column("z")[tc])
        layers |= set(cells.layer.tolist())
    assert layers == {*CEE_LAYERS, *range(27, 48)}
    # those of another geometry are not
    cells = source.event_at(0).trigger_cells
    v11 = Geometry.v11()
    tc = v11.find(*(cells[name] for name in ("layer", "waferu", "waferv", "cellu", "cellv")))
    assert v11.agrees(tc, cells.x, cells.y, cells.z).mean() < 0.5


def test_the_same_seed_gives_the_same_events(other_geometry, tmp_path):
    for name, n in (("one", 60), ("two", 60), ("short", 13)):
        toy.write_sample(tmp_path / name, "photons", 0, n, 7, None, other_geometry)
    tree = f"{writing.DIRECTORY}/{writing.TREE}"
    one, two, short = (uproot.open(tmp_path / name)[tree].arrays() for name in ("one", "two", "short"))
    assert one.fields == two.fields == short.fields
    assert one.tolist() == two.tolist()
    assert one[:13].tolist() == short.tolist()


def test_the_geometry_file_restarts_ce_h_at_1(other_geometry, tmp_path):
    _, path = write_toy(tmp_path, "photons", 0, 1, 7, geometry=other_geometry)
    with uproot.open(path) as file:
        rows = file[f"{writing.GEOMETRY_DIRECTORY}/{writing.GEOMETRY_TREE}"].arrays(library="np")
    front = {name: values[rows["zside"] == 1] for name, values in rows.items()}
    assert len(front["x"]) == len(other_geometry.trigger_cells)
    layers = {
        subdet: sorted(set(front["layer"][front["subdet"] == subdet].tolist())) for subdet in (1, 2, 10)
    }
    assert layers == {1: CEE_LAYERS, 2: list(range(1, 22)), 10: list(range(8, 22))}
    np.testing.assert_array_equal(front["x"], other_geometry.column("x"))
    np.testing.assert_array_equal(front["triggercellu"][front["subdet"] != 10] >= 0, True)


def test_the_command_takes_a_table_of_cells(other_cells, other_geometry, tmp_path, capsys):
    table = tmp_path / "cells.parquet"
    other_cells.to_parquet(table)
    assert main(["toy", "--events", "3", "--out", str(tmp_path / "toy"), "--geometry", str(table)]) == 0
    path, geometry_path = capsys.readouterr().out.split()
    assert geometry_path == str(tmp_path / "toy" / "geometry.root")
    toy.write_sample(tmp_path / "same", "photons", 0, 3, 11, None, other_geometry)
    first, second = open_source(path), open_source(tmp_path / "same")
    pd.testing.assert_frame_equal(first.event(2).trigger_cells, second.event(2).trigger_cells)


def test_the_command_takes_a_geometry_test_file_and_never_writes_over_it(geometry, tmp_path, capsys):
    write_toy(tmp_path, "photons", 0, 1, 7, geometry=geometry)
    file = tmp_path / "geometry.root"
    before = file.read_bytes()
    assert main(["toy", "--events", "2", "--out", str(tmp_path / "toy"), "--geometry", str(file)]) == 0
    toy.write_sample(tmp_path / "same", "photons", 0, 2, 11, None, geometry)
    first, second = open_source(tmp_path / "toy" / "photons_PU0.root"), open_source(tmp_path / "same")
    pd.testing.assert_frame_equal(first.event(1).trigger_cells, second.event(1).trigger_cells)
    assert main(["toy", "--events", "2", "--out", str(tmp_path), "--geometry", str(file)]) == 2
    assert "found one of the input files" in capsys.readouterr().err
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, "no such file"),
        (b"layer,x,y\n", "something else, with the first bytes"),
        (b"PAR1 not really", "Write or copy the table again"),
        (pd.DataFrame({"layer": [1], "x": [1.0]}), "a table without waferu, waferv, cellu, cellv, y, z"),
        (
            pd.DataFrame({name: ["far"] for name in NEEDED}),
            "columns that are not numeric",
        ),
        (
            pd.DataFrame({name: [np.nan] for name in NEEDED}),
            "none among 1 rows",
        ),
    ],
)
def test_what_is_no_geometry_is_said(tmp_path, content, text):
    path = tmp_path / "geometry"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        content.to_parquet(path)
    with pytest.raises(ByeSplitsError, match=text):
        read_geometry(path)


def test_the_geometry_file_is_read_back_as_it_was(other_geometry, tmp_path):
    _, path = write_toy(tmp_path, "photons", 0, 1, 7, geometry=other_geometry)
    back = read_geometry(path)
    assert (back.n_layers, back.n_cee, back.version) == (47, 26, other_geometry.version)
    ours = other_geometry.trigger_cells
    number = back.find(*(ours[name] for name in ("layer", "waferu", "waferv", "cellu", "cellv")))
    assert len(back.trigger_cells) == len(ours)
    assert back.agrees(number, ours.x, ours.y, ours.z).all()
