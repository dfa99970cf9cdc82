"""What users and files say is text in the page, never a part of it."""

from dataclasses import replace
from html import unescape

import pytest
from bokeh.document import Document
from display_files import Made, cells, write
from panel.models import HTML

from bye_splits.dashboard.link import display as link
from bye_splits.dashboard.page import address
from bye_splits.dashboard.page.address import Address
from bye_splits.dashboard.page.explanation import explanation
from bye_splits.dashboard.routing import show
from bye_splits.dashboard.state.display import DisplayState
from bye_splits.dashboard.state.message import Message
from bye_splits.dashboard.views.display.facts import BadgeView, FactsView
from bye_splits.dashboard.views.shared.words import HtmlView

EVIL = "<script>alert(1)</script><img src=x onerror='alert(2)'> {{ 7 * 7 }} {% raw %}"


def parts(template):
    """The HTML that a page's parts are to the browser, and the page around them."""
    document = template.server_doc(Document())
    return "".join(unescape(part.text) for part in document.select({"type": HTML})), template._code


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
    assert "49" not in around
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


def test_notifications_are_escaped(notifications):
    address.notify(Message("warning", EVIL))
    address.notify(Message("error", "plain"))
    (level, text, duration), other = notifications.sent
    assert level == "warning"
    assert duration > 0
    assert_harmless(text)
    assert "&lt;script&gt;" in text
    assert other == ("error", "plain", 0)  # stays until it is closed


def test_messages_and_problems_are_shown(state, notifications, location):
    Address(state, ["a problem"])
    assert notifications.sent == [("warning", "a problem", address.DURATION)]
    state.show(number=999)
    level, text, _ = notifications.sent[1]
    assert level == "error"
    assert "expected event 999" in text


def test_the_address_follows_the_state(state, notifications, location):
    Address(state, [])
    assert location.search == link.write(state)
    state.update(layer=13, theme="light")
    assert location.search == link.write(state)
    assert "layer=13" in location.search
    state.step(1)
    assert "event=5" in location.search
    assert not notifications.sent


def test_the_state_follows_the_address(state, notifications, location):
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
    assert not notifications.sent


def test_nonsense_in_the_history_is_told(state, notifications, location):
    Address(state, [])
    location.search = "?layer=<script>&theme=light"
    ((level, text, _),) = notifications.sent
    assert level == "warning"
    assert_harmless(text)
    assert state.theme == "light"
