"""Plotly figures of large arrays: Plotly checks and copies every number of what it is given.

`go.Figure(data=...)` validates each property of each trace (`BaseFigure.__init__` and `BaseTraceType` in
plotly/basedatatypes.py), also of a figure that the program makes anew at every change. Without `_validate`
it still makes a deep copy of all arrays. `skip_invalid`, which is public, only says what becomes of the
errors.

With Plotly's checks a new event and a change of the radius take 6 to 8 ms more (10 to 13 %, of 12 each, in
process); the copies are 0.24 MB of a page with 20 000 trigger cells (5 %).

It can go once a figure of arrays takes no longer without it.
"""

import numpy as np
import plotly.graph_objects as go


def figure_of(traces: list[dict], layout: dict) -> go.Figure:
    """A figure that neither validates nor copies the arrays; the tests do validate them.

    Parameters
    ----------
    traces, layout : as for `go.Figure`; the arrays of traces are kept as they are
    """
    arrays = [
        {name: part for name, part in trace.items() if isinstance(part, np.ndarray)} for trace in traces
    ]
    bare = [
        {k: v for k, v in trace.items() if k not in own} for trace, own in zip(traces, arrays, strict=True)
    ]
    figure = go.Figure(data=bare, layout=layout, _validate=False)
    for trace, own in zip(figure._data, arrays, strict=True):
        trace.update(own)
    return figure
