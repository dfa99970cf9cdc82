"""The default seeding: bins of the smoothed (R/z, phi) histogram, and their directions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bye_splits.errors import variant

from . import single
from .cells import Cells, sums
from .histogram import Binning
from .seed_positions import SEED_POSITIONS, means_of_bins
from .seed_rule import Bins, SmoothedBins
from .seed_rules import SEED_RULES
from .seeding import Binned, Seeding, Stages
from .smoothing import CMSSW_KERNEL, phi_weights

if TYPE_CHECKING:
    from .parameters import ChainParameters


@dataclass(frozen=True, eq=False)
class HistogramStages(Stages):
    """Intermediate results of the default seeding.

    Attributes
    ----------
    smoothed : float64, shape (n_events, n_rz, n_phi), mipT
    """

    smoothed: np.ndarray

    def why_no_seed(self, threshold: float) -> str:
        highest = self.smoothed.max(initial=0.0)
        return f"No seed above {threshold:g} mipT: the highest smoothed bin has {highest:.3g} mipT."


class HistogramSeeding(Seeding):
    """Seeds are bins of the smoothed (R/z, phi) histogram, by one of `seed_rules.SEED_RULES`."""

    title = "bins of the smoothed histogram in (R/z, phi)"
    cmssw_space = "RPhi"
    smooths = True
    by_rule = True

    def seeds(self, binned: Binned) -> tuple[dict[str, np.ndarray], HistogramStages]:
        parameters, smoothed = binned.parameters, binned.smoothed
        found = SEED_RULES[parameters.seeding].seeds(SmoothedBins(smoothed), parameters)
        x, y = directions(binned.cells, binned.bin_of_cell, found, binned.binning, parameters)
        event, rz_bin, phi_bin = found
        seeds = {
            "event": event,
            "energy": smoothed[found],
            "x_over_z": x,
            "y_over_z": y,
            "rz_bin": rz_bin,
            "phi_bin": phi_bin,
        }
        return seeds, HistogramStages(smoothed)


def directions(
    cells: Cells, bin_of_cell: np.ndarray, seeds: Bins, binning: Binning, parameters: "ChainParameters"
) -> tuple[np.ndarray, np.ndarray]:
    """Direction of each seed.

    Parameters
    ----------
    bin_of_cell : int64, shape (n,): (event * n_rz + rz_bin) * n_phi + phi_bin, -1 outside the histogram
    seeds : event, rz_bin, phi_bin

    Returns
    -------
    x_over_z, y_over_z : float64, shape (n_seeds,): x/abs(z) and y/abs(z)

    Notes
    -----
    By default it is the mean of the bin's trigger cells. An empty bin has none: in CMSSW the seed is without
    a direction then, and so it is here (NaN). But the kernel flat_top, which is not CMSSW's, makes seeds
    of empty bins as a rule: their direction is the mean over the bins that are summed, or the middle of the
    bin if these are empty too; as where sums are beyond single precision. With `legacy` it is NaN, except for
    an event's first seed, which gets the mean of its two neighbours in phi.
    """
    position = variant(SEED_POSITIONS, parameters.seed_position, "seed position")
    if not position.of_cells:
        return _middle(seeds, binning)
    shape = binning.n_rz, binning.n_phi
    if parameters.legacy:
        return _legacy_directions(cells, bin_of_cell, seeds, binning)
    x, y = means_of_bins(cells, bin_of_cell, seeds, shape)
    unknown = np.flatnonzero(~np.isfinite(x + y))
    if parameters.kernel == CMSSW_KERNEL and len(unknown):
        index = (seeds[0] * shape[0] + seeds[1]) * shape[1] + seeds[2]
        unknown = unknown[np.isin(index[unknown], bin_of_cell[cells.mip != 0])]
    for s in unknown.tolist():
        event, rz_bin, phi_bin = (int(values[s]) for values in seeds)
        x[s], y[s] = _over_window(
            cells, bin_of_cell, (event, rz_bin, phi_bin), binning, parameters.smooth.bin_sums
        )
    return x, y


def _middle(seeds: Bins, binning: Binning) -> tuple[np.ndarray, np.ndarray]:
    """Middles of bins, in CMSSW's precision [HGCalHistoSeedingImpl::setSeedEnergyAndPosition]."""
    _, rz_bin, phi_bin = seeds
    rz = binning.rz_min + (rz_bin + 0.5) * (binning.rz_max - binning.rz_min) / binning.n_rz
    phi = -np.pi + (phi_bin + 0.5) * (2 * np.pi) / binning.n_phi
    cos, sin = single.circle(phi.astype(np.float32))
    x, y = rz.astype(np.float32) * cos, rz.astype(np.float32) * sin
    return x.astype(np.float64), y.astype(np.float64)


def _legacy_directions(
    cells: Cells, bin_of_cell: np.ndarray, seeds: Bins, binning: Binning
) -> tuple[np.ndarray, np.ndarray]:
    event, rz_bin, phi_bin = seeds
    index = (event * binning.n_rz + rz_bin) * binning.n_phi + phi_bin
    seed_of_bin = np.full(int(cells.n_events) * binning.n_bins, -1, dtype=np.int32)
    seed_of_bin[index] = np.arange(len(index))
    seed = seed_of_bin[bin_of_cell]
    mine = np.flatnonzero((seed >= 0) & (bin_of_cell >= 0))
    seed, weight = seed[mine], cells.mip[mine]
    total = sums(seed, weight, len(index))
    empty = total <= 0
    total[empty] = 1
    x, y = (sums(seed, weight * of[mine], len(index)) / total for of in (cells.x_over_z, cells.y_over_z))
    for s in np.flatnonzero(empty).tolist():
        x[s], y[s] = _between_neighbours(s, cells, bin_of_cell, event, index, phi_bin, binning.n_phi)
    return x, y


def _over_window(
    cells: Cells,
    bin_of_cell: np.ndarray,
    seed: tuple[int, int, int],
    binning: Binning,
    bin_sums: Sequence[int],
) -> tuple[float, float]:
    event, i, j = seed
    reach = phi_weights(bin_sums, "default").astype(bool).sum(axis=1) - 1
    rest, phi_bin = np.divmod(bin_of_cell, binning.n_phi)
    of_event, rz_bin = np.divmod(rest, binning.n_rz)
    apart = np.abs((phi_bin - j + binning.n_phi // 2) % binning.n_phi - binning.n_phi // 2)
    near = (bin_of_cell >= 0) & (of_event == event) & (np.abs(rz_bin - i) <= 1)
    near &= apart <= reach[np.where(near, rz_bin, 0)]
    weight = cells.mip[near]
    if weight.sum() <= 0:
        rz = binning.rz_edges[i : i + 2].mean()
        phi = binning.phi_edges[j : j + 2].mean()
        return rz * np.cos(phi), rz * np.sin(phi)
    return np.average(cells.x_over_z[near], weights=weight), np.average(cells.y_over_z[near], weights=weight)


def _between_neighbours(
    s: int,
    cells: Cells,
    bin_of_cell: np.ndarray,
    event: np.ndarray,
    index: np.ndarray,
    phi_bin: np.ndarray,
    n_phi: int,
) -> tuple[float, float]:
    """Legacy: mean over the two neighbours in phi, for the first seed of an event only."""
    if s != np.flatnonzero(event == event[s])[0] or phi_bin[s] == n_phi - 1:
        return np.nan, np.nan
    left = index[s] - 1 if phi_bin[s] else index[s] + n_phi - 1
    means = []
    for neighbour in (left, index[s] + 1):
        inside = bin_of_cell == neighbour
        total = cells.mip[inside].sum()
        if total <= 0:
            return np.nan, np.nan
        means.append(
            [(cells.mip[inside] * q[inside]).sum() / total for q in (cells.x_over_z, cells.y_over_z)]
        )
    return tuple(np.mean(means, axis=0))
