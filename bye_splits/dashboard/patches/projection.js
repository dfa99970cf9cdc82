// New ranges of a 3D scene's axes, kept where the projection changes with them.
//
// Plotly (gl3d, in plotly.js 3.1) makes the scene anew for another projection, and draws it once more before: for its
// ticks it writes the bounds of the previous figure into the axes of the new one, whose cells are then elsewhere.
// This file can be removed once Plotly draws the previous scene with its own axes.
(() => {
  const AXES = ["xaxis", "yaxis", "zaxis"];

  function keepRanges(scene) {
    if (Object.hasOwn(scene, "setViewport")) return;
    const { setViewport } = scene;
    scene.setViewport = (layout) => {
      const ranges = AXES.map((name) => [...layout[name].range]);
      setViewport.call(scene, layout);
      AXES.forEach((name, i) => { layout[name].range = ranges[i]; });
    };
  }

  Object.assign(byeSplits, { keepRanges });
})();
