// What a key does: the page's own keys, and those of the control that has the focus.
(() => {
  const { keys } = byeSplits.constants, { models, nameOf } = byeSplits;
  const HOST = "ends-typing";  // class of a field that gives the keys back once its value is typed
  const COMPLAINT = 6000;  // ms for which it is said why a value was not taken
  const widget = "input, select, textarea, .noUi-handle";
  // What the keys do in a control that has the focus, by the first selector that it matches.
  const meanings = [
    [".noUi-handle", "\u2190 \u2192 change it \u00b7 type a value"],
    ["select", "\u2191 \u2193 change it"],
    ["input[type=checkbox]", "space switches it"],
    ["textarea, input", "type, Enter takes it"],
    [".bk-events", "\u2190 \u2192 \u2191 \u2193 cursor \u00b7 Enter selects \u00b7 + \u2212 0 zoom \u00b7 i saves it"],
    [".slick-viewport", "\u2191 \u2193 rows, heads above them"],
    [".tabulator-tableholder", "\u2191 \u2193 mark a row, heads above them \u00b7 Enter opens it \u00b7 \u2190 \u2192 pages"],
    [".slick-header-column, .tabulator-col", "\u2190 \u2192 heads \u00b7 Enter sorts \u00b7 \u2193 rows"],
    [".numbers.events a", "Enter opens it \u00b7 \u2191 \u2193 events"],
    [".pane-body.scrolled", "\u2191 \u2193 go through it"],
  ];

  // -- stepping through the events: one request at a time, the presses meanwhile are added up ------------------

  // -1 or 1 for the first or second one of two keys, else 0.
  const along = ([back, on], key) => (key === back ? -1 : 0) + (key === on ? 1 : 0);

  let presses = 0, asked = 0;  // not yet requested; time of the request under way
  const LOST = 20_000;  // ms until a request without an answer is given up

  function request() {
    const model = models().find((one) => one.attributes.title === "Step");
    if (!model || !presses || (asked && performance.now() - asked < LOST)) return;
    asked = performance.now();
    model.value = presses;
    presses = 0;
  }

  // Go on by some events.
  function step(by) {
    presses += by;
    request();
  }

  // The server has shown the event of the last request.
  function stepped() {
    asked = 0;
    request();
  }

  // -- the focus: a control that was used with the mouse gives the keys back to the page ------------------------

  const focused = () => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element;
  };
  const within = (event, name) => event.composedPath().some((element) => element.classList?.contains(name));

  let byMouse = false;  // whether the last input was from the mouse
  window.addEventListener("pointerdown", () => { byMouse = true; }, true);
  window.addEventListener("keydown", () => { byMouse = false; }, true);
  const giveBack = (kinds) => { if (focused()?.matches(kinds)) focused().blur(); };
  window.addEventListener("pointerup", () => {
    giveBack(".noUi-handle");  // at once: on a busy page a key that follows comes before a timer
    setTimeout(() => giveBack(".noUi-handle, button, .slick-viewport"));  // after the click, which focuses some
  }, true);
  window.addEventListener("input", (event) => {  // a "change" does not leave the shadow root
    const [element] = event.composedPath();
    if (byMouse && element.matches?.("select, input[type=checkbox]")) setTimeout(() => element.blur());
  }, true);

  window.addEventListener("keydown", (event) => {
    const [inside] = event.composedPath();
    if (!inside.matches?.(widget) || inside.typedKey) return;
    if (keys.leave.includes(event.key)) {
      inside.blur();
      event.stopImmediatePropagation();
    } else if (within(event, HOST)) {
      const by = along(keys.events, event.key);
      if (by) {
        event.preventDefault();
        step(by);
      } else if (keys.take.includes(event.key)) setTimeout(() => inside.blur());
    }
  }, true);

  // -- the hint below the control that has the keys -------------------------------------------------------------

  // Show words at an element.
  function showAt(element, words) {
    const box = document.getElementById("keys"), place = element.getBoundingClientRect();
    box.style.display = "block";
    box.textContent = words;
    const height = box.offsetHeight, below = place.bottom + 6 + height < innerHeight;
    box.style.left = `${Math.max(Math.min(place.left, innerWidth - box.offsetWidth - 8), 8)}px`;
    box.style.top = `${below ? place.bottom + 6 : place.top - 6 - height}px`;
  }

  function hint() {
    const element = focused(), box = document.getElementById("keys");
    if (!box || element?.ariaInvalid === "true") return;
    const meaning = meanings.find(([selector]) => element?.matches?.(selector))?.[1];
    const shown = meaning && !(element.matches(".bk-events") && !byeSplits.hasCursor(element)) && !byMouse | element?.matches("input, textarea") && element.matches(":focus-visible");
    if (!shown) {
      if (!complaining) box.style.display = "none";
      return;
    }
    stopComplaining();
    if (element.typedKey) return showAt(element, `${element.dataset.hint} \u00b7 Enter takes it \u00b7 Esc leaves it`);
    const own = element.getRootNode().host?.classList.contains(HOST) ? "number, Enter \u00b7 \u2191 \u2193 events" : meaning;
    const name = element.ariaLabel ?? nameOf(element);
    showAt(element, `${name && `${name}: `}${own} \u00b7 Esc: keys of the page`);
  }

  // Say at a field why its value was not taken; it stays for a while where the field is left.
  let complaining = 0;
  function complain(field, why) {
    stopComplaining();
    document.getElementById("keys").classList.add("wrong");
    showAt(field, why);
    complaining = setTimeout(() => { stopComplaining(); hint(); }, COMPLAINT);
  }
  function stopComplaining() {
    clearTimeout(complaining);
    complaining = 0;
    document.getElementById("keys").classList.remove("wrong");
  }
  for (const kind of ["focusin", "focusout"]) window.addEventListener(kind, () => setTimeout(hint), true);
  window.addEventListener("keyup", (event) => { if (keys.next.includes(event.key)) hint(); }, true);  // within a shadow root
  window.addEventListener("scroll", hint, true);

  Object.assign(byeSplits, { along, step, stepped, hint, complain });
})();
