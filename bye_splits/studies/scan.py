"""Many sets of parameters on one sample: what each gives, and which are not beaten by another one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from bye_splits.chain import ChainParameters
from bye_splits.chain.parameters import DECLARED

from .grid import LOW_PT, THREADS, scan_grid
from .measures import interval
from .one_pass import for_all_thresholds
from .store import Store

AT_ONCE = 64  # sets, or radii of a grid, in one go over the sample: they bound the memory

OBJECTIVES = {
    "split_rate": -1,
    "low_pt_efficiency": 1,
    "leading_pt_effective_rms": -1,
    "seeds_per_event": -1,
}
"""What the sets compete in: the more the better (1), or the less (-1)."""

_OWN = ("radius:", "seed_threshold:")

Point = tuple[float | None, float]  # radius and threshold


def scan_table(
    store: Store, sets: Sequence[ChainParameters], low_pt: float = LOW_PT, threads: int = THREADS
) -> pd.DataFrame:
    """What each set of parameters gives on a store's sample.

    Parameters
    ----------
    store : with the seeds of all sets
    sets : parameters; those that differ in the radius alone, mostly in the seed threshold too, are one group
    low_pt : GeV: generated particles below it make the efficiency at low pt
    threads : that work on chunks at once

    Returns
    -------
    DataFrame : a row for each set: `set` (its number), the plain parameters by name (`radius` is NaN for the
        radii by layer), the columns of `grid.grid_table`, `split_rate`, `efficiency` and `low_pt_efficiency`
        (shares of the particles, and of those of low pt) with their Clopper-Pearson intervals
        (`..._low`, `..._high`), `seeds_per_event`, `clusters_per_event`, `pareto` (see `pareto_front`), and
        `parameters`, YAML from which `ChainParameters.from_yaml` restores the set

    Raises
    ------
    ChainError, ValueError : the store does not have the seeds of a set
    """
    groups: dict[ChainParameters, dict[int, Point]] = {}
    for number, one in enumerate(sets):
        key = replace(one, radius=None)
        if for_all_thresholds(one):
            key = replace(key, seed_threshold=0.0)
        groups.setdefault(key, {})[number] = one.radius, one.seed_threshold
    parts = []
    for parameters, points in groups.items():
        for radii, thresholds, wanted in blocks(list(points.values())):
            found = scan_grid(store, parameters, radii, thresholds, wanted, low_pt, threads)
            place = {
                (None if np.isnan(radius) else radius, threshold): k
                for k, (radius, threshold) in enumerate(
                    zip(found["radius"].tolist(), found["threshold"].tolist(), strict=True)
                )
            }
            here = [number for number, point in points.items() if point in place]
            parts.append(found.iloc[[place[points[number]] for number in here]].assign(set=here))
    numbers = pd.concat(parts).sort_values("set").drop(columns=["chain", "radius", "threshold"])
    table = pd.DataFrame([{name: getattr(one, name) for name in DECLARED} for one in sets])
    table["radius"] = table["radius"].astype(np.float64)
    table.insert(0, "set", np.arange(len(sets)))
    table = table.merge(numbers, on="set", validate="one_to_one")
    table = pd.concat([table, _shares(table)], axis=1)
    table["pareto"] = pareto_front(table)
    table["parameters"] = _texts(sets)
    return table


def _texts(sets: Sequence[ChainParameters]) -> list[str]:
    """YAML of each set; what sets have in common is written once, as it takes longer than their numbers."""
    common: dict[ChainParameters, str] = {}
    texts = []
    for one in sets:
        key = replace(one, radius=None, seed_threshold=0.0)
        if key not in common:
            lines = key.to_yaml().splitlines(keepends=True)
            common[key] = "".join(line for line in lines if not line.startswith(_OWN))
        radius = DECLARED["radius"].none if one.radius is None else repr(one.radius)
        texts.append(f"radius: {radius}\nseed_threshold: {one.seed_threshold!r}\n{common[key]}")
    return texts


def blocks(points: Sequence[Point]) -> Iterator[tuple[np.ndarray | None, np.ndarray, np.ndarray]]:
    """Cut radii and thresholds into parts of a grid that are worked on in one go.

    Returns
    -------
    radii, thresholds and which points are wanted, as of `outcome_grid`
    """
    by_layer = sorted({threshold for radius, threshold in points if radius is None})
    if by_layer:
        yield None, np.array(by_layer), np.ones((len(by_layer), 1), dtype=bool)
    others = sorted({(threshold, radius) for radius, threshold in points if radius is not None})
    radii = sorted({radius for _, radius in others})
    thresholds = sorted({threshold for threshold, _ in others})
    if len(others) == len(radii) * len(thresholds):  # a whole grid: its radii share the sets of seeds
        some = [
            [(threshold, radius) for threshold in thresholds for radius in radii[first : first + AT_ONCE]]
            for first in range(0, len(radii), AT_ONCE)
        ]
    else:  # near thresholds have the same seeds in most events
        some = [others[first : first + AT_ONCE] for first in range(0, len(others), AT_ONCE)]
    for pairs in some:
        threshold, radius = np.array(pairs, dtype=np.float64).T
        of_radius, column = np.unique(radius, return_inverse=True)
        of_threshold, row = np.unique(threshold, return_inverse=True)
        wanted = np.zeros((len(of_threshold), len(of_radius)), dtype=bool)
        wanted[row, column] = True
        yield of_radius, of_threshold, wanted


def _shares(table: pd.DataFrame) -> pd.DataFrame:
    columns = {}
    for name, (k, n) in {
        "split_rate": ("split", "particles"),
        "efficiency": ("matched", "particles"),
        "low_pt_efficiency": ("matched_low_pt", "low_pt"),
    }.items():
        low, high = interval(table[k].to_numpy(), table[n].to_numpy())
        columns[name] = table[k] / table[n].where(table[n] > 0)
        columns |= {f"{name}_low": low, f"{name}_high": high}
    events = table["events"].where(table["events"] > 0)
    columns |= {f"{name}_per_event": table[name] / events for name in ("seeds", "clusters")}
    return pd.DataFrame(columns)


def pareto_front(table: pd.DataFrame, objectives: Mapping[str, int] = OBJECTIVES) -> np.ndarray:
    """Which rows are not beaten: no other one is as good in everything and better in something.

    Parameters
    ----------
    table : a column for each objective; a row with NaN in one of them is not on the front. An objective that
        is NaN in all rows does not count
    objectives : 1 where more is better, -1 where less is, by column

    Returns
    -------
    bool, shape (n_rows,)

    Examples
    --------
    >>> table = pd.DataFrame({"rate": [1, 2, 2, 3], "efficiency": [0.5, 0.9, 0.8, 0.9]})
    >>> pareto_front(table, {"rate": -1, "efficiency": 1}).tolist()
    [True, True, False, False]
    """
    values = np.stack([sign * table[name].to_numpy(np.float64) for name, sign in objectives.items()], axis=1)
    values = values[:, ~np.isnan(values).all(axis=0)]
    front = ~np.isnan(values).any(axis=1) & (values.shape[1] > 0)
    for row in np.flatnonzero(front):
        beats = (values >= values[row]).all(axis=1) & (values > values[row]).any(axis=1)
        front[row] = not beats.any()
    return front
