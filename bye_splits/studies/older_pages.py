"""What the older pages count differently, particle by particle; their numbers themselves are in `older`."""

import numpy as np
import pandas as pd

from bye_splits.counting import counted

from .older import joined_by_row
from .particles import NEAR, SHARE

EVENT = ["file", "entry"]
SIDE = [*EVENT, "endcap"]


def clusters_of_event(particles: pd.DataFrame) -> np.ndarray:
    """Number of clusters in the event of each particle, int64, shape (n,).

    Parameters
    ----------
    particles : `file entry n_clusters` of each particle of the events
    """
    return particles.groupby(EVENT, sort=False)["n_clusters"].transform("sum").to_numpy(np.int64)


def exactly_two(particles: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The older definition of a split, see `older.split_ratio`.

    Returns
    -------
    split, counted : bool, shape (n,): whether there are exactly two clusters in the event of each particle,
        and whether there are any; the ratio is of the latter
    """
    number = clusters_of_event(particles)
    return number == 2, number > 0


def splits(particles: pd.DataFrame) -> np.ndarray:
    """Why the older split differs from ours for each particle, str; "" where it does not.

    Parameters
    ----------
    particles : as of `particles.outcomes`, with `file entry`
    """
    number = clusters_of_event(particles)
    share = particles["second_share"].to_numpy(np.float64)
    ours, near = particles["split"].to_numpy(bool), particles["n_near"].to_numpy(np.int64)
    out = np.full(len(particles), "", dtype=object)
    for k in np.flatnonzero((number == 2) & ~ours):
        far = f"the other cluster is not within {NEAR:g}"
        soft = f"the second one has {100 * share[k]:.1f} % of the energy, at most {100 * SHARE:.0f} %"
        out[k] = f"split there: {far if near[k] < 2 else soft}"
    for k in np.flatnonzero((number != 2) & ours):
        out[k] = f"not split there: {number[k]} clusters in the event"
    for k in np.flatnonzero(number == 0):
        out[k] = "not counted there: no cluster"
    return out


def weights(particles: pd.DataFrame) -> np.ndarray:
    """How often each particle counts, where numbers are of clusters, str; "" where it is once.

    Parameters
    ----------
    particles : `n_clusters` that belong to each
    """
    number = particles["n_clusters"].to_numpy(np.int64)
    texts = np.array(
        [
            "not counted there: no cluster" if n == 0 else f"counts {n} times there, once for each cluster"
            for n in number
        ],
        dtype=object,
    )
    return np.where(number == 1, "", texts)


def rows_of_pairs(pairs: pd.DataFrame, a: np.ndarray, b: np.ndarray) -> pd.DataFrame:
    """The particles under A and B as the older report joins two chains: by row number.

    Parameters
    ----------
    pairs : of `paired.side_by_side`
    a, b : float64, shape (n,): a response of each particle under A and under B; NaN: no cluster, and no row

    Returns
    -------
    DataFrame : the rows that both have, see `older.joined_by_row`: `event_a event_b`, `a b` the responses,
        and `pair other`, the rows of `pairs` of A's particle and of B's
    """
    sides = []
    for values in (a, b):
        known = np.flatnonzero(np.isfinite(values))
        sides.append(pd.DataFrame({"pair": known, "response": values[known]}))
    both = joined_by_row(*sides).iloc[: min(map(len, sides))]
    rows = {
        name: both[f"pair_{side}"].to_numpy(np.int64) for name, side in (("pair", "def"), ("other", "cs"))
    }
    events = pairs["event"].to_numpy()
    responses = {"a": both["response_def"].to_numpy(), "b": both["response_cs"].to_numpy()}
    return pd.DataFrame(
        rows | {"event_a": events[rows["pair"]], "event_b": events[rows["other"]]} | responses
    )


def partners(pairs: pd.DataFrame, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Which other particle each one of A stands beside in the older report, str; "" where it is itself."""
    joined = rows_of_pairs(pairs, a, b)
    out = np.full(len(pairs), "", dtype=object)
    wrong = joined[joined["pair"] != joined["other"]]
    out[wrong["pair"]] = [f"stands beside event {event} of B" for event in wrong["event_b"]]
    rest = np.setdiff1d(np.flatnonzero(np.isfinite(a)), joined["pair"])
    out[rest] = "stands beside nothing: B has fewer events"
    return out


def file_counts(particles: pd.DataFrame, clusters: pd.DataFrame) -> np.ndarray:
    """Where the file's own clusters are others in number than the chain's, str; "" where they are as many.

    Parameters
    ----------
    particles : `file entry n_clusters` of each particle
    clusters : `file entry` of each cluster of the file
    """
    number = clusters_of_event(particles)
    counts = clusters.groupby(EVENT).size()
    index = pd.MultiIndex.from_frame(particles[EVENT])
    own = counts.reindex(index, fill_value=0).to_numpy(np.int64)
    texts = [f"{counted(k, 'cluster')} in the file, {n} here" for k, n in zip(own, number, strict=True)]
    return np.where(own == number, "", np.array(texts, dtype=object))


def rows_of_report(particles: pd.DataFrame, clusters: pd.DataFrame) -> np.ndarray:
    """Why the older report's row of an endcap is not ours of the particle, str; "" where it is.

    Parameters
    ----------
    particles : `file entry endcap n_clusters` of each particle
    clusters : `file entry endcap energy dr leading` of each cluster of the chain
    """
    highest = clusters.loc[clusters.groupby(SIDE, sort=False)["energy"].idxmax()].set_index(SIDE)
    taken = highest.reindex(pd.MultiIndex.from_frame(particles[SIDE]))
    out = np.full(len(particles), "", dtype=object)
    for k in np.flatnonzero(taken["energy"].isna()):
        out[k] = "not counted there: no cluster"
    other = taken["energy"].notna() & (taken["leading"] != True)  # noqa: E712 - NaN without a cluster
    for k in np.flatnonzero(other):
        away = taken["dr"].iloc[k]
        where = "which belongs to no particle" if np.isnan(away) else f"{away:.2f} away"
        out[k] = f"another cluster's row: {taken['energy'].iloc[k]:.0f} GeV, {where}"
    return out
