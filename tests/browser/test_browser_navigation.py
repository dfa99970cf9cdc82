"""From page to page by the links at the top, and the geometry page's address."""

import re

import pytest
from pages import DetectorPage, DisplayPage

pytestmark = pytest.mark.fresh_pages


def go(page, label, kind):
    page.page.get_by_role("link", name=label, exact=True).click()
    page.page.wait_for_function(
        "(label) => document.querySelector('nav a.here')?.innerText === label", arg=label
    )
    return kind(page.page)


def test_what_was_shown_and_the_theme_go_with_the_links(flat):
    page = flat("?event=7&layer=9&colour=pT&theme=light")
    page.shows(event=7, layer=9)
    page.press("Next")
    page.shows(event=8)
    shown = page.link

    page = go(page, "Geometry", DetectorPage)
    page.until(lambda: page.link.get("layer"), "an address")
    assert (page.theme, page.link["theme"]) == ("light", "light")
    assert "event" not in page.link
    assert not page.notifications
    page.field("Section").select_option("silicon")
    page.press("Dark")
    page.until(lambda: (page.link["section"], page.link["theme"]) == ("silicon", "dark"), "a new address")

    page = go(page, "Display", DisplayPage)
    page.shows(event=8, layer=9)
    page.until(lambda: page.link == shown | {"theme": "dark"}, "what was shown")
    assert page.theme == "dark"

    page = go(page, "Geometry", DetectorPage)
    assert page.field("Section").input_value() == "silicon"
    assert page.theme == "dark"
    page.page.go_back()
    page = DisplayPage(page.page)
    page.shows(event=8, layer=9)


def test_a_link_opens_the_same_detector(detector):
    page = detector("?layer=33&layers=33-34&section=silicon&region=wafer&wafer=-4.2&theme=light")
    page.until(lambda: page.facts["layer"].startswith("33 "), "layer 33")
    assert [page.field(name).input_value() for name in ("Section", "Region", "Wafer u", "Wafer v")] == [
        *("silicon", "one wafer", "-4", "2")
    ]
    assert page.slider_text("Layers in 3D").replace(" ", "") == "33..34"
    assert page.theme == "light"
    assert not page.notifications
    before = page.link
    page.field("Region").select_option("inside")
    page.until(lambda: page.link == before | {"region": "inside"}, "the region in the address")
    page.page.evaluate("() => { window.before = performance.now(); }")
    page.page.wait_for_function("() => performance.now() - window.before > 1100")
    page.press("Dark")
    page.until(lambda: page.link["theme"] == "dark", "the theme in the address")
    page.page.go_back()
    page.until(lambda: page.theme == "light", "the theme before")
    assert page.link["region"] == "inside"


def test_nonsense_is_told(detector):
    wrong = ["layer=2", "wafer=99.0", "region=moon", "layers=x", "event=7"]
    page = detector(f"?{'&'.join(wrong)}&section=silicon")
    told = page.until(lambda: len(page.notifications) == len(wrong) and page.notifications, "notifications")
    said = [re.match(r"\w+", words)[0] for words in told]
    assert sorted(said) == sorted(query.partition("=")[0] for query in wrong)
    page.until(lambda: page.link.get("section") == "silicon", "the rest of the link")
    assert page.link | {"section": "both"} == {
        **{"particle": "photons", "pileup": "0"},
        **{"layer": "37", "layers": "35-39", "wafer": "3.0"},
        **{"section": "both", "region": "all", "colours": "part", "theme": "dark"},
    }
