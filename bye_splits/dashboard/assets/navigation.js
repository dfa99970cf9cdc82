// Navigation between layers and events, and in the browser's history.
(() => {
  // -- the keyboard; the keys and what they mean are declared in page/help/keys.py -------------------------------------

  const { keys } = byeSplits.constants, { along, models } = byeSplits;
  const MATCHES = { "-1": ["Previous match", "Previous split"], 1: ["Next match", "Next split"] };
  const titled = (text) => models().find((model) => model.attributes.title === text);

  // Find a button by its label, in all shadow roots.
  function button(label, root = document) {
    for (const element of root.querySelectorAll("*")) {
      if (element.tagName === "BUTTON" && element.textContent.trim() === label) return element;
      const found = element.shadowRoot && button(label, element.shadowRoot);
      if (found) return found;
    }
    return null;
  }

  // The next of a slider's stops above (by > 0) or below a value; the value itself if there is none.
  const next = (stops, value, by) => stops[by > 0 ? "find" : "findLast"]((stop) => (stop - value) * by > 0) ?? value;

  // After a layer slider, initially at `first`, was moved: move it on to the next layer with trigger cells.
  function stop(slider, first) {
    const { value, tags: stops } = slider, before = slider._before ?? first;
    if (!stops.includes(value)) slider.value = next(stops, value, value > before ? 1 : -1);
    slider._before = slider.value;
  }

  // Go on by some layers: one request at a time, the presses meanwhile are added up.
  let layers = 0;
  function stepLayers(by) {
    layers += by;
    window.byeSplitsTraffic.whenDone(() => {
      const slider = titled("Layer");
      if (!slider || !layers) return;
      let { value } = slider;
      for (; layers; layers -= Math.sign(layers)) value = next(slider.tags, value, layers);
      slider.value = value;
    });
  }

  window.addEventListener("keydown", (event) => {
    const inside = event.composedPath()[0];
    if (event.ctrlKey || event.metaKey || event.altKey || inside.closest?.("input, select, textarea, .noUi-handle, .scrolled")) return;
    const by = along(keys.layers, event.key), events = along(keys.events, event.key);
    const tag = keys.tags.includes(event.key) && titled("Tag"), match = along(keys.matches, event.key);
    const other = match ? MATCHES[match] : keys.undo.includes(event.key) && ["Undo"];
    if (tag) {
      const chosen = tag.options.map((option) => (Array.isArray(option) ? option[0] : option)).find((option) => String(option).startsWith(`${event.key} `));
      if (chosen) tag.value = chosen;
    } else if (other) other.map((label) => button(label)).find(Boolean)?.click();
    else if (by) stepLayers(by);
    else if (events) byeSplits.step(events);
    else return;
    event.preventDefault();
  });

  // -- back and forth ----------------------------------------------------------------------------------------

  // Panel adds an entry to the history for each change of the address. Changes in quick succession, as while a
  // slider is dragged, are combined into one entry.
  const ONE_GO = 1000;  // ms
  const push = history.pushState.bind(history);
  let pushed = null;  // the first change is made by the page itself: it completes the opened address
  history.pushState = (data, title, address) => {
    if (new URL(address, location.href).href === location.href) return;
    const now = performance.now(), again = pushed === null || now - pushed < ONE_GO;
    pushed = now;
    if (again) history.replaceState(data, title, address);
    else push(data, title, address);
  };
  window.addEventListener("popstate", () => {
    pushed = -Infinity;
    const address = models().find((model) => model.type?.endsWith("Location") && "search" in model.attributes);
    if (address) address.search = location.search;
  });

  Object.assign(byeSplits, { stop });
})();
