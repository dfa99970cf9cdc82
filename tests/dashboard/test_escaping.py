"""What users and files say is text in the page, never a part of it."""

from dataclasses import replace
from html import unescape

import pytest
from bokeh.document import Document
from display_files import Made, cells, write
from panel.models import HTML

from bye_splits.dashboard.link import display as link
from bye_splits.dashboard.link.query import Unused
from bye_splits.dashboard.page.address import Address
from bye_splits.dashboard.page.explanation import explanation
from bye_splits.dashboard.routing import show
from bye_splits.dashboard.state.display import DisplayState
from bye_splits.dashboard.state.message import Message
from bye_splits.dashboard.views.display.facts import BadgeView, FactsView
from bye_splits.dashboard.views.shared.messages import MessageView
from bye_splits.dashboard.views.shared.words import HtmlView

EVIL = "<script>alert(1)</script><img src=x onerror='alert(2)'> {{ 709 * 773 }} {% raw %}"


def parts(template):
    """The HTML that a page's parts are to the browser, and the page around them."""
    document = template.server_doc(Document())
    return "".join(unescape(part.text) for part in document.select({"type": HTML})), template.html


def assert_harmless(html):
    assert "<script" not in html
    assert "<img" not in html


def test_facts():
    html = HtmlView.facts([(EVIL, EVIL, None)], [EVIL])
    assert_harmless(html)
    assert html.count("&lt;script&gt;") == 5, "label and value, both again in the tooltip, and the notice"


def test_notices_of_an_event(state):
    view = FactsView(state)
    state.shown.loaded = replace(state.shown.loaded, notices=(EVIL,))
    assert "&lt;script&gt;alert(1)" in view._pane.object
    assert_harmless(view._pane.object)


@pytest.mark.parametrize("page", ["display", "geometry"])
def test_a_file_that_calls_itself_a_script(columns, open_files, tmp_path, page):
    path = write(tmp_path / "<b>.root", [Made(1, cells(columns, [5]))], title=f"toy simulation {EVIL}")
    catalogue = open_files(path)
    html, around = parts(show(page, catalogue))
    assert_harmless(html)
    assert "548057" not in around
    assert "alert(1)" not in around
    if page == "display":
        assert "alert(1)" in html  # said, as text
        state = DisplayState(catalogue)
        state.show(("<b>", ""))
        badge = BadgeView(state)._pane.object
        assert "toy simulation &lt;script&gt;alert(1)" in badge
        assert_harmless(badge)


def test_an_explanation():
    html, around = parts(explanation([EVIL], []))
    assert_harmless(html)
    assert "alert(1)" in html
    assert "alert(1)" not in around


# -- messages and the address -----------------------------------------------------------------------------


def test_messages_are_escaped(state):
    view = MessageView(state)
    state.message = Message("warning", f"/data/a.root: {EVIL}", (EVIL, EVIL))
    html = view._pane.object
    assert_harmless(html)
    assert html.count("&lt;script&gt;") == 3


def test_a_message_is_short_counted_and_goes_once_the_input_is_good(state, location):
    view = MessageView(state)
    Address(state, ["a problem"])
    assert "a problem" in view._pane.object
    path = str(state.navigation.catalogue.source(state.navigation.key).path)
    assert path.startswith("/")
    for times in ("", "(2 times)", "(3 times)"):
        state.show(number=999)
        text, _, details = view._pane.object.partition("<details>")
        assert "There is no event 999: " in text
        assert "expected" not in text
        assert "expected event 999" in details
        assert times in text
        assert path not in text
        assert "tree" not in text
        assert path in details
    state.update(look=(0.0, 80.0, 20.0))  # as by another size of the pane
    assert "There is no event 999: " in view._pane.object
    state.show(entry=state.navigation.entry)  # the event that is shown already
    assert view._pane.object == ""
    state.report("error", "another one")
    state.update(threshold=3.0)
    assert view._pane.object == ""


def test_what_is_wrong_in_a_link_is_one_message(state, location):
    view = MessageView(state)
    Address(state, [Unused("first"), Unused("second"), Unused("first")])
    assert "2 parts of the link" in view._pane.object
    assert view._pane.object.count("<li>") == 2


def test_the_address_follows_the_state(state, location):
    Address(state, [])
    assert location.search == link.write(state)
    state.update(layer=13, theme="light")
    assert location.search == link.write(state)
    assert "layer=13" in location.search
    state.step(1)
    assert "event=5" in location.search
    assert state.message is None


def test_the_state_follows_the_address(state, location):
    """As when the user goes back in the history."""
    Address(state, [])
    first = location.search
    state.step(1)
    state.update(layer=13, selected=77, threshold=2.0)
    second = location.search
    changes = []
    state.graph.listen(changes.append)
    location.search = first
    assert link.write(state) == location.search == first
    assert len(changes) == 1
    location.search = second
    assert link.write(state) == location.search == second
    assert state.message is None


def test_nonsense_in_the_history_is_told(state, location):
    Address(state, [])
    location.search = "?layer=<script>&theme=light"
    assert state.message.level == "warning"
    assert_harmless(MessageView(state)._pane.object)
    assert state.theme == "light"
