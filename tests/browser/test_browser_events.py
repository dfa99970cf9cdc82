"""From the catalogue to an event, on to the next match, a tag, and back."""

import json

import pytest
from pages import DisplayPage, Page

SPLIT, OTHER = 5, 12  # numbers of the events of the sample that are split, the worse one first

# Draws the rows anew, as columns that are known later do.
DRAWN_ANEW = """() => {
    const models = Bokeh.documents.flatMap((document) => [...document._all_models.values()]);
    const tables = models.filter((model) => model.type.endsWith("DataTabulator"));
    return Bokeh.index.find_one(tables[0]).setData();
}"""


@pytest.fixture(scope="module")
def tags(tmp_path_factory):
    return tmp_path_factory.mktemp("tags")


@pytest.fixture(scope="module")
def server(samples, served, tags):
    """A server with a process for studies, in the place of the one that other tests share."""
    environment = {"BYE_SPLITS_BACKGROUND": "1", "BYE_SPLITS_TAGS": str(tags), "BYE_SPLITS_SCANNER": "ada"}
    with served(samples.config, tags, BYE_SPLITS_CACHE=str(tags / "cache"), **environment) as address:
        yield address


class EventsPage(Page):
    """The catalogue."""

    def __init__(self, page):
        self.page = page
        page.locator(".tabulator-row").first.wait_for(timeout=60_000)

    @property
    def events(self) -> list[int]:
        """Event numbers of the rows."""
        texts = self.page.locator('.tabulator-cell[tabulator-field="event"]').all_inner_texts()
        return [int(text) for text in texts]

    @property
    def marked(self) -> list[int]:
        """Event numbers of the marked rows."""
        return [int(text) for text in self.page.locator(".tabulator-row.at a").all_inner_texts()]

    def head(self, field: str):
        return self.page.locator(f'.tabulator-col[tabulator-field="{field}"] .tabulator-col-content')

    def column(self, field: str) -> list[str]:
        return self.page.locator(f'.tabulator-cell[tabulator-field="{field}"]').all_inner_texts()


@pytest.fixture
def catalogue(opened):
    return lambda query="": opened.new(EventsPage, f"/events?particle=electrons&{query}")


def test_sorted_and_filtered_by_the_server(catalogue):
    page = catalogue()
    page.until(lambda: page.events == list(range(1, 13)), "all events, as in the file")
    page.page.keyboard.press("ArrowDown")
    page.until(lambda: page.marked == [1], "a marked row")
    page.head("gen_pt").click()
    page.until(lambda: page.link.get("order") == "gen_pt", "the order in the address")

    def ascending():
        numbers = [float(text) for text in page.column("gen_pt")]
        return len(numbers) == 12 and numbers == sorted(numbers)

    page.until(ascending, "rows in order")
    page.until(lambda: page.marked == [1], "the same event's mark: all rows were drawn anew")
    page.field("Condition").fill("split")
    page.field("Condition").blur()
    page.until(lambda: page.events == [OTHER, SPLIT], "the split events by pT")
    assert not page.marked
    assert page.link["match"] == "split"
    assert page.facts["selected"] == "2 of 12"
    page.field("Condition").fill("split and")
    page.field("Condition").blur()
    told = page.until(lambda: page.notifications, "the fault in the condition")
    assert "character 10" in told[0]
    assert page.events == [OTHER, SPLIT]
    page.field("Selection").select_option("All")
    page.until(lambda: len(page.events) == 12 and ascending(), "all events in the same order")
    page.until(lambda: page.marked == [1], "the mark of the event that is shown again")
    assert "match" not in page.link


def test_a_page_s_button_keeps_the_focus_while_rows_arrive(catalogue):
    page = catalogue()
    page.until(lambda: page.events == list(range(1, 13)), "all events")
    button = page.page.locator(".tabulator-page[data-page='1']")
    button.focus()
    button.evaluate("button => { button.old = true; }")
    page.page.evaluate(DRAWN_ANEW)
    page.until(lambda: button.evaluate("button => !button.old"), "a new button")
    page.until(lambda: button.evaluate("button => button.matches(':focus')"), "the focus on it")
    page.field("Condition").focus()
    page.page.evaluate(DRAWN_ANEW)
    assert page.field("Condition").evaluate("field => field.matches(':focus')")


def test_to_an_event_the_next_match_a_tag_and_back(catalogue, tags):
    page = catalogue("match=clusters+%3E+0&order=-second_share")
    page.until(lambda: page.events[:2] == [SPLIT, OTHER], "the split events first")
    events = page.events
    n = len(events)
    page.page.wait_for_load_state("networkidle")  # what is still loaded as the page is left would fail
    page.page.keyboard.press("ArrowDown")
    page.until(lambda: page.marked == events[:1], "a marked row")
    page.page.keyboard.press("Enter")
    page.page.wait_for_url("**/display?**")
    display = DisplayPage(page.page)
    display.shows(event=SPLIT)
    assert display.facts["clusters within 0.1 of it"].startswith("2")
    assert display.link["match"] == "clusters > 0"

    def place(number):
        line = display.page.locator(".hint-line:visible")
        display.until(
            lambda: line.count() and line.inner_text() == f"match {number} of {n}", f"match {number}"
        )

    place(1)
    display.page.keyboard.press("4")
    file = display.until(lambda: next(tags.glob("*/ada.json"), None), "a file of tags")
    (tag,) = json.loads(file.read_text())["tags"]
    assert (tag["entry"], tag["event"], tag["tag"]) == (SPLIT - 1, SPLIT, "pile-up")
    assert display.field("Tag").input_value() == "4 pile-up"
    display.press("Next match")
    display.shows(event=events[1])
    place(2)
    note = display.field("Note")
    note.fill("1 u n")  # typed, and no keys of the page
    note.press("Enter")
    display.until(lambda: len(json.loads(file.read_text())["tags"]) == 2, "a note")
    assert display.field("Tag").input_value() == "no tag"
    note.blur()
    display.page.keyboard.press("u")
    display.until(lambda: len(json.loads(file.read_text())["tags"]) == 1, "the note taken back")
    notified = display.until(lambda: display.notifications, "what was undone")
    assert "Undone: note of event" in notified[-1]
    page.page.evaluate("() => document.fonts.ready.then(() => true)")
    while "/display" in page.page.url:
        page.page.go_back(wait_until="commit")
    page = EventsPage(page.page)
    page.until(lambda: page.marked == [SPLIT], "the row that was opened")
    page.until(lambda: page.column("tag")[0] == "pile-up", "the tag in the catalogue")
    assert page.link["order"] == "-second_share"
