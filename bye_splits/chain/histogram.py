"""The (R/z, phi) grid on which stage 2 searches for seeds, and its filling."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bye_splits.settings import Histogram

from . import single

LEGACY_PI = 3.14159  # the older implementation's limits of phi


@dataclass(frozen=True)
class Binning:
    """The (R/z, phi) grid of stage 2 [hgcalBackEndLayer2Producer_cfi].

    Attributes
    ----------
    n_rz, n_phi : numbers of bins
    rz_min, rz_max : limits in R/z = tan(theta), dimensionless
    legacy : bins include their upper edge instead of their lower one, and phi ends at +-3.14159: points
        beyond are outside, as is a value on the lowest edge
    """

    n_rz: int = 42
    n_phi: int = 216
    rz_min: float = 0.076
    rz_max: float = 0.58
    legacy: bool = False

    @classmethod
    def of(cls, base: Histogram, legacy: bool = False) -> "Binning":
        """The grid of a configuration."""
        return cls(base.n_rz, base.n_phi, base.rz_min, base.rz_max, legacy)

    @cached_property
    def rz_edges(self) -> np.ndarray:
        """Edges in R/z, float64, shape (n_rz + 1,)."""
        return np.linspace(self.rz_min, self.rz_max, self.n_rz + 1)

    @cached_property
    def phi_edges(self) -> np.ndarray:
        """Edges in phi, float64, shape (n_phi + 1,), rad."""
        pi = LEGACY_PI if self.legacy else np.pi
        return np.linspace(-pi, pi, self.n_phi + 1)

    @property
    def n_bins(self) -> int:
        return self.n_rz * self.n_phi

    def bins(self, rz: np.ndarray, phi: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Bin of each point; bins include their lower edge, phi = pi is -pi.

        Parameters
        ----------
        rz, phi : float arrays, shape (n,), of `directions` and `azimuth`; phi in rad, reduced to -pi to pi

        Returns
        -------
        rz_bin, phi_bin : int64, shape (n,)
        inside : bool, shape (n,): False outside the limits, where the bins are arbitrary

        Notes
        -----
        The limits are compared and the bins computed in double precision, in CMSSW's order of operations.
        """
        if self.legacy:
            rz_bin = np.searchsorted(self.rz_edges, rz, side="left") - 1
            phi_bin = np.searchsorted(self.phi_edges, phi, side="left") - 1
            inside = (rz_bin >= 0) & (rz_bin < self.n_rz) & (phi_bin >= 0) & (phi_bin < self.n_phi)
            return rz_bin, phi_bin, inside
        rz, phi = np.asarray(rz, dtype=np.float64), np.asarray(phi, dtype=np.float64)
        inside = (rz >= self.rz_min) & (rz < self.rz_max)
        row = (rz - self.rz_min) * self.n_rz / (self.rz_max - self.rz_min)
        rz_bin = np.where(inside, row, 0).astype(np.int64)  # row can be too large for an integer
        column = (phi + np.pi) * self.n_phi / (2 * np.pi)
        phi_bin = np.where(inside, column, 0).astype(np.int64)
        phi_bin[phi_bin == self.n_phi] = 0
        return rz_bin, phi_bin, inside


STAGE2 = Binning()
RZ_LIMITS = (STAGE2.rz_min, STAGE2.rz_max)
N_RZ, N_PHI = STAGE2.n_rz, STAGE2.n_phi
RZ_EDGES, PHI_EDGES = STAGE2.rz_edges, STAGE2.phi_edges


def directions(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    z: npt.ArrayLike,
    mip: npt.ArrayLike | None = None,
    legacy: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Directions of points from the origin, in the precision of binning and clustering.

    Parameters
    ----------
    x, y, z : float arrays, shape (n,), cm
    mip : float array, shape (n,), mipPt of the trigger cells at these points; see `single.projected`. None:
        the points are not trigger cells
    legacy : use double precision, as the older implementation does

    Returns
    -------
    x_over_z, y_over_z, r_over_z : float32, with `legacy` float64, shape (n,): x/abs(z), y/abs(z), R/abs(z)
    """
    if legacy:
        x, y, z = (np.asarray(values, dtype=np.float64) for values in (x, y, z))
        return x / np.abs(z), y / np.abs(z), np.hypot(x, y) / np.abs(z)
    return single.projected(*_single(x, y, z, np.ones(np.shape(x)) if mip is None else mip))


def azimuth(x: npt.ArrayLike, y: npt.ArrayLike, legacy: bool = False) -> np.ndarray:
    """Phi of points in the same precision, float32, with `legacy` float64, shape (n,), rad."""
    if legacy:
        return np.arctan2(np.asarray(y, dtype=np.float64), np.asarray(x, dtype=np.float64))
    x, y = _single(x, y)
    return single.binned_phi(y, x)


def _single(*columns: npt.ArrayLike) -> list[np.ndarray]:
    with np.errstate(over="ignore"):
        return [np.ascontiguousarray(values, dtype=np.float32) for values in columns]


def bins(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    z: npt.ArrayLike,
    binning: Binning = STAGE2,
    mip: npt.ArrayLike | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bin of each point, see `Binning.bins`.

    Parameters
    ----------
    x, y, z, mip : as for `directions`
    """
    _, _, r_over_z = directions(x, y, z, mip, binning.legacy)
    return binning.bins(r_over_z, azimuth(x, y, binning.legacy))


def bins_of_directions(
    x_over_z: np.ndarray, y_over_z: np.ndarray, binning: Binning
) -> tuple[np.ndarray, np.ndarray]:
    """Bin of each direction, int64, shape (n,): rz_bin and phi_bin; both -1 where the direction is NaN."""
    known = np.isfinite(x_over_z + y_over_z)
    x, y = (np.where(known, values, 1.0) for values in (x_over_z, y_over_z))
    rz_bin, phi_bin, _ = bins(x, y, np.ones_like(x), binning)
    return np.where(known, rz_bin, -1), np.where(known, phi_bin, -1)


def fill(
    x: npt.ArrayLike, y: npt.ArrayLike, z: npt.ArrayLike, weights: np.ndarray, binning: Binning = STAGE2
) -> tuple[np.ndarray, int]:
    """Sum of weights per (R/z, phi) bin.

    Parameters
    ----------
    x, y, z : float arrays, shape (n,), cm
    weights : float array, shape (n,), usually mipPt

    Returns
    -------
    histogram : float64, shape (n_rz, n_phi)
    outside : int, number of rows outside the limits, which are not in the histogram
    """
    rz_bin, phi_bin, inside = bins(x, y, z, binning, weights)
    flat = np.bincount(
        rz_bin[inside] * binning.n_phi + phi_bin[inside], weights=weights[inside], minlength=binning.n_bins
    )
    histogram = flat.reshape(binning.n_rz, binning.n_phi).astype(np.float64, copy=False)
    return histogram, int((~inside).sum())
