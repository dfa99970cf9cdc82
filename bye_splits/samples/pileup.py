"""Soft particles of the other collisions in the same bunch crossing."""

import numpy as np

from .transport import VERTEX_SIGMA, Particles

COLLISIONS = 200
_PER_ETA = 5.5  # charged hadrons per unit of eta and collision, and as many photons
_ETA = (1.4, 3.2)  # slightly wider than the endcap, so that its edges are covered
_PT_SHAPE = 1.2
_PHOTON_PT, _HADRON_PT = 0.45, 0.65  # GeV, means


def particles(n_events: int, collisions: int, rng: np.random.Generator) -> Particles:
    """Photons and charged pions of the pile-up.

    Parameters
    ----------
    n_events : int
    collisions : int, mean number of collisions per event (Poisson), 0 for none
    rng : numpy.random.Generator

    Returns
    -------
    Particles, by event

    Notes
    -----
    Per collision 5.5 charged hadrons per unit of eta (inelastic collisions at 13 TeV [CMS, arXiv:1507.05915])
    and as many photons, flat in eta, pt ~ Gamma(1.2) with means of 0.65 and 0.45 GeV: textbook magnitudes,
    not a tuned spectrum.
    """
    per_event = rng.poisson(collisions, n_events)
    width = _ETA[1] - _ETA[0]
    collision_of_event = np.repeat(np.arange(n_events), per_event)
    vertex = rng.normal(0, VERTEX_SIGMA, len(collision_of_event))
    counts = rng.poisson(_PER_ETA * width, (len(collision_of_event), 2))
    collision = np.repeat(np.arange(len(collision_of_event)), counts.sum(axis=1))
    photon = _first_of_each(counts)
    n = len(collision)
    pt = rng.gamma(_PT_SHAPE, 1 / _PT_SHAPE, n) * np.where(photon, _PHOTON_PT, _HADRON_PT)
    positive = rng.random(n) < 0.5
    return Particles(
        event=collision_of_event[collision],
        pid=np.where(photon, 22, np.where(positive, 211, -211)).astype(np.int32),
        pt=pt,
        eta=rng.uniform(*_ETA, n),
        phi=rng.uniform(-np.pi, np.pi, n),
        vertex_z=vertex[collision],
    )


def _first_of_each(counts: np.ndarray) -> np.ndarray:
    """True for the first counts[i, 0] of every counts[i].sum() entries."""
    total = counts.sum(axis=1)
    position = np.arange(total.sum()) - np.repeat(np.cumsum(total) - total, total)
    return position < np.repeat(counts[:, 0], total)
