// The bar below the mouse in the profile of mipT per layer.
(() => {
  const { tooltip, positive } = byeSplits;

  function hoverProfile(bars, event) {
    const { layer, mip, width } = bars.data;
    const bar = Array.from(layer).findIndex((number, i) => Math.abs(event.x - number) <= width[i] / 2);
    tooltip(bar < 0 || event.y < 0 ? "" : `layer  ${layer[bar]}\nmipT   ${positive(mip[bar])}`);
  }

  Object.assign(byeSplits, { hoverProfile });
})();
