"""How often one shower is split, in all positions that it can have in the (R/z, phi) bins of stage 2.

Whether a shower is split depends on where it lies in the bins, which is chance: all positions are equally
likely. So the shower is moved with all its trigger cells to positions evenly spread over the bin of the
particle, and the chain is run on each.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from bye_splits.angles import wrapped
from bye_splits.chain import ChainParameters
from bye_splits.chain.cells import Cells
from bye_splits.chain.chains import CHAINS
from bye_splits.chain.clustering import reach
from bye_splits.chain.histogram import Binning
from bye_splits.chain.histogram_seeding import directions
from bye_splits.chain.running import cluster_cells
from bye_splits.chain.seed_rule import SmoothedBins
from bye_splits.chain.seed_rules import SEED_RULES
from bye_splits.chain.seeding import Binned, smoothed_as
from bye_splits.chain.single_smoothing import fill_single
from bye_splits.chain.splits import NEAR

from .particles import outcomes

N_RZ = N_PHI = 20
"""Numbers of positions in the bin, by default."""

BATCH = 16  # positions at once: their histograms fit the processor's cache
CLUSTER = ("pt", "energy", "eta", "phi")
SLACK = 0.02  # in (x/z, y/z): from a cluster's position to its seed, and for what a shift in R/z stretches

Columns = dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Positions:
    """Positions in the bins to which a shower is moved.

    The phase of a particle is its position in its (R/z, phi) bin, from 0 at the lower edge to 1 at the upper
    one. Position (i, j) has the phases (i + a) / n_rz and (j + b) / n_phi, where 0 <= a, b < 1 are such that
    the actual position is one of them: the particle stays in its bin.

    A shift in phi is a rotation about the beam. A shift in R/z adds the same to R/z of all trigger cells and
    of the particle: x and y are multiplied by (R/z + shift) / (R/z), at the same z, phi, mipPt and pt.
    Distances along phi are stretched by that factor, which differs from 1 by at most the bin's width over
    R/z: 3 % at abs(eta) = 1.7, 10 % at 2.8. The wafers move along. So it is the position of the bins
    relative to shower and trigger cells that is varied, and not that of the shower on its wafers.

    Attributes
    ----------
    eta, phi : of the particle, on the calorimeter's face seen from the origin
    binning : Binning
    n_rz, n_phi : numbers of positions along each axis; 1 for no shift
    """

    eta: float
    phi: float
    binning: Binning
    n_rz: int = N_RZ
    n_phi: int = N_PHI

    @classmethod
    def of(cls, eta: float, phi: float, parameters: ChainParameters, n_rz: int, n_phi: int) -> "Positions":
        """Those of a particle in the bins of a chain.

        Coarse seeding does not use the bins: it finds its seeds on the lattice of the trigger cells, which
        moves along with the shower. There is only the actual position for it.
        """
        binning = Binning.of(parameters.base, parameters.legacy)
        return cls(eta, phi, binning, n_rz, n_phi) if uses_bins(parameters) else cls(eta, phi, binning, 1, 1)

    def __len__(self) -> int:
        return self.n_rz * self.n_phi

    @property
    def rz(self) -> float:
        """R/z of the particle."""
        return 1 / math.sinh(max(abs(self.eta), 1e-9))

    @property
    def phases(self) -> tuple[float, float]:
        """Phases of the particle in R/z and phi, from 0 up to, without, 1."""
        row = (self.rz - self.binning.rz_edges[0]) / np.diff(self.binning.rz_edges[:2])[0]
        column = (self.phi - self.binning.phi_edges[0]) / np.diff(self.binning.phi_edges[:2])[0]
        return float(row % 1 % 1), float(column % 1 % 1)  # -1e-20 % 1 is 1

    @property
    def here(self) -> tuple[int, int]:
        """The actual position, (i, j)."""
        rz, phi = self.phases
        return int(rz * self.n_rz), int(phi * self.n_phi)

    @cached_property
    def shifts(self) -> tuple[np.ndarray, np.ndarray]:
        """Shift in R/z and in phi [rad] of each position n_phi * i + j, float64, shape (n_rz * n_phi,)."""
        (i, j), binning = self.here, self.binning
        rz = (np.arange(self.n_rz) - i) / self.n_rz * np.diff(binning.rz_edges[:2])
        phi = (np.arange(self.n_phi) - j) / self.n_phi * np.diff(binning.phi_edges[:2])
        return np.repeat(rz, self.n_phi), np.tile(phi, self.n_rz)

    def directions(self, eta: np.ndarray, phi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Directions in each position, float64, shape (n_rz * n_phi, n) each.

        Parameters
        ----------
        eta, phi : float arrays, shape (n,): eta of any sign, phi in rad
        """
        d_rz, d_phi = self.shifts
        rz = 1 / np.sinh(np.maximum(np.abs(eta), 1e-9)) + d_rz[:, None]
        return np.copysign(np.arcsinh(1 / np.maximum(rz, 1e-9)), eta), phi + d_phi[:, None]

    def moved(self, cells: Cells, row: np.ndarray, position: np.ndarray, first: int, last: int) -> Cells:
        """Trigger cells in some positions, each position an event.

        Parameters
        ----------
        cells : of one event
        row : int64, shape (n,), of `cells`
        position : int64, shape (n,), ascending: from `first` up to, without, `last`
        """
        d_rz, d_phi = self.shifts
        x, y, z = cells.x[row], cells.y[row], cells.z[row]
        r = np.hypot(x, y)
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = np.where(r > 0, np.maximum(1 + d_rz[position] * (np.abs(z) / r), 0), 1)
        cos, sin = factor * np.cos(d_phi)[position], factor * np.sin(d_phi)[position]
        return Cells(
            row=cells.row[row],
            n_rows=cells.n_rows,
            event=position - first,
            n_events=last - first,
            x=x * cos - y * sin,
            y=x * sin + y * cos,
            z=z,
            mip=cells.mip[row],
            pt=cells.pt[row],
            layer=cells.layer[row],
            module={},  # the bins do without
            legacy=cells.legacy,
        )


@dataclass(frozen=True, eq=False)
class PhaseMap:
    """In which positions a shower is split.

    Attributes
    ----------
    positions : Positions
    split : bool, shape (n_rz, n_phi)
    """

    positions: Positions
    split: np.ndarray

    @property
    def fraction(self) -> float:
        """Share of the positions in which the shower is split, p_split."""
        return float(self.split.mean())

    @property
    def by_rz(self) -> np.ndarray:
        """Share at each phase in R/z, float64, shape (n_rz,)."""
        return self.split.mean(axis=1)

    @property
    def by_phi(self) -> np.ndarray:
        """Share at each phase in phi, float64, shape (n_phi,)."""
        return self.split.mean(axis=0)


def uses_bins(parameters: ChainParameters) -> bool:
    """Whether the chain finds its seeds in (R/z, phi) bins, so that a shower's position in them matters."""
    return CHAINS[parameters.chain].smooths


def phase_map(
    trigger_cells: pd.DataFrame | Mapping,
    eta: float,
    phi: float,
    parameters: ChainParameters,
    n_rz: int = N_RZ,
    n_phi: int = N_PHI,
    others: pd.DataFrame | None = None,
    wanted: Callable[[], bool] = lambda: True,
) -> PhaseMap | None:
    """In which positions in the bins a shower is split.

    Parameters
    ----------
    trigger_cells : as of `chain.run`: those of the particle's endcap, not moved
    eta, phi : of the particle, on the calorimeter's face seen from the origin
    parameters : of the chain
    n_rz, n_phi : numbers of positions along each axis
    others : `gen_eta`, `gen_phi` of the other particles of the endcap, which move along: a cluster belongs to
        the nearest particle
    wanted : asked every few positions; the search is given up when it returns False

    Returns
    -------
    PhaseMap : None where it was given up. Whether the shower is split in a position is decided as by
        `particles.outcomes`. For a chain without bins it has the actual position only, see `Positions.of`

    Raises
    ------
    ChainError : as `chain.run`

    Notes
    -----
    Of an event with pile-up only the trigger cells around the particle are used, see `around`.
    """
    positions = Positions.of(eta, phi, parameters, n_rz, n_phi)
    parts = []
    for part in moved_clusters(Cells.of(trigger_cells, legacy=parameters.legacy), positions, parameters):
        if not wanted():
            return None
        parts.append(part)
    split = splits([parts], [positions], [others])
    return PhaseMap(positions, split[0])


def moved_clusters(cells: Cells, positions: Positions, parameters: ChainParameters) -> Iterator[Columns]:
    """Clusters near a particle in all its positions, some positions at a time.

    Parameters
    ----------
    cells : of one event

    Yields
    ------
    columns : `position` (int64, n_phi * i + j), `pt energy` [GeV], `eta phi`. Clusters far from the particle
        are incomplete or missing
    """
    cells = cells.at_least(parameters.tc_threshold)
    if not uses_bins(parameters):
        yield _clusters(cells, CHAINS[parameters.chain].seeds(Binned.of(cells, parameters))[0], parameters)
        return
    for_seeds, clustered = around(cells, positions, parameters)
    filled, some = _Filled(cells.only(for_seeds), positions, parameters), np.flatnonzero(clustered)
    for first in range(0, len(positions), BATCH):
        last = min(first + BATCH, len(positions))
        row, position = np.tile(some, last - first), np.repeat(np.arange(first, last), len(some))
        found = _clusters(
            positions.moved(cells, row, position, first, last), filled.seeds(first, last), parameters
        )
        yield found | {"position": found["position"] + first}


def _clusters(cells: Cells, seeds: Columns, parameters: ChainParameters) -> Columns:
    """Clusters of seeds, as in the chain."""
    *_, found = cluster_cells(cells, seeds, parameters)
    return {"position": seeds["event"][found.pop("seed")]} | {name: found[name] for name in CLUSTER}


class _Filled:
    """The histograms of an event in all its positions.

    A shift along one axis does not change the bins along the other one. So they are computed once for each
    shift along an axis, and not for each pair of shifts.
    """

    def __init__(self, cells: Cells, positions: Positions, parameters: ChainParameters) -> None:
        self._cells, self._positions, self._parameters = cells, positions, parameters
        n, binning = len(cells.x), positions.binning
        i, j = positions.here

        def bins(position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            """Bins of all cells in some positions, shape (n_positions, n); one beyond the last if outside."""
            number = len(position)
            moved = positions.moved(cells, np.tile(np.arange(n), number), np.repeat(position, n), 0, 0)
            rz_bin, phi_bin, inside = binning.bins(moved.r_over_z, moved.phi)
            rz_bin[~inside], phi_bin[~inside] = binning.n_rz, binning.n_phi
            return rz_bin.reshape(number, n), phi_bin.reshape(number, n)

        self._rz_bin = bins(np.arange(positions.n_rz) * positions.n_phi + j)[0]
        self._phi_bin = bins(i * positions.n_phi + np.arange(positions.n_phi))[1]

    def _smoothed(self, index: np.ndarray, shape: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
        """The histograms without what is outside, and the smoothed ones, as of `Binned`."""
        parameters, binning = self._parameters, self._positions.binning
        mip = np.tile(self._cells.mip, shape[0])
        filled = np.zeros(shape, dtype=np.float64 if parameters.legacy else np.float32)
        fill_single(index, mip, filled.reshape(-1))
        filled = np.ascontiguousarray(filled[:, :-1, :-1])
        return filled, smoothed_as(parameters, filled, binning)

    def seeds(self, first: int, last: int) -> Columns:
        """Seeds of some positions, as of `HistogramSeeding.seeds`."""
        binning, parameters, n = self._positions.binning, self._parameters, last - first
        i, j = np.divmod(np.arange(first, last), self._positions.n_phi)
        rz_bin, phi_bin = self._rz_bin[i], self._phi_bin[j]
        shape = n, binning.n_rz + 1, binning.n_phi + 1  # a row and a column for the cells outside
        index = (np.arange(n)[:, None] * shape[1] + rz_bin) * shape[2] + phi_bin
        histogram, smoothed = self._smoothed(index.ravel(), shape)
        found = SEED_RULES[parameters.seeding].seeds(SmoothedBins(smoothed), parameters)
        wanted = np.zeros(shape, dtype=bool)
        wanted[found] = True
        event, rz, phi = (each[histogram[found] <= 0] for each in found)  # directions are means around them
        beside = np.arange(-widest(parameters), widest(parameters) + 1)
        for step in (-1, 0, 1):  # row -1 is the one of the cells outside
            wanted[event[:, None], (rz + step)[:, None], (phi[:, None] + beside) % binning.n_phi] = True
        wanted[:, -1], wanted[:, :, -1] = False, False
        position, row = np.nonzero(wanted.ravel()[index])
        cells = self._positions.moved(self._cells, row, position + first, first, last)
        bin_of_cell = (position * binning.n_rz + rz_bin[position, row]) * binning.n_phi
        bin_of_cell += phi_bin[position, row]
        x, y = directions(cells, bin_of_cell, found, binning, parameters)
        return {"event": found[0], "energy": smoothed[found], "x_over_z": x, "y_over_z": y}


def widest(parameters: ChainParameters) -> int:
    """The most phi bins to either side that smoothing sums, at least one."""
    return max(max(parameters.smooth.bin_sums) // 2, 1)


def around(cells: Cells, positions: Positions, parameters: ChainParameters) -> tuple[np.ndarray, np.ndarray]:
    """Trigger cells on which the clusters near a particle depend.

    Returns
    -------
    for_seeds : bool, shape (n,): cells that the seeds depend on
    clustered : bool, shape (n,), some of them: cells that a cluster near the particle can have

    All cells, for a chain without bins.

    Notes
    -----
    Let r be the radius of clusters, and R its largest value. A cluster whose position is within `NEAR` of
    the particle has its seed there, too, to within `SLACK`, and its cells within r of the seed, by layer.
    Other seeds can take these cells if they are within another r: up to 2 R from the first seed. Of all these
    seeds, the histogram is needed in the bins of the window, or of several of them (`SeedRule.reach`), and as
    far around them as smoothing sums: a row more in R/z, and in phi half of the bins summed and one more.
    """
    eta, phi, binning = positions.eta, positions.phi, positions.binning
    radius = reach(cells, parameters.cluster, parameters.radius)
    if not uses_bins(parameters):
        return (np.ones(len(cells.x), dtype=bool),) * 2
    far, close = (1 / math.sinh(max(abs(eta) + side * NEAR, NEAR)) for side in (-1, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        rz = np.hypot(cells.x, cells.y) / np.abs(cells.z)
    away = np.abs(wrapped(np.arctan2(cells.y, cells.x) - phi))

    def within(distance: np.ndarray, rows: int, columns: int) -> np.ndarray:
        margin = distance + rows * np.diff(binning.rz_edges[:2])
        angle = np.where(distance < close, np.arcsin(np.minimum(distance / close, 1)), np.pi)
        angle += NEAR + columns * np.diff(binning.phi_edges[:2])
        return (rz >= close - margin) & (rz <= far + margin) & (away <= angle)

    clustered = within(SLACK + radius, 0, 0)
    windows = SEED_RULES[parameters.seeding].reach
    columns = widest(parameters) + windows * parameters.seed_window + 1
    for_seeds = within(SLACK + 2 * radius.max(keepdims=True, initial=0), 1 + windows, columns)
    return for_seeds | clustered, clustered


def splits(
    found: Sequence[Sequence[Columns]],
    positions: Sequence[Positions],
    others: Sequence[pd.DataFrame | None],
) -> np.ndarray:
    """In which positions showers are split.

    Parameters
    ----------
    found : all that `moved_clusters` yields, of each shower
    positions : of each shower, of the same numbers
    others : see `phase_map`, of each shower

    Returns
    -------
    bool, shape (n_showers, n_rz, n_phi)
    """
    n = len(positions[0])
    entry = [part["position"] + shower * n for shower, parts in enumerate(found) for part in parts]
    columns = {name: np.concatenate([part[name] for parts in found for part in parts]) for name in CLUSTER}
    first, rest = [], []
    for shower, (own, other) in enumerate(zip(positions, others, strict=True)):
        number = shower * n + np.arange(n)
        first.append([number, *own.directions(np.array([own.eta]), np.array([own.phi]))])
        if other is not None and len(other):
            beside = own.directions(*(other[name].to_numpy(float) for name in ("gen_eta", "gen_phi")))
            rest.append([np.repeat(number, len(other)), *beside])
    moved = (
        np.concatenate([each.ravel() for each in columns]) for columns in zip(*first, *rest, strict=True)
    )
    particles = pd.DataFrame(dict(zip(("entry", "gen_eta", "gen_phi"), moved, strict=True)))
    table = pd.DataFrame({"entry": np.concatenate(entry)} | columns)
    split = outcomes(table.assign(endcap=1), particles.assign(endcap=1))["split"].to_numpy()
    return split[: n * len(positions)].reshape(-1, positions[0].n_rz, positions[0].n_phi)
