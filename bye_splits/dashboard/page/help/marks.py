"""The marks of the panes as small drawings for legends, in the colours of the panes."""

from dataclasses import dataclass
from html import escape

from ....errors import variant
from ...figures import cluster_colours, coarse_stages, stages
from ...figures.colours import BIN_PALETTES, CELL_PALETTES, COUNT_PALETTES, KIND_COLOURS, THEMES

SIZE = 16  # px
# Shapes within a square of SIZE, in `currentColor`; HALO is drawn below a cross, as in the panes.
SHAPES = {
    "x": '<path class="halo" d="M4 4L12 12M12 4L4 12"/><path d="M4 4L12 12M12 4L4 12"/>',
    "cross": '<path class="halo" d="M8 1.5V14.5M1.5 8H14.5"/><path d="M8 1.5V14.5M1.5 8H14.5"/>',
    "thin cross": '<path style="stroke-width: 1.2" d="M8 3V13M3 8H13"/>',
    "circle": '<circle cx="8" cy="8" r="6"/>',
    "dashed circle": '<circle cx="8" cy="8" r="6" stroke-dasharray="3 2"/>',
    "dot": '<circle class="filled" cx="8" cy="8" r="2"/>',
    "points": '<path style="stroke-width: 2.4; stroke-dasharray: 2.4 3" d="M2 5H15M4 10H15"/>',
    "disc": '<circle class="filled" cx="8" cy="8" r="4.5"/>',
    "diamond": '<path d="M8 1.5L13 8L8 14.5L3 8Z"/>',
    "square": '<rect x="4" y="4" width="8" height="8"/>',
    "filled square": '<rect class="filled" x="4.5" y="4.5" width="7" height="7"/>',
    "box": '<rect x="1.5" y="3.5" width="13" height="9"/>',
    "dashed box": '<rect x="1.5" y="3.5" width="13" height="9" stroke-dasharray="3 2"/>',
    "hexagon": '<path d="M8 1.5L13.6 4.8V11.2L8 14.5L2.4 11.2V4.8Z"/>',
    "filled hexagon": '<path class="filled" d="M8 1.5L13.6 4.8V11.2L8 14.5L2.4 11.2V4.8Z"/>',
    "prism": '<path d="M2 5L5 3V10L2 12ZM2 5L11 6M5 3L14 4M5 10L14 11M2 12L11 13M11 6L14 4V11L11 13Z"/>',
    "rhombus": '<path d="M5 4H14L11 12H2Z"/>',
    "filled rhombus": '<path class="filled" d="M5 4H14L11 12H2Z"/>',
    "pin": '<path d="M4 9H11L9.5 14H2.5ZM7 11V1"/>',
    "ring": '<ellipse cx="8" cy="8" rx="4" ry="6.5"/>',
    "line": '<path d="M1 8H15"/>',
    "thin line": '<path style="stroke-width: 1.2" d="M1 8H15"/>',
    "dashed line": '<path stroke-dasharray="4 2.5" d="M1 8H15"/>',
    "dotted line": '<path stroke-dasharray="1.5 2" d="M1 8H15"/>',
    "vertical line": '<path stroke-dasharray="1.5 2" d="M8 1V15"/>',
    "slanted line": '<path d="M1 12L15 4"/>',
    "slanted dashes": '<path stroke-dasharray="4 2.5" d="M1 12L15 4"/>',
    "bar": '<rect class="filled" x="3" y="5" width="4" height="9"/><rect class="filled" x="9" y="2" width="4" height="12"/>',
    "hollow bar": '<rect x="5" y="3" width="6" height="11" stroke-dasharray="2 2"/>',
    "error bar": '<path d="M8 1.5V14.5M5.5 1.5H10.5M5.5 14.5H10.5"/>',
    "band": '<rect class="filled faint" x="1" y="4" width="14" height="8"/><path d="M1 8H15"/>',
    "swatch": '<rect class="filled" x="3" y="3" width="10" height="10" rx="2"/>',
}  # fmt: skip

Ink = tuple[str, str]
"""CSS colours in the dark and in the light theme."""


def token(name: str) -> Ink:
    """A colour of `colours.THEMES`."""
    return THEMES["dark"][name], THEMES["light"][name]


def alike(colour: str) -> Ink:
    """A colour that both themes have."""
    return colour, colour


CLUSTER, SECOND = alike(cluster_colours.CLUSTER_COLOURS[0]), alike(cluster_colours.CLUSTER_COLOURS[2])
A, B = map(alike, cluster_colours.SET_COLOURS)
CHANGES = {name: alike(colour) for name, colour in cluster_colours.CHANGE_COLOURS.items()}
BELOW, BEATEN, SEED = zip(*(stages.DECISION_COLOURS[theme] for theme in ("dark", "light")), strict=True)
EMPTIED, SECOND = zip(*(stages.VETOED_COLOURS[theme] for theme in ("dark", "light")), strict=True)
KINDS = tuple(zip(*(KIND_COLOURS[theme] for theme in ("dark", "light")), strict=True))
UNDER, OVER = alike(coarse_stages.RATIO_COLOURS[0]), alike(coarse_stages.RATIO_COLOURS[-1])


def _strong(palettes: dict) -> Ink:
    """A colour near the end of the highest values."""
    dark, light = (list(palettes[theme]) for theme in ("dark", "light"))
    return dark[int(0.8 * len(dark))], light[int(0.8 * len(light))]


SIGNAL, BIN, COUNT = map(_strong, (CELL_PALETTES, BIN_PALETTES, COUNT_PALETTES))


@dataclass(frozen=True)
class Mark:
    """A mark of a pane.

    Attributes
    ----------
    shape : one of `SHAPES`
    ink : its colour in both themes
    name : how the documentation, which has no drawings, calls it
    meaning : what it stands for
    """

    shape: str
    ink: Ink
    name: str
    meaning: str

    @property
    def svg(self) -> str:
        """The drawing, whose colour follows the theme."""
        drawn = variant(SHAPES, self.shape, "shape of a mark")
        dark, light = map(escape, self.ink)
        return (
            f'<svg class="mark" width="{SIZE}" height="{SIZE}" aria-hidden="true" '
            f'style="--dark: {dark}; --light: {light}">{drawn}</svg>'
        )
