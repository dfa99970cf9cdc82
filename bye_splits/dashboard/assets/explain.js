// What the page says of itself: the help of panes and groups, the tips of controls, the list of keys.
(() => {
  const { keys } = byeSplits.constants;
  const TYPED = "input, select, textarea, .noUi-handle";  // a key is for them
  const HEAD = ".slick-header-column", NUMBER = "[data-means]";
  const GAP = 8;  // px from what is explained, and from the window's edges

  // -- the name and the meaning of a control ---------------------------------------------------------------------

  let known = { fields: {}, buttons: {}, numbers: {}, tour: [] };
  const explain = (data) => { known = data; };

  // What is written on a control: its label, on a button or the head of a table's column its text; a number's name.
  function nameOf(element) {
    if (element.dataset.means) return element.dataset.means;
    if (element.matches(HEAD)) return element.textContent.trim();
    const button = element.closest("button, .bk-btn, a[href]");
    if (button) return button.textContent.trim() || button.ariaLabel || "";
    const root = element.getRootNode();
    const label = root === document ? null : root.querySelector(".bk-slider-title, label, .bk-label");
    const text = label?.textContent.trim() ?? "";
    const title = label?.matches(".bk-slider-title") ? text.slice(0, text.lastIndexOf(":")) : text;
    return title || element.placeholder || root.querySelector("input[placeholder]")?.placeholder || "";
  }

  // What a control means: by its name, or if that is made as it is shown by a class of its widget.
  function meaningOf(element) {
    if (element.closest("#help, #tour")) return undefined;
    if (element.dataset.means) return [known.numbers[element.dataset.means], element.dataset.more].filter(Boolean).join(" ");
    const name = nameOf(element), [, kind] = element.getRootNode().host?.className.match(/\bmeans-(\w+)/) ?? [];
    if (element.closest("button, .bk-btn, a[href]")) return known.buttons[name] ?? known.buttons[kind];
    return known.fields[name.replace(/ \[.*/, "").replace(/:$/, "").trim()];
  }

  // -- tips: beside a control, after the mouse has rested there ---------------------------------------------------

  const WAIT = 350;  // ms
  const CONTROLS = "button, .bk-btn, a[href], input, select, textarea, label, .bk-label, .bk-slider-title, .noUi-target, .slick-header-column, [data-means]";
  let waiting = 0, over = null;

  function tip(element) {
    const box = document.getElementById("tip"), words = element && meaningOf(element);
    if (!box) return;
    box.style.display = words ? "block" : "none";
    if (!words) return;
    box.replaceChildren(Object.assign(document.createElement("b"), { textContent: nameOf(element) }), words);
    const { host } = element.getRootNode(), aside = document.querySelector("aside")?.getBoundingClientRect();
    place(box, (element.closest(`button, .bk-btn, a[href], ${HEAD}, ${NUMBER}`) ?? host ?? element).getBoundingClientRect(), aside);
  }

  window.addEventListener("pointerover", (event) => {
    const element = event.composedPath().find((one) => one.matches?.(CONTROLS)) ?? null;
    if (element === over) return;
    over = element;
    clearTimeout(waiting);
    tip(null);
    if (element) waiting = setTimeout(() => { if (over === element && element.isConnected) tip(element); }, WAIT);
  }, true);
  for (const kind of ["pointerdown", "keydown", "wheel", "blur"]) {
    window.addEventListener(kind, () => { clearTimeout(waiting); tip(null); }, true);
  }

  // Put a box beside a rectangle, on the side where there is room, and never off the window. What is in the sidebar
  // is explained beside it, where no control is covered.
  function place(box, rect, aside) {
    const { offsetWidth: w, offsetHeight: h } = box, within = aside && rect.left < aside.right && rect.top >= aside.top;
    const area = within ? { left: aside.left, right: aside.right, top: rect.top, bottom: rect.bottom } : rect;
    const fits = (x, y) => x >= GAP && y >= GAP && x + w <= innerWidth - GAP && y + h <= innerHeight - GAP;
    const clamp = (at, size, whole) => Math.max(GAP, Math.min(at, whole - size - GAP));
    const x = clamp(area.left, w, innerWidth), y = clamp(area.top, h, innerHeight);
    const beside = [[area.right + GAP, y], [area.left - w - GAP, y]], under = [[x, area.bottom + GAP], [x, area.top - h - GAP]];
    const tall = within || area.bottom - area.top > 60;  // a pane, beside which there is more room than below
    const found = [...(tall ? beside : under), ...(tall ? under : beside)].find(([left, top]) => fits(left, top));
    const [left, top] = found ?? [clamp(area.right - w - GAP, w, innerWidth), clamp(area.top + 34, h, innerHeight)];
    box.style.left = `${left}px`;
    box.style.top = `${top}px`;
  }

  // -- help: a dialog that does not stop the page -----------------------------------------------------------------

  let opener = null;  // the button that opened it, or what had the focus

  const dialog = () => document.getElementById("help");
  const isOpen = () => Boolean(dialog()?.classList.contains("open"));

  function close(back = true) {
    if (!isOpen()) return;
    dialog().classList.remove("open");
    if (opener?.matches?.("[aria-expanded]")) opener.setAttribute("aria-expanded", "false");
    if (back && opener?.isConnected) opener.focus({ preventScroll: true });
    opener = null;
  }

  function open(topic, button) {
    const box = dialog(), text = [...document.querySelectorAll("template[data-topic]")].find((one) => one.dataset.topic === topic);
    close(false);
    if (!box || !text) return;
    const shut = Object.assign(document.createElement("button"), { className: "close", type: "button", textContent: "\u00d7", ariaLabel: "Close" });
    shut.addEventListener("click", () => close());
    box.replaceChildren(text.content.cloneNode(true), shut);
    box.querySelector(".again")?.addEventListener("click", () => { close(); byeSplits.tour(); });
    box.classList.toggle("wide", topic === "keys");
    box.classList.add("open");
    box.scrollTop = 0;
    tip(null);
    opener = button ?? document.activeElement;
    if (button) button.setAttribute("aria-expanded", "true");
    const explained = button?.closest(".pane") ?? button ?? document.querySelector(".keys-button");
    place(box, explained.getBoundingClientRect(), document.querySelector("aside")?.getBoundingClientRect());
    box.focus({ preventScroll: true });
  }

  window.addEventListener("click", (event) => {
    const button = event.composedPath().find((one) => one.dataset?.help);
    if (button) {
      if (isOpen() && opener === button) close();
      else open(button.dataset.help, button);
    } else if (isOpen() && !event.composedPath().includes(dialog())) close(false);
  });

  window.addEventListener("keydown", (event) => {
    const [inside] = event.composedPath();
    if (isOpen() && keys.leave.includes(event.key)) {
      close();
      event.stopImmediatePropagation();
    } else if (keys.help.includes(event.key) && dialog() && !inside.closest?.(TYPED)) {
      if (isOpen()) close();
      else open("keys");
      event.preventDefault();
      event.stopImmediatePropagation();
    } else if (isOpen() && event.composedPath().includes(dialog())) event.stopImmediatePropagation();  // it scrolls
  }, true);

  Object.assign(byeSplits, { explain, nameOf, meaningOf, steps: () => known.tour });
})();
