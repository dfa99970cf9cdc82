"""Windows of every size: nothing is cut, nothing overlaps, nothing scrolls sideways."""

from itertools import pairwise
from types import SimpleNamespace

import pytest
from accessibility import assert_accessible
from chain_truth import SPLIT
from described import assert_described
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


def test_the_stages_fit_every_window(opened):
    page = opened.new(lambda page: SimpleNamespace(page=page), "/display?panes=stages").page
    page.locator(".facts-pane .fact").first.wait_for()
    assert_layout(page)


@pytest.mark.parametrize("name", ["geometry", "events", "occupancy"])
def test_other_pages_fit_every_window_and_are_accessible(opened, name):
    """With a description of every control; one page for all of it, as to open one takes longer."""
    page = opened.new(lambda page: SimpleNamespace(page=page), f"/{name}?theme=light").page
    page.locator(".facts-pane .fact").first.wait_for()
    assert_described(page)
    assert_accessible(page)
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


def test_a_message_covers_nothing(flat):
    """Neither in the dark theme, nor with its details in the light one."""
    page = flat("?event=999999&layer=2&theme=dark")
    page.until(lambda: len(page.notifications) == 2, "the message")
    assert_layout(page.page)
    page.press("Light")
    page.page.locator(":root[data-theme='light']").wait_for()
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


# Of the table of A | B: how far the texts of its heads and of its rows are from each other, px.
GAPS = """() => [...document.querySelectorAll("*")].flatMap(function walk(one) {
  const inside = one.shadowRoot ? [...one.shadowRoot.querySelectorAll("*")].flatMap(walk) : [];
  if (!one.matches(".slick-row, .slick-header-columns") || !one.checkVisibility()) return inside;
  const boxes = [...one.children].map((cell) => {
    const range = document.createRange();
    range.selectNodeContents(cell.querySelector(".slick-column-name, div") ?? cell);
    const drawn = [...range.getClientRects()].filter((box) => box.width);
    return [Math.min(...drawn.map((box) => box.left)), Math.max(...drawn.map((box) => box.right))];
  });
  return boxes.slice(1).map(([left], i) => left - boxes[i][1]);
})"""


@pytest.mark.parametrize("size", [(1280, 720), (1024, 640)])
def test_numbers_and_heads_of_the_comparison_are_apart(flat, size):
    page = flat(f"{SPLIT}&associationB=max_energy&compare=AB", size=size)
    page.until(lambda: len(page.table) == 2, "the clusters of A with their partners")

    def gaps():
        return page.page.evaluate(GAPS)

    page.until(lambda: len(gaps()) == 3 * 7 and min(gaps()) >= 2.5, "room between all of them")
    apart = gaps()
    for other in ((1600, 1000), (1024, 640), size):
        page.page.set_viewport_size({"width": other[0], "height": other[1]})
        page.until(lambda other=other: gaps() != apart or other == size, "other widths")
    page.until(lambda: gaps() == apart, "the widths of before")
    seeds = page.page.locator(".stages b").get_by_text("Seeds", exact=True)
    if size[0] > 1150:  # else the card has the place of the stages
        assert seeds.is_visible()
        assert seeds.evaluate("(one) => getComputedStyle(one).fontSize") != "0px"


# Places of the labels along x of each stage, px from the left of its frame, and their widths.
X_LABELS = """() => Bokeh.documents.flatMap((one) => [...one._all_models.values()])
  .filter((one) => one.type === "Figure" && ["module sums", "over threshold", "lattice"].includes(one.name))
  .map((figure) => {
    const view = Bokeh.index.find_one(figure.below[0]), [xs] = view.tick_coords.major;
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = "10px Helvetica";
    const labels = view.compute_labels(xs).items.map((label) => label.text);
    return [...xs].map((x, i) => [view.coordinates.x_scale.compute(x), pen.measureText(labels[i]).width])
      .sort((a, b) => a[0] - b[0]);
  })"""


@pytest.mark.parametrize("event", [3, 4, 5])
def test_labels_below_coarse_stages_are_apart(flat, event):
    page = flat(f"?event={event}&chain=coarse_seeding", size=(1024, 640))
    page.shows(event=event)
    figures = page.until(lambda: page.page.evaluate(X_LABELS), "the stages")
    assert len(figures) == 3
    for labels in figures:
        assert labels
        for (left, wide), (right, other) in pairwise(labels):
            assert right - left > (wide + other) / 2 + 1
