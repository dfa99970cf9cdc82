"""The chain's controls: what is drawn follows the hand, and is what the chain makes of the event."""

from urllib.parse import urlsplit

import numpy as np
import pytest
from chain_truth import SPLIT, chain_cells, wrong
from pixels import near, rgb

from bye_splits.chain import ChainParameters, run


def agrees(page, event, **changes):
    """Wait until all of the page shows what the chain makes of the event."""
    parameters, found = ChainParameters(**changes), ["nothing was asked yet"]

    def there():
        found[:] = wrong(page, event, parameters)
        return not found

    try:
        page.until(there, f"the chain with {changes}", 10)
    except AssertionError as error:
        raise AssertionError(f"{error}: {found}") from None


def circle_pixels(page, colour) -> float:
    """Part of the drawn circle of the first seed that has a colour, on the screen."""
    seeds, now, picture = page.classes["seeds"], page.map, page.map_picture()
    found = []
    for angle in np.linspace(0, 2 * np.pi, 60):
        x, y = page.at(
            seeds["x"][0] + seeds["radius"][0] * np.cos(angle),
            seeds["y"][0] + seeds["radius"][0] * np.sin(angle),
        )
        column, row = round(x - now["frame"]["left"]), round(y - now["frame"]["top"])
        if 2 <= column < picture.shape[1] - 2 and 2 <= row < picture.shape[0] - 2:
            found.append(near(picture[row - 2 : row + 3, column - 2 : column + 3], colour, 40).any())
    assert found
    return np.mean(found)


def test_the_radius_is_dragged(display, samples, geometry):
    page = display("?event=7&layer=13&colour=cluster")
    page.shows(event=7, layer=13)
    event = samples.quiet.event(7)
    agrees(page, event)
    assert page.slider_text("Radius") == "by layer"
    seen, pixels = [], []
    for value in page.drag("Radius", (0.003, 0.006, 0.009, 0.012, 0.018)):
        page.until(
            lambda value=value: abs(float(page.slider_text("Radius")) - value) < 0.002, "a moved handle"
        )
        radius = float(page.slider_text("Radius"))
        agrees(page, event, radius=radius)  # the button is still down
        seen.append(sum(n for _, n in page.classes_in_3d["triangles"]) / 2)
        drawn = page.classes
        pixels.append(sum(n for _, n in drawn["pixels"]))
        assert drawn["seeds"]["radius"] == pytest.approx([radius * geometry.layer_z[13]])
    assert len(set(seen)) > 2
    assert seen == sorted(seen)
    assert pixels[-1] > pixels[2] > pixels[0]
    page.until(lambda: float(page.link.get("radius", 0)) == radius, "the radius in the address")
    colour = rgb(page.classes["seeds"]["colour"][0])
    page.page.mouse.move(*page.map_middle())
    page.until(lambda: circle_pixels(page, colour) > 0.7, "the circle of that radius")

    other = display("?" + urlsplit(page.page.url).query)
    other.shows(event=7, layer=13)
    agrees(other, event, radius=radius)
    assert other.slider_text("Radius") == page.slider_text("Radius")
    assert other.link == page.link
    page.page.bring_to_front()  # behind another one it draws a frame a second
    for _ in page.drag("Radius", (0.01, -0.01)):
        pass
    page.until(lambda: page.slider_text("Radius") == "by layer" and "radius" not in page.link, "by layer")
    agrees(page, event)


def test_seeds_and_algorithms(display, samples):
    page = display(SPLIT)
    page.shows(event=12)
    event = samples.split.event(12)
    agrees(page, event)
    cells = chain_cells(event)
    many = len(run(cells, ChainParameters()).clusters)
    assert many == 2
    seen = []
    title = "Seed threshold [mipT]"
    for value in page.drag(title, (60, 100, 125)):
        page.until(lambda value=value: abs(float(page.slider_text(title)) - value) < 3, "a moved handle")
        threshold = float(page.slider_text(title))
        agrees(page, event, seed_threshold=threshold)
        seen.append(len(page.table))
    assert seen == [2, 2, 1]
    page.until(lambda: float(page.link.get("seeds", 0)) == threshold, "the threshold in the address")

    page.page.goto(page.page.url.partition("?")[0] + SPLIT)
    page = type(page)(page.page)
    page.shows(event=12)
    window = page.slider("Seed window")
    window.focus()
    for reach in (2, 3):
        window.press("ArrowRight")
        page.until(lambda reach=reach: page.link.get("window") == str(reach), "the window in the address")
        agrees(page, event, seed_window=reach)
    assert len(page.table) == 1
    for _ in range(2):
        window.press("ArrowLeft")
    page.until(lambda: "window" not in page.link, "the configured window")
    for label, name, value, usual in (
        ("Kernel", "kernel", "flat_top", "default"),
        ("Association", "association", "max_energy", "min_distance"),
        ("Chain", "chain", "coarse_seeding", "default"),
    ):
        field = page.field(label)
        field.select_option(value)
        page.until(lambda name=name, value=value: page.link.get(name) == value, f"{value} in the address")
        agrees(page, event, **{name: value})
        field.select_option(usual)
        page.until(lambda name=name: name not in page.link, f"{usual} again")
    agrees(page, event)
