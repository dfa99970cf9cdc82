"""The stages of the chain: what a bin's tooltip says, what a click marks, coarse seeding's modules."""

import numpy as np
import pytest
from chain_truth import SPLIT, chain_cells
from truth import cells_of, differences, numbers_in

from bye_splits.chain import ChainParameters, run
from bye_splits.chain.histogram import PHI_EDGES, RZ_EDGES, Binning, bins
from bye_splits.chain.local_maxima import beaten_by
from bye_splits.chain.seed_rule import SmoothedBins
from bye_splits.dashboard.figures.seed_decision import decisions, verdicts
from bye_splits.geometry import wafers

# Kinds of the colours that the images of two stages are drawn with, and of those that their bars show.
SHOWN = """() => ["histogram", "smoothed"].flatMap((name) => {
  const figure = Bokeh.documents.flatMap((document) => [...document._all_models.values()])
    .find((model) => model.type === "Figure" && model.name === name);
  const images = figure.renderers.filter((one) => one.glyph.type === "Image" && one.visible);
  const bars = figure.right.filter((bar) => bar.visible);
  return [images.map((image) => image.glyph.color_mapper.type), bars.map((bar) => bar.color_mapper.type)];
})"""


def middle(rz, phi):
    return (PHI_EDGES[phi] + PHI_EDGES[phi + 1]) / 2, (RZ_EDGES[rz] + RZ_EDGES[rz + 1]) / 2


def lines_of(text):
    return {line.split()[0]: line for line in text.splitlines() if line.strip()}


def close(said, value) -> bool:
    """Whether a number of the tooltip, of three digits, is this one."""
    return said == pytest.approx(value, rel=0.006)


def stage_differences(text, values, rz, phi) -> list[str]:
    """Where a tooltip does not say what a bin and its neighbours hold."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 6:
        return ["no tooltip of a bin"]
    found, said = [], lines_of(text)
    for name, edges, at in (("R/z", RZ_EDGES, rz), ("\u03c6", PHI_EDGES, phi)):
        if not np.allclose(numbers_in(said[name]), edges[at : at + 2], atol=0.00051):
            found.append(said[name])
    value = values[rz, phi]
    if not (close(numbers_in(said["mipT"])[0], value) if value > 0 else "none" in said["mipT"]):
        found.append(said["mipT"])
    for up, line in zip((1, 0, -1), lines[-3:], strict=True):
        shown = [
            0.0 if word == "\u00b7" else float(word)
            for word in line.replace("[", "").replace("]", "").split()
        ]
        expected = values[rz + up, [(phi + right) % values.shape[1] for right in (-1, 0, 1)]]
        if not np.allclose(shown, expected, rtol=0.006):
            found.append(f"{line}, not {expected}")
    return found


def in_2d_and_3d(page, cells, rz, phi):
    """Number of a bin's trigger cells in the layer and in all layers."""
    rz_bin, phi_bin, inside = bins(cells.x, cells.y, cells.z, Binning.of(ChainParameters().base, False))
    mine = np.asarray(inside) & (np.asarray(rz_bin) == rz) & (np.asarray(phi_bin) == phi)
    return int((mine & (cells.layer == page.layer)).sum()), int(mine.sum())


def test_bins(display, samples):
    page = display(SPLIT)
    page.shows(event=12)
    cells = chain_cells(samples.split.event(12))
    result = run(cells, ChainParameters())
    seed = result.seeds.iloc[0]
    rz, phi = int(seed.rz_bin), int(seed.phi_bin)
    (winner,), (equal,) = beaten_by(SmoothedBins(result.smoothed[None]), 20.0)
    decision, words = decisions(result.smoothed, 20.0, winner, equal), verdicts(20.0, 1)
    assert words[decision[rz, phi]] == "seed: the highest of its window"
    for stage, values in (
        ("histogram", result.histogram),
        ("smoothed", result.smoothed),
        ("decision", result.smoothed),
    ):
        for d_rz, d_phi in ((0, 0), (1, 0), (0, -1)):
            at = rz + d_rz, phi + d_phi
            page.hover(*page.at(*middle(*at), stage))
            last = []

            def said(values=values, at=at, last=last):
                last[:] = stage_differences(page.tooltip, values, *at)
                return not last

            page.until(said, f"what the {stage} has in bin {at}", 6)
            if stage == "decision":
                assert page.tooltip.splitlines()[3] == words[decision[at]]

    rz_bin, phi_bin, _ = bins(cells.x, cells.y, cells.z, Binning.of(ChainParameters().base, False))
    filled = np.stack([rz_bin, phi_bin], axis=1)[(cells.layer == page.layer).to_numpy()]
    near = np.abs(filled - [rz, phi]).max(axis=1) <= 3
    at = tuple(int(n) for n in filled[near][0])
    page.page.mouse.click(*page.at(*middle(*at), "histogram"))
    page.until(lambda: page.link.get("bin") == "{}.{}".format(*at), "the bin in the address")
    here, everywhere = in_2d_and_3d(page, cells, *at)
    assert here > 0
    page.until(lambda: page.map["selected"] == here, f"{here} outlines in the map")
    length = 6 * everywhere + 2 * (everywhere == 1)
    page.until(lambda: page.classes_in_3d["selected"] == length, f"{everywhere} outlines in 3D")
    other = display(f"{SPLIT}&layer={page.layer}&bin={page.link['bin']}")
    other.shows(event=12, layer=page.layer)
    other.until(lambda: other.map["selected"] == here, "the same from a link")
    page.page.bring_to_front()

    for scale, mapper in (("linear", "LinearColorMapper"), ("log", "LogColorMapper")):
        page.field("Colour scale").select_option(scale)
        page.until(
            lambda mapper=mapper: page.page.evaluate(SHOWN) == [[mapper]] * 4, f"{scale} images and bars"
        )

    small = page.page.evaluate("() => probe.figure('histogram').frame")
    page.press("stages")
    page.until(lambda: page.link["panes"] == "stages", "the stages alone")
    page.until(
        lambda: page.page.evaluate("() => probe.figure('histogram').frame")["height"] > 1.5 * small["height"],
        "higher stages",
    )
    assert not page.page.locator('.pane[data-pane="2D"]').is_visible()
    page.hover(*page.at(*middle(rz, phi), "smoothed"))
    page.until(
        lambda: not stage_differences(page.tooltip, result.smoothed, rz, phi), "the same bin, enlarged"
    )
    page.page.mouse.click(*page.at(*middle(*at), "histogram"))
    page.until(lambda: "bin" not in page.link, "no bin any more")


def test_modules(display, samples):
    page = display(SPLIT + "&chain=coarse_seeding&panes=both")
    page.shows(event=12)
    result = run(chain_cells(samples.split.event(12)), ChainParameters(chain="coarse_seeding"))
    table, layer = result.stages.modules, result.parameters.summed_layers[0]
    assert table.chosen.any()
    view = page.page.evaluate("() => probe.figure('module sums').range")
    x, y = wafers.wafer_centres(layer, table.waferu.to_numpy(), table.waferv.to_numpy())
    inside = (x > view["x0"]) & (x < view["x1"]) & (y > view["y0"]) & (y < view["y1"])
    assert (inside & table.chosen).any()
    order = np.argsort(-table.mipPt.to_numpy() * inside)[: min(3, inside.sum())]
    for stage in ("module sums", "over threshold"):
        for row in order:
            module = table.iloc[row]
            page.hover(*page.at(x[row], y[row], stage))
            wafer = [module.waferu, module.waferv]
            page.until(
                lambda wafer=wafer: page.tooltip and numbers_in(lines_of(page.tooltip)["wafer"]) == wafer,
                f"module {wafer} in {stage}",
            )
            said = lines_of(page.tooltip)
            assert close(numbers_in(said["sum"])[0], module.mipPt)
            assert close(numbers_in(said["threshold"])[0], module.threshold)
            assert ("not chosen" in page.tooltip) == (not module.chosen)
    assert f"{int(table.chosen.sum())} chosen" in page.page.locator(".stages.coarse").inner_text()
    chosen = order[table.chosen.to_numpy()[order]][0]
    wafer = (int(table.waferu.iat[chosen]), int(table.waferv.iat[chosen]))
    page.page.mouse.click(*page.at(x[chosen], y[chosen], "module sums"))
    page.until(lambda: page.link.get("module") == "{}.{}".format(*wafer), "the module in the address")
    cells = chain_cells(samples.split.event(12))
    mine = (cells.waferu == wafer[0]) & (cells.waferv == wafer[1])
    mine &= cells.layer.isin(result.parameters.summed_layers)
    here = int((mine & (cells.layer == page.layer)).sum())
    page.until(lambda: page.map["selected"] == here, f"{here} outlines in the map")
    length = 6 * int(mine.sum()) + 2 * (mine.sum() == 1)
    page.until(lambda: page.classes_in_3d["selected"] == length, f"{mine.sum()} outlines in 3D")


def test_the_mouse_on_a_large_screen(display, samples, geometry):
    """Words are magnified there, and the mouse still is where pictures, sliders and the table have it."""
    page = display(SPLIT, size=(2560, 1440))
    page.shows(event=12)
    assert page.page.evaluate("() => byeSplits.letters()") == 1.25
    event = samples.split.event(12)
    cell = next(cells_of(event, geometry, layer=page.layer).itertuples())

    def in_the_map():
        page.hover(*page.at(cell.mx, cell.my))
        return not differences(page.tooltip, cell)

    page.until(in_the_map, f"the tooltip of {cell}")
    page.until(lambda: page.hover_in_3d(cells_of(event, geometry)), "the tooltip of a cell in 3D", 40)
    result = run(chain_cells(event), ChainParameters())
    second = result.seeds.iloc[1]
    at = int(second.rz_bin), int(second.phi_bin)
    for stage, values in (("histogram", result.histogram), ("decision", result.smoothed)):
        page.hover(*page.at(*middle(*at), stage))
        page.until(
            lambda values=values: not stage_differences(page.tooltip, values, *at), f"the {stage}'s bin"
        )

    page.page.locator(".slick-row", has_text="9.5").click()
    page.until(lambda: page.link.get("cluster") == "1", "the second cluster")
    for layer in page.drag("Layer", [30, 12]):
        page.until(lambda layer=layer: abs(page.slider_value("Layer") - layer) <= 1, f"layer {layer}")
