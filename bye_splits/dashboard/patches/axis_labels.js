// Labels and grid of a box that is looked at straight along one of its axes: below it and on its left, upright.
//
// Plotly (gl-axes3d, in plotly.js 3.1) chooses the edges for the labels by the nearest corner of the box. Seen along an
// axis four are equally near, so that rounding decides: titles are on top of the picture or of their own numbers, and
// numbers are turned by a quarter or fan out with the perspective. This file can be removed once it chooses these two
// edges itself.
(() => {
  const STRAIGHT = 0.9995;  // cosine of the angle to an axis below which a view is not along it
  const GAP = 6;  // pixels between box, numbers and title
  const HEIGHT = 1.2, WIDTH = 0.6;  // of a line and of a digit, by the size of the letters
  const LEVEL = [-1, 0.5, 0];  // Plotly's options of the alignment: the angle as it is given

  // Axes that go across, up and towards the eye, positions of the faces to use, and lengths of a pixel on the nearest
  // face; null unless the view is along an axis.
  function straight({ model, view, projection, _ortho }, bounds, height) {
    const largest = (row) => {
      const along = [0, 1, 2].map((axis) => view[4 * axis + row]), axis = [0, 1, 2].find((i) => Math.abs(along[i]) > STRAIGHT);
      return { axis, rising: along[axis] > 0 };
    };
    const [across, up, depth] = [0, 1, 2].map(largest);
    if ([across, up, depth].some(({ axis }) => axis === undefined)) return null;
    const face = [], least = ({ axis, rising }) => bounds[rising ? 0 : 1][axis];
    for (const one of [across, up, depth]) face[one.axis] = least(one);
    const near = bounds[depth.rising ? 1 : 0][depth.axis];
    // Distance of the nearest face from the eye: the last row of the view's matrix is that of the depth.
    const distance = -(view[4 * depth.axis + 2] * (model[5 * depth.axis] * near + model[12 + depth.axis]) + view[14]);
    const pixel = [0, 1, 2].map((axis) => 2 * (_ortho ? 1 : distance) / (projection[5] * height * model[5 * axis]));
    return { across, up, depth, face, near, pixel };
  }

  // Where the numbers (or, with the size of its letters, the title) of an axis are; null for the axis of depth.
  function place(seen, axes, axis, size, titled) {
    const { across, up, depth, face, near, pixel } = seen, level = axis === across.axis;
    if (axis === depth.axis) return null;
    const aside = level ? up : across, offset = [0, 0, 0], sign = aside.rising ? -1 : 1;
    const digits = Math.max(...axes.ticks[axis].map(({ text }) => String(text ?? "").length), 1);
    const room = (letters) => letters * (level ? HEIGHT : WIDTH * digits), numbers = room(axes.tickSize[axis]);
    const away = titled ? 2 * GAP + numbers + HEIGHT * size / 2 : GAP + room(size) / 2;
    offset[depth.axis] = near;
    offset[aside.axis] = face[aside.axis] + sign * away * pixel[aside.axis];
    if (titled) offset[axis] = (axes.bounds[0][axis] + axes.bounds[1][axis]) / 2;
    return { offset, angle: titled && !level ? Math.PI / 2 : 0 };
  }

  function straighten({ glplot }) {
    const { axes, canvas } = glplot, { draw } = axes, replaced = new WeakSet();
    if (axes.straightened) return;
    axes.straightened = true;
    let seen = null;

    // Plotly makes these anew as the numbers change.
    function replace(part, methods) {
      if (!part || replaced.has(part)) return;
      replaced.add(part);
      for (const [name, method] of Object.entries(methods)) {
        const own = part[name];
        part[name] = (...given) => own.apply(part, seen ? method(...given) : given);
      }
    }

    const written = (titled) => (axis, size, angle, offset, colour, along, ...alignment) => {
      const at = place(seen, axes, axis, size, titled);
      if (!at) return [axis, size, angle, offset, colour, along, ...alignment];
      return [axis, size, at.angle, at.offset, colour, along, [0, 0, 0], LEVEL];
    };
    const grid = (first, second, bounds, _offset, ...style) => {
      const axis = 3 - first - second, on = [0, 0, 0];
      on[axis] = seen.face[axis];
      return [first, second, bounds, on, ...style];
    };

    axes.draw = (parameters) => {
      replace(axes._text, { drawTicks: written(false), drawLabel: written(true) });
      replace(axes._lines, { drawGrid: grid });
      seen = parameters?.view ? straight(parameters, axes.bounds, canvas.clientHeight) : null;
      draw.call(axes, parameters);
    };
  }

  Object.assign(byeSplits, { straighten });
})();
