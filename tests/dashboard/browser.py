"""What a browser would do to the views: ask for a part of the layer, click, and receive what is sent."""

from dataclasses import astuple
from itertools import count

import numpy as np
from bokeh.document import Document
from bokeh.document.events import ColumnDataChangedEvent
from bokeh.events import Tap

from bye_splits.dashboard.figures.raster import Viewport, encode, rasterise

INNER = Viewport.around(50.0, 20.0, 15.0, 300, 200)  # silicon of all layers
VIEW_COLUMNS = ("x0", "x1", "y0", "y1", "width", "height")
TIMES = count()


def look(view, viewport):
    """The browser's map shows `viewport`."""
    view.map.request.data = {
        name: [value] for name, value in zip(VIEW_COLUMNS, astuple(viewport), strict=True)
    }


def tap(figure, x, y):
    figure._trigger_event(Tap(figure, x=x, y=y))


def click(shower, cell):
    """A click on a cell of the 3D view: its place among those that are drawn."""
    shower._pick.data = {"cell": [cell], "time": [next(TIMES)]}


class Wire:
    """The names of the columns that a map's wire sends, message by message."""

    def __init__(self, view):
        self.sent = []
        self.document = Document()
        self.document.add_root(view.map.figure)
        self.document.on_change(self._changed)
        self._source = view.map.wire

    def _changed(self, event):
        if isinstance(event, ColumnDataChangedEvent) and event.model is self._source:
            self.sent.append(set(event.cols))
        elif getattr(event, "model", None) is self._source:
            self.sent.append(set(self._source.data))


def count_updates(monkeypatch, *views):
    """Names of parameters for each call of a view's `update` from now on, by view."""
    calls = {view: [] for view in views}

    def counted(view, update):
        def call(changed):
            calls[view].append(changed)
            update(changed)

        return call

    for view in views:
        monkeypatch.setattr(view, "update", counted(view, view.update))
    return calls


def columns_of(view):
    return {name: values[0] for name, values in view.map.wire.data.items()}


def assert_map_shows_the_state(view):
    """Cells, raster and contents of the wire are those of the layer, event and limits."""
    state, wire = view.state, columns_of(view)
    numbers = state.loaded.number[state.in_layer]
    seen = np.isin(numbers, view.numbers)
    hit = view.numbers[wire["hit"].astype(int) - 1]
    assert sorted(hit) == sorted(numbers[seen])
    expected = dict(zip(numbers.tolist(), state.colour_values[state.in_layer].tolist(), strict=True))
    assert dict(zip(hit.tolist(), wire["value"].tolist(), strict=True)) == {
        n: expected[n] for n in hit.tolist()
    }
    table = state.geometry.trigger_cells.iloc[view.numbers]
    assert (table["layer"] == state.layer).all()
    assert wire["layer"] == state.layer
    for name in ("waferu", "waferv", "cellu", "cellv"):
        assert np.array_equal(wire[name], table[name])
    codes, fresh = encode(rasterise(view.corners, view.viewport))
    assert np.array_equal(wire["codes"], codes)
    assert np.array_equal(wire["fresh"], fresh)
