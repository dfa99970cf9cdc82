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

  // Colours of numbers by a Bokeh colour mapper, as bytes R, G, B, A in one number.
  const coloursOf = (mapper, numbers) => new Uint32Array(mapper.rgba_mapper.v_compute(numbers).buffer);

  // A translucent colour above another one.
  function over(above, below) {
    const bytes = new Uint8ClampedArray(Uint32Array.of(above, below).buffer), a = bytes[3] / 255, b = (bytes[7] / 255) * (1 - a);
    if (a + b === 0) return 0;
    for (let i = 0; i < 3; i++) bytes[i] = (a * bytes[i] + b * bytes[i + 4]) / (a + b);
    bytes[3] = 255 * (a + b);
    return new Uint32Array(bytes.buffer)[0];
  }

  // Colour each pixel by its cell: by the cell's value, and the faint detector with fill and edges. The colours are
  // those of the bar's mapper; Bokeh's own mapping of an image maps each pixel, which takes ten times as long.
  function paint({ wire, painted, figure, request, bar, kinds: kindColours }) {
    wire._due = false;
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

    const cellEdges = one(wire, "cell_edges"), faint = coloursOf(kindColours, Float32Array.from(kindColours.palette, (_, i) => i + 1));
    const kind = Object.fromEntries(Object.entries(kinds).map(([name, number]) => [name, faint[number - 1]]));
    const colour = coloursOf(bar.color_mapper, value), filled = colour.slice(), edge = colour.slice();
    for (let cell = 1; cell <= n; cell++) {
      if (row[cell] < 0) filled[cell] = kind.cell;
      else if (Number.isNaN(value[cell])) filled[cell] = kind.no_colour;
      if (cellEdges) edge[cell] = over(kind.signal_edge, colour[cell]);
    }
    const Image = painted.data.image[0].constructor, image = new Image(width * height, [height, width]);
    for (let y = 0, p = 0; y < height; y++) {
      for (let x = 0; x < width; x++, p++) {
        const cell = raster[p];
        image[p] = filled[cell];
        if (cell === 0 || !cellEdges) continue;
        const right = x + 1 < width ? raster[p + 1] : cell, above = y + 1 < height ? raster[p + width] : cell;
        if (right === cell && above === cell) continue;
        if (above === cell && !upright(raster, width, p)) continue;
        image[p] = row[cell] >= 0 || row[right] >= 0 || row[above] >= 0 ? edge[cell] : kind.cell_edge;
      }
    }
    Object.assign(painted.data, { image: [image], x: [x0], y: [y0], dw: [x1 - x0], dh: [y1 - y0] });
    painted.change.emit();
    note(raster, row, one(wire, "empty"));

    const moved = one(wire, "moved");
    if (wire._moved !== moved) {  // the server has set this viewport: go there
      wire._moved = moved;
      goTo(figure, request, (x0 + x1) / 2, (y0 + y1) / 2, Math.min(x1 - x0, y1 - y0));
    }
  }

  // Paint once all changes of the colours, and of what is painted, have been applied.
  function repaint(models) {
    const { wire } = models;
    if (wire._due) return;
    wire._due = true;
    queueMicrotask(() => { if (wire._due) paint(models); });
  }

  // Say in the display's map why nothing is seen there.
  function note(raster, row, empty) {
    const box = document.getElementById("map-note");
    if (!box) return;
    const outside = !raster.some((cell) => cell > 0), seen = raster.some((cell) => row[cell] >= 0);
    const words = outside ? "outside the layer: there are no trigger cells here" : seen ? "" : empty;
    if (box.textContent !== words) box.textContent = words;
  }

  Object.assign(byeSplits, { unpack, rasterOf, paint, repaint });
})();
