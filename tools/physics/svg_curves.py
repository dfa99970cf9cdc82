"""Curves with error bars as an SVG file: panels side by side, in the colours of the display's light theme."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import numpy as np

from bye_splits.dashboard.figures.colours import THEMES

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Of the curves, in order: told apart by colour-blind people, too [Okabe and Ito]."""

_THEME = THEMES["light"]
_WIDTH, _HEIGHT = 400, 300  # of a panel, pixels
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 14, 34, 46
_DASHES = {"solid": "", "dashed": ' stroke-dasharray="6 4"'}


@dataclass(frozen=True)
class Curve:
    """Points with error bars.

    Attributes
    ----------
    label : in the legend; of curves with the same one, the first is in it
    x, y, low, high : float arrays, shape (n,); ends of the error bars, NaN for none
    colour : number in `COLOURS`
    dash : one of `_DASHES`
    """

    label: str
    x: np.ndarray
    y: np.ndarray
    low: np.ndarray
    high: np.ndarray
    colour: int = 0
    dash: str = "solid"


@dataclass(frozen=True)
class Panel:
    """One plot.

    Attributes
    ----------
    title, x, y : texts; the axes' with units
    curves : at least one
    log_x : whether x is on a logarithmic axis
    limits : of y; None: from 0 to the largest value, and above it room for the legend
    lines : horizontal lines to compare with, at these y
    """

    title: str
    x: str
    y: str
    curves: Sequence[Curve]
    log_x: bool = False
    limits: tuple[float, float] | None = None
    lines: Sequence[float] = field(default=())


def write_svg(path: Path, panels: Sequence[Panel]) -> None:
    """Draw panels beside each other, with a legend in each."""
    size = f"{_WIDTH * len(panels)} {_HEIGHT}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" font-family="sans-serif" '
        f'font-size="11" fill="{_THEME["text"]}">',
        f'<rect width="100%" height="100%" fill="{_THEME["pane"]}"/>',
    ]
    for k, panel in enumerate(panels):
        parts += [f'<g transform="translate({k * _WIDTH} 0)">', *_drawn(panel), "</g>"]
    path.write_text("\n".join([*parts, "</svg>"]) + "\n", encoding="utf-8")


def _drawn(panel: Panel) -> list[str]:
    x_all = np.concatenate([curve.x for curve in panel.curves])
    tops = np.concatenate([np.r_[curve.y, curve.high] for curve in panel.curves])
    labels = {curve.label for curve in panel.curves}
    room = 1 - (15 * len(labels) + 8) / (_HEIGHT - _TOP - _BOTTOM)
    low, high = panel.limits or (0.0, float(np.nanmax(tops)) / room or 1.0)
    place = np.log10 if panel.log_x else np.asarray
    first, last = float(place(x_all.min())), float(place(x_all.max()))
    margin = 0.04 * (last - first)
    first, last = first - margin, last + margin

    def across(x: float) -> float:
        return _LEFT + (float(place(x)) - first) / (last - first) * (_WIDTH - _LEFT - _RIGHT)

    def up(y: float) -> float:
        return _HEIGHT - _BOTTOM - (min(max(y, low), high) - low) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)

    middle, bottom = (_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - _BOTTOM
    out = [f'<text x="{_LEFT}" y="20" font-size="13" font-weight="600">{escape(panel.title)}</text>']
    for y in _ticks(low, high):
        out.append(_line(_LEFT, up(y), _WIDTH - _RIGHT, up(y), _THEME["line"]))
        out.append(f'<text x="{_LEFT - 6}" y="{up(y) + 4:.1f}" text-anchor="end">{y:g}</text>')
    for x in _log_ticks(first, last) if panel.log_x else _ticks(first, last):
        out.append(_line(across(x), bottom, across(x), bottom + 4, _THEME["faint"]))
        out.append(f'<text x="{across(x):.1f}" y="{bottom + 17}" text-anchor="middle">{x:g}</text>')
    out.append(_line(_LEFT, bottom, _WIDTH - _RIGHT, bottom, _THEME["faint"]))
    out.append(f'<text x="{middle}" y="{_HEIGHT - 10}" text-anchor="middle">{escape(panel.x)}</text>')
    turned = f'transform="translate(15 {(_TOP + bottom) / 2}) rotate(-90)" text-anchor="middle"'
    out.append(f"<text {turned}>{escape(panel.y)}</text>")
    out += [
        _line(_LEFT, up(y), _WIDTH - _RIGHT, up(y), _THEME["faint"], ' stroke-dasharray="2 3"')
        for y in panel.lines
    ]
    for curve in panel.curves:
        out += _curve(curve, across, up)
    return out + _legend(panel)


def _curve(curve: Curve, across, up) -> list[str]:
    colour = COLOURS[curve.colour]
    points = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in zip(curve.x, curve.y, strict=True))
    out = [
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"{_DASHES[curve.dash]}/>'
    ]
    for x, y, low, high in zip(curve.x, curve.y, curve.low, curve.high, strict=True):
        if np.isfinite(low) and np.isfinite(high):
            out.append(_line(across(x), up(low), across(x), up(high), colour))
        out.append(f'<circle cx="{across(x):.1f}" cy="{up(y):.1f}" r="2.6" fill="{colour}"/>')
    return out


def _legend(panel: Panel) -> list[str]:
    """One entry per label, in the upper left."""
    entries = {curve.label: curve for curve in reversed(panel.curves)}
    out = []
    for k, curve in enumerate(reversed(entries.values())):
        y = _TOP + 8 + 15 * k
        out.append(_line(_LEFT + 8, y, _LEFT + 30, y, COLOURS[curve.colour], _DASHES[curve.dash]))
        out.append(f'<text x="{_LEFT + 36}" y="{y + 4}">{escape(curve.label)}</text>')
    return out


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, more: str = "") -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{colour}"{more}/>'


def _ticks(low: float, high: float) -> np.ndarray:
    """About five round numbers between two."""
    step = 10.0 ** np.floor(np.log10((high - low) / 4))
    step *= max(factor for factor in (1, 2, 5) if (high - low) / (factor * step) >= 3.5)
    return (np.arange(np.ceil(low / step), np.floor(high / step + 1e-9) + 1) * step).round(12) + 0.0  # no -0


def _log_ticks(first: float, last: float) -> list[float]:
    """Numbers 1, 2 and 5 times a power of ten between two powers."""
    powers = range(int(np.floor(first)), int(np.ceil(last)) + 1)
    return [k * 10.0**p for p in powers for k in (1, 2, 5) if first <= np.log10(k) + p <= last]
