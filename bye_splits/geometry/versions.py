"""Versions of the geometry that can be recognised by a file's positions; outlines do not depend on them.

A version gives the number of layers, the planes of the layers not seen yet, and a name.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from . import constants as c

SAME_PLANE = 0.2  # cm; closer planes are the same
ENOUGH_WAFERS = 5  # to recognise a version by how its wafers are turned


@dataclass(frozen=True, eq=False)
class Family:
    """Versions with the same layers.

    Attributes
    ----------
    name : such as "V11"
    n_cee : last layer of CE-E
    layer_z, tile_z : float64, shape (n_layers + 1,), cm, as in `Geometry`
    trigger_layers : int64, layers that the trigger reads
    """

    name: str
    n_cee: int
    layer_z: np.ndarray
    tile_z: np.ndarray
    trigger_layers: np.ndarray

    @property
    def n_layers(self) -> int:
        return len(self.layer_z) - 1


def _v15() -> Family:
    """The 47 layers from V15 on [hgcalEE, hgcalHEsil, hgcalHEmix v16 to v19]."""
    cee = 322.155 + np.array([3.057 * k for k in range(9)] + [27.838, 31.22, 34.602, 37.984])
    odd_even = np.stack([cee, cee + 0.994], axis=1).ravel()
    ceh = 367.976 + 6.305 * np.arange(11)
    mixed = ceh[-1] + 8.225 * np.arange(1, 11)
    layer_z = np.r_[np.nan, odd_even, ceh, mixed]
    n_cee = len(odd_even)
    tile_z = layer_z - 0.195
    tile_z[: n_cee + 8] = np.nan  # the first seven layers of CE-H are all silicon
    layers = np.r_[1 : n_cee + 1 : 2, n_cee + 1 : len(layer_z)]
    return Family("V15 to V19", n_cee, layer_z, tile_z, layers)


@cache
def families() -> tuple[Family, ...]:
    """All known families."""
    v11 = Family("V11", c.N_CEE, c.layer_z(), c.tile_z(), c.TRIGGER_LAYERS)
    return v11, _v15()


def recognise(layer_z: np.ndarray) -> Family | None:
    """The family whose planes agree with every plane that was seen; None if there is none.

    Parameters
    ----------
    layer_z : float64, shape (n_layers + 1,), cm, NaN where nothing was seen
    """
    seen = np.flatnonzero(np.isfinite(layer_z))
    for family in families():
        known = len(seen) and seen.max() <= family.n_layers
        if known and np.all(np.abs(layer_z[seen] - family.layer_z[seen]) < SAME_PLANE):
            return family
    return None


def name_of(family: Family | None, placement: np.ndarray, turn: np.ndarray, displaced: bool) -> str:
    """Name of a geometry.

    Parameters
    ----------
    placement : int array, shape (n,), of the wafers with certain placement
    turn : int array, shape (n,): 1 for those in layers whose lattice is turned
    displaced : whether wafers are off their lattice
    """
    if family is None:
        return "unknown version"
    if family.name == "V11":
        return family.name
    if displaced:
        return "V19"
    if len(placement) < ENOUGH_WAFERS:
        return family.name
    # In V16 every wafer lies as in V11, along the direction of its lattice.
    apart = (placement[:, None] - np.array([0, 11, 1])) == 0
    return "V16" if apart[:, 0][turn == 0].all() and apart[:, 1:].any(axis=1)[turn == 1].all() else "V17"
