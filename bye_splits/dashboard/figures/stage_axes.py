"""Axes of the stages' maps, by the space of the bins: labels, limits and ticks."""

from collections.abc import Iterable
from dataclasses import dataclass

from bokeh.models import BasicTicker, ColumnDataSource, CustomJS, CustomJSTicker, CustomJSTickFormatter
from bokeh.plotting import figure

from ...chain.histogram import PHI_EDGES, RZ_EDGES

_PLACES = "Math.max(0, Math.ceil(-Math.log10(Math.abs(ticks[1] - ticks[0])) - 1e-9))"
_FIXED = f"(value) => ticks.length > 1 ? value.toFixed({_PLACES}) : String(+value.toFixed(2))"
_LABEL = '.replace("-", "\\u2212")'
TICK = f"return ({_FIXED})(tick){_LABEL}"
PHI_TICK = f"return ({_FIXED})(tick > Math.PI ? tick - 2 * Math.PI : tick){_LABEL}"
# About four ticks, fewer where their labels have no room beside each other in the frame of `plot`, at least
# one. Steps are `sizes` times powers of `base`; `at(step)` are the ticks, `label(tick)` is as long as one.
FITTING = """
const span = Math.abs(cb_data.range.end - cb_data.range.start), {inner_width} = plot.properties;
const pixels = (inner_width.is_unset ? 400 : inner_width.get_value()) / span;
const least = Math.floor(Math.log10(span / 4) / Math.log10(base));
let ticks = [];
for (let power = base ** least; power <= base * span; power *= base) {
  for (const step of sizes.map((size) => size * power).filter((one) => one >= 0.249 * span)) {
    const made = at(step), room = 5 + 6.4 * Math.max(...made.map((tick) => label(tick).length));
    if (!made.length) return ticks.slice(0, 1);
    ticks = made;
    if (ticks.length === 1 || step * pixels >= room) return ticks;
  }
}
return ticks;
"""
DECIMAL = "const base = 10, sizes = [1, 2, 5];"
# Round values of phi, also beyond pi, where the labels continue from -pi.
PHI_TICKS = f"""
{DECIMAL} const {{start, end}} = cb_data.range, label = () => "-0.0";
function at(step) {{
  const ticks = [];
  for (const turn of [0, 2 * Math.PI]) {{
    const low = Math.max(start, turn - Math.PI), high = Math.min(end, turn + Math.PI);
    for (let k = Math.ceil((low - turn) / step); turn + k * step <= high; k++) ticks.push(turn + k * step);
  }}
  return ticks;
}}
{FITTING}"""
# As PHI_TICKS, for a plain axis.
PLAIN_TICKS = f"""
{DECIMAL} const {{start, end}} = cb_data.range, label = () => "-0.00";
function at(step) {{
  const ticks = [];
  for (let k = Math.ceil(start / step); k * step <= end; k++) ticks.push(k * step);
  return ticks;
}}
{FITTING}"""


BOX = ("x0", "x1", "y0", "y1")
"""Columns of the region in view, one row."""


def keep_one_scale(first: figure, box: ColumnDataSource, others: Iterable[figure] = ()) -> None:
    """Have a figure show a region with the same scale on both axes, whatever its size is.

    Parameters
    ----------
    box : see `BOX`
    others : figures with the same ranges
    """
    fit = CustomJS(args={"figure": first, "box": box}, code="byeSplits.fit(figure, box)")
    for name in ("inner_width", "inner_height"):
        first.js_on_change(name, fit)
    box.js_on_change("data", fit)
    for plot in (first, *others):
        plot.js_on_event("reset", fit)


@dataclass(frozen=True)
class StageAxes:
    """The axes of a map of bins.

    Attributes
    ----------
    x_label, y_label : of the axes
    x_limits, y_limits : of all bins
    ticks, tick : code of the x axis' ticks and of their labels
    """

    x_label: str
    y_label: str
    x_limits: tuple[float, float]
    y_limits: tuple[float, float]
    ticks: str
    tick: str

    def put_ticks(self, plot: figure) -> None:
        """Set the tickers and formatters of a map."""
        plot.xaxis.ticker = CustomJSTicker(args={"plot": plot}, major_code=self.ticks)
        plot.xaxis.formatter = CustomJSTickFormatter(code=self.tick)
        plot.yaxis.ticker = BasicTicker(desired_num_ticks=5, mantissas=[1, 2, 5])
        plot.yaxis.formatter = CustomJSTickFormatter(code=TICK)


RZ_PHI = StageAxes(
    "\u03c6 [rad]",
    "R/z",
    (float(PHI_EDGES[0]), float(PHI_EDGES[-1])),
    (float(RZ_EDGES[0]), float(RZ_EDGES[-1])),
    PHI_TICKS,
    PHI_TICK,
)
X_Y = StageAxes("x/z", "y/z", (-0.6, 0.6), (-0.6, 0.6), PLAIN_TICKS, TICK)
