"""What the file itself says of the event: its generated particles and its own clusters."""

import numpy as np
import param

from ...angles import wrapped
from ...chain.splits import NEAR
from ..figures.cluster_colours import CLUSTER_COLOURS
from .derived import Reactive, derived


class FileState(Reactive):
    """The file's part of a display's state.

    The subclass has `loaded`, `endcap` and `cluster`.
    """

    chosen = param.Integer(
        0, bounds=(0, None), doc="Which of the endcap's generated particles is looked at, by falling pT"
    )

    @derived("loaded", "endcap")
    def particles(self) -> list[dict]:
        """The generated particles of the endcap, by column, those of highest pT first."""
        return self.loaded.particles(self.endcap)

    @derived("particles", "chosen")
    def generated(self) -> dict | None:
        """The generated particle that is looked at, None where there is none."""
        return self.particles[min(self.chosen, len(self.particles) - 1)] if self.particles else None

    @derived("particles")
    def particle_slopes(self) -> np.ndarray:
        """x/z and y/z of the particles' lines through the origin, float64, shape (n, 2)."""
        eta, phi = (
            np.array([one[name] for one in self.particles], dtype=float) for name in ("exeta", "exphi")
        )
        return np.stack([np.cos(phi), np.sin(phi)], axis=1) / np.sinh(eta)[:, None]

    @derived("generated")
    def slope(self) -> tuple[float, float] | None:
        """x/z and y/z of the generated particle that is looked at, None where there is none."""
        if self.generated is None:
            return None
        x, y = self.particle_slopes[min(self.chosen, len(self.particles) - 1)]
        return float(x), float(y)

    @property
    def other_slopes(self) -> np.ndarray:
        """x/z and y/z of the generated particles besides the one that is looked at, float64, shape (n, 2)."""
        if not self.particles:
            return self.particle_slopes
        return np.delete(self.particle_slopes, min(self.chosen, len(self.particles) - 1), axis=0)

    @derived("loaded", "endcap")
    def file_clusters(self) -> dict[str, np.ndarray]:
        """The endcap's clusters in the file, those of highest pT first; without those that have no direction.

        `pt energy` [GeV] `eta phi x_over_z y_over_z` (x/abs(z), y/abs(z)): float64, shape (n,)
        """
        table = self.loaded.event.clusters
        column = {name: table[name].to_numpy(dtype=np.float64) for name in ("pt", "energy", "eta", "phi")}
        eta = column["eta"]
        known = np.isfinite(eta) & np.isfinite(column["phi"]) & (eta != 0)
        mine = np.flatnonzero(known & ((eta > 0) == (self.endcap == "+z")))
        order = mine[np.argsort(-np.nan_to_num(column["pt"][mine]), kind="stable")]
        column = {name: values[order] for name, values in column.items()}
        r = 1 / np.sinh(np.abs(column["eta"]))
        directions = {"x_over_z": r * np.cos(column["phi"]), "y_over_z": r * np.sin(column["phi"])}
        return column | directions

    @property
    def file_directions(self) -> tuple[np.ndarray, np.ndarray]:
        """x/abs(z) and y/abs(z) of `file_clusters`, float64."""
        return self.file_clusters["x_over_z"], self.file_clusters["y_over_z"]

    @derived("file_clusters", "generated")
    def file_clusters_away(self) -> np.ndarray:
        """Distance in (eta, phi) of `file_clusters` from the generated particle, float64; NaN without."""
        if self.generated is None:
            return np.full(len(self.file_clusters["eta"]), np.nan)
        eta, phi = (float(self.generated[name]) for name in ("exeta", "exphi"))
        return np.hypot(self.file_clusters["eta"] - eta, wrapped(self.file_clusters["phi"] - phi))

    @property
    def file_clusters_near(self) -> np.ndarray:
        """Rows of `file_clusters` near the generated particle, largest pT first, int64."""
        return np.flatnonzero(self.file_clusters_away < NEAR)

    @property
    def file_colours(self) -> list[str] | None:
        """CSS colour of each of `file_clusters`; None where the chain's clusters have the colours."""
        if self.loaded.has_trigger_cells:
            return None
        n = len(self.file_clusters["pt"])
        return [CLUSTER_COLOURS[row % len(CLUSTER_COLOURS)] for row in range(n)]

    def drawn_file_colours(self, usual: str, faint: str) -> list[str]:
        """CSS colour of the marks of each of `file_clusters`.

        Parameters
        ----------
        usual : where the chain's clusters have the colours
        faint : beside a selected one of these
        """
        colours = self.file_colours
        if colours is None:
            return [usual] * len(self.file_clusters["pt"])
        if not 0 <= self.cluster < len(colours):
            return colours
        return [colour if row == self.cluster else faint for row, colour in enumerate(colours)]
