"""The scope: results of the stages of the displayed chain, side by side."""

from typing import Any, ClassVar

import numpy as np
import panel as pn
from bokeh.events import Tap
from bokeh.layouts import column
from bokeh.models import ColumnDataSource
from panel.viewable import Viewable

from ....chain import ChainResult
from ....chain.coarse_seeding import CoarseStages
from ....chain.histogram import Binning
from ....chain.histogram import directions as directions_of
from ....chain.histogram_seeding import HistogramStages
from ....chain.seed_rule import SmoothedBins
from ....chain.seeding import Stages
from ....chain.triangular_seeding import TriangularStages
from ....chain.xy_seeding import XyStages
from ....errors import variant
from ...figures import stages as draw
from ...figures.bin_grid import Grid
from ...figures.seed_decision import BEATEN, SECOND, decide, legend
from ...figures.stage_axes import BOX, RZ_PHI, X_Y, StageAxes, keep_one_scale
from ...figures.xy_grid import XyGrid
from ...page.template import asset
from ...state.selection import XY
from ..shared.base import StateView, draws
from .coarse_stages import ModuleStages, whose
from .coloured_maps import ColouredMaps
from .triangular_stages import HexagonStages

NOTHING: dict[str, list] = {"x": [], "y": []}
DASH = ("solid", "dashed")  # of A, and of B beside it: their windows may coincide
GRID = ("chain.parameters", "shown.focus", "shown.endcap")  # values that determine the grid of bins


class StageView(StateView):
    """The stages of the displayed chain, with their captions.

    Only the displayed chain's maps are updated; the other chain's are created when first needed.
    """

    def build(self) -> None:
        self._stages: dict[type, StateView] = {}
        self._root = column([], sizing_mode="stretch_both", spacing=0)
        self._captions = pn.pane.HTML(
            height=18,
            margin=0,
            sizing_mode="stretch_width",
            stylesheets=[asset("text.css"), asset("stages.css")],
        )
        self._pane = pn.Column(
            self._captions,
            pn.pane.Bokeh(self._root, sizing_mode="stretch_both", margin=0),
            sizing_mode="stretch_both",
            min_height=80,
            margin=0,
        )

    def __panel__(self) -> Viewable:
        return self._pane

    def _shown(self, event: Any) -> None:
        super()._shown(event)
        for each in self._stages.values():
            each.active = self.active and each.root.visible

    @property
    def shown(self) -> "BinStages | ModuleStages | HexagonStages":
        """The stages of the displayed chain."""
        stages = type(self.state.chain.result.stages)
        if stages not in self._stages:
            self._stages[stages] = variant(MAPS, stages, "maps of stages")(self.state)
        return self._stages[stages]

    @draws("chain.result")
    def maps(self) -> None:
        """Update the maps of the displayed chain and hide those of the other one."""
        shown = self.shown
        for each in self._stages.values():
            each.active = each.root.visible = each is shown
        shown.catch_up()
        if shown.root not in self._root.children:
            self._root.children = [*self._root.children, shown.root]

    @draws("chain.result", "chain.both_shown", "theme")
    def captions(self) -> None:
        """Titles of the maps."""
        words = self.shown.captions()
        if self._captions.object != words:
            self._captions.object = words


class BinStages(ColouredMaps):
    """Histogram, smoothed histogram and seed decision of the default chain; a subclass has bins of its own.

    Unchanged columns are not sent again.
    """

    axes: ClassVar[StageAxes] = RZ_PHI
    stages: ClassVar[type[Stages]] = HistogramStages
    wraps: ClassVar[bool] = True
    half_view: ClassVar[tuple[float, float]] = draw.HALF_VIEW
    grid: Grid | XyGrid

    def build(self) -> None:
        self.maps = draw.stage_maps(self.state.theme, self.axes)
        self.root = self.maps.root
        for plot in self.maps.figures.values():
            plot.on_event(Tap, self._tapped)

    @draws("chain.result", *GRID)
    def bins(self) -> None:
        """Contents of the bins, and the seed decisions."""
        self._set_grid()
        self._draw_bins()

    @draws("colours.shown_sets", *GRID)
    def seeds(self) -> None:
        """Seeds with their windows."""
        self._draw_seeds()

    @draws("shown.slope", *GRID)
    def particle(self) -> None:
        """The generated particle."""
        draw.replace(self.maps.particle, self._point(self.state.shown.slope))

    @draws("shown.loaded", "shown.endcap", "shown.chosen")
    def view(self) -> None:
        """The ranges of the maps, around the shower."""
        self._set_ranges()

    @draws("cuts.in_layer", *GRID)
    def layer(self) -> None:
        """The trigger cells of the 2D map's layer."""
        self._set_layer()

    @draws("selection.selected", *GRID)
    def cell(self) -> None:
        """The selected trigger cell."""
        draw.replace(self.maps.cell, self._point(self._selected))

    @draws("selection.part", *GRID)
    def part(self) -> None:
        """The selected bin."""
        part = self.state.selection.part
        chosen = [] if part is None or not self._has(part) else [part[-2:]]
        draw.replace(self.maps.chosen, self.grid.boxes(*np.array(chosen, dtype=int).reshape(-1, 2).T))

    @draws("theme")
    def theme(self) -> None:
        """The colours of the page's theme."""
        draw.set_stages_theme(self.maps, self.state.theme)

    def _set_grid(self) -> None:
        parameters, focus = self.state.chain.parameters, self.state.shown.focus
        side = self.state.shown.side
        phi = None if focus is None else np.arctan2(side * focus[1], side * focus[0])
        self.grid = Grid.around(Binning.of(parameters.base, parameters.legacy), phi)

    def _has(self, part: tuple) -> bool:
        """Whether a selected part of a stage is a bin of these maps."""
        return len(part) == 2

    def _histograms(self, result: ChainResult) -> dict[str, np.ndarray]:
        """The histogram and the smoothed one, float64, shape (n1, n2)."""
        return {"histogram": result.histogram, "smoothed": result.smoothed}

    def _seed_bins(self, result: ChainResult) -> tuple[np.ndarray, np.ndarray]:
        """Bins of the seeds on either axis."""
        return result.seeds["rz_bin"].to_numpy(), result.seeds["phi_bin"].to_numpy()

    def _draw_bins(self) -> None:
        result, grid, maps = self.state.chain.result, self.grid, self.maps
        histograms = self._histograms(result)
        decision = decide(SmoothedBins(histograms["smoothed"][None], self.wraps), result.parameters)
        images = {name: draw.filled(values) for name, values in histograms.items()}
        for name, image in (images | {"decision": decision.outcome}).items():
            sent = draw.replace(maps.images[name], {"image": [grid.shown(image)], **grid.area})
            if sent and name in maps.coloured:
                maps.coloured[name].set_limits(*draw.colour_limits(histograms[name]))
        maps.decision.high = SECOND if len(legend(result.parameters)) > 2 else BEATEN
        draw.set_decision_colours(maps, self.state.theme)
        titles = [title for title, _ in decision.looks_at]
        looks_at = {"titles": [titles], "looks_at": [[grid.shown(v).ravel() for _, v in decision.looks_at]]}
        window = result.parameters.seed_window
        facts = {"verdicts": [decision.verdicts], **looks_at}
        draw.replace(maps.facts, facts | {"reach": [min(window, draw.REACH)]} | grid.edges)

    def _draw_seeds(self) -> None:
        """Seeds and windows of each displayed set; A and B in their colours."""
        seeds: dict[str, list] = {"x": [], "y": [], "colour": []}
        windows: dict[str, list] = {}
        for index, (_, result, colours) in enumerate(self.state.colours.shown_sets):
            x, y = self.grid.position(*(result.seeds[name].to_numpy() for name in draw.DIRECTION))
            seeds["x"] += x.tolist()
            seeds["y"] += y.tolist()
            seeds["colour"] += colours
            in_bins = isinstance(result.stages, self.stages)
            first, second = self._seed_bins(result) if in_bins else (np.zeros(0, dtype=int),) * 2
            known = np.arange(len(first))
            frames = self.grid.boxes(first, second, 1, result.parameters.seed_window)
            looks = {"colour": [colours[seed] for seed in known], "dash": [DASH[index]] * len(known)}
            for name, values in (frames | looks).items():
                windows[name] = [*windows.get(name, []), *values]
        draw.replace(self.maps.seeds, seeds)
        draw.replace(self.maps.windows, windows)

    @property
    def _selected(self) -> tuple[float, float] | None:
        """x/z and y/z of the selected trigger cell."""
        state = self.state
        if state.selection.selected < 0:
            return None
        cell = state.shown.geometry.trigger_cells.iloc[state.selection.selected]
        return cell.x / cell.z, cell.y * state.shown.side / cell.z  # x is mirrored where z is negative

    def _point(self, slope: tuple[float, float] | None) -> dict:
        """Columns `x y` of a direction on the maps."""
        if slope is None:
            return NOTHING
        x, y = self.grid.position(*np.array([[self.state.shown.side * along] for along in slope]))
        return {"x": x.tolist(), "y": y.tolist()}

    def _region(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Limits of the maps around the shower, or those of the grid if its direction is unknown."""
        area = self.grid.area
        point = self._point(self.state.shown.focus)
        low, high = area["y"][0], area["y"][0] + area["dh"][0]
        if not point["x"]:
            columns, rows = (area["x"][0], area["x"][0] + area["dw"][0]), (low, high)
        else:
            half_x, half_y = self.half_view
            middle = np.clip(point["y"][0], low + half_y, high - half_y)
            columns = point["x"][0] - half_x, point["x"][0] + half_x
            rows = middle - half_y, middle + half_y
        return (float(columns[0]), float(columns[1])), (float(rows[0]), float(rows[1]))

    def _set_ranges(self) -> None:
        plot = self.maps.figures["histogram"]
        for axis_range, (start, end) in zip((plot.x_range, plot.y_range), self._region(), strict=True):
            axis_range.update(start=start, end=end, reset_start=start, reset_end=end)

    def _set_layer(self) -> None:
        state = self.state
        x, y, z, mip = (state.shown.loaded.value[name][state.cuts.in_layer] for name in (*"xyz", "mipPt"))
        # Only those that are filled into bins.
        directions = directions_of(x, y, z, mip, state.chain.parameters.legacy)[:2]
        x, y = (values.astype(np.float32) for values in self.grid.position(*directions))
        draw.replace(self.maps.layer, {"x": x, "y": y})

    def _tapped(self, event: Any) -> None:
        wanted = None if event.x is None else self.grid.bin_at(event.x, event.y)
        if wanted is not None:
            self.state.selection.select_part(*self._part_of(*wanted))

    def _part_of(self, first: int, second: int) -> tuple:
        """A bin as a part of the stages."""
        return first, second

    def _lost(self, result: ChainResult) -> str:
        """Trigger cells outside of the bins, in words; "" if there are none."""
        if not result.outside:
            return ""
        base = result.parameters.base
        return f" \u00b7 {result.outside} outside R/z {base.rz_min:g} \u2013 {base.rz_max:g}"

    def captions(self) -> str:
        """Titles of the maps, and the legend of the decision's colours."""
        result, theme = self.state.chain.result, self.state.theme
        *colours, of_seed = draw.DECISION_COLOURS[theme]
        colours.append(draw.VETOED_COLOURS[theme][0])
        names = "".join(
            f'<i style="--swatch: {colour}"></i><s>{short}</s><u>{long}</u>'
            for colour, (short, long) in zip(colours, legend(result.parameters), strict=False)
        )
        return (
            f'<div class="stages"><span><b>Histogram</b> mipT{whose(self.state)}{self._lost(result)}</span>'
            "<span><b>Smoothed</b><u> mipT</u></span>"
            f'<span><i style="--swatch: {of_seed}"></i><b>Seeds</b>{names}</span></div>'
        )


class XyBinStages(BinStages):
    """The same in the bins of (x/z, y/z)."""

    axes = X_Y
    stages = XyStages
    wraps = False
    half_view = (0.06, 0.06)

    def build(self) -> None:
        super().build()
        self.box = ColumnDataSource({name: [] for name in BOX})
        first, *others = self.maps.figures.values()
        keep_one_scale(first, self.box, others)

    def _set_ranges(self) -> None:
        draw.replace(
            self.box, dict(zip(BOX, ([end] for ends in self._region() for end in ends), strict=True))
        )

    def _set_grid(self) -> None:
        self.grid = XyGrid(self.state.chain.parameters.xy)

    def _has(self, part: tuple) -> bool:
        return part[0] == XY

    def _histograms(self, result: ChainResult) -> dict[str, np.ndarray]:
        stages = _xy(result)
        return {"histogram": stages.histogram[0], "smoothed": stages.smoothed[0]}

    def _seed_bins(self, result: ChainResult) -> tuple[np.ndarray, np.ndarray]:
        return _xy(result).x_bin, _xy(result).y_bin

    def _part_of(self, first: int, second: int) -> tuple:
        return XY, first, second

    def _lost(self, result: ChainResult) -> str:
        lost = int(_xy(result).outside[0])
        return f" \u00b7 {lost} beyond \u00b1{result.parameters.xy.limit:g}" if lost else ""


def _xy(result: ChainResult) -> XyStages:
    assert isinstance(result.stages, XyStages)
    return result.stages


MAPS = {
    HistogramStages: BinStages,
    XyStages: XyBinStages,
    CoarseStages: ModuleStages,
    TriangularStages: HexagonStages,
}
"""Maps of a seeding, by the type of its stages."""
