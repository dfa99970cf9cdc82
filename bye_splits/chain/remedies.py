"""Changes of a parameter that merge a split shower into one cluster, found by running the chain."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from bye_splits.angles import wrapped

from .cells import MODULES, NEEDED
from .chains import CHAINS
from .clustering import ASSOCIATIONS
from .running import ChainResult, run
from .smoothing import KERNELS, widened, width_of
from .splits import NEAR, near_particle

MANY = 10_000
"""Number of trigger cells above which the search is limited to those around the particle."""

MARGINS = (0.1, 1.2)
"""Region of the search in large events: in R/z, beyond clusters that may be near, and in phi [rad]."""

WIDEST = 20
"""Largest number of phi bins beyond those configured."""

LARGEST_WINDOW = 8
LARGEST_RADIUS = 0.2
RADIUS_STEP = 0.001
THRESHOLD_STEP = 0.1


@dataclass(frozen=True)
class Remedy:
    """A change that leaves exactly one cluster near the generated particle.

    Attributes
    ----------
    label : changed parameter, for instance "seed window"
    value : new value: a number, a name, or for the kernel's width the bins beyond those configured
    changes : for `ChainParameters.changed`
    near : resulting number of clusters near the particle, 1
    response : ratio of that cluster's energy to the generated energy, None if this is unknown
    """

    label: str
    value: float | int | str
    changes: dict[str, Any] = field(hash=False)
    near: int
    response: float | None


@dataclass(frozen=True)
class Remedies:
    """The remedies that were found, and the limits of the search.

    Attributes
    ----------
    found : by label, in the order of the search; None where no value helps
    limits : by label, the largest value or the names that were tried; absent if there is no alternative
    runs : number of runs of the chain
    """

    found: dict[str, Remedy | None]
    limits: dict[str, float | int | str]
    runs: int


def remedies(
    trigger_cells: pd.DataFrame | Mapping,
    result: ChainResult,
    eta: float,
    phi: float,
    energy: float | None = None,
    configured: tuple[int, ...] | None = None,
) -> Remedies:
    """Smallest change of each parameter with which a split shower is one cluster.

    Parameters
    ----------
    trigger_cells : input of `result`
    eta, phi : of the generated particle, on the calorimeter's face seen from the origin
    energy : GeV, of the generated particle
    configured : BinSums relative to which the kernel's width is counted; None: those of `result`

    Returns
    -------
    Remedies, with the labels "association", "radius", "kernel", "kernel width", "seed window" and "seed
    threshold"; without those that the chain does not use, as coarse seeding the kernel; empty if there are
    fewer than two clusters near the particle

    Notes
    -----
    One cluster means exactly one within `NEAR`; none is not a remedy. Each parameter is changed separately:

    - association: one where a seed takes over the trigger cells in its reach ("max_energy") and leaves the
      other seed with less than the smallest pt.
    - radius, with such an association: the smallest one in steps of 0.001 up to 0.2, the same in all layers,
      whatever the present one. With "min_distance" a trigger cell has the same seed at any radius, so
      that none joins two clusters. A radius at which "min_distance" also leaves one cluster is no remedy:
      it is so small that the other one is lost.
    - kernel: another one. Its width: wider than the present one, in every row of BinSums, up to 20 bins
      beyond those configured.
    - seed window: up to 8. Seed threshold: up to just above the second highest seed near the particle; the
      smallest in steps of 0.1 mipT.

    With more than 10 000 trigger cells, the search uses those around the particle: 1.2 rad to either side and
    0.1 in R/z beyond `NEAR`. The widest kernel and window extend over 0.7 rad, so that the seeds near it are
    the same. A remedy is then checked on all trigger cells; if it fails, the search is repeated on these.
    """
    search = _Search(trigger_cells, result, eta, phi, energy, configured)
    if len(search.near) < 2:
        return Remedies({}, {}, 0)
    seeding = CHAINS[result.parameters.chain]
    tried: dict[str, Callable[[], tuple | None]] = {}
    if seeding.by_radius:
        tried |= {"association": search.association, "radius": search.radius}
    if seeding.smooths:
        tried |= {"kernel": search.kernel, "kernel width": search.width}
    if seeding.by_threshold:
        tried |= {"seed window": search.window, "seed threshold": search.threshold}
    found = {label: search.remedy(label, find) for label, find in tried.items()}
    return Remedies(found, search.limits, search.runs)


def around(trigger_cells: Mapping, eta: float, phi: float) -> np.ndarray:
    """Rows that seeds and clusters near a direction can depend on, int64, see `remedies`."""
    x, y, z = (np.asarray(trigger_cells[name], dtype=np.float64) for name in "xyz")
    with np.errstate(divide="ignore", invalid="ignore"):
        rz = np.hypot(x, y) / np.abs(z)
    far, close = (1 / np.sinh(max(abs(eta) + side * NEAR, NEAR)) for side in (-1, 1))
    inside = (rz > close - MARGINS[0]) & (rz < far + MARGINS[0])
    return np.flatnonzero(inside & (np.abs(wrapped(np.arctan2(y, x) - phi)) < MARGINS[1]))


class _Search:
    def __init__(
        self,
        trigger_cells: pd.DataFrame | Mapping[str, np.ndarray],
        result: ChainResult,
        eta: float,
        phi: float,
        energy: float | None,
        configured: tuple[int, ...] | None,
    ) -> None:
        self.present = result.parameters
        self.result = result
        self.direction = (eta, phi)
        self.energy = energy
        self.near = near_particle(result, eta, phi)
        self.configured = configured or self.present.smooth.bin_sums
        self.taking_over = [name for name, one in ASSOCIATIONS.items() if one.takes_over]
        self.limits: dict[str, float | int | str] = {}
        self.runs = 0
        names = [name for name in (*NEEDED, *MODULES) if name in trigger_cells]
        self.cells = {name: np.asarray(trigger_cells[name]) for name in names}
        self.whole = None
        if len(result.seed_of_cell) > MANY:
            self.whole = self.cells
            rows = around(self.cells, eta, phi)
            self.cells = {name: column[rows] for name, column in self.cells.items()}

    def count(self, **changes: Any) -> int:
        """Number of clusters near the particle with these changes."""
        return len(self._near(self.cells, changes)[1])

    def _near(self, cells: Mapping, changes: dict[str, Any]) -> tuple[ChainResult, np.ndarray]:
        self.runs += 1
        result = run(cells, self.present.changed(**changes))
        return result, near_particle(result, *self.direction)

    def remedy(self, label: str, find: Callable[[], tuple | None]) -> Remedy | None:
        """The remedy that `find` returns as a value and its changes, checked on all trigger cells."""
        found = find()
        if found is None:
            return None
        value, changes = found
        result, near = self._near(self.whole or self.cells, changes)
        if len(near) != 1:
            if self.whole is None:
                return None
            self.cells, self.whole = self.whole, None  # distant trigger cells do matter here
            return self.remedy(label, find)
        known = self.energy is not None and self.energy > 0
        response = float(result.clusters["energy"].iat[near[0]] / self.energy) if known else None
        return Remedy(label, value, changes, 1, response)

    def first(self, values: Iterable[Any], changes: Callable[[Any], dict[str, Any]]) -> tuple | None:
        for value in values:
            if self.count(**changes(value)) == 1:
                return value, changes(value)
        return None

    def smallest(
        self, low: float, high: float, step: float, changes: Callable[[float], dict[str, Any]]
    ) -> tuple:
        """Bisect down to `step` between a value that does not help and one that does."""
        digits = -math.floor(math.log10(step))
        first, last = math.floor(low / step + 1e-6), round(high / step)
        while last - first > 1:
            middle = (first + last) // 2
            helps = self.count(**changes(round(middle * step, digits))) == 1
            first, last = (first, middle) if helps else (middle, last)
        return (found := round(last * step, digits)), changes(found)

    def association(self) -> tuple | None:
        if self.present.association in self.taking_over:
            return None
        return self.other("association", self.taking_over)

    def radius(self) -> tuple | None:
        self.limits["radius"] = LARGEST_RADIUS
        others = [name for name in ASSOCIATIONS if name not in self.taking_over]
        for step in range(1, round(LARGEST_RADIUS / RADIUS_STEP) + 1):
            radius = round(step * RADIUS_STEP, 3)
            for name in self.taking_over:
                changes = {"radius": radius, "association": name}
                if self.count(**changes) == 1 and all(
                    self.count(radius=radius, association=other) > 1 for other in others
                ):
                    return radius, changes
        return None

    def kernel(self) -> tuple | None:
        return self.other("kernel", list(KERNELS))

    def other(self, name: str, variants: list[str]) -> tuple | None:
        """Try the variants of a parameter other than the present one."""
        others = [variant for variant in variants if variant != getattr(self.present, name)]
        if not others:
            return None
        self.limits[name] = ", ".join(others)
        return self.first(others, lambda variant: {name: variant})

    def width(self) -> tuple | None:
        smooth = self.present.smooth
        present = width_of(smooth.bin_sums, self.configured)
        self.limits["kernel width"] = max(present, WIDEST)
        return self.first(
            range(present + 2, WIDEST + 1, 2),
            lambda more: {"smooth": replace(smooth, bin_sums=widened(self.configured, more))},
        )

    def window(self) -> tuple | None:
        present, last = self.present.seed_window, min(LARGEST_WINDOW, self.present.base.n_phi // 2 - 1)
        self.limits["seed window"] = max(present, last)
        return self.first(range(present + 1, last + 1), lambda window: {"seed_window": window})

    def threshold(self) -> tuple | None:
        seeds = self.result.clusters["seed"].to_numpy()[self.near]
        second = float(np.sort(self.result.seeds["energy"].to_numpy()[seeds])[-2])
        above = round((math.floor(second / THRESHOLD_STEP) + 1) * THRESHOLD_STEP, 1)
        self.limits["seed threshold"] = above

        def changes(threshold: float) -> dict[str, Any]:
            return {"seed_threshold": float(threshold)}

        if self.count(**changes(above)) != 1:
            return None
        return self.smallest(self.present.seed_threshold, above, THRESHOLD_STEP, changes)
