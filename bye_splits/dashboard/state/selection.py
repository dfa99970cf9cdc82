"""What is selected: a trigger cell, a cluster, or a part of one of the chain's stages."""

import numpy as np
import param

from ...chain import ChainResult
from ...chain.coarse_seeding import lattice
from ...chain.histogram import Binning, bins
from ...geometry.constants import BETWEEN_COMPARTMENTS, NO_WAFER
from .chain import NONE, ChainState
from .derived import derived

MODULE, POINT = "module", "point"
NOTHING = {"selected": NONE, "cluster": NONE, "part": None, "chosen": 0}


class SelectionState(ChainState):
    """The selection's part of a display's state.

    The subclass has `loaded`, `geometry`, `layer` and what follows from them.
    """

    selected = param.Integer(NONE, doc="Number of the selected trigger cell, -1: none")
    cluster = param.Integer(
        NONE, doc="Selected row of `result.clusters`, in A | B of `comparison.table`; -1 for none"
    )
    part = param.ClassSelector(
        class_=tuple,
        doc="Selected part of a stage: (R/z bin, phi bin), ('module', waferu, waferv) or ('point', U, V)",
    )

    # -- the trigger cell --------------------------------------------------------------------------------

    @derived("loaded", "endcap", "selected")
    def selected_row(self) -> int:
        """Row of the selected trigger cell in the event, -1 where the event has no signal in it."""
        return self._row_of(self.selected)

    def _row_of(self, number: int) -> int:
        rows = self.in_endcap[self.loaded.number[self.in_endcap] == number] if number >= 0 else []
        return int(rows[0]) if len(rows) else NONE

    def select(self, number: int) -> None:
        """Select a trigger cell (-1: none); the 2D map goes to its layer.

        It takes the place of a selected part of a stage, and its cluster that of a selected cluster.
        """
        if number < 0:
            self.selected = NONE
            return
        changes = {"selected": int(number), "part": None}
        changes["layer"] = int(self.geometry.column("layer")[number])
        if self.cells_of_cluster is not None:
            changes["cluster"] = self._table_row(self._row_of(number))
        self.param.update(**changes)

    def select_at(self, x: float, y: float) -> None:
        """Select the trigger cell of the 2D map's layer that covers (x, y) [cm]; none where there is none."""
        z = self.geometry.layer_z[self.layer] * self.side
        self.select(int(self.geometry.covering(x, y, z)[0]))

    # -- the cluster -------------------------------------------------------------------------------------

    @property
    def selected_clusters(self) -> list[tuple[ChainResult, int]]:
        """Results and rows of their clusters that are selected: one, or a pair of A and B."""
        if self.comparison is None:
            return [(self.result, self.cluster)] if 0 <= self.cluster < len(self.result.clusters) else []
        if not 0 <= self.cluster < len(self.comparison.table):
            return []
        row = self.comparison.table.iloc[self.cluster]
        pair = [(self.result_a, int(row["a"])), (self.result_b, int(row["b"]))]
        return [(result, of_result) for result, of_result in pair if of_result >= 0]

    @property
    def has_cluster(self) -> bool:
        """Whether `cluster` is a row of the table that is shown."""
        if not self.loaded.has_trigger_cells:
            return self.cluster < len(self.file_clusters["pt"])
        return self.cells_of_cluster is not None

    @property
    def cells_of_cluster(self) -> np.ndarray | None:
        """Whether each trigger cell is in the selected cluster, of A or of B, bool; None without."""
        return None if self.cluster < 0 else self.selected_cells  # without one, no chain has to run

    @derived("cluster", "comparison", "result", "chain_rows", "loaded")
    def selected_cells(self) -> np.ndarray | None:
        """`cells_of_cluster` where `cluster` is a number."""
        pairs = self.selected_clusters
        if not pairs:
            return None
        mine = np.zeros(len(self.loaded.layer), dtype=bool)
        for result, row in pairs:
            mine[self.chain_rows] |= result.cluster_of_cell == row
        return mine

    def clusters_of(self, row: int) -> dict[str, int]:
        """Row of the cluster that holds a trigger cell, by the name of each shown set; -1 for none.

        Parameters
        ----------
        row : of the event, -1 for no signal
        """
        place = int(np.searchsorted(self.chain_rows, row))
        known = row >= 0 and place < len(self.chain_rows) and self.chain_rows[place] == row
        return {
            name: int(result.cluster_of_cell[place]) if known else NONE for name, result, _ in self.shown_sets
        }

    def _table_row(self, row: int) -> int:
        """Row of the shown table that has the cluster of a trigger cell, that of A first; -1 for none."""
        of_set = self.clusters_of(row)
        if self.comparison is None:
            return next(iter(of_set.values()))
        for name, cluster in of_set.items():
            if cluster >= 0:
                return int(np.flatnonzero(self.comparison.table[name.lower()] == cluster)[0])
        return NONE

    @derived("near", "classes_if_shown", "cells_of_cluster")
    def mip_per_class(self) -> np.ndarray | None:
        """Sum of mipPt by class and layer near the particle, float64, shape (n, n_layers + 1).

        Of the selected cluster alone, where there is one, as the only row where there are no classes; None
        without both.
        """
        classes, mine, rows = self.classes_if_shown, self.cells_of_cluster, self.near
        if classes is None and mine is None:
            return None
        if mine is not None:
            rows = rows[mine[rows]]
        layers = self.geometry.n_layers + 1
        n, place = 1, self.loaded.layer[rows].astype(np.int64)
        if classes is not None:
            n, place, rows = len(self.class_palette), place[classes[rows] >= 0], rows[classes[rows] >= 0]
            place = place + layers * classes[rows]
        weights = self.loaded.value["mipPt"][rows]
        return np.bincount(place, weights=weights, minlength=n * layers).reshape(n, layers)

    # -- a part of a stage -------------------------------------------------------------------------------

    @derived("chain_rows", "part", "result")
    def part_rows(self) -> np.ndarray:
        """Rows of the event in the selected part of a stage, int64; none without."""
        if self.part is None:
            return np.zeros(0, dtype=np.int64)
        table, parameters = self.chain_table, self.parameters
        kind, *place = self.part
        if kind in (MODULE, POINT):
            found = table["waferu"], table["waferv"]
            if kind == POINT:
                found = lattice(*found, table["cellu"], table["cellv"])
            mine = np.isin(table["layer"], parameters.summed_layers) & (table["waferu"] != NO_WAFER)
            mine &= np.abs(table["z"]) < BETWEEN_COMPARTMENTS
            return self.chain_rows[mine & (found[0] == place[0]) & (found[1] == place[1])]
        binning = Binning.of(parameters.base, parameters.legacy)
        rz_bin, phi_bin, inside = bins(*(table[name] for name in "xyz"), binning, table["mipPt"])
        return self.chain_rows[inside & (rz_bin == self.part[0]) & (phi_bin == self.part[1])]

    @property
    def marked(self) -> np.ndarray:
        """Numbers of the outlined trigger cells: of the selected part, else the selected one, int64."""
        if self.part is None:
            return np.array([self.selected] if self.selected >= 0 else [], dtype=np.int64)
        numbers = self.loaded.number[self.part_rows]
        return numbers[numbers >= 0]

    def select_part(self, *part) -> None:
        """Select a part of a stage, and with it its trigger cells; the same one again unselects it."""
        wanted = tuple(value if isinstance(value, str) else int(value) for value in part)
        self.part = None if self.part == wanted else wanted
