// Save a Bokeh figure as PNG or SVG.
(() => {
  async function savePlot(figure, kind, name) {
    const view = Bokeh.index.find_one(figure);
    if (!view) return;
    const blob = await view.export(kind).to_blob();
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${name}.${kind}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  Object.assign(byeSplits, { savePlot });
})();
