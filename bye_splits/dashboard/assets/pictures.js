// Pictures that leave the page: named by what they show, with its description and legend below them. The scale of the
// colours is beside the plot, as on the page.
(() => {
  const FONT = 12, LINE = 16, MARGIN = 10;  // px
  const CAPTION = "caption";
  const tone = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const family = () => getComputedStyle(document.body).fontFamily;

  // The nearest element around one, out of shadow roots, too.
  const around = (element, selector) => element && (element.closest(selector) ?? around(element.getRootNode().host, selector));

  // All elements within one, in shadow roots, too.
  function* inside(root, selector) {
    for (const element of root.querySelectorAll("*")) {
      if (element.matches(selector)) yield element;
      if (element.shadowRoot) yield* inside(element.shadowRoot, selector);
    }
  }
  const first = (root, selector) => root && inside(root, selector).next().value;

  // -- what is drawn below the picture: texts and rectangles, with places in px --------------------------------------

  const measure = document.createElement("canvas").getContext("2d");
  function widthOf(text) {
    measure.font = `${FONT}px ${family()}`;
    return measure.measureText(text).width;
  }

  // The lines of a text that is not wider than some pixels.
  function wrapped(text, width) {
    const lines = [];
    let line = "";
    for (const word of text.split(" ")) {
      const longer = line ? `${line} ${word}` : word;
      if (line && widthOf(longer) > width) {
        lines.push(line);
        line = word;
      } else line = longer;
    }
    return [...lines, line];
  }

  // The legend of the page's line of facts: swatches with their labels.
  function legend(place, width) {
    const parts = [];
    let x = MARGIN;
    for (const swatch of inside(document, ".facts .swatch")) {
      const label = swatch.parentNode.textContent.trim(), wide = 16 + widthOf(label);
      if (x > MARGIN && x + wide > width) {
        x = MARGIN;
        place.y += LINE;
      }
      parts.push({ x, y: place.y + 3, width: 10, height: 10, fill: swatch.style.background || swatch.style.backgroundColor });
      parts.push({ x: x + 16, y: place.y + FONT, text: label, fill: tone("text") });
      x += wide + 14;
    }
    if (parts.length) place.y += LINE;
    return parts;
  }

  // All that is below a picture, from y = 0 on, and its height.
  function below(width, lines) {
    const place = { y: 6 };
    const parts = legend(place, width);
    lines.forEach((line, number) => {
      for (const text of wrapped(line, width - 2 * MARGIN)) {
        parts.push({ x: MARGIN, y: place.y + FONT, text, fill: tone(number ? "faint" : "text") });
        place.y += LINE;
      }
    });
    return { parts, height: place.y + 6 };
  }

  // Headings of maps side by side, which are HTML above them: their texts and swatches where they are seen.
  function headings(pane, frame) {
    const parts = [];
    for (const line of inside(pane, ".stages")) {
      for (const element of inside(line, "b, i, span, s, u")) {
        const place = element.getBoundingClientRect(), y = place.top - frame.top;
        if (!place.width) continue;
        if (element.tagName === "I") parts.push({ x: place.left - frame.left, y, width: place.width, height: place.height, fill: getComputedStyle(element).backgroundColor });
        for (const node of element.childNodes) {
          if (node.nodeType !== Node.TEXT_NODE || !node.data.trim()) continue;
          const range = document.createRange();
          range.selectNodeContents(node);
          const at = range.getBoundingClientRect(), { color: fill, fontSize, fontWeight } = getComputedStyle(element);
          parts.push({ x: at.left - frame.left, y: (at.top + at.bottom) / 2 - frame.top, text: node.data.trim(), fill, font: `${fontWeight} ${fontSize}` });
        }
      }
    }
    return parts;
  }

  function draw(context, parts) {
    for (const { x, y, width, height, text, fill, font } of parts) {  // those with a font of their own have y at the middle
      context.fillStyle = fill;
      context.font = `${font ?? `${FONT}px`} ${family()}`;
      context.textBaseline = font ? "middle" : "alphabetic";
      if (text === undefined) context.fillRect(x, y, width, height);
      else context.fillText(text, x, y);
    }
  }

  // -- pictures ---------------------------------------------------------------------------------------------------

  // The headings of maps side by side, in a line, with their long words.
  const named = (line) => [...line.children].map((one) => {
    const words = [...one.childNodes].filter((node) => !["B", "I", "S"].includes(node.nodeName)).map((node) => node.textContent);
    return `${one.querySelector("b").textContent}: ${words.join(one.querySelector("i") ? ", " : "").trim()}`;
  }).join(" \u00b7 ");

  // What is said of a pane: the lines of its caption, and the name of its pictures.
  async function described(pane, name) {
    const { name: file, content } = await byeSplits.ask(CAPTION);
    const title = first(pane, ".title"), heading = title?.querySelector("b")?.textContent ?? "";
    const words = pane?.matches(".study") ? name : (heading.split(/[,(]/)[0] || name);
    const notes = [...(pane ? inside(pane, ".plot-note") : [])].map((note) => note.textContent);
    const maps = first(pane, ".stages");
    const lines = [title?.title.replace(/:\s*$/, "") ?? "", maps ? named(maps) : "", ...notes, ...new TextDecoder().decode(content).split("\n")]
      .filter((line, i, all) => line && !all.slice(0, i).some((before) => before.includes(line)));
    const slug = words.trim().toLowerCase().replace(/layers? (\d+)/, "layer$1").replaceAll(/[^\p{L}\d.-]+/gu, "_").replaceAll(/^_|_$/g, "");
    return { lines, file: `${file}_${slug}` };
  }

  const blobOf = (canvas) => new Promise((resolve) => canvas.toBlob(resolve));

  // A picture of parts (image, place and size in px) with what is below it.
  async function composed({ width, height, images, over = [] }, lines) {
    const scale = Math.max(...images.map(({ image, place }) => image.width / place.width));
    const { parts, height: lower } = below(width, lines);
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round((height + lower) * scale);
    const context = canvas.getContext("2d");
    context.scale(scale, scale);
    context.fillStyle = tone("pane");
    context.fillRect(0, 0, width, height + lower);
    for (const { image, place } of images) context.drawImage(image, place.x, place.y, place.width, place.height);
    draw(context, over);
    context.translate(0, height);
    draw(context, parts);
    return blobOf(canvas);
  }

  // The figures of Bokeh's that are seen in a pane: those of the stages are one picture.
  function figuresBeside(view, pane) {
    if (!pane?.matches(".stages-pane")) return [view];
    return [...Bokeh.index.query((one) => one.model.type === "Figure" && around(one.el, ".pane") === pane)]
      .filter((one) => one.el.getBoundingClientRect().width);
  }

  // A Bokeh figure, or those of the stages, as a picture with a caption.
  async function picture(view, name) {
    const pane = around(view.el, ".pane"), views = figuresBeside(view, pane), several = views.length > 1;
    const { lines, file } = await described(pane, several ? "stages" : name);
    const images = [];
    const frame = (several ? pane.querySelector(".pane-body") : view.el).getBoundingClientRect();
    for (const one of views) {
      const { left, top, width, height } = one.el.getBoundingClientRect();
      const image = await createImageBitmap(await one.export("png").to_blob());
      images.push({ image, place: { x: left - frame.left, y: top - frame.top, width, height } });
    }
    const { width, height } = frame;
    const blob = await composed({ width, height, images, over: several ? headings(pane, frame) : [] }, lines);
    return { blob, file };
  }

  // The vector picture of a Bokeh figure, with a caption.
  async function vectors(view, lines) {
    const svg = new DOMParser().parseFromString(await (await view.export("svg").to_blob()).text(), "image/svg+xml").documentElement;
    const width = Number.parseFloat(svg.getAttribute("width")), height = Number.parseFloat(svg.getAttribute("height"));
    const { parts, height: lower } = below(width, lines);
    const add = (tag, attributes, text = "") => {
      const element = svg.ownerDocument.createElementNS(svg.namespaceURI, tag);
      for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
      element.textContent = text;
      svg.append(element);
    };
    svg.setAttribute("height", height + lower);
    if (svg.hasAttribute("viewBox")) svg.setAttribute("viewBox", `0 0 ${width} ${height + lower}`);
    add("rect", { x: 0, y: height, width, height: lower, fill: tone("pane") });
    for (const { text, fill, y, ...place } of parts) {
      const style = text === undefined ? {} : { "font-size": FONT, "font-family": family() };
      add(text === undefined ? "rect" : "text", { ...place, y: y + height, fill, ...style }, text);
    }
    return new Blob([new XMLSerializer().serializeToString(svg)], { type: "image/svg+xml" });
  }

  // Save the plot of the pane that a button is in as PNG or SVG.
  async function savePlot(button, kind, name) {
    const pane = around(button, ".pane");
    const view = Bokeh.index.query_one((one) => one.model.type === "Figure" && around(one.el, ".pane") === pane);
    if (!view) return;
    if (kind === "png") {
      const { blob, file } = await picture(view, name);
      return byeSplits.download(blob, `${file}.png`);
    }
    const { lines, file } = await described(pane, name);
    byeSplits.download(await vectors(view, lines), `${file}.svg`);
  }

  // What Plotly draws over its scenes, such as the colour bar, as an image with so many pixels for one of the page.
  async function drawnOver(graph, width, height, scale) {
    const whole = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    for (const [key, value] of Object.entries({ width: scale * width, height: scale * height, viewBox: `0 0 ${width} ${height}` })) whole.setAttribute(key, value);
    for (const part of graph.querySelectorAll(".main-svg")) {
      const copy = part.cloneNode(true);
      copy.style.background = "none";
      whole.append(copy);
    }
    const image = new Image();
    image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(whole))}`;
    await image.decode();
    return image;
  }

  // A view of Plotly's as a picture with a caption.
  async function saveScene(button) {
    const pane = around(button, ".pane"), graph = around(button, ".js-plotly-plot");
    const { url, canvas } = byeSplits.scenePicture(graph), view = byeSplits.viewInWords(graph);  // as it is at the click
    const frame = graph.getBoundingClientRect(), { width, height } = frame, at = canvas.getBoundingClientRect();
    const image = await createImageBitmap(await (await fetch(url)).blob());
    const over = await drawnOver(graph, width, height, image.width / at.width);
    const { lines: [title, ...others], file } = await described(pane, "3d");
    const images = [
      { image, place: { x: at.left - frame.left, y: at.top - frame.top, width: at.width, height: at.height } },
      { image: over, place: { x: 0, y: 0, width, height } },
    ];
    byeSplits.download(await composed({ width, height, images }, [title, view, ...others]), `${file}.png`);
  }
  window.addEventListener("click", (event) => {
    const button = event.composedPath().find((one) => one.matches?.(".modebar-btn[data-title^='Download']"));
    if (!button) return;
    event.stopImmediatePropagation();
    saveScene(button);
  }, true);

  // Bokeh's tool to save a figure, and to copy it.
  document.addEventListener("DOMContentLoaded", () => {
    const tool = Bokeh.Models.get("SaveTool").prototype.default_view.prototype;
    tool._export = async function () { return (await picture(this.parent, this.model.filename)).blob; };
    tool.save = async function (name) {
      const { blob, file } = await picture(this.parent, name);
      byeSplits.download(blob, `${file}.png`);
    };
  });

  Object.assign(byeSplits, { around, savePlot });
})();
