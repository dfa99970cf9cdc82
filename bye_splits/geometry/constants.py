"""HGCAL V11 (D49 family) in numbers: hgcal/v11, hgcalEE/v10, hgcalHEsil/v11, hgcalHEmix/v11, hgcalCons/v11.

Lengths are in cm. Everything that follows from these numbers is computed from them elsewhere in this package.
"""

import numpy as np

N_LAYERS = 50
N_CEE = 28  # layers 1 to 28 are CE-E, 29 to 50 CE-H
FIRST_MIXED = 37  # from this layer on, scintillator surrounds the silicon
CEE, CEH_SILICON, SCINTILLATOR = 1, 2, 10  # subdetector codes of CMSSW

WAFER_SIZE = 16.64408  # flat to flat
SENSOR_SEPARATION = 0.1
PITCH = WAFER_SIZE + SENSOR_SEPARATION
CELLS_PER_SIDE = {0: 12, 1: 8, 2: 8}  # sensor cells along a wafer side by type: 120, 200, 300 um
TC_PER_SIDE = 4  # 4 x 4 trigger cells in each of a wafer's three rhombi

N_PHI_TILES = 288
N_PHI_TC = 144  # a scintillator trigger cell is 2 x 2 tiles
TILE_R_START = 103.78  # inner edge of tile ring 1
TILE_Z_LAST = 512.949  # where the rings are of equal size in eta
# In z: CE-E ends before and CE-H starts behind it in every version (V11: 361.7, 367.7; V15 on: 361.2, 368.0).
BETWEEN_COMPARTMENTS = 364.0
FRONT, BACK = 320.0, 525.0  # cm in z: every version has its trigger cells in between (V11: 322.1 to 513.4)
NO_WAFER = -999  # waferu, waferv of a scintillator trigger cell

# First and last tile ring (1-based) of layers 37 to 50.
TILE_RING_MIN = dict(zip(range(37, 51), [18] * 4 + [13] * 2 + [7] * 4 + [1] * 4, strict=True))
TILE_RING_MAX = dict(zip(range(37, 51), [29, 30, 32, 33, 35, 37] + [39] * 7 + [38], strict=True))

# Boundary between silicon and scintillator in layers 37 to 50.
R_MIXED = dict(zip(range(37, 51), [153.7] * 4 + [137.82] * 2 + [118.3] * 4 + [103.78] * 4, strict=True))

# Outer envelope: r = R_FRONT + SLOPE (z - Z_FRONT), with the last Z_FRONT before the layer's block. The
# second radius is where the first line ends: rounded to 175.97, it would cut off three cells of layer 36.
Z_FRONT = np.array([321.05, 389.34, 456.20, 505.18])
R_FRONT = np.array([152.33, 175.973, 262.46, 248.49])
SLOPE = np.array([0.346214, 1.321878, 0.0, 0.0])

# Radii between sensor thicknesses, polynomials of degree 4 in max(|z|, 335 cm), highest power first
# [HGCalWaferType].
R_120_UM = (-1.60163e-6, 2.50640e-3, -1.46943, 382.025, -37056.9)
R_200_UM = (-4.43240e-7, 7.70078e-4, -0.497013, 140.778, -14634.0)
THICKNESS_Z_MIN = 335.0
THICKNESS_AREA_CUT = 0.2

TRIGGER_LAYERS = np.array([*range(1, N_CEE + 1, 2), *range(N_CEE + 1, N_LAYERS + 1)])


def layer_z() -> np.ndarray:
    """z of the silicon sensors' centres.

    Returns
    -------
    float64, shape (51,), cm: index = layer; entry 0 is NaN
    """
    z = np.full(N_LAYERS + 1, np.nan)
    z[1 : N_CEE + 1 : 2] = 322.103 + 2.97 * np.arange(14)
    z[2 : N_CEE + 1 : 2] = 323.047 + 2.97 * np.arange(14)
    z[29:41] = 367.699 + 5.45 * np.arange(12)
    z[41] = z[40] + 5.45
    z[41:51] = 427.649 + 8.55 * np.arange(1, 11)
    return z


def tile_z() -> np.ndarray:
    """z of the scintillator tiles, float64, shape (51,), cm; NaN where the layer has none."""
    z = layer_z() - 0.2
    z[:FIRST_MIXED] = np.nan
    return z


def block_front() -> np.ndarray:
    """z where each layer's absorber block starts, float64, shape (51,), cm; the envelope is taken there."""
    z = np.full(N_LAYERS + 1, np.nan)
    z[1] = 321.05
    z[3 : N_CEE + 1 : 2] = 323.80 + 2.97 * np.arange(13)
    z[29] = 362.51
    z[30:37] = 368.46 + 5.45 * np.arange(7)
    z[37:41] = 406.61 + 5.45 * np.arange(4)
    z[41:51] = 428.41 + 8.55 * np.arange(10)
    return z


def inner_radius() -> np.ndarray:
    """Inner radius of the active area, float64, shape (51,), cm; index = layer."""
    return np.select(
        [np.arange(51) <= 28, np.arange(51) <= 36, np.arange(51) <= 40], [28.75, 33.49, 38.67], 50.23
    )


def outer_radius() -> np.ndarray:
    """Outer radius of the layer's envelope, float64, shape (51,), cm; NaN for even CE-E layers."""
    front = block_front()
    section = np.clip(np.searchsorted(Z_FRONT, front, side="right") - 1, 0, 3)
    return R_FRONT[section] + SLOPE[section] * (front - Z_FRONT[section])


def ring_edges() -> np.ndarray:
    """Edges of the tile rings, float64, shape (40,), cm: ring k (1-based) lies between edges k-1 and k.

    Equal steps of 2 pi / 288 in eta at the last layer; the same radii in all layers
    [HGCalGeomParameters::loadCellTrapezoid].
    """
    eta = np.arcsinh(TILE_Z_LAST / TILE_R_START) - 2 * np.pi / N_PHI_TILES * np.arange(40)
    return TILE_Z_LAST / np.sinh(eta)
