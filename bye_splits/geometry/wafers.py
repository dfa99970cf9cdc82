"""Hexagonal wafers: positions, which of them exist, thickness, and their 48 trigger cells."""

from functools import cache

import numpy as np
import numpy.typing as npt

from . import constants as c

STEP = c.WAFER_SIZE / (4 * np.sqrt(3))  # side of a trigger cell's rhombus
CELL_HEIGHT = STEP * np.sqrt(3) / 2  # between two of its opposite sides
UP = STEP * np.array([0.0, 1.0])
UP_RIGHT = STEP * np.array([np.sqrt(3) / 2, 0.5])
DOWN_RIGHT = STEP * np.array([np.sqrt(3) / 2, -0.5])
LOWER_LEFT = -np.array([c.WAFER_SIZE / 2, c.WAFER_SIZE / (2 * np.sqrt(3))])  # the corner at 210 deg

# The three rhombi that make up a wafer: name, origin, and the steps along their two indices (i, j).
RHOMBI = (
    ("UR", np.zeros(2), UP, DOWN_RIGHT),
    ("B", LOWER_LEFT, UP_RIGHT, DOWN_RIGHT),
    ("UL", LOWER_LEFT, UP, UP_RIGHT),
)
RIM = ((4, 4), (0, 4), (4, 0))  # i and j at the wafer's rim: the other sides of the rhombi meet inside


def rhombus_indices(cellu: npt.ArrayLike, cellv: npt.ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rhombus (index into `RHOMBI`) and indices (i, j) in it, each 0 to 3, of trigger cells (cellu, cellv).

    Parameters
    ----------
    cellu, cellv : int arrays, shape (n,), in a silicon wafer [HGCalTriggerDetId]

    Returns
    -------
    rhombus, i, j : int64, shape (n,); rhombus is -1 where (cellu, cellv) is no cell of a wafer
    """
    u, v = (np.asarray(a, dtype=np.int64) for a in (cellu, cellv))
    right, bottom = (u >= 4) & (v >= 4), (u < 4) & (u <= v)
    rhombus = np.select([right, bottom], [0, 1], 2)
    i = np.select([right, bottom], [u - 4, u], u - v - 1)
    j = np.select([right, bottom], [v - 4, v - u], v)
    valid = (i >= 0) & (i < 4) & (j >= 0) & (j < 4)
    return np.where(valid, rhombus, -1), i, j


def cell_indices(rhombus: np.ndarray, i: np.ndarray, j: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(cellu, cellv), int64, of the trigger cell (i, j) of a rhombus: inverse of `rhombus_indices`."""
    cellu = np.choose(rhombus, [i + 4, i, i + j + 1])
    cellv = np.choose(rhombus, [j + 4, i + j, j])
    return cellu, cellv


def cell_corners(cellu: npt.ArrayLike, cellv: npt.ArrayLike, beyond: float = 0.0) -> np.ndarray:
    """Outlines of trigger cells about their wafer's centre, float64, shape (n, 4, 2), cm.

    The 48 rhombi of a wafer tile its hexagon without gap or overlap; with `beyond` [cm], the outermost ones
    extend by as much beyond its sides, as in `cell_at`.
    """
    rhombus, *indices = rhombus_indices(cellu, cellv)
    origin, step_i, step_j = (np.array([r[k] for r in RHOMBI])[rhombus] for k in (1, 2, 3))
    ends = []
    for index, rim in zip(indices, np.array(RIM)[rhombus].T, strict=True):
        both = np.stack([index, index + 1], axis=1).astype(float)
        ends.append(both + (both == rim[:, None]) * np.where(rim == 0, -1, 1)[:, None] * beyond / CELL_HEIGHT)
    i, j = ends[0][:, [0, 1, 1, 0], None], ends[1][:, [0, 0, 1, 1], None]
    return origin[:, None] + i * step_i[:, None] + j * step_j[:, None]


def cell_at(
    x: npt.ArrayLike, y: npt.ArrayLike, gap: float = c.SENSOR_SEPARATION
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Trigger cell that covers each point of a wafer.

    The dead gap between wafers is shared: the outermost cells extend to its middle.

    Parameters
    ----------
    x, y : float arrays, shape (n,), cm, about the wafer's centre
    gap : cm between wafers

    Returns
    -------
    cellu, cellv : int64, shape (n,)
    inside : bool, shape (n,): False where the point is outside the hexagon; (cellu, cellv) is then arbitrary
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    right = x / CELL_HEIGHT  # steps to the right, 4 from the centre to a vertical side
    up = y / STEP
    # Indices in each rhombus, from two of the three hexagonal coordinates.
    along, across = up + right / 2, up - right / 2
    rhombus = np.where((right >= 0) & (along >= 0), 0, np.where((across < 0) & (along < 0), 1, 2))
    i = np.choose(rhombus, [along, along + 4, across])
    j = np.choose(rhombus, [right, -across, right + 4])
    margin = gap / 2 / CELL_HEIGHT + 1e-6
    inside = (i >= -margin) & (i < 4 + margin) & (j >= -margin) & (j < 4 + margin)
    i, j = (np.clip(np.floor(k), 0, 3).astype(np.int64) for k in (i, j))
    cellu, cellv = cell_indices(rhombus, i, j)
    return cellu, cellv, inside


@cache
def sensor_cells(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sensor cells of the 48 trigger cells of a wafer with `n` sensor cells along a side.

    Returns
    -------
    cellu, cellv : int64, shape (48,), indices of the trigger cells, in their order
    xy : float64, shape (48, (n/4)^2, 2), cm: centres of each one's sensor cells about the wafer's centre
        [HGCalTriggerDetId, HGCalDDDConstants]
    """
    cellu, cellv = (a.ravel() for a in np.meshgrid(range(8), range(8), indexing="ij"))
    rhombus, _, _ = rhombus_indices(cellu, cellv)
    cellu, cellv, rhombus = (a[rhombus >= 0] for a in (cellu, cellv, rhombus))
    m = n // c.TC_PER_SIDE
    a, b = (k.ravel() for k in np.meshgrid(range(m), range(m), indexing="ij"))
    u, v, kind = cellu[:, None], cellv[:, None], rhombus[:, None]
    cu = np.select([kind == 0, kind == 1], [m * u + a, m * u + a], m * (u - 1) + 1 + a + b)
    cv = np.select([kind == 0, kind == 1], [m * v + b, m * v + a + b], m * v + a)
    radius = c.WAFER_SIZE / (3 * n)
    xy = np.stack([1.5 * (cv - n) + 1, (2 * cu - cv - n) * np.sqrt(3) / 2], axis=-1) * radius
    return cellu, cellv, xy


def row_shift(layer: npt.ArrayLike) -> np.ndarray:
    """Shift of all wafer centres in y, float64, cm: CE-E is centred on a wafer, CE-H on a wafer's corner."""
    layer = np.asarray(layer)
    return np.where(layer <= c.N_CEE, 0.0, np.where(layer % 2 == 1, 1, -1) * c.PITCH / np.sqrt(3))


def wafer_centres(
    layer: npt.ArrayLike, waferu: npt.ArrayLike, waferv: npt.ArrayLike
) -> tuple[np.ndarray, np.ndarray]:
    """Wafer centres x, y, float64, cm, in the +z endcap [HGCalDDDConstants::waferPositionNoRot]."""
    u, v = np.asarray(waferu, dtype=float), np.asarray(waferv, dtype=float)
    return (v / 2 - u) * c.PITCH, v * c.PITCH * np.sqrt(3) / 2 + row_shift(layer)


def hexagon(size: float = c.WAFER_SIZE) -> np.ndarray:
    """Corners of a wafer about its centre, float64, shape (6, 2), cm, for a size flat to flat."""
    angle = np.pi / 6 + np.pi / 3 * np.arange(6)
    return size / np.sqrt(3) * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def wafers_of_layer(layer: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Wafers of one layer.

    A wafer exists if at least one corner lies in the active ring; its type follows the thickness rule.

    Returns
    -------
    waferu, waferv : int64, shape (n,)
    kind : int64, shape (n,): 0, 1, 2 for sensors of 120, 200, 300 um
    """
    u, v = (a.ravel() for a in np.meshgrid(range(-16, 17), range(-16, 17), indexing="ij"))
    x, y = wafer_centres(layer, u, v)
    corners = np.stack([x, y], axis=1)[:, None] + hexagon(c.PITCH)
    r = np.hypot(corners[..., 0], corners[..., 1])
    r_min, r_max = silicon_ring(layer)
    exists = ((r >= r_min) & (r <= r_max)).any(axis=1)
    u, v, x, y, r = u[exists], v[exists], x[exists], y[exists], r[exists]
    return u, v, _thickness(c.layer_z()[layer], x, y, r)


def silicon_ring(layer: int) -> tuple[float, float]:
    """Inner and outer radius [cm] of the silicon of a layer."""
    return float(c.inner_radius()[layer]), c.R_MIXED.get(layer, float(c.outer_radius()[layer]))


def _thickness(z: float, x: np.ndarray, y: np.ndarray, corner_r: np.ndarray) -> np.ndarray:
    """Wafer type 0, 1, 2 by how many corners lie within the two radii [HGCalWaferType::getType]."""
    z = max(abs(z), c.THICKNESS_Z_MIN)
    r_120, r_200 = np.polyval(c.R_120_UM, z), np.polyval(c.R_200_UM, z)
    n_120 = (corner_r <= r_120).sum(axis=1)
    n_200 = ((corner_r > r_120) & (corner_r <= r_200)).sum(axis=1)
    kind = np.select(
        [n_120 >= 4, (n_200 >= 4) & (n_120 <= 1), (n_200 < 2) & (n_120 == 0)], [0, 1, 2], default=-1
    )
    open_ = np.flatnonzero(kind < 0)  # for those, the fraction of the area within a radius decides
    points = sensor_cells(12)[2].reshape(-1, 2)  # evenly spread over the hexagon: their number measures areas
    r = np.hypot(x[open_, None] + points[:, 0], y[open_, None] + points[:, 1])
    mostly_120 = (r <= r_120).mean(axis=1) > c.THICKNESS_AREA_CUT
    mostly_200 = (r <= r_200).mean(axis=1) > c.THICKNESS_AREA_CUT
    kind[open_] = np.where(n_120[open_] > 0, np.where(mostly_120, 0, 1), np.where(mostly_200, 1, 2))
    return kind
