// The bin, module or lattice point below the mouse in the maps of the chain's stages.
(() => {
  const { one, tooltip, digits, positive, minus, pair } = byeSplits;
  const around = (index, n) => ((index % n) + n) % n;  // phi is periodic

  // Values of a bin, in brackets, and of the bins around it: rows increase upwards, columns to the right.
  function valuesAround(image, row, column, reach, wraps) {
    const [rows, columns] = image.shape, lines = [];
    for (const up of [1, 0, -1]) {
      let line = "";
      for (let right = -reach; right <= reach; right++) {
        const beside = wraps || (column + right >= 0 && column + right < columns);
        const inside = beside && row + up >= 0 && row + up < rows;
        const value = image[(row + up) * columns + around(column + right, columns)];
        const text = !inside ? "" : value > 0 ? digits(value) : "\u00b7";
        line += (up || right ? `${text} ` : `[${text}]`).padStart(8);
      }
      lines.push(line);
    }
    return lines;
  }

  // Tooltip text of a bin: its edges, its value, its outcome if there are decisions, with what else the rule of
  // the seeds looks at, then the values around it.
  function binText(decision, values, facts, row, column) {
    const image = one(values, "image"), [, columns] = image.shape, index = row * columns + column;
    const between = (low, high) => `${minus(low.toFixed(3))} to ${minus(high.toFixed(3))}`;
    const [upwards, across, unit] = one(facts, "axes"), edges = one(facts, "rows");
    const lines = [`${upwards.padEnd(6)} ${between(edges[row], edges[row + 1])}`,
      `${across.padEnd(6)} ${between(one(facts, "low")[column], one(facts, "high")[column])}${unit}`,
      `mipT   ${positive(image[index])}`];
    if (decision) {
      lines.push(one(facts, "verdicts")[one(decision, "image")[index]]);
      const looks_at = one(facts, "looks_at");
      lines.push(...one(facts, "titles").map((title, i) => `${title} ${minus(looks_at[i][index].toFixed(1))} mipT`));
    }
    return [...lines, "", ...valuesAround(image, row, column, one(facts, "reach"), one(facts, "wraps"))].join("\n");
  }

  function hoverStage(decision, values, facts, event) {
    const [rows, columns] = one(values, "image")?.shape ?? [0, 0];
    const [x, y, dw, dh] = ["x", "y", "dw", "dh"].map((name) => one(values, name));
    const row = Math.floor(((event.y - y) / dh) * rows), column = Math.floor(((event.x - x) / dw) * columns);
    const inside = row >= 0 && row < rows && column >= 0 && column < columns;
    tooltip(inside ? binText(decision, values, facts, row, column) : "");
  }

  // The row of a source whose position (x, y) is nearest to the mouse, -1 if none is within `reach`.
  function nearest({ x, y }, event, reach) {
    let best = -1, closest = reach;
    for (let i = 0; i < x.length; i++) {
      const apart = Math.hypot(x[i] - event.x, y[i] - event.y);
      if (apart < closest) [best, closest] = [i, apart];
    }
    return best;
  }

  function moduleText(data, i) {
    const cut = data.threshold[i], known = Number.isFinite(cut);
    return [`wafer u, v   ${pair(data.waferu[i], data.waferv[i])}`, `sum          ${digits(data.mipPt[i])} mipT`,
      `\u03b7            ${data.eta[i].toFixed(3)}`,
      known ? `threshold    ${digits(cut)} mipT` : "outside the edges of \u03b7: not considered",
      ...(known ? [`ratio        ${data.ratio[i].toFixed(2)}`, data.chosen[i] ? "chosen" : "not chosen"] : [])].join("\n");
  }

  function hoverModule({ data }, event) {
    const i = nearest(data, event, data.reach[0]);
    tooltip(i < 0 ? "" : moduleText(data, i));
  }

  function pointText(data, facts, i) {
    const winner = data.winner[i], verdict = one(facts, "verdicts")[data.verdict[i]];
    const why = winner < 0 ? "" : `: (${pair(data.U[winner], data.V[winner])}) is higher, ${digits(data.mipPt[winner])} mipT`;
    return [`U, V         ${pair(data.U[i], data.V[i])}`, `wafer u, v   ${pair(data.waferu[i], data.waferv[i])}`,
      `mipT         ${positive(data.mipPt[i])}`, verdict + why].join("\n");
  }

  function hoverPoint({ data }, facts, event) {
    const i = nearest(data, event, one(facts, "reach"));
    tooltip(i < 0 ? "" : pointText(data, facts, i));
  }

  function hexagonText(data, facts, i) {
    const gev = (value) => `${digits(value)} GeV`, x = data.x[i], y = data.y[i];
    const left = Number.isFinite(data.left[i]) ? [`2nd pass     ${gev(data.left[i])}`,
      `  beside it  ${positive(data.beside_left[i])}${data.beside_left[i] > 0 ? " GeV at most" : ""}`] : [];
    return [`x/z, y/z     ${minus(x.toFixed(3))}, ${minus(y.toFixed(3))}`, `pT           ${gev(data.pt[i])}`,
      `  beside it  ${gev(data.beside[i])} at most`, ...left, `mipT         ${digits(data.mip[i])}`,
      one(facts, "verdicts")[data.verdict[i]]].join("\n");
  }

  function hoverHexagon({ data }, facts, event) {
    const i = nearest(data, event, one(facts, "reach"));
    tooltip(i < 0 ? "" : hexagonText(data, facts, i));
  }

  Object.assign(byeSplits, { binText, moduleText, pointText, hexagonText, hoverStage, hoverModule, hoverPoint,
    hoverHexagon });
})();
