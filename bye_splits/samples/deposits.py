"""From mean deposits per shower and layer to MIPs in trigger cells: the statistics of the sampling."""

from dataclasses import dataclass, fields

import numpy as np

LANDAU_SHAPE = 1.4
"""Shape of the Gamma distribution that stands for the Landau-like spread of one shower particle's deposit."""

TRACK_SHAPE = 6.0
"""The same for a straight minimum-ionising track, whose deposits have a clear peak."""


@dataclass(frozen=True)
class Deposits:
    """Groups of deposits that share an event, a layer and a radial profile.

    Attributes
    ----------
    event : int64, shape (n,), index of the event in its block
    layer : int64, shape (n,), index into `absorber.LAYERS`
    count : int64, shape (n,), number of deposits
    mips : float32, shape (n,), mean of one deposit [MIP]
    shape : float32, shape (n,), of the Gamma distribution of one deposit
    x, y : float32, shape (n,), axis of the shower in that layer [cm]
    core, tail : float32, shape (n,), radii within which half of each component lies [cm]; 0: on the axis
    core_share : float32, shape (n,), probability of a deposit to belong to the core
    cap : float32, shape (n,), no deposit is further from the axis [cm]
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
    def joined(cls, parts):
        """All groups of several tables, as one table."""
        return cls(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)))

    def some(self, which):
        """The groups that a boolean or index array selects."""
        return type(self)(*(getattr(self, f.name)[which] for f in fields(self)))


def in_trigger_cells(deposits: Deposits, geometry, layer_z, rng):
    """Throw every deposit and add up the MIPs of each trigger cell.

    Parameters
    ----------
    deposits : Deposits
    geometry : Geometry
    layer_z : float array, shape (36,), z of `absorber.LAYERS` [cm]
    rng : numpy.random.Generator

    Returns
    -------
    event : int64, shape (m,), sorted
    cell : int64, shape (m,), trigger cell number, sorted within an event
    mips : float64, shape (m,)
    lost : float, MIPs that fell where no trigger cell is (beam hole, outer edge)

    Notes
    -----
    A component of median radius R has the density 2 r R^2 / (r^2 + R^2)^2, sampled as R sqrt(u / (1 - u))
    [Grindhammer and Peters, hep-ex/0001020].
    """
    deposits = deposits.some(deposits.count > 0)
    row = np.repeat(np.arange(len(deposits.count)), deposits.count)
    n = len(row)
    u = rng.random(n, dtype=np.float32)
    in_core = u < deposits.core_share[row]
    # the largest u of either component, so that the cap cuts the profile instead of heaping up at its rim
    cap2 = deposits.cap**2
    radius = np.stack([deposits.tail, deposits.core])
    u_max = cap2 / (cap2 + radius**2)
    pick = in_core.astype(np.intp) * len(deposits.count) + row
    t = rng.random(n, dtype=np.float32) * u_max.ravel()[pick]
    r = radius.ravel()[pick] * np.sqrt(t / (1 - t))
    angle = rng.random(n, dtype=np.float32) * np.float32(2 * np.pi)
    x = deposits.x[row] + r * np.cos(angle)
    y = deposits.y[row] + r * np.sin(angle)
    mips = _gamma(deposits, row, rng)
    cell = geometry.covering(x, y, layer_z[deposits.layer].astype(np.float32)[row])
    inside = cell >= 0
    lost = float(mips[~inside].sum(dtype=np.float64))
    event = deposits.event[row[inside]]
    cell, mips = cell[inside], mips[inside]
    return *add_up(event, cell, mips), lost


def _gamma(deposits, row, rng):
    shape = deposits.shape[row]
    values = rng.standard_gamma(shape, dtype=np.float32) if len(row) else shape
    return values * (deposits.mips / deposits.shape)[row]


def add_up(event, cell, values):
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
