"""Why a shower is split: the clusters near the particle, the valley between, what makes one of them."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from chain_events import at, toy_event

from bye_splits.chain import ChainParameters, remedies, run, splits
from bye_splits.chain.histogram import STAGE2
from bye_splits.chain.remedies import Remedies, around
from bye_splits.chain.smoothing import widened, width_of
from bye_splits.geometry import Geometry
from bye_splits.samples import toy
from bye_splits.samples.events import CellColumns

BIN = 2 * np.pi / 216
RZ = 0.076 + 10.5 * 0.012
ETA = float(np.arcsinh(1 / RZ))
SPLIT, WHOLE = 40, 0  # positions of two electrons in the toy sample


def at_bins(phi_bins, mip, rz=RZ):
    """Trigger cells in the middle of phi bins, counted from phi = 0."""
    return at(rz, (np.asarray(phi_bins) + 0.5) * BIN, mip)


@pytest.fixture(scope="module")
def electrons():
    """The first 50 electrons of the embedded sample."""
    geometry = Geometry.v11()
    return toy.block("electrons", 0, 11, 0, geometry, CellColumns(geometry))


@pytest.fixture(scope="module")
def crowded(electrons):
    """A split electron among the trigger cells of an event with pile-up."""
    geometry = Geometry.v11()
    pileup = toy_event(toy.block("photons", 200, 11, 0, geometry, CellColumns(geometry)), 0)[0]
    cells, particle = toy_event(electrons, SPLIT)
    return pd.concat([cells, pileup], ignore_index=True), particle


# -- near the particle -----------------------------------------------------------------------------------


def test_clusters_near_the_particle_are_sorted_by_pt_around_phi():
    cells = at_bins([106, 106, -106, 100], [80.0, 70.0, 200.0, 300.0])
    result = run(cells, ChainParameters(radius=0.01))
    near = splits.near_particle(result, ETA, np.pi)
    assert result.clusters["pt"][near].tolist() == [5.0, 3.75]
    assert len(result.clusters) == 3
    assert splits.near_particle(result, -ETA, np.pi).tolist() == []
    assert splits.near_particle(result, ETA, np.pi, distance=0.5).tolist() == [
        *np.argsort(-result.clusters["pt"])
    ]


def test_a_shower_in_one_cluster_is_no_split(electrons):
    cells, (eta, phi, energy) = toy_event(electrons, WHOLE)
    result = run(cells)
    assert len(splits.near_particle(result, eta, phi)) == 1
    assert splits.split(result, eta, phi) is None
    assert remedies.remedies(cells, result, eta, phi, energy) == Remedies({}, {}, 0)


# -- the valley ------------------------------------------------------------------------------------------


def test_valley_of_two_peaks():
    result = run(at_bins([-2, 2], [400.0, 240.0]))
    found = splits.split(result, ETA, 0.5 * BIN)
    valley = found.valley
    assert valley.rz_bin.tolist() == [10] * 5
    assert valley.phi_bin.tolist() == [106, 107, 108, 109, 110]
    assert valley.energy.tolist() == result.smoothed[10, 106:111].tolist()
    assert valley.filled.tolist() == [400, 0, 0, 0, 240]
    assert valley.empty == 3
    # over the kernel's sum: 240 at the lower peak, 400/4 + 240/4 in the middle, 400/8 + 240/2 beside it
    assert valley.ratio == pytest.approx(160 / 240)


def test_the_valley_goes_the_short_way_around_phi():
    result = run(at_bins([106, -106], [400.0, 240.0]))
    valley = splits.split(result, ETA, np.pi - 0.01).valley
    assert valley.phi_bin.tolist() == [214, 215, 0, 1, 2]
    assert valley.empty == 3


def _paths_lowest(box, start, end):
    """The highest lowest bin of all ways, by opening bins from the highest down."""
    for level in np.sort(box.ravel())[::-1]:
        reached, front = {start}, [start]
        while front:
            i, j = front.pop()
            for k in itertools.product((i - 1, i, i + 1), (j - 1, j, j + 1)):
                inside = 0 <= k[0] < box.shape[0] and 0 <= k[1] < box.shape[1]
                if inside and k not in reached and box[k] >= level:
                    reached.add(k)
                    front.append(k)
        if end in reached and box[start] >= level:
            return level
    raise AssertionError("no way")


@pytest.mark.parametrize("seed", range(8))
def test_no_way_between_the_seeds_is_higher(seed):
    rng = np.random.default_rng(seed)
    n = 150
    cells = at(RZ + rng.normal(0, 0.02, n), rng.normal(0, 0.12, n), rng.exponential(20, n) + 1)
    result = run(cells, ChainParameters(seed_threshold=1.0))
    order = np.argsort(-result.seeds["energy"].to_numpy())
    for first, second in itertools.combinations(order[:4], 2):
        valley = splits.valley(result, first, second)
        ends = [(result.seeds["rz_bin"][s], result.seeds["phi_bin"][s]) for s in (first, second)]
        bins = list(zip(valley.rz_bin, valley.phi_bin, strict=True))
        assert [bins[0], bins[-1]] == ends
        assert len(set(bins)) == len(bins)
        step = np.abs([np.diff(valley.rz_bin), np.diff(valley.phi_bin)])
        assert step.max() == 1
        assert valley.energy.tolist() == [result.smoothed[b] for b in bins]
        low = np.min(ends, axis=0) - 1
        high = np.max(ends, axis=0) + 2
        box = result.smoothed[low[0] : high[0], low[1] : high[1]]
        start, end = (tuple(np.array(e) - low) for e in ends)
        assert valley.energy.min() == _paths_lowest(box, start, end)


def test_distance_to_the_edges():
    """A seed in the middle of its phi bin and a tenth above a row's edge."""
    rz = STAGE2.rz_edges[10] + 0.1 * 0.012
    result = run(at_bins([-2, 2], [400.0, 240.0], rz=rz))
    for edge in splits.split(result, float(np.arcsinh(1 / rz)), 0.5 * BIN).edges:
        assert edge.rz == pytest.approx(0.0012, rel=1e-5)  # directions are in single precision
        assert edge.rz_part == pytest.approx(0.1, rel=1e-5)
        assert edge.phi == pytest.approx(BIN / 2, rel=1e-5)
        assert edge.phi_part == pytest.approx(0.5, rel=1e-5)


# -- remedies --------------------------------------------------------------------------------------------


def test_a_split_electron_and_what_makes_it_one(electrons):
    cells, (eta, phi, energy) = toy_event(electrons, SPLIT)
    result = run(cells)
    found = splits.split(result, eta, phi)
    assert len(found.near) == 2
    assert found.valley.ratio == pytest.approx(0.83, abs=0.005)
    assert found.valley.empty == 1
    tried = remedies.remedies(cells, result, eta, phi, energy)
    assert list(tried.found) == [
        "association",
        "radius",
        "kernel",
        "kernel width",
        "seed window",
        "seed threshold",
    ]
    assert tried.runs <= 60
    for label, remedy in tried.found.items():
        if remedy is None:
            continue
        assert remedy.label == label
        after = run(cells, result.parameters.changed(**remedy.changes))
        near = splits.near_particle(after, eta, phi)
        assert len(near) == remedy.near == 1
        assert remedy.response == pytest.approx(after.clusters["energy"][near[0]] / energy)
    # a bit less would not do
    lower = result.seeds["energy"].min()
    assert lower <= tried.found["seed threshold"].value < lower + 0.1
    assert tried.found["seed window"].changes == {"seed_window": 2}
    assert tried.found["association"].changes == {"association": "max_energy"}
    assert tried.found["kernel"].changes == {"kernel": "flat_top"}
    # a radius that needs the other association is found although that alone helps
    assert tried.found["radius"].changes == {"radius": 0.013, "association": "max_energy"}
    assert tried.found["kernel width"] is None
    assert tried.limits == {
        "association": "max_energy",
        "radius": 0.2,
        "kernel": "flat_top",
        "kernel width": 20,
        "seed window": 8,
        "seed threshold": tried.found["seed threshold"].value,
    }


@pytest.mark.parametrize(
    "parameters",
    [
        ChainParameters(),
        ChainParameters(radius=0.04),
        ChainParameters(radius=0.012, association="max_energy"),
        ChainParameters(chain="coarse_seeding", seed_threshold=5.0),
    ],
    ids=range(4),
)
def test_the_radius_is_the_smallest_that_joins(electrons, parameters):
    """Radii from the smallest on; where fragments are lost, not joined, the nearest seeds' are lost too."""
    seen = 0
    for n in range(50):
        cells, (eta, phi, _) = toy_event(electrons, n)
        result = run(cells, parameters)
        if len(splits.near_particle(result, eta, phi)) < 2:
            continue
        seen += 1
        tried = remedies.remedies(cells, result, eta, phi)

        def near(radius, association, cells=cells, eta=eta, phi=phi):
            made = run(cells, parameters.changed(radius=radius, association=association))
            return len(splits.near_particle(made, eta, phi))

        steps = (round(0.001 * step, 3) for step in range(1, 60))
        joins = next(r for r in steps if near(r, "max_energy") == 1 and near(r, "min_distance") > 1)
        assert tried.found["radius"].value == joins
        assert tried.found["radius"].changes == {"radius": joins, "association": "max_energy"}
        assert ("association" in tried.limits) == (parameters.association == "min_distance")
    assert seen


def test_no_radius_joins_clusters_of_the_nearest_seeds(electrons):
    """What the search takes for granted."""
    cells, (eta, phi, _) = toy_event(electrons, SPLIT)
    for radius in (0.02, 0.03, 0.05, 0.1, 0.2):
        assert len(splits.near_particle(run(cells, ChainParameters(radius=radius)), eta, phi)) == 2


def test_a_wider_kernel_may_help():
    """With sums of one bin, three bins apart have nothing in common; with some more they have."""
    rng = np.random.default_rng(1)
    phi = np.concatenate([rng.normal(-0.04, 0.008, 60), rng.normal(0.04, 0.008, 60), rng.uniform(-1, 1, 60)])
    smooth = replace(ChainParameters().smooth, bin_sums=(1,) * 42)
    parameters = ChainParameters(smooth=smooth, kernel="flat_top", radius=0.02)
    cells = at(RZ, phi, 10.0)
    result = run(cells, parameters)
    remedy = remedies.remedies(cells, result, ETA, 0.0).found["kernel width"]
    assert remedy.value in range(2, remedies.WIDEST + 1, 2)
    assert remedy.changes["smooth"].bin_sums == (1 + remedy.value,) * 42
    for more in range(2, remedy.value + 1, 2):
        wider = parameters.changed(smooth=replace(smooth, bin_sums=(1 + more,) * 42))
        assert (len(splits.near_particle(run(cells, wider), ETA, 0.0)) == 1) == (more == remedy.value)


@pytest.mark.parametrize("present", [-40, -4, 0])
def test_the_kernels_width_counts_from_what_is_configured(present):
    """Also from one whose rows were cut to one bin; the first row is not the widest."""
    configured = (1,) * 20 + tuple(range(3, 47, 2))
    rng = np.random.default_rng(1)
    phi = np.concatenate([rng.normal(-0.04, 0.008, 60), rng.normal(0.04, 0.008, 60), rng.uniform(-1, 1, 60)])
    smooth = replace(ChainParameters().smooth, bin_sums=widened(configured, present))
    parameters = ChainParameters(smooth=smooth, kernel="flat_top", radius=0.02)
    cells = at(RZ, phi, 10.0)
    result, eta = run(cells, parameters), ETA
    assert len(splits.near_particle(result, eta, 0.0)) > 1
    tried = remedies.remedies(cells, result, eta, 0.0, None, configured)
    remedy = tried.found["kernel width"]

    def near(more):
        wider = parameters.changed(smooth=replace(smooth, bin_sums=widened(configured, more)))
        return len(splits.near_particle(run(cells, wider), eta, 0.0))

    helps = [more for more in range(present + 2, remedies.WIDEST + 1, 2) if near(more) == 1]
    assert remedy.value == helps[0]
    assert remedy.changes["smooth"].bin_sums == widened(configured, helps[0])
    assert width_of(remedy.changes["smooth"].bin_sums, configured) == helps[0]


@pytest.mark.parametrize("present", [20, 24])
def test_what_is_beyond_the_range_already_is_not_searched(electrons, present):
    cells, (eta, phi, _) = toy_event(electrons, SPLIT)
    configured = ChainParameters().smooth.bin_sums
    smooth = replace(ChainParameters().smooth, bin_sums=widened(configured, present))
    result = run(cells, ChainParameters(smooth=smooth, seed_window=1))
    if len(splits.near_particle(result, eta, phi)) < 2:
        pytest.skip("not split")
    tried = remedies.remedies(cells, result, eta, phi, None, configured)
    assert tried.found["kernel width"] is None
    assert tried.limits["kernel width"] == present


# -- many trigger cells ----------------------------------------------------------------------------------

VARIANTS = [
    ChainParameters(),
    ChainParameters(kernel="flat_top", seed_window=8),
    ChainParameters(
        kernel="flat_top",
        smooth=replace(
            ChainParameters().smooth,
            bin_sums=widened(ChainParameters().smooth.bin_sums, remedies.WIDEST),
        ),
    ),
    ChainParameters(association="max_energy", radius=0.05, seed_threshold=40.0),
    ChainParameters(chain="coarse_seeding"),
    ChainParameters(chain="coarse_seeding", seed_window=8),
]


@pytest.mark.parametrize("parameters", VARIANTS, ids=range(len(VARIANTS)))
@pytest.mark.parametrize("eta", [1.6, 2.1, 2.79])
def test_seeds_and_clusters_near_the_particle_do_not_depend_on_those_far_away(crowded, parameters, eta):
    cells, (_, phi, _) = crowded
    rows = around(cells, eta, phi)
    assert len(rows) < 0.5 * len(cells)
    whole, part = run(cells, parameters), run(cells.iloc[rows], parameters)
    near = [splits.near_particle(result, eta, phi) for result in (whole, part)]
    for table in ("clusters", "seeds"):
        kept = []
        for result, mine in zip((whole, part), near, strict=True):
            chosen = mine if table == "clusters" else result.clusters["seed"].to_numpy()[mine]
            kept.append(getattr(result, table).iloc[chosen].drop(columns="seed", errors="ignore").to_numpy())
        np.testing.assert_allclose(kept[0], kept[1], rtol=1e-12)


def test_remedies_in_pileup_hold_for_the_whole_event(crowded):
    cells, (eta, phi, energy) = crowded
    assert len(cells) > remedies.MANY
    result = run(cells)
    assert len(splits.near_particle(result, eta, phi)) >= 2
    tried = remedies.remedies(cells, result, eta, phi, energy)
    assert tried.runs <= 70
    assert any(tried.found.values())
    for remedy in filter(None, tried.found.values()):
        after = run(cells, ChainParameters().changed(**remedy.changes))
        near = splits.near_particle(after, eta, phi)
        assert len(near) == 1
        assert remedy.response == after.clusters["energy"][near[0]] / energy
