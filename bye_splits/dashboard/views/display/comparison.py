"""Comparison of A with B: matched clusters, and the changes of the trigger cells."""

import numpy as np
import panel as pn
from bokeh.models import TableColumn
from panel.viewable import Viewable

from ....chain.comparison import CATEGORIES, Comparison
from ...figures.cluster_colours import CHANGE_COLOURS, SET_COLOURS
from ...page.template import asset
from ...views.display.table import Rows
from ..shared.base import draws
from ..shared.words import swatch, thousands, tip_of
from .table import ClusterRows, number, numbered

ALL = "all cells"  # of the chain, whatever the display threshold is
NO_B = '<p class="hint">There is no set B to compare with.</p>'


class ComparisonTable(ClusterRows):
    """Clusters of A with their partners in B; the changes of the trigger cells are listed below.

    Selecting a row selects its cluster of A and its partner in B.
    """

    style = ".slick-header-column:nth-child(2) .slick-column-name { text-align: left; padding-left: 2px; }"

    def build(self) -> None:
        self.legend = pn.pane.HTML(margin=0, sizing_mode="stretch_width", stylesheets=[asset("clusters.css")])
        super().build()

    def __panel__(self) -> Viewable:
        return pn.Column(self.pane, self.legend, sizing_mode="stretch_both", margin=0)

    @property
    def panes(self) -> list[Viewable]:
        """The table, and the totals below it."""
        return [self.pane, self.legend]

    def columns(self) -> list[TableColumn]:
        return [
            numbered("a", "A", 30, "colour_a"),
            numbered("b", "B", 30, "colour_b"),
            number("pt_a", "pT A [GeV]", 1, 32),
            number("pt_b", "pT B [GeV]", 1, 32),
            number("shared", "in B [%]", 0, 26),
            number("delta_energy", "\u0394E [GeV]", 1, 39, signed=True),
            number("delta_eta", "\u0394\u03b7", 3, 42, signed=True),
            number("delta_phi", "\u0394\u03c6", 3, 42, signed=True),
        ]

    @draws("chain.comparison", "shown.endcap")
    def rows(self) -> Rows:
        comparison = self.state.chain.comparison
        if comparison is None:
            return np.zeros(0, dtype=np.int64), {}
        table = {name: column.to_numpy() for name, column in comparison.table.items()}
        colours = {
            f"colour_{name}": [colour] * len(table["a"])
            for name, colour in zip("ab", SET_COLOURS, strict=True)
        }
        return np.arange(len(table["a"])), table | {"shared": 100 * table["shared"]} | colours

    @draws("chain.comparison", "colours.by_class")
    def totals(self) -> None:
        """Changes of the trigger cells, below the table."""
        comparison = self.state.chain.comparison
        words = "" if comparison is None else self._totals(comparison)
        if self.legend.object != words:
            self.legend.object = words

    def nothing(self) -> str:
        return (
            NO_B
            if self.state.chain.comparison is None
            else '<p class="hint">No clusters in A and none in B.</p>'
        )

    def _totals(self, comparison: Comparison) -> str:
        """Numbers and energies of the trigger cells by category of change, with its colour if shown."""
        energy = self.state.shown.loaded.value["energy"][self.state.chain.chain_rows]
        cells, gev = comparison.totals(), comparison.totals(energy)
        shown = [
            (name, n, e) for name, n, e in zip(CATEGORIES, cells, gev, strict=True) if name in CHANGE_COLOURS
        ]
        by_class = self.state.colours.by_class
        names = "".join(
            f"<th>{swatch(CHANGE_COLOURS[name] if by_class else None)}{name}</th>" for name, *_ in shown
        )
        numbers = "".join(f"<td>{thousands(int(n))}</td>" for _, n, _ in shown)
        energies = "".join(f"<td>{e:.1f}</td>" for *_, e in shown)
        return (
            f'<table class="legend" {tip_of(ALL)}><tr><th>{ALL}</th>{names}</tr>'
            f"<tr><th>TCs</th>{numbers}</tr><tr><th>GeV</th>{energies}</tr></table>"
        )
