"""From layer to layer and from event to event: with mouse, keyboard and the typed number."""

import pytest
from pixels import viridis_place


def seen(page):
    return viridis_place(page.map_picture()).tobytes()


def test_layers(display, samples, geometry):
    page = display("?event=7&layer=9")
    page.shows(event=7, layer=9)
    layers = [int(layer) for layer in geometry.layers]
    pictures = [seen(page)]
    handle = page.slider("Layer")
    handle.focus()
    handle.press("ArrowRight")
    page.shows(layer=11)  # the next one with trigger cells
    pictures.append(seen(page))
    assert page.slider_value("Layer") == 11
    assert f"z = {geometry.layer_z[11]:.1f} cm" in page.titles[0]
    cells = samples.quiet.event(7).trigger_cells
    n = int(((cells.layer == 11) & (cells.mipPt >= 0.5)).sum())
    assert f"{n} trigger cells" in page.titles[0]
    assert page.shower["current"] == pytest.approx(geometry.layer_z[11], abs=0.01)
    handle.press("ArrowLeft")
    page.shows(layer=9)
    assert seen(page) == pictures[0]

    page.page.locator(".title").first.click()  # the keys of the page are for where no widget has the focus
    handle.evaluate("handle => handle.blur()")
    page.page.keyboard.press("ArrowRight")
    page.shows(layer=11)
    assert seen(page) == pictures[1] != pictures[0]
    page.page.keyboard.press("ArrowRight")
    page.shows(layer=13)
    assert seen(page) not in pictures
    page.page.keyboard.press("ArrowLeft")
    page.shows(layer=11)

    for key, burst in (("ArrowRight", 7), ("ArrowLeft", 5), ("ArrowRight", 12), ("ArrowLeft", 14)):
        at = layers.index(page.layer)
        for _ in range(burst):  # faster than the answers
            page.page.keyboard.press(key)
        page.shows(layer=layers[at + (burst if key == "ArrowRight" else -burst)])
        page.until(lambda: page.slider_value("Layer") == page.layer, "the slider with the map")

    page.page.locator("button.next").click()
    page.shows(layer=13)
    page.page.locator("button.previous").click()
    page.shows(layer=11)
    page.page.locator("button.play").click()
    page.until(lambda: page.layer >= 15, "the player")
    page.page.locator("button.pause").click()
    page.shows()
    assert page.layer in layers
    assert page.slider_value("Layer") == page.layer

    frame = page.page.evaluate("() => probe.frame('profile')")
    page.page.mouse.click(frame["left"] + frame["width"] * 21 / 51, frame["top"] + frame["height"] * 0.95)
    page.shows(layer=21)

    handle.focus()
    handle.press("End")
    page.shows(layer=50)
    handle.press("Home")
    page.shows(layer=layers[0])


def test_events(display, samples):
    page = display("?event=7")
    page.shows(event=7)
    numbers = samples.quiet.event_numbers.tolist()
    layer, first = page.layer, (seen(page), page.shower["cells"])
    page.press("Next")
    page.shows(event=8, layer=layer)
    cells = samples.quiet.event(8).trigger_cells
    assert page.facts["trigger cells shown"].startswith(f"{len(cells)} of {len(cells)} ")
    assert page.shower["cells"] == len(cells)
    assert page.field("Event").input_value() == "8"
    assert (seen(page), page.shower["cells"]) != first
    page.press("Previous")
    page.shows(event=7)
    page.until(lambda: (seen(page), page.shower["cells"]) == first, "the first picture")
    page.press("Random")
    page.until(lambda: page.event != 7, "another event")
    page.shows()
    assert page.event in numbers
    page.type_event(12)
    page.shows(event=12)
    page.page.locator(".title").first.click()
    page.field("Event").evaluate("field => field.blur()")
    page.page.keyboard.press("ArrowDown")
    page.shows(event=13)
    page.page.keyboard.press("ArrowUp")
    page.shows(event=12)
    page.field("Default events").select_option("4")
    page.shows(event=4)
    page.type_event(numbers[0])
    page.shows(event=numbers[0])
    page.press("Previous")  # round the end
    page.shows(event=numbers[-1])


def test_keys_mean_one_thing(display, samples):
    """Those of the page, until a control has the focus by keyboard, which is said."""
    page = display("?event=7&layer=9&panes=2D")
    page.shows(event=7, layer=9)
    field, hint, keys = page.field("Event"), page.page.locator("#keys"), page.page.keyboard
    numbers = samples.quiet.event_numbers.tolist()
    page.type_event(12)  # which gives the keys back to the page
    page.shows(event=12)
    keys.press("ArrowDown")
    page.shows(event=13)
    field.focus()
    page.until(hint.is_visible, "what the keys do")
    assert "Event" in hint.inner_text()
    keys.press("ArrowUp")  # as outside
    page.shows(event=12)
    keys.press("Escape")
    page.until(hint.is_hidden, "no hint")
    for _ in range(5):  # faster than the answers: added up
        keys.press("ArrowDown")
    page.shows(event=numbers[(numbers.index(12) + 5) % len(numbers)])
    keys.press("ArrowRight")
    page.shows(layer=11)

    for _ in page.drag("Radius", [0.03]):
        pass
    page.until(lambda: "radius" in page.link, "another radius")
    keys.press("ArrowRight")  # not the radius again
    page.shows(layer=13)
    page.field("Colour by").click()  # the list, which a second click closes
    page.field("Colour by").select_option("pT")
    page.until(lambda: page.link.get("colour") == "pT", "another colouring")
    event = page.event
    keys.press("ArrowDown")
    page.until(lambda: page.event != event or page.link["colour"] != "pT", "an effect")
    assert page.link["colour"] == "pT"
    handle = page.slider("Radius").first
    handle.focus()
    released = "() => { window.dispatchEvent(new PointerEvent('pointerup')); return probe.focused(); }"
    assert page.page.evaluate(f"() => ({released})()?.tagName ?? 'BODY'") == "BODY", "focus beyond the drag"
    handle.focus()
    keys.press("ArrowLeft")
    page.until(lambda: hint.is_visible() and "Radius" in hint.inner_text(), "what the keys do")
    assert page.layer == 13
    cell = page.page.locator(".slick-cell:visible").first
    cell.click()
    keys.press("Tab")
    inside = "() => Boolean(probe.focused()?.closest('.slick-viewport'))"
    for _ in range(3):  # at most the table's own end
        keys.press("Tab")
    assert not page.page.evaluate(inside), "the table has kept the focus"


def test_samples(display, samples, geometry):
    page = display("?event=7&threshold=0.5")
    page.shows(event=7)
    page.field("Pile-up").select_option("200")
    page.shows(event=int(samples.busy.event_numbers[0]))
    assert page.link["pileup"] == "200"
    assert page.link["around"] == "40"
    event = samples.busy.event_at(0)
    total = int((event.trigger_cells.z > 0).sum())
    shown = "".join(page.facts["trigger cells shown"].split("\u00b7")[0].split("\u202f")).split()
    assert int(shown[2]) == total > 15_000
    assert int(shown[0]) == page.shower["cells"] < total
    assert "within 40 cm" in page.facts["limits in 3D"]
    page.field("Particle").select_option("pions")
    page.shows(event=0)
    page.field("Endcap").select_option("-z")
    page.until(lambda: "\u2212" in page.titles[0] and page.link["endcap"] == "minus", "the other endcap")
    page.field("Particle").select_option("photons")
    page.until(lambda: page.link["particle"] == "photons" and page.link["endcap"] == "plus", "photons again")
    page.shows()


def mean_colour(page):
    places = viridis_place(page.map_picture())
    return places[places >= 0].mean()


def test_threshold_colours_and_layers_in_3d(display, samples, geometry):
    page = display("?event=7")
    page.shows(event=7)
    cells = samples.quiet.event(7).trigger_cells
    handle = page.slider("Display threshold [mipT]")
    handle.focus()
    for _ in range(5):
        handle.press("ArrowRight")
    page.until(lambda: page.link["threshold"] == "1", "a threshold of 1")
    above = cells[cells.mipPt >= 1.0]
    assert len(above) < len(cells)
    page.until(lambda: page.shower["cells"] == len(above), "fewer cells in 3D")
    assert page.facts["trigger cells shown"].startswith(f"{len(above)} of {len(cells)} ")
    assert page.facts["limits in 3D"] == "mipT \u2265 1"
    before = mean_colour(page)
    page.field("Colour scale").select_option("linear")
    page.until(lambda: mean_colour(page) < before - 10, "darker colours")
    page.field("Colour by").select_option("energy")
    page.until(lambda: page.link["colour"] == "energy", "colours of the energy")
    last = page.slider("Layers in 3D").last
    last.focus()
    last.press("PageDown")
    page.until(lambda: page.link["layers"] != "1-50", "fewer layers in 3D")
    end = int(page.link["layers"].split("-")[1])
    page.until(lambda: page.shower["cells"] == int((above.layer <= end).sum()), f"layers up to {end}")
