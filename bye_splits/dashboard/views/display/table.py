"""A compact table whose selected row is the selected cluster or generated particle."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import panel as pn
from bokeh.models import (
    ColumnDataSource,
    CustomJS,
    DataTable,
    HTMLTemplateFormatter,
    TableColumn,
)
from panel.viewable import Viewable

from ...page.template import asset
from ..shared.base import StateView, draws

ROW, HEADER = 22, 32  # px
FEW = 2  # rows visible even in a low pane
# Bokeh's table follows its view, which emits no change if the number of rows is the same.
_REDRAW = "if (view.indices.size === source.get_length()) view.change.emit(); byeSplits.place(table);"
_NUMBER = '<div style="text-align: right"><%%= byeSplits.tableNumber(value, %s) %%></div>'
_NUMBERED = """<i style="display: inline-block; width: 9px; height: 9px; border-radius: 2px; margin: 0 5px 0
 2px; background: <%= value < 0 ? "transparent" : COLOUR %>"></i><%= value < 0 ? "\u2013" : value %>"""


def number(field: str, title: str, digits: int, width: int, signed: bool = False) -> TableColumn:
    """A column of numbers with so many decimals, with a dash for missing ones.

    Parameters
    ----------
    signed : whether positive numbers have a sign, too
    """
    shown = HTMLTemplateFormatter(template=_NUMBER % f"{digits}, {str(signed).lower()}")
    return TableColumn(field=field, title=title, width=width, formatter=shown, default_sort="descending")


def words(field: str, title: str, width: int) -> TableColumn:
    """A column of text."""
    return TableColumn(field=field, title=title, width=width)


def numbered(field: str, title: str, width: int, colour: str = "colour") -> TableColumn:
    """A column of cluster indices, each with a swatch in the colour of another column; a dash for -1."""
    shown = HTMLTemplateFormatter(template=_NUMBERED.replace("COLOUR", colour))
    return TableColumn(field=field, title=title, width=width, formatter=shown)


def cluster_columns() -> list[TableColumn]:
    """Columns common to all tables of clusters."""
    return [
        numbered("row", "#", 40),
        number("pt", "pT [GeV]", 1, 33),
        number("energy", "E [GeV]", 1, 38),
        number("eta", "\u03b7", 3, 38),
        number("phi", "\u03c6", 3, 52),
    ]


Rows = tuple[np.ndarray, dict[str, np.ndarray | list]]
"""Value of the selection parameter for each row, int64, and the columns' values."""


class ClusterRows(StateView):
    """A table with one row per cluster; a click on a row selects its cluster in all views.

    A subclass defines `columns`, returns their values from `rows`, marked by `draws`, and the reason for an
    empty table from `nothing`. Its rows may be other objects, selected by the parameter named in `selects`.
    """

    selects = "cluster"
    one_always = False  # whether a row is always selected
    style = ""  # CSS in addition to that of all tables

    def build(self) -> None:
        self._syncing = False  # whether the table's selection is being set from the state
        self._clusters = np.zeros(0, dtype=np.int64)
        self.source = ColumnDataSource()
        self.source.selected.on_change("indices", self._picked)
        self.table = DataTable(
            source=self.source,
            columns=self.columns(),
            index_position=None,
            row_height=ROW,
            reorderable=False,
            scroll_to_selection=True,
            autosize_mode="force_fit",
            margin=(0, 5),
            sizing_mode="stretch_both",
            min_height=HEADER + ROW,
            tags=["one"] if self.one_always else [],
            stylesheets=[asset("table.css"), self.style],
        )
        models = {"source": self.source, "view": self.table.view, "table": self.table}
        redraw = CustomJS(args=models, code=_REDRAW)
        self.source.js_on_change("data", redraw)
        self._hint = pn.pane.HTML(
            margin=0, sizing_mode="stretch_width", stylesheets=[asset("clusters.css")], visible=False
        )
        self.pane = pn.Column(self._hint, pn.pane.Bokeh(self.table), sizing_mode="stretch_both", margin=0)

    def __panel__(self) -> Viewable:
        return self.pane

    @property
    def panes(self) -> list[Viewable]:
        """What is visible while the table is in view."""
        return [self.pane]

    def columns(self) -> list[TableColumn]:
        raise NotImplementedError

    def rows(self) -> Rows:
        """Value of the parameter `selects` for each row, int64, and the columns' values."""
        raise NotImplementedError

    def nothing(self) -> str:
        """The reason for an empty table, as HTML."""
        raise NotImplementedError

    def draw(self, part: str) -> None:
        if part == "rows":
            self._fill(*self.rows())
        else:
            super().draw(part)

    def _fill(self, clusters: np.ndarray, data: dict[str, np.ndarray | list]) -> None:
        self._clusters = clusters
        with self._from_state():
            self.source.selected.indices = []
            self.source.name = self._event
            self.source.data = data
        n = len(clusters)
        self._hint.param.update(visible=not n, object="" if n else self.nothing())
        self.table.visible = n > 0
        # As high as its rows if there is room, so that no gap is left below.
        low, high = HEADER + ROW * min(n, FEW) + 2, HEADER + ROW * n + 2
        self.pane.styles = {"min-height": f"{low}px", "max-height": f"{high}px"} if n else {}
        self.mark()

    @draws("selection.cluster")
    def mark(self) -> None:
        """The selected row."""
        with self._from_state():
            self.source.selected.indices = self._selected()

    @contextmanager
    def _from_state(self) -> Iterator[None]:
        self._syncing = True
        try:
            yield
        finally:
            self._syncing = False

    @property
    def _event(self) -> str:
        """Identifies the event of the rows; for a new event the table is scrolled to the top."""
        state = self.state
        return f"{state.shown.loaded.key} {state.shown.loaded.event.entry} {state.shown.endcap}"

    def _selected(self) -> list[int]:
        selected = self.state.value(self.selects)
        return np.flatnonzero(self._clusters == selected).tolist() if selected >= 0 else []

    def _picked(self, name: str, before: list[int], picked: list[int]) -> None:
        if self._syncing:
            return
        known = [row for row in picked if row < len(self._clusters)]
        if known or not self.one_always:
            row = int(self._clusters[known[-1]]) if known else -1
            self.state.update(**{self.selects: row}, tab="clusters")
        if self._selected() != picked:  # several rows, or none where one is always selected
            self.answer("mark")
