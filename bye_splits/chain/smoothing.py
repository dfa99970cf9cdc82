"""Smoothing of the (R/z, phi) histogram, first in phi, then in R/z."""

from collections.abc import Callable, Sequence

import numpy as np

from bye_splits.errors import variant
from bye_splits.settings import Smoothing

from .histogram import STAGE2, Binning

CMSSW_KERNEL = "default"
KERNELS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    CMSSW_KERNEL: lambda k: 0.5**k,
    "flat_top": lambda k: 0.5 ** np.maximum(k - 1, 0),
}
"""Weight of the bins at distance k [bins] in phi; the first kernel is the default, and CMSSW's."""

# CMSSW: `bin1_10pct = (int)0.1 * nBins1_`; as the cast comes first, the area is always that of row 0.
_REFERENCE_ROW = 0


def phi_weights(bin_sums: Sequence[int], kernel: str) -> np.ndarray:
    """Weights of the sum in phi.

    Parameters
    ----------
    bin_sums : odd ints, number of bins to sum for each R/z bin
    kernel : one of `KERNELS`: "default", 1/2^abs(k), or "flat_top", 1 for abs(k) <= 1 and 1/2^(abs(k) - 1)
        beyond

    Returns
    -------
    float64, shape (n_rz, n + 1): weight of the bins at distance k = 0 to n, 0 beyond a row's own sum

    Raises
    ------
    ChainError : there is no such kernel
    """
    reach = (np.asarray(bin_sums) - 1) // 2
    k = np.arange(reach.max() + 1)
    weight = variant(KERNELS, kernel, "kernel")(k)
    return np.where(k <= reach[:, None], weight, 0.0)


def row_factors(smoothing: Smoothing, kernel: str, norm_by_area: bool, binning: Binning) -> np.ndarray:
    """Factor of each row after the sum in phi, float64, shape (n_rz,).

    It divides by the sum of the weights and by the area of a bin in (x/z, y/z), of the row itself or always
    of the first one, in units of the area of a trigger cell [HGCalHistoSeedingImpl].
    """
    weights = phi_weights(smoothing.bin_sums, kernel)
    area = np.pi * (binning.rz_edges[1:] ** 2 - binning.rz_edges[:-1] ** 2) / binning.n_phi
    if not norm_by_area:
        area = area[_REFERENCE_ROW]
    total = weights[:, 0] + 2 * weights[:, 1:].sum(axis=1)
    return smoothing.area_per_trigger_cell / (total * area)


def smooth(
    histogram: np.ndarray,
    smoothing: Smoothing = Smoothing(),  # noqa: B008 - frozen
    kernel: str = "default",
    norm_by_area: bool = False,
    binning: Binning = STAGE2,
) -> np.ndarray:
    """Smooth histograms: P = sum over phi of w_k H, then F_i = (P_i + P_{i-1}/2 + P_{i+1}/2) / w.

    w is 2, but 1.5 in the first and last row, which lack a neighbour.

    Parameters
    ----------
    histogram : float64, shape (..., n_rz, n_phi), mipT

    Returns
    -------
    float64, same shape, mipT

    Notes
    -----
    Bins at the same distance on either side are added first, so that a mirrored histogram gives the mirrored
    result to the last bit, and ties remain ties.
    """
    n_phi = histogram.shape[-1]
    weights = phi_weights(smoothing.bin_sums, kernel)
    reach = weights.shape[1] - 1
    wrapped = histogram[..., np.arange(-reach, n_phi + reach) % n_phi]
    summed = histogram.copy()
    for k in range(1, reach + 1):
        last = int(np.flatnonzero(weights[:, k])[-1]) + 1
        both = wrapped[..., :last, reach - k : reach - k + n_phi].copy()
        both += wrapped[..., :last, reach + k : reach + k + n_phi]
        both *= weights[:last, k, None]
        summed[..., :last, :] += both
    summed *= row_factors(smoothing, kernel, norm_by_area, binning)[:, None]
    smoothed = summed.copy()
    if histogram.shape[-2] > 2:
        around = summed[..., :-2, :] + summed[..., 2:, :]
        around *= 0.5
        smoothed[..., 1:-1, :] += around
        smoothed[..., 1:-1, :] *= 0.5
    if histogram.shape[-2] > 1:
        smoothed[..., 0, :] += 0.5 * summed[..., 1, :]
        smoothed[..., -1, :] += 0.5 * summed[..., -2, :]
    smoothed[..., [0, -1], :] /= 1.5
    return smoothed


def widened(bin_sums: tuple[int, ...], more: int) -> tuple[int, ...]:
    """BinSums with `more` phi bins in every row, half of them on either side; at least one remains.

    Examples
    --------
    >>> widened((13, 3), 4), widened((13, 3), -4)
    ((17, 7), (9, 1))
    """
    return tuple(max(1, n + 2 * (more // 2)) for n in bin_sums)


def width_of(bin_sums: tuple[int, ...], configured: tuple[int, ...]) -> int:
    """Number of phi bins summed in every row beyond those configured: inverse of `widened`.

    Examples
    --------
    >>> width_of((9, 1), (13, 3))
    -4
    """
    row = int(np.argmax(configured))  # the last one to shrink to a single bin
    return 2 * ((bin_sums[row] - configured[row]) // 2)
