// The bin, or the bar of a layer, below the mouse on the page of occupancies.
(() => {
  const { one, tooltip, significant, minus } = byeSplits;

  function hoverOccupancy(values, facts, event) {
    const image = one(values, "image"), [rows, columns] = image?.shape ?? [0, 0];
    const [x, y, dw, dh] = ["x", "y", "dw", "dh"].map((name) => one(values, name));
    const row = Math.floor(((event.y - y) / dh) * rows), column = Math.floor(((event.x - x) / dw) * columns);
    if (!(row >= 0 && row < rows && column >= 0 && column < columns)) return tooltip("");
    const between = (low, high) => `${minus(low.toFixed(4))} to ${minus(high.toFixed(4))}`;
    const [rz, phi, eta] = ["rz", "phi", "eta"].map((name) => one(facts, name));
    const value = image[row * columns + column], unit = one(facts, "unit");
    tooltip([`R/z    ${between(rz[row], rz[row + 1])}`, `|\u03b7|    ${between(eta[row + 1], eta[row])}`,
      `\u03c6      ${between(phi[column], phi[column + 1])} rad`, `bin    ${row}, ${column}`,
      Number.isNaN(value) ? "nothing in it" : `${one(facts, "label")}  ${significant(value)} ${unit}`].join("\n"));
  }

  function hoverLayer(bars, event) {
    const { layer, top, width } = bars.data;
    const bar = Array.from(layer).findIndex((number, i) => Math.abs(event.x - number) <= width[i] / 2);
    tooltip(bar < 0 || event.y < 0 ? "" : `layer ${layer[bar]}\n${significant(top[bar])} ${bars.name ?? ""}`);
  }

  Object.assign(byeSplits, { hoverOccupancy, hoverLayer });
})();
