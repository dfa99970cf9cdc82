"""The histogram and its smoothing with CMSSW's rounding: bins and their sums in single precision.

Where bins are nearly equal, or nearly at the threshold, the last digit decides which of them are seeds.
"""

import numpy as np

from bye_splits.settings import Smoothing

from .compiled import compiled
from .histogram import STAGE2, Binning


@compiled
def fill_single(bin_of_cell: np.ndarray, mip: np.ndarray, histogram: np.ndarray) -> None:
    """Add mipPt to the bins of a flat histogram, rounding each sum; cells outside (-1) left out."""
    for n in range(len(bin_of_cell)):
        if bin_of_cell[n] >= 0:
            histogram[bin_of_cell[n]] = np.float64(histogram[bin_of_cell[n]]) + mip[n]


@compiled
def _smooth_in_phi(
    histogram: np.ndarray, sides: np.ndarray, area: np.ndarray, area_per_cell: float, summed: np.ndarray
) -> None:
    # Plain loops, as expressions of whole arrays take seconds to compile.
    n_events, n_rz, n_phi = histogram.shape
    content = np.empty(n_phi, dtype=np.float32)
    for event in range(n_events):
        for i in range(n_rz):
            weight, filled = np.float32(1), False
            for j in range(n_phi):
                content[j] = histogram[event, i, j]
                filled |= content[j] != 0
            for k in range(1, sides[i] + 1 if filled else 1):
                weight *= np.float32(0.5)
                step = k % n_phi
                for j in range(n_phi):
                    left = histogram[event, i, j - step if j >= step else j - step + n_phi]
                    right = histogram[event, i, j + step if j + step < n_phi else j + step - n_phi]
                    content[j] = (content[j] + left * weight) + right * weight
            for j in range(n_phi):
                summed[event, i, j] = (np.float64(content[j]) / area[i]) * area_per_cell


@compiled
def _smooth_in_rz(summed: np.ndarray, smoothed: np.ndarray) -> None:
    n_events, n_rz, n_phi = summed.shape
    for event in range(n_events):
        for i in range(n_rz):
            has_below, has_above = i > 0, i < n_rz - 1
            weight = 2.0 if has_below and has_above else 1.5
            for j in range(n_phi):
                below = np.float64(summed[event, i - 1, j]) if has_below else 0.0
                above = np.float64(summed[event, i + 1, j]) if has_above else 0.0
                total = np.float64(summed[event, i, j]) + 0.5 * below + 0.5 * above
                smoothed[event, i, j] = np.float32(total / weight)


def smooth_single(
    histogram: np.ndarray,
    smoothing: Smoothing = Smoothing(),  # noqa: B008 - frozen
    norm_by_area: bool = False,
    binning: Binning = STAGE2,
) -> np.ndarray:
    """Smooth histograms as `smoothing.smooth` with the kernel of CMSSW, to its last digit.

    Parameters
    ----------
    histogram : float32, shape (n_events, n_rz, n_phi), mipT, contiguous

    Returns
    -------
    float64, same shape, mipT, numbers of single precision

    Notes
    -----
    The order of operations is that of `fillSmoothPhiHistoClusters` and `fillSmoothRPhiHistoClusters`
    [HGCalHistoSeedingImpl]: the bins on the left and on the right are added in turns, so that a mirrored
    histogram does not give quite the mirrored result.
    """
    sides = (np.array(smoothing.bin_sums) - 1) // 2
    width = (binning.rz_max - binning.rz_min) / binning.n_rz
    rows = np.arange(binning.n_rz) if norm_by_area else np.zeros(binning.n_rz)
    low = (binning.rz_min + rows * (binning.rz_max - binning.rz_min) / binning.n_rz).astype(np.float32)
    high = (low.astype(np.float64) + width).astype(np.float32)
    ring = np.pi * (high.astype(np.float64) ** 2 - low.astype(np.float64) ** 2) / binning.n_phi
    if not norm_by_area:  # CMSSW's area_10pct_
        ring = ring.astype(np.float32).astype(np.float64)
    area = (1 + 2.0 * (1 - 0.5**sides)) * ring
    summed, smoothed = np.empty_like(histogram), np.empty(histogram.shape)
    _smooth_in_phi(histogram, sides, area, smoothing.area_per_trigger_cell, summed)
    _smooth_in_rz(summed, smoothed)
    return smoothed
