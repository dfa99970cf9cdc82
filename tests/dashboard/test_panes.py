"""Panes of the display by themselves: their addresses, and the script that they bring to other pages."""

import re
from html import unescape

import pytest
from bokeh.document import Document
from bokeh.models import CustomJS, HTMLTemplateFormatter
from servers import texts

from bye_splits.dashboard.page.assets import asset
from bye_splits.dashboard.page.script import EMBEDDED, OF_OWN_PAGE, PAGE, PANE, PARTS, embedded_script
from bye_splits.dashboard.routing import show
from bye_splits.dashboard.views.display.panes import PANES

CALL = re.compile(r"byeSplits\.(\w+)\(")
USED = re.compile(r"const \{ ([^{}:]*?)(?:, constants: .*)? \} = byeSplits[,;]")


@pytest.fixture
def opened(catalogue, monkeypatch):
    """Function that opens an address: query -> its template and its document."""

    def of(query):
        monkeypatch.setattr("bye_splits.dashboard.views.display.panes.opened_query", lambda: query)
        template = show("panes", catalogue)
        return template, template.server_doc(Document())

    return of


def calls(document) -> set[str]:
    """Functions of the page's script that the callbacks of a document's models call."""
    code = [model.code for model in document.models if isinstance(model, CustomJS)]
    code += [model.template for model in document.models if isinstance(model, HTMLTemplateFormatter)]
    return set(CALL.findall("\n".join(code)))


def defined(parts) -> set[str]:
    """Functions that parts of the script add to `byeSplits`."""
    added = re.findall(r"Object\.assign\(byeSplits, \{([^}]*)\}", "\n".join(map(asset, parts)))
    return {name.strip() for names in added for name in names.split(",")}


@pytest.mark.parametrize("name", PANES)
def test_a_pane_is_a_page_without_header_and_address(opened, name):
    template, document = opened(f"?show={name}&event=4&theme=light&bokeh-app-path=/panes")
    assert "<header>" not in template.html
    assert 'theme: "light"' in template.html
    assert document.title == f"bye_splits \u00b7 {name}"
    assert "Location" not in {type(root).__name__ for root in document.roots}
    assert "message-text" not in texts(document), "Bokeh's own arguments are no part of the link"


@pytest.mark.parametrize("name", PANES)
def test_what_a_pane_calls_is_in_the_script_that_it_brings(opened, name):
    called = calls(opened(f"?show={name}")[1])
    assert called <= defined(EMBEDDED) | set(OF_OWN_PAGE)
    assert called or name == "controls"


def test_the_script_that_panes_bring_needs_no_other_part():
    assert set(PARTS.values()) == {PAGE, PANE}
    there, everything = {"constants", "letters"}, set()
    for part in EMBEDDED:
        used = {name for names in USED.findall(asset(part)) for name in names.split(", ")}
        assert used <= there, part
        everything |= used
        there |= defined([part])
    assert {"one", "tooltip", "letters", "thicken", "cellText"} <= everything, "they were looked for"


def test_a_faulty_link_is_said_in_the_pane(opened):
    _, document = opened("?show=profile&layer=77&foo=1")
    said = texts(document)
    assert "layer=" in said
    assert "foo is not a known name" in said


@pytest.mark.parametrize(("query", "found"), [("?show=mao", "found 'mao'"), ("?event=4", "found none")])
def test_an_unknown_pane_is_an_error_that_names_those_there_are(opened, query, found):
    _, document = opened(query)
    said = unescape(texts(document))  # escaped once more, as a link may have HTML in it
    assert ", ".join(PANES) in said
    assert found in said


def test_the_script_runs_once_for_all_panes_of_a_page():
    assert embedded_script().startswith("if (!window.byeSplits)")
    assert embedded_script().count(asset("raster.js")) == 1
