"""The grid of bins in (x/z, y/z) on a map."""

from dataclasses import dataclass

import numpy as np

from ...settings import XyHistogram


@dataclass(frozen=True)
class XyGrid:
    """The grid of bins in (x/z, y/z), with the methods of `bin_grid.Grid`; an image's columns are x bins.

    Attributes
    ----------
    settings : of the chain
    """

    settings: XyHistogram

    @property
    def x_edges(self) -> np.ndarray:
        """Edges in x/abs(z), float64, shape (n_x + 1,)."""
        return np.linspace(-self.settings.limit, self.settings.limit, self.settings.n_x + 1)

    @property
    def y_edges(self) -> np.ndarray:
        """Edges in y/abs(z), float64, shape (n_y + 1,)."""
        return np.linspace(-self.settings.limit, self.settings.limit, self.settings.n_y + 1)

    @property
    def area(self) -> dict[str, list[float]]:
        """Columns `x y dw dh` of an image of the grid."""
        limit = self.settings.limit
        return {"x": [-limit], "y": [-limit], "dw": [2 * limit], "dh": [2 * limit]}

    @property
    def edges(self) -> dict[str, list]:
        """Edges of the rows and columns of an image of the grid, see `bin_grid.Grid.edges`."""
        x = self.x_edges
        axes: dict[str, list] = {"axes": [["y/z", "x/z", ""]], "wraps": [False]}
        return {"rows": [self.y_edges], "low": [x[:-1]], "high": [x[1:]], **axes}

    def shown(self, values: np.ndarray) -> np.ndarray:
        """Values of the bins, shape (n_x, n_y), as an image."""
        return np.ascontiguousarray(values.T)

    def position(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Position on the map of directions x/abs(z), y/abs(z)."""
        return np.asarray(x), np.asarray(y)

    def bin_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Bins at a position on the map, None outside the grid."""
        x_bin, y_bin = (
            int(np.searchsorted(edges, value, side="right")) - 1
            for edges, value in ((self.x_edges, x), (self.y_edges, y))
        )
        inside = 0 <= x_bin < self.settings.n_x and 0 <= y_bin < self.settings.n_y
        return (x_bin, y_bin) if inside else None

    def boxes(
        self, x_bin: np.ndarray, y_bin: np.ndarray, d_x: int = 0, d_y: int = 0
    ) -> dict[str, np.ndarray]:
        """Columns `left right bottom top` of bins extended by d_x, d_y bins; float64, shape (n,)."""
        x_bin, y_bin = np.asarray(x_bin, dtype=int), np.asarray(y_bin, dtype=int)
        x, y = self.x_edges, self.y_edges
        return {
            "left": x[np.maximum(x_bin - d_x, 0)],
            "right": x[np.minimum(x_bin + d_x + 1, self.settings.n_x)],
            "bottom": y[np.maximum(y_bin - d_y, 0)],
            "top": y[np.minimum(y_bin + d_y + 1, self.settings.n_y)],
        }
