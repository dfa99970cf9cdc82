"""An SVG sketch of the bins or lattice points between two seeds."""

from collections.abc import Callable
from typing import Any

from ...chain.splits import LatticeValley, Valley, XyValley
from ...chain.triangular_splits import HexagonValley
from ...errors import variant

HEIGHT, GAP, WIDEST, ROOM = 36, 3, 18, 230  # px


def _bin(valley: Valley, i: int) -> tuple[str, bool]:
    return _in_words(valley, i, f"R/z bin {valley.rz_bin[i]}, \u03c6 bin {valley.phi_bin[i]}")


def _xy_bin(valley: XyValley, i: int) -> tuple[str, bool]:
    return _in_words(valley, i, f"x/z bin {valley.x_bin[i]}, y/z bin {valley.y_bin[i]}")


def _in_words(valley: Valley | XyValley, i: int, place: str) -> tuple[str, bool]:
    words = f"{valley.energy[i]:.1f} mipT smoothed, {valley.filled[i]:.1f} mipT before"
    return f"{place}: {words}", valley.filled[i] == 0


def _point(valley: LatticeValley, i: int) -> tuple[str, bool]:
    place = f"U {valley.u[i]}, V {valley.v[i]}".replace("-", "\u2212")
    words = f"{valley.energy[i]:.1f} mipT" if valley.looked_at[i] else "in a module that is not chosen"
    return f"{place}: {words}", not valley.looked_at[i]


def _hexagon(valley: HexagonValley, i: int) -> tuple[str, bool]:
    beside = ", beside a maximum of the first pass" if valley.emptied[i] else ""
    return f"hexagon: {valley.energy[i]:.1f} mipT, {valley.pt[i]:.2f} GeV{beside}", valley.energy[i] == 0


SAID: dict[type, Callable[[Any, int], tuple[str, bool]]] = {
    Valley: _bin,
    XyValley: _xy_bin,
    LatticeValley: _point,
    HexagonValley: _hexagon,
}
"""Functions that return a bar's tooltip and whether the bar is hollow, by the type of the valley."""


def valley_svg(valley: Valley | XyValley | LatticeValley | HexagonValley, colours: tuple[str, str]) -> str:
    """Bars of the energies along the path from one seed to the other.

    The bar of a smoothed bin is hollow if the bin was empty before smoothing; a lattice point in a module
    that was not chosen has a hollow bar of full height.

    Parameters
    ----------
    colours : CSS colours of the two seeds

    Notes
    -----
    The dashed line marks the lower peak; a vertical line runs from it to the lowest bar.
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
    size = f'width="{end:.0f}" height="{HEIGHT}" viewBox="0 0 {end:.0f} {HEIGHT}" preserveAspectRatio="none"'
    return f'<svg {size} role="img" aria-label="valley">{"".join(bars)}</svg>'
