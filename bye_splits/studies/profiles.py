"""Numbers of a sample against what was generated, in given bins: what the pages of the studies draw."""

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from .measures import interval, summary
from .response import bin_numbers


@dataclass(frozen=True)
class Variable:
    """A quantity against which others are drawn.

    Attributes
    ----------
    label, unit : in words
    column : of the tables of particles
    absolute : whether it is the absolute value of the column
    """

    label: str
    unit: str
    column: str
    absolute: bool = False

    def of(self, particles: pd.DataFrame) -> np.ndarray:
        """Its value for each particle, float64."""
        values = particles[self.column].to_numpy(np.float64)
        return np.abs(values) if self.absolute else values

    @property
    def title(self) -> str:
        """Title of an axis."""
        return f"{self.label} [{self.unit}]" if self.unit else self.label


VARIABLES = {
    "energy": Variable("generated E", "GeV", "gen_energy"),
    "pt": Variable("generated pT", "GeV", "gen_pt"),
    "abs_eta": Variable("generated |\u03b7|", "", "gen_eta", absolute=True),
    "phi": Variable("generated \u03c6", "rad", "gen_phi"),
}
"""By the name that an address uses; the names are those of `filters.LIMITED`."""


@dataclass(frozen=True, eq=False)
class Counts:
    """A histogram with what is outside it.

    Attributes
    ----------
    edges : float64, shape (n_bins + 1,)
    counts : int64, shape (n_bins,); the last bin holds its upper edge, too
    under, over, missing : numbers of values below, above, and NaN
    """

    edges: np.ndarray
    counts: np.ndarray
    under: int
    over: int
    missing: int

    @classmethod
    def of(cls, values: np.ndarray, edges: np.ndarray) -> "Counts":
        """The histogram of some values."""
        return cls(
            edges=edges,
            counts=np.histogram(values, edges)[0],
            under=int((values < edges[0]).sum()),
            over=int((values > edges[-1]).sum()),
            missing=int(np.isnan(values).sum()),
        )


def profile(
    x: np.ndarray, values: np.ndarray, edges: np.ndarray, legacy: bool = False, relative: bool = True
) -> pd.DataFrame:
    """Numbers of the values in each bin of x.

    Parameters
    ----------
    x, values : float64, shape (n,); NaN values are left out
    edges : float64, shape (n_bins + 1,), of x
    legacy, relative : as of `measures.summary`

    Returns
    -------
    DataFrame : `low high`, the bin, and the columns of `measures.Summary`; a row per bin
    """
    rows = [
        {"low": low, "high": high} | asdict(summary(some, legacy, relative=relative))
        for low, high, some in _in_bins(x, values, edges)
    ]
    return pd.DataFrame(rows)


def shares(x: np.ndarray, passed: np.ndarray, edges: np.ndarray) -> pd.DataFrame:
    """Share of those that passed in each bin of x, with its Clopper-Pearson interval.

    Parameters
    ----------
    x : float64, shape (n,)
    passed : bool, shape (n,)
    edges : float64, shape (n_bins + 1,), of x

    Returns
    -------
    DataFrame : `low high`, the bin; `n`, of which `k` passed, and `share share_low share_high`, NaN for none
    """
    bins = len(edges) - 1
    number = bin_numbers(x, edges)
    inside = (number >= 0) & (number < bins)
    n = np.bincount(number[inside], minlength=max(bins, 0))
    k = np.bincount(number[inside & passed], minlength=max(bins, 0))
    low, high = interval(k, n)
    some = n > 0
    share = np.divide(k, n, out=np.full(len(n), np.nan), where=some)
    return pd.DataFrame(
        {
            "low": edges[:-1],
            "high": edges[1:],
            "n": n,
            "k": k,
            "share": share,
            "share_low": np.where(some, low, np.nan),
            "share_high": np.where(some, high, np.nan),
        }
    )


def needed(k: int, n: int, relative: float) -> int:
    """About how many more are needed until a share is known to a relative uncertainty.

    Parameters
    ----------
    k, n : those that passed, of how many
    relative : wanted standard deviation over the share

    Returns
    -------
    int : 0 if it is known, -1 if it cannot be told, as none passed

    Examples
    --------
    >>> needed(10, 1000, 0.1)
    8900
    """
    if not k:
        return -1
    share = k / n
    return max(0, round((1 - share) / (share * relative**2)) - n)


def _in_bins(x: np.ndarray, values: np.ndarray, edges: np.ndarray) -> list[tuple[float, float, np.ndarray]]:
    number = bin_numbers(x, edges)
    order = np.argsort(number, kind="stable")
    first = np.searchsorted(number[order], np.arange(len(edges)))
    ordered = values[order]
    return [(edges[k], edges[k + 1], ordered[first[k] : first[k + 1]]) for k in range(len(edges) - 1)]
