"""Two sets of parameters: the panes, the table and the legend tell them apart."""

import numpy as np
from chain_truth import SPLIT, by_class, chain_cells, wrong
from truth import numbers_in

from bye_splits.chain import ChainParameters, run
from bye_splits.chain.comparison import CATEGORIES, NEITHER, compare
from bye_splits.dashboard.figures.cluster_colours import SET_COLOURS
from bye_splits.dashboard.figures.overlays import DASHES

A, B = ChainParameters(), ChainParameters(radius=0.01)


def test_a_and_b(display, samples):
    page = display(SPLIT)
    page.shows(event=12)
    event = samples.split.event(12)
    cells = chain_cells(event)
    a, b = run(cells, A), run(cells, B)
    page.until(lambda: not wrong(page, event, A), "A")
    of_a = page.classes_in_3d
    buttons = {name: page.page.get_by_role("button", name=name, exact=True) for name in ("A", "A | B", "B")}
    assert buttons["B"].is_disabled()

    page.field("B").select_option("radius 0.010")
    page.until(lambda: page.link.get("compare") == "AB" and page.link.get("radiusB") == "0.01", "A | B")
    made = compare(a, b, cells.pt.to_numpy())
    code = made.category.astype(int)
    categories = {code - 1: n for code, n in enumerate(np.bincount(code).tolist()) if code != NEITHER and n}
    page.until(
        lambda: by_class(page.classes_in_3d["triangles"], 2) == categories, f"{categories} cells by category"
    )
    assert page.classes_in_3d["loose"] == (code == NEITHER).sum()
    here = cells.layer == page.layer
    page.until(
        lambda: set(by_class(page.classes["pixels"])) <= set(code[here] - 1) - {-1}, "categories in the map"
    )
    seeds = page.classes["seeds"]
    assert seeds["colour"] == [SET_COLOURS[0]] * len(a.seeds) + [SET_COLOURS[1]] * len(b.seeds)
    assert seeds["dash"] == ["solid"] * len(a.seeds) + [DASHES["dashed"]] * len(b.seeds)

    table = page.until(lambda: page.table, "rows of the comparison")
    rows = [[made_of if made_of != "\u2013" else "-1" for made_of in texts[:2]] for texts, _ in table]
    assert rows == made.table[["a", "b"]].astype(str).to_numpy().tolist()
    momenta = [[float(text) for text in texts[2:4]] for texts, _ in table]
    np.testing.assert_allclose(momenta, made.table[["pt_a", "pt_b"]], atol=0.051)
    read = "rows => rows.map(row => [...row.children].map(cell => cell.textContent))"
    names, *legend = page.page.locator(".legend:visible tr").evaluate_all(read)
    energies = made.totals(cells.energy.to_numpy())
    for name, n, energy in zip(CATEGORIES[1:], made.totals()[1:], energies[1:], strict=True):
        words = [row[names.index(name)] for row in legend]
        assert np.allclose([numbers_in(word)[0] for word in words], [n, energy], atol=0.051), (
            f"{name}: {words}"
        )

    buttons["B"].click()
    page.until(lambda: not wrong(page, event, B), "B alone")
    assert page.link["compare"] == "B"
    assert page.slider_text("Radius") == "0.010"
    assert page.classes_in_3d != of_a
    buttons["A"].click()
    page.until(lambda: not wrong(page, event, A), "A alone")
    assert page.slider_text("Radius") == "by layer"
    assert page.link["radiusB"] == "0.01", "B is kept"
    buttons["A | B"].click()
    page.until(lambda: by_class(page.classes_in_3d["triangles"], 2) == categories, "both again")
    assert len(page.until(lambda: page.table, "the comparison")) == len(made.table)
    page.field("B").select_option("none")
    page.until(lambda: "compare" not in page.link and "radiusB" not in page.link, "no B in the address")
    page.until(lambda: not wrong(page, event, A), "A, as at first")
    page.until(lambda: buttons["B"].is_disabled(), "nothing to compare with")
