"""The selection: a trigger cell, a cluster, or a part of one of the chain's stages."""

from typing import Any

import numpy as np
import param

from ...chain import ChainParameters, ChainResult
from ...chain.cells import Cells, passing
from ...chain.coarse_seeding import lattice
from ...chain.histogram import Binning, bins
from ...chain.triangular_lattice import Lattice
from ...chain.xy_seeding import bins as xy_bins
from ...geometry.constants import BETWEEN_COMPARTMENTS, NO_WAFER
from .chain import NONE, Chain
from .cuts import Cuts
from .derived import Reactive, derived, follows
from .shown import ShownEvent

MODULE, POINT, XY, HEXAGON = "module", "point", "xy", "hexagon"
# Parameters on which the cells of a bin or module depend:
OF_PARTS = ("chain", "base", "xy", "triangular", "legacy", "coarse_layers", "cs")
NOTHING = {"selected": NONE, "cluster": NONE, "part": None, "chosen": 0, "tab": "clusters"}


class Selection(Reactive):
    """The selected trigger cell, cluster and part of a stage."""

    selected = param.Integer(NONE, doc="Number of the selected trigger cell, -1: none")
    cluster = param.Integer(
        NONE, doc="Selected row of `result.clusters`, in A | B of `comparison.table`; -1 for none"
    )
    part = param.ClassSelector(
        class_=tuple,
        doc="Selected part of a stage: (R/z bin, phi bin), ('xy', x bin, y bin), ('module', waferu, waferv), "
        "('point', U, V) or ('hexagon', rows, columns from the lattice's middle)",
    )
    tab = param.Selector(
        default="clusters",
        objects=["clusters", "cell"],
        doc="What was selected last, of those that have one place on the page",
    )

    def __init__(self, shown: ShownEvent, cuts: Cuts, chain: Chain, **values: Any) -> None:
        self.shown, self.cuts, self.chain = shown, cuts, chain
        super().__init__(shown, cuts, chain, **values)

    # -- the trigger cell --------------------------------------------------------------------------------

    @derived("shown.in_endcap", "shown.loaded", "selected")
    def selected_row(self) -> int:
        """Row of the selected trigger cell in the event, -1 if the event has no signal in it."""
        return self._row_of(self.selected)

    def _row_of(self, number: int) -> int:
        rows = self.shown.in_endcap
        rows = rows[self.shown.loaded.number[rows] == number] if number >= 0 else []
        return int(rows[0]) if len(rows) else NONE

    def select(self, number: int) -> None:
        """Select a trigger cell (-1: none) and show its layer in the 2D map.

        A selected part of a stage is deselected; a selected cluster is replaced by that of the cell.
        """
        if number < 0:
            self.param.update(selected=NONE, tab="clusters")
            return
        changes = {"selected": int(number), "part": None, "tab": "cell"}
        if self.cells_of_cluster is not None:
            changes["cluster"] = self._table_row(self._row_of(number))
        with self.graph.together():
            self.cuts.layer = int(self.shown.geometry.column("layer")[number])
            self.param.update(**changes)

    def select_at(self, x: float, y: float) -> None:
        """Select the trigger cell of the map's layer that covers (x, y) [cm]; deselect if there is none."""
        geometry = self.shown.geometry
        z = geometry.layer_z[self.cuts.layer] * self.shown.side
        self.select(int(geometry.covering(x, y, z)[0]))

    # -- the cluster -------------------------------------------------------------------------------------

    @follows("cluster", "chain.comparison", "chain.result")
    def selected_clusters(self) -> list[tuple[ChainResult, int]]:
        """The selected clusters as (result, row): one, or a pair of A and B."""
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
        """Whether `cluster` is a row of the displayed table."""
        if not self.shown.loaded.has_trigger_cells:
            return self.cluster < len(self.shown.file_clusters["pt"])
        return self.cells_of_cluster is not None

    @follows("cluster", "selected_cells")
    def cells_of_cluster(self) -> np.ndarray | None:
        """Whether each trigger cell is in the selected cluster of A or B, bool; None without a selection."""
        return None if self.cluster < 0 else self.selected_cells  # without a selection no chain has to run

    @derived("cluster", "chain.comparison", "chain.result", "chain.chain_rows", "shown.loaded")
    def selected_cells(self) -> np.ndarray | None:
        """`cells_of_cluster` if `cluster` is not -1."""
        pairs = self.selected_clusters
        if not pairs:
            return None
        mine = np.zeros(len(self.shown.loaded.layer), dtype=bool)
        for result, row in pairs:
            if result.shared:
                shares = result.cluster_shares
                mine[self.chain.chain_rows[shares["cell"][shares["cluster"] == row]]] = True
            else:
                mine[self.chain.chain_rows] |= result.cluster_of_cell == row
        return mine

    def clusters_of(self, row: int) -> dict[str, int]:
        """Row of the cluster that contains a trigger cell, by the name of each displayed set; -1 for none.

        Of a shared cell it is the cluster of the largest share.

        Parameters
        ----------
        row : row of the event, -1 for no signal
        """
        index = self._of_chain(row)
        return {
            name: int(result.cluster_of_cell[index]) if index >= 0 else NONE
            for name, result in self.chain.shown_results.items()
        }

    def shares_of(self, row: int) -> dict[str, list[tuple[int, float]]]:
        """Clusters that have a share of a trigger cell, the largest first, by the name of each displayed set.

        Parameters
        ----------
        row : row of the event, -1 for no signal
        """
        index = self._of_chain(row)
        found: dict[str, list[tuple[int, float]]] = {}
        for name, result in self.chain.shown_results.items():
            if index < 0 or not result.shared:
                cluster = NONE if index < 0 else int(result.cluster_of_cell[index])
                found[name] = [(cluster, 1.0)] if cluster >= 0 else []
                continue
            mine = result.cluster_shares[result.cluster_shares["cell"] == index]
            mine = mine.sort_values("share", ascending=False, kind="stable")
            found[name] = list(zip(mine["cluster"].tolist(), mine["share"].tolist(), strict=True))
        return found

    def _of_chain(self, row: int) -> int:
        """Row of the chain's input for a row of the event; -1 for one that is not in it."""
        rows = self.chain.chain_rows
        index = int(np.searchsorted(rows, row))
        return index if row >= 0 and index < len(rows) and rows[index] == row else NONE

    def _table_row(self, row: int) -> int:
        """Row of the displayed table with the cluster of a trigger cell, preferably of A; -1 for none."""
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
        """Rows of the event in the selected part of a stage, int64; empty without a selected part."""
        if self.part is None:
            return np.zeros(0, dtype=np.int64)
        rows, table, parameters = self.chain.chain_rows, self.chain.chain_table, self.chain.parameters
        kind, *indices = self.part
        used = passing(table["mipPt"], parameters.tc_threshold)
        if kind in (MODULE, POINT):
            columns = table["waferu"], table["waferv"]
            if kind == POINT:
                columns = lattice(*columns, table["cellu"], table["cellv"])
            mine = np.isin(table["layer"], parameters.summed_layers) & (table["waferu"] != NO_WAFER)
            mine &= used & (np.abs(table["z"]) < BETWEEN_COMPARTMENTS)
            return rows[mine & (columns[0] == indices[0]) & (columns[1] == indices[1])]
        if kind == XY:
            cells = Cells.of(table, legacy=parameters.legacy)
            mine = np.zeros(len(rows), dtype=bool)
            mine[cells.row] = xy_bins(cells, parameters.xy) == indices[0] * parameters.xy.n_y + indices[1]
            return rows[used & mine]
        if kind == HEXAGON:
            cells, own = Cells.of(table, legacy=parameters.legacy), Lattice(parameters.triangular.side)
            mine = np.zeros(len(rows), dtype=bool)
            mine[cells.row] = own.within(cells.x_over_z, cells.y_over_z, *indices)
            return rows[used & mine]
        binning = Binning.of(parameters.base, parameters.legacy)
        rz_bin, phi_bin, inside = bins(table["x"], table["y"], table["z"], binning, table["mipPt"])
        return rows[used & inside & (rz_bin == self.part[0]) & (phi_bin == self.part[1])]

    @follows("part", "part_rows")
    def _rows_of_part(self) -> np.ndarray | None:
        return None if self.part is None else self.part_rows  # without a selection no chain has to run

    @derived("selected", "_rows_of_part", "shown.loaded")
    def marked(self) -> np.ndarray:
        """Numbers of the outlined trigger cells, int64: those of the selected part, else the selected one."""
        if self._rows_of_part is None:
            return np.array([self.selected] if self.selected >= 0 else [], dtype=np.int64)
        numbers = self.shown.loaded.number[self._rows_of_part]
        return numbers[numbers >= 0]

    def select_part(self, *part: int | str) -> None:
        """Select a part of a stage with its trigger cells; selecting it again deselects it."""
        wanted = tuple(value if isinstance(value, str) else int(value) for value in part)
        self.part = None if self.part == wanted else wanted

    def kept_in(self, parameters: ChainParameters) -> dict[str, Any]:
        """Changes that clear the selection as far as it is invalid for another set of parameters.

        Parameters
        ----------
        parameters : the set that the panes will show
        """
        before = self.chain.parameters
        kept = all(getattr(parameters, name) == getattr(before, name) for name in OF_PARTS)
        return {"cluster": NONE} | ({} if kept else {"part": None})
