"""Numbers that describe a sample of responses, and shares with their intervals.

The older pages use the same formulas, but the interval of their effective RMS held one or two values more
than 68 % of them (`legacy`).
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import betaincinv

from .resample_loops import widths_and_quantiles

CORE = 0.68  # of the entries are in the interval of the effective RMS
FEWEST = 4  # entries: fewer have no effective RMS
RESAMPLES = 64  # of the bootstrap
GROUPS = 256  # of neighbouring values that the bootstrap resamples together, where there are more values
QUANTILES = (0.15865, 0.5, 0.84135)
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
    median_error, gaussianity_error, q16_error, q84_error : by bootstrap
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
    median_error: float
    gaussianity_error: float
    q16_error: float
    q84_error: float


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
    return _core(ordered, inside)


def _core(ordered: np.ndarray, inside: int) -> float:
    return float((ordered[inside - 1 :] - ordered[: len(ordered) - inside + 1]).min() / 2)


def summary(
    values: np.ndarray,
    legacy: bool = False,
    resamples: int = RESAMPLES,
    seed: int = 0,
    relative: bool = True,
    ascending: bool = False,
) -> Summary:
    """Describe a sample of responses.

    Parameters
    ----------
    values : float array, shape (n,); NaN is left out
    legacy : see `effective_rms`
    resamples, seed : of the bootstrap; the errors that it gives are NaN without
    relative : whether the widths are over the mean; those of differences, whose mean is near 0, are not
    ascending : whether the values are in ascending order already, NaN last
    """
    values = values if ascending else np.sort(values)  # NaN is last
    n = int(np.searchsorted(values, math.nan))
    values = values[:n]
    if not n:
        return Summary(0, *(math.nan,) * 14)
    mean = float(values.mean())
    width = float(values.std(ddof=1)) if n > 1 else math.nan
    core = _core(values, held(n, legacy)) if n >= FEWEST else math.nan
    over = (mean or math.nan) if relative else 1.0
    errors = _errors(values, legacy, relative, resamples, seed) if resamples and n >= FEWEST else {}
    q16, median, q84 = np.quantile(values, QUANTILES)
    return Summary(
        n=n,
        mean=mean,
        mean_error=width / math.sqrt(n),
        median=float(median),
        rms=width / over,
        rms_error=errors.get("rms", math.nan),
        effective_rms=core / over,
        effective_rms_error=errors.get("effective_rms", math.nan),
        gaussianity=abs(width - core) / width if width else math.nan,
        q16=float(q16),
        q84=float(q84),
        median_error=errors.get("median", math.nan),
        gaussianity_error=errors.get("gaussianity", math.nan),
        q16_error=errors.get("q16", math.nan),
        q84_error=errors.get("q84", math.nan),
    )


def _errors(ordered: np.ndarray, legacy: bool, relative: bool, resamples: int, seed: int) -> dict[str, float]:
    """Standard deviations of the numbers of `Summary` among resamples.

    Up to `GROUPS` values the resamples are those of the plain bootstrap. More of them are resampled in
    groups of neighbours, which does not take longer for longer samples; within a group the values are taken
    to be spread evenly, as an error that is smaller than a group is wide would else come out too large.
    """
    n = len(ordered)
    groups = min(n, GROUPS)
    start = _starts(n, groups)
    size = np.diff(start)
    total, square = (np.add.reduceat(each, start[:-1]) / size for each in (ordered, ordered**2))
    count = _drawn(n, groups, resamples, seed)
    mean = count @ total / n
    width = np.sqrt(np.maximum(count @ square / n - mean**2, 0) * n / (n - 1))
    upto = np.concatenate([np.zeros((resamples, 1), dtype=np.int64), np.cumsum(count, axis=1)], axis=1)
    inside, quantiles = held(n, legacy), np.array(QUANTILES)
    if groups == n:
        value = np.append(ordered, np.inf)  # the last one stands for "none"
        last = _reached(upto, np.minimum(upto[:, :-1] + inside, n + 1))
        core = (value[last] - value[:-1]).min(axis=1) / 2
        number = np.broadcast_to(np.ceil(quantiles * n), (resamples, len(QUANTILES)))
        q16, median, q84 = value[_reached(upto, number)].T
    else:
        between = (ordered[start[1:-1] - 1] + ordered[start[1:-1]]) / 2
        ends = np.concatenate([ordered[:1], between, ordered[-1:]])
        widths, found = widths_and_quantiles(upto, ends, inside, quantiles * n)
        core, (q16, median, q84) = widths / 2, found.T
    over = mean if relative else np.ones(resamples)
    with np.errstate(divide="ignore", invalid="ignore"):
        numbers = {
            "rms": width / over,
            "effective_rms": core / over,
            "gaussianity": np.abs(width - core) / width,
            "median": median,
            "q16": q16,
            "q84": q84,
        }
        return {name: float(np.std(each, ddof=1)) for name, each in numbers.items()}


def _starts(n: int, groups: int) -> np.ndarray:
    """Where each of the groups of n values begins, and n."""
    return np.arange(groups + 1) * n // groups


@lru_cache(maxsize=32)
def _drawn(n: int, groups: int, resamples: int, seed: int) -> np.ndarray:
    """Numbers of values that each resample has of each group, shape (resamples, groups), read-only.

    Kept, as a sample is often described by several quantities, or at several radii: half of the time.
    """
    size = np.diff(_starts(n, groups))
    count = np.random.default_rng(seed).multinomial(n, size / n, resamples)
    count.setflags(write=False)
    return count


def _reached(upto: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Group at which each number of values of each resample is reached, int64, shape (n_resamples, k).

    Parameters
    ----------
    upto : int64, shape (n_resamples, n_groups + 1), number of values in the groups before each one
    number : shape (n_resamples, k)
    """
    resamples, ends = upto.shape
    apart = (np.arange(resamples) * 2 * (upto[0, -1] + 1))[:, None]  # one search in all resamples
    found = np.searchsorted((upto + apart).ravel(), (number + apart).ravel())
    return found.reshape(resamples, -1) - np.arange(resamples)[:, None] * ends - 1


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
    low = np.where(k > 0, betaincinv(np.maximum(k, 1), n - k + 1, tail), 0.0)
    high = np.where(k < n, betaincinv(k + 1, np.maximum(n - k, 1), 1 - tail), 1.0)
    return low, high
