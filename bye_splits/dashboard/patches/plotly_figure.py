"""Plotly figures of large arrays without validation and copies.

`go.Figure(data=...)` validates each property of each trace (`BaseFigure.__init__` and `BaseTraceType` in
plotly/basedatatypes.py), even of a figure that the program recreates at every change. With
`_validate=False` it still makes a deep copy of all arrays. `skip_invalid`, which is public, only determines
how errors are handled.

With Plotly's checks a new event and a change of the radius take 6 to 8 ms longer (10 to 13 %, of 12 each, in
process); the copies take 0.24 MB of a page with 20 000 trigger cells (5 %).

This patch can be removed once a figure of arrays takes no longer without it.
"""

import numpy as np
import plotly.graph_objects as go


def figure_of(traces: list[dict], layout: dict) -> go.Figure:
    """Create a figure without validating or copying the arrays; the tests validate them.

    Parameters
    ----------
    traces, layout : as for `go.Figure`; the arrays of the traces are used as they are
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
