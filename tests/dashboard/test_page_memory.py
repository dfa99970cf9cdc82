"""What a page takes of the server's memory, and what outlives it."""

import gc
import tracemalloc
import weakref

import pytest
from bokeh.core.property.color import Color
from bokeh.core.property.wrappers import PropertyValueContainer
from bokeh.document import Document
from panel.links import Callback

from bye_splits.dashboard.figures.raster import warm_up
from bye_splits.dashboard.patches import valid_texts
from bye_splits.dashboard.routing import show


@pytest.mark.parametrize("page", ["display", "geometry"])
def test_no_list_of_panels_holds_a_pages_views(catalogue, page):
    """Panel's list of the browser's callbacks would hold each page for ever, with all data in it."""
    template = show(page, catalogue)
    views = list(template.select())
    assert any(view in Callback.registry for view in views)
    document = Document()
    template.server_doc(document)
    assert not any(view in Callback.registry for view in views)
    assert any(model.js_property_callbacks for model in document.models)  # the browser has them all the same


@pytest.fixture(scope="module")
def busy(open_files, toys, geometry):
    """A catalogue of pile-up alone; nothing is left to compile, or to prepare of its geometry."""
    for layer in geometry.layers:
        geometry.outlines_of_layer(int(layer))
        geometry.borders_of_layer(int(layer))
    warm_up().join()
    return open_files(toys["pions", "200"])


def opened(catalogue) -> Document:
    """The display page as Bokeh sends it to a browser."""
    document = Document()
    show("display", catalogue).server_doc(document)
    document.to_json()
    return document


@pytest.fixture
def document(busy):
    return opened(busy)


def empty_defaults(document) -> int:
    return sum(
        isinstance(value, PropertyValueContainer) and not value
        for model in document.models
        for value in model._unstable_default_values.values()
    )


def test_empty_defaults_are_made_where_they_are_used(document):
    assert empty_defaults(document) < 500
    changes = []
    document.on_change(changes.append)
    (model, *_) = [one for one in document.models if "subscribed_events" not in one._property_values]
    other = type(model)()
    for word in ("one", "two"):
        model.subscribed_events.add(word)
    assert model.subscribed_events == {"one", "two"}
    assert other.subscribed_events == set()
    assert [change.attr for change in changes] == ["subscribed_events"] * 2


def test_a_property_that_a_page_makes_goes_with_it():
    colour = Color()
    valid_texts.validate(colour, "teal")
    kept = weakref.ref(colour)
    del colour
    gc.collect()
    assert kept() is None


def test_memory_of_an_open_page(document, busy):
    """What a page with its 20 000 trigger cells holds, but for its websocket; 5 MB is the limit of both."""
    gc.collect()
    tracemalloc.start()
    try:
        other = opened(busy)  # noqa: F841
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < 5e6
