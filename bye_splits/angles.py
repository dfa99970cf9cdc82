"""Angles that go round."""

import numpy as np


def wrapped(phi: np.ndarray | float) -> np.ndarray | float:
    """An angle, or a difference of two, reduced to -pi <= phi < pi, in rad.

    Examples
    --------
    >>> float(wrapped(3 * np.pi / 2)) == -np.pi / 2
    True
    """
    return (phi + np.pi) % (2 * np.pi) - np.pi
