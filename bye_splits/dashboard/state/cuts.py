"""Which trigger cells of the event are shown: layers, threshold, cylinder around the generated particle."""

from typing import Any

import numpy as np
import param

from ...geometry import Geometry
from .colour_modes import CYLINDER, USUAL_THRESHOLD
from .derived import Reactive, derived, follows
from .loaded import Loaded, part
from .shown import ShownEvent

MANY = 5000  # trigger cells: more is pile-up, where the sample does not say it
EVERYTHING = 0.0  # as a cylinder's radius: no cut


class Cuts(Reactive):
    """Layers and limits; indices are rows of the event's trigger cells."""

    layer = param.Integer(9, bounds=(1, None), doc="Layer of the 2D map")
    layers_3d = param.Range(
        None, bounds=(1, None), allow_None=True, doc="First and last layer of the 3D view; None asks for all"
    )
    threshold = param.Number(USUAL_THRESHOLD, bounds=(0, 100), doc="Smallest mipPt shown [mipT]")
    cylinder = param.Number(
        EVERYTHING, bounds=(0, 200), doc="Radius [cm] of what 3D shows around the particle; 0: all"
    )

    def __init__(self, shown: ShownEvent, **values: Any) -> None:
        self.shown = shown
        super().__init__(shown, **{"layers_3d": (1, shown.geometry.n_layers)} | values)

    # -- what suits another event --------------------------------------------------------------------------

    def first_values(self, loaded: Loaded, endcap: str, mip_threshold: float) -> dict[str, Any]:
        """Layer and threshold for the first event of a page: the layer with most of the signal.

        Parameters
        ----------
        mip_threshold : mipT, the configured one
        """
        most = self.param.threshold.bounds[1]
        return {"layer": _brightest(loaded, endcap, self.layer), "threshold": min(mip_threshold, most)}

    @staticmethod
    def cylinder_of(loaded: Loaded, endcap: str, pileup: str) -> float:
        """The cylinder for the first event of a sample: with pile-up around the particle, else everything."""
        busy = int(pileup) > 0 if pileup.isdecimal() else len(loaded.layer) > MANY
        return CYLINDER if busy and loaded.particles(endcap) else EVERYTHING

    def fitted(self, geometry: Geometry, wanted: dict[str, Any]) -> dict[str, Any]:
        """Layers that the geometry of a new event has, in the place of those wanted or shown so far."""
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

    # -- what is shown of the event ------------------------------------------------------------------------

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
        """Rows above threshold within the cylinder around the generated particle, int64; all without one."""
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

    @derived("near")
    def mip_per_layer(self) -> np.ndarray:
        """Sum of mipPt near the particle by layer, float64, shape (n_layers + 1,), index = layer."""
        loaded = self.shown.loaded
        return np.bincount(
            loaded.layer[self.near],
            weights=loaded.value["mipPt"][self.near],
            minlength=self.shown.geometry.n_layers + 1,
        )


def _brightest(loaded: Loaded, endcap: str, otherwise: int) -> int:
    """The layer with the largest sum of mipPt; without a signal in any of them the one with most cells."""
    rows = loaded.in_endcap(endcap) & (loaded.number >= 0)
    if not rows.any():
        return otherwise
    layer, mip = loaded.layer[rows], np.maximum(loaded.value["mipPt"][rows], 0)
    return int(np.bincount(layer, weights=mip if mip.any() else None).argmax())
