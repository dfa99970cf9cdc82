"""What a tooltip says is what the file says of the cell below the mouse."""

import numpy as np
import pytest
from truth import cells_of, differences, read_tooltip


def in_view(page, cells, margin=0.5):
    view = page.map["range"]
    inside = (cells.mx > view["x0"] + margin) & (cells.mx < view["x1"] - margin)
    return cells[inside & (cells.my > view["y0"] + margin) & (cells.my < view["y1"] - margin)]


def hovered(page, cell):
    """Its tooltip appears, once the mouse is where the map draws it: a busy page may still move the map."""

    def right():
        page.hover(*page.at(cell.mx, cell.my))
        return not differences(page.tooltip, cell)

    page.until(right, f"the tooltip of {cell}")


def test_cells_of_the_map(flat, samples, geometry):
    page = flat("?event=7")
    page.shows(event=7)
    signal = in_view(page, cells_of(samples.quiet.event(7), geometry, layer=page.layer))
    assert len(signal) >= 5
    for cell in signal[:5].itertuples():
        hovered(page, cell)
    numbers = geometry.numbers_of_layer(page.layer)
    empty = np.setdiff1d(numbers, cells_of(samples.quiet.event(7), geometry, layer=page.layer).number)
    middle = geometry.corners(empty).mean(axis=1)
    view = page.map["range"]
    seen = (np.abs(middle - [(view["x0"] + view["x1"]) / 2, (view["y0"] + view["y1"]) / 2]) < 15).all(axis=1)
    place = np.flatnonzero(seen)[0]
    page.hover(*page.at(*middle[place]))
    cell = geometry.trigger_cells.iloc[empty[place]]
    page.until(lambda: "no signal" in page.tooltip, "an empty cell")
    said = read_tooltip(page.tooltip)
    assert said["wafer"] == [cell.waferu, cell.waferv]
    assert said["cell"] == [cell.cellu, cell.cellv]
    assert "mipT" not in said

    page.press("Whole layer")
    page.until(lambda: page.map["range"]["x1"] > 150, "the whole layer")
    page.settled()
    page.hover(*page.at(*middle[place]))
    page.until(lambda: page.tooltip, "a tooltip")
    page.hover(*page.at(0, 0))
    page.until(lambda: not page.tooltip, "no tooltip at the beam")


def test_scintillator_and_the_negative_endcap(flat, samples, geometry):
    cells = samples.both_sides.event(1).trigger_cells
    tiles = cells_of(samples.both_sides.event(1), geometry, zside=-1)
    tiles = tiles[(tiles.waferu == -999) & (tiles.z < 0)]
    layer = int(tiles.layer.iloc[0])
    page = flat(f"?particle=pions&pileup=0&event=1&endcap=minus&layer={layer}")
    page.shows(event=1, layer=layer)
    page.press("Whole layer")
    page.until(lambda: page.map["range"]["x1"] > 150, "the whole layer")
    page.settled()
    assert (cells.z < 0).any()
    for cell in tiles[tiles.layer == layer][:3].itertuples():
        hovered(page, cell)
        assert "scintillator" in page.tooltip


@pytest.mark.fresh_pages  # where the mouse has not been
def test_cells_in_3d_are_looked_for_where_the_mouse_is(display, samples, geometry):
    """The picture for the mouse is read as it comes, and anew if another event is drawn below it."""
    page = display("?event=7&around=all")
    page.shows(event=7)
    read = "() => probe.plot()._fullLayout.scene._scene.glplot.frames.read"
    page.page.mouse.move(5, 5)
    before = page.page.evaluate(read)
    layer = page.layer
    page.page.keyboard.press("ArrowRight")
    page.until(lambda: page.layer > layer, "the next layer")
    page.shows()
    assert page.page.evaluate(read) == before
    page.until(lambda: page.hover_in_3d(cells_of(samples.quiet.event(7), geometry)), "a tooltip")
    assert page.page.evaluate(read) > before
    page.page.keyboard.press("ArrowDown")
    page.shows(event=8)

    def true():
        said = page.tooltip
        others = cells_of(samples.quiet.event(8), geometry).itertuples()
        return not said or any(not differences(said, cell) for cell in others)

    page.until(true, "nothing of the previous event")
