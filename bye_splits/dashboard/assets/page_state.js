// State in attributes of the page's root element: theme, displayed panes, and the card in the low pane.
(() => {
  const root = document.documentElement;

  function theme(name) {
    root.dataset.theme = name;
  }

  function panes(which) {
    root.dataset.panes = which;
  }

  // Set the card that the low pane shows: the clusters, or the selected trigger cell.
  function low(which) {
    root.dataset.low = which;
    for (const tab of document.querySelectorAll("[role=tab]")) {
      tab.setAttribute("aria-selected", tab.dataset.low === which);
    }
  }
  window.addEventListener("DOMContentLoaded", () => low(new URLSearchParams(location.search).has("cell") ? "cell" : "clusters"));

  Object.assign(byeSplits, { theme, panes, low });
})();
