"""Hits of a detector that is not the one they are put into: reported, and never placed by chance."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bye_splits.cli import main
from bye_splits.data import open_source
from bye_splits.errors import OtherDetectorError, SourceError
from bye_splits.geometry import Geometry, versions
from bye_splits.samples import from_hits, hit_planes

V17 = Path(__file__).parents[2].parent / "shared" / "geometry" / "trigger_cells_V17.parquet"
Z_52 = np.concatenate(
    [320.5 + 1.45 * np.arange(28), 363.0 + 5.0 * np.arange(12), 425.0 + 8.5 * np.arange(12)]
)


def hits_in(z, n, rng):
    """Hits of both endcaps in planes, well within what wafers cover in each."""
    side = rng.choice([-1, 1], n)
    r, phi = rng.uniform(75, 85, n), rng.uniform(-np.pi, np.pi, n)
    columns = {"event": rng.integers(0, 5, n), "x": r * np.cos(phi), "y": r * np.sin(phi)}
    return pd.DataFrame(columns | {"z": rng.choice(z, n) * side, "energy": rng.exponential(0.2, n)})


def planes_of_47():
    return versions.families()[1].layer_z[1:]


@pytest.fixture
def hits(rng):
    """Hits in the 47 layers of V15 to V19."""
    return hits_in(planes_of_47(), 20_000, rng)


def counts_of(error):
    away, hits = map(int, re.search(r"(\d+) of (\d+) hits are further than 0.3 cm", str(error)).groups())
    other, planes = map(int, re.search(r"(\d+) of (\d+) planes with hits", str(error)).groups())
    return away / hits, other, planes


@pytest.mark.parametrize(
    ("z", "looks"), [(planes_of_47(), ", but of V15 to V19"), (Z_52, "")], ids=["47 layers", "52 layers"]
)
def test_hits_of_other_layers_are_refused(geometry, rng, tmp_path, z, looks):
    hits_in(z, 20_000, rng).to_parquet(tmp_path / "hits.parquet")
    with pytest.raises(OtherDetectorError, match="expected hits in the layers of V11, found") as caught:
        from_hits(tmp_path / "hits.parquet", tmp_path / "out.root", geometry)
    share, other, planes = counts_of(caught.value)
    assert share > 0.7
    assert other > 0.7 * planes
    assert len(z) - 1 <= planes <= len(z)
    assert f"not of this geometry{looks}. Nothing was written." in str(caught.value)
    assert not (tmp_path / "out.root").exists()


def test_v11s_hits_are_refused_by_47_layers(geometry, other_geometry, rng, tmp_path):
    z = versions.families()[0].layer_z[1:]
    hits_in(z, 20_000, rng).to_parquet(tmp_path / "hits.parquet")
    with pytest.raises(OtherDetectorError, match="but of V11") as caught:
        from_hits(tmp_path / "hits.parquet", tmp_path / "out.root", other_geometry)
    assert "47 layers of turned wafers" in str(caught.value)
    assert from_hits(tmp_path / "hits.parquet", tmp_path / "out.root", geometry).outside_z == 0


def test_hits_are_placed_where_their_geometry_is_given(hits, other_geometry, tmp_path):
    hits.to_parquet(tmp_path / "hits.parquet")
    account = from_hits(tmp_path / "hits.parquet", tmp_path / "out.root", other_geometry)
    z = np.abs(hits.z.to_numpy())
    unread = np.isin(z, planes_of_47()[1:26:2])
    assert account.no_trigger_layer == unread.sum()
    assert account.outside_z == 0
    assert sum(account.placed) == (~unread).sum() == sum(account.in_trigger_layers)
    source = open_source(tmp_path / "out.root")
    layers = set()
    for number in source.event_numbers:
        cells = source.event(number).trigger_cells
        tc = other_geometry.find(*(cells[name] for name in ("layer", "waferu", "waferv", "cellu", "cellv")))
        assert other_geometry.agrees(tc, cells.x, cells.y, cells.z).all()
        layers |= set(cells.layer.tolist())
    assert layers == set(other_geometry.layers.tolist())
    read = hits[~unread]
    layer = np.searchsorted(planes_of_47(), np.abs(read.z)) + 1
    by_layer = np.bincount(layer, read.energy, 48)
    written = sum(
        np.bincount(source.event(n).trigger_cells.layer, source.event(n).trigger_cells.energy, 48)
        for n in source.event_numbers
    )
    np.testing.assert_allclose(written, by_layer, rtol=1e-5)


@pytest.mark.skipif(not V17.exists(), reason="the table of V17's trigger cells is not beside this repository")
def test_the_command_says_so_first_and_places_with_the_geometry(hits, tmp_path, capsys):
    table, out = tmp_path / "hits.parquet", tmp_path / "out.root"
    hits.to_parquet(table)
    assert main(["from-hits", str(table), "--out", str(out)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert re.search(r"found 7\d % of them in no plane of it", said.err)
    assert not out.exists()
    assert main(["from-hits", str(table), "--out", str(out), "--geometry", str(V17)]) == 0
    assert "left out: 0 further than 0.3 cm from every layer" in capsys.readouterr().out
    assert main(["from-hits", str(table), "--out", str(V17), "--geometry", str(V17)]) == 2


def test_the_command_never_writes_over_the_geometry(hits, other_cells, tmp_path, capsys):
    table, cells = tmp_path / "hits.parquet", tmp_path / "cells.parquet"
    hits.to_parquet(table)
    other_cells.to_parquet(cells)
    before = cells.read_bytes()
    assert main(["from-hits", str(table), "--out", str(cells), "--geometry", str(cells)]) == 2
    assert "found one of the input files" in capsys.readouterr().err
    assert cells.read_bytes() == before
    assert main(["from-hits", str(table), "--out", str(tmp_path / "out.root"), "--geometry", str(cells)]) == 0


@pytest.mark.parametrize(("unit", "factor"), [("mm", 10), ("m", 0.01), ("um", 1e4)])
def test_another_unit_is_named(hits, geometry, tmp_path, unit, factor):
    """Also of a detector that is not the given one."""
    hits.assign(**{name: hits[name] * factor for name in "xyz"}).to_parquet(tmp_path / "hits.parquet")
    with pytest.raises(SourceError, match=f"positions that look like {unit}: ") as caught:
        from_hits(tmp_path / "hits.parquet", tmp_path / "out.root", geometry)
    assert f"in cm are {1 / factor:g} times these" in str(caught.value)
    assert not (tmp_path / "out.root").exists()


def test_what_is_far_away_in_z_does_not_count_against_a_geometry(geometry, rng, tmp_path):
    """Hits of a tracker, or of the barrel, in the same table."""
    own = hits_in(versions.families()[0].layer_z[1:], 2000, rng)
    far = hits_in(rng.uniform(0, 300, 5000), 9000, rng)
    pd.concat([own, far]).to_parquet(tmp_path / "hits.parquet")
    account = from_hits(tmp_path / "hits.parquet", tmp_path / "out.root", geometry)
    assert account.outside_z == 9000
    assert sum(account.placed) + account.no_trigger_layer == 2000


def test_strays_between_the_planes_do_not_count_as_planes(geometry, rng):
    planes = hit_planes.planes_of(geometry)
    own = rng.choice(planes.every, 8000)
    fit = hit_planes.fit_of(np.concatenate([own, rng.uniform(322, 513, 1500)]), planes)
    assert fit.good
    assert fit.planes_in == fit.planes


def test_planes_that_are_not_known_do_not_count_against_a_geometry(geometry):
    """Of a version that nobody knows, only the layers that the trigger reads have a z."""
    cells = geometry.trigger_cells
    unknown = Geometry.from_positions(cells.assign(z=cells.z + 1), "1 cm behind")
    planes = hit_planes.planes_of(unknown)
    assert len(planes.gaps) == 13 or len(planes.gaps) == 14
    z = versions.families()[0].layer_z[1:]
    assert hit_planes.fit_of(z + 1, planes).good
    assert not hit_planes.fit_of(z, planes).good
    assert len(hit_planes.planes_of(geometry).gaps) == 0
