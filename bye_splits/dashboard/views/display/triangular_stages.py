"""The scope of the triangular clustering: sums over hexagons before each pass, and the maxima."""

from typing import Any

import numpy as np
from bokeh.events import Tap

from ....chain import ChainResult
from ....chain.histogram import directions
from ....chain.triangular_lattice import LIMIT, Lattice
from ....chain.triangular_seeding import TriangularStages
from ...figures import triangular_stages as draw
from ...figures.stages import DIRECTION, colour_limits, replace
from ...state.selection import HEXAGON
from ..shared.base import draws
from .coarse_stages import whose
from .coloured_maps import ColouredMaps

HALF_VIEW = 0.07  # x/z and y/z on each side of the shower in the initial view
DASH = ("solid", "dashed")  # of A, and of B beside it


class HexagonStages(ColouredMaps):
    """Sums of pt over the hexagons before both passes, and what is decided on each hexagon.

    Unchanged columns are not sent again.
    """

    def build(self) -> None:
        self.maps = draw.triangular_maps(self.state.theme)
        self.root = self.maps.root
        for plot in self.maps.figures.values():
            plot.on_event(Tap, self._tapped)

    @draws("chain.result")
    def hexagons(self) -> None:
        """The hexagons, and the triangles that they consist of."""
        stages = _stages(self.state.chain.result)
        draw.set_side(self.maps, stages.lattice)
        replace(self.maps.lines, draw.triangle_lines(stages.lattice))
        points = draw.tiles(stages)
        replace(self.maps.points, points)
        replace(self.maps.facts, {"verdicts": [draw.VERDICTS], "reach": [stages.lattice.side / np.sqrt(3)]})
        for name, coloured in self.maps.coloured.items():
            coloured.set_limits(*colour_limits(points[draw.COLOURED[name]]))

    @draws("colours.shown_sets")
    def seeds(self) -> None:
        """Seeds of each displayed set, with their hexagons; A and B in their colours."""
        seeds: dict[str, list] = {"x": [], "y": [], "colour": []}
        windows = []
        for (_, result, colours), dash in zip(self.state.colours.shown_sets, DASH, strict=False):
            x, y = (result.seeds[name].to_numpy() for name in DIRECTION)
            seeds["x"] += x.tolist()
            seeds["y"] += y.tolist()
            seeds["colour"] += colours
            if isinstance(result.stages, TriangularStages):
                windows.append((draw.hexagons(result.stages.lattice, x, y), list(colours), dash))
        replace(self.maps.seeds, seeds)
        replace(self.maps.windows, draw.outlines(windows))

    @draws("shown.slope", "shown.endcap")
    def particle(self) -> None:
        """The generated particle."""
        replace(self.maps.particle, self._point(self.state.shown.slope))

    @draws("shown.loaded", "shown.endcap", "shown.chosen", "shown.focus")
    def view(self) -> None:
        """The region in view, around the shower; all of the lattice if its direction is unknown."""
        focus = self._point(self.state.shown.focus)
        half = HALF_VIEW if focus["x"] else LIMIT
        box: dict[str, list[float]] = {}
        for name in "xy":
            (middle,) = focus[name] or [0.0]
            box |= {f"{name}0": [middle - half], f"{name}1": [middle + half]}
        replace(self.maps.box, box)

    @draws("cuts.in_layer", "shown.endcap", "chain.parameters")
    def layer(self) -> None:
        """The trigger cells of the 2D map's layer."""
        state = self.state
        x, y, z, mip = (state.shown.loaded.value[name][state.cuts.in_layer] for name in (*"xyz", "mipPt"))
        place = directions(x, y, z, mip, state.chain.parameters.legacy)[:2]
        replace(self.maps.layer, dict(zip("xy", (one.astype(np.float32) for one in place), strict=True)))

    @draws("selection.selected", "shown.endcap")
    def cell(self) -> None:
        """The selected trigger cell."""
        state, place = self.state, None
        if state.selection.selected >= 0:
            cell = state.shown.geometry.trigger_cells.iloc[state.selection.selected]
            place = cell.x / cell.z, cell.y * state.shown.side / cell.z  # as in `BinStages`
        replace(self.maps.cell, self._point(place))

    @draws("selection.part", "chain.parameters")
    def part(self) -> None:
        """The selected hexagon."""
        lattice = Lattice(self.state.chain.parameters.triangular.side)
        kind, *indices = self.state.selection.part or (None,)
        steps = np.array(indices if kind == HEXAGON else [], dtype=int).reshape(-1, 2)
        corners = draw.hexagons(lattice, *lattice.place(*(steps + lattice.middle).T))
        replace(self.maps.chosen, {"xs": list(corners[..., 0]), "ys": list(corners[..., 1])})

    @draws("theme")
    def theme(self) -> None:
        """The colours of the page's theme."""
        draw.set_triangular_theme(self.maps, self.state.theme)

    def _point(self, slope: tuple[float, float] | None) -> dict[str, list]:
        """Columns `x y` of a direction on the maps."""
        if slope is None:
            return {"x": [], "y": []}
        side = self.state.shown.side
        return {name: [float(side * along)] for name, along in zip("xy", slope, strict=True)}

    def _tapped(self, event: Any) -> None:
        """Select the hexagon whose centre is nearest to a click, the one that the tooltip describes."""
        points, reach = self.maps.points.data, self.maps.facts.data["reach"][0]
        if event.x is None or not len(points["x"]):
            return
        apart = np.hypot(points["x"] - event.x, points["y"] - event.y)
        nearest = int(apart.argmin())
        if apart[nearest] < reach:
            a = -points["r"][nearest]
            self.state.selection.select_part(HEXAGON, a, points["q"][nearest] - a)

    def captions(self) -> str:
        """Titles of the maps, and the legend of what is decided."""
        state, stages = self.state, _stages(self.state.chain.result)
        lost, (seeds, second) = int(stages.outside[0]), ((stages.found_in[0] == n).sum() for n in (1, 2))
        beyond = f" \u00b7 {lost} beyond \u00b1{LIMIT:g}" if lost else ""
        colours = draw.verdict_colours(state.theme)
        names = "".join(
            f'<i style="--swatch: {colours[name]}"></i><s>{short}</s><u>{long}</u>'
            for name, short, long in (
                (draw.FIRST, f"{seeds}", f"{seeds} first pass"),
                (draw.SECOND, f"{second}", f"{second} second pass"),
                (draw.EMPTIED, "beside", "beside one of the first"),
                (draw.BEATEN, "not max.", "not a maximum"),
            )
        )
        return (
            f'<div class="stages"><span><b>Hexagon sums</b> pT [GeV]{whose(state)}{beyond}</span>'
            "<span><b>2nd pass</b><u> pT left [GeV]</u></span>"
            f"<span><b>Seeds</b>{names}</span></div>"
        )


def _stages(result: ChainResult) -> TriangularStages:
    assert isinstance(result.stages, TriangularStages)
    return result.stages
