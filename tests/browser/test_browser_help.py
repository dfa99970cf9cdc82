"""The page explains itself: help of panes and groups, tips of controls, the list of keys, the tour."""

import re

import pytest
from accessibility import assert_accessible
from described import assert_described
from pages import DisplayPage

from bye_splits.dashboard.page.help.display import DISPLAY
from bye_splits.dashboard.page.help.keys import KEYS

SPLIT = "/display?panes=2D&particle=electrons&pileup=0&event=12"
FORGET = "() => localStorage.removeItem('bye_splits tour')"
# As a person's browser, which no program drives, at its first visit.
FIRST_VISIT = "Object.defineProperty(navigator, 'webdriver', { get: () => false });"


def ask(page, topic):
    return page.page.locator(f'.ask[data-help="{topic}"]:visible')


def help_of(page):
    return page.page.locator("#help")


def rectangle(locator) -> tuple[float, float, float, float]:
    box = locator.bounding_box()
    return box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]


def apart(a, b) -> bool:
    return a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


@pytest.fixture(scope="module")
def split_page(kept):
    page = kept.new(DisplayPage, f"{SPLIT}&theme=dark")
    page.settled()
    return page


@pytest.fixture
def page(split_page):
    """The display with a split shower, as one page for many tests."""
    split_page.page.bring_to_front()  # a page behind another one draws a frame a second
    yield split_page
    split_page.page.keyboard.press("Escape")
    split_page.page.evaluate(FORGET)


@pytest.mark.parametrize("size", [(1600, 1000), (1024, 640), (1280, 720)])
def test_each_question_mark_opens_its_help_within_the_window(page, size):
    page.page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    page.settled()
    seen = set()
    for button in page.page.locator(".ask:visible").all():
        topic = button.get_attribute("data-help")
        page.page.keyboard.press("Escape")
        button.click()
        words = help_of(page).inner_text()
        assert DISPLAY.topics[topic].title in words
        assert DISPLAY.topics[topic].words in words
        assert help_of(page).locator("svg").count() == len(DISPLAY.topics[topic].marks)
        numbers = [*zip(*([iter(help_of(page).locator("dt, dd").all_inner_texts())] * 2), strict=True)]
        assert numbers == [*DISPLAY.topics[topic].numbers.items()]
        left, top, right, bottom = rectangle(help_of(page))
        assert left >= 0
        assert top >= 0
        assert right <= size[0]
        assert bottom <= size[1]
        if not button.evaluate("(one) => Boolean(one.closest('.pane'))"):
            assert apart(
                rectangle(help_of(page)), rectangle(page.page.locator("aside"))
            )  # no control is covered
        seen.add(topic)
    groups = {"Event", "Selection", "Chain", "Compare", "3D view"}
    assert seen | {"stages"} == groups | {"facts", "map", "stages", "clusters", "why"}
    assert ("stages" in seen) == (size[0] > 1150)  # else the card of a split has their place


def test_help_is_a_dialog_for_the_keyboard(page):
    button = ask(page, "Chain")
    button.focus()
    button.press("Enter")
    assert help_of(page).is_visible()
    assert button.get_attribute("aria-expanded") == "true"
    assert page.page.evaluate("() => document.activeElement.id") == "help"
    layer = page.layer
    page.page.keyboard.press("ArrowRight")  # scrolls the help; the page stays
    page.page.keyboard.press("Tab")
    assert page.page.evaluate("() => document.activeElement.ariaLabel") == "Close"
    page.page.keyboard.press("Escape")
    assert not help_of(page).is_visible()
    assert button.get_attribute("aria-expanded") == "false"
    assert button.evaluate("(one) => one.getRootNode().activeElement === one")  # it has the focus again
    assert page.layer == layer
    button.click()
    page.page.locator(".facts-pane .fact").first.click()  # anywhere else
    assert not help_of(page).is_visible()


def test_the_drawings_have_the_colours_of_the_theme(page):
    ask(page, "map").click()
    particle = next(mark for mark in DISPLAY.topics["map"].marks if mark.meaning == "the generated particle")
    mark = help_of(page).locator("li", has_text=re.compile("^the generated particle$")).locator("svg")
    colour = "(one) => getComputedStyle(one).color"
    assert (particle.ink, mark.evaluate(colour)) == (("#ffffff", "#000000"), "rgb(255, 255, 255)")
    page.press("Light")
    ask(page, "map").click()
    page.until(lambda: mark.evaluate(colour) == "rgb(0, 0, 0)", "the colour of the light theme")
    page.press("Dark")


def test_the_list_of_keys_opens_with_its_key(page):
    page.page.keyboard.press("?")
    rows = help_of(page).locator("tr").all_inner_texts()
    assert len(rows) == len(DISPLAY.keys)
    for key, row in zip(DISPLAY.known_keys, rows, strict=True):
        assert row.startswith(key.shown)
        assert row.endswith(key.meaning)
    page.page.keyboard.press("?")
    assert not help_of(page).is_visible()
    page.page.get_by_role("button", name="Keys", exact=True).click()
    assert help_of(page).is_visible()
    page.page.keyboard.press("Escape")
    field = page.field("Event")
    field.fill("")
    field.press("?")  # is typed
    assert not help_of(page).is_visible()
    assert field.input_value() == "?"


def test_the_keys_do_what_the_list_says(flat):
    page = flat("?event=4&layer=9")
    page.shows(event=4, layer=9)
    (up, down), (left, right) = KEYS["events"].codes, KEYS["layers"].codes
    page.page.keyboard.press(down)
    page.shows(event=5, layer=9)
    page.page.keyboard.press(up)
    page.shows(event=4, layer=9)
    page.page.keyboard.press(right)
    page.until(lambda: page.layer > 9, "a later layer")
    page.page.keyboard.press(left)
    page.shows(event=4, layer=9)


def test_a_tip_says_what_a_control_means(page):
    tip = page.page.locator("#tip")
    for name, words in (("Association", DISPLAY.fields["Association"]), ("Next", DISPLAY.buttons["Next"])):
        page.page.mouse.move(700, 400)
        control = (
            page.field(name)
            if name in DISPLAY.fields
            else page.page.get_by_role("button", name=name, exact=True)
        )
        control.hover()
        page.until(tip.is_visible, f"a tip for {name}")
        assert tip.inner_text().startswith(name)
        assert tip.inner_text().endswith(words)
        assert apart(rectangle(tip), rectangle(page.page.locator("aside")))
    page.page.keyboard.press("Shift")
    assert not tip.is_visible()


def test_a_tip_says_what_the_energy_of_a_cluster_is(page):
    heads = page.page.locator(".cards-pane .slick-header-column:visible")
    heads.filter(has_text=re.compile(r"^E \[GeV\]$")).first.hover()
    tip = page.page.locator("#tip")
    page.until(tip.is_visible, "a tip for the head of the column")
    assert tip.inner_text().startswith("E [GeV]")
    assert tip.inner_text().endswith(DISPLAY.fields["E"])


def test_a_tip_says_what_a_number_means(page):
    """Of the header, of the line of facts and of a split's card, as the mouse rests on them."""
    page.page.set_viewport_size({"width": 1600, "height": 1000})
    page.page.locator(".cards-pane .positions:visible").first.wait_for()
    page.press("Light")
    page.press("Dark")
    page.until(page.page.locator("#traffic").inner_text, "the server's answer")
    page.page.locator(".cards-pane .positions:visible").first.wait_for()
    tip, marked = page.page.locator("#tip"), page.page.locator("[data-means]:visible")
    names = set(marked.evaluate_all("(all) => all.map((one) => one.dataset.means)"))
    # without a particle, of coarse seeding, of A | B, of the triangular chain
    other = {"clusters", "to its edge", "all cells", "next / own pT"}
    assert names | {"splits"} == set(DISPLAY.numbers) - other  # without studies there is none
    for name in sorted(names):
        page.page.mouse.move(700, 400)
        page.until(lambda: not tip.is_visible(), "no tip")
        page.page.locator(f'[data-means="{name}"]:visible').first.hover()
        page.until(tip.is_visible, f"a tip for {name}")
        assert tip.inner_text().startswith(name)
        assert DISPLAY.numbers[name] in tip.inner_text()
    assert not marked.and_(page.page.locator("[title]")).count()  # no second tip


@pytest.mark.parametrize("path", ["/display", SPLIT])
def test_every_control_is_described(opened, path):
    page = opened.new(DisplayPage, path)
    page.settled()
    assert_described(page.page)


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_help_is_accessible(page, theme):
    page.press(theme)
    page.page.locator(f":root[data-theme='{theme.lower()}']").wait_for()
    for topic in ("map", "Chain"):
        ask(page, topic).click()
        assert_accessible(page.page, "#help")
    page.page.keyboard.press("?")
    page.page.keyboard.press("?")
    assert help_of(page).locator("table").is_visible()
    assert_accessible(page.page)
    help_of(page).get_by_role("button", name="Take the tour").click()
    assert page.page.locator("#tour").is_visible()
    assert_accessible(page.page)


# -- the tour -----------------------------------------------------------------------------------------------


@pytest.fixture
def visitor(context, server):
    """Opens a page as in a browser that has not been here before, and that no program drives."""
    pages = []

    def visit(path):
        page = context.new_page()
        pages.append(page)
        page.add_init_script(FIRST_VISIT)
        page.goto(server + path)
        DisplayPage(page).settled()
        return page

    yield visit
    for page in pages:
        page.evaluate(FORGET)
        page.close()


def test_the_tour_is_offered_once_goes_through_five_steps_and_is_remembered(visitor):
    page = visitor("/display?panes=both")
    card, frame = page.locator("#tour"), page.locator("#tour-frame")
    for number, step in enumerate(DISPLAY.tour, 1):
        card.get_by_text(f"tour, {number} of 5").wait_for()
        assert step.title in card.inner_text()
        assert step.words in card.inner_text()
        framed, explained = (
            rectangle(frame),
            rectangle(page.locator(f'.ask[data-help="{step.topic}"]:visible')),
        )
        assert not apart(framed, explained)
        for control in ("aside", "header", ".cards-pane", ".stages-pane"):
            assert apart(rectangle(card), rectangle(page.locator(control).first))
        card.get_by_role("button").first.click()
    assert not card.is_visible()
    assert not frame.is_visible()
    again = visitor("/display?panes=2D")
    again.wait_for_function("() => document.readyState === 'complete' && byeSplits.steps().length")
    assert again.evaluate("() => localStorage.getItem('bye_splits tour')") == "left"
    assert not again.locator("#tour").is_visible()
    again.keyboard.press("?")
    again.get_by_role("button", name="Take the tour").click()
    assert again.locator("#tour").is_visible()


def test_the_tour_can_be_left(visitor):
    page = visitor("/display?panes=2D")
    card = page.locator("#tour")
    card.get_by_text("tour, 1 of 5").wait_for()
    page.keyboard.press("Escape")
    assert not card.is_visible()
    assert page.evaluate("() => localStorage.getItem('bye_splits tour')") == "left"
    page.evaluate(FORGET)
    page.keyboard.press("?")
    page.get_by_role("button", name="Take the tour").click()
    card.get_by_role("button", name="Leave").click()
    assert not card.is_visible()
    assert page.evaluate("() => localStorage.getItem('bye_splits tour')") == "left"


def test_a_link_to_an_event_opens_without_the_tour(visitor):
    page = visitor("/display?panes=2D&event=4")
    page.wait_for_function("() => document.readyState === 'complete' && byeSplits.steps().length")
    page.locator(".ask[data-help='3D view']").wait_for()
    assert not page.locator("#tour").is_visible()
    assert page.evaluate("() => localStorage.getItem('bye_splits tour')") is None
