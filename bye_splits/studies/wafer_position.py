"""Where on its wafer the axis of a shower lies, at the layer of the shower's maximum."""

from collections.abc import Mapping

import numpy as np

from bye_splits.geometry import Geometry
from bye_splits.geometry.constants import NO_WAFER, SENSOR_SEPARATION
from bye_splits.geometry.placements import TURNS, unplaced

AXIS = 0.03  # in (x/z, y/z): trigger cells that the maximum is looked for in
HEXAGON, RHOMBI = 60, 120
"""Degrees by which a wafer can be turned: its outline is the same after 60, its trigger cells after 120."""

_WEDGE_FROM = -np.pi / 6  # both wedges begin at a corner of the hexagon, where two rhombi of cells meet


def shower_maximum(cells: Mapping[str, np.ndarray], eta: float, phi: float) -> tuple[int, float]:
    """The layer in silicon with the largest sum of mipPt near the axis of a shower.

    Parameters
    ----------
    cells : `x y z` [cm], `mipPt`, `layer` and `waferu` of the particle's endcap
    eta, phi : of the particle, on the calorimeter's face seen from the origin; the axis is the straight line
        from the origin, with the trigger cells within `AXIS` of it

    Returns
    -------
    layer, z : z in cm with its sign; -1 and NaN where there is no trigger cell
    """
    z = np.abs(cells["z"])
    u, v = np.cos(phi) / np.sinh(abs(eta)), np.sin(phi) / np.sinh(abs(eta))
    away = np.hypot(cells["x"] / z - u, cells["y"] / z - v)
    near = np.flatnonzero((away < AXIS) & (cells["waferu"] != NO_WAFER))
    if not len(near):
        return -1, np.nan
    layer = cells["layer"][near].astype(np.int64)
    highest = int(np.bincount(layer, weights=cells["mipPt"][near]).argmax())
    return highest, float(cells["z"][near][layer == highest][0])


def on_wafers(
    geometry: Geometry, layer: np.ndarray, x: np.ndarray, y: np.ndarray, z: np.ndarray
) -> dict[str, np.ndarray]:
    """Positions on wafers.

    Parameters
    ----------
    geometry : Geometry
    layer : int64, shape (n,)
    x, y, z : float64, shape (n,), cm; the -z endcap is the +z one with x -> -x

    Returns
    -------
    `waferu waferv` : int64, shape (n,); -999 where the point is on no wafer that the geometry has
    `wafer_x wafer_y` : float64, shape (n,), cm, about the wafer's centre, in the frame in which its trigger
        cells are placed as those of V11: turned and mirrored back; NaN on no wafer
    """
    n = len(layer)
    out = {name: np.full(n, NO_WAFER, dtype=np.int64) for name in ("waferu", "waferv")}
    place = np.full(n, np.nan + 0j, dtype=np.complex128)
    point, table = np.where(z < 0, -x, x) + 1j * y, geometry.wafers
    wafers = {
        name: table[name].to_numpy() for name in ("layer", "waferu", "waferv", "x", "y", "turn", "mirrored")
    }
    centre = wafers["x"] + 1j * wafers["y"]
    placement = wafers["turn"].astype(np.int64) + TURNS * wafers["mirrored"]
    for one in np.unique(layer[np.isfinite(point)]):
        rows, known = np.flatnonzero(layer == one), np.flatnonzero(wafers["layer"] == one)
        if not len(known):
            continue
        nearest = known[np.abs(point[rows, None] - centre[known]).argmin(axis=1)]
        found = unplaced(point[rows] - centre[nearest], placement[nearest])
        # The side of the hexagon that the point faces is half of the size away, at the angle 0 of the wedge.
        inside = folded(found, HEXAGON).real <= (geometry.wafer_size + SENSOR_SEPARATION) / 2
        rows, nearest = rows[inside], nearest[inside]
        place[rows] = found[inside]
        for name in ("waferu", "waferv"):
            out[name][rows] = wafers[name][nearest]
    return out | {"wafer_x": place.real, "wafer_y": np.where(np.isnan(place.real), np.nan, place.imag)}


def folded(place: np.ndarray, degrees: int) -> np.ndarray:
    """Positions on wafers, folded into one wedge.

    Parameters
    ----------
    place : complex128, shape (n,), wafer_x + i wafer_y [cm]
    degrees : `HEXAGON`: the wedge goes from -30 to 30 degrees, with the middle of a side at 0: what depends
        on the wafer's outline is kept; `RHOMBI`: from -30 to 90, one of the three rhombi of trigger cells:
        what depends on the trigger cells is kept, too

    Returns
    -------
    complex128, shape (n,), cm

    Examples
    --------
    >>> folded(np.array([1 + 2j, -3.0]), HEXAGON).round(3).tolist()
    [(2.232+0.134j), (3+0j)]
    """
    angle = np.angle(place)
    turn = np.floor((angle - _WEDGE_FROM) / np.radians(degrees)) * np.radians(degrees)
    return place * np.exp(-1j * turn)


def in_rhombus(wafer_x: np.ndarray, wafer_y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions on wafers, folded into one of the three rhombi of trigger cells; x and y in cm.

    The trigger cells of a wafer repeat after 120 degrees, and only then, in CE-E, too. The rhombus is the
    lower one of the frame of `on_wafers`: from the wafer's centre, (0, 0), between the corners at -150 and
    -30 degrees.

    Parameters
    ----------
    wafer_x, wafer_y : float64, shape (n,), cm, of `on_wafers`

    Examples
    --------
    >>> x, y = in_rhombus(np.array([0.0, 3.0]), np.array([-2.0, 0.0]))
    >>> x.round(3).tolist(), y.round(3).tolist()
    ([0.0, -1.5], [-2.0, -2.598])
    """
    place = folded(wafer_x + 1j * wafer_y, RHOMBI) * np.exp(-2j * np.pi / 3)
    return place.real, place.imag


def rhombus(wafer_size: float, cells: int = 4) -> list[tuple[np.ndarray, np.ndarray]]:
    """Borders of the trigger cells in the rhombus of `in_rhombus`.

    Parameters
    ----------
    wafer_size : cm, from side to side of the active hexagon
    cells : along a side; 4 of every full wafer of the trigger

    Returns
    -------
    x, y of each border line, float64, shape (2,), cm
    """
    side = wafer_size / np.sqrt(3)
    left, right = side * np.exp(1j * np.radians((-150, -30)))
    lines = []
    for k in range(cells + 1):
        for along, across in ((left, right), (right, left)):
            ends = np.array([k / cells * along, k / cells * along + across])
            lines.append((ends.real, ends.imag))
    return lines
