"""Markers of the 2D map that leave their middle free, so that the trigger cell below can be seen."""

from bokeh.models import CustomJS

CROSS, TURNED = "@open_cross", "@open_x"
FREE = {CROSS: 0.62, TURNED: 0.42}  # of the marker's radius

_ARMS = """
export default (args, obj, {r}) => {
  const path = new Path2D(), free = args.free * r;
  for (const angle of [0, 1, 2, 3].map((quarter) => (quarter + args.turn) * Math.PI / 2)) {
    const [x, y] = [Math.cos(angle), Math.sin(angle)];
    path.moveTo(free * x, free * y);
    path.lineTo(r * x, r * y);
  }
  return path;
};
"""


def open_markers() -> dict[str, CustomJS]:
    """Definitions of the markers `CROSS` and `TURNED` (by 45 degrees), for a scatter's `defs`."""
    turns = {CROSS: 0.0, TURNED: 0.5}
    return {
        name: CustomJS(code=_ARMS, args={"free": FREE[name], "turn": turn}) for name, turn in turns.items()
    }
