"""Why a shower is split in coarse seeding: the valley on the lattice, and where modules end."""

import numpy as np
import pytest
from chain_events import at, toy_event

from bye_splits.chain import ChainParameters, remedies, run, splits
from bye_splits.chain.coarse_seeding import lattice, steps_to_edge, window
from bye_splits.geometry import Geometry
from bye_splits.geometry.wafers import rhombus_indices
from bye_splits.samples import toy
from bye_splits.samples.events import CellColumns
from bye_splits.settings import CoarseSeeding

COARSE = ChainParameters(chain="coarse_seeding", seed_threshold=2.0, radius=0.005)


@pytest.fixture(scope="module")
def electrons():
    """The first 50 electrons of the embedded sample."""
    geometry = Geometry.v11()
    return toy.block("electrons", 0, 11, 0, geometry, CellColumns(geometry))


def test_coarse_seeding_has_no_kernel(electrons):
    """Lattice points of a broad shower; a low threshold makes seeds of many."""
    n = first_split(electrons, COARSE)
    cells, (eta, phi, energy) = toy_event(electrons, n)
    tried = remedies.remedies(cells, run(cells, COARSE), eta, phi, energy).found
    assert list(tried) == ["association", "radius", "seed window", "seed threshold"]
    assert any(tried.values())
    for remedy in filter(None, tried.values()):
        after = run(cells, COARSE.changed(**remedy.changes))
        assert len(splits.near_particle(after, eta, phi)) == 1


def first_split(events, parameters):
    for n in range(50):
        cells, (eta, phi, _) = toy_event(events, n)
        if len(splits.near_particle(run(cells, parameters), eta, phi)) > 1:
            return n
    raise AssertionError("no split")


@pytest.mark.parametrize("module", [(0, 0), (3, -2), (-7, 4)])
def test_steps_to_the_edge_of_a_module(module):
    """The nearest point that is of no cell of the module, over the whole neighbourhood."""
    u, v = (index.ravel() for index in np.mgrid[-4:12, -4:12])
    inside = rhombus_indices(u, v)[0] >= 0
    inside &= (u >= 0) & (u < 8) & (v >= 0) & (v < 8)
    assert inside.sum() == 48
    found = steps_to_edge(*lattice(*module, u, v), *module)
    assert np.array_equal(found >= 1, inside)
    du, dv = u[inside][:, None] - u[~inside], v[inside][:, None] - v[~inside]
    steps = np.maximum.reduce([np.abs(du), np.abs(dv), np.abs(du - dv)])
    assert found[inside].tolist() == steps.min(axis=1).tolist()


def lattice_event(*points, layer=9):
    """Trigger cells (waferu, waferv, cellu, cellv, mipPt), of which the first is at (x/z, y/z) = (0.4, 0)."""
    waferu, waferv, cellu, cellv, mip = (np.array(column) for column in zip(*points, strict=True))
    u, v = lattice(waferu, waferv, cellu, cellv)
    table = at(0.4, np.zeros(len(u)), mip.astype(float), layer)
    x, y = 2.4 * (v - v[0]) * np.sqrt(3) / 2, 2.4 * (u - u[0] - (v - v[0]) / 2)
    table["x"], table["y"] = table["x"] + x, table["y"] + y
    return table.assign(waferu=waferu, waferv=waferv, cellu=cellu, cellv=cellv)


def test_a_valley_across_two_modules():
    """The upper corner of one module, and the cells that follow in V in the next one."""
    cells = lattice_event(
        *((3, 1, 6, 6, 300), (3, 1, 6, 7, 30), (3, 1, 0, 0, 1), (2, 1, 2, 1, 250), (2, 1, 2, 0, 90))
    )
    result = run(cells, ChainParameters(chain="coarse_seeding", radius=0.005))
    assert result.stages.modules["chosen"].tolist() == [True, True]
    u, v = lattice(3, 1, np.array([6, 6]), np.array([6, 7]))
    after = lattice(2, 1, 2, np.array([0, 1]))
    assert np.unique([*u, after[0]]).tolist() == [u[0]]
    assert [*v, *after[1]] == list(range(v[0], v[0] + 4))
    found = splits.split(result, float(np.arcsinh(2.5)), 0.0)
    assert found.valley.energy.tolist() == [300, 30, 90, 250]
    assert found.valley.u.tolist() == [u[0]] * 4
    assert found.valley.v.tolist() == [v[0], v[0] + 1, v[0] + 2, v[0] + 3]
    assert found.valley.looked_at.all()
    assert (found.valley.ratio, found.valley.empty, found.valley.not_looked_at) == (30 / 250, 0, 0)
    first, second = found.edges
    assert (first.waferu, first.waferv, first.steps) == (3, 1, 2)
    assert (second.waferu, second.waferv, second.steps) == (2, 1, 2)
    assert first.over_threshold == pytest.approx(331 / result.stages.modules["threshold"].max())
    assert second.over_threshold == pytest.approx(340 / result.stages.modules["threshold"].max())


def test_a_module_that_is_not_chosen_is_not_looked_at():
    """Two seeds two modules apart, with signal between that does not reach its threshold."""
    cells = lattice_event((3, 1, 6, 6, 300), (2, 0, 2, 4, 100), (1, -1, 2, 1, 250))
    near = {}
    for nearby in (False, True):
        parameters = ChainParameters(chain="coarse_seeding", radius=0.005, cs=CoarseSeeding(nearby=nearby))
        result = run(cells, parameters)
        assert sorted(result.stages.modules["chosen"]) == [False, True, True]
        near[nearby] = splits.lattice_valley(result, 0, 1)
    here = near[False]
    length = len(here.energy)
    assert here.energy[1:-1].max() == 0
    assert 0 < here.not_looked_at < length - 2
    assert here.empty == length - 2 - here.not_looked_at
    assert near[True].looked_at.all()
    assert near[True].energy.tolist()[1:-1].count(100.0) == 1
    assert here.ratio == near[True].ratio == 0


@pytest.mark.parametrize("changes", [{}, {"cs": CoarseSeeding(nearby=True)}, {"legacy": True}], ids=range(3))
def test_no_way_on_the_lattice_is_higher(electrons, changes):
    parameters = COARSE.changed(**changes)
    seen = 0
    for n in range(50):
        cells, (eta, phi, _) = toy_event(electrons, n)
        result = run(cells, parameters)
        if (found := splits.split(result, eta, phi)) is None:
            continue
        seen += 1
        valley, seeds = found.valley, result.clusters["seed"].to_numpy()[found.near[:2]]
        assert valley.energy[[0, -1]].tolist() == result.seeds["energy"].to_numpy()[seeds].tolist()
        du, dv = np.diff(valley.u), np.diff(valley.v)
        assert (np.maximum.reduce([np.abs(du), np.abs(dv), np.abs(du - dv)]) == 1).all()
        table = result.stages.lattice
        value = {(u, v): mip for u, v, mip in table[["U", "V", "mipPt"]].itertuples(index=False)}
        path = list(zip(valley.u.tolist(), valley.v.tolist(), strict=True))
        assert [value.get(point, 0.0) for point in path] == valley.energy.tolist()
        # Flood from the highest level down: the level at which the two ends meet.
        for level in sorted({*value.values(), 0.0}, reverse=True):
            reached, front = {path[0]}, [path[0]]
            while front:
                u, v = front.pop()
                for point in ((u + a, v + b) for a, b in window(1, hexagonal=True)):
                    in_box = (
                        min(path[0][0], path[-1][0]) - 1 <= point[0] <= max(path[0][0], path[-1][0]) + 1
                        and min(path[0][1], path[-1][1]) - 1 <= point[1] <= max(path[0][1], path[-1][1]) + 1
                    )
                    if in_box and point not in reached and value.get(point, 0.0) >= level:
                        reached.add(point)
                        front.append(point)
            if path[-1] in reached and level <= min(valley.energy[0], valley.energy[-1]):
                break
        assert valley.energy.min() == level
        for edge, seed in zip(found.edges, seeds, strict=True):
            row = table[table.seed == seed].iloc[0]
            assert (edge.waferu, edge.waferv) == (row.waferu, row.waferv)
            module = result.stages.modules.query("waferu == @row.waferu and waferv == @row.waferv").iloc[0]
            assert edge.over_threshold == module.mipPt / module.threshold >= 1
            assert 1 <= edge.steps <= 4
    assert seen > 5
