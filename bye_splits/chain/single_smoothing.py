"""Energies of seeds with CMSSW's rounding: bins and their sums in single precision.

The chain smooths in double precision, which is faster and treats both directions of phi alike. The energies
of seeds alone are as CMSSW has them to the last digit: the shares of trigger cells follow from them.
"""

import numpy as np

from bye_splits.settings import Smoothing

from .compiled import compiled
from .histogram import Binning
from .seed_rule import Bins


@compiled
def fill_single(bin_of_cell: np.ndarray, mip: np.ndarray, histogram: np.ndarray) -> None:
    """Add mipPt to the bins of a flat histogram, float32, rounding each sum; cells outside (-1) left out."""
    for n in range(len(bin_of_cell)):
        if bin_of_cell[n] >= 0:
            histogram[bin_of_cell[n]] = np.float64(histogram[bin_of_cell[n]]) + mip[n]


@compiled
def _smoothed(
    histogram: np.ndarray,
    event: np.ndarray,
    rz_bin: np.ndarray,
    phi_bin: np.ndarray,
    sides: np.ndarray,
    area: np.ndarray,
    area_per_cell: float,
) -> np.ndarray:
    _, n_rz, n_phi = histogram.shape
    energy = np.empty(len(event))
    in_phi = np.zeros(3, dtype=np.float32)
    for s in range(len(event)):
        bins, i, j = histogram[event[s]], rz_bin[s], phi_bin[s]
        for d in range(-1, 2):
            in_phi[d + 1] = 0
            if not 0 <= i + d < n_rz:
                continue
            content = bins[i + d, j]
            for k in range(1, sides[i + d] + 1):
                content = np.float32(np.float64(content) + np.float64(bins[i + d, (j - k) % n_phi]) / 2.0**k)
                content = np.float32(np.float64(content) + np.float64(bins[i + d, (j + k) % n_phi]) / 2.0**k)
            in_phi[d + 1] = (np.float64(content) / area[i + d]) * area_per_cell
        below, here, above = np.float64(in_phi[0]), np.float64(in_phi[1]), np.float64(in_phi[2])
        weight = 1.5 if i == 0 or i == n_rz - 1 else 2.0
        energy[s] = np.float32((here + 0.5 * below + 0.5 * above) / weight)
    return energy


def single_energies(
    bin_of_cell: np.ndarray,
    mip: np.ndarray,
    n_events: int,
    seeds: Bins,
    binning: Binning,
    smoothing: Smoothing,
    norm_by_area: bool,
) -> np.ndarray:
    """Smoothed bins in single precision, with the kernel of CMSSW.

    Parameters
    ----------
    bin_of_cell : int64, shape (n,), see `seeding.Binned`
    mip : float64, shape (n,), mipPt
    seeds : event, rz_bin, phi_bin

    Returns
    -------
    float64, shape (n_seeds,), mipT, numbers of single precision

    Notes
    -----
    The order of operations is that of `fillHistoClusters`, `fillSmoothPhiHistoClusters` and
    `fillSmoothRPhiHistoClusters` [HGCalHistoSeedingImpl].
    """
    histogram = np.zeros((n_events, binning.n_rz, binning.n_phi), dtype=np.float32)
    fill_single(bin_of_cell, mip, histogram.reshape(-1))
    sides = (np.array(smoothing.bin_sums) - 1) // 2
    width = (binning.rz_max - binning.rz_min) / binning.n_rz
    rows = np.arange(binning.n_rz) if norm_by_area else np.zeros(binning.n_rz)
    low = (binning.rz_min + rows * (binning.rz_max - binning.rz_min) / binning.n_rz).astype(np.float32)
    high = (low.astype(np.float64) + width).astype(np.float32)
    ring = np.pi * (high.astype(np.float64) ** 2 - low.astype(np.float64) ** 2) / binning.n_phi
    area = (1 + 2.0 * (1 - 0.5**sides)) * ring
    return _smoothed(histogram, *seeds, sides, area, smoothing.area_per_trigger_cell)
