"""The triangular clustering of 2026, experimental: hexagons of triangles in (x/z, y/z), by their sums of pt.

It follows the semi-emulator of github.com/hgc-tpg/cmssw, branch s2EmuIntegration, in L1Trigger/L1THGCal:
its part in floating point, TPGStage2Emulation::Stage2 in interface/backend_semiemulator/Stage2.hh, and what
calls it, plugins/backend/HGCalBackendLayer2ProcessorSemiEmulator.cc.

- Three lattices of regular hexagons, offset by one side of a hexagon, each cover the plane
  [Stage2::Stage2]. A trigger cell adds its pt to one hexagon of each lattice [Stage2::run, runSector].
  Taken together, the centres of the hexagons are the corners of equilateral triangles with the same side,
  and a hexagon is the six triangles around its centre: a trigger cell is in the hexagons of its triangle's
  three corners.
- A hexagon is a maximum if it has more pt than each of its six neighbours, whose centres are one side away;
  of equal ones none is [TcAccumulatorFW::isLocalMaximum in TPGBEDataformat.hh].
- There are two passes. After the first one, its maxima and all of their neighbours are emptied, and the
  second one finds the maxima among those that are left [Stage2::run].
- The trigger cells of a maximum are a cluster. No two maxima are neighbours, so that a trigger cell is in
  one cluster at most. Maxima have no threshold, but clusters a smallest pt
  [HGCalBackendLayer2ProcessorSemiEmulator].

Notes
-----
Assumed, where the source has the firmware's integers, or works on parts of an endcap:

- The endcap is one lattice. The source has one in each sector, of which it keeps the maxima of 120 degrees;
  they are the same lattice, as its rotations and reflections from one sector to another leave it as it is.
- pt and directions are not rounded to the firmware's units. So sums are equal where hexagons have the same
  trigger cells, and hardly ever otherwise.
- Trigger cells beyond `LIMIT` are not clustered. The source has a larger lattice, and ends where one is
  beyond it.
- The seed of a cluster is at the centre of its hexagon, and its energy is the sum of mipT of the trigger
  cells. The source has no seeds but clusters.
- A cluster's position is the mean of its trigger cells weighted with mipPt, and it has more than the
  smallest pt, as in the other chains. The source takes the means of R/z and of phi weighted with pt, and
  keeps clusters of exactly the smallest pt.
- A trigger cell on the edge of two triangles belongs to the one at higher x/z or y/z.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .cells import Cells
from .compiled import compiled
from .histogram import bins_of_directions
from .seeding import Binned, Seeding, Stages
from .triangular_lattice import AROUND, Lattice

if TYPE_CHECKING:
    from .parameters import ChainParameters

PASSES = 2

_AROUND = np.array(AROUND)


@dataclass(frozen=True, eq=False)
class TriangularStages(Stages):
    """Intermediate results of the triangular clustering.

    Attributes
    ----------
    lattice : Lattice, with the centres of the hexagons
    pt : float64, shape (n_events, n_rows, n_columns), GeV, sum of each hexagon's trigger cells
    mip : same shape, mipT
    found_in : int8, same shape: the pass in which a hexagon is a maximum, 1 or 2; 0 for none
    row, column : int64, shape (n_seeds,), centres of the seeds
    outside : int64, shape (n_events,), number of trigger cells beyond the limits
    """

    lattice: Lattice
    pt: np.ndarray
    mip: np.ndarray
    found_in: np.ndarray
    row: np.ndarray
    column: np.ndarray
    outside: np.ndarray

    @cached_property
    def emptied(self) -> np.ndarray:
        """Which hexagons were neighbours of a maximum of the first pass, bool, shape of `pt`."""
        return around(self.found_in == 1).max(axis=0)

    def why_no_seed(self, threshold: float) -> str:
        highest = self.pt.max(initial=0.0)
        if not highest:
            return "No hexagon has any pt."
        return f"No hexagon has more pt than each of its six neighbours: the highest has {highest:.3g} GeV."


class TriangularSeeding(Seeding):
    """Seeds are hexagons with more pt than each of their neighbours, and have the trigger cells in them."""

    title = "hexagons of triangles in (x/z, y/z), experimental"
    by_threshold = False
    by_radius = False

    def seeds(self, binned: Binned) -> tuple[dict[str, np.ndarray], TriangularStages]:
        cells, lattice = binned.cells, Lattice(binned.parameters.triangular.side)
        corners = lattice.corners(cells.x_over_z, cells.y_over_z)
        pt, mip = np.zeros((2, cells.n_events, *lattice.shape))
        _fill(cells.event, corners, cells.pt, pt.reshape(cells.n_events, -1))
        _fill(cells.event, corners, cells.mip, mip.reshape(cells.n_events, -1))
        found_in = np.zeros(pt.shape, dtype=np.int8)
        _find(pt, _AROUND, found_in)
        event, row, column = np.nonzero(found_in)
        order = np.lexsort((column, row, found_in[event, row, column], event))
        found = event[order], row[order], column[order]
        x, y = lattice.place(*found[1:])
        rz_bin, phi_bin = bins_of_directions(x, y, binned.binning)
        seeds = {
            "event": found[0],
            "energy": mip[found],
            "x_over_z": x,
            "y_over_z": y,
            "rz_bin": rz_bin,
            "phi_bin": phi_bin,
        }
        outside = np.bincount(cells.event[corners[:, 0] < 0], minlength=cells.n_events)
        return seeds, TriangularStages(lattice, pt, mip, found_in, *found[1:], outside)

    def seed_of_cell(
        self, cells: Cells, seeds: dict[str, np.ndarray], parameters: "ChainParameters"
    ) -> np.ndarray:
        lattice = Lattice(parameters.triangular.side)
        row, column = lattice.nearest(seeds["x_over_z"], seeds["y_over_z"])
        place = row * lattice.shape[1] + column
        first = np.searchsorted(seeds["event"], np.arange(cells.n_events + 1))
        corners = lattice.corners(cells.x_over_z, cells.y_over_z)
        return _assign(cells.event, corners, first, place, int(np.prod(lattice.shape)))


def around(values: np.ndarray) -> np.ndarray:
    """The values of the six neighbours of each point, in the order of `AROUND`.

    Parameters
    ----------
    values : shape (n_events, n_rows, n_columns), 0 at the border of the lattice

    Returns
    -------
    shape (6, n_events, n_rows, n_columns)
    """
    return np.stack([np.roll(values, (-d_row, -d_column), axis=(1, 2)) for d_row, d_column in AROUND])


@compiled
def _fill(event: np.ndarray, corners: np.ndarray, weight: np.ndarray, total: np.ndarray) -> None:
    """Add the weight of each trigger cell to its three hexagons, which makes equal sums of the same cells."""
    for n in range(len(event)):
        if corners[n, 0] >= 0:
            for place in corners[n]:
                total[event[n], place] += weight[n]


@compiled
def _find(pt: np.ndarray, around: np.ndarray, found_in: np.ndarray) -> None:
    """Write the pass in which each hexagon is a maximum; those at the border of the lattice are empty."""
    n_events, n_rows, n_columns = pt.shape
    left = np.empty((n_rows, n_columns))
    for event in range(n_events):
        left[:] = pt[event]
        for number in range(1, PASSES + 1):
            for row in range(1, n_rows - 1):
                for column in range(1, n_columns - 1):
                    if not left[row, column] > 0:
                        continue
                    highest = 0.0
                    for d_row, d_column in around:
                        highest = max(highest, left[row + d_row, column + d_column])
                    if left[row, column] > highest:
                        found_in[event, row, column] = number
            for row in range(1, n_rows - 1):
                for column in range(1, n_columns - 1):
                    if found_in[event, row, column] == number:
                        left[row, column] = 0.0
                        for d_row, d_column in around:
                            left[row + d_row, column + d_column] = 0.0


@compiled
def _assign(
    event: np.ndarray, corners: np.ndarray, first: np.ndarray, place: np.ndarray, n_points: int
) -> np.ndarray:
    """Seed of each trigger cell, that at a corner of its triangle; -1 for none."""
    seed = np.full(len(event), -1, dtype=np.int64)
    seed_at = np.full(n_points, -1, dtype=np.int64)
    present = -1
    for n in range(len(event)):
        if event[n] != present:
            if present >= 0:
                seed_at[place[first[present] : first[present + 1]]] = -1
            present = event[n]
            for s in range(first[present], first[present + 1]):
                seed_at[place[s]] = s
        if corners[n, 0] >= 0:
            for corner in corners[n]:
                seed[n] = max(seed[n], seed_at[corner])
    return seed
