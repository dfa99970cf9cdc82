// The tour of the display: a card in a corner of a pane that can be left at any time, and a frame around its subject.
(() => {
  const { keys } = byeSplits.constants;
  const KEPT = "bye_splits tour";
  const opened = new URLSearchParams(location.search);  // the page soon writes its state there
  let number = -1;  // of the step, -1 when there is no tour

  const card = () => document.getElementById("tour");
  const shown = (pane) => pane.getClientRects().length > 0;

  // The help button of a topic, in all shadow roots: it is at the subject of a step.
  function button(topic, root = document) {
    for (const element of root.querySelectorAll("*")) {
      if (element.dataset?.help === topic && element.matches(".ask")) return element;
      const found = element.shadowRoot && button(topic, element.shadowRoot);
      if (found) return found;
    }
    return null;
  }

  // The rectangle of a pane; of a group of controls from its heading to the next one.
  function subject(topic) {
    const ask = button(topic), pane = ask?.closest(".pane");
    if (!ask || pane) return pane && shown(pane) ? pane.getBoundingClientRect() : null;
    ask.getRootNode().host.scrollIntoView({ block: "nearest" });
    const aside = document.querySelector("aside").getBoundingClientRect(), top = ask.getBoundingClientRect().top;
    const others = [...document.querySelectorAll("template[data-topic]")].map((one) => button(one.dataset.topic));
    const below = others.filter((one) => one && !one.closest(".pane")).map((one) => one.getBoundingClientRect().top);
    const bottom = Math.min(aside.bottom, ...below.filter((at) => at > top + 4));
    return { left: aside.left, right: aside.right, top: top - 4, bottom, width: aside.width };
  }

  function place() {
    const box = card(), frame = document.getElementById("tour-frame");
    if (number < 0) return;
    const around = subject(byeSplits.steps()[number][0]);
    frame.style.visibility = around ? "visible" : "hidden";
    if (around) {
      const { left, right, top, bottom } = around;
      Object.assign(frame.style, { left: `${left + 2}px`, top: `${top}px`, width: `${right - left - 4}px`, height: `${bottom - top}px` });
    }
    // In the lower right corner of a picture, where no control is.
    const panes = [...document.querySelectorAll(".pane[data-pane], .stages-pane")].filter(shown);
    const corner = (panes.findLast((pane) => pane.dataset.pane) ?? panes[0]).getBoundingClientRect();
    box.style.left = `${corner.right - box.offsetWidth - 10}px`;
    box.style.top = `${corner.bottom - box.offsetHeight - 10}px`;
  }

  function leave() {
    number = -1;
    card().classList.remove("open");
    localStorage.setItem(KEPT, "left");
  }

  function act(words, action) {
    const made = Object.assign(document.createElement("button"), { type: "button", textContent: words });
    made.addEventListener("click", action);
    return made;
  }

  function go(to) {
    const steps = byeSplits.steps(), box = card();
    if (to >= steps.length) return leave();
    number = to;
    const [, title, words] = steps[to], head = document.createElement("h2"), text = document.createElement("p");
    head.append(title, Object.assign(document.createElement("small"), { textContent: `tour, ${to + 1} of ${steps.length}` }));
    text.textContent = words;
    const more = to + 1 < steps.length;
    box.replaceChildren(head, text, act(more ? "Next" : "Done", () => go(to + 1)), " ", ...(more ? [act("Leave", leave)] : []));
    box.classList.add("open");
    return place();
  }

  const tour = () => { if (card()) go(0); };

  window.addEventListener("keydown", (event) => {
    if (number < 0 || !keys.leave.includes(event.key)) return;
    leave();
    event.stopImmediatePropagation();
  }, true);
  window.addEventListener("resize", place);

  // At the first visit; not to who follows a link to an event, and not to a program.
  window.addEventListener("load", () => {
    const invited = !localStorage.getItem(KEPT) && !opened.has("event");
    if (card() && invited && !navigator.webdriver) whenThere();
  });

  // Start once the panes and controls are there.
  function whenThere() {
    if (byeSplits.steps().every(([topic]) => button(topic))) tour();
    else setTimeout(whenThere, 200);
  }

  Object.assign(byeSplits, { tour });
})();
