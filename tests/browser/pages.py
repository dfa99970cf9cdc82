"""The pages as a user has them: what is to be seen, and what can be done with mouse and keyboard."""

import io
import re
import time
from urllib.parse import parse_qs, urlsplit

import numpy as np
from PIL import Image
from truth import differences

SECONDS = 20  # that an answer may take on a busy machine


class Page:
    """What both pages have: a layer map, a 3D pane, a tooltip, widgets."""

    def __init__(self, page):
        self.page = page
        page.wait_for_function("() => probe.ready() && (probe.hidden3D() || probe.drawn3D())", timeout=60_000)

    def until(self, condition, what: str, seconds: float = SECONDS):
        """Ask `condition` until it is true, and return its value."""
        end = time.monotonic() + seconds
        while True:
            if last := condition():
                return last
            if time.monotonic() > end:
                break
            self.page.wait_for_timeout(50)
        raise AssertionError(f"not within {seconds} s: {what} (last: {last!r})")

    # -- the 2D map -----------------------------------------------------------------------------------------

    @property
    def map(self) -> dict:
        return self.page.evaluate("() => probe.map()")

    def settled(self) -> dict:
        """The map's state, once its raster is of what is in view, and labels of the axes move it no more."""
        return self.until(self._at_rest(), "the map at rest")

    def _at_rest(self):
        """A condition: the map's state, if it is settled and the same as when last asked."""
        seen = []

        def at_rest():
            seen.append(self.map)
            return seen[-1]["settled"] and seen[-2:-1] == seen[-1:] and seen[-1]

        return at_rest

    def at(self, x: float, y: float, figure: str | None = None) -> tuple[float, float]:
        """Pixel of the page that shows (x, y) in the map [cm], or in another figure by its name."""
        now = self.page.evaluate("(name) => probe.figure(name)", figure) if figure else self.map
        range_, frame = now["range"], now["frame"]
        return (
            frame["left"] + frame["width"] * (x - range_["x0"]) / (range_["x1"] - range_["x0"]),
            frame["top"] + frame["height"] * (range_["y1"] - y) / (range_["y1"] - range_["y0"]),
        )

    def hover(self, x: float, y: float) -> None:
        """Move the mouse to a pixel of the page, with a last small step: panes answer to movements."""
        self.page.mouse.move(float(x) - 2, float(y))
        self.page.mouse.move(float(x), float(y))

    def map_middle(self) -> tuple[float, float]:
        frame = self.map["frame"]
        return frame["left"] + frame["width"] / 2, frame["top"] + frame["height"] / 2

    def tool(self, name: str) -> None:
        """Click a tool of the map's toolbar, which appears with the mouse."""
        self.page.mouse.move(*self.map_middle())
        icon = self.page.locator(f'[data-pane="2D"] .bk-tool-icon[class*="{name}"]')
        if not icon.count():  # behind the dots
            self.page.locator('[data-pane="2D"] .bk-tool-overflow').click()
            icon = self.page.locator(f'.bk-tool-icon[class*="{name}"]')
        icon.first.click()

    # -- the 3D pane ----------------------------------------------------------------------------------------

    @property
    def shower(self) -> dict:
        return self.page.evaluate("() => probe.shower()")

    def project(self, points) -> np.ndarray:
        """Pixel of the page and depth of points (x, y, z) [cm] in the 3D pane, shape (n, 3)."""
        return np.array(self.page.evaluate("(points) => probe.project(points)", np.asarray(points).tolist()))

    # -- pixels ---------------------------------------------------------------------------------------------

    def picture(self, frame: dict) -> np.ndarray:
        """Colours of a part of the page, uint8, shape (height, width, 3)."""
        clip = {"x": frame["left"], "y": frame["top"], "width": frame["width"], "height": frame["height"]}
        png = self.page.screenshot(clip=clip)
        return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))

    def map_picture(self) -> np.ndarray:
        return self.picture(self.map["frame"])

    def shower_picture(self) -> np.ndarray:
        return self.picture(self.shower["frame"])

    # -- words ----------------------------------------------------------------------------------------------

    @property
    def tooltip(self) -> str:
        box = self.page.locator("#tooltip")
        return box.text_content() if box.count() and box.is_visible() else ""

    @property
    def keys(self) -> str:
        """What the box says of the keys of the control that has the focus."""
        box = self.page.locator("#keys")
        return box.inner_text() if box.is_visible() else ""

    @property
    def facts(self) -> dict[str, str]:
        """The line of facts: label -> value."""
        # Each with its value in one look, as the line may be drawn anew between two.
        read = "(fact) => ['label', 'value'].map((name) => fact.querySelector('.' + name).innerText)"
        return dict(self.page.locator(".fact").evaluate_all(f"(facts) => facts.map({read})"))

    @property
    def notifications(self) -> list[str]:
        """Paragraphs of the message to the user: its details if it has some, else its text."""
        read = """(messages) => messages.filter((one) => one.checkVisibility()).flatMap((one) => {
            const details = [...one.querySelectorAll("li")];
            const said = details.length ? details : [one.querySelector(".message-text")];
            return said.map((each) => each.textContent);
        })"""
        return list(self.page.locator(".message").evaluate_all(read))

    @property
    def theme(self) -> str:
        return self.page.locator("html").get_attribute("data-theme")

    @property
    def link(self) -> dict[str, str]:
        """The address's query."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.page.url).query).items()}

    # -- widgets --------------------------------------------------------------------------------------------

    def press(self, label: str) -> None:
        self.page.get_by_role("button", name=label, exact=True).click()

    def button(self, attribute: str, value: str):
        """A button of a pane's head, by one of its attributes."""
        return self.page.locator(f'[data-pane="3D"] [{attribute}="{value}"]')

    def field(self, label: str):
        return self.page.get_by_label(label, exact=True)

    def slider(self, title: str):
        """A slider's (first) handle."""
        heading = self.page.locator(".bk-slider-title", has_text=re.compile(rf"^{re.escape(title)}(:|$)"))
        widget = self.page.locator(".bk-Slider, .bk-RangeSlider").filter(has=heading)
        return widget.locator(".noUi-handle")

    def slider_text(self, title: str) -> str:
        """What a slider says that it is at."""
        heading = self.page.locator(".bk-slider-title", has_text=re.compile(rf"^{re.escape(title)}(:|$)"))
        return heading.text_content().partition(":")[2].strip()

    def drag(self, title: str, values):
        """Drag a slider's handle with the mouse; yields each value while the button is down."""
        handle = self.slider(title).first
        handle.scroll_into_view_if_needed()
        box = handle.bounding_box()
        base = handle.evaluate(
            "e => { const b = e.closest('.noUi-base').getBoundingClientRect(); return [b.left, b.width]; }"
        )
        low, high = (float(handle.get_attribute(f"aria-value{end}")) for end in ("min", "max"))
        y = box["y"] + box["height"] / 2
        self.page.mouse.move(box["x"] + box["width"] / 2, y)
        self.page.mouse.down()
        for value in values:
            self.page.mouse.move(base[0] + base[1] * (value - low) / (high - low), y, steps=2)
            yield value
        self.page.mouse.up()

    def slider_value(self, title: str) -> float:
        return float(self.slider(title).first.get_attribute("aria-valuenow"))


class DisplayPage(Page):
    """The display."""

    @property
    def event(self) -> int:
        return int(self.facts["event"])

    @property
    def titles(self) -> list[str]:
        """Titles of the 2D and of the 3D pane."""
        return [self.page.locator(f'[data-pane="{pane}"] .title').first.inner_text() for pane in ("2D", "3D")]

    @property
    def layer(self) -> int:
        """Layer in the 2D pane's title."""
        return int(re.search(r"Layer (\d+)", self.titles[0])[1])

    @property
    def classes(self) -> dict:
        """Classes of cells and pixels in the map, and the seeds' marks."""
        return self.page.evaluate("() => probe.classes()")

    @property
    def classes_in_3d(self) -> dict:
        return self.page.evaluate("() => probe.classes3D()")

    @property
    def table(self) -> list[tuple[list[str], str]]:
        """Rows of the table of clusters that are in view: the texts, and the colour of the first swatch."""
        read = """rows => rows
          .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
          .map(row => [[...row.querySelectorAll(".slick-cell")].map(cell => cell.textContent.trim()),
                       getComputedStyle(row.querySelector("i")).backgroundColor])"""
        return self.page.locator(".slick-row:visible").evaluate_all(read)

    @property
    def card(self) -> dict[str, str]:
        """The selected trigger cell's card."""
        read = "rows => rows.map(row => [...row.children].map(cell => cell.textContent))"
        return dict(self.page.locator(".card tr").evaluate_all(read))

    def shows(self, *, event: int | None = None, layer: int | None = None) -> None:
        """Wait until an event or a layer is in words, picture and address."""

        at_rest = self._at_rest()

        def there():
            now, link = at_rest(), self.link
            return (
                now
                and now["sent"]["layer"] == self.layer == int(link.get("layer", 0))
                and self.event == int(link.get("event", -1))
                and event in (None, self.event)
                and layer in (None, self.layer)
            )

        self.until(there, f"event {event or 'as it is'}, layer {layer or 'as it is'}")

    def hover_in_3d(self, cells):
        """Move to the cells nearest to the camera, until a tooltip says exactly what the file says of one.

        `cells` is of `cells_of`; returns (cell,), or () if there was no such tooltip. Several are tried, as
        one cell may hide another.
        """
        pixels = self.project(cells[["mx", "my", "z"]])
        for row in np.argsort(pixels[:, 2])[:8]:
            cell = cells.iloc[row]
            self.hover(*pixels[row, :2])
            for _ in range(10):
                if not differences(self.tooltip, cell):
                    return (cell,)
                self.page.wait_for_timeout(50)
        return ()

    def type_event(self, number: int) -> None:
        field = self.field("Event")
        field.fill(str(number))
        field.press("Enter")


class DetectorPage(Page):
    """The geometry page."""

    @property
    def labels(self) -> list[tuple[float, float, str]]:
        """Cell numbers that are written into the map: x, y [cm], text."""
        made = self.page.evaluate(
            "() => { const d = probe.labels(); return [[...d.x], [...d.y], [...d.text]]; }"
        )
        return list(zip(*made, strict=True))
