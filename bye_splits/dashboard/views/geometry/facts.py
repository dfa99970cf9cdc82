"""Text of the geometry page: the line of facts and the panes' titles."""

import numpy as np
import pandas as pd

from ....counting import counted
from ....geometry import Inferred
from ....sample_geometry import described
from ...catalogue import sample_name
from ...figures.colours import KIND_COLOURS
from ...state.geometry import FULL, PARTIAL, TILE, UNCERTAIN, GeometryState
from ..shared.base import draws
from ..shared.files import File, caption
from ..shared.words import HtmlView, thousands


def picture_caption(state: GeometryState) -> File:
    """What is written below pictures: the geometry, what is chosen of it, and what the colours mean."""
    sample = "" if state.sample is None else sample_name(state.sample)
    of = f" of {sample}" if sample else ""
    chosen = [f"section: {state.section}", f"region: {state.region}"]
    if state.one_wafer is not None:
        chosen[-1] = "wafer {}, {}".format(*state.one_wafer).replace("-", "\u2212")
    lines = (
        f"Geometry{of}: {described(state.geometry)}",
        f"{', '.join(chosen)} \u00b7 colours: {state.kinds}",
    )
    name = "_".join(filter(None, state.sample or ())) or state.geometry.version
    return caption(f"{name}_geometry", *lines)


def layers_named(layers: tuple[int, int]) -> str:
    """A range of layers in words."""
    first, last = layers
    return f"layer {first}" if first == last else f"layers {first} \u2013 {last}"


def shown_cells(state: GeometryState, numbers: np.ndarray, where: str) -> str:
    """The number of trigger cells shown, or why there are none."""
    wafer = state.one_wafer
    name = "" if wafer is None else "wafer {}, {}".format(*wafer).replace("-", "\u2212")
    if len(numbers):
        return f"{thousands(len(numbers))} trigger cells" + (f" of {name}" if name else "")
    if state.section == "scintillator":
        return f"{name} is no scintillator" if name else f"no scintillator in {where}"
    return f"there is no {name} in {where}" if name else f"no trigger cells in {where}"


class GeometryMapTitle(HtmlView):
    """Title of the 2D pane."""

    @draws("in_layer", "layer", "section", "one_wafer")
    def html(self) -> str:
        state = self.state
        where = f"layer {state.layer}"
        return self.title(where.capitalize(), f"+z endcap \u00b7 {shown_cells(state, state.in_layer, where)}")


class Geometry3DTitle(HtmlView):
    """Title of the 3D pane."""

    @draws("in_3d", "layers_3d", "section", "one_wafer")
    def html(self) -> str:
        state = self.state
        where = layers_named(state.layers_3d)
        return self.title(where.capitalize(), shown_cells(state, state.in_3d, where))


class GeometryFacts(HtmlView):
    """The layer in numbers."""

    @draws(
        *("geometry", "sample", "kind", "kinds", "layer", "in_layer", "layers_3d", "in_3d"),
        *("section", "one_wafer", "theme"),
    )
    def html(self) -> str:
        state, geometry = self.state, self.state.geometry
        numbers = geometry.numbers_of_layer(state.layer)
        wafers = geometry.wafers
        wafers = wafers[wafers.layer == state.layer]
        first, second = _of_kinds(wafers, state.kinds)
        uncertain = int((~wafers.certain).sum())
        tiles = int((state.kind[numbers] == TILE).sum())
        colours = KIND_COLOURS[state.theme]
        inner, outer = geometry.radii[state.layer]
        chosen = f"{thousands(len(state.in_layer))} of {thousands(len(numbers))}"
        facts = [
            ("layer", f"{state.layer} \u00b7 {'CE-E' if geometry.is_cee(state.layer) else 'CE-H'}", None),
            ("z", f"{geometry.layer_z[state.layer]:.1f} cm", None),
            ("trigger cells at", f"r {inner:.0f} \u2013 {outer:.0f} cm", None),
            (f"{first[0]} wafers", thousands(first[1]), colours[FULL]),
            (f"{second[0]} wafers", thousands(second[1]), colours[PARTIAL]),
            *([("uncertain wafers", thousands(uncertain), colours[UNCERTAIN])] if uncertain else []),
            ("scintillator trigger cells", thousands(tiles), colours[TILE]),
            ("trigger cells chosen in it", chosen, None),
            ("geometry", f"{geometry.version} \u00b7 {geometry.n_layers} layers", None),
        ]
        why = (state.notice,) if state.notice else ()
        return self.facts(facts, (*why, *self._fit(), *geometry.notices, *self._missing()))

    def _fit(self) -> list[str]:
        """How well the positions fit the indices, for a geometry inferred from them."""
        if not isinstance(self.state.geometry, Inferred):
            return []
        fit = self.state.geometry.fit
        cells = counted(fit.n_cells, "trigger cell", written=thousands)
        words = (
            f"Of {cells} seen in {counted(fit.n_wafers, 'wafer', written=thousands)}, half are within"
            f" {1e4 * fit.median:.2g} \u00b5m of where their wafer has them, 99 % within {fit.most:.2g} cm"
        )
        cut = f"; {thousands(fit.outside)} are not in their outline" if fit.outside else ""
        return [f"{words}{cut}. {counted(fit.n_uncertain, 'wafer is', 'wafers are')} uncertain."]

    def _missing(self) -> list[str]:
        """A sentence for each pane that cannot show the one wafer."""
        state = self.state
        if state.one_wafer is None:
            return []
        panes = (
            ("The map stays where it was", state.in_layer, f"layer {state.layer}"),
            ("3D is empty", state.in_3d, layers_named(state.layers_3d)),
        )
        return [
            f"{what}: {shown_cells(state, numbers, where)}."
            for what, numbers, where in panes
            if not len(numbers)
        ]


def _of_kinds(wafers: pd.DataFrame, kinds: str) -> tuple[tuple[str, int], tuple[str, int]]:
    """Names of the two kinds of certain wafers in a colour mode, and the number of each."""
    certain = wafers[wafers.certain]
    if kinds == "sensor cells":
        fine = int(certain.fine.sum())
        return ("coarse", len(certain) - fine), ("fine", fine)
    full = int((certain.part == "full").sum())
    return ("full", full), ("partial", len(certain) - full)
