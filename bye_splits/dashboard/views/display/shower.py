"""The 3D pane: the shower as one mesh."""

from typing import Any

import numpy as np
import panel as pn
import plotly.graph_objects as go
from bokeh.models import ColumnDataSource
from panel.viewable import Viewable

from ...figures import shower as draw
from ...figures import shower_clusters as clusters
from ...figures.cluster_colours import shaded
from ...figures.colours import THEMES
from ...figures.framing import USUAL, VIEW_NAMES, VIEWS, Box
from ...figures.raster import outlines
from ...page.template import asset
from ...patches.plotly_pane import Scene
from ...state.cuts import EVERYTHING
from ..shared.base import StateView, draws

MIDDLE = 350.0  # cm, abs(z)
_FROM = {
    USUAL: "The usual view",
    "front": "Along z, x to the right as in the 2D map",
    "side": "Along x, z to the right",
    "top": "Along y, z to the right",
}
VIEW_BUTTONS = tuple((view, VIEW_NAMES[view], words) for view, words in _FROM.items())
"""Buttons of the views in the pane's head, in the order of their keys: view, label, tooltip."""
SWITCHES = (
    ("orthographic", "Parallel", "Orthographic projection: lengths do not shrink with the distance"),
    ("seed_lines", "Seeds", "Lines along the directions of the seeds"),
    ("diamonds", "\u25c7 of the file", "Diamonds for the clusters of the file"),
)
"""Switches in the pane's head, in the order of their keys: name, label, tooltip."""


class ShowerView(StateView):
    """The shower; each change sets a new figure, of which the pane sends only the arrays that differ."""

    late = True  # up to 2 MB, sent after the rest of the page

    def build(self) -> None:
        self._table = ColumnDataSource({})
        self._mesh_of: np.ndarray | None = None
        self._mesh: dict[str, np.ndarray] = {}
        self._camera = self.state.camera  # of the figure
        self._turns = 0
        self._pane = Scene(
            draw.blank(self.state.theme),
            sizing_mode="stretch_both",
            margin=0,  # with one, Plotly draws it a second time, in another size
            stylesheets=[asset("scene.css")],
            min_height=120,
            link_figure=False,
            config={
                "displaylogo": False,
                "scrollZoom": True,
                "modeBarButtonsToRemove": [
                    "resetCameraLastSave3d",
                    "resetCameraDefault3d",  # the views are in the pane's head
                    "hoverClosest3d",
                    "tableRotation",
                    "orbitRotation",
                ],
                "toImageButtonOptions": {"format": "png", "filename": "shower", "scale": 2},
            },
        )
        self._pick = ColumnDataSource({"cell": [], "time": []})
        self._pick.on_change("data", self._picked)
        self._pane.jscallback(
            args={"table": self._table, "pick": self._pick},
            **{"event:plotly_event": "byeSplits.hoverShower(table, pick, cb_obj.data)"},
        )
        self._wish = ColumnDataSource({"name": [], "value": [], "time": []})
        self._wish.on_change("data", self._wished)
        follow = "byeSplits.scene(cb_obj, wish); byeSplits.turned(cb_obj, wish)"
        self._pane.jscallback(args={"wish": self._wish}, relayout_data=follow)
        pn.state.onload(self._schedule_drawing)

    def __panel__(self) -> Viewable:
        return self._pane

    @draws("cuts.in_3d", "shown.geometry")
    def tooltips(self) -> None:
        """Data of the cells' tooltips."""
        self._table.data = self._hover_columns()

    @draws("cuts.in_3d", "colours.drawn_values")
    def coloured(self) -> None:
        """Which cells are in the mesh and which are points: the tooltip numbers them separately."""
        coloured = np.isfinite(self.state.colours.drawn_values[self._rows()])
        if not coloured.all():
            self._table.data.update({"coloured": coloured.astype(np.uint8)})
        elif "coloured" in self._table.data:
            self._table.data = self._hover_columns()

    @draws(
        *(
            "cuts.in_3d",
            "cuts.layer",
            "cuts.layers_3d",
            "cuts.cylinder",
            "framed",
            "stretch",
            "theme",
        ),
        *("camera", "projection", "seed_lines", "diamonds"),
        *("shown.loaded", "shown.endcap", "shown.slope", "shown.other_slopes", "shown.file_clusters"),
        *("colours.drawn_values", "colours.colour_by", "colours.colour_scale", "colours.colour_range"),
        *("colours.shown_sets", "selection.marked", "selection.cluster"),
    )
    def shower(self) -> None:
        """The figure; if only the layer has changed, just its disc is updated."""
        if self.differing == {"cuts.layer"}:
            box, side = self.state.framed[0], self.state.shown.side
            layer = draw.current_layer(self._disc(self.state.cuts.layer, side), box)
            self._pane.redraw(draw.CURRENT_LAYER, layer)
            return
        if self.differing & {"camera", "projection"}:  # set by a link, or reset to the default
            self._camera = self.state.camera
            self._turns += 1
        self._pane.object = self._figure()

    def _rows(self) -> np.ndarray:
        """Rows of the event that are drawn, int64: the cells found in the geometry."""
        rows = self.state.cuts.in_3d
        return rows[self.state.shown.loaded.number[rows] >= 0]

    def _hover_columns(self) -> dict:
        rows, value = self._rows(), self.state.shown.loaded.value
        columns = {"cell": draw.packed_cells(self.state.shown.geometry, self.state.shown.loaded.number[rows])}
        columns |= {name: value[name][rows] for name in ("mipPt", "pt")}
        return columns | {name: draw.packed_angle(value[name][rows]) for name in ("eta", "phi")}

    def _figure(self) -> go.Figure:
        state, rows = self.state, self._rows()
        shown, colours = state.shown, state.colours
        if self._mesh_of is not state.cuts.in_3d:
            corners = outlines(shown.geometry, shown.loaded.number[rows], shown.endcap)
            self._mesh_of = state.cuts.in_3d
            self._mesh = draw.mesh_arrays(corners, shown.loaded.value["z"][rows])
        colour, limits = colours.drawn_values[rows], colours.colour_range
        mode = colours.colour_mode
        scale = "linear" if mode.classes else mode.scale(colours.colour_scale)
        limits = mode.shown_limits(limits, scale)
        if scale == "log":
            colour, limits = np.log10(np.maximum(colour, limits[0])), tuple(np.log10(limits))
        side, layers = shown.side, shown.geometry.layers
        first, last = state.cuts.layers_3d
        return draw.shower_figure(
            self._mesh,
            colour,
            limits,
            state.framed[0],
            discs=[self._disc(layer, side) for layer in layers[(layers >= first) & (layers <= last)][::3]],
            layer=self._disc(state.cuts.layer, side),
            axis=shown.slope,
            selected=self._selected(side),
            stretch=state.stretch,
            theme=state.theme,
            revision=str(self._turns),
            camera=self._camera,
            projection=state.projection,
            switches={
                "orthographic": state.projection == "orthographic",
                "seed_lines": state.seed_lines,
                "diamonds": state.diamonds,
            },
            legend="" if mode.classes or not shown.loaded.has_trigger_cells else mode.legend,
            logarithmic=scale == "log",
            palette=shaded(colours.class_palette, THEMES[state.theme]["pane"]) if colours.by_class else None,
            marks=self._marks(side),
        )

    def _marks(self, side: int) -> list[dict]:
        state, box = self.state, self.state.framed[0]
        directions, colours, dashed = np.zeros((2, 0)), [], []
        for index, (_, result, of_set) in enumerate(state.colours.shown_sets):
            visible = np.flatnonzero(state.colours.seeds_in_3d(result))
            along = [result.seeds[name].to_numpy()[visible] for name in ("x_over_z", "y_over_z")]
            directions = np.concatenate([directions, along], axis=1)
            colours += [of_set[seed] for seed in visible]
            dashed += [index > 0] * len(visible)  # B beside A, which may have the same seeds
        shown, tone = self._file_clusters(), THEMES[state.theme]
        own = np.array(state.shown.file_directions)[:, shown]
        own_colours = [state.colours.drawn_file_colours(tone["text"], tone["wafer"])[row] for row in shown]
        if state.colours.file_colours is not None:  # no other mark shows the direction of these clusters
            directions, colours, dashed = own, own_colours, [False] * len(shown)
        others = state.shown.side * state.shown.other_slopes
        if not state.seed_lines:
            directions, colours, dashed = directions[:, :0], [], []
        if not state.diamonds:
            own, own_colours = own[:, :0], []
        return [
            clusters.seed_lines(directions[0], directions[1], colours, dashed, box, side),
            clusters.file_clusters(own[0], own[1], own_colours, box, side),
            self._modules(box, side),
            clusters.particle_lines(others[:, 0], others[:, 1], box, side, state.theme),
        ]

    def _modules(self, box: Box, side: int) -> dict:
        state, sets, z = self.state, [], (0.0, 0.0)
        for name, chosen, colour in state.colours.chosen_modules(THEMES[state.theme]["module"]):
            layers = state.chain.shown_results[name].parameters.summed_layers
            indices = (chosen[index].to_numpy() for index in ("waferu", "waferv"))
            sets.append((*state.shown.geometry.wafer_centres(layers[0], *indices), colour))
            z = tuple(state.shown.geometry.layer_z[layer] for layer in (layers[0], layers[-1]))
        return clusters.module_lines(sets, z, box, side)

    def _file_clusters(self) -> np.ndarray:
        """Rows of the file's clusters within the cylinder at abs(z) = `MIDDLE`, int64."""
        state, directions = self.state, np.array(self.state.shown.file_directions)
        if state.cuts.cylinder == EVERYTHING or state.shown.slope is None:
            return np.arange(directions.shape[1])
        axis = np.array(state.shown.slope)[:, None] * state.shown.side
        return np.flatnonzero(np.hypot(*(directions - axis)) * MIDDLE <= state.cuts.cylinder)

    def _disc(self, layer: int, side: int) -> tuple[float, float, float]:
        inner, outer = self.state.shown.geometry.radii[layer]
        return side * self.state.shown.geometry.layer_z[layer], inner, outer

    def _selected(self, side: int) -> np.ndarray:
        state, numbers = self.state, self.state.selection.marked
        corners = outlines(state.shown.geometry, numbers, state.shown.endcap)
        z = side * state.shown.geometry.column("z")[numbers]
        z = np.broadcast_to(z.astype(np.float32)[:, None, None], (len(numbers), 4, 1))
        return np.concatenate([corners, z], axis=2)

    def _wished(self, attribute: str, old: Any, new: Any) -> None:
        """Store the camera after the user has moved it or chosen a view; flip a switch of the pane's head."""
        (name,), (value,) = new["name"], new["value"]
        if name == "camera":
            if not (isinstance(value, str) and value in VIEWS):
                value = tuple(round(float(number), 3) for number in value)
            self.contribute(camera=None if value == USUAL else value)
        elif name == "orthographic":
            self.state.update(projection="orthographic" if value else "perspective")
        elif name in {switch for switch, *_ in SWITCHES}:
            self.state.update(**{name: bool(value)})

    def _picked(self, attribute: str, old: Any, new: Any) -> None:
        """Select the clicked cell, given by its index among the drawn ones."""
        rows, cell = self._rows(), new["cell"][0]
        if 0 <= cell < len(rows):
            self.state.selection.select(int(self.state.shown.loaded.number[rows[cell]]))
