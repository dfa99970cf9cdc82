// The size of Bokeh's tables, and the row that they begin with.
(() => {
  // Resize a table with its container, and scroll it to the first row for a new event.
  function place(table) {
    const view = Bokeh.index.find_one(table);
    if (!view?.grid) return;
    if (!view._placed) {
      view._placed = new ResizeObserver(() => view._after_resize());
      view._placed.observe(view.el);
    }
    if (table._event !== table.source.name && table._event !== undefined) view.grid.scrollRowToTop(0);
    table._event = table.source.name;
  }

  Object.assign(byeSplits, { place });
})();
