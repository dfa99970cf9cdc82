"""Shares with their intervals, in words."""

import numpy as np

from ....studies.measures import interval


def share(k: int, n: int) -> str:
    """A share with its interval of one standard deviation, in percent.

    Examples
    --------
    >>> share(120, 10000), share(3, 295), share(0, 300), share(20, 20)
    ('1.20 \u00b1 0.11 %', '1.02 +0.98 \u22120.55 %', '0 +0.61 %', '100 \u22128.8 %')
    >>> share(292, 295), share(0, 183)
    ('98.98 +0.55 \u22120.98 %', '0 +1.0 %')
    """
    low, high = (100 * float(end) for end in interval(np.array(k), np.array(n)))
    value = 100 * k / n
    if not k:
        return f"0 +{_two_digits(high)} %"
    if k == n:
        return f"100 \u2212{_two_digits(100 - low)} %"
    down, up = value - low, high - value
    digits = max(0, 1 - int(np.floor(np.log10(min(up, down)))))
    if abs(up - down) < 0.25 * (up + down) / 2:
        return f"{value:.{digits}f} \u00b1 {(up + down) / 2:.{digits}f} %"
    return f"{value:.{digits}f} +{up:.{digits}f} \u2212{down:.{digits}f} %"


def _two_digits(value: float) -> str:
    return f"{value:#.2g}".rstrip(".")
