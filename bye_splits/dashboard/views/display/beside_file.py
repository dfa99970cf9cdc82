"""The clusters of the file beside those of the displayed set."""

import numpy as np
import panel as pn
from bokeh.models import TableColumn
from panel.viewable import Viewable

from ....angles import wrapped
from ....counting import counted
from ....studies.own_clusters import KINDS, numbers
from ...figures.cluster_colours import KIND_COLOURS, KIND_WORDS
from ...page.template import asset
from ...views.display.table import Rows
from ..shared.base import draws
from ..shared.words import swatch
from .table import ClusterRows, number, numbered, words


class BesideFileTable(ClusterRows):
    """Clusters of the displayed set with those of the file that are near them; below, the numbers by kind."""

    style = ".slick-header-column:nth-child(2) .slick-column-name { text-align: left; }"

    def build(self) -> None:
        self.legend = pn.pane.HTML(margin=0, sizing_mode="stretch_width", stylesheets=[asset("clusters.css")])
        super().build()

    @property
    def panes(self) -> list[Viewable]:
        """The table, and the numbers below it."""
        return [self.pane, self.legend]

    def columns(self) -> list[TableColumn]:
        return [
            numbered("chain", "#", 38),
            words("kind", "file", 42),
            number("pt_file", "pT file [GeV]", 1, 50),
            number("pt_chain", "pT [GeV]", 1, 36),
            number("delta_pt", "\u0394pT [%]", 2, 38, signed=True),
            number("delta_eta", "\u0394\u03b7", 4, 42, signed=True),
            number("delta_phi", "\u0394\u03c6", 4, 42, signed=True),
            number("n_cells_file", "TCs file", 0, 32),
            number("n_cells_chain", "TCs", 0, 28),
        ]

    @draws("file_pairs", "colours.seed_colours", "shown.endcap")
    def rows(self) -> Rows:
        pairs, colours = self.state.file_pairs, self.state.colours.seed_colours
        order = np.argsort(-pairs["pt_file"].fillna(pairs["pt_chain"]).to_numpy(), kind="stable")
        pairs = pairs.iloc[order]
        chain = pairs["chain"].to_numpy()
        seed = self.state.chain.result.clusters["seed"].to_numpy()
        data = {name: pairs[name].to_numpy() for name in pairs.columns if name != "kind"}
        return chain, data | {
            "kind": pairs["kind"].tolist(),
            "colour": [colours[seed[row]] if row >= 0 else "" for row in chain],
            "delta_pt": 100 * (data["pt_chain"] / data["pt_file"] - 1),
            "delta_eta": data["eta_chain"] - data["eta_file"],
            "delta_phi": wrapped(data["phi_chain"] - data["phi_file"]),
        }

    @draws("file_pairs")
    def totals(self) -> None:
        """Numbers of clusters by kind, below the table."""
        counts = numbers(self.state.file_pairs)
        head = "".join(
            f'<th title="{KIND_WORDS[kind]}">{swatch(KIND_COLOURS[kind])}{kind}</th>' for kind in KINDS
        )
        cells = "".join(f"<td>{counts[kind]}</td>" for kind in KINDS)
        total = counted(sum(counts.values()), "cluster")
        html = f'<table class="legend"><tr><th>{total}</th>{head}</tr><tr><th></th>{cells}</tr></table>'
        if self.legend.object != html:
            self.legend.object = html

    def nothing(self) -> str:
        return '<p class="hint">Neither the file nor the chain has a cluster in this endcap.</p>'
