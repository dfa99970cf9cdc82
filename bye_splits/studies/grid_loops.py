"""The loop over endcaps, sets of seeds and radii that gives what became of each particle on a grid.

Of the clusters of one set of seeds, those of all radii come from one pass over the trigger cells: each is
added to the first radius that reaches it, and the sums of a radius are those of the smaller ones and its own.
"""

import math

import numpy as np

from bye_splits.chain.compiled import compiled
from bye_splits.chain.splits import NEAR

from .particles import MATCHED

COUNTS = ("n_clusters", "n_near")
VALUES = (
    "leading_dr",
    "leading_pt",
    "leading_energy",
    "near_pt",
    "near_energy",
    "all_pt",
    "all_energy",
    "second_share",
    "second_dr",
)
"""Columns of `particles.outcomes`, in the order in which the loop writes them."""


@compiled
def steps_of(
    seed_start: np.ndarray, seed_energy: np.ndarray, thresholds: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Ranges of thresholds between which an endcap's seeds are the same.

    Returns
    -------
    start : int64, shape (n_endcaps + 1,): where the steps of each endcap start
    first : int64, shape (n_steps,): index of the first threshold of each step
    """
    n, start = len(thresholds), np.zeros(len(seed_start), dtype=np.int64)
    appear = np.zeros(n + 1, dtype=np.bool_)
    first = np.empty(max(1, (len(seed_start) - 1) * n), dtype=np.int64)
    count = 0
    for e in range(len(seed_start) - 1):
        appear[:] = False
        appear[0] = True
        for s in range(seed_start[e], seed_start[e + 1]):
            # A seed is one at the thresholds below its energy.
            appear[np.searchsorted(thresholds, seed_energy[s], side="left")] = True
        for t in range(n):
            if appear[t]:
                first[count] = t
                count += 1
        start[e + 1] = count
    return start, first[:count].copy()


@compiled
def outcomes_of_steps(
    cell_start: np.ndarray,
    weights: np.ndarray,
    link_start: np.ndarray,
    link_seed: np.ndarray,
    link_bin: np.ndarray,
    seed_start: np.ndarray,
    seed_energy: np.ndarray,
    particle_start: np.ndarray,
    gen_eta: np.ndarray,
    gen_phi: np.ndarray,
    thresholds: np.ndarray,
    wanted: np.ndarray,
    step_start: np.ndarray,
    step_first: np.ndarray,
    row_start: np.ndarray,
    nearest: bool,
    min_pt: float,
    clusters: np.ndarray,
    counts: np.ndarray,
    values: np.ndarray,
) -> None:
    """Write what became of each particle, for each set of seeds of its endcap and each radius.

    Parameters
    ----------
    cell_start : int64, shape (n_endcaps + 1,): where the trigger cells of each endcap start
    weights : float64, shape (n_cells, 5): pt, mipPt, x, y, z
    link_start, link_seed : see `Links`
    link_bin : int64, shape (n_links,): index of the first radius within which the link is
    seed_start, particle_start : int64, shape (n_endcaps + 1,), as `cell_start`
    thresholds : float64, shape (n_thresholds,), ascending
    wanted : bool, shape (n_thresholds, n_radii); what is not wanted stays as it is
    step_start, step_first : of `steps_of`
    row_start : int64, shape (n_steps,): row of the first particle of the step's endcap; the others follow
    nearest : whether a trigger cell belongs to the nearest seed, and not to that of highest energy in reach
    clusters : int64, shape (n_radii, n_thresholds): those of all endcaps are added
    counts : int32, shape (2, n_rows, n_radii), `COUNTS`
    values : float64, shape (9, n_rows, n_radii), `VALUES`
    """
    n_thresholds, n_radii = wanted.shape
    most = most_particles = 0
    for e in range(len(seed_start) - 1):
        most = max(most, seed_start[e + 1] - seed_start[e])
        most_particles = max(most_particles, particle_start[e + 1] - particle_start[e])
    # Sums of each seed: `from_bin` of the cells that stay from a radius on, `at_bin` of those there only.
    from_bin, from_count = np.zeros((most, n_radii, 5)), np.zeros((most, n_radii), dtype=np.int64)
    at_bin, at_count = np.zeros((most, n_radii, 5)), np.zeros((most, n_radii), dtype=np.int64)
    running, total = np.zeros((most, 5)), np.zeros(5)
    found = np.zeros((most, 4))  # pt, energy, eta, phi of each seed's cluster
    kept, stale = np.zeros(most, dtype=np.bool_), np.zeros(most, dtype=np.bool_)
    owner, distance = np.zeros(most, dtype=np.int64), np.zeros(most)
    best = np.zeros((most_particles, 3), dtype=np.int64)  # leading, first and second cluster
    for e in range(len(seed_start) - 1):
        s0, n_seeds = seed_start[e], seed_start[e + 1] - seed_start[e]
        p0, n_particles = particle_start[e], particle_start[e + 1] - particle_start[e]
        filled = False
        for step in range(step_start[e], step_start[e + 1]):
            t0 = step_first[step]
            t1 = step_first[step + 1] if step + 1 < step_start[e + 1] else n_thresholds
            limit, last = thresholds[t0], -1
            for r in range(n_radii):
                for t in range(t0, t1):
                    if wanted[t, r]:
                        last = r
                        break
            if last < 0:
                continue
            if nearest or not filled:  # the sums of "max_energy" are those of all sets of seeds
                filled = True
                from_bin[:n_seeds] = 0
                from_count[:n_seeds] = 0
                at_bin[:n_seeds] = 0
                at_count[:n_seeds] = 0
                for c in range(cell_start[e], cell_start[e + 1]):
                    for k in range(link_start[c], link_start[c + 1]):
                        b = link_bin[k]
                        if b >= n_radii:
                            break
                        s = link_seed[k] - s0
                        if nearest:
                            if seed_energy[s0 + s] > limit:
                                _add(from_bin[s, b], weights[c])
                                from_count[s, b] += 1
                                break
                            continue
                        end = link_bin[k + 1] if k + 1 < link_start[c + 1] else n_radii
                        if end >= n_radii:
                            _add(from_bin[s, b], weights[c])
                            from_count[s, b] += 1
                        else:
                            for r in range(b, end):
                                _add(at_bin[s, r], weights[c])
                                at_count[s, r] += 1
            running[:n_seeds] = 0
            kept[:n_seeds] = False
            stale[:n_seeds] = False
            n_kept, before = 0, -1
            for r in range(last + 1):
                changed = before < 0
                for s in range(n_seeds):
                    if not seed_energy[s0 + s] > limit:
                        continue
                    if from_count[s, r]:
                        for w in range(5):
                            running[s, w] += from_bin[s, r, w]
                    gone = r > 0 and at_count[s, r - 1] > 0
                    stale[s] |= from_count[s, r] > 0 or at_count[s, r] > 0 or gone
                    changed |= stale[s]
                asked = 0
                for t in range(t0, t1):
                    asked += wanted[t, r]
                if not asked:
                    continue
                row = row_start[step]
                if not changed:
                    for p in range(n_particles):
                        counts[:, row + p, r] = counts[:, row + p, before]
                        values[:, row + p, r] = values[:, row + p, before]
                else:
                    n_kept = 0
                    for s in range(n_seeds):
                        if stale[s]:
                            for w in range(5):
                                total[w] = running[s, w] + at_bin[s, r, w]
                            kept[s] = total[0] > min_pt
                            if kept[s]:
                                _cluster(total, found[s])
                                owner[s], distance[s] = _nearest_particle(
                                    found[s, 2], found[s, 3], gen_eta, gen_phi, p0, n_particles
                                )
                            stale[s] = False
                        n_kept += kept[s]
                    if n_particles:
                        _write(
                            found, kept, owner, distance, n_seeds, n_particles, row, r, best, counts, values
                        )
                before = r
                for t in range(t0, t1):
                    if wanted[t, r]:
                        clusters[r, t] += n_kept


@compiled
def _add(sums: np.ndarray, weights: np.ndarray) -> None:
    mip = weights[1]
    sums[0] += weights[0]
    sums[1] += mip
    sums[2] += mip * weights[2]
    sums[3] += mip * weights[3]
    sums[4] += mip * weights[4]


@compiled
def _cluster(total: np.ndarray, found: np.ndarray) -> None:
    """Write pt, energy, eta and phi of a cluster, as `chain.clustering.clusters`."""
    x, y, z = total[2] / total[1], total[3] / total[1], total[4] / total[1]
    eta = math.asinh(z / np.hypot(x, y))
    found[0] = total[0]
    found[1] = total[0] * math.cosh(eta)
    found[2] = eta
    found[3] = math.atan2(y, x)


@compiled
def _wrapped(phi: float) -> float:
    return (phi + np.pi) % (2 * np.pi) - np.pi


@compiled
def _nearest_particle(
    eta: float, phi: float, gen_eta: np.ndarray, gen_phi: np.ndarray, first: int, n: int
) -> tuple[int, float]:
    """The nearest of an endcap's particles, counted in it, and how far it is; -1 without any."""
    nearest, away = -1, np.nan
    for p in range(n):
        d = np.hypot(eta - gen_eta[first + p], _wrapped(phi - gen_phi[first + p]))
        if nearest < 0 or d < away or (np.isnan(away) and not np.isnan(d)):
            nearest, away = p, d
    return nearest, away


@compiled
def _write(
    found: np.ndarray,
    kept: np.ndarray,
    owner: np.ndarray,
    distance: np.ndarray,
    n_seeds: int,
    n_particles: int,
    row: int,
    r: int,
    best: np.ndarray,
    counts: np.ndarray,
    values: np.ndarray,
) -> None:
    """Write the outcomes of an endcap's particles at one radius, as `particles.outcomes` defines them."""
    best[:n_particles] = -1
    counts[:, row : row + n_particles, r] = 0
    for p in range(n_particles):
        for column in range(9):
            values[column, row + p, r] = 0.0 if 3 <= column < 7 else np.nan  # sums, and others
    for s in range(n_seeds):
        p = owner[s]
        if not kept[s] or p < 0:
            continue
        pt, energy, leading, first, second = found[s, 0], found[s, 1], best[p, 0], best[p, 1], best[p, 2]
        counts[0, row + p, r] += 1
        values[5, row + p, r] += pt
        values[6, row + p, r] += energy
        # Of equal ones the last is taken.
        if distance[s] <= MATCHED and (leading < 0 or pt >= found[leading, 0]):
            best[p, 0] = s
        if distance[s] <= NEAR:
            counts[1, row + p, r] += 1
            values[3, row + p, r] += pt
            values[4, row + p, r] += energy
            if first < 0 or energy >= found[first, 1]:
                best[p, 1], best[p, 2] = s, first
            elif second < 0 or energy >= found[second, 1]:
                best[p, 2] = s
    for p in range(n_particles):
        leading, first, second = best[p, 0], best[p, 1], best[p, 2]
        if leading >= 0:
            values[0, row + p, r] = distance[leading]
            values[1, row + p, r] = found[leading, 0]
            values[2, row + p, r] = found[leading, 1]
        if second >= 0:
            values[7, row + p, r] = found[second, 1] / values[4, row + p, r]
            values[8, row + p, r] = np.hypot(
                found[second, 2] - found[first, 2], _wrapped(found[second, 3] - found[first, 3])
            )
