// The rows of the catalogue: a click or Enter opens the event in the display, the arrow keys mark a row.
(() => {
  const KEPT = "bye_splits row";  // link of the row that was opened last from this tab
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
  const marked = () => rows().find((row) => row.classList.contains("at"));

  function mark(row) {
    for (const other of rows()) other.classList.toggle("at", other === row);
    row.scrollIntoView({ block: "nearest" });
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
    if (event.ctrlKey || event.metaKey || event.altKey || inside.closest?.("input, select, textarea, button, .noUi-handle")) return;
    const all = rows();
    if (!all.length) return;
    const here = marked(), by = { ArrowUp: -1, ArrowDown: 1 }[event.key], page = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
    if (by) mark(here ? all[all.indexOf(here) + by] ?? here : all[0]);
    else if (page) table().parentElement.querySelector(`.tabulator-page[data-page="${page}"]`)?.click();
    else if (event.key === "Enter" && here) open(here, false);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  // Back from the display: the row that was opened is marked again as soon as it is there.
  const kept = sessionStorage.getItem(KEPT);
  if (kept) {
    const begun = performance.now();
    const look = setInterval(() => {
      const row = rows().find((row) => linkOf(row)?.getAttribute("href") === kept);
      if (row && !marked()) mark(row);
      if (row || performance.now() - begun > 60_000) clearInterval(look);
    }, 300);
  }
})();
