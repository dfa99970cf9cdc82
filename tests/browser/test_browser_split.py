"""A split shower: the header says so, the card shows why, and a click on what helps leaves one cluster."""

import pytest
from chain_truth import SPLIT, chain_cells, n_near, wrong

from bye_splits.chain import ChainParameters, run
from bye_splits.chain.remedies import remedies
from bye_splits.chain.splits import split

HEADER = "clusters within 0.1 of it"


def test_why_two_and_what_helps(display, samples):
    page = display(SPLIT)
    page.shows(event=12)
    event = samples.split.event(12)
    cells, particle = chain_cells(event), event.generated.iloc[0]
    result = run(cells, ChainParameters())
    assert n_near(event, result) == 2
    assert page.facts[HEADER].startswith("2 \u2014 split")
    why = page.page.locator(".why:visible")
    words = page.until(lambda: " ".join(why.all_inner_texts()), "the card")
    valley = split(result, particle.exeta, particle.exphi).valley
    assert "Why two?" in words
    assert f"valley {valley.ratio:.2f} of the lower peak" in words
    assert f"{valley.empty} empty" in words
    assert page.page.locator('.why svg[aria-label="valley"]:visible').count() == 1

    def labels():
        """The buttons below the card's words."""
        texts = page.page.locator('.pane-body[data-low="clusters"] button:visible').all_inner_texts()
        return [text for text in texts if text]

    page.until(lambda: "% split" in " ".join(why.all_inner_texts()), "the share of positions")
    assert page.page.locator('.why svg[aria-label="positions in the bin"]:visible').count() == 1
    page.until(lambda: "One cluster with" in " ".join(why.all_inner_texts()), "what helps")
    page.until(lambda: "Does not help: " in " ".join(why.all_inner_texts()), "what does not help")
    found = remedies(cells, result, particle.exeta, particle.exphi, float(particle.energy)).found
    helping = {name: remedy for name, remedy in found.items() if remedy is not None}
    page.until(lambda: len(labels()) == len(helping), f"buttons for {list(helping)}")

    def one_cluster_with(name):
        """Double-click on what helps, out of habit: its second click takes nothing back."""
        changes = helping[name].changes
        (label,) = (text for text in labels() if f"{helping[name].value} \u00b7" in text)
        page.page.get_by_role("button", name=label, exact=True).dblclick()
        page.until(lambda: page.facts[HEADER].startswith("1 \u00b7"), f"one cluster with {label}")
        wanted = ChainParameters(**changes)
        page.until(lambda: not wrong(page, event, wanted), f"all of the page with {changes}")
        assert n_near(event, run(cells, wanted)) == 1
        page.until(lambda: "One cluster" in " ".join(why.all_inner_texts()), "what has helped")
        page.until(lambda: labels() == ["As before", "Compare as A | B"], "what can be done then")
        return changes

    changes = one_cluster_with("seed window")
    assert page.slider_text("Seed window") == str(changes["seed_window"])
    page.press("As before")
    page.until(lambda: page.slider_text("Seed window") == "1", "the seed window before")
    page.until(lambda: page.facts[HEADER].startswith("2 \u2014 split"), "split as before")
    page.until(lambda: len(labels()) == len(helping), "the same buttons again")
    changes = one_cluster_with("kernel")
    assert page.field("Kernel").input_value() == changes["kernel"]
    page.field("Kernel").select_option("default")
    page.until(lambda: len(labels()) == len(helping), "the same buttons again")
    changes = one_cluster_with("seed threshold")
    assert float(page.slider_text("Seed threshold [mipT]")) == changes["seed_threshold"]
    page.press("Compare as A | B")
    page.until(lambda: page.link.get("compare") == "AB", "before and after, side by side")
    page.until(lambda: "Why two in A?" in " ".join(why.all_inner_texts()), "A is before")


# Of an element and all that contain it, also across shadow roots, up to its pane: what is not within view.
CUT = """(element) => {
  const problems = [], box = element.getBoundingClientRect();
  const name = `${element.tagName}.${element.className} ${element.textContent.slice(0, 30)}`;
  for (let one = element; one; one = one.assignedSlot ?? one.parentElement ?? one.getRootNode().host) {
    if (one.scrollHeight > one.clientHeight + 1 && getComputedStyle(one).overflowY !== "visible") {
      problems.push(`${name} in ${one.className}: ${one.scrollHeight} px high in ${one.clientHeight}`);
    }
    const around = one.getBoundingClientRect();
    if (box.bottom > around.bottom + 1 && one.matches(".pane, body")) problems.push(`${name} ends below it`);
    if (box.right > around.right + 1 && one.matches(".pane, body")) problems.push(`${name} ends right of it`);
    if (one.matches(".pane")) break;
  }
  if (box.bottom > innerHeight || box.right > innerWidth) problems.push(`${name} is outside the window`);
  return problems;
}"""


@pytest.mark.parametrize("query", [SPLIT, f"{SPLIT}&radiusB=0.01&compare=AB"])
def test_the_card_is_whole(display, query):
    page = display(query)
    why = page.page.locator(".why:visible")
    page.until(lambda: "Does not help" in " ".join(why.all_inner_texts()), "what helps and what does not")
    page.until(lambda: "\u2026" not in " ".join(why.all_inner_texts()), "the shares of positions")
    parts = page.page.locator(".cards-pane").locator(
        ".why:visible, .legend:visible, .positions:visible, .sketch :visible, button:visible"
    )

    def cut():
        return parts.evaluate_all(f"(parts) => parts.flatMap({CUT})")

    def whole():
        return not cut()

    for theme in ("Light", "Dark"):
        for width, height in ((1600, 1000), (1280, 720), (1024, 640)):
            page.page.set_viewport_size({"width": width, "height": height})
            page.until(whole, f"the whole card at {width} x {height}: {cut()[:3]}")
            assert parts.count() > 10
            assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.press(theme)
    page.page.get_by_role("tab", name="Profile").click()
    assert page.page.locator(".profile-pane").is_visible()
    assert not why.count()
    page.page.get_by_role("tab", name="Clusters").click()
    assert why.count()
