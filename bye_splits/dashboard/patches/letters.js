// Letters of Bokeh's pictures as large as the page's.
//
// Bokeh takes sizes of letters as they are, whatever the size of the root's, and caches what it measures of a font by
// its name; it knows no size that depends on the window, and CSS `zoom` displaces what it takes to be below the mouse.
// Sizes in points are those of `figures/fonts.py`: they are enlarged as they get to a canvas, the same for measuring
// and for drawing, as the window was when the page was opened. This file can be removed once Bokeh has relative sizes.
(() => {
  const USUAL = 16;  // px: the root's letters
  const letters = () => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / USUAL;

  const enlarged = letters();
  if (enlarged !== 1) {
    for (const { prototype } of [CanvasRenderingContext2D, OffscreenCanvasRenderingContext2D]) {
      const { get, set } = Object.getOwnPropertyDescriptor(prototype, "font");
      Object.defineProperty(prototype, "font", {
        get,
        set(font) {
          set.call(this, font.replace(/([\d.]+)pt/, (_, points) => `${points * enlarged}pt`));
        },
        configurable: true,
      });
    }
  }

  byeSplits.letters = letters;
})();
