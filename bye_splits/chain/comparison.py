"""Comparison of two results for the same trigger cells: cells that moved, and how the clusters differ."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from bye_splits.angles import wrapped
from bye_splits.errors import ChainError

from .running import ChainResult

NEITHER, STAYED, MOVED, LOST, GAINED = range(5)
CATEGORIES = ("neither", "stayed", "moved", "lost", "gained")
"""Name of each code."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Differences of result B from result A.

    Attributes
    ----------
    category : int8, shape (n_tc,): NEITHER (in no cluster of A or B), STAYED (in two clusters that are
        matched), MOVED (in two that are not), LOST (in a cluster of A only) or GAINED (of B only). A trigger
        cell whose cluster is not kept, at or below the smallest pt, is in none.
    table : one row per pair of matched clusters and per cluster left over, those of A by descending pt and
        then those of B alone: `a b` (rows of the clusters, int64, -1 for none), `pt_a pt_b` [GeV], `shared`
        (fraction of A's pt in B's cluster, 0 to 1), `delta_energy` [GeV] `delta_eta delta_phi` (B minus A,
        phi from -pi to pi). Undefined values are NaN; an unmatched cluster of A has `shared` 0.
    """

    category: np.ndarray
    table: pd.DataFrame

    def totals(self, weights: np.ndarray | None = None) -> np.ndarray:
        """Sum by category, shape (5,), indexed by its code.

        Parameters
        ----------
        weights : float array, shape (n_tc,); None counts trigger cells
        """
        return np.bincount(self.category, weights=weights, minlength=len(CATEGORIES))


def compare(a: ChainResult, b: ChainResult, pt: np.ndarray) -> Comparison:
    """Compare two results.

    Parameters
    ----------
    a, b : of the same trigger cells
    pt : float array, shape (n_tc,), GeV, of these trigger cells

    Raises
    ------
    ChainError
        The results have different numbers of trigger cells.

    Notes
    -----
    Clusters are matched one to one such that the shared pt, summed over all pairs, is largest: no other
    matching has less pt in MOVED. Clusters without shared pt are not matched.
    """
    pt = np.asarray(pt, dtype=np.float64)
    if not len(a.seed_of_cell) == len(b.seed_of_cell) == len(pt):
        raise ChainError(
            "comparison of two results",
            expected="the same trigger cells in both",
            found=f"{len(a.seed_of_cell)} and {len(b.seed_of_cell)}, and {len(pt)} values of pt",
            action="Run the chain twice on the same table.",
        )
    in_a, in_b = a.cluster_of_cell, b.cluster_of_cell
    shared = _shared_pt(a, b, pt)
    rows_a, rows_b = linear_sum_assignment(shared, maximize=True)
    matched = shared[rows_a, rows_b] > 0
    rows_a, rows_b = rows_a[matched], rows_b[matched]
    partner = np.full(len(a.clusters) + 1, -1, dtype=np.int64)  # the last element: no cluster
    partner[rows_a] = rows_b

    clustered_a, clustered_b = in_a >= 0, in_b >= 0
    together = clustered_a & clustered_b & (partner[in_a] == in_b)
    category = np.select(
        [together, clustered_a & clustered_b, clustered_a, clustered_b],
        [STAYED, MOVED, LOST, GAINED],
        NEITHER,
    ).astype(np.int8)
    return Comparison(category, _table(a, b, partner[:-1], shared))


def _shared_pt(a: ChainResult, b: ChainResult, pt: np.ndarray) -> np.ndarray:
    """Pt of the trigger cells that are in a cluster of A and one of B, float64, shape (n_a, n_b).

    Of a cell of which both have a share, it is the smaller one.
    """
    shape = len(a.clusters), len(b.clusters)
    if a.shared or b.shared:
        both = a.cluster_shares.merge(b.cluster_shares, on="cell", suffixes=("_a", "_b"))
        index = both["cluster_a"].to_numpy() * shape[1] + both["cluster_b"].to_numpy()
        weights = pt[both["cell"].to_numpy()] * both[["share_a", "share_b"]].min(axis=1).to_numpy()
    else:
        in_a, in_b = a.cluster_of_cell, b.cluster_of_cell
        inside = (in_a >= 0) & (in_b >= 0)
        index, weights = in_a[inside] * shape[1] + in_b[inside], pt[inside]
    return np.bincount(index, weights=weights, minlength=shape[0] * shape[1]).reshape(shape)


def _table(a: ChainResult, b: ChainResult, partner: np.ndarray, shared: np.ndarray) -> pd.DataFrame:
    column_a = {name: a.clusters[name].to_numpy() for name in ("pt", "energy", "eta", "phi")}
    column_b = {name: b.clusters[name].to_numpy() for name in column_a}
    order_a = np.argsort(-column_a["pt"], kind="stable")
    alone = np.setdiff1d(np.arange(len(b.clusters)), partner)
    alone = alone[np.argsort(-column_b["pt"][alone], kind="stable")]
    row_a = np.concatenate([order_a, np.full(len(alone), -1)]).astype(np.int64)
    row_b = np.concatenate([partner[order_a], alone]).astype(np.int64)

    def of(column: np.ndarray, row: np.ndarray) -> np.ndarray:
        return np.append(column, np.nan)[row]  # -1: the appended NaN

    fraction = np.full(len(row_a), np.nan)
    known, both = row_a >= 0, (row_a >= 0) & (row_b >= 0)
    fraction[known] = 0.0
    fraction[both] = shared[row_a[both], row_b[both]] / column_a["pt"][row_a[both]]
    delta = {name: of(column_b[name], row_b) - of(column_a[name], row_a) for name in ("energy", "eta", "phi")}
    return pd.DataFrame(
        {
            "a": row_a,
            "b": row_b,
            "pt_a": of(column_a["pt"], row_a),
            "pt_b": of(column_b["pt"], row_b),
            "shared": fraction,
            "delta_energy": delta["energy"],
            "delta_eta": delta["eta"],
            "delta_phi": wrapped(delta["phi"]),
        }
    )
