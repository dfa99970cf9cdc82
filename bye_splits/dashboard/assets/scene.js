// The scene of a 3D pane: its cells as prisms, its frames, its views and the switches in its head.
//
// `layout.meta` of a figure says which view it has (one of `views`, or null for the user's own camera), the ratios of
// its box, and the positions of the switches. A view fills the pane, whatever its size; the address has its name.
(() => {
  const { letters, thicken, economise, straighten, keepRanges, constants: { views: directions, viewNames, distance, keys } } = byeSplits;
  const views = Object.fromEntries(directions);
  const ROOM = { left: 72, right: 24, top: 27, bottom: 43 };  // pixels for the labels around the box, of the usual size
  const SHORT = 46;  // pixels below which the labels of an axis would be on top of each other
  const NEAR = 0.01, FAR = 100;  // Plotly's units: what is nearer to the eye is not drawn; behind it, in parallel projection
  const TILT = 0.01;  // of a direction from straight above, where it is written down
  const SAME = 0.004;  // difference of cameras that are the same
  const sceneOf = (graph) => graph?._fullLayout?.scene?._scene;
  const cross = (a, b) => [0, 1, 2].map((i) => a[(i + 1) % 3] * b[(i + 2) % 3] - a[(i + 2) % 3] * b[(i + 1) % 3]);
  const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const unit = (a) => a.map((number) => number / Math.hypot(...a));
  const list = ({ x, y, z }) => [x, y, z];

  // -- a view that fills the pane --------------------------------------------------------------------------------

  // Eye and centre from which a box, seen from a direction, fills a pane; and by how much to enlarge the box, which is
  // what an orthographic projection needs.
  function fitted(direction, ratios, size, orthographic) {
    const towards = unit(direction), right = unit(cross([0, 0, 1], towards)), up = cross(towards, right);
    const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => ratios.map((side, i) => ((n >> i) & 1 ? 0.5 : -0.5) * side));
    const focal = orthographic ? 1 : distance, wide = size.width / size.height;
    const room = (side) => 2 * ROOM[side] * letters();
    const low = [-1 + room("left") / size.width, -1 + room("bottom") / size.height];
    const high = [1 - room("right") / size.width, 1 - room("top") / size.height];
    let far = 2, zoom = 1, at = [0, 0];
    for (let step = 0; step < 24; step++) {
      const seen = corners.map((corner) => {
        const depth = orthographic ? 1 : far - dot(corner, towards);
        return [right, up].map((axis, i) => (focal * (zoom * dot(corner, axis) - at[i])) / depth / (i ? 1 : wide));
      });
      const [x, y] = [0, 1].map((i) => [Math.min(...seen.map((one) => one[i])), Math.max(...seen.map((one) => one[i]))]);
      const over = Math.max((x[1] - x[0]) / (high[0] - low[0]), (y[1] - y[0]) / (high[1] - low[1]));
      const reach = orthographic ? 1 : far / focal;
      at = [x, y].map((range, i) => at[i] + ((range[0] + range[1] - low[i] - high[i]) / 2) * reach * (i ? 1 : wide));
      if (orthographic) {
        zoom /= over;
        at = at.map((number) => number / over);
      } else far *= over;
    }
    const centre = [0, 1, 2].map((i) => at[0] * right[i] + at[1] * up[i]), away = orthographic ? distance / zoom : far;
    return { eye: centre.map((number, i) => number + away * towards[i]), centre, zoom };
  }

  function show(graph) {
    const scene = sceneOf(graph), { glplot, camera } = scene, state = graph.shown, { ratios } = graph.layout.meta;
    const size = { width: glplot.canvas.clientWidth, height: glplot.canvas.clientHeight };
    if (state.view && size.width > 80 && size.height > 80) {
      const { eye, centre, zoom } = fitted(views[state.view], ratios, size, camera._ortho === true);
      camera.lookAt(eye, centre, [0, 0, 1]);
      Object.assign(state, { eye, centre, zoom });
    } else if (!camera._ortho) return;
    if (camera._ortho) glplot.setAspectratio(Object.fromEntries(["x", "y", "z"].map((name, i) => [name, state.zoom * ratios[i]])));
    scene.saveLayout(graph.layout);  // kept by the next figure
    glplot.update();
  }

  // -- axes: letters as large as the page's, and none on top of each other -------------------------------------------------------------

  function labelled(scene) {
    const enlarged = letters();
    const { camera, glplot, axesOptions } = scene, { x, y, z } = glplot.getAspectratio(), { eye, center } = scene.getCamera();
    const line = list(eye).map((number, i) => number - list(center)[i]), far = Math.hypot(...line), towards = unit(line);
    const pixels = (0.5 * glplot.canvas.clientHeight) * (camera._ortho ? 1 : distance / far);
    for (const [i, length] of [x, y, z].entries()) {
      const across = Math.max(0, 1 - towards[i] * towards[i]) ** 0.5;
      axesOptions.tickEnable[i] = axesOptions.labelEnable[i] = length * across * pixels > SHORT * enlarged;
      const { title, tickfont } = scene.fullSceneLayout[`${"xyz"[i]}axis`];
      axesOptions.tickSize[i] = enlarged * tickfont.size;
      axesOptions.labelSize[i] = enlarged * title.font.size;
    }
  }

  // -- the head of the pane ------------------------------------------------------------------------------------------

  const buttons = (kind) => document.querySelectorAll(`[data-pane="3D"] [data-${kind}]`);
  function mark(graph) {
    const { shown, layout: { meta } } = graph;
    for (const button of buttons("view")) button.setAttribute("aria-pressed", String(button.dataset.view === shown.view));
    for (const button of buttons("switch")) button.setAttribute("aria-pressed", String(meta.switches[button.dataset.switch] === true));
  }

  let present = null;  // graph and wire of the pane with a head
  function ask(name, value) {
    if (present) present.wish.data = { name: [name], value: [value], time: [Date.now()] };
  }

  // Look from one of the views.
  function view(name) {
    const graph = present?.graph;
    if (!sceneOf(graph)?.glplot) return;
    graph.shown.view = name;
    show(graph);
    mark(graph);
    ask("camera", name);
  }

  function flip(name) {
    const meta = present?.graph.layout.meta;
    if (meta) ask(name, !meta.switches[name]);
  }

  window.addEventListener("keydown", (event) => {
    const [inside] = event.composedPath();
    if (event.ctrlKey || event.metaKey || event.altKey || inside.closest?.("input, select, textarea, .noUi-handle")) return;
    const button = [...buttons("view"), ...buttons("switch")][[...keys.view, ...keys.switch].indexOf(event.key)];
    if (!button) return;
    button.click();
    event.preventDefault();
  });

  // -- following Plotly ------------------------------------------------------------------------------------------------

  // Once Plotly has drawn a figure, the first one or another, or made the scene anew.
  function drawn(graph) {
    const scene = sceneOf(graph);
    if (!scene?.glplot || !graph.layout.scene) return;  // as the page closes
    const { meta, scene: { uirevision } } = graph.layout;
    // Enlarged for a parallel projection, the box reaches behind the eye, where Plotly would cut it off.
    scene.glplot.zNear = scene.camera._ortho ? -FAR : NEAR;
    thicken(scene);
    economise(scene);
    straighten(scene);
    keepRanges(scene);
    if (!scene.glplot.labelled) {
      const { onrender } = scene.glplot;
      scene.glplot.labelled = true;
      scene.glplot.onrender = () => {
        labelled(scene);
        onrender();
      };
    }
    if (!meta) return;
    if (graph.shown?.revision !== uirevision) graph.shown = { revision: uirevision, view: meta.view, zoom: meta.zoom };
    show(graph);
    mark(graph);
  }

  // Take over the scene of a pane; called as often as Plotly reports a change of the layout, at first of its size.
  function scene(model, wish) {
    const graph = Bokeh.index.find_one(model)?.container;
    if (!graph) return;
    if (wish) present = { graph, wish };
    if (graph.followed) return;
    graph.followed = true;
    graph.on("plotly_afterplot", () => drawn(graph));
    // Panel sets the size after each figure, upon which Plotly makes the layout anew; a scene that it need not draw
    // again would save the camera in the previous one, and the next figure would turn it back.
    graph.on("plotly_relayout", () => { if (sceneOf(graph)) sceneOf(graph).fullLayout = graph._fullLayout; });
    drawn(graph);
  }

  // Plotly stores the camera at the moment when the button is released. The camera moves on for some frames; if its
  // final position were not saved, the next figure would turn it back. At rest it goes to the state and the address.
  let turning = 0;
  function turned(model, wish) {
    const graph = Bokeh.index.find_one(model)?.container, scene = sceneOf(graph);
    if (!scene || !Object.keys(model.relayout_data ?? {}).some((key) => /^scene\.(camera|aspectratio)/.test(key))) return;
    let last = [];
    const later = () => { turning = setTimeout(() => requestAnimationFrame(look), 150); };
    const look = () => {
      const { shown } = graph, now = place(scene, graph.layout.meta.ratios);
      if (now.some((number, i) => number !== last[i])) {
        last = now;
        return later();
      }
      const known = shown.view && written(shown.eye, shown.centre);
      if (known?.every((number, i) => Math.abs(number - now[i]) < SAME)) return;
      Object.assign(shown, { view: null, zoom: zoomOf(scene, graph.layout.meta.ratios) });
      scene.saveLayout(graph.layout);
      mark(graph);
      if (wish) wish.data = { name: ["camera"], value: [now], time: [Date.now()] };
    };
    clearTimeout(turning);  // a wheel emits an event for each of its steps
    later();
  }

  // From straight above, the eye does not say how the picture is turned about the vertical: a slight tilt does.
  function tilted(line, view) {
    const length = Math.hypot(...line), [x, y] = view ? [view[1], view[5]].map((up) => -Math.sign(line[2]) * up) : line;
    if (Math.hypot(line[0], line[1]) > 0.5 * TILT * length) return line;
    const by = TILT * length / Math.hypot(x, y);
    return [by * x, by * y, line[2]];
  }
  function written(eye, centre) {
    const line = tilted(eye.map((number, i) => number - centre[i]));
    return [...centre.map((number, i) => number + line[i]), ...centre];
  }

  const zoomOf = ({ glplot }, ratios) => glplot.getAspectratio().x / ratios[0];
  // Eye and centre. In an orthographic projection, which enlarges the box, the eye is where it would see it as large.
  function place(scene, ratios) {
    const { eye, center } = scene.getCamera(), centre = list(center);
    const line = tilted(list(eye).map((number, i) => number - centre[i]), scene.glplot.cameraParams.view);
    const factor = scene.camera._ortho ? distance / zoomOf(scene, ratios) / Math.hypot(...line) : 1;
    return [...centre.map((number, i) => number + factor * line[i]), ...centre];
  }

  // Have Plotly look for what is at a pixel of the page in the picture as it is now, and say it as if the mouse were
  // there; then call `then`.
  function pointAt(graph, pixel, then) {
    sceneOf(graph)?.glplot?.frames?.pointAt(pixel, then);
  }

  // What is in the pane now, as a picture: a PNG's address, and the canvas that it is of. Plotly's own pictures are of a
  // copy of the scene, which has nothing of what is done here: no view that fills it, other labels of its axes.
  function scenePicture(graph) {
    const scene = sceneOf(graph), { glplot } = scene;
    glplot.frames.rest();
    return { url: scene.toImage("png"), canvas: glplot.canvas };
  }

  // From where one looks, in words.
  function viewInWords(graph) {
    const { shown, layout: { meta } } = graph, { camera } = sceneOf(graph);
    const from = shown.view ? viewNames[shown.view] : "free camera";
    const stretched = meta.stretch === 1 ? "" : ` \u00b7 z stretched by ${Number(meta.stretch.toPrecision(3))}`;
    return `View: ${from}, ${camera._ortho ? "parallel" : "perspective"} projection${stretched}`;
  }

  Object.assign(byeSplits, { fitted, scene, turned, view, flip, pointAt, scenePicture, viewInWords });
})();
