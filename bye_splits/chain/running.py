"""The stages one after another: for one event with all that happened, for many with their clusters."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from .cells import Cells
from .chains import CHAINS
from .clustering import associate, clusters, reach
from .parameters import ChainParameters
from .seeding import Binned, Stages

CHUNK = 16  # events at once: their histograms fit the processor's cache

SEED_COLUMNS = ("energy", "x_over_z", "y_over_z", "rz_bin", "phi_bin")


@dataclass(frozen=True, eq=False, kw_only=True)
class ChainResult:
    """What the chain made of one event.

    Attributes
    ----------
    parameters : ChainParameters
    histogram, smoothed : float64, shape (42, 216), mipT per (R/z, phi) bin; of either chain
    seed_of_cell : int64, shape (n_tc,): row of `seeds` for each row of the table given, -1 for not clustered
    outside : number of trigger cells outside the limits of R/z, which are not in the histogram
    not_finite : number of trigger cells left out for a NaN or infinite number
    stages : what the chain's seeding did on the way; its type is that of the seeding
    """

    parameters: ChainParameters
    histogram: np.ndarray
    smoothed: np.ndarray
    seed_of_cell: np.ndarray
    outside: int
    not_finite: int
    stages: Stages
    _seeds: dict[str, np.ndarray]
    _clusters: dict[str, np.ndarray]

    @cached_property
    def seeds(self) -> pd.DataFrame:
        """Seeds: `energy` [mipT], `x_over_z y_over_z` (x/abs(z), y/abs(z)), `rz_bin phi_bin`.

        With coarse seeding the energy is that of a lattice point, and a bin that of the direction.
        """
        return pd.DataFrame({name: self._seeds[name] for name in SEED_COLUMNS})

    @cached_property
    def clusters(self) -> pd.DataFrame:
        """Clusters above 0.5 GeV: `pt energy` [GeV] `x y z` [cm] `eta phi n_cells seed` (row of `seeds`)."""
        return pd.DataFrame(self._clusters)

    @cached_property
    def cluster_of_cell(self) -> np.ndarray:
        """Row of `clusters` for each trigger cell, int64, shape (n_tc,); -1 for none, or one not kept."""
        row = np.full(len(self._seeds["energy"]) + 1, -1, dtype=np.int64)
        row[self._clusters["seed"]] = np.arange(len(self._clusters["seed"]))
        return row[self.seed_of_cell]


@dataclass(frozen=True, eq=False)
class ManyResults:
    """What the chain made of many events.

    Attributes
    ----------
    seeds, clusters : as those of `ChainResult`, with a first column `event`; a cluster's `seed` counts within
        its event
    seed_of_cell : int64, shape (n_tc,), counting within the event; -1 for not clustered
    outside, not_finite : int64, shape (n_events,), numbers of trigger cells as in `ChainResult`
    """

    seeds: pd.DataFrame
    clusters: pd.DataFrame
    seed_of_cell: np.ndarray
    outside: np.ndarray
    not_finite: np.ndarray


def run(
    trigger_cells: pd.DataFrame | Mapping,
    parameters: ChainParameters = ChainParameters(),  # noqa: B008 - frozen
) -> ChainResult:
    """Run the chain on one event's trigger cells, those of one endcap.

    Parameters
    ----------
    trigger_cells : columns `x y z` [cm], `mipPt` [transverse MIP], `pt` [GeV], `layer` and, for coarse
        seeding, `waferu waferv cellu cellv`

    Raises
    ------
    ChainError
        A column is absent, a coordinate of a wafer or cell is no whole number, or there are trigger cells of
        both endcaps.

    Examples
    --------
    >>> cells = {"x": [60.0, 61.0], "y": [0.1, 0.1], "z": [330.0, 330.0], "mipPt": [90.0, 10.0],
    ...          "pt": [1.8, 0.2], "layer": [9, 9]}
    >>> result = run(cells)
    >>> len(result.seeds), result.clusters.pt.tolist(), result.seed_of_cell.tolist()
    (1, [2.0], [0, 0])
    """
    cells = Cells.of(trigger_cells, legacy=parameters.legacy)
    made = _Run(cells, parameters)
    seed_of_cell = np.full(cells.n_rows, -1, dtype=np.int64)
    seed_of_cell[cells.row] = made.seed_of_cell
    return ChainResult(
        parameters=parameters,
        histogram=made.binned.histogram[0],
        smoothed=made.binned.smoothed[0],
        seed_of_cell=seed_of_cell,
        outside=int(made.outside[0]),
        not_finite=cells.not_finite,
        stages=made.stages,
        _seeds=made.seeds,
        _clusters=made.clusters,
    )


def run_many(
    trigger_cells: pd.DataFrame | Mapping,
    event: np.ndarray,
    parameters: ChainParameters = ChainParameters(),  # noqa: B008 - frozen
    n_events: int | None = None,
) -> ManyResults:
    """Run the chain on many events at once, with the same answers as `run` on each.

    Parameters
    ----------
    trigger_cells : as in `run`, of all events
    event : int array, shape (n_tc,): event of each row, 0 to n_events - 1; one endcap of an event is an event
    n_events : those without trigger cells included; None: the largest + 1

    Raises
    ------
    ChainError
        As in `run`, or an event's number is outside 0 to n_events - 1.
    """
    cells = Cells.of(trigger_cells, event, n_events, parameters.legacy)
    seed_of_cell = np.full(cells.n_rows, -1, dtype=np.int64)
    seeds, found, outside = [], [], []
    for first in range(0, cells.n_events, CHUNK):
        part = cells.of_events(first, min(first + CHUNK, cells.n_events))
        made = _Run(part, parameters)
        start = np.searchsorted(made.seeds["event"], np.arange(part.n_events + 1))
        of_event = made.seeds["event"][made.clusters["seed"]]
        seed_of_cell[part.row] = np.where(made.seed_of_cell < 0, -1, made.seed_of_cell - start[part.event])
        seeds.append(made.seeds | {"event": made.seeds["event"] + first})
        found.append(
            {"event": of_event + first} | made.clusters | {"seed": made.clusters["seed"] - start[of_event]}
        )
        outside.append(made.outside)
    usable = np.zeros(cells.n_rows, dtype=bool)
    usable[cells.row] = True
    return ManyResults(
        _table(seeds, ("event", *SEED_COLUMNS)),
        _table(found, None),
        seed_of_cell,
        np.concatenate(outside) if outside else np.zeros(0, dtype=np.int64),
        np.bincount(np.asarray(event, dtype=np.int64)[~usable], minlength=cells.n_events),
    )


def _table(parts: list[dict], names: tuple[str, ...] | None) -> pd.DataFrame:
    if not parts:
        empty = _Run(
            Cells.of({name: [] for name in ("x", "y", "z", "mipPt", "pt", "layer")}), ChainParameters()
        )
        parts = [empty.seeds if names else {"event": np.zeros(0, dtype=np.int64)} | empty.clusters]
    return pd.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in names or parts[0]})


class _Run:
    """The stages on the cells of a few events."""

    def __init__(self, cells: Cells, parameters: ChainParameters):
        seeding = CHAINS[parameters.chain]
        self.binned = Binned.of(cells, parameters)
        self.outside = np.bincount(cells.event[~self.binned.inside], minlength=cells.n_events)
        self.seeds, self.stages = seeding.seeds(self.binned)
        distance = reach(cells, parameters.cluster, parameters.radius)
        clusterable = seeding.clusterable(cells, parameters)
        if clusterable is not None:
            distance[~clusterable] = 0
        self.seed_of_cell = associate(cells, self.seeds, distance, parameters.association)
        self.clusters = clusters(
            cells, self.seed_of_cell, len(self.seeds["energy"]), parameters.cluster.min_pt
        )
