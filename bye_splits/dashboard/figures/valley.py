"""The bins or lattice points between two seeds as a small drawing, in SVG."""

from collections.abc import Callable
from typing import Any

from ...chain.splits import LatticeValley, Valley
from ...errors import variant

HEIGHT, GAP, WIDEST, ROOM = 36, 3, 18, 230  # px


def _bin(valley: Valley, i: int) -> tuple[str, bool]:
    words = (
        f"R/z bin {valley.rz_bin[i]}, \u03c6 bin {valley.phi_bin[i]}: "
        f"{valley.energy[i]:.1f} mipT smoothed, {valley.filled[i]:.1f} mipT before"
    )
    return words, valley.filled[i] == 0


def _point(valley: LatticeValley, i: int) -> tuple[str, bool]:
    place = f"U {valley.u[i]}, V {valley.v[i]}".replace("-", "\u2212")
    words = f"{valley.energy[i]:.1f} mipT" if valley.looked_at[i] else "in a module that is not chosen"
    return f"{place}: {words}", not valley.looked_at[i]


SAID: dict[type, Callable[[Any, int], tuple[str, bool]]] = {Valley: _bin, LatticeValley: _point}
"""What the tooltip of a bar says, and whether the bar is hollow, by the type of the valley."""


def valley_svg(valley: Valley | LatticeValley, colours: tuple[str, str]) -> str:
    """Bars of what lies on the way from one seed to the other.

    A smoothed bin is hollow where nothing was before; a place on the lattice that is not looked at has a
    hollow bar from the top to the bottom.

    Parameters
    ----------
    colours : CSS colours of the two seeds

    Notes
    -----
    The dashed line is the lower peak; the arrow from it goes down to the lowest bin.
    """
    n, said = len(valley.energy), variant(SAID, type(valley), "valley between seeds")
    width = min(WIDEST, ROOM / n - GAP)
    per_mip = HEIGHT / float(valley.energy.max())
    lowest = int(valley.energy.argmin())
    peak = HEIGHT - float(min(valley.energy[0], valley.energy[-1])) * per_mip
    bars = []
    for i in range(n):
        colour = {0: colours[0], n - 1: colours[1]}.get(i, "var(--faint)")
        words, hollow = said(valley, i)
        empty = 0 < i < n - 1 and hollow
        high = HEIGHT if empty and said is _point else float(valley.energy[i]) * per_mip
        fill = f"fill: none; stroke: {colour}; stroke-dasharray: 2 2" if empty else f"fill: {colour}"
        inset = 0.5 if empty else 0
        bars.append(
            f'<rect x="{i * (width + GAP) + inset:.1f}" y="{HEIGHT - high + inset:.1f}" '
            f'width="{width - 2 * inset:.1f}" height="{max(high - 2 * inset, 0):.1f}" '
            f'style="{fill}; pointer-events: all"><title>{words}</title></rect>'
        )
    end = n * (width + GAP) - GAP
    low = HEIGHT - float(valley.energy[lowest]) * per_mip
    bars.append(
        f'<line x1="0" x2="{end:.1f}" y1="{peak:.1f}" y2="{peak:.1f}" '
        'style="stroke: var(--text); stroke-dasharray: 3 2; opacity: 0.7; pointer-events: none"/>'
    )
    middle = lowest * (width + GAP) + width / 2
    bars.append(
        f'<line x1="{middle:.1f}" x2="{middle:.1f}" y1="{peak:.1f}" y2="{low:.1f}" '
        'style="stroke: var(--warn); stroke-width: 2; pointer-events: none"/>'
    )
    return f'<svg width="{end:.0f}" height="{HEIGHT}" role="img" aria-label="valley">{"".join(bars)}</svg>'
