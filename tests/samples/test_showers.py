"""Electromagnetic and hadronic showers against what is known of them."""

import numpy as np
import pytest

from bye_splits.geometry import Geometry
from bye_splits.samples import deposits, hadrons, pileup, showers, simulation
from bye_splits.samples.absorber import absorber_of

# Toy benchmark: pt -> number of trigger cells above 0.5 mipT in CE-E, and sum of pt / generated pt, at eta
# 1.7, 2.1, 2.7. It was made with an exponential radial profile; Grindhammer and Peters' has a wider tail,
# which gives more cells and leaves more energy below threshold.
BENCHMARK = {
    5: ((37, 40, 39), (0.97, 0.95, 0.92)),
    20: ((81, 83, 92), (0.98, 0.97, 0.96)),
    50: ((131, 141, 148), (0.984, 0.979, 0.969)),
    100: ((187, 199, 211), (0.986, 0.980, 0.974)),
}
SPREAD = {5: 0.08, 20: 0.045, 50: 0.032, 100: 0.028}


ABSORBER = absorber_of(Geometry.v11())


class Rings:
    """A detector of rings of 1 mm around the z axis, whatever the layer."""

    def covering(self, x, y, z):
        return (np.hypot(x, y) * 10).astype(np.int64)


def axes(energy, eta, n):
    zero = np.zeros(n)
    slope = np.full(n, 1 / np.sinh(eta))
    return showers.Axes(
        event=np.arange(n),
        energy=np.full(n, float(energy)),
        x=zero,
        y=zero,
        z=zero + 322.1,
        slope_x=slope,
        slope_y=zero,
        start=zero,
    )


def energy_of(groups, n):
    """Calibrated energy of the mean deposits, per event."""
    gev = groups.count * groups.mips / ABSORBER.mips_per_gev[groups.layer]
    return np.bincount(groups.event, gev, n)


@pytest.mark.parametrize("energy", [1, 10, 100])
def test_an_electromagnetic_shower_closes_before_thresholds(rng, energy):
    n = 3000 // energy + 300
    response = energy_of(showers.deposits(axes(energy, 2.1, n), ABSORBER, rng), n) / energy
    error = response.std() / np.sqrt(n)
    assert response.mean() == pytest.approx(1, abs=0.004 + 4 * error)


def test_resolution_is_that_of_a_sampling_calorimeter_read_every_other_layer(shoot, geometry, columns, rng):
    energy, n = 50.0, 500
    photons = shoot(22, energy / np.cosh(2.1), 2.1, n, rng)
    event, cell, mips, _ = simulation.trigger_cell_mips(photons, geometry, rng)
    total = np.bincount(event, mips * columns.gev_per_mip[cell], n)
    assert 0.18 < total.std() / total.mean() * np.sqrt(energy) < 0.32


def test_shower_maximum_deepens_with_the_logarithm_of_the_energy(rng):
    def depth(energy):
        groups = showers.deposits(axes(energy, 2.1, 200), ABSORBER, rng)
        return np.average(
            ABSORBER.x0[groups.layer], weights=groups.count / ABSORBER.mips_per_gev[groups.layer]
        )

    d1, d10, d100 = depth(1), depth(10), depth(100)
    assert 1.7 < d10 - d1 < 3.0
    assert 1.7 < d100 - d10 < 3.0


def test_nine_tenths_of_a_shower_are_within_a_moliere_radius(rng):
    n = 100
    straight = axes(50, 2.1, n)
    along_z = showers.Axes(**{**vars(straight), "slope_x": np.zeros(n)})
    groups = showers.deposits(along_z, ABSORBER, rng)
    _, ring, mips, lost = deposits.in_trigger_cells(groups.some(groups.layer < 14), Rings(), ABSORBER.z, rng)
    assert lost == 0
    assert ring.max() <= 10 * showers.CAP_IN_MOLIERE_RADII * 3
    assert 0.82 < mips[ring < 30].sum() / mips.sum() < 0.95


@pytest.mark.parametrize("pt", BENCHMARK)
def test_photons_against_the_benchmark(shoot, measure, rng, pt):
    n = 60
    for eta, cells, response in zip((1.7, 2.1, 2.7), *BENCHMARK[pt], strict=True):
        event, tc = measure(shoot(22, pt, eta, n, rng), rng)
        cee = tc["layer"] <= 28
        assert (tc["mipPt"] > 0.5).all()
        count = np.bincount(event[cee], minlength=n)
        share = np.bincount(event[cee], tc["pt"][cee], n) / pt
        assert 1.0 < count.mean() / cells < 1.6
        assert -0.06 < share.mean() - response < 0.01
        assert share.std() < SPREAD[pt]


def test_bremsstrahlung_widens_showers_in_phi_alone(shoot, measure, rng):
    def widths(pid):
        event, tc = measure(shoot(pid, 10, 2.0, 150, rng), rng)

        def width(values):
            weight = tc["pt"]
            total = np.bincount(event, weight)
            mean = np.bincount(event, weight * values) / total
            return np.median(np.sqrt(np.bincount(event, weight * values**2) / total - mean**2))

        mean_phi = np.arctan2(np.bincount(event, tc["y"]), np.bincount(event, tc["x"]))
        phi = (tc["phi"].astype(float) - mean_phi[event] + np.pi) % (2 * np.pi) - np.pi
        return width(phi), width(tc["eta"].astype(float))

    electron_phi, electron_eta = widths(11)
    photon_phi, photon_eta = widths(22)
    assert electron_phi > 1.3 * photon_phi
    assert electron_eta < 1.2 * photon_eta


def test_pions_start_late_reach_the_back_and_the_scintillator(shoot, measure, rng):
    n = 150
    event, tc = measure(shoot(211, 60, 1.75, n, rng), rng)
    cee = tc["layer"] <= 28
    total = np.bincount(event, tc["pt"], n) / 60
    front = np.bincount(event, tc["pt"] * cee, n) / 60
    assert 0.6 < total.mean() < 0.95
    assert total.std() > 0.05
    assert 0.15 < (front < 0.05).mean() < 0.45  # as a minimum-ionising particle through CE-E
    assert front.mean() < 0.5
    assert (tc["waferu"] == -999).sum() > n
    assert tc["layer"].max() == 50


def test_a_pion_leaves_one_mip_in_each_layer_before_it_interacts(rng):
    n = 4000
    groups = hadrons.deposits(axes(100, 2.0, n), ABSORBER, rng)
    track = groups.shape == np.float32(deposits.TRACK_SHAPE)
    np.testing.assert_allclose(groups.mips[track], 1 / np.tanh(2.0), rtol=1e-6)
    assert (groups.count[track] == 1).all()
    reached = np.bincount(groups.layer[track], minlength=36) / n
    expected = np.exp(-ABSORBER.interaction / np.tanh(2.0))
    np.testing.assert_allclose(reached, expected, atol=4 * np.sqrt(0.25 / n))


def test_a_slow_pion_stops(rng):
    groups = hadrons.deposits(axes(0.3, 2.0, 500), ABSORBER, rng)
    track = groups.shape == np.float32(deposits.TRACK_SHAPE)
    lost = ABSORBER.gev_of_mip[groups.layer[track]] / np.tanh(2.0)
    assert 0.2 < lost.max() < 0.32
    assert energy_of(groups, 500).mean() < 0.4


def test_pileup_has_its_multiplicity_and_fills_an_endcap(measure, rng):
    soft = pileup.particles(2, 200, rng)
    photons, hadrons_ = (np.abs(soft.pid) == pid for pid in (22, 211))
    expected = 2 * 200 * 5.5 * 1.8
    for kind, mean_pt in ((photons, 0.45), (hadrons_, 0.65)):
        assert kind.sum() == pytest.approx(expected, rel=0.2)  # the number of collisions fluctuates, too
        assert soft.pt[kind].mean() == pytest.approx(mean_pt, rel=0.05)
    assert abs((soft.pid == 211).sum() - (soft.pid == -211).sum()) < 6 * np.sqrt(hadrons_.sum())
    event, tc = measure(soft, rng)
    count = np.bincount(event[tc["layer"] <= 28])
    assert ((count > 17_000) & (count < 32_000)).all()


def test_no_pileup_is_no_particles(rng):
    assert len(pileup.particles(5, 0, rng).pt) == 0
