"""The scope: results of the stages of the displayed chain, side by side."""

from typing import Any

import numpy as np
import panel as pn
from bokeh.events import Tap
from bokeh.layouts import column
from bokeh.models import Range1d
from panel.viewable import Viewable

from ....chain.coarse_seeding import CoarseStages
from ....chain.histogram import Binning, seen
from ....chain.histogram_seeding import HistogramStages
from ....chain.local_maxima import beaten_by
from ....chain.seed_rule import SmoothedBins
from ....errors import variant
from ...figures import stages as draw
from ...figures.bin_grid import Grid
from ...figures.seed_decision import decisions, verdicts
from ...page.template import asset
from ...state.selection import MODULE, POINT
from ..shared.base import StateView, draws
from .coarse_stages import ModuleStages, whose

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
    def shown(self) -> "BinStages | ModuleStages":
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


class BinStages(StateView):
    """Histogram, smoothed histogram and seed decision of the default chain.

    Unchanged columns are not sent again.
    """

    def build(self) -> None:
        self.maps = draw.stage_maps(self.state.theme)
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
        chosen = [] if part is None or part[0] in (MODULE, POINT) else [part]
        draw.replace(self.maps.chosen, self.grid.boxes(*np.array(chosen, dtype=int).reshape(-1, 2).T))

    @draws("colours.colour_scale", "chain.result")
    def scale(self) -> None:
        """The scale of the colours."""
        for coloured in self.maps.coloured.values():
            coloured.show(self.state.colours.colour_scale)

    @draws("theme")
    def theme(self) -> None:
        """The colours of the page's theme."""
        draw.set_stages_theme(self.maps, self.state.theme)

    def _set_grid(self) -> None:
        parameters, focus = self.state.chain.parameters, self.state.shown.focus
        side = self.state.shown.side
        phi = None if focus is None else np.arctan2(side * focus[1], side * focus[0])
        self.grid = Grid.around(Binning.of(parameters.base, parameters.legacy), phi)

    def _draw_bins(self) -> None:
        result, grid, maps = self.state.chain.result, self.grid, self.maps
        parameters = result.parameters
        threshold, window = parameters.seed_threshold, parameters.seed_window
        winner, equal = beaten_by(SmoothedBins(result.smoothed[None]), threshold, window, parameters.legacy)
        decision = decisions(result.smoothed, threshold, winner[0], equal[0])
        for name, image in (
            ("histogram", draw.filled(result.histogram)),
            ("smoothed", draw.filled(result.smoothed)),
            ("decision", decision),
        ):
            sent = draw.replace(maps.images[name], {"image": [grid.shown(image)], **grid.area})
            if sent and name in maps.coloured:
                maps.coloured[name].set_limits(*draw.colour_limits(getattr(result, name)))
        facts = {"verdicts": [verdicts(threshold, window)], "reach": [min(window, draw.REACH)]}
        draw.replace(maps.facts, facts | grid.edges)

    def _draw_seeds(self) -> None:
        """Seeds and windows of each displayed set; A and B in their colours."""
        seeds: dict[str, list] = {"x": [], "y": [], "colour": []}
        windows: dict[str, list] = {}
        for index, (_, result, colours) in enumerate(self.state.colours.shown_sets):
            x, y, rz_bin, phi_bin = (result.seeds[name].to_numpy() for name in draw.SEED_COLUMNS)
            seeds["x"] += self.grid.phi(np.arctan2(y, x)).tolist()
            seeds["y"] += np.hypot(x, y).tolist()
            seeds["colour"] += colours
            in_bins = isinstance(result.stages, HistogramStages)
            known = np.arange(len(rz_bin) if in_bins else 0)
            frames = self.grid.boxes(rz_bin[known], phi_bin[known], 1, result.parameters.seed_window)
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
        x, y = (self.state.shown.side * along for along in slope)
        return {"x": [float(self.grid.phi(np.arctan2(y, x)))], "y": [float(np.hypot(x, y))]}

    def _set_ranges(self) -> None:
        (x_range, y_range), rz = self._ranges, self.grid.binning.rz_edges
        point = self._point(self.state.shown.focus)
        if not point["x"]:
            area = self.grid.area
            phis, rzs = (area["x"][0], area["x"][0] + area["dw"][0]), (rz[0], rz[-1])
        else:
            half_phi, half_rz = draw.HALF_VIEW
            middle = np.clip(point["y"][0], rz[0] + half_rz, rz[-1] - half_rz)
            phis = point["x"][0] - half_phi, point["x"][0] + half_phi
            rzs = middle - half_rz, middle + half_rz
        for axis_range, (start, end) in ((x_range, phis), (y_range, rzs)):
            start, end = float(start), float(end)
            axis_range.update(start=start, end=end, reset_start=start, reset_end=end)

    @property
    def _ranges(self) -> tuple[Range1d, Range1d]:
        plot = self.maps.figures["histogram"]
        return plot.x_range, plot.y_range

    def _set_layer(self) -> None:
        state = self.state
        x, y, z, mip = (state.shown.loaded.value[name][state.cuts.in_layer] for name in (*"xyz", "mipPt"))
        _, _, rz, phi = seen(x, y, z, mip, self.grid.binning.legacy)  # only those that are filled into bins
        draw.replace(
            self.maps.layer, {"x": self.grid.phi(phi).astype(np.float32), "y": rz.astype(np.float32)}
        )

    def _tapped(self, event: Any) -> None:
        wanted = None if event.x is None else self.grid.bin_at(event.x, event.y)
        if wanted is not None:
            self.state.selection.select_part(*wanted)

    def captions(self) -> str:
        """Titles of the maps, and the legend of the decision's colours."""
        result = self.state.chain.result
        threshold = f"{result.parameters.seed_threshold:g}"
        lost = ""
        if result.outside:
            low, high = self.grid.binning.rz_edges[[0, -1]]
            lost = f" \u00b7 {result.outside} outside R/z {low:g} \u2013 {high:g}"
        words = (
            (f"below {threshold}", f"below {threshold} mipT"),
            ("not max.", "not the maximum of its window"),
        )
        *colours, of_seed = draw.DECISION_COLOURS[self.state.theme]
        legend = "".join(
            f'<i style="--swatch: {colour}"></i><s>{short}</s><u>{long}</u>'
            for colour, (short, long) in zip(colours, words, strict=False)
        )
        return (
            f'<div class="stages"><span><b>Histogram</b> mipT{whose(self.state)}{lost}</span>'
            "<span><b>Smoothed</b><u> mipT</u></span>"
            f'<span><i style="--swatch: {of_seed}"></i><b>Seeds</b>{legend}</span></div>'
        )


MAPS = {HistogramStages: BinStages, CoarseStages: ModuleStages}
"""Maps of a seeding, by the type of its stages."""
