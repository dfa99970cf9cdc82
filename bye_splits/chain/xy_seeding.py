"""Seeding in (x/z, y/z): CMSSW's seeding space XY."""

from dataclasses import dataclass

import numpy as np

from bye_splits.errors import variant
from bye_splits.settings import XyHistogram

from .cells import Cells
from .compiled import compiled
from .histogram import bins_of_directions
from .seed_positions import SEED_POSITIONS, means_of_bins
from .seed_rule import Bins, SmoothedBins
from .seed_rules import SEED_RULES
from .seeding import Binned, Seeding, Stages
from .single_smoothing import fill_single


@dataclass(frozen=True, eq=False)
class XyStages(Stages):
    """Intermediate results of the seeding in (x/z, y/z).

    Attributes
    ----------
    settings : XyHistogram, the bins
    histogram, smoothed : float64, shape (n_events, n_x, n_y), mipT, in x/abs(z) and y/abs(z)
    x_bin, y_bin : int64, shape (n_seeds,), bins of the seeds
    outside : int64, shape (n_events,), number of trigger cells beyond the limits
    """

    settings: XyHistogram
    histogram: np.ndarray
    smoothed: np.ndarray
    x_bin: np.ndarray
    y_bin: np.ndarray
    outside: np.ndarray

    def why_no_seed(self, threshold: float) -> str:
        highest = self.smoothed.max(initial=0.0)
        return f"No seed above {threshold:g} mipT: the highest bin in (x/z, y/z) has {highest:.3g} mipT."


class XySeeding(Seeding):
    """Seeds are bins of the smoothed (x/z, y/z) histogram, by one of `seed_rules.SEED_RULES`."""

    title = "bins of the smoothed histogram in (x/z, y/z)"
    cmssw_space = "XY"
    by_rule = True

    def seeds(self, binned: Binned) -> tuple[dict[str, np.ndarray], XyStages]:
        parameters, cells = binned.parameters, binned.cells
        settings = parameters.xy
        bin_of_cell = bins(cells, settings)
        shape = (cells.n_events, settings.n_x, settings.n_y)
        histogram, smoothed = smoothed_histograms(cells, bin_of_cell, settings)
        found = SEED_RULES[parameters.seeding].seeds(SmoothedBins(smoothed, wraps=False), parameters)
        if variant(SEED_POSITIONS, parameters.seed_position, "seed position").of_cells:
            x, y = means_of_bins(cells, bin_of_cell, found, shape[1:])
        else:
            x, y = middles(found, settings)
        rz_bin, phi_bin = bins_of_directions(x, y, binned.binning)
        seeds = {
            "event": found[0],
            "energy": smoothed[found],
            "x_over_z": x,
            "y_over_z": y,
            "rz_bin": rz_bin,
            "phi_bin": phi_bin,
        }
        outside = np.bincount(cells.event[bin_of_cell < 0], minlength=cells.n_events)
        return seeds, XyStages(settings, histogram, smoothed, found[1], found[2], outside)


def bins(cells: Cells, settings: XyHistogram) -> np.ndarray:
    """Bin of each trigger cell: (event * n_x + x_bin) * n_y + y_bin, int64, shape (n,), -1 beyond the limits.

    Notes
    -----
    Bins are computed in double precision from directions in single precision, as in CMSSW
    [HGCalHistoSeedingImpl::fillHistoClusters], which ends where a trigger cell is beyond the limits.
    """
    limit, index = settings.limit, cells.event
    inside = np.ones(len(index), dtype=bool)
    for values, n in ((cells.x_over_z, settings.n_x), (cells.y_over_z, settings.n_y)):
        wide = values.astype(np.float64)
        within = (wide >= -limit) & (wide < limit)
        inside &= within
        index = index * n + np.where(within, (wide + limit) * n / (2 * limit), 0).astype(np.int64)
    return np.where(inside, index, -1)


def smoothed_histograms(
    cells: Cells, bin_of_cell: np.ndarray, settings: XyHistogram
) -> tuple[np.ndarray, np.ndarray]:
    """The histogram and the smoothed histogram of each event, float64, shape (n_events, n_x, n_y), mipT.

    Parameters
    ----------
    bin_of_cell : see `bins`

    Notes
    -----
    CE-E and CE-H are smoothed by themselves and added [HGCalHistoSeedingImpl::findHistoSeeds]. Bins are sums
    in single precision, so that equal bins are equal here where they are in CMSSW.
    """
    shape = (cells.n_events, settings.n_x, settings.n_y)
    inside = np.flatnonzero(bin_of_cell >= 0)
    in_cee = cells.in_cee[inside]
    # Zeros that are never touched take no time.
    histogram, smoothed, total = (np.zeros(shape) for _ in range(3))
    part = np.zeros(shape, dtype=np.float32).reshape(-1)
    for weights, rows in ((settings.ecal, inside[in_cee]), (settings.hcal, inside[~in_cee])):
        size = int(np.sqrt(len(weights)))
        square = np.array(weights).reshape(size, size)
        fill_single(bin_of_cell[rows], cells.mip[rows], part)
        _add(np.sort(bin_of_cell[rows]), part, square, square.sum(), total, histogram.reshape(-1), smoothed)
    return histogram, smoothed


@compiled
def _add(
    filled: np.ndarray,
    part: np.ndarray,
    weights: np.ndarray,
    sum_of_weights: float,
    total: np.ndarray,
    histogram: np.ndarray,
    smoothed: np.ndarray,
) -> None:
    """Add the bins of a part, and its weighted means of squares of bins; most bins are empty.

    Parameters
    ----------
    filled : int64, shape (n,), places of the bins that are not empty, ascending, any number of times
    part : float32, flat; its bins are 0 again after that
    weights : shape (n, n)
    total : float64, shape (n_events, n_x, n_y), all 0 before and after
    histogram, smoothed : float64, flat and of the shape of `total`: numbers of single precision
    """
    n_events, n_x, n_y = total.shape
    half = len(weights) // 2
    rows = np.zeros(n_events * n_x, dtype=np.bool_)  # that something is added to
    for index in filled:
        content = np.float64(part[index])
        if content == 0:
            continue
        histogram[index] = np.float32(histogram[index]) + part[index]
        part[index] = 0
        rest, j = divmod(index, n_y)
        event, i = divmod(rest, n_x)
        first, last = max(0, j - half), min(n_y, j + half + 1)
        for near in range(max(0, i - half), min(n_x, i + half + 1)):
            rows[event * n_x + near] = True
            row, of_row = total[event, near], weights[i - near + half]
            for k in range(first, last):
                row[k] += content * of_row[j - k + half]
    for number in np.flatnonzero(rows):
        row, smoothed_row = total[number // n_x, number % n_x], smoothed[number // n_x, number % n_x]
        for k in range(n_y):
            smoothed_row[k] = np.float32(smoothed_row[k]) + np.float32(row[k] / sum_of_weights)
            row[k] = 0


def middles(seeds: Bins, settings: XyHistogram) -> tuple[np.ndarray, np.ndarray]:
    """Middles of bins in x/z and y/z, float64, shape (n_seeds,), in CMSSW's precision."""
    limit = settings.limit
    x, y = (
        (-limit + (bins + 0.5) * (2 * limit) / n).astype(np.float32).astype(np.float64)
        for bins, n in zip(seeds[1:], (settings.n_x, settings.n_y), strict=True)
    )
    return x, y
