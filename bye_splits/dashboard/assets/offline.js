// A page whose server has gone: it says so, asks for the server with growing pauses, and opens its address again.
(() => {
  const pauses = [0.4, 0.6, 0.8];  // s between the questions; the last one is repeated
  const IDLE = 4001;  // code of a websocket that was closed as nobody used the page
  const LOOP = "byeSplits.reloads", WITHIN = 60_000;  // times of such reloads, of which the latest ones count
  const ENDED = 1001;  // code of a websocket whose server was told to end
  let why = "The server does not answer.", leaving = false, attempt = 0, timer = 0, until = 0;

  // Something small that any server of this page has, whatever comes before its name in the address.
  const question = () => document.querySelector('script[src*="static/js/bokeh"]')?.src ?? location.href;

  function say() {
    const box = document.getElementById("offline");
    if (!box) return;
    const left = Math.max(0, Math.ceil((until - performance.now()) / 1000));
    box.firstElementChild.textContent = why + " This page opens again, as it is, once it answers again; "
      + (left ? `next attempt in ${left} s.` : "trying \u2026");
  }

  const answers = (ms) => fetch(question(), { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(ms) })
    .then(({ ok }) => ok, () => false);

  async function ask() {
    clearTimeout(timer);
    until = 0;
    say();
    if (await answers(5000)) return again();
    const pause = 1000 * pauses[Math.min(attempt++, pauses.length - 1)] * (0.8 + 0.4 * (Date.now() % 100) / 100);  // not all pages at once
    until = performance.now() + pause;
    timer = setTimeout(ask, pause);
    say();
  }

  // Pages that lose their connection as soon as they are open must not reload for ever.
  function again() {
    const now = Date.now(), kept = JSON.parse(sessionStorage.getItem(LOOP) ?? "[]").filter((time) => now - time < WITHIN);
    const pause = kept.length < 2 ? 0 : 5000 * kept.length;
    sessionStorage.setItem(LOOP, JSON.stringify([...kept, now]));
    timer = setTimeout(() => location.reload(), pause);
  }

  // The server has closed a page that nobody used, see gate.py: it opens again once somebody does.
  function ended() {
    document.querySelector("#offline > span").textContent = "This page was not used for a long time, and the server has "
      + "closed it. It opens again, as it is, once it is used.";
    document.querySelector("#offline > button").hidden = true;
    for (const kind of ["pointerdown", "keydown", "wheel"]) window.addEventListener(kind, () => location.reload(), true);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) location.reload(); });
  }

  function lost(event) {
    if (leaving || document.documentElement.dataset.offline) return;
    document.documentElement.dataset.offline = "yes";
    document.getElementById("page").inert = true;  // nothing in it can be clicked or get the focus
    if (event?.code === IDLE) return ended();
    setInterval(say, 500);
    if (event?.code !== ENDED) return ask();
    why = "The server has ended.";
    until = performance.now() + 1000;  // until then it may still answer, and be gone when the page opens
    timer = setTimeout(ask, 1000);
    say();
  }

  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (!this._watched) {
      this._watched = true;
      this.addEventListener("close", lost);
    }
    return send.call(this, data);
  };
  window.addEventListener("pagehide", () => { leaving = true; });
  window.addEventListener("pageshow", (event) => {  // back in the history, out of the browser's memory
    leaving = false;
    if (event.persisted) lost();
  });
  document.addEventListener("visibilitychange", () => { if (until && !document.hidden) ask(); });
  window.addEventListener("keydown", (event) => {  // they would have no effect
    if (document.documentElement.dataset.offline && !event.ctrlKey && !event.metaKey) event.stopImmediatePropagation();
  }, true);

  Object.assign(byeSplits, { askServer: ask, lostServer: lost, serverAnswers: answers });
})();
