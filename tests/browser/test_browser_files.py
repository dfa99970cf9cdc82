"""What leaves the page: tables that pandas reads as they are, and pictures with a caption."""

import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from PIL import Image

from bye_splits.chain import run

COLOURED = 100  # least range of each colour channel of a picture in which something is seen


def saved(page, action, tmp_path):
    with page.page.expect_download() as download:
        action()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    return path


def save(page, kind, tmp_path):
    return saved(page, page.page.get_by_role("button", name=kind, exact=True).click, tmp_path)


def test_tables_are_read_by_pandas_alone(flat, samples, tmp_path):
    page = flat("?event=7&threshold=2&layers=5-21&radiusB=0.005&compare=A")
    page.shows(event=7)
    cells = samples.quiet.event(7).trigger_cells
    result = run(cells[cells.z > 0])
    shown = cells[(cells.mipPt >= 2) & cells.layer.between(5, 21)]
    assert 5 < len(shown) < len(cells)

    csv = save(page, "CSV", tmp_path)
    assert csv.name == "photons_0_event7_plus_cells.csv"
    table = pd.read_csv(csv)
    assert table.columns.tolist() == [*cells.columns, "cluster_a", "cluster_b"]
    np.testing.assert_allclose(table.iloc[:, : len(cells.columns)].to_numpy(), shown.to_numpy(), rtol=1e-5)
    of_cell = pd.Series(result.cluster_of_cell, index=cells.index[cells.z > 0])
    assert table.cluster_a.tolist() == of_cell[shown.index].tolist()
    assert set(table.cluster_a) != set(table.cluster_b)  # the small radius leaves cells out

    parquet = save(page, "Parquet", tmp_path)
    pd.testing.assert_frame_equal(pd.read_parquet(parquet)[list(cells.columns)], shown.reset_index(drop=True))
    assert pq.read_schema(parquet).field("x").metadata[b"unit"] == b"cm"

    companion = save(page, "JSON", tmp_path)
    assert companion.name == "photons_0_event7_plus.json"
    said = json.loads(companion.read_text())
    assert (said["event"], said["cells"]["limits"]["layers"]) == (7, [5, 21])
    assert said["parameters"]["B"]["radius"] == 0.005

    page.page.get_by_label("Save which table").select_option("clusters")
    page.press("Next")
    page.shows(event=8)
    clusters = save(page, "CSV", tmp_path)
    assert clusters.name == "photons_0_event8_plus_clusters.csv"
    cells = samples.quiet.event(8).trigger_cells
    expected = run(cells[cells.z > 0]).clusters
    table = pd.read_csv(clusters)
    of_a = table[table.set == "A"]
    assert of_a.cluster.tolist() == list(range(len(expected)))
    np.testing.assert_allclose(of_a.pt, expected.pt)


def save_shower(page, tmp_path):
    page.page.mouse.move(*[page.shower["frame"][side] + 40 for side in ("left", "top")])
    return saved(page, page.page.locator('.modebar-btn[data-title^="Download"]').first.click, tmp_path)


def follow_words(page) -> None:
    """Have the page keep what it writes on canvases, and the letters, see `written`."""
    page.page.evaluate("""() => {
        if (window.written) return;
        const { prototype } = CanvasRenderingContext2D, { fillText } = prototype;
        window.written = [];
        prototype.fillText = function (text, ...place) {
            window.written.push([text, this.font]);
            return fillText.call(this, text, ...place);
        };
    }""")


def written(page, action) -> list[tuple[str, str]]:
    """Texts and their letters that are written during an action."""
    page.page.evaluate("() => { window.written.length = 0; }")
    action()
    return page.page.evaluate("() => window.written")


def picture(path, size) -> np.ndarray:
    """The part of a picture below what the page shows, uint8, shape (n, width, 3)."""
    with Image.open(path) as opened:
        image = np.asarray(opened.convert("RGB"))
    assert np.ptp(image.reshape(-1, 3), axis=0).min() > COLOURED
    return image[round(size["height"] * image.shape[1] / size["width"]) :]


def test_pictures_are_named_and_have_captions(display, tmp_path):
    page = display("?event=7&layer=11")
    page.shows(event=7)
    words = page.page.evaluate("""() => byeSplits.ask("caption")
        .then(({ name, content }) => [name, new TextDecoder().decode(content)])""")
    assert words[0] == "photons_0_event7_plus"
    assert "radius by layer" in words[1]
    assert words[1].endswith("toy simulation, not CMS data")

    layer = saved(page, lambda: page.tool("save"), tmp_path)
    assert layer.name == "photons_0_event7_plus_layer11.png"
    size = page.page.locator('[data-pane="2D"] .bk-Figure').bounding_box()
    below = picture(layer, size)
    lines = np.ptp(below.max(axis=2).astype(int), axis=1) > COLOURED
    assert np.count_nonzero(np.diff(lines.astype(int)) == 1) >= 6  # lines of text

    shower = save_shower(page, tmp_path)
    assert shower.name == "photons_0_event7_plus_shower.png"

    plot = page.page.locator(".stages-pane .bk-Figure:visible").first
    plot.hover()
    stages = saved(page, plot.locator('[class*="save"]').first.click, tmp_path)
    assert stages.name == "photons_0_event7_plus_stages.png"
    body = page.page.locator(".stages-pane .pane-body").bounding_box()
    with Image.open(stages) as image:
        assert image.width == pytest.approx(body["width"], abs=3)  # all maps in one picture
        assert image.height > body["height"]


def test_a_picture_of_the_shower_is_what_the_page_shows(display, tmp_path):
    page = display("?event=7&camera=front")
    page.shows(event=7)
    shower = save_shower(page, tmp_path)
    page.page.mouse.move(1, 1)  # the buttons over the plot go
    graph = page.page.locator('[data-pane="3D"] .js-plotly-plot').bounding_box()
    with Image.open(shower) as opened:
        image = np.asarray(opened.convert("RGB")).astype(int)
    here = {"left": graph["x"], "top": graph["y"], **graph}

    top = 24  # px, in which buttons are over the plot

    def alike():
        seen = page.picture(here)[top:].astype(int)
        there = image[top : top + len(seen), : seen.shape[1]]
        assert (np.abs(there - there[0, 0]).max(axis=2) > 30).mean() > 0.02  # something is drawn
        return (np.abs(seen - there).max(axis=2) > 60).mean() < 0.002

    page.until(alike, "the page as in the picture")
    height = round(graph["height"])
    vivid = np.ptp(image, axis=2) > 120
    assert vivid[:height].any()
    assert not vivid[height + 1 :].any()  # the only scale is beside the plot


def test_pictures_of_the_shower_say_how_one_looks_at_it(display, tmp_path):
    page = display("?event=7&camera=side&stretch=0.5")
    page.shows(event=7)
    follow_words(page)

    def said():
        words = written(page, lambda: save_shower(page, tmp_path))
        return [line for line, _ in words if line.startswith("View: ")]

    assert said() == ["View: Side, perspective projection \u00b7 z stretched by 0.5"]
    page.button("data-switch", "orthographic").click()
    page.until(lambda: page.link.get("projection") == "orthographic", "a parallel projection")
    page.button("data-view", "usual").click()
    page.until(
        lambda: said() == ["View: 3D, parallel projection \u00b7 z stretched by 0.5"], "the usual view"
    )

    frame = page.shower["frame"]
    page.page.mouse.move(frame["left"] + 200, frame["top"] + 200)
    page.page.mouse.down()
    page.page.mouse.move(frame["left"] + 300, frame["top"] + 250, steps=8)
    page.page.mouse.up()
    page.until(lambda: "," in page.link.get("camera", ""), "a turned camera")
    assert said() == ["View: free camera, parallel projection \u00b7 z stretched by 0.5"]


def test_pictures_of_the_stages_say_what_the_maps_are(display, tmp_path):
    page = display("?event=7")
    page.shows(event=7)
    follow_words(page)
    plot = page.page.locator(".stages-pane .bk-Figure:visible").first
    plot.hover()
    words = written(page, lambda: saved(page, plot.locator('[class*="save"]').first.click, tmp_path))
    lines = " ".join(line for line, _ in words)
    assert "Histogram: mipT \u00b7 Smoothed: mipT \u00b7 Seeds: below 20 mipT, not the maximum" in lines
    of_page = page.page.locator(".stages s:visible").first.evaluate("(one) => getComputedStyle(one).fontSize")
    assert [of_page in letters for line, letters in words if line == "below 20"] == [True]


def test_pictures_of_the_geometry_have_captions(detector, tmp_path):
    page = detector("?layer=9")
    page.settled()
    layer = saved(page, lambda: page.tool("save"), tmp_path)
    assert layer.name == "photons_0_geometry_layer9.png"
    size = page.page.locator('[data-pane="2D"] .bk-Figure').bounding_box()
    below = picture(layer, size).reshape(-1, 3)
    swatches = page.page.locator(".facts .swatch").evaluate_all(
        "all => all.map((one) => getComputedStyle(one).backgroundColor.match(/\\d+/g).map(Number))"
    )
    assert len(swatches) >= 3
    for colour in swatches:
        assert (below == colour).all(axis=1).sum() >= 25, colour
