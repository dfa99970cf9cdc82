"""Whether a page says what its controls mean."""

# All controls that are in view, whatever shadow root they are in: how many, and those without a description.
UNEXPLAINED = """() => {
  const found = [], others = ".bk-Figure, .bk-DataTable, .bk-panel-models-plotly-PlotlyPlot, #help, #tour";
  const controls = "input:not([type=range]), select, textarea, .noUi-handle, .bk-btn";
  const visit = (root) => {
    for (const one of root.querySelectorAll("*")) {
      if (one.matches(others)) continue;
      if (root !== document && one.matches(controls) && one.checkVisibility()) found.push(one);
      if (one.shadowRoot) visit(one.shadowRoot);
    }
  };
  visit(document);
  const without = found.filter((one) => !one.getAttribute("aria-description"));
  const names = without.map((one) => byeSplits.nameOf(one));
  return [found.length, names.filter((name) => !["Light", "Dark"].includes(name))];
}"""


def assert_described(page) -> None:
    """Every control that is in view has a description, once the page is filled."""
    page.locator("aside label, aside .bk-slider-title").first.wait_for()
    page.wait_for_function(
        f"() => {{ const [n, without] = ({UNEXPLAINED})(); return n > 8 && !without.length; }}"
    )
