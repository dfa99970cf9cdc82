// Frames of Plotly's 3D scene: cheap ones while the camera moves, none where nothing changes.
//
// Plotly (gl-plot3d, in plotly.js 3.1) draws each frame twice, the second time for the cell below the mouse, with four
// pixels for each of the screen and four samples for each of them, also while the camera turns; and it draws the scene
// anew for each movement of the mouse over a cell. With 28 000 cells and no graphics card these are 2 frames a second.
// This file can be removed once Plotly has options for it.
(() => {
  const REST = 180;  // ms without movement until the whole picture is drawn
  const SLOW = 45, VERY_SLOW = 110;  // ms from one frame to the next at which those that follow are made cheaper
  const LEVELS = [  // pixels of a side for one of the page's, at most; whether the cells are sketched as points
    { pixels: Infinity, sketch: false }, { pixels: 1, sketch: false }, { pixels: 1, sketch: true },
  ];

  // Four pixels for one of the screen are smooth without several samples for each.
  const { getContext } = HTMLCanvasElement.prototype;
  HTMLCanvasElement.prototype.getContext = function (kind, options, ...more) {
    const smooth = kind === "webgl" && options?.antialias && window.devicePixelRatio < 1.5;
    return getContext.call(this, kind, smooth ? { ...options, antialias: false } : options, ...more);
  };

  // Have a scene's frames cost no more than they must; `glplot.frames` counts those that are drawn.
  function economise(scene) {
    const { glplot, container } = scene;
    if (glplot.frames) return;
    const frames = { drawn: 0, level: 0, moving: false }, full = glplot.pixelRatio, { camera, onrender, redraw, update } = glplot;
    const { tick } = camera, adopted = new WeakSet(), cells = () => glplot.objects.find((object) => object.prisms)?.prisms.count ?? 0;
    let wanted = true, pointing = null, skipping = false, shape = "", before = 0, heavy = 0, resting = 0;
    glplot.frames = frames;

    // Have a part of the scene draw nothing in a frame that is skipped, nor for the mouse while the camera moves. For
    // the mouse Plotly draws before `onrender` decides what is skipped, and only if something has changed.
    function adopt(part) {
      if (!part || adopted.has(part)) return;
      adopted.add(part);
      for (const name of ["draw", "drawTransparent", "drawPick", "isTransparent"]) {
        const own = part[name];
        if (own) part[name] = (...given) => !(name === "drawPick" ? frames.moving : skipping) && own.apply(part, given);
      }
    }

    function set() {
      const { pixels, sketch } = LEVELS[frames.moving ? frames.level : 0];
      glplot.pixelRatio = Math.min(full, pixels);
      for (const object of glplot.objects) object.isSketched = sketch;
    }

    function rest() {
      frames.moving = false;
      set();
      glplot.update();  // with the cells below the mouse
    }

    function move() {
      if (!frames.moving) {
        if (cells() < heavy / 2) frames.level = heavy = 0;
        frames.moving = true;
        before = 0;
        set();
      }
      clearTimeout(resting);
      resting = setTimeout(rest, REST);
    }

    // The next frame, a whole one, has what is below the mouse: Plotly looks for it only as the mouse moves, in what it
    // has drawn for it before, which is nothing while the camera moves and the past just after.
    frames.pointAt = ({ x, y }, then) => {
      pointing = () => {
        pointing = null;
        for (const kind of ["mouseleave", "mousemove"]) {
          glplot.canvas.dispatchEvent(new MouseEvent(kind, { clientX: x, clientY: y, view: window }));
        }
        setTimeout(then);  // Bokeh calls back after this
      };
      clearTimeout(resting);
      rest();
    };

    container.addEventListener("mousemove", (event) => { if (event.buttons) move(); }, true);
    container.addEventListener("wheel", move, { capture: true, passive: true });

    camera.tick = () => {
      const moved = tick.call(camera), now = performance.now();
      if (!(moved && frames.moving)) return moved;
      move();
      const took = before && now - before;
      before = now;
      if (took > SLOW && frames.level < LEVELS.length - 1) {
        frames.level = Math.min(LEVELS.length - 1, frames.level + (took > VERY_SLOW ? 2 : 1));
        heavy = cells();
        before = 0;
        queueMicrotask(set);  // after this frame
      }
      return moved;
    };
    for (const [name, method] of Object.entries({ redraw, update })) {
      glplot[name] = (...given) => {
        wanted = true;
        return method.apply(glplot, given);
      };
    }
    const { clearRGBA } = glplot;
    glplot.clearRGBA = () => { if (!skipping) clearRGBA.call(glplot); };
    glplot.onrender = () => {
      for (const part of [...glplot.objects, glplot.axes, glplot.spikes]) adopt(part);
      const { canvas, cameraParams, aspect, objects } = glplot;
      const present = [canvas.width, canvas.height, ...cameraParams.view, ...cameraParams.projection, ...aspect].join();
      skipping = !wanted && present === shape && !objects.some((object) => object.dirty);
      wanted = false;
      shape = present;
      if (!skipping) frames.drawn++;
      pointing?.();
      onrender();
    };
  }

  Object.assign(byeSplits, { economise });
})();
