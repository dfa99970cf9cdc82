"""Clusters in table and panes: selected by a click, named by the tooltip, taken away as text."""

import contextlib
import io
import re

import numpy as np
import pytest
import yaml
from chain_truth import SPLIT, by_class, chain_cells, wrong
from truth import cells_of

from bye_splits.chain import ChainParameters, run
from bye_splits.chain.shapes import SHAPES
from bye_splits.config import load_config
from bye_splits.dashboard.catalogue import Catalogue
from bye_splits.dashboard.state.display import DisplayState
from bye_splits.dashboard.views.display.copy_as import as_python
from bye_splits.dashboard.views.display.page import start

RADIUS = ChainParameters(radius=0.012)
LINK = SPLIT + "&radius=0.012"


def test_a_row_selects_its_cluster(display, samples, geometry):
    page = display(LINK)
    page.shows(event=12)
    event = samples.split.event(12)
    page.until(lambda: not wrong(page, event, RADIUS), "both clusters")
    cells = chain_cells(event)
    result = run(cells, RADIUS)
    sizes = result.clusters.n_cells.tolist()
    of_cell = result.cluster_of_cell
    for place in (1, 0):
        row = int(page.table[place][0][0])
        page.page.locator(".slick-row:visible").filter(has_text=page.table[place][0][1]).first.click()
        page.until(lambda row=row: page.link.get("cluster") == str(row), "the cluster in the address")
        page.until(
            lambda row=row: list(by_class(page.classes_in_3d["triangles"], 2).values()) == [sizes[row]],
            "its trigger cells alone are in the mesh",
        )
        assert page.classes_in_3d["loose"] == len(cells) - sizes[row]
        page.until(lambda: len(by_class(page.classes["pixels"])) <= 1, "one colour in the map")
        drawn = sum(value >= 0 for *_, value in page.classes["cells"])
        here = (cells.layer == page.layer).to_numpy()
        assert drawn == (of_cell[here] == row).sum()
    everything = sorted(sizes)
    again = page.page.locator(".slick-row:visible").filter(has_text=page.table[0][0][1]).first
    for unselect in (again.click, lambda: page.page.keyboard.press("Escape")):
        assert "cluster" in page.link
        unselect()
        page.until(lambda: "cluster" not in page.link, "no cluster in the address")
        page.until(
            lambda: sorted(by_class(page.classes_in_3d["triangles"], 2).values()) == everything,
            "all clusters in their colours",
        )
        again.click()
        page.until(lambda: "cluster" in page.link, "the cluster in the address")
    other = display(LINK + "&cluster=1")
    other.shows(event=12)
    other.until(
        lambda: list(by_class(other.classes_in_3d["triangles"], 2).values()) == [sizes[1]],
        "the linked cluster",
    )
    shown = cells_of(event, geometry)
    member = of_cell[cells.index]
    keys = ["layer", "waferu", "waferv", "cellu", "cellv"]
    shown = shown.merge(cells[keys].assign(cluster=member), on=keys, validate="1:1")
    for chosen, what in ((shown.cluster == 1, "in the mesh"), (shown.cluster != 1, "among the points")):
        other.until(
            lambda chosen=chosen: other.hover_in_3d(shown[chosen]), f"the tooltip of a cell {what}", 40
        )


def test_a_row_leaves_its_cells_alone_in_colours_of_mipt(display, samples):
    page = display(LINK + "&colour=mipT")
    page.shows(event=12)
    cells = chain_cells(samples.split.event(12))
    result = run(cells, RADIUS)
    everything = {"triangles": 2 * len(cells), "loose": 0}

    def drawn():
        now = page.classes_in_3d
        return {"triangles": sum(n for _, n in now["triangles"]), "loose": now["loose"]}

    page.until(lambda: drawn() == everything, "all in colours")
    row = int(page.table[0][0][0])
    n = int(result.clusters.n_cells[row])
    page.page.locator(".slick-row:visible").first.click()
    page.until(lambda: drawn() == {"triangles": 2 * n, "loose": len(cells) - n}, "its cells in colours")
    first = np.flatnonzero(result.cluster_of_cell == row)[0]
    keys = ("layer", "waferu", "waferv", "cellu", "cellv")
    cell = ".".join(str(cells[name].iat[first]) for name in keys)
    other = display(f"{LINK}&colour=mipT&cluster={row}&cell={cell}")
    other.shows(event=12)
    other.until(lambda: other.card.get("cluster", "").startswith(f"{row} "), "the cluster in the cell's card")


@pytest.fixture
def clipboard(context, server):
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server)
    yield
    context.clear_permissions()


def test_copy_as(flat, samples, clipboard):
    page = flat(LINK)
    page.shows(event=12)

    def copied(name):
        page.page.evaluate("() => navigator.clipboard.writeText('nothing')")
        page.press(f"Copy as {name}")
        page.until(lambda: page.page.get_by_role("button", name="copied", exact=True).count(), "copied", 5)

    def text():
        return page.page.evaluate("() => navigator.clipboard.readText()")

    copied("YAML")
    words = text()
    assert yaml.safe_load(words)["radius"] == 0.012
    config = load_config(samples.config)
    assert ChainParameters.from_yaml(words, config) == RADIUS.changed(tc_threshold=0.5)
    page.until(lambda: not page.page.get_by_role("button", name="copied", exact=True).count(), "as before")
    copied("CMSSW")
    assert ChainParameters.from_cmssw(text(), config) == RADIUS.changed(tc_threshold=0.5)
    page.until(lambda: not page.page.get_by_role("button", name="copied", exact=True).count(), "as before")
    copied("Python")
    script = text()
    state = DisplayState(Catalogue(config))
    assert start(state, LINK) == []
    assert script == as_python(state)
    names = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(script, "copied", "exec"), names)
    expected = run(chain_cells(samples.split.event(12)), RADIUS).clusters
    np.testing.assert_allclose(names["result"].clusters, expected)
    names["source"].close()
    state.navigation.catalogue.source(state.navigation.key).close()

    page.until(lambda: not page.page.get_by_role("button", name="copied", exact=True).count(), "as before")
    page.page.evaluate("() => navigator.clipboard.writeText('nothing')")
    page.page.evaluate(
        "() => Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })"
    )
    page.press("Copy as YAML")
    page.until(lambda: page.page.get_by_role("button", name="copied", exact=True).count(), "copied", 5)
    page.page.evaluate("() => delete navigator.clipboard")
    assert text() == words, "where there is no navigator.clipboard"


def test_the_table_fills_its_place_and_begins_at_the_top(flat):
    page = flat("?event=7")
    page.shows(event=7)
    viewport = page.page.locator(".slick-viewport:visible").first
    low = viewport.bounding_box()["height"]
    page.field("Pile-up").select_option("200")
    page.shows()
    page.until(lambda: viewport.bounding_box()["height"] > 3 * low, "room for more rows than one")
    viewport.evaluate("(element) => { element.scrollTop = 300; }")
    page.until(lambda: viewport.evaluate("(element) => element.scrollTop") == 300, "rows further down")
    page.press("Next")
    page.shows()
    page.until(lambda: viewport.evaluate("(element) => element.scrollTop") == 0, "the first row")
    momenta = [float(texts[1]) for texts, _ in page.table]
    assert momenta == sorted(momenta, reverse=True)
    assert len(momenta) > 3


def test_shapes_are_in_the_tooltip_of_a_row_and_in_chosen_columns(flat, samples):
    page = flat("?event=7")
    page.shows(event=7)
    shapes = run(chain_cells(samples.quiet.event(7))).shapes
    row = page.page.locator(".slick-row:visible").first
    cluster = int(page.table[0][0][0])
    row.hover()
    page.until(lambda: f"cluster {cluster}\n" in page.tooltip, "the tooltip of the row")
    said = dict(re.findall(r"(\w+) +([\u2212\d.]+)", page.tooltip.partition("\n")[2]))
    assert sorted(said) == sorted(SHAPES)
    for name, value in said.items():
        assert float(value.replace("\u2212", "-")) == pytest.approx(
            shapes[name][cluster], abs=0.51 * 10.0 ** -SHAPES[name].decimals
        )
    page.page.locator(".pane-head:visible").first.hover()
    page.until(lambda: not page.tooltip, "no tooltip beside the table")
    page.press("+")
    page.press("hoe")
    page.until(lambda: page.link.get("shapes") == "hoe", "the column in the address")
    heads = page.page.locator(".slick-header-column:visible")
    page.until(lambda: "hoe" in heads.all_inner_texts()[-1], "the column")
    page.press("\u25c7")
    page.until(lambda: "file" in heads.all_inner_texts(), "the table beside the file's")
    page.until(lambda: "same" in page.table[0][0], "what became of the cluster")
