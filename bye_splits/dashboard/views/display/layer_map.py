"""The 2D pane of the display: one layer's trigger cells and their contents."""

import numpy as np
import panel as pn

from ....chain import ChainResult
from ....chain.chains import CHAINS
from ....chain.clustering import radius_of
from ....chain.triangular_seeding import TriangularStages
from ....geometry import Geometry
from ...figures import layer_map as draw
from ...figures import overlays as marks
from ...figures.cluster_colours import shaded
from ...figures.colours import THEMES
from ...figures.raster import Viewport, outlines
from ...figures.triangular_stages import hexagons
from ...page.template import widget_css
from ...state.display import DisplayState
from ..shared.base import draws
from ..shared.map_view import MapView

SAME_LOOK = 0.02  # fraction of the shorter side within which a view counts as the home viewport
HALF_WIDTH = 26.0  # cm around the generated particle in the initial view


class LayerMapView(MapView):
    """Layer map that follows the shower: it moves if the point of interest leaves the view.

    If the user has moved away from that point, the view stays when the layer changes, until the next event.
    The state's `look` is always the present view, or None for the home view of the layer: an address opened
    anywhere shows the same part of the layer.
    """

    def build(self) -> None:
        super().build()
        self.overlays = marks.overlays(self.map.figure, self.state.theme)
        self._centre = self._crossing(self.state.shown.focus)
        self.mark_drawn("cells")

    @property
    def geometry(self) -> Geometry:
        return self.state.shown.geometry

    @property
    def layer(self) -> int:
        return self.state.cuts.layer

    @property
    def endcap(self) -> str:
        return self.state.shown.endcap

    def _crossing(self, slope: tuple[float, float] | None) -> tuple[float, float] | None:
        """Point x, y [cm] where a line through the origin crosses the layer."""
        if slope is None:
            return None
        z = self.state.shown.geometry.layer_z[self.state.cuts.layer] * self.state.shown.side
        return slope[0] * z, slope[1] * z

    def home_viewport(self, width: int, height: int) -> Viewport:
        centre = self._crossing(self.state.shown.focus)
        if centre is None:
            return self.whole_viewport(width, height)
        return Viewport.around(*centre, HALF_WIDTH, width, height)

    def first_viewport(self, width: int, height: int) -> Viewport:
        if self.state.look is None:
            return self.home_viewport(width, height)
        x, y, half = self.state.look
        return Viewport.around(x, y, half, width, height)

    def looked(self) -> None:
        view = self.viewport
        now, home = view.look, self.home_viewport(view.width, view.height).look
        away = max(abs(a - b) for a, b in zip(now, home, strict=True)) > SAME_LOOK * home[2]
        self.contribute(look=tuple(round(number, 2) for number in now) if away else None)

    def to_shower(self) -> None:
        """Go to the generated particle, else to the cell of highest mipPt."""
        if self.state.shown.focus is not None:
            self.home()

    def contents(self) -> dict:
        state, rows = self.state, self.state.cuts.in_layer
        rows = rows[state.shown.loaded.number[rows] >= 0]
        values = {name: state.shown.loaded.value[name][rows] for name in draw.HIT_COLUMNS}
        empty = (
            f"no signal above {state.cuts.threshold:g} mipT"
            if state.shown.loaded.has_trigger_cells
            else "the file has no trigger cells"
        )
        return draw.hits_columns(
            self.numbers, state.shown.loaded.number[rows], state.colours.drawn_values[rows], values, empty
        )

    @draws(
        *("look", "placements", "shown.loaded", "shown.endcap", "shown.chosen", "cuts.layer"),
        *("cuts.in_layer", "cuts.threshold", "colours.drawn_values"),
    )
    def cells(self) -> None:
        """The cells in view and their contents; the map goes to the state's view, or follows the shower."""
        if self.differing & {"look", "placements"}:
            self._centre = self._crossing(self.state.shown.focus)
            self.go(self.first_viewport(self.viewport.width, self.viewport.height))
            return
        if not self.differing & {"shown.loaded", "shown.endcap", "shown.chosen", "cuts.layer"}:
            self.send(self.contents())
            return
        before, centre = self._centre, self._crossing(self.state.shown.focus)
        another = self.differing & {"shown.loaded", "shown.endcap", "shown.chosen"}
        followed = another or (before and self.viewport.holds(*before))
        self._centre = centre
        if centre is None or self.viewport.holds(*centre) or not followed:
            self.redraw()
            self.looked()
        else:
            view = self.viewport
            self.go(Viewport.around(*centre, view.look[2], view.width, view.height))

    @draws("theme")
    def theme(self) -> None:
        """The colours of the page's theme."""
        draw.set_theme(self.map, self.state.theme)
        marks.set_overlay_theme(self.overlays, self.state.theme)

    @draws(
        *("colours.colour_by", "colours.colour_scale", "colours.colour_range", "colours.class_palette"),
        *("shown.loaded", "theme"),
    )
    def scale(self) -> None:
        """The colour scale and its bar."""
        mode, limits = self.state.colours.colour_mode, self.state.colours.colour_range
        scale = mode.scale(self.state.colours.colour_scale)
        if mode.classes:
            draw.set_classes(
                self.map, shaded(self.state.colours.class_palette, THEMES[self.state.theme]["pane"])
            )
        else:
            for name in ("log", "linear"):
                low, high = mode.shown_limits(limits, name)
                self.map.mappers[name].update(low=low, high=high)
        draw.show_scale(self.map, "class" if mode.classes else scale)
        has_scale = self.state.shown.loaded.has_trigger_cells and not mode.classes
        self.map.bar.visible = has_scale
        self.map.legend.text = mode.legend if has_scale else ""

    @draws("selection.marked", "shown.slope", "shown.endcap", "shown.geometry", "cuts.layer")
    def outlined(self) -> None:
        """The generated particle, and the outlines of selected cells."""
        state = self.state
        axis = self._crossing(self.state.shown.slope)
        self.map.axis.data = {"x": [axis[0]], "y": [axis[1]]} if axis else {"x": [], "y": []}
        numbers = state.selection.marked
        here = state.shown.geometry.column("layer")[numbers] == state.cuts.layer
        corners = outlines(state.shown.geometry, numbers[here], state.shown.endcap)
        self.map.selected.data = {"xs": list(corners[..., 0]), "ys": list(corners[..., 1])}

    @draws(
        *("colours.shown_sets", "shown.focus", "shown.other_slopes", "shown.file_clusters", "shown.endcap"),
        *("shown.geometry", "cuts.layer", "selection.cluster", "theme"),
    )
    def directions(self) -> None:
        """Seeds with their radius in the layer (B dashed beside A), the file's clusters, chosen modules."""
        state = self.state
        stands_out = len(self.overlays.seeds.data["x"]) > marks.MANY or state.colours.file_colours is not None
        if self.differing == {"selection.cluster"} and not stands_out:
            return
        z = state.shown.geometry.layer_z[state.cuts.layer]
        self.overlays.seeds.data = marks.seed_columns(
            [self._seeds(*shown) for shown in state.colours.shown_sets], z
        )
        self.overlays.found.data = self._file_clusters()
        self.overlays.modules.data = self._modules()
        self.overlays.hexagons.data = self._hexagons(z)
        self.overlays.others.data = dict(
            zip("xy", (state.shown.side * z * state.shown.other_slopes).T, strict=True)
        )

    def _file_clusters(self) -> dict:
        """Marks of the file's clusters in the layer; with names if the table lists them."""
        state, (x, y) = self.state, self.state.shown.file_directions
        z, weight = state.shown.geometry.layer_z[state.cuts.layer], marks.weights(x, y, self._focus)
        tone, names = THEMES[state.theme], [""] * len(x)
        colours = state.colours.drawn_file_colours(tone["text"], tone["wafer"])
        if state.colours.file_colours is not None:
            weight[[row for row in [state.selection.cluster] if 0 <= row < len(x)]] = 1
            names = [str(row) if weight[row] else "" for row in range(len(x))]
        return {"x": x * z, "y": y * z, "weight": weight, "colour": colours, "name": names}

    @property
    def _focus(self) -> tuple[float, float] | None:
        """Direction of the point of interest as x/abs(z), y/abs(z)."""
        focus, side = self.state.shown.focus, self.state.shown.side
        return None if focus is None else (side * focus[0], side * focus[1])

    def _seeds(self, name: str, result: ChainResult, colours: list[str]) -> tuple:
        seeds, dash = result.seeds, _dash(name, self.state)
        x, y = seeds["x_over_z"].to_numpy(), seeds["y_over_z"].to_numpy()
        parameters, names, weights = result.parameters, [""] * len(seeds), marks.weights(x, y, self._focus)
        of_row = result.clusters["seed"].to_numpy()
        weights[[of_row[row] for of, row in self.state.selection.selected_clusters if of is result]] = 1
        for row, seed in enumerate(of_row):
            if weights[seed]:
                names[seed] = str(row) if len(self.state.colours.shown_sets) == 1 else f"{name}{row}"
        reach = np.zeros(len(x))  # of those that have a hexagon in its place
        if CHAINS[parameters.chain].by_radius:
            reach = radius_of(self.state.cuts.layer, np.hypot(x, y), parameters.cluster, parameters.radius)
        without = np.setdiff1d(np.arange(len(x)), of_row)  # all their trigger cells went to other seeds
        reach[without] = weights[without] = 0
        return x, y, reach, colours, names, dash, weights

    def _hexagons(self, z: float) -> dict:
        """Outlines of the hexagons of the triangular clustering around the emphasised seeds with clusters."""
        sets = []
        for name, result, colours in self.state.colours.shown_sets:
            if isinstance(result.stages, TriangularStages):
                seeds = result.clusters["seed"].to_numpy()
                x, y = (result.seeds[axis].to_numpy()[seeds] for axis in ("x_over_z", "y_over_z"))
                drawn = np.flatnonzero(marks.weights(x, y, self._focus))
                corners = z * hexagons(result.stages.lattice, x[drawn], y[drawn])
                sets.append((corners, [colours[seeds[row]] for row in drawn], _dash(name, self.state)))
        return marks.hexagon_columns(sets)

    def _modules(self) -> dict:
        """Outlines of the modules chosen by coarse seeding in each displayed set, in CE-E only."""
        state, sets = self.state, []
        if state.shown.geometry.is_cee(state.cuts.layer):
            for name, chosen, colour in state.colours.chosen_modules(THEMES[state.theme]["module"]):
                wafers = state.shown.geometry.wafers
                here = wafers[wafers["layer"] == state.cuts.layer].merge(chosen)
                sets.append((here["x"].to_numpy(), here["y"].to_numpy(), colour, _dash(name, state)))
        return marks.module_columns(sets, state.shown.endcap == "-z")

    def tapped(self, x: float, y: float) -> None:
        self.state.selection.select_at(x, y)


def _dash(name: str, state: DisplayState) -> str:
    """Line style of a set: dashed for B beside A."""
    return "dashed" if name == "B" and len(state.colours.shown_sets) > 1 else "solid"


def map_tools(view: LayerMapView) -> pn.Row:
    """Buttons that move the map: to the shower, and to the whole layer."""
    small = {
        "stylesheets": [widget_css()],
        "margin": 0,
        "sizing_mode": "fixed",
        "css_classes": ["small"],
        "height": 22,
    }
    follow = pn.widgets.Button(label="To the shower", width=92, **small)
    follow.on_click(lambda event: pn.state.execute(view.to_shower, schedule=True))
    whole = pn.widgets.Button(label="Whole layer", width=82, **small)
    whole.on_click(lambda event: pn.state.execute(view.whole, schedule=True))
    return pn.Row(follow, whole, margin=0, sizing_mode="fixed", width=182, height=22, styles={"gap": "6px"})
