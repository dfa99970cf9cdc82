"""The catalogue's table: the page of rows that is shown, each with its link to the display."""

from html import escape

import numpy as np
import pandas as pd
from panel.viewable import Viewable

from ....errors import ByeSplitsError
from ....studies.columns import ENDCAP, WHOLE, Column, catalogue_columns
from ....studies.expressions import NUMBER, TRUTH
from ...link.event_links import event_links
from ...page.template import asset
from ...patches.paged_table import PagedTable
from ...state.events import PAGE, EventsState
from ..shared.base import StateView, draws

MINUS, NONE = "\u2212", "\u2013"
FROZEN = "event"


def written(values: pd.Series, column: Column) -> list[str]:
    """Values as texts of cells: a dash for missing numbers, "yes" or nothing for conditions.

    Numbers of endcaps are written as in the display, "+z" and "\u2212z".
    """
    if column.format == ENDCAP:
        return [f"{'+' if value > 0 else MINUS}z" for value in values]
    if column.kind == TRUTH:
        return ["yes" if value else "" for value in values]
    if column.kind != NUMBER:
        return [escape(str(value)) for value in values]
    missing = values.isna().to_numpy()
    if column.format == WHOLE:
        numbers = values.fillna(0).to_numpy()
        texts = [f"{int(number)}" if number < 2**63 else f"{number}" for number in numbers]
    else:
        texts = [format(float(number), column.format) for number in values]
    return [NONE if none else text.replace("-", MINUS) for none, text in zip(missing, texts, strict=True)]


def head(name: str, column: Column) -> str:
    """Title of a column with its unit and, for those of the sets, which one it is of."""
    which = " B" if name.endswith("_b") else ""
    return f"{column.title}{which}" + (f" [{column.unit}]" if column.unit else "")


class EventTable(StateView):
    """The page of rows.

    Parameters
    ----------
    state : EventsState
    display : address of the display
    """

    def __init__(self, state: EventsState, display: str) -> None:
        self._display = display
        super().__init__(state)

    def build(self) -> None:
        self._echo = False
        columns = self._columns()
        self.table = PagedTable(
            pd.DataFrame({name: [] for name in columns}, dtype=object),
            page_size=PAGE,
            show_index=False,
            editors=dict.fromkeys(columns),  # one that may edit would be a stop of the Tab key, and a trap
            disabled=True,
            selectable=False,
            layout="fit_data",
            sizing_mode="stretch_both",
            margin=0,
            frozen_columns=[FROZEN],
            formatters={FROZEN: {"type": "html"}},
            **self._heads(columns),
            css_classes=["events-table"],
            stylesheets=[asset("events_table.css")],
            configuration={
                "columnDefaults": {"headerSortTristate": True},
                "headerSortClickElement": "header",
            },
        )
        self.table.param.watch(self._turned, ["page", "sorters"])

    def __panel__(self) -> Viewable:
        return self.table

    def _columns(self) -> dict[str, Column]:
        # The same from the start: a column that came later would make the browser build the table again, in
        # which a click on a column's head is lost.
        both = self.state.set_b is not None
        return {name: column for name, column in catalogue_columns(both).items() if name != "entry"}

    def _heads(self, columns: dict[str, Column]) -> dict:
        numbers = {name for name, one in columns.items() if one.kind == NUMBER and one.format != ENDCAP}
        aligned = {name: "right" if name in numbers else "left" for name in columns}
        return {
            "titles": {name: head(name, column) for name, column in columns.items()},
            "header_tooltips": {name: f"{name}: {column.explanation}" for name, column in columns.items()},
            "text_align": aligned,
            "header_align": aligned,
        }

    def _turned(self, *events: object) -> None:
        """The user has turned the page or clicked a column's head."""
        if self._echo:
            return
        state, sorters = self.state, self.table.sorters
        order, descending = (sorters[-1]["field"], sorters[-1]["dir"] == "desc") if sorters else ("", True)
        if (order, descending if order else True) != (state.order, state.descending if state.order else True):
            state.sort(order, descending)
        elif self.table.page != state.page:
            state.update(page=self.table.page)

    @draws("set_b")
    def heads(self) -> None:
        """Columns of B where there is a B."""
        self.table.param.update(**self._heads(self._columns()))

    @draws("visible", "order", "descending", "set_b", "theme")
    def rows(self) -> None:
        """The rows of the page."""
        state = self.state
        sorters = (
            [{"field": state.order, "dir": "desc" if state.descending else "asc"}] if state.order else []
        )
        self._echo = True
        try:
            self.table.show(self.page_of_rows(), len(state.rows), min(state.page, state.pages), sorters)
        finally:
            self._echo = False

    def page_of_rows(self) -> pd.DataFrame:
        """Texts of the cells."""
        state, columns = self.state, self._columns()
        rows = state.visible
        if not len(rows):
            return pd.DataFrame({name: [] for name in columns}, dtype=object)
        some = state.table.iloc[rows]
        cells = {
            name: written(some[name], column) if name in some else [""] * len(some)
            for name, column in columns.items()
        }
        cells[FROZEN] = [
            f'<a href="{escape(link)}">{text}</a>'
            for link, text in zip(self._links(rows), cells[FROZEN], strict=True)
        ]
        return pd.DataFrame(cells, dtype=object)

    def _links(self, rows: np.ndarray) -> list[str]:
        state = self.state
        try:
            source = state.catalogue.source(state.sample)
        except ByeSplitsError:  # the display will say why
            return ["#"] * len(rows)
        selection = state.condition, state.order, state.descending
        return list(event_links(state, source, rows, self._display, selection))
