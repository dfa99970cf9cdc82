// The raster of a layer, the trigger cell at each pixel: unpacking and painting.
(() => {
  const { one, goTo } = byeSplits, { repeats, kinds } = byeSplits.constants;

  // Unpack a raster from figures/raster.py: two bits per pixel, most of which repeat a neighbour's number.
  function unpack(codes, fresh, width, height) {
    const { up, left, upRight } = repeats, stride = width + 2;
    const raster = new Uint16Array(width * height);
    let before = new Uint16Array(stride), row = new Uint16Array(stride), next = 0, pixel = 0;
    for (let y = 0; y < height; y++) {
      for (let x = 1; x <= width; x++, pixel++) {
        const code = (codes[pixel >> 2] >> ((pixel & 3) << 1)) & 3;
        row[x] = code === up ? before[x] : code === left ? row[x - 1] : code === upRight ? before[x + 1] : fresh[next++];
        raster[pixel] = row[x];
      }
      [before, row] = [row, before];
      row[0] = 0;
    }
    return raster;
  }

  function rasterOf(wire) {
    const codes = one(wire, "codes");
    if (!wire._raster || wire._codes !== codes) {
      wire._codes = codes;
      wire._raster = unpack(codes, one(wire, "fresh"), one(wire, "width"), one(wire, "height"));
    }
    return wire._raster;
  }

  // Whether the edge between a pixel and the one to its right continues above or below. A slanted edge has a step
  // here: it is drawn by the pixels that differ from those above them, and a further pixel would be a blot.
  function upright(raster, width, p) {
    const goesOn = (q) => raster[q] === raster[p] && raster[q + 1] === raster[p + 1];
    return goesOn(p + width) || goesOn(p - width);
  }

  // Compute the value and kind of each pixel from its cell: its colour, and the faint detector with fill and edges.
  function paint(wire, painted, figure, request) {
    const width = one(wire, "width"), height = one(wire, "height");
    if (!width) return;  // nothing has been requested yet
    const [x0, x1, y0, y1] = ["x0", "x1", "y0", "y1"].map((name) => one(wire, name));
    const raster = rasterOf(wire);
    const n = one(wire, "waferu").length;
    const value = new Float32Array(n + 1).fill(NaN), row = new Int32Array(n + 1).fill(-1);
    const hit = one(wire, "hit"), values = one(wire, "value");
    for (let i = 0; i < hit.length; i++) {
      value[hit[i]] = values[i];
      row[hit[i]] = i;
    }
    wire._row = row;

    const { cell: empty, cell_edge: cellEdge, signal_edge: signalEdge, no_colour: noColour } = kinds;
    const cellEdges = one(wire, "cell_edges");
    const NumberArray = painted.data.image[0].constructor, KindArray = painted.data.kind[0].constructor;
    const shape = [height, width];
    const image = new NumberArray(width * height, shape), kind = new KindArray(width * height, shape);
    for (let y = 0, p = 0; y < height; y++) {
      for (let x = 0; x < width; x++, p++) {
        const cell = raster[p];
        image[p] = value[cell];
        if (cell === 0) continue;
        const signal = row[cell] >= 0;
        if (!signal) kind[p] = empty;
        else if (Number.isNaN(image[p])) kind[p] = noColour;
        if (!cellEdges) continue;
        const right = x + 1 < width ? raster[p + 1] : cell, above = y + 1 < height ? raster[p + width] : cell;
        if (right === cell && above === cell) continue;
        if (above === cell && !upright(raster, width, p)) continue;
        kind[p] = signal || row[right] >= 0 || row[above] >= 0 ? signalEdge : cellEdge;
      }
    }
    Object.assign(painted.data, { image: [image], kind: [kind], x: [x0], y: [y0], dw: [x1 - x0], dh: [y1 - y0] });
    painted.change.emit();
    note(raster, row, one(wire, "empty"));

    const moved = one(wire, "moved");
    if (wire._moved !== moved) {  // the server has set this viewport: go there
      wire._moved = moved;
      goTo(figure, request, (x0 + x1) / 2, (y0 + y1) / 2, Math.min(x1 - x0, y1 - y0));
    }
  }

  // Say in the display's map why nothing is seen there.
  function note(raster, row, empty) {
    const box = document.getElementById("map-note");
    if (!box) return;
    const outside = !raster.some((cell) => cell > 0), seen = raster.some((cell) => row[cell] >= 0);
    const words = outside ? "outside the layer: there are no trigger cells here" : seen ? "" : empty;
    if (box.textContent !== words) box.textContent = words;
  }

  Object.assign(byeSplits, { unpack, rasterOf, paint });
})();
