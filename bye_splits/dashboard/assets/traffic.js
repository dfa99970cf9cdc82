// Time and size of the server's answers, measured where the user is: each change that the browser sends is
// answered by an "OK" that names it. Also switches the bar at the top on when an answer takes over 0.2 s.
(() => {
  const waiting = new Map();
  let acted = false;  // the page's own start is no action
  for (const kind of ["pointerdown", "keydown", "wheel"]) window.addEventListener(kind, () => { acted = true; }, true);
  let received = 0, started = 0, timer = 0;
  const element = (id) => document.getElementById(id);
  const size = (bytes) => bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
  const parse = (text) => { try { return JSON.parse(text); } catch { return {}; } };

  function heard(event) {
    received += event.data.length ?? event.data.byteLength ?? event.data.size ?? 0;
    if (typeof event.data !== "string" || !event.data.startsWith('{"msgid"')) return;
    const { msgtype, reqid } = parse(event.data);
    if (!["OK", "ERROR"].includes(msgtype) || !waiting.delete(reqid) || waiting.size) return;
    clearTimeout(timer);
    element("working")?.classList.remove("on");
    const box = element("traffic");
    if (box && acted) box.textContent = `${Math.round(performance.now() - started)} ms \u00b7 ${size(received)}`;
  }

  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (typeof data === "string" && data.startsWith('{"msgid"')) {
      const { msgid, msgtype } = parse(data);
      if (msgtype === "PATCH-DOC") {
        if (!this._measured) { this._measured = true; this.addEventListener("message", heard); }
        if (!waiting.size) {
          started = performance.now();
          received = 0;
          timer = setTimeout(() => element("working")?.classList.add("on"), 200);
        }
        waiting.set(msgid, true);
      }
    }
    return send.call(this, data);
  };
})();
