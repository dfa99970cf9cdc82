"""Numbers that describe a sample of responses, and shares with their intervals.

The older pages use the same formulas, but the interval of their effective RMS held one or two values more
than 68 % of them (`legacy`).
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

CORE = 0.68  # of the entries are in the interval of the effective RMS
FEWEST = 4  # entries: fewer have no effective RMS
RESAMPLES = 64  # of the bootstrap
LEVEL = 0.6827  # of intervals: one standard deviation of a Gaussian


@dataclass(frozen=True)
class Summary:
    """A sample of responses in numbers; errors are one standard deviation.

    Attributes
    ----------
    n : number of entries; those that are NaN are not among them
    mean, mean_error, median : of the entries
    rms, rms_error : standard deviation (with n - 1) over the mean
    effective_rms, effective_rms_error : see `effective_rms`, over the mean; the error by bootstrap
    gaussianity : abs(rms - effective_rms) / rms: near 0 for a Gaussian, near 1 for long tails
    q16, q84 : quantiles at 0.15865 and 0.84135
    """

    n: int
    mean: float
    mean_error: float
    median: float
    rms: float
    rms_error: float
    effective_rms: float
    effective_rms_error: float
    gaussianity: float
    q16: float
    q84: float


def held(n: int, legacy: bool = False) -> int:
    """How many of n values are in the interval of the effective RMS; `legacy` as for `effective_rms`."""
    return int(CORE * n) + 2 if legacy else math.ceil(CORE * n - 1e-9)


def effective_rms(values: np.ndarray, legacy: bool = False) -> float:
    """Half of the width of the narrowest interval that holds 68 % of the values.

    Parameters
    ----------
    values : float array, shape (n,), without NaN
    legacy : the interval holds int(0.68 n) + 2 values, as in the older pages, and not ceil(0.68 n)

    Returns
    -------
    float : NaN for fewer than 4 values

    Examples
    --------
    >>> effective_rms(np.arange(100.0)), effective_rms(np.arange(100.0), legacy=True)
    (33.5, 34.5)
    """
    n = len(values)
    if n < FEWEST:
        return math.nan
    inside = held(n, legacy)
    ordered = np.sort(values)
    return float((ordered[inside - 1 :] - ordered[: n - inside + 1]).min() / 2)


def summary(values: np.ndarray, legacy: bool = False, resamples: int = RESAMPLES, seed: int = 0) -> Summary:
    """Describe a sample of responses.

    Parameters
    ----------
    values : float array, shape (n,); NaN is left out
    legacy : see `effective_rms`
    resamples, seed : of the bootstrap; the errors that it gives are NaN without
    """
    values = values[~np.isnan(values)]
    n = len(values)
    if not n:
        return Summary(0, *(math.nan,) * 10)
    mean = float(values.mean())
    width = float(values.std(ddof=1)) if n > 1 else math.nan
    core = effective_rms(values, legacy)
    rng = np.random.default_rng(seed)
    resampled = []
    for _ in range(resamples if n >= FEWEST else 0):
        some = values[rng.integers(n, size=n)]
        resampled.append((some.std(ddof=1) / some.mean(), effective_rms(some, legacy) / some.mean()))
    rms_error, core_error = np.std(resampled, axis=0, ddof=1) if resampled else (math.nan, math.nan)
    q16, median, q84 = np.quantile(values, (0.15865, 0.5, 0.84135))
    return Summary(
        n=n,
        mean=mean,
        mean_error=width / math.sqrt(n),
        median=float(median),
        rms=width / mean,
        rms_error=float(rms_error),
        effective_rms=core / mean,
        effective_rms_error=float(core_error),
        gaussianity=abs(width - core) / width if width else math.nan,
        q16=float(q16),
        q84=float(q84),
    )


def interval(k: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Clopper-Pearson interval of a share, at the level of one standard deviation.

    Parameters
    ----------
    k, n : int arrays of one shape, 0 <= k <= n

    Returns
    -------
    low, high : float64; 0 and 1 where n is 0

    Examples
    --------
    >>> [round(float(end), 3) for end in interval(np.array(3), np.array(10))]
    [0.142, 0.508]
    """
    k, n = np.asarray(k, dtype=float), np.asarray(n, dtype=float)
    tail = (1 - LEVEL) / 2
    low = np.where(k > 0, beta.ppf(tail, np.maximum(k, 1), n - k + 1), 0.0)
    high = np.where(k < n, beta.ppf(1 - tail, k + 1, np.maximum(n - k, 1)), 1.0)
    return low, high
