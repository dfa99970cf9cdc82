// What is wrong with a page's layout at the window's present size: texts and controls that are cut, that cannot be
// scrolled to, that lie on each other, as panes may; a page that scrolls sideways. Pictures of Bokeh and Plotly lay
// themselves out.
window.layoutFaults = () => {
  const PICTURES = ".bk-Figure, .bk-Canvas, .js-plotly-plot, #tooltip, #tip";
  const CONTROLS = "a[href], button, input, select, textarea, .noUi-handle, [role='tab']";
  const SLACK = 1.6; // px: what rounding of boxes and the overhang of letters make
  const parentOf = (node) => node.assignedSlot ?? node.parentElement ?? node.getRootNode().host ?? null;
  const named = (element) => {
    const words = (element.ariaLabel || element.innerText || element.className?.toString() || "").trim();
    return `${element.localName} '${words.replace(/\s+/g, " ").slice(0, 60)}'`;
  };

  const texts = [], controls = [], faults = [];
  (function walk(root) {
    for (const element of root.children) {
      if (element.matches(PICTURES) || ["STYLE", "SCRIPT", "OPTION"].includes(element.nodeName)) continue;
      const style = getComputedStyle(element), boxless = style.display === "contents";
      if (!boxless && !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
      if (style.clipPath === "inset(50%)") continue; // for screen readers
      if (element.matches(CONTROLS) && !element.matches(".bk-spin-btn")) controls.push(element);
      for (const child of element.childNodes) {
        if (child.nodeType === Node.TEXT_NODE && child.data.trim()) texts.push(child);
      }
      walk(element);
      if (element.shadowRoot) walk(element.shadowRoot);
    }
  })(document.body);

  // The visible part of a box, or null if it is scrolled out of view; `cut` is what hides some of it for good.
  function seen(box, element) {
    const part = { left: box.left, right: box.right, top: box.top, bottom: box.bottom };
    let cut = null;
    const hide = (within, [x, y], by) => {
      for (const [near, far, how] of [["left", "right", x], ["top", "bottom", y]]) {
        if (how === "visible") continue;
        if (["hidden", "clip"].includes(how) && (part[near] < within[near] - SLACK || part[far] > within[far] + SLACK)) cut ??= by;
        part[near] = Math.max(part[near], within[near]);
        part[far] = Math.min(part[far], within[far]);
      }
    };
    for (let outer = element; outer && outer !== document.body; outer = parentOf(outer)) {
      const style = getComputedStyle(outer);
      if (style.display === "contents" || style.display === "inline") continue;
      // The header of a table follows its body, which scrolls.
      const follows = outer.matches(".slick-header, .slick-headerrow, .tabulator-header, .tabulator-header-contents");
      const how = follows ? ["auto", "hidden"] : [style.overflowX, style.overflowY];
      hide(outer.getBoundingClientRect(), how, named(outer));
      if (part.right - part.left < 1 || part.bottom - part.top < 1) return { cut };
      if (style.position === "fixed") break;
    }
    hide({ left: 0, top: 0, right: innerWidth, bottom: innerHeight }, ["hidden", "hidden"], "the window");
    return { part, cut };
  }

  const words = (text) => text.data.trim().replace(/\s+/g, " ").slice(0, 60);
  const shown = [];
  for (const text of texts) {
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const box of range.getClientRects()) {
      const { part, cut } = seen(box, text.parentElement);
      if (cut) faults.push(`cut: '${words(text)}' by ${cut}`);
      if (part) shown.push({ part, of: text, name: `'${words(text)}'` });
    }
  }
  const pen = document.createElement("canvas").getContext("2d");
  for (const control of controls) {
    const { part, cut } = seen(control.getBoundingClientRect(), control);
    if (cut) faults.push(`cut: ${named(control)} by ${cut}`);
    if (part && !control.matches(".noUi-handle")) shown.push({ part, of: control, name: named(control) });
    const said = control.matches("select:not([multiple])") ? control.selectedOptions[0]?.text : control.matches("input[type=text]") ? control.value : "";
    if (!said) continue;
    const style = getComputedStyle(control);
    pen.font = style.font;
    const room = control.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight);
    if (pen.measureText(said).width > room + SLACK) faults.push(`cut: '${said}' in ${named(control)}`);
  }

  const within = (inner, outer) => {
    for (let one = inner; one; one = one.parentNode ?? one.host) if (one === outer) return true;
    return false;
  };
  shown.forEach((a, i) => {
    for (const b of shown.slice(i + 1)) {
      const wide = Math.min(a.part.right, b.part.right) - Math.max(a.part.left, b.part.left);
      const high = Math.min(a.part.bottom, b.part.bottom) - Math.max(a.part.top, b.part.top);
      // Lines of text may touch: their boxes are higher than the letters.
      const lines = a.of.nodeType === Node.TEXT_NODE && b.of.nodeType === Node.TEXT_NODE;
      if (wide > SLACK && high > (lines ? 5 : SLACK) && a.of !== b.of && !within(a.of, b.of) && !within(b.of, a.of)) {
        faults.push(`overlap: ${a.name} and ${b.name}`);
      }
    }
  });
  const panes = [...document.querySelectorAll(".pane")].filter((pane) => pane.checkVisibility());
  const boxes = panes.map((pane) => pane.getBoundingClientRect());
  boxes.forEach((a, i) => {
    for (const [j, b] of boxes.entries()) {
      const apart = a.right <= b.left + SLACK || b.right <= a.left + SLACK || a.bottom <= b.top + SLACK || b.bottom <= a.top + SLACK;
      if (j > i && !apart) faults.push(`overlap: ${named(panes[i])} and ${named(panes[j])}`);
    }
  });
  const sideways = [document.documentElement, document.body, ...document.querySelectorAll("main, aside, header")];
  for (const element of sideways) {
    if (element.scrollWidth > element.clientWidth + 1) faults.push(`sideways: ${element.localName} ${element.scrollWidth} > ${element.clientWidth}`);
  }
  return [...new Set(faults)];
};

// The same once nothing moves any more: panes follow the window, and what they show, a little later.
window.layoutFaultsAtRest = async () => {
  const STILL = 3, PAUSE = 50;  // looks that find the same, and ms between them
  const boxes = () => JSON.stringify([innerWidth, innerHeight, ...[...document.querySelectorAll("aside, .pane, .pane *")]
    .map((one) => { const { left, top, width, height } = one.getBoundingClientRect(); return [left, top, width, height]; })]);
  await new Promise((done) => byeSplitsTraffic.whenDone(() => requestAnimationFrame(done)));
  for (let now = boxes(), before = "", same = 1; same < STILL; same = now === before ? same + 1 : 1) {
    await new Promise((done) => setTimeout(() => requestAnimationFrame(done), PAUSE));
    [before, now] = [now, boxes()];
  }
  return layoutFaults();
};
