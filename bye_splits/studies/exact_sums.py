"""Sums without rounding: in whole numbers, so that they do not depend on the order of what is added.

A value is held as two integers, `high` in units of 2^-20 and `low` in units of 2^-60. This is exact for
values in single precision from 1e-11 on, and to 1e-18 for all others.
"""

import numpy as np

_HIGH, _LOW = 20, 40  # binary places of each of the two
LARGEST = 2.0**31
"""Values from here on cannot be added."""


def split(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values as two integers each.

    Parameters
    ----------
    values : float array, abs(values) < `LARGEST`

    Returns
    -------
    high, low : int64, same shape; 0 <= low <= 2^40, so that 2^22 of them can be added
    """
    scaled = np.asarray(values, dtype=np.float64) * 2.0**_HIGH
    high = np.floor(scaled)
    low = np.rint((scaled - high) * 2.0**_LOW)
    return high.astype(np.int64), low.astype(np.int64)


def carried(high: np.ndarray, low: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same sums with 0 <= low < 2^40, so that more can be added; equal sums have equal integers."""
    more = low >> _LOW
    return high + more, low - (more << _LOW)


def rounded(high: np.ndarray, low: np.ndarray) -> np.ndarray:
    """Sums as float64, rounded once.

    Examples
    --------
    >>> rounded(*carried(*(part.sum() for part in split(np.full(10, 0.1, dtype=np.float64)))))
    np.float64(1.0)
    """
    high, low = carried(np.asarray(high), np.asarray(low))
    return high * 2.0**-_HIGH + low * 2.0 ** -(_HIGH + _LOW)
