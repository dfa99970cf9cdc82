"""The page of occupancies: filled by the background, a click lists events, a link opens one."""

import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
from pages import Page
from pixels import near, rgb

from bye_splits.dashboard.figures.colours import COUNT_PALETTES, THEMES

CELL = ["layer", "waferu", "waferv", "cellu", "cellv"]


class OccupancyPage(Page):
    """The page of occupancies, which has no 3D pane."""

    def __init__(self, page):
        self.page = page
        page.wait_for_function("() => window.probe && probe.ready()", timeout=60_000)

    @property
    def events(self) -> dict:
        """Columns of the table of events."""
        return self.page.evaluate(
            """() => {
              const models = Bokeh.documents.flatMap((document) => [...document._all_models.values()]);
              const { data } = models.find((model) => model.type === "DataTable").source;
              return Object.fromEntries(Object.entries(data).map(([name, values]) => [name, [...values]]));
            }"""
        )


def test_a_click_lists_events_and_a_link_opens_one(context, studying, samples):
    tab = context.new_page()
    errors = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(f"{studying}/occupancy?particle=photons&pileup=0&layer=11")
    page = OccupancyPage(tab)
    page.until(lambda: page.facts.get("events") == "30", "all events", 60)
    page.until(lambda: page.map["hits"] > 100, "trigger cells with a value")
    bright = rgb(COUNT_PALETTES["dark"][-1])
    assert near(page.map_picture(), rgb(THEMES["dark"]["cell"]), 6).mean() > 0.05, "cells without any event"
    frame = tab.evaluate("() => probe.frame('bins')")
    assert near(page.picture(frame), bright, 40).sum() > 3

    entries = [samples.quiet.event_at(entry).trigger_cells for entry in range(30)]
    one = entries[4]
    cell = one[(one.layer == 11) & (one.mipPt >= 0.5)].sort_values("mipPt").iloc[-1]
    page.settled()
    page.hover(*page.at(cell.x, cell.y))
    said = page.until(lambda: page.tooltip, "a tooltip")
    same = [
        entry
        for entry, table in enumerate(entries)
        if ((table[CELL] == cell[CELL]).all(axis=1) & (table.mipPt >= 0.5)).any()
    ]
    assert float(re.search(r"trigger cells in the sample\s+([\d.]+)", said)[1]) == len(same)
    tab.mouse.click(*page.at(cell.x, cell.y))
    page.until(lambda: sorted(page.events["entry"]) == same, "the events of the trigger cell")
    assert page.map["selected"] == 1

    rz, phi = np.hypot(cell.x, cell.y) / cell.z, np.arctan2(cell.y, cell.x)
    tab.mouse.click(*page.at(phi, rz, "bins"))
    page.until(lambda: page.events["n"] and sum(page.events["n"]) > len(same), "the events of the bin")
    assert 4 in page.events["entry"]
    page.until(lambda: "bin" in page.link and "cell" not in page.link, "the address")
    link = tab.locator(".slick-row a").first
    with context.expect_page() as opened:
        link.click()
    display = opened.value
    display.wait_for_function("() => window.probe && probe.ready()", timeout=60_000)
    words = {name: values[0] for name, values in parse_qs(urlsplit(display.url).query).items()}
    assert urlsplit(display.url).path == "/display"
    assert (words["event"], words["layer"], words["pileup"]) == (page.events["event"][0], "11", "0")
    display.close()

    page.press("Light")
    page.until(lambda: page.map["background"] == "#ffffff", "light panes")
    tab.reload()
    again = OccupancyPage(tab)
    again.until(lambda: again.events["n"] and again.theme == "light", "the same after a reload")
    tab.close()
    assert not errors
