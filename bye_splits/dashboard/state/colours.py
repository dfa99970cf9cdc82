"""Colours of trigger cells in the selected mode, of seeds and of clusters."""

from typing import Any

import numpy as np
import pandas as pd
import param

from ...chain import ChainResult
from ..figures.cluster_colours import CHANGE_COLOURS, CLUSTER_COLOURS, SET_COLOURS, SHADES
from .chain import NONE, Chain
from .colour_modes import COLOURS, ColourMode
from .cuts import Cuts
from .derived import Reactive, derived, follows
from .selection import Selection
from .shown import ShownEvent

APART = 0.05  # distance in (x/z, y/z) within which no two seeds share a colour
SAME_SEED = 0.02  # distance in (x/z, y/z) below which a seed keeps its colour
USUAL_MIP = 0.5  # mipT, upper limit of the faintest shade


class Colours(Reactive):
    """The selected mode and its values; each seed and its cluster have the same colour in all views."""

    colour_by = param.Selector(default="mipT", objects=list(COLOURS))
    colour_scale = param.Selector(default="log", objects=["log", "linear"])

    def __init__(
        self, shown: ShownEvent, cuts: Cuts, chain: Chain, selection: Selection, **values: Any
    ) -> None:
        self.shown, self.cuts, self.chain, self.selection = shown, cuts, chain, selection
        self._coloured: tuple = (None, [], [])  # event and endcap, seed positions, their colours
        super().__init__(shown, cuts, chain, selection, **values)

    # -- in the selected mode ------------------------------------------------------------------------------

    @follows("colour_by")
    def colour_mode(self) -> ColourMode:
        """The selected mode."""
        return COLOURS[self.colour_by]

    @follows("colour_by")
    def by_class(self) -> bool:
        """Whether the colours represent clusters rather than a scale."""
        return self.colour_mode.classes

    @derived("shown.loaded", "shown.endcap", "shown.from_axis", "colour_by", "cell_classes")
    def colour_values(self) -> np.ndarray:
        """Values that the colours represent, float32, one per trigger cell; NaN where undefined."""
        return self.colour_mode.values(self)

    @derived("colour_values", "selection.cells_of_cluster")
    def drawn_values(self) -> np.ndarray:
        """`colour_values`, float32; NaN outside the selected cluster, if there is one."""
        mine = self.selection.cells_of_cluster
        return self.colour_values if mine is None else np.where(mine, self.colour_values, np.float32(np.nan))

    @derived("colour_values", "shown.in_endcap", "cuts.threshold")
    def colour_range(self) -> tuple[float, float]:
        """Lowest (> 0) and highest value of the colour scale, the same for all layers of the event."""
        return self.colour_mode.limits(self, self.colour_values)

    # -- of seeds and clusters -----------------------------------------------------------------------------

    @derived("chain.result")
    def seed_palette(self) -> np.ndarray:
        """Colour of each seed, int64: index into CLUSTER_COLOURS; a seed found again keeps its colour."""
        where = (self.shown.loaded, self.shown.endcap)
        if self._coloured[0] != where:
            self._coloured = (where, [], [])
        _, positions, colours = self._coloured
        seeds = self.chain.result.seeds
        position = np.stack([seeds["x_over_z"], seeds["y_over_z"]], axis=1)
        known = np.array(positions, dtype=np.float64).reshape(-1, 2)
        free = np.ones(len(known), dtype=bool)
        chosen, match_of = np.full(len(seeds), NONE), np.full(len(seeds), NONE)
        finite = np.isfinite(position).all(axis=1)  # a seed without a direction cannot be matched
        order = np.argsort(-seeds["energy"].to_numpy(), kind="stable")
        for seed in order[finite[order]] if len(known) else ():
            apart = np.where(free, np.hypot(*(known - position[seed]).T), np.inf)
            match = int(apart.argmin())
            if apart[match] < SAME_SEED:
                free[match] = False
                match_of[seed] = match
                positions[match] = position[seed]
                alike = chosen == colours[match]
                if not alike.any() or (
                    len(seeds) > len(CLUSTER_COLOURS)
                    and np.hypot(*(position[alike] - position[seed]).T).min() > APART
                ):
                    chosen[seed] = colours[match]
        for seed in order[chosen[order] == NONE]:
            chosen[seed] = _most_distinct_colour(position[seed], position, chosen)
            if match_of[seed] != NONE:
                colours[match_of[seed]] = chosen[seed]
            elif finite[seed]:
                positions.append(position[seed])
                colours.append(chosen[seed])
        return chosen

    @derived("chain.shown_results", "seed_palette")
    def shown_sets(self) -> list[tuple[str, ChainResult, list[str]]]:
        """Name, result and seed colours of each displayed set."""
        results = self.chain.shown_results
        if not self.chain.both_shown:
            return [(name, result, self.seed_colours) for name, result in results.items()]
        return [
            (name, result, [colour] * len(result.seeds))
            for (name, result), colour in zip(results.items(), SET_COLOURS, strict=True)
        ]

    @derived("seed_palette")
    def seed_colours(self) -> list[str]:
        """CSS colour of each seed."""
        return [CLUSTER_COLOURS[index] for index in self.seed_palette]

    def chosen_modules(self, usual: str) -> list[tuple[str, pd.DataFrame, str]]:
        """Name, chosen modules (`waferu waferv`) and colour of each displayed set with coarse seeding.

        Parameters
        ----------
        usual : colour if only one set is displayed
        """
        colour = dict(zip("AB", SET_COLOURS, strict=True)) if self.chain.both_shown else {}
        return [
            (name, modules, colour.get(name, usual))
            for name, result in self.chain.shown_results.items()
            if (modules := result.stages.chosen_modules) is not None
        ]

    @derived("chain.result", "seed_palette", "shown.loaded")
    def cell_palette(self) -> np.ndarray:
        """Colour of each trigger cell as an index into CLUSTER_COLOURS, int64; -1 in no cluster."""
        colour = self.seed_palette[self.chain.result.clusters["seed"].to_numpy()]
        of_cell = np.full(len(self.shown.loaded.layer), NONE)
        of_cell[self.chain.chain_rows] = np.append(colour, NONE)[self.chain.result.cluster_of_cell]
        return of_cell

    @follows("colour_by", "cell_palette", "chain.cell_change", "chain.both_shown")
    def classes_if_shown(self) -> np.ndarray | None:
        """Class of each trigger cell, int64, -1 for none; None, without computing it, for a colour scale.

        The class is the cluster's colour or, with both sets shown, the change from A to B (CHANGE_COLOURS).
        """
        if not self.by_class:
            return None
        return self.chain.cell_change if self.chain.both_shown else self.cell_palette

    @derived("classes_if_shown", "shown.loaded")
    def cell_classes(self) -> np.ndarray | None:
        """Index of each cell's colour in the shaded palette, int64, -1 for none; None for a colour scale."""
        classes = self.classes_if_shown
        return None if classes is None else np.where(classes < 0, NONE, classes * SHADES + self.shade)

    @derived("shown.loaded", "shown.in_endcap")
    def shade(self) -> np.ndarray:
        """Shade of each trigger cell, int64: step of mipPt on a log scale up to the endcap's largest."""
        mip = np.log(np.maximum(self.shown.loaded.value["mipPt"], USUAL_MIP) / USUAL_MIP)
        top = max(float(mip[self.shown.in_endcap].max(initial=0)), 1e-6)
        return np.minimum((mip / top * SHADES).astype(np.int64), SHADES - 1)

    @follows("chain.both_shown")
    def class_palette(self) -> tuple[str, ...]:
        """CSS colours of the classes."""
        return tuple(CHANGE_COLOURS.values()) if self.chain.both_shown else CLUSTER_COLOURS

    @follows("colour_by")
    def summed(self) -> str:
        """Column of the trigger cells whose sum the profile shows."""
        return self.colour_mode.summed

    @derived("cuts.near", "summed")
    def sum_per_layer(self) -> np.ndarray:
        """Sum of `summed` near the particle by layer, float64, shape (n_layers + 1,), index = layer."""
        loaded, rows = self.shown.loaded, self.cuts.near
        layers = self.shown.geometry.n_layers + 1
        return np.bincount(loaded.layer[rows], weights=loaded.value[self.summed][rows], minlength=layers)

    @derived("cuts.near", "summed", "classes_if_shown", "selection.cells_of_cluster")
    def sum_per_class(self) -> np.ndarray | None:
        """Sum of `summed` by class and layer near the particle, float64, shape (n, n_layers + 1).

        Restricted to the selected cluster, if any; that is the only row if there are no classes. None if
        there are neither classes nor a selected cluster.
        """
        classes, mine, rows = self.classes_if_shown, self.selection.cells_of_cluster, self.cuts.near
        if classes is None and mine is None:
            return None
        if mine is not None:
            rows = rows[mine[rows]]
        loaded, layers = self.shown.loaded, self.shown.geometry.n_layers + 1
        n, index = 1, loaded.layer[rows].astype(np.int64)
        if classes is not None:
            n, index, rows = len(self.class_palette), index[classes[rows] >= 0], rows[classes[rows] >= 0]
            index = index + layers * classes[rows]
        weights = loaded.value[self.summed][rows]
        return np.bincount(index, weights=weights, minlength=n * layers).reshape(n, layers)

    @follows("sum_per_class")
    def has_classes(self) -> bool:
        """Whether `sum_per_class` is not None."""
        return self.sum_per_class is not None

    def seeds_in_3d(self, result: ChainResult) -> np.ndarray:
        """Whether the 3D view shows a trigger cell of each seed of a result, bool, shape (n_seeds,)."""
        seed_of_cell = np.full(len(self.shown.loaded.layer), NONE)
        seed_of_cell[self.chain.chain_rows] = result.seed_of_cell
        shown = np.zeros(len(result.seeds) + 1, dtype=bool)
        shown[seed_of_cell[self.cuts.in_3d]] = True
        return shown[:-1]

    # -- of the file's own clusters ------------------------------------------------------------------------

    @derived("shown.file_clusters", "shown.loaded")
    def file_colours(self) -> list[str] | None:
        """CSS colour of each of `file_clusters`; None if the colours are used for the chain's clusters."""
        if self.shown.loaded.has_trigger_cells:
            return None
        eta, phi = (np.asarray(self.shown.file_clusters[name], dtype=np.float64) for name in ("eta", "phi"))
        position = np.stack([np.cos(phi), np.sin(phi)], axis=1) / np.sinh(np.abs(eta))[:, None]
        chosen = np.full(len(eta), NONE)
        for row in range(len(eta)):
            chosen[row] = _most_distinct_colour(position[row], position, chosen)
        return [CLUSTER_COLOURS[index] for index in chosen]

    def drawn_file_colours(self, usual: str, faint: str) -> list[str]:
        """CSS colour of the mark of each of `file_clusters`.

        Parameters
        ----------
        usual : colour of all marks if the palette is used for the chain's clusters
        faint : colour of the others if one of the file's clusters is selected
        """
        colours, selected = self.file_colours, self.selection.cluster
        if colours is None:
            return [usual] * len(self.shown.file_clusters["pt"])
        if not 0 <= selected < len(colours):
            return colours
        return [colour if row == selected else faint for row, colour in enumerate(colours)]


def _most_distinct_colour(seed: np.ndarray, position: np.ndarray, chosen: np.ndarray) -> int:
    """Colour for a seed: the first unused one, else the one whose nearest seed is farthest away.

    Parameters
    ----------
    seed : float64, shape (2,), position of the seed
    position : float64, shape (n, 2), positions of all seeds
    chosen : int64, shape (n,): their colours so far, -1 for none
    """
    nearest = np.full(len(CLUSTER_COLOURS), np.inf)
    known = chosen != NONE
    apart = np.nan_to_num(np.hypot(*(position[known] - seed).T), nan=0.0)
    np.minimum.at(nearest, chosen[known], apart)
    return int(nearest.argmax())
