"""Sample deposits in trigger cells from the mean deposits per shower and layer."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from bye_splits.geometry import Geometry

_AT_ONCE = 100_000  # deposits per pass, so that its arrays fit the processor's cache

LANDAU_SHAPE = 1.4
"""Shape of the Gamma distribution that approximates the Landau-like deposit of one shower particle."""

TRACK_SHAPE = 6.0
"""The same for a straight minimum-ionising track, whose deposits have a clear peak."""


@dataclass(frozen=True, kw_only=True)
class Deposits:
    """Groups of deposits that share an event, a layer and a radial profile.

    Attributes
    ----------
    event : int64, shape (n,), index of the event in its block
    layer : int64, shape (n,), index into `Absorber.layers`
    count : int64, shape (n,), number of deposits
    mips : float32, shape (n,), mean of one deposit [MIP]
    shape : float32, shape (n,), of the Gamma distribution of one deposit
    x, y : float32, shape (n,), axis of the shower in that layer [cm]
    core, tail : float32, shape (n,), median radii of the two components [cm]; 0: on the axis
    core_share : float32, shape (n,), probability that a deposit belongs to the core
    cap : float32, shape (n,), largest distance of a deposit from the axis [cm]
    """

    event: np.ndarray
    layer: np.ndarray
    count: np.ndarray
    mips: np.ndarray
    shape: np.ndarray
    x: np.ndarray
    y: np.ndarray
    core: np.ndarray
    tail: np.ndarray
    core_share: np.ndarray
    cap: np.ndarray

    @classmethod
    def joined(cls, parts: Sequence["Deposits"]) -> "Deposits":
        """All groups of several tables, as one table."""
        columns = (f.name for f in fields(cls))
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in columns})

    def some(self, which: np.ndarray) -> "Deposits":
        """The groups that a boolean or index array selects."""
        return Deposits(**{f.name: getattr(self, f.name)[which] for f in fields(self)})


def in_trigger_cells(
    deposits: Deposits, geometry: Geometry, layer_z: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Draw the position and size of every deposit, and sum the MIPs of each trigger cell.

    Parameters
    ----------
    deposits : Deposits
    geometry : Geometry
    layer_z : float array, shape (n_layers,), z of `Absorber.layers` [cm]
    rng : numpy.random.Generator

    Returns
    -------
    event : int64, shape (m,), sorted
    cell : int64, shape (m,), trigger cell number, sorted within an event
    mips : float64, shape (m,)
    lost : float, MIPs outside every trigger cell (beam hole, outer edge)

    Notes
    -----
    A component of median radius R has the density 2 r R^2 / (r^2 + R^2)^2, sampled as R sqrt(u / (1 - u))
    [Grindhammer and Peters, hep-ex/0001020].
    """
    end = np.cumsum(deposits.count)
    cuts = np.searchsorted(end, np.arange(_AT_ONCE, end[-1] if len(end) else 0, _AT_ONCE))
    parts, lost = [], 0.0
    for some in np.split(np.arange(len(end)), cuts):
        event, cell, mips = _drawn(deposits.some(some), geometry, layer_z, rng)
        inside = cell >= 0
        lost += float(mips[~inside].sum(dtype=np.float64))
        parts.append((event[inside], cell[inside], mips[inside]))
    return *add_up(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True))), lost


def _drawn(
    deposits: Deposits, geometry: Geometry, layer_z: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Event, trigger cell (-1: none) and MIPs of every single deposit."""
    row = np.repeat(np.arange(len(deposits.count)), deposits.count)
    n = len(row)
    in_core = rng.random(n, dtype=np.float32) < deposits.core_share[row]
    # the largest u of either component, so that the profile is cut off at the cap instead of piling up there
    cap2 = deposits.cap**2
    radius = np.stack([deposits.tail, deposits.core])
    u_max = cap2 / (cap2 + radius**2)
    pick = in_core.astype(np.intp) * len(deposits.count) + row
    t = rng.random(n, dtype=np.float32) * u_max.ravel()[pick]
    r = radius.ravel()[pick] * np.sqrt(t / (1 - t))
    angle = rng.random(n, dtype=np.float32) * np.float32(2 * np.pi)
    x = deposits.x[row] + r * np.cos(angle)
    y = deposits.y[row] + r * np.sin(angle)
    mips = rng.standard_gamma(deposits.shape[row], dtype=np.float32) * (deposits.mips / deposits.shape)[row]
    z = layer_z.astype(np.float32)[deposits.layer]
    return deposits.event[row], geometry.covering(x, y, z[row]), mips


def add_up(
    event: np.ndarray, cell: np.ndarray, values: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sum of the values per (event, cell).

    Parameters
    ----------
    event, cell : int arrays, shape (n,), not negative
    values : float array, shape (n,)

    Returns
    -------
    event, cell : int64, shape (m,), each pair once, sorted by event, then by cell
    sums : float64, shape (m,)
    """
    n_cells = int(cell.max(initial=0)) + 1
    key = event.astype(np.int64) * n_cells + cell
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    sums = np.add.reduceat(values[order].astype(np.float64), first) if len(first) else np.zeros(0)
    return key[first] // n_cells, key[first] % n_cells, sums
