"""Where in its bin a seed is: the mean of the trigger cells, or the middle."""

from dataclasses import dataclass

import numpy as np

from . import single
from .cells import Cells
from .seed_rule import Bins


@dataclass(frozen=True)
class SeedPosition:
    """A way to give a seed its direction.

    Attributes
    ----------
    title : short description
    cmssw : its name in CMSSW's configuration (seed_position)
    of_cells : whether it follows from the trigger cells in the bin
    """

    title: str
    cmssw: str
    of_cells: bool


SEED_POSITIONS = {
    "weighted": SeedPosition("the mean of its bin's trigger cells, weighted with mipPt", "TCWeighted", True),
    "bin_centre": SeedPosition("the middle of its bin", "BinCentre", False),
}
"""By the name that parameters, files, links and options use; the first one is the default."""


def means_of_bins(
    cells: Cells, bin_of_cell: np.ndarray, seeds: Bins, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Mean direction of the trigger cells in the bins of seeds, weighted with mipPt.

    Parameters
    ----------
    bin_of_cell : int64, shape (n,): (event * n1 + i) * n2 + j of each cell, -1 outside the histogram
    seeds : event, i, j
    shape : (n1, n2)

    Returns
    -------
    x_over_z, y_over_z : float64, shape (n_seeds,); NaN where the bin has no mipPt

    Notes
    -----
    Sums and directions are in single precision, as in CMSSW [HGCalHistoSeedingImpl::fillHistoClusters]: the
    last digit decides which trigger cells are within reach.
    """
    event, first, second = seeds
    index = (event * shape[0] + first) * shape[1] + second
    seed_of_bin = np.full(int(cells.n_events) * shape[0] * shape[1] + 1, -1, dtype=np.int32)
    seed_of_bin[index] = np.arange(len(index))
    seed = seed_of_bin[bin_of_cell]  # -1: the last one, of no bin
    mine = np.flatnonzero(seed >= 0)
    x, y = single.means(seed[mine], cells.x_over_z[mine], cells.y_over_z[mine], cells.mip[mine], len(index))
    unknown = ~np.isfinite(x + y)  # without mipPt, or sums beyond single precision
    x, y = x.astype(np.float64), y.astype(np.float64)
    x[unknown] = y[unknown] = np.nan
    return x, y
