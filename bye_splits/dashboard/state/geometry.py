"""State of the geometry page."""

from typing import Any

import numpy as np
import param

from ...errors import ByeSplitsError
from ...geometry import Geometry
from ...geometry.blocks import Blocks
from ..catalogue import Catalogue
from .derived import derived, follows
from .message import Message, Reporting

FULL, PARTIAL, TILE, UNCERTAIN = range(4)
COARSE, FINE = FULL, PARTIAL
KINDS = {  # colour modes: for each, the words for the kinds
    "full or partial": ("full wafer", "partial wafer", "scintillator", "uncertain wafer"),
    "sensor cells": ("coarse sensor cells", "fine sensor cells", "scintillator", "uncertain wafer"),
}
SCINTILLATOR = 10  # subdetector code
MOST_CELLS = 4000  # in 3D, of which each is drawn; of more, larger parts of a wafer are


class GeometryState(Reporting):
    """Layer, section and region of the detector shown in one session.

    Parameters
    ----------
    geometry : shown initially
    catalogue : samples whose geometry can be selected; None for no others
    """

    geometry = param.ClassSelector(class_=Geometry, doc="The geometry of the sample")
    sample = param.ClassSelector(class_=tuple, doc="Sample, (particle, pile-up); None: as configured")
    layer = param.Integer(37, bounds=(1, None))  # within `layers_3d`, with silicon and scintillator
    kinds = param.Selector(default="full or partial", objects=list(KINDS), doc="Meaning of the colours")
    section = param.Selector(default="both", objects=["both", "silicon", "scintillator"])
    region = param.Selector(default="all", objects=["all", "inside", "periphery", "one wafer"])
    waferu = param.Integer(3, bounds=(-16, 15), doc='Wafer of the region "one wafer"')
    waferv = param.Integer(0, bounds=(-16, 15))
    layers_3d = param.Range((35, 39), bounds=(1, None))
    theme = param.Selector(default="dark", objects=["dark", "light"])

    def __init__(self, geometry: Geometry, catalogue: Catalogue | None = None, **values: Any) -> None:
        self.catalogue = catalogue
        super().__init__(geometry=geometry, **values)

    def show(self, sample: tuple[str, str] | None = None, **values: Any) -> bool:
        """Show the geometry of a sample (default: the current one) and set other parameters in the same step.

        After an error the current geometry stays and a message gives the reason.

        Returns
        -------
        bool : whether the geometry is now shown
        """
        catalogue = self.catalogue
        if sample is None or catalogue is None:
            self.update(**values)
            return True
        try:
            source = catalogue.source(sample)
            event, _ = catalogue.first_event(sample, source)
            geometry = catalogue.sample_geometry(sample, source).match(event.trigger_cells).geometry
        except ByeSplitsError as error:
            self.message = Message("error", str(error))
            return False
        last = geometry.n_layers
        first_3d, last_3d = (min(layer, last) for layer in self.layers_3d)
        layer = int(geometry.layers[np.abs(geometry.layers - self.layer).argmin()])
        fitted = {"layer": layer, "layers_3d": (first_3d, last_3d)}
        self.update(**fitted | values, sample=sample, geometry=geometry)
        return True

    def layers_with(self, layer: int) -> tuple[int, int]:
        """The first and last layer in 3D: as many as now, moved on until a layer is among them."""
        first, last = self.layers_3d
        by = max(layer - last, 0) + min(layer - first, 0)
        return first + by, last + by

    def go_to(self, layer: int) -> None:
        """Show a layer, in 3D too."""
        self.update(layer=layer, layers_3d=self.layers_with(layer))

    def update(self, **values: Any) -> None:
        """Change parameters in one step."""
        self.settle(**values)
        self.param.update(**values)

    @property
    def notice(self) -> str:
        """Why the sample's geometry is not the configured one; "" if it is."""
        catalogue = self.catalogue
        if self.sample is None or catalogue is None:
            return ""
        try:
            return catalogue.sample_geometry(self.sample, catalogue.source(self.sample)).notice
        except ByeSplitsError:  # the file has been removed in the meantime; its geometry stays
            return ""

    @derived("geometry")
    def _partial(self) -> np.ndarray:
        return (self.geometry.trigger_cells["part"] == "partial").to_numpy()

    @derived("geometry", "kinds")
    def kind(self) -> np.ndarray:
        """Kind of each trigger cell, int8: index into the words of `kinds`."""
        geometry = self.geometry
        tile = geometry.column("subdet") == SCINTILLATOR
        numbers = np.arange(len(tile))
        other = geometry.fine(numbers) if self.kinds == "sensor cells" else self._partial
        kind = np.where(tile, TILE, np.where(other, PARTIAL, FULL))
        sure = geometry.sure(numbers)
        return np.where(sure, kind, UNCERTAIN).astype(np.int8)

    def in_bounds(self, index: int) -> bool:
        """Whether u or v of a wafer may have this value."""
        low, high = self.param.waferu.bounds
        return low <= index <= high

    @follows("region", "waferu", "waferv")
    def one_wafer(self) -> tuple[int, int] | None:
        """Indices u and v of the wafer, if the region is one wafer."""
        return (self.waferu, self.waferv) if self.region == "one wafer" else None

    def centre(self) -> tuple[float, float] | None:
        """Centre x, y [cm] of the selected wafer in the layer, None if there is no such wafer."""
        wafers = self.geometry.wafers
        mine = (wafers.layer == self.layer) & (wafers.waferu == self.waferu) & (wafers.waferv == self.waferv)
        if self.one_wafer is None or not mine.any():
            return None
        wafer = wafers[mine].iloc[0]
        return float(wafer.x), float(wafer.y)

    def chosen(self, numbers: np.ndarray) -> np.ndarray:
        """Whether trigger cells belong to the section and the region, bool, shape (n,).

        "Inside" comprises the full wafers and the trigger cells of two tile rings, "periphery" the others.
        """
        column = {name: self.geometry.column(name)[numbers] for name in ("subdet", "waferu", "waferv")}
        tile = column["subdet"] == SCINTILLATOR
        keep = np.ones(len(numbers), dtype=bool)
        if self.section != "both":
            keep &= tile == (self.section == "scintillator")
        if self.region == "inside":
            keep &= ~self._partial[numbers]
        elif self.region == "periphery":
            keep &= self._partial[numbers]
        elif self.region == "one wafer":
            keep &= (column["waferu"] == self.waferu) & (column["waferv"] == self.waferv) & ~tile
        return keep

    @derived("geometry", "layer", "section", "region", "waferu", "waferv")
    def in_layer(self) -> np.ndarray:
        """Numbers of the chosen trigger cells of the layer, int64."""
        numbers = self.geometry.numbers_of_layer(self.layer)
        return numbers[self.chosen(numbers)]

    @derived("geometry", "layers_3d", "section", "region", "waferu", "waferv")
    def in_3d(self) -> np.ndarray:
        """Numbers of the chosen trigger cells of the layers in 3D, int64."""
        first, last = self.layers_3d
        layers = [self.geometry.numbers_of_layer(layer) for layer in range(first, last + 1)]
        numbers = np.concatenate(layers)
        return numbers[self.chosen(numbers)]

    @derived("geometry", "layers_3d", "section", "region", "waferu", "waferv")
    def blocks_3d(self) -> Blocks:
        """What is drawn in 3D: each chosen trigger cell, or if they are many, parallelograms of them."""
        geometry, (first, last) = self.geometry, self.layers_3d
        if self.each_cell:
            return geometry.outlines.blocks(self.in_3d, joined=False)
        layers = [
            geometry.outlines.blocks_of_layer(layer, geometry.numbers_of_layer(layer))
            for layer in range(first, last + 1)
        ]
        keep = [self.chosen(one.numbers) for one in layers]  # all cells of a wafer or a ring, or none
        numbers, corners, borders = (
            np.concatenate([getattr(one, name)[kept] for one, kept in zip(layers, keep, strict=True)])
            for name in ("numbers", "corners", "borders")
        )
        return Blocks(numbers, corners, borders)

    @property
    def each_cell(self) -> bool:
        """Whether so few trigger cells are chosen in 3D that each is drawn."""
        return len(self.in_3d) <= MOST_CELLS

    def select_at(self, x: float, y: float) -> None:
        """Select the wafer that covers (x, y) [cm]; no effect outside the silicon."""
        number = int(self.geometry.covering(x, y, self.geometry.layer_z[self.layer])[0])
        if number >= 0 and self.geometry.column("subdet")[number] != SCINTILLATOR:
            self.param.update(
                **{name: int(self.geometry.column(name)[number]) for name in ("waferu", "waferv")}
            )
