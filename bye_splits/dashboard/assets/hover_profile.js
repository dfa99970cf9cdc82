// The bar below the mouse in the profile of sums per layer.
(() => {
  const { tooltip, positive } = byeSplits;

  function hoverProfile(bars, event) {
    const { layer, sum, width } = bars.data, [name, unit] = bars.tags;
    const bar = Array.from(layer).findIndex((number, i) => Math.abs(event.x - number) <= width[i] / 2);
    tooltip(bar < 0 || event.y < 0 ? "" : `layer  ${layer[bar]}\n${name.padEnd(6)} ${positive(sum[bar])}${sum[bar] > 0 && unit ? ` ${unit}` : ""}`);
  }

  Object.assign(byeSplits, { hoverProfile });
})();
