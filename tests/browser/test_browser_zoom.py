"""The map's raster follows what is in view, at one scale for x and y."""

from urllib.parse import urlsplit

import numpy as np
import pytest
from truth import cells_of, differences


def span(now):
    return now["range"]["x1"] - now["range"]["x0"]


def middle(now):
    return [(now["range"][f"{axis}0"] + now["range"][f"{axis}1"]) / 2 for axis in "xy"]


def assert_fits(now):
    """The raster is of what is in view, and a centimetre is as long in x as in y."""
    width, height, range_ = now["width"], now["height"], now["range"]
    assert span(now) / width == pytest.approx((range_["y1"] - range_["y0"]) / height, rel=2e-3)
    assert (now["sent"]["width"], now["sent"]["height"]) == (round(width), round(height))
    for name, value in range_.items():
        assert now["sent"][name] == pytest.approx(value, abs=1.5 * span(now) / width)


def test_wheel_box_and_buttons(display, samples, geometry):
    page = display("?event=7")
    page.shows(event=7)
    cells = cells_of(samples.quiet.event(7), geometry, layer=page.layer)
    start = page.settled()
    assert_fits(start)

    cell = cells.iloc[0]
    page.hover(*page.at(cell.mx, cell.my))
    for _ in range(4):
        page.page.mouse.wheel(0, -200)
    page.until(lambda: span(page.map) < 0.8 * span(start), "a closer look")
    near = page.settled()
    assert_fits(near)
    assert near["codes"] != start["codes"]
    page.hover(*page.at(cell.mx, cell.my))
    page.until(lambda: not differences(page.tooltip, cell), "the right cell in the new raster")
    half = min(span(near), near["range"]["y1"] - near["range"]["y0"]) / 2
    wanted = [*middle(near), half]
    page.until(
        lambda: [float(n) for n in page.link.get("look", "0").split(",")] == pytest.approx(wanted, abs=0.02),
        "where the map looks in the address",
    )
    other = display("?" + urlsplit(page.page.url).query)
    other.shows(event=7)
    linked = other.settled()
    assert_fits(linked)
    assert linked["range"] == pytest.approx(near["range"], abs=0.02)
    page.page.bring_to_front()
    page.page.mouse.wheel(0, 3000)
    page.until(lambda: span(page.map) > 1.2 * span(near), "a look from further away")
    assert_fits(page.settled())

    page.press("To the shower")
    page.until(lambda: span(page.map) == pytest.approx(span(start), rel=0.01), "the shower")
    back = page.settled()
    assert_fits(back)
    assert middle(back) == pytest.approx(middle(start), abs=0.5)
    page.until(lambda: "look" not in page.link, "an address without a look")

    page.press("Whole layer")
    outer = geometry.radii[page.layer][1]
    page.until(lambda: page.map["range"]["x1"] > outer and page.map["range"]["y1"] > outer, "the whole layer")
    whole = page.settled()
    assert_fits(whole)
    assert whole["range"]["x0"] < -outer
    assert middle(whole) == pytest.approx([0, 0], abs=1)
    note = page.page.locator("#map-note")
    assert note.inner_text() == ""
    page.hover(*page.at(-outer, -outer))
    page.until(lambda: not page.tooltip, "the corner, outside the layer")
    for _ in range(3):
        page.page.mouse.wheel(0, -1000)
    page.until(lambda: note.inner_text().startswith("outside the layer"), "why there is nothing")

    page.tool("reset")
    page.until(lambda: span(page.map) == pytest.approx(span(start), rel=0.01), "where it started")
    assert_fits(page.settled())

    page.tool("box-zoom")
    x, y = page.at(cells.iloc[0].mx, cells.iloc[0].my)
    page.page.mouse.move(x - 40, y - 40)
    page.page.mouse.down()
    page.page.mouse.move(x, y)
    page.page.mouse.move(x + 40, y + 40)
    page.page.mouse.up()
    page.until(lambda: span(page.map) < 0.6 * span(start), "the box")
    box = page.settled()
    assert_fits(box)
    assert middle(box) == pytest.approx([cells.iloc[0].mx, cells.iloc[0].my], abs=2.5)  # two pixels

    page.tool("pan")
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    page.page.mouse.move(x + 10, y + 5)
    page.page.mouse.move(x + 90, y + 40)
    page.page.mouse.up()
    page.until(lambda: np.hypot(*np.subtract(middle(page.map), middle(box))) > 1, "moved")
    moved = page.settled()
    assert_fits(moved)
    assert span(moved) == pytest.approx(span(box), rel=0.01)


def test_window_sizes_and_other_events(display, samples):
    page = display("?event=7")
    page.shows(event=7)
    start = before = page.settled()
    for width, height in ((1600, 1000), (1100, 900), (1280, 720)):
        page.page.set_viewport_size({"width": width, "height": height})

        def drawn(before=before):
            return (now := page.map)["width"] != before["width"] and now["settled"] and now

        now = before = page.until(drawn, f"a raster for {width} x {height}")
        assert_fits(now)
        page.until(lambda now=now: abs(page.shower["frame"]["height"] - now["height"]) < 80, "the 3D pane")
    assert now["range"] == pytest.approx(start["range"], abs=0.5), "as it was before"

    for number in samples.quiet.event_numbers[:3].tolist():
        page.type_event(number)
        page.shows(event=number)
        now = page.settled()
        x, y = now["generated"]
        assert now["range"]["x0"] < x < now["range"]["x1"], "the map goes after the shower"
        assert now["range"]["y0"] < y < now["range"]["y1"]
        assert_fits(now)
