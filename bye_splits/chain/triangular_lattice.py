"""The lattice of the triangular clustering: equilateral triangles in (x/z, y/z), and the hexagons of six."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .compiled import compiled

LIMIT = 0.6
"""Largest abs(x/z) and abs(y/z) of a trigger cell on the lattice, beyond the edge of the calorimeter."""

HEIGHT = float(np.sqrt(3) / 2)
"""Height of a triangle with a side of 1, the distance of two rows of points."""

AROUND = ((0, 1), (1, 0), (1, -1), (0, -1), (-1, 0), (-1, 1))
"""Steps in row and column from a point to its six neighbours, counterclockwise from that at higher x/z."""

_MARGIN = 2  # points beyond LIMIT, so that each point that a trigger cell touches has all its neighbours


@dataclass(frozen=True)
class Lattice:
    """The points where the triangles meet, which are the centres of the hexagons.

    Point (row, column) is at x/z = side * (b + a/2), y/z = side * HEIGHT * a, where a = row - `middle`[0] and
    b = column - `middle`[1]; one of them is at (0, 0), and rows are along x/z.

    Attributes
    ----------
    side : of a triangle, in (x/z, y/z): the distance of neighbouring points
    """

    side: float

    @cached_property
    def middle(self) -> tuple[int, int]:
        """Row and column of the point at (0, 0)."""
        rows = LIMIT / (self.side * HEIGHT)
        columns = LIMIT / self.side + rows / 2
        return int(rows) + _MARGIN, int(columns) + _MARGIN

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of rows and columns."""
        rows, columns = self.middle
        return 2 * rows + 1, 2 * columns + 1

    def place(self, row: np.ndarray, column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """x/abs(z) and y/abs(z) of points, float64."""
        a, b = np.asarray(row) - self.middle[0], np.asarray(column) - self.middle[1]
        return self.side * (b + a / 2), self.side * HEIGHT * a

    def nearest(self, x_over_z: np.ndarray, y_over_z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Row and column of points from their directions, as of `place`; int64."""
        a = np.rint(np.asarray(y_over_z) / (self.side * HEIGHT))
        b = np.rint(np.asarray(x_over_z) / self.side - a / 2)
        return a.astype(np.int64) + self.middle[0], b.astype(np.int64) + self.middle[1]

    def corners(self, x_over_z: np.ndarray, y_over_z: np.ndarray) -> np.ndarray:
        """The corners of the triangle of each direction, as places in an array of the lattice's shape.

        Returns
        -------
        int64, shape (n, 3); -1 beyond `LIMIT`
        """
        x, y = (np.asarray(values, dtype=np.float64) for values in (x_over_z, y_over_z))
        first_row, first_column = self.middle
        return _corners(x, y, self.side, first_row, first_column, self.shape[1])

    def within(self, x_over_z: np.ndarray, y_over_z: np.ndarray, rows: int, columns: int) -> np.ndarray:
        """Which directions are in the hexagon that is so many rows and columns from the middle, bool."""
        row, column = rows + self.middle[0], columns + self.middle[1]
        if not (0 <= row < self.shape[0] and 0 <= column < self.shape[1]):
            return np.zeros(len(x_over_z), dtype=bool)
        return (self.corners(x_over_z, y_over_z) == row * self.shape[1] + column).any(axis=1)


@compiled
def _corners(
    x: np.ndarray, y: np.ndarray, side: float, first_row: int, first_column: int, n_columns: int
) -> np.ndarray:
    found = np.full((len(x), 3), -1, dtype=np.int64)
    for n in range(len(x)):
        if not (abs(x[n]) <= LIMIT and abs(y[n]) <= LIMIT):
            continue
        a = y[n] / (side * HEIGHT)
        b = x[n] / side - a / 2
        row, column = np.floor(a), np.floor(b)
        upper = (a - row) + (b - column) >= 1  # in the triangle that points down
        place = (int(row) + first_row) * n_columns + int(column) + first_column
        found[n, 0] = place + n_columns + 1 if upper else place
        found[n, 1] = place + 1
        found[n, 2] = place + n_columns
    return found
