"""The table of clusters."""

from html import escape

import numpy as np
from bokeh.models import TableColumn

from ....chain.shapes import SHAPES
from ...state.display import DisplayState
from ...views.display.table import Rows
from ..shared.base import draws
from .table import ClusterRows, cluster_columns, number

LETTER = 6.3  # px, of the head of a column


class ClusterTable(ClusterRows):
    """The clusters of the displayed set in decreasing order of pT, with their shapes.

    The response, as in the header, is the energy of a cluster near the generated particle divided by the
    particle's. The shapes that are chosen are columns; a row's tooltip has all of them.
    """

    def columns(self) -> list[TableColumn]:
        return [
            *cluster_columns(),
            number("n_cells", "TCs", 0, 31),
            number("response", "E resp.", 2, 48),
            number("seed", "seed [mipT]", 1, 46),
            *(
                number(name, _head(name), SHAPES[name].decimals, max(44, round(LETTER * len(name))))
                for name in self.state.shapes
            ),
        ]

    @draws("shapes")
    def heads(self) -> None:
        """The columns; with shapes they are wider than the pane, and it is scrolled."""
        fit = "none" if self.state.shapes else "force_fit"
        if self.table.autosize_mode != fit or self.state.shapes:
            self.table.update(columns=self.columns(), autosize_mode=fit)

    @draws("chain.result", "chain.near_particle", "colours.seed_colours", "shown.generated", "shown.endcap")
    def rows(self) -> Rows:
        state = self.state
        clusters = {name: column.to_numpy() for name, column in state.chain.result.clusters.items()}
        response = np.full(len(clusters["pt"]), np.nan)
        if state.shown.generated is not None and state.shown.generated["energy"] > 0:
            near = state.chain.near_particle
            response[near] = clusters["energy"][near] / state.shown.generated["energy"]
        order = np.argsort(-clusters["pt"], kind="stable")
        seed = clusters["seed"][order]
        colours = state.colours.seed_colours
        return order, {
            "row": order,
            "colour": [colours[s] for s in seed],
            **{name: clusters[name][order] for name in ("pt", "energy", "eta", "phi", "n_cells")},
            "response": response[order],
            "seed": state.chain.result.seeds["energy"].to_numpy()[seed],
            **{
                name: column.to_numpy(np.float32)[order] for name, column in state.chain.result.shapes.items()
            },
        }

    def nothing(self) -> str:
        return f'<p class="hint">{escape(why_none(self.state))}</p>'


def _head(name: str) -> str:
    unit = SHAPES[name].unit
    return f"{name} [{unit}]" if unit else name


def why_none(state: DisplayState) -> str:
    """Why the displayed set yields no cluster: the first stage of the chain without output."""
    result, parameters = state.chain.result, state.chain.parameters
    if len(state.chain.chain_rows) == result.below_threshold:
        threshold = parameters.tc_threshold
        endcap = state.shown.endcap.replace("-", "\u2212")
        return f"No trigger cell of at least {threshold:g} mipT in the {endcap} endcap."
    if len(result.seeds):
        seeds = "1 seed" if len(result.seeds) == 1 else f"{len(result.seeds)} seeds"
        return f"No cluster above {parameters.cluster.min_pt:g} GeV around {seeds}."
    return result.stages.why_no_seed(parameters.seed_threshold)
