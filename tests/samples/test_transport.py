"""The way to the calorimeter: the bend, the vertex, bremsstrahlung."""

import numpy as np
import pytest

from bye_splits.samples import transport


def folded(angle):
    return (angle + np.pi) % (2 * np.pi) - np.pi


def turn(particles):
    face = transport.at_face(particles)
    return folded(np.arctan2(face.y, face.x) - particles.phi)


@pytest.mark.parametrize(("pt", "eta", "bend"), [(10, 2.0, 0.0506), (5, 2.0, 0.1012), (2, 1.6, 0.386)])
def test_position_bends_as_a_helix_does(shoot, rng, pt, eta, bend):
    for pid, sign in ((211, -1), (-211, 1), (11, 1), (-11, -1), (22, 0)):
        np.testing.assert_allclose(turn(shoot(pid, pt, eta, 20, rng)), sign * bend, atol=0.001)


def test_two_steps_on_a_helix_are_one(shoot, rng):
    pions = shoot(211, 3.0, 2.2, 50, rng)
    arguments = (pions.eta, pions.charge, pions.pt)
    start = transport.Track(np.zeros(50), np.zeros(50), np.zeros(50), pions.phi)
    once = transport.advance(start, 320.0, *arguments)
    twice = transport.advance(transport.advance(start, 111.0, *arguments), 320.0, *arguments)
    for name in ("x", "y", "z", "phi"):
        np.testing.assert_allclose(getattr(once, name), getattr(twice, name), atol=1e-9)


def test_a_displaced_vertex_shifts_eta(shoot, rng):
    photons = shoot(22, 10, 2.0, 5, rng)
    photons.vertex_z[:] = 5.0
    face = transport.at_face(photons)
    eta = np.arcsinh(face.z / np.hypot(face.x, face.y))
    np.testing.assert_allclose(eta, np.arcsinh(322.1 * np.sinh(2.0) / 317.1), atol=1e-9)


def test_bremsstrahlung_keeps_the_energy_and_loses_the_expected_share(shoot, rng):
    electrons = shoot(11, 40, 2.0, 20_000, rng)
    track, energy, parent, photon_track, photon_energy = transport.radiate(electrons, rng)
    total = energy + np.bincount(parent, photon_energy, len(energy))
    np.testing.assert_allclose(total, electrons.energy)
    left = np.exp(-transport.tracker_material(2.0) / np.tanh(2.0))  # the mean of exp(-Gamma(t / ln 2))
    assert np.mean(energy / electrons.energy) == pytest.approx(left, abs=0.01)
    assert track.x.shape == energy.shape
    assert photon_track.x.shape == photon_energy.shape


@pytest.mark.parametrize("pid", [11, -11])
def test_radiated_photons_land_on_the_side_that_the_electron_bends_away_from(shoot, rng, pid):
    electrons = shoot(pid, 10, 2.0, 2000, rng)
    track, _, parent, photon, _ = transport.radiate(electrons, rng)
    beside = folded(np.arctan2(photon.y, photon.x) - np.arctan2(track.y, track.x)[parent])
    assert (beside * electrons.charge[parent] > 0).mean() > 0.97  # all but those whose electron curls up
