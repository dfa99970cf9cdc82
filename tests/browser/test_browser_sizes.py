"""Windows of every size: nothing is cut, nothing overlaps, nothing scrolls sideways."""

from types import SimpleNamespace

import pytest
from chain_truth import SPLIT
from layout import SCRIPT, assert_layout


@pytest.mark.parametrize(
    "query",
    [
        f"{SPLIT}&radiusB=0.01&compare=AB",
        f"{SPLIT}&panes=both",
        f"{SPLIT}&chain=coarse_seeding",
        "?particle=photons&pileup=200&theme=light",
    ],
)
def test_the_display_fits_every_window(display, query):
    page = display(query if "panes=" in query else f"{query}&panes=2D")
    page.settled()
    assert_layout(page.page)


@pytest.mark.parametrize("name", ["geometry", "events", "occupancy", "display?panes=stages"])
def test_other_pages_fit_every_window(opened, name):
    page = opened.new(lambda page: SimpleNamespace(page=page), f"/{name}").page
    page.locator(".facts-pane .fact").first.wait_for()
    assert_layout(page)


def test_the_profile_is_a_tab_of_small_windows(flat):
    page = flat("?event=4", size=(1024, 640))
    profile, clusters = page.page.locator(".profile-pane"), page.page.locator(".cards-pane")
    assert clusters.is_visible()
    assert not profile.is_visible()
    page.page.get_by_role("tab", name="Profile").click()
    assert profile.is_visible()
    assert not clusters.is_visible()
    page.press("Next")
    page.shows(event=5)
    assert profile.is_visible()
    page.page.set_viewport_size({"width": 1280, "height": 720})
    page.until(lambda: profile.is_visible() and clusters.is_visible(), "both beside each other")
    assert page.page.get_by_role("tab", name="Clusters").get_attribute("aria-selected") == "true"


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_message_covers_nothing(flat, theme):
    page = flat(f"?event=999999&layer=2&theme={theme}")
    page.until(lambda: len(page.notifications) == 2, "the message")
    assert_layout(page.page)
    page.page.locator(".message summary").click()
    assert_layout(page.page)
    page.page.locator(".message-close").click()
    page.until(lambda: not page.notifications, "no message")
    aside = page.page.locator("aside").bounding_box()
    assert aside["y"] + aside["height"] == page.page.viewport_size["height"]  # all of its place again


def test_a_cut_text_is_a_fault(script):
    script.add_script_tag(path=SCRIPT)
    script.evaluate(
        """() => { document.body.innerHTML =
        "<div style='width: 40px; overflow: hidden; white-space: nowrap'>much too long a text</div>" +
        "<button>one</button><button style='margin-left: -20px'>two</button>"; }"""
    )
    kinds = {fault.partition(":")[0] for fault in script.evaluate("() => layoutFaults()")}
    assert kinds == {"cut", "overlap"}
    script.evaluate("() => { document.body.innerHTML = '<p>short</p><button>one</button>'; }")
    assert script.evaluate("() => layoutFaults()") == []
