"""Geometries out of positions alone: how many wafers and trigger cells are drawn as they truly lie."""

import numpy as np
import other_geometries as others
import pytest

from bye_splits.geometry import Geometry

ALL = ["subdet", "wafertype", *others.COLUMNS]
GEOMETRIES = ["V16", "V17", "unknown"]
FILES = [  # events, and the part of the wafers that must be turned and mirrored as they truly are
    ("PU0", 1, 1.0),
    ("PU0", 10, 0.999),
    ("PU0", 100, 0.999),
    ("PU200", 1, 0.995),
    ("PU200", 10, 0.999),
]


def inferred(truth, rows, **how):
    made = Geometry.from_positions(others.as_file(truth, rows, **how))
    return made, others.compared(made, truth, rows)


def check_drawn(found, most_off=0.001):
    """Every cell about its position, hardly one in another place, and none far away."""
    assert found.missing == 0
    assert (found.off > 0.5).mean() <= most_off, found.off[found.off > 0.5]
    assert found.off.max() < 5
    assert found.outside <= 0.001


@pytest.mark.parametrize(("kind", "n", "least"), FILES)
@pytest.mark.parametrize("name", GEOMETRIES)
def test_wafers_and_cells_are_where_they_are(name, kind, n, least):
    truth = others.truth(name)
    rows = np.concatenate(others.events(truth.cells, kind, n, seed=1))
    for how in ({}, {"columns": ALL, "both_endcaps": True}):
        made, found = inferred(truth, rows, **how)
        assert found.turned >= least, f"{found.turned:.4%} of {found.n_wafers} wafers"
        check_drawn(found)
        assert made.n_cee == 26
        assert made.wafer_size == pytest.approx(truth.size, abs=2e-3)
        assert not made.coarsened
        assert made.fit.outside == 0
        assert made.version == {"unknown": "unknown version"}.get(name, name)


@pytest.mark.parametrize("name", GEOMETRIES)
def test_one_shower_is_enough_for_its_wafers(name):
    truth = others.truth(name)
    for seed in range(2, 10):
        rows = others.events(truth.cells, "PU0", 1, seed)[0]
        for columns in (others.COLUMNS, ALL):
            _, found = inferred(truth, rows, columns=columns, both_endcaps=bool(seed % 2))
            assert found.turned == 1, f"seed {seed}: {found.turned:.3%} of {found.n_wafers} wafers"
            check_drawn(found, most_off=0)


@pytest.mark.parametrize("without", ["subdet", "wafertype"])
def test_either_optional_column_may_be_absent(without):
    truth = others.truth("unknown")
    rows = others.events(truth.cells, "PU0", 1, seed=3)[0]
    _, found = inferred(truth, rows, columns=[name for name in ALL if name != without])
    assert found.turned == 1
    check_drawn(found)


@pytest.mark.parametrize("name", GEOMETRIES)
def test_endcaps_tell_the_same(name):
    truth = others.truth(name)
    rows = others.events(truth.cells, "PU0", 1, seed=4)[0]
    here = others.as_file(truth, rows)
    there = here.assign(x=-here["x"], z=-here["z"])
    one, other = Geometry.from_positions(here), Geometry.from_positions(there)
    number = np.arange(len(one.trigger_cells))
    np.testing.assert_array_equal(one.corners(number), other.corners(number))
    np.testing.assert_array_equal(one.trigger_cells.z, other.trigger_cells.z)
    found = other.find(*(there[name] for name in others.INDICES))
    assert other.agrees(found, there["x"], there["y"], there["z"]).all()
    np.testing.assert_array_equal(other.covering(there["x"], there["y"], there["z"]), found)


def test_the_order_and_the_repetition_of_rows_say_nothing():
    truth = others.truth("unknown")
    rows = np.concatenate(others.events(truth.cells, "PU0", 2, seed=5))
    file = others.as_file(truth, rows)
    shuffled = file.sample(frac=1, random_state=1)
    one, other = Geometry.from_positions(file), Geometry.from_positions(shuffled)
    assert one.trigger_cells.equals(other.trigger_cells)
    assert one.wafers.equals(other.wafers)


def test_what_follows_from_certain_wafers_lies_in_them():
    truth = others.truth("unknown")
    rows = np.concatenate(others.events(truth.cells, "PU200", 1, seed=6))
    table = Geometry.from_positions(others.as_file(truth, rows)).trigger_cells
    seen = set(map(tuple, truth.cells.iloc[rows][others.INDICES[:3]].to_numpy()))
    assert set(map(tuple, table[others.INDICES[:3]].to_numpy())) == seen
    both = table.merge(truth.cells, on=others.INDICES, suffixes=("", "_true"))
    assert len(both) > 10 * len(np.unique(rows))
    apart = np.hypot(both["x"] - both["x_true"], both["y"] - both["y_true"])
    assert (apart > 0.5).mean() < 0.02  # cells that lack sensor cells, which nothing showed yet
    assert (apart > 1.6).mean() < 0.001


@pytest.mark.parametrize("name", GEOMETRIES)
def test_all_cells_give_all_cells_and_no_other(name):
    truth = others.truth(name)
    rows = np.arange(len(truth.cells))
    made, found = inferred(truth, rows)
    assert len(made.trigger_cells) == len(rows)
    assert found.turned == 1
    check_drawn(found, most_off=0)
    assert made.wafers["certain"].all()


# -- displaced cassettes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "n", "least", "most_off"),
    [
        ("PU0", 1, 0.99, 0.08),
        ("PU0", 10, 0.999, 0.006),
        ("PU0", 100, 0.999, 0.001),
        ("PU200", 1, 0.995, 0.003),
        ("PU200", 10, 0.999, 0.001),
    ],
)
def test_displaced_cassettes_are_found(kind, n, least, most_off):
    truth = others.truth("displaced")
    rows = np.concatenate(others.events(truth.cells, kind, n, seed=1))
    made, found = inferred(truth, rows)
    assert made.version == "V19"
    assert found.turned >= least, f"{found.turned:.4%} of {found.n_wafers} wafers"
    check_drawn(found, most_off)
