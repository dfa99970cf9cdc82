// The scene of a 3D pane: its cells as prisms, its frames, its camera.
(() => {
  const { thicken, economise } = byeSplits;
  const sceneOf = (graph) => graph?._fullLayout?.scene?._scene;

  // Once Plotly has drawn a figure, the first one or another, or made the scene anew.
  function drawn(graph) {
    const scene = sceneOf(graph);
    if (!scene?.glplot) return;
    thicken(scene);
    economise(scene);
  }

  // Take over the scene of a pane; called as often as Plotly reports a change of the layout, at first of its size.
  const known = new WeakSet();
  function scene(model) {
    const graph = Bokeh.index.find_one(model)?.container;
    if (!graph || known.has(graph)) return;
    known.add(graph);
    graph.on("plotly_afterplot", () => drawn(graph));
    drawn(graph);
  }

  Object.assign(byeSplits, { scene });
})();
