// The trigger cell below the mouse in 3D: its tooltip, and its selection by a click.
(() => {
  const { tooltip, pair, cellText, pointAt } = byeSplits, { packed, sections, angleSteps, traces } = byeSplits.constants;
  // A cell is selected if the button is released where it was pressed: Plotly's own click event is emitted when the
  // button is pressed, even if the user then turns the camera.
  let pointed = null, pressed = null;

  // Unpack a cell's indices from 32 bits, as packed by figures/shower.py.
  function packedIndices(bits) {
    const indices = {};
    for (const [name, [first, size, added]] of Object.entries(packed)) {
      indices[name] = ((bits >>> first) & ((1 << size) - 1)) - added;
    }
    return { ...indices, section: sections[indices.cee] };
  }

  function packedFacts(data, cell) {
    return {
      ...packedIndices(data.cell[cell]),
      mipPt: data.mipPt[cell], pt: data.pt[cell], eta: data.eta[cell] / angleSteps, phi: data.phi[cell] / angleSteps,
    };
  }

  // Row of a cell from its index in the mesh, or among the points of cells without a colour; -1 for other traces.
  function shownCell(data, trace, place) {
    const inMesh = trace === traces.cells;
    if (!inMesh && trace !== traces.loose) return -1;
    const index = inMesh ? place >> 1 : place;  // two triangles per cell
    if (!data.coloured) return inMesh ? index : -1;
    const wanted = inMesh ? 1 : 0;
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
    tooltip(known ? cellText(packedFacts(data, cell)) : "");
  }

  // The detector in 3D: the last of the runs from figures/geometry.py that begins at or before the cell.
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
    const { layer, section, tile, waferu, waferv, cellu } = packedIndices(data.cell[low]);
    const where = tile ? [`scintillator  ring ieta ${cellu}`]
      : [`wafer u, v   ${pair(waferu, waferv)}`, data.full[low] ? "full wafer" : "partial wafer"];
    tooltip([`layer ${layer} (${section})`, ...where].join("\n"));
  }

  window.addEventListener("pointerdown", (event) => {
    const graph = event.composedPath().find((element) => element.classList?.contains("js-plotly-plot"));
    pressed = graph && event.button === 0 ? { graph, x: event.clientX, y: event.clientY } : null;
  }, true);
  window.addEventListener("pointerup", (event) => {
    const [inside] = event.composedPath();
    if (inside.classList?.contains("bk-events")) inside.blur();  // a clicked figure gets no focus frame
    const still = pressed && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < 4;
    const { graph, x, y } = pressed ?? {};
    pressed = null;
    if (!still) return;
    pointed = null;  // perhaps a cell of where the mouse or the camera was some frames ago
    pointAt(graph, { x, y }, () => {
      if (pointed?.table.data !== pointed?.data) return;
      const { pick, cell } = pointed ?? {};
      // the time allows the same cell to be picked again
      if (pick) pick.data = { cell: [cell], time: [event.timeStamp] };
    });
  }, true);

  Object.assign(byeSplits, { packedIndices, shownCell, hoverShower, hoverDetector });
})();
