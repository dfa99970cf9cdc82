"""The displayed event, its endcap, and the selected generated particle."""

from typing import Any

import numpy as np
import param

from ...angles import wrapped
from ...chain.splits import NEAR
from ...geometry import Geometry
from .derived import Reactive, derived, follows
from .loaded import Loaded

FAIR_PART = 0.2  # fraction of an event's mipPt below which the other endcap is shown


class ShownEvent(Reactive):
    """The displayed event and endcap.

    Parameters
    ----------
    geometry : used until the first event, which has its own
    """

    loaded = param.ClassSelector(
        class_=Loaded, doc="The displayed event; after an error the last one that could be read"
    )
    endcap = param.Selector(default="+z", objects=["+z", "-z"])
    chosen = param.Integer(
        0, bounds=(0, None), doc="Selected generated particle of the endcap, index in order of decreasing pT"
    )

    def __init__(self, geometry: Geometry, **values: Any) -> None:
        self._geometry = geometry
        super().__init__(**values)

    @follows("loaded")
    def geometry(self) -> Geometry:
        """The geometry of the displayed event."""
        return self._geometry if self.loaded is None else self.loaded.geometry

    @follows("endcap")
    def side(self) -> int:
        """Sign of z in the endcap."""
        return 1 if self.endcap == "+z" else -1

    def endcap_of(self, loaded: Loaded) -> str:
        """The endcap to show of another event: the current one unless it is nearly empty."""
        if not loaded.sides or (self.loaded is not None and self._has_something(loaded)):
            return self.endcap
        return loaded.sides[0]

    def _has_something(self, loaded: Loaded) -> bool:
        """Whether another event has a particle, or a fair share of its mipPt, in the current endcap."""
        if self.endcap not in loaded.sides:
            return False
        mip = loaded.value["mipPt"]
        mine = mip[loaded.in_endcap(self.endcap)].sum()
        return bool(loaded.particles(self.endcap)) or mine >= FAIR_PART * mip.sum()

    @derived("loaded", "endcap")
    def in_endcap(self) -> np.ndarray:
        """Rows of the trigger cells in the endcap, int32: every open page keeps them."""
        return np.flatnonzero(self.loaded.in_endcap(self.endcap)).astype(np.int32)

    # -- the generated particles ---------------------------------------------------------------------------

    @derived("loaded", "endcap")
    def particles(self) -> list[dict]:
        """The generated particles of the endcap as dicts by column, in decreasing order of pT."""
        return self.loaded.particles(self.endcap)

    @derived("particles", "chosen")
    def generated(self) -> dict | None:
        """The selected generated particle, None if there is none."""
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
        """x/z and y/z of the selected generated particle, None if there is none."""
        if self.generated is None:
            return None
        x, y = self.particle_slopes[min(self.chosen, len(self.particles) - 1)]
        return float(x), float(y)

    @derived("particle_slopes", "chosen")
    def other_slopes(self) -> np.ndarray:
        """x/z and y/z of the generated particles other than the selected one, float64, shape (n, 2)."""
        if not self.particles:
            return self.particle_slopes
        return np.delete(self.particle_slopes, min(self.chosen, len(self.particles) - 1), axis=0)

    @derived("loaded", "slope")
    def from_axis(self) -> np.ndarray | None:
        """Distance of each trigger cell from the generated particle's line, float32, cm; None without one."""
        return None if self.slope is None else self.loaded.from_axis(*self.slope)

    @derived("slope", "in_endcap")
    def focus(self) -> tuple[float, float] | None:
        """x/z and y/z of the point of interest, None if there is none.

        It is the selected generated particle, else the trigger cell of highest mipPt, else the file's cluster
        of highest pT.
        """
        if self.slope is not None:
            return self.slope
        if not len(self.in_endcap):
            x, y = self.file_directions
            return (self.side * float(x[0]), self.side * float(y[0])) if len(x) else None
        row = self.in_endcap[self.loaded.value["mipPt"][self.in_endcap].argmax()]
        x, y, z = (float(self.loaded.value[name][row]) for name in "xyz")
        return x / z, y / z

    # -- the file's own clusters ---------------------------------------------------------------------------

    @derived("loaded", "endcap")
    def file_clusters(self) -> dict[str, np.ndarray]:
        """The file's clusters in the endcap that have a direction, in decreasing order of pT.

        `pt energy` [GeV] `eta phi x_over_z y_over_z` (x/abs(z), y/abs(z)) and, if the file has it,
        `clusters_n`: float64, shape (n,)
        """
        table = self.loaded.event.clusters
        column = {name: table[name].to_numpy(dtype=np.float64) for name in table}
        eta = column["eta"]
        known = np.isfinite(eta) & np.isfinite(column["phi"]) & (eta != 0)
        mine = np.flatnonzero(known & ((eta > 0) == (self.endcap == "+z")))
        order = mine[np.argsort(-np.nan_to_num(column["pt"][mine]), kind="stable")]
        column = {name: values[order] for name, values in column.items()}
        r = 1 / np.sinh(np.abs(column["eta"]))
        directions = {"x_over_z": r * np.cos(column["phi"]), "y_over_z": r * np.sin(column["phi"])}
        return column | directions

    @follows("file_clusters")
    def file_directions(self) -> tuple[np.ndarray, np.ndarray]:
        """x/abs(z) and y/abs(z) of `file_clusters`, float64."""
        return self.file_clusters["x_over_z"], self.file_clusters["y_over_z"]

    @derived("file_clusters", "generated")
    def file_clusters_away(self) -> np.ndarray:
        """Distance in (eta, phi) of `file_clusters` from the generated particle, float64; NaN without one."""
        if self.generated is None:
            return np.full(len(self.file_clusters["eta"]), np.nan)
        eta, phi = (float(self.generated[name]) for name in ("exeta", "exphi"))
        return np.hypot(self.file_clusters["eta"] - eta, wrapped(self.file_clusters["phi"] - phi))

    @follows("file_clusters_away")
    def file_clusters_near(self) -> np.ndarray:
        """Rows of `file_clusters` near the generated particle, int64, in decreasing order of pT."""
        return np.flatnonzero(self.file_clusters_away < NEAR)
