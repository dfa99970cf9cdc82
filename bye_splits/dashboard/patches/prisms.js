// Trigger cells in 3D as prisms, drawn in Plotly's scene in the place of its mesh.
//
// Plotly's `mesh3d` (gl-mesh3d, in plotly.js 3.1) draws the triangles that it is sent: flat cells vanish from the side,
// and prisms would be three times the bytes. It copies a mesh number by number through several lists, which takes
// 0.35 s for 28 000 flat cells, and computes light for each pixel. Here the page is sent the flat cells, two triangles
// each, and makes prisms of them in 0.1 s, with a shader that only passes on a colour: without a graphics card they
// are drawn as fast as Plotly draws the flat cells. Instances would be less to make, but take four times as long there.
//
// A trace is drawn like this if its `meta.thickness` says how thick, in the units of its x, with lines along the sides
// of its cells if `meta.edges` has their colours; where WebGL lacks what it needs, Plotly draws its flat mesh. This file
// can be removed once Plotly draws solids from flat cells.
(() => {
  const VERTEX = `
    precision highp float;
    attribute vec3 position;
    attribute vec4 colour, id;
    attribute float size;  // of a point, in the units of the scene
    uniform mat4 transform;
    uniform vec4 tint;  // of a line; transparent for faces
    uniform float picking, pixels;
    varying vec4 shown;
    void main() {
      gl_Position = transform * vec4(position, 1.0);
      if (tint.a > 0.0) gl_Position.z -= 3e-5 * gl_Position.w;  // in front of the faces that it is between
      gl_PointSize = max(1.0, size * pixels / gl_Position.w);
      shown = picking > 0.0 ? vec4(picking, id.xyz) : tint.a > 0.0 ? tint : vec4(colour.rgb, 1.0);
    }`;
  const FRAGMENT = `
    precision mediump float;
    varying vec4 shown;
    void main() { gl_FragColor = shown; }`;
  const PLACES = { position: 0, colour: 1, id: 2, size: 3 };
  const STRIDE = 20, WORDS = 5;  // bytes and floats of a vertex: three coordinates, a colour, and a number or a size
  // The ends have the colour of the scale. Walls are darker, most below, so that neighbours can be told apart.
  const WALL = 0.78, LIGHT = 0.12;
  // Corners of the six faces, in the order of their outer side; those of the far end have 4 added.
  const FACES = [[4, 5, 6, 7], [3, 2, 1, 0], ...[0, 1, 2, 3].map((k) => [k, (k + 1) % 4, 4 + ((k + 1) % 4), 4 + k])];
  const VERTICES = 4 * FACES.length, TRIANGLES = 2 * FACES.length;

  // Colours of a scale as [position, red, green, blue].
  function stops(scale) {
    const context = document.createElement("canvas").getContext("2d");
    return scale.map(([position, name]) => {
      context.fillStyle = name;  // reads as #rrggbb, whatever was written
      return [position, ...[1, 3, 5].map((i) => Number.parseInt(context.fillStyle.slice(i, i + 2), 16))];
    });
  }

  // The colour of a value between 0 and 1, interpolated between the stops.
  function paint(scale, value) {
    let k = 1;
    while (k < scale.length - 1 && scale[k][0] < value) k++;
    const [low, ...from] = scale[k - 1], [high, ...to] = scale[k];
    const part = high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 1;
    return from.map((one, c) => one + part * (to[c] - one));
  }

  // Lines along the sides of a cell, as pairs of its vertices in `solids`, by the index of their colour in `meta.edges`:
  // sides within a wafer, borders of one, and borders in the layer of the map. The cell's code from figures/geometry.py
  // has the bits of the sides that are borders, one for whether the others are drawn, and one for that layer.
  const INNER = 16, OF_LAYER = 32;
  function outline(lines, code, first, forwards) {
    for (let k = 0; k < 4; k++) {
      const next = (k + 1) % 4, border = code >> (forwards ? k : 3 - k) & 1;
      if (!border && !(code & INNER)) continue;
      const list = lines[!border ? 0 : code & OF_LAYER ? 2 : 1];
      list.push(first + k, first + next, first + 7 - k, first + 7 - next);
      if (border && code & INNER) list.push(first + k, first + 7 - k);
    }
  }

  const rgba = (colour, shade) => (255 << 24 | Math.round(shade * colour[2]) << 16 | Math.round(shade * colour[1]) << 8 | Math.round(shade * colour[0])) >>> 0;

  // Vertices of the cells of a mesh whose centre is in the ranges of the axes: prisms, and a point for each.
  function solids({ x, y, z, i, intensity, cmin, cmax, colorscale, meta, customdata }, scales, ranges) {
    const n = i.length >> 1, buffer = new ArrayBuffer(STRIDE * VERTICES * n), ends = new ArrayBuffer(STRIDE * n);
    const [floats, words, points, pointWords] = [new Float32Array(buffer), new Uint32Array(buffer), new Float32Array(ends), new Uint32Array(ends)];
    const scale = stops(colorscale), span = cmax - cmin || 1, half = 0.5 * meta.thickness * scales[0], [sx, sy, sz] = scales;
    const [inX, inY, inZ] = ranges.map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);
    const inside = (value, [low, high]) => low <= value && value <= high;
    const ys = new Float64Array(4), zs = new Float64Array(4), shades = new Uint32Array(FACES.length);
    const lines = (meta.edges ?? []).map(() => []);
    let count = 0, at = 0;
    for (let row = 0; row < n; row++) {
      const v = i[2 * row], middle = (list) => (list[v] + list[v + 1] + list[v + 2] + list[v + 3]) / 4;
      if (!(v + 3 < x.length && inside(x[v], inX) && inside(middle(y), inY) && inside(middle(z), inZ))) continue;
      const area = (y[v + 2] - y[v]) * (z[v + 3] - z[v + 1]) - (y[v + 3] - y[v + 1]) * (z[v + 2] - z[v]);
      const colour = paint(scale, (intensity[2 * row] - cmin) / span), depth = sx * x[v];
      for (let k = 0; k < 4; k++) {  // anticlockwise
        const from = v + (area > 0 ? k : (4 - k) % 4);
        ys[k] = sy * y[from];
        zs[k] = sz * z[from];
      }
      shades[0] = shades[1] = rgba(colour, 1);
      for (let k = 0; k < 4; k++) {
        const along = ys[(k + 1) % 4] - ys[k], length = Math.hypot(along, zs[(k + 1) % 4] - zs[k]) || 1;
        shades[2 + k] = rgba(colour, WALL - LIGHT * along / length);
      }
      for (let face = 0; face < FACES.length; face++) {
        for (const corner of FACES[face]) {
          floats[at] = depth + (corner < 4 ? -half : half);
          floats[at + 1] = ys[corner & 3];
          floats[at + 2] = zs[corner & 3];
          words[at + 3] = shades[face];
          words[at + 4] = 2 * row;
          at += WORDS;
        }
      }
      if (meta.edges) outline(lines, customdata[row], VERTICES * count, area > 0);
      points.set([depth, sy * middle(y), sz * middle(z)], WORDS * count);
      pointWords[WORDS * count + 3] = shades[0];
      points[WORDS * count + 4] = sy * (Math.abs(area) / 2) ** 0.5;
      count++;
    }
    return { vertices: floats.subarray(0, at), points: points.subarray(0, WORDS * count), lines, count };
  }

  function triangles(count) {
    const order = new Uint32Array(3 * TRIANGLES * count);
    for (let face = 0, at = 0; at < order.length; face++) {
      for (const corner of [0, 1, 2, 0, 2, 3]) order[at++] = 4 * face + corner;
    }
    return order;
  }

  const product = (a, b) => Float32Array.from({ length: 16 }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < 4; k++) sum += a[4 * k + (i & 3)] * b[(i & ~3) + k];
    return sum;
  });

  function program(gl) {
    const made = gl.createProgram();
    for (const [kind, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      gl.attachShader(made, shader);
      gl.deleteShader(shader);
    }
    for (const [name, place] of Object.entries(PLACES)) gl.bindAttribLocation(made, place, name);
    gl.linkProgram(made);
    return made;
  }

  // What draws prisms in one WebGL context; null if it lacks something.
  function drawing(gl) {
    const states = gl.getExtension("OES_vertex_array_object");
    if (!states || !gl.getExtension("OES_element_index_uint")) return null;
    const used = program(gl), names = ["transform", "picking", "pixels", "tint"];
    const uniforms = Object.fromEntries(names.map((name) => [name, gl.getUniformLocation(used, name)]));
    const [corners, centres, order, sides] = [0, 1, 2, 3].map(() => gl.createBuffer());
    const [solid, edges, cloud] = [
      [corners, order, "id", 4, gl.UNSIGNED_BYTE], [corners, sides, "id", 4, gl.UNSIGNED_BYTE], [centres, null, "size", 1, gl.FLOAT],
    ].map(([buffer, elements, last, size, type]) => {
      const state = states.createVertexArrayOES();
      states.bindVertexArrayOES(state);
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      const all = [["position", 3, gl.FLOAT, 0], ["colour", 4, gl.UNSIGNED_BYTE, 12], [last, size, type, 16]];
      for (const [name, n, kind, offset] of all) {
        gl.enableVertexAttribArray(PLACES[name]);
        gl.vertexAttribPointer(PLACES[name], n, kind, kind !== gl.FLOAT, STRIDE, offset);
      }
      if (elements) gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, elements);
      states.bindVertexArrayOES(null);
      return state;
    });
    let count = 0, room = 0, lines = [];
    return {
      get count() { return count; },
      fill(made, colours) {
        for (const [buffer, data] of [[corners, made.vertices], [centres, made.points]]) {
          gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
          gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
        }
        lines = made.lines.map((list, i) => ({ count: list.length, colour: colours[i] }));
        gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, sides);
        gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, Uint32Array.from(made.lines.flat()), gl.STATIC_DRAW);
        count = made.count;
        if (count <= room) return;
        gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, order);
        gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, triangles(count), gl.STATIC_DRAW);
        room = count;
      },
      draw({ model, view, projection }, picking, asPoints) {
        gl.useProgram(used);
        gl.uniformMatrix4fv(uniforms.transform, false, product(projection, product(view, model)));
        gl.uniform1f(uniforms.picking, picking);
        gl.uniform1f(uniforms.pixels, 0.5 * gl.drawingBufferHeight * projection[5] * model[5]);
        gl.uniform4f(uniforms.tint, 0, 0, 0, 0);
        states.bindVertexArrayOES(asPoints ? cloud : solid);
        if (asPoints) gl.drawArrays(gl.POINTS, 0, count);
        else {
          gl.enable(gl.CULL_FACE);
          gl.drawElements(gl.TRIANGLES, 3 * TRIANGLES * count, gl.UNSIGNED_INT, 0);
          gl.disable(gl.CULL_FACE);
        }
        if (!asPoints && !picking) {
          let from = 0;
          states.bindVertexArrayOES(edges);
          for (const { count: n, colour } of lines) {
            gl.uniform4f(uniforms.tint, ...colour, 1);
            gl.drawElements(gl.LINES, n, gl.UNSIGNED_INT, 4 * from);
            from += n;
          }
        }
        states.bindVertexArrayOES(null);
      },
      dispose() {
        for (const buffer of [corners, centres, order, sides]) gl.deleteBuffer(buffer);
        for (const state of [solid, edges, cloud]) states.deleteVertexArrayOES(state);
        gl.deleteProgram(used);
      },
    };
  }

  // Make a mesh of Plotly draw prisms; false if it cannot. While it `isSketched` it draws points instead.
  function takeOver(mesh) {
    const prisms = drawing(mesh.gl), dispose = mesh.dispose;
    if (!prisms) return false;
    mesh.update({ cells: [], positions: [], contourEnable: false });
    Object.assign(mesh, {
      prisms,
      isSketched: false,
      draw(parameters) { prisms.draw(parameters, 0, this.isSketched); },
      drawPick(parameters) { prisms.draw(parameters, this.pickId / 255, false); },
      pick(picked) {
        if (!picked || picked.id !== this.pickId) return null;
        const index = picked.value[0] + 256 * picked.value[1] + 65536 * picked.value[2];
        return { _cellCenter: true, index, position: [...picked.coord], dataCoordinate: this.middle(index >> 1) };
      },
      dispose() {
        prisms.dispose();
        dispose.call(this);
      },
    });
    return true;
  }

  function update(trace, data) {
    const { scene, mesh } = trace, { xaxis, yaxis, zaxis } = scene.fullSceneLayout;
    if (!mesh.prisms && !takeOver(mesh)) return false;
    const scales = scene.dataScale, { x, y, z, i } = data;
    trace.data = data;
    mesh.middle = (row) => [x, y, z].map((list, axis) => scales[axis] * (list[i[2 * row]] + list[i[2 * row] + 2]) / 2);
    const colours = stops((data.meta.edges ?? []).map((name) => [0, name])).map(([, ...rgb]) => rgb.map((one) => one / 255));
    mesh.prisms.fill(solids(data, scales, [xaxis.range, yaxis.range, zaxis.range]), colours);
    mesh.dirty = true;
    return true;
  }

  // Have all meshes with a thickness drawn as prisms, from the first one that Plotly has made: those after it are never
  // drawn flat.
  const patched = new WeakSet();
  function thicken(scene) {
    const flat = Object.values(scene.traces).filter((trace) => trace.mesh && trace.data?.type === "mesh3d");
    for (const trace of flat) {
      const prototype = Object.getPrototypeOf(trace);
      if (patched.has(prototype)) continue;
      patched.add(prototype);
      const { update: ofPlotly } = prototype;
      prototype.update = function (data) {
        if (!(data.meta?.thickness > 0 && update(this, data))) ofPlotly.call(this, data);
      };
      for (const one of flat) one.update(one.data);
    }
  }

  Object.assign(byeSplits, { solids, thicken });
})();
