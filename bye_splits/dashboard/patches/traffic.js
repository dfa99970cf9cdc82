// Time and size of the server's response to an action, measured in the browser, and the progress bar: it is shown from
// 0.2 s after a change was sent until the complete response has been received and drawn. Shortly after a change the
// browser requests a notification that no work is outstanding, see completion.py.
(() => {
  const limits = {  // ms
    ask: 50,  // after a change: most responses have arrived by then, so that none has to wait for the request
    slow: 200,
    doubt: 15_000,  // without a message from the server: it is asked whether it is there
    answer: 15_000,  // for its answer, as it may be busy
    lost: 60_000,  // without a message, though it is there: if there was none at all, the websocket is dead
    calm: 100,  // maximum time between frames when nothing is being drawn
  };
  const element = (id) => document.getElementById(id);
  const size = (bytes) => bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
  let acted = 0;  // time of the last user input; opening the page is no action
  for (const kind of ["pointerdown", "pointermove", "pointerup", "keydown", "wheel"]) {
    window.addEventListener(kind, (event) => { if (kind !== "pointermove" || event.buttons) acted = performance.now(); }, true);
  }

  let begun = 0;  // time of the last action's first change; changes sent by the page itself in response belong to it
  let oldest = 0, later = 0;  // times of the first change without a complete response, and of the first after the request
  let asked = 0, question = null, asking = false;  // number of the request, and the id of its message while it is pending
  // Time and size of the response; both before the current message; whether that is a response to the request.
  let last = 0, received = 0, before = [0, 0], own = false;
  let drawing = false;
  let heard = 0;  // messages from the server while it was waited for
  let waiting = [];  // what is done after the response
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
    listen(true);
  }

  // Of a line that has fallen silent the browser says nothing for a quarter of an hour; see offline.js.
  function listen(mute) {
    at("doubt", limits.doubt, doubt);
    at("lost", limits.lost, () => {
      reset();
      if (mute) window.byeSplits?.lostServer?.();
    });
  }

  async function doubt() {
    const since = heard, { serverAnswers, lostServer } = window.byeSplits ?? {};
    if (serverAnswers && !await serverAnswers(limits.answer) && oldest && heard === since) lostServer();
  }

  function reset() {
    for (const timer of Object.values(timers)) clearTimeout(timer);
    [begun, oldest, later, question, drawing] = [0, 0, 0, null, false];
    bar(false);
    goOn();
  }

  function goOn() {
    const acts = waiting;
    waiting = [];
    for (const act of acts) act();
  }

  // Do something at once, or while a response is outstanding or being drawn, after that.
  function whenDone(act) {
    if (oldest || drawing) waiting.push(act);
    else act();
  }

  function ask() {
    const models = window.Bokeh?.documents.flatMap((one) => [...one._all_models.values()]) ?? [];
    const mark = models.find((model) => model.attributes.name === "complete");
    if (!mark) return reset();
    asking = true;
    mark.data = { asked: [++asked] };
    asking = false;
  }

  // The response to all changes before a request is complete.
  function complete({ data }) {
    if (!question || data.done?.[0] !== asked) return;
    question = null;
    [last, received] = before;  // without the notification itself
    const box = element("traffic");
    if (box && acted) box.textContent = `${Math.round(last - begun)} ms \u00b7 ${size(received)}`;
    if (later) return wait(later);
    oldest = 0;
    clearTimeout(timers.doubt);
    clearTimeout(timers.lost);
    if (!drawing) draw(performance.now(), 0);
  }

  // Drawing is finished once frames follow each other quickly again: it takes place between two frames.
  function draw(since, calm) {
    drawing = true;
    requestAnimationFrame(() => {
      const now = performance.now(), quick = now - since < limits.calm ? calm + 1 : 0;
      if (!drawing) return;
      if (oldest) drawing = false;  // another change: its own response ends the measurement
      else if (quick > 2) reset();
      else draw(now, quick);
    });
  }

  function onMessage({ data }) {
    if (!oldest) return;
    heard++;
    listen(false);
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
      // Plotly reports the size that it has drawn, which has no effect.
      else if (!asking && data.startsWith('{"events"') && !data.includes('"attr":"relayout_data"')) {
        if (!this._measured) {
          this._measured = true;
          this.addEventListener("message", onMessage);
          this.addEventListener("close", reset);
        }
        if (!oldest) wait(performance.now());
        else if (question && !later) later = performance.now();
      }
    }
    return send.call(this, data);
  };

  window.byeSplitsTraffic = { complete, limits, whenDone };
})();
