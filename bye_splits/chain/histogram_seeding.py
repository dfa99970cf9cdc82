"""The default seeding: local maxima of the smoothed histogram, and their directions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bye_splits.settings import CoarseSeeding
from bye_splits.settings import Seeding as Configured

from . import single
from .cells import Cells, sums
from .histogram import Binning
from .seeding import Binned, Seeding, Stages
from .smoothing import phi_weights


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
    """Seeds are the local maxima of the smoothed histogram."""

    title = "local maxima of the smoothed histogram"
    smooths = True

    def configured_threshold(self, seed: Configured, coarse: CoarseSeeding) -> float:
        return seed.threshold

    def seeds(self, binned: Binned) -> tuple[dict[str, np.ndarray], HistogramStages]:
        parameters, smoothed = binned.parameters, binned.smoothed
        found = local_maxima(smoothed, parameters.seed_threshold, parameters.seed_window, parameters.legacy)
        x, y = directions(
            binned.cells,
            binned.bin_of_cell,
            found,
            binned.binning,
            parameters.smooth.bin_sums,
            parameters.legacy,
        )
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


def local_maxima(
    smoothed: np.ndarray, threshold: float, window: int = 1, legacy: bool = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bins above threshold that are the maximum of their window.

    Parameters
    ----------
    smoothed : float64, shape (n_events, n_rz, n_phi), mipT
    threshold : mipT; only bins above it can be seeds
    window : half width in phi, in bins; in R/z it is 1
    legacy : equal bins are all seeds

    Returns
    -------
    event, rz_bin, phi_bin : int64, shape (n,), in the order of events and bins

    Notes
    -----
    Of equal neighbours one is a seed, as in CMSSW: with N = (i + 1) and E = (j + 1) a bin has to be above N,
    W, SW and NW and not below S, E, SE and NE, so that the lower j wins, then the higher i. A ring of equal
    bins has no seed.
    """
    n_rz, n_phi = smoothed.shape[1:]
    flat = smoothed.ravel()
    index = np.flatnonzero(flat > threshold)
    value = flat[index]
    is_seed = np.ones(len(index), dtype=bool)
    for neighbour, wins_ties in _around(smoothed, index, window, legacy):
        is_seed &= value > neighbour if wins_ties else value >= neighbour
    rest, phi_bin = np.divmod(index[is_seed], n_phi)
    event, rz_bin = np.divmod(rest, n_rz)
    return event, rz_bin, phi_bin


def beaten_by(
    smoothed: np.ndarray, threshold: float, window: int = 1, legacy: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """The highest of the neighbours that prevent each bin above threshold from being a seed.

    Parameters
    ----------
    smoothed, threshold, window, legacy : as in `local_maxima`

    Returns
    -------
    winner : int16, same shape as `smoothed`: index into `neighbours(window)`; -1 for seeds, and for bins that
        are not above threshold
    equal : bool, same shape: whether the winner is equally high, and wins by the rule for ties
    """
    flat = smoothed.ravel()
    index = np.flatnonzero(flat > threshold)
    value = flat[index]
    highest, best = np.full(len(index), -np.inf), np.full(len(index), -1, dtype=np.int16)
    for number, (neighbour, wins_ties) in enumerate(_around(smoothed, index, window, legacy)):
        beats = (neighbour >= value if wins_ties else neighbour > value) & (neighbour > highest)
        np.copyto(highest, neighbour, where=beats)
        np.copyto(best, number, where=beats)
    winner, equal = np.full(smoothed.shape, -1, dtype=np.int16), np.zeros(smoothed.shape, dtype=bool)
    winner.ravel()[index] = best
    equal.ravel()[index] = highest == value
    return winner, equal


def neighbours(window: int) -> tuple[tuple[int, int], ...]:
    """Offsets (d_rz, d_phi) of the bins that a seed is compared with, excluding itself.

    Examples
    --------
    >>> neighbours(1)
    ((1, -1), (1, 0), (1, 1), (0, -1), (0, 1), (-1, -1), (-1, 0), (-1, 1))
    """
    steps = range(-window, window + 1)
    return tuple((d_rz, d_phi) for d_rz in (1, 0, -1) for d_phi in steps if (d_rz, d_phi) != (0, 0))


def _around(
    smoothed: np.ndarray, index: np.ndarray, window: int, legacy: bool
) -> Iterator[tuple[np.ndarray, bool]]:
    """For each of the `neighbours`, its values (-inf outside R/z), and whether it wins ties."""
    n_rz, n_phi = smoothed.shape[1:]
    flat = smoothed.ravel()
    rest, phi_bin = np.divmod(index, n_phi)
    rz_bin = rest % n_rz
    rows = {}
    for d_rz in (-1, 0, 1):
        inside = (rz_bin + d_rz >= 0) & (rz_bin + d_rz < n_rz)
        rows[d_rz] = inside, np.where(inside, (rest + d_rz) * n_phi, 0)
    around = np.arange(-window, n_phi + window) % n_phi  # a table is faster than taking the modulus of each
    for d_rz, d_phi in neighbours(window):
        inside, row = rows[d_rz]
        wins_ties = not legacy and (d_phi < 0 or (d_phi == 0 and d_rz > 0))
        yield np.where(inside, flat[row + around[phi_bin + (d_phi + window)]], -np.inf), wins_ties


def directions(
    cells: Cells,
    bin_of_cell: np.ndarray,
    seeds: tuple,
    binning: Binning,
    bin_sums: Sequence[int],
    legacy: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Direction of each seed: mean of its bin's trigger cells, weighted with mipPt.

    Parameters
    ----------
    bin_of_cell : int64, shape (n,): (event * n_rz + rz_bin) * n_phi + phi_bin, -1 outside the histogram
    seeds : event, rz_bin, phi_bin
    bin_sums : of the smoothing

    Returns
    -------
    x_over_z, y_over_z : float64, shape (n_seeds,): x/abs(z) and y/abs(z)

    Notes
    -----
    Without `legacy` sums and directions are in single precision, as in CMSSW [fillHistoClusters]: the last
    digit decides which trigger cells are within reach.

    Smoothing can put a maximum on an empty bin: its direction is the mean over the bins that are summed for
    it, or the middle of the bin if these are empty too. With `legacy` it is NaN, except for an event's first
    seed, which gets the mean of its two neighbours in phi.
    """
    event, rz_bin, phi_bin = seeds
    index = (event * binning.n_rz + rz_bin) * binning.n_phi + phi_bin
    seed_of_bin = np.full(int(cells.n_events) * binning.n_bins, -1, dtype=np.int32)
    seed_of_bin[index] = np.arange(len(index))
    seed = seed_of_bin[bin_of_cell]
    mine = np.flatnonzero((seed >= 0) & (bin_of_cell >= 0))
    seed, weight = seed[mine], cells.mip[mine]
    seen = cells.x_over_z[mine], cells.y_over_z[mine]
    total = sums(seed, weight, len(index))
    empty = total <= 0
    if legacy:
        total[empty] = 1
        x, y = (sums(seed, weight * values, len(index)) / total for values in seen)
    else:
        x, y = single.means(seed, *seen, weight, len(index))
        empty |= ~np.isfinite(x + y)  # sums that overflow single precision
    for s in np.flatnonzero(empty).tolist():
        if legacy:
            x[s], y[s] = _between_neighbours(s, cells, bin_of_cell, event, index, phi_bin, binning.n_phi)
        else:
            x[s], y[s] = _over_window(
                cells, bin_of_cell, (event[s], rz_bin[s], phi_bin[s]), binning, bin_sums
            )
    return x.astype(np.float64, copy=False), y.astype(np.float64, copy=False)


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
