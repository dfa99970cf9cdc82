"""What outlives a page."""

import pytest
from bokeh.document import Document
from panel.links import Callback

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
