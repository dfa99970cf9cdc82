"""State of the display page, independent of widgets and server."""

from typing import Any

import numpy as np
import pandas as pd
import param

from ...chain import ChainParameters
from ...config import Config
from ...errors import ByeSplitsError, ChainError, NoSuchEventError
from ...geometry import Geometry
from ...studies.own_clusters import pair
from ..catalogue import Catalogue
from ..figures.framing import Box, directions_box, endcap_box, shower_box
from .chain import Chain
from .colours import Colours
from .cuts import Cuts
from .derived import Reactive, derived
from .loaded import Loaded
from .message import Message, Reporting
from .navigation import Navigation
from .selection import NOTHING, Selection
from .shown import ShownEvent

FIRST = "Before the first event comes the last."
WARNINGS = "{} things about this file should be known."


class DisplayState(Reporting):
    """State of one session's display.

    It consists of the parts `shown` (event and endcap), `navigation` (file and position in it), `cuts`,
    `chain`, `selection` and `colours`; each refers only to those before it. Parameter names are unique
    across all parts, so that links and `update` need only a name.

    Parameters
    ----------
    catalogue : catalogue of the samples; None: there is no file, and the caller sets the event in `shown`
    config : default: configuration of the catalogue
    """

    stretch = param.Number(1.0, bounds=(0.25, 5), doc="Stretch of z in the 3D view")
    frame = param.Selector(default="shower", objects=["shower", "endcap"])
    look = param.ClassSelector(
        class_=tuple, doc="View of the 2D map: centre x, y, half its shorter side [cm]; None: the initial one"
    )
    placements = param.Integer(
        0, doc="How often a link was followed: each time the map goes where `look` says"
    )
    camera = param.ClassSelector(
        class_=(tuple, str),
        doc="Camera of the 3D view: x, y, z of eye and centre, or a view's name; None: the usual view",
    )
    projection = param.Selector(default="perspective", objects=["perspective", "orthographic"])
    seed_lines = param.Boolean(True, doc="Whether the 3D view shows the directions of the seeds")
    diamonds = param.Boolean(True, doc="Whether the 3D view shows the clusters of the file")
    shapes = param.ClassSelector(
        class_=tuple, default=(), doc="Shapes that are columns of the table of clusters"
    )
    beside_file = param.Boolean(False, doc="Whether the file's clusters are listed beside the chain's")
    panes = param.Selector(default="both", objects=["2D", "both", "3D", "stages"])
    theme = param.Selector(default="dark", objects=["dark", "light"])
    match = param.String(doc="Condition on the catalogue of the sample whose events are stepped through")
    order = param.String(doc="Column of the catalogue by which they are ordered; empty: as in the file")
    descending = param.Boolean(False, doc="Whether the largest come first")

    def __init__(
        self, catalogue: Catalogue | None = None, config: Config | None = None, **values: Any
    ) -> None:
        if config is None:
            config = Config() if catalogue is None else catalogue.config
        geometry = Geometry.v11() if catalogue is None else catalogue.geometry
        self.shown = ShownEvent(geometry)
        self._navigation = None if catalogue is None else Navigation(self.shown, catalogue)
        self.cuts = Cuts(self.shown)
        self.chain = Chain(self.shown, config, None if catalogue is None else catalogue.parameters)
        self.selection = Selection(self.shown, self.cuts, self.chain)
        self.colours = Colours(self.shown, self.cuts, self.chain, self.selection)
        parts = self.shown, self._navigation, self.cuts, self.chain, self.selection, self.colours
        self._parts: tuple[Reactive, ...] = tuple(part for part in parts if part is not None)
        super().__init__(*self._parts)
        self._owner = {name: part for part in (self, *self._parts) for name in part.param if name != "name"}
        self.update(**values)

    def update(self, **values: Any) -> None:
        """Change parameters of any part in one step; each view is redrawn at most once.

        Raises
        ------
        ValueError : a value is out of bounds
        KeyError : no part has a parameter of this name
        """
        changed = {name: value for name, value in values.items() if value is not self.value(name)}
        with self.graph.together():
            if changed:
                self.settle(**changed)
            for part in (*self._parts, self):
                part.param.update(
                    **{name: value for name, value in changed.items() if self._owner[name] is part}
                )

    @property
    def names(self) -> list[str]:
        """Names of the parameters of all parts."""
        return list(self._owner)

    def owner(self, name: str) -> Reactive:
        """The part that has a parameter.

        Raises
        ------
        KeyError : no part has a parameter of this name
        """
        try:
            return self._owner[name]
        except KeyError:
            raise KeyError(f"{name!r} is none of the parameters {', '.join(self._owner)}") from None

    def parameter(self, name: str) -> param.Parameter:
        """A parameter of any part, by its name."""
        return self.owner(name).param[name]

    def value(self, name: str) -> Any:
        """Value of a parameter of any part, by its name."""
        return getattr(self.owner(name), name)

    @property
    def navigation(self) -> Navigation:
        """The file and the position in it.

        Raises
        ------
        RuntimeError : the display was created without a catalogue
        """
        if self._navigation is None:
            raise RuntimeError("This display has no catalogue: there is no file whose events it could show.")
        return self._navigation

    # -- the event ---------------------------------------------------------------------------------------

    def show(
        self,
        key: tuple[str, str] | None = None,
        *,
        number: int | None = None,
        entry: int | None = None,
        occurrence: int = 0,
        **values: Any,
    ) -> bool:
        """Load an event and show it; after an error the previous event stays and a message gives the reason.

        Parameters
        ----------
        key : (particle, pile-up), default: the current sample
        number, entry : event number (with `occurrence` if it is not unique) or position in the file;
            default: see `Catalogue.first_event`
        values : other parameters to set in the same step

        Returns
        -------
        bool : whether the event is now shown
        """
        navigation = self.navigation
        key = key or navigation.key
        try:
            loaded, warnings = navigation.read(key, number, entry, occurrence)
        except NoSuchEventError as error:
            assert number is not None
            self.report("error", navigation.missing(key, number, occurrence), in_full=str(error))
            return False
        except ByeSplitsError as error:
            self.report("error", str(error))
            return False
        another = key != navigation.key
        place = {"particle": key[0], "pileup": key[1], "entry": loaded.event.entry}
        self.settle()
        self.show_loaded(loaded, another_sample=another, **place | values)
        if warnings:
            self.message = Message.of_all("warning", warnings, WARNINGS, lasting=True)
        return True

    def show_loaded(self, loaded: Loaded, *, another_sample: bool = True, **values: Any) -> None:
        """Show an event that has been read, and clear the selection.

        Parameters
        ----------
        another_sample : whether its sample differs from that of the previous event
        values : other parameters to set in the same step
        """
        first = self.shown.loaded is None
        changes: dict[str, Any] = {"loaded": loaded, "endcap": self.shown.endcap_of(loaded), **NOTHING}
        endcap = values.get("endcap", changes["endcap"])
        if another_sample or first:
            changes["cylinder"] = self.cuts.cylinder_of(loaded, endcap, loaded.key[1])
        if first:
            changes |= self.cuts.first_values(loaded, endcap, self.chain.config.selection.mip_threshold)
        changes |= values
        self.update(**changes | self.cuts.fitted(loaded.geometry, changes))

    def step(self, by: int) -> bool:
        """Show the event `by` entries further on, going on at the other end, which is said."""
        before, n = self.navigation.entry, self.navigation.n_events
        done = self.show(entry=self.navigation.entry_after(by))
        if done and n > 1 and not 0 <= before + by < n:
            self.report("info", "After the last event follows the first." if by > 0 else FIRST)
        return done

    def random(self) -> bool:
        """Show a random other event of the sample."""
        return self.show(entry=self.navigation.other_entry())

    def turn(self, endcap: str) -> None:
        """Show an endcap, and clear the selection, which belongs to the other one."""
        self.update(endcap=endcap, **NOTHING)

    # -- the chain's parameters, and the selection when they change ----------------------------------------

    def change_chain(self, **changes: Any) -> None:
        """Change the displayed set; an invalid change is reported and has no effect."""
        chain = self.chain
        present = chain.parameters
        try:
            wanted = chain.with_changes(present, changes)
        except ChainError as error:
            self.report("error", str(error))
            return
        if wanted != present:
            name = f"set_{chain.shown_name.lower()}"
            self.update(**{name: wanted}, **self.selection.kept_in(wanted))

    def flip(self, compare: str) -> None:
        """Show A, B or both, and clear the selected cluster, which belongs to the previous view."""
        self.update(compare=compare, **self.selection.kept_in(self.chain.shown_in(compare)))

    def compare_with(self, changes: dict | None) -> None:
        """Set B to A with changes and show both, coloured by change; None removes B."""
        a = self.chain.set_a
        if changes is None:
            self.update(set_b=None, compare="A", **self.selection.kept_in(a))
        else:
            self.compare_sets(a, self.chain.with_changes(a, changes))

    def compare_sets(self, a: ChainParameters, b: ChainParameters) -> None:
        """Show two sets together, coloured by change."""
        kept = self.selection.kept_in(a)
        self.update(set_a=a, set_b=b, compare="A | B", colour_by="cluster", **kept)

    # -- the 3D view's frame -----------------------------------------------------------------------------

    @derived("cuts.in_3d", "frame", "shown.endcap")
    def framed(self) -> tuple[Box, int]:
        """The box that the 3D view frames, and the number of trigger cells outside it."""
        shown = self.shown
        if self.frame == "endcap":
            return endcap_box(shown.side), 0
        if not shown.loaded.has_trigger_cells:
            directions = [np.transpose(shown.file_directions), shown.side * shown.particle_slopes]
            return directions_box(np.concatenate(directions), shown.side), 0
        x, y, z, mip = (shown.loaded.value[name][self.cuts.in_3d] for name in ("x", "y", "z", "mipPt"))
        return shower_box(x, y, z, mip, shown.side)

    @derived("chain.result", "shown.file_clusters")
    def file_pairs(self) -> pd.DataFrame:
        """Clusters of the file beside those of the displayed set, see `own_clusters.pair`."""
        return pair(self.shown.file_clusters, self.chain.result.clusters)

    @derived("shown.loaded", "cuts.in_3d", "shown.in_endcap")
    def seen(self) -> dict[str, float]:
        """Numbers for the header: trigger cells in 3D, all of the endcap, fraction of its energy in 3D."""
        energy, in_endcap = self.shown.loaded.value["energy"], self.shown.in_endcap
        total = float(energy[in_endcap].sum(dtype=np.float64))
        seen = float(energy[self.cuts.in_3d].sum(dtype=np.float64))
        return {
            "cells": len(self.cuts.in_3d),
            "total": len(in_endcap),
            "energy": seen / total if total else 0.0,
        }
