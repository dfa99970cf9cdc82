"""Responses, efficiencies and splits against what was generated, in bins."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from .measures import interval, summary

QUANTITIES = {
    "leading": "the leading matched cluster",
    "near": "all clusters within 0.1 of the particle",
    "all": "all clusters that belong to the particle",
}
IN_SHORT = {"leading": "leading matched", "near": "within 0.1 of it", "all": "all of the particle"}
"""`QUANTITIES` in the words of a narrow control, whose label says that they are clusters."""

NORMS = {"energy": "gen_energy", "pt": "gen_pt"}


@dataclass(frozen=True)
class Residual:
    """A quantity of clusters beside that of their particle.

    Attributes
    ----------
    label : of the quantity alone
    title : what is formed of it, with its unit
    ratio : whether it is what was found over what was generated, and not the difference; its widths are over
        the mean
    """

    label: str
    title: str
    ratio: bool


RESIDUALS = {
    "energy": Residual("energy", "E / E(gen)", ratio=True),
    "pt": Residual("pT", "pT / pT(gen)", ratio=True),
    "eta": Residual("\u03b7", "\u03b7 \u2212 \u03b7(gen)", ratio=False),
    "phi": Residual("\u03c6", "\u03c6 \u2212 \u03c6(gen) [rad]", ratio=False),
}
VARIABLES = ("gen_energy", "gen_pt", "gen_eta", "gen_phi")
BINS = 10  # of about as many particles each
FEWEST_IN_BIN = 5  # values: with fewer ones their spread says little


def responses(particles: pd.DataFrame, quantity: str, norm: str) -> np.ndarray:
    """What was found over what was generated, float64, shape (n,); NaN without any cluster.

    Parameters
    ----------
    particles : as `particles.outcomes`, with `gen_energy` and `gen_pt`
    quantity : one of `QUANTITIES`
    norm : one of `NORMS`
    """
    found = particles[f"{quantity}_{norm}"].to_numpy(float)
    return np.where(found > 0, found, np.nan) / particles[NORMS[norm]].to_numpy(float)


def residuals(particles: pd.DataFrame, name: str, quantity: str = "leading") -> np.ndarray:
    """What was found beside what was generated, float64, shape (n,); NaN without any cluster.

    Parameters
    ----------
    particles : as for `responses`
    name : one of `RESIDUALS`
    quantity : one of `QUANTITIES`, for a ratio; a difference is that of the leading matched cluster
    """
    if RESIDUALS[name].ratio:
        return responses(particles, quantity, name)
    return particles[f"leading_d{name}"].to_numpy(np.float64)


def quantile_edges(values: np.ndarray, bins: int = BINS) -> np.ndarray:
    """Edges of bins with about as many values each, float64.

    There are fewer bins where values are equal, or where they would have less than `FEWEST_IN_BIN` values. A
    single value is a bin without width; without values there are no edges.

    Examples
    --------
    >>> quantile_edges(np.arange(11.0)), quantile_edges(np.arange(101.0))[:3]
    (array([ 0.,  5., 10.]), array([ 0., 10., 20.]))
    >>> quantile_edges(np.array([3.0]))
    array([3., 3.])
    """
    values = values[np.isfinite(values)]
    if not len(values):
        return np.zeros(0)
    bins = max(1, min(bins, len(values) // FEWEST_IN_BIN))
    edges = np.unique(np.quantile(values, np.linspace(0, 1, bins + 1)))
    return edges if len(edges) > 1 else np.repeat(edges, 2)


def bin_numbers(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Bin of each value, int64; the last bin holds its upper edge, too.

    Returns
    -------
    int64, shape (n,): -1 below the first edge, for NaN and without bins; the number of bins above the last
    """
    last = len(edges) - 1
    if last < 1:
        return np.full(len(values), -1)
    number = np.searchsorted(edges, values, side="right") - 1
    number[values == edges[-1:]] = last - 1
    number[np.isnan(values)] = -1
    return number


def in_bins(particles: pd.DataFrame) -> Iterator[tuple[dict, pd.DataFrame]]:
    """The particles all together, and in bins of each variable, with the bin as columns.

    The edges are quantiles: each bin has about as many particles. The last one holds its upper edge, too.
    """
    yield {"variable": "", "low": np.nan, "high": np.nan}, particles
    for variable in VARIABLES:
        values = particles[variable].to_numpy(float)
        edges = quantile_edges(values)
        for where, some in in_given_bins(particles, values, edges):
            yield {"variable": variable} | where, some


def in_given_bins(
    particles: pd.DataFrame, values: np.ndarray, edges: np.ndarray
) -> Iterator[tuple[dict, pd.DataFrame]]:
    """The particles in bins of some values of theirs, with the bin as columns `low high`."""
    number = bin_numbers(values, edges)
    for k in range(len(edges) - 1):
        yield {"low": edges[k], "high": edges[k + 1]}, particles[number == k]


def response_table(particles: pd.DataFrame) -> pd.DataFrame:
    """A row for each quantity, norm and bin, with the columns of `measures.Summary`."""
    rows = [
        {"quantity": quantity, "norm": norm} | where | asdict(summary(responses(some, quantity, norm)))
        for where, some in in_bins(particles)
        for quantity in QUANTITIES
        for norm in NORMS
    ]
    return pd.DataFrame(rows)


def efficiency_table(particles: pd.DataFrame) -> pd.DataFrame:
    """A row for each bin: `n` particles, of which `matched` have a matched cluster and `split` are split.

    With the shares `efficiency` and `split_rate`, and their Clopper-Pearson intervals (`..._low`,
    `..._high`); NaN without particles.
    """
    rows = []
    for where, some in in_bins(particles):
        n, row = len(some), dict(where)
        row["n"] = n
        counts = {"efficiency": some["leading_pt"].notna(), "split_rate": some["split"]}
        for (name, of), counted in zip(counts.items(), ("matched", "split"), strict=True):
            k = int(of.sum())
            low, high = interval(np.array(k), np.array(n))
            row |= {counted: k, name: k / n if n else np.nan}
            row |= {f"{name}_low": float(low), f"{name}_high": float(high)}
        rows.append(row)
    return pd.DataFrame(rows)
