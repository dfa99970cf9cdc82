"""Columns of a table, some of which are computed on first access."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np


class Columns(Mapping[str, np.ndarray]):
    """Arrays by name, all of the same length.

    Parameters
    ----------
    known : the columns that exist
    later : functions that compute the others
    """

    def __init__(self, known: Mapping[str, np.ndarray], later: Mapping[str, Callable[[], np.ndarray]]):
        self._known, self._later = dict(known), dict(later)

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._known and name in self._later:
            self._known[name] = self._later[name]()
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known | self._later)

    def __len__(self) -> int:
        return len(self._known | self._later)
