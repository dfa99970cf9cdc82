// A slider's value is typed: in the place of the value, which is clicked, or while the handle has the focus.
(() => {
  const { keys } = byeSplits.constants;
  const number = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?`;
  const ONE = new RegExp(`^${number}$`, "i");
  const TWO = new RegExp(String.raw`^(${number})\s*(?:\.\.|to|[;,\u2013\u2014-]|\s)\s*(${number})$`, "i");
  const plain = (value) => String(Number(Number(value).toFixed(9)));
  const signed = (value) => plain(value).replace("-", "\u2212");
  const isWord = (text) => !/\d/.test(text);

  // What a slider takes: its ends, whole numbers or steps only, stops, and its words, such as "by layer" for 0.
  function limitsOf(model, pretty) {
    const { start, end, step, title } = model, classes = model.css_classes ?? [];
    const words = {};
    for (const value of [start, end, 0]) {
      if (value >= start && value <= end && isWord(pretty(value))) words[pretty(value)] = value;
    }
    const [, label, unit = ""] = title.match(/^(.*?)(?:\s*\[(.*)\])?$/);
    const stops = (model.tags ?? []).filter((tag) => typeof tag === "number");
    return { start, end, step, words, label, unit, stops, whole: classes.includes("whole"), stepped: classes.includes("stepped") };
  }

  // The limits in words: "0 to 10 mipT", "by layer or up to 0.1".
  function inWords({ start, end, words, unit, stepped, step }) {
    const lowest = Object.keys(words).find((word) => words[word] === start);
    const numbers = lowest ? `${lowest}, or up to ${signed(end)}` : `${signed(start)} to ${signed(end)}`;
    const others = Object.keys(words).filter((word) => word !== lowest).map((word) => `, or ${word}`).join("");
    return `${numbers}${unit && ` ${unit}`}${stepped ? ` in steps of ${plain(step)}` : ""}${others}`;
  }

  // Read a typed number: {value}, or {problem} in words.
  function readOne(text, limits) {
    const { start, end, step, words, label, unit, stops, whole, stepped } = limits;
    const named = Object.keys(words).find((word) => word.toLowerCase() === text.toLowerCase());
    if (named !== undefined) return { value: words[named] };
    const said = text.replaceAll("\u2212", "-").replace(/\s*\(.*\)$/, "");
    const bare = unit && said.endsWith(unit) ? said.slice(0, -unit.length).trim() : said;
    const problem = (why) => ({ problem: `${label}: ${why}` });
    if (!ONE.test(bare)) return problem(`${text ? `\u201c${text}\u201d` : "nothing"} is not a number (${inWords(limits)})`);
    const value = Number(bare);
    if (value < start || value > end) return problem(`${signed(value)} is outside ${signed(start)} to ${signed(end)}${unit && ` ${unit}`}`);
    if (whole && !Number.isInteger(value)) return problem(`${signed(value)} is not a whole number`);
    if (stepped && (value - start) % step) return problem(`${signed(value)} is between two steps of ${plain(step)}`);
    if (stops.length && !stops.includes(value)) {
      const near = [stops.findLast((stop) => stop < value), stops.find((stop) => stop > value)].filter((stop) => stop !== undefined);
      return problem(`${value} has no trigger cells; ${near.join(" and ")} ${near.length > 1 ? "have" : "has"}`);
    }
    return { value };
  }

  // Read two typed numbers, from the lowest to the highest.
  function readTwo(text, limits) {
    const { label, unit } = limits;
    const said = text.replaceAll("\u2212", "-"), bare = unit && said.endsWith(unit) ? said.slice(0, -unit.length).trim() : said;
    const found = bare.match(TWO);
    if (!found) return { problem: `${label}: two numbers are needed, such as ${signed(limits.start)} \u2013 ${signed(limits.end)}` };
    const ends = found.slice(1).map((one) => readOne(one, limits)), wrong = ends.find((one) => one.problem);
    if (wrong) return wrong;
    const value = ends.map((one) => one.value);
    if (value[0] > value[1]) return { problem: `${label}: ${signed(value[0])} is above ${signed(value[1])}` };
    return { value };
  }

  // Read what was typed for a slider, whose value is a number, or a list of two.
  const readTyped = (text, limits, two) => (two ? readTwo : readOne)(text.trim(), limits);

  // -- the field ------------------------------------------------------------------------------------------------

  const sliderOf = (element) => {
    const host = element.getRootNode().host;
    return host && [...Bokeh.index.query((view) => view.el === host)].find((view) => view.slider_el);
  };

  // Open the field of a slider, with the value as far as it is known, or what was typed at the handle.
  function open(view, typed, byKeys) {
    const { model, group_el: group } = view;
    if (model.disabled || group.querySelector("input")) return;
    const two = Array.isArray(model.value), pretty = (value) => view.pretty(value);
    const limits = limitsOf(model, pretty), field = document.createElement("input");
    const now = two ? model.value.map(signed).join(" \u2013 ") : isWord(pretty(model.value)) ? pretty(model.value) : signed(model.value);
    field.className = "typed";
    field.type = "text";
    field.autocomplete = "off";
    field.spellcheck = false;
    field.setAttribute("aria-label", `${limits.label}${two ? ", lowest and highest" : ""} (${inWords(limits)})`);
    field.dataset.hint = `${limits.label}: ${inWords(limits)}`;
    field.value = typed ?? now;
    let shown = true;

    function close() {
      shown = false;
      field.remove();
      if (byKeys) group.querySelector(".noUi-handle").focus();
      byeSplits.hint();  // a change of focus within a shadow root is not seen outside
    }
    // Take the value; where it is not one, say so and return false.
    function take() {
      if (field.value.trim() === now) return true;
      const { value, problem } = readTyped(field.value, limits, two);
      if (problem) {
        field.setAttribute("aria-invalid", "true");
        byeSplits.complain(field, problem);
        return false;
      }
      model.setv({ value, value_throttled: value });  // as at the end of a drag
      return true;
    }

    field.addEventListener("input", () => {
      field.removeAttribute("aria-invalid");
      byeSplits.hint();
    });
    field.addEventListener("blur", () => {
      if (!shown) return;
      take();
      byKeys = false;
      close();
    });
    field.typedKey = (isTaken) => {
      if (!isTaken || take()) close();
      else field.select();
    };
    group.append(field);
    field.focus();
    if (typed === undefined) field.select();
    byeSplits.hint();
  }

  // Before the page's own keys: Escape leaves the field without a change.
  window.addEventListener("keydown", (event) => {
    const [element] = event.composedPath();
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (element.typedKey) {
      if (!keys.take.concat(keys.leave).includes(event.key)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      element.typedKey(keys.take.includes(event.key));
    } else if (element.matches?.(".noUi-handle") && (keys.take.includes(event.key) || /^[\d.+-]$/.test(event.key))) {
      const view = sliderOf(element);
      if (!view) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      open(view, keys.take.includes(event.key) ? undefined : event.key, true);
    }
  }, true);

  const valueAt = (event) => event.composedPath().find((element) => element.classList?.contains("bk-slider-value"));
  window.addEventListener("click", (event) => {
    const view = valueAt(event) && sliderOf(valueAt(event));
    if (view) open(view, undefined, false);
  }, true);
  window.addEventListener("pointerover", (event) => {
    const value = valueAt(event), view = value && sliderOf(value);
    if (view) value.title = view.model.disabled ? "" : `Click to type a value: ${inWords(limitsOf(view.model, (one) => view.pretty(one)))}`;
  }, true);

  Object.assign(byeSplits, { readTyped });
})();
