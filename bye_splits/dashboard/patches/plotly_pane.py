"""A Plotly pane that sends what differs: Panel's own sends more, and the browser sends the mouse's way back.

`panel.pane.Plotly` (panel/pane/plotly.py) compares arrays with `!=` in `_update_data_sources`: one with a
NaN, as all broken lines have, differs from itself and is sent at each new figure. It changes the columns
one by one, each with a message of its own. It registers for each event of the mouse (`_register_events`),
so that every cell that the mouse passes is a message to the server, and takes its own changes in again
(`_linked_properties`).

With Panel's own pane a layer change takes 5 to 6 ms more (25 to 30 %, of 12, in process) and sends 15 kB
more, a new event 3 to 4 ms (5 to 7 %) and 18 kB.

It can go once Panel compares NaN as equal, and its pane can be told to leave the mouse to the browser.
"""

from typing import Any

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource


class Scene(pn.pane.Plotly):
    """A Plotly pane whose mouse is answered in the browser: the server hears nothing of it."""

    @property
    def _linked_properties(self) -> tuple[str, ...]:
        """None: nothing is read back, and each change of a model would be taken in again at some cost."""
        return ()

    def _register_events(self, *names: str, **where: Any) -> None:
        """Without this, each movement of the mouse over a cell would be a message."""

    def _update_data_sources(self, source: ColumnDataSource, trace: dict) -> bool:
        """Send the arrays that differ; in Panel's comparison, those with a NaN always do."""
        arrays: dict[str, list[np.ndarray]] = {}
        self._get_sources_for_trace(trace, arrays)
        changed = {
            name: [new] for name, (new,) in arrays.items() if not _same(new, source.data.get(name, [None])[0])
        }
        if source.data.keys() - arrays.keys():
            source.data = arrays
            return True
        if changed:
            source.data.update(changed)
        return bool(changed)

    def redraw(self, place: int, arrays: dict[str, np.ndarray]) -> None:
        """Give one trace of the present figure other arrays; nothing else is looked at."""
        self.object._data[place].update(arrays)  # not by `data`, which checks each number
        for model, _ in self._models.values():
            model.data_sources[place].data.update({name: [array] for name, array in arrays.items()})
            model._render_count += 1


def _same(new: np.ndarray, old: np.ndarray | None) -> bool:
    """Whether two arrays hold the same; NaN is the same as NaN."""
    if new is old:
        return True
    if old is None or new.dtype != old.dtype or new.shape != old.shape:
        return False
    return np.array_equal(new, old, equal_nan=new.dtype.kind == "f")
