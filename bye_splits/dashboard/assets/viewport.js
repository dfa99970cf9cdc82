// The visible part of a figure, with equal scales in x and y; the layer map requests the raster of its visible part.
(() => {
  const { one } = byeSplits;
  const inner = (figure) => [Math.round(figure.inner_width), Math.round(figure.inner_height)];

  function setRanges({ x_range, y_range }, x, y, halfX, halfY) {
    x_range.setv({ start: x - halfX, end: x + halfX });
    y_range.setv({ start: y - halfY, end: y + halfY });
  }

  // Go to a part of the layer, given by its centre and the span of the pane's shorter side.
  function goTo(figure, request, x, y, span) {
    const [width, height] = inner(figure), side = Math.min(width, height), hidden = !(side > 0);
    Object.assign(request, { _width: width, _height: height, _span: span });
    setRanges(figure, x, y, (span / 2) * (hidden ? 1 : width / side), (span / 2) * (hidden ? 1 : height / side));
  }

  // Keep the scales of x and y equal, and request the raster of the visible part. A new range keeps its longer side;
  // a resized pane keeps the span of its shorter side, so that widening and narrowing it restores the view.
  function look(figure, wire, request) {
    const [width, height] = inner(figure);
    if (!(width > 40 && height > 40)) return;
    const { x_range: xr, y_range: yr } = figure, spanX = xr.end - xr.start, spanY = yr.end - yr.start;
    if (!(spanX > 0 && spanY > 0)) return;
    const resized = request._width !== width || request._height !== height, side = Math.min(width, height);
    const span = resized ? request._span ?? Math.min(spanX, spanY) : side * Math.max(spanX / width, spanY / height);
    const scale = span / side, off = (length, pixels) => Math.abs(length / pixels - scale) > 1e-3 * scale;
    if (off(spanX, width) || off(spanY, height)) {
      goTo(figure, request, (xr.start + xr.end) / 2, (yr.start + yr.end) / 2, span);
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

  // Show a box with equal scales in x and y; x increases to the left if x0 > x1.
  function fit(figure, box) {
    const [width, height] = inner(figure), [x0, x1, y0, y1] = ["x0", "x1", "y0", "y1"].map((name) => one(box, name));
    if (!(width > 0 && height > 0) || x0 === undefined) return;
    const scale = Math.max(Math.abs(x1 - x0) / width, (y1 - y0) / height) / 2;
    setRanges(figure, (x0 + x1) / 2, (y0 + y1) / 2, scale * width * Math.sign(x1 - x0), scale * height);
  }

  Object.assign(byeSplits, { goTo, look, fit });
})();
