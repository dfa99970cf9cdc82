"""The scope of coarse seeding: module sums, modules over threshold, and the lattice of the chosen ones."""

from typing import Any

import numpy as np
import pandas as pd
from bokeh.events import Tap

from ....chain.coarse_seeding import beaten_by
from ....chain.coarse_seeding import lattice as point_of
from ....geometry.constants import NO_WAFER
from ...figures import coarse_stages as draw
from ...figures.stages import colour_limits, replace, same
from ...state.display import DisplayState
from ...state.selection import MODULE, POINT
from ..shared.base import draws
from .coloured_maps import ColouredMaps

REACH = 45.0  # cm around the shower; chosen modules further away are outside the initial view
AROUND = 12.0  # cm, margin for a module and part of its neighbours


class ModuleStages(ColouredMaps):
    """Module sums, sums over threshold and lattice points of coarse seeding.

    Unchanged columns are not sent again.
    """

    def build(self) -> None:
        self._inputs: dict[str, tuple] = {}
        self.maps = draw.coarse_maps(self.state.theme)
        self.root = self.maps.root
        for name in ("module sums", "over threshold"):
            self.maps.figures[name].on_event(Tap, self._module_tapped)
        self.maps.figures["lattice"].on_event(Tap, self._point_tapped)

    @draws("chain.result", "shown.geometry", "shown.endcap")
    def modules(self) -> None:
        """Modules with their sums."""
        self._draw_modules()

    @draws("chain.result", "colours.shown_sets")
    def lattice(self) -> None:
        """Lattice points of the chosen modules, and the seeds among them."""
        self._draw_lattice()

    @draws(
        *("colours.shown_sets", "chain.parameters", "shown.slope", "shown.focus", "shown.endcap"),
        "shown.geometry",
    )
    def directions(self) -> None:
        """Seeds, generated particle and eta edges."""
        self._draw_directions()

    @draws("shown.loaded", "shown.endcap", "shown.chosen", "chain.result")
    def view(self) -> None:
        """The ranges of the maps, around the shower; with new parameters only those of the lattice change."""
        if self.differing == {"chain.result"}:
            self._set_lattice_box()
        else:
            self._set_boxes()

    @draws("selection.part", "shown.geometry", "shown.endcap", "chain.parameters")
    def part(self) -> None:
        """The selected module or point."""
        self._draw_part()

    @draws("selection.selected", "shown.geometry", "shown.endcap", "chain.parameters")
    def cell(self) -> None:
        """The selected trigger cell."""
        self._draw_cell()

    @draws("theme")
    def theme(self) -> None:
        """The colours of the page's theme."""
        draw.set_coarse_theme(self.maps, self.state.theme)

    def _differs(self, name: str, *values: Any) -> bool:
        """Whether the input values of a part of the picture differ from those of the previous call."""
        before = self._inputs.get(name)
        self._inputs[name] = values
        return before is None or not all(map(same, before, values))

    @property
    def layer(self) -> int:
        """The first summed layer; its modules are drawn."""
        return self.state.chain.parameters.summed_layers[0]

    def _draw_modules(self) -> None:
        state, maps, table = self.state, self.maps, self.state.chain.result.stages.modules
        where, geometry = np.array([self.layer, state.shown.side]), state.shown.geometry
        if self._differs("wafers", where, geometry):
            replace(maps.wafers, self._outlines(geometry.wafers[geometry.wafers["layer"] == self.layer]))
        column = {name: table[name].to_numpy() for name in table}
        if not self._differs("modules", where, geometry, *column.values()):
            return
        self.chosen = table[table["chosen"]]
        column["ratio"] = (column["mipPt"] / column["threshold"]).astype(np.float32)
        column["mipPt"] = column["mipPt"].astype(np.float32)
        outlines = draw.module_outlines(
            state.shown.geometry, self.layer, column["waferu"], column["waferv"], state.shown.side
        )
        middle = outlines.mean(axis=1)
        columns = draw.outline_columns(outlines) | {"x": middle[:, 0], "y": middle[:, 1]}
        columns["reach"] = np.full(len(outlines), self._reach, dtype=np.float32)
        maps.modules.data = columns | {name: column[name] for name in draw.MODULE_FACTS}
        replace(maps.chosen, self._outlines(self.chosen))
        u, v = (self.chosen[name].to_numpy() for name in ("waferu", "waferv"))
        replace(maps.outlines, draw.outline_columns(draw.lattice_outlines(u, v)))
        maps.coloured["module sums"].set_limits(*colour_limits(column["mipPt"]))

    def _outlines(self, table: pd.DataFrame) -> dict:
        u, v = (table[name].to_numpy() for name in ("waferu", "waferv"))
        return draw.outline_columns(
            draw.module_outlines(self.state.shown.geometry, self.layer, u, v, self.state.shown.side)
        )

    def _draw_directions(self) -> None:
        """Seeds of each displayed set, generated particle and eta edges in the layer."""
        state, maps = self.state, self.maps
        z = state.shown.geometry.layer_z[self.layer]
        place: dict[str, list] = {"x": [], "y": [], "colour": []}
        for _, result, colours in state.colours.shown_sets:
            for name in "xy":
                place[name] += (result.seeds[f"{name}_over_z"].to_numpy() * z).tolist()
            place["colour"] += colours
        replace(maps.directions, place)
        particle = (
            [] if state.shown.slope is None else [state.shown.side * z * along for along in state.shown.slope]
        )
        replace(maps.particle, dict(zip("xy", [[along] for along in particle] or [[], []], strict=True)))
        x, y = (0.0, 1.0) if state.shown.focus is None else state.shown.focus
        phi = np.arctan2(state.shown.side * y, state.shown.side * x)
        circles, labels = draw.eta_circles(state.chain.parameters.cs.eta_edges, z, phi)
        replace(maps.circles, circles)
        replace(maps.labels, labels)

    def _draw_lattice(self) -> None:
        state, maps, result = self.state, self.maps, self.state.chain.result
        parameters, table = result.parameters, result.stages.lattice
        threshold = parameters.seed_threshold
        hexagonal = parameters.cs.hexagonal
        winner = beaten_by(table, threshold, parameters.seed_window, hexagonal, parameters.legacy)
        column = {name: table[name].to_numpy() for name in (*draw.LATTICE_COLUMNS, "central", "seed")}
        column |= {"verdict": draw.decisions(table, threshold, winner), "winner": winner}
        replace(maps.facts, {"verdicts": [draw.verdicts(threshold)], "reach": [draw.POINT_REACH]})
        colours = np.array(state.colours.shown_sets[0][2])
        if not self._differs("lattice", colours, *column.values()):
            return
        # A point examined by several modules is drawn once, preferably for the module that contains it.
        order = np.lexsort((~column["central"], column["V"], column["U"]))
        u, v = column["U"][order], column["V"][order]
        first = np.ones(len(order), dtype=bool)
        first[1:] = (u[1:] != u[:-1]) | (v[1:] != v[:-1])
        drawn = np.empty(len(order), dtype=np.int32)
        drawn[order] = np.cumsum(first) - 1
        column["winner"] = np.where(winner < 0, -1, drawn[winner])
        column = {name: values[order[first]] for name, values in column.items()}
        column["mipPt"] = column["mipPt"].astype(np.float32)
        x, y = draw.lattice_place(column["U"], column["V"])
        facts = {name: column[name] for name in draw.POINT_FACTS}
        replace(maps.points, {"q": column["V"], "r": -column["U"], "x": x, "y": y, **facts})
        replace(maps.lines, draw.u_lines(column["U"], column["V"]))
        seeds = column["seed"] >= 0
        colour = colours[column["seed"][seeds]].tolist() if seeds.any() else []
        replace(maps.seeds, {"x": x[seeds], "y": y[seeds], "colour": colour})
        maps.coloured["lattice"].set_limits(*colour_limits(column["mipPt"]))

    def _draw_part(self) -> None:
        """Outline the selected module and the selected point."""
        kind, *indices = self.state.selection.part or (None,)
        selected = np.array(indices if kind in (MODULE, POINT) else [], dtype=int).reshape(-1, 2)
        u, v = selected[slice(None) if kind == MODULE else slice(0)].T
        replace(
            self.maps.part,
            draw.outline_columns(
                draw.module_outlines(self.state.shown.geometry, self.layer, u, v, self.state.shown.side)
            ),
        )
        replace(self.maps.part_lattice, draw.outline_columns(draw.lattice_outlines(u, v)))
        x, y = draw.lattice_place(*selected[slice(None) if kind == POINT else slice(0)].T)
        replace(self.maps.part_point, {"x": x, "y": y})

    def _draw_cell(self) -> None:
        """Mark the selected trigger cell, and its lattice point if it has one."""
        state, maps = self.state, self.maps
        place: dict[str, list] = {"x": [], "y": []}
        point = place
        if state.selection.selected >= 0:
            cell = state.shown.geometry.trigger_cells.iloc[state.selection.selected]
            scale = state.shown.geometry.layer_z[self.layer] / cell.z
            place = {"x": [float(cell.x * scale * state.shown.side)], "y": [float(cell.y * scale)]}
            if cell.layer in state.chain.parameters.summed_layers and cell.waferu != NO_WAFER:
                names = ("waferu", "waferv", "cellu", "cellv")
                x, y = draw.lattice_place(*point_of(*(int(cell[name]) for name in names)))
                point = {"x": [float(x)], "y": [float(y)]}
        replace(maps.cell, place)
        replace(maps.cell_point, point)

    @property
    def _reach(self) -> float:
        """Radius within which the mouse hits a module: distance from its centre to a corner, cm."""
        return self.state.shown.geometry.wafer_size / np.sqrt(3)

    def _module_tapped(self, event: Any) -> None:
        self._select(MODULE, self.maps.modules.data, ("waferu", "waferv"), event, self._reach)

    def _point_tapped(self, event: Any) -> None:
        self._select(POINT, self.maps.points.data, ("U", "V"), event, draw.POINT_REACH)

    def _select(self, kind: str, columns: dict, names: tuple[str, str], event: Any, reach: float) -> None:
        """Select the module or point nearest to a click, the one that the tooltip describes."""
        if event.x is None or not len(columns["x"]):
            return
        apart = np.hypot(np.asarray(columns["x"]) - event.x, np.asarray(columns["y"]) - event.y)
        nearest = int(apart.argmin())
        if apart[nearest] < reach:
            self.state.selection.select_part(kind, *(columns[name][nearest] for name in names))

    @property
    def _in_view(self) -> tuple[pd.DataFrame, np.ndarray]:
        """Chosen modules near the shower and their centres; all modules if its direction is unknown."""
        state = self.state
        u, v = (self.chosen[name].to_numpy() for name in ("waferu", "waferv"))
        xy = draw.module_outlines(state.shown.geometry, self.layer, u, v, state.shown.side).mean(axis=1)
        if state.shown.focus is None or not len(xy):
            return self.chosen, xy
        near = np.hypot(*(xy - self._focus).T) < REACH
        return self.chosen[near], xy[near]

    @property
    def _focus(self) -> np.ndarray:
        z = self.state.shown.geometry.layer_z[self.layer] * self.state.shown.side
        return np.array(self.state.shown.focus) * z

    def _set_boxes(self) -> None:
        _, xy = self._in_view
        if self.state.shown.focus is not None:
            xy = np.vstack([xy, self._focus])
        half = AROUND * 1.6
        if not len(xy):
            xy, half = np.zeros((1, 2)), 1.04 * np.nanmax(self.state.shown.geometry.radii[:, 1])
        replace(self.maps.module_box, _box(xy, half))
        self._set_lattice_box()

    def _set_lattice_box(self) -> None:
        chosen, _ = self._in_view
        u, v = (chosen[name].to_numpy() for name in ("waferu", "waferv"))
        corners = draw.lattice_outlines(u, v).reshape(-1, 2) if len(u) else np.zeros((1, 2))
        box = _box(corners, 0.8 if len(u) else 6.0)
        if self.state.shown.side < 0:
            box["x0"], box["x1"] = box["x1"], box["x0"]
        replace(self.maps.lattice_box, box)

    def captions(self) -> str:
        """Titles of the maps."""
        layers = ", ".join(str(layer) for layer in self.state.chain.parameters.summed_layers)
        n, seeds = len(self.chosen), len(self.state.chain.result.seeds)
        modules = f"module{'s' if n != 1 else ''}"
        found = f"{seeds} seed{'s' if seeds != 1 else ''}"
        sums = f"mipT{whose(self.state)}<u>, layers {layers}</u>"
        return (
            f'<div class="stages coarse"><span><b>Module sums</b> {sums}</span>'
            f"<span><b>Sum / threshold</b> <s>{n} chosen</s><u>{n} {modules} chosen</u></span>"
            f"<span><b>Lattice</b> <small>mipT, </small>{found}</span></div>"
        )


def whose(state: DisplayState) -> str:
    """Suffix naming the set of the stages if both sets are shown."""
    return " of A" if state.chain.comparison is not None else ""


def _box(xy: np.ndarray, around: float) -> dict:
    (x0, y0), (x1, y1) = xy.min(axis=0) - around, xy.max(axis=0) + around
    return {"x0": [float(x0)], "x1": [float(x1)], "y0": [float(y0)], "y1": [float(y1)]}
