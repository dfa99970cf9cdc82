"""Which events contribute to a trigger cell, a module or a bin: looked up in the index of an occupancy."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bye_splits.chain.smoothing import phi_weights, smooth

from . import occupancy_keys
from .occupancy import Occupancy, index_file
from .store import read_arrow


@dataclass(frozen=True)
class Wanted:
    """Ranges of keys whose trigger cells are wanted.

    Attributes
    ----------
    low, high : int64, shape (n,): each range is low <= key < high; none overlaps another
    weight : float64, shape (n,): of mipPt in the sum over an event
    """

    low: np.ndarray
    high: np.ndarray
    weight: np.ndarray


def of_rows(occupancy: Occupancy, rows: np.ndarray) -> Wanted:
    """Those in some rows of the table of cells."""
    key = occupancy.cells["key"][rows]
    return Wanted(key, key + 1, np.ones(len(key)))


def of_bin(
    side: int,
    bin: int,  # noqa: A002
    layers: tuple[int, int],
    section: str = "both",
    weight: float = 1.0,
) -> Wanted:
    """Those in a bin of an endcap, from the first to the last of some layers, in a section of them."""
    low, high = occupancy_keys.ranges(side, bin, layers, section)
    return Wanted(low, high, np.full(len(low), weight))


def of_smoothed(occupancy: Occupancy, side: int, bin: int) -> Wanted:  # noqa: A002
    """Those that contribute to a bin of the smoothed histogram, with their weights."""
    parameters, binning = occupancy.settings.parameters, occupancy.settings.binning
    rz, phi = divmod(bin, binning.n_phi)
    reach = phi_weights(parameters.smooth.bin_sums, parameters.kernel).shape[1] - 1
    rows = [row for row in (rz - 1, rz, rz + 1) if 0 <= row < binning.n_rz]
    columns = np.unique(np.arange(phi - reach, phi + reach + 1) % binning.n_phi)
    around = [row * binning.n_phi + int(column) for row in rows for column in columns]
    single = np.zeros((len(around), binning.n_rz, binning.n_phi))
    single.reshape(len(around), -1)[np.arange(len(around)), around] = 1.0
    smoothed = smooth(single, parameters.smooth, parameters.kernel, parameters.norm_by_area, binning)
    weights = smoothed[:, rz, phi]
    every = (0, occupancy_keys.MOST_LAYERS - 1)
    parts = [
        of_bin(side, each, every, weight=weight)
        for each, weight in zip(around, weights, strict=True)
        if weight
    ]
    return Wanted(
        *(np.concatenate([getattr(one, name) for one in parts]) for name in ("low", "high", "weight"))
    )


def contributing(occupancy: Occupancy, wanted: Wanted) -> pd.DataFrame:
    """The events with trigger cells in some ranges.

    Returns
    -------
    DataFrame : `file`, `entry` (int64), `n` (int64, trigger cells), `value` (float64, weighted sum of mipPt,
        mipT; each mipPt in single precision); ordered by `value`, largest first
    """
    order = np.argsort(wanted.low)
    low, high, weight = (values[order] for values in (wanted.low, wanted.high, wanted.weight))

    def one(number: int) -> tuple[np.ndarray, np.ndarray]:
        key, start = _columns(occupancy, number, "cells", "key", "start")
        entry, mip = _columns(occupancy, number, "hits", "entry", "mipPt")
        first, stop = (_at(start, np.searchsorted(key, ends), len(entry)) for ends in (low, high))
        some = [np.arange(a, b) for a, b in zip(first.tolist(), stop.tolist(), strict=True) if b > a]
        rows = np.concatenate([np.zeros(0, dtype=np.int64), *some])
        return entry[rows], np.repeat(weight, stop - first) * mip[rows]

    return _table(occupancy, map(one, occupancy.done))


def containing(occupancy: Occupancy, found: str, side: int, bin: int) -> pd.DataFrame:  # noqa: A002
    """The events with seeds or clusters in a bin of an endcap.

    Parameters
    ----------
    found : "seeds" or "clusters"

    Returns
    -------
    DataFrame : as of `contributing`; `n` is the number of seeds or clusters, `value` the sum of their energy
        [mipT] or pT [GeV]
    """
    at = side * occupancy.settings.binning.n_bins + bin

    def one(number: int) -> tuple[np.ndarray, np.ndarray]:
        code, entry, value = _columns(occupancy, number, found, "code", "entry", "value")
        first, stop = np.searchsorted(code, [at, at + 1])
        return entry[first:stop], value[first:stop].astype(float)

    return _table(occupancy, map(one, occupancy.done))


def _columns(occupancy: Occupancy, number: int, table: str, *names: str) -> list[np.ndarray]:
    """Columns of a table of a chunk's index, mapped into memory."""
    read = read_arrow(index_file(occupancy.folder, number, table))
    return [read.column(name).to_numpy() for name in names]


def _at(start: np.ndarray, rows: np.ndarray, n: int) -> np.ndarray:
    """`start` at some rows, and `n` behind its last one; int64."""
    inside = rows < len(start)
    found = np.full(len(rows), n, dtype=np.int64)
    found[inside] = start[rows[inside]]
    return found


def _table(occupancy: Occupancy, parts: Iterator[tuple[np.ndarray, np.ndarray]]) -> pd.DataFrame:
    """Numbers and sums by event, of the entries and values of each chunk in `occupancy.done`."""
    tables = [[np.zeros(0, dtype=np.int64)] * 3 + [np.zeros(0)]]
    for number, (entry, value) in zip(occupancy.done, parts, strict=True):
        chunk = occupancy.chunks[number]
        n = np.bincount(entry)
        some = np.flatnonzero(n)
        total = np.bincount(entry, weights=value)[some]
        tables.append([np.full(len(some), chunk.file), chunk.start + some, n[some], total])
    columns = (np.concatenate(parts) for parts in zip(*tables, strict=True))
    table = pd.DataFrame(dict(zip(("file", "entry", "n", "value"), columns, strict=True)))
    return table.sort_values("value", ascending=False, kind="stable", ignore_index=True)
