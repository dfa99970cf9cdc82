// From page to page by the links at the top: each page opens as it was last shown in this tab, in the present theme.
(() => {
  const links = () => [...document.querySelectorAll("header nav a")];
  const key = (link) => `bye_splits ${link.textContent.trim()}`;

  function keep() {
    const here = links().find((link) => link.classList.contains("here"));
    if (here) sessionStorage.setItem(key(here), location.search);
  }

  // The link's own words, such as which page it is, hold before those that were kept.
  function point(link) {
    link._words ??= new URLSearchParams(link.search);
    const words = new URLSearchParams(sessionStorage.getItem(key(link)) ?? "");
    words.set("theme", document.documentElement.dataset.theme);
    for (const [name, word] of link._words) words.set(name, word);
    link.search = words;
  }

  // Whichever comes first: a click in any way, or the menu from which a link is copied.
  for (const kind of ["pointerdown", "click"]) {
    window.addEventListener(kind, (event) => {
      const link = event.target.closest?.("header nav a");
      if (!link) return;
      keep();
      point(link);
    }, true);
  }
  window.addEventListener("pagehide", keep);
})();
