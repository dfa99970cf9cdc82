"""What must hold whatever the event: normalisation, symmetries, monotony, accounting."""

import numpy as np
import pytest
from chain_events import at, quick, random_event
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bye_splits.chain import ChainParameters, run
from bye_splits.chain.histogram import N_PHI, N_RZ, PHI_EDGES, RZ_EDGES, STAGE2
from bye_splits.chain.local_maxima import local_maxima
from bye_splits.chain.seed_rule import SmoothedBins
from bye_splits.chain.smoothing import smooth

CONSTANT = 1.71538  # area of a trigger cell over that of a bin of the first row
kernels = st.sampled_from(["default", "flat_top"])
chains = st.sampled_from(["default", "coarse_seeding"])
associations = st.sampled_from(["min_distance", "max_energy"])
windows = st.integers(1, 3)
histograms = arrays.arrays(
    np.float64, (N_RZ, N_PHI), elements=st.sampled_from([0.0, 3.0, 40.0, 80.0, 200.0]), fill=st.just(0.0)
)
turns = st.integers(0, N_PHI - 1)


@st.composite
def events(draw):
    """Events of some showers and single trigger cells; their positions have no ties."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return random_event(rng, draw(st.integers(0, 6)), draw(st.integers(1, 150)))


@st.composite
def bin_centres(draw):
    """Trigger cells in the middle of bins, and those bins."""
    n = draw(st.integers(1, 25))
    numbers = [draw(st.lists(st.integers(0, most), min_size=n, max_size=n)) for most in (N_RZ - 1, 11)]
    i, j = np.array(numbers) + np.array([[0], [draw(st.integers(0, N_PHI - 12))]])
    mip = np.array(draw(st.lists(st.sampled_from([5, 40, 80, 81, 200]), min_size=n, max_size=n)))
    return i, j, mip, np.array(draw(st.lists(st.sampled_from([5, 9, 30]), min_size=n, max_size=n)))


def in_bins(i, j, mip, layer):
    middle = [(edges[1:] + edges[:-1]) / 2 for edges in (RZ_EDGES, PHI_EDGES)]
    return at(middle[0][i], middle[1][np.asarray(j) % N_PHI], mip, layer)


def maxima(smoothed, threshold=20.0, window=1):
    """(rz_bin, phi_bin) of the seeds, in order."""
    _, i, j = local_maxima(SmoothedBins(smoothed[None]), threshold, window)
    return list(zip(i.tolist(), j.tolist(), strict=True))


def partition(seed_of_cell):
    """Which trigger cells belong together, whatever the seeds' numbers."""
    found = {}
    for cell, seed in enumerate(seed_of_cell.tolist()):
        found.setdefault(seed, set()).add(cell)
    loose = frozenset(found.pop(-1, ()))
    return loose, {frozenset(cells) for cells in found.values()}


# Histogram and smoothing


@pytest.mark.parametrize("kernel", ["default", "flat_top"])
@pytest.mark.parametrize("row", range(N_RZ))
def test_one_deposit_is_smoothed_to_a_known_sum(kernel, row):
    deposit = np.zeros((N_RZ, N_PHI))
    deposit[row, 100] = 1.0
    # 1.8583 and 1.5724 where a share goes to an edge row, or comes from one.
    edge = {0: 1 / 1.5 + 0.25, 1: 0.5 + 0.25 + 0.5 / 1.5}
    factor = edge.get(min(row, N_RZ - 1 - row), 1.0)
    assert smooth(deposit, kernel=kernel).sum() == pytest.approx(CONSTANT * factor, rel=5e-6)


def test_response_of_a_lone_bin():
    """The middle bin's share, from the facts of each width of the sum."""
    for row, response in ((1, 0.292), (4, 0.298), (7, 0.312), (13, 0.343), (28, 0.429)):
        deposit = np.zeros((N_RZ, N_PHI))
        deposit[row, 3] = 1.0
        assert smooth(deposit)[row, 3] == pytest.approx(response, abs=6e-4)
    deposit = np.zeros((N_RZ, N_PHI))
    deposit[0, 3] = 1.0
    assert smooth(deposit)[0, 3] == pytest.approx(0.289 * 4 / 3, abs=6e-4)


@quick(15)
@given(events(), kernels)
def test_sums(table, kernel):
    result = run(table, ChainParameters(kernel=kernel))
    rz = np.hypot(table.x, table.y) / table.z
    inside = (rz >= 0.076) & (rz < 0.58)
    assert result.outside == (~inside).sum()
    assert result.histogram.sum() == pytest.approx(table.mipPt[inside].sum(), rel=1e-6)
    interior = result.histogram.copy()
    interior[[0, 1, -2, -1]] = 0
    assert smooth(interior, kernel=kernel).sum() == pytest.approx(CONSTANT * interior.sum(), rel=5e-6)


# Symmetries


@quick(25)
@given(histograms, turns, kernels, windows)
def test_rotated_histogram(histogram, turn, kernel, window):
    smoothed = smooth(histogram, kernel=kernel)
    turned = smooth(np.roll(histogram, turn, axis=1), kernel=kernel)
    np.testing.assert_array_equal(turned, np.roll(smoothed, turn, axis=1))
    expected = sorted((i, (j + turn) % N_PHI) for i, j in maxima(smoothed, window=window))
    assert maxima(turned, window=window) == expected


@quick(25)
@given(bin_centres(), turns, associations)
def test_rotated_event(placed, turn, association):
    i, j, mip, layer = placed
    parameters = ChainParameters(association=association, radius=0.017)
    first = run(in_bins(i, j, mip, layer), parameters)
    second = run(in_bins(i, j + turn, mip, layer), parameters)
    np.testing.assert_allclose(second.histogram, np.roll(first.histogram, turn, axis=1))
    shifted = sorted(
        (a, (b + turn) % N_PHI) for a, b in zip(first.seeds.rz_bin, first.seeds.phi_bin, strict=True)
    )
    assert shifted == list(zip(second.seeds.rz_bin, second.seeds.phi_bin, strict=True))
    # Equal distances, and equal energies, are decided by rounding and by order.
    cells = in_bins(i, j, mip, layer)
    x, y = (first.seeds[f"{q}_over_z"].to_numpy() - (cells[q] / cells.z).to_numpy()[:, None] for q in "xy")
    nearest = np.sort(np.hypot(x, y), axis=1)[:, :2]
    assume(len(first.seeds) < 2 or (np.diff(nearest) > 1e-9).all())
    assume(first.seeds.energy.round(9).is_unique)
    assert partition(first.seed_of_cell) == partition(second.seed_of_cell)
    np.testing.assert_allclose(np.sort(first.clusters.energy), np.sort(second.clusters.energy))


@quick(25)
@given(histograms, kernels)
def test_mirrored_histogram(histogram, kernel):
    smoothed = smooth(histogram, kernel=kernel)
    mirrored = smooth(histogram[:, ::-1], kernel=kernel)
    np.testing.assert_array_equal(mirrored, smoothed[:, ::-1])


@quick(20)
@given(events(), chains, associations)
def test_mirrored_event(table, name, association):
    parameters = ChainParameters(chain=name, association=association)
    first, second = run(table, parameters), run(table.assign(y=-table.y), parameters)
    np.testing.assert_array_equal(second.smoothed > 20, first.smoothed[:, ::-1] > 20)
    assert len(first.seeds) == len(second.seeds)
    assert partition(first.seed_of_cell) == partition(second.seed_of_cell)
    np.testing.assert_allclose(np.sort(first.seeds.y_over_z), np.sort(-second.seeds.y_over_z))
    np.testing.assert_allclose(np.sort(first.clusters.energy), np.sort(second.clusters.energy))


@quick(15)
@given(events(), chains, associations)
def test_the_other_endcap(table, name, association):
    parameters = ChainParameters(chain=name, association=association)
    first, second = run(table, parameters), run(table.assign(z=-table.z), parameters)
    np.testing.assert_array_equal(first.smoothed, second.smoothed)
    np.testing.assert_array_equal(first.seed_of_cell, second.seed_of_cell)
    assert first.seeds.equals(second.seeds)
    flipped = second.clusters.assign(z=-second.clusters.z, eta=-second.clusters.eta)
    assert first.clusters.equals(flipped)


@quick(15)
@given(events(), chains, st.integers(0, 1000))
def test_permuted(table, name, seed):
    parameters = ChainParameters(chain=name)
    order = np.random.default_rng(seed).permutation(len(table))
    first, second = run(table, parameters), run(table.iloc[order], parameters)
    np.testing.assert_array_equal(second.seed_of_cell, first.seed_of_cell[order])
    np.testing.assert_allclose(second.smoothed, first.smoothed, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(second.seeds, first.seeds, rtol=1e-6)
    np.testing.assert_allclose(second.clusters, first.clusters, rtol=1e-6)


@quick(15)
@given(events(), chains, st.data())
def test_a_trigger_cell_in_two_halves(table, name, data):
    cell = data.draw(st.integers(0, len(table) - 1))
    parameters = ChainParameters(chain=name)
    halves = table.iloc[[*range(len(table)), cell]].reset_index(drop=True)
    for column in ("mipPt", "pt"):
        halves.loc[[cell, len(table)], column] /= 2
    first, second = run(table, parameters), run(halves, parameters)
    assert second.seed_of_cell[-1] == second.seed_of_cell[cell]
    np.testing.assert_array_equal(second.seed_of_cell[:-1], first.seed_of_cell)
    np.testing.assert_allclose(second.seeds, first.seeds, rtol=1e-6)
    np.testing.assert_allclose(
        second.clusters.drop(columns="n_cells"), first.clusters.drop(columns="n_cells"), rtol=1e-6
    )


@quick(15)
@given(events(), kernels, st.sampled_from([0.125, 0.5, 4.0, 1.37]))
def test_scaled(table, kernel, scale):
    """All mipPt and the threshold times a factor: the same seeds and clusters, to the last bit for 2^n."""
    first = run(table, ChainParameters(kernel=kernel))
    second = run(
        table.assign(mipPt=table.mipPt * scale), ChainParameters(kernel=kernel, seed_threshold=20 * scale)
    )
    rounding = 1e-6 if scale == 1.37 else 0
    np.testing.assert_allclose(second.smoothed, first.smoothed * scale, rtol=rounding)
    assert second.seeds[["rz_bin", "phi_bin"]].equals(first.seeds[["rz_bin", "phi_bin"]])
    np.testing.assert_array_equal(second.seed_of_cell, first.seed_of_cell)
    np.testing.assert_allclose(second.clusters, first.clusters, rtol=rounding)


# Seeds and clusters


@quick(40)
@given(histograms, kernels, windows, st.sampled_from([0.0, 20.0, 60.0]))
def test_seeds_are_maxima_and_never_adjacent(histogram, kernel, window, threshold):
    smoothed = smooth(histogram, kernel=kernel)
    seeds = maxima(smoothed, threshold, window)
    for i, j in seeds:
        rows = smoothed[max(i - 1, 0) : i + 2]
        around = rows[:, np.arange(j - window, j + window + 1) % N_PHI]
        assert smoothed[i, j] > threshold
        assert smoothed[i, j] == around.max()
    for a, (i, j) in enumerate(seeds):
        for k, m in seeds[a + 1 :]:
            apart = abs((j - m + N_PHI // 2) % N_PHI - N_PHI // 2)
            assert abs(i - k) > 1 or apart > window
    if not histogram.any():
        assert not seeds


@quick(15)
@given(events(), chains, st.floats(0, 100), st.floats(0, 100))
def test_a_higher_threshold_gives_fewer_seeds(table, name, low, high):
    low, high = sorted((low, high))
    many, few = (run(table, ChainParameters(chain=name, seed_threshold=t)).seeds for t in (low, high))
    np.testing.assert_array_equal(few, many[many.energy > high])


@quick(20)
@given(events(), chains, associations)
def test_accounting(table, name, association):
    result = run(table, ChainParameters(chain=name, association=association))
    assert result.seed_of_cell.shape == (len(table),)
    assert ((result.seed_of_cell >= -1) & (result.seed_of_cell < len(result.seeds))).all()
    pt = np.array([table.pt[result.seed_of_cell == s].sum() for s in range(len(result.seeds))])
    kept = np.flatnonzero(pt > 0.5)
    np.testing.assert_array_equal(result.clusters.seed, kept)
    np.testing.assert_allclose(result.clusters.pt, pt[kept])
    assert result.clusters.pt.sum() <= table.pt.sum() * (1 + 1e-12)
    assert result.clusters.n_cells.sum() == (result.cluster_of_cell >= 0).sum()
    np.testing.assert_array_equal(
        np.bincount(result.cluster_of_cell[result.cluster_of_cell >= 0], minlength=len(kept)),
        result.clusters.n_cells,
    )


@quick(20)
@given(events(), chains, associations, st.floats(0, 0.2), st.floats(0, 0.2))
def test_a_larger_radius_clusters_more(table, name, association, small, large):
    small, large = sorted((small, large))
    parameters = ChainParameters(chain=name, association=association)
    inner, outer = (run(table, parameters.changed(radius=r)) for r in (small, large))
    np.testing.assert_array_equal(inner.seeds, outer.seeds)
    assert not ((inner.seed_of_cell >= 0) & (outer.seed_of_cell < 0)).any()
    if association == "min_distance":
        both = (inner.seed_of_cell >= 0) & (outer.seed_of_cell >= 0)
        np.testing.assert_array_equal(inner.seed_of_cell[both], outer.seed_of_cell[both])


@quick(15)
@given(events(), chains, associations)
def test_no_radius_and_any(table, name, association):
    parameters = ChainParameters(chain=name, association=association)
    none = run(table, parameters.changed(radius=0.0))
    assert (none.seed_of_cell == -1).all()
    assert len(none.clusters) == 0
    everything = run(table, parameters.changed(radius=100.0))
    seeds = everything.seeds
    if not len(seeds):
        assert (everything.seed_of_cell == -1).all()
    elif association == "max_energy":
        assert (everything.seed_of_cell == seeds.energy.argmax()).all()
    else:
        x, y = ((table[q] / table.z).to_numpy()[:, None] - seeds[f"{q}_over_z"].to_numpy() for q in "xy")
        np.testing.assert_array_equal(everything.seed_of_cell, np.hypot(x, y).argmin(axis=1))


@quick(20)
@given(events(), st.floats(0.005, 0.3))
def test_with_one_seed_both_associations_are_the_same(table, radius):
    highest = run(table, ChainParameters(seed_threshold=0.0)).smoothed
    second = np.sort(run(table, ChainParameters(seed_threshold=0.0)).seeds.energy)
    threshold = float(second[-2]) if len(second) > 1 else 0.0
    assert threshold < highest.max()
    one = ChainParameters(seed_threshold=threshold, radius=radius)
    near, strong = run(table, one), run(table, one.changed(association="max_energy"))
    assert len(near.seeds) == 1
    np.testing.assert_array_equal(near.seed_of_cell, strong.seed_of_cell)
    assert near.clusters.equals(strong.clusters)


def test_the_grid():
    assert STAGE2.n_bins == 42 * 216
    np.testing.assert_allclose(np.diff(RZ_EDGES), 0.012)
    np.testing.assert_allclose(np.diff(PHI_EDGES), 0.029089, atol=1e-6)
