"""What is selected on the display page, and what follows from it. No widget and no server is known here."""

from dataclasses import dataclass

import numpy as np
import param

from ...errors import ByeSplitsError
from ...geometry import Geometry
from ..catalogue import Catalogue
from ..figures.framing import Box, directions_box, endcap_box, shower_box
from .colour_modes import COLOURS, CYLINDER, USUAL_THRESHOLD, ColourMode
from .derived import derived
from .loaded import Loaded, part
from .selection import NOTHING, SelectionState

FAIR_PART = 0.2  # of an event's mipPt: an endcap with less is left for the other one
MANY = 5000  # trigger cells: more is pile-up, where the sample does not say it
EVERYTHING = 0.0  # as a cylinder's radius: no cut


@dataclass(frozen=True, eq=False)
class Message:
    """A message to the user; `level` is "info", "warning" or "error"."""

    level: str
    text: str


class DisplayState(SelectionState):
    """Event, layer and cell selection of one session.

    A change of several parameters goes through `param.update`, so that every view answers once.
    """

    particle = param.String(doc="Sample: particle, or name of the file")
    pileup = param.String(doc="Sample: mean number of pile-up collisions, or a name")
    entry = param.Integer(-1, doc="Position of the event in the file")
    loaded = param.ClassSelector(
        class_=Loaded, doc="The event that is shown; the last good one after an error"
    )
    endcap = param.Selector(default="+z", objects=["+z", "-z"])
    layer = param.Integer(9, bounds=(1, None), doc="Layer of the 2D map")
    layers_3d = param.Range(
        None, bounds=(1, None), allow_None=True, doc="First and last layer of the 3D view; None asks for all"
    )
    threshold = param.Number(USUAL_THRESHOLD, bounds=(0, 100), doc="Smallest mipPt shown [mipT]")
    colour_by = param.Selector(default="mipT", objects=list(COLOURS))
    colour_scale = param.Selector(default="log", objects=["log", "linear"])
    cylinder = param.Number(
        EVERYTHING, bounds=(0, 200), doc="Radius [cm] of what 3D shows around the particle; 0: all"
    )
    stretch = param.Number(1.0, bounds=(0.25, 5), doc="Stretch of z in the 3D view")
    frame = param.Selector(default="shower", objects=["shower", "endcap"])
    look = param.ClassSelector(
        class_=tuple, doc="Where the 2D map looks: x, y, half its shorter side [cm]; None: where it starts"
    )
    camera = param.ClassSelector(
        class_=tuple, doc="Camera of the 3D view: eye and centre, x, y, z each; None: the usual one"
    )
    panes = param.Selector(default="both", objects=["2D", "both", "3D", "stages"])
    theme = param.Selector(default="dark", objects=["dark", "light"])
    message = param.ClassSelector(class_=Message, doc="The latest message to the user")

    def __init__(self, catalogue: Catalogue, **values):
        self.catalogue = catalogue
        self._source = None  # of what is shown
        super().__init__(**{"layers_3d": (1, catalogue.geometry.n_layers)} | values)

    # -- which event -------------------------------------------------------------------------------------

    @property
    def geometry(self) -> Geometry:
        """The geometry of the event that is shown."""
        return self.catalogue.geometry if self.loaded is None else self.loaded.geometry

    @property
    def all_layers(self) -> tuple[int, int]:
        """First and last layer of the detector."""
        return 1, self.geometry.n_layers

    @property
    def key(self) -> tuple[str, str]:
        return self.particle, self.pileup

    def show(self, key=None, *, number=None, entry=None, occurrence=0, **values) -> bool:
        """Load an event and show it; on an error the last good one stays and a message says why.

        Parameters
        ----------
        key : (particle, pile-up), default: the present sample
        number, entry : event number (with `occurrence`, where several events have it) or position in the
            file; default: what the sample opens with, see `Catalogue.first_event`
        values : other parameters to set in the same step

        Returns
        -------
        bool : whether the event is shown now
        """
        key, problem = key or self.key, ""
        try:
            source = self.catalogue.source(key)
            loaded = self._shown_already(key, source, number, entry, occurrence)
            if loaded is not None:  # as where one goes back in the history to another layer
                event = loaded.event
            elif number is not None:
                event = source.event(number, occurrence)
            elif entry is not None:
                event = source.event_at(entry)
            else:
                event, problem = self.catalogue.first_event(key, source)
        except ByeSplitsError as error:
            self.tell("error", str(error))
            return False
        changes = {"particle": key[0], "pileup": key[1], "entry": event.entry, **NOTHING}
        if loaded is None:
            loaded = Loaded.of(event, source, key, self.catalogue.sample_geometry(key, source))
            changes["loaded"] = loaded
        if loaded.sides and (self.loaded is None or not self._keeps_endcap(loaded)):
            changes["endcap"] = loaded.sides[0]
        endcap = values.get("endcap", changes.get("endcap", self.endcap))
        if key != self.key or self.loaded is None:
            busy = int(key[1]) > 0 if key[1].isdecimal() else len(loaded.layer) > MANY
            particle = bool(loaded.particles(endcap))
            changes["cylinder"] = CYLINDER if busy and particle else EVERYTHING
        if self.loaded is None:
            changes["layer"] = _brightest(loaded, endcap, self.layer)
            start, most = self.catalogue.config.selection.mip_threshold, self.param.threshold.bounds[1]
            changes["threshold"] = min(start, most)
        values |= self._fitted(loaded.geometry, changes | values)
        replaced = key == self.key and self._source is not source and self._source is not None
        self._source = source
        self.param.update(**(changes | values))
        if problem:
            self.tell("warning", problem)
        if replaced:
            self.tell("warning", f"{source.path} has changed since it was opened: these are its new events.")
        return True

    def _shown_already(self, key, source, number, entry, occurrence) -> Loaded | None:
        """The event that is shown, where it is the one that `show` is asked for."""
        shown = self.loaded
        if shown is None or shown.key != key or self._source is not source:
            return None
        if number is not None:
            same = (shown.event.number, shown.occurrence) == (number, occurrence)
        else:
            same = shown.event.entry == entry
        return shown if same else None

    def _fitted(self, geometry: Geometry, wanted: dict) -> dict:
        """Layers that the geometry of a new event has, in the place of those wanted or shown so far."""
        last, fitted = geometry.n_layers, {}
        layers_3d = wanted.get("layers_3d", self.layers_3d)
        if layers_3d in (None, self.all_layers):
            fitted["layers_3d"] = (1, last)
        elif layers_3d[1] > last:
            fitted["layers_3d"] = (min(layers_3d[0], last), last)
        layer = wanted.get("layer", self.layer)
        if layer not in geometry.layers:
            fitted["layer"] = int(geometry.layers[np.abs(geometry.layers - layer).argmin()])
        return fitted

    def _keeps_endcap(self, loaded: Loaded) -> bool:
        """Whether the present endcap has something to see: a particle, or a fair part of the event."""
        if self.endcap not in loaded.sides:
            return False
        mip = loaded.value["mipPt"]
        mine = mip[loaded.in_endcap(self.endcap)].sum()
        return bool(loaded.particles(self.endcap)) or mine >= FAIR_PART * mip.sum()

    def step(self, by: int) -> bool:
        """Show the event `by` entries further on; past either end it goes round."""
        return self.show(entry=(self.entry + by) % max(self.n_events, 1))

    def turn(self, endcap: str) -> None:
        """Show the other endcap; what was selected in this one is not there."""
        self.param.update(endcap=endcap, **NOTHING)

    def random(self) -> bool:
        """Show any other event of the sample."""
        n = self.n_events
        if n < 2:
            return self.step(0)
        return self.show(entry=int((self.entry + np.random.default_rng().integers(1, n)) % n))

    @property
    def n_events(self) -> int:
        """Events of the sample; 0 where its file cannot be read any more."""
        try:
            return len(self.catalogue.source(self.key))
        except ByeSplitsError:
            return 0

    def tell(self, level: str, text: str) -> None:
        self.message = Message(level, text)

    # -- what follows from the selection; indices are rows of the event's trigger cells --------------------

    @derived("slope", "in_endcap")
    def focus(self) -> tuple[float, float] | None:
        """x/z and y/z of what one looks at: the generated particle, else the cell of highest mipPt.

        Without both the file's cluster of highest pT.
        """
        if self.slope is not None:
            return self.slope
        if not len(self.in_endcap):
            x, y = self.file_directions
            return (self.side * float(x[0]), self.side * float(y[0])) if len(x) else None
        row = self.in_endcap[self.loaded.value["mipPt"][self.in_endcap].argmax()]
        x, y, z = (float(self.loaded.value[name][row]) for name in "xyz")
        return x / z, y / z

    @property
    def side(self) -> int:
        """Sign of z in the endcap."""
        return 1 if self.endcap == "+z" else -1

    @derived("loaded", "endcap")
    def in_endcap(self) -> np.ndarray:
        """Rows of the endcap, int64."""
        return np.flatnonzero(self.loaded.in_endcap(self.endcap))

    @derived("in_endcap", "threshold")
    def above(self) -> np.ndarray:
        """Rows of the endcap at or above the threshold, int64."""
        rows = self.in_endcap
        return part(rows, self.loaded.value["mipPt"][rows] >= self.threshold)

    @derived("loaded", "slope")
    def from_axis(self) -> np.ndarray | None:
        """Distance of every trigger cell from the generated particle's line, float32, cm."""
        return None if self.slope is None else self.loaded.from_axis(*self.slope)

    @derived("above", "cylinder", "chosen")
    def near(self) -> np.ndarray:
        """Rows above threshold within the cylinder around the generated particle, int64; all without one."""
        if self.cylinder == EVERYTHING or self.from_axis is None:
            return self.above
        return part(self.above, self.from_axis[self.above] <= self.cylinder)

    @derived("near", "layers_3d")
    def in_3d(self) -> np.ndarray:
        """Rows that the 3D view shows, int64."""
        layer = self.loaded.layer[self.near]
        return part(self.near, (layer >= self.layers_3d[0]) & (layer <= self.layers_3d[1]))

    @derived("in_3d", "frame", "endcap")
    def framed(self) -> tuple[Box, int]:
        """What the 3D view frames, and how many of its trigger cells that leaves out."""
        if self.frame == "endcap":
            return endcap_box(self.side), 0
        if not self.loaded.has_trigger_cells:
            directions = [np.transpose(self.file_directions), self.side * self.particle_slopes]
            return directions_box(np.concatenate(directions), self.side), 0
        columns = (self.loaded.value[name][self.in_3d] for name in ("x", "y", "z", "mipPt"))
        return shower_box(*columns, self.side)

    @derived("in_3d", "framed")
    def in_frame(self) -> np.ndarray:
        """Rows that the 3D view shows within its frame, int64."""
        box, outside = self.framed
        if not outside:
            return self.in_3d
        return self.in_3d[box.holds(*(self.loaded.value[name][self.in_3d] for name in "xyz"))]

    @derived("above", "layer")
    def in_layer(self) -> np.ndarray:
        """Rows that the 2D map shows, int64."""
        return self.above[self.loaded.layer[self.above] == self.layer]

    @property
    def colour_mode(self) -> ColourMode:
        """What the colours mean."""
        return COLOURS[self.colour_by]

    @property
    def by_class(self) -> bool:
        """Whether the colours are those of clusters, not a scale."""
        return self.colour_mode.classes

    @derived("loaded", "endcap", "colour_by", "cell_classes", "chosen")
    def colour_values(self) -> np.ndarray:
        """What the colours mean, float32, one per trigger cell of the event; NaN where it is not defined."""
        return self.colour_mode.values(self)

    @derived("colour_values", "cells_of_cluster")
    def drawn_values(self) -> np.ndarray:
        """`colour_values`, float32; NaN for what is not in the selected cluster, where there is one."""
        mine = self.cells_of_cluster
        return self.colour_values if mine is None else np.where(mine, self.colour_values, np.float32(np.nan))

    @derived("colour_values", "in_endcap", "threshold")
    def colour_range(self) -> tuple[float, float]:
        """Lowest (> 0) and highest value of the colour scale: the event's, so that no layer changes them."""
        return self.colour_mode.limits(self, self.colour_values)

    @derived("loaded", "in_frame", "in_endcap")
    def shown(self) -> dict[str, float]:
        """Numbers for the header: trigger cells seen in 3D and in the endcap, part of the energy seen."""
        energy = self.loaded.value["energy"]
        total = float(energy[self.in_endcap].sum(dtype=np.float64))
        seen = float(energy[self.in_frame].sum(dtype=np.float64))
        return {
            "cells": len(self.in_frame),
            "total": len(self.in_endcap),
            "energy": seen / total if total else 0.0,
        }

    @derived("near")
    def mip_per_layer(self) -> np.ndarray:
        """Sum of mipPt near the particle by layer, float64, shape (n_layers + 1,), index = layer."""
        return np.bincount(
            self.loaded.layer[self.near],
            weights=self.loaded.value["mipPt"][self.near],
            minlength=self.geometry.n_layers + 1,
        )


def _brightest(loaded: Loaded, endcap: str, otherwise: int) -> int:
    """The layer with the largest sum of mipPt; without a signal in any of them the one with most cells."""
    rows = loaded.in_endcap(endcap) & (loaded.number >= 0)
    if not rows.any():
        return otherwise
    layer, mip = loaded.layer[rows], np.maximum(loaded.value["mipPt"][rows], 0)
    return int(np.bincount(layer, weights=mip if mip.any() else None).argmax())
