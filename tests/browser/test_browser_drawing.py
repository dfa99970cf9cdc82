"""Both panes are drawn, judged by their pixels; at the sizes and in the themes that are used."""

import numpy as np
import pytest
from pages import DisplayPage
from pixels import n_colours, near, rgb, viridis_place
from truth import cells_of

from bye_splits.dashboard.figures.colours import THEMES
from bye_splits.dashboard.figures.raster import Viewport, borders_in_view

DARK, LIGHT = ({name: rgb(THEMES[theme][name]) for name in ("pane", "cell")} for theme in ("dark", "light"))


@pytest.fixture(scope="module")
def opened_alone(kept):
    page = kept.new(DisplayPage, "/display?panes=2D&event=7")
    page.shows(event=7)
    return page


@pytest.fixture(scope="module")
def opened_both(kept):
    page = kept.new(DisplayPage, "/display?event=7")
    page.shows(event=7)
    return page


@pytest.fixture
def map_alone(opened_alone):
    opened_alone.page.bring_to_front()  # a page behind another one draws a frame a second
    return opened_alone


@pytest.fixture
def both(opened_both):
    opened_both.page.bring_to_front()
    return opened_both


def test_every_cell_of_the_layer_has_the_colour_of_its_mip(map_alone, samples, geometry):
    page = map_alone
    everything = cells_of(samples.quiet.event(7), geometry).mipPt
    low, high = np.log(everything.min()), np.log(everything.max())
    places, now = viridis_place(page.map_picture()), page.map
    cross, seeds = page.at(*now["generated"]), page.page.evaluate("() => probe.seeds()")
    names = [
        np.add(page.at(x, y), (right, down))
        for x, y, right, down in zip(*(seeds[name] for name in ("x", "y", "right", "down")), strict=True)
    ]
    checked = []
    for cell in cells_of(samples.quiet.event(7), geometry, layer=page.layer).itertuples():
        x, y = page.at(cell.mx, cell.my)
        column, row = round(x - now["frame"]["left"]), round(y - now["frame"]["top"])
        inside = 0 <= column < places.shape[1] and 0 <= row < places.shape[0]
        near, far = sorted([abs(x - cross[0]), abs(y - cross[1])])
        marked = far < 14 or (near < 5 and far < 33) or any(np.abs(at - (x, y)).max() < 11 for at in names)
        if not inside or marked:
            continue  # out of view, or below a mark or a name
        expected = 255 * (np.log(cell.mipPt) - low) / (high - low)
        assert abs(places[row, column] - expected) <= 3, f"{cell} has the wrong colour"
        checked.append(expected)
    assert len(checked) >= 4
    assert np.ptp(checked) > 40, "the colours differ"


def test_borders_of_wafers_have_no_holes(map_alone, geometry):
    """Across a border, at any of its points, there is one line."""
    page = map_alone
    cell, wafer = (rgb(THEMES["dark"][name]) for name in ("cell", "wafer"))
    for whole in (False, True):
        if whole:
            page.press("Whole layer")
            page.until(lambda: page.map["range"]["x1"] > 150, "the whole layer")
        now = page.settled()
        view = Viewport(*(now["sent"][name] for name in ("x0", "x1", "y0", "y1", "width", "height")))
        lines = borders_in_view(geometry, page.layer, "+z", view).astype(float)
        along = lines[:, 1] - lines[:, 0]
        part = np.linspace(0.02, 0.98, 300)[:, None, None]
        x, y = page.at(*np.moveaxis(lines[:, 0] + part * along, -1, 0))
        column, row = x - now["frame"]["left"], y - now["frame"]["top"]
        picture = page.map_picture().astype(float) - cell
        strength = picture[..., 1] / (wafer - cell)[1]
        detector = (np.abs(picture - strength[..., None] * (wafer - cell)) < 6).all(axis=-1)
        for upright in (False, True):
            mine = (np.abs(along[:, 0]) < 1e-3) == upright
            c, r = (np.floor(k[:, mine]).astype(int).ravel() for k in (column, row))
            inside = (c > 5) & (c < strength.shape[1] - 6) & (r > 5) & (r < strength.shape[0] - 6)
            across = np.arange(-3, 4)[:, None]
            c, r = (c[inside] + across, r[inside]) if upright else (c[inside], r[inside] + across)
            band = strength[r, c][:, detector[r, c].all(axis=0)]  # no signal, no marks
            assert band.shape[1] > 300
            total = band.sum(axis=0)
            assert 1 < np.median(total) < 2.2
            assert (total > 0.6).mean() > 0.99, "a line of 1.3 pixels, with what is darker outside beside it"


def assert_shower_fills_its_pane(page, part):
    picture = page.shower_picture()
    coloured = viridis_place(picture) >= 0
    assert coloured.mean() > part
    assert n_colours(picture[coloured]) > 12
    rows, columns = np.nonzero(coloured)
    assert np.ptp(rows) > 0.3 * coloured.shape[0]
    assert np.ptp(columns) > 0.3 * coloured.shape[1]


def assert_nothing_to_scroll(page):
    """Both panes are in the window as a whole."""
    width, height = (page.page.viewport_size[name] for name in ("width", "height"))
    page.until(lambda: page.page.evaluate("() => innerWidth") == width and page.map["settled"], "the size")
    measured = "() => { const e = document.scrollingElement; return [e.scrollWidth, e.scrollHeight]; }"
    assert page.page.evaluate(measured) == [width, height]
    for frame in (page.map["frame"], page.shower["frame"]):
        assert frame["left"] >= 250
        assert frame["top"] >= 46
        assert frame["left"] + frame["width"] <= width
        assert frame["top"] + frame["height"] <= height
        assert frame["height"] > 0.34 * height
    for pane in page.page.locator(".pane").all():
        box = pane.bounding_box()
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height


def assert_nothing_cut(page):
    """The facts stand in one line, and no words of it, of the panes' titles or of a select are cut."""
    facts = page.page.locator(".fact")
    assert len({box["y"] for box in (fact.bounding_box() for fact in facts.all())}) == 1
    words = page.page.locator(".fact span, [data-pane] .title")
    assert words.count() > 2 * facts.count()
    cut = "(all) => all.filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.innerText)"
    assert words.evaluate_all(cut) == []
    # Of a select, the room for its words cannot be asked for: between its paddings they have to fit.
    wide = """(all) => all.filter((e) => e.clientWidth && e.value).map((e) => {
        const style = getComputedStyle(e), pen = document.createElement("canvas").getContext("2d");
        pen.font = style.font;
        const room = e.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
        return [e.value, room - pen.measureText(e.selectedOptions[0].text).width];
    })"""
    rooms = dict(page.page.locator("aside select").evaluate_all(wide))
    assert "min_distance" in rooms
    assert min(rooms.values()) >= 0, rooms


def assert_sidebar_in_sight(page):
    aside = page.page.locator("aside")
    assert aside.evaluate("(aside) => aside.scrollHeight <= aside.clientHeight")
    last = page.page.get_by_role("button", name="Parquet").bounding_box()
    assert last["y"] + last["height"] <= page.page.viewport_size["height"]


def test_an_event_without_pile_up(both):
    page = both
    picture = page.map_picture()
    assert near(picture, DARK["cell"], 1).mean() > 0.4, "the detector is faintly there"
    edges = ~near(picture, DARK["cell"], 1) & (viridis_place(picture) < 0)
    assert edges.mean() > 0.03
    assert_shower_fills_its_pane(page, 0.01)
    assert_nothing_to_scroll(page)
    assert_nothing_cut(page)
    page.press("Whole layer")
    page.until(lambda: page.map["range"]["x1"] > 150, "the whole layer")
    page.settled()
    picture = page.map_picture()
    assert near(picture, DARK["pane"], 1).mean() > 0.2, "outside of the detector, and the hole at the beam"
    assert near(picture, DARK["cell"], 1).mean() > 0.2, "the detector"
    page.press("To the shower")
    page.until(lambda: page.map["range"]["x1"] < 150, "the shower")
    page.settled()


def test_an_event_with_pile_up(display):
    page = display("?particle=photons&pileup=200")
    assert_nothing_to_scroll(page)
    assert_nothing_cut(page)
    assert_shower_fills_its_pane(page, 0.03)
    page.page.set_viewport_size({"width": 1600, "height": 1000})
    assert_nothing_to_scroll(page)
    page.until(lambda: page.shower["frame"]["height"] > 450, "a larger 3D pane")
    assert_nothing_cut(page)
    assert_sidebar_in_sight(page)
    assert_shower_fills_its_pane(page, 0.04)  # the walls of the cells are darker than the scale


def test_the_negative_endcap_is_drawn_mirrored_as_it_is(display, samples, geometry):
    page = display("?particle=pions&pileup=0&event=1&endcap=minus")
    page.shows(event=1)
    event = samples.both_sides.event(1)
    cell = cells_of(event, geometry, zside=-1).iloc[0]
    assert cell.z < 0
    assert f"z = \u2212{abs(geometry.layer_z[page.layer]):.1f} cm" in page.titles[0]
    shown = cells_of(event, geometry, -1, page.layer)
    cell = shown.iloc[0]
    assert abs(cell.mx - cell.x) < 2, "the outline is where the file says that the cell is"
    now, picture = page.settled(), viridis_place(page.map_picture())
    pixels = np.array([page.at(cell.mx, cell.my) for cell in shown.itertuples()]).round().astype(int)
    column, row = (pixels - [round(now["frame"]["left"]), round(now["frame"]["top"])]).T
    seen = (column >= 0) & (column < picture.shape[1]) & (row >= 0) & (row < picture.shape[0])
    assert seen.sum() > 5
    places = picture[row[seen], column[seen]]
    places = places[places > 0]  # the others are below the marks of seeds
    assert len(places) > 5
    assert (np.diff(places) <= 3).all(), "less mipT is darker"
    low, high = sorted(page.shower["ranges"][0])
    assert -530 < low < high < -310
    assert (viridis_place(page.shower_picture()) >= 0).mean() > 0.005


def test_light_and_dark(both):
    page = both
    assert page.theme == "dark"
    assert page.shower["background"] == page.map["background"] == "#11161d"
    before = page.map_picture().mean(), page.shower_picture().mean()
    camera = page.shower["camera"]
    page.press("Light")
    page.until(
        lambda: (
            page.shower["background"] == page.map["background"] == "#ffffff"
            and page.link.get("theme") == "light"
        ),
        "white panes",
    )
    assert page.theme == "light"
    assert page.shower["camera"] == camera
    page.until(lambda: near(page.map_picture(), LIGHT["cell"], 1).mean() > 0.4, "cells of the light theme")
    page.until(lambda: near(page.shower_picture(), LIGHT["pane"], 1).mean() > 0.4, "a white 3D pane")
    assert page.page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(238, 241, 245)"
    assert page.map_picture().mean() > before[0] + 100
    assert page.shower_picture().mean() > before[1] + 100
    page.press("Dark")
    page.until(lambda: page.shower["background"] == page.map["background"] == "#11161d", "dark panes again")
    assert page.theme == "dark"


def test_one_pane_or_both(both):
    page = both
    panes = {name: page.page.locator(f'.pane[data-pane="{name}"]') for name in ("2D", "3D")}
    usual, view = page.map["frame"]["width"], page.map["range"]
    page.press("2D")
    page.until(lambda: not panes["3D"].is_visible() and page.link.get("panes") == "2D", "the map alone")
    page.until(lambda: page.map["frame"]["width"] > 1.8 * usual and page.map["settled"], "a wide map")
    now = page.map
    assert now["sent"]["width"] == round(now["width"]), "the raster has the new size"
    page.press("3D")
    page.until(lambda: not panes["2D"].is_visible() and panes["3D"].is_visible(), "the shower alone")
    page.until(lambda: page.shower["frame"]["width"] > 900, "a wide shower")
    page.press("Next")
    page.until(lambda: page.event == 8, "the next event")
    page.press("both")
    page.until(lambda: panes["2D"].is_visible() and panes["3D"].is_visible(), "both panes")
    page.until(lambda: abs(page.map["frame"]["width"] - usual) < 9 and page.map["settled"], "a map as before")
    now = page.map["range"]
    assert now["x1"] - now["x0"] == pytest.approx(view["x1"] - view["x0"], rel=0.03)
    page.until(
        lambda: (viridis_place(page.map_picture()) >= 0).any(), "the new event in the map that was hidden"
    )
