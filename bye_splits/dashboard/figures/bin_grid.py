"""The (R/z, phi) grid of bins on a map whose phi axis may start at any bin."""

from dataclasses import dataclass

import numpy as np

from ...chain.histogram import Binning

SEAM = 0.45  # rad, distance from phi = pi within which a shower must not be cut in two


@dataclass(frozen=True)
class Grid:
    """The grid of bins on the maps' phi axis, which may start at any bin.

    Attributes
    ----------
    binning : binning of the chain
    first : phi bin at the left edge
    """

    binning: Binning
    first: int = 0

    @classmethod
    def around(cls, binning: Binning, phi: float | None) -> "Grid":
        """A grid that is not cut near a shower at `phi`."""
        cut = phi is not None and abs(phi) > np.pi - SEAM
        return cls(binning, binning.n_phi // 2 if cut else 0)

    @property
    def left(self) -> float:
        """Phi at the left edge [rad]."""
        return float(self.binning.phi_edges[self.first])

    @property
    def step(self) -> float:
        """Width of a phi bin [rad]."""
        return float(self.binning.phi_edges[1] - self.binning.phi_edges[0])

    @property
    def area(self) -> dict[str, list[float]]:
        """Columns `x y dw dh` of an image of the grid."""
        rz = self.binning.rz_edges
        return {
            "x": [self.left],
            "y": [float(rz[0])],
            "dw": [self.step * self.binning.n_phi],
            "dh": [float(rz[-1] - rz[0])],
        }

    @property
    def edges(self) -> dict[str, list]:
        """Edges of the rows and columns of an image of the grid, for the tooltip.

        Returns
        -------
        rows : float64, shape (n_rz + 1,)
        low, high : float64, shape (n_phi,), rad, from -pi to pi wherever the axis starts
        axes : names of rows and columns, and the unit of these
        wraps : whether the first and the last column are neighbours
        """
        phi = self.binning.phi_edges
        low, high = (np.roll(edges, -self.first) for edges in (phi[:-1], phi[1:]))
        axes: dict[str, list] = {"axes": [["R/z", "\u03c6", " rad"]], "wraps": [True]}
        return {"rows": [self.binning.rz_edges], "low": [low], "high": [high], **axes}

    def shown(self, values: np.ndarray) -> np.ndarray:
        """Values of the bins, shape (n_rz, n_phi), with the first column at the left edge."""
        return np.roll(values, -self.first, axis=1) if self.first else values

    def phi(self, phi: np.ndarray | float) -> np.ndarray:
        """Position of an angle on the axis [rad]."""
        return (np.asarray(phi) - self.left) % (2 * np.pi) + self.left

    def position(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Position on the map of directions x/abs(z), y/abs(z): phi and R/z."""
        return self.phi(np.arctan2(y, x)), np.hypot(x, y)

    def column(self, phi_bin: np.ndarray) -> np.ndarray:
        """Image column of a phi bin."""
        return (np.asarray(phi_bin) - self.first) % self.binning.n_phi

    def bin_at(self, phi: float, rz: float) -> tuple[int, int] | None:
        """R/z and phi bin at a position on the map, None outside the grid."""
        rz_bin = int(np.searchsorted(self.binning.rz_edges, rz, side="right")) - 1
        column = int(np.floor((phi - self.left) / self.step))
        if not (0 <= rz_bin < self.binning.n_rz and 0 <= column < self.binning.n_phi):
            return None
        return rz_bin, (column + self.first) % self.binning.n_phi

    def boxes(
        self, rz_bin: np.ndarray, phi_bin: np.ndarray, d_rz: int = 0, d_phi: int = 0
    ) -> dict[str, np.ndarray]:
        """Columns `left right bottom top` of bins extended by d_rz, d_phi bins; float64, shape (n,)."""
        rz_bin, column = np.asarray(rz_bin, dtype=int), self.column(phi_bin)
        rz, n = self.binning.rz_edges, self.binning.n_rz
        return {
            "left": self.left + (column - d_phi) * self.step,
            "right": self.left + (column + d_phi + 1) * self.step,
            "bottom": rz[np.maximum(rz_bin - d_rz, 0)],
            "top": rz[np.minimum(rz_bin + d_rz + 1, n)],
        }
