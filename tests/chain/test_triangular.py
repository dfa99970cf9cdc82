"""The triangular clustering against its definition in plain loops, and what follows from the definition."""

import math
from itertools import product

import numpy as np
import pytest
from chain_events import layer_z, quick, random_event, several_events
from hypothesis import given
from hypothesis import strategies as st

from bye_splits.chain import ChainParameters, run, run_many
from bye_splits.chain.remedies import remedies
from bye_splits.chain.splits import split
from bye_splits.chain.triangular_lattice import AROUND, HEIGHT, LIMIT, Lattice
from bye_splits.chain.triangular_splits import HexagonValley
from bye_splits.settings import Clustering, Triangles

SIDE = 0.016
PARAMETERS = ChainParameters(chain="triangular")
LATTICE = Lattice(SIDE)


def at(points, mip=40.0, pt=None, layer=9):
    """Trigger cells at directions (x/z, y/z)."""
    x, y = np.array(points, dtype=float).reshape(-1, 2).T
    mip = np.broadcast_to(np.asarray(mip, dtype=float), x.shape)
    z = float(layer_z(layer))
    pt = mip / 40 if pt is None else np.broadcast_to(np.asarray(pt, dtype=float), x.shape)
    return {
        "x": x * z,
        "y": y * z,
        "z": np.full(len(x), z),
        "mipPt": mip,
        "pt": pt,
        "layer": [layer] * len(x),
    }


def in_triangle(a, b, upper=False, side=SIDE):
    """The middle of a triangle by its lower left point; the upper one is that which points down."""
    third = 2 / 3 if upper else 1 / 3
    a, b = a + third, b + third
    return side * (b + a / 2), side * HEIGHT * a


def hexagons(point, side=SIDE):
    """The hexagon of each of the three lattices that a direction is in: the nearest centre, by definition."""
    pitch = side * math.sqrt(3)
    found = []
    for shift in (0.0, side, -side):
        nearest = []
        # Rows of centres are one pitch apart, and every other one is moved by half of it. They run along y/z.
        for j in range(-40, 41):
            x = j * pitch * math.sqrt(3) / 2 + shift
            i = round(point[1] / pitch - (j % 2) / 2)
            y = (i + (j % 2) / 2) * pitch
            nearest.append((math.hypot(point[0] - x, point[1] - y), round(x, 9), round(y, 9)))
        found.append(min(nearest)[1:])
    return found


def by_loops(cells, side=SIDE, min_pt=0.5):
    """Maxima and clusters: (pass, centre, pt), and for each trigger cell the centre of its maximum."""
    of_cell = [hexagons(point, side) for point in cells["points"]]
    total = {}
    for centres, pt in zip(of_cell, cells["pt"], strict=True):
        for centre in centres:
            total[centre] = total.get(centre, 0.0) + float(pt)
    left, found = dict(total), {}
    for number in (1, 2):
        maxima = [
            centre
            for centre, pt in left.items()
            if pt > 0 and all(left[other] < pt for other in left if 0 < math.dist(centre, other) < 1.1 * side)
        ]
        found |= dict.fromkeys(maxima, number)
        for centre in maxima:
            for other in left:
                if math.dist(centre, other) < 1.1 * side:
                    left[other] = 0.0
    seeds = [[centre for centre in centres if centre in found] for centres in of_cell]
    assert max(map(len, seeds), default=0) <= 1
    kept = {centre for centre in found if total[centre] > min_pt}
    return found, total, kept, [one[0] if one else None for one in seeds]


def agrees(table, side=SIDE):
    """Compare with the loops; gives the result."""
    result = run(table, PARAMETERS.changed(triangular=Triangles(side)))
    z = np.asarray(table["z"])
    points = np.stack([np.asarray(table["x"]) / np.abs(z), np.asarray(table["y"]) / np.abs(z)], axis=-1)
    found, total, kept, centre_of_cell = by_loops({"points": points, "pt": table["pt"]}, side)
    seeds, stages = result.seeds, result.stages
    centres = list(zip(seeds.x_over_z.round(9) + 0.0, seeds.y_over_z.round(9) + 0.0, strict=True))
    expected = {(x + 0.0, y + 0.0): number for (x, y), number in found.items()}
    passes = stages.found_in[0][stages.row, stages.column]
    assert dict(zip(centres, passes.tolist(), strict=True)) == expected
    own = [
        -1 if centre is None else centres.index((centre[0] + 0.0, centre[1] + 0.0))
        for centre in centre_of_cell
    ]
    np.testing.assert_array_equal(result.seed_of_cell, own)
    pt = stages.pt[0][stages.row, stages.column]
    np.testing.assert_allclose(pt, [total[centre] for centre in _keyed(found, centres)], rtol=1e-12)
    assert len(result.clusters) == len(kept)
    np.testing.assert_allclose(result.clusters.pt, pt[pt > 0.5], rtol=1e-12)
    mip = np.bincount(result.seed_of_cell + 1, np.asarray(table["mipPt"]), len(seeds) + 1)[1:]
    np.testing.assert_allclose(seeds.energy, mip, rtol=1e-12)
    return result


def _keyed(found, centres):
    known = {(x + 0.0, y + 0.0): (x, y) for x, y in found}
    return [known[centre] for centre in centres]


@pytest.mark.parametrize("size", [(1, 50), (4, 250), (0, 200), (9, 600)], ids=str)
def test_as_the_definition(size):
    result = agrees(random_event(np.random.default_rng(sum(size)), *size))
    assert set(result.stages.found_in[0][result.stages.row, result.stages.column]) == {1, 2}
    assert (result.seed_of_cell < 0).any()


def test_as_the_definition_with_larger_triangles():
    assert len(agrees(random_event(np.random.default_rng(5), 4, 200), 0.03).seeds) > 3


@quick(60)
@given(
    st.lists(
        st.tuples(
            st.integers(8, 13), st.integers(8, 13), st.booleans(), st.sampled_from([0.0, 1.0, 1.0, 2.0, 4.0])
        ),
        min_size=1,
        max_size=40,
    )
)
def test_as_the_definition_with_equal_sums(triangles):
    *where, pt = zip(*triangles, strict=True)
    agrees(at([in_triangle(*one) for one in zip(*where, strict=True)], np.array(pt) * 40, pt))


@quick(200)
@given(st.floats(-LIMIT, LIMIT), st.floats(-LIMIT, LIMIT))
def test_the_corners_of_a_triangle_are_the_nearest_centres(x, y):
    """A direction is in the triangle of its corners, and all of its lattice's neighbours exist."""
    (places,) = LATTICE.corners(np.array([x]), np.array([y]))
    row, column = np.divmod(places, LATTICE.shape[1])
    corner_x, corner_y = LATTICE.place(row, column)
    rows, columns = np.indices(LATTICE.shape)
    away = np.hypot(*(a - b for a, b in zip(LATTICE.place(rows, columns), (x, y), strict=True))).ravel()
    assert np.hypot(corner_x - x, corner_y - y).max() == pytest.approx(np.sort(away)[2], abs=1e-12)
    assert (np.minimum(row, column) >= 1).all()
    assert (row < LATTICE.shape[0] - 1).all()
    assert (column < LATTICE.shape[1] - 1).all()


def test_neighbours_are_one_side_away_in_order():
    x, y = (
        values - centre
        for values, centre in zip(
            LATTICE.place(*(np.array(AROUND) + LATTICE.middle).T), LATTICE.place(*LATTICE.middle), strict=True
        )
    )
    np.testing.assert_allclose(np.hypot(x, y), SIDE)
    np.testing.assert_allclose(np.degrees(np.arctan2(y, x)) % 360, 60.0 * np.arange(6), atol=1e-9)


def _turned(table, degrees=0.0, mirrored=False):
    angle = math.radians(degrees)
    x, y = np.asarray(table["x"]), np.asarray(table["y"]) * (-1 if mirrored else 1)
    return table.assign(
        x=x * math.cos(angle) - y * math.sin(angle), y=x * math.sin(angle) + y * math.cos(angle)
    )


@pytest.mark.parametrize(
    ("degrees", "mirrored"), [(60, False), (120, False), (240, False), (0, True), (60, True)]
)
def test_turned_and_mirrored_as_from_one_sector_to_another(degrees, mirrored):
    table = random_event(np.random.default_rng(3), 5, 300)
    before, after = run(table, PARAMETERS), run(_turned(table, degrees, mirrored), PARAMETERS)
    assert len(before.clusters) > 5
    np.testing.assert_allclose(np.sort(after.clusters.pt), np.sort(before.clusters.pt), rtol=1e-9)
    paired = np.unique(np.stack([before.seed_of_cell, after.seed_of_cell]), axis=1)
    assert len(paired[0]) == len(before.seeds) + 1  # one to one, those without a seed among them


def test_a_move_by_whole_sides_moves_the_clusters():
    points = [in_triangle(a, b, up) for a, b, up in product(range(4), range(4), (False, True))]
    pt = np.random.default_rng(4).integers(1, 30, len(points))
    moved = [(x + 7 * SIDE - 5 * SIDE / 2, y + 5 * SIDE * HEIGHT) for x, y in points]
    before, after = (run(at(where, pt * 40.0, pt), PARAMETERS) for where in (points, moved))
    assert len(before.seeds) > 2
    np.testing.assert_allclose(after.seeds.x_over_z - before.seeds.x_over_z, 7 * SIDE - 5 * SIDE / 2)
    np.testing.assert_array_equal(before.seed_of_cell, after.seed_of_cell)


@pytest.mark.parametrize("n", [1, 3])
def test_trigger_cells_of_one_triangle_are_in_three_equal_hexagons_of_which_none_is_a_maximum(n):
    result = run(at([in_triangle(10, 10)] * n, 400.0), PARAMETERS)
    assert (len(result.seeds), result.seed_of_cell.tolist()) == (0, [-1] * n)
    assert result.stages.pt.max() == 10.0 * n
    assert result.stages.why_no_seed(20.0) == (
        f"No hexagon has more pt than each of its six neighbours: the highest has {10 * n} GeV."
    )
    assert run(at([]), PARAMETERS).stages.why_no_seed(20.0) == "No hexagon has any pt."


def test_the_smallest_surplus_decides_between_two_neighbours():
    """Three triangles in a row: the hexagon around their common corner wins, unless another one ties."""
    row = [in_triangle(10, 10), in_triangle(10, 9, True), in_triangle(10, 9)]
    result = run(at(row, 400.0, [1.0, 8.0, np.nextafter(0, 1)]), PARAMETERS)
    # The corner (10, 10) has all three; with nothing in the third, the one above it has as much.
    assert len(result.seeds) == 0
    result = run(at(row, 400.0, [1.0, 8.0, 1e-9]), PARAMETERS)
    assert result.seed_of_cell.tolist() == [0, 0, 0]
    assert result.clusters.pt.tolist() == pytest.approx([9.0], abs=1e-8)


def test_the_second_pass_has_the_hexagons_that_are_no_neighbours_of_a_maximum():
    """A peak, and two sides from it a hexagon with less than the one between them, which is emptied."""
    around = {  # triangles by their lower left point, and their pt
        (10, 10, False): 50.0, (10, 9, True): 50.0, (10, 9, False): 50.0,
        (9, 10, False): 5.0, (9, 9, True): 50.0, (9, 10, True): 40.0,
        (10, 11, False): 3.0, (10, 12, False): 4.0, (10, 11, True): 3.0,
    }  # fmt: skip
    table = at([in_triangle(*where) for where in around], 100.0, list(around.values()))
    result = agrees(table)
    stages = result.stages
    assert stages.found_in[0][stages.row, stages.column].tolist() == [1, 2]
    first, second = zip(stages.row - LATTICE.middle[0], stages.column - LATTICE.middle[1], strict=True)
    assert (first, second) == ((10, 10), (10, 12))
    between = 10 + LATTICE.middle[0], 11 + LATTICE.middle[1]
    assert stages.pt[0][between] > stages.pt[0][stages.row[1], stages.column[1]]
    assert stages.emptied[0][between]
    assert not stages.emptied[0][stages.row[1], stages.column[1]]


def test_clusters_have_more_than_the_smallest_pt_and_no_seed_threshold():
    row = [in_triangle(10, 10), in_triangle(10, 9, True), in_triangle(10, 9)]
    for pt, kept in ((0.1, 0), (1 / 6, 0), (0.17, 1)):
        result = run(at(row, 0.1, pt), PARAMETERS)
        assert (len(result.seeds), len(result.clusters)) == (1, kept)
    other = PARAMETERS.changed(
        cluster=Clustering(min_pt=0.2), seed_threshold=900.0, seed_window=3, radius=0.0
    )
    result = run(at(row, 0.1, 0.1), other.changed(association="energy_split"))
    assert result.clusters.n_cells.tolist() == [3]
    assert not result.shared
    assert result.shares.seed.tolist() == [0, 0, 0]


def test_trigger_cells_beyond_the_lattice_are_not_clustered():
    inside, beyond = in_triangle(0, 36), (LIMIT + 0.001, 0.0)
    points = [inside, in_triangle(0, 35, True), in_triangle(0, 35), beyond, (0.0, -2.0), (30.0, 1e4)]
    result = run(at(points, 100.0), PARAMETERS)
    assert result.seed_of_cell.tolist() == [0, 0, 0, -1, -1, -1]
    assert result.stages.outside.tolist() == [3]


def test_both_endcaps_and_double_precision():
    table = random_event(np.random.default_rng(6), 4, 300)
    plus = run(table, PARAMETERS)
    minus = run(table.assign(z=-table.z), PARAMETERS)
    np.testing.assert_array_equal(plus.seed_of_cell, minus.seed_of_cell)
    wide = run(table, PARAMETERS.changed(legacy=True))
    assert (wide.seed_of_cell == plus.seed_of_cell).mean() > 0.999


def test_many_events_have_their_own_sums():
    table, event = several_events(2, [(3, 200)] * 20)
    many = run_many(table, event, PARAMETERS)
    for number in (0, 7, 19):
        alone = run(table[event == number], PARAMETERS)
        np.testing.assert_array_equal(many.seed_of_cell[event == number], alone.seed_of_cell)
        assert alone.clusters.pt.tolist() == many.clusters.pt[many.clusters.event == number].tolist()


def test_a_split_has_the_hexagons_between_its_seeds():
    around = [(a, b, up) for a, b in ((10, 26), (10, 30)) for up in (False, True)]
    around += [(10, 25, True), (10, 29, True), (10, 28, False)]
    points = [in_triangle(*one) for one in around]
    table = at(points, 100.0, [4.0, 9.0, 4.0, 8.0, 5.0, 3.0, 1.0])
    result = run(table, PARAMETERS)
    assert len(result.clusters) == 2
    direction = result.clusters.eta.mean(), result.clusters.phi.mean()
    found = split(result, *direction)
    assert isinstance(found.valley, HexagonValley)
    ends = [0, -1]
    assert {*zip(found.valley.row[ends], found.valley.column[ends], strict=True)} == {
        *zip(result.stages.row, result.stages.column, strict=True)
    }
    steps = np.diff([found.valley.row, found.valley.column], axis=1).T
    assert {tuple(step) for step in steps.tolist()} <= set(AROUND)
    assert 0 <= found.valley.ratio < 1
    assert [won.found_in for won in found.edges] == [1, 1]
    assert all(0 < won.next < 1 for won in found.edges)
    tried = remedies(table, result, *direction)  # none of the parameters that it changes is used
    assert (tried.found, tried.limits, tried.runs) == ({}, {}, 0)
