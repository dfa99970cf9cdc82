"""The split rate of a sample with each shower in many positions in the bins, and where splits lie."""

from itertools import pairwise

import numpy as np
import pandas as pd

from .measures import interval
from .phases import N_RZ
from .response import bin_numbers

ETA_EDGES = (0.0, 1.7, 2.0, 2.3, 2.6, 2.8, np.inf)
"""Edges in abs(eta) of the particles; the outer bins hold the rest."""


def phase_average(particles: pd.DataFrame) -> pd.DataFrame:
    """Split rates from one position of each shower, and averaged over its positions.

    Parameters
    ----------
    particles : `gen_eta`, `split` (bool, in the actual position), `p_split` (share of its positions)

    Returns
    -------
    DataFrame : a row for all particles (`abs_eta_low`, `abs_eta_high` NaN), and one for each bin of abs(eta)
        that has some: `n` particles;

        `n_split` of them in their actual positions, `one_phase_rate` = n_split / n, `one_phase_low`,
        `one_phase_high` its Clopper-Pearson interval (68.27 %);

        `rate`, the mean of `p_split`, `rate_error` = standard deviation of `p_split` / sqrt(n), NaN for one
        particle; `ever_split`, particles with `p_split` > 0;

        `gain` = rate (1 - rate) / n / rate_error^2: how many times more showers are needed with one
        position of each for the same precision

    Notes
    -----
    The error counts showers, not positions: those of one shower are not independent. Where no shower is ever
    split, the error is 0; the interval from one position then bounds the rate.
    """
    eta = np.abs(particles["gen_eta"].to_numpy(float))
    chosen = [(np.nan, np.nan, np.ones(len(eta), dtype=bool))]
    for low, high in pairwise(ETA_EDGES):
        chosen.append((low, high, (eta >= low) & (eta < high)))
    rows = [
        {"abs_eta_low": low, "abs_eta_high": high} | _rates(particles[which])
        for low, high, which in chosen
        if which.any() or np.isnan(low)
    ]
    return pd.DataFrame(rows)


def _rates(particles: pd.DataFrame) -> dict[str, float]:
    n, k = len(particles), int(particles["split"].sum())
    p_split = particles["p_split"].to_numpy(float)
    low, high = interval(np.array(k), np.array(n))
    rate = float(p_split.mean()) if n else np.nan
    error = float(p_split.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan
    return {
        "n": n,
        "n_split": k,
        "one_phase_rate": k / n if n else np.nan,
        "one_phase_low": float(low),
        "one_phase_high": float(high),
        "rate": rate,
        "rate_error": error,
        "ever_split": int((p_split > 0).sum()),
        "gain": rate * (1 - rate) / n / error**2 if n > 1 and error else np.nan,
    }


def split_by_phase(particles: pd.DataFrame, split: np.ndarray) -> pd.DataFrame:
    """How many showers are split at each place in the bin, by abs(eta).

    Parameters
    ----------
    particles : `gen_eta`, `phase_rz`
    split : bool, shape (n, n_rz, n_phi), of each particle and position, see `phases.PhaseMap`

    Returns
    -------
    DataFrame : `abs_eta_low abs_eta_high`, `rz_low rz_high phi_low phi_high` (phases: parts of the bin), `n`
        positions there, of which `n_split` are split. Positions along phi alone (n_rz = 1) are sorted into 20
        intervals by the phase that the particle has in R/z
    """
    eta, phase = (particles[name].to_numpy(float) for name in ("gen_eta", "phase_rz"))
    n_rz, n_phi = split.shape[1:]
    eta_bin = np.searchsorted(ETA_EDGES, np.abs(eta), side="right") - 1
    rows = N_RZ if n_rz == 1 else n_rz
    row = np.minimum((phase * rows).astype(np.int64)[:, None], rows - 1) if n_rz == 1 else np.arange(n_rz)
    index = (eta_bin[:, None] * rows + row)[..., None] * n_phi + np.arange(n_phi)
    size = (len(ETA_EDGES) - 1) * rows * n_phi
    total = np.bincount(index.ravel(), minlength=size)
    found = np.bincount(index.ravel(), split.ravel(), size).astype(np.int64)
    of_eta, i, j = np.unravel_index(np.flatnonzero(total), (len(ETA_EDGES) - 1, rows, n_phi))
    edges = np.array(ETA_EDGES)
    return pd.DataFrame(
        {
            "abs_eta_low": edges[of_eta],
            "abs_eta_high": edges[of_eta + 1],
            "rz_low": i / rows,
            "rz_high": (i + 1) / rows,
            "phi_low": j / n_phi,
            "phi_high": (j + 1) / n_phi,
            "n": total[total > 0],
            "n_split": found[total > 0],
        }
    )


def by_phase(split: np.ndarray, axis: str, n: int | None = None) -> pd.DataFrame:
    """Split rate at each phase along one axis, averaged over the phases along the other one.

    Parameters
    ----------
    split : bool, shape (n, n_rz, n_phi), of each shower and position, see `phases.PhaseMap`
    axis : "phi" or "rz"
    n : number of showers, if those that are split in no position are left out of `split`

    Returns
    -------
    DataFrame : `low high`, the phases, and as of `averages` `n rate rate_error`
    """
    share = split.mean(axis={"phi": 1, "rz": 2}[axis])
    edges = np.linspace(0, 1, share.shape[1] + 1)
    never = np.zeros(0 if n is None else n - len(split))
    rows = [averages(np.concatenate([share[:, k], never])) for k in range(share.shape[1])]
    return pd.DataFrame([{"low": edges[k], "high": edges[k + 1]} | row for k, row in enumerate(rows)])


def average_in_bins(x: np.ndarray, p_split: np.ndarray, edges: np.ndarray) -> pd.DataFrame:
    """Phase-averaged split rate in bins of a quantity.

    Parameters
    ----------
    x, p_split : float64, shape (n,), of each shower
    edges : float64, shape (n_bins + 1,), of x; the last bin holds its upper edge, too

    Returns
    -------
    DataFrame : `low high`, the bin, and `n rate rate_error` as of `averages`; a row per bin
    """
    number = bin_numbers(x, edges)
    return pd.DataFrame(
        [
            {"low": low, "high": high} | averages(p_split[number == k])
            for k, (low, high) in enumerate(pairwise(edges))
        ]
    )


def averages(shares: np.ndarray) -> dict[str, float]:
    """Mean of the showers' shares, as `n rate rate_error`; the error is of showers, see `phase_average`.

    NaN for no shower, and for the error of one. Where no shower is split in any position the error is that of
    a share of which none passed: the upper end of its Clopper-Pearson interval.
    """
    n = len(shares)
    rate = float(shares.mean()) if n else np.nan
    error = float(shares.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan
    if n and not shares.any():
        error = float(interval(np.array(0), np.array(n))[1])
    return {"n": n, "rate": rate, "rate_error": error}


def more_showers(rate: float, error: float, n: int, relative: float) -> int:
    """About how many more showers are needed until a phase-averaged rate is known to a relative uncertainty.

    Parameters
    ----------
    rate, error, n : as of `averages`
    relative : wanted standard deviation over the rate

    Returns
    -------
    int : 0 if it is known, -1 if it cannot be told

    Examples
    --------
    >>> more_showers(0.01, 0.002, 1000, 0.1)
    3000
    """
    if not rate > 0 or not error > 0:
        return -1
    return max(0, round(n * (error / (rate * relative)) ** 2) - n)
