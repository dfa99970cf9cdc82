"""Calibration of the trigger front end: from MIPs in a trigger cell to mipPt, pt and energy, and back."""

import numpy as np

from bye_splits.geometry.constants import CEE, CEH_SILICON, SCINTILLATOR

THRESHOLD = 0.5
"""Trigger cells are kept strictly above this `mipPt` [transverse MIP], as in the skims."""


def _weights() -> np.ndarray:
    weights = np.zeros(51)
    weights[1] = 8.8945
    weights[3:15:2] = 21.8758
    weights[11] = 21.8658
    weights[15:29:2] = 21.8763
    weights[29] = 83.9064
    weights[30:40] = 51.4442
    weights[40] = 69.5131
    weights[41:46] = 87.5820
    weights[46:48] = 87.2146, 86.8883
    weights[48:] = 86.9295
    return weights


MEV_PER_MIP = _weights()
"""float64, shape (51,): absorber weight of each overall layer [MeV/MIP], 0 where the layer has no trigger
cells; an odd CE-E layer carries the even one before it. [CMSSW TrgLayer_dEdX_weights, V10 and later]"""

_THICKNESS_CORRECTION = np.full(SCINTILLATOR + 1, np.nan)
_THICKNESS_CORRECTION[[CEE, CEH_SILICON, SCINTILLATOR]] = 0.77, 0.84, 0.90


def thickness_correction(subdet):
    """Divisor that CMSSW applies beside the layer weight (0.77 CE-E, 0.84 CE-H silicon, 0.90 scintillator).

    Parameters
    ----------
    subdet : int array, shape (n,), 1, 2 or 10

    Returns
    -------
    float64, shape (n,), dimensionless
    """
    return _THICKNESS_CORRECTION[subdet]


def gev_per_mip(layer, subdet):
    """Calibrated energy that one MIP in a trigger cell stands for.

    Parameters
    ----------
    layer : int array, shape (n,), overall layer, 1 to 50
    subdet : int array, shape (n,), 1, 2 or 10

    Returns
    -------
    float64, shape (n,), GeV per MIP (equally GeV of pt per transverse MIP); 0 in layers without trigger cells

    Notes
    -----
    pt [GeV] = mipPt * weight * 1e-3 / thickness correction [CMSSW HGCalTriggerCellCalibration].
    """
    return MEV_PER_MIP[layer] * 1e-3 / thickness_correction(subdet)


def calibrate(mips, layer, subdet, cosh_eta):
    """What the trigger primitives report for a number of MIPs.

    Parameters
    ----------
    mips : float array, shape (n,), MIPs in each trigger cell
    layer, subdet : int arrays, shape (n,), see `gev_per_mip`
    cosh_eta : float array, shape (n,), of the cell's position seen from the origin

    Returns
    -------
    mip_pt, pt, energy : float64, shape (n,) each; transverse MIP, GeV, GeV
    """
    mip_pt = mips / cosh_eta
    pt = mip_pt * gev_per_mip(layer, subdet)
    return mip_pt, pt, pt * cosh_eta


def calibrate_energy(energy, layer, subdet, cosh_eta):
    """The inverse reading: `mipPt` and `pt` of trigger cells whose calibrated energy is known.

    Parameters
    ----------
    energy : float array, shape (n,), GeV
    layer, subdet, cosh_eta : as in `calibrate`

    Returns
    -------
    mip_pt, pt : float64, shape (n,) each; transverse MIP, GeV
    """
    pt = energy / cosh_eta
    return pt / gev_per_mip(layer, subdet), pt
