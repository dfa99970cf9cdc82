// What a screen reader says of the widgets: Bokeh, Panel and Tabulator leave many without a name or a state.
(() => {
  const { around } = byeSplits;
  const PAUSE = 400;  // ms from a change of the page until names are given again
  const PICTURES = ".bk-Figure, .bk-panel-models-plotly-PlotlyPlot";  // nothing in them needs a name
  const set = (element, name, value) => {
    if (value && element.getAttribute(name) !== value) element.setAttribute(name, value);
  };

  // A slider says what the page shows ("by layer"), and not the number of its position.
  function slider(handle) {
    const title = handle.getRootNode().querySelector(".bk-slider-title");
    if (!title) return;
    const shown = title.querySelector(".bk-slider-value")?.textContent ?? "";
    const label = title.textContent.slice(0, title.textContent.lastIndexOf(shown)).replace(/:\s*$/, "").trim();
    const two = handle.parentElement.parentElement.querySelectorAll(".noUi-handle").length > 1;
    const upper = handle.classList.contains("noUi-handle-upper");
    set(handle, "aria-label", two ? `${label}, ${upper ? "highest" : "lowest"}` : label);
    set(handle, "aria-valuetext", two ? shown.split(" .. ")[upper ? 1 : 0] : shown);
  }

  const spinner = (button) => {
    const label = button.getRootNode().querySelector("label")?.textContent ?? "";
    set(button, "aria-label", `${label} ${button.classList.contains("bk-spin-btn-up") ? "up" : "down"}`.trim());
  };
  const NAMES = { histogram: "Histogram of the chain", smoothed: "Smoothed histogram", decision: "Seed decision", profile: "Profile" };
  const titleOf = (element) => around(element, ".pane")?.querySelector(".ask")?.ariaLabel.split(": ")[1];
  // A figure's surface, which gets the focus; one with a cursor handles keys itself.
  function picture(figure) {
    const surface = figure.shadowRoot?.querySelector(".bk-Canvas")?.shadowRoot?.querySelector(".bk-events");
    const name = surface && byeSplits.figureOf(surface);
    if (name === undefined || name === null) return;
    const cursor = byeSplits.hasCursor(surface);
    if (!cursor) surface.tabIndex = -1;  // its buttons and the controls do what can be done
    set(surface, "role", cursor ? "application" : "img");
    set(surface, "aria-label", name ? NAMES[name] ?? name[0].toUpperCase() + name.slice(1) : titleOf(figure));
  }

  function scrolled(body) {
    set(body, "role", "group");
    set(body, "aria-label", titleOf(body));
  }

  // A table is one stop of the Tab key; Bokeh's has a dozen.
  function table(grid) {
    const rows = grid.querySelector(".slick-viewport");
    for (const element of grid.querySelectorAll("[tabindex='0']")) if (element !== rows) element.removeAttribute("tabindex");
    if (!rows) return;
    rows.tabIndex = 0;
    for (const link of grid.querySelectorAll("a[href]")) link.tabIndex = -1;
    set(rows, "role", "group");
    set(rows, "aria-label", "Rows of the table");
  }

  // One of two limits has its quantity's name beside it.
  function limit(field) {
    const { host } = field.getRootNode();
    if (!host?.classList.contains("limit")) return;
    const label = [...host.parentNode.children].map((one) => one.shadowRoot?.querySelector("label")?.textContent.trim()).find(Boolean);
    set(field, "aria-label", label && `${label}, ${field.placeholder}`);
  }

  const rules = {
    ".bk-Figure": picture,
    ".bk-data-table": table,
    ".numbers.events a, .tabulator a": (link) => { link.tabIndex = -1; },  // the arrow keys lead to them
    ".noUi-handle": slider,
    ".pane-body.scrolled": scrolled,
    "input.bk-input": limit,
    "input[type=checkbox]": (box) => set(box, "aria-label", box.parentNode.querySelector(".bk-label")?.textContent.trim()),
    ".bk-spin-btn": spinner,
    "button.previous, button.pause, button.play, button.next": (button) => set(button, "aria-label", `${button.className}, layers`),
    ".bk-btn-group > .bk-btn": (button) => set(button, "aria-pressed", String(button.classList.contains("bk-active"))),
    "input, select, textarea, .noUi-handle, button, .bk-btn": (control) => set(control, "aria-description", byeSplits.meaningOf(control)),
    // A grid holds row groups and rows, and nothing else: what can be focused becomes a part of one.
    ".tabulator-tableholder": (element) => { set(element, "role", "rowgroup"); element.tabIndex = 0; },
    ".tabulator-table[role=rowgroup]": (element) => set(element, "role", "presentation"),
    ".tabulator-footer": (element) => set(element, "role", "row"),
    ".tabulator-footer-contents": (element) => set(element, "role", "gridcell"),
    ".tabulator-col.empty[aria-sort], .tabulator-col.empty[role=columnheader]": (head) => { head.removeAttribute("aria-sort"); set(head, "role", "presentation"); },
  };

  const seen = new WeakSet();
  let waiting = false;
  function later() {
    if (waiting) return;
    waiting = true;
    setTimeout(() => { waiting = false; visit(document); }, PAUSE);
  }
  const observer = new MutationObserver(later);

  function visit(root) {
    if (!seen.has(root)) {
      seen.add(root);
      observer.observe(root, { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-valuetext", "class"] });
    }
    for (const [selector, name] of Object.entries(rules)) root.querySelectorAll(selector).forEach(name);
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot && !element.matches(PICTURES)) visit(element.shadowRoot);
    }
  }

  document.addEventListener("DOMContentLoaded", () => visit(document));
})();
