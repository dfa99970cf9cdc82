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
    """For each time that a view draws something from now on, the set of its parts that it draws, by view."""
    calls = {view: [] for view in views}

    def counted(view, catch_up, draw):
        drawn = []

        def call():
            drawn.clear()
            catch_up()
            if drawn:
                assert len(set(drawn)) == len(drawn), "a part is drawn twice"
                calls[view].append(set(drawn))

        def part(name):
            drawn.append(name)
            draw(name)

        return call, part

    for view in views:
        call, part = counted(view, view.catch_up, view.draw)
        monkeypatch.setattr(view, "catch_up", call)
        monkeypatch.setattr(view, "draw", part)
    return calls


def columns_of(view):
    return {name: values[0] for name, values in view.map.wire.data.items()}


def assert_map_shows_the_state(view):
    """Cells, raster and contents of the wire are those of the layer, event and limits."""
    state, wire = view.state, columns_of(view)
    numbers = state.shown.loaded.number[state.cuts.in_layer]
    seen = np.isin(numbers, view.numbers)
    hit = view.numbers[wire["hit"].astype(int) - 1]
    assert sorted(hit) == sorted(numbers[seen])
    values = state.colours.colour_values[state.cuts.in_layer]
    expected = dict(zip(numbers.tolist(), values.tolist(), strict=True))
    assert dict(zip(hit.tolist(), wire["value"].tolist(), strict=True)) == {
        n: expected[n] for n in hit.tolist()
    }
    table = state.shown.geometry.trigger_cells.iloc[view.numbers]
    assert (table["layer"] == state.cuts.layer).all()
    assert wire["layer"] == state.cuts.layer
    for name in ("waferu", "waferv", "cellu", "cellv"):
        assert np.array_equal(wire[name], table[name])
    codes, fresh = encode(rasterise(view.corners, view.viewport))
    assert np.array_equal(wire["codes"], codes)
    assert np.array_equal(wire["fresh"], fresh)
