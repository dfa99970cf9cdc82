"""A rule by which bins of a smoothed histogram become seeds: its interface; see `seed_rules`."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Protocol

import numpy as np

Bins = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Event and bin on either axis, int64, shape (n,) each, in the order of events."""


def neighbours(window: int) -> tuple[tuple[int, int], ...]:
    """Offsets on both axes of the bins that a seed is compared with, excluding itself.

    Parameters
    ----------
    window : half width on the second axis, in bins; on the first one it is 1

    Examples
    --------
    >>> neighbours(1)
    ((1, -1), (1, 0), (1, 1), (0, -1), (0, 1), (-1, -1), (-1, 0), (-1, 1))
    """
    steps = range(-window, window + 1)
    return tuple((d_1, d_2) for d_1 in (1, 0, -1) for d_2 in steps if (d_1, d_2) != (0, 0))


@dataclass(frozen=True, eq=False)
class SmoothedBins:
    """Smoothed histograms of some events.

    Attributes
    ----------
    smoothed : float64, shape (n_events, n1, n2), mipT
    wraps : whether the first and the last bin of the second axis are neighbours, as in phi
    """

    smoothed: np.ndarray
    wraps: bool = True

    @cached_property
    def flat(self) -> np.ndarray:
        """All bins, shape (n_events * n1 * n2,)."""
        return self.smoothed.ravel()

    def bins(self, index: np.ndarray) -> Bins:
        """Event and bins of places in `flat`."""
        n_1, n_2 = self.smoothed.shape[1:]
        rest, second = np.divmod(index, n_2)
        event, first = np.divmod(rest, n_1)
        return event, first, second

    def around(
        self, index: np.ndarray, window: int
    ) -> Iterator[tuple[tuple[int, int], np.ndarray, np.ndarray]]:
        """The neighbours of some bins.

        Parameters
        ----------
        index : int64, shape (n,), places in `flat`

        Yields
        ------
        offset : of `neighbours`, in their order
        inside : bool, shape (n,): whether there is such a bin
        place : int64, shape (n,): its place in `flat`; arbitrary where there is none
        """
        n_1, n_2 = self.smoothed.shape[1:]
        rest, second = np.divmod(index, n_2)
        first = rest % n_1
        rows = {}
        for d_1 in (-1, 0, 1):
            inside = (first + d_1 >= 0) & (first + d_1 < n_1)
            rows[d_1] = inside, np.where(inside, (rest + d_1) * n_2, 0)
        # A table is faster than taking the modulus of each.
        columns = np.arange(-window, n_2 + window) % n_2
        for d_1, d_2 in neighbours(window):
            inside, row = rows[d_1]
            if not self.wraps and d_2:
                inside = inside & (second + d_2 >= 0) & (second + d_2 < n_2)
            yield (d_1, d_2), inside, row + columns[second + (d_2 + window)]


class RuleParameters(Protocol):
    """What the rules use of `ChainParameters`."""

    @property
    def seed_threshold(self) -> float: ...

    @property
    def seed_window(self) -> int: ...

    @property
    def neighbour_weights(self) -> str: ...

    @property
    def legacy(self) -> bool: ...


class SeedRule(ABC):
    """A rule by which bins become seeds; instances are stateless.

    Attributes
    ----------
    title : short description
    cmssw : its name in CMSSW's configuration (type_histoalgo)
    by_energy : whether the seeds of a higher threshold are those of a lower one whose energy is above it
    reach : of how many windows around a bin its decision depends on the contents
    """

    title: ClassVar[str]
    cmssw: ClassVar[str]
    by_energy: ClassVar[bool] = True
    reach: ClassVar[int] = 1

    @abstractmethod
    def seeds(self, grid: SmoothedBins, parameters: RuleParameters) -> Bins:
        """Bins that are seeds, in CMSSW's order within each event."""
