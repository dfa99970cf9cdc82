// The way of the Tab key through a page: its visible controls in the order of the page, and those that had the focus.
window.walk = (() => {
  const KINDS = "a[href], button, input, select, textarea, .noUi-handle, .bk-events[role=application], " +
    ".slick-viewport, .tabulator-tableholder, .pane-body.scrolled";
  const ROWS = ".slick-viewport, .tabulator-tableholder, .numbers.events";  // the arrow keys lead to their links
  let controls = [], had = [];

  const inside = (element) => element.tagName === "SLOT" ? element.assignedElements() : (element.shadowRoot ?? element).children;

  function* all(element) {
    for (const child of inside(element)) {
      yield child;
      yield* all(child);
    }
  }

  function seen(element) {
    const { width, height } = element.getBoundingClientRect();
    return width && height && element.checkVisibility({ visibilityProperty: true }) && !element.disabled &&
      !(element.matches("a") && element.closest(ROWS));
  }

  const said = (element) => element && [element.tagName, element.className, element.ariaLabel ?? element.textContent.trim().slice(0, 40)].join(" ");

  // Where a part of the page begins for the reader: one after the other, each from top to bottom and left to right.
  const parts = (element) => element && (element.closest("header, aside, .pane") ?? parts(element.getRootNode().host));

  function backwards(one, next) {
    const part = parts(one), top = (element) => element.getBoundingClientRect().top + (part?.scrollTop ?? 0);
    if (!part || part !== parts(next)) return false;
    const [a, b] = [one, next].map((element) => element.getBoundingClientRect());
    const same = Math.abs(top(one) - top(next)) < 4;
    return same ? b.left < a.left - 1 : top(next) + b.height < top(one);
  }

  // The way begins at the top of the page, wherever an earlier click was, or it goes on from where it is.
  function begin(atTop) {
    if (atTop) {
      document.body.tabIndex = -1;
      document.body.focus();
      document.body.removeAttribute("tabindex");
    }
    controls = [...all(document.body)].filter((element) => element.matches(KINDS) && seen(element));
    had = [];
    return controls.map(said);
  }

  window.addEventListener("keyup", ({ key }) => { if (key === "Tab") had.push(probe.focused()); }, true);

  // Indices of the controls that had the focus, -1 for anything else; what that was; pairs that lead back on the page.
  const taken = () => ({
    indices: had.map((element) => controls.indexOf(element)),
    others: had.filter((element) => element !== document.body && !controls.includes(element)).map(said),
    backwards: controls.slice(1).map((next, i) => [controls[i], next]).filter(([one, next]) => backwards(one, next))
      .map((pair) => pair.map(said).join(" before ")),
  });

  return { begin, taken };
})();
