"""State of the page of occupancies."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import param

from ...errors import ByeSplitsError
from ...geometry import Geometry
from ...studies import contributions
from ...studies.occupancy_keys import SECTIONS
from ...studies.occupancy_maps import EVERYTHING, QUANTITIES, SIDES, STAGES, OccupancyMaps
from ..catalogue import Catalogue
from ..sample_occupancy import SampleOccupancy
from .derived import derived, follows
from .sample_page import SamplePage

GROUPINGS = ("trigger cells", "modules")
NOTHING = -1
ALWAYS = ("count", "mean_mip")  # quantities in every tooltip
MOST_EVENTS = 500  # rows of the table of events


@dataclass(frozen=True, eq=False)
class LayerValues:
    """The trigger cells of a layer that have a value.

    Attributes
    ----------
    numbers : int64
    facts : the shown quantity, and those that are always listed; float64
    """

    numbers: np.ndarray
    facts: dict[str, np.ndarray]

    @property
    def values(self) -> np.ndarray:
        """The shown quantity."""
        return next(iter(self.facts.values()))


class OccupancyState(SamplePage):
    """What is shown of the occupancy of a sample under one of two sets of parameters in one session.

    Parameters
    ----------
    catalogue : of the samples
    """

    sample = param.ClassSelector(class_=tuple, doc="Sample, (particle, pile-up)")
    geometry = param.ClassSelector(class_=Geometry, doc="The geometry of the sample")
    made = param.ClassSelector(class_=SampleOccupancy, doc="Its occupancy, as far as it is known")
    endcap = param.Selector(default="+z", objects=list(SIDES))
    quantity = param.Selector(default="rate", objects=list(QUANTITIES), doc="What the colours mean")
    scale = param.Selector(default="log", objects=["log", "linear"], doc="Scale of the colours")
    grouping = param.Selector(default=GROUPINGS[0], objects=list(GROUPINGS), doc="What the x-y map is of")
    layer = param.Integer(9, bounds=(1, None), doc="Layer of the x-y map")
    stage = param.Selector(default="cells", objects=list(STAGES), doc="Stage of the chain in the map of bins")
    layers = param.Range((1, 50), bounds=(1, None), doc="Layers of the map of bins")
    section = param.Selector(default=EVERYTHING, objects=list(SECTIONS), doc="Section of the map of bins")
    cell = param.Integer(NOTHING, bounds=(NOTHING, None), doc="Trigger cell whose events are listed, or -1")
    bin = param.Integer(NOTHING, bounds=(NOTHING, None), doc="Bin whose events are listed, or -1")
    look = param.Tuple(
        None, length=3, allow_None=True, doc="Centre and half side of the x-y map [cm], or None"
    )

    compared = "A"  # the controls stay with A

    def __init__(self, catalogue: Catalogue, **values: Any) -> None:
        self.catalogue = catalogue
        usual = {"sample": next(iter(catalogue.samples)), "geometry": catalogue.geometry}
        usual |= {"layers": (1, catalogue.geometry.n_layers)}
        super().__init__(config=catalogue.config, configured=catalogue.parameters, **usual | values)
        self.graph.listen(lambda changed: self.poll(), self.graph.parameters_of(self, "parameters"))

    def show(self, sample: tuple[str, str] | None = None, **values: Any) -> bool:
        """Show a sample (default: the current one) and set other parameters in the same step.

        After an error the current sample stays and a message gives the reason.

        Returns
        -------
        bool : whether the sample is now shown
        """
        if sample is None or (sample == self.sample and self.made is not None):
            self.update(**values)
            return True
        try:
            self.catalogue.source(sample)
        except ByeSplitsError as error:
            self.report("error", str(error))
            return False
        geometry = self.catalogue.geometry_of(sample)
        fitted = self._fitted(geometry) | {"made": None, "cell": NOTHING, "bin": NOTHING}
        self.update(**fitted | values, sample=sample, geometry=geometry)
        self.poll()
        return True

    def _fitted(self, geometry: Geometry) -> dict[str, Any]:
        """Layers that the geometry has."""
        last, whole = geometry.n_layers, self.layers == (1, self.geometry.n_layers)
        layer = int(geometry.layers[np.abs(geometry.layers - self.layer).argmin()])
        first_bin, last_bin = (min(each, last) for each in self.layers)
        return {"layer": layer, "layers": (1, last) if whole else (first_bin, last_bin)}

    def value(self, name: str) -> Any:
        """Value of a parameter."""
        return getattr(self, name)

    def poll(self) -> None:
        """Ask for the occupancy, and take what there is of it; to be called now and then."""
        if not self.catalogue.has_studies:
            why = (
                "Whole samples are not studied here: there is no process for it, or the events are in memory."
            )
            if self.made is None:
                self.made = SampleOccupancy(problem=why)
            return
        try:
            made = self.catalogue.occupancy(self.sample, self.parameters)
        except ByeSplitsError as error:
            made = SampleOccupancy(problem=str(error))
            if self.made is not None and self.made.problem == made.problem:
                return
        if made is self.made:
            return
        changed: dict[str, Any] = {"made": made}
        if made.maps is not None and made.maps.geometry is not self.geometry:
            changed |= self._fitted(made.maps.geometry) | {"geometry": made.maps.geometry}
            changed |= {"cell": NOTHING}  # numbers of trigger cells are others
        self.param.update(**changed)

    @follows("made")
    def maps(self) -> OccupancyMaps | None:
        """The maps, None before there are any."""
        return None if self.made is None else self.made.maps

    @property
    def side(self) -> int:
        """0 for z > 0, 1 for z < 0."""
        return SIDES.index(self.endcap)

    @derived("maps", "geometry", "endcap", "layer", "quantity", "grouping")
    def in_layer(self) -> LayerValues:
        """The quantity of the layer's trigger cells, or of their modules."""
        if self.maps is None or self.maps.geometry is not self.geometry:
            return LayerValues(np.zeros(0, dtype=np.int64), {self.quantity: np.zeros(0)})
        of = self.maps.of_cells if self.grouping == GROUPINGS[0] else self.maps.of_modules
        numbers = self.geometry.numbers_of_layer(self.layer)
        values = of(self.side, self.layer, self.quantity)
        known = ~np.isnan(values)
        names = dict.fromkeys((self.quantity, *ALWAYS))
        facts = {name: of(self.side, self.layer, name)[known] for name in names}
        return LayerValues(numbers[known], facts)

    @derived("maps", "endcap", "stage", "quantity", "layers", "section")
    def bins(self) -> np.ndarray | None:
        """Values of the bins, float64, shape (n_rz, n_phi), NaN where empty; None before there are any."""
        if self.maps is None:
            return None
        return self.maps.of_bins(self.side, self.stage, self.quantity, self.layers, self.section)

    @derived("maps", "endcap", "quantity")
    def per_layer(self) -> np.ndarray | None:
        """The quantity of each layer, float64, index = layer; None before there are any."""
        return None if self.maps is None else self.maps.of_layers(self.side, self.quantity)

    @derived("maps", "endcap", "cell", "grouping", "bin", "stage", "layers", "section")
    def events(self) -> pd.DataFrame | None:
        """The events that contribute to the chosen cell, module or bin, see `contributions`; None if none is.

        Their `event` numbers and `occurrence` are added for the first `MOST_EVENTS` of them.
        """
        found = self._contributing()
        if found is None:
            return None
        try:
            source = self.catalogue.source(self.sample)
        except ByeSplitsError:  # the file is gone: reported when it is read
            return None
        some = found.iloc[:MOST_EVENTS]
        numbers = source.event_numbers[some["entry"].to_numpy()]
        before = [
            int((source.entries(int(number)) < entry).sum())
            for number, entry in zip(numbers, some["entry"], strict=True)
        ]
        found.attrs["of"] = len(found)
        result = some.assign(event=numbers, occurrence=before)
        result.attrs["of"] = len(found)
        return result

    def _contributing(self) -> pd.DataFrame | None:
        maps = self.maps
        if maps is None or (self.cell < 0 and self.bin < 0):
            return None
        occupancy = maps.occupancy
        if self.cell >= 0:
            rows = maps.rows(self.side, self.chosen_cells)
            return contributions.contributing(occupancy, contributions.of_rows(occupancy, rows))
        if self.stage in ("seeds", "clusters"):
            return contributions.containing(occupancy, self.stage, self.side, self.bin)
        if self.stage == "cells":
            wanted = contributions.of_bin(self.side, self.bin, self.layers, section=self.section)
            return contributions.contributing(occupancy, wanted)
        wanted = contributions.of_smoothed(occupancy, self.side, self.bin)
        found = contributions.contributing(occupancy, wanted)
        if self.stage == "above":
            threshold = occupancy.settings.parameters.seed_threshold
            found = found[found["value"] > threshold].reset_index(drop=True)
        return found

    @property
    def chosen_cells(self) -> np.ndarray:
        """Numbers of the trigger cells whose events are listed: one, or those of its module."""
        if self.cell < 0:
            return np.zeros(0, dtype=np.int64)
        if self.grouping == GROUPINGS[0] or self.maps is None:
            return np.array([self.cell])
        return np.flatnonzero(self.maps.module == self.maps.module[self.cell])

    def choose_at(self, x: float, y: float) -> None:
        """Choose the trigger cell of the layer that covers (x, y) [cm] in the endcap, or none."""
        sign = 1 - 2 * self.side
        number = int(self.geometry.covering(x, y, sign * self.geometry.layer_z[self.layer])[0])
        if number >= 0 and self.geometry.column("layer")[number] != self.layer:
            number = NOTHING
        self.param.update(cell=number, bin=NOTHING)

    def choose_bin(self, rz_bin: int, phi_bin: int) -> None:
        """Choose a bin."""
        if self.maps is not None:
            self.param.update(bin=rz_bin * self.maps.occupancy.settings.binning.n_phi + phi_bin, cell=NOTHING)
