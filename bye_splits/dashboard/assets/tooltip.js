// The tooltip shared by all panes, and the format of numbers in it.
(() => {
  let box = null, mouse = { x: 0, y: 0 };
  window.addEventListener("pointermove", (event) => { mouse = { x: event.clientX, y: event.clientY }; }, true);

  // Have a screen reader say a text.
  function say(text) {
    const spoken = document.getElementById("spoken");
    if (spoken && spoken.textContent !== text) spoken.textContent = text;
  }

  // Show a text beside the mouse; an empty one hides the tooltip. What the keyboard's cursor is on is spoken, too.
  function tooltip(text) {
    if (text && byeSplits.atCursor?.()) say(text.replaceAll(/\s*\n\s*/g, "; "));
    if (!box) {
      box = document.createElement("div");
      box.id = "tooltip";
      box.className = "bye-splits-tooltip";
      document.body.appendChild(box);
    }
    box.style.display = text ? "block" : "none";
    if (!text) return;
    if (box.textContent !== text) box.textContent = text;
    const { offsetWidth: w, offsetHeight: h } = box, { x, y } = mouse;
    box.style.left = `${x + 16 + w > window.innerWidth ? x - w - 12 : x + 16}px`;
    box.style.top = `${y + 12 + h > window.innerHeight ? y - h - 12 : y + 12}px`;
  }

  const digits = (number) => Math.abs(number) >= 100 ? number.toFixed(0) : number.toPrecision(3);
  const significant = (number) => Number.isInteger(number) || Math.abs(number) >= 1000 ? number.toFixed(0) : number.toPrecision(4);
  const positive = (number) => number > 0 ? digits(number) : "none";
  const minus = (text) => String(text).replace("-", "\u2212");

  // A number in a table: a dash for a missing one, no sign for one that is rounded to 0.
  function tableNumber(value, digits, signed) {
    if (!Number.isFinite(value)) return "\u2013";
    const text = value.toFixed(digits), rounded = Number(text);
    return rounded ? `${signed && rounded > 0 ? "+" : ""}${minus(text)}` : text.replace("-", "");
  }
  const pair = (a, b) => `${minus(a)}, ${minus(b)}`;

  Object.assign(byeSplits, { say, tooltip, digits, significant, positive, minus, tableNumber, pair });
})();
