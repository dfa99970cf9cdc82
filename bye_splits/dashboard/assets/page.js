// What the browser does by itself: unpack and paint the layer's raster, answer the mouse, ask for a new raster.
(() => {
  const UP = 0, LEFT = 1, UP_RIGHT = 2;
  const EMPTY = 1, CELL_EDGE = 2, SIGNAL_EDGE = 3, NO_COLOUR = 4;
  const NO_WAFER = -999;

  // A raster as packed by figures/raster.py: two bits a pixel, most of them repeat a neighbour's number.
  function unpack(codes, fresh, width, height) {
    const stride = width + 2;
    const raster = new Uint16Array(width * height);
    let before = new Uint16Array(stride), row = new Uint16Array(stride), next = 0, pixel = 0;
    for (let y = 0; y < height; y++) {
      for (let x = 1; x <= width; x++, pixel++) {
        const code = (codes[pixel >> 2] >> ((pixel & 3) << 1)) & 3;
        raster[pixel] = row[x] =
          code === UP ? before[x] : code === LEFT ? row[x - 1] : code === UP_RIGHT ? before[x + 1] : fresh[next++];
      }
      [before, row] = [row, before];
      row[0] = 0;
    }
    return raster;
  }

  const one = (source, name) => source.data[name][0];

  function rasterOf(wire) {
    const codes = one(wire, "codes");
    if (!wire._raster || wire._codes !== codes) {
      wire._codes = codes;
      wire._raster = unpack(codes, one(wire, "fresh"), one(wire, "width"), one(wire, "height"));
    }
    return wire._raster;
  }

  // Whether the edge between a pixel and the one to its right goes on above or below. One that is slanted has a step
  // here: the pixels that differ from those above them draw it, and one more would be a blot.
  function upright(raster, width, p) {
    const goesOn = (q) => raster[q] === raster[p] && raster[q + 1] === raster[p + 1];
    return goesOn(p + width) || goesOn(p - width);
  }

  // Colour of every pixel from its cell's value, and the faint detector: fill of empty cells, their edges.
  function paint(wire, painted, figure, request) {
    const width = one(wire, "width"), height = one(wire, "height");
    if (!width) return;  // nothing was asked for yet
    const [x0, x1, y0, y1] = ["x0", "x1", "y0", "y1"].map((name) => one(wire, name));
    const raster = rasterOf(wire);
    const n = one(wire, "waferu").length;
    const value = new Float32Array(n + 1).fill(NaN), row = new Int32Array(n + 1).fill(-1);
    const hit = one(wire, "hit"), values = one(wire, "value");
    for (let i = 0; i < hit.length; i++) { value[hit[i]] = values[i]; row[hit[i]] = i; }
    wire._row = row;

    const cellEdges = (width / (x1 - x0)) * 2.4 > 7;
    const NumberArray = painted.data.image[0].constructor, KindArray = painted.data.kind[0].constructor;
    const shape = [height, width];
    const image = new NumberArray(width * height, shape), kind = new KindArray(width * height, shape);
    for (let y = 0, p = 0; y < height; y++) {
      for (let x = 0; x < width; x++, p++) {
        const cell = raster[p];
        image[p] = value[cell];
        if (cell === 0) continue;
        const signal = row[cell] >= 0;
        if (!signal) kind[p] = EMPTY;
        else if (Number.isNaN(image[p])) kind[p] = NO_COLOUR;
        if (!cellEdges) continue;
        const right = x + 1 < width ? raster[p + 1] : cell, above = y + 1 < height ? raster[p + width] : cell;
        if (right === cell && above === cell) continue;
        if (above === cell && !upright(raster, width, p)) continue;
        kind[p] = signal || row[right] >= 0 || row[above] >= 0 ? SIGNAL_EDGE : CELL_EDGE;
      }
    }
    Object.assign(painted.data, { image: [image], kind: [kind], x: [x0], y: [y0], dw: [x1 - x0], dh: [y1 - y0] });
    painted.change.emit();

    const moved = one(wire, "moved");
    if (wire._moved !== moved) {  // the server chose this part of the layer: go there
      wire._moved = moved;
      place(figure, request, (x0 + x1) / 2, (y0 + y1) / 2, Math.min(x1 - x0, y1 - y0));
    }
  }

  const inner = (figure) => [Math.round(figure.inner_width), Math.round(figure.inner_height)];

  // Go to a part of the layer by its middle and by what the pane's shorter side spans.
  function place(figure, request, x, y, span) {
    const [width, height] = inner(figure), side = Math.min(width, height), hidden = !(side > 0);
    const halfX = (span / 2) * (hidden ? 1 : width / side), halfY = (span / 2) * (hidden ? 1 : height / side);
    Object.assign(request, { _width: width, _height: height, _span: span });
    figure.x_range.setv({ start: x - halfX, end: x + halfX });
    figure.y_range.setv({ start: y - halfY, end: y + halfY });
  }

  // Keep x and y at one scale, and ask for the raster of what is in view. A new range keeps its longer side; a
  // new size of the pane keeps what its shorter side spans, so that a pane made wide and narrow again is as before.
  function look(figure, wire, request) {
    const [width, height] = inner(figure);
    if (!(width > 40 && height > 40)) return;
    const { x_range: xr, y_range: yr } = figure, spanX = xr.end - xr.start, spanY = yr.end - yr.start;
    if (!(spanX > 0 && spanY > 0)) return;
    const resized = request._width !== width || request._height !== height, side = Math.min(width, height);
    const span = resized ? request._span ?? Math.min(spanX, spanY) : side * Math.max(spanX / width, spanY / height);
    const scale = span / side, off = (length, pixels) => Math.abs(length / pixels - scale) > 1e-3 * scale;
    if (off(spanX, width) || off(spanY, height)) {
      place(figure, request, (xr.start + xr.end) / 2, (yr.start + yr.end) / 2, span);
    }
    Object.assign(request, { _width: width, _height: height, _span: span });
    clearTimeout(request._timer);
    const wait = Math.max(0, 40 - (performance.now() - (request._last ?? 0)));
    request._timer = setTimeout(() => {
      request._last = performance.now();
      const wanted = { x0: xr.start, x1: xr.end, y0: yr.start, y1: yr.end, width, height };
      const slack = 0.5 * scale;
      const same = ["x0", "x1", "y0", "y1"].every((name) => Math.abs(wanted[name] - one(wire, name)) < slack) &&
        width === one(wire, "width") && height === one(wire, "height");
      if (!same) request.data = Object.fromEntries(Object.entries(wanted).map(([name, number]) => [name, [number]]));
    }, wait);
  }

  // -- the tooltip, one for all panes --------------------------------------------------------------------

  let box = null;
  function tooltip(text, x, y) {
    if (!box) {
      box = document.createElement("div");
      box.id = "tooltip";
      document.body.appendChild(box);
    }
    box.style.display = text ? "block" : "none";
    if (!text) return;
    if (box.textContent !== text) box.textContent = text;
    const { offsetWidth: w, offsetHeight: h } = box;
    box.style.left = `${x + 16 + w > window.innerWidth ? x - w - 12 : x + 16}px`;
    box.style.top = `${y + 12 + h > window.innerHeight ? y - h - 12 : y + 12}px`;
  }

  let mouse = { x: 0, y: 0 };
  window.addEventListener("pointermove", (event) => { mouse = { x: event.clientX, y: event.clientY }; }, true);

  const digits = (number) => Math.abs(number) >= 100 ? number.toFixed(0) : number.toPrecision(3);
  const minus = (text) => String(text).replace("-", "\u2212");

  function cellText(cell) {
    const place = cell.waferu === NO_WAFER
      ? [`scintillator  ieta ${cell.cellu}, iphi ${cell.cellv}`]
      : [minus(`wafer u, v   ${cell.waferu}, `) + minus(cell.waferv), `cell u, v    ${cell.cellu}, ${cell.cellv}`];
    const lines = [`layer ${cell.layer} (${cell.section})`, ...place];
    if (cell.note) lines.push(cell.note);
    if (cell.mipPt !== undefined) {
      lines.push(`mipT         ${digits(cell.mipPt)}`, `pT           ${digits(cell.pt)} GeV`,
        minus(`\u03b7, \u03c6         ${cell.eta.toFixed(3)}, `) + minus(cell.phi.toFixed(3)));
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
    const hit = wire._row ? wire._row[cell] : -1;
    if (hit < 0) facts.note = one(wire, "empty");
    else if (wire.data.words) facts.note = one(wire, "words")[one(wire, "value")[hit]];
    else for (const name of ["mipPt", "pt", "eta", "phi"]) facts[name] = one(wire, name)[hit];
    if (wire.data.number) facts.number = one(wire, "number")[cell - 1];
    tooltip(cellText(facts), mouse.x, mouse.y);
  }

  // The cell below the mouse in 3D. It is picked by a button that goes up where it went down: Plotly's own click
  // comes when the button goes down, also where the camera is about to be turned.
  let pointed = null, pressed = null;

  // What figures/shower.py packs of a cell: its indices in 32 bits, angles in steps of 1e-4.
  function packedIndices(bits) {
    const tile = (bits >>> 23) & 1;
    return {
      layer: (bits >>> 24) & 127, section: bits >>> 31 ? "CE-E" : "CE-H", cellv: bits & 255, cellu: (bits >>> 8) & 31,
      waferv: tile ? NO_WAFER : ((bits >>> 13) & 31) - 16, waferu: tile ? NO_WAFER : ((bits >>> 18) & 31) - 16,
    };
  }

  function packedFacts(data, cell) {
    return {
      ...packedIndices(data.cell[cell]),
      mipPt: data.mipPt[cell], pt: data.pt[cell], eta: data.eta[cell] / 1e4, phi: data.phi[cell] / 1e4,
    };
  }

  // Row of a cell by its place in the mesh (curve 0), or among the points of those without a colour (curve 3).
  function shownCell(data, curve, place) {
    if (curve !== 0 && curve !== 3) return -1;
    const index = curve === 0 ? place >> 1 : place;
    if (!data.coloured) return curve === 0 ? index : -1;
    const wanted = curve === 0 ? 1 : 0;
    for (let row = 0, seen = 0; row < data.coloured.length; row++) {
      if (data.coloured[row] === wanted && seen++ === index) return row;
    }
    return -1;
  }

  function hoverShower(table, pick, event) {
    if (event.type !== "hover") return;
    const point = event.data?.points?.[0], { data } = table;
    const cell = point ? shownCell(data, point.curveNumber, point.pointNumber) : -1;
    const known = cell >= 0 && cell < (data.cell?.length ?? 0);
    pointed = known ? { cell, pick, table, data } : null;
    tooltip(known ? cellText(packedFacts(data, cell)) : "", mouse.x, mouse.y);
  }

  // The detector in 3D: the last run of figures/detector.py that begins at or before the cell.
  function hoverDetector({ data }, event) {
    if (event.type !== "hover") return;
    const place = (event.data?.points?.[0]?.pointNumber ?? -1) >> 1;
    let low = -1, high = data.first?.length ?? 0;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (data.first[middle] <= place) low = middle;
      else high = middle;
    }
    if (low < 0) return tooltip("");
    const { layer, section, waferu, waferv, cellu } = packedIndices(data.cell[low]);
    const where = waferu === NO_WAFER ? [`scintillator  ring ieta ${cellu}`]
      : [minus(`wafer u, v   ${waferu}, `) + minus(waferv), data.full[low] ? "full wafer" : "partial wafer"];
    tooltip([`layer ${layer} (${section})`, ...where].join("\n"), mouse.x, mouse.y);
  }

  window.addEventListener("pointerdown", (event) => {
    const inside = event.composedPath().some((element) => element.classList?.contains("js-plotly-plot"));
    pressed = inside && event.button === 0 ? { x: event.clientX, y: event.clientY } : null;
  }, true);
  window.addEventListener("pointerup", (event) => {
    const [inside] = event.composedPath();
    if (inside.classList?.contains("bk-events")) inside.blur();  // a clicked figure gets no frame of focus
    const still = pressed && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < 4;
    pressed = null;
    if (!still || !pointed || pointed.table.data !== pointed.data) return;
    const { pick, cell } = pointed;
    pick.data = { cell: [cell], time: [event.timeStamp] };  // the time lets the same cell be picked again
  }, true);

  // -- the stages of the chain -----------------------------------------------------------------------------

  const DECISION = { empty: 0, below: 1, seed: 3 };
  const wrapped = (index, n) => ((index % n) + n) % n;

  // Why a bin is a seed or not, as chain/seeding.py has it: of equal neighbours the one with the lower phi, then
  // the higher R/z wins, but with `legacy`.
  function verdict(at, row, column, decision, facts) {
    const [threshold, window, legacy] = ["threshold", "window", "legacy"].map((name) => one(facts, name));
    if (decision === DECISION.seed) return "seed: the highest of its window";
    if (decision === DECISION.empty) return "not a seed: empty";
    if (decision === DECISION.below) return `not a seed: below threshold ${threshold} mipT`;
    const mine = at(row, column);
    let best = null;
    for (const up of [1, 0, -1]) {
      for (let right = -window; right <= window; right++) {
        const other = at(row + up, column + right), earlier = !legacy && (right < 0 || (right === 0 && up > 0));
        if ((up || right) && (other > mine || (earlier && other === mine)) && !(best?.other >= other)) best = { up, right, other };
      }
    }
    if (!best) return "not a seed: a neighbour is as high";
    const { up, right, other } = best, far = Math.abs(right);
    const side = (up > 0 ? "N" : up < 0 ? "S" : "") + (right > 0 ? "E" : right < 0 ? "W" : "");
    const which = far > 1 ? `the ${side} bin ${far} away in \u03c6` : `${side} neighbour`;
    return `not a seed: ${which} is ${other > mine ? "higher" : "as high"}`;
  }

  // Values of a bin, in brackets, and of those around it: R/z goes up, phi to the right.
  function around(at, row, column, reach) {
    const lines = [];
    for (const up of [1, 0, -1]) {
      let line = "";
      for (let right = -reach; right <= reach; right++) {
        const value = at(row + up, column + right), text = value === undefined ? "" : value > 0 ? digits(value) : "\u00b7";
        line += (up || right ? `${text} ` : `[${text}]`).padStart(8);
      }
      lines.push(line);
    }
    return lines;
  }

  // The bin under the mouse: its edges, its value and those around it, and in the last map what became of it.
  function hoverStage(decision, values, facts, event) {
    const image = one(values, "image"), [rows, columns] = image?.shape ?? [0, 0];
    const [x, y, dw, dh] = ["x", "y", "dw", "dh"].map((name) => one(values, name));
    const row = Math.floor(((event.y - y) / dh) * rows), column = Math.floor(((event.x - x) / dw) * columns);
    if (!(row >= 0 && row < rows && column >= 0 && column < columns)) return tooltip("");
    const at = (r, c) => r >= 0 && r < rows ? image[r * columns + wrapped(c, columns)] : undefined;
    const edges = (low, width, index, places) => [index, index + 1]
      .map((edge) => minus((low + edge * width).toFixed(places))).join(" to ");
    const turn = x + ((column + 0.5) * dw) / columns > Math.PI ? 2 * Math.PI : 0, value = at(row, column);
    const lines = [`R/z    ${edges(y, dh / rows, row, 3)}`, `\u03c6      ${edges(x - turn, dw / columns, column, 3)}`,
      `mipT   ${value > 0 ? digits(value) : "none"}`];
    if (decision) lines.push(verdict(at, row, column, one(decision, "image")[row * columns + column], facts));
    tooltip([...lines, "", ...around(at, row, column, Math.min(one(facts, "window"), 3))].join("\n"), mouse.x, mouse.y);
  }

  // -- the stages of coarse seeding ------------------------------------------------------------------------

  // Show a box at one scale in x and y; x runs to the left where x0 > x1.
  function fit(figure, box) {
    const [width, height] = inner(figure), [x0, x1, y0, y1] = ["x0", "x1", "y0", "y1"].map((name) => one(box, name));
    if (!(width > 0 && height > 0) || x0 === undefined) return;
    const scale = Math.max(Math.abs(x1 - x0) / width, (y1 - y0) / height) / 2;
    const halfX = scale * width * Math.sign(x1 - x0), halfY = scale * height, x = (x0 + x1) / 2, y = (y0 + y1) / 2;
    figure.x_range.setv({ start: x - halfX, end: x + halfX });
    figure.y_range.setv({ start: y - halfY, end: y + halfY });
  }

  // The row of a source whose place (x, y) is nearest to the mouse, -1 where none is within `reach`.
  function nearest({ x, y }, event, reach) {
    let best = -1;
    for (let i = 0; i < x.length; i++) {
      const apart = Math.hypot(x[i] - event.x, y[i] - event.y);
      if (apart < reach) [best, reach] = [i, apart];
    }
    return best;
  }

  function hoverModule({ data }, event) {
    const i = nearest(data, event, data.reach[0]);
    if (i < 0) return tooltip("");
    const cut = data.threshold[i], known = Number.isFinite(cut);
    tooltip([minus(`wafer u, v   ${data.waferu[i]}, `) + minus(data.waferv[i]), `sum          ${digits(data.mipPt[i])} mipT`,
      `\u03b7            ${data.eta[i].toFixed(3)}`,
      known ? `threshold    ${digits(cut)} mipT` : "outside the edges of \u03b7: not looked at",
      ...(known ? [`ratio        ${data.ratio[i].toFixed(2)}`, data.chosen[i] ? "chosen" : "not chosen"] : [])].join("\n"), mouse.x, mouse.y);
  }

  // Why a lattice point is a seed or not, as chain/coarse.py has it.
  function pointVerdict(data, i, facts) {
    const [threshold, window, hexagonal, legacy] = ["threshold", "window", "hexagonal", "legacy"].map((name) => one(facts, name));
    const apart = (k) => one(facts, "alone") && (data.waferu[k] !== data.waferu[i] || data.waferv[k] !== data.waferv[i]);
    if (data.seed[i] >= 0) return "seed: the highest of its window";
    if (!(data.mipPt[i] > threshold)) return `not a seed: below threshold ${threshold} mipT`;
    let best = -1;
    for (let k = 0; k < data.U.length; k++) {
      const u = data.U[k] - data.U[i], v = data.V[k] - data.V[i], earlier = !legacy && (u < 0 || (u === 0 && v < 0));
      const far = apart(k) || Math.abs(u) > window || Math.abs(v) > window || (hexagonal && Math.abs(u - v) > window);
      const beats = data.mipPt[k] > data.mipPt[i] || (earlier && data.mipPt[k] === data.mipPt[i]);
      if (k !== i && !far && beats && !(best >= 0 && data.mipPt[best] >= data.mipPt[k])) best = k;
    }
    if (best < 0) return data.central[i] ? "not a seed" : "not a seed: not in the module itself";
    return minus(`not a seed: (${data.U[best]}, `) + minus(`${data.V[best]}) is higher, ${digits(data.mipPt[best])} mipT`);
  }

  function hoverPoint({ data }, facts, event) {
    const i = nearest(data, event, 0.6);
    if (i < 0) return tooltip("");
    tooltip([minus(`U, V         ${data.U[i]}, `) + minus(data.V[i]), minus(`wafer u, v   ${data.waferu[i]}, `) + minus(data.waferv[i]),
      `mipT         ${data.mipPt[i] > 0 ? digits(data.mipPt[i]) : "none"}`, pointVerdict(data, i, facts)].join("\n"), mouse.x, mouse.y);
  }

  function hoverProfile(bars, event) {
    const { layer, mip, width } = bars.data;
    const bar = Array.from(layer).findIndex((number, i) => Math.abs(event.x - number) <= width[i] / 2);
    if (bar < 0 || event.y < 0) return tooltip("");
    tooltip(`layer  ${layer[bar]}\nmipT   ${mip[bar] > 0 ? digits(mip[bar]) : "none"}`, mouse.x, mouse.y);
  }

  function theme(name) {
    document.documentElement.dataset.theme = name;
  }

  function panes(which) {
    document.documentElement.dataset.panes = which;
  }

  // Which card the low pane shows: the clusters, or the selected trigger cell.
  function low(which) {
    document.documentElement.dataset.low = which;
    for (const tab of document.querySelectorAll("[role=tab]")) {
      tab.setAttribute("aria-selected", tab.dataset.low === which);
    }
  }
  window.addEventListener("DOMContentLoaded", () => low(new URLSearchParams(location.search).has("cell") ? "cell" : "clusters"));

  window.byeSplits = {
    paint, look, fit, hoverMap, hoverShower, hoverDetector, hoverStage, hoverModule, hoverPoint,
    hoverProfile, tooltip, theme, panes, low, unpack,
  };
})();
