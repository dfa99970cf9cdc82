// State in attributes of the page's root element: theme, displayed panes, whether the shower is split, and the
// card in the low pane.
(() => {
  const root = document.documentElement;

  function theme(name) {
    root.dataset.theme = name;
  }

  function panes(which) {
    root.dataset.panes = which;
  }

  // Set what the low panes show: the clusters, the selected trigger cell, or the profile.
  function low(which) {
    root.dataset.low = which;
    for (const tab of document.querySelectorAll("[role=tab]")) {
      tab.setAttribute("aria-selected", tab.dataset.low === which);
    }
  }

  // Make room for the card of a split shower, or give it back to the profile. Where `page.css` gives the profile no
  // place of its own, it stays on top.
  const narrow = matchMedia("(max-width: 1150px)");
  function split(is) {
    root.toggleAttribute("data-split", is);
    if (root.dataset.low === "profile" && !is && !narrow.matches) low("clusters");
  }
  narrow.addEventListener("change", () => split(root.hasAttribute("data-split")));

  // A double click on what helps acts once: the button becomes the one that takes the change back.
  window.addEventListener("click", (event) => {
    if (event.detail < 2 || !event.composedPath().some((one) => one.classList?.contains("means-remedy"))) return;
    event.stopImmediatePropagation();
  }, true);
  window.addEventListener("DOMContentLoaded", () => {
    const opened = new URLSearchParams(location.search), tab = opened.get("tab");
    low(opened.has("cell") && tab !== "clusters" ? "cell" : "clusters");
  });

  Object.assign(byeSplits, { theme, panes, low, split });
})();
