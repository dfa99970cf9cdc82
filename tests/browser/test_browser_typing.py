"""Values typed in the place of a slider's value: they are kept exactly, and what is out of reach is said."""

import re

import pytest
from accessibility import assert_accessible

LIMITS = {
    "start": 0, "end": 10, "step": 0.1, "words": {}, "label": "Threshold", "unit": "mipT", "stops": [],
    "whole": False, "stepped": False,
}  # fmt: skip
RADIUS = LIMITS | {"end": 0.1, "words": {"by layer": 0}, "label": "Radius", "unit": ""}
LAYER = LIMITS | {
    "start": 1,
    "end": 50,
    "label": "Layer",
    "unit": "",
    "whole": True,
    "stops": [1, 3, 5, 49, 50],
}
WIDTH = LIMITS | {"start": -4, "words": {"as configured": 0}, "label": "Width", "step": 2, "stepped": True}


@pytest.mark.parametrize(
    ("text", "limits", "value"),
    [
        ("2.345", LIMITS, 2.345),
        (" 2.5 mipT", LIMITS, 2.5),
        ("1e-3", LIMITS, 1e-3),
        (".5", LIMITS, 0.5),
        ("By Layer", RADIUS, 0),
        ("0.0183", RADIUS, 0.0183),
        ("5 (CE-E)", LAYER, 5),
        ("\u22122", WIDTH, -2),
        ("as configured", WIDTH, 0),
    ],
)
def test_what_is_typed_is_read(script, text, limits, value):
    read = script.evaluate("([text, limits]) => byeSplits.readTyped(text, limits, false)", [text, limits])
    assert read == {"value": value}


@pytest.mark.parametrize(
    ("text", "limits", "problem"),
    [
        ("10.01", LIMITS, "Threshold: 10.01 is outside 0 to 10 mipT"),
        ("-1", LIMITS, "Threshold: \u22121 is outside 0 to 10 mipT"),
        ("1,5", LIMITS, "Threshold: \u201c1,5\u201d is not a number (0 to 10 mipT)"),
        ("", LIMITS, "Threshold: nothing is not a number (0 to 10 mipT)"),
        ("0x3", LIMITS, "Threshold: \u201c0x3\u201d is not a number (0 to 10 mipT)"),
        ("0.5", RADIUS, "Radius: 0.5 is outside 0 to 0.1"),
        ("none", RADIUS, "Radius: \u201cnone\u201d is not a number (by layer, or up to 0.1)"),
        ("1.5", LAYER, "Layer: 1.5 is not a whole number"),
        ("7", LAYER, "Layer: 7 has no trigger cells; 5 and 49 have"),
        ("1", WIDTH, "Width: 1 is between two steps of 2"),
    ],
)
def test_what_is_out_of_reach_is_said(script, text, limits, problem):
    read = script.evaluate("([text, limits]) => byeSplits.readTyped(text, limits, false)", [text, limits])
    assert read == {"problem": problem}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        *(
            (text, {"value": [3, 7.5]})
            for text in ("3 - 7.5", "3 \u2013 7.5", "3-7.5 mipT", "3 .. 7.5", "3 7.5")
        ),
        ("3 to 7.5", {"value": [3, 7.5]}),
        ("7 - 3", {"problem": "Threshold: 7 is above 3"}),
        ("7", {"problem": "Threshold: two numbers are needed, such as 0 \u2013 10"}),
        ("7 - 12", {"problem": "Threshold: 12 is outside 0 to 10 mipT"}),
    ],
)
def test_two_values_are_read(script, text, read):
    arguments = [text, LIMITS]
    assert script.evaluate("([text, limits]) => byeSplits.readTyped(text, limits, true)", arguments) == read


# -- in the page ------------------------------------------------------------------------------------------


def value_of(page, title):
    heading = page.page.locator(".bk-slider-title", has_text=re.compile(rf"^{re.escape(title)}(:|$)"))
    return heading.locator(".bk-slider-value")


def typed(page, title, text, key="Enter"):
    """Type a value at a slider; the field."""
    value_of(page, title).click()
    field = page.page.locator("input.typed")
    field.fill(text)
    field.press(key)
    return field


@pytest.fixture
def page(flat):
    made = flat("?particle=electrons&pileup=0&event=12")
    made.settled()
    return made


def test_what_is_no_event_number_is_said_and_leaves_the_field(page):
    for text in ("abc", "1e3", "40.7", "abc"):
        page.type_event(text)
        page.until(lambda text=text: any(repr(text) in told for told in page.notifications), "what was typed")
        page.until(lambda: page.field("Event").input_value() == "12", "the event that is shown")
    assert page.event == 12


def test_a_value_between_two_steps_is_kept(page):
    field = typed(page, "Radius", "0.0183")
    page.until(lambda: page.link.get("radius") == "0.0183", "the radius")
    page.until(lambda: not field.count(), "the end of typing")
    assert page.slider_text("Radius") == "0.0183"
    typed(page, "Seed threshold [mipT]", "33.25")
    page.until(lambda: page.link.get("seeds") == "33.25", "the seed threshold")
    assert page.link["radius"] == "0.0183"
    typed(page, "Radius", "by layer")
    page.until(lambda: "radius" not in page.link, "no radius")
    assert page.slider_text("Radius") == "by layer"
    typed(page, "Display threshold [mipT]", "2.345")
    page.until(lambda: page.link["threshold"] == "2.345", "the threshold")
    page.until(lambda: page.facts["limits in 3D"].startswith("mipT \u2265 2.345"), "the threshold in words")


def test_a_layer_is_typed(page):
    typed(page, "Layer", "21")
    page.shows(layer=21)
    field = typed(page, "Layer", "20")
    page.until(lambda: "20 has no trigger cells; 19 and 21 have" in page.keys, "why not")
    assert field.get_attribute("aria-invalid") == "true"
    field.press("Escape")
    page.until(lambda: not field.count(), "the end of typing")
    assert page.layer == 21
    page.page.keyboard.press("ArrowRight")  # the page has its keys again
    page.shows(layer=23)


def test_two_ends_are_typed(page):
    typed(page, "Layers in 3D", "3 \u2013 20")
    page.until(lambda: page.link["layers"] == "3-20", "the layers")
    assert page.slider_text("Layers in 3D") == "3 .. 20"


def test_out_of_reach_changes_nothing(page):
    before = page.link
    field = typed(page, "Radius", "0.5")
    page.until(lambda: page.keys == "Radius: 0.5 is outside 0 to 0.1", "why not")
    field.fill("0.05")
    page.until(lambda: page.keys.startswith("Radius: by layer, or up to 0.1"), "the limits")
    field.press("Escape")
    page.until(lambda: not field.count() and not page.keys, "the end of typing")
    assert page.slider_text("Radius") == "by layer"
    assert page.link == before


def test_typing_by_keyboard(page):
    handle = page.slider("Seed window")
    handle.focus()
    page.page.keyboard.press("3")
    field = page.page.locator("input.typed")
    page.until(lambda: page.keys.startswith("Seed window: 1 to 10 \u00b7 Enter takes it"), "the limits")
    assert field.input_value() == "3"
    page.page.keyboard.press("Enter")
    page.until(lambda: page.link.get("window") == "3", "the seed window")
    page.until(lambda: "type a value" in page.keys, "the handle's keys")
    page.page.keyboard.press("Enter")
    assert field.input_value() == "3"
    assert field.get_attribute("aria-label") == "Seed window (1 to 10)"
    assert_accessible(page.page)
    page.page.keyboard.press("Escape")
    page.page.keyboard.press("ArrowRight")
    page.until(lambda: page.link.get("window") == "4", "a step of the handle")


def test_a_slider_says_that_it_can_be_typed(page):
    value = value_of(page, "Display threshold [mipT]")
    value.hover()
    page.until(lambda: value.get_attribute("title") == "Click to type a value: 0 to 10 mipT", "the tip")
