"""What became of each generated particle, at every radius and seed threshold of a grid."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from bye_splits.chain import ChainParameters
from bye_splits.chain.clustering import reach
from bye_splits.chain.splits import SHARE

from .grid_loops import COUNTS, VALUES, outcomes_of_steps, steps_of
from .links import CHOICES
from .one_pass import Pass, by_energy
from .outcomes_by_point import by_point


@dataclass(frozen=True, eq=False, kw_only=True)
class OutcomeGrid:
    """What became of each particle: a row for each set of seeds that its endcap has at some thresholds.

    Attributes
    ----------
    thresholds : float64, shape (n_thresholds,), mipT, ascending
    n_particles : number of particles
    particle : int64, shape (n_rows,), row of the particle; those of a particle are in the order of thresholds
    first, last : int64, shape (n_rows,): indices of the thresholds of the row, both included
    columns : by the names of `particles.outcomes`, but for `split`, arrays of shape (n_rows, n_radii)
    clusters : int64, shape (n_radii, n_thresholds), number of clusters in all endcaps, with or without a
        particle
    seeds : int64, shape (n_thresholds,), number of seeds in all endcaps
    wanted : bool, shape (n_thresholds, n_radii): points that are filled
    """

    thresholds: np.ndarray
    n_particles: int
    particle: np.ndarray
    first: np.ndarray
    last: np.ndarray
    columns: Mapping[str, np.ndarray]
    clusters: np.ndarray
    seeds: np.ndarray
    wanted: np.ndarray

    def at(self, radius: int, threshold: int) -> pd.DataFrame:
        """The table of `particles.outcomes` at one point of the grid.

        Parameters
        ----------
        radius, threshold : indices
        """
        rows = np.empty(self.n_particles, dtype=np.int64)
        here = np.flatnonzero((self.first <= threshold) & (threshold <= self.last))
        rows[self.particle[here]] = here
        table = pd.DataFrame({name: values[rows, radius] for name, values in self.columns.items()})
        return table.assign(split=table["second_share"] > SHARE)


def outcome_grid(
    found: Pass,
    particles: pd.DataFrame,
    endcap: np.ndarray,
    parameters: ChainParameters,
    radii: np.ndarray | None,
    thresholds: np.ndarray,
    wanted: np.ndarray | None = None,
) -> OutcomeGrid:
    """Outcomes of all particles at every radius and threshold, from one pass of the chain.

    They are those of `found.clusters` and `particles.outcomes` at each point; sums differ by rounding alone,
    as trigger cells are added up in another order.

    Parameters
    ----------
    found : Pass over some events
    particles : columns `gen_eta gen_phi`, as of `particles.particle_rows`
    endcap : int64, shape (n_particles,): event of the pass in which each particle is
    parameters : as of `Pass.clusters`; `radius` and `seed_threshold` do not matter
    radii : float64, shape (n_radii,), in (x/z, y/z), ascending; None: the radii by layer of `parameters`, as
        one column
    thresholds : float64, shape (n_thresholds,), mipT, ascending
    wanted : bool, shape (n_thresholds, n_radii): points of the grid that are needed; the others are not
        filled. None for all

    Raises
    ------
    ValueError : as `Pass.clusters`, or radii or thresholds that do not ascend
    """
    thresholds = np.asarray(thresholds, dtype=np.float64)
    if not len(thresholds) or (np.diff(thresholds) <= 0).any():
        raise ValueError("the thresholds of a grid ascend")
    found.check(replace(parameters, seed_threshold=float(thresholds[0])))
    bins, n_radii = _bins(found, parameters, radii)
    if wanted is None:
        wanted = np.ones((len(thresholds), n_radii), dtype=bool)
    if parameters.association not in CHOICES or not by_energy(found.parameters):
        for threshold in thresholds:
            found.check(replace(parameters, seed_threshold=float(threshold)))
        made = by_point(found, particles, endcap, parameters, radii, thresholds, wanted)
        return OutcomeGrid(thresholds=thresholds, n_particles=len(particles), wanted=wanted, **made)
    cells, n_endcaps = found.cells, found.cells.n_events
    seed_start = _starts(found.seeds["event"], n_endcaps)
    order = np.argsort(endcap, kind="stable")
    particle_start = _starts(endcap[order], n_endcaps)
    step_start, step_first = steps_of(seed_start, found.seeds["energy"], thresholds)
    of_step = np.repeat(np.arange(n_endcaps), np.diff(step_start))
    in_step = np.diff(particle_start)[of_step]
    row_start = np.concatenate([[0], np.cumsum(in_step)])
    n_rows = int(row_start[-1])
    clusters = np.zeros((n_radii, len(thresholds)), dtype=np.int64)
    counts = np.zeros((len(COUNTS), n_rows, n_radii), dtype=np.int32)
    values = np.empty((len(VALUES), n_rows, n_radii))
    if not wanted.all():
        values.fill(np.nan)
    gen_eta, gen_phi = (particles[name].to_numpy(np.float64)[order] for name in ("gen_eta", "gen_phi"))
    outcomes_of_steps(
        _starts(cells.event, n_endcaps),
        np.stack([cells.pt, cells.mip, cells.x, cells.y, cells.z], axis=1),
        found.links.first,
        found.links.seed,
        bins,
        seed_start,
        found.seeds["energy"],
        particle_start,
        gen_eta,
        gen_phi,
        thresholds,
        wanted,
        step_start,
        step_first,
        row_start[:-1],
        parameters.association == "min_distance",
        parameters.cluster.min_pt,
        clusters,
        counts,
        values,
    )
    within = np.arange(n_rows) - np.repeat(row_start[:-1], in_step)
    last_of_step = np.append(step_first[1:], 0) - 1
    last_of_step[step_start[1:] - 1] = len(thresholds) - 1
    columns = dict(zip(COUNTS, counts.astype(np.int64), strict=True)) | dict(zip(VALUES, values, strict=True))
    return OutcomeGrid(
        thresholds=thresholds,
        n_particles=len(particles),
        particle=order[np.repeat(particle_start[:-1][of_step], in_step) + within],
        first=np.repeat(step_first, in_step),
        last=np.repeat(last_of_step, in_step),
        columns=columns,
        clusters=clusters,
        seeds=len(found.seeds["energy"])
        - np.searchsorted(np.sort(found.seeds["energy"]), thresholds, side="right"),
        wanted=wanted,
    )


def _starts(group: np.ndarray, n_groups: int) -> np.ndarray:
    return np.searchsorted(group, np.arange(n_groups + 1))


def _bins(found: Pass, parameters: ChainParameters, radii: np.ndarray | None) -> tuple[np.ndarray, int]:
    """Index of the first radius that reaches each link's trigger cell from its seed, and their number."""
    distance = found.links.distance
    if radii is None:
        limit = reach(found.cells, parameters.cluster)
        largest = limit.max(initial=0)
        bins = (distance >= np.repeat(limit, np.diff(found.links.first))).astype(np.int64)
    else:
        radii = np.asarray(radii, dtype=np.float64)
        if (np.diff(radii) <= 0).any():
            raise ValueError("the radii of a grid ascend")
        largest = radii.max(initial=0)
        bins = np.searchsorted(radii, distance, side="right")
    if largest > found.radius:
        raise ValueError(f"a radius of {largest:g}, above {found.radius:g} of the pass")
    return bins, 1 if radii is None else len(radii)
