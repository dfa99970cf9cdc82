"""Cuts on the displayed trigger cells: layers, threshold, cylinder around the generated particle."""

from typing import Any

import numpy as np
import param

from ...geometry import Geometry
from .colour_modes import CYLINDER, USUAL_THRESHOLD
from .derived import Reactive, derived, follows
from .loaded import Loaded, part
from .shown import ShownEvent

MANY = 5000  # trigger cells; an event with more is taken for pile-up if the sample's is unknown
EVERYTHING = 0.0  # cylinder radius that means no cut


class Cuts(Reactive):
    """Layers and limits; the derived indices are rows of the event's trigger cells."""

    layer = param.Integer(9, bounds=(1, None), doc="Layer of the 2D map")
    layers_3d = param.Range(
        None, bounds=(1, None), allow_None=True, doc="First and last layer of the 3D view; None for all"
    )
    threshold = param.Number(USUAL_THRESHOLD, bounds=(0, 100), doc="Smallest mipPt shown [mipT]")
    cylinder = param.Number(
        EVERYTHING, bounds=(0, 200), doc="Radius [cm] around the particle shown in 3D; 0: no cut"
    )

    def __init__(self, shown: ShownEvent, **values: Any) -> None:
        self.shown = shown
        super().__init__(shown, **{"layers_3d": (1, shown.geometry.n_layers)} | values)

    # -- values for a new event ----------------------------------------------------------------------------

    def first_values(self, loaded: Loaded, endcap: str, mip_threshold: float) -> dict[str, Any]:
        """Layer and threshold for the first event of a page: the layer with the most signal.

        Parameters
        ----------
        mip_threshold : configured threshold [mipT]
        """
        most = self.param.threshold.bounds[1]
        return {"layer": _brightest(loaded, endcap, self.layer), "threshold": min(mip_threshold, most)}

    @staticmethod
    def cylinder_of(loaded: Loaded, endcap: str, pileup: str) -> float:
        """Cylinder radius for the first event of a sample: a cut only if there is pile-up and a particle."""
        busy = int(pileup) > 0 if pileup.isdecimal() else len(loaded.layer) > MANY
        return CYLINDER if busy and loaded.particles(endcap) else EVERYTHING

    def fitted(self, geometry: Geometry, wanted: dict[str, Any]) -> dict[str, Any]:
        """Replacements for requested or current layers that are not in the geometry of a new event."""
        last = geometry.n_layers
        fitted: dict[str, Any] = {}
        layers_3d = wanted.get("layers_3d", self.layers_3d)
        if layers_3d in (None, self.all_layers):
            fitted["layers_3d"] = (1, last)
        elif layers_3d[1] > last:
            fitted["layers_3d"] = (min(layers_3d[0], last), last)
        layer = wanted.get("layer", self.layer)
        if layer not in geometry.layers:
            fitted["layer"] = int(geometry.layers[np.abs(geometry.layers - layer).argmin()])
        return fitted

    # -- the displayed trigger cells -----------------------------------------------------------------------

    @follows("shown.geometry")
    def all_layers(self) -> tuple[int, int]:
        """First and last layer of the detector."""
        return 1, self.shown.geometry.n_layers

    @derived("shown.in_endcap", "threshold")
    def above(self) -> np.ndarray:
        """Rows of the endcap at or above the threshold, int64."""
        rows = self.shown.in_endcap
        return part(rows, self.shown.loaded.value["mipPt"][rows] >= self.threshold)

    @derived("above", "cylinder", "shown.from_axis")
    def near(self) -> np.ndarray:
        """Rows of `above` within the cylinder around the generated particle, int64; all without one."""
        if self.cylinder == EVERYTHING or self.shown.from_axis is None:
            return self.above
        return part(self.above, self.shown.from_axis[self.above] <= self.cylinder)

    @derived("near", "layers_3d")
    def in_3d(self) -> np.ndarray:
        """Rows that the 3D view shows, int64."""
        layer = self.shown.loaded.layer[self.near]
        return part(self.near, (layer >= self.layers_3d[0]) & (layer <= self.layers_3d[1]))

    @derived("above", "layer")
    def in_layer(self) -> np.ndarray:
        """Rows that the 2D map shows, int64."""
        return self.above[self.shown.loaded.layer[self.above] == self.layer]


def _brightest(loaded: Loaded, endcap: str, otherwise: int) -> int:
    """Layer with the largest sum of mipPt, or with the most cells if no layer has a positive sum."""
    rows = loaded.in_endcap(endcap) & (loaded.number >= 0)
    if not rows.any():
        return otherwise
    layer, mip = loaded.layer[rows], np.maximum(loaded.value["mipPt"][rows], 0)
    return int(np.bincount(layer, weights=mip if mip.any() else None).argmax())
