"""Downloads: the shown trigger cells as CSV and parquet, panes as PNG."""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from PIL import Image


def saved(page, button, tmp_path):
    with page.page.expect_download() as download:
        button.click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_shown_cells_and_pictures(display, samples, tmp_path):
    page = display("?event=7&threshold=2&layers=5-21")
    page.shows(event=7)
    cells = samples.quiet.event(7).trigger_cells
    shown = cells[(cells.mipPt >= 2) & cells.layer.between(5, 21)]
    assert 5 < len(shown) < len(cells)
    buttons = {name: page.page.get_by_role("button", name=name, exact=True) for name in ("CSV", "Parquet")}

    csv = saved(page, buttons["CSV"], tmp_path)
    assert csv.name == "photons_0_event7_plus.csv"
    heading, names = csv.read_text().splitlines()[:2]
    assert heading.startswith("# Trigger cells of event 7")
    assert "mipPt >= 2" in heading
    assert "layers 5 to 21" in heading
    assert "pt [GeV]" in names.split(",")
    table = pd.read_csv(csv, comment="#")
    assert table.columns.str.partition(" ").get_level_values(0).tolist() == cells.columns.tolist()
    np.testing.assert_allclose(table.to_numpy(), shown.to_numpy(), rtol=1e-5)

    parquet = saved(page, buttons["Parquet"], tmp_path)
    pd.testing.assert_frame_equal(pd.read_parquet(parquet), shown.reset_index(drop=True))
    schema = pq.read_schema(parquet)
    assert schema.field("x").metadata[b"unit"] == b"cm"
    assert b"event 7" in schema.metadata[b"description"]

    page.press("Next")
    page.shows(event=8)
    page.until(lambda: buttons["CSV"].count(), "the button")
    again = page.until(lambda: saved(page, buttons["CSV"], tmp_path), "a second file")
    cells = samples.quiet.event(8).trigger_cells
    assert again.name == "photons_0_event8_plus.csv"
    assert len(pd.read_csv(again, comment="#")) == ((cells.mipPt >= 2) & cells.layer.between(5, 21)).sum()

    with page.page.expect_download() as download:
        page.tool("save")
    path = tmp_path / "map.png"
    download.value.save_as(path)
    assert np.ptp(np.asarray(Image.open(path).convert("RGB")).reshape(-1, 3), axis=0).min() > 100
    page.page.mouse.move(*[page.shower["frame"][side] + 40 for side in ("left", "top")])
    with page.page.expect_download() as download:
        page.page.locator('.modebar-btn[data-title^="Download"]').first.click()
    path = tmp_path / "shower.png"
    download.value.save_as(path)
    assert np.ptp(np.asarray(Image.open(path).convert("RGB")).reshape(-1, 3), axis=0).min() > 100
