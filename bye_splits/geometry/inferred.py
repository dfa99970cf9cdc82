"""The geometry inferred from a file's positions: built from the first cells seen, extended by later ones."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from ..counting import counted
from ..errors import GeometryError
from . import borders, inference, versions
from . import constants as c
from .detector import Geometry
from .evidence import Evidence, evidence_of, merged
from .inference import Placed, Rules, infer, with_layers
from .inferred_cells import all_columns, off_model, planes, rings_of, silicon_cells, tile_cells
from .makers import makes_geometry_of
from .missing_cells import among_whole, directions_of_rim
from .placements import N_CELLS
from .versions import Family
from .wafer_table import Wafers

MUCH_MORE = (
    1.5  # times the cells that the rules were inferred from: with a new layer, all rules are inferred again
)


@dataclass(frozen=True, eq=False)
class Fit:
    """How well positions and indices agree.

    Attributes
    ----------
    n_cells, n_wafers : number of silicon trigger cells and wafers that were seen
    n_uncertain : number of wafers without a certain placement
    median, most : cm, distance of a cell from its expected position in the wafer: median and 99 % quantile
    outside : number of cells whose position is outside their outline
    """

    n_cells: int
    n_wafers: int
    n_uncertain: int
    median: float
    most: float
    outside: int


@dataclass(frozen=True, eq=False)
class Frame:
    """The properties that stay the same as long as no further layer is seen.

    Attributes
    ----------
    layer_z, tile_z : as in `Geometry`
    family : versions with these planes, or None
    coarsened : whether positions are means of several trigger cells instead of those of single ones
    n_cells : number of silicon cells that the rules were inferred from
    """

    layer_z: np.ndarray
    tile_z: np.ndarray
    family: Family | None
    coarsened: bool
    n_cells: int


class Inferred(Geometry):
    """A geometry inferred from positions, which it keeps; made by `Geometry.from_positions`.

    Attributes
    ----------
    evidence : distinct trigger cells that were seen
    rules, placed : properties common to the wafers, and the placement of each
    frame : Frame
    """

    def __init__(
        self,
        evidence: Evidence,
        rules: Rules,
        placed: Placed,
        frame: Frame,
        source: str,
        silicon: dict[str, np.ndarray],
        tiles: tuple,
    ):
        self.evidence, self.rules, self.placed, self.frame = evidence, rules, placed, frame
        self._silicon_columns, self._tile_columns = silicon, tiles
        seen, family = evidence.silicon, frame.family
        of_rings, tile_columns = tiles
        cee = np.array([evidence.is_cee(layer) for layer in range(len(frame.layer_z))])
        columns = all_columns(silicon, tile_columns, seen, cee, frame.layer_z)
        super().__init__(
            columns,
            frame.layer_z,
            frame.tile_z,
            source,
            _notices(evidence, frame),
            n_cee=family.n_cee if family is not None else _last_of_cee(evidence),
            wafers=Wafers(
                layer=seen.layer,
                waferu=seen.waferu,
                waferv=seen.waferv,
                centre=placed.centre,
                placement=placed.placement,
                fine=placed.fine,
                certain=placed.certain,
                size=rules.size,
                gap=max(c.PITCH - rules.size, 0.0),
            ),
            wafer=columns["wafer"],
            cell=columns["cell"],
            rings=of_rings,
            version=_version(evidence, rules, placed, family),
            shift=columns["shift"] if columns["shift"].any() else None,
            lattices=rules.lattices,
        )

    @property
    def complete(self) -> bool:
        return self.evidence.complete

    @property
    def coarsened(self) -> bool:
        """Whether positions are means of several trigger cells instead of those of single ones."""
        return self.frame.coarsened

    @cached_property
    def fit(self) -> Fit:
        """How well positions and indices agree."""
        seen, placed = self.evidence.silicon, self.placed
        off = np.abs(off_model(seen, placed, self.rules))
        inside = inference.covered(seen, placed.centre, placed.placement, self.rules.size)
        median, most = (float(np.quantile(off, q)) for q in (0.5, 0.99)) if len(off) else (0.0, 0.0)
        uncertain = int((~placed.certain).sum())
        return Fit(len(off), len(seen.layer), uncertain, median, most, int((~inside).sum()))

    def noting(self, notice: str) -> "Inferred":
        """The same geometry with one more notice."""
        evidence = replace(self.evidence, notices=(*self.evidence.notices, notice))
        parts = self.rules, self.placed, self.frame, self.source, self._silicon_columns, self._tile_columns
        return Inferred(evidence, *parts)

    def unseen_borders(self, layer: int) -> np.ndarray:
        """Hexagons of a layer's lattice: those not seen, or all of them if positions are coarsened."""
        if not self.coarsened or layer not in self.lattices:
            return super().unseen_borders(layer)
        r = np.abs(self.placed.centre[self.evidence.silicon.layer == layer])
        lattice = self.lattices[layer]
        centres = lattice.centres(*lattice.sites(r.min(), r.max()))
        return borders.hexagons(centres, lattice.turn, c.PITCH)

    def grown(self, cells: pd.DataFrame | Mapping[str, np.ndarray]) -> "Inferred":
        """The geometry extended by further trigger cells; itself where they add nothing.

        Wafers with certain placement do not change. A complete geometry does not grow.

        Parameters
        ----------
        cells : as for `Geometry.from_positions`
        """
        if self.complete:
            return self
        columns = {name: np.asarray(cells[name]) for name in cells}
        number = self.find(*(columns[name] for name in ("layer", "waferu", "waferv", "cellu", "cellv")))
        unexplained = ~self.agrees(number, columns["x"], columns["y"], columns["z"])
        if not unexplained.any():
            return self
        rows = {name: values[unexplained] for name, values in columns.items()}
        try:
            new = evidence_of(rows, self.source)
        except GeometryError:  # none of them can be a trigger cell
            return self
        evidence = merged(self.evidence, new)
        if evidence is self.evidence:
            return self
        rules, frame = self.rules, self.frame
        if set(new.layers.tolist()) - set(self.evidence.layers.tolist()):
            if len(evidence.z) > MUCH_MORE * frame.n_cells:
                rules, placed = infer(evidence.silicon, evidence.is_cee)
                return built(evidence, rules, self._kept(evidence, placed), self.source)
            rules = with_layers(rules, evidence.silicon, evidence.is_cee)
            frame = _frame(evidence, rules, frame.n_cells)
        return self._extended(evidence, new, rules, frame)

    def _kept(self, evidence: Evidence, placed: Placed) -> Placed:
        """New placements, except for the wafers whose placement was certain before."""
        seen = evidence.silicon
        row = self._lookup.wafer(seen.layer, seen.waferu, seen.waferv)
        kept = np.flatnonzero((row >= 0) & self.placed.certain[row])
        return Placed(
            *(_with(now, kept, then[row[kept]]) for now, then in zip(placed, self.placed, strict=True))
        )

    def _extended(self, evidence: Evidence, new: Evidence, rules: Rules, frame: Frame) -> "Inferred":
        """The geometry of more evidence with its rules and frame; only the wafers of new cells are placed."""
        seen = evidence.silicon
        row = self._lookup.wafer(seen.layer, seen.waferu, seen.waferv)
        touched = np.isin(seen.wafer_key, new.silicon.wafer_key)
        again = touched & ~((row >= 0) & self.placed.certain[row])
        before = self.evidence.silicon
        anchors = self.placed.certain & (before.n_cells >= inference.ANCHOR_CELLS)
        some = inference.place(seen.only(again), rules, (before.only(anchors), self.placed.middle[anchors]))
        placed = Placed(
            *(
                _with(then[np.maximum(row, 0)], np.flatnonzero(again), now)
                for then, now in zip(self.placed, some, strict=True)
            )
        )
        fresh = _silicon(evidence, rules, placed, frame, touched)
        old = self._silicon_columns
        new_row = np.full(len(self.placed.centre), -1, dtype=np.int32)
        new_row[row[row >= 0]] = np.flatnonzero(row >= 0)
        stay = ~touched[new_row[old["wafer"]]]
        kept = {name: values[stay] for name, values in old.items()}
        kept["wafer"] = new_row[kept["wafer"]]
        silicon = {name: np.concatenate([kept[name], fresh[name]]) for name in kept}
        tiles = self._tile_columns
        if len(new.tile["layer"]) or frame is not self.frame:
            tiles = _tiles(evidence, frame)
        grown = Inferred(evidence, rules, placed, frame, self.source, silicon, tiles)
        changed = set(new.layers.tolist())
        grown.outlines.keep(self.outlines, changed)
        grown._borders = {n: kept for n, kept in self._borders.items() if n not in changed}
        return grown


@makes_geometry_of("positions")
def from_positions(
    cells: pd.DataFrame | Mapping[str, np.ndarray],
    source: str,
    complete: bool = False,
    notices: tuple[str, ...] = (),
) -> Inferred:
    """See `Geometry.from_positions`.

    Parameters
    ----------
    complete, notices : see `Evidence`
    """
    evidence = replace(evidence_of(cells, source), complete=complete, notices=notices)
    return built(evidence, *infer(evidence.silicon, evidence.is_cee), source)


def built(evidence: Evidence, rules: Rules, placed: Placed, source: str) -> Inferred:
    """The geometry that follows from the evidence, with its rules and placements."""
    frame = _frame(evidence, rules, len(evidence.z))
    every = np.ones(len(placed.centre), dtype=bool)
    silicon = _silicon(evidence, rules, placed, frame, every)
    return Inferred(evidence, rules, placed, frame, source, silicon, _tiles(evidence, frame))


def _frame(evidence: Evidence, rules: Rules, n_cells: int) -> Frame:
    """The frame that follows from the layers that were seen."""
    layer_z, tile_z = planes(evidence)
    family = versions.recognise(layer_z)
    if family is not None:  # it has the planes of layers that were not seen
        more = np.full(family.n_layers + 1 - len(layer_z), np.nan)
        layer_z, tile_z = np.r_[layer_z, more], np.r_[tile_z, more]
        layer_z = np.where(np.isnan(layer_z), family.layer_z, layer_z)
        tile_z = np.where(np.isnan(tile_z), family.tile_z, tile_z)
    return Frame(layer_z, tile_z, family, rules.coarsened, n_cells)


def _silicon(evidence: Evidence, rules: Rules, placed: Placed, frame: Frame, some: np.ndarray) -> dict:
    """Columns of the cells of some wafers, with the rows of these among all wafers."""
    seen = evidence.silicon
    wanted = some & (not evidence.complete)
    whole = among_whole(seen.n_cells == N_CELLS, seen.layer, placed.centre, wanted)
    at_rim = directions_of_rim(seen, rules.lattices, wanted)
    placed_some = Placed(*(values[some] for values in placed))
    columns = silicon_cells(
        seen.only(some),
        placed_some,
        rules,
        whole[some],
        at_rim[some],
        frame.coarsened,
        evidence.complete,
    )
    return columns | {"wafer": np.flatnonzero(some).astype(np.int32)[columns["wafer"]]}


def _tiles(evidence: Evidence, frame: Frame) -> tuple:
    """The rings, and the columns of their cells."""
    of_rings = rings_of(evidence.tile, len(frame.layer_z) - 1)
    return of_rings, tile_cells(evidence.tile, of_rings, frame.tile_z, evidence.complete)


def _with(values: np.ndarray, rows: np.ndarray, new: np.ndarray) -> np.ndarray:
    """A copy of `values` that has `new` in some rows."""
    out = values.copy()
    out[rows] = new
    return out


def _last_of_cee(evidence: Evidence) -> int:
    """Last layer of CE-E as far as is known: the one before the first seen in CE-H, or the last one seen."""
    behind = [layer for layer, cee in evidence.cee.items() if not cee]
    return min(behind) - 1 if behind else int(evidence.layers.max(initial=0))


def _version(evidence: Evidence, rules: Rules, placed: Placed, family: Family | None) -> str:
    """Name of the version, see `versions.name_of`."""
    turned = np.zeros(int(evidence.layers.max(initial=0)) + 1, dtype=int)
    for layer, lattice in rules.lattices.items():
        turned[layer] = lattice.turn
    turn = turned[evidence.silicon.layer]
    return versions.name_of(family, placed.placement[placed.certain], turn[placed.certain], rules.displaced)


def _notices(evidence: Evidence, frame: Frame) -> list[str]:
    notices = list(evidence.notices)
    if evidence.left_out:
        words = counted(evidence.left_out, "trigger cell has", "trigger cells have")
        notices.append(f"{words} indices or a position that no trigger cell can have.")
    if frame.coarsened:
        notices.append(
            "The positions in this file are not those of single trigger cells but means of several, as "
            "CMSSW's coarsening writes them: each signal is drawn as one trigger cell about its own position."
        )
    planes = np.r_[frame.layer_z, frame.tile_z]
    low, high = np.nanmin(planes), np.nanmax(planes)
    if low < c.FRONT or high > c.BACK:
        notices.append(
            f"The calorimeter is at |z| from {c.FRONT:.0f} to {c.BACK:.0f} cm, these trigger cells at "
            f"{low:.4g} to {high:.4g} cm: their positions are perhaps in another unit."
        )
    return notices + _missing_layers(evidence, frame.family)


def _missing_layers(evidence: Evidence, family: Family | None) -> list[str]:
    """Notices of layers that the trigger reads but in which no cell was seen, between two with many."""
    if family is None:
        return []
    n = np.bincount(evidence.silicon.layer[evidence.silicon.wafer], minlength=family.n_layers + 2)
    notices = []
    disconnected = set(range(2, c.N_CEE + 1, 2))  # V11's list
    for layer in family.trigger_layers[1:-1]:
        around = min(n[layer - 1], n[layer + 1]) if layer > family.n_cee + 1 else 0
        if n[layer] == 0 and around >= versions.ENOUGH_WAFERS:
            why = ""
            if layer in disconnected:
                why = ": the file was probably made with V11's list of disconnected layers, which has it"
            where = f"Layer {layer}, number {layer - family.n_cee} of CE-H,"
            notices.append(f"{where} has no trigger cells in this file{why}.")
    return notices
