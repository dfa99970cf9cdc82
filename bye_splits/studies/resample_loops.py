"""Compiled loops over the resamples of the bootstrap in `measures`."""

import numpy as np

from ..chain.compiled import compiled


@compiled
def widths_and_quantiles(
    upto: np.ndarray, ends: np.ndarray, inside: int, numbers: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Narrowest interval with a number of values, and quantiles; values are spread evenly in each group.

    Parameters
    ----------
    upto : int64, shape (n_resamples, n_groups + 1), number of values below each of the `ends`
    ends : float64, shape (n_groups + 1,), of the groups, ascending
    inside : number of values in the interval
    numbers : float64, shape (n_quantiles,), number of values below each quantile, ascending

    Returns
    -------
    widths : float64, shape (n_resamples,)
    quantiles : float64, shape (n_resamples, n_quantiles)
    """
    resamples, n_ends = upto.shape
    widths = np.full(resamples, np.inf)
    quantiles = np.empty((resamples, len(numbers)))
    for r in range(resamples):
        known = upto[r]
        above, below, at = 0, 0, 0
        for k in range(n_ends):  # the interval begins, or ends, at the end of a group
            above = _last_up_to(known, known[k] + inside, above)
            if known[k] + inside <= known[-1]:
                widths[r] = min(widths[r], _position(known, ends, known[k] + inside, above) - ends[k])
            if known[k] - inside >= 0:
                below = _last_up_to(known, known[k] - inside, below)
                widths[r] = min(widths[r], ends[k] - _position(known, ends, known[k] - inside, below))
        for k in range(len(numbers)):
            at = _last_up_to(known, numbers[k], at)
            quantiles[r, k] = _position(known, ends, numbers[k], at)
    return widths, quantiles


@compiled
def _last_up_to(known: np.ndarray, number: float, begin: int) -> int:
    """The last place, from `begin` on, at which an ascending array is not above a number."""
    while begin + 1 < len(known) and known[begin + 1] <= number:
        begin += 1
    return begin


@compiled
def _position(known: np.ndarray, ends: np.ndarray, number: float, last: int) -> float:
    """Where so many values are below; `last` as of `_last_up_to`."""
    if last == len(known) - 1:
        return ends[last]
    slope = (ends[last + 1] - ends[last]) / (known[last + 1] - known[last])
    return slope * (number - known[last]) + ends[last]
