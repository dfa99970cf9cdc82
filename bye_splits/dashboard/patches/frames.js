// Frames of Plotly's 3D scene: cheap ones while the camera moves, none where nothing changes.
//
// Plotly (gl-plot3d, in plotly.js 3.1) draws each frame twice, the second time for the cell below the mouse, with four
// pixels for each of the screen and four samples for each of them, also while the camera turns; and it draws the scene
// anew for each movement of the mouse over a cell. With 28 000 cells and no graphics card these are 2 frames a second.
// The second picture is read back each time, for which the page stands still until the graphics have drawn everything:
// 0.3 s for a step to another layer. Here it is drawn and read when the mouse moves over the pane or rests there.
// This file can be removed once Plotly has options for it.
(() => {
  const REST = 180;  // ms without movement until the whole picture is drawn
  const SLOW = 45, VERY_SLOW = 110;  // ms from one frame to the next at which those that follow are made cheaper
  const MANY = 5000;  // cells that take 0.1 s without a graphics card, which need not be found out first
  const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;
  const LEVELS = [  // pixels of a side for one of the page's, at most; whether the cells are sketched as points
    { pixels: Infinity, sketch: false }, { pixels: 1, sketch: false }, { pixels: 1, sketch: true },
  ];

  // Four pixels for one of the screen are smooth without several samples for each. Bokeh's canvases are a part of the
  // page, drawn by the processor: else each is a texture of its own, which without a graphics card costs 2 ms in every
  // frame of the scene.
  const { getContext } = HTMLCanvasElement.prototype;
  HTMLCanvasElement.prototype.getContext = function (kind, options, ...more) {
    const smooth = kind === "webgl" && options?.antialias && window.devicePixelRatio < 1.5;
    const better = smooth ? { ...options, antialias: false } : kind === "2d" ? { ...options, willReadFrequently: true } : options;
    return getContext.call(this, kind, better, ...more);
  };

  // Have a scene's frames cost no more than they must; `glplot.frames` counts those that are drawn, and those read back.
  function economise(scene) {
    const { glplot, container } = scene;
    if (glplot.frames) return glplot.frames.adopt();
    const frames = { drawn: 0, read: 0, level: 0, moving: false }, full = glplot.pixelRatio, { camera, onrender, redraw, update } = glplot;
    const { tick } = camera, adopted = new WeakSet(), cells = () => glplot.objects.find((object) => object.prisms)?.prisms.count ?? 0;
    const { gl, selection } = glplot, { readPixels } = Object.getPrototypeOf(gl);
    const card = gl.getExtension("WEBGL_debug_renderer_info");
    const software = card !== null && SOFTWARE.test(gl.getParameter(card.UNMASKED_RENDERER_WEBGL));
    let wanted = true, skipping = false, shape = "", before = 0, heavy = 0, resting = 0;
    // Whether the next frame looks for what is below the mouse, and whether the last picture for it has been drawn;
    // where the mouse is, null outside; where and for whom to look even so.
    let looking = false, known = false, mouse = null, asked = null;
    glplot.frames = frames;

    // Have a part of the scene draw nothing in a frame that is skipped, nor for the mouse unless that is wanted. For
    // the mouse Plotly draws before `onrender` decides what is skipped, and only if something has changed.
    function adopt(part) {
      if (!part || adopted.has(part)) return;
      adopted.add(part);
      for (const name of ["draw", "drawTransparent", "isTransparent"]) {
        const own = part[name];
        if (own) part[name] = (...given) => !skipping && own.apply(part, given);
      }
      const { drawPick } = part;
      if (drawPick) part.drawPick = (...given) => {
        known = looking;
        if (known) drawPick.apply(part, given);
        else forget();
      };
    }
    const adoptAll = () => { for (const part of [...glplot.objects, glplot.axes, glplot.spikes]) adopt(part); };
    frames.adopt = adoptAll;

    // What was below the mouse is not what is there now.
    function forget() {
      selection.object?.highlight?.(null);
      selection.object = null;
      if (mouse && !frames.moving) restLater();
    }

    function look() {
      looking = true;
      glplot.update();
    }

    // Once the picture for the mouse has been read: have Plotly look there, as if the mouse had come there just now.
    function found() {
      const { x, y, then } = asked ?? mouse ?? {};
      asked = null;
      if (x === undefined) return;
      for (const kind of ["mouseleave", "mousemove"]) {
        glplot.canvas.dispatchEvent(new MouseEvent(kind, { clientX: x, clientY: y, view: window }));
      }
      if (!then) return;
      glplot.redraw();  // in which Plotly emits its event
      setTimeout(then);  // Bokeh calls back after this
    }

    // Plotly reads also the picture itself, where it saves it.
    gl.readPixels = (...given) => {
      if (gl.getParameter(gl.FRAMEBUFFER_BINDING) && !known) return given.at(-1).fill(255);  // nothing
      readPixels.apply(gl, given);
      frames.read++;
      if (known) found();
    };

    function set() {
      const { pixels, sketch } = LEVELS[frames.moving ? frames.level : 0];
      glplot.pixelRatio = Math.min(full, pixels);
      for (const object of glplot.objects) object.isSketched = sketch;
    }

    function rest() {
      if (frames.moving) {
        frames.moving = false;
        set();
        glplot.update();
      }
      if (mouse && !known) look();
    }
    frames.rest = rest;
    function restLater() {
      clearTimeout(resting);
      resting = setTimeout(rest, REST);
    }

    function move() {
      if (!frames.moving) {
        if (cells() < heavy / 2) frames.level = heavy = 0;
        if (software && !heavy && cells() > MANY) [frames.level, heavy] = [LEVELS.length - 1, cells()];
        frames.moving = true;
        before = 0;
        set();
      }
      restLater();
    }

    // Call back once Plotly has said what is at a pixel of the page.
    frames.pointAt = (pixel, then) => {
      asked = { ...pixel, then };
      mouse = pixel;
      clearTimeout(resting);
      rest();
      if (known) found();
      else look();
    };

    container.addEventListener("mousemove", (event) => {
      if (!event.isTrusted) return;
      mouse = { x: event.clientX, y: event.clientY };
      if (event.buttons) move();
      else if (!known && !looking && !frames.moving) look();
    }, true);
    container.addEventListener("mousedown", () => { looking = false; }, true);  // to turn, nothing needs to be found
    container.addEventListener("mouseleave", () => { mouse = null; });
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
      adoptAll();
      looking = false;
      const { canvas, cameraParams, aspect, objects } = glplot;
      const present = [canvas.width, canvas.height, ...cameraParams.view, ...cameraParams.projection, ...aspect].join();
      skipping = !wanted && present === shape && !objects.some((object) => object.dirty);
      wanted = false;
      shape = present;
      if (!skipping) frames.drawn++;
      onrender();
    };
    adoptAll();
  }

  Object.assign(byeSplits, { economise });
})();
