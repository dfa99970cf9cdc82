"""Calibration of the trigger front end: from MIPs in a trigger cell to mipPt, pt and energy, and back."""

import numpy as np

from bye_splits.geometry.constants import CEE, CEH_SILICON, SCINTILLATOR

THRESHOLD = 0.5
"""Trigger cells are kept strictly above this `mipPt` [transverse MIP], as in the skims."""

_THICKNESS_CORRECTION = np.full(SCINTILLATOR + 1, np.nan)
_THICKNESS_CORRECTION[[CEE, CEH_SILICON, SCINTILLATOR]] = 0.77, 0.84, 0.90


def thickness_correction(subdet: np.ndarray) -> np.ndarray:
    """Divisor that CMSSW applies besides the layer weight (0.77 CE-E, 0.84 CE-H silicon, 0.90 scintillator).

    Parameters
    ----------
    subdet : int array, shape (n,), 1, 2 or 10

    Returns
    -------
    float64, shape (n,), dimensionless
    """
    return _THICKNESS_CORRECTION[subdet]


def gev_per_mip(mev_per_mip: np.ndarray, subdet: np.ndarray) -> np.ndarray:
    """Calibrated energy of one MIP in a trigger cell.

    Parameters
    ----------
    mev_per_mip : float array, shape (n,), absorber weight of the cell's layer [MeV/MIP], see `Absorber`
    subdet : int array, shape (n,), 1, 2 or 10

    Returns
    -------
    float64, shape (n,), GeV per MIP (equally GeV of pt per transverse MIP)

    Notes
    -----
    pt [GeV] = mipPt * weight * 1e-3 / thickness correction [CMSSW HGCalTriggerCellCalibration].
    """
    return mev_per_mip * 1e-3 / thickness_correction(subdet)


def calibrate(
    mips: np.ndarray, gev_per_mip: np.ndarray, cosh_eta: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Quantities of trigger primitives for a number of MIPs.

    Parameters
    ----------
    mips : float array, shape (n,), MIPs in each trigger cell
    gev_per_mip : float array, shape (n,), of each cell, see the function of this name
    cosh_eta : float array, shape (n,), of the cell's position seen from the origin

    Returns
    -------
    mip_pt, pt, energy : float64, shape (n,) each; mipT, GeV, GeV
    """
    mip_pt = mips / cosh_eta
    pt = mip_pt * gev_per_mip
    return mip_pt, pt, pt * cosh_eta


def calibrate_energy(
    energy: np.ndarray, gev_per_mip: np.ndarray, cosh_eta: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Inverse calibration: `mipPt` and `pt` of trigger cells with known calibrated energy.

    Parameters
    ----------
    energy : float array, shape (n,), GeV
    gev_per_mip, cosh_eta : as in `calibrate`

    Returns
    -------
    mip_pt, pt : float64, shape (n,) each; mipT, GeV
    """
    pt = energy / cosh_eta
    return pt / gev_per_mip, pt
