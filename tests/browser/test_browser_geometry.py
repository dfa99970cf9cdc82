"""The geometry page: the detector without an event."""

import re

import numpy as np
from pixels import near, rgb
from truth import read_tooltip

from bye_splits.dashboard.figures.colours import KIND_COLOURS, THEMES
from bye_splits.dashboard.figures.geometry import FAINTER
from bye_splits.dashboard.figures.mixing import mixed

FULL, PARTIAL, TILE, _ = (rgb(colour) for colour in KIND_COLOURS["dark"])


def part(picture, colour):
    return near(picture, colour, 6).mean()


def count(text):
    return int(re.sub(r"[^\d]", "", text))


def test_drawn_in_the_colours_of_its_kinds(detector, geometry):
    page = detector("?layer=9&layers=35-39")
    assert page.page.locator("nav a.here").inner_text() == "Geometry"
    picture = page.map_picture()
    assert part(picture, FULL) > 0.1
    assert part(picture, PARTIAL) > 0.01
    assert part(picture, TILE) == 0, "layer 9 is in CE-E"
    shower = page.shower_picture()
    assert all(part(shower, colour) > 0.01 for colour in (FULL, PARTIAL, TILE))
    numbers = geometry.numbers_of_layer(9)
    facts = page.facts
    wafers = geometry.wafers[geometry.wafers.layer == 9]
    assert count(facts["full wafers"]) == (wafers.part == "full").sum()
    assert facts["trigger cells chosen in it"].replace("\u202f", "") == f"{len(numbers)} of {len(numbers)}"

    cell = geometry.trigger_cells.iloc[numbers[len(numbers) // 2]]
    page.hover(*page.at(cell.x, cell.y))
    page.until(lambda: page.tooltip, "a tooltip")
    said = read_tooltip(page.tooltip)
    assert said["layer"] == [9]
    found = geometry.find([9], *([int(n)] for n in (*said["wafer"], *said["cell"])))[0]
    assert said["number"] == [found], "the number is that of the indices"
    assert np.hypot(*(np.array(geometry.xy([found])).ravel() - [cell.x, cell.y])) < 3
    page.hover(*page.at(0, 0))
    page.until(lambda: not page.tooltip, "no tooltip at the beam")


def test_layer_section_and_region(detector, geometry):
    page = detector("?layer=9")
    handle = page.slider("Layer")
    handle.focus()
    handle.press("End")
    page.until(lambda: page.facts["layer"].startswith("50 "), "layer 50")
    page.until(lambda: part(page.map_picture(), TILE) > 0.1, "scintillator")
    n = len(geometry.numbers_of_layer(50))
    tiles = count(page.facts["scintillator trigger cells"])
    assert 0 < tiles < n
    page.field("Section").select_option("scintillator")
    page.until(lambda: part(page.map_picture(), FULL) == 0, "no silicon")
    assert part(page.map_picture(), TILE) > 0.1
    assert page.facts["trigger cells chosen in it"].replace("\u202f", "") == f"{tiles} of {n}"
    page.until(lambda: part(page.shower_picture(), FULL) == 0, "no silicon in 3D")
    page.field("Section").select_option("silicon")
    page.until(lambda: part(page.map_picture(), TILE) == 0 and part(page.map_picture(), FULL) > 0, "silicon")
    page.field("Region").select_option("periphery")
    page.until(lambda: part(page.map_picture(), FULL) == 0, "no full wafer")
    assert part(page.map_picture(), PARTIAL) > 0
    page.field("Region").select_option("inside")
    page.until(
        lambda: part(page.map_picture(), PARTIAL) == 0 and part(page.map_picture(), FULL) > 0, "the inside"
    )


def test_numbers_of_one_wafer(detector, geometry):
    page = detector("?layer=9")
    assert page.labels == []
    page.field("Region").select_option("one wafer")
    page.until(lambda: page.map["range"]["x1"] - page.map["range"]["x0"] < 60, "a wafer")
    page.settled()
    labels = page.until(lambda: page.labels, "cell numbers")
    wafers = geometry.wafers
    wafer = wafers[(wafers.layer == 9) & (wafers.waferu == 3) & (wafers.waferv == 0)].iloc[0]
    inside = [label for label in labels if np.hypot(label[0] - wafer.x, label[1] - wafer.y) < 8]
    texts = {text for *_, text in labels}
    cells = geometry.trigger_cells.query("layer == 9 and waferu == 3 and waferv == 0")
    assert len(cells) == 48
    assert texts == {f"{u},{v}" for u, v in zip(cells.cellu, cells.cellv, strict=True)}
    assert len(inside) >= 40
    pixels = np.array([page.at(x, y) for x, y, _ in inside])
    apart = np.linalg.norm(pixels[:, None] - pixels, axis=-1) + 1e3 * np.eye(len(pixels))
    assert apart.min() > 22, "pixels between neighbouring numbers"
    x, y = pixels[0]
    around = page.picture({"left": x - 12, "top": y - 7, "width": 24, "height": 14})
    assert near(around, rgb(THEMES["dark"]["text"]), 60).sum() > 8, "there is text"

    page.page.mouse.click(*page.at(wafer.x + 10, wafer.y))
    page.until(lambda: page.field("Wafer u").input_value() != "3", "another wafer")


def test_one_wafer_fills_3d_and_says_what_it_is(detector, geometry):
    page = detector("?layer=9&layers=9-9&region=wafer&wafer=3.0")
    page.until(lambda: part(page.shower_picture(), FULL) > 0.15, "a large wafer")
    tone = THEMES["dark"]
    for colour, least in ((tone["pane"], 0.1), (tone["accent"], 0.001)):
        assert part(page.shower_picture(), rgb(colour)) > least, (
            "sides of the cells, and of the layer's wafer"
        )
    wafers = geometry.wafers
    wafer = wafers[(wafers.layer == 9) & (wafers.waferu == 3) & (wafers.waferv == 0)].iloc[0]
    centre = [(wafer.x, wafer.y, geometry.layer_z[9])]
    page.hover(*page.project(centre)[0, :2])
    said = page.until(lambda: page.tooltip, "a tooltip")
    assert said == "layer 9 (CE-E)\nwafer u, v   3, 0\nfull wafer"

    def go_to(waferu, words):
        page.field("Wafer u").fill(waferu)
        page.field("Wafer u").press("Enter")
        titles = page.page.locator(".title")
        page.until(lambda: all(words in title for title in titles.all_inner_texts()), words)

    pane = page.shower["frame"]
    page.page.mouse.move(5, 5)  # a tooltip would cover a part of the next wafer
    go_to("15", "there is no wafer 15, 0 in layer 9")
    # Not 0: an edge of the icons above may have the colour.
    page.until(lambda: part(page.picture(pane), FULL) < 0.001, "nothing in 3D")
    go_to("4", "48 trigger cells of wafer 4, 0")
    page.until(lambda: part(page.picture(pane), FULL) > 0.15, "another wafer")


def test_the_layer_of_the_map_is_told_from_the_others(detector):
    page = detector("?layer=9&layers=9-13&region=wafer&wafer=3.0")
    fainter = rgb(mixed(KIND_COLOURS["dark"][0], THEMES["dark"]["pane"], FAINTER))

    def shares():
        picture = page.shower_picture()
        return [near(picture, colour, 3).mean() for colour in (FULL, fainter)]

    page.until(lambda: shares()[0] > 2 * shares()[1] > 0.02, "the first of three in front")
    slider = page.slider("Layer")
    slider.focus()
    slider.press("ArrowRight")
    page.until(lambda: page.facts["layer"].startswith("11 "), "the next layer")
    page.until(lambda: shares()[1] > 2 * shares()[0] > 0.01, "the second one, behind it")


def test_rings_of_scintillator_in_3d(detector, geometry):
    page = detector("?layers=45-45&section=scintillator")
    numbers = geometry.numbers_of_layer(45)
    cells = geometry.trigger_cells.iloc[numbers]
    tile = cells[cells.subdet == 10].iloc[100]
    page.until(lambda: part(page.shower_picture(), TILE) > 0.03, "tiles")

    def said() -> str:
        """The tooltip where the tile is now: the view may still be fitted to the ring."""
        page.hover(*page.project([(tile.x, tile.y, tile.z)])[0, :2])
        return page.tooltip

    words = f"layer 45 (CE-H)\nscintillator  ring ieta {tile.cellu}"
    page.until(lambda: said() == words, "the tooltip of the tile")


def test_a_field_that_is_emptied_goes_back(detector):
    page = detector("?region=wafer&wafer=3.0")
    field = page.field("Wafer v")
    for typed, told in (("", "is empty"), ("99", "is 99")):
        field.fill(typed)
        field.press("Enter")
        page.until(lambda told=told: any(told in text for text in page.notifications), "a notification")
        page.until(lambda: field.input_value() == "0", "the last good value")
    field.fill("1")
    field.press("Enter")
    page.until(lambda: page.link["wafer"] == "3.1", "another wafer")


def test_light_theme_and_the_other_page(detector):
    page = detector("?layer=9")
    page.press("Light")
    page.until(lambda: page.map["background"] == page.shower["background"] == "#ffffff", "light panes")
    page.until(lambda: part(page.map_picture(), rgb(KIND_COLOURS["light"][0])) > 0.1, "light wafers")
    scroll = page.page.evaluate("() => [document.scrollingElement.scrollHeight, innerHeight]")
    assert scroll[0] == scroll[1]
    page.page.get_by_role("link", name="Display").click()
    page.page.wait_for_function("() => window.probe && probe.ready()")
    assert page.page.url.partition("?")[0].endswith("/display")
    assert page.page.get_by_role("tab", name="Trigger cell").count() == 1
    assert page.map["hits"] > 0
    assert page.page.title() == "bye_splits \u00b7 display"
