"""Splits, efficiencies and responses of a sample at every radius and seed threshold of a grid, in numbers.

The seeds of an endcap change at a few thresholds only, and so do the responses of its particle: a sample is
kept as one row of responses per particle and range of thresholds. At each radius the rows are sorted once;
those of a threshold are then in order.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import numpy as np
import pandas as pd

from bye_splits.chain import ChainParameters
from bye_splits.chain.compiled import compiled
from bye_splits.chain.splits import SHARE

from .measures import FEWEST, held
from .outcome_grid import OutcomeGrid
from .response import NORMS
from .sample_study import StoredChunk
from .store import Store
from .survey import Chunk

THREADS = min(4, os.cpu_count() or 1)
LOW_PT = 10.0  # GeV: generated particles below it have low pt
_COUNTED = ("matched", "matched_low_pt", "split", "near")

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, eq=False, kw_only=True)
class GridPart:
    """What is kept of an `OutcomeGrid`: sums of it, and the responses that do not sum up.

    Attributes
    ----------
    events, particles, low_pt : numbers of events, of particles, and of those of low pt
    seeds : int64, shape (n_thresholds,), number of seeds
    clusters, matched, matched_low_pt, split, near : int64, shape (n_radii, n_thresholds): numbers of
        clusters, of particles with a matched cluster, of those of low pt, of split particles, and of those
        with a cluster near them
    near_sums : float64, shape (n_radii, n_thresholds), by norm: sum over the particles of the response of all
        clusters near them
    first, last : int32, shape (n_rows,): range of thresholds of a row, both included
    responses : float64, shape (n_radii, n_rows), by norm: of the leading matched cluster; NaN without one
    wanted : bool, shape (n_thresholds, n_radii): points of the grid that hold numbers
    """

    events: int
    particles: int
    low_pt: int
    seeds: np.ndarray
    clusters: np.ndarray
    matched: np.ndarray
    matched_low_pt: np.ndarray
    split: np.ndarray
    near: np.ndarray
    near_sums: dict[str, np.ndarray]
    first: np.ndarray = field(repr=False)
    last: np.ndarray = field(repr=False)
    responses: dict[str, np.ndarray] = field(repr=False)
    wanted: np.ndarray = field(repr=False)


def grid_part(
    outcomes: OutcomeGrid, particles: pd.DataFrame, events: int, low_pt: float = LOW_PT
) -> GridPart:
    """Sums and responses of some particles.

    Parameters
    ----------
    outcomes : of these particles
    particles : columns `gen_energy gen_pt`, as of `particles.particle_rows`
    events : number of events
    low_pt : GeV: particles below it are those of low pt
    """
    row = outcomes.particle
    generated = {norm: particles[name].to_numpy(np.float64)[row] for norm, name in NORMS.items()}
    soft = particles["gen_pt"].to_numpy(np.float64) < low_pt
    columns, shape = outcomes.columns, outcomes.clusters.shape
    counts = {name: np.zeros(shape, dtype=np.int64) for name in _COUNTED}
    sums = {norm: np.zeros(shape) for norm in NORMS}
    _sum_up(
        outcomes.first,
        outcomes.last,
        soft[row],
        columns["leading_pt"],
        columns["second_share"],
        np.stack([columns[f"near_{norm}"] for norm in NORMS]),
        np.stack(list(generated.values())),
        *counts.values(),
        *sums.values(),
    )
    responses = {norm: columns[f"leading_{norm}"] / generated[norm][:, None] for norm in NORMS}
    order = np.lexsort((outcomes.first, row))
    again = np.zeros(len(row), dtype=bool)  # rows with the responses of the one before
    again[1:] = np.diff(row[order]) == 0
    for values in responses.values():
        after, before = values[order[1:]], values[order[:-1]]
        again[1:] &= ((after == before) | (np.isnan(after) & np.isnan(before))).all(axis=1)
    kept = np.flatnonzero(~again)
    last = outcomes.last[order][np.append(kept[1:], len(row)) - 1] if len(row) else outcomes.last
    return GridPart(
        events=events,
        particles=outcomes.n_particles,
        low_pt=int(soft.sum()),
        seeds=outcomes.seeds,
        clusters=outcomes.clusters,
        **counts,
        near_sums=sums,
        first=outcomes.first[order[kept]].astype(np.int32),
        last=last.astype(np.int32),
        responses={norm: np.ascontiguousarray(values[order[kept]].T) for norm, values in responses.items()},
        wanted=outcomes.wanted,
    )


@compiled
def _sum_up(
    first: np.ndarray,
    last: np.ndarray,
    soft: np.ndarray,
    leading: np.ndarray,
    share: np.ndarray,
    near: np.ndarray,
    generated: np.ndarray,
    n_matched: np.ndarray,
    n_soft: np.ndarray,
    n_split: np.ndarray,
    n_near: np.ndarray,
    energy: np.ndarray,
    pt: np.ndarray,
) -> None:
    for row in range(len(first)):
        for r in range(leading.shape[1]):
            matched, split = not np.isnan(leading[row, r]), share[row, r] > SHARE
            some = near[0, row, r] > 0
            of_energy, of_pt = near[0, row, r] / generated[0, row], near[1, row, r] / generated[1, row]
            for t in range(first[row], last[row] + 1):
                n_matched[r, t] += matched
                n_soft[r, t] += matched and soft[row]
                n_split[r, t] += split
                if some:
                    n_near[r, t] += 1
                    energy[r, t] += of_energy
                    pt[r, t] += of_pt


def grid_table(
    parts: Sequence[GridPart], radii: np.ndarray, thresholds: np.ndarray, threads: int = THREADS
) -> pd.DataFrame:
    """The numbers of a whole sample, a row for each radius and threshold that is wanted.

    Parameters
    ----------
    parts : of all particles
    radii : float64, shape (n_radii,), in (x/z, y/z); NaN for those by layer
    thresholds : float64, shape (n_thresholds,), mipT
    threads : to sort with

    Returns
    -------
    DataFrame : `radius threshold`; numbers of `events`, of `particles` (`low_pt` of them below the cut), of
        `matched`, `matched_low_pt` and `split` ones, of `seeds` and of `clusters`; for each norm, `energy`
        and `pt`: `leading_NORM_mean`, `leading_NORM_rms` and `leading_NORM_effective_rms` of the response of
        the leading matched cluster, as in `measures.Summary`, and `near_NORM_mean` of all clusters near the
        particle, over the particles that have some
    """
    shape = len(radii), len(thresholds)
    wanted = parts[0].wanted
    first, last = (np.concatenate([getattr(one, name) for one in parts]) for name in ("first", "last"))

    def total(name: str) -> np.ndarray:
        return np.asarray(np.sum([getattr(one, name) for one in parts], axis=0, dtype=np.int64))

    columns = {
        "radius": np.repeat(radii, shape[1]),
        "threshold": np.tile(thresholds, shape[0]),
        **{name: np.full(shape, total(name)) for name in ("events", "particles", "low_pt")},
        **{name: total(name) for name in ("matched", "matched_low_pt", "split", "clusters")},
        "seeds": np.tile(total("seeds"), shape[0]),
    }
    for norm in NORMS:
        rows = [(wanted[:, r], [one.responses[norm][r] for one in parts]) for r in range(shape[0])]
        described = np.stack(_in_threads(partial(_described, first, last), rows, threads))
        for k, name in enumerate(("mean", "rms", "effective_rms")):
            columns[f"leading_{norm}_{name}"] = described[:, :, k]
        with np.errstate(invalid="ignore"):
            columns[f"near_{norm}_mean"] = np.sum([one.near_sums[norm] for one in parts], axis=0) / total(
                "near"
            )
    kept = wanted.T.ravel()
    return pd.DataFrame({name: values.ravel()[kept] for name, values in columns.items()})


def _described(first: np.ndarray, last: np.ndarray, of: tuple[np.ndarray, list[np.ndarray]]) -> np.ndarray:
    """Mean, RMS and effective RMS at one radius, shape (n_thresholds, 3).

    `of` is which thresholds are wanted, and the responses in parts.
    """
    wanted, values = of[0], np.concatenate(of[1])
    order = np.argsort(values)
    order = order[: len(order) - np.isnan(values).sum()]  # NaN is last
    ordered = values[order]
    first, last = first[order], last[order]
    out = np.full((len(wanted), 3), np.nan)
    active = np.empty(len(ordered) + 1)  # one is written beyond the last
    for t in np.flatnonzero(wanted).tolist():
        n, mean, width = _active(ordered, first, last, t, active)
        if n:
            out[t, 0] = mean
        if n > 1:
            out[t, 1] = width / mean
        if n >= FEWEST:
            out[t, 2] = _narrowest(active, n, held(n)) / 2 / mean
    return out


@compiled
def _active(
    ordered: np.ndarray, first: np.ndarray, last: np.ndarray, t: int, active: np.ndarray
) -> tuple[int, float, float]:
    """Write the values of one threshold; their number, mean and standard deviation."""
    n = 0
    for k in range(len(ordered)):
        active[n] = ordered[k]
        n += (first[k] <= t) & (t <= last[k])
    if not n:
        return 0, np.nan, np.nan
    middle, total, squares = active[n // 2], 0.0, 0.0  # sums about the median lose no digits
    for k in range(n):
        away = active[k] - middle
        total += away
        squares += away * away
    return n, middle + total / n, np.sqrt((squares - total * total / n) / (n - 1)) if n > 1 else np.nan


@compiled
def _narrowest(values: np.ndarray, n: int, inside: int) -> float:
    """Width of the narrowest interval that holds a number of ordered values."""
    best = np.inf
    for k in range(n - inside + 1):
        best = min(best, values[k + inside - 1] - values[k])
    return best


def scan_grid(
    store: Store,
    parameters: ChainParameters,
    radii: np.ndarray | None,
    thresholds: np.ndarray,
    wanted: np.ndarray | None = None,
    low_pt: float = LOW_PT,
    threads: int = THREADS,
) -> pd.DataFrame:
    """The numbers of a store's sample on a grid.

    Parameters
    ----------
    parameters : their `radius` and `seed_threshold` do not matter
    radii, thresholds, wanted : see `outcome_grid`
    low_pt : GeV, see `grid_part`
    threads : that work on chunks at once; the result does not depend on it

    Returns
    -------
    DataFrame : `chain` (of the parameters), and the columns of `grid_table`

    Raises
    ------
    ValueError : as `outcome_grid`
    """

    def part(chunk: Chunk) -> GridPart:
        stored = StoredChunk(store, chunk)
        outcomes = stored.outcome_grid(parameters, radii, thresholds, wanted)
        return grid_part(outcomes, stored.particles, len(stored.events), low_pt)

    parts = _in_threads(part, store.chunks, threads)
    table = grid_table(parts, np.array([np.nan]) if radii is None else radii, thresholds, threads)
    table.insert(0, "chain", parameters.chain)
    return table


def _in_threads(work: Callable[[T], R], items: Sequence[T], threads: int) -> list[R]:
    """The result of each item, in their order."""
    if threads == 1 or len(items) < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, items))
