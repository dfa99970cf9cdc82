"""From MIPs in trigger cells to the contents of an event file."""

import numpy as np
import numpy.typing as npt

from bye_splits.angles import wrapped
from bye_splits.chain import ChainParameters, run_many
from bye_splits.geometry import Geometry

from . import front_end
from .absorber import absorber_of
from .writing import CLUSTER, GENERATED, Events, Table, empty_table

CHAIN = ChainParameters()
"""Parameters of the chain that makes the clusters in the files."""

_CHAIN_COLUMNS = ("x", "y", "z", "mipPt", "pt", "layer")


class CellColumns:
    """Columns of the trigger cells of a geometry, indexed by trigger cell number.

    Parameters
    ----------
    geometry : Geometry

    Attributes
    ----------
    layer, waferu, waferv, cellu, cellv : int32, shape (n_cells,)
    gev_per_mip : float64, shape (n_cells,), calibrated energy of one MIP, see `front_end.gev_per_mip`
    x, y, z : float32, shape (n_cells,), cm, +z endcap
    eta, phi : float32, shape (n_cells,), of the position seen from the origin
    cosh_eta : float64, shape (n_cells,)
    """

    def __init__(self, geometry: Geometry) -> None:
        cells = geometry.trigger_cells
        self.layer, self.waferu, self.waferv, self.cellu, self.cellv = (
            cells[name].to_numpy(dtype=np.int32) for name in ("layer", "waferu", "waferv", "cellu", "cellv")
        )
        absorber = absorber_of(geometry)
        weight = np.zeros(max(geometry.n_layers, absorber.layers.max()) + 1)
        weight[absorber.layers] = absorber.mev_per_mip
        subdet = cells["subdet"].to_numpy(dtype=np.int64)
        self.gev_per_mip = front_end.gev_per_mip(weight[self.layer], subdet)
        self.x, self.y, self.z = (cells[name].to_numpy(dtype=np.float32) for name in ("x", "y", "z"))
        x, y, z = (a.astype(float) for a in (self.x, self.y, self.z))
        r = np.hypot(x, y)
        self.eta = np.arcsinh(z / r).astype(np.float32)
        self.phi = np.arctan2(y, x).astype(np.float32)
        self.cosh_eta = np.hypot(r, z) / r

    def described(self, cell: np.ndarray, zside: npt.ArrayLike = 1) -> dict[str, np.ndarray]:
        """Indices and positions of the trigger cells of these numbers, in either endcap (zside 1 or -1)."""
        zside = np.asarray(zside, dtype=np.float32)
        columns = {
            name: getattr(self, name)[cell] for name in ("layer", "waferu", "waferv", "cellu", "cellv")
        }
        x, y, z = self.x[cell] * zside, self.y[cell], self.z[cell] * zside
        phi = np.where(zside > 0, self.phi[cell], np.arctan2(y, x))
        return columns | {"x": x, "y": y, "z": z, "eta": self.eta[cell] * zside, "phi": phi}


def measured(
    n_events: int,
    event: np.ndarray,
    cell: np.ndarray,
    mips: np.ndarray,
    columns: CellColumns,
    mip_threshold: float = front_end.THRESHOLD,
) -> Table:
    """Trigger cells of the +z endcap above threshold, calibrated.

    Parameters
    ----------
    n_events : int
    event, cell : int64, shape (n,), index of the event and trigger cell number, sorted by event
    mips : float64, shape (n,)
    columns : CellColumns
    mip_threshold : mipT: trigger cells are kept strictly above it

    Returns
    -------
    Table with the columns of a skim's trigger cells; multicluster_id is 0
    """
    mip_pt = mips / columns.cosh_eta[cell]
    keep = mip_pt > mip_threshold
    event, cell, mips = event[keep], cell[keep], mips[keep]
    mip_pt, pt, energy = front_end.calibrate(mips, columns.gev_per_mip[cell], columns.cosh_eta[cell])
    table = columns.described(cell) | {"mipPt": mip_pt, "pt": pt, "energy": energy}
    table["multicluster_id"] = np.zeros(len(cell), dtype=np.uint32)
    return Table(np.bincount(event, minlength=n_events), table)


def with_clusters(
    numbers: np.ndarray,
    trigger_cells: Table,
    pid: np.ndarray,
    exeta: np.ndarray,
    exphi: np.ndarray,
    pt: np.ndarray,
    energy: np.ndarray,
) -> Events:
    """Events with one generated particle each, and the clusters that the chain finds in them.

    Parameters
    ----------
    numbers : int64, shape (n,), event numbers
    trigger_cells : Table of n events, of the +z endcap; its multicluster_id is filled with the id of each
        cell's cluster, 0 for none
    pid, exeta, exphi, pt, energy : arrays, shape (n,), of the generated particles

    Returns
    -------
    Events; the ids of an event's clusters count from 1, in the order of their seeds

    Notes
    -----
    The chain runs on single-precision values as in a file, so that it finds the same clusters there.
    """
    n = len(numbers)
    cells = trigger_cells.columns
    event = np.repeat(np.arange(n), trigger_cells.counts)
    stored = {name: np.asarray(cells[name], dtype=np.float32) for name in _CHAIN_COLUMNS}
    found = run_many(stored, event, CHAIN, n)
    of_event, seed = (found.clusters[name].to_numpy() for name in ("event", "seed"))
    counts = np.bincount(of_event, minlength=n)
    number = np.arange(len(of_event)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    first = np.searchsorted(found.seeds["event"].to_numpy(), np.arange(n))
    of_seed = np.zeros(len(found.seeds) + 1, dtype=np.uint32)  # the last element is for no seed
    of_seed[first[of_event] + seed] = number
    cell_seed = np.where(found.seed_of_cell < 0, -1, first[event] + found.seed_of_cell)
    eta, phi = (found.clusters[name].to_numpy() for name in ("eta", "phi"))
    turn = wrapped(phi - exphi[of_event])
    clusters = {name: found.clusters[name].to_numpy() for name in ("pt", "energy", "eta", "phi")}
    generated = dict(zip(GENERATED, (pid, exeta, exphi, pt, energy), strict=True))
    return Events(
        np.asarray(numbers),
        Table(np.ones(n, dtype=np.int64), generated),
        Table(trigger_cells.counts, cells | {"multicluster_id": of_seed[cell_seed]}),
        Table(
            counts,
            clusters | {"id": number.astype(np.uint32), "clusters_n": found.clusters["n_cells"].to_numpy()},
        ),
        np.hypot(eta - exeta[of_event], turn).astype(np.float32),
    )


def without_truth(numbers: np.ndarray, trigger_cells: Table) -> Events:
    """Events without generated particles and clusters, as from reconstructed hits."""
    n = len(numbers)
    return Events(
        np.asarray(numbers),
        empty_table(n, GENERATED),
        trigger_cells,
        empty_table(n, CLUSTER),
        np.zeros(0, dtype=np.float32),
    )
