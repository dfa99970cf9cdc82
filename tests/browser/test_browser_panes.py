"""Panes in another program's pages: the Flask example in Chromium, which reaches its port alone."""

import io
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image
from pixels import n_colours, near, rgb, viridis_place

from bye_splits.dashboard.figures.colours import THEMES
from bye_splits.dashboard.views.display.panes import PANES

EXAMPLE = Path(__file__).parents[2] / "examples" / "flask_join.py"
EVERY_PANE = """
import runpy, sys
import flask
from bokeh.embed import server_document

example = runpy.run_path(sys.argv[1])

@example["application"].get("/in/a/folder/every")
def every():
    ask, address = dict(flask.request.args), f"{flask.request.host_url}panes"
    panes = ask.pop("panes").split(" ")
    scripts = [server_document(address, arguments={"show": one, **ask}) for one in panes]
    box = '<div class="box" style="display: grid; width: 600px; height: 380px">'
    return f"<!doctype html><title>every</title>{''.join(f'{box}{one}</div>' for one in scripts)}"

example["serve"](sys.argv[2], port=0)
"""
SECONDS = 20


@pytest.fixture(scope="module")
def joined(samples, served, tmp_path_factory):
    """Address of a server of Flask's pages and the dashboard's."""
    program = "-c", EVERY_PANE, EXAMPLE, samples.config
    with served(samples.config, tmp_path_factory.mktemp("joined"), *program) as address:
        yield address


@pytest.fixture
def visit(joined, context):
    """Function that opens an address of that server; nothing else can be reached, nor may anything fail."""
    host, complaints, pages = urlsplit(joined).netloc, [], []

    def admit(route):
        if urlsplit(route.request.url).netloc == host:
            return route.continue_()
        complaints.append(route.request.url)
        return route.abort()

    def opened(address):
        page = context.new_page()
        pages.append(page)
        page.route(lambda url: urlsplit(url).scheme not in ("data", "blob"), admit)
        page.on(
            "websocket", lambda socket: urlsplit(socket.url).netloc == host or complaints.append(socket.url)
        )
        page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{joined}{address}")
        return page

    yield opened
    for page in pages:
        page.close()
    assert complaints == []


def until(page, condition, what):
    for _ in range(20 * SECONDS):
        if found := condition():
            return found
        page.wait_for_timeout(50)
    raise AssertionError(f"not in {SECONDS} s: {what}")


def picture(locator) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(locator.screenshot())).convert("RGB"))


def has_cells(locator, least: int) -> bool:
    """Whether so many pixels have colours of trigger cells, several of them."""
    pixels = picture(locator)
    coloured = viridis_place(pixels) >= 0
    return coloured.sum() >= least and n_colours(pixels[coloured]) > 5


def has_bars(locator) -> bool:
    return near(picture(locator), rgb(THEMES["light"]["bar"]), 12).sum() > 2000


def test_flask_and_the_panes_are_one_page_of_one_port(visit):
    page = visit("/")
    page.fill("input[name=event]", "7")
    page.fill("input[name=layer]", "9")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**/?event=7&layer=9")
    layer_map, profile = (page.locator(".panes > div").nth(i) for i in (0, 1))
    shower = page.locator("iframe")
    until(page, lambda: has_cells(layer_map, 400), "the map's trigger cells")
    until(page, lambda: has_bars(profile), "the profile's bars")
    until(page, lambda: has_cells(shower, 5000), "the shower in the frame")
    assert layer_map.get_by_text("Layer 9").count() == 1
    assert page.frame_locator("iframe").get_by_text("Shower").count() == 1
    # the page around them is as it was
    assert page.evaluate("() => document.documentElement.dataset.theme") is None
    assert page.url.endswith("/?event=7&layer=9")
    assert page.title() == "Shower of the day"
    assert not page.locator(".message").count()


def test_every_pane_draws_in_a_page_of_another_program(visit):
    page = visit("/in/a/folder/every?event=7&layer=9&theme=light&panes=" + "+".join(PANES))
    boxes = {name: page.locator(".box").nth(i) for i, name in enumerate(PANES)}
    until(page, lambda: has_cells(boxes["map"], 400), "the map")
    until(page, lambda: has_cells(boxes["3D"], 3000), "the shower")
    until(page, lambda: has_bars(boxes["profile"]), "the profile")
    until(page, lambda: n_colours(picture(boxes["stages"])) > 40, "the stages")
    until(page, lambda: boxes["clusters"].locator(".slick-row").count() > 0, "rows of the table")
    until(page, lambda: boxes["controls"].get_by_role("slider").count() > 3, "the controls")
    for name, box in boxes.items():
        fits = box.evaluate(
            "(one) => one.scrollWidth <= one.clientWidth && one.scrollHeight <= one.clientHeight"
        )
        assert fits, name
    boxes["map"].scroll_into_view_if_needed()
    until(page, lambda: page.evaluate("() => probe.map().settled"), "the map at rest")
    frame = page.evaluate("() => probe.map().frame")
    page.mouse.move(frame["left"] + 200, frame["top"] + 100)
    page.mouse.move(frame["left"] + 202, frame["top"] + 100)
    tooltip = page.locator(".bye-splits-tooltip")
    tooltip.get_by_text("layer 9").wait_for()
    assert tooltip.evaluate("(one) => getComputedStyle(one).position") == "fixed"


def test_controls_change_the_map_beside_them(visit):
    page = visit("/in/a/folder/every?event=7&layer=9&panes=controls,map")
    until(page, lambda: has_cells(page.locator(".box"), 100), "the map")
    page.get_by_role("button", name="Next", exact=True).click()
    event = page.get_by_label("Event", exact=True)
    until(page, lambda: event.input_value() == "8", "the next event")
    before = picture(page.locator(".box"))
    page.get_by_role("slider").first.press("ArrowRight")
    page.get_by_text("Layer 11", exact=True).wait_for()
    until(page, lambda: (picture(page.locator(".box")) != before).any(), "another picture")


def test_an_unknown_pane_says_so_where_it_would_be(visit):
    page = visit("/in/a/folder/every?panes=mao")
    page.get_by_text("found 'mao'").wait_for()
    assert page.get_by_text(", ".join(PANES)).count() == 1
    assert page.url.endswith("/every?panes=mao")


def answered(url, **headers) -> int:
    asked = urllib.request.Request(
        url, headers={name.replace("_", "-"): text for name, text in headers.items()}
    )
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize("address", ["/", "/panes?show=map", "/panes/autoload.js?bokeh-autoload-element=a"])
def test_the_gate_is_before_flask_too(joined, address):
    url = f"{joined}{address}"
    assert answered(url) == 200
    assert answered(url, Host="evil.example") == 403
    assert answered(url, Origin="http://evil.example") == 403
    assert answered(url, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors") == 403
