"""Electromagnetic showers: longitudinal and radial profiles with fluctuations, shared over the layers."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammainc

from .absorber import Absorber
from .deposits import LANDAU_SHAPE, Deposits

CRITICAL_ENERGY = 5.36e-3
"""GeV, of the CE-E stack. [HGCAL-FastShower]"""

Z_EFFECTIVE = 65.0
"""Effective atomic number of the absorbers, 60 to 70 (textbook estimate)."""

_Z_ACTIVE = 14.0
_E_HAT = 1 / (1 + 0.007 * (Z_EFFECTIVE - _Z_ACTIVE))
SAMPLING_FREQUENCY = 1 / 0.93
"""Samplings per radiation length: all layers of CE-E sample the shower, the trigger reads every other one."""

CAP_IN_MOLIERE_RADII = 5.0


@dataclass(frozen=True, kw_only=True)
class Axes:
    """Straight lines along which showers develop, and the energy that each carries.

    Attributes
    ----------
    event : int64, shape (n,), index of the event in its block
    energy : float64, shape (n,), GeV
    x, y : float64, shape (n,), cm, position of the axis at `z`
    z : float64, shape (n,), cm
    slope_x, slope_y : float64, shape (n,), dx/dz and dy/dz
    start : float64, shape (n,), X0 along z at which the shower starts
    """

    event: np.ndarray
    energy: np.ndarray
    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    slope_x: np.ndarray
    slope_y: np.ndarray
    start: np.ndarray

    def at(self, row: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """x and y [cm], shape of `row`, where the axes of index `row` cross the planes z."""
        dz = z - self.z[row]
        return self.x[row] + self.slope_x[row] * dz, self.y[row] + self.slope_y[row] * dz

    @property
    def cosine(self) -> np.ndarray:
        """Cosine of the angle to the z axis, float64, shape (n,): path = dz / cosine."""
        return 1 / np.sqrt(1 + self.slope_x**2 + self.slope_y**2)


def conversion_depth(n: int, rng: np.random.Generator) -> np.ndarray:
    """Depth before a photon's first pair, float64, shape (n,), X0 along the axis: exponential, mean 9/7."""
    return rng.exponential(9 / 7, n)


def longitudinal_parameters(energy: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Shape of each shower's longitudinal profile, with its correlated fluctuations.

    Parameters
    ----------
    energy : float array, shape (n,), GeV
    rng : numpy.random.Generator

    Returns
    -------
    alpha, t_max : float64, shape (n,): dE/dt ~ t^(alpha-1) exp(-(alpha-1) t / t_max), t in X0 along the axis

    Notes
    -----
    <T> = -1.396 + 1.007 ln y, <alpha> = -0.0433 + 0.540 ln y, y = E / Ec; ln T and ln alpha are normal with
    sigmas 1/(-2.506 + 1.245 ln y), 1/(-0.8442 + 0.7904 ln y) and correlation 0.7858 - 0.0232 ln y
    [HGCAL-FastShower]. Below y = 30 the parametrisation is not valid, and its values at y = 30 are used.
    """
    ln_y = np.log(np.maximum(energy / CRITICAL_ENERGY, 30.0))
    mean_t, mean_alpha = -1.396 + 1.007 * ln_y, -0.0433 + 0.540 * ln_y
    sigma_t, sigma_alpha = 1 / (-2.506 + 1.245 * ln_y), 1 / (-0.8442 + 0.7904 * ln_y)
    rho = 0.7858 - 0.0232 * ln_y
    first, second = rng.standard_normal((2, len(energy)))
    log_t = np.log(mean_t) + sigma_t * first
    log_alpha = np.log(mean_alpha) + sigma_alpha * (rho * first + np.sqrt(1 - rho**2) * second)
    return np.maximum(np.exp(log_alpha), 1.05), np.exp(log_t)


def radial_parameters(energy: np.ndarray, tau: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Core and tail of the radial profile.

    Parameters
    ----------
    energy : float array, shape (n,), GeV
    tau : float array, shape (n,), depth in the shower in units of its maximum

    Returns
    -------
    core, tail : float64, shape (n,), median radii in Moliere radii
    core_share : float64, shape (n,), in [0, 1]

    Notes
    -----
    Grindhammer and Peters, hep-ex/0001020, for sampling calorimeters.
    """
    log_e = np.log(np.clip(energy, 0.5, 2000.0))
    z, lack, per_sampling = Z_EFFECTIVE, 1 - _E_HAT, 1 / SAMPLING_FREQUENCY
    tau = np.minimum(tau, 4.0)
    core = 0.0251 + 0.00319 * log_e + (0.1162 - 0.000381 * z) * tau
    core += -0.0203 * lack + 0.0397 * per_sampling * np.exp(-tau)
    k1, k2, k3, k4 = 0.659 - 0.00309 * z, 0.645, -2.59, 0.3585 + 0.0412 * log_e
    tail = k1 * (np.exp(k3 * (tau - k2)) + np.exp(k4 * (tau - k2)))
    tail += -0.14 * lack - 0.495 * per_sampling * np.exp(-tau)
    p1, p2, p3 = 2.632 - 0.00094 * z, 0.401 + 0.00187 * z, 1.313 - 0.0686 * log_e
    share = p1 * np.exp((p2 - tau) / p3 - np.exp((p2 - tau) / p3))
    share += lack * (0.348 - 0.642 * per_sampling * np.exp(-((tau - 1) ** 2)))
    return np.maximum(core, 0.01), np.maximum(tail, core), np.clip(share, 0.0, 1.0)


def deposits(axes: Axes, absorber: Absorber, rng: np.random.Generator) -> Deposits:
    """Mean longitudinal sharing, Poisson numbers of MIPs and radial profiles of electromagnetic showers.

    Parameters
    ----------
    axes : Axes, n showers
    absorber : Absorber
    rng : numpy.random.Generator

    Returns
    -------
    Deposits, only groups with at least one deposit

    Notes
    -----
    Layer i gets the share of the profile between the mid-points to its neighbours and then
    Poisson(E f_i / (GeV per MIP of the layer)) deposits of one MIP on average: the calibrated sum equals
    the shower's energy, apart from leakage, thresholds and the edges of the detector.
    """
    alpha, t_max = longitudinal_parameters(axes.energy, rng)
    cosine = axes.cosine
    slope = (alpha - 1) / t_max
    depth = (absorber.x0_edges[None] - axes.start[:, None]) / cosine[:, None]
    np.maximum(depth, 0.0, out=depth)
    share = np.diff(gammainc(alpha[:, None], slope[:, None] * depth), axis=1)
    count = rng.poisson(axes.energy[:, None] * share * absorber.mips_per_gev)
    row, layer = np.nonzero(count)
    tau = np.maximum(absorber.x0[layer] - axes.start[row], 0.0) / (cosine[row] * t_max[row])
    core, tail, core_share = radial_parameters(axes.energy[row], tau)
    x, y = axes.at(row, absorber.z[layer])
    moliere = absorber.moliere_radius[layer]
    single = np.ones(len(row), dtype=np.float32)
    return Deposits(
        event=axes.event[row],
        layer=layer,
        count=count[row, layer],
        mips=single,
        shape=LANDAU_SHAPE * single,
        x=x.astype(np.float32),
        y=y.astype(np.float32),
        core=(core * moliere).astype(np.float32),
        tail=(tail * moliere).astype(np.float32),
        core_share=core_share.astype(np.float32),
        cap=CAP_IN_MOLIERE_RADII * moliere,
    )
