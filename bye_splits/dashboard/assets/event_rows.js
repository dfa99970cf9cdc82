// The rows of the catalogue: a click or Enter opens the event in the display, the arrow keys mark a row.
(() => {
  const { keys } = byeSplits.constants, { along, say, toHeads } = byeSplits;
  const KEPT = "bye_splits row";  // link of the row that was opened last from this tab
  const NAMES = ["particle", "pileup", "event", "occurrence", "endcap", "generated"];  // of links: they name a particle
  const rowOf = (event) => event.composedPath().find((element) => element.classList?.contains("tabulator-row"));
  const linkOf = (row) => row.querySelector("a[href]");

  function table(root = document) {
    for (const element of root.querySelectorAll("*")) {
      if (element.classList.contains("tabulator-tableholder")) return element;
      const found = element.shadowRoot && table(element.shadowRoot);
      if (found) return found;
    }
    return null;
  }

  const rows = () => [...(table()?.querySelectorAll(".tabulator-row") ?? [])];
  const drawn = () => rows().find((row) => row.classList.contains("at"));

  // The particle that a link leads to, whatever the order of the rows, the condition and the parameters.
  function particleOf(link) {
    const words = new URL(link, location.href).searchParams;
    return JSON.stringify(NAMES.map((name) => words.get(name)));
  }

  // -- the marked row: the table draws its rows anew whenever more is known of them or their order changes ------

  let marked = null, place = null;  // its particle, and its number among the rows when it was marked last

  function mark(row) {
    const all = rows();
    for (const other of all) other.classList.toggle("at", other === row);
    const link = linkOf(row);
    [marked, place] = [link && particleOf(link.href), all.indexOf(row)];
    row.scrollIntoView({ block: "nearest" });
  }

  // Mark the row again; where it has moved, as in another order, the user looks at the rows' begin.
  function markAgain() {
    const all = rows();
    if (marked === null || all.some((row) => row.classList.contains("at"))) return;
    const number = all.findIndex((row) => linkOf(row) && particleOf(linkOf(row).href) === marked);
    if (number < 0) return;
    all[number].classList.add("at");
    if (place === null || place === number) all[number].scrollIntoView({ block: "nearest" });
    place = number;
  }

  // -- the button of a page that has the focus: it is drawn anew with the rows ------------------------------------

  let held = null;  // the page that it leads to

  function hold(root) {
    root.addEventListener("focusin", ({ target }) => { held = target.closest(".tabulator-page")?.dataset.page ?? null; });
    root.addEventListener("focusout", ({ target }) => queueMicrotask(() => { if (target.isConnected) held = null; }));
  }

  function focusAgain(root) {
    if (held === null || root.activeElement) return;
    const button = root.querySelector(`.tabulator-page[data-page="${held}"]:not(:disabled)`) ?? root.querySelector(".tabulator-page.active");
    button?.focus({ preventScroll: true });
  }

  function watch() {
    const root = table()?.getRootNode();
    if (!root) return setTimeout(watch, 100);  // the page is still being built
    hold(root);
    new MutationObserver(() => { markAgain(); focusAgain(root); }).observe(root, { childList: true, subtree: true });
    return markAgain();
  }

  function open(row, elsewhere) {
    const link = linkOf(row);
    if (!link) return;
    mark(row);
    sessionStorage.setItem(KEPT, link.getAttribute("href"));
    if (elsewhere) window.open(link.href);
    else location.assign(link.href);
  }

  window.addEventListener("click", (event) => {
    const row = rowOf(event);
    if (!row || event.defaultPrevented || String(getSelection())) return;
    event.preventDefault();  // of the link: the row is marked, too
    open(row, event.ctrlKey || event.metaKey || event.shiftKey);
  });

  window.addEventListener("keydown", (event) => {
    const inside = event.composedPath()[0];
    if (event.ctrlKey || event.metaKey || event.altKey || inside.closest?.("input, select, textarea, button, .noUi-handle, [role=dialog]")) return;
    const all = rows();
    if (!all.length) return;
    const here = drawn(), by = along(keys.rows, event.key), page = along(keys.pages, event.key);
    if (by) {
      const above = by < 0 && (!here || here === all[0]);  // in the table there are the heads, where tables.js goes on
      if (!(above && inside.closest?.(".tabulator") && toHeads(table()))) mark(here ? all[all.indexOf(here) + by] ?? here : all[0]);
      say([...(drawn()?.querySelectorAll(".tabulator-cell") ?? [])].map((cell) => cell.textContent.trim()).filter(Boolean).join(", "));
    }
    else if (page) table().parentElement.querySelector(`.tabulator-page[data-page="${page < 0 ? "prev" : "next"}"]`)?.click();
    else if (keys.open.includes(event.key) && here) open(here, false);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  window.addEventListener("DOMContentLoaded", () => {
    if (!document.querySelector("main.events")) return;
    const kept = sessionStorage.getItem(KEPT);  // back from the display
    if (kept) marked = particleOf(kept);
    watch();
  });
})();
