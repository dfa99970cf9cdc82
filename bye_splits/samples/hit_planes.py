"""Whether the z of hits are those of a geometry's layers, and if not, whose they are."""

from dataclasses import dataclass

import numpy as np

from bye_splits.geometry import Geometry, versions
from bye_splits.geometry.covering import Z_TOLERANCE

FITTING = 0.75
"""Part of the hits, and of the planes in which they lie, that is in planes of a geometry if it is theirs. By
chance it is a quarter: of V15's planes among those of V11, or the other way round."""

_MARGIN = (
    5.0  # cm, in front of the first plane and behind the last; what is further away is of other detectors
)
_BIN = 0.1  # cm; hits that are closer in z are of one plane
_PLANE = 1e-3  # part of the hits that makes a plane; fewer are strays
_UNITS = {"mm": 0.1, "m": 100.0, "um": 1e-4}  # cm


@dataclass(frozen=True, eq=False)
class Planes:
    """z of the planes of sensors of an endcap, in cm, ascending.

    Attributes
    ----------
    triggered : float64, shape (n,), planes with trigger cells
    unread : float64, shape (m,), those that the trigger does not read, as far as they are known
    gaps : float64, shape (k, 2): in between lie planes that are not known
    """

    triggered: np.ndarray
    unread: np.ndarray
    gaps: np.ndarray

    @property
    def every(self) -> np.ndarray:
        """All planes that are known, float64."""
        return np.sort(np.concatenate([self.triggered, self.unread]))


@dataclass(frozen=True)
class Fit:
    """How the z of hits go with some planes; only what is near the detector in z is counted.

    Attributes
    ----------
    hits, hits_in : number of hits, and of those in a plane to 0.3 cm
    planes, planes_in : number of planes in which there are hits, and of those that are known
    """

    hits: int
    hits_in: int
    planes: int
    planes_in: int

    @property
    def good(self) -> bool:
        """Whether the hits are of a detector with these planes; True where there is none to tell from."""
        return self.hits_in >= FITTING * self.hits and self.planes_in >= FITTING * self.planes


def planes_of(geometry: Geometry) -> Planes:
    """The planes of a geometry; those that the trigger does not read are known of versions that are known."""
    family = versions.recognise(geometry.layer_z)
    read, layer_z = geometry.layers, geometry.layer_z
    unread = [np.delete(z, read) for z in (layer_z, geometry.tile_z)]
    gaps = np.zeros((0, 2))
    if family is not None:
        others = np.setdiff1d(np.arange(1, family.n_layers + 1), read)
        unread += [family.layer_z[others], family.tile_z[others]]
    else:
        seen = np.flatnonzero(np.isfinite(layer_z))
        before = seen[:-1][np.diff(seen) > 1]
        behind = seen[1:][np.diff(seen) > 1]
        gaps = np.stack([layer_z[before], layer_z[behind]], axis=1)
    return Planes(_ascending(layer_z[read], geometry.tile_z[read]), _ascending(*unread), gaps)


def near(z: np.ndarray, planes: np.ndarray) -> np.ndarray:
    """Whether points are in a plane to 0.3 cm.

    Parameters
    ----------
    z : float64, shape (n,), cm, of either endcap; may be not finite
    planes : float64, shape (m,), cm, ascending

    Returns
    -------
    bool, shape (n,)
    """
    if not len(planes):
        return np.zeros(len(z), dtype=bool)
    z = np.nan_to_num(np.abs(z), nan=-1.0, posinf=-1.0)
    nearest = np.searchsorted((planes[1:] + planes[:-1]) / 2, z)
    return np.abs(planes[nearest] - z) <= Z_TOLERANCE


def fit_of(z: np.ndarray, planes: Planes) -> Fit:
    """How the z of hits go with planes.

    Parameters
    ----------
    z : float64, shape (n,), cm, finite, of either endcap
    planes : Planes
    """
    every = planes.every
    z = np.abs(z)
    z = z[(z > every[0] - _MARGIN) & (z < every[-1] + _MARGIN)]
    inside = near(z, every)
    open_ = np.zeros(len(z), dtype=bool)
    for low, high in planes.gaps:
        open_ |= (z > low) & (z < high) & ~inside
    z, inside = z[~open_], inside[~open_]
    _, of, count = np.unique(np.rint(z / _BIN), return_inverse=True, return_counts=True)
    plane = np.bincount(of, z) / count
    plane = plane[count >= _PLANE * len(z)]
    return Fit(len(z), int(inside.sum()), len(plane), int(near(plane, every).sum()))


def version_of(z: np.ndarray) -> str:
    """The versions in whose planes hits lie, such as "V15 to V19"; "" for none that are known.

    Parameters
    ----------
    z : as for `fit_of`
    """
    for family in versions.families():
        planes = _ascending(family.layer_z, family.tile_z)
        fit = fit_of(z, Planes(planes, planes[:0], np.zeros((0, 2))))
        if fit.hits and fit.good:
            return family.name
    return ""


def unit_of(z: np.ndarray, planes: Planes) -> str:
    """The unit in which most z are those of the detector: "cm", "mm", "m" or "um"; "" for none.

    Parameters
    ----------
    z : float64, shape (n,), finite
    planes : Planes
    """
    every = planes.every
    for unit, in_cm in ({"cm": 1.0} | _UNITS).items():
        within = (np.abs(z) * in_cm > every[0] - _MARGIN) & (np.abs(z) * in_cm < every[-1] + _MARGIN)
        if within.sum() * 2 > len(z):
            return unit
    return ""


def factor_of(unit: str) -> float:
    """Length of a unit in cm."""
    return _UNITS[unit]


def _ascending(*planes: np.ndarray) -> np.ndarray:
    z = np.concatenate(planes)
    return np.unique(z[np.isfinite(z)])
