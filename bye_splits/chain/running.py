"""Run the stages: for one event with all intermediate results, for many events with their clusters."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from .cells import Cells, columns_of
from .chains import CHAINS
from .clustering import Shares, associate, clusters, reach
from .parameters import ChainParameters
from .seeding import Binned, Stages
from .shapes import shapes

CHUNK = 16  # events at once: their histograms fit the processor's cache

SEED_COLUMNS = ("energy", "x_over_z", "y_over_z", "rz_bin", "phi_bin")


@dataclass(frozen=True, eq=False, kw_only=True)
class ChainResult:
    """Result of the chain for one event.

    Attributes
    ----------
    parameters : ChainParameters
    seed_of_cell : int64, shape (n_tc,): row of `seeds` for each row of the input table, -1 for not clustered;
        of a cell that seeds share, that of the largest share (see `shares`)
    outside : number of trigger cells outside the limits of R/z, which are not in the histogram
    below_threshold : number of trigger cells left out, as `mipPt` is below `parameters.tc_threshold`
    not_finite : number of trigger cells left out, as z is 0 or a value is NaN or infinite
    stages : intermediate results of the seeding, of a type that depends on it
    """

    parameters: ChainParameters
    seed_of_cell: np.ndarray
    outside: int
    below_threshold: int
    not_finite: int
    stages: Stages
    _seeds: dict[str, np.ndarray]
    _clusters: dict[str, np.ndarray]
    _columns: dict[str, np.ndarray]  # of the input: what is rarely asked for follows from them
    _filled: tuple[np.ndarray, np.ndarray] | None
    _shares: Shares | None = None

    @property
    def histogram(self) -> np.ndarray:
        """The histogram in (R/z, phi), whichever chain it is: float64, shape (42, 216), mipT."""
        return self._histograms[0]

    @property
    def smoothed(self) -> np.ndarray:
        """The smoothed histogram in (R/z, phi), whichever chain it is: float64, shape (42, 216), mipT."""
        return self._histograms[1]

    @cached_property
    def _histograms(self) -> tuple[np.ndarray, np.ndarray]:
        return self._filled or _histograms(
            Binned.of(self._cells.at_least(self.parameters.tc_threshold), self.parameters)
        )

    @property
    def _cells(self) -> Cells:
        return Cells.of(self._columns, legacy=self.parameters.legacy)

    @cached_property
    def shares(self) -> pd.DataFrame:
        """Shares of trigger cells: `cell` (row of the input table), `seed` (row of `seeds`), `share`.

        Ordered by cell and seed. But for the association "energy_split" each clustered cell has one row.
        """
        return pd.DataFrame(self._all_shares._asdict())

    @property
    def _all_shares(self) -> Shares:
        return Shares.whole(self.seed_of_cell) if self._shares is None else self._shares

    @cached_property
    def seeds(self) -> pd.DataFrame:
        """Seeds: `energy` [mipT], `x_over_z y_over_z` (x/abs(z), y/abs(z)), `rz_bin phi_bin`.

        With coarse seeding, the energy is that of a lattice point, and the bin that of the direction.
        """
        return pd.DataFrame({name: self._seeds[name] for name in SEED_COLUMNS})

    @cached_property
    def clusters(self) -> pd.DataFrame:
        """Clusters that are kept: `pt energy` [GeV] `x y z` [cm] `eta phi n_cells seed` (row of `seeds`)."""
        return pd.DataFrame(self._clusters)

    @property
    def shared(self) -> bool:
        """Whether trigger cells can belong to several clusters."""
        return self._shares is not None

    @cached_property
    def cluster_shares(self) -> pd.DataFrame:
        """Shares in clusters: `cell` (row of the input table), `cluster` (row of `clusters`), `share`."""
        row = np.full(len(self._seeds["energy"]), -1, dtype=np.int64)
        row[self._clusters["seed"]] = np.arange(len(self._clusters["seed"]))
        cluster = row[self.shares["seed"].to_numpy()]
        table = self.shares.assign(cluster=cluster)[["cell", "cluster", "share"]]
        return table[cluster >= 0].reset_index(drop=True)

    @cached_property
    def shapes(self) -> pd.DataFrame:
        """Shapes of the clusters, a row for each of `clusters`, with the columns of `shapes.SHAPES`."""
        shares = self._all_shares.of_clusters(self._clusters["seed"], len(self._seeds["energy"]))
        cells = Cells.rows_of(self._columns, shares.cell, self.parameters.legacy)
        return shapes(cells, shares.seed, shares.share, self._clusters["energy"])

    @cached_property
    def cluster_of_cell(self) -> np.ndarray:
        """Row of `clusters` for each trigger cell, int64, shape (n_tc,); -1 for none, or one not kept.

        Of a shared cell it is the cluster of the largest share.
        """
        row = np.full(len(self._seeds["energy"]) + 1, -1, dtype=np.int64)
        row[self._clusters["seed"]] = np.arange(len(self._clusters["seed"]))
        return row[self.seed_of_cell]


@dataclass(frozen=True, eq=False)
class ManyResults:
    """Result of the chain for many events.

    Attributes
    ----------
    seeds, clusters : as in `ChainResult`, with a first column `event`; a cluster's `seed` counts within its
        event
    seed_of_cell : int64, shape (n_tc,), counting within the event; -1 for not clustered
    outside, not_finite : int64, shape (n_events,), numbers of trigger cells as in `ChainResult`
    """

    seeds: pd.DataFrame
    clusters: pd.DataFrame
    seed_of_cell: np.ndarray
    outside: np.ndarray
    not_finite: np.ndarray
    _cells: Cells
    _shared: list[Shares]

    @cached_property
    def shares(self) -> pd.DataFrame:
        """Shares of trigger cells as in `ChainResult`; `seed` counts within the event."""
        if not self._shared:
            return pd.DataFrame(Shares.whole(self.seed_of_cell)._asdict())
        table = pd.concat([pd.DataFrame(part._asdict()) for part in self._shared], ignore_index=True)
        return table.sort_values(["cell", "seed"], ignore_index=True)

    @cached_property
    def shapes(self) -> pd.DataFrame:
        """Shapes as in `ChainResult`, without `event`: a row for each of `clusters`."""
        start = np.searchsorted(self.seeds["event"], np.arange(self._cells.n_events))
        event = np.zeros(self._cells.n_rows, dtype=np.int64)
        event[self._cells.row] = self._cells.event
        cell, seed, share = (self.shares[name].to_numpy() for name in Shares._fields)
        shares = Shares(cell, start[event[cell]] + seed, share)
        of_cluster = start[self.clusters["event"]] + self.clusters["seed"].to_numpy()
        energy = self.clusters["energy"].to_numpy()
        shares = shares.of_clusters(of_cluster, len(self.seeds))
        place = np.zeros(self._cells.n_rows, dtype=np.int64)
        place[self._cells.row] = np.arange(len(self._cells.row))
        return shapes(self._cells.only(place[shares.cell]), shares.seed, shares.share, energy)


def run(
    trigger_cells: pd.DataFrame | Mapping,
    parameters: ChainParameters = ChainParameters(),  # noqa: B008 - frozen
) -> ChainResult:
    """Run the chain on one event's trigger cells, those of one endcap.

    Parameters
    ----------
    trigger_cells : columns `x y z` [cm], `mipPt` [mipT], `pt` [GeV], `layer` and, for coarse
        seeding, `waferu waferv cellu cellv`

    Raises
    ------
    ChainError
        A column is absent, a coordinate of a wafer or cell is not a whole number, or there are trigger cells
        of both endcaps.

    Examples
    --------
    >>> cells = {"x": [60.0, 61.0], "y": [0.1, 0.1], "z": [330.0, 330.0], "mipPt": [90.0, 10.0],
    ...          "pt": [1.8, 0.2], "layer": [9, 9]}
    >>> result = run(cells)
    >>> len(result.seeds), result.clusters.pt.tolist(), result.seed_of_cell.tolist()
    (1, [2.0], [0, 0])
    """
    columns = columns_of(trigger_cells)
    cells = Cells.of(columns, legacy=parameters.legacy)
    used = cells.at_least(parameters.tc_threshold)
    ran = _Run(used, parameters)
    seed_of_cell = np.full(cells.n_rows, -1, dtype=np.int64)
    seed_of_cell[used.row] = ran.seed_of_cell
    return ChainResult(
        parameters=parameters,
        seed_of_cell=seed_of_cell,
        outside=int(ran.outside[0]),
        below_threshold=len(cells.row) - len(used.row),
        not_finite=cells.not_finite,
        stages=ran.stages,
        _seeds=ran.seeds,
        _clusters=ran.clusters,
        _columns=columns,
        _filled=_histograms(ran.binned) if CHAINS[parameters.chain].smooths else None,
        _shares=None if ran.shares is None else ran.shares._replace(cell=used.row[ran.shares.cell]),
    )


def _histograms(binned: Binned) -> tuple[np.ndarray, np.ndarray]:
    """Histogram and smoothed histogram of the only event."""
    return binned.histogram[0], binned.smoothed[0]


def run_many(
    trigger_cells: pd.DataFrame | Mapping,
    event: np.ndarray,
    parameters: ChainParameters = ChainParameters(),  # noqa: B008 - frozen
    n_events: int | None = None,
) -> ManyResults:
    """Run the chain on many events at once, with the same results as `run` on each.

    Parameters
    ----------
    trigger_cells : as in `run`, of all events
    event : int array, shape (n_tc,): event of each row, 0 to n_events - 1; each endcap counts as an event
    n_events : including those without trigger cells; None: the largest event + 1

    Raises
    ------
    ChainError
        As in `run`, or an event's number is outside 0 to n_events - 1.
    """
    cells = Cells.of(trigger_cells, event, n_events, parameters.legacy)
    seed_of_cell = np.full(cells.n_rows, -1, dtype=np.int64)
    seeds, found, outside, shared = [], [], [], []
    for first in range(0, cells.n_events, CHUNK):
        chunk = cells.of_events(first, min(first + CHUNK, cells.n_events)).at_least(parameters.tc_threshold)
        ran = _Run(chunk, parameters)
        start = np.searchsorted(ran.seeds["event"], np.arange(chunk.n_events + 1))
        of_event = ran.seeds["event"][ran.clusters["seed"]]
        seed_of_cell[chunk.row] = np.where(ran.seed_of_cell < 0, -1, ran.seed_of_cell - start[chunk.event])
        seeds.append(ran.seeds | {"event": ran.seeds["event"] + first})
        found.append(
            {"event": of_event + first} | ran.clusters | {"seed": ran.clusters["seed"] - start[of_event]}
        )
        outside.append(ran.outside)
        if ran.shares is not None:
            cell, seed, share = ran.shares
            shared.append(Shares(chunk.row[cell], seed - start[chunk.event[cell]], share))
    usable = np.zeros(cells.n_rows, dtype=bool)
    usable[cells.row] = True
    return ManyResults(
        _table(seeds, ("event", *SEED_COLUMNS)),
        _table(found, None),
        seed_of_cell,
        np.concatenate(outside) if outside else np.zeros(0, dtype=np.int64),
        np.bincount(np.asarray(event, dtype=np.int64)[~usable], minlength=cells.n_events),
        cells,
        shared,
    )


def _table(parts: list[dict], names: tuple[str, ...] | None) -> pd.DataFrame:
    if not parts:
        empty = _Run(
            Cells.of({name: [] for name in ("x", "y", "z", "mipPt", "pt", "layer")}), ChainParameters()
        )
        parts = [empty.seeds if names else {"event": np.zeros(0, dtype=np.int64)} | empty.clusters]
    return pd.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in names or parts[0]})


def cluster_cells(
    cells: Cells, seeds: dict[str, np.ndarray], parameters: ChainParameters
) -> tuple[np.ndarray, Shares | None, dict[str, np.ndarray]]:
    """Clusters around seeds.

    Parameters
    ----------
    seeds : as of `Seeding.seeds`

    Returns
    -------
    seed_of_cell, shares : see `clustering.associate` and `Seeding.seed_of_cell`
    clusters : see `clustering.clusters`
    """
    seeding, shares = CHAINS[parameters.chain], None
    seed = seeding.seed_of_cell(cells, seeds, parameters)
    if seed is None:
        distance = reach(cells, parameters.cluster, parameters.radius)
        clusterable = seeding.clusterable(cells, parameters)
        if clusterable is not None:
            distance[~clusterable] = 0
        seed, shares = associate(cells, seeds, distance, parameters.association)
    found = clusters(cells, seed, len(seeds["energy"]), parameters.cluster.min_pt, shares)
    return seed, shares, found


class _Run:
    """The stages on the cells of a few events."""

    def __init__(self, cells: Cells, parameters: ChainParameters):
        self.binned = Binned.of(cells, parameters)
        self.outside = np.bincount(cells.event[~self.binned.inside], minlength=cells.n_events)
        self.seeds, self.stages = CHAINS[parameters.chain].seeds(self.binned)
        self.seed_of_cell, self.shares, self.clusters = cluster_cells(cells, self.seeds, parameters)
