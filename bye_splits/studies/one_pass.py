"""One pass of the chain over a chunk of events: what the clusters of any radius and threshold follow from."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from bye_splits.chain import ChainParameters
from bye_splits.chain.cells import NEEDED, Cells, passing
from bye_splits.chain.chains import CHAINS
from bye_splits.chain.clustering import ASSOCIATIONS, Shares, associate, clusters, reach
from bye_splits.chain.parameters import DECLARED
from bye_splits.chain.running import SEED_COLUMNS
from bye_splits.chain.seed_rules import SEED_RULES
from bye_splits.chain.seeding import Binned

from .links import CHOICES, Links, find_links, own_links, seed_of_cells

EVENTS = 16  # at once: their histograms fit the processor's cache


_NOT_OF_SEEDS = ("radius", "cluster", "association", "seed_threshold")


def seeding_of(parameters: ChainParameters) -> ChainParameters:
    """What the seeds depend on, apart from their threshold where those of a higher one are among them.

    The other parameters are the default ones.
    """
    usual, seeding = ChainParameters(), CHAINS[parameters.chain]
    names = [name for name in _NOT_OF_SEEDS if name != "seed_threshold" or by_energy(parameters)]
    names += [name for name, one in DECLARED.items() if one.only and not getattr(seeding, one.only)]
    return replace(parameters, **{name: getattr(usual, name) for name in names})


def by_energy(parameters: ChainParameters) -> bool:
    """Whether the seeds of a threshold are those of a lower one whose energy is above it."""
    seeding = CHAINS[parameters.chain]
    return seeding.by_threshold and (not seeding.by_rule or SEED_RULES[parameters.seeding].by_energy)


def for_all_thresholds(parameters: ChainParameters) -> bool:
    """Whether one pass has the seeds of every threshold: by their energies, or as there is no threshold."""
    return by_energy(parameters) or not CHAINS[parameters.chain].by_threshold


@dataclass(frozen=True, eq=False, kw_only=True)
class Pass:
    """Trigger cells and seeds of some events, and which seeds each trigger cell can belong to.

    An event here is one endcap of an event of a file, as for the chain.

    Attributes
    ----------
    parameters : ChainParameters with which the seeds were found; `seed_threshold` is the lowest one
    radius : the largest radius, in (x/z, y/z)
    cells : Cells; no links have those that the chain does not take
    seeds : `event` (int64, ascending), `energy` [mipT], `x_over_z`, `y_over_z`, `rz_bin`, `phi_bin`
    links : Links of the cells and seeds
    regions : int64, shape (n_events,), regions in which seeds were searched for: one without coarse seeding,
        else the modules that it chose
    """

    parameters: ChainParameters
    radius: float
    cells: Cells
    seeds: dict[str, np.ndarray]
    links: Links
    regions: np.ndarray

    @property
    def removable(self) -> tuple[np.ndarray, np.ndarray]:
        """Event and energy [mipT] of the seeds that a higher threshold removes; none where there is none."""
        kept = slice(None) if CHAINS[self.parameters.chain].by_threshold else slice(0)
        return self.seeds["event"][kept], self.seeds["energy"][kept]

    def n_seeds(self, threshold: float) -> np.ndarray:
        """Number of seeds of each event with a threshold [mipT], int64, shape (n_events,)."""
        above = self._above(np.full(self.cells.n_events, threshold))
        return np.bincount(self.seeds["event"][above], minlength=self.cells.n_events)

    def clusters(self, parameters: ChainParameters, threshold: np.ndarray | None = None) -> pd.DataFrame:
        """The clusters of other parameters, equal to those of `chain.run_many`.

        Parameters
        ----------
        parameters : those of this pass, but for `radius`, `cluster`, `association` and `seed_threshold`
        threshold : float64, shape (n_events,), mipT, of the seeds of each event, instead of `seed_threshold`

        Returns
        -------
        DataFrame : columns as `ManyResults.clusters`, `last_layer` with a trigger cell of the cluster,
            `peak_layer` with most of its mipT, and columns of the seed as `seed_...`

        Raises
        ------
        ValueError : parameters on which the seeds depend, a lower threshold, or a larger radius
        """
        self.check(parameters)
        distance = reach(self.cells, parameters.cluster, parameters.radius)
        if distance.max(initial=0) > self.radius:
            raise ValueError(f"a radius of {distance.max():g}, above {self.radius:g} of the pass")
        energy = self.seeds["energy"]
        limit = np.full(self.cells.n_events, parameters.seed_threshold) if threshold is None else threshold
        above = self._above(limit)
        seed, shares = self._associated(above, limit, distance, parameters)
        found = clusters(self.cells, seed, len(energy), parameters.cluster.min_pt, shares)
        row = found["seed"]
        rank = np.cumsum(above) - 1
        event = self.seeds["event"][row]
        first = np.searchsorted(self.seeds["event"][above], event)
        found = {"event": event} | found | {"seed": rank[row] - first}
        last_layer = np.zeros(len(energy), dtype=np.int64)
        clustered = seed >= 0
        np.maximum.at(last_layer, seed[clustered], self.cells.layer[clustered])
        found["last_layer"] = last_layer[row]
        found["peak_layer"] = self._peak_layer(seed, clustered, int(last_layer.max(initial=0)))[row]
        return pd.DataFrame(found | {f"seed_{name}": self.seeds[name][row] for name in SEED_COLUMNS})

    def _above(self, threshold: np.ndarray) -> np.ndarray:
        """Which seeds there are with a threshold of each event [mipT], bool, shape (n_seeds,)."""
        if not by_energy(self.parameters):  # those of the pass are those of its threshold alone
            return np.ones(len(self.seeds["energy"]), dtype=bool)
        return self.seeds["energy"] > threshold[self.seeds["event"]]

    def _associated(
        self, above: np.ndarray, threshold: np.ndarray, distance: np.ndarray, parameters: ChainParameters
    ) -> tuple[np.ndarray, Shares | None]:
        """Seed of each trigger cell and its shares, as `clustering.associate` finds them among some seeds."""
        energy = self.seeds["energy"]
        association = parameters.association
        if not CHAINS[parameters.chain].by_radius:  # a cell has one seed at most
            association = next(iter(CHOICES))
        if ASSOCIATIONS[association].share is None:
            limits = (
                threshold[self.cells.event] if by_energy(self.parameters) else np.full(len(distance), -np.inf)
            )
            return seed_of_cells(self.links, energy, limits, distance, association), None
        # The links are those of cells that belong to one seed: here each seed in reach has a share.
        rows = np.append(np.flatnonzero(above), -1)
        some = {name: values[above] for name, values in self.seeds.items()}
        usable = np.where(_usable(self.cells, parameters), distance, 0.0)
        seed, shares = associate(self.cells, some, usable, association)
        return rows[seed], shares and shares._replace(seed=rows[shares.seed])

    def _peak_layer(self, seed: np.ndarray, clustered: np.ndarray, last: int) -> np.ndarray:
        """Layer with the largest sum of mipT of each seed's cells, int64, shape (n_seeds,)."""
        n, width = len(self.seeds["energy"]), last + 1
        place = seed[clustered] * width + self.cells.layer[clustered]
        by_layer = np.bincount(place, weights=self.cells.mip[clustered], minlength=n * width)
        return by_layer.reshape(n, width).argmax(axis=1)

    def check(self, parameters: ChainParameters) -> None:
        """Raise ValueError if the seeds of some parameters are not among those of this pass."""
        if seeding_of(parameters) != seeding_of(self.parameters):
            raise ValueError("the seeds of these parameters are others than those of the pass")
        if by_energy(parameters) and parameters.seed_threshold < self.parameters.seed_threshold:
            raise ValueError(
                f"a seed threshold of {parameters.seed_threshold:g} mipT, "
                f"below {self.parameters.seed_threshold:g} of the pass"
            )


def one_pass(
    trigger_cells: pd.DataFrame, event: np.ndarray, n_events: int, parameters: ChainParameters, radius: float
) -> tuple[Pass, np.ndarray]:
    """Find the seeds of some events, and which of them each trigger cell can belong to.

    Parameters
    ----------
    trigger_cells, event, n_events : as of `chain.run_many`
    parameters : of the chain, with the lowest threshold that will be asked for
    radius : the largest radius, in (x/z, y/z)

    Returns
    -------
    found : Pass
    outside : int64, shape (n_events,), trigger cells outside the histogram's R/z, which make no seeds

    Raises
    ------
    ChainError : as `chain.run_many`
    """
    seeding = CHAINS[parameters.chain]
    columns = [*NEEDED, *seeding.columns]
    cells = Cells.of({name: trigger_cells[name] for name in columns}, event, n_events, parameters.legacy)
    parts, outside, regions = [], [], []
    usable = _usable(cells, parameters)
    for start in range(0, n_events, EVENTS):
        some = cells.of_events(start, min(start + EVENTS, n_events)).at_least(parameters.tc_threshold)
        binned = Binned.of(some, parameters)
        outside.append(np.bincount(some.event[~binned.inside], minlength=some.n_events))
        seeds, stages = seeding.seeds(binned)
        regions.append(stages.regions(some.n_events))
        parts.append(seeds | {"event": seeds["event"] + start})
    names = ("event", *SEED_COLUMNS)
    kinds = (np.int64, *(np.float64,) * 3, np.int64, np.int64)
    seeds = {
        name: np.concatenate([np.zeros(0, dtype=kind), *(each[name] for each in parts)])
        for name, kind in zip(names, kinds, strict=True)
    }
    own = seeding.seed_of_cell(cells, seeds, parameters)
    links = find_links(cells, seeds, usable, radius) if own is None else own_links(np.where(usable, own, -1))
    none = np.zeros(0, dtype=np.int64)
    found = Pass(
        parameters=parameters,
        radius=radius,
        cells=cells,
        seeds=seeds,
        links=links,
        regions=np.concatenate([none, *regions]),
    )
    return found, np.concatenate([none, *outside])


def _usable(cells: Cells, parameters: ChainParameters) -> np.ndarray:
    """Which trigger cells can be clustered, bool, shape (n,)."""
    of_seeding = CHAINS[parameters.chain].clusterable(cells, parameters)
    enough = passing(cells.mip, parameters.tc_threshold)
    return enough if of_seeding is None else enough & of_seeding
