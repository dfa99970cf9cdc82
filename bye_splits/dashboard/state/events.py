"""State of the events page: a catalogue's rows in their order, and the page of them that is shown."""

from typing import Any

import numpy as np
import param

from ...studies.columns import catalogue_columns
from ...studies.filters import ordered
from ...studies.presets import Preset, presets
from .derived import derived, follows
from .sample import SampleState

PAGE = 50  # rows shown at a time


class EventsState(SampleState):
    """The catalogue of a sample, sorted and filtered.

    `order` is a column of the catalogue, or empty for the order of the file.
    """

    order = param.String(doc="Column by which the rows are ordered; empty: as in the file")
    descending = param.Boolean(True)
    page = param.Integer(1, bounds=(1, None), doc="Number of the page of rows")
    row = param.Integer(-1, doc="Row of the table that is marked, -1 for none")

    @derived("table", "selected", "order", "descending")
    def rows(self) -> np.ndarray:
        """Rows of the table that are selected, int64, in their order."""
        rows = self.selected.rows
        if not self.order or self.order not in self.table or not len(rows):
            return rows
        return rows[ordered(self.table[self.order].iloc[rows], self.descending)]

    @follows("rows")
    def pages(self) -> int:
        """Number of pages."""
        return max(1, -(-len(self.rows) // PAGE))

    @derived("rows", "page")
    def visible(self) -> np.ndarray:
        """Rows of the table on the present page, int64; the last page where there are fewer."""
        first = (min(self.page, self.pages) - 1) * PAGE
        return self.rows[first : first + PAGE]

    @property
    def presets(self) -> dict[str, Preset]:
        """The selections that have a name; those that need B only where there is one."""
        known = presets(self.config.base)
        return {name: one for name, one in known.items() if self.set_b is not None or not one.of_b}

    @property
    def preset(self) -> str:
        """Name of the selection that the present condition is; empty if it is none."""
        if self.limits:
            return ""
        found = (name for name, one in self.presets.items() if one.expression == self.expression)
        return next(found, "")

    def select_preset(self, name: str) -> None:
        """Select and order as a preset says; the limits go."""
        one = self.presets[name]
        self.choose(limits=(), expression=one.expression, order=one.order, descending=True, page=1)

    def choose(self, **values: Any) -> bool:
        return super().choose(**{"page": 1} | values)

    def sort(self, order: str, descending: bool) -> None:
        """Order the rows by a column; an unknown one means the order of the file."""
        known = catalogue_columns(self.set_b is not None)
        self.update(order=order if order in known else "", descending=descending, page=1)
