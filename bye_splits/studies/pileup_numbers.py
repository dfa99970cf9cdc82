"""What pile-up does to a shower: numbers of the same showers in many pile-ups."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from .pileup_overlay import ALONE
from .response import bin_numbers

SHOWER = ["file", "entry", "event", "endcap", "particle", "gen_eta", "gen_phi", "gen_energy", "gen_pt"]
"""Columns that tell one shower from others."""


@dataclass(frozen=True, eq=False)
class InPileup:
    """Showers in many pile-ups.

    Attributes
    ----------
    pairs : a row for each shower and pile-up: the columns of `pileup_overlay.overlays`, `shower` (row of
        `showers`), `response` (NaN where it is not found), `added` (what pile-up adds to it) and
        `pileup_share` (of the pt of the leading cluster, what is not the shower's)
    showers : a row for each shower: `SHOWER`; `alone`, its response without pile-up, and `split_alone`; `n`
        pile-ups, `found` in so many; `mean` response there and `spread`, its standard deviation, with the
        errors `mean_error` and `spread_error` (of a Gaussian); `p_split` and `p_own`, the shares of the
        pile-ups in which it is `split`, and `own_split`
    """

    pairs: pd.DataFrame
    showers: pd.DataFrame

    @classmethod
    def of(cls, table: pd.DataFrame, found: str, generated: str) -> "InPileup":
        """Those of a table.

        Parameters
        ----------
        table : of `pileup_overlay.overlays`
        found, generated : columns of which the response is made
        """
        response = table[found].to_numpy(np.float64) / table[generated].to_numpy(np.float64)
        table = table.assign(response=np.where(response > 0, response, np.nan))
        shower = table.groupby(SHOWER, sort=False).ngroup().to_numpy()
        without = (table["pileup"] == ALONE).to_numpy()
        showers = (
            table[without].assign(row=shower[without]).sort_values("row")[[*SHOWER, "response", "split"]]
        )
        showers = showers.rename(columns={"response": "alone", "split": "split_alone"}).reset_index(drop=True)
        pairs = table[~without].assign(shower=shower[~without])
        alone = showers["alone"].to_numpy(np.float64)[pairs["shower"]]
        pairs = pairs.assign(added=pairs["response"] - alone, pileup_share=1 - pairs["own_share"])
        of_shower = pairs.groupby("shower")
        known, spread = of_shower["response"].count(), of_shower["response"].std()
        columns = {
            "n": of_shower.size(),
            "found": known,
            "mean": of_shower["response"].mean(),
            "mean_error": spread / np.sqrt(known),
            "spread": spread,
            "spread_error": spread / np.sqrt(2 * (known - 1).clip(lower=1)),
            "p_split": of_shower["split"].mean(),
            "p_own": of_shower["own_split"].mean(),
        }
        return cls(pairs.reset_index(drop=True), showers.join(pd.DataFrame(columns)))

    def mean(self, column: str, which: np.ndarray | None = None) -> tuple[float, float]:
        """Mean of a column of `pairs`, of some of them, with its error, see `over_showers`."""
        some = self.pairs if which is None else self.pairs[which]
        values = some[column].to_numpy(np.float64)
        known = np.isfinite(values)
        return over_showers(values[known], *(some[name].to_numpy()[known] for name in ("shower", "pileup")))

    def in_bins(self, column: str, x: np.ndarray, edges: np.ndarray) -> pd.DataFrame:
        """The same in bins of a quantity of the showers.

        Parameters
        ----------
        x : float64, of each row of `showers`
        edges : of its bins

        Returns
        -------
        DataFrame : `low high`, the bin; `value value_error`
        """
        number = bin_numbers(x, edges)[self.pairs["shower"].to_numpy()]
        found = [self.mean(column, number == k) for k in range(len(edges) - 1)]
        return _binned(edges, found)

    def spread_in_bins(self, x: np.ndarray, edges: np.ndarray) -> pd.DataFrame:
        """Mean spread of a shower's response in bins, as of `in_bins`; the error is of showers."""
        number, spread = bin_numbers(x, edges), self.showers["spread"].to_numpy(np.float64)
        return _binned(edges, [mean_spread(spread[number == k]) for k in range(len(edges) - 1)])


def _binned(edges: np.ndarray, found: list[tuple[float, float]]) -> pd.DataFrame:
    rows = [
        {"low": low, "high": high, "value": value, "value_error": error}
        for (low, high), (value, error) in zip(pairwise(edges), found, strict=True)
    ]
    return pd.DataFrame(rows, columns=["low", "high", "value", "value_error"])


def mean_spread(spread: np.ndarray) -> tuple[float, float]:
    """Mean of the showers' spreads, and its error; NaN among them is left out."""
    known = spread[np.isfinite(spread)]
    if not len(known):
        return np.nan, np.nan
    error = float(known.std(ddof=1) / np.sqrt(len(known))) if len(known) > 1 else np.nan
    return float(known.mean()), error


def over_showers(values: np.ndarray, shower: np.ndarray, pileup: np.ndarray) -> tuple[float, float]:
    """Mean of values of pairs of a shower and a pile-up, with its error.

    Parameters
    ----------
    values : float64, shape (n,), without NaN
    shower, pileup : int64, shape (n,): which of each

    Returns
    -------
    mean, error : NaN without values

    Notes
    -----
    All showers have the same pile-ups: the pairs are not independent. The variance is the sum of those of the
    means by shower and of the means by pile-up over their numbers, which is not too small for either.
    """
    if not len(values):
        return np.nan, np.nan
    variance = 0.0
    for group in (shower, pileup):
        _, number = np.unique(group, return_inverse=True)
        means = np.bincount(number, values) / np.bincount(number)
        if len(means) < 2:
            return float(values.mean()), np.nan
        variance += means.var(ddof=1) / len(means)
    return float(values.mean()), float(np.sqrt(variance))
