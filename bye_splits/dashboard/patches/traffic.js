// Time and size of the server's answer to an action, measured where the user is, and the bar at the top: it is on from
// 0.2 s after a change was sent until all that the change led to is here and drawn. Only the server knows what it has
// still to do: a moment after a change the browser asks it to say when nothing is left, see completion.py.
(() => {
  const limits = {  // ms
    ask: 50,  // after a change: most answers are here by then, so that none has to wait for the question
    slow: 200,
    lost: 60_000,  // without a word from the server
    calm: 100,  // between frames, at most, where nothing is being drawn
  };
  const element = (id) => document.getElementById(id);
  const size = (bytes) => bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
  let acted = 0;  // when the user last did something; the page's own start is no action
  for (const kind of ["pointerdown", "pointermove", "pointerup", "keydown", "wheel"]) {
    window.addEventListener(kind, (event) => { if (kind !== "pointermove" || event.buttons) acted = performance.now(); }, true);
  }

  let begun = 0;  // when the first change of the last action was sent; what the page itself adds to it belongs to it
  let oldest = 0, later = 0;  // when the first change was sent that has no complete answer yet; the first after the question
  let asked = 0, question = null, asking = false;  // number of the question, and the id of its message while it is out
  let last = 0, received = 0, before = [0, 0], own = false;  // of the answer; until the present message; is it about the question
  let drawing = false;
  const timers = {};
  const at = (name, wait, act) => { clearTimeout(timers[name]); timers[name] = setTimeout(act, wait); };
  const bar = (on) => element("working")?.classList.toggle("on", on);

  function wait(since) {
    [oldest, later] = [since, 0];
    if (!begun || acted > begun) {
      [begun, last, received] = [since, since, 0];
      at("slow", Math.max(0, since + limits.slow - performance.now()), () => bar(true));
    }
    at("ask", limits.ask, ask);
    at("lost", limits.lost, rest);
  }

  function rest() {
    for (const timer of Object.values(timers)) clearTimeout(timer);
    [begun, oldest, later, question, drawing] = [0, 0, 0, null, false];
    bar(false);
  }

  function ask() {
    const models = window.Bokeh?.documents.flatMap((one) => [...one._all_models.values()]) ?? [];
    const mark = models.find((model) => model.attributes.name === "complete");
    if (!mark) return rest();
    asking = true;
    mark.data = { asked: [++asked] };
    asking = false;
  }

  // All is here that the changes before a question led to.
  function complete({ data }) {
    if (!question || data.done?.[0] !== asked) return;
    question = null;
    [last, received] = before;  // without the message that says so
    const box = element("traffic");
    if (box && acted) box.textContent = `${Math.round(last - begun)} ms \u00b7 ${size(received)}`;
    if (later) return wait(later);
    oldest = 0;
    clearTimeout(timers.lost);
    if (!drawing) draw(performance.now(), 0);
  }

  // Drawn is what is here when frames come quickly again: the work of drawing is between two of them.
  function draw(since, calm) {
    drawing = true;
    requestAnimationFrame(() => {
      const now = performance.now(), quick = now - since < limits.calm ? calm + 1 : 0;
      if (!drawing) return;
      if (oldest) drawing = false;  // another change: it ends with its own answer
      else if (quick > 2) rest();
      else draw(now, quick);
    });
  }

  function heard({ data }) {
    if (!oldest) return;
    at("lost", limits.lost, rest);
    if (typeof data === "string" && data.startsWith('{"msgid"')) {
      before = [last, received];
      own = question !== null && data.includes(question);
    }
    if (own) return;
    received += data.length ?? data.byteLength ?? data.size ?? 0;
    last = performance.now();
  }

  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (typeof data === "string") {
      if (asking && data.startsWith('{"msgid"')) question = JSON.parse(data).msgid;
      // Plotly tells the size that it has drawn: nothing follows from it.
      else if (!asking && data.startsWith('{"events"') && !data.includes('"attr":"relayout_data"')) {
        if (!this._measured) {
          this._measured = true;
          this.addEventListener("message", heard);
          this.addEventListener("close", rest);
        }
        if (!oldest) wait(performance.now());
        else if (question && !later) later = performance.now();
      }
    }
    return send.call(this, data);
  };

  window.byeSplitsTraffic = { complete, limits };
})();
