// The links between pages in the header: each page opens as last shown in this tab, in the current theme.
(() => {
  const { chainWords } = byeSplits.constants;
  const links = () => [...document.querySelectorAll("header nav a")];
  const key = (link) => `bye_splits ${link.textContent.trim()}`;

  function keep() {
    const here = links().find((link) => link.classList.contains("here"));
    if (here) sessionStorage.setItem(key(here), location.search);
  }

  const CHAIN = ["Display", "Events", "Studies"];  // pages with parameters of the chain

  // The occupancy is that of the parameters of the page from which it is opened.
  function carryChain(words) {
    const here = links().find((link) => link.classList.contains("here"));
    if (!CHAIN.includes(here?.textContent.trim())) return;
    const present = new URLSearchParams(location.search);
    for (const name of chainWords) {
      words.delete(name);
      if (present.has(name)) words.set(name, present.get(name));
    }
  }

  // The link's own parameters, such as the page, take precedence over the stored ones.
  function point(link) {
    link._words ??= new URLSearchParams(link.search);
    const words = new URLSearchParams(sessionStorage.getItem(key(link)) ?? "");
    if (link.textContent.trim() === "Occupancy") carryChain(words);
    words.set("theme", document.documentElement.dataset.theme);
    for (const [name, word] of link._words) words.set(name, word);
    link.search = words;
  }

  // A tab opens its page with what this page shows.
  function carry(tab) {
    tab._words ??= new URLSearchParams(tab.search);
    const words = new URLSearchParams(location.search);
    for (const [name, word] of tab._words) words.set(name, word);
    tab.search = words;
  }

  // Whichever comes first: any kind of click, or the menu from which a link is copied.
  for (const kind of ["pointerdown", "click"]) {
    window.addEventListener(kind, (event) => {
      const tab = event.target.closest?.(".study-tabs a");
      if (tab) carry(tab);
      const link = event.target.closest?.("header nav a");
      if (!link) return;
      keep();
      point(link);
    }, true);
  }
  window.addEventListener("pagehide", keep);
})();
