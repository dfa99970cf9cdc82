"""From MIPs in trigger cells to what an event file holds of them."""

import numpy as np

from . import front_end
from .writing import CLUSTER, GENERATED, Events, Table, empty_table

CLUSTER_RADIUS = 0.05
"""Trigger cells this close to the generated particle in (x/z, y/z) make up its truth-level cluster."""

CLUSTER_MIN_PT = 0.5
"""GeV; a fainter cluster is not written."""


class CellColumns:
    """Columns of the trigger cells of a geometry, ready to be looked up by trigger cell number.

    Parameters
    ----------
    geometry : Geometry

    Attributes
    ----------
    layer, waferu, waferv, cellu, cellv : int32, shape (n_cells,)
    subdet : int64, shape (n_cells,)
    x, y, z : float32, shape (n_cells,), cm, +z endcap
    eta, phi : float32, shape (n_cells,), of the position seen from the origin
    cosh_eta : float64, shape (n_cells,)
    """

    def __init__(self, geometry):
        cells = geometry.trigger_cells
        for name in ("layer", "waferu", "waferv", "cellu", "cellv"):
            setattr(self, name, cells[name].to_numpy(dtype=np.int32))
        self.subdet = cells["subdet"].to_numpy(dtype=np.int64)
        self.x, self.y, self.z = (cells[name].to_numpy(dtype=np.float32) for name in ("x", "y", "z"))
        x, y, z = (a.astype(float) for a in (self.x, self.y, self.z))
        r = np.hypot(x, y)
        self.eta = np.arcsinh(z / r).astype(np.float32)
        self.phi = np.arctan2(y, x).astype(np.float32)
        self.cosh_eta = np.hypot(r, z) / r

    def described(self, cell, zside=1) -> dict[str, np.ndarray]:
        """Indices and positions of the trigger cells of these numbers, in either endcap (zside 1 or -1)."""
        zside = np.asarray(zside, dtype=np.float32)
        columns = {
            name: getattr(self, name)[cell] for name in ("layer", "waferu", "waferv", "cellu", "cellv")
        }
        x, y, z = self.x[cell] * zside, self.y[cell], self.z[cell] * zside
        phi = np.where(zside > 0, self.phi[cell], np.arctan2(y, x))
        return columns | {"x": x, "y": y, "z": z, "eta": self.eta[cell] * zside, "phi": phi}


def measured(n_events: int, event, cell, mips, columns: CellColumns) -> Table:
    """Trigger cells of the +z endcap above threshold, calibrated.

    Parameters
    ----------
    n_events : int
    event, cell : int64, shape (n,), index of the event and trigger cell number, sorted by event
    mips : float64, shape (n,)
    columns : CellColumns

    Returns
    -------
    Table with the columns of a skim's trigger cells; multicluster_id is 0
    """
    mip_pt = mips / columns.cosh_eta[cell]
    keep = mip_pt > front_end.THRESHOLD
    event, cell, mips = event[keep], cell[keep], mips[keep]
    layer, subdet = columns.layer[cell], columns.subdet[cell]
    mip_pt, pt, energy = front_end.calibrate(mips, layer, subdet, columns.cosh_eta[cell])
    table = columns.described(cell) | {"mipPt": mip_pt, "pt": pt, "energy": energy}
    table["multicluster_id"] = np.zeros(len(cell), dtype=np.uint32)
    return Table(np.bincount(event, minlength=n_events), table)


def with_truth(numbers, trigger_cells: Table, pid, exeta, exphi, pt, energy) -> Events:
    """One event per generated particle, with the cluster of the trigger cells around it.

    Parameters
    ----------
    numbers : int64, shape (n,), event numbers
    trigger_cells : Table of n events; its multicluster_id is filled with 1 for the cells of the cluster
    pid, exeta, exphi, pt, energy : arrays, shape (n,), of the generated particles

    Returns
    -------
    Events

    Notes
    -----
    A truth-level stand-in for stage 2: all trigger cells within `CLUSTER_RADIUS` of the generated position in
    (x/z, y/z), position weighted with mipPt, at most one cluster an event.
    """
    n = len(numbers)
    cells = trigger_cells.columns
    event = np.repeat(np.arange(n), trigger_cells.counts)
    tan = 1 / np.sinh(exeta)
    along_x, along_y = tan * np.cos(exphi), tan * np.sin(exphi)
    near = (
        np.hypot(cells["x"] / cells["z"] - along_x[event], cells["y"] / cells["z"] - along_y[event])
        < CLUSTER_RADIUS
    )

    def summed(values):
        return np.bincount(event[near], values[near], n)

    cluster_pt = summed(cells["pt"])
    has = cluster_pt > CLUSTER_MIN_PT
    near &= has[event]
    x, y, z = (summed(cells["mipPt"] * cells[name])[has] for name in ("x", "y", "z"))
    eta, phi = np.arcsinh(z / np.hypot(x, y)), np.arctan2(y, x)
    cells = cells | {"multicluster_id": near.astype(np.uint32)}
    turn = (phi - exphi[has] + np.pi) % (2 * np.pi) - np.pi
    clusters = {
        "id": np.ones(int(has.sum()), dtype=np.uint32),
        "pt": cluster_pt[has],
        "energy": cluster_pt[has] * np.cosh(eta),
        "eta": eta,
        "phi": phi,
    }
    generated = dict(zip(GENERATED, (pid, exeta, exphi, pt, energy), strict=True))
    return Events(
        np.asarray(numbers),
        Table(np.ones(n, dtype=np.int64), generated),
        Table(trigger_cells.counts, cells),
        Table(has.astype(np.int64), clusters),
        np.hypot(eta - exeta[has], turn).astype(np.float32),
    )


def without_truth(numbers, trigger_cells: Table) -> Events:
    """Events without generated particles and clusters, as from reconstructed hits."""
    n = len(numbers)
    return Events(
        np.asarray(numbers),
        empty_table(n, GENERATED),
        trigger_cells,
        empty_table(n, CLUSTER),
        np.zeros(0, dtype=np.float32),
    )
