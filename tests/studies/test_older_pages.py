"""What the older pages count differently, with reasons."""

import numpy as np
import pandas as pd

from bye_splits.studies.older import split_ratio
from bye_splits.studies.older_pages import (
    clusters_of_event,
    exactly_two,
    file_counts,
    partners,
    rows_of_pairs,
    splits,
    weights,
)


def particles():
    return pd.DataFrame(
        {
            "file": 0,
            "entry": range(6),
            "n_clusters": [1, 2, 2, 3, 0, 2],
            "n_near": [1, 2, 1, 2, 0, 2],
            "second_share": [np.nan, 0.3, np.nan, 0.2, np.nan, 0.04],
            "split": [False, True, False, True, False, False],
        }
    )


def test_splits():
    table = particles()
    split, counted = exactly_two(table)
    assert split[counted].mean() == split_ratio(clusters_of_event(table))
    why = splits(table)
    assert why.tolist() == [
        *("", "", "split there: the other cluster is not within 0.1"),
        *("not split there: 3 clusters in the event", "not counted there: no cluster"),
        "split there: the second one has 4.0 % of the energy, at most 10 %",
    ]


def test_weights():
    assert weights(particles()).tolist() == [
        *("", "counts 2 times there, once for each cluster", "counts 2 times there, once for each cluster"),
        *("counts 3 times there, once for each cluster", "not counted there: no cluster"),
        "counts 2 times there, once for each cluster",
    ]


def test_pairs_by_row_are_of_other_events():
    pairs = pd.DataFrame({"event": [11, 12, 13, 14]})
    a, b = np.array([1.0, 2.0, np.nan, 4.0]), np.array([1.5, np.nan, np.nan, 4.5])
    joined = rows_of_pairs(pairs, a, b)
    assert joined[["event_a", "event_b"]].to_numpy().tolist() == [[11, 11], [12, 14]]
    assert joined["b"].tolist() == [1.5, 4.5]
    assert partners(pairs, a, b).tolist() == [
        *("", "stands beside event 14 of B", ""),
        "stands beside nothing: B has fewer events",
    ]


def test_file_counts():
    clusters = pd.DataFrame({"file": 0, "entry": [0, 1, 1, 3]})
    assert file_counts(particles(), clusters).tolist() == [
        *("", "", "0 clusters in the file, 2 here", "1 cluster in the file, 3 here"),
        *("", "0 clusters in the file, 2 here"),
    ]
