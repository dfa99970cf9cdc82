"""A geometry out of positions that grows: nothing moves, whatever the way there. Its file in the cache."""

import numpy as np
import other_geometries as others
import pandas as pd
import pytest

from bye_splits.errors import GeometryError
from bye_splits.geometry import Geometry, inferred
from bye_splits.geometry.kept import load, save

WAFER = others.INDICES[:3]


@pytest.fixture(scope="module")
def truth():
    return others.truth("unknown")


@pytest.fixture(scope="module")
def first(truth):
    return others.as_file(truth, np.concatenate(others.events(truth.cells, "PU0", 8, seed=1)))


@pytest.fixture(scope="module")
def made(first):
    return Geometry.from_positions(first, "first")


@pytest.fixture(scope="module")
def later(truth):
    """Some events more."""
    return [
        others.as_file(truth, rows, both_endcaps=bool(k % 2))
        for k, rows in enumerate(others.events(truth.cells, "PU0", 5, seed=2))
    ]


def found(geometry, cells):
    return geometry.find(*(cells[name] for name in others.INDICES))


def certain_wafers(geometry):
    table = geometry.wafers
    return table[table["certain"]].set_index(WAFER)


def check_same(one, other):
    """The same cells in the same order, with the same outlines."""
    pd.testing.assert_frame_equal(one.trigger_cells, other.trigger_cells)
    pd.testing.assert_frame_equal(one.wafers, other.wafers)
    number = np.arange(len(one.trigger_cells))
    np.testing.assert_array_equal(one.corners(number), other.corners(number))
    np.testing.assert_array_equal(one.sure(number), other.sure(number))
    np.testing.assert_array_equal(one.layer_z, other.layer_z)
    np.testing.assert_array_equal(one.tile_z, other.tile_z)
    assert (one.version, one.notices, one.n_cee) == (other.version, other.notices, other.n_cee)


# -- growth -------------------------------------------------------------------------------------------------


def test_nothing_new_gives_the_same_object(made, first):
    assert made.grown(first) is made
    assert made.grown(first.iloc[:0]) is made
    assert made.grown(first.iloc[::-1].assign(x=-first["x"], z=-first["z"])) is made


def test_cells_that_were_only_concluded_are_nothing_new(made):
    table = made.trigger_cells
    assert made.grown(table.sample(500, random_state=1)) is made


def test_what_cannot_be_a_trigger_cell_is_nothing_new(made, first):
    nonsense = first.iloc[:5].assign(x=np.nan)
    assert made.grown(nonsense) is made
    assert made.grown(first.iloc[:5].assign(layer=0)) is made


@pytest.mark.parametrize("with_outlines", [True, False])
def test_what_was_drawn_stays_where_it_was(made, later, with_outlines):
    """Of certain wafers; of the others as far as the new event says nothing of them."""
    if with_outlines:
        for layer in made.layers:
            made.outlines_of_layer(layer), made.borders_of_layer(layer)
    geometry = made
    for cells in later:
        grown = geometry.grown(cells)
        assert grown is not geometry
        before, after = certain_wafers(geometry), certain_wafers(grown)
        fixed = ["x", "y", "turn", "mirrored", "fine"]
        pd.testing.assert_frame_equal(before[fixed], after.loc[before.index, fixed])
        assert len(grown.wafers) > len(geometry.wafers)
        table = geometry.trigger_cells
        stays = geometry.sure(table.index.to_numpy())
        number = found(grown, table)
        still = stays & (number >= 0)  # but for those that turn out to be beyond a cut
        np.testing.assert_array_equal(
            geometry.corners(table.index.to_numpy()[still]), grown.corners(number[still])
        )
        assert still.sum() > 0.99 * stays.sum()
        mine = found(grown, cells)
        assert grown.agrees(mine, cells["x"], cells["y"], cells["z"]).all()
        geometry = grown


def test_cells_that_were_seen_stay(made, first, later):
    geometry = made
    for cells in later:
        geometry = geometry.grown(cells)
    number = found(geometry, first)
    assert geometry.agrees(number, first["x"], first["y"], first["z"]).all()


def test_outlines_and_borders_that_were_kept_are_those_of_the_grown_geometry(made, later):
    for layer in made.layers:
        made.outlines_of_layer(layer), made.borders_of_layer(layer)
    grown = made.grown(later[0])
    anew = grown.noting("nothing was drawn of it before")
    for layer in grown.layers:
        for one, other in zip(grown.outlines_of_layer(layer), anew.outlines_of_layer(layer), strict=True):
            np.testing.assert_array_equal(one, other, err_msg=f"layer {layer}")
        one, other = (np.sort(each.borders_of_layer(layer), axis=0) for each in (grown, anew))
        np.testing.assert_allclose(one, other, atol=1e-4, err_msg=f"layer {layer}")


def test_new_layers_appear(truth, first, later):
    some = first[first["layer"] <= 31]
    small = Geometry.from_positions(some)
    assert (small.n_layers, small.layers.max()) == (31, 31)
    grown = small.grown(later[0])
    assert grown.n_layers == later[0]["layer"].max() > 31
    assert set(grown.layers) == set(some["layer"]) | set(later[0]["layer"])
    before, after = certain_wafers(small), certain_wafers(grown)
    fixed = ["x", "y", "turn", "mirrored"]
    pd.testing.assert_frame_equal(before[fixed], after.loc[before.index, fixed])
    number = found(grown, later[0])
    assert grown.agrees(number, *(later[0][name] for name in "xyz")).all()
    assert (others.compared(grown, truth, _rows(truth, later[0])).off < 5).all()


def test_a_new_layer_leaves_the_rules_of_the_others(made, first, later, monkeypatch):
    layers = [*range(1, 31), 33, 34]
    small = Geometry.from_positions(first[first["layer"].isin(layers)])
    monkeypatch.delattr(inferred, "infer")  # of all layers: it takes long
    rules = small.grown(later[0]).rules
    assert {n: rules.lattices[n] for n in small.rules.lattices} == small.rules.lattices
    new = sorted(set(rules.lattices) - set(layers))
    assert new
    assert [(n, rules.lattices[n], rules.mirrors[n]) for n in new] == [
        (n, made.rules.lattices[n], made.rules.mirrors[n]) for n in new
    ]


def _rows(truth, cells):
    known = truth.cells[others.INDICES].reset_index().set_index(others.INDICES)["index"]
    return known.loc[list(map(tuple, cells[others.INDICES].to_numpy()))].to_numpy()


def test_a_new_geometry_of_one_layer_grows(first):
    one = Geometry.from_positions(first[first["layer"] == 9])
    assert one.layers.tolist() == [9]
    grown = one.grown(first)
    number = found(grown, first)
    assert grown.agrees(number, first["x"], first["y"], first["z"]).all()


def test_event_by_event_is_as_good_as_all_at_once(truth, first, made, later):
    """The same wafers in the same placements, the uncertain ones of either way apart."""
    geometry = made
    for cells in later:
        geometry = geometry.grown(cells)
    everything = pd.concat([first, *later], ignore_index=True)
    whole = Geometry.from_positions(everything)
    one, other = geometry.wafers.set_index(WAFER), whole.wafers.set_index(WAFER)
    assert one.index.equals(other.index)
    certain = one["certain"] & other["certain"]
    assert certain.mean() > 0.99
    for name in ("turn", "mirrored"):
        assert (one[name] == other[name])[certain].all()
    assert np.hypot(one["x"] - other["x"], one["y"] - other["y"])[certain].max() < 0.05
    rows = _rows(truth, everything)
    assert others.compared(geometry, truth, rows).turned >= 0.999
    here, there = found(geometry, everything), found(whole, everything)
    for name in "xyz":
        # A cell that was concluded before it was seen keeps its place, if that is where it is.
        off = np.abs(geometry.column(name)[here] - whole.column(name)[there])
        assert off.max() <= 0.5
        assert (off < 1e-4).mean() > 0.99


def test_the_given_geometry_is_not_changed(made, later):
    before = made.trigger_cells.copy()
    made.grown(later[1])
    pd.testing.assert_frame_equal(made.trigger_cells, before)


# -- the file in the cache ----------------------------------------------------------------------------------


@pytest.mark.parametrize("grow", [False, True])
def test_a_kept_geometry_is_the_same(made, later, tmp_path, grow):
    geometry = made.grown(later[0]) if grow else made
    save(geometry, tmp_path / "one.npz")
    again = load(tmp_path / "one.npz", "first")
    if grow:  # cells that were added later stand at the end of the grown table
        a, b = (
            each.trigger_cells.sort_values(others.INDICES, ignore_index=True) for each in (geometry, again)
        )
        one = a.merge(b, on=others.INDICES, suffixes=("", "_again"))
        assert len(one) > 0.99 * max(len(a), len(b))
        assert np.hypot(one["x"] - one["x_again"], one["y"] - one["y_again"]).max() < 1e-4
        pd.testing.assert_frame_equal(
            geometry.wafers[[*WAFER, "x", "y", "turn", "mirrored", "certain"]],
            again.wafers[[*WAFER, "x", "y", "turn", "mirrored", "certain"]],
        )
    else:
        check_same(geometry, again)
    assert again.source == "first"
    assert (
        again.grown(later[0])
        .agrees(found(again.grown(later[0]), later[0]), *(later[0][name] for name in "xyz"))
        .all()
    )


def test_tiles_and_left_out_rows_are_kept(geometry, tmp_path):
    cells = geometry.trigger_cells
    some = cells[(cells.layer == 41)].iloc[::3].reset_index(drop=True)
    some = pd.concat([some, some.iloc[:2].assign(z=np.nan)], ignore_index=True)
    made = Geometry.from_positions(some)
    assert len(made.notices) == 1
    save(made, tmp_path / "one.npz")
    check_same(made, load(tmp_path / "one.npz", "positions"))


@pytest.mark.parametrize("damage", ["cut", "empty", "no zip", "other format", "absent"])
def test_a_damaged_file_is_refused(made, tmp_path, damage):
    path = tmp_path / "one.npz"
    save(made, path)
    content = path.read_bytes()
    if damage == "other format":
        with np.load(path) as file:
            arrays = dict(file)
        np.savez(path, **arrays | {"format": 0})
    elif damage == "absent":
        path.unlink()
    else:
        path.write_bytes({"cut": content[: len(content) // 2], "empty": b"", "no zip": bytes(1000)}[damage])
    with pytest.raises(Exception) as raised:  # noqa: PT011 - of many kinds, as `load` says
        load(path, "one")
    assert not isinstance(raised.value, GeometryError)
