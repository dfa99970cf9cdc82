"""The answer to an action: at once, as one message, with nothing in it that the browser has already."""

import numpy as np
import pytest
from bokeh.document import Document
from bokeh.models import ColumnDataSource
from panel.io.state import set_curdoc

from bye_splits.dashboard.figures import shower as draw
from bye_splits.dashboard.patches.plotly_pane import Scene
from bye_splits.dashboard.schedule import schedule


def test_without_a_session_all_happens_now():
    called = []
    schedule(lambda: called.append(1))
    with set_curdoc(Document()):
        schedule(lambda: called.append(2))
    assert called == [1, 2]


# -- the scene -------------------------------------------------------------------------------------


def arrays_of(figure):
    """The arrays of each trace by name."""
    return [
        {name: value for name, value in trace.to_plotly_json().items() if isinstance(value, np.ndarray)}
        for trace in figure.data
    ]


def test_another_layer_replaces_one_trace_of_the_scene(page):
    document, scene = Document(), page.shower._pane
    model = scene.get_root(document)
    document.add_root(model)
    events, before = [], model._render_count
    document.on_change(events.append)
    figure, layers = scene.object, page.state.shown.geometry.layers
    page.state.cuts.layer = int(layers[layers != page.state.cuts.layer][7])
    assert scene.object is figure
    assert model._render_count == before + 1
    sources = [event.model for event in events if isinstance(event.model, ColumnDataSource)]
    assert sources == [model.data_sources[draw.CURRENT_LAYER]]
    assert figure.data[draw.CURRENT_LAYER].name == "current layer"
    for arrays, source in zip(arrays_of(page.shower._figure()), model.data_sources, strict=True):
        assert arrays.keys() == source.data.keys()
        for name, array in arrays.items():
            np.testing.assert_array_equal(source.data[name][0], array)
    for fresh, present in zip(arrays_of(page.shower._figure()), arrays_of(figure), strict=True):
        for name, array in fresh.items():
            np.testing.assert_array_equal(present[name], array)


@pytest.mark.parametrize(
    ("old", "new", "sent"),
    [
        ({"x": [1.0, np.nan]}, {"x": [1.0, np.nan]}, None),
        ({"x": [1.0, np.nan]}, {"x": [np.nan, 1.0]}, {"x"}),
        ({"x": [1.0], "y": [2.0]}, {"x": [1.0], "y": [3.0]}, {"y"}),
        ({"x": [1.0]}, {"x": [1.0, 2.0]}, {"x"}),
        ({"x": [1.0]}, {"x": [1.0], "y": [2.0]}, {"y"}),
        ({"x": [1.0], "y": [2.0]}, {"x": [1.0]}, {"x"}),
    ],
)
def test_only_arrays_that_differ_are_sent(old, new, sent):
    source = ColumnDataSource({name: [np.array(values)] for name, values in old.items()})
    document, events = Document(), []
    document.add_root(source)
    document.on_change(events.append)
    trace = {name: np.array(values) for name, values in new.items()}
    assert Scene()._update_data_sources(source, dict(trace)) == (sent is not None)
    assert source.data.keys() == trace.keys()
    for name, array in trace.items():
        np.testing.assert_array_equal(source.data[name][0], array)
    named = {name for event in events for name in getattr(event, "cols", None) or source.data}
    assert named == (sent or set())


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_figure_carries_no_more_of_a_template_than_it_needs(page, theme):
    page.state.theme = theme
    layout = page.shower._figure().to_plotly_json()["layout"]
    assert layout["template"] == draw.TEMPLATE
    for axis in ("xaxis", "yaxis", "zaxis"):
        assert layout["scene"][axis]["gridwidth"] == 2
        assert layout["scene"][axis]["ticks"] == ""
