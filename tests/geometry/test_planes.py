"""z of all layers, and the radii between which they are active."""

import numpy as np
import pytest

from bye_splits.geometry import constants as c

SILICON_Z = """
322.103 323.047 325.073 326.017 328.043 328.987 331.013 331.957 333.983 334.927 336.953 337.897
339.923 340.867 342.893 343.837 345.863 346.807 348.833 349.777 351.803 352.747 354.773 355.717
357.743 358.687 360.713 361.657 367.699 373.149 378.599 384.049 389.499 394.949 400.399 405.849
411.299 416.749 422.199 427.649 436.199 444.749 453.299 461.849 470.399 478.949 487.499 496.049
504.599 513.149
"""
TILE_Z = """
411.099 416.549 422.000 427.450 436.000 444.549 453.099 461.649 470.200 478.750 487.299 495.849
504.399 512.949
"""
OUTER_RADIUS = {  # of the trigger layers
    **{1: 152.33, 3: 153.28, 5: 154.31, 7: 155.34, 9: 156.37, 11: 157.40, 13: 158.42, 15: 159.45, 17: 160.48},
    **{19: 161.51, 21: 162.54, 23: 163.56, 25: 164.59, 27: 165.62, 29: 166.68, 30: 168.74, 31: 170.63},
    **{32: 172.52, 33: 174.40, 34: 177.19, 35: 184.39, 36: 191.60, 37: 198.80, 38: 206.01, 39: 213.21},
    **{40: 220.41, 41: 227.62, 42: 238.92, 43: 250.22, 44: 261.52, 45: 262.46, 46: 262.46, 47: 262.46},
    **{48: 262.46, 49: 262.46, 50: 248.49},
}
RING_EDGES = """
103.78 106.12 108.51 110.96 113.46 116.03 118.65 121.34 124.09 126.91 129.80 132.76 135.78 138.89
142.06 145.32 148.65 152.07 155.58 159.17 162.85 166.62 170.49 174.46 178.54 182.71 187.00 191.40
195.91 200.55 205.31 210.20 215.23 220.39 225.69 231.15 236.76 242.53 248.47 254.58
"""
MILLIMETRE = 0.1


def numbers(text):
    return np.array(text.split(), dtype=float)


def test_silicon_planes(geometry, cells):
    expected = numbers(SILICON_Z)
    assert len(expected) == 50
    np.testing.assert_allclose(geometry.layer_z[1:], expected, rtol=0, atol=MILLIMETRE)
    assert np.isnan(geometry.layer_z[0])
    silicon = cells[cells.subdet != 10]
    np.testing.assert_allclose(silicon.z, expected[silicon.layer - 1], rtol=0, atol=MILLIMETRE)


def test_tile_planes(geometry, cells):
    expected = numbers(TILE_Z)
    np.testing.assert_allclose(geometry.tile_z[37:], expected, rtol=0, atol=MILLIMETRE)
    assert np.isnan(geometry.tile_z[:37]).all()
    tiles = cells[cells.subdet == 10]
    np.testing.assert_allclose(tiles.z, expected[tiles.layer - 37], rtol=0, atol=MILLIMETRE)


def test_trigger_layers(geometry):
    odd = list(range(1, 28, 2))
    assert geometry.layers.tolist() == [*odd, *range(29, 51)]


def test_inner_radius():
    for layers, radius in (((1, 28), 28.75), ((29, 36), 33.49), ((37, 40), 38.67), ((41, 50), 50.23)):
        np.testing.assert_array_equal(c.inner_radius()[layers[0] : layers[1] + 1], radius)


@pytest.mark.parametrize("layer", OUTER_RADIUS)
def test_outer_radius(layer):
    assert round(c.outer_radius()[layer], 2) == pytest.approx(OUTER_RADIUS[layer], abs=1e-9)


def test_ring_edges():
    np.testing.assert_allclose(c.ring_edges(), numbers(RING_EDGES), rtol=0, atol=0.0051)


@pytest.mark.parametrize("layer", range(37, 51))
def test_rings_are_those_with_a_centimetre_of_tile(layer):
    """A ring is there when at least 1 cm of it lies between the silicon and the envelope."""
    edges = c.ring_edges()
    inner, outer = edges[:-1], edges[1:]
    there = np.flatnonzero((outer - c.R_MIXED[layer] >= 1) & (c.outer_radius()[layer] - inner >= 1)) + 1
    assert (there[0], there[-1]) == (c.TILE_RING_MIN[layer], c.TILE_RING_MAX[layer])


def test_cells_are_in_the_active_ring(cells):
    layer, r = cells.layer.to_numpy(), np.hypot(cells.x.astype(float), cells.y.astype(float)).to_numpy()
    silicon = (cells.subdet != 10).to_numpy()
    limit = c.outer_radius()
    limit[list(c.R_MIXED)] = list(c.R_MIXED.values())
    tolerance = 1e-4  # positions are single precision
    assert (r[silicon] >= c.inner_radius()[layer[silicon]] - tolerance).all()
    assert (r[silicon] <= limit[layer[silicon]] + tolerance).all()
    edges, rings = c.ring_edges(), (cells.cellu[~silicon].to_numpy(), layer[~silicon])
    assert (r[~silicon] > edges[2 * rings[0] - 2]).all()
    assert (r[~silicon] < edges[np.minimum(2 * rings[0], 39)]).all()


def test_cells_are_in_the_range_of_the_histogram(cells):
    """The stage-2 histogram goes from 0.076 to 0.58 in R/z: no trigger cell may be outside."""
    rz = np.hypot(cells.x, cells.y) / cells.z
    assert rz.min() > 0.079
    assert rz.max() < 0.58
