"""Histograms of what became of the particles, on axes that are declared once and do not move with the sample.

What is outside an axis is counted in its under- and overflow, and particles without a value are counted, too.
"""

from collections.abc import Callable
from dataclasses import dataclass

import hist
import numpy as np
import pandas as pd
from scipy.special import gammaincinv

from .measures import LEVEL
from .response import responses


@dataclass(frozen=True)
class Quantity:
    """A quantity of each particle, and the axis of its histograms.

    Attributes
    ----------
    label : for people, with its unit in brackets where it has one
    bins, low, high : of the axis
    values : function of the particles with their outcomes; float64, NaN where a particle has no value
    """

    label: str
    bins: int
    low: float
    high: float
    values: Callable[[pd.DataFrame], np.ndarray]

    def axis(self, name: str) -> hist.axis.Regular:
        """The axis, with an under- and an overflow bin."""
        return hist.axis.Regular(self.bins, self.low, self.high, name=name, label=self.label)


def _response(quantity: str, norm: str) -> Callable[[pd.DataFrame], np.ndarray]:
    return lambda particles: responses(particles, quantity, norm)


def _column(name: str) -> Callable[[pd.DataFrame], np.ndarray]:
    return lambda particles: particles[name].to_numpy(float)


def _of(which: str, norm: str) -> str:
    return f"{norm} of {which} / generated {norm}"


_LEADING, _NEAR, _ALL = "leading cluster", "clusters within 0.1", "all clusters"

QUANTITIES = {
    "leading_energy": Quantity(_of(_LEADING, "energy"), 100, 0.0, 2.0, _response("leading", "energy")),
    "leading_pt": Quantity(_of(_LEADING, "pT"), 100, 0.0, 2.0, _response("leading", "pt")),
    "near_energy": Quantity(_of(_NEAR, "energy"), 100, 0.0, 2.0, _response("near", "energy")),
    "near_pt": Quantity(_of(_NEAR, "pT"), 100, 0.0, 2.0, _response("near", "pt")),
    "all_energy": Quantity(_of(_ALL, "energy"), 100, 0.0, 2.0, _response("all", "energy")),
    "all_pt": Quantity(_of(_ALL, "pT"), 100, 0.0, 2.0, _response("all", "pt")),
    "leading_deta": Quantity("eta of leading cluster - generated", 100, -0.05, 0.05, _column("leading_deta")),
    "leading_dphi": Quantity(
        "phi of leading cluster - generated [rad]", 100, -0.05, 0.05, _column("leading_dphi")
    ),
    "second_share": Quantity("share of energy of the second cluster", 50, 0.0, 0.5, _column("second_share")),
    "second_dr": Quantity(
        "distance of the two clusters of highest energy in (eta, phi)", 50, 0.0, 0.2, _column("second_dr")
    ),
    "n_near": Quantity("clusters within 0.1", 10, -0.5, 9.5, _column("n_near")),
}
"""By name; that of a response is its columns' name among the outcomes."""


def histogram(particles: pd.DataFrame, name: str) -> hist.Hist:
    """Histogram of a quantity; particles without a value are not in it.

    Parameters
    ----------
    particles : as of `sample_study.with_outcomes`
    name : one of `QUANTITIES`

    Examples
    --------
    >>> outcomes = pd.DataFrame({"n_near": [0, 1, 1, 30]})
    >>> found = histogram(outcomes, "n_near")
    >>> found.values()[:3].tolist(), float(found[hist.overflow])
    ([1, 2, 0], 1.0)
    """
    quantity = QUANTITIES[name]
    values = quantity.values(particles)
    filled = hist.Hist(quantity.axis(name), storage=hist.storage.Int64())
    filled.fill(values[~np.isnan(values)])  # the library would count NaN in the overflow
    return filled


def histogram_table(particles: pd.DataFrame) -> pd.DataFrame:
    """All histograms, a row per bin.

    Returns
    -------
    DataFrame : `quantity`; `low` and `high`, -inf and inf at the outer ends of under- and overflow, and both
        NaN
        for particles without a value; `count`, and its central Poisson interval `count_low`, `count_high` at
        one standard deviation
    """
    parts = []
    for name, quantity in QUANTITIES.items():
        filled = histogram(particles, name)
        edges = np.concatenate([[-np.inf], filled.axes[0].edges, [np.inf]])
        count = filled.values(flow=True).astype(np.int64)
        missing = int(np.isnan(quantity.values(particles)).sum())
        parts.append(
            pd.DataFrame(
                {
                    "quantity": name,
                    "low": np.append(edges[:-1], np.nan),
                    "high": np.append(edges[1:], np.nan),
                    "count": np.append(count, missing),
                }
            )
        )
    table = pd.concat(parts, ignore_index=True)
    low, high = poisson_interval(table["count"].to_numpy())
    return table.assign(count_low=low, count_high=high)


def poisson_interval(count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Central interval of a Poisson mean, at the level of one standard deviation [F. Garwood, 1936].

    Parameters
    ----------
    count : int array

    Examples
    --------
    >>> [round(float(end), 3) for end in poisson_interval(np.array(4))]
    [2.086, 7.163]
    """
    count = np.asarray(count, dtype=float)
    tail = (1 - LEVEL) / 2
    low = np.where(count > 0, gammaincinv(np.maximum(count, 1), tail), 0.0)
    return low, gammaincinv(count + 1, 1 - tail)
