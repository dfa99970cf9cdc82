"""Simulate deposits of particles: propagation to the calorimeter, and shower, by kind of particle."""

import numpy as np

from bye_splits.geometry import Geometry

from . import hadrons, showers, transport
from .absorber import Absorber, absorber_of
from .deposits import Deposits, in_trigger_cells
from .showers import Axes
from .transport import Particles, Track


def deposits(particles: Particles, absorber: Absorber, rng: np.random.Generator) -> Deposits:
    """All deposits of a mixture of photons, electrons and charged pions.

    Parameters
    ----------
    particles : Particles, n
    absorber : Absorber
    rng : numpy.random.Generator

    Returns
    -------
    Deposits
    """
    kind = np.abs(particles.pid)
    parts = []
    if (kind == 22).any():
        parts.append(showers.deposits(_photons(particles.some(kind == 22), rng), absorber, rng))
    if (kind == 11).any():
        parts.append(showers.deposits(_electrons(particles.some(kind == 11), rng), absorber, rng))
    if (kind == 211).any():
        pions = particles.some(kind == 211)
        track = transport.at_face(pions)
        axes = _axes(pions.event, pions.energy, track, pions.eta, 0.0)
        parts.append(hadrons.deposits(axes, absorber, rng))
    return Deposits.joined(parts)


def trigger_cell_mips(
    particles: Particles, geometry: Geometry, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """MIPs per (event, trigger cell), sorted; see `deposits.in_trigger_cells`."""
    absorber = absorber_of(geometry)
    return in_trigger_cells(deposits(particles, absorber, rng), geometry, absorber.z, rng)


def _axes(
    event: np.ndarray, energy: np.ndarray, track: Track, eta: np.ndarray, start: np.ndarray | float
) -> Axes:
    """Straight lines from the face; bending inside the calorimeter is neglected."""
    tan = 1 / np.sinh(eta)
    return Axes(
        event=event,
        energy=energy,
        x=track.x,
        y=track.y,
        z=track.z,
        slope_x=tan * np.cos(track.phi),
        slope_y=tan * np.sin(track.phi),
        start=np.broadcast_to(start, energy.shape),
    )


def _photons(photons: Particles, rng: np.random.Generator) -> Axes:
    start = showers.conversion_depth(len(photons.pt), rng) * np.tanh(photons.eta)
    return _axes(photons.event, photons.energy, transport.at_face(photons), photons.eta, start)


def _electrons(electrons: Particles, rng: np.random.Generator) -> Axes:
    """The electrons after bremsstrahlung, then the photons that they radiated."""
    track, energy, parent, photon_track, photon_energy = transport.radiate(electrons, rng)
    eta = np.concatenate([electrons.eta, electrons.eta[parent]])
    start = showers.conversion_depth(len(parent), rng) * np.tanh(electrons.eta[parent])
    together = Track(
        *(
            np.concatenate([getattr(track, name), getattr(photon_track, name)])
            for name in ("x", "y", "z", "phi")
        )
    )
    return _axes(
        np.concatenate([electrons.event, electrons.event[parent]]),
        np.concatenate([energy, photon_energy]),
        together,
        eta,
        np.concatenate([np.zeros(len(energy)), start]),
    )
