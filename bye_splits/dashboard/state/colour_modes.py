"""Colour modes of trigger cells: each is described by one entry of `COLOURS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..figures.cluster_colours import SHADES

if TYPE_CHECKING:
    from .colours import Colours

CYLINDER = 40.0  # cm, radius shown around the generated particle in pile-up
USUAL_THRESHOLD = 0.5  # mipT, as in the skims


def _of_event(colours: Colours, values: np.ndarray) -> tuple[float, float]:
    """Lowest positive and highest value of the cells at or above the threshold.

    The threshold is the lower of the usual and the selected one. The scale is the same in every layer.
    """
    mip = colours.shown.loaded.value["mipPt"][colours.shown.in_endcap]
    values = values[colours.shown.in_endcap][mip >= min(colours.cuts.threshold, USUAL_THRESHOLD)]
    values = values[values > 0]
    if not len(values):
        return 0.5, 1.0
    low, high = float(values.min()), float(values.max())
    return low, max(high, low * 1.01)


@dataclass(frozen=True, kw_only=True)
class ColourMode:
    """A quantity that the colours of trigger cells can represent.

    Attributes
    ----------
    word : name of the mode in links
    legend : title of the colour bar, with the unit
    values : function of the `Colours`: float32, one per trigger cell of the event, NaN where undefined
    limits : function of the `Colours` and the values: lowest (> 0) and highest value of the scale
    summed : column of the trigger cells whose sum the profile shows, "mipPt", "pt" or "energy"
    fixed_scale : whether the scale is always linear and starts at its lowest value
    classes : whether the values are classes with a palette of their own rather than a scale
    undefined : function of the `Colours`: a sentence on why no trigger cell has a value, "" if any has one
    """

    word: str
    legend: str
    values: Callable[[Colours], np.ndarray]
    limits: Callable[[Colours, np.ndarray], tuple[float, float]] = _of_event
    summed: str = "mipPt"
    fixed_scale: bool = False
    classes: bool = False
    undefined: Callable[[Colours], str] = lambda colours: ""

    def scale(self, chosen: str) -> str:
        """The scale in use, "log" or "linear", given the user's choice."""
        return "linear" if self.fixed_scale else chosen

    def shown_limits(self, limits: tuple[float, float], scale: str) -> tuple[float, float]:
        """Both ends of the scale; a linear scale starts at 0 unless it is fixed."""
        return limits if self.fixed_scale or scale == "log" else (0.0, limits[1])


def _column(name: str) -> Callable[[Colours], np.ndarray]:
    return lambda colours: colours.shown.loaded.value[name]


def _shaded_classes(colours: Colours) -> np.ndarray:
    return np.where(colours.cell_classes < 0, np.nan, colours.cell_classes).astype(np.float32)


def _from_particle(colours: Colours) -> np.ndarray:
    if colours.shown.from_axis is None:
        return np.full(len(colours.shown.loaded.layer), np.nan, dtype=np.float32)
    return colours.shown.from_axis


def _layer(colours: Colours) -> np.ndarray:
    layer: np.ndarray = colours.shown.loaded.layer
    return layer.astype(np.float32)


def _class_limits(colours: Colours, values: np.ndarray) -> tuple[float, float]:
    palette: tuple[str, ...] = colours.class_palette
    return 0.0, len(palette) * SHADES - 1.0


def _all_layers(colours: Colours, values: np.ndarray) -> tuple[float, float]:
    first, last = colours.cuts.all_layers
    return float(first), float(last)


def _without_particle(colours: Colours) -> str:
    if colours.shown.generated is not None or not colours.shown.loaded.has_trigger_cells:
        return ""
    return "Without a generated particle the trigger cells have no distance to it, and therefore no colour."


SUMMED = {"mipPt": ("mipT", ""), "pt": ("pT", "GeV"), "energy": ("energy", "GeV")}
"""Name and unit of each column that the profile can show."""

COLOURS: dict[str, ColourMode] = {
    "mipT": ColourMode(word="mipT", legend="mipT", values=_column("mipPt")),
    "pT": ColourMode(word="pT", legend="pT [GeV]", values=_column("pt"), summed="pt"),
    "energy": ColourMode(word="energy", legend="energy [GeV]", values=_column("energy"), summed="energy"),
    "layer": ColourMode(
        word="layer",
        legend="layer",
        values=_layer,
        limits=_all_layers,
        fixed_scale=True,
    ),
    "cluster": ColourMode(
        word="cluster",
        legend="cluster",
        values=_shaded_classes,
        limits=_class_limits,
        classes=True,
    ),
    "distance to the generated particle": ColourMode(
        word="distance",
        legend="distance to the generated particle [cm]",
        values=_from_particle,
        limits=lambda colours, values: (0.5, CYLINDER),
        undefined=_without_particle,
    ),
}
"""Colour modes by the name shown on the page, in the page's order."""
