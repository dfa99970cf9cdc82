"""Maps of an occupancy: a value for each trigger cell or module of an endcap, and for each (R/z, phi) bin."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bye_splits.errors import variant
from bye_splits.geometry.constants import NO_WAFER
from bye_splits.sample_geometry import Match

from .occupancy import Occupancy
from .occupancy_keys import SECTIONS
from .occupancy_tables import left_out


@dataclass(frozen=True)
class Quantity:
    """What a map can show of the trigger cells in a cell, module or bin.

    Attributes
    ----------
    title : in words
    unit : "" for a number
    column : of `Occupancy.cells`: its sum, or for `eta_min` and `eta_max` its smallest or largest value
    per : what the sum is divided by: "event", "cell", or nothing
    """

    title: str
    unit: str
    column: str
    per: str = ""

    @property
    def is_limit(self) -> bool:
        """Whether it is no sum, so that its colours do not begin at 0."""
        return self.column in EXTREMES


EXTREMES = {"eta_min": (np.minimum, np.inf), "eta_max": (np.maximum, -np.inf)}
QUANTITIES = {
    "rate": Quantity("trigger cells per event", "", "count", "event"),
    "count": Quantity("trigger cells in the sample", "", "count"),
    "mean_mip": Quantity("mean mipPt of a trigger cell", "mipT", "mipPt", "cell"),
    "mip": Quantity("mipPt per event", "mipT", "mipPt", "event"),
    "energy": Quantity("energy per event", "GeV", "energy", "event"),
    "eta_min": Quantity("smallest |\u03b7|", "", "eta_min"),
    "eta_max": Quantity("largest |\u03b7|", "", "eta_max"),
}
"""By the name that links use; the first one is the default."""


@dataclass(frozen=True)
class Stage:
    """A stage of the chain whose (R/z, phi) bins are shown.

    Attributes
    ----------
    title : in words
    value, unit : what is shown, "" for a number; None where it is a quantity of the trigger cells
    of : function of the occupancy that gives it, float64, shape (2, n_rz * n_phi)
    """

    title: str
    value: str = ""
    unit: str = ""
    of: Callable[[Occupancy], np.ndarray] | None = None


STAGES = {
    "cells": Stage("trigger cells"),
    "smoothed": Stage(
        "smoothed histogram", "mean over events", "mipT", lambda o: o.sums("smoothed", "bins") / o.events
    ),
    "above": Stage(
        "above the threshold of seeds", "share of events", "%", lambda o: 100 * o.bins["above"] / o.events
    ),
    "seeds": Stage("seeds", "per event", "", lambda o: o.bins["seeds"] / o.events),
    "clusters": Stage("clusters", "per event", "", lambda o: o.bins["clusters"] / o.events),
}
"""By the name that links use; the first one is the default."""

EVERYTHING = next(iter(SECTIONS))
SIDES = ("+z", "-z")


class OccupancyMaps:
    """An occupancy in a geometry.

    Parameters
    ----------
    occupancy : of at least one event
    match : Match of its rows, see `occupancy_tables.matched`

    Attributes
    ----------
    occupancy, geometry : Occupancy and Geometry
    number : int64, one per row of `Occupancy.cells`: number of the trigger cell, -1 for none
    left_out : numbers of trigger cells that are not in all sums, by why in words
    """

    def __init__(self, occupancy: Occupancy, match: Match):
        self.occupancy, self.geometry = occupancy, match.geometry
        self.number = match.number
        self.left_out = {words: n for words, n in left_out(occupancy, match).items() if n}
        self._kept: dict[tuple, np.ndarray] = {}

    @property
    def events(self) -> int:
        """Number of events in it."""
        return self.occupancy.events

    def of_cells(self, side: int, layer: int, quantity: str) -> np.ndarray:
        """A quantity of each trigger cell of a layer in an endcap.

        Returns
        -------
        float64, one per `geometry.numbers_of_layer(layer)`; NaN without any signal
        """
        numbers, (rows, place) = self.geometry.numbers_of_layer(layer), self._in_layer(side, layer)
        return self._keep(
            ("cell", side, layer, quantity), lambda: self._values(place, len(numbers), quantity, rows)
        )

    def of_modules(self, side: int, layer: int, quantity: str) -> np.ndarray:
        """As `of_cells`, a quantity of the module of each trigger cell.

        A module is a wafer or, of scintillator, a ring of tiles.
        """
        rows, place = self._in_layer(side, layer)
        module = self.module[self.geometry.numbers_of_layer(layer)]
        known, of_cell = np.unique(module, return_inverse=True)

        def made() -> np.ndarray:
            return self._values(of_cell[place], len(known), quantity, rows)[of_cell]

        return self._keep(("module", side, layer, quantity), made)

    def seen(self, side: int) -> float:
        """Share of the trigger cells of an endcap in which there was something in any event."""
        mine = (self.occupancy.parts.side == side) & (self.number >= 0)
        return float(np.count_nonzero(np.bincount(self.number[mine]))) / len(self.geometry.column("layer"))

    def _in_layer(self, side: int, layer: int) -> tuple[np.ndarray, np.ndarray]:
        """Rows of `Occupancy.cells` in a layer of an endcap, and the place of each among its numbers."""
        rows = self._rows_of_layer.get((side, layer))
        if rows is None:
            none = np.zeros(0, dtype=np.int64)
            return none, none
        numbers = self.geometry.numbers_of_layer(layer)  # silicon first: not in ascending order
        order = np.argsort(numbers)
        return rows, order[np.searchsorted(numbers, self.number[rows], sorter=order)]

    @cached_property
    def _rows_of_layer(self) -> dict[tuple[int, int], np.ndarray]:
        """Rows of the trigger cells that the geometry has, by endcap and layer."""
        parts = self.occupancy.parts
        rows = np.flatnonzero(self.number >= 0)
        code = parts.side[rows] * 1000 + parts.layer[rows]
        rows, code = rows[order := np.argsort(code, kind="stable")], code[order]
        first = np.flatnonzero(np.diff(code, prepend=-1))
        names = [divmod(int(one), 1000) for one in code[first]]
        return dict(zip(names, np.split(rows, first[1:]), strict=True)) if len(rows) else {}

    @cached_property
    def module(self) -> np.ndarray:
        """A number for the module of each trigger cell of the geometry, int64."""
        column = {
            name: self.geometry.column(name).astype(np.int64)
            for name in ("layer", "waferu", "waferv", "cellu")
        }
        ring = np.where(column["waferu"] == NO_WAFER, column["cellu"], -1)
        key = (
            (column["layer"] * 2048 + column["waferu"] + 1024) * 2048 + column["waferv"] + 1024
        ) * 2048 + ring
        return np.unique(key, return_inverse=True)[1].astype(np.int64)

    def of_bins(
        self, side: int, stage: str, quantity: str, layers: tuple[int, int], section: str = EVERYTHING
    ) -> np.ndarray:
        """What a stage has in each bin of an endcap, float64, shape (n_rz, n_phi); NaN where it is empty.

        Parameters
        ----------
        stage : one of `STAGES`; all but the first one are of all layers
        quantity : one of `QUANTITIES`
        layers : first and last one
        section : one of `SECTIONS`

        Raises
        ------
        ChainError : there is no such stage or quantity
        """
        binning = self.occupancy.settings.binning
        shown = variant(STAGES, stage, "stage")
        if shown.of is not None:
            values = shown.of(self.occupancy)[side]
            return np.where(values > 0, values, np.nan).reshape(binning.n_rz, binning.n_phi)

        def made() -> np.ndarray:
            parts = self.occupancy.parts
            mine = (parts.side == side) & self._chosen(layers, section) & (parts.bin < binning.n_bins)
            values = self._values(np.where(mine, parts.bin, -1), binning.n_bins, quantity)
            return values.reshape(binning.n_rz, binning.n_phi)

        return self._keep(("bin", side, quantity, layers, section), made)

    def of_layers(self, side: int, quantity: str) -> np.ndarray:
        """A quantity of each layer of an endcap, float64, index = layer; NaN without any signal."""

        def made() -> np.ndarray:
            parts, n = self.occupancy.parts, self.geometry.n_layers + 1
            return self._values(
                np.where((parts.side == side) & (parts.layer < n), parts.layer, -1), n, quantity
            )

        return self._keep(("layer", side, quantity), made)

    def rows(self, side: int, numbers: np.ndarray) -> np.ndarray:
        """Rows of `Occupancy.cells` that are some trigger cells of an endcap, int64."""
        return np.flatnonzero(np.isin(self.number, numbers) & (self.occupancy.parts.side == side))

    def _chosen(self, layers: tuple[int, int], section: str) -> np.ndarray:
        parts = self.occupancy.parts
        chosen = (parts.layer >= layers[0]) & (parts.layer <= layers[1])
        if section != EVERYTHING:
            of_section = {"silicon": parts.waferu > NO_WAFER, "scintillator": parts.waferu == NO_WAFER}
            chosen &= variant(of_section, section, "section")
        return chosen

    def _values(self, group: np.ndarray, n: int, quantity: str, rows: np.ndarray | None = None) -> np.ndarray:
        """A quantity of each group of rows (all, or some); NaN for those without any row."""
        occupancy, shown = self.occupancy, variant(QUANTITIES, quantity, "quantity")
        some = np.flatnonzero(group >= 0)
        number = np.bincount(group[some], minlength=n)
        if shown.is_limit:
            function, start = EXTREMES[shown.column]
            values = np.full(n, start)
            row = some if rows is None else rows[some]
            function.at(values, group[some], occupancy.cells[shown.column][row].astype(float))
        else:
            values = occupancy.added(group, n, shown.column, rows).astype(float)
        if shown.per == "event":
            values = values / max(occupancy.events, 1)
        elif shown.per == "cell":
            values = values / np.maximum(occupancy.added(group, n, "count", rows), 1)
        return np.where(number > 0, values, np.nan)

    def _keep(self, key: tuple, make: Callable[[], np.ndarray]) -> np.ndarray:
        """A map that was made before, or is made now."""
        if key not in self._kept:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[key] = make()
        return self._kept[key]


_MOST_KEPT = 400  # maps, of some 100 kB each
