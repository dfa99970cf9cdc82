// Time and size of the server's answers, measured where the user is: from the first change that the browser sends
// to the last message before a silence. Also switches the bar at the top on when an answer takes over 0.2 s.
(() => {
  const QUIET = 150;  // ms without a message after which an answer is complete
  const PATIENCE = 1500;  // ms to wait for an answer after the mere receipt
  const element = (id) => document.getElementById(id);
  const size = (bytes) => bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
  let acted = false;  // the page's own start is no action
  for (const kind of ["pointerdown", "keydown", "wheel"]) window.addEventListener(kind, () => { acted = true; }, true);
  let started = 0, last = 0, received = 0, end = 0, working = 0, answered = false;

  function complete() {
    clearTimeout(working);
    element("working")?.classList.remove("on");
    const box = element("traffic");
    if (box && acted) box.textContent = `${Math.round(last - started)} ms \u00b7 ${size(received)}`;
    started = 0;
  }

  function heard(event) {
    if (!started) return;
    received += event.data.length ?? event.data.byteLength ?? event.data.size ?? 0;
    last = performance.now();
    clearTimeout(end);
    answered ||= typeof event.data === "string" && /"msgtype": ?"PATCH-DOC"/.test(event.data);
    end = setTimeout(complete, answered ? QUIET : PATIENCE);
  }

  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (typeof data === "string" && data.startsWith('{"msgid"')) {
      if (data.includes('"msgtype":"PATCH-DOC"')) {
        if (!this._measured) { this._measured = true; this.addEventListener("message", heard); }
        if (!started) {
          started = performance.now();
          received = 0;
          answered = false;
          working = setTimeout(() => element("working")?.classList.add("on"), 200);
        }
      }
    }
    return send.call(this, data);
  };
})();
