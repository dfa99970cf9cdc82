"""The table of the events that contribute to a trigger cell, module or bin; each is a link to the display."""

from urllib.parse import urlencode

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource, DataTable, HTMLTemplateFormatter, NumberFormatter, TableColumn
from panel.viewable import Viewable

from ....studies.occupancy_maps import STAGES
from ...link.occupancy import CELL
from ...page.template import asset
from ...state.occupancy import OccupancyState
from ..shared.base import StateView, draws

ROW = 22  # px
_LINK = (
    '<a href="<%- link %>" target="_blank" title="open the display at this event and layer"><%- value %></a>'
)
_LINK_CSS = "a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }"


class EventsView(StateView):
    """The contributing events, those with most first.

    Parameters
    ----------
    display : address of the display page
    """

    def __init__(self, state: OccupancyState, display: str):
        self._display = display
        super().__init__(state)

    def build(self) -> None:
        self.source = ColumnDataSource({name: [] for name in ("event", "link", "entry", "n", "value")})
        right = {"text_align": "right"}
        self._n = TableColumn(
            field="n", title="trigger cells", formatter=NumberFormatter(format="0,0", **right)
        )
        self._value = TableColumn(
            field="value", title="mipPt [mipT]", formatter=NumberFormatter(format="0,0.00", **right)
        )
        for column in (self._n, self._value):
            column.default_sort = "descending"
        self.table = DataTable(
            source=self.source,
            columns=[
                TableColumn(field="event", title="event", formatter=HTMLTemplateFormatter(template=_LINK)),
                TableColumn(field="entry", title="entry", formatter=NumberFormatter(format="0", **right)),
                self._n,
                self._value,
            ],
            index_position=None,
            row_height=ROW,
            reorderable=False,
            selectable=False,
            autosize_mode="fit_columns",
            margin=(0, 5),
            sizing_mode="stretch_both",
            min_height=60,
            stylesheets=[asset("table.css"), _LINK_CSS],
            name="events",
        )
        self.table.autosize_mode = "force_fit"
        self._pane = pn.pane.Bokeh(self.table, sizing_mode="stretch_both", margin=0)

    def __panel__(self) -> Viewable:
        return self._pane

    @draws("events", "sample", "layer", "theme")
    def rows(self) -> None:
        """The events and their links."""
        events = self.state.events
        self.table.visible = events is not None and len(events) > 0
        if events is None:
            self.source.data = {name: [] for name in self.source.data}
            return
        self._n.title, self._value.title = self._titles()
        self.source.data = {
            "event": [str(number) for number in events["event"].tolist()],
            "link": self._links(events["event"].tolist(), events["occurrence"].tolist()),
            "entry": events["entry"].to_numpy(),
            "n": events["n"].to_numpy(),
            "value": events["value"].to_numpy(),
        }

    def _titles(self) -> tuple[str, str]:
        stage = self.state.stage if self.state.bin >= 0 else "cells"
        if stage == "seeds":
            return "seeds", "energy [mipT]"
        if stage == "clusters":
            return "clusters", "pT [GeV]"
        return "trigger cells", "mipPt [mipT]" if STAGES[stage].of is None else "smoothed [mipT]"

    def _links(self, numbers: list[int], occurrences: list[int]) -> list[str]:
        """Addresses of the display at each event, in a layer that is shown here."""
        state = self.state
        particle, pileup = state.sample
        words = {"particle": particle} | ({"pileup": pileup} if pileup else {})
        words |= {"endcap": "plus" if state.endcap == "+z" else "minus", "theme": state.theme}
        words["layer"] = str(state.layer)
        if state.cell >= 0:
            column = {name: int(state.geometry.column(name)[state.cell]) for name in CELL}
            words["layer"] = str(column["layer"])
            if len(state.chosen_cells) == 1:
                words["cell"] = ".".join(str(column[name]) for name in CELL)
        elif state.stage == "cells" and not state.layers[0] <= state.layer <= state.layers[1]:
            layers = state.geometry.layers
            words["layer"] = str(int(layers[np.abs(layers - np.mean(state.layers)).argmin()]))
        joint = "&" if "?" in self._display else "?"
        links = []
        for number, nth in zip(numbers, occurrences, strict=True):
            event = {"event": str(number)} | ({"occurrence": str(nth)} if nth else {})
            links.append(f"{self._display}{joint}{urlencode(words | event)}")
        return links
