"""Two-sided limits on the columns of a catalogue, and its order."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bye_splits.errors import variant


@dataclass(frozen=True)
class Limited:
    """A quantity that can be limited.

    Attributes
    ----------
    label, unit : in words
    column : of the catalogue
    absolute : whether the limits are those of the absolute value
    """

    label: str
    unit: str
    column: str
    absolute: bool = False

    @property
    def head(self) -> str:
        """Label with unit."""
        return f"{self.label} [{self.unit}]" if self.unit else self.label


LIMITED = {
    "eta": Limited("\u03b7", "", "gen_eta"),
    "abs_eta": Limited("|\u03b7|", "", "gen_eta", absolute=True),
    "phi": Limited("\u03c6", "rad", "gen_phi"),
    "pt": Limited("pT", "GeV", "gen_pt"),
    "energy": Limited("E", "GeV", "gen_energy"),
    "clusters": Limited("clusters", "", "clusters"),
    "response": Limited("response", "", "response"),
    "second_share": Limited("2nd share", "", "second_share"),
    "dr": Limited("\u0394R", "", "dr"),
}
"""By the name that an address uses."""

Limits = tuple[tuple[str, float | None, float | None], ...]
"""Name, lowest and highest value of each limited quantity; None for no limit."""


def within(table: pd.DataFrame, limits: Iterable[tuple[str, float | None, float | None]]) -> np.ndarray:
    """Whether each row is within all limits, which belong to the interval, bool, shape (n,).

    A missing value is within no limit.

    Raises
    ------
    ChainError : a quantity that is not in `LIMITED`
    """
    inside = np.ones(len(table), dtype=bool)
    for name, low, high in limits:
        quantity = variant(LIMITED, name, "limited quantity")
        values = table[quantity.column].to_numpy(dtype=np.float64, na_value=np.nan)
        if quantity.absolute:
            values = np.abs(values)
        if low is not None:
            inside &= values >= low
        if high is not None:
            inside &= values <= high
    return inside


def as_expression(limits: Limits) -> str:
    """The condition that is met within all limits, see `expressions.parse`; empty without any.

    Examples
    --------
    >>> as_expression((("abs_eta", 1.7, 2.8), ("clusters", 2, None)))
    '1.7 <= abs(gen_eta) <= 2.8 and 2 <= clusters'
    """
    parts = []
    for name, low, high in limits:
        quantity = variant(LIMITED, name, "limited quantity")
        value = f"abs({quantity.column})" if quantity.absolute else quantity.column
        left = "" if low is None else f"{_shortest(low)} <= "
        right = "" if high is None else f" <= {_shortest(high)}"
        parts.append(f"{left}{value}{right}")
    return " and ".join(parts)


def _shortest(value: float) -> str:
    return repr(float(value)).removesuffix(".0")


def ordered(values: pd.Series, descending: bool = False) -> np.ndarray:
    """Rows in the order of some values, int64, shape (n,); equal ones stay in their order.

    Missing numbers come last in both directions; words are ordered by their letters, empty ones last.
    """
    if isinstance(values.dtype, pd.CategoricalDtype) or not pd.api.types.is_numeric_dtype(values.dtype):
        words = values.astype("category")
        names = words.cat.categories.astype(str)
        rank = np.empty(len(names), dtype=np.int64)
        rank[np.argsort(names.to_numpy(dtype=str), kind="stable")] = np.arange(len(names))
        codes = words.cat.codes.to_numpy()
        known = (codes >= 0) & (np.append(names, "") != "")[codes]
        keys: np.ndarray = np.append(rank, -1)[codes]
    elif isinstance(values.dtype, np.dtype):
        keys = values.to_numpy()
        known = keys == keys
    else:  # nullable
        keys = values.to_numpy(dtype=np.float64, na_value=np.nan)
        known = ~np.isnan(keys)
    rows, missing = np.flatnonzero(known), np.flatnonzero(~known)
    if descending:
        backwards = rows[::-1]
        order = backwards[np.argsort(keys[backwards], kind="stable")][::-1]
    else:
        order = rows[np.argsort(keys[rows], kind="stable")]
    return np.concatenate([order, missing])
