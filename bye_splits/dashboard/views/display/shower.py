"""The 3D pane: the shower as one mesh."""

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource

from ...figures import shower as draw
from ...figures import shower_clusters as clusters
from ...figures.cluster_colours import shaded
from ...figures.colours import THEMES
from ...figures.raster import outlines
from ...patches.plotly_pane import Scene
from ...state.chain import CHAIN
from ...state.display import EVERYTHING
from ..shared.base import StateView

MIDDLE = 350.0  # cm, abs(z)
SAME_CAMERA = 0.002  # in the scene's units: one that differs less is the usual one


class ShowerView(StateView):
    """Gives the pane a new figure at each change: it sends the arrays that differ and keeps the camera."""

    watches = (
        *("loaded", "endcap", "layer", "layers_3d", "threshold", "colour_by", "colour_scale"),
        *("cylinder", "stretch", "frame", "selected", "part", "cluster", "chosen", "theme", "camera"),
        *CHAIN,
    )

    def build(self) -> None:
        self._table = ColumnDataSource({})
        self._drawn, self._mesh = None, None
        self._camera = self._told = self.state.camera  # of the figure; what the state has of the user's
        self._turns = 0
        self._pane = Scene(
            sizing_mode="stretch_both",
            min_height=120,
            link_figure=False,
            config={
                "displaylogo": False,
                "scrollZoom": True,
                "modeBarButtonsToRemove": [
                    "resetCameraLastSave3d",
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
        self._seen = ColumnDataSource({"camera": [], "time": []})
        self._seen.on_change("data", self._turned)
        self._pane.jscallback(args={"seen": self._seen}, relayout_data="byeSplits.turned(cb_obj, seen)")
        # Up to 2 MB: the rest of the page comes first.
        self._missed = set(self.watches)
        pn.state.onload(self._call)

    def __panel__(self):
        return self._pane

    def _changed(self, *events) -> None:
        """What the user has made of the camera is no news."""
        news = [event for event in events if event.name != "camera" or event.new != self._told]
        if news:
            super()._changed(*news)

    def update(self, changed: set[str]) -> None:
        if "camera" in changed and self.state.camera != self._told:
            self._camera = self._told = self.state.camera
            self._turns += 1
        if changed & {"loaded", "endcap", "layers_3d", "threshold", "cylinder", "chosen"}:
            self._table.data = self._hover_columns()
        if changed - {"layer", "stretch", "frame", "theme", "selected", "part", "camera"}:
            self._set_coloured()
        if changed == {"layer"}:
            layer = draw.current_layer(self._disc(self.state.layer, self.state.side), self.state.framed[0])
            self._pane.redraw(draw.CURRENT_LAYER, layer)
        else:
            self._pane.object = self._figure()

    def _rows(self) -> np.ndarray:
        """Rows of the event that are drawn: those the geometry knows."""
        rows = self.state.in_3d
        return rows[self.state.loaded.number[rows] >= 0]

    def _hover_columns(self) -> dict:
        rows, value = self._rows(), self.state.loaded.value
        columns = {"cell": draw.packed_cells(self.state.geometry, self.state.loaded.number[rows])}
        columns |= {name: value[name][rows] for name in ("mipPt", "pt")}
        return columns | {name: draw.packed_angle(value[name][rows]) for name in ("eta", "phi")}

    def _figure(self):
        state, rows = self.state, self._rows()
        if self._drawn is not state.in_3d:
            corners = outlines(state.geometry, state.loaded.number[rows], state.endcap)
            self._drawn, self._mesh = state.in_3d, draw.mesh_arrays(corners, state.loaded.value["z"][rows])
        colour, limits = state.drawn_values[rows], state.colour_range
        mode = state.colour_mode
        scale = "linear" if mode.classes else mode.scale(state.colour_scale)
        limits = mode.shown_limits(limits, scale)
        if scale == "log":
            colour, limits = np.log10(np.maximum(colour, limits[0])), tuple(np.log10(limits))
        side = state.side
        first, last = state.layers_3d
        shown = state.geometry.layers[(state.geometry.layers >= first) & (state.geometry.layers <= last)]
        return draw.shower_figure(
            self._mesh,
            colour,
            limits,
            state.framed[0],
            discs=[self._disc(layer, side) for layer in shown[::3]],
            layer=self._disc(state.layer, side),
            axis=state.slope,
            selected=self._selected(side),
            stretch=state.stretch,
            theme=state.theme,
            revision=str(self._turns),
            camera=self._camera,
            palette=shaded(state.class_palette, THEMES[state.theme]["pane"]) if state.by_class else None,
            marks=self._marks(side),
        )

    def _marks(self, side: int) -> list[dict]:
        state, box = self.state, self.state.framed[0]
        directions, colours, dashed = np.zeros((2, 0)), [], []
        for place, (_, result, of_set) in enumerate(state.shown_sets):
            seen = np.flatnonzero(state.seeds_in_3d(result))
            along = [result.seeds[name].to_numpy()[seen] for name in ("x_over_z", "y_over_z")]
            directions = np.concatenate([directions, along], axis=1)
            colours += [of_set[seed] for seed in seen]
            dashed += [place > 0] * len(seen)  # B beside A, which may have the same seeds
        shown, tone = self._file_clusters(), THEMES[state.theme]
        own = np.array(state.file_directions)[:, shown]
        own_colours = [state.drawn_file_colours(tone["text"], tone["wafer"])[row] for row in shown]
        if state.file_colours is not None:  # nothing but the lines shows where these clusters are
            directions, colours, dashed = own, own_colours, [False] * len(shown)
        others = [state.side * slope for slope in state.other_slopes]
        return [
            clusters.seed_lines(*directions, colours, dashed, box, side),
            clusters.file_clusters(*own, own_colours, box, side),
            self._modules(box, side),
            clusters.particle_lines(*np.reshape(others, (-1, 2)).T, box, side, state.theme),
        ]

    def _modules(self, box, side: int) -> dict:
        state, sets, z = self.state, [], (0.0, 0.0)
        for name, chosen, colour in state.chosen_modules(THEMES[state.theme]["accent"]):
            layers = state.results[name].parameters.summed_layers
            indices = (chosen[index].to_numpy() for index in ("waferu", "waferv"))
            sets.append((*state.geometry.wafer_centres(layers[0], *indices), colour))
            z = tuple(state.geometry.layer_z[layer] for layer in (layers[0], layers[-1]))
        return clusters.module_lines(sets, z, box, side)

    def _file_clusters(self) -> np.ndarray:
        """Rows of the file's clusters within the cylinder, at the middle of the detector's depth."""
        state, directions = self.state, np.array(self.state.file_directions)
        if state.cylinder == EVERYTHING or state.slope is None:
            return np.arange(directions.shape[1])
        axis = np.array(state.slope)[:, None] * state.side
        return np.flatnonzero(np.hypot(*(directions - axis)) * MIDDLE <= state.cylinder)

    def _set_coloured(self) -> None:
        """Which of the cells are in the mesh and which are points: the tooltip counts through each."""
        coloured = np.isfinite(self.state.drawn_values[self._rows()])
        if not coloured.all():
            self._table.data.update({"coloured": coloured.astype(np.uint8)})
        elif "coloured" in self._table.data:
            self._table.data = self._hover_columns()

    def _disc(self, layer: int, side: int) -> tuple[float, float, float]:
        inner, outer = self.state.geometry.radii[layer]
        return side * self.state.geometry.layer_z[layer], inner, outer

    def _selected(self, side: int) -> np.ndarray:
        state, numbers = self.state, self.state.marked
        corners = outlines(state.geometry, numbers, state.endcap)
        z = side * state.geometry.column("z")[numbers]
        z = np.broadcast_to(z.astype(np.float32)[:, None, None], (len(numbers), 4, 1))
        return np.concatenate([corners, z], axis=2)

    def _turned(self, attribute, old, new) -> None:
        """The user has turned or moved the camera."""
        now = tuple(round(float(number), 3) for number in new["camera"][0])
        usual = max(abs(a - b) for a, b in zip(now, draw.USUAL_CAMERA, strict=True)) < SAME_CAMERA
        self._told = None if usual else now
        self.state.camera = self._told

    def _picked(self, attribute, old, new) -> None:
        """A click on a cell: its place among the drawn ones."""
        rows, cell = self._rows(), new["cell"][0]
        if 0 <= cell < len(rows):
            self.state.select(int(self.state.loaded.number[rows[cell]]))
