"""What is selected: a trigger cell, a cluster, or a part of one of the chain's stages."""

from typing import Any

import numpy as np
import param

from ...chain import ChainParameters, ChainResult
from ...chain.coarse_seeding import lattice
from ...chain.histogram import Binning, bins
from ...geometry.constants import BETWEEN_COMPARTMENTS, NO_WAFER
from .chain import NONE, Chain
from .cuts import Cuts
from .derived import Reactive, derived, follows
from .shown import ShownEvent

MODULE, POINT = "module", "point"
# Parameters that a bin's or module's cells depend on:
OF_PARTS = ("chain", "base", "legacy", "coarse_layers", "cs")
NOTHING = {"selected": NONE, "cluster": NONE, "part": None, "chosen": 0}


class Selection(Reactive):
    """A trigger cell, which brings the 2D map to its layer, a cluster, or a part of a stage."""

    selected = param.Integer(NONE, doc="Number of the selected trigger cell, -1: none")
    cluster = param.Integer(
        NONE, doc="Selected row of `result.clusters`, in A | B of `comparison.table`; -1 for none"
    )
    part = param.ClassSelector(
        class_=tuple,
        doc="Selected part of a stage: (R/z bin, phi bin), ('module', waferu, waferv) or ('point', U, V)",
    )

    def __init__(self, shown: ShownEvent, cuts: Cuts, chain: Chain, **values: Any) -> None:
        self.shown, self.cuts, self.chain = shown, cuts, chain
        super().__init__(shown, cuts, chain, **values)

    # -- the trigger cell --------------------------------------------------------------------------------

    @derived("shown.in_endcap", "shown.loaded", "selected")
    def selected_row(self) -> int:
        """Row of the selected trigger cell in the event, -1 where the event has no signal in it."""
        return self._row_of(self.selected)

    def _row_of(self, number: int) -> int:
        rows = self.shown.in_endcap
        rows = rows[self.shown.loaded.number[rows] == number] if number >= 0 else []
        return int(rows[0]) if len(rows) else NONE

    def select(self, number: int) -> None:
        """Select a trigger cell (-1: none); the 2D map goes to its layer.

        It takes the place of a selected part of a stage, and its cluster that of a selected cluster.
        """
        if number < 0:
            self.selected = NONE
            return
        changes = {"selected": int(number), "part": None}
        if self.cells_of_cluster is not None:
            changes["cluster"] = self._table_row(self._row_of(number))
        with self.graph.together():
            self.cuts.layer = int(self.shown.geometry.column("layer")[number])
            self.param.update(**changes)

    def select_at(self, x: float, y: float) -> None:
        """Select the trigger cell of the 2D map's layer that covers (x, y) [cm]; none where there is none."""
        geometry = self.shown.geometry
        z = geometry.layer_z[self.cuts.layer] * self.shown.side
        self.select(int(geometry.covering(x, y, z)[0]))

    # -- the cluster -------------------------------------------------------------------------------------

    @follows("cluster", "chain.comparison", "chain.result")
    def selected_clusters(self) -> list[tuple[ChainResult, int]]:
        """Results and rows of their clusters that are selected: one, or a pair of A and B."""
        chain = self.chain
        if chain.comparison is None:
            n = len(chain.result.clusters)
            return [(chain.result, self.cluster)] if 0 <= self.cluster < n else []
        if not 0 <= self.cluster < len(chain.comparison.table):
            return []
        row = chain.comparison.table.iloc[self.cluster]
        pair = [(chain.result_a, int(row["a"])), (chain.result_b, int(row["b"]))]
        return [(result, of_result) for result, of_result in pair if of_result >= 0]

    @property
    def has_cluster(self) -> bool:
        """Whether `cluster` is a row of the table that is shown."""
        if not self.shown.loaded.has_trigger_cells:
            return self.cluster < len(self.shown.file_clusters["pt"])
        return self.cells_of_cluster is not None

    @follows("cluster", "selected_cells")
    def cells_of_cluster(self) -> np.ndarray | None:
        """Whether each trigger cell is in the selected cluster, of A or of B, bool; None without."""
        return None if self.cluster < 0 else self.selected_cells  # without one, no chain has to run

    @derived("cluster", "chain.comparison", "chain.result", "chain.chain_rows", "shown.loaded")
    def selected_cells(self) -> np.ndarray | None:
        """`cells_of_cluster` where `cluster` is a number."""
        pairs = self.selected_clusters
        if not pairs:
            return None
        mine = np.zeros(len(self.shown.loaded.layer), dtype=bool)
        for result, row in pairs:
            mine[self.chain.chain_rows] |= result.cluster_of_cell == row
        return mine

    def clusters_of(self, row: int) -> dict[str, int]:
        """Row of the cluster that holds a trigger cell, by the name of each shown set; -1 for none.

        Parameters
        ----------
        row : of the event, -1 for no signal
        """
        rows = self.chain.chain_rows
        place = int(np.searchsorted(rows, row))
        known = row >= 0 and place < len(rows) and rows[place] == row
        return {
            name: int(result.cluster_of_cell[place]) if known else NONE
            for name, result in self.chain.shown_results.items()
        }

    def _table_row(self, row: int) -> int:
        """Row of the shown table that has the cluster of a trigger cell, that of A first; -1 for none."""
        of_set = self.clusters_of(row)
        comparison = self.chain.comparison
        if comparison is None:
            return next(iter(of_set.values()))
        for name, cluster in of_set.items():
            if cluster >= 0:
                return int(np.flatnonzero(comparison.table[name.lower()] == cluster)[0])
        return NONE

    # -- a part of a stage -------------------------------------------------------------------------------

    @derived("chain.chain_rows", "part", "chain.result")
    def part_rows(self) -> np.ndarray:
        """Rows of the event in the selected part of a stage, int64; none without."""
        if self.part is None:
            return np.zeros(0, dtype=np.int64)
        rows, table, parameters = self.chain.chain_rows, self.chain.chain_table, self.chain.parameters
        kind, *place = self.part
        if kind in (MODULE, POINT):
            found = table["waferu"], table["waferv"]
            if kind == POINT:
                found = lattice(*found, table["cellu"], table["cellv"])
            mine = np.isin(table["layer"], parameters.summed_layers) & (table["waferu"] != NO_WAFER)
            mine &= np.abs(table["z"]) < BETWEEN_COMPARTMENTS
            return rows[mine & (found[0] == place[0]) & (found[1] == place[1])]
        binning = Binning.of(parameters.base, parameters.legacy)
        rz_bin, phi_bin, inside = bins(table["x"], table["y"], table["z"], binning, table["mipPt"])
        return rows[inside & (rz_bin == self.part[0]) & (phi_bin == self.part[1])]

    @follows("part", "part_rows")
    def _rows_of_part(self) -> np.ndarray | None:
        return None if self.part is None else self.part_rows  # without one, no chain has to run

    @derived("selected", "_rows_of_part", "shown.loaded")
    def marked(self) -> np.ndarray:
        """Numbers of the outlined trigger cells: of the selected part, else the selected one, int64."""
        if self._rows_of_part is None:
            return np.array([self.selected] if self.selected >= 0 else [], dtype=np.int64)
        numbers = self.shown.loaded.number[self._rows_of_part]
        return numbers[numbers >= 0]

    def select_part(self, *part: int | str) -> None:
        """Select a part of a stage, and with it its trigger cells; the same one again unselects it."""
        wanted = tuple(value if isinstance(value, str) else int(value) for value in part)
        self.part = None if self.part == wanted else wanted

    def kept_in(self, parameters: ChainParameters) -> dict[str, Any]:
        """Changes that drop what can not stay selected where the panes go over to another set.

        Parameters
        ----------
        parameters : the set that they go over to
        """
        before = self.chain.parameters
        kept = all(getattr(parameters, name) == getattr(before, name) for name in OF_PARTS)
        return {"cluster": NONE} | ({} if kept else {"part": None})
