// Tables by mouse and keyboard. Each is one stop of the Tab key: its arrow keys go through the rows and, above the
// first one, through the heads, by which it is sorted.
(() => {
  const { keys } = byeSplits.constants, { along, models, say, tooltip } = byeSplits;
  const HEADS = ".slick-header-column, .tabulator-col.tabulator-sortable";

  // -- a click on the selected row deselects it, as does the Escape key ----------------------------------------

  const unselect = () => models().filter((model) => model.type === "DataTable" && !model.tags.includes("one"))
    .forEach((table) => { table.source.selected.indices = []; });
  let chosen = false;  // whether the cell on which the button was pressed was selected
  const cellOf = (event) => event.composedPath().find((element) => element.classList?.contains("slick-cell"));
  window.addEventListener("pointerdown", (event) => {
    chosen = Boolean(cellOf(event)?.classList.contains("selected"));
  }, true);
  window.addEventListener("click", (event) => {
    if (chosen && cellOf(event)) setTimeout(unselect);  // after the table has selected it again
  }, true);
  window.addEventListener("keydown", (event) => { if (keys.leave.includes(event.key)) unselect(); });

  // -- the tooltip of a row: the shapes of its cluster, asked for after the mouse has rested there ----------------

  const REST = 400;  // ms
  const asked = new WeakSet();
  let hovered = null, waiting = 0;
  function ask(cell, row) {
    const container = cell.closest(".bk-data-table"), view = container && viewOf(container);
    const source = view?.model.tags.find((one) => one?.data?.text), place = view?.grid.getCellFromEvent({ target: cell });
    if (!source || !place) return;
    if (!asked.has(source)) {
      asked.add(source);
      source.properties.data.change.connect(() => { if (hovered?.source === source) tooltip(source.data.text[0] ?? ""); });
    }
    hovered = { row, source };
    source.data = { cluster: [view.data.getItem(place.row).row], text: [""] };
  }
  window.addEventListener("pointermove", (event) => {
    const cell = cellOf(event), row = cell?.closest(".slick-row") ?? null;
    if (row === (hovered?.row ?? null)) return;
    if (hovered) tooltip("");
    hovered = row && { row };
    clearTimeout(waiting);
    if (row) waiting = setTimeout(() => { if (hovered?.row === row && row.isConnected) ask(cell, row); }, REST);
  });

  // -- widths of columns ----------------------------------------------------------------------------------------

  // SlickGrid fits the widths of the moment, and rounds them each time: from those of the model, columns are as wide
  // as in any other table of this size, whatever size this one had before.
  document.addEventListener("DOMContentLoaded", () => {
    const table = Bokeh.Models.get("DataTable")?.prototype.default_view.prototype;
    if (!table) return;
    const { updateLayout } = table;
    table.updateLayout = function (...given) {
      this.grid.getColumns().forEach((column, i) => { column.width = this.model.columns[i].width; });
      updateLayout.apply(this, given);
    };
  });

  // -- the table that has the focus: where Tab stops, its heads, its rows ---------------------------------------

  const part = (event, selector) => event.composedPath().find((element) => element.matches?.(selector));
  const visible = (elements) => [...elements].filter((element) => element.checkVisibility());

  // Rows that are links: the focus is on one of them.
  function linked(stop, links, event) {
    const at = links.indexOf(event.composedPath()[0]);
    return { stop, at, n: links.length, links, go: (row) => links[row].focus() };
  }

  const viewOf = (container) => models().filter((model) => model.type === "DataTable")
    .map((table) => Bokeh.index.find_one(table)).find((one) => one?.grid?.getContainerNode() === container);

  // Bokeh's table: a row is selected, or its link has the focus; it has only those rows that are in view.
  function bokehTable(container, event) {
    const view = viewOf(container);
    if (!view) return null;
    const stop = container.querySelector(".slick-viewport"), { grid, model: { source: { selected } } } = view;
    const rows = [...view.data.index], cells = (row) => [...grid.getColumns().keys()].map((column) => grid.getCellNode(row, column));
    const link = (row) => cells(row).map((cell) => cell?.querySelector("a[href]")).find(Boolean);
    const found = { stop, n: rows.length, links: [...container.querySelectorAll("a[href]")] };
    if (found.links.length) {
      const inside = event.composedPath()[0];
      const at = inside.matches("a") ? grid.getCellFromEvent({ target: inside })?.row ?? -1 : -1;
      return { ...found, at, go: (row) => { grid.scrollRowIntoView(row); grid.render(); link(row)?.focus(); } };
    }
    const go = (row) => {
      selected.indices = [rows[row]];
      const heads = [...container.querySelectorAll(".slick-header-column")].map((head) => head.textContent.trim());
      say(cells(row).map((cell, i) => `${heads[i]} ${cell?.textContent.trim()}`).join(", "));
    };
    return { ...found, at: rows.indexOf(selected.indices[0]), go, leave: unselect };
  }

  function tableOf(event) {
    const bokeh = part(event, ".bk-data-table"), tabulator = part(event, ".tabulator"), list = part(event, ".pane-body.scrolled");
    if (bokeh) return bokehTable(bokeh, event);
    if (tabulator && part(event, ".tabulator-tableholder, .tabulator-header")) return { stop: tabulator.querySelector(".tabulator-tableholder"), links: [...tabulator.querySelectorAll("a[href]")] };
    const links = list ? deep(list, ".numbers.events a") : [];
    return links.length ? linked(list, links, event) : null;
  }

  function deep(root, selector) {
    const found = [...root.querySelectorAll(selector)];
    for (const element of root.querySelectorAll("*")) if (element.shadowRoot) found.push(...deep(element.shadowRoot, selector));
    return found;
  }

  // From the rows to the heads; whether the table has some.
  function toHeads(stop) {
    const [head] = visible(stop.closest(".bk-data-table, .tabulator")?.querySelectorAll(HEADS) ?? []);
    if (!head) return false;
    head.tabIndex = -1;
    head.focus();
    setTimeout(byeSplits.hint);
    return true;
  }

  // The keys while a head has the focus.
  function atHead(event, head, table) {
    const heads = visible(head.closest(".bk-data-table, .tabulator").querySelectorAll(HEADS)), at = heads.indexOf(head);
    const by = along(keys.heads, event.key);
    if (by) {
      const next = heads[at + by] ?? head;
      next.tabIndex = -1;
      next.focus();
    } else if (keys.sort.includes(event.key)) (head.querySelector(".tabulator-col-content") ?? head).click();
    else if (along(keys.row, event.key) > 0) table.stop.focus();
    return by || keys.sort.includes(event.key) || keys.row.includes(event.key);
  }

  window.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const table = tableOf(event);
    if (!table) return;
    const head = part(event, HEADS), by = along(keys.row, event.key);
    if (keys.next.includes(event.key)) {  // the browser goes on from where Tab stops in the table
      for (const link of table.links) link.tabIndex = -1;
      table.stop.focus({ preventScroll: true });
      return event.stopImmediatePropagation();
    }
    if (keys.leave.includes(event.key)) {
      event.composedPath()[0].blur();
      table.leave?.();
    } else if (head) {
      if (!atHead(event, head, table)) return;
      event.preventDefault();
    } else if (by && table.go) {
      const row = table.at < 0 && by > 0 ? 0 : table.at + by;
      if (row >= 0 && row < table.n) table.go(row);
      else if (row < 0 && !toHeads(table.stop)) table.stop.focus();
      event.preventDefault();
    } else return;
    event.stopImmediatePropagation();
    setTimeout(byeSplits.hint);  // within a shadow root the focus moves unseen
  }, true);

  Object.assign(byeSplits, { toHeads });
})();
