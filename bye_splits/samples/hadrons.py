"""Charged pions in the calorimeter: a track up to the first interaction, then a hadronic shower.

All parameters here are textbook magnitudes (PDG, Bock et al., Wigmans); none was tuned on data.
"""

import numpy as np
from scipy.special import gammainc

from .absorber import Absorber
from .deposits import LANDAU_SHAPE, TRACK_SHAPE, Deposits
from .showers import Axes
from .showers import deposits as shower_deposits

E_OVER_H = 1 / 0.7
"""Ratio of the responses to the electromagnetic part of a hadronic shower and to the rest."""

_PI0_TRANSVERSE = 0.35  # GeV, mean transverse momentum of a pi0 relative to the pion
_LATER_PI0 = 0.6  # interaction lengths behind the first interaction, mean for all but the leading pi0
_HALO_CORE, _HALO_TAIL, _HALO_CORE_SHARE, _HALO_CAP = 2.5, 9.0, 0.4, 45.0  # cm, radial profile of the rest


def deposits(axes: Axes, absorber: Absorber, rng: np.random.Generator) -> Deposits:
    """All deposits of charged pions in the trigger layers.

    Parameters
    ----------
    axes : Axes, n pions; `start` is not used
    absorber : Absorber
    rng : numpy.random.Generator

    Returns
    -------
    Deposits

    Notes
    -----
    The depth of the first interaction is exponential with one interaction length; before it, every layer sees
    one MIP / cos(theta) until the pion has lost its energy. The electromagnetic fraction has the mean
    1 - (E / GeV)^-0.18, spread as a Beta distribution; it goes into pi0s that share it evenly in phase space,
    are emitted at an angle, and shower like photons. The rest follows Bock's hadronic profile with a wide
    halo.
    """
    cosine = axes.cosine
    depth = rng.exponential(1.0, len(axes.energy))  # along the axis
    interaction = depth * cosine
    lost = np.interp(interaction, absorber.interaction_edges, absorber.gev_of_mip) / cosine
    energy = np.where(interaction < absorber.interaction_edges[-1], np.maximum(axes.energy - lost, 0.0), 0.0)
    fraction = _electromagnetic_fraction(energy, rng)
    parts = [
        _track(axes, absorber, cosine, interaction),
        _rest(axes, absorber, energy * (1 - fraction) / E_OVER_H, cosine, interaction, rng),
        shower_deposits(_pi0s(axes, absorber, energy * fraction, interaction, cosine, rng), absorber, rng),
    ]
    return Deposits.joined(parts)


def _electromagnetic_fraction(energy: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    mean = 1 - np.maximum(energy, 1.0) ** -0.18
    concentration = 3 + 1.5 * np.log(np.maximum(energy, 1.0))
    mean = np.clip(mean, 1e-3, 1 - 1e-3)
    return rng.beta(mean * concentration, (1 - mean) * concentration) * (energy > 1.0)


def _track(axes: Axes, absorber: Absorber, cosine: np.ndarray, interaction: np.ndarray) -> Deposits:
    range_ = np.interp(axes.energy * cosine, absorber.gev_of_mip, absorber.interaction_edges)
    reach = np.minimum(interaction, range_)
    row, layer = np.nonzero(absorber.interaction[None] < reach[:, None])
    x, y = axes.at(row, absorber.z[layer])
    zero, one = np.zeros(len(row), dtype=np.float32), np.ones(len(row), dtype=np.float32)
    return Deposits(
        event=axes.event[row],
        layer=layer,
        count=np.ones(len(row), dtype=np.int64),
        mips=(1 / cosine[row]).astype(np.float32),
        shape=TRACK_SHAPE * one,
        x=x.astype(np.float32),
        y=y.astype(np.float32),
        core=zero,
        tail=zero,
        core_share=one,
        cap=one,
    )


def _pi0s(
    axes: Axes,
    absorber: Absorber,
    energy: np.ndarray,
    interaction: np.ndarray,
    cosine: np.ndarray,
    rng: np.random.Generator,
) -> Axes:
    number = np.where(energy > 0.1, 1 + rng.poisson(0.8 * np.log1p(energy)), 0)
    row = np.repeat(np.arange(len(energy)), number)
    leading = np.diff(row, prepend=-1) > 0
    weight = rng.standard_exponential(len(row))
    share = weight / np.bincount(row, weight, len(energy))[row]
    energies = energy[row] * share
    later = np.where(leading, 0.0, rng.exponential(_LATER_PI0, len(row)))
    start = interaction[row] + later * cosine[row]
    start_x0 = np.interp(start, absorber.interaction_edges, absorber.x0_edges)
    z_edges = np.interp(absorber.interaction_edges, absorber.interaction, absorber.z)
    z = np.interp(start, absorber.interaction_edges, z_edges)
    x, y = axes.at(row, z)
    kick_x, kick_y = rng.normal(0, _PI0_TRANSVERSE / 1.25, (2, len(row))) / np.maximum(energies, 0.35)
    return Axes(
        event=axes.event[row],
        energy=energies,
        x=x,
        y=y,
        z=z,
        slope_x=axes.slope_x[row] + kick_x,
        slope_y=axes.slope_y[row] + kick_y,
        start=start_x0,
    )


def _rest(
    axes: Axes,
    absorber: Absorber,
    energy: np.ndarray,
    cosine: np.ndarray,
    interaction: np.ndarray,
    rng: np.random.Generator,
) -> Deposits:
    log_e = np.log(np.maximum(axes.energy, 1.0))
    alpha = (0.6165 + 0.3183 * log_e) * np.exp(rng.normal(0, 0.15, len(energy)))
    beta = np.maximum(0.9099 - 0.0237 * log_e, 0.3)
    s = np.maximum(absorber.interaction_edges[None] - interaction[:, None], 0.0) / cosine[:, None]
    share = np.diff(gammainc(alpha[:, None], beta[:, None] * s), axis=1)
    count = rng.poisson(energy[:, None] * share * absorber.mips_per_gev)
    row, layer = np.nonzero(count)
    x, y = axes.at(row, absorber.z[layer])
    one = np.ones(len(row), dtype=np.float32)
    return Deposits(
        event=axes.event[row],
        layer=layer,
        count=count[row, layer],
        mips=one,
        shape=LANDAU_SHAPE * one,
        x=x.astype(np.float32),
        y=y.astype(np.float32),
        core=_HALO_CORE * one,
        tail=_HALO_TAIL * one,
        core_share=_HALO_CORE_SHARE * one,
        cap=_HALO_CAP * one,
    )
