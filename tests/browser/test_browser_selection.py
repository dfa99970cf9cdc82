"""A click on a trigger cell selects it, in both panes, in the card and in the address."""

import numpy as np
import pytest
from pixels import near, rgb
from truth import cells_of, numbers_in

from bye_splits.dashboard.figures.colours import THEMES

MARK = rgb(THEMES["dark"]["mark"])


def assert_card(page, cell):
    """The card shows, soon, what the file says of a cell."""
    place = f"{cell.cellu:.0f}, "
    card = page.until(
        lambda: place in (shown := page.card).get("cell u, v", shown.get("scintillator", "")) and shown,
        f"the card of cell {place}",
    )
    assert numbers_in(card["layer"].split()[0]) == [cell.layer]
    if cell.waferu == -999:
        assert numbers_in(card["scintillator"]) == [cell.cellu, cell.cellv]
    else:
        assert numbers_in(card["wafer u, v"]) == [cell.waferu, cell.waferv]
        assert numbers_in(card["cell u, v"]) == [cell.cellu, cell.cellv]
    for label, value in (("mipT", cell.mipPt), ("pT", cell.pt), ("energy", cell.energy)):
        assert numbers_in(card[label])[0] == pytest.approx(value, rel=0.006)
    assert numbers_in(card["x, y, z"]) == pytest.approx([cell.x, cell.y, cell.z], abs=0.06)


def address_of(cell) -> str:
    return ".".join(str(int(cell[name])) for name in ("layer", "waferu", "waferv", "cellu", "cellv"))


def marked(picture) -> int:
    """Number of pixels of the mark's colour."""
    return int(near(picture, MARK, 40).sum())


def test_in_the_map(display, samples, geometry):
    page = display("?event=7")
    page.shows(event=7)
    cells = cells_of(samples.quiet.event(7), geometry, layer=page.layer)
    page.page.get_by_role("tab", name="Trigger cell").click()
    hint = page.page.locator(".hint:visible")
    assert hint.inner_text().startswith("Click a trigger cell")
    assert "selected" not in page.shower["traces"]
    camera = page.shower["camera"]
    for _, cell in cells.iloc[[1, 3]].iterrows():
        x, y = page.at(cell.mx, cell.my)
        around = {"left": x - 14, "top": y - 14, "width": 28, "height": 28}  # without its neighbours
        before = marked(page.picture(around))
        page.page.mouse.click(*page.at(cell.mx, cell.my))
        page.until(lambda cell=cell: page.link.get("cell") == address_of(cell), "the cell in the address")
        page.until(lambda: "selected" in page.shower["traces"] and page.map["selected"] == 1, "both marks")
        assert_card(page, cell)
        page.until(
            lambda around=around, before=before: marked(page.picture(around)) > before + 20,
            "the mark around this cell",
        )
    assert page.shower["camera"] == camera

    cells = cells_of(samples.quiet.event(7), geometry)
    cells = cells[cells.z.between(*page.shower["ranges"][0])]
    cell = cells.iloc[page.project(cells[["mx", "my", "z"]])[:, 2].argmin()]  # nothing is before it
    while (layer := page.layer) != cell.layer:
        page.page.keyboard.press("ArrowLeft" if layer > cell.layer else "ArrowRight")
        page.until(lambda layer=layer: page.layer != layer, "another layer")
        page.shows()
    page.page.mouse.click(*page.at(cell.mx, cell.my))
    page.until(lambda: page.link.get("cell") == address_of(cell), "the nearest cell in the address")
    page.until(lambda: marked(page.shower_picture()) > 20, "the mark in the shower")
    x, y, _ = page.project([[cell.mx, cell.my, cell.z]])[0]
    assert marked(page.picture({"left": x - 30, "top": y - 30, "width": 60, "height": 60})) > 20

    page.press("Next")
    page.shows(event=8)
    page.until(lambda: "cell" not in page.link and page.map["selected"] == 0, "nothing is selected")


def test_in_the_shower(display, samples, geometry):
    page = display("?event=7&layer=27")
    page.shows(event=7, layer=27)
    cells = cells_of(samples.quiet.event(7), geometry)
    (cell,) = page.until(lambda: page.hover_in_3d(cells), "the tooltip of a cell as the file has it", 40)
    assert f"layer {cell.layer:.0f} " in page.tooltip
    frame = page.shower["frame"]
    page.hover(frame["left"] + 8, frame["top"] + frame["height"] - 60)
    page.until(lambda: not page.tooltip, "no tooltip where nothing is")

    cells = cells[cells.layer != 27]

    def clicked():
        for cell in page.hover_in_3d(cells):
            page.page.mouse.down()
            page.page.mouse.up()
            for _ in range(40):
                if page.link.get("cell") == address_of(cell):
                    return (cell,)
                page.page.wait_for_timeout(50)
        return ()

    (cell,) = page.until(clicked, "a cell that was clicked in the address", 60)
    page.shows(layer=int(cell.layer))
    page.until(lambda: "selected" in page.shower["traces"] and page.map["selected"] == 1, "both marks")
    assert_card(page, cell)
    page.page.keyboard.press("ArrowRight")
    page.until(lambda: page.layer > cell.layer and page.map["selected"] == 0, "no mark in another layer")
    assert "selected" in page.shower["traces"], "but still in 3D"
    assert_card(page, cell)


def test_in_the_shower_at_once_after_the_camera_moved(display, samples, geometry):
    """The click need not wait for the whole picture, nor for a further movement of the mouse."""
    page = display("?event=7")
    page.shows(event=7)
    cells = cells_of(samples.quiet.event(7), geometry)
    cells = cells[cells.z.between(*page.shower["ranges"][0])]
    frame = page.shower["frame"]
    x, y = frame["left"] + frame["width"] / 2, frame["top"] + frame["height"] / 2
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    for step in range(1, 5):
        page.page.mouse.move(x + 6 * step, y)
    page.page.mouse.up()
    seen = []

    def still():
        seen.append(page.project(cells[["mx", "my", "z"]]).tolist())
        return seen[-3:-2] == seen[-2:-1] == seen[-1:]

    page.until(still, "a camera at the end of its way")
    pixels = np.array(seen[-1])
    nearest = pixels[:, 2].argmin()  # nothing is before it
    page.page.mouse.click(*pixels[nearest, :2])
    page.until(lambda: page.link.get("cell") == address_of(cells.iloc[nearest]), "the clicked cell")


def test_in_the_negative_endcap(display, samples, geometry):
    event = samples.both_sides.event(1)
    layer = int(cells_of(event, geometry, -1).layer.iloc[0])
    page = display(f"?particle=pions&pileup=0&event=1&endcap=minus&layer={layer}")
    page.shows(event=1, layer=layer)
    cell = cells_of(event, geometry, -1, layer).iloc[0]
    assert f"z = \u2212{abs(geometry.layer_z[layer]):.1f} cm" in page.titles[0]
    assert abs(cell.mx - cell.x) < 2, "the outline is where the file says that the cell is"
    page.page.mouse.click(*page.at(cell.mx, cell.my))
    page.until(lambda: page.link.get("cell") == address_of(cell), "the cell in the address")
    assert_card(page, cell)
    page.until(lambda: page.map["selected"] == 1 and "selected" in page.shower["traces"], "both marks")
