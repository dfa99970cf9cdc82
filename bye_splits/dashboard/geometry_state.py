"""What is selected on the geometry page, and what follows from it."""

import numpy as np
import param

from ..geometry import Geometry
from .derived import Ageing, derived
from .state import Message

KINDS = ("full wafer", "partial wafer", "scintillator")
FULL, PARTIAL, TILE = range(3)
SCINTILLATOR = 10  # subdetector code


class GeometryState(Ageing):
    """Layer, section and region of the detector that one session looks at."""

    layer = param.Integer(9, bounds=(1, 50))
    section = param.Selector(default="both", objects=["both", "silicon", "scintillator"])
    region = param.Selector(default="all", objects=["all", "inside", "periphery", "one wafer"])
    waferu = param.Integer(3, bounds=(-16, 15), doc="The one wafer")
    waferv = param.Integer(0, bounds=(-16, 15))
    layers_3d = param.Range((35, 39), bounds=(1, 50))
    theme = param.Selector(default="dark", objects=["dark", "light"])
    message = param.ClassSelector(class_=Message, doc="The latest message to the user")

    def __init__(self, geometry: Geometry, **values):
        self.geometry = geometry
        cells = geometry.trigger_cells
        partial = (cells["part"] == "partial").to_numpy()
        tile = (cells["subdet"] == SCINTILLATOR).to_numpy()
        self.kind = np.where(tile, TILE, np.where(partial, PARTIAL, FULL)).astype(np.int8)
        self._partial = partial
        self._waferu, self._waferv = cells["waferu"].to_numpy(), cells["waferv"].to_numpy()
        super().__init__(**values)

    def in_bounds(self, index: int) -> bool:
        """Whether a wafer may have this u or v."""
        low, high = self.param.waferu.bounds
        return low <= index <= high

    @property
    def one_wafer(self) -> tuple[int, int] | None:
        """Indices u and v of the wafer, if the region is one wafer."""
        return (self.waferu, self.waferv) if self.region == "one wafer" else None

    def centre(self) -> tuple[float, float] | None:
        """Centre x, y [cm] of the one wafer in the layer, None where there is no such wafer."""
        wafers = self.geometry.wafers
        mine = (wafers.layer == self.layer) & (wafers.waferu == self.waferu) & (wafers.waferv == self.waferv)
        if self.one_wafer is None or not mine.any():
            return None
        wafer = wafers[mine].iloc[0]
        return float(wafer.x), float(wafer.y)

    def chosen(self, numbers: np.ndarray) -> np.ndarray:
        """Which trigger cells belong to the section and the region, bool, shape (n,).

        "Inside" are the full wafers and the trigger cells of two tile rings, "periphery" the others.
        """
        tile = self.kind[numbers] == TILE
        keep = np.ones(len(numbers), dtype=bool)
        if self.section != "both":
            keep &= tile == (self.section == "scintillator")
        if self.region == "inside":
            keep &= ~self._partial[numbers]
        elif self.region == "periphery":
            keep &= self._partial[numbers]
        elif self.region == "one wafer":
            keep &= (self._waferu[numbers] == self.waferu) & (self._waferv[numbers] == self.waferv) & ~tile
        return keep

    @derived("layer", "section", "region", "waferu", "waferv")
    def in_layer(self) -> np.ndarray:
        """Numbers of the chosen trigger cells of the layer, int64."""
        numbers = self.geometry.numbers_of_layer(self.layer)
        return numbers[self.chosen(numbers)]

    @derived("layers_3d", "section", "region", "waferu", "waferv")
    def in_3d(self) -> np.ndarray:
        """Numbers of the chosen trigger cells of the layers in 3D, int64."""
        first, last = self.layers_3d
        layers = [self.geometry.numbers_of_layer(layer) for layer in range(first, last + 1)]
        numbers = np.concatenate(layers)
        return numbers[self.chosen(numbers)]

    def select_at(self, x: float, y: float) -> None:
        """Take the wafer that covers (x, y) [cm] as the one wafer."""
        number = int(self.geometry.covering(x, y, self.geometry.layer_z[self.layer])[0])
        if number >= 0 and self.kind[number] != TILE:
            self.param.update(waferu=int(self._waferu[number]), waferv=int(self._waferv[number]))
