// The trigger cell below the mouse in the layer map, and the tooltip text of a trigger cell in any pane.
(() => {
  const { one, rasterOf, tooltip, digits, significant, pair } = byeSplits, { noWafer } = byeSplits.constants;

  // Tooltip text of a trigger cell: its position and contents.
  function cellText(cell) {
    const place = cell.tile
      ? [`scintillator  ieta ${cell.cellu}, iphi ${cell.cellv}`]
      : [`wafer u, v   ${pair(cell.waferu, cell.waferv)}`, `cell u, v    ${cell.cellu}, ${cell.cellv}`];
    const lines = [`layer ${cell.layer} (${cell.section})`, ...place];
    if (cell.note) lines.push(cell.note);
    if (cell.facts) lines.push(...cell.facts);
    if (cell.mipPt !== undefined) {
      lines.push(`mipT         ${digits(cell.mipPt)}`, `pT           ${digits(cell.pt)} GeV`,
        `\u03b7, \u03c6         ${pair(cell.eta.toFixed(3), cell.phi.toFixed(3))}`);
    }
    if (cell.number !== undefined) lines.push(`number       ${cell.number}`);
    return lines.join("\n");
  }

  function hoverMap(wire, event) {
    if (!one(wire, "width")) return;
    const [x0, x1, y0, y1, width, height] = ["x0", "x1", "y0", "y1", "width", "height"].map((name) => one(wire, name));
    const column = Math.floor(((event.x - x0) / (x1 - x0)) * width), row = Math.floor(((event.y - y0) / (y1 - y0)) * height);
    const inside = column >= 0 && column < width && row >= 0 && row < height;
    const cell = inside ? rasterOf(wire)[row * width + column] : 0;
    if (!cell) return tooltip("");
    const facts = { layer: one(wire, "layer"), section: one(wire, "section") };
    for (const name of ["waferu", "waferv", "cellu", "cellv"]) facts[name] = one(wire, name)[cell - 1];
    facts.tile = facts.waferu === noWafer;
    const hit = wire._row ? wire._row[cell] : -1;
    if (hit < 0) facts.note = one(wire, "empty");
    else if (wire.data.labels) {
      facts.facts = one(wire, "labels").map((label, i) => `${label}  ${significant(one(wire, `fact${i}`)[hit])} ${one(wire, "units")[i]}`);
    } else if (wire.data.words) facts.note = one(wire, "words")[one(wire, "value")[hit]];
    else for (const name of ["mipPt", "pt", "eta", "phi"]) facts[name] = one(wire, name)[hit];
    if (wire.data.number) facts.number = one(wire, "number")[cell - 1];
    tooltip(cellText(facts));
  }

  Object.assign(byeSplits, { cellText, hoverMap });
})();
