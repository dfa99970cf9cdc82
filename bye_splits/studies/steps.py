"""Shares of a sample as exact step functions of the seed threshold."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .measures import interval


@dataclass(frozen=True, eq=False)
class Steps:
    """A share that changes at some thresholds.

    Attributes
    ----------
    n : number of particles
    thresholds : float64, shape (n_steps,), mipT, ascending; the first one is the lowest that is known
    k : int64, shape (n_steps,): particles with the property from each threshold up to the next one
    """

    n: int
    thresholds: np.ndarray
    k: np.ndarray

    @classmethod
    def of(cls, ranges: pd.DataFrame, n: int, lowest: float) -> "Steps":
        """The steps of the ranges of one property.

        Parameters
        ----------
        ranges : columns `from_threshold to_threshold`, as of `sample_tables.by_threshold`
        n : number of particles
        lowest : threshold from which on all is known
        """
        start, stop = (ranges[f"{end}_threshold"].to_numpy(np.float64) for end in ("from", "to"))
        stop = stop[np.isfinite(stop)]
        at = np.concatenate([[lowest], start, stop])
        change = np.concatenate([[0], np.ones(len(start)), -np.ones(len(stop))])
        thresholds, inverse = np.unique(at, return_inverse=True)
        k = np.cumsum(np.bincount(inverse, weights=change, minlength=len(thresholds)))
        return cls(n, thresholds, k.round().astype(np.int64))

    def at(self, threshold: np.ndarray) -> np.ndarray:
        """Number of particles with the property at each threshold, int64; 0 below the lowest one."""
        number = np.searchsorted(self.thresholds, threshold, side="right")
        return np.concatenate([[0], self.k])[number]

    def table(self, rows: np.ndarray | slice = slice(None)) -> pd.DataFrame:
        """A row per step: `threshold n k share share_low share_high`, with Clopper-Pearson intervals.

        Parameters
        ----------
        rows : numbers of some of the steps; default: all, of which 100 000 take half a second
        """
        k = self.k[rows]
        low, high = interval(k, np.full(len(k), self.n))
        columns = {"threshold": self.thresholds[rows], "n": self.n, "k": k, "share": k / max(self.n, 1)}
        return pd.DataFrame(columns | {"share_low": low, "share_high": high})
