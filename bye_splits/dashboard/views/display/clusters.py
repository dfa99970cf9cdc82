"""The table of clusters."""

from html import escape
from itertools import zip_longest

import numpy as np
from bokeh.models import ColumnDataSource, TableColumn

from ....chain.shapes import SHAPES
from ...state.display import DisplayState
from ...views.display.table import Rows
from ..shared.base import draws
from .table import ClusterRows, cluster_columns, number

MINUS = "\u2212"
LETTER = 6.3  # px, of the head of a column


class ClusterTable(ClusterRows):
    """The clusters of the displayed set in decreasing order of pT, with their shapes.

    The response, as in the header, is the energy of a cluster near the generated particle divided by the
    particle's. The shapes that are chosen are columns. A row's tooltip has all of them: the browser asks for
    it by `described`, so that nobody else waits for shapes.
    """

    def build(self) -> None:
        super().build()
        self.described = ColumnDataSource({"cluster": [], "text": []})
        self.described.on_change("data", self._describe)
        self.table.tags = [*self.table.tags, self.described]

    def _describe(self, name: str, before: dict, asked: dict) -> None:
        """Answer with the text of the tooltip of a cluster."""
        if len(asked["cluster"]) != 1 or asked["text"][0]:
            return  # the answer itself
        cluster, shapes = int(asked["cluster"][0]), self.state.chain.result.shapes
        if 0 <= cluster < len(shapes):
            text = tooltip(cluster, shapes.iloc[cluster].to_dict())
            self.described.data = {"cluster": [cluster], "text": [text]}

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

    @draws(
        *("chain.result", "chain.near_particle", "colours.seed_colours", "shown.generated", "shown.endcap"),
        "shapes",
    )
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
            **{name: state.chain.result.shapes[name].to_numpy()[order] for name in state.shapes},
        }

    def nothing(self) -> str:
        return f'<p class="hint">{escape(why_none(self.state))}</p>'


def _head(name: str) -> str:
    unit = SHAPES[name].unit
    return f"{name} [{unit}]" if unit else name


def tooltip(cluster: int, values: dict[str, float]) -> str:
    """The shapes of a cluster in two columns."""
    words = []
    for name, shape in SHAPES.items():
        value = f"{values[name]:.{shape.decimals}f} {shape.unit}".replace("-", MINUS)
        words.append(f"{name:17}{value:13}")
    half = -(-len(words) // 2)
    lines = (
        f"{left}{right}".rstrip() for left, right in zip_longest(words[:half], words[half:], fillvalue="")
    )
    return "\n".join([f"cluster {cluster}", *lines])


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
