"""The address: a copied link opens the same view, a wrong one says so; errors leave the last good view."""

from urllib.parse import urlsplit

import pytest
from pixels import viridis_place
from truth import cells_of

pytestmark = pytest.mark.fresh_pages


def view(page):
    """All that is to be seen and all that is set."""
    fields = ("Particle", "Pile-up", "Event", "Default events", "Colour by", "Colour scale")
    sliders = ("Layer", "Display threshold [mipT]", "Around the particle [cm]", "Stretch of z")
    return {
        "facts": page.facts,
        "titles": page.titles,
        "card": page.card,
        "theme": page.theme,
        "fields": {name: page.field(name).input_value() for name in fields},
        "sliders": {name: page.slider_value(name) for name in sliders},
        "layers in 3D": [h.get_attribute("aria-valuenow") for h in page.slider("Layers in 3D").all()],
        "cells in 3D": page.shower["cells"],
        "traces": page.shower["traces"],
        "mark": page.map["selected"],
    }


def test_a_copied_link_opens_the_same_view(display, samples, geometry):
    page = display()
    page.shows()
    assert page.event == 4, "the first default event"
    page.type_event(7)
    page.shows(event=7)
    cell = cells_of(samples.quiet.event(7), geometry, layer=page.layer).iloc[1]
    page.page.mouse.click(*page.at(cell.mx, cell.my))
    page.until(lambda: "cell" in page.link, "a selected cell")
    page.field("Colour by").select_option("pT")
    page.field("Colour scale").select_option("linear")
    for slider, key in (
        ("Display threshold [mipT]", "ArrowRight"),
        ("Stretch of z", "ArrowRight"),
        ("Layer", "ArrowRight"),
    ):
        page.slider(slider).focus()
        page.slider(slider).press(key)
    first = page.slider("Layers in 3D").first
    first.focus()
    first.press("ArrowRight")
    page.press("Light")
    expected = {"colour": "pT", "scale": "linear", "threshold": "0.6", "stretch": "1.25", "layers": "2-50"}
    expected |= {"theme": "light", "layer": str(int(cell.layer) + 2)}
    page.until(lambda: expected.items() <= page.link.items(), f"the address has {expected}")
    page.shows()
    page.until(lambda: "layers 2" in page.titles[1], "all of the page is up to date")
    before, query = view(page), "?" + urlsplit(page.page.url).query

    other = display(query)
    other.shows(event=7)
    other.until(lambda: view(other) == before, f"the same view: {before}")
    assert other.link == page.link
    assert (viridis_place(other.map_picture()) >= 0).sum() > 100
    assert view(page) == before, "the first page is as it was"


def test_nonsense_in_a_link(flat):
    page = flat("?particle=muons&event=seven&layer=2&threshold=lots&theme=purple&cell=1.2&colour=red")
    page.until(lambda: len(page.notifications) >= 5, "notifications")
    told = page.notifications
    assert all("is not" in one and "link" not in one for one in told)
    message = page.page.locator(".message-text").inner_text()
    assert message.startswith(f"{len(told)} parts of the link could not be used")
    page.shows()
    assert page.event == 4
    assert page.theme == "dark"
    assert page.field("Particle").input_value() == "photons"
    defaults = {"threshold": "0.5", "colour": "mipT", "layers": "1-50", "around": "all", "event": "4"}
    assert defaults.items() <= page.link.items()
    assert "cell" not in page.link


def test_a_wrong_event_number_leaves_the_view(display):
    page, second = display("?event=7"), display("?event=12")
    page.shows(event=7)
    second.shows(event=12)
    page.page.bring_to_front()  # behind another one it draws a frame a second
    before, other = view(page), view(second)
    picture = page.map_picture().tobytes()
    page.type_event(4242)
    told = page.until(lambda: page.notifications, "a notification")
    assert "expected event 4242" in told[0]
    assert page.page.locator(".message-text").inner_text().startswith("There is no event 4242: photons, ")
    assert len(told) == 1
    page.until(lambda: view(page) == before, f"the view as before: {before}")
    assert page.map_picture().tobytes() == picture
    assert page.link["event"] == "7"
    page.press("Next")
    page.shows(event=8)
    assert view(second) == other
    assert not second.notifications


def test_back_and_forth(flat):
    page = flat("?event=7")
    page.shows(event=7)
    opened = page.page.evaluate("() => history.length")

    def later():
        """What changes within a second is one step."""
        page.page.evaluate("() => { window.before = performance.now(); }")
        page.page.wait_for_function("() => performance.now() - window.before > 1100")

    later()
    page.press("Next")
    page.shows(event=8)
    page.until(lambda: page.link["event"] == "8", "the next event's address")
    later()
    page.field("Kernel").select_option("flat_top")
    page.until(lambda: page.link.get("kernel") == "flat_top", "the kernel's address")
    assert page.page.evaluate("() => history.length") == opened + 2
    page.page.go_back()
    page.until(lambda: page.field("Kernel").input_value() == "default", "the kernel before")
    assert page.event == 8
    page.page.go_back()
    page.shows(event=7)
    page.until(lambda: page.link["event"] == "7", "the first address")
    page.page.go_forward()
    page.shows(event=8)
    page.page.go_forward()
    page.until(lambda: page.field("Kernel").input_value() == "flat_top", "the kernel again")
