"""Tables of the file's contents: generated particles, and its own clusters."""

import numpy as np
from bokeh.models import TableColumn

from ....data.particle_names import particle_name
from ...views.display.table import Rows
from ..shared.base import draws
from .table import ClusterRows, cluster_columns, number, words


class FileClusterTable(ClusterRows):
    """The file's own clusters in decreasing order of pT, for files without trigger cells."""

    def columns(self) -> list[TableColumn]:
        return [
            *cluster_columns(),
            number("away", "\u0394R to it", 3, 52),
            number("response", "E resp.", 2, 60),
        ]

    @draws("shown.file_clusters", "shown.file_clusters_away", "shown.generated", "colours.file_colours")
    def rows(self) -> Rows:
        state, clusters = self.state, self.state.shown.file_clusters
        order, away = np.arange(len(clusters["pt"])), state.shown.file_clusters_away
        response = np.full(len(order), np.nan)
        if state.shown.generated is not None and state.shown.generated["energy"] > 0:
            near = state.shown.file_clusters_near
            response[near] = clusters["energy"][near] / state.shown.generated["energy"]
        values = {name: clusters[name] for name in ("pt", "energy", "eta", "phi")}
        colours = state.colours.file_colours or [""] * len(order)
        return order, {"row": order, "colour": colours, **values, "away": away, "response": response}

    def nothing(self) -> str:
        return '<p class="hint">The file has no clusters in this endcap.</p>'


class ParticleTable(ClusterRows):
    """The generated particles of the endcap; a click on a row selects its particle."""

    selects, one_always = "chosen", True

    def columns(self) -> list[TableColumn]:
        return [
            number("row", "#", 0, 30),
            words("kind", "generated", 70),
            number("pt", "pT [GeV]", 1, 42),
            number("energy", "E [GeV]", 1, 46),
            number("exeta", "\u03b7", 3, 42),
            number("exphi", "\u03c6", 3, 48),
        ]

    @draws("shown.particles")
    def rows(self) -> Rows:
        particles = self.state.shown.particles
        order = np.arange(len(particles))
        values = {
            name: np.array([one[name] for one in particles], dtype=np.float64)
            for name in ("pt", "energy", "exeta", "exphi")
        }
        kinds = [particle_name(one["pid"]) for one in particles]
        return order, {"row": order + 1, "kind": kinds, **values}

    @draws("shown.chosen")
    def mark(self) -> None:
        """The selected particle."""
        super().mark()

    def nothing(self) -> str:
        return ""
