// Plotly draws 3D with twice as many pixels each way as there are, which takes long without a graphics card.
let plotly;
Object.defineProperty(window, "Plotly", {
  get: () => plotly,
  set: (library) => {
    plotly = library;
    plotly.setPlotConfig({ plotGlPixelRatio: 1 });
  },
});

// What the tests ask of a page: the state of its models and of its pictures, and where things are on the screen.
window.probe = (() => {
  const models = () => Bokeh.documents.flatMap((document) => [...document._all_models.values()]);
  const named = (name) => models().find((model) => model.attributes.name === name);
  const wire = () => models().find((model) => model.data?.codes);
  const rectangle = (element) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    return { left, top, width, height };
  };

  function deep(selector, root = document) {
    for (const element of root.querySelectorAll("*")) {
      if (element.matches(selector)) return element;
      const found = element.shadowRoot && deep(selector, element.shadowRoot);
      if (found) return found;
    }
    return null;
  }

  function viewOf(model) {
    const search = (view) => {
      if (view.model === model) return view;
      for (const child of view.child_views ?? []) {
        const found = search(child);
        if (found) return found;
      }
      return null;
    };
    for (const root of Bokeh.index.roots) {
      const found = search(root);
      if (found) return found;
    }
    return null;
  }

  // A number that changes with the content of an array.
  function digest(array) {
    let sum = 2166136261;
    for (const number of array) sum = Math.imul(sum ^ number, 16777619);
    return sum >>> 0;
  }

  function frame(name) {
    const figure = models().find((model) => model.type === "Figure" && model.name === name);
    const view = viewOf(figure), canvas = rectangle(view.canvas_view?.el ?? view.el);
    const { left, top, width, height } = view.frame.bbox;
    return { left: canvas.left + left, top: canvas.top + top, width, height };
  }

  function map() {
    const figure = named("layer map"), source = wire(), one = (name) => source.data[name][0];
    const sent = Object.fromEntries(["x0", "x1", "y0", "y1", "width", "height", "layer"].map((n) => [n, one(n)]));
    const { x_range: x, y_range: y } = figure;
    const range = { x0: x.start, x1: x.end, y0: y.start, y1: y.end };
    const slack = 1.5 * (x.end - x.start) / figure.inner_width;
    const settled = !!source._raster && source._codes === one("codes") &&
      Math.round(figure.inner_width) === sent.width && Math.round(figure.inner_height) === sent.height &&
      Object.keys(range).every((name) => Math.abs(range[name] - sent[name]) < slack);
    return {
      range, sent, settled, frame: frame("layer map"), codes: digest(one("codes")), hits: [...one("hit")].length,
      width: figure.inner_width, height: figure.inner_height, background: figure.background_fill_color,
      selected: named("selected").data_source.data.xs.length,
      generated: ["x", "y"].flatMap((name) => [...named("generated").data_source.data[name]]),
    };
  }

  const plot = () => deep(".js-plotly-plot");
  const drawn3D = () => {
    const scene = plot()?._fullLayout?.scene?._scene;
    return !!scene?.glplot?.cameraParams?.view && !!scene.dataScale && Object.keys(scene.traces).length > 0;
  };

  const hidden3D = () => document.querySelector('[data-pane="3D"]')?.offsetParent === null;

  function shower() {
    const graph = plot(), layout = graph._fullLayout, scene = layout.scene._scene;
    return {
      camera: scene.getCamera(), background: layout.paper_bgcolor, frame: rectangle(scene.container),
      traces: graph._fullData.map((trace) => trace.name), cells: graph._fullData[0].i?.length / 2,
      ranges: ["xaxis", "yaxis", "zaxis"].map((axis) => [...layout.scene[axis].range]),
      current: [...graph._fullData.find((trace) => trace.name === "current layer")?.x ?? []][0],
    };
  }

  // Pixel of the page and depth (small is near) of points in CMS coordinates; Plotly's axes are (z, x, y).
  function project(points) {
    const { glplot, dataScale, container } = plot()._fullLayout.scene._scene, { model, view, projection } = glplot.cameraParams;
    const times = (m, v) => [0, 1, 2, 3].map((i) => m[i] * v[0] + m[i + 4] * v[1] + m[i + 8] * v[2] + m[i + 12] * v[3]);
    const { left, top, width, height } = rectangle(container);
    return points.map(([x, y, z]) => {
      const scaled = [z * dataScale[0], x * dataScale[1], y * dataScale[2], 1];
      const clip = times(projection, times(view, times(model, scaled)));
      return [left + width * (1 + clip[0] / clip[3]) / 2, top + height * (1 - clip[1] / clip[3]) / 2, clip[2] / clip[3]];
    });
  }

  // Numbers of equal entries, as pairs.
  function counts(array) {
    const found = new Map();
    for (const entry of array) found.set(entry, (found.get(entry) ?? 0) + 1);
    return [...found];
  }

  function seeds() {
    const { data } = named("seeds").data_source;
    return Object.fromEntries(["x", "y", "radius", "colour", "dash", "right", "down"].map((name) => [name, [...data[name]]]));
  }

  // What the 2D map, where its colours are classes, has of each trigger cell and of each pixel.
  function classes() {
    const { data } = wire(), names = ["waferu", "waferv", "cellu", "cellv"], value = data.value[0];
    const cells = [...data.hit[0]].map((place, i) => [...names.map((name) => data[name][0][place - 1]), value[i]]);
    const painted = named("trigger cells").data_source.data.image[0], mapper = named("layer map").right.find((item) => item.color_mapper).color_mapper;
    const colours = [...new Uint32Array(mapper.rgba_mapper.v_compute(Float32Array.from(mapper.palette, (_, i) => i)).buffer)];
    const own = new Map([...data.hit[0]].map((place, i) => [place, value[i]])), raster = wire()._raster;
    // the class of its cell where a pixel has its colour; another class's colour is a fault; edges have none
    const pixels = Array.from(painted, (colour, p) => {
      const mine = own.get(raster[p]) ?? -1;
      return colours[mine] === colour ? mine : colours.includes(colour) ? 999 : -1;
    });
    return { cells, pixels: counts(pixels.filter((entry) => entry >= 0)), seeds: seeds() };
  }

  // The same in 3D: triangles by class, points of the cells without one, length of the marks of what is selected.
  function classes3D() {
    const traces = plot()._fullData, [mesh] = traces, drawn = mesh.i.length > 1;
    return {
      triangles: counts(drawn ? Array.from(mesh.intensity) : []), loose: traces[3].x?.length ?? 0,
      selected: traces.find((trace) => trace.name === "selected")?.x.length ?? 0,
    };
  }

  // Ranges and frame of a figure by its name.
  function figure(name) {
    const model = models().find((one) => one.type === "Figure" && one.name === name), { x_range: x, y_range: y } = model;
    return { range: { x0: x.start, x1: x.end, y0: y.start, y1: y.end }, frame: frame(name) };
  }

  // The element that has the keyboard's focus, also in shadow roots.
  function focused() {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element;
  }

  const ready = () => !!window.Bokeh?.documents?.length && !!wire()?._raster && laidOut(named("layer map")) && map().settled;
  // Bokeh sets the size of a figure once its first layout is done.
  function laidOut(figure) {
    return !!viewOf(figure) && !figure.properties.inner_width.is_unset;
  }
  const labels = () => models().find((model) => model.data?.text && model.data?.x)?.data;
  return { ready, drawn3D, hidden3D, map, frame, figure, shower, seeds, classes, classes3D, project, labels, plot, focused };
})();
