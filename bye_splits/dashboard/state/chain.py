"""The chain's parameters, two sets A and B, and their results for the event that is shown."""

from dataclasses import replace

import numpy as np
import pandas as pd
import param

from ...chain import ChainParameters, ChainResult, run
from ...chain.cells import MODULES
from ...chain.coarse_seeding import CoarseStages
from ...chain.comparison import STAYED, Comparison, compare
from ...chain.smoothing import widened, width_of
from ...chain.splits import near_particle
from ...errors import ChainError
from ..figures.cluster_colours import CHANGE_COLOURS, CLUSTER_COLOURS, SET_COLOURS, SHADES
from .derived import derived
from .file import FileState
from .loaded import part

CHAIN = ("set_a", "set_b", "compare")  # parameters that the chain's result depends on, besides the event
OF_PARTS = (
    "chain",
    "base",
    "legacy",
    "coarse_layers",
    "cs",
)  # parameters that a bin's or module's cells depend on
COMPARE = ("A", "A | B", "B")
SAME_SEED = 0.02  # (x/z, y/z): a seed that moved less keeps its colour
USUAL_MIP = 0.5  # mipT of the faintest shade
NONE = -1


def _far_from_its_like(place: np.ndarray, position: np.ndarray, chosen: np.ndarray) -> int:
    """Colour for a seed: the first that none has, else the one whose nearest seed is farthest.

    Parameters
    ----------
    place : shape (2,), of the seed; position : shape (n, 2), of all seeds
    chosen : int64, shape (n,): their colours so far, -1 for none
    """
    nearest = np.full(len(CLUSTER_COLOURS), np.inf)
    known = chosen != NONE
    apart = np.nan_to_num(np.hypot(*(position[known] - place).T), nan=0.0)
    np.minimum.at(nearest, chosen[known], apart)
    return int(nearest.argmax())


class ChainState(FileState):
    """The chain's part of a display's state.

    `set_a` and `set_b` are never changed in place, so that what follows from them is computed once.
    """

    set_a = param.ClassSelector(
        class_=ChainParameters, default=ChainParameters(), doc="The first set of parameters"
    )
    set_b = param.ClassSelector(class_=ChainParameters, doc="The second set, None for none")
    compare = param.Selector(default="A", objects=list(COMPARE), doc="Which set the panes show")

    def __init__(self, **values):
        self._coloured: tuple = (None, [], [])  # of an event: positions of seeds and their colours
        values.setdefault("set_a", self.catalogue.parameters())
        super().__init__(**values)

    # -- parameters --------------------------------------------------------------------------------------

    @property
    def parameters(self) -> ChainParameters:
        """The set that the panes show, and the controls change."""
        return self.set_b if self.compare == "B" and self.set_b is not None else self.set_a

    def configured(self, chain: str) -> ChainParameters:
        """The configuration's parameters of a chain."""
        return self.catalogue.parameters(chain=chain)

    def other_than(self, present: ChainParameters, changes: dict) -> ChainParameters:
        """A set with changes; another chain brings its configured threshold, unless the user chose one."""
        if "chain" in changes and present.seed_threshold == self.configured(present.chain).seed_threshold:
            changes = {"seed_threshold": self.configured(changes["chain"]).seed_threshold} | changes
        return present.changed(**changes)

    def change_chain(self, **changes) -> None:
        """Change the shown set; an invalid change is reported, and changes nothing."""
        present = self.parameters
        try:
            wanted = self.other_than(present, changes)
        except ChainError as error:
            self.tell("error", str(error))
            return
        if wanted != present:
            self.param.update(
                **{"set_b" if present is self.set_b else "set_a": wanted}, **self.unselected(wanted)
            )

    def flip(self, compare: str) -> None:
        """Show A, B or both; the selected cluster is one of what was shown."""
        shown = self.set_b if compare == "B" and self.set_b is not None else self.set_a
        self.param.update(compare=compare, **self.unselected(shown))

    def unselected(self, parameters: ChainParameters) -> dict:
        """What can not stay selected where the panes go from the shown set to another one."""
        before = self.parameters
        kept = all(getattr(parameters, name) == getattr(before, name) for name in OF_PARTS)
        return {"cluster": NONE} | ({} if kept else {"part": None})

    @property
    def kernel_width(self) -> int:
        """Phi bins that are summed more than configured, in every row."""
        return self.width_of(self.parameters)

    def width_of(self, parameters: ChainParameters) -> int:
        return width_of(parameters.smooth.bin_sums, self.catalogue.config.smooth.bin_sums)

    def widened(self, parameters: ChainParameters, bins: int) -> dict:
        """The change that sums so many more phi bins than configured."""
        sums = widened(self.catalogue.config.smooth.bin_sums, bins)
        return {"smooth": replace(parameters.smooth, bin_sums=sums)}

    def compare_with(self, changes: dict | None) -> None:
        """Make B what A is, with changes, and show both, coloured by what changes; None: no B any more."""
        nothing = self.unselected(self.set_a)
        if changes is None:
            self.param.update(set_b=None, compare="A", **nothing)
            return
        wanted = self.other_than(self.set_a, changes)
        self.param.update(set_b=wanted, compare="A | B", colour_by="cluster", **nothing)

    # -- what the chain makes of it ----------------------------------------------------------------------

    @derived("loaded", "in_endcap")
    def chain_rows(self) -> np.ndarray:
        """Rows that the chain works on, int64: of the endcap, at or above the skims' threshold."""
        rows = self.in_endcap
        return part(rows, self.loaded.value["mipPt"][rows] >= self.catalogue.config.selection.mip_threshold)

    @derived("loaded", "chain_rows")
    def chain_table(self) -> dict[str, np.ndarray]:
        """The trigger cells that the chain works on, by column, as `chain.run` takes them."""
        table = self.loaded.event.trigger_cells
        names = ("x", "y", "z", "mipPt", "pt", "layer", *MODULES)
        rows = self.chain_rows
        if len(rows) and rows[-1] - rows[0] + 1 == len(rows):
            rows = slice(rows[0], rows[-1] + 1)  # a view: the event's own columns are not kept twice
        return {name: table[name].to_numpy()[rows] for name in names}

    @derived("chain_table", "set_a")
    def result_a(self) -> ChainResult:
        """What the first set makes of the event."""
        return run(self.chain_table, self.set_a)

    @derived("chain_table", "set_b")
    def result_b(self) -> ChainResult | None:
        """What the second set makes of the event."""
        return None if self.set_b is None else run(self.chain_table, self.set_b)

    @property
    def results(self) -> dict[str, ChainResult | None]:
        return {"A": self.result_a, "B": self.result_b}

    @property
    def result(self) -> ChainResult:
        """What the shown set makes of the event."""
        return self.result_a if self.parameters is self.set_a else self.result_b

    @derived("result")
    def seed_palette(self) -> np.ndarray:
        """Colour of each seed as an index into CLUSTER_COLOURS, int64; a seed that stays keeps its own."""
        where = (self.loaded, self.endcap)
        if self._coloured[0] != where:
            self._coloured = (where, [], [])
        _, places, colours = self._coloured
        seeds = self.result.seeds
        position = np.stack([seeds["x_over_z"], seeds["y_over_z"]], axis=1)
        known = np.array(places, dtype=np.float64).reshape(-1, 2)
        free = np.ones(len(known), dtype=bool)
        chosen, place_of = np.full(len(seeds), NONE), np.full(len(seeds), NONE)
        finite = np.isfinite(position).all(axis=1)  # a seed without a direction is not known again
        order = np.argsort(-seeds["energy"].to_numpy(), kind="stable")
        for seed in order[finite[order]] if len(known) else ():
            apart = np.where(free, np.hypot(*(known - position[seed]).T), np.inf)
            place = int(apart.argmin())
            if apart[place] < SAME_SEED:
                free[place] = False
                place_of[seed] = place
                places[place] = position[seed]
                if len(seeds) > len(CLUSTER_COLOURS) or colours[place] not in chosen:
                    chosen[seed] = colours[place]
        for seed in order[chosen[order] == NONE]:
            chosen[seed] = _far_from_its_like(position[seed], position, chosen)
            if place_of[seed] != NONE:
                colours[place_of[seed]] = chosen[seed]
            elif finite[seed]:
                places.append(position[seed])
                colours.append(chosen[seed])
        return chosen

    @property
    def shown_sets(self) -> list[tuple[str, ChainResult, list[str]]]:
        """Name, result and colours of the seeds of each set that the panes show at once."""
        if self.compare != "A | B" or self.set_b is None:
            name = "B" if self.parameters is self.set_b else "A"
            return [(name, self.result, self.seed_colours)]
        return [
            (name, result, [colour] * len(result.seeds))
            for (name, result), colour in zip(self.results.items(), SET_COLOURS, strict=True)
        ]

    def chosen_modules(self, usual: str) -> list[tuple[str, pd.DataFrame, str]]:
        """Name, chosen modules (`waferu waferv`) and colour of each shown set that seeds coarsely.

        Parameters
        ----------
        usual : colour where one set is shown
        """
        colour = dict(zip("AB", SET_COLOURS, strict=True)) if self.comparison is not None else {}
        return [
            (
                name,
                result.stages.modules.loc[result.stages.modules["chosen"], ["waferu", "waferv"]],
                colour.get(name, usual),
            )
            for name, result, _ in self.shown_sets
            if isinstance(result.stages, CoarseStages)
        ]

    @property
    def seed_colours(self) -> list[str]:
        """CSS colour of each seed."""
        return [CLUSTER_COLOURS[index] for index in self.seed_palette]

    @derived("result", "seed_palette")
    def cell_palette(self) -> np.ndarray:
        """Colour of each trigger cell as an index into CLUSTER_COLOURS, int64; -1: in no cluster."""
        colour = self.seed_palette[self.result.clusters["seed"].to_numpy()]
        of_cell = np.full(len(self.loaded.layer), NONE)
        of_cell[self.chain_rows] = np.append(colour, NONE)[self.result.cluster_of_cell]
        return of_cell

    @property
    def classes_if_shown(self) -> np.ndarray | None:
        """Class of each trigger cell, int64, -1 for none; None where colours are a scale, not computed.

        Its cluster's colour, or with both sets shown what becomes of it from A to B, as in CHANGE_COLOURS.
        """
        if not self.by_class:
            return None
        return self.cell_palette if self.comparison is None else self.cell_change

    @derived("classes_if_shown", "loaded")
    def cell_classes(self) -> np.ndarray | None:
        """Place of each trigger cell's colour in the shaded palette, int64, -1 for none; None as above."""
        classes = self.classes_if_shown
        return None if classes is None else np.where(classes < 0, NONE, classes * SHADES + self.shade)

    @derived("loaded", "in_endcap")
    def shade(self) -> np.ndarray:
        """Step of each trigger cell's mipPt on a logarithmic scale up to the event's largest, int64."""
        mip = np.log(np.maximum(self.loaded.value["mipPt"], USUAL_MIP) / USUAL_MIP)
        top = max(float(mip[self.in_endcap].max(initial=0)), 1e-6)
        return np.minimum((mip / top * SHADES).astype(np.int64), SHADES - 1)

    def seeds_in_3d(self, result: ChainResult) -> np.ndarray:
        """Whether the 3D view shows a trigger cell of each seed of a result, bool, shape (n_seeds,)."""
        seed_of_cell = np.full(len(self.loaded.layer), NONE)
        seed_of_cell[self.chain_rows] = result.seed_of_cell
        shown = np.zeros(len(result.seeds) + 1, dtype=bool)
        shown[seed_of_cell[self.in_3d]] = True
        return shown[:-1]

    @property
    def class_palette(self) -> tuple[str, ...]:
        """CSS colours of the classes."""
        return CLUSTER_COLOURS if self.comparison is None else tuple(CHANGE_COLOURS.values())

    @property
    def comparison(self) -> Comparison | None:
        """How B differs from A, None where the panes show one set."""
        return self.a_and_b if self.compare == "A | B" and self.set_b is not None else None

    @derived("result_a", "result_b")
    def a_and_b(self) -> Comparison | None:
        """How B differs from A, None without B."""
        if self.result_b is None:
            return None
        return compare(self.result_a, self.result_b, self.chain_table["pt"])

    @derived("a_and_b", "loaded")
    def cell_change(self) -> np.ndarray:
        """What becomes of each trigger cell from A to B, int64: place in CHANGE_COLOURS, -1 for neither."""
        of_cell = np.full(len(self.loaded.layer), NONE)
        of_cell[self.chain_rows] = self.a_and_b.category.astype(np.int64) - STAYED
        return of_cell

    @derived("result", "generated")
    def near_particle(self) -> np.ndarray:
        """Rows of `result.clusters` near the generated particle, largest pt first, int64."""
        return self.near_particle_of(self.result)

    def near_particle_of(self, result: ChainResult) -> np.ndarray:
        """Rows of a result's clusters near the generated particle, largest pt first, int64."""
        if self.generated is None:
            return np.zeros(0, dtype=np.int64)
        return near_particle(result, self.generated["exeta"], self.generated["exphi"])
