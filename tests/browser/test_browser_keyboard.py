"""The keyboard alone: the bins of the chain's stages."""

import re

import numpy as np
from chain_truth import SPLIT, chain_cells

from bye_splits.chain import ChainParameters, run
from bye_splits.chain.histogram import PHI_EDGES, RZ_EDGES

FOCUSED = """() => {
  const element = probe.focused();
  const words = element?.ariaLabel ?? element?.textContent.trim();
  return element && [element.tagName, element.className, words].join(" ");
}"""


def tab_to(page, name: str, most: int = 250):
    """Go on by Tab until the focus is on what has this name, which may be a pattern."""
    for _ in range(most):
        page.keyboard.press("Tab")
        now = page.evaluate(FOCUSED)
        if now and re.search(name, now):
            return now
    raise AssertionError(f"Tab does not reach {name}")


def test_bins(flat, samples):
    """The cursor starts at the seed, says what the mouse would, selects, and gives the keys back."""
    page = flat(SPLIT)
    page.shows(event=12)
    result = run(chain_cells(samples.split.event(12)), ChainParameters())
    seed = result.seeds.iloc[0]
    rz, phi = int(seed.rz_bin), int(seed.phi_bin)
    keys = page.page.keyboard

    def bin_said(at):
        numbers = [float(n) for n in re.findall(r"[-\d.]+", page.tooltip.replace("\u2212", "-"))[:4]]
        expected = [*RZ_EDGES[at[0] : at[0] + 2], *PHI_EDGES[at[1] : at[1] + 2]]
        return len(numbers) == 4 and np.allclose(numbers, expected, atol=0.00051)

    tab_to(page.page, "Seed decision")
    page.until(lambda: bin_said((rz, phi)), "the bin of the first seed")
    assert "seed: the highest of its window" in page.tooltip
    for key, at in (
        ("ArrowRight", (rz, phi + 1)),
        ("ArrowUp", (rz + 1, phi + 1)),
        ("ArrowLeft", (rz + 1, phi)),
        ("ArrowDown", (rz, phi)),
        ("ArrowDown", (rz - 1, phi)),
    ):
        keys.press(key)
        page.until(lambda at=at: bin_said(at), f"bin {at} after {key}")
    layer = page.layer
    keys.press("Enter")
    page.until(lambda: page.link.get("bin") == f"{rz - 1}.{phi}", "the bin in the address")
    keys.press("Shift+Tab")
    page.until(lambda: bin_said((rz - 1, phi)), "the selected bin in the smoothed histogram")
    keys.press("Space")
    page.until(lambda: "bin" not in page.link, "no bin any more")
    keys.press("Escape")
    page.until(lambda: not page.tooltip, "no tooltip")
    assert page.layer == layer
    keys.press("ArrowRight")
    page.until(lambda: page.layer > layer, "the page's keys again")
