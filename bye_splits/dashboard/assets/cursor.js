// The keyboard's cursor in a picture that has the focus: arrows move it, the tooltip is that of the mouse, Enter clicks.
(() => {
  const { one, rasterOf, tooltip, along } = byeSplits, { keys } = byeSplits.constants;
  const SPOT = 16;  // px, size of the cursor where it is on something without sides of its own
  const ZOOM = 120;  // px of the wheel for one press
  const MARKED = ["chosen", "selected", "seeds"];  // names of renderers at whose first mark the cursor starts

  // -- what the cursor goes through, by the figure's name: centres x, y, and the sides of one ---------------------

  const sourceOf = (figure, needed) => figure.renderers.map((one) => one.data_source).find(({ data }) => needed.every((name) => data[name]));

  function bins(figure) {
    const { data } = sourceOf(figure, ["image", "dw"]), [image] = data.image;
    if (!image) return { x: [], y: [] };
    const [rows, columns] = image.shape, width = data.dw[0] / columns, height = data.dh[0] / rows;
    const x = [], y = [];
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        x.push(data.x[0] + (column + 0.5) * width);
        y.push(data.y[0] + (row + 0.5) * height);
      }
    }
    return { x, y, width, height };
  }

  // The trigger cells with signal that are in view: the middle of each one's pixels.
  function cells({ js_event_callbacks: { mousemove } }) {
    const { wire } = mousemove[0].args instanceof Map ? Object.fromEntries(mousemove[0].args) : mousemove[0].args;
    const [x0, x1, y0, y1, width, height] = ["x0", "x1", "y0", "y1", "width", "height"].map((name) => one(wire, name));
    const sums = new Map(), raster = width ? rasterOf(wire) : [];
    raster.forEach((cell, pixel) => {
      if (!cell || !(wire._row?.[cell] >= 0)) return;
      const sum = sums.get(cell) ?? [0, 0, 0];
      sums.set(cell, [sum[0] + 1, sum[1] + (pixel % width), sum[2] + Math.floor(pixel / width)]);
    });
    const found = [...sums.values()];
    return {
      x: found.map(([n, column]) => x0 + ((column / n + 0.5) / width) * (x1 - x0)),
      y: found.map(([n, , row]) => y0 + ((row / n + 0.5) / height) * (y1 - y0)),
    };
  }

  // The bars of the layers.
  function bars({ renderers, y_range }) {
    const { layer } = sourceOf({ renderers }, ["layer", "width"]).data;
    return { x: layer, y: Array.from(layer, () => (y_range.start + y_range.end) / 2) };
  }

  const places = (...columns) => (figure) => sourceOf(figure, ["x", "y", ...columns]).data;
  const modules = places("reach");
  const through = {
    histogram: bins, smoothed: bins, decision: bins, bins, "layer map": cells, profile: bars, layers: bars,
    "module sums": modules, "over threshold": modules, lattice: places("mipPt"),
  };

  // -- the cursor ---------------------------------------------------------------------------------------------------

  let at = null;  // { element, view, x, y, width, height }, in the figure's coordinates

  function* viewsOf(view) {
    yield view;
    for (const child of view.child_views ?? []) yield* viewsOf(child);
  }
  const viewOf = (element) => {
    for (const root of Bokeh.index.roots) {
      for (const view of viewsOf(root)) if (view.canvas_view?.events_el === element && view.frame) return view;
    }
    return null;
  };

  // Pixels of a place, from the upper left corner of its canvas.
  const pixels = ({ frame }, x, y) => [frame.x_scale.compute(x), frame.y_scale.compute(y)];

  function box() {
    return document.getElementById("cursor") ?? document.body.appendChild(Object.assign(document.createElement("div"), { id: "cursor" }));
  }

  function hide() {
    if (!at) return;
    at = null;
    box().style.display = "none";
    tooltip("");
  }

  // Show the cursor, and have the figure answer as to the mouse.
  function show() {
    const { element, view, x, y, width = 0, height = 0 } = at, [sx, sy] = pixels(view, x, y);
    const canvas = element.getBoundingClientRect(), [wide, high] = [[width, 0], [0, height]].map(([dx, dy]) => {
      const [px, py] = pixels(view, x + dx, y + dy);
      return Math.hypot(px - sx, py - sy) || SPOT;
    });
    const [left, top] = [canvas.left + sx, canvas.top + sy];
    Object.assign(box().style, { display: "block", left: `${left - wide / 2}px`, top: `${top - high / 2}px`, width: `${wide}px`, height: `${high}px` });
    const mouse = { clientX: left, clientY: top, bubbles: true, composed: true, isPrimary: true, pointerType: "mouse" };
    element.dispatchEvent(new PointerEvent("pointermove", mouse));
  }

  // Where the cursor starts: at what is selected, else at a seed, else in the middle.
  function start({ model: { renderers, x_range, y_range } }) {
    const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
    for (const name of MARKED) {
      for (const { data } of renderers.filter((one) => one.name === name).map((one) => one.data_source)) {
        if (data.left?.length) return [(data.left[0] + data.right[0]) / 2, (data.bottom[0] + data.top[0]) / 2];
        if (data.xs?.length) return [mean([...data.xs[0]]), mean([...data.ys[0]])];
        if (data.x?.length) return [data.x[0], data.y[0]];
      }
    }
    return [(x_range.start + x_range.end) / 2, (y_range.start + y_range.end) / 2];
  }

  // Index of the nearest place in a direction (right, up), of all places without one; -1 if there is none.
  function nearest(view, found, from, [right, up] = [0, 0]) {
    const [fromX, fromY] = pixels(view, ...from);
    let best = -1, least = Infinity;
    for (let i = 0; i < found.x.length; i++) {
      const [px, py] = pixels(view, found.x[i], found.y[i]), dx = px - fromX, dy = fromY - py;
      const ahead = dx * right + dy * up, aside = Math.abs(dx * up) + Math.abs(dy * right);
      if ((right || up) && (ahead < 0.5 || aside > ahead * 1.01)) continue;
      const cost = right || up ? ahead + 2 * aside : Math.hypot(dx, dy);
      if (cost < least) [best, least] = [i, cost];
    }
    return best;
  }

  // Move a figure's ranges by so much that a place is in view.
  function follow({ model: { x_range, y_range } }, x, y, width, height) {
    for (const [range, place, size = 0] of [[x_range, x, width], [y_range, y, height]]) {
      const by = Math.min(0, place - size / 2 - range.start) + Math.max(0, place + size / 2 - range.end);
      if (by) range.setv({ start: range.start + by, end: range.end + by });
    }
  }

  function go(element, direction) {
    const view = viewOf(element), found = through[view.model.name](view.model);
    const here = at?.element === element, from = here ? [at.x, at.y] : start(view);
    const i = nearest(view, found, from, here ? direction : undefined);
    if (i < 0) return;
    const [x, y, { width, height }] = [found.x[i], found.y[i], found];
    follow(view, x, y, width, height);
    at = { element, view, x, y, width, height };
    show();
  }

  function click() {
    const { element, view, x, y } = at, [sx, sy] = pixels(view, x, y);
    const modifiers = { shift: false, ctrl: false, alt: false }, native = new PointerEvent("pointerup", { pointerType: "mouse" });
    view.canvas_view.ui_event_bus.on_tap({ type: "tap", sx, sy, modifiers, native });
    element.focus({ preventScroll: true });
  }

  // Turn the wheel at the cursor, after which that has another size.
  function zoom(element, inwards) {
    const { left, top, width, height } = (at ? box() : element).getBoundingClientRect();
    const middle = { clientX: left + width / 2, clientY: top + height / 2 };
    element.dispatchEvent(new WheelEvent("wheel", { ...middle, deltaY: -ZOOM * inwards, bubbles: true, composed: true, cancelable: true }));
    if (at) requestAnimationFrame(() => at && show());
  }

  // Let one of the figure's tools do what its button in the toolbar does.
  const use = (element, type, what) => viewOf(element).model.toolbar.tools.find((tool) => tool.type === type)?.do.emit(what);

  // -- the keys -----------------------------------------------------------------------------------------------------

  const hasCursor = (element) => Boolean(element?.matches?.(".bk-events") && through[viewOf(element)?.model.name]);

  window.addEventListener("keydown", (event) => {
    const [element] = event.composedPath();
    if (event.ctrlKey || event.metaKey || event.altKey || !element.matches?.(".bk-events") || !hasCursor(element)) return;
    const right = along(keys.left_right, event.key), up = along(keys.up_down, event.key);
    if (right || up) go(element, [right, up]);
    else if (keys.click.includes(event.key)) at ? click() : go(element);
    else if (along(keys.zoom, event.key)) zoom(element, along(keys.zoom, event.key));
    else if (keys.whole.includes(event.key)) use(element, "ResetTool");
    else if (keys.picture.includes(event.key)) use(element, "SaveTool", "save");
    else if (keys.leave.includes(event.key)) element.blur();
    else return hide();  // of what it is on, another event may be shown
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  window.addEventListener("keyup", (event) => {  // "focusin" does not leave a shadow root that has had the focus before
    const [element] = event.composedPath();
    if (keys.next.includes(event.key) && hasCursor(element)) go(element);
  }, true);
  for (const kind of ["focusout", "pointerdown", "resize"]) window.addEventListener(kind, hide, true);
  window.addEventListener("wheel", (event) => { if (event.isTrusted) hide(); }, true);

  Object.assign(byeSplits, { hasCursor, atCursor: () => Boolean(at), figureOf: (element) => viewOf(element) && (viewOf(element).model.name ?? "") });
})();
