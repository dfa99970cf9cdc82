"""The fixed (R/z, phi) grid on which stage 2 looks for seeds, and its filling."""

import numpy as np

RZ_LIMITS = (0.076, 0.58)  # R/z = tan(theta), dimensionless [hgcalBackEndLayer2Producer_cfi]
N_RZ, N_PHI = 42, 216
RZ_EDGES = np.linspace(*RZ_LIMITS, N_RZ + 1)
PHI_EDGES = np.linspace(-np.pi, np.pi, N_PHI + 1)  # rad


def bins(x, y, z) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bin of each point; bins hold their lower edge, phi = pi is -pi.

    Parameters
    ----------
    x, y, z : float arrays, shape (n,), cm

    Returns
    -------
    rz_bin, phi_bin : int64, shape (n,)
    inside : bool, shape (n,): False outside the limits of R/z, where rz_bin is outside of 0 to 41
    """
    rz = np.hypot(x, y) / np.abs(z)
    rz_bin = np.floor((rz - RZ_LIMITS[0]) * (N_RZ / (RZ_LIMITS[1] - RZ_LIMITS[0]))).astype(np.int64)
    phi_bin = np.floor((np.arctan2(y, x) + np.pi) / (2 * np.pi) * N_PHI).astype(np.int64) % N_PHI
    return rz_bin, phi_bin, (rz_bin >= 0) & (rz_bin < N_RZ)


def fill(x, y, z, weights) -> tuple[np.ndarray, int]:
    """Sum of weights per (R/z, phi) bin.

    Parameters
    ----------
    x, y, z : float arrays, shape (n,), cm
    weights : float array, shape (n,), mipPt as a rule

    Returns
    -------
    histogram : float64, shape (42, 216)
    outside : int, number of rows outside the limits of R/z, which are not in the histogram
    """
    rz_bin, phi_bin, inside = bins(x, y, z)
    flat = np.bincount(
        rz_bin[inside] * N_PHI + phi_bin[inside], weights=weights[inside], minlength=N_RZ * N_PHI
    )
    return flat.reshape(N_RZ, N_PHI).astype(np.float64, copy=False), int((~inside).sum())
