"""The fixed (R/z, phi) grid on which stage 2 looks for seeds, and its filling."""

import numpy as np

RZ_LIMITS = (0.076, 0.58)  # R/z = tan(theta), dimensionless [hgcalBackEndLayer2Producer_cfi]
N_RZ, N_PHI = 42, 216
RZ_EDGES = np.linspace(*RZ_LIMITS, N_RZ + 1)
PHI_EDGES = np.linspace(-np.pi, np.pi, N_PHI + 1)  # rad


def fill(x, y, z, weights) -> tuple[np.ndarray, int]:
    """Sum of weights per (R/z, phi) bin.

    Parameters
    ----------
    x, y, z : float arrays, shape (n,), cm
    weights : float array, shape (n,), mipPt as a rule

    Returns
    -------
    histogram : float64, shape (42, 216); bins hold their lower edge, phi = pi is -pi
    outside : int, number of rows outside the limits of R/z, which are not in the histogram
    """
    rz = np.hypot(x, y) / np.abs(z)
    row = np.floor((rz - RZ_LIMITS[0]) * (N_RZ / (RZ_LIMITS[1] - RZ_LIMITS[0]))).astype(np.int64)
    column = np.floor((np.arctan2(y, x) + np.pi) / (2 * np.pi) * N_PHI).astype(np.int64) % N_PHI
    inside = (row >= 0) & (row < N_RZ)
    flat = np.bincount(row[inside] * N_PHI + column[inside], weights=weights[inside], minlength=N_RZ * N_PHI)
    return flat.reshape(N_RZ, N_PHI).astype(np.float64, copy=False), int((~inside).sum())
