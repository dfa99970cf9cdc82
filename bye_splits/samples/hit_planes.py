"""Compare the z of hits with the layers of a geometry, or of the known versions."""

from dataclasses import dataclass

import numpy as np

from bye_splits.geometry import Geometry, versions
from bye_splits.geometry.covering import Z_TOLERANCE

FITTING = 0.75
"""Smallest fraction of the hits, and of the planes that they form, in planes of the right geometry. By
chance, a quarter of the planes of V15 agree with those of V11, and vice versa."""

_MARGIN = 5.0  # cm, in front of the first plane and behind the last; hits further away are in other detectors
_BIN = 0.1  # cm; hits closer in z are in the same plane
_PLANE = 1e-3  # smallest fraction of the hits in a plane; fewer are strays
_UNITS = {"mm": 0.1, "m": 100.0, "um": 1e-4}  # cm


@dataclass(frozen=True, eq=False)
class Planes:
    """z of the planes of sensors of an endcap, in cm, ascending.

    Attributes
    ----------
    triggered : float64, shape (n,), planes with trigger cells
    unread : float64, shape (m,), known planes that the trigger does not read
    gaps : float64, shape (k, 2): intervals that contain unknown planes
    """

    triggered: np.ndarray
    unread: np.ndarray
    gaps: np.ndarray

    @property
    def every(self) -> np.ndarray:
        """All known planes, float64."""
        return np.sort(np.concatenate([self.triggered, self.unread]))


@dataclass(frozen=True)
class Fit:
    """Agreement of the z of hits with some planes; only hits near the detector in z are counted.

    Attributes
    ----------
    hits, hits_in : number of hits, and of those within 0.3 cm of a plane
    planes, planes_in : number of planes formed by hits, and of those that are known
    """

    hits: int
    hits_in: int
    planes: int
    planes_in: int

    @property
    def good(self) -> bool:
        """Whether the hits are in a detector with these planes; True without hits."""
        return self.hits_in >= FITTING * self.hits and self.planes_in >= FITTING * self.planes


def planes_of(geometry: Geometry) -> Planes:
    """The planes of a geometry; those that the trigger does not read are known only for known versions."""
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
    """Whether points are within 0.3 cm of a plane.

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
    """Agreement of the z of hits with planes.

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
    """The versions in whose planes the hits lie, such as "V15 to V19"; "" if they are unknown.

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
    """The unit in which most z are in the range of the detector: "cm", "mm", "m" or "um"; "" for none.

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
