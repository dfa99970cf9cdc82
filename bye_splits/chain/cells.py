"""Trigger cells as input of the chain's stages: checked, grouped by event, with their directions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from bye_splits.errors import ChainError
from bye_splits.geometry.constants import BETWEEN_COMPARTMENTS

from .histogram import azimuth, directions

NEEDED = ("x", "y", "z", "mipPt", "pt", "layer")
MODULES = ("waferu", "waferv", "cellu", "cellv")


def sums(group: np.ndarray, weights: np.ndarray, n_groups: int) -> np.ndarray:
    """Sum of the weights of each group, float64, shape (n_groups,).

    `numpy.bincount` alone returns integers where there is nothing to sum.
    """
    return np.bincount(group, weights=weights, minlength=n_groups).astype(np.float64, copy=False)


def passing(mip: np.ndarray, threshold: float) -> np.ndarray:
    """Which trigger cells the chain uses: those of at least the threshold; for 0 also those below it.

    Parameters
    ----------
    mip : shape (n,), mipT

    Returns
    -------
    bool, shape (n,)
    """
    return mip >= threshold if threshold > 0 else np.ones(len(mip), dtype=bool)


def columns_of(table: pd.DataFrame | Mapping) -> dict[str, np.ndarray]:
    """What the chain reads of a table, as far as it is there: arrays that share the table's memory."""
    read = {name: table[name] for name in (*NEEDED, *MODULES) if name in table}
    # Of pandas' ways to the array, `values` takes half the time of `numpy.asarray`.
    return {
        name: np.asarray(column.values if isinstance(column, pd.Series) else column)
        for name, column in read.items()
    }


@dataclass(frozen=True, eq=False, kw_only=True)
class Cells:
    """Usable trigger cells, those of one event and endcap contiguous.

    Attributes
    ----------
    row : int64, shape (n,): row of each in the input table, which has `n_rows` rows
    event : int64, shape (n,), ascending: 0 to n_events - 1
    x, y, z : float64, shape (n,), cm
    mip, pt : float64, shape (n,), mipT and GeV
    layer : int64, shape (n,)
    module : int64 arrays by name (waferu, waferv, cellu, cellv), if the table has them
    legacy : whether directions are in double precision, as in the older implementation; otherwise they are in
        single precision, as in CMSSW (see `histogram.directions`)
    """

    row: np.ndarray
    n_rows: int
    event: np.ndarray
    n_events: int
    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    mip: np.ndarray
    pt: np.ndarray
    layer: np.ndarray
    module: dict[str, np.ndarray]
    legacy: bool = False

    @property
    def in_cee(self) -> np.ndarray:
        """Which are in CE-E, bool, shape (n,): by their z, as layer numbers differ between versions."""
        return np.abs(self.z) < BETWEEN_COMPARTMENTS

    @property
    def not_finite(self) -> int:
        """Number of rows of the table left out, as z is 0 or a value is NaN or infinite."""
        return self.n_rows - len(self.row)

    @cached_property
    def _directions(self) -> tuple[np.ndarray, ...]:
        return directions(self.x, self.y, self.z, self.mip, self.legacy)

    @property
    def x_over_z(self) -> np.ndarray:
        """x/abs(z), float32 (with `legacy` float64), shape (n,); alike in both endcaps."""
        return self._directions[0]

    @property
    def y_over_z(self) -> np.ndarray:
        """y/abs(z), float32 (with `legacy` float64), shape (n,)."""
        return self._directions[1]

    @property
    def r_over_z(self) -> np.ndarray:
        """R/abs(z), float32 (with `legacy` float64), shape (n,)."""
        return self._directions[2]

    @cached_property
    def phi(self) -> np.ndarray:
        """Rad, float32 (with `legacy` float64), shape (n,)."""
        return azimuth(self.x, self.y, self.legacy)

    @cached_property
    def abs_eta(self) -> np.ndarray:
        """abs(eta), float64, shape (n,)."""
        return np.arcsinh(1 / np.maximum(np.hypot(self.x, self.y) / np.abs(self.z), 1e-12))

    def at_least(self, mip: float) -> "Cells":
        """The cells of at least so many mipT: all of them for 0, also those below it."""
        used = passing(self.mip, mip)
        return self if used.all() else self.only(used)

    def of_events(self, first: int, last: int) -> "Cells":
        """The cells of the events from `first` up to, but not including, `last`."""
        start, stop = np.searchsorted(self.event, (first, last))
        part = self.only(slice(start, stop))
        return replace(part, event=part.event - first, n_events=last - first)

    def only(self, which: np.ndarray | slice) -> "Cells":
        """Some of the cells; the number of events stays the same."""
        return Cells(
            row=self.row[which],
            n_rows=self.n_rows,
            event=self.event[which],
            n_events=self.n_events,
            x=self.x[which],
            y=self.y[which],
            z=self.z[which],
            mip=self.mip[which],
            pt=self.pt[which],
            layer=self.layer[which],
            module={name: column[which] for name, column in self.module.items()},
            legacy=self.legacy,
        )

    @classmethod
    def rows_of(cls, table: Mapping[str, np.ndarray], rows: np.ndarray, legacy: bool) -> "Cells":
        """Some rows of one event's columns that were checked by `of`, each as often as it is named."""
        column = {name: table[name][rows] for name in NEEDED}
        x, y, z, mip, pt = (values.astype(np.float64, copy=False) for values in list(column.values())[:-1])
        return cls(
            row=np.arange(len(rows)),
            n_rows=len(rows),
            event=np.zeros(len(rows), dtype=np.int64),
            n_events=1,
            x=x,
            y=y,
            z=z,
            mip=mip,
            pt=pt,
            layer=column["layer"].astype(np.int64, copy=False),
            module={},
            legacy=legacy,
        )

    @classmethod
    def of(
        cls,
        table: pd.DataFrame | Mapping,
        event: npt.ArrayLike | None = None,
        n_events: int | None = None,
        legacy: bool = False,
    ) -> "Cells":
        """Check a table of trigger cells.

        Parameters
        ----------
        table : columns `x y z` [cm], `mipPt`, `pt` [GeV], `layer` and, for coarse seeding, `waferu waferv
            cellu cellv`; one row per trigger cell
        event : int array, shape (n,): event of each row, from 0; None: all rows are of one event
        n_events : number of events, those without trigger cells included; None: 1, or the largest + 1
        legacy : see the attribute

        Raises
        ------
        ChainError
            A column is absent, a coordinate of a wafer or cell is not a whole number, one event has trigger
            cells of both endcaps, or `event` is not a whole number from 0 to n_events - 1 for each row.
        """
        given = columns_of(table)
        missing = [name for name in NEEDED if name not in given]
        if missing:
            raise ChainError(
                "table of trigger cells",
                expected=f"the columns {', '.join(NEEDED)}",
                found=f"no {', '.join(missing)}",
                action="Give the table as `open_source(...).event(...).trigger_cells` has it.",
            )
        column = {name: np.asarray(given[name], dtype=np.float64) for name in NEEDED[:-1]}
        usable = column["z"] != 0
        layer = given["layer"]
        for values in (*column.values(), layer):
            usable &= np.isfinite(values)
        n_rows = len(usable)
        of_row = np.zeros(n_rows, dtype=np.int64) if event is None else _events(event, n_rows, n_events)
        rows = np.flatnonzero(usable)
        if len(of_row) > 1 and (of_row[1:] < of_row[:-1]).any():
            rows = rows[np.argsort(of_row[rows], kind="stable")]
        if n_events is None:
            n_events = 1 if event is None else int(of_row.max(initial=-1)) + 1
        whole = len(rows) == n_rows and event is None
        pick = (lambda values: values) if whole else (lambda values: values[rows])
        cells = cls(
            row=rows,
            n_rows=n_rows,
            event=pick(of_row),
            n_events=n_events,
            x=pick(column["x"]),
            y=pick(column["y"]),
            z=pick(column["z"]),
            mip=pick(column["mipPt"]),
            pt=pick(column["pt"]),
            layer=pick(layer).astype(np.int64, copy=False),
            module={name: _whole(name, pick(given[name]), rows) for name in MODULES if name in given},
            legacy=legacy,
        )
        cells._check_endcaps()
        return cells

    def _check_endcaps(self) -> None:
        other = (self.z[1:] > 0) != (self.z[:-1] > 0)
        mixed = np.flatnonzero(other & (self.event[1:] == self.event[:-1]))
        if len(mixed):
            rows = self.event == self.event[mixed[0]]
            positive = int((self.z[rows] > 0).sum())
            raise ChainError(
                "trigger cells of one event",
                expected="those of one endcap: stage 2 works on each by itself",
                found=f"{positive} at z > 0 and {int(rows.sum()) - positive} at z < 0",
                action="Select one endcap, for instance trigger_cells[trigger_cells.z > 0].",
            )


def _whole(name: str, values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """A coordinate as int64; `rows` are the rows of the table that its values come from."""
    if values.dtype.kind in "iub":
        return values.astype(np.int64, copy=False)
    numbers = pd.to_numeric(values, errors="coerce").astype(np.float64)
    wrong = np.flatnonzero(~(np.abs(numbers) < 2**62) | (numbers != np.floor(numbers)))
    if not len(wrong):
        return numbers.astype(np.int64)
    value = values[wrong[0]]
    more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
    raise ChainError(
        f"{name} of the trigger cells",
        expected="whole numbers",
        found=f"{repr(value) if isinstance(value, str) else value} in row {rows[wrong[0]]}{more}",
        action="Correct these rows or leave them out; the default chain does without the column.",
    )


def _events(event: npt.ArrayLike, n_rows: int, n_events: int | None) -> np.ndarray:
    of_row = np.asarray(event)
    whole = of_row.dtype.kind in "iu" or not of_row.size
    low, high = of_row.min(initial=0), of_row.max(initial=0)
    if of_row.shape != (n_rows,):
        found = f"an array of shape {of_row.shape} for {n_rows} rows"
    elif not whole:
        found = f"numbers of type {of_row.dtype}"
    elif low < 0 or (of_row.size and n_events is not None and high >= n_events):
        found = f"{low if low < 0 else high}"
    else:
        return of_row.astype(np.int64, copy=False)
    raise ChainError(
        "event of each trigger cell",
        expected=f"a whole number from 0{'' if n_events is None else f' to {n_events - 1}'} for each row",
        found=found,
        action="Number the events, for instance with numpy.unique(event, return_inverse=True)[1].",
    )
