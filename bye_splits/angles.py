"""Periodic angles."""

from typing import TypeVar

import numpy as np

Angle = TypeVar("Angle", float, np.ndarray)


def wrapped(phi: Angle) -> Angle:
    """An angle, or a difference of two, reduced to -pi <= phi < pi, in rad.

    Examples
    --------
    >>> float(wrapped(3 * np.pi / 2)) == -np.pi / 2
    True
    """
    return (phi + np.pi) % (2 * np.pi) - np.pi
