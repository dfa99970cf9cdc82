"""The keyboard alone: the way of the Tab key through each page, tables, pictures, and a whole task."""

import re
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from chain_truth import SPLIT, chain_cells
from pages import Page

from bye_splits.chain import ChainParameters, run
from bye_splits.chain.histogram import PHI_EDGES, RZ_EDGES

WALK = Path(__file__).with_name("walk.js").read_text()
FOCUSED = """() => {
  const element = probe.focused();
  const words = element?.ariaLabel ?? element?.textContent.trim();
  return element && [element.tagName, element.className, words].join(" ");
}"""


@pytest.fixture(scope="module")
def server(samples, served, tmp_path_factory):
    """A server with a process for studies, which knows the splits of a sample."""
    folder = tmp_path_factory.mktemp("keyboard_server")
    more = {"BYE_SPLITS_BACKGROUND": "1", "BYE_SPLITS_CACHE": str(folder), "BYE_SPLITS_TAGS": str(folder)}
    with served(samples.config, folder, **more) as url:
        yield url


class AnyPage(Page):
    """A page of which only the focus matters."""

    def __init__(self, page):
        self.page = page


def tab_to(page, name: str, key: str = "Tab", most: int = 250):
    """Go on by Tab until the focus is on what has this name, which may be a pattern."""
    for _ in range(most):
        page.keyboard.press(key)
        now = page.evaluate(FOCUSED)
        if now and re.search(name, now):
            return now
    raise AssertionError(f"Tab does not reach {name}")


def walk(page, key: str = "Tab") -> list[str]:
    """Press Tab through the page: it reaches each visible control once, in their order, and comes out.

    Returns the controls' tags, classes and names.
    """
    controls = page.evaluate("(atTop) => walk.begin(atTop)", key == "Tab")
    for _ in range(len(controls) + 1):
        page.keyboard.press(key)
    taken = page.evaluate("() => walk.taken()")
    order = range(len(controls)) if key == "Tab" else reversed(range(len(controls)))
    missed = [controls[i] for i in range(len(controls)) if i not in taken["indices"]]
    assert (missed, taken["others"], taken["backwards"]) == ([], [], [])
    *reached, after = taken["indices"]
    assert reached == [*order]
    assert after in (-1, reached[0])  # without a window around the page, it may begin anew at once
    return controls


def test_display(flat):
    """There and back again; a table is one stop, whose rows are selected and sorted by the arrow keys."""
    page = flat(SPLIT)
    page.shows(event=12)
    why = page.page.locator(".why:visible")
    page.until(lambda: "Does not help" in " ".join(why.all_inner_texts()), "what helps and what does not")
    page.page.evaluate(WALK)
    page.until(lambda: page.page.locator(".slick-viewport[tabindex='0']:visible").count() == 1, "one stop")
    controls = walk(page.page)
    assert sum("slick-viewport" in control for control in controls) == 1
    assert sum("bk-events" in control for control in controls) == 4
    walk(page.page, "Shift+Tab")

    keys = page.page.keyboard
    tab_to(page.page, "Rows of the table", "Shift+Tab")
    page.until(lambda: "heads above them" in page.keys, "which keys act")
    shown = page.event, page.layer
    for key, cluster in (("ArrowDown", "0"), ("ArrowDown", "1"), ("ArrowDown", "1"), ("ArrowUp", "0")):
        keys.press(key)
        page.until(lambda cluster=cluster: page.link.get("cluster") == cluster, f"cluster {cluster}")
    spoken = page.page.locator("#spoken")
    page.until(lambda: re.match(r"# 0, pT \[GeV\] [\d.]+, ", spoken.inner_text()), "the row spoken")
    first = page.table[0]
    for key in ("ArrowUp", "ArrowRight", "Enter"):
        keys.press(key)
    head = page.page.locator(".slick-header-column-sorted:visible")
    page.until(lambda: "pT" in " ".join(head.all_inner_texts()), "the head by which it is sorted")
    if page.table[0] == first:
        keys.press("Enter")
    page.until(lambda: page.table[0] != first, "the rows in another order")
    keys.press("ArrowDown")
    keys.press("Escape")
    page.until(lambda: "cluster" not in page.link and not page.keys, "no row, and no control's keys")
    assert (page.event, page.layer) == shown
    keys.press("ArrowRight")
    page.until(lambda: page.layer > shown[1], "the page's keys again")


def test_pictures(flat, samples):
    """A cursor starts at the seed, says what the mouse would, selects, gives the keys back; zoom, saving."""
    page = flat(SPLIT)
    page.shows(event=12)
    result = run(chain_cells(samples.split.event(12)), ChainParameters())
    seed = result.seeds.iloc[0]
    rz, phi = int(seed.rz_bin), int(seed.phi_bin)
    keys = page.page.keyboard

    def bin_said(at):
        numbers = [float(n) for n in re.findall(r"[-\d.]+", page.tooltip.replace("\u2212", "-"))[:4]]
        expected = [*RZ_EDGES[at[0] : at[0] + 2], *PHI_EDGES[at[1] : at[1] + 2]]
        return len(numbers) == 4 and np.allclose(numbers, expected, atol=0.00051)

    tab_to(page.page, "Seed decision", "Shift+Tab")
    page.until(lambda: bin_said((rz, phi)), "the bin of the first seed")
    assert "seed: the highest of its window" in page.tooltip
    for key, at in (
        ("ArrowRight", (rz, phi + 1)),
        ("ArrowUp", (rz + 1, phi + 1)),
        ("ArrowLeft", (rz + 1, phi)),
        ("ArrowDown", (rz, phi)),
        ("ArrowDown", (rz - 1, phi)),
    ):
        keys.press(key)
        page.until(lambda at=at: bin_said(at), f"bin {at} after {key}")
    assert re.match(r"R/z\s+[\d.]+ to [\d.]+; φ .* rad; ", page.page.locator("#spoken").inner_text())
    layer = page.layer
    keys.press("Enter")
    page.until(lambda: page.link.get("bin") == f"{rz - 1}.{phi}", "the bin in the address")
    keys.press("Shift+Tab")
    page.until(lambda: bin_said((rz - 1, phi)), "the selected bin in the smoothed histogram")
    keys.press("Space")
    page.until(lambda: "bin" not in page.link, "no bin any more")
    keys.press("Escape")
    page.until(lambda: not page.tooltip, "no tooltip")
    assert page.layer == layer
    keys.press("ArrowRight")
    page.until(lambda: page.layer > layer, "the page's keys again")
    page.shows(event=12)

    def width():
        now = page.map["range"]
        return now["x1"] - now["x0"]

    before = width()
    tab_to(page.page, "bk-events Layer map", "Shift+Tab")
    page.until(lambda: page.tooltip, "the cursor")
    keys.press("+")
    page.until(lambda: width() < 0.9 * before, "a smaller part of the layer")
    keys.press("-")
    page.until(lambda: abs(width() / before - 1) < 0.05, "as before")
    with page.page.expect_download() as saving:
        keys.press("i")
    assert saving.value.suggested_filename.endswith(".png")


def test_split_to_remedy_to_cell(flat):
    """From a split shower to the next, why, what helps, a layer, a trigger cell, and on to another page."""
    page = flat("?particle=electrons&pileup=0&event=12&colour=cluster")
    page.shows(event=12)
    keys = page.page.keyboard
    following = page.page.get_by_role("button", name="Next split", exact=True)
    page.until(lambda: following.count() and following.is_enabled(), "splits of the sample", 60)
    keys.press("n")
    page.shows(event=5)
    header = "clusters within 0.1 of it"
    page.until(lambda: page.facts[header].startswith("2 \u2014 split"), "a split shower")
    tab_to(page.page, r"ask beside .*Why two\?", "Shift+Tab")
    keys.press("Enter")
    page.until(lambda: page.page.locator("#help.open h2").count(), "why two?")
    keys.press("Escape")
    page.until(lambda: not page.page.locator("#help.open").count(), "no help")
    assert "Why two?" in page.page.evaluate(FOCUSED)

    why = page.page.locator(".why:visible")
    page.until(lambda: "Does not help" in " ".join(why.all_inner_texts()), "what helps and what does not")
    labels = page.page.locator('.pane-body[data-low="clusters"] button:visible').all_inner_texts()
    label = next(text for text in labels if "\u00b7" in text)
    tab_to(page.page, re.escape(label))
    keys.press("Enter")
    page.until(lambda: page.facts[header].startswith("1 \u00b7"), f"one cluster with {label}")
    layer = page.layer
    keys.press("ArrowRight")
    page.until(lambda: page.layer > layer, "another layer")
    page.shows(event=5)

    tab_to(page.page, "bk-events Layer map")
    first = page.until(lambda: page.tooltip, "a trigger cell below the cursor")
    arrows = iter(("ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown"))

    def another():
        keys.press(next(arrows))
        return page.tooltip != first

    page.until(another, "another trigger cell")
    keys.press("Enter")
    page.until(lambda: "cell" in page.link, "the trigger cell in the address")
    uv = re.findall(r"wafer u, v\s+(\S+), (\S+)", page.tooltip)
    page.until(lambda: page.card, "its card")
    assert page.link["cell"].split(".")[1:3] == [word.replace("\u2212", "-") for word in uv[0]]
    keys.press("Escape")
    page.until(lambda: not page.tooltip, "no cursor")
    tab_to(page.page, "^A .*Events")
    keys.press("Enter")
    page.page.locator(".tabulator-row").first.wait_for()


def test_events(opened):
    """In the catalogue a row is marked, the heads sort, and Enter opens the event."""
    page = opened.new(AnyPage, "/events?particle=electrons")
    shares = page.page.locator(".tabulator-row [tabulator-field='p_split']")
    page.until(lambda: shares.count() == 12 and shares.first.inner_text() == "0.00", "the whole table", 60)
    page.page.evaluate(WALK)
    page.until(lambda: page.page.locator(".tabulator-tableholder[tabindex='0']").count(), "a stop")
    page.page.locator("input[aria-label='pT [GeV], min']").wait_for()
    controls = walk(page.page)
    assert sum("tabulator-tableholder" in control for control in controls) == 1
    keys = page.page.keyboard
    tab_to(page.page, "tabulator-tableholder")
    marked = page.page.locator(".tabulator-row.at a")
    for key, event in (("ArrowDown", "1"), ("ArrowDown", "2"), ("ArrowUp", "1")):
        keys.press(key)
        page.until(lambda event=event: marked.all_inner_texts() == [event], f"event {event} marked")
    keys.press("ArrowUp")
    assert "tabulator-col" in page.page.evaluate(FOCUSED)
    keys.press("Enter")
    page.until(lambda: page.link.get("order") == "event", "sorted by a head")


def test_geometry(detector):
    page = detector("?layer=33&layers=33-33")
    page.page.evaluate(WALK)
    page.until(lambda: page.page.locator(".bk-events[role=application]").count(), "a map with a cursor")
    walk(page.page)
    tab_to(page.page, "bk-events Layer map")
    page.until(lambda: "layer 33" in page.tooltip, "a trigger cell below the cursor")


def test_study(opened, server):
    """Links to events are one stop, and the arrow keys go through them."""
    with urllib.request.urlopen(f"{server}/response", timeout=120) as answer:  # imports HoloViews
        assert answer.status == 200
    page = opened.new(lambda page: SimpleNamespace(page=page), "/response?particle=electrons&pileup=0").page
    page.locator(".facts-pane").get_by_text("12 particles").wait_for(timeout=60_000)
    page.locator(".study-events a").first.wait_for()
    page.locator(".bk-events[role=img]").nth(5).wait_for()
    page.evaluate(WALK)
    walk(page)
    tab_to(page, "scrolled Chosen", "Shift+Tab")
    page.keyboard.press("ArrowDown")
    first = page.evaluate(FOCUSED)
    page.keyboard.press("ArrowDown")
    second = page.evaluate(FOCUSED)
    assert first != second
    assert re.match(r"A .*\d+$", first)
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED).startswith("BODY")
