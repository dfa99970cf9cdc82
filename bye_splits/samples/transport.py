"""Transport to the calorimeter's face: vertex, bending in the field, bremsstrahlung in the tracker."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

FACE = 322.1
"""cm, z at which a particle's position on the calorimeter is quoted (exeta, exphi)."""

_CURVATURE = 0.3 * 3.8 / 100
"""GeV/cm: dphi/dz = -charge * _CURVATURE / pz in the field of 3.8 T."""

VERTEX_SIGMA = 4.5
"""cm, spread of the collisions along the beam (textbook value, 4 to 5)."""

_SLABS = 12
_TRACKER = (4.0, 290.0)  # cm, range in z over which the tracker's material is spread
_MIN_PHOTON = 0.03  # GeV; softer photons are not separated from the electron


@dataclass(frozen=True)
class Particles:
    """Particles on their way into the +z endcap.

    Attributes
    ----------
    event : int64, shape (n,), index of the event in its block
    pid : int32, shape (n,), PDG number: 22, 11, -11, 211, -211
    pt : float64, shape (n,), GeV
    eta, phi : float64, shape (n,), direction at the vertex; phi in [-pi, pi)
    vertex_z : float64, shape (n,), cm
    """

    event: np.ndarray
    pid: np.ndarray
    pt: np.ndarray
    eta: np.ndarray
    phi: np.ndarray
    vertex_z: np.ndarray

    @property
    def charge(self) -> np.ndarray:
        """int64, shape (n,); PDG numbers are positive for the electron and for the positive pion."""
        sign = np.sign(self.pid)
        return np.where(np.abs(self.pid) == 11, -sign, np.where(self.pid == 22, 0, sign)).astype(np.int64)

    @property
    def energy(self) -> np.ndarray:
        """float64, shape (n,), GeV; masses are neglected."""
        return self.pt * np.cosh(self.eta)

    def some(self, which: np.ndarray) -> "Particles":
        """The particles that a boolean or index array selects."""
        return Particles(*(getattr(self, f.name)[which] for f in fields(self)))

    @classmethod
    def joined(cls, parts: Sequence["Particles"]) -> "Particles":
        """All particles of several tables, as one table."""
        return cls(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)))


@dataclass(frozen=True)
class Track:
    """Positions x, y, z [cm] and directions phi of tracks; all float64, shape (n,)."""

    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    phi: np.ndarray


def advance(
    track: Track, z: np.ndarray | float, eta: np.ndarray, charge: np.ndarray | int, pt: np.ndarray | float
) -> Track:
    """Follow helices in the uniform field up to the planes z.

    Parameters
    ----------
    track : Track, shape (n,)
    z : float or float array, shape (n,), cm
    eta, charge, pt : arrays, shape (n,); pt in GeV, charge 0 for straight lines

    Returns
    -------
    Track, shape (n,)

    Notes
    -----
    R = 2 rho sin(alpha / 2) with rho = pt / (0.3 B), alpha = dz / (rho sinh eta): the chord of the arc, along
    the mean direction. The field is taken as uniform up to the calorimeter.
    """
    dz = z - track.z
    turn = -charge * _CURVATURE * dz / (pt * np.sinh(eta))
    chord = dz / np.sinh(eta) * np.sinc(turn / (2 * np.pi))
    return Track(
        x=track.x + chord * np.cos(track.phi + turn / 2),
        y=track.y + chord * np.sin(track.phi + turn / 2),
        z=np.broadcast_to(np.asarray(z, dtype=float), track.x.shape),
        phi=track.phi + turn,
    )


def at_face(particles: Particles, z: np.ndarray | float = FACE) -> Track:
    """The particles' undisturbed helices at the calorimeter's face, Track, shape (n,)."""
    return advance(_start(particles), z, particles.eta, particles.charge, particles.pt)


def _start(particles: Particles) -> Track:
    origin = np.zeros(len(particles.pt))
    return Track(origin, origin, particles.vertex_z.astype(float), particles.phi)


def tracker_material(eta: np.ndarray) -> np.ndarray:
    """Tracker material in front of the endcap, float64, shape (n,), X0.

    Falls from 1.8 X0 at eta 1.5 to 1.0 X0 at eta 3: a textbook magnitude (1 to 2 X0), not a measured map.
    """
    return np.clip(1.8 - 0.53 * (np.asarray(eta) - 1.5), 0.8, 1.8)


def radiate(
    electrons: Particles, rng: np.random.Generator
) -> tuple[Track, np.ndarray, np.ndarray, Track, np.ndarray]:
    """Bremsstrahlung of electrons in the tracker, in `_SLABS` thin slabs of material.

    Parameters
    ----------
    electrons : Particles, n of charge +-1
    rng : numpy.random.Generator

    Returns
    -------
    track : Track, shape (n,), the electrons at the face
    energy : float64, shape (n,), GeV, their remaining energy there
    parent : int64, shape (m,), index into `electrons` of each radiated photon
    photon_track : Track, shape (m,), the photons at the face
    photon_energy : float64, shape (m,), GeV

    Notes
    -----
    In t radiation lengths -ln(E_out / E_in) is Gamma(t / ln 2) [Bethe and Heitler]. A photon leaves along the
    tangent, while the electron continues with a smaller radius: photons arrive at another phi.
    """
    eta, charge = electrons.eta, electrons.charge
    thickness = tracker_material(eta) / np.tanh(eta) / _SLABS
    energy = electrons.energy
    track = _start(electrons)
    middles = np.linspace(*_TRACKER, 2 * _SLABS + 1)[1::2]
    radiated, photons = [], []
    for z in middles:
        track = advance(track, z, eta, charge, energy / np.cosh(eta))
        lost = -np.expm1(-rng.gamma(thickness / np.log(2)))
        photon = energy * np.where(lost * energy > _MIN_PHOTON, np.minimum(lost, 0.999), 0.0)
        energy = energy - photon
        radiated.append(photon)
        photons.append(advance(track, FACE, eta, 0, 1.0))
    energies = np.stack(radiated)
    slab, parent = np.nonzero(energies)
    order = np.lexsort((slab, parent))
    slab, parent = slab[order], parent[order]
    everywhere = Track(*(np.stack([getattr(t, name) for t in photons]) for name in ("x", "y", "z", "phi")))
    photon_track = Track(*(getattr(everywhere, name)[slab, parent] for name in ("x", "y", "z", "phi")))
    track = advance(track, FACE, eta, charge, energy / np.cosh(eta))
    return track, energy, parent, photon_track, energies[slab, parent]
